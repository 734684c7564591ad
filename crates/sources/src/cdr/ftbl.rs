//! A layout out of the site's own `REGENERATE-FTBL` listing (formats-cdr.md 2.3).

use std::fmt::Write as _;

use gdpr4k_model::catalogue::Problem;

use super::codes::{self, Role};

/// Widest mask that is believed; the widest known field has 22 characters.
const LONGEST_MASK: usize = 4_096;

/// A layout compiled from AMO text.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The layout file, with comments.
    pub toml: String,
    /// What a person should look at; none of it stops the layout from being used.
    pub notes: Vec<Problem>,
}

/// One format of AMO FTBL.
#[derive(Debug)]
struct Format {
    number: u32,
    kind: String,
    line: usize,
    /// Mask parts, until the first control character.
    mask: String,
    controls: Vec<String>,
    fields: Vec<Declared>,
    /// Whether mask text follows a control character: a record of several lines.
    several_lines: bool,
}

#[derive(Debug)]
struct Declared {
    number: usize,
    element: String,
    fill: Option<char>,
    right: Option<bool>,
    line: usize,
}

/// A piece of a mask: fixed text, or the n-th field with its width.
#[derive(Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Field(usize, usize),
}

/// Compiles a layout from the text of a listing: `REGENERATE-FTBL` output, a session capture or a macro.
///
/// Framing lines, echoes and commands of other AMOs are passed over. ADD and
/// EINRICHTEN are read alike.
///
/// # Errors
/// Every problem at once: no FTBL command at all, no record format (1 to 16), or damaged commands.
pub fn compile(path: &str, text: &str) -> Result<Compiled, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut problem = |line: usize, what: String, help: &str| {
        problems.push(Problem {
            path: path.to_owned(),
            line,
            what,
            help: help.to_owned(),
        });
    };
    let mut formats: Vec<Format> = Vec::new();
    for (line, command) in commands(text) {
        let parts = split(&command);
        let number = parts
            .first()
            .and_then(|p| p.trim().parse::<u32>().ok())
            .filter(|n| (1..=80).contains(n));
        let Some(number) = number else {
            problem(
                line,
                "ADD-FTBL without a format number (expected 1 to 80)".to_owned(),
                "paste the whole listing",
            );
            continue;
        };
        let kind = parts
            .get(1)
            .map_or(String::new(), |p| p.trim().to_uppercase());
        let format = match formats
            .iter_mut()
            .position(|f| f.number == number && f.kind == kind)
        {
            Some(i) => &mut formats[i],
            None => {
                formats.push(Format {
                    number,
                    kind,
                    line,
                    mask: String::new(),
                    controls: Vec::new(),
                    fields: Vec::new(),
                    several_lines: false,
                });
                let last = formats.len() - 1;
                &mut formats[last]
            }
        };
        match parts.get(2).map(|p| p.trim().to_uppercase()).as_deref() {
            Some("FORM") => {
                let Some(mask) = parts.iter().skip(3).rev().find_map(|p| unquote(p)) else {
                    problem(
                        line,
                        "FORM without a mask (expected text in quotes)".to_owned(),
                        "paste the command with its mask",
                    );
                    continue;
                };
                format.several_lines |= !format.controls.is_empty();
                if format.mask.len() + mask.len() > LONGEST_MASK {
                    problem(
                        line,
                        format!("mask longer than {LONGEST_MASK} characters"),
                        "check the listing",
                    );
                } else {
                    format.mask.push_str(&mask);
                }
            }
            Some("CTRL") => {
                let word = parts
                    .last()
                    .map_or(String::new(), |p| p.trim().trim_matches('"').to_uppercase());
                format.controls.push(word);
            }
            Some("FIELD") => {
                let n = parts
                    .get(3)
                    .and_then(|p| p.trim().parse::<usize>().ok())
                    .filter(|n| *n > 0 && *n < LONGEST_MASK);
                let element = parts
                    .get(4)
                    .map(|p| p.trim().to_uppercase())
                    .filter(|e| !e.is_empty());
                let (Some(number), Some(element)) = (n, element) else {
                    problem(
                        line,
                        "FIELD without number or element (expected FIELD,<n>,<element>,...)"
                            .to_owned(),
                        "paste the whole command",
                    );
                    continue;
                };
                let fill = parts
                    .iter()
                    .skip(5)
                    .find_map(|p| unquote(p))
                    .and_then(|f| f.chars().next());
                let right = parts.iter().skip(5).rev().find_map(|p| {
                    match p.trim().to_uppercase().as_str() {
                        "R" | "RIGHT" | "RECHTS" => Some(true),
                        "L" | "LEFT" | "LINKS" => Some(false),
                        _ => None,
                    }
                });
                format.fields.push(Declared {
                    number,
                    element,
                    fill,
                    right,
                    line,
                });
            }
            _ => problem(
                line,
                "ADD-FTBL of an unknown form (expected FORM, CTRL or FIELD)".to_owned(),
                "compare with the online help of AMO FTBL",
            ),
        }
    }
    if !formats.iter().any(|f| f.number <= 16 && !f.mask.is_empty()) {
        problem(
            1,
            "no record format 1 to 16 with a mask (expected ADD-FTBL commands)".to_owned(),
            "paste the output of REGENERATE-FTBL",
        );
    }
    for f in &formats {
        check(f, &mut problem);
    }
    if problems.is_empty() {
        Ok(write(path, &formats))
    } else {
        Err(problems)
    }
}

