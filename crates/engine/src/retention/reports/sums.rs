//! Figures about groups in the place of rows about persons.
//!
//! Rows of one table and day become one row. Which of its figures may be said is for the policy to decide; what
//! is not said is not left in a total either.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use gdpr4k_policy::cells::{self, Table, Threshold};
use gdpr4k_sources::pm::{Class, Column, Report, Row, sum_key};

use super::Act;

/// Rows of one table and day that end together.
pub(super) struct Group {
    /// Positions in the report, in order.
    pub(super) rows: Vec<usize>,
    /// What takes the place of the first one; none where nothing may be said.
    pub(super) act: Option<Act>,
}

/// The groups of the rows that end, and what is said about them.
#[derive(Default)]
pub(super) struct Sums {
    pub(super) groups: Vec<Group>,
    /// Columns of tables whose totals would give away what is not said.
    hidden: BTreeSet<(u32, usize)>,
}

impl Sums {
    /// Groups the rows that end.
    pub(super) fn of(report: &Report, ended: &[usize], threshold: Threshold) -> Self {
        let mut tables: BTreeMap<u32, BTreeMap<Option<NaiveDate>, Vec<usize>>> = BTreeMap::new();
        for at in ended {
            let row = &report.rows[*at];
            let days = tables.entry(row.table).or_default();
            days.entry(row.day).or_default().push(*at);
        }
        let mut sums = Self::default();
        for (table, days) in tables {
            let groups: Vec<Vec<usize>> = days.into_values().collect();
            sums.table(report, table, groups, threshold);
        }
        sums
    }

    fn table(
        &mut self,
        report: &Report,
        table: u32,
        groups: Vec<Vec<usize>>,
        threshold: Threshold,
    ) {
        let rows: Vec<Vec<&Row>> = groups
            .iter()
            .map(|g| g.iter().map(|at| &report.rows[*at]).collect())
            .collect();
        let columns = rows
            .iter()
            .flatten()
            .map(|r| r.cells.len())
            .max()
            .unwrap_or(0);
        // by group: what is said in which column
        let mut said: Vec<Vec<(usize, String)>> = vec![Vec::new(); rows.len()];
        for ix in 0..columns {
            let kind = rows
                .iter()
                .flatten()
                .find_map(|r| Some(r.cells.get(ix)?.column));
            if kind != Some(Column::Figure) {
                continue;
            }
            let figures = column(&rows, ix, threshold);
            if figures.total_hidden {
                self.hidden.insert((table, ix));
            }
            for (cells, figure) in said.iter_mut().zip(figures.groups) {
                cells.extend(figure.map(|text| (ix, text)));
            }
        }
        for ((rows, positions), figures) in rows.iter().zip(groups).zip(said) {
            let act = (!figures.is_empty()).then(|| Act::Sum(row(rows, figures)));
            self.groups.push(Group {
                rows: positions,
                act,
            });
        }
    }

    /// Whether anything is said about any group.
    pub(super) fn any(&self) -> bool {
        self.groups.iter().any(|g| g.act.is_some())
    }

    /// Totals of tables: where they would give away what was taken out, their figures go.
    pub(super) fn totals(
        &self,
        report: &Report,
        touched: &BTreeSet<u32>,
        acts: &mut BTreeMap<usize, Act>,
    ) {
        let summed: BTreeSet<usize> = self
            .groups
            .iter()
            .filter(|g| g.act.is_some())
            .flat_map(|g| g.rows.iter().copied())
            .collect();
        for table in touched {
            let rows = || {
                report
                    .rows
                    .iter()
                    .enumerate()
                    .filter(|(_, r)| r.table == *table)
            };
            let gone = |at: usize| matches!(acts.get(&at), Some(Act::Remove | Act::Sum(_)));
            // what no sum says can be worked out from a total and the rows that stay
            let unsaid = rows().any(|(at, _)| gone(at) && !summed.contains(&at));
            let any = rows().any(|(at, _)| gone(at));
            let mut emptied = Vec::new();
            for (at, row) in rows().filter(|(_, r)| r.class == Class::Total) {
                let cells = row.cells.iter().enumerate().filter(|(ix, cell)| {
                    !cell.text.is_empty()
                        && match cell.column {
                            Column::Figure => unsaid || self.hidden.contains(&(*table, *ix)),
                            Column::Average => any,
                            _ => false,
                        }
                });
                let cells: Vec<(usize, String)> =
                    cells.map(|(ix, _)| (ix, String::new())).collect();
                if !cells.is_empty() {
                    emptied.push((at, Act::Cells(cells)));
                }
            }
            acts.extend(emptied);
        }
    }
}

