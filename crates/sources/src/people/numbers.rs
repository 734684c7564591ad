//! Telephone numbers and stations: what the figures say, and what stands before them.

use gdpr4k_model::number::{Access, Party};

use super::bytes::{at, before, end_of, is_letter, word_to};
use super::context::{Governor, IDS, PHONE, joint};
use super::phone::{Extent, Written, is_date, read};
use super::words::Cues;
use super::{Kind, RuleId, Scan};

impl Scan<'_, '_> {
    /// Three or more figures start here.
    pub(super) fn figures_at(&mut self, start: usize) {
        if start < self.figures {
            return;
        }
        let line = self.line;
        let end = end_of(line, start, |b| b.is_ascii_digit());
        let len = end - start;
        self.figures = end;
        if len < 3 && before(line, start) != b'+' || len > 18 {
            return;
        }
        let (last, next) = (before(line, start), at(line, end));
        // dates and times are most of the figures in a log
        if len == 4 && (next == b'-' || next == b'.' || next == b'/') && is_date(line, start, end) {
            self.figures = end + 6;
            return;
        }
        if (is_letter(next) || is_letter(last) || next == b'.') && self.bare_mac(start, end) {
            return;
        }
        if is_letter(next) && next < 0x80
            || next == b'_' && last == b'_' && is_date(line, start, end)
        {
            return;
        }
        if is_date(line, start, end) {
            return;
        }
        let far = start.checked_sub(2).map_or(0, |i| line[i]);
        let before_is_figure = far.is_ascii_digit();
        match last {
            b'.' | b':' | b',' if before_is_figure => return,
            b'*' if line[start] == b'0' && end - start >= 8 && before_is_figure => {}
            b'#' | b'%' | b'$' | b'*' => return,
            b'[' if is_letter(far) || before_is_figure => return,
            b'-' if before_is_figure => {
                self.list_tail(start, end);
                return;
            }
            _ => {}
        }
        if is_letter(last) {
            self.glued(start, end);
            return;
        }
        if last == b'-' && self.file_part(start, end) {
            return;
        }
        if next == b'.' && at(line, end + 1).is_ascii_digit() && last != b'+' {
            return;
        }
        let governor = self.governor(start);
        if (last == b'+' || line[start] == b'0')
            && let Some(end) = self.outside(start, &governor)
        {
            self.figures = end;
            return;
        }
        if self.own_plan(start, end) {
            return;
        }
        self.inside(start, end, &governor);
    }

    /// Figures directly behind letters: `ext4711`, `Nst.4711` has a dot and does not come here.
    fn glued(&mut self, start: usize, end: usize) {
        let Some((s, e)) = word_to(self.line, start) else {
            return;
        };
        let apart = !before(self.line, s).is_ascii_alphanumeric() && before(self.line, s) != b'-';
        let cues = self.detector.words.cues(self.line, s, e);
        if apart && cues.has(Cues::EXTENSION) && end - start <= 6 {
            self.station(start, end, RuleId::ExtensionContext);
        }
    }

