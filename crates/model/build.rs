//! Rebuilds the crate when a file of `schemas/` changes: they are built in, and cargo does not see it.

fn main() {
    println!("cargo::rerun-if-changed=../../schemas");
}