fn check(format: &Format, problem: &mut impl FnMut(usize, String, &str)) {
    if format.several_lines && format.number <= 16 {
        problem(
            format.line,
            format!(
                "format {} has text after a control character (expected records of one line)",
                format.number
            ),
            "write the layout of such records by hand",
        );
    }
    let Ok(pieces) = pieces(&format.mask) else {
        problem(
            format.line,
            format!(
                "format {} has @ without # before it (expected # and then @)",
                format.number
            ),
            "paste all FORM parts in their order",
        );
        return;
    };
    let places = pieces
        .iter()
        .filter(|p| matches!(p, Piece::Field(..)))
        .count();
    let mut seen = Vec::new();
    for d in &format.fields {
        if d.number > places {
            problem(
                d.line,
                format!(
                    "FIELD {} of format {} has no # in the mask (expected at most {places})",
                    d.number, format.number
                ),
                "paste all FORM parts",
            );
        }
        if seen.contains(&d.number) {
            problem(
                d.line,
                format!(
                    "FIELD {} of format {} is there twice",
                    d.number, format.number
                ),
                "keep the valid one",
            );
        }
        seen.push(d.number);
    }
}

/// The arguments of every FTBL command, with the line where it starts. Line breaks inside a command are dropped.
fn commands(text: &str) -> Vec<(usize, String)> {
    let upper = text.to_ascii_uppercase();
    let (mut out, mut from) = (Vec::new(), 0);
    while let Some(found) = upper[from..].find("-FTBL:") {
        let at = from + found;
        let start = at + "-FTBL:".len();
        let verb: String = upper[..at]
            .chars()
            .rev()
            .take_while(char::is_ascii_alphabetic)
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
            .collect();
        from = start;
        if !matches!(verb.as_str(), "ADD" | "EINR" | "EINRICHTEN") {
            continue;
        }
        let (mut quoted, mut end) = (false, None);
        for (i, c) in text[start..].char_indices() {
            match c {
                '"' => quoted = !quoted,
                ';' if !quoted => {
                    end = Some(start + i);
                    break;
                }
                _ if i > 2 * LONGEST_MASK => break,
                _ => {}
            }
        }
        let Some(end) = end else { continue };
        let line = 1 + memchr::memchr_iter(b'\n', &text.as_bytes()[..at]).count();
        out.push((line, text[start..end].replace(['\r', '\n'], "")));
        from = end;
    }
    out
}

/// Splits at commas outside quotes.
fn split(command: &str) -> Vec<String> {
    let (mut out, mut quoted) = (vec![String::new()], false);
    for c in command.chars() {
        match c {
            ',' if !quoted => out.push(String::new()),
            c => {
                quoted ^= c == '"';
                if let Some(last) = out.last_mut() {
                    last.push(c);
                }
            }
        }
    }
    out
}

fn unquote(part: &str) -> Option<String> {
    Some(part.trim().strip_prefix('"')?.strip_suffix('"')?.to_owned())
}

