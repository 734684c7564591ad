### Texts of the documents, English.

## Frame
title-map = Data map of the telephone system
title-findings = Findings of the telephone system
skip = Skip to content
contents = Contents
as-of = As of
controller = Controller
dpo = Data protection officer
pack = Legal pack
review-by = to be reviewed by { $day }
missing = not stated
none = None
footer-made = Made with gdpr4k { $version } on { $at }. Files read on { $scanned }. This document holds counts, days and designations, no names or telephone numbers.
no-advice = The deletion rules are a starting point and no legal advice. The controller, the data protection officer and, where there is one, the works council have to confirm them.
catalogue-digest = Digest of the catalogue (SHA-256):

## Headings
h-verdict = At a glance
h-not-searched = Not searched
h-overview = Data kinds and deletion rules
h-notes = What is missing to be complete
h-secrets = Credentials in clear
h-picture = Systems and data flows
h-monitoring = Monitoring features
h-kinds = Each data kind in detail
h-described = Described by the vendor, not found here
h-ages = Age of the data
h-drift = Changes since the previous scan
h-findings = Findings and what to do
h-files = Files
h-account = Account of lines
h-holders = All systems
h-reading = How to read, sources and limits
h-limits = Limits of this document
h-sources = Sources
h-vendor-retention = Storage according to the vendor
h-vendor-uses = Purposes according to the vendor
h-copies = Copies, exports and backups
h-interfaces = Interfaces
flows-drawn = { $count ->
    [one] Flow { $numbers } of the table under “Systems and data flows”
   *[other] Flows { $numbers } of the table under “Systems and data flows”
}

## Verdict
verdict-who = The files that were searched hold data about { $persons ->
    [one] one person
   *[other] { $persons } persons
} of this site and about { $externals ->
    [one] one outside number
   *[other] { $externals } outside numbers
}, in { $kinds ->
    [one] one data kind
   *[other] { $kinds } data kinds
}.
verdict-overdue = { $count ->
    [one] One data kind is past its limit, by { $days ->
        [one] one day
       *[other] { $days } days
    }.
   *[other] { $count } data kinds are past their limit, the oldest by { $days ->
        [one] one day
       *[other] { $days } days
    }.
}
verdict-none-overdue = No data kind that can be measured by date is past its limit.
verdict-no-rule = { $count ->
    [one] One data kind has no deletion rule.
   *[other] { $count } data kinds have no deletion rule.
}
verdict-secrets = { $count ->
    [0] No credentials were found in clear.
    [one] One kind of credential lies in clear.
   *[other] { $count } kinds of credentials lie in clear.
}
verdict-not-searched = Not searched: { $expected ->
    [one] one readable system without files
   *[other] { $expected } readable systems without files
} and { $declared ->
    [one] one present system that cannot be exported
   *[other] { $declared } present systems that cannot be exported
}; about { $undeclared ->
    [one] one further system
   *[other] { $undeclared } further systems
} nobody has made a statement.
figure-persons = persons of the site
figure-externals = outside numbers
figure-kinds = data kinds about persons
figure-overdue = data kinds past their limit
figure-overdue-records = records certainly past the limit
figure-secrets = kinds of credentials in clear, { $values ->
    [one] one value
   *[other] { $values } values
}
figure-records = records in { $files ->
    [one] one file
   *[other] { $files } files
}
figure-findings = findings to handle, of these { $errors ->
    [one] one error
   *[other] { $errors } errors
}

## Not searched
not-searched-lead = “Nothing found” holds only for files that were searched. The systems below may hold personal data about which this document says nothing.
not-searched-expected = Readable, but no files received ({ $count })
not-searched-expected-note = Get an export and enter it as a source in site.toml, or declare the system absent.
not-searched-declared = Present, but cannot be exported ({ $count })
not-searched-declared-note = Declared present. Settle the content on site or with the vendor.
not-searched-undeclared = Nobody has made a statement ({ $count })
not-searched-undeclared-note = The vendor documents describe these systems. State in site.toml which of them exist here.
see-holders = List of all systems
see-files = See the account of lines
not-read = { $files ->
    [one] One file
   *[other] { $files } files
} could not be read to the end; { $lines ->
    [one] one line was
   *[other] { $lines } lines were
} unreadable.

