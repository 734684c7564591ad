//! Zip archives without compression (APPNOTE 6.3.10): the same members give the same bytes on every machine.

use chrono::{Datelike, NaiveDateTime, Timelike};

/// An archive of these members, all with one time.
pub(crate) fn zip(members: &[(String, Vec<u8>)], at: NaiveDateTime) -> Vec<u8> {
    let (mut out, mut list) = (Vec::new(), Vec::new());
    let date = ((at.year() - 1980) as u16) << 9 | (at.month() as u16) << 5 | at.day() as u16;
    let time = (at.hour() as u16) << 11 | (at.minute() as u16) << 5 | (at.second() / 2) as u16;
    for (name, bytes) in members {
        let offset = out.len() as u32;
        // version 2.0, UTF-8 names, stored
        let mut head = Vec::new();
        for n in [20u16, 0x800, 0, time, date] {
            head.extend(n.to_le_bytes());
        }
        for n in [crc32(bytes), bytes.len() as u32, bytes.len() as u32] {
            head.extend(n.to_le_bytes());
        }
        for n in [name.len() as u16, 0] {
            head.extend(n.to_le_bytes());
        }
        out.extend(b"PK\x03\x04");
        out.extend(&head);
        out.extend(name.as_bytes());
        out.extend(bytes);
        list.extend(b"PK\x01\x02\x14\x00");
        list.extend(&head);
        // no comment, first disk, no attributes
        list.extend([0; 10]);
        list.extend(offset.to_le_bytes());
        list.extend(name.as_bytes());
    }
    let (start, count) = (out.len() as u32, members.len() as u16);
    out.extend(&list);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend(count.to_le_bytes());
    out.extend(count.to_le_bytes());
    out.extend((list.len() as u32).to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0; 2]);
    out
}

/// The checksum of zip (polynomial EDB88320).
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, b: &u8| {
        (0..8).fold(crc ^ u32::from(*b), |c, _| {
            if c & 1 == 1 {
                c >> 1 ^ 0xedb8_8320
            } else {
                c >> 1
            }
        })
    };
    !bytes.iter().fold(u32::MAX, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_the_standard() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }
}
