//! Job 3: what is known about one person, and nothing about anyone else.

mod people;

pub use people::{Owned, Person, Span, certain_from, persons};

use gdpr4k_store::guard::GuardKey;

/// The id of a person as `find` prints it: keyed, so that it tells nothing by itself.
pub fn person_id(key: &GuardKey, apart: &[u8]) -> String {
    let text = [b"person\0", apart].concat();
    let token = key.token(&String::from_utf8_lossy(&text));
    let hex: String = token[..5].iter().map(|b| format!("{b:02x}")).collect();
    format!("P-{hex}")
}