/// `#` starts a field, each `@` makes it one wider, everything else is fixed text.
fn pieces(mask: &str) -> Result<Vec<Piece>, ()> {
    let mut out: Vec<Piece> = Vec::new();
    let mut n = 0;
    for c in mask.chars() {
        match (c, out.last_mut()) {
            ('#', _) => {
                n += 1;
                out.push(Piece::Field(n, 1));
            }
            ('@', Some(Piece::Field(_, width))) => *width += 1,
            ('@', _) => return Err(()),
            (c, Some(Piece::Text(text))) => text.push(c),
            (c, _) => out.push(Piece::Text(c.to_string())),
        }
    }
    Ok(out)
}

fn quote(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn write(path: &str, formats: &[Format]) -> Compiled {
    let mut notes = Vec::new();
    let mut note = |line: usize, what: String, help: &str| {
        notes.push(Problem {
            path: path.to_owned(),
            line,
            what,
            help: help.to_owned(),
        });
    };
    let mut records: Vec<&Format> = formats
        .iter()
        .filter(|f| f.number <= 16 && !f.mask.is_empty())
        .collect();
    records.sort_by_key(|f| (f.number, f.kind.clone()));
    let width = |f: &Format| f.mask.chars().count();
    let ended = records.iter().any(|f| !f.controls.is_empty());
    let mut toml = String::from(
        "# Compiled from a REGENERATE-FTBL listing by gdpr4k layout from-ftbl.\n\
         # Check it on a file of the site (gdpr4k layout check), then set verified = true.\n\
         name          = \"ftbl\"\nversion       = 1\nverified      = false\nsource        = \"AMO FTBL of the site\"\nencoding      = \"ascii\"\n",
    );
    let length = records.first().map_or(0, |f| width(f));
    if ended {
        let _ = writeln!(
            toml,
            "record_end    = \"auto\"      # FTBL writes {}",
            records[0].controls.join(" ")
        );
    } else if records.iter().all(|f| width(f) == length) {
        let _ = writeln!(
            toml,
            "record_end    = \"none\"      # FTBL has no CTRL element\nrecord_len    = {length}"
        );
    } else {
        let _ = writeln!(
            toml,
            "record_end    = \"none\"      # FTBL has no CTRL element"
        );
    }
    toml += "strip         = [\"control\"]\non_error      = \"quarantine\"\ncentury_pivot = 80\n";
    let skips: Vec<String> = formats
        .iter()
        .filter(|f| f.number > 16 && !f.mask.is_empty())
        .filter_map(|f| {
            let pattern = skip(f);
            if pattern.is_none() {
                note(
                    f.line,
                    format!(
                        "block format {} has no fixed text: its lines cannot be told from records",
                        f.number
                    ),
                    "add a skip pattern by hand, or let them be rejected",
                );
            }
            pattern
        })
        .collect();
    if !skips.is_empty() {
        let _ = writeln!(
            toml,
            "skip          = [{}]   # block formats 17 to 80",
            skips.join(", ")
        );
    }
    for (i, f) in records.iter().enumerate() {
        if let Some(twin) = records[..i]
            .iter()
            .find(|o| fixed_text(&o.mask) == fixed_text(&f.mask))
        {
            if twin.mask == f.mask && same_fields(twin, f) {
                let _ = writeln!(
                    toml,
                    "\n# format {} is the same as format {}",
                    f.number, twin.number
                );
                continue;
            }
            note(
                f.line,
                format!(
                    "format {} cannot be told apart from format {} by fixed text or length",
                    f.number, twin.number
                ),
                "fill in the match line of the first of them",
            );
        }
        record(&mut toml, f, &mut note);
    }
    Compiled { toml, notes }
}

fn same_fields(a: &Format, b: &Format) -> bool {
    a.fields.len() == b.fields.len()
        && a.fields.iter().all(|x| {
            b.fields
                .iter()
                .any(|y| x.number == y.number && x.element == y.element)
        })
}

/// The mask with its fields blotted out.
fn fixed_text(mask: &str) -> String {
    mask.replace('@', "#")
}

/// A block line as a pattern; none where it has no fixed text.
fn skip(format: &Format) -> Option<String> {
    let pieces = pieces(&format.mask).ok()?;
    let text = |p: &Piece| matches!(p, Piece::Text(t) if t.is_ascii() && !t.trim().is_empty());
    if !pieces.iter().any(text) {
        return None;
    }
    let mut pattern = String::from("^");
    for p in &pieces {
        match p {
            Piece::Text(t) => t.chars().for_each(|c| {
                if c.is_ascii() {
                    pattern.push_str(&regex::escape(&c.to_string()))
                } else {
                    pattern.push('.')
                }
            }),
            Piece::Field(_, width) => {
                let _ = write!(pattern, ".{{{width}}}");
            }
        }
    }
    pattern.push('$');
    Some(quote(&pattern))
}

fn record(toml: &mut String, format: &Format, note: &mut impl FnMut(usize, String, &str)) {
    let kind = if format.kind.is_empty() {
        String::new()
    } else {
        format!("-{}", format.kind.to_lowercase())
    };
    let _ = write!(
        toml,
        "\n# mask: {}\n[[record]]\nid    = {}\nkind  = \"fixed\"\n# match = {{ cols = [1, 1], equals = \"?\" }}   # needed only if two formats look alike\n",
        format.mask.escape_default(),
        quote(&format!("format-{}{kind}", format.number)),
    );
    let mut at = 1;
    let mut names: Vec<String> = Vec::new();
    for piece in pieces(&format.mask).unwrap_or_default() {
        match piece {
            Piece::Text(text) => {
                let end = at + text.chars().count() - 1;
                if text.is_ascii() {
                    let _ = write!(
                        toml,
                        "\n  [[record.field]]\n  cols    = [{at}, {end}]\n  literal = {}\n",
                        quote(&text)
                    );
                } else {
                    // the code page of mask texts is not known
                    let _ = write!(
                        toml,
                        "\n  [[record.field]]\n  cols    = [{at}, {end}]\n  type    = \"filler\"   # text with letters beyond ASCII\n"
                    );
                }
                at = end + 1;
            }
            Piece::Field(n, width) => {
                let end = at + width - 1;
                let declared = format.fields.iter().find(|d| d.number == n);
                let base = declared.map_or_else(|| format!("field-{n}"), |d| clean(&d.element));
                let name = if names.contains(&base) {
                    format!("{base}-{n}")
                } else {
                    base
                };
                let _ = write!(
                    toml,
                    "\n  [[record.field]]\n  name    = {}\n  cols    = [{at}, {end}]\n",
                    quote(&name)
                );
                match declared {
                    Some(d) => field(toml, d, note),
                    None => {
                        *toml += "  # no FIELD command: counts as personal\n";
                        note(
                            format.line,
                            format!(
                                "field {n} of format {} has no element: it counts as personal",
                                format.number
                            ),
                            "paste the FIELD commands too",
                        );
                    }
                }
                names.push(name);
                at = end + 1;
            }
        }
    }
}

fn clean(element: &str) -> String {
    element
        .chars()
        .take(40)
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '-'
            }
        })
        .collect()
}

