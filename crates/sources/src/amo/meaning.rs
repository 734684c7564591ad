//! From the arguments of a command to named values.

use gdpr4k_model::catalogue::ElementIx;
use gdpr4k_model::number::Access;

use super::batch::Batch;
use super::command::{Arg, Item, items, plain};
use super::knowledge::{AmoInfo, AmoKnowledge, Meaning};
use super::orders::{Action, Form};
use super::shape::{fits, is_email, is_ip, is_nobody, is_number, is_pen, parts_of_name};

/// Numbers that one command may expand to; a range beyond this keeps its two ends.
pub(crate) const MAX_EXPANDED: usize = 10_000;
/// A number with more digits than this is not a station (E.164 without access code has more).
pub(crate) const MAX_STATION: usize = 7;

/// One command that is whole.
pub(crate) struct Command<'a> {
    pub(crate) line: u64,
    pub(crate) action: Action,
    pub(crate) info: &'a AmoInfo,
    /// Whether the AMO is known at all.
    pub(crate) known: bool,
    pub(crate) args: &'a [Arg<'a>],
    /// Its quotes had to be repaired.
    pub(crate) repaired: bool,
}

impl Command<'_> {
    /// Whether it names the station that it is about.
    fn of_a_station(&self) -> bool {
        let names = self.args.iter().filter_map(|a| a.keyword.as_deref());
        names
            .map(|k| self.info.keyword(k))
            .any(|k| matches!(k, "STNO" | "SRCNO"))
    }
}

/// A value with the name of its parameter, if that is known.
#[derive(Clone, Copy)]
pub(crate) struct Named<'a> {
    pub(crate) name: &'a str,
    pub(crate) value: &'a str,
    pub(crate) meaning: Option<&'a Meaning>,
    keyword: bool,
    sure: bool,
}

/// A command with its values named.
pub(crate) struct Reading<'a> {
    pub(crate) values: Vec<Named<'a>>,
    pub(crate) branch: Option<&'a str>,
    /// Positions beyond the known ones.
    pub(crate) extra: u64,
    /// A value does not look like what its position says.
    pub(crate) mismatch: bool,
}

impl<'a> Reading<'a> {
    /// Names the values (amo-params.md, section 3).
    pub(crate) fn of(command: &Command<'a>) -> Self {
        let (info, args) = (command.info, command.args);
        let names: Vec<Option<&str>> = args
            .iter()
            .map(|a| a.keyword.as_deref().map(|k| info.keyword(k)))
            .collect();
        let at = |i: usize| args.get(i).filter(|a| a.keyword.is_none()).map(|a| a.value);
        let by = |name: &str| {
            names
                .iter()
                .position(|n| *n == Some(name))
                .map(|i| args[i].value)
        };
        let own = info.form(command.action, &at, &by);
        let sister = || {
            // DELETE and DISPLAY begin with the same key; only the key is taken over, and not as proven
            [Action::Add, Action::Change]
                .into_iter()
                .filter(|a| *a != command.action)
                .find_map(|a| info.form(a, &at, &by))
        };
        let borrowed = own.is_none();
        let form = own.or_else(sister);
        let key_end = form.filter(|_| borrowed).and_then(|f| {
            f.slots
                .iter()
                .position(|s| s.meaning.as_ref().is_some_and(|m| m.form == Form::Station))
        });
        let branch = form.and_then(|f| f.branch_value()).or_else(|| {
            if !info.depends_on_branch() {
                return None;
            }
            let typed = by("TYPE").map(plain).map(|v| info.value(v));
            typed.or_else(|| {
                args.iter()
                    .map(|a| info.value(a.value))
                    .find(|v| info.is_set_value(v))
            })
        });
        let mut reading = Self {
            values: Vec::with_capacity(args.len()),
            branch,
            extra: 0,
            mismatch: false,
        };
        let mut keywords = false;
        for (i, arg) in args.iter().enumerate() {
            let mut named = Named {
                name: "",
                value: arg.value,
                meaning: None,
                keyword: false,
                sure: false,
            };
            if let Some(name) = names[i] {
                keywords = true;
                named = Named {
                    name,
                    keyword: true,
                    sure: true,
                    meaning: info.meaning(name),
                    ..named
                };
            } else if let Some(form) = form.filter(|_| !keywords) {
                match form.slots.get(i) {
                    Some(slot)
                        if &*slot.name != "?"
                            && !form.names_only
                            && (!borrowed || key_end.is_some_and(|k| i <= k)) =>
                    {
                        let meaning = slot.meaning.as_ref();
                        let sure = slot.proven && !borrowed;
                        if sure
                            || meaning
                                .is_some_and(|m| m.form == Form::Any || fits(m.form, arg.value))
                        {
                            named = Named {
                                name: &slot.name,
                                meaning,
                                sure,
                                ..named
                            };
                        }
                    }
                    None if !arg.value.is_empty() && form.whole && !borrowed => reading.extra += 1,
                    _ => {}
                }
            }
            if named.sure && named.meaning.is_some_and(|m| !fits(m.form, arg.value)) {
                reading.mismatch = true;
            }
            reading.values.push(named);
        }
        reading
    }

