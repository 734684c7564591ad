//! The numbers of the invented site: its own stations, and outside numbers from the blocks
//! that the German regulator keeps free for films and books.

/// Whom a number stands for, in one word of memory: nobody, an outside number, or a station of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Party(u32);

/// Landline numbers that nobody has: 069 90009 xxx, 089 99998 xxx, 0221 4710 xxx.
const LANDLINES: [&str; 3] = ["6990009", "8999998", "2214710"];
/// Mobile numbers that nobody has: 015550 xxxxxx.
const MOBILE: &str = "15550";
/// Outside numbers there are.
pub(crate) const EXTERNALS: u32 = 1_003_000;
/// Ranks from here on are kept for private mobiles, which no call picks by chance.
const PRIVATE: u32 = 1_000_000;
/// Stations a node can have.
const STATIONS: u32 = 100_000;
/// How many values [`Party::index`] can have.
pub(crate) const PARTIES: u32 = EXTERNALS + 2 * STATIONS;

impl Party {
    pub(crate) const NOBODY: Self = Self(u32::MAX);

    /// The outside number of a rank: every fourth of the first 12,000 is a landline.
    pub(crate) const fn external(rank: u32) -> Self {
        if rank < 12_000 && rank.is_multiple_of(4) {
            return Self((rank / 4 * 1237 + 71) % 3000);
        }
        let mobile = if rank < 12_000 {
            rank - rank / 4 - 1
        } else {
            rank - 3000
        };
        Self(3000 + ((mobile as u64 * 386_207 + 555_123) % 1_000_000) as u32)
    }

    /// A private mobile number, which only planted cases use.
    pub(crate) const fn private(index: u32) -> Self {
        Self::external(PRIVATE + index)
    }

    /// A station of a node.
    pub(crate) const fn station(node: u8, number: u32) -> Self {
        Self(EXTERNALS + node as u32 * STATIONS + number)
    }

    pub(crate) fn is_nobody(self) -> bool {
        self == Self::NOBODY
    }

    pub(crate) fn is_external(self) -> bool {
        self.0 < EXTERNALS
    }

    /// A number for each party, below [`PARTIES`].
    pub(crate) const fn index(self) -> u32 {
        self.0
    }

    /// Node and station, if it is one.
    pub(crate) const fn as_station(self) -> Option<(u8, u32)> {
        if self.0 < EXTERNALS || self.0 >= PARTIES {
            return None;
        }
        let n = self.0 - EXTERNALS;
        Some(((n / STATIONS) as u8, n % STATIONS))
    }
}

/// One node of the site with its place in the numbering plan.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node {
    pub(crate) id: &'static str,
    pub(crate) area: &'static str,
    pub(crate) main: &'static str,
    /// Digits of a station.
    pub(crate) digits: u8,
}

/// Nord, the default node, and West.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Nodes(pub(crate) [Node; 2]);

impl Nodes {
    /// Both nodes with stations of the given lengths.
    pub(crate) const fn new(nord: u8, west: u8) -> Self {
        Self([
            Node {
                id: "nord",
                area: "30",
                main: "23125",
                digits: nord,
            },
            Node {
                id: "west",
                area: "40",
                main: "66969",
                digits: west,
            },
        ])
    }

    /// Writes the number without country code and without leading zero.
    pub(crate) fn national(&self, party: Party, out: &mut Vec<u8>) {
        if let Some((node, number)) = party.as_station() {
            let node = &self.0[node as usize];
            out.extend_from_slice(node.area.as_bytes());
            out.extend_from_slice(node.main.as_bytes());
            digits(number, out);
        } else if party.0 < 3000 {
            out.extend_from_slice(LANDLINES[(party.0 / 1000) as usize].as_bytes());
            fixed(party.0 % 1000, 3, out);
        } else if party.0 < EXTERNALS {
            out.extend_from_slice(MOBILE.as_bytes());
            fixed(party.0 - 3000, 6, out);
        }
    }

    /// Writes the number as somebody at `node` dials it: a station, or trunk access code 0 and 0 + area.
    pub(crate) fn dialled(&self, node: u8, party: Party, out: &mut Vec<u8>) {
        match party.as_station() {
            Some((at, number)) if at == node => digits(number, out),
            _ if party.is_nobody() => {}
            _ => {
                out.extend_from_slice(b"00");
                self.national(party, out);
            }
        }
    }

    /// Writes the number as the network delivers a caller: a station, or the E.164 digits without `+`.
    pub(crate) fn delivered(&self, node: u8, party: Party, out: &mut Vec<u8>) {
        match party.as_station() {
            Some((at, number)) if at == node => digits(number, out),
            _ if party.is_nobody() => {}
            _ => {
                out.extend_from_slice(b"49");
                self.national(party, out);
            }
        }
    }

    /// As [`Self::dialled`], as text.
    pub(crate) fn dialled_text(&self, node: u8, party: Party) -> String {
        let mut out = Vec::new();
        self.dialled(node, party, &mut out);
        ascii(out)
    }

    /// A station, or the number within the country with its leading 0.
    pub(crate) fn plain_text(&self, node: u8, party: Party) -> String {
        match party.as_station() {
            Some((at, number)) if at == node => number.to_string(),
            _ if party.is_nobody() => String::new(),
            _ => {
                let mut out = vec![b'0'];
                self.national(party, &mut out);
                ascii(out)
            }
        }
    }

    /// The E.164 digits without `+`.
    pub(crate) fn e164(&self, party: Party) -> String {
        let mut out = b"49".to_vec();
        self.national(party, &mut out);
        ascii(out)
    }
}

fn ascii(bytes: Vec<u8>) -> String {
    bytes.into_iter().map(char::from).collect()
}

/// Writes a number without leading zeros.
pub(crate) fn digits(n: u32, out: &mut Vec<u8>) {
    let width = n.max(1).ilog10() + 1;
    fixed(n, width, out);
}

/// Writes a number with leading zeros.
pub(crate) fn fixed(n: u32, width: u32, out: &mut Vec<u8>) {
    let start = out.len();
    out.resize(start + width as usize, b'0');
    let mut rest = n;
    for slot in out[start..].iter_mut().rev() {
        *slot = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_rank_has_a_number_of_its_own() {
        let all: HashSet<u32> = (0..200_000).map(|r| Party::external(r).index()).collect();
        assert_eq!(all.len(), 200_000);
        assert!(all.iter().all(|&i| i < EXTERNALS));
        let private: HashSet<u32> = (0..1000).map(|r| Party::private(r).index()).collect();
        assert_eq!(private.len(), 1000);
        assert!(private.is_disjoint(&all));
    }

    #[test]
    fn one_number_in_its_notations() {
        let nodes = Nodes::new(4, 3);
        let outside = Party(123);
        assert_eq!(nodes.dialled_text(0, outside), "006990009123");
        assert_eq!(nodes.plain_text(0, outside), "06990009123");
        assert_eq!(nodes.e164(outside), "496990009123");
        let west = Party::station(1, 204);
        assert_eq!(nodes.dialled_text(1, west), "204");
        assert_eq!(nodes.dialled_text(0, west), "004066969204");
    }
}