    /// `+49 …`, `0049 …`, `030 …`: a number by its form. The end, if there is one.
    fn outside(&mut self, start: usize, governor: &Governor) -> Option<usize> {
        let line = self.line;
        let detector = self.detector;
        let complete = |digits: &[u8], plus: bool| {
            if digits.len() >= 8 && matches!(self.party(digits, plus), Party::Internal(..)) {
                Extent::Whole
            } else if self.own_prefix(digits, plus) {
                Extent::Cut
            } else {
                Extent::Open
            }
        };
        let number = read(line, start, complete)?;
        let whole = number;
        let digits = whole.digits();
        let len = digits.len();
        if number.plus && (is_letter(before(line, number.start)) || digits[0] == b'0') {
            return None;
        }
        let zeros = digits.iter().take_while(|d| **d == b'0').count();
        let party = self.party(digits, number.plus);
        let own = matches!(party, Party::Internal(..)) && len >= 7;
        let known = match party {
            Party::External(e164) => detector.site.numbers.contains(&e164),
            _ => false,
        };
        let called = governor.cues.has(PHONE);
        let plausible = match (number.plus, zeros) {
            (true, _) => (7..=15).contains(&len),
            (_, 0) => false,
            (_, 1) => (if called || number.marked {
                6..=15
            } else {
                8..=14
            })
            .contains(&len),
            (_, 2) => (9..=17).contains(&len),
            (_, 3) => (11..=18).contains(&len),
            _ => false,
        };
        let own = own || known;
        let denied = !own && !number.plus && !called && self.denied(governor, &number);
        if !plausible
            || denied
            || party == Party::Service
            || is_letter(at(line, number.end)) && at(line, number.end) < 0x80
        {
            return None;
        }
        if number.marked && !number.plus && !own && !called && !grouped_well(line, &number) {
            return None;
        }
        if !number.plus && in_account(line, start) {
            return None;
        }
        let mut number = number;
        if !number.plus && number.start >= 2 && digits[0] == b'0' {
            // `0 030 23125 4711`, `0-030/…`: the trunk code apart
            let apart = line[number.start - 2] == b'0'
                && matches!(line[number.start - 1], b' ' | b'-')
                && !before(line, number.start - 2).is_ascii_alphanumeric()
                && !b".,:/-+".contains(&before(line, number.start - 2));
            if apart && len >= 9 {
                number.start -= 2;
            }
        }
        let rule = if number.plus {
            RuleId::NumberPlus
        } else if own {
            RuleId::NumberPlan
        } else if called {
            RuleId::NumberContext
        } else {
            RuleId::NumberTrunk
        };
        self.hit(number.start, number.end, rule, Kind::Number);
        Some(number.end)
    }

    /// Whether a number that only its zero speaks for is something else.
    fn denied(&self, governor: &Governor, number: &Written) -> bool {
        let line = self.line;
        let unknown_key = governor.pair
            && !governor.cues.has(PHONE.with(Cues::WEAK))
            && at(line, number.start.wrapping_sub(1)) == b'=';
        let inside_id = matches!(before(line, number.start), b'-' | b'/' | b'.' | b'\\')
            && !number.marked
            && before(line, number.start.saturating_sub(1)).is_ascii_alphanumeric();
        governor.cues.has(Cues::DENY.with(IDS))
            || unknown_key
            || inside_id
            || self.hex_dump(number.start)
    }

    /// Main number of the site and station without the area, or E.164 without `+`.
    fn own_plan(&mut self, start: usize, end: usize) -> bool {
        let line = self.line;
        let digits = &line[start..end];
        let len = end - start;
        for node in 0..self.detector.plans.len() as u8 {
            let Some(plan) = self.detector.plans.plan(node) else {
                continue;
            };
            let main = plan.main.as_bytes();
            let station = plan.extension_length as usize;
            if main.len() >= 3 && digits == main && (at(line, end) == b'-' || at(line, end) == b' ')
            {
                let tail = end_of(line, end + 1, |b| b.is_ascii_digit());
                if tail - end - 1 == station && station >= 2 {
                    self.hit(start, tail, RuleId::NumberPlan, Kind::Number);
                    self.figures = tail;
                    return true;
                }
            }
            let country = plan.country.as_bytes();
            if len >= 10 && !country.is_empty() && digits.starts_with(country) {
                let prefix = [country, plan.area.as_bytes(), main].concat();
                let own = matches!(self.party(digits, true), Party::Internal(..))
                    || !main.is_empty() && len <= 15 && digits.starts_with(&prefix);
                let known = matches!(self.party(digits, true), Party::External(e) if self.detector.site.numbers.contains(&e));
                if own || known {
                    self.hit(start, end, RuleId::NumberPlan, Kind::Number);
                    return true;
                }
            }
        }
        false
    }

