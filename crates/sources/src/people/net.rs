//! E-mail, IP and MAC addresses.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::bytes::{at, before, end_of, is_letter, start_of, word_to};
use super::words::Cues;
use super::{Kind, RuleId, Scan};

impl Scan<'_, '_> {
    /// An `@`: an e-mail address when a domain with a dot follows.
    pub(super) fn mail_at(&mut self, ix: usize) {
        let line = self.line;
        let local = |b: u8| b.is_ascii_alphanumeric() || b"._%+-".contains(&b) || b >= 0x80;
        let mut start = start_of(line, ix, local);
        while start < ix && b".-%+".contains(&line[start]) {
            start += 1;
        }
        let mut end = end_of(line, ix + 1, |b| {
            b.is_ascii_alphanumeric() || b == b'.' || b == b'-'
        });
        while end > ix && b".-".contains(&line[end - 1]) {
            end -= 1;
        }
        if start == ix || end <= ix + 1 {
            return;
        }
        let domain = &line[ix + 1..end];
        let Some(dot) = memchr::memrchr(b'.', domain) else {
            return;
        };
        let top = &domain[dot + 1..];
        if dot == 0 || top.len() < 2 || !top.iter().all(u8::is_ascii_alphabetic) {
            return;
        }
        let user = &line[start..ix];
        // the user part of a SIP address is a number of its own, and hexadecimal parts are call ids
        let number = user
            .iter()
            .all(|b| b.is_ascii_digit() || b"+-._".contains(b));
        let call_id = user.len() >= 16 && user.iter().all(|b| b.is_ascii_hexdigit() || *b == b'-');
        if !number && !call_id {
            self.hit(start, end, RuleId::Email, Kind::Email);
        }
    }

    /// A dot between figures: an IPv4 address when there are four octets and no version is meant.
    pub(super) fn dotted_at(&mut self, ix: usize) {
        if ix < self.dots {
            return;
        }
        let line = self.line;
        let inside = |b: u8| b.is_ascii_digit() || b == b'.';
        let start = start_of(line, ix, inside);
        let end = end_of(line, ix, inside);
        self.dots = end;
        let token = &line[start..end];
        if token.len() < 7 {
            return;
        }
        let mut parts = [(0, 0); 6];
        let mut count = 0;
        let mut from = 0;
        for (i, b) in token.iter().chain(b".").enumerate() {
            if *b == b'.' {
                if i > from {
                    if count == parts.len() {
                        return;
                    }
                    parts[count] = (from, i);
                    count += 1;
                } else if i < token.len() {
                    return;
                }
                from = i + 1;
            }
        }
        // tcpdump writes the port behind a fifth dot
        let with_port = count == 5 && parts[4].1 - parts[4].0 >= 2;
        if count != 4 && !with_port {
            return;
        }
        let octets = parts[..4]
            .iter()
            .map(|(from, to)| octet(&token[*from..*to]));
        let mut address = [0; 4];
        for (to, octet) in address.iter_mut().zip(octets) {
            let Some(octet) = octet else { return };
            *to = octet;
        }
        let address = Ipv4Addr::from(address);
        let glued = before(line, start);
        // 6.9.11.60+dfsg-1, 1.2.5.1-2: packages; 192.0.2.1-192.0.2.9 is a range of addresses
        let version = match at(line, end) {
            b'+' | b'~' => true,
            b'-' => {
                let tail = end_of(line, end + 1, |b| b.is_ascii_digit());
                tail == end + 1 || at(line, tail) != b'.'
            }
            _ => glued == b'-' && is_letter(before(line, start - 1)),
        };
        let no_person = version
            || address.is_unspecified()
            || address.is_loopback()
            || address.is_broadcast()
            || address.octets()[..2] == [255, 255];
        if no_person
            || is_letter(glued)
            || glued == b'_'
            || is_letter(at(line, end))
            || self.version(start)
        {
            return;
        }
        self.hit(start, start + parts[3].1, RuleId::Ip4, Kind::Ip);
    }

    /// Whether the figures at a place are a version by the word before them.
    fn version(&self, start: usize) -> bool {
        let gap = start_of(self.line, start, |b| b" :=/\"'".contains(&b));
        word_to(self.line, gap)
            .is_some_and(|(s, e)| self.detector.words.cues(self.line, s, e).has(Cues::VERSION))
    }