/// The cells of the row that sums up others, after the example of the first one.
fn row(rows: &[&Row], mut figures: Vec<(usize, String)>) -> Vec<(usize, String)> {
    let persons: BTreeSet<String> = rows.iter().map(|r| person(r)).collect();
    for (ix, cell) in rows[0].cells.iter().enumerate() {
        match cell.column {
            Column::Key => figures.push((ix, sum_key(persons.len()))),
            // the day is the same for all, the hour may not be
            Column::Time
                if rows
                    .iter()
                    .all(|r| r.cells.get(ix).map(|c| &c.text) == Some(&cell.text)) =>
            {
                figures.push((ix, cell.text.clone()));
            }
            Column::Time | Column::Name | Column::Called | Column::Figure | Column::Average => {}
        }
    }
    figures.sort();
    figures
}

/// Who a row is about: two rows of one key are one person.
fn person(row: &Row) -> String {
    let of = |column: Column| {
        let found = row.cells.iter().find(|c| c.column == column);
        found
            .map(|c| c.text.to_lowercase())
            .filter(|t| !t.is_empty())
    };
    of(Column::Key)
        .or_else(|| of(Column::Name))
        .unwrap_or_default()
}

/// What is said of one column.
struct Said {
    /// By group.
    groups: Vec<Option<String>>,
    /// Whether the total of the column must go.
    total_hidden: bool,
}

/// The sums of a column that may be said.
fn column(groups: &[Vec<&Row>], ix: usize, threshold: Threshold) -> Said {
    let nothing = Said {
        groups: vec![None; groups.len()],
        total_hidden: true,
    };
    let text = |row: &Row| row.cells.get(ix).map_or(String::new(), |c| c.text.clone());
    let mut all: Option<Figure> = None;
    let mut figures: Vec<Vec<(String, Option<Figure>)>> = Vec::new();
    for group in groups {
        let mut of_group = Vec::new();
        for row in group {
            let text = text(row);
            let figure = Figure::read(&text);
            if figure.is_none() && !text.is_empty() {
                return nothing;
            }
            if let Some(figure) = &figure {
                all = match &all {
                    None => Some(figure.clone()),
                    Some(sum) => match sum.plus(figure) {
                        Some(sum) => Some(sum),
                        None => return nothing,
                    },
                };
            }
            of_group.push((person(row), figure));
        }
        figures.push(of_group);
    }
    let Some(all) = all else {
        return nothing;
    };
    let mut persons: BTreeMap<&str, u64> = BTreeMap::new();
    for (person, _) in figures.iter().flatten() {
        let next = persons.len() as u64;
        persons.entry(person).or_insert(next);
    }
    let mut shown: Vec<cells::Figure> = Vec::new();
    // each group by itself: where one is left out, the total goes, so that none can be worked out from another
    for members in &figures {
        let mut table = Table::new(vec![String::new()], vec![String::new()]);
        for (person, figure) in members {
            let units = figure.as_ref().map_or(Some(0), |f| f.units(&all));
            let Some(units) = units else {
                return nothing;
            };
            table.add(0, 0, persons[person.as_str()], units);
        }
        shown.push(table.protect(threshold).figures[0][0]);
    }
    let write = |figure: &cells::Figure| match figure {
        cells::Figure::Sum(units) => all.of_units(*units).write(),
        cells::Figure::Suppressed(_) => None,
    };
    let groups: Vec<Option<String>> = shown.iter().map(write).collect();
    Said {
        total_hidden: groups.iter().any(Option::is_none),
        groups,
    }
}

/// A figure that can be added to others of its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Figure {
    /// A whole number, or one with this many digits behind this sign.
    Number(i128, u32, char),
    /// Hours or minutes with two digits behind each colon, in the smallest unit, and the number of colons.
    Clock(i128, usize),
}

