//! Ringwerk: a business phone system that an organisation runs itself. One binary holds everything.

mod addresses;
mod archive;
mod certificate;
mod command;
mod config;
mod data_folder;
mod demo;
mod http;
mod logs;
mod mail;
mod postgres;
mod reserve;
mod system;
mod texting;
mod web;
mod wire;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match command::Arguments::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
