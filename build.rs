//! How the program is linked.
//!
//! Its tables hold some 60,000 addresses. In a program that may be loaded anywhere each of them is written anew at every
//! start, page by page, which took as long as the rest of the way to the first screen. So a release lies at fixed addresses.
//! (Heap, stacks and libraries do not; and the program has no `unsafe` of its own that an attacker could start from.)

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let is = |name: &str, wanted: &str| std::env::var(name).is_ok_and(|value| value == wanted);
    // The option is that of GNU's and LLVM's drivers there; elsewhere programs are linked as usual.
    if is("PROFILE", "release") && is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu") {
        println!("cargo:rustc-link-arg-bins=-no-pie");
    }
}