impl Figure {
    fn read(text: &str) -> Option<Self> {
        let digits = |t: &str| {
            (!t.is_empty() && t.len() < 20 && t.bytes().all(|b| b.is_ascii_digit())).then_some(())
        };
        if text.contains(':') {
            let parts: Vec<&str> = text.split(':').collect();
            let (first, rest) = parts.split_first()?;
            digits(first)?;
            let mut value: i128 = first.parse().ok()?;
            for part in rest {
                digits(part).filter(|()| part.len() == 2)?;
                let low: i128 = part.parse().ok().filter(|n| *n < 60)?;
                value = value * 60 + low;
            }
            return (rest.len() <= 2).then_some(Self::Clock(value, rest.len()));
        }
        let (negative, body) = text.strip_prefix('-').map_or((false, text), |b| (true, b));
        let sign = body.chars().find(|c| matches!(c, '.' | ','));
        let (whole, part) = match sign {
            Some(sign) => body.split_once(sign)?,
            None => (body, ""),
        };
        digits(whole)?;
        if sign.is_some() {
            digits(part)?;
        }
        let value: i128 = format!("{whole}{part}").parse().ok()?;
        let value = if negative { -value } else { value };
        Some(Self::Number(value, part.len() as u32, sign.unwrap_or('.')))
    }

    /// The sum; none for figures of different kinds.
    fn plus(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Self::Clock(a, colons), Self::Clock(b, others)) if colons == others => {
                Some(Self::Clock(a + b, *colons))
            }
            (Self::Number(a, digits, sign), Self::Number(b, others, another)) => {
                // three digits behind a sign may be thousands: they are added to their like only
                let alike = digits == others || *digits != 3 && *others != 3;
                let signs = sign == another || *digits == 0 || *others == 0;
                if !alike || !signs {
                    return None;
                }
                let most = (*digits).max(*others);
                let scale = |n: i128, d: u32| n.checked_mul(10i128.checked_pow(most - d)?);
                let sum = scale(*a, *digits)?.checked_add(scale(*b, *others)?)?;
                let sign = if *digits > 0 { *sign } else { *another };
                Some(Self::Number(sum, most, sign))
            }
            _ => None,
        }
    }

    /// In the smallest units of another figure of its kind; none where it is below zero.
    fn units(&self, like: &Self) -> Option<u64> {
        let units = match (self, like) {
            (Self::Clock(n, _), Self::Clock(..)) => *n,
            (Self::Number(n, digits, _), Self::Number(_, most, _)) => {
                n.checked_mul(10i128.checked_pow(most.checked_sub(*digits)?)?)?
            }
            _ => return None,
        };
        u64::try_from(units).ok()
    }

    /// So many units of its kind.
    fn of_units(&self, units: u64) -> Self {
        match self {
            Self::Clock(_, colons) => Self::Clock(units.into(), *colons),
            Self::Number(_, digits, sign) => Self::Number(units.into(), *digits, *sign),
        }
    }

    /// As it is written; none where it cannot be told whether a sign stands before thousands.
    fn write(&self) -> Option<String> {
        match self {
            Self::Number(n, 0, _) => Some(n.to_string()),
            Self::Number(n, digits, sign) => {
                let scale = 10i128.checked_pow(*digits)?;
                let whole = n.abs() / scale;
                if *digits == 3 && whole >= 1000 {
                    return None;
                }
                let minus = if *n < 0 { "-" } else { "" };
                let part = n.abs() % scale;
                Some(format!(
                    "{minus}{whole}{sign}{part:0width$}",
                    width = *digits as usize
                ))
            }
            Self::Clock(n, 1) => Some(format!("{:02}:{:02}", n / 60, n % 60)),
            Self::Clock(n, _) => Some(format!("{:02}:{:02}:{:02}", n / 3600, n / 60 % 60, n % 60)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(texts: &[&str]) -> String {
        let mut figures = texts.iter().map(|t| Figure::read(t));
        let first = figures.next().flatten();
        let sum = figures.try_fold(first, |sum, f| Some(Some(sum?.plus(&f?)?)));
        sum.flatten()
            .and_then(|s| s.write())
            .unwrap_or_else(|| "(none)".to_owned())
    }

    #[test]
    fn figures_of_one_kind_are_added() {
        for (texts, sum) in [
            (&["12", "7"][..], "19"),
            (&["3.2", "0.85"], "4.05"),
            (&["3,2", "1"], "4,2"),
            (&["-1", "0.5"], "-0.5"),
            (&["00:34:10", "00:31:00"], "01:05:10"),
            (&["59:30", "01:00"], "60:30"),
            (&["1.250", "2.250"], "3.500"),
        ] {
            assert_eq!(added(texts), sum);
        }
        for texts in [
            &["12", "x"][..],
            &["3,2", "3.2"],
            &["1.250", "7"],
            &["999.500", "1.000"],
            &["1:30", "00:01:30"],
            &["12 %", "3 %"],
            &["1:75", "1:00"],
            &["", "1"],
        ] {
            assert_eq!(added(texts), "(none)", "{texts:?}");
        }
    }
}