    /// The value of a parameter, without quotes.
    pub(crate) fn get(&self, name: &str) -> Option<&'a str> {
        self.raw(name).map(plain).filter(|v| !v.is_empty())
    }

    /// The value of a parameter as it stands.
    pub(crate) fn raw(&self, name: &str) -> Option<&'a str> {
        self.values.iter().find(|n| n.name == name).map(|n| n.value)
    }

    /// Whether the parameter has this value, in whatever language.
    pub(crate) fn is(&self, info: &AmoInfo, name: &str, value: &str) -> bool {
        self.get(name).is_some_and(|v| {
            items(v).any(|i| matches!(i, Item::One(v) if v == value || info.value(v) == value))
        })
    }

    /// Reports every value; tells how many ranges were too large to expand.
    pub(crate) fn report(
        &self,
        command: &Command<'a>,
        know: &AmoKnowledge,
        plan: &Plan,
        out: &mut Batch,
    ) -> u64 {
        let from = out.len();
        let mut too_large = 0;
        for n in self
            .values
            .iter()
            .filter(|n| !n.value.is_empty() && n.value != "\"\"")
        {
            match n.meaning {
                Some(meaning) => too_large += self.report_named(command, n, meaning, know, out),
                None => report_shape(command, self.branch, n, know, plan, out),
            }
        }
        if self.mismatch || command.repaired {
            out.doubt(from);
        }
        too_large
    }

    fn report_named(
        &self,
        command: &Command<'a>,
        n: &Named<'a>,
        meaning: &Meaning,
        know: &AmoKnowledge,
        out: &mut Batch,
    ) -> u64 {
        let Some(element) = self.element(command, meaning) else {
            return 0;
        };
        let mut too_large = 0;
        let access = if meaning.dialled {
            Access::Dialled
        } else {
            Access::Plain
        };
        for item in items(n.value) {
            match (meaning.form, item) {
                (Form::Name, Item::One(v)) => {
                    let name = out.text(plain(v)).into_owned();
                    out.push(element, &name, Access::Plain, !n.sure);
                    if let Some((surname, first)) =
                        parts_of_name(&name).filter(|_| element == know.ids.display_name)
                    {
                        out.push(know.ids.surname, surname, Access::Plain, !n.sure);
                        out.push(know.ids.first_name, first, Access::Plain, !n.sure);
                    }
                }
                (Form::Text, Item::One(v)) => {
                    let text = out.text(plain(v)).into_owned();
                    out.push(element, &text, access, !n.sure);
                }
                (Form::Station | Form::Destination, item) => {
                    let mut push = |v: &str| {
                        let element = meaning
                            .outside
                            .filter(|_| v.len() > MAX_STATION)
                            .unwrap_or(element);
                        if !is_nobody(v) {
                            out.push(element, v, access, !n.sure);
                        }
                    };
                    // the number plan is a fact of its own and not a list of people
                    let expand = meaning.role != Some(super::orders::Role::Range);
                    too_large += u64::from(!each_number(item, expand, &mut push));
                }
                (_, Item::One(v)) => out.push(element, plain(v), access, !n.sure),
                (_, Item::Range(a, b)) => {
                    out.push(element, plain(a), access, !n.sure);
                    out.push(element, plain(b), access, !n.sure);
                }
            }
        }
        too_large
    }

    /// The element, which may depend on another parameter (KDEV, SELL, WABE).
    fn element(&self, command: &Command<'a>, meaning: &Meaning) -> Option<ElementIx> {
        if let Some((by, cases)) = &meaning.by
            && let Some((_, element)) = cases.iter().find(|(v, _)| self.is(command.info, by, v))
        {
            return Some(*element);
        }
        meaning.element
    }
}

/// Ranges of the number plan that were met so far in this file.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    ranges: Vec<(String, String)>,
}

impl Plan {
    /// More ranges than any number plan has.
    const MAX: usize = 20_000;

    /// Adds a range of numbers of one length.
    pub(crate) fn add(&mut self, from: &str, to: &str) {
        if self.ranges.len() < Self::MAX && from.len() == to.len() && from.len() <= MAX_STATION {
            self.ranges.push((from.to_owned(), to.to_owned()));
        }
    }

