//! What the README shows is what the program does.
//!
//! Blocks marked ```` ```console ```` hold commands (`$ gdpr4k …`) and their output. They run one after another in a
//! copy of `sample-data/`; `[..]` stands for anything in a line, a line `...` for any lines, a last line `? 4` for the
//! exit code, which is 0 where none is shown.

use gdpr4k_tests::{Folder, gdpr4k, repository};

/// A command of a transcript with the output that is shown.
#[derive(Debug, PartialEq)]
struct Step {
    line: usize,
    args: Vec<String>,
    output: Vec<String>,
    exit: i32,
}

fn steps(text: &str) -> Vec<Step> {
    let (mut steps, mut inside) = (Vec::<Step>::new(), false);
    let mut ours = false;
    for (i, line) in text.lines().enumerate() {
        if line.starts_with("```") {
            inside = !inside && line.trim() == "```console";
            ours = false;
        } else if let Some(command) = line.strip_prefix("$ ").filter(|_| inside) {
            let words = words(command);
            ours = words.first().is_some_and(|w| w == "gdpr4k");
            if ours {
                steps.push(Step {
                    line: i + 1,
                    args: words[1..].to_vec(),
                    output: Vec::new(),
                    exit: 0,
                });
            }
        } else if inside
            && ours
            && let Some(step) = steps.last_mut()
        {
            match line.strip_prefix("? ").and_then(|code| code.parse().ok()) {
                Some(code) => step.exit = code,
                None => step.output.push(line.trim_end().to_owned()),
            }
        }
    }
    steps
}

/// The words of a command line; quotes keep blanks.
fn words(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for c in command.chars() {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(q), c) if q == c => quote = None,
            (None, ' ') => words.push(std::mem::take(&mut word)),
            _ => word.push(c),
        }
    }
    words.push(word);
    words.retain(|w| !w.is_empty());
    words
}

fn line_fits(pattern: &str, line: &str) -> bool {
    match pattern.split_once("[..]") {
        None => pattern == line,
        Some((start, rest)) => line.strip_prefix(start).is_some_and(|tail| {
            (0..=tail.len())
                .filter(|i| tail.is_char_boundary(*i))
                .any(|i| line_fits(rest, &tail[i..]))
        }),
    }
}

fn fits(pattern: &[String], lines: &[String]) -> bool {
    match pattern.split_first() {
        None => lines.is_empty(),
        Some((first, rest)) if first == "..." => (0..=lines.len()).any(|i| fits(rest, &lines[i..])),
        Some((first, rest)) => lines
            .split_first()
            .is_some_and(|(l, others)| line_fits(first, l) && fits(rest, others)),
    }
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), &target).unwrap();
            let modified = entry.metadata().unwrap().modified().unwrap();
            std::fs::File::options()
                .append(true)
                .open(&target)
                .unwrap()
                .set_modified(modified)
                .unwrap();
        }
    }
}

#[test]
fn the_transcripts_of_the_readme_are_true() {
    let readme = std::fs::read_to_string(repository().join("README.md")).expect("README.md");
    let steps = steps(&readme);
    assert!(
        !steps.is_empty(),
        "README.md shows no ```console block with a line `$ gdpr4k …`"
    );
    let folder = Folder::empty();
    copy(
        &repository().join("sample-data"),
        &folder.join("sample-data"),
    );
    let mut wrong = Vec::new();
    for step in steps {
        let run = gdpr4k(&step.args).dir(folder.path()).run();
        // a terminal shows both
        let shown = |bytes: &[u8]| -> Vec<String> {
            String::from_utf8_lossy(bytes)
                .trim_end()
                .lines()
                .map(|l| l.trim_end().to_owned())
                .collect()
        };
        let mut pattern = step.output.clone();
        while pattern.last().is_some_and(String::is_empty) {
            pattern.pop();
        }
        let (alone, both) = (
            shown(&run.stdout),
            shown(&[run.stderr.as_slice(), &run.stdout].concat()),
        );
        if run.code != Some(step.exit) || !fits(&pattern, &alone) && !fits(&pattern, &both) {
            wrong.push(format!(
                "README.md:{} - gdpr4k {} (exit {:?})\nshown there:\n{}\ngiven now:\n{}",
                step.line,
                step.args.join(" "),
                run.code,
                pattern.join("\n"),
                both.join("\n")
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn patterns_fit_what_they_should() {
    let lines = |t: &str| t.lines().map(str::to_owned).collect::<Vec<_>>();
    assert!(fits(&lines("a\n...\nz [..] b"), &lines("a\nx\ny\nz 1 2 b")));
    assert!(!fits(&lines("a\n...\nz"), &lines("a\nx")));
    assert!(!fits(&lines("a"), &lines("a\nb")));
    let found = steps(
        "```console\n$ cargo x\nnot this\n$ gdpr4k scan \"a b\"\nout\n? 4\n```\n```\n$ gdpr4k no\n```\n",
    );
    assert_eq!(
        found,
        [Step {
            line: 4,
            args: vec!["scan".into(), "a b".into()],
            output: vec!["out".into()],
            exit: 4,
        }]
    );
}
