//! Figures about groups instead of persons: what may be shown of a table (law.md 6.5).
//!
//! A cell about fewer than `k` persons tells about a person, and so does one that a
//! single person dominates or in which all are equal. Such cells are suppressed, and
//! further ones with them, so that none can be worked out from the totals
//! (complementary suppression). Totals are cells too: they are the last row and column.
//! A table that passes is still about a small group; it does not make the data anonymous.

use std::collections::BTreeMap;

use serde::Serialize;

/// What a site asks of figures about groups.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    /// Persons that a figure needs at least; never below [`LEAST`].
    pub k: u64,
    /// Share of a figure that one person may have at most, above 0 and up to 1.
    pub dominance: f64,
}

/// The smallest `k` that is accepted: below it each member knows the others' figures.
pub const LEAST: u64 = 3;

/// Figures by person, in rows and columns: groups by months, hours by days.
///
/// Persons are told apart by a number that means nothing outside this table.
#[derive(Clone, Debug, Default)]
pub struct Table {
    rows: Vec<String>,
    columns: Vec<String>,
    cells: BTreeMap<(usize, usize), BTreeMap<u64, u64>>,
}

/// Why a figure is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// Fewer than `k` persons.
    FewPersons,
    /// One person has most of it.
    Dominated,
    /// All persons have the same, so it shows each one's.
    AllEqual,
    /// It would give away another one.
    Complement,
}

/// A table that may be shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// Names of the rows; the totals are one more row without a name.
    pub rows: Vec<String>,
    /// Names of the columns; the totals are one more column without a name.
    pub columns: Vec<String>,
    /// Figures, row by row.
    pub figures: Vec<Vec<Figure>>,
}

/// One figure of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Figure {
    /// The sum.
    Sum(u64),
    /// Not shown, and why.
    Suppressed(Reason),
}

impl Table {
    /// A table with named rows and columns.
    pub fn new(rows: Vec<String>, columns: Vec<String>) -> Self {
        Self {
            rows,
            columns,
            cells: BTreeMap::new(),
        }
    }

    /// Adds what a person has in a cell, zero included; places outside of the table are refused.
    pub fn add(&mut self, row: usize, column: usize, person: u64, value: u64) -> bool {
        let within = row < self.rows.len() && column < self.columns.len();
        if within {
            let cell = self.cells.entry((row, column)).or_default();
            let sum = cell.entry(person).or_default();
            *sum = sum.saturating_add(value);
        }
        within
    }

    /// What may be shown of it.
    pub fn protect(&self, threshold: Threshold) -> Shown {
        let grid = Grid::of(self);
        let suppressed = grid.suppress(threshold);
        let figure = |(i, sum): (usize, &u64)| match suppressed[i] {
            Some(reason) => Figure::Suppressed(reason),
            None => Figure::Sum(*sum),
        };
        let figures: Vec<Figure> = grid.sums.iter().enumerate().map(figure).collect();
        Shown {
            rows: self.rows.clone(),
            columns: self.columns.clone(),
            figures: figures.chunks(grid.width).map(<[Figure]>::to_vec).collect(),
        }
    }
}

/// The cells with the totals as last row and column.
struct Grid {
    width: usize,
    height: usize,
    sums: Vec<u64>,
    contributions: Vec<BTreeMap<u64, u64>>,
}

impl Grid {
    fn of(table: &Table) -> Self {
        let (height, width) = (table.rows.len() + 1, table.columns.len() + 1);
        let mut contributions = vec![BTreeMap::new(); width * height];
        for ((row, column), cell) in &table.cells {
            for (r, c) in [
                (*row, *column),
                (*row, width - 1),
                (height - 1, *column),
                (height - 1, width - 1),
            ] {
                for (person, value) in cell {
                    let sum: &mut u64 = contributions[r * width + c].entry(*person).or_default();
                    *sum = sum.saturating_add(*value);
                }
            }
        }
        let sum =
            |cell: &BTreeMap<u64, u64>| cell.values().fold(0, |s: u64, v| s.saturating_add(*v));
        Self {
            width,
            height,
            sums: contributions.iter().map(sum).collect(),
            contributions,
        }
    }

    /// The reason of every cell that is not shown.
    fn suppress(&self, threshold: Threshold) -> Vec<Option<Reason>> {
        let own = self.contributions.iter().map(|c| primary(c, threshold));
        let mut suppressed: Vec<Option<Reason>> = own.collect();
        let mut open: Vec<usize> = (0..self.sums.len())
            .filter(|i| suppressed[*i].is_some())
            .collect();
        // the largest last, since it is taken first: what hides it hides many of the others too
        open.sort_by_key(|i| self.sums[*i]);
        loop {
            let hidden = match open.pop() {
                Some(cell) => self.hide(cell, threshold, &mut suppressed),
                None => match self.weak_line(threshold, &suppressed) {
                    None => return suppressed,
                    Some(line) => self
                        .widen(&line, &mut suppressed)
                        .map(|cell| open.push(cell)),
                },
            };
            if hidden.is_none() {
                // nothing can stand in for it: no figure of the table may be shown
                for reason in &mut suppressed {
                    reason.get_or_insert(Reason::Complement);
                }
                return suppressed;
            }
        }
    }

