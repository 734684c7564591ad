//! What is suppressed cannot be worked out from what is shown.

use super::*;
use proptest::prelude::*;

const FIVE: Threshold = Threshold {
    k: 5,
    dominance: 0.85,
};

/// A table of groups by months from the values of each cell's persons.
fn table(cells: &[&[&[u64]]]) -> Table {
    let names = |n: usize, of: &str| (1..=n).map(|i| format!("{of} {i}")).collect();
    let width = cells.first().map_or(0, |r| r.len());
    let mut table = Table::new(names(cells.len(), "group"), names(width, "month"));
    for (r, row) in cells.iter().enumerate() {
        for (c, values) in row.iter().enumerate() {
            for (p, value) in values.iter().enumerate() {
                assert!(table.add(r, c, (r * 1000 + p) as u64, *value));
            }
        }
    }
    table
}

/// One line for each row: sums, and the first letter of a reason.
fn told(shown: &Shown) -> String {
    let figure = |f: &Figure| match f {
        Figure::Sum(n) => n.to_string(),
        Figure::Suppressed(r) => format!("{r:?}").chars().take(1).collect(),
    };
    let row = |r: &Vec<Figure>| r.iter().map(figure).collect::<Vec<_>>().join(" ") + "\n";
    shown.figures.iter().map(row).collect()
}

#[test]
fn a_small_cell_takes_a_rectangle_with_it() {
    let ten = &[9, 8, 7, 6, 5, 4, 3, 2, 1, 1][..];
    let five = &[5, 4, 3, 2, 1][..];
    let shown = table(&[&[ten, five, ten], &[&[3, 4], ten, five], &[ten, ten, ten]]).protect(FIVE);
    insta::assert_snapshot!(told(&shown));
    assert!(!table(&[&[ten]]).add(1, 0, 0, 1), "outside of the table");
}

#[test]
fn dominated_and_equal_cells_are_no_better_than_small_ones() {
    let of = |values: &[u64]| {
        let cell: BTreeMap<u64, u64> = (0..).zip(values.iter().copied()).collect();
        primary(&cell, FIVE)
    };
    assert_eq!(of(&[]), None);
    assert_eq!(of(&[1, 2, 3, 4]), Some(Reason::FewPersons));
    assert_eq!(of(&[1, 2, 3, 4, 5]), None);
    assert_eq!(of(&[7, 7, 7, 7, 7]), Some(Reason::AllEqual));
    assert_eq!(of(&[0, 0, 0, 0, 0]), Some(Reason::AllEqual));
    assert_eq!(of(&[1000, 1, 2, 3, 4]), Some(Reason::Dominated));
    // the second largest knows the rest: 10 of 100
    assert_eq!(of(&[100, 90, 4, 3, 3]), Some(Reason::Dominated));
    assert_eq!(of(&[100, 90, 10, 4, 3]), None);
    let two = Threshold { k: 1, ..FIVE };
    let cell: BTreeMap<u64, u64> = [(0, 4), (1, 5)].into();
    assert_eq!(
        primary(&cell, two),
        Some(Reason::FewPersons),
        "never below three"
    );
}

#[test]
fn a_table_that_cannot_hide_a_cell_shows_nothing() {
    let shown = table(&[&[&[1, 2]]]).protect(FIVE);
    assert!(
        shown
            .figures
            .iter()
            .flatten()
            .all(|f| matches!(f, Figure::Suppressed(_)))
    );
    // one group: its months can be hidden behind each other only together with the totals
    let ten = &[9, 8, 7, 6, 5, 4, 3, 2, 1, 1][..];
    insta::assert_snapshot!(told(&table(&[&[ten, &[1, 2], ten]]).protect(FIVE)));
}

#[test]
fn persons_are_counted_once_however_many_cells_they_are_in() {
    let mut table = Table::new(vec!["group".into()], vec!["May".into(), "June".into()]);
    for month in 0..2 {
        for person in 0..4 {
            table.add(0, month, person, 10 + person);
        }
    }
    let shown = table.protect(FIVE);
    assert_eq!(shown.figures[0][2], Figure::Suppressed(Reason::FewPersons));
}

/// Rank of a matrix over the rationals, kept exact in a prime field larger than every minor here can be by chance.
fn rank(mut rows: Vec<Vec<i128>>) -> usize {
    const P: i128 = 2_305_843_009_213_693_951;
    let inverse = |a: i128| {
        let (mut base, mut power, mut out) = (a.rem_euclid(P), P - 2, 1);
        while power > 0 {
            if power & 1 == 1 {
                out = out * base % P;
            }
            base = base * base % P;
            power >>= 1;
        }
        out
    };
    let width = rows.first().map_or(0, Vec::len);
    let mut rank = 0;
    for column in 0..width {
        let Some(pivot) = (rank..rows.len()).find(|r| rows[*r][column].rem_euclid(P) != 0) else {
            continue;
        };
        rows.swap(rank, pivot);
        let scale = inverse(rows[rank][column]);
        for r in 0..rows.len() {
            if r != rank {
                let factor = rows[r][column] * scale % P;
                let pivot = rows[rank].clone();
                for (value, by) in rows[r].iter_mut().zip(&pivot) {
                    *value = (*value - factor * by).rem_euclid(P);
                }
            }
        }
        rank += 1;
    }
    rank
}

