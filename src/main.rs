//! The `warroom` command. Everything is in the library; here is only the way in and the exit code.

fn main() -> std::process::ExitCode {
    warroom::cli::main()
}