    /// Figures without a sign of the outside: a station or a number where the text says so.
    fn inside(&mut self, start: usize, end: usize, governor: &Governor) {
        let line = self.line;
        let len = end - start;
        let mut cues = governor.cues;
        let next = at(line, end);
        if governor.pair && before(line, start) == b' ' && self.is_scheme(governor) {
            // `sip: 486 Busy Here` of a log, not `sip:4711@host`
            cues = Cues::default();
        }
        if self.shared_out(governor) {
            return;
        }
        // part of a figure with marks: 1-17-121-0, 12/2504, 25037%
        let dashed = (next == b'-' || next == b'/') && at(line, end + 1).is_ascii_digit();
        if next == b'%' || (next == b':' && at(line, end + 1).is_ascii_digit()) {
            return;
        }
        if cues.has(Cues::EXTENSION.with(Cues::NUMBER)) && self.sip_port(governor, start) {
            return;
        }
        if cues.has(Cues::EXTENSION) || (cues.has(Cues::NUMBER) && !cues.has(Cues::DENY)) {
            if len <= 6 && !cues.has(Cues::EXTENSION) && self.counted(end) {
                return;
            }
            if len <= 6 && (cues.has(Cues::EXTENSION) || self.station_like(start, end)) {
                self.station(start, end, RuleId::ExtensionContext);
            } else if let Some(number) = read(line, start, |d, _| {
                if d.len() >= 9 {
                    Extent::Whole
                } else {
                    Extent::Open
                }
            }) && (5..=15).contains(&number.digits().len())
                && (!dashed || number.end > end)
            {
                self.hit(
                    number.start,
                    number.end,
                    RuleId::NumberContext,
                    Kind::Number,
                );
                self.figures = number.end;
            }
            return;
        }
        if next == b'/' && self.list_of_known(start, end, governor) {
            self.station(start, end, RuleId::ExtensionSite);
            return;
        }
        if dashed || len > 8 || cues.has(Cues::DENY.with(IDS)) && !cues.has(Cues::ACCOUNT) {
            return;
        }
        if !self.known(start, end) {
            if cues.has(Cues::WEAK) && self.pair_of_stations(start, end) {
                self.station(start, end, RuleId::ExtensionSite);
            }
            return;
        }
        if (cues.has(
            Cues::WEAK
                .with(Cues::ACCOUNT)
                .with(Cues::CALL)
                .with(Cues::TITLE),
        ) && !self.year(start, end)
            || self.carried(start, end, governor))
            && !self.counted(end)
            || self.stands_alone(start, end, governor)
        {
            self.station(start, end, RuleId::ExtensionSite);
        }
    }

    fn is_scheme(&self, governor: &Governor) -> bool {
        let line = self.line;
        let word = &line[governor.start..end_of(line, governor.start, is_letter)];
        word.eq_ignore_ascii_case(b"sip") || word.eq_ignore_ascii_case(b"sips")
    }

    /// `430/431/432`: stations of the site on both sides of the mark.
    fn list_of_known(&mut self, start: usize, end: usize, governor: &Governor) -> bool {
        let line = self.line;
        let stop = end_of(line, end + 1, |b| b.is_ascii_digit());
        stop > end + 1
            && self.known(start, end)
            && self.known(end + 1, stop)
            && !governor.cues.has(Cues::DENY.with(IDS))
            && before(line, start) != b'/'
            && self.about_telephony(start)
    }

    /// Notes a station and the further ones of its list or range.
    fn station(&mut self, start: usize, end: usize, rule: RuleId) {
        let line = self.line;
        let service = matches!(
            &line[start..end],
            b"110" | b"112" | b"115" | b"911" | b"999"
        );
        if service && !self.known(start, end) {
            return;
        }
        self.hit(start, end, rule, Kind::Extension);
        let mut last = (start, end);
        loop {
            let Some(from) = joint(line, last.1) else {
                return;
            };
            let end = end_of(line, from, |b| b.is_ascii_digit());
            let len = end - from;
            let alike = len == last.1 - last.0 || self.known(from, end);
            let (next, after) = (at(line, end), at(line, end + 1));
            let slashed = next == b'/' && before(line, from) == b'/';
            let joined = b"-:./".contains(&next) && after.is_ascii_digit() && !slashed;
            let whole = !(is_letter(next) || joined);
            if !alike || !whole || line[from] == b'0' || !(2..=8).contains(&len) {
                return;
            }
            self.hit(from, end, RuleId::ExtensionList, Kind::Extension);
            self.figures = self.figures.max(end);
            last = (from, end);
        }
    }

