//! Ringwerk: a business phone system that an organisation runs itself. One binary holds everything.
#![allow(dead_code)]

mod addresses;
mod archive;
mod certificate;
mod config;
mod data_folder;
mod demo;
mod http;
mod logs;
mod page;
mod postgres;
mod system;

fn main() {}
