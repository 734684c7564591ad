//! The picture of systems and flows: which boxes, in which column, which lines.
//!
//! A picture of every documented system is a hairball. Here a box stands for a
//! system that belongs to the site, systems with the same state and the same
//! neighbours share one box, and all flows between two boxes are one line.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use gdpr4k_model::catalogue::{Entry, Flow};
use gdpr4k_model::inventory::HolderState;

use super::build::{Book, state_order};
use super::{FlowRow, FlowState, Picture, PictureBox, PictureFlow};

/// More boxes than this nobody reads.
const MAX_BOXES: usize = 24;

/// Columns of the picture.
const COLUMNS: usize = 4;

/// A flow as the documents describe it, between systems.
pub(super) fn flow_row(book: &Book<'_>, f: &Flow) -> FlowRow {
    let (from, to) = (book.system_of(&f.from), book.system_of(&f.to));
    FlowRow {
        id: f.id.clone(),
        from: book.named(from),
        to: book.named(to),
        data: f.data.clone(),
        protocol: f.protocol.clone(),
        port: f.port.clone(),
        encryption: f.encryption.clone(),
        state: match (book.present(from), book.present(to)) {
            (true, true) => FlowState::BothEnds,
            (false, false) => FlowState::Described,
            _ => FlowState::OneEnd,
        },
        evidence: Book::evidence(&f.documents, &f.section),
    }
}

/// The system of the site with most documented flows.
pub(super) fn hub(book: &Book<'_>) -> Option<String> {
    let mut degree: BTreeMap<&str, usize> = BTreeMap::new();
    for f in flows(book) {
        for end in [&f.from, &f.to] {
            let system = book.system_of(end);
            if book.relevant(system) {
                *degree.entry(system).or_default() += 1;
            }
        }
    }
    degree
        .into_iter()
        .max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(a.0)))
        .map(|(s, _)| s.to_owned())
}

fn flows<'a>(book: &Book<'a>) -> impl Iterator<Item = &'a Flow> {
    book.catalogue.entries().iter().filter_map(|e| match e {
        Entry::Flow(f) => Some(f),
        _ => None,
    })
}

pub(super) fn build(book: &Book<'_>) -> Picture {
    let mut rows: Vec<FlowRow> = flows(book)
        .filter(|f| book.relevant(book.system_of(&f.from)) && book.relevant(book.system_of(&f.to)))
        .map(|f| flow_row(book, f))
        .filter(|f| f.from.id != f.to.id)
        .collect();
    rows.sort_by(|a, b| a.id.cmp(&b.id));
    let mut groups = twins(book, &rows);
    let left_out = groups
        .split_off(groups.len().min(MAX_BOXES))
        .iter()
        .flat_map(|g| &g.systems)
        .map(|s| book.named(s))
        .collect();
    let box_of: HashMap<String, usize> = groups
        .iter()
        .enumerate()
        .flat_map(|(i, g)| g.systems.iter().map(move |s| (s.clone(), i)))
        .collect();
    let mut lines: BTreeMap<(usize, usize), Vec<FlowRow>> = BTreeMap::new();
    for row in rows {
        if let (Some(&from), Some(&to)) = (box_of.get(&row.from.id), box_of.get(&row.to.id))
            && from != to
        {
            lines.entry((from, to)).or_default().push(row);
        }
    }
    let start = hub(book).and_then(|h| box_of.get(&h).copied());
    let edges: Vec<(usize, usize)> = lines.keys().copied().collect();
    let columns = columns(groups.len(), &edges, start);
    let order = order(&columns, &edges);
    let place: HashMap<usize, usize> = order.iter().enumerate().map(|(n, &i)| (i, n)).collect();
    let mut flows: Vec<PictureFlow> = lines
        .into_iter()
        .map(|((from, to), flows)| PictureFlow {
            number: 0,
            from: place[&from],
            to: place[&to],
            state: flows
                .iter()
                .map(|f| f.state)
                .min()
                .unwrap_or(FlowState::Described),
            flows,
        })
        .collect();
    flows.sort_by_key(|f| (f.from, f.to));
    for (i, flow) in flows.iter_mut().enumerate() {
        flow.number = i as u32 + 1;
    }
    Picture {
        boxes: order
            .iter()
            .map(|&i| PictureBox {
                systems: groups[i].systems.iter().map(|s| book.named(s)).collect(),
                state: groups[i].state,
                files: groups[i].files,
                column: columns[i] as u8,
            })
            .collect(),
        flows,
        left_out,
    }
}

struct Group {
    systems: Vec<String>,
    state: HolderState,
    files: u64,
    degree: usize,
}

/// What systems of one box have in common: state, own place for those with files, neighbours by direction.
type Likeness<'a> = (u8, u64, Vec<(bool, &'a str)>);