    /// `text-4711`, `rec-20260203-081409-25037.wav`, `aufnahme-4711-2026-02-03.wav`: a station of the site
    /// between the dashes of the name of a file.
    fn list_tail(&mut self, start: usize, end: usize) {
        let line = self.line;
        if !self.known(start, end) || self.year(start, end) {
            return;
        }
        let name = end_of(line, end, |b| {
            b.is_ascii_alphanumeric() || b"-_".contains(&b)
        });
        let file = at(line, name) == b'.' && at(line, name + 1).is_ascii_alphabetic();
        let head = super::bytes::start_of(line, start - 1, |b| b.is_ascii_digit());
        // the hour behind a date
        let date = start - 1 - head == 8 && is_date(line, head, start - 1);
        let clock = end - start == 4
            && line[start] <= b'2'
            && (line[start] < b'2' || line[start + 1] < b'4')
            && line[start + 2] < b'6';
        if file && !(date && clock) {
            self.hit(start, end, RuleId::ExtensionSite, Kind::Extension);
        }
    }

    /// The same behind a word and a dash: `aufnahme-4711-2026-02-03.wav`.
    fn file_part(&mut self, start: usize, end: usize) -> bool {
        let line = self.line;
        if before(line, start) != b'-' || at(line, end) != b'-' && at(line, end) != b'.' {
            return false;
        }
        let name = end_of(line, end, |b| {
            b.is_ascii_alphanumeric() || b"-_".contains(&b)
        });
        let file =
            at(line, name) == b'.' && at(line, name + 1).is_ascii_alphabetic() && name - end <= 40;
        if file && self.known(start, end) && !self.year(start, end) {
            self.hit(start, end, RuleId::ExtensionSite, Kind::Extension);
            return true;
        }
        false
    }

    /// Whether figures are a number of the site without the last figures of the station.
    fn own_prefix(&self, digits: &[u8], plus: bool) -> bool {
        let plans = &self.detector.plans;
        (0..plans.len() as u8)
            .filter_map(|n| plans.plan(n))
            .any(|p| {
                let inland = digits
                    .strip_prefix(p.trunk_prefix.as_bytes())
                    .unwrap_or(digits);
                let rest = [
                    digits.strip_prefix(p.country.as_bytes()).filter(|_| plus),
                    inland.strip_prefix(b"0"),
                    digits.strip_prefix(b"0"),
                    digits
                        .strip_prefix(b"00")
                        .and_then(|d| d.strip_prefix(p.country.as_bytes())),
                ];
                let main = rest
                    .into_iter()
                    .flatten()
                    .filter_map(|d| d.strip_prefix(p.area.as_bytes()))
                    .find_map(|d| d.strip_prefix(p.main.as_bytes()));
                !p.main.is_empty() && main.is_some_and(|m| m.len() < p.extension_length as usize)
            })
    }

    fn party(&self, digits: &[u8], plus: bool) -> Party {
        let plans = &self.detector.plans;
        let node = self.node;
        if plus {
            let mut text = [b'+'; 19];
            let len = digits.len().min(18);
            text[1..=len].copy_from_slice(&digits[..len]);
            return plans.normalise(node, &text[..=len], Access::Plain);
        }
        match plans.normalise(node, digits, Access::Plain) {
            own @ Party::Internal(..) => own,
            // the same behind the trunk code
            other => match plans.normalise(node, digits, Access::Dialled) {
                own @ Party::Internal(..) => own,
                _ => other,
            },
        }
    }
}

/// Whether figures stand in the groups of a bank account: `DE88 3704 0044 …`.
fn in_account(line: &[u8], start: usize) -> bool {
    let mut from = start;
    while from >= 5
        && line[from - 1] == b' '
        && line[from - 5..from - 1].iter().all(u8::is_ascii_digit)
        && !before(line, from - 5).is_ascii_alphanumeric()
    {
        from -= 5;
    }
    from >= 5
        && line[from - 1] == b' '
        && line[from - 5..from - 3].iter().all(u8::is_ascii_uppercase)
        && line[from - 3..from - 1].iter().all(u8::is_ascii_digit)
}

/// Whether the groups of a number without a country look like area and subscriber.
fn grouped_well(line: &[u8], number: &Written) -> bool {
    let first = end_of(line, number.start, |b| b.is_ascii_digit() || b == b'(');
    let area = line[number.start..first]
        .iter()
        .filter(|b| b.is_ascii_digit())
        .count();
    (3..=6).contains(&area) || number.digits().starts_with(b"00")
}