## Overview
overview-lead = Each data kind has exactly one deletion rule. “Allowed from” is the first day of which records may still be here on { $day }; “Oldest found” stands beside it.
overview-caption = { $count ->
    [one] One data kind found
   *[other] { $count } data kinds found
}, most urgent first
c-kind = Data kind
c-status = Verdict
c-rule = Deletion rule
c-allowed = Allowed from
c-oldest = Oldest found
c-span = Oldest, newest day
c-records = Records
c-element = Item
c-found-in = Found in
c-values = Values
c-files = Files
c-number = No.
c-from-to = From and to
c-data = Content
c-protocol = Way and encryption
c-known = Known
c-store = Place according to the vendor
c-category = Category
c-subject = Data subjects
c-distinct = Distinct at the site
c-before = Before
c-now = Now
c-place = Folder or file
c-source = Source, format
c-size = Size
c-rejected = Unreadable
c-file = File
c-lines = Lines
c-continuation = Continuation
c-noise = Noise
c-pending = Pending
c-system = System
c-role = Task
c-holds = Holds according to the vendor
c-document = Document
overdue-by = { $days ->
    [one] one day past
   *[other] { $days } days past
}
days-left = { $days ->
    [0] due today
    [one] one day left
   *[other] { $days } days left
}
by-fallback = judged by the fallback
by-fallback-long = The start “after { $event }” is not known here; judged by the fallback of the rule.
no-rule = No deletion rule
no-rule-needed = No data of persons, no deletion rule needed
secrets-lead = PINs, passwords and other credentials are only counted, never compared or stored. Whoever opens the files named here can read them.
secrets-caption = Credentials that stand in clear in the files that were read

## Picture
picture-lead = Boxes are systems of this site, lines are data flows described in the vendor documents. The numbers lead to the table below.
picture-alt = Systems and data flows of this site; every line stands with its number in the table below the picture
picture-column-0 = Sources and stand-alone systems
picture-column-1 = Core
picture-column-2 = Fed by the core
picture-column-3 = Fed by these
picture-more = and { $count } more
picture-files = { $count ->
    [one] 1 file
   *[other] { $count } files
}
picture-left-out = Not in the picture:
state-short-searched = Searched
state-short-declared-present = Declared, not searched
state-short-not-searched = Not searched
state-short-declared-absent = Absent
state-short-undeclared = Not declared
legend-found = searched
legend-declared = declared present, cannot be searched
legend-unsearched = readable, but not searched
flow-both-ends = both ends known
flow-one-end = one end known
flow-described = described only
flows-caption = Data flows in the picture
port = port { $port }
encryption = encryption: { $text }
encryption-not-stated = encryption not stated
monitoring-lead = These features are set up in the configuration. They can serve to control behaviour or performance and belong into the agreement with the works council.
places-count = { $count ->
    [one] in one place
   *[other] in { $count } places
}

## Data kind
kinds-lead = On the left stands what was found at this site, on the right what the vendor documents describe. The legal basis is a proposal.
the-rule = Deletion rule
f-allowed = Allowed from
f-oldest = Oldest found
f-newest = Newest found
f-margin = Distance to the limit
f-records = Records
f-subjects = Data subjects
f-collected = Source of the data
f-purposes = Purposes
f-basis = Legal basis (proposal)
f-recipients = Recipients
f-protection = Protection class
at-least-overdue = of these at least { $count } past the limit
undated = { $count } without a day
rule-short = { $period } after { $event }
rule-basis = Rule from { $source }.
rule-legal = Basis: { $ref }, evidence { $mark }.
rule-reason = Reason: { $text }.
owner = owner: { $name }
rule-justification = Reason for the deviation: { $text }
side-found = Found here
side-declared = Described by the vendor
last-scan = Last read: { $at }
none-described = No statement about systems of this site
elsewhere = { $count ->
    [one] One further place belongs
   *[other] { $count } further places belong
} to systems about which nobody has made a statement here.
automatic = deletion by itself described
not-automatic = no deletion by itself described
elements-caption = Items in: { $name }
secret = credential
unverified = of these { $count } in an unverified position
described-not-seen = described, not checked
copy-twin = Further place
copy-export = Export
copy-backup = Backup
files-count = { $count ->
    [one] 1 file
   *[other] { $count } files
}
described-as = Described by the vendor as for “{ $name }”.
same-as = Copies, interfaces and purposes according to the vendor as for
and-more = and { $count } more
described-lead = For these data kinds the documents name places in systems of this site. No records were found, or no files were searched.
described-caption = Data kinds without a find
ages-lead = Records by month; each row has its own scale. The upright line is the limit on the day of the report. What stands left of it is hatched and should have been deleted.
ages-title = Records by month
ages-row = { $name }: oldest found { $oldest }, allowed from { $limit }
ages-limit = allowed from { $day }
ages-older = older
legend-within = within the limit
legend-past = past the limit
legend-unjudged = no measurable limit
legend-limit = limit on the day of the report

## Drift
drift-lead = Since the scan of { $day }: { $new_files } new and { $gone_files } gone files, { $new_elements } new and { $gone_elements } gone kinds of items.
drift-new-elements = New kinds of items
drift-gone-elements = Gone kinds of items
drift-new-files = New files
drift-gone-files = Gone files
drift-caption = Data kinds whose number of records changed