    /// A colon: a MAC or IPv6 address when the groups around it are right.
    pub(super) fn colon_at(&mut self, ix: usize) {
        if ix < self.colons {
            return;
        }
        let line = self.line;
        let inside = |b: u8| b.is_ascii_hexdigit() || b == b':' || b == b'.';
        let start = start_of(line, ix, |b| b.is_ascii_hexdigit() || b == b':');
        let mut end = end_of(line, ix, inside);
        while end > ix
            && (line[end - 1] == b'.'
                || (line[end - 1] == b':' && at(line, end.wrapping_sub(2)) != b':'))
        {
            end -= 1;
        }
        self.colons = self.colons.max(end);
        let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b >= 0x80;
        if end < start + 3 || word(before(line, start)) || word(at(line, end)) {
            return;
        }
        let token = &line[start..end];
        if is_mac(token, b':') {
            self.figures = self.figures.max(end);
            self.hit(start, end, RuleId::Mac, Kind::Mac);
            return;
        }
        let colons = token.iter().filter(|b| **b == b':').count();
        let short = token.windows(2).any(|w| w == b"::");
        if !(short || colons == 7) || token.len() > 45 {
            return;
        }
        let text = std::str::from_utf8(token).unwrap_or("");
        let host = text.parse::<Ipv6Addr>();
        if host.is_ok_and(|a| !a.is_unspecified() && !a.is_loopback())
            && token.iter().any(u8::is_ascii_digit)
        {
            self.figures = self.figures.max(end);
            self.hit(start, end, RuleId::Ip6, Kind::Ip);
        }
    }

    /// `001ae84c2299` behind a word such as MAC, `001a.e84c.2299`: figures of it stand at `start..end`.
    pub(super) fn bare_mac(&mut self, start: usize, end: usize) -> bool {
        let line = self.line;
        let inside = |b: u8| b.is_ascii_hexdigit() || b == b'.';
        let from = start_of(line, start, inside);
        let to = end_of(line, end, inside);
        let to = if line[to - 1] == b'.' { to - 1 } else { to };
        let token = &line[from..to];
        let letter = |b: &u8| b.is_ascii_alphabetic();
        let apart = !before(line, from).is_ascii_alphanumeric()
            && !b"-_:".contains(&before(line, from))
            && !at(line, to).is_ascii_alphanumeric()
            && !b"-_:".contains(&at(line, to));
        if !apart || !token.iter().any(letter) {
            return false;
        }
        let dotted = token.len() == 14
            && token
                .iter()
                .enumerate()
                .all(|(i, b)| (*b == b'.') == (i == 4 || i == 9));
        let bare = token.len() == 12 && !token.contains(&b'.');
        // makers of the vendor's devices
        let maker = [&b"001ae8"[..], b"0001e3", b"7c2f80"]
            .iter()
            .any(|m| token.len() == 12 && token[..6].eq_ignore_ascii_case(m));
        let gap = start_of(line, from, |b| b" :=(\"'<[".contains(&b));
        let told =
            || word_to(line, gap).is_some_and(|(s, e)| self.with_earlier(s, e).has(Cues::MAC));
        if dotted || bare && (maker || told()) {
            self.figures = self.figures.max(to);
            self.hit(from, to, RuleId::Mac, Kind::Mac);
            return true;
        }
        false
    }

    /// A dash that two others follow at the distance of pairs: a MAC address when all around it is right.
    pub(super) fn dashed_mac(&mut self, ix: usize) {
        let line = self.line;
        if ix < self.dashes {
            return;
        }
        let start = start_of(line, ix, |b| b.is_ascii_hexdigit() || b == b'-');
        let Some(token) = line.get(start..start + 17) else {
            return;
        };
        let whole = !before(line, start).is_ascii_alphanumeric()
            && !at(line, start + 17).is_ascii_alphanumeric()
            && at(line, start + 17) != b'-';
        if whole && is_mac(token, b'-') {
            self.dashes = start + 17;
            self.hit(start, start + 17, RuleId::Mac, Kind::Mac);
        }
    }
}

/// A part of an IPv4 address, without zeros in front.
fn octet(figures: &[u8]) -> Option<u8> {
    let zero = figures.len() > 1 && figures[0] == b'0';
    if figures.len() > 3 || zero {
        return None;
    }
    let value = figures
        .iter()
        .fold(0_u32, |sum, b| sum * 10 + u32::from(b - b'0'));
    u8::try_from(value).ok()
}

/// Six pairs of hexadecimal figures.
fn is_mac(token: &[u8], mark: u8) -> bool {
    token.len() == 17
        && token.iter().enumerate().all(|(i, b)| {
            if i % 3 == 2 {
                *b == mark
            } else {
                b.is_ascii_hexdigit()
            }
        })
        // broadcast and nothing
        && token != b"ff:ff:ff:ff:ff:ff"
        && token.iter().any(|b| *b != b'0' && *b != mark)
}