fn field(toml: &mut String, declared: &Declared, note: &mut impl FnMut(usize, String, &str)) {
    // blank and control characters in an element would be a damaged command
    let element: String = declared
        .element
        .chars()
        .filter(|c| c.is_ascii_graphic())
        .take(40)
        .collect();
    let code = codes::find(&element);
    let _ = write!(toml, "  element = {}", quote(&element));
    if code.is_none() {
        *toml += "   # not a known element: counts as personal";
        note(
            declared.line,
            format!("element {element} is not known: it counts as personal"),
            "name its meaning in the layout",
        );
    }
    toml.push('\n');
    if let Some(right) = declared.right {
        let _ = writeln!(
            toml,
            "  justify = \"{}\"",
            if right { "right" } else { "left" }
        );
    }
    if let Some(fill) = declared.fill.filter(char::is_ascii) {
        let _ = writeln!(toml, "  fill    = {}", quote(&fill.to_string()));
    }
    if code.is_some_and(|c| matches!(c.role, Role::Own | Role::From | Role::To)) {
        *toml += "  null    = [\"999999\"]   # trunk or attendant without a number\n";
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cdr::Layout;
    use crate::cdr::cut::Span;
    use gdpr4k_model::Catalogue;
    use proptest::prelude::*;
    use std::sync::LazyLock;

    static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::builtin);

    fn fixture(name: &str) -> String {
        let path = format!(
            "{}/../../tests/fixtures/cdr/{name}",
            env!("CARGO_MANIFEST_DIR")
        );
        std::fs::read_to_string(path).unwrap()
    }

    fn spans(layout: &Layout, record: usize) -> Vec<(Span, Option<String>)> {
        layout.variants[record]
            .fields
            .iter()
            .map(|f| (f.span, f.code.clone()))
            .collect()
    }

    #[test]
    fn example_a_compiles_to_the_preset() {
        let compiled = compile("regenerate-ftbl.txt", &fixture("regenerate-ftbl.txt")).unwrap();
        assert_eq!(compiled.notes, []);
        let own = Layout::parse("own", &compiled.toml, &CATALOGUE).unwrap();
        let preset = Layout::parse(
            "a",
            super::super::Presets::text("ftbl-example-a").unwrap(),
            &CATALOGUE,
        )
        .unwrap();
        assert_eq!(spans(&own, 0), spans(&preset, 0));
        assert!(own.skip.hits(b"BLOCK 0001 14.03.2025"));
        assert!(!own.skip.hits(b"BLOCK 0001"));
    }

    #[test]
    fn damage_and_gaps_are_named_with_their_line() {
        let bad = "ADD-FTBL:99,B,FORM,1,Y,\"#\";\nADD-FTBL:1,B,FORM,1,Y,\"@@#\";\nADD-FTBL:1,B,FIELD,7,CHRGEE,CHAR,\" \",L;\nADD-FTBL:1,B,QUACK;";
        let problems = compile("x", bad).unwrap_err();
        let lines: Vec<usize> = problems.iter().map(|p| p.line).collect();
        assert_eq!(lines, [1, 4, 2], "{problems:?}");
        assert!(compile("x", "nothing here").is_err());
        assert!(compile("x", "ADD-FTBL:1,B,FORM,1,Y,\"#@@").is_err());
        let open = compile(
            "x",
            "EINR-FTBL:1,B,FORM,1,Y,\"#@@#\";EINR-FTBL:1,B,FIELD,1,SECRETNAME,CHAR,\" \",L;",
        )
        .unwrap();
        assert_eq!(open.notes.len(), 2);
        let layout = Layout::parse("x", &open.toml, &CATALOGUE).unwrap();
        assert_eq!(layout.undeclared.len(), 2);
    }

    proptest! {
        #[test]
        fn widths_survive_compiling_and_parsing(
            fields in proptest::collection::vec((1usize..30, "[ .:;/|A-Z\"\\\\-]{0,4}", 0usize..8), 1..20)
        ) {
            let elements = ["CHRGEE", "DESTPTY", "PIN", "UNHEARDOF", "STDAY", "MSGNO", "CONSEC", "ACCTCODE"];
            let (mut mask, mut commands, mut want) = (String::new(), String::new(), Vec::new());
            let mut at = 0;
            for (i, (width, text, element)) in fields.iter().enumerate() {
                let text = text.replace('"', "'");
                mask += &format!("#{}{text}", "@".repeat(width - 1));
                want.push((at, at + width));
                at += width + text.len();
                commands += &format!("M2 1 ADD-FTBL:3,B,FIELD,{},{},CHAR,\" \",L;\r\n", i + 1, elements[*element]);
            }
            let (a, b) = mask.split_at(mask.len() / 2);
            let listing = format!("H500:  AMO FTBL  STARTED\n<REGENERATE-FTBL;\nADD-FTBL:3,B,FORM,1,N,\"{a}\";\nADD-FTBL:3,B,FORM,2,Y,\"{b}\";\nADD-FTBL:3,B,CTRL,3,Y,LF;\n{commands}");
            let compiled = compile("x", &listing).unwrap();
            let layout = Layout::parse("x", &compiled.toml, &CATALOGUE);
            prop_assert!(layout.is_ok(), "{:?}\n{}", layout.err(), compiled.toml);
            let layout = layout.unwrap();
            let got: Vec<(usize, usize)> = layout.variants[0].fields.iter()
                .filter(|f| f.literal.is_none())
                .map(|f| match f.span { Span::Bytes(a, b) | Span::Columns(a, b) => (a, b) })
                .collect();
            prop_assert_eq!(got, want);
        }

        #[test]
        fn any_text_is_answered(text in "(ADD-FTBL:|[0-9],|FORM,|FIELD,|CTRL,|\"|#|@|;|\n|\\PC){0,40}") {
            if let Ok(compiled) = compile("x", &text) {
                let _ = Layout::parse("x", &compiled.toml, &CATALOGUE);
            }
        }
    }
}
