//! Every kind of problem of a catalogue, all reported at once: where - what - help.

use gdpr4k_model::{Catalogue, schemas};

/// Loads small broken files on top of the real vocabulary.
fn problems(files: &[(&str, &str)]) -> String {
    let words = schemas::text("vocabulary.toml").unwrap();
    let mut all = vec![("vocabulary.toml", words)];
    all.extend_from_slice(files);
    Catalogue::load(&all).unwrap_err().to_string()
}

const DELETION: &str = r#"
[[standard_period]]
period = "P7D"
[[standard_period]]
period = "P7D"
[[standard_period]]
period = "7 days"
[[start_event]]
id = "call-end"
name = { en = "the call", de = "dem Gespräch" }
starting_point = "collection"
in_record = true
[[start_event]]
id = "statement-released"
name = { en = "the statement", de = "" }
starting_point = "end-of-process"
in_record = false
[[start_event]]
id = "call-end"
name = { en = "the call", de = "dem Gespräch" }
starting_point = "collection"
in_record = true
[[start_event]]
id = "moon"
name = { en = "the moon", de = "dem Mond" }
starting_point = "sky"
in_record = true
"#;

const CLUSTERS: &str = r#"
[[cluster]]
id = "calls"
name = { en = "calls", de = "Gespräche" }
description = { en = "calls", de = "Gespräche" }
purposes = []
legal_basis = { en = "", de = "x" }
collected_from = { en = "x", de = "x" }
recipients = ["everybody"]
protection = "secret"
owner = "nobody"
[[cluster]]
id = "calls"
name = { en = "calls", de = "Gespräche" }
description = { en = "calls", de = "Gespräche" }
purposes = ["curiosity"]
legal_basis = { en = "x", de = "x" }
collected_from = { en = "x", de = "x" }
recipients = []
protection = "normal"
owner = "dpo"
[[cluster]]
id = "journal"
name = { en = "journal", de = "Journal" }
description = { en = "journal", de = "Journal" }
purposes = ["curiosity"]
legal_basis = { en = "x", de = "x" }
collected_from = { en = "x", de = "x" }
recipients = []
protection = "normal"
owner = "dpo"
[[cluster]]
id = "boards"
name = { en = "boards", de = "Baugruppen" }
description = { en = "boards", de = "Baugruppen" }
purposes = []
legal_basis = { en = "x", de = "x" }
collected_from = { en = "x", de = "x" }
recipients = []
protection = "none"
owner = "dpo"
personal = false
[[clusters]]
id = "x"
[[cluster]]
id = "misspelt"
nmae = { en = "x", de = "x" }
"#;

const PACK: &str = r#"
id = "here"
version = "1"
jurisdiction = "EU"
name = { en = "here", de = "" }
description = { en = "here", de = "hier" }
review_by = "2027-11-30"
extends = "elsewhere"
masking = { outgoing = 3, incoming = 3, own_outgoing_full = true, mark = "certain" }

[[rule]]
cluster = "calls"
starts_with = "statement-released"
delete_after = "P7D"
fallback = { starts_with = "statement-released", delete_after = "P7D" }
stages = [
  { after = "P7D", fields = ["external-number"], action = "cut" },
  { after = "P0D", fields = [], action = "blank" },
  { after = "P7D", fields = ["record"], action = "delete" },
]
reason = { en = "because", de = "darum" }
legal_ref = "none"
sources = ["nowhere"]
mark = "P"

[[rule]]
cluster = "calls"
starts_with = "call-end"
delete_after = "P5D"
fallback = { starts_with = "call-end", delete_after = "P7D" }
action = "block"
reason = { en = "because", de = "" }
legal_ref = "none"
sources = []
mark = "sure"

[[rule]]
cluster = "boards"
starts_with = "full-moon"
delete_after = "P7D"
fallback = { starts_with = "call-end", delete_after = "P7D" }
action = "cut"
reason = { en = "because", de = "darum" }
legal_ref = "none"
sources = ["statute"]
mark = "V/H"