## Findings
findings-lead = { $errors ->
    [one] One error
   *[other] { $errors } errors
}, { $attentions ->
    [one] one point
   *[other] { $attentions } points
} to decide, { $infos ->
    [one] one remark
   *[other] { $infos } remarks
}.
severity-error = Error
severity-attention = Decide
severity-info = Remark
severity-head-error = Errors: the picture is not whole
severity-head-attention = To decide or to do
severity-head-info = Remarks
what-to-do = What to do:
finding-count = { $count ->
    [one] once
   *[other] { $count } times
}
finding-more = and { $count } further places, all in findings.csv

## Files
files-lead = { $files ->
    [one] One file
   *[other] { $files } files
}, { $bytes }, { $lines ->
    [one] one line
   *[other] { $lines } lines
}.
files-caption = Files by folder and source
files-grouped = The account of lines below names only files with unreadable lines. All files stand in files.csv.
account-lead = Every line of a text file is counted exactly once: record, continuation, noise, unreadable or pending.
account-caption = Lines by file
unread = not read to the end
unread-count = { $count } not read to the end
sum = Sum of all files

## Systems
holders-lead = All systems of the vendor documents with personal data and their state at this site.
holders-technical = { $count ->
    [one] One system
   *[other] { $count } systems
} without personal data according to the vendor are not listed.
state-searched = searched
state-declared-present = declared
state-not-searched = not searched
state-undeclared = not declared
state-declared-absent = absent
state-head-searched = Searched
state-head-declared-present = Declared present, cannot be searched
state-head-not-searched = Readable, but not searched
state-head-undeclared = Not declared
state-head-declared-absent = Declared absent

## Verdicts
status-overdue = Past the limit
status-no-rule = No rule
status-not-judged = Not measurable
status-within = Within the limit
status-no-person = No personal data
status-not-found = Not found
status-means-overdue = The oldest record that was found should have been deleted on the day of the report.
status-means-within = Every dated record lies within the limit. Records without a day are counted apart.
status-means-not-judged = A rule holds, but no record names the day on which its period starts, for example the end of an employment.
status-means-no-rule = There is no deletion rule for this data kind. That is a gap.
status-means-no-person = Technical data without a link to a person.
status-means-not-found = The documents describe the data kind for a system of this site; it was not found.

## Words
word-kind = Data kind
word-means-kind = Data that serve one common purpose, wherever they lie (ISO/IEC 27555: cluster of PII; DIN 66398: Datenart). It has exactly one deletion rule.
word-persons = Persons
word-means-persons = Persons as they were brought together by names, numbers and times. Two people of the same name are two, a change of name is one.
word-externals = Outside numbers
word-means-externals = Distinct telephone numbers outside the system. Behind them stand callers and called parties who cannot be resolved to persons.
word-values = Values, distinct
word-means-values = Values counts every occurrence. “Distinct” counts equal values of the whole site once; ≈ marks an estimate with an error of about 1 %.
word-fallback = Fallback
word-means-fallback = Holds where the proper start of a period is unknown, so that nothing stays for ever.
word-mark = Evidence
word-means-mark = V: official text read; S: secondary source read; M: general knowledge, text not yet read; P: proposal, no legal source for this number. Second letter: confidence high (H), medium (M), low (L).
word-described = Described
word-means-described = Stands in the vendor documents, with its section. Whether this site is set up so, only a find or a declaration tells.

## Limits
limit-copies = Backups, snapshots, paper and mailboxes outside the given paths are not covered.
limit-values = Free text may hold items that no pattern recognises.
limit-described = What happens inside the systems is taken from the documents and was not measured.
limit-switch = The buffers of the switch itself were not read; only files that were handed over.
sources-pack = Legal pack { $pack }, version { $version }, to be reviewed by { $day }. A starting point, no legal advice.