/// Whether an attacker who knows all sums can solve the equations for a suppressed figure.
///
/// Unknowns are the suppressed figures; every row and column, totals included, is an
/// equation. A figure is known if its unit row depends on the equations.
fn derivable(shown: &Shown) -> Vec<(usize, usize)> {
    let (height, width) = (shown.figures.len(), shown.figures[0].len());
    let hidden: Vec<(usize, usize)> = (0..height * width)
        .map(|i| (i / width, i % width))
        .filter(|(r, c)| matches!(shown.figures[*r][*c], Figure::Suppressed(_)))
        .collect();
    let sign = |last: bool| if last { -1 } else { 1 };
    let mut equations: Vec<Vec<i128>> = Vec::new();
    for row in 0..height {
        let terms = hidden
            .iter()
            .map(|(r, c)| if *r == row { sign(*c == width - 1) } else { 0 });
        equations.push(terms.collect());
    }
    for column in 0..width {
        let terms = hidden.iter().map(|(r, c)| {
            if *c == column {
                sign(*r == height - 1)
            } else {
                0
            }
        });
        equations.push(terms.collect());
    }
    let full = rank(equations.clone());
    let known = |i: &usize| {
        let mut unit = vec![0; hidden.len()];
        unit[*i] = 1;
        let mut with = equations.clone();
        with.push(unit);
        rank(with) == full
    };
    (0..hidden.len()).filter(known).map(|i| hidden[i]).collect()
}

#[test]
fn the_attack_of_the_tests_finds_what_can_be_found() {
    let hidden = Figure::Suppressed(Reason::FewPersons);
    let mut shown = Shown {
        rows: vec![String::new(); 2],
        columns: vec![String::new(); 2],
        figures: vec![vec![Figure::Sum(1); 3]; 3],
    };
    shown.figures[0][0] = hidden;
    assert_eq!(derivable(&shown), [(0, 0)]);
    shown.figures[0][1] = hidden;
    assert_eq!(derivable(&shown).len(), 2);
    (shown.figures[1][0], shown.figures[1][1]) = (hidden, hidden);
    assert!(derivable(&shown).is_empty());
}

fn any_table() -> impl Strategy<Value = Table> {
    (1usize..6, 1usize..6).prop_flat_map(|(rows, columns)| {
        let value = prop_oneof![3 => 0u64..40, 1 => Just(0u64), 1 => 0u64..4000];
        let cell = prop::collection::vec(value, 0..12);
        prop::collection::vec(prop::collection::vec(cell, columns), rows).prop_map(|cells| {
            let cells: Vec<Vec<&[u64]>> = cells
                .iter()
                .map(|r| r.iter().map(Vec::as_slice).collect())
                .collect();
            let cells: Vec<&[&[u64]]> = cells.iter().map(Vec::as_slice).collect();
            table(&cells)
        })
    })
}

#[test]
fn small_cells_do_not_hide_behind_each_other_alone() {
    let ten = &[9, 8, 7, 6, 5, 4, 3, 2, 1, 1][..];
    let two = &[3, 4][..];
    // two and two persons of a row would be four whose sum is known
    let shown = table(&[&[two, &[1, 2], ten], &[two, &[5, 6], ten], &[ten, ten, ten]]);
    insta::assert_snapshot!(told(&shown.protect(FIVE)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn no_suppressed_figure_can_be_worked_out(table in any_table(), k in 1u64..8) {
        let shown = table.protect(Threshold { k, dominance: 0.85 });
        prop_assert_eq!(derivable(&shown), Vec::new());
    }

    #[test]
    fn what_is_hidden_in_a_line_is_no_small_group(table in any_table(), k in 1u64..8) {
        let threshold = Threshold { k, dominance: 0.85 };
        let grid = Grid::of(&table);
        let hidden = grid.suppress(threshold);
        if hidden.iter().any(Option::is_none) {
            prop_assert_eq!(grid.weak_line(threshold, &hidden), None);
        }
    }

    #[test]
    fn what_is_shown_is_right_and_safe_by_itself(table in any_table(), k in 1u64..8) {
        let threshold = Threshold { k, dominance: 0.85 };
        let shown = table.protect(threshold);
        let grid = Grid::of(&table);
        for (i, figure) in shown.figures.iter().flatten().enumerate() {
            if let Figure::Sum(sum) = figure {
                prop_assert_eq!(*sum, grid.sums[i]);
                prop_assert_eq!(primary(&grid.contributions[i], threshold), None);
            }
        }
    }
}