[[rule]]
cluster = "chats"
starts_with = "call-end"
delete_after = "P7D"
fallback = { starts_with = "call-end", delete_after = "P7D", ever = true }
reason = { en = "because", de = "darum" }
legal_ref = "none"
sources = ["statute"]
mark = "V/H"

[[rule]]
cluster = "chats"
starts_with = "call-end"
delete_after = "P7D"
fallback = { starts_with = "call-end", delete_after = "P7D" }
reason = { en = "because", de = "darum" }
legal_ref = "none"
sources = ["statute"]
mark = "V/H"

[[source]]
id = "statute"
title = "Statute"
mark = "X"

[[source]]
id = "unused"
title = "Unused"
mark = "V/H"
"#;

#[test]
fn the_deletion_matrix() {
    insta::assert_snapshot!(problems(&[("deletion.toml", DELETION)]), @r#"
    deletion.toml:4 - standard period P7D is there twice - see the other entries of the file for the form
    deletion.toml:7 - period "7 days" (expected ISO 8601 such as P7D, P3M or P1Y) - see the other entries of the file for the form
    deletion.toml:13 - start event statement-released lacks a text in English or German - fill in both languages, with the same arguments
    deletion.toml:18 - start event call-end is there twice - see the other entries of the file for the form
    deletion.toml:26 - unknown variant `sky`, expected one of `collection`, `end-of-process`, `end-of-relationship` - see the other entries of the file for the form
    "#);
}

#[test]
fn clusters() {
    insta::assert_snapshot!(problems(&[("clusters/c.toml", CLUSTERS)]), @r#"
    clusters/c.toml:2 - cluster calls has no purpose (R-30b: at least one) - use a word of schemas/vocabulary.toml, or add it there
    clusters/c.toml:2 - cluster calls lacks a text in English or German - fill in both languages, with the same arguments
    clusters/c.toml:2 - protection "secret" of cluster calls (expected a word of the vocabulary) - use a word of schemas/vocabulary.toml, or add it there
    clusters/c.toml:2 - recipient "everybody" of cluster calls (expected a word of the vocabulary) - use a word of schemas/vocabulary.toml, or add it there
    clusters/c.toml:2 - role "nobody" of cluster calls (expected a word of the vocabulary) - use a word of schemas/vocabulary.toml, or add it there
    clusters/c.toml:12 - cluster calls is there twice - see the other entries of the file for the form
    clusters/c.toml:22 - purpose "curiosity" of cluster journal (expected a word of the vocabulary) - use a word of schemas/vocabulary.toml, or add it there
    clusters/c.toml:43 - table "clusters" (expected [[cluster]]) - see the other entries of the file for the form
    clusters/c.toml:45 - missing field `name` - see the other entries of the file for the form
    clusters/c.toml:47 - unknown field `nmae`, expected one of `id`, `name`, `description`, `purposes`, `legal_basis`, `collected_from`, `recipients`, `protection`, `owner`, `personal` - see the other entries of the file for the form
    "#);
}

#[test]
fn packs() {
    let clusters = CLUSTERS.split("[[clusters]]").next().unwrap();
    let deletion = DELETION
        .split("[[start_event]]\nid = \"moon\"")
        .next()
        .unwrap();
    let all = problems(&[
        ("deletion.toml", deletion),
        ("clusters/c.toml", clusters),
        ("packs/head.toml", "id = \"head\"\nversion = 1\n"),
        ("packs/here.toml", PACK),
        ("packs/here2.toml", "id = \"x\"\nrule = 3\n= broken"),
        ("packs/twin.toml", PACK.split("[[rule]]").next().unwrap()),
    ]);
    let of_packs = all.lines().filter(|l| l.starts_with("packs/"));
    insta::assert_snapshot!(of_packs.collect::<Vec<_>>().join("\n"), @r#"
    packs/head.toml:2 - invalid type: integer `1`, expected a string - see the other packs for the form
    packs/here.toml:1 - cluster journal has no rule in here (expected exactly one, R-RET-1) - add a [[rule]] for it, or extend a pack that has one: extends = "eu-base"
    packs/here.toml:1 - here lacks a text in English or German - fill in name, description and conditions in both languages
    packs/here.toml:1 - mark "certain" of masking (expected V, S, M or P with a confidence, such as V/H) - write how the fact is known: V text read, S secondary source, M general knowledge, P proposal
    packs/here.toml:1 - pack "elsewhere" that here extends (expected a pack that extends none) - name a pack without extends, such as eu-base, or leave extends out
    packs/here.toml:11 - a stage of calls: a later stage before an earlier one (expected the order of time) - correct the stage; see the other packs for the form
    packs/here.toml:11 - a stage of calls: digits belong to cut, and to cut only (expected at least 1) - correct the stage; see the other packs for the form
    packs/here.toml:11 - a stage of calls: it ends the whole record (expected the action of the rule for that) - correct the stage; see the other packs for the form
    packs/here.toml:11 - a stage of calls: no fields (expected at least one) - correct the stage; see the other packs for the form
    packs/here.toml:11 - fallback of calls starts with statement-released (expected an event that every record has) - let the fallback start with the day of the record or of the file, such as call-end or file-day
    packs/here.toml:11 - mark "P" of calls (expected a reason that says "product proposal" and "Vorschlag des Produkts") - say in reason that no legal source names the number, or correct the mark
    packs/here.toml:11 - source "nowhere" (expected a [[source]] of this pack) - correct the id, or add the [[source]] at the end of the pack
    packs/here.toml:26 - cluster calls has two rules (expected exactly one, DIN 66398) - strike one; where both are needed, the data serve two purposes: split the cluster
    packs/here.toml:26 - mark "sure" of calls (expected V, S, M or P with a confidence, such as V/H) - write how the fact is known: V text read, S secondary source, M general knowledge, P proposal
    packs/here.toml:26 - period P5D of calls (expected a standard period of deletion.toml) - use the next shorter standard period, or add a [[standard_period]] to deletion.toml
    packs/here.toml:26 - rule of calls ends with block (expected delete, aggregate, or block with blocked_for) - use action = "delete", or block with blocked_for = "P3Y"
    packs/here.toml:26 - rule of calls has no source - name at least one source; for a product proposal one with mark = "P"
    packs/here.toml:26 - rule of calls lacks its reason or legal_ref - say in both languages why this period, and what it rests on
    packs/here.toml:37 - cluster boards holds no data of persons (expected no rule) - take the row out, or make the cluster personal
    packs/here.toml:37 - rule of boards ends with cut (expected delete, aggregate, or block with blocked_for) - use action = "delete", or block with blocked_for = "P3Y"
    packs/here.toml:37 - start event "full-moon" (expected one of deletion.toml) - correct the id, or add a [[start_event]] to deletion.toml
    packs/here.toml:48 - cluster "chats" (expected the id of a cluster) - correct the id; gdpr4k policy show lists the clusters
    packs/here.toml:52 - unknown field `ever`, expected one of `starts_with`, `delete_after`, `from_year_end`, `at_latest` - see the other packs for the form
    packs/here.toml:58 - cluster "chats" (expected the id of a cluster) - correct the id; gdpr4k policy show lists the clusters
    packs/here.toml:58 - cluster chats has two rules (expected exactly one, DIN 66398) - strike one; where both are needed, the data serve two purposes: split the cluster
    packs/here.toml:68 - mark "X" of statute (expected V, S, M or P with a confidence, such as V/H) - write how the fact is known: V text read, S secondary source, M general knowledge, P proposal
    packs/here.toml:73 - no row uses source "unused" - name it in the sources of a row, or take it out
    packs/here2.toml:3 - string values must be quoted, expected literal string - mend the TOML syntax
    packs/here2.toml:3 - unquoted keys cannot be empty, expected letters, numbers, `-`, `_` - mend the TOML syntax
    packs/twin.toml:1 - cluster calls has no rule in here (expected exactly one, R-RET-1) - add a [[rule]] for it, or extend a pack that has one: extends = "eu-base"
    packs/twin.toml:1 - cluster journal has no rule in here (expected exactly one, R-RET-1) - add a [[rule]] for it, or extend a pack that has one: extends = "eu-base"
    packs/twin.toml:1 - here lacks a text in English or German - fill in name, description and conditions in both languages
    packs/twin.toml:1 - mark "certain" of masking (expected V, S, M or P with a confidence, such as V/H) - write how the fact is known: V text read, S secondary source, M general knowledge, P proposal
    packs/twin.toml:1 - pack "elsewhere" that here extends (expected a pack that extends none) - name a pack without extends, such as eu-base, or leave extends out
    packs/twin.toml:1 - pack here is there twice - give every pack its own id
    "#);
}

#[test]
fn findings_and_words() {
    let findings = r#"
[[finding]]
code = "G4K-901"
severity = "error"
title = { en = "x", de = "x" }
message = { en = "{found} of {expected}", de = "{found} von {erwartet}" }
help = { en = "", de = "x" }
[[finding]]
code = "G4K-901"
severity = "error"
title = { en = "x", de = "x" }
message = { en = "x", de = "x" }
help = { en = "x", de = "x" }
[[finding]]
code = "G4K-902"
severity = "terrible"
title = { en = "x", de = "x" }
message = { en = "x", de = "x" }
help = { en = "x", de = "x" }
"#;
    insta::assert_snapshot!(problems(&[("findings/f.toml", findings)]), @r#"
    findings/f.toml:2 - G4K-901 lacks a text in English or German - fill in both languages, with the same arguments
    findings/f.toml:2 - arguments of G4K-901: expected found in English, erwartet found in German - fill in both languages, with the same arguments
    findings/f.toml:8 - finding G4K-901 is there twice - see the other entries of the file for the form
    findings/f.toml:16 - unknown variant `terrible`, expected one of `info`, `attention`, `error` - see the other entries of the file for the form
    "#);
    let words = "[[term]]\nkind = \"role\"\nid = \"dpo\"\nname = { en = \"x\", de = \"x\" }\ndescription = { en = \" \", de = \"x\" }\n[[term]]\nkind = \"colour\"\nid = \"red\"\n";
    let all = Catalogue::load(&[("vocabulary.toml", words)])
        .unwrap_err()
        .to_string();
    assert_eq!(
        all.lines()
            .filter(|l| l.contains("is not explained"))
            .count(),
        31
    );
    let rest = all.lines().filter(|l| !l.contains("is not explained"));
    insta::assert_snapshot!(rest.collect::<Vec<_>>().join("\n"), @r#"
    vocabulary.toml:1 - role dpo lacks a text in English or German - fill in both languages, with the same arguments
    vocabulary.toml:7 - unknown variant `colour`, expected one of `category`, `subject`, `purpose`, `recipient`, `protection`, `role` - see the other entries of the file for the form
    "#);
}

#[test]
fn entries() {
    let systems = r#"
[[system]]
id = "S-1"
[[field]]
id = "F-1"
store = "NO-STORE"
kind = "traffic"
subject = "subscriber"
secret = false
optional = false
cluster = "no-cluster"
name = { en = "x", de = "" }
[[planet]]
id = "P-1"
"#;
    insta::assert_snapshot!(problems(&[("systems/s.toml", systems), ("systems/t.toml", "[[field")]), @r#"
    systems/s.toml:2 - missing field `name` - see the other entries of the file for the form
    systems/s.toml:4 - F-1 has neither documents nor a basis - fill it in
    systems/s.toml:4 - F-1 lacks a text in English or German - fill it in
    systems/s.toml:4 - cluster "no-cluster" of F-1 (expected the id of a cluster) - correct the id, or add the entry that it names
    systems/s.toml:4 - store "NO-STORE" of F-1 (expected the id of a store) - correct the id, or add the entry that it names
    systems/s.toml:13 - table "planet" is not one of the catalogue - see the other entries of the file for the form
    systems/t.toml:1 - unclosed array table, expected `]]` - mend the TOML syntax
    "#);
}
