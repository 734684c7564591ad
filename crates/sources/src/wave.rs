//! Recordings: the header of a RIFF/WAVE file, never its sound.
//!
//! Nothing is played, transcribed or copied (formats-other-sources 6). Header: RIFF with the chunks
//! `fmt ` and `data`, as published by Microsoft and IBM (Multimedia Programming Interface 1.0).

use std::io::SeekFrom;

use chrono::NaiveDate;
use gdpr4k_model::Finding;
use gdpr4k_model::catalogue::ElementIx;

use crate::container::Bytes;
use crate::knowledge::TableKnowledge;
use crate::origin::Origin;
use crate::record::{Record, Sink, Value};

/// More chunks in front of the sound are not looked through.
const MAX_CHUNKS: usize = 64;

/// What the header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sound {
    /// Whole seconds.
    pub seconds: u64,
    /// 1 = mono, 2 = stereo.
    pub channels: u16,
}

/// Why there is no length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NoSound {
    Cut(u64),
    Lies { stated: u64, found: u64 },
    Other,
}

/// Whether the first bytes are those of a recording.
pub fn is_wave(head: &[u8]) -> bool {
    head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WAVE")
}

/// The element that a recording is.
pub const fn element(knowledge: &TableKnowledge) -> ElementIx {
    knowledge.opaque.recording
}

/// Counts one recording, whatever its header says; gives the number of records: 1.
///
/// `path` tells recordings apart and is not shown; `day`: the day of the file.
pub fn recording(
    file: &mut dyn Bytes,
    knowledge: &TableKnowledge,
    path: &str,
    day: NaiveDate,
    sink: &mut dyn Sink,
) -> u64 {
    sink.record(&Record {
        line: 1,
        day: Some(day),
        cluster: None,
        values: &[Value::new(element(knowledge), path.as_bytes())],
        origin: Origin::default(),
    });
    sink.finding(match header(file) {
        Ok(sound) => Finding::new("G4K-633")
            .with("seconds", sound.seconds)
            .with("channels", u64::from(sound.channels)),
        Err(NoSound::Cut(found)) => Finding::new("G4K-630").with("found", found),
        Err(NoSound::Lies { stated, found }) => Finding::new("G4K-631")
            .with("stated", stated)
            .with("found", found),
        Err(NoSound::Other) => Finding::new("G4K-632"),
    });
    1
}

fn header(file: &mut dyn Bytes) -> Result<Sound, NoSound> {
    let len = file.seek(SeekFrom::End(0)).unwrap_or(0);
    let mut take = |at: u64, bytes: &mut [u8]| -> Result<(), NoSound> {
        let read = file
            .seek(SeekFrom::Start(at))
            .and_then(|_| file.read_exact(bytes));
        read.map_err(|_| NoSound::Cut(len))
    };
    let mut head = [0; 12];
    let mut start = [0; 4];
    take(0, &mut start)?;
    if &start != b"RIFF" {
        return Err(NoSound::Other);
    }
    take(0, &mut head)?;
    if &head[8..] != b"WAVE" {
        return Err(NoSound::Other);
    }
    let (mut at, mut format) = (12u64, None);
    for _ in 0..MAX_CHUNKS {
        let mut chunk = [0; 8];
        take(at, &mut chunk)?;
        let size = u64::from(u32::from_le_bytes([chunk[4], chunk[5], chunk[6], chunk[7]]));
        match &chunk[..4] {
            b"fmt " => {
                let mut fmt = [0; 16];
                take(at + 8, &mut fmt)?;
                let channels = u16::from_le_bytes([fmt[2], fmt[3]]);
                let rate = u32::from_le_bytes([fmt[8], fmt[9], fmt[10], fmt[11]]);
                format = Some((channels, u64::from(rate)));
            }
            b"data" => {
                let found = len.saturating_sub(at + 8);
                let Some((channels, rate)) = format.filter(|f| f.0 > 0 && f.1 > 0) else {
                    return Err(NoSound::Lies {
                        stated: size,
                        found,
                    });
                };
                if size > found {
                    return Err(NoSound::Lies {
                        stated: size,
                        found,
                    });
                }
                return Ok(Sound {
                    seconds: size / rate,
                    channels,
                });
            }
            _ => {}
        }
        // chunks begin at even places
        at += 8 + size + (size & 1);
        if at >= len {
            break;
        }
    }
    Err(NoSound::Cut(len))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Given, KNOWLEDGE, fixture};
    use proptest::prelude::*;

    fn read(bytes: Vec<u8>) -> Given {
        let mut given = Given::default();
        let day = NaiveDate::from_ymd_opt(2026, 11, 1).expect("a day");
        let mut file = std::io::Cursor::new(bytes);
        recording(&mut file, &KNOWLEDGE, "recordings/a.wav", day, &mut given);
        given
    }

    #[test]
    fn every_recording_counts_whatever_its_header_says() {
        for (name, code) in [
            ("basic", "G4K-633"),
            ("truncated", "G4K-630"),
            ("lying", "G4K-631"),
            ("dirty", "G4K-632"),
            ("empty", "G4K-630"),
        ] {
            let given = read(fixture(&format!("ac-win/{name}.wav")));
            assert_eq!(given.codes(), [(code, None)], "{name}");
            assert_eq!(given.of("O4K-FLD-ACWIN-RECORDING").len(), 1);
            insta::assert_snapshot!(format!("ac-win_{name}"), given.summary());
        }
    }

    proptest! {
        #[test]
        fn any_header_ends(mut bytes in proptest::collection::vec(any::<u8>(), 0..200), riff: bool) {
            if riff {
                bytes.splice(0..0, *b"RIFF\x24\x00\x00\x00WAVE");
            }
            prop_assert_eq!(read(bytes).findings.len(), 1);
        }
    }
}