/// Systems of the site; those with the same state and the same neighbours together. Most important first.
fn twins(book: &Book<'_>, rows: &[FlowRow]) -> Vec<Group> {
    let mut neighbours: BTreeMap<&str, BTreeSet<(bool, &str)>> = BTreeMap::new();
    for row in rows {
        neighbours
            .entry(&row.from.id)
            .or_default()
            .insert((true, &row.to.id));
        neighbours
            .entry(&row.to.id)
            .or_default()
            .insert((false, &row.from.id));
    }
    let none = BTreeSet::new();
    let mut groups: BTreeMap<Likeness<'_>, Group> = BTreeMap::new();
    for h in &book.inventory.holders {
        if !book.relevant(&h.system) || !book.system(&h.system).is_none_or(|s| s.personal_data) {
            continue;
        }
        let near = neighbours.get(h.system.as_str()).unwrap_or(&none);
        // A system whose files were read stands alone: its name and its number of files are evidence.
        let alone = if h.files > 0 {
            groups.len() as u64 + 1
        } else {
            0
        };
        let group = groups
            .entry((state_order(h.state), alone, near.iter().copied().collect()))
            .or_insert_with(|| Group {
                systems: Vec::new(),
                state: h.state,
                files: 0,
                degree: near.len(),
            });
        group.systems.push(h.system.clone());
        group.files += h.files;
    }
    let mut groups: Vec<Group> = groups.into_values().collect();
    groups.sort_by(|a, b| {
        (state_order(a.state), b.degree, b.files, &a.systems).cmp(&(
            state_order(b.state),
            a.degree,
            a.files,
            &b.systems,
        ))
    });
    groups
}

/// The column of each box: what feeds the hub on the left, what it feeds on the right.
fn columns(n: usize, edges: &[(usize, usize)], hub: Option<usize>) -> Vec<usize> {
    let Some(hub) = hub else {
        return (0..n).map(|i| i % COLUMNS).collect();
    };
    let down = distances(n, edges.iter().copied(), hub);
    let up = distances(n, edges.iter().map(|(a, b)| (*b, *a)), hub);
    let near = distances(n, edges.iter().flat_map(|&(a, b)| [(a, b), (b, a)]), hub);
    (0..n)
        .map(|i| match (down[i], up[i], near[i]) {
            _ if i == hub => 1,
            (Some(d), _, _) => (1 + d).min(COLUMNS - 1),
            (None, Some(_), _) => 0,
            (None, None, Some(d)) => (1 + d).min(COLUMNS - 1),
            // Without any documented flow: to the hub's sources or its own column at the left.
            (None, None, None) => 0,
        })
        .collect()
}

fn distances(
    n: usize,
    edges: impl Iterator<Item = (usize, usize)>,
    start: usize,
) -> Vec<Option<usize>> {
    let mut next = vec![Vec::new(); n];
    for (a, b) in edges {
        next[a].push(b);
    }
    let mut out = vec![None; n];
    out[start] = Some(0);
    let mut queue = VecDeque::from([(start, 0)]);
    while let Some((at, d)) = queue.pop_front() {
        for &to in &next[at] {
            if out[to].is_none() {
                out[to] = Some(d + 1);
                queue.push_back((to, d + 1));
            }
        }
    }
    out
}

/// Boxes by column; inside a column by the mean place of their neighbours, so that lines cross little.
fn order(columns: &[usize], edges: &[(usize, usize)]) -> Vec<usize> {
    let mut lanes: Vec<Vec<usize>> = vec![Vec::new(); COLUMNS];
    for (i, c) in columns.iter().enumerate() {
        lanes[*c].push(i);
    }
    // One column at a time, there and back: sorting all at once would only swap crossings.
    let sweep = (0..COLUMNS).chain((0..COLUMNS).rev());
    for at in sweep.cycle().take(8 * COLUMNS) {
        let height: HashMap<usize, f64> = lanes.iter().flat_map(|lane| heights(lane)).collect();
        let mean = |i: usize| {
            let near: Vec<f64> = edges
                .iter()
                .filter(|(a, b)| columns[*a] != columns[*b])
                .filter_map(|&(a, b)| match i {
                    _ if a == i => height.get(&b),
                    _ if b == i => height.get(&a),
                    _ => None,
                })
                .copied()
                .collect();
            match near.len() {
                0 => f64::MAX,
                n => near.iter().sum::<f64>() / n as f64,
            }
        };
        lanes[at].sort_by(|a, b| mean(*a).total_cmp(&mean(*b)).then_with(|| a.cmp(b)));
    }
    lanes.concat()
}

/// Height of each box of a column, from its middle.
fn heights(lane: &[usize]) -> impl Iterator<Item = (usize, f64)> + '_ {
    let middle = lane.len() as f64 / 2.0;
    lane.iter()
        .enumerate()
        .map(move |(n, i)| (*i, n as f64 + 0.5 - middle))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_stand_left_of_the_hub_and_consumers_right() {
        // 0 -> 1 (hub) -> 2 -> 3; 4 has no flow
        let columns = columns(5, &[(0, 1), (1, 2), (2, 3)], Some(1));
        assert_eq!(columns, [0, 1, 2, 3, 0]);
    }

    #[test]
    fn the_order_inside_a_column_follows_the_neighbours() {
        // 0 and 1 left; 2 and 3 right, crossing when in the order of their index
        let order = order(&[0, 0, 1, 1], &[(0, 3), (1, 2)]);
        let at = |i: usize| order.iter().position(|x| *x == i).unwrap();
        assert_eq!(at(0) < at(1), at(3) < at(2));
    }
}
