//! The binary starts. That this test is here makes `cargo test` build the binary, which the
//! end-to-end tests in `tests/` then run.

use std::process::Command;

#[test]
fn it_says_its_version() {
    let output = Command::new(env!("CARGO_BIN_EXE_gdpr4k"))
        .arg("--version")
        .output()
        .unwrap();
    assert!(output.status.success());
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        format!("gdpr4k {}\n", env!("CARGO_PKG_VERSION"))
    );
}