## Completeness notes
note-controller = The name of the controller is missing (GDPR Art. 30(1)(a)): add [controller] name in site.toml.
note-contact = The contact of the controller is missing (GDPR Art. 30(1)(a)): add [controller] contact in site.toml.
note-dpo = The data protection officer is not named (GDPR Art. 30(1)(a)): add [controller] dpo in site.toml.
note-policy-reference = A reference to the policy or works agreement on telephony is missing: add [site] policy_reference in site.toml.
note-no-pack = The legal pack named in site.toml is not in the catalogue; deletion rules are missing.
note-pack-review = The legal pack { $pack } was to be reviewed by { $day }.
note-no-rule = { $count ->
    [one] One data kind has no deletion rule.
   *[other] { $count } data kinds have no deletion rule.
}
note-files-unread = { $count ->
    [one] One file was
   *[other] { $count } files were
} not read to the end; the counts are lower bounds.
note-lines-rejected = { $count ->
    [one] One line was
   *[other] { $count } lines were
} unreadable; the content is missing from the counts.
note-not-searched = { $count ->
    [one] One readable system was
   *[other] { $count } readable systems were
} not searched for want of files.
note-declared-only = { $count ->
    [one] One system that is present cannot be exported and is only declared.
   *[other] { $count } systems that are present cannot be exported and are only declared.
}
note-undeclared = For { $count ->
    [one] one system
   *[other] { $count } systems
} of the vendor documents a statement is missing.
note-fallback = In { $count ->
    [one] one data kind
   *[other] { $count } data kinds
} the start of the period is unknown; the fallback of the rule decided. Add the events to events.csv.
note-undated = { $count ->
    [one] One record has
   *[other] { $count } records have
} no usable day.
note-proposed = { $count ->
    [one] One rule in use rests
   *[other] { $count } rules in use rest
} on a proposal or on a text not yet read (evidence P or M) and needs confirmation.
note-unverified = { $count ->
    [one] One value stands
   *[other] { $count } values stand
} in a position whose meaning is not proven.
note-absent = { $count ->
    [one] One system was
   *[other] { $count } systems were
} declared absent and not looked for.

## Sources
source-kind-amo-regen = AMO REGEN export
source-kind-amo-session = AMO session capture
source-kind-amo-logbk = AMO logbook
source-kind-xie = XIE export
source-kind-directory = Person directory
source-kind-cdr = Call records
source-kind-pm = Performance records (PM)
source-kind-pm-report = PM report
source-kind-call-journal = Call journal
source-kind-idtb = iDTB export
source-kind-assistant-log = Assistant log
source-kind-syslog = Syslog
source-kind-trace = Trace
source-kind-ds-win = DS-Win export
source-kind-sql = Database
source-kind-ac-win = AC-Win folder
source-kind-catool = CATool export
source-kind-backup = Backup
source-kind-controls = Security checklist
source-kind-gdpr4k = Own records of gdpr4k
source-kind-unknown = Not assigned

## Certificate of a run
cert-title = Certificate of deletion and pseudonymisation
cert-run = Run
cert-started = Started
cert-finished = Finished
cert-done = What was done
cert-outcome-done = Everything that was due on { $day } under the approved plan was carried out.
cert-outcome-partial = A part of what was due on { $day } was carried out; the files that were left as they were are listed below with the reason.
cert-outcome-refused = Nothing was carried out: the run was refused.
cert-outcome-nothing-due = Nothing was due on { $day }.
cert-verified = The files were read afresh afterwards ({ $at } UTC): { $count ->
    [0] no record that was due is left in them
    [one] one record that was due is still there
   *[other] { $count } records that were due are still there
}.
cert-not-verified = The files were not read afresh afterwards.
cert-deleted = deleted
cert-pseudonymised = pseudonymised
cert-cut = numbers cut
cert-generalised = generalised
cert-blanked = blanked
cert-kept = kept, not due yet
cert-suspended = kept, suspended
cert-quarantined = damaged lines in quarantine
cert-counting = Counted in records; each once, under the furthest treatment. Pseudonymised and cut records are still personal data.
cert-h-not-covered = Not covered
cert-not-covered-lead = "Deleted" means: gone from the files that gdpr4k manages, checked by reading them afresh. This certificate says nothing about these places:
cert-h-kinds = Kinds of data
cert-c-kind = Kind of data
cert-c-days = Days of the records
cert-h-rules = The rules that held
cert-pack = Legal pack: { $pack }.
cert-h-files = Files
cert-c-file = File
cert-c-before = Records before
cert-c-after = Records after
cert-c-digest = Digest before, after
cert-left = Left as it was: { $why }
cert-file-deleted = file deleted
cert-h-approval = Approval and evidence
cert-standing = (standing approval of the policy)
cert-of-plan = (plan { $plan })
cert-no-approval = None.
cert-plan = Plan
cert-policy = Digest of the rules
cert-catalogue = Digest of the catalogue
cert-suspensions = Suspensions that held
cert-ledger = Ledger
cert-ledger-place = Entry { $entry } of { $entries }.
cert-intact = The whole ledger was checked and is intact.
cert-broken = The ledger is NOT intact.
cert-key = Key of the site
cert-h-check = How to check this certificate
cert-check-lead = The data of this page stand in certificate.json, signed with the key of the site. Ordinary OpenSSH checks the signature without gdpr4k and without a network; b3sum checks the digest of a file:
cert-check-note = The signature proves that the holder of the key of the site wrote it. Whether it is that key, the fingerprint above tells: compare it with one that was noted elsewhere.
cert-footer = Made with gdpr4k { $version } on { $at }. This document holds counts, days, paths and designations, no names or telephone numbers of those concerned.
