//! Stories about locations, phones, extensions, numbers, groups, routing and calls, each told on both databases.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod arranging;
mod bills;
mod call_list;
mod calls;
mod devices;
mod directory;
mod events;
mod extensions;
mod groups;
mod listener;
mod locations;
mod messages;
mod mobiles;
mod numbers;
mod routing;
mod searching;
mod support;