    /// Hides a cell behind the other corners of a rectangle; none where there is no rectangle.
    fn hide(
        &self,
        cell: usize,
        threshold: Threshold,
        suppressed: &mut [Option<Reason>],
    ) -> Option<()> {
        let margin = (1.0 - threshold.dominance).max(0.0) * self.sums[cell] as f64;
        let needed = (margin.ceil() as u64).max(1);
        let corners = self
            .rectangle(cell, needed, suppressed)
            .or_else(|| self.rectangle(cell, 1, suppressed))?;
        for corner in corners {
            suppressed[corner].get_or_insert(Reason::Complement);
        }
        Some(())
    }

    /// A row or column whose suppressed cells together are no better than one small cell.
    ///
    /// Their sum is known: the total without what is shown.
    fn weak_line(&self, threshold: Threshold, suppressed: &[Option<Reason>]) -> Option<Vec<usize>> {
        let row = |r: usize| (0..self.width).map(|c| r * self.width + c).collect();
        let column = |c: usize| (0..self.height).map(|r| r * self.width + c).collect();
        let lines = (0..self.height).map(row).chain((0..self.width).map(column));
        lines.into_iter().find(|line: &Vec<usize>| {
            let (total, cells) = match line.split_last() {
                Some((total, cells)) if suppressed[*total].is_none() => (*total, cells),
                _ => return false,
            };
            let mut together: BTreeMap<u64, u64> = BTreeMap::new();
            for cell in cells.iter().filter(|i| suppressed[**i].is_some()) {
                for (person, value) in &self.contributions[*cell] {
                    let sum = together.entry(*person).or_default();
                    *sum = sum.saturating_add(*value);
                }
            }
            self.sums[total] > 0 && primary(&together, threshold).is_some()
        })
    }

    /// Suppresses one more cell of a line: the smallest that is shown and holds something, its total last.
    fn widen(&self, line: &[usize], suppressed: &mut [Option<Reason>]) -> Option<usize> {
        let shown = |i: &&usize| suppressed[**i].is_none() && self.sums[**i] > 0;
        let (total, cells) = line.split_last()?;
        let next = cells.iter().filter(shown).min_by_key(|i| self.sums[**i]);
        let cell = *next.or(Some(total).filter(shown))?;
        suppressed[cell] = Some(Reason::Complement);
        Some(cell)
    }

    /// The other corners of the rectangle that hides a cell at the least cost.
    ///
    /// Along a rectangle of suppressed cells values can move up in one corner and down in
    /// the next while all sums stay, so none of them is known. The cells beside the hidden
    /// one must be able to move by `needed`.
    fn rectangle(
        &self,
        cell: usize,
        needed: u64,
        suppressed: &[Option<Reason>],
    ) -> Option<[usize; 3]> {
        let (row, column) = (cell / self.width, cell % self.width);
        let at = |r: usize, c: usize| r * self.width + c;
        let mut best: Option<(u128, [usize; 3])> = None;
        for r in (0..self.height).filter(|r| *r != row) {
            for c in (0..self.width).filter(|c| *c != column) {
                let corners = [at(row, c), at(r, column), at(r, c)];
                if corners.iter().any(|i| self.sums[*i] < needed) {
                    continue;
                }
                // a total costs more than any cell; what is hidden already costs nothing
                let cost = corners
                    .iter()
                    .filter(|i| suppressed[**i].is_none())
                    .map(|i| {
                        let total =
                            i / self.width == self.height - 1 || i % self.width == self.width - 1;
                        u128::from(self.sums[*i]) + if total { 1 << 70 } else { 0 }
                    });
                let cost = cost.sum();
                if best.is_none_or(|(known, _)| cost < known) {
                    best = Some((cost, corners));
                }
            }
        }
        best.map(|(_, corners)| corners)
    }
}

/// Why a cell must not be shown by itself; a cell without persons tells nothing about any.
fn primary(cell: &BTreeMap<u64, u64>, threshold: Threshold) -> Option<Reason> {
    let persons = cell.len() as u64;
    if persons == 0 {
        return None;
    }
    if persons < threshold.k.max(LEAST) {
        return Some(Reason::FewPersons);
    }
    let mut values: Vec<u64> = cell.values().copied().collect();
    values.sort_unstable_by(|a, b| b.cmp(a));
    if values[0] == values[values.len() - 1] {
        return Some(Reason::AllEqual);
    }
    let total: f64 = values.iter().map(|v| *v as f64).sum();
    let largest = values[0] as f64;
    let dominance = threshold.dominance.clamp(0.0, 1.0);
    // (1,d)-dominance, and the p% rule: the second one must not know the first one too well
    let known_to_second = total - largest - (values[1] as f64);
    if largest > dominance * total || known_to_second < (1.0 - dominance) * largest {
        return Some(Reason::Dominated);
    }
    None
}

#[cfg(test)]
mod tests;