    /// Whether a number is a station of the plan. The last ranges are looked at first and not all of a huge plan.
    pub(crate) fn has(&self, number: &str) -> bool {
        let near = self.ranges.iter().rev().take(500);
        near.into_iter()
            .any(|(a, b)| a.len() == number.len() && a.as_str() <= number && number <= b.as_str())
    }
}

/// Gives every number of an item; false where a range is too large or no range of numbers, so that
/// only its ends were given.
pub(crate) fn each_number(item: Item<'_>, expand: bool, each: &mut dyn FnMut(&str)) -> bool {
    let (from, to) = match item {
        Item::One(v) => {
            each(plain(v));
            return true;
        }
        Item::Range(a, b) => (plain(a), plain(b)),
    };
    let digits = |v: &str| v.bytes().all(|b| b.is_ascii_digit());
    let ends = (from.len() == to.len() && digits(from) && digits(to))
        .then(|| Some((from.parse::<u64>().ok()?, to.parse::<u64>().ok()?)));
    match ends.flatten() {
        Some((a, b)) if expand && a <= b && b - a < MAX_EXPANDED as u64 => {
            for n in a..=b {
                each(&format!("{n:0width$}", width = from.len()));
            }
            true
        }
        _ => {
            each(from);
            each(to);
            !expand && ends.flatten().is_some_and(|(a, b)| a <= b)
        }
    }
}

/// A value whose parameter is not known (formats-amo.md 3.7).
fn report_shape(
    command: &Command<'_>,
    branch: Option<&str>,
    n: &Named<'_>,
    know: &AmoKnowledge,
    plan: &Plan,
    out: &mut Batch,
) {
    let (info, ids) = (command.info, &know.ids);
    let has = |words: &[&str]| n.keyword && words.iter().any(|w| n.name.contains(w));
    if let Some(element) = info.text.filter(|t| *t == ids.account_password) {
        // an AMO about nothing but passwords (PASSW): anything but a class or a switch is one
        for item in items(n.value) {
            if let Item::One(v) = item
                && plain(v).len() > 1
                && !info.is_set_value(plain(v))
            {
                out.push(element, plain(v), Access::Plain, true);
            }
        }
        return;
    }
    let secret = if has(&["PASS", "PW", "SECID"]) {
        Some(ids.password)
    } else if has(&["PIN"]) || has(&["CODE"]) && command.of_a_station() {
        Some(ids.pin)
    } else {
        None
    };
    if let Some(element) = secret {
        return out.push(element, plain(n.value), Access::Plain, true);
    }
    let free = info.text.unwrap_or(if command.known {
        ids.org_text
    } else {
        ids.unknown
    });
    let person = info.text.unwrap_or(ids.unknown);
    let by_name = has(&[
        "NAME", "TEXT", "TXT", "ORG", "STR", "ADDR", "MAIL", "MESSAGE",
    ]);
    let numbers = !n.keyword
        || n.name.ends_with("NO")
        || n.name.ends_with("CD")
        || n.name.ends_with("DN")
        || has(&["DEST", "NUMBER", "SAN", "PUBNUM"]);
    for item in items(n.value) {
        let (a, b) = match item {
            Item::One(v) => (v, ""),
            Item::Range(a, b) => (a, b),
        };
        let v = plain(a);
        let word = !n.keyword && v.starts_with(|c: char| c.is_ascii_alphabetic());
        if let Some(element) = word.then(|| info.set_element(v)).flatten() {
            out.push(element, v, Access::Plain, true);
        } else if is_ip(v) {
            out.push(ids.ip, v, Access::Plain, true);
        } else if is_email(v) {
            out.push(ids.email, v, Access::Plain, true);
        } else if a.starts_with('"') || by_name {
            if !info.is_set_value(v) {
                let text = out.text(v).into_owned();
                let element = if parts_of_name(&text).is_some() && !command.known {
                    ids.display_name
                } else if by_name {
                    person
                } else {
                    free
                };
                out.push(element, &text, Access::Plain, true);
            }
        } else if is_pen(v) {
            if info.number.is_some() || !command.known {
                out.push(ids.port, v, Access::Plain, true);
            }
        } else if numbers
            && is_number(v)
            && !is_nobody(v)
            && (!command.known || info.number_in(branch).is_some())
        {
            for v in [v, plain(b)].into_iter().filter(|v| is_number(v)) {
                let by_amo = info.number_in(branch);
                let element = match by_amo {
                    _ if plan.has(v) && by_amo.is_none_or(|e| e == ids.unknown) => ids.station,
                    Some(e) if e == ids.station && v.len() > MAX_STATION => ids.outside,
                    Some(e) => e,
                    None if v.len() >= MAX_STATION => ids.outside,
                    None => ids.unknown,
                };
                let access = if v.len() > MAX_STATION {
                    Access::Dialled
                } else {
                    Access::Plain
                };
                out.push(element, v, access, true);
            }
        }
    }
}
