//! The command `plwasm`: for people, who write functions in WebAssembly, test them and bring them into a database;
//! and for servers, as their compiler process.
//!
//! The commands that a server starts (`compile`, `list`, `state`) must never wait for what the commands for people need.

mod adapt;
mod advice;
mod bench;
mod call;
mod callee;
mod check;
mod compile;
mod confined;
mod cost;
mod database;
mod diff;
mod extension;
mod failure;
mod generated;
mod installed;
mod list;
mod loader;
mod ls;
mod manual;
mod migration;
mod new;
mod nodes;
mod once;
mod pass;
mod profile;
mod pull;
mod push;
mod replay;
mod run;
mod said;
mod source;
mod sql;
mod stat;
mod state;
mod test;
mod tried;
mod unit;
mod warm_up;
mod world;

use clap::{Parser, Subcommand};
use failure::{Failure, Kind};
use std::process::ExitCode;

/// PL/Wasm: WebAssembly functions in PostgreSQL.
#[derive(Debug, Parser)]
#[command(name = "plwasm", version, after_help = failure::STATUSES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    New(new::Arguments),
    Check(check::Arguments),
    Adapt(adapt::Arguments),
    Run(run::Arguments),
    Test(test::Arguments),
    Push(push::Arguments),
    Ls(ls::Arguments),
    Pull(pull::Arguments),
    Diff(diff::Arguments),
    Sql(migration::Arguments),
    Bench(bench::Arguments),
    Profile(profile::Arguments),
    Stat(stat::Arguments),
    Replay(replay::Arguments),
    Completions(manual::CompletionArguments),
    Man(manual::ManArguments),
    #[command(hide = true)]
    Compile(compile::Arguments),
    #[command(hide = true)]
    List(list::Arguments),
    #[command(hide = true)]
    State(state::Arguments),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Compile(arguments) => return compile::run(&arguments),
        Command::List(arguments) => return list::run(&arguments),
        Command::State(arguments) => return state::run(&arguments),
        command => {
            std::panic::set_hook(Box::new(|fault| {
                let what = plwasm_engine::name::paragraph(&fault.to_string());
                Failure::new(Kind::Internal, what)
                    .hint("This is a fault of plwasm: please report it.")
                    .report();
            }));
            std::panic::catch_unwind(|| run_command(command))
        }
    };
    match result {
        Ok(Ok(status)) => status,
        Ok(Err(failure)) => failure.report(),
        // The panic hook has printed the message.
        Err(_) => Kind::Internal.into(),
    }
}

fn run_command(command: Command) -> failure::Result<ExitCode> {
    match command {
        Command::New(arguments) => new::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Adapt(arguments) => adapt::run(&arguments),
        Command::Run(arguments) => run::run(&arguments),
        Command::Test(arguments) => test::run(&arguments),
        Command::Push(arguments) => push::run(&arguments),
        Command::Ls(arguments) => ls::run(&arguments),
        Command::Pull(arguments) => pull::run(&arguments),
        Command::Diff(arguments) => diff::run(&arguments),
        Command::Sql(arguments) => migration::run(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Profile(arguments) => profile::run(&arguments),
        Command::Stat(arguments) => stat::run(&arguments),
        Command::Replay(arguments) => replay::run(&arguments),
        Command::Completions(arguments) => manual::complete(&arguments),
        Command::Man(arguments) => manual::man(&arguments),
        Command::Compile(_) | Command::List(_) | Command::State(_) => Ok(ExitCode::SUCCESS),
    }
}

/// Returns the error of writing to standard output, except if its reader has closed it.
fn written(result: std::io::Result<()>) -> failure::Result<()> {
    match result {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => Err(Failure::new(
            Kind::File,
            format!("could not write to standard output: {}", failure::plain(&error)),
        )),
        Ok(()) => Ok(()),
    }
}
