### Texte der Dokumente, deutsch.

## Rahmen
title-map = Datenlandkarte der Telefonanlage
title-findings = Befunde der Telefonanlage
skip = Zum Inhalt
contents = Inhalt
as-of = Stichtag
controller = Verantwortlicher
dpo = Datenschutzbeauftragte Person
pack = Regelwerk
review-by = zu prüfen bis { $day }
missing = Angabe fehlt
none = Keine
footer-made = Erstellt mit gdpr4k { $version } am { $at }. Dateien gelesen am { $scanned }. Dieses Dokument enthält Zählungen, Tage und Bezeichnungen, keine Namen oder Rufnummern.
no-advice = Die Löschregeln sind ein Ausgangspunkt und keine Rechtsberatung. Verantwortlicher, Datenschutzbeauftragte Person und, wo vorhanden, Betriebsrat müssen sie bestätigen.
catalogue-digest = Prüfsumme des Katalogs (SHA-256):

## Überschriften
h-verdict = Auf einen Blick
h-not-searched = Nicht durchsucht
h-overview = Datenarten und Löschregeln
h-notes = Was zur Vollständigkeit fehlt
h-secrets = Zugangsdaten im Klartext
h-picture = Systeme und Datenflüsse
h-monitoring = Leistungsmerkmale zur Überwachung
h-kinds = Jede Datenart im Einzelnen
h-described = Vom Hersteller beschrieben, hier nicht gefunden
h-ages = Alter der Daten
h-drift = Änderungen seit dem letzten Lauf
h-findings = Befunde und was zu tun ist
h-files = Dateien
h-account = Zeilenkonto
h-holders = Alle Systeme
h-reading = Lesehilfe, Quellen und Grenzen
h-limits = Grenzen dieses Dokuments
h-sources = Quellen
h-vendor-retention = Aufbewahrung laut Hersteller
h-vendor-uses = Zwecke laut Hersteller
h-copies = Kopien, Exporte und Sicherungen
h-interfaces = Schnittstellen
flows-drawn = { $count ->
    [one] Datenfluss { $numbers } der Tabelle unter „Systeme und Datenflüsse“
   *[other] Datenflüsse { $numbers } der Tabelle unter „Systeme und Datenflüsse“
}

## Urteil
verdict-who = Die durchsuchten Dateien enthalten Daten über { $persons ->
    [one] eine Person
   *[other] { $persons } Personen
} dieses Standorts und über { $externals ->
    [one] eine externe Rufnummer
   *[other] { $externals } externe Rufnummern
}, verteilt auf { $kinds ->
    [one] eine Datenart
   *[other] { $kinds } Datenarten
}.
verdict-overdue = { $count ->
    [one] Eine Datenart ist über ihrer Frist, um { $days ->
        [one] einen Tag
       *[other] { $days } Tage
    }.
   *[other] { $count } Datenarten sind über ihrer Frist, die älteste um { $days ->
        [one] einen Tag
       *[other] { $days } Tage
    }.
}
verdict-none-overdue = Keine Datenart, die sich am Datum messen lässt, ist über ihrer Frist.
verdict-no-rule = { $count ->
    [one] Eine Datenart hat keine Löschregel.
   *[other] { $count } Datenarten haben keine Löschregel.
}
verdict-secrets = { $count ->
    [0] Zugangsdaten im Klartext wurden nicht gefunden.
    [one] Eine Art von Zugangsdaten liegt im Klartext.
   *[other] { $count } Arten von Zugangsdaten liegen im Klartext.
}
verdict-not-searched = Nicht durchsucht sind { $expected ->
    [one] ein lesbares System ohne Dateien
   *[other] { $expected } lesbare Systeme ohne Dateien
} und { $declared ->
    [one] ein vorhandenes System ohne Exportmöglichkeit
   *[other] { $declared } vorhandene Systeme ohne Exportmöglichkeit
}; zu { $undeclared ->
    [one] einem weiteren System
   *[other] { $undeclared } weiteren Systemen
} hat sich niemand erklärt.
figure-persons = Personen des Standorts
figure-externals = externe Rufnummern
figure-kinds = Datenarten mit Personenbezug
figure-overdue = Datenarten über der Frist
figure-overdue-records = Datensätze sicher über der Frist
figure-secrets = Arten von Zugangsdaten im Klartext, { $values ->
    [one] ein Wert
   *[other] { $values } Werte
}
figure-records = Datensätze in { $files ->
    [one] einer Datei
   *[other] { $files } Dateien
}
figure-findings = Befunde zu bearbeiten, davon { $errors ->
    [one] ein Fehler
   *[other] { $errors } Fehler
}

## Nicht durchsucht
not-searched-lead = „Nichts gefunden“ gilt nur für durchsuchte Dateien. Die folgenden Systeme können personenbezogene Daten enthalten, über die dieses Dokument nichts aussagt.
not-searched-expected = Lesbar, aber keine Dateien erhalten ({ $count })
not-searched-expected-note = Export beschaffen und als Quelle in site.toml eintragen, oder das System als nicht vorhanden erklären.
not-searched-declared = Vorhanden, aber nicht exportierbar ({ $count })
not-searched-declared-note = Als vorhanden erklärt. Inhalt vor Ort oder beim Hersteller klären.
not-searched-undeclared = Niemand hat sich erklärt ({ $count })
not-searched-undeclared-note = Die Herstellerunterlagen beschreiben diese Systeme. In site.toml angeben, welche es hier gibt.
see-holders = Liste aller Systeme
see-files = Zeilenkonto ansehen
not-read = { $files ->
    [one] Eine Datei konnte
   *[other] { $files } Dateien konnten
} nicht bis zum Ende gelesen werden; { $lines ->
    [one] eine Zeile war
   *[other] { $lines } Zeilen waren
} nicht lesbar.

## Übersicht
overview-lead = Jede Datenart hat genau eine Löschregel. „Zulässig ab“ nennt den ersten Tag, von dem am { $day } noch Datensätze da sein dürfen; „Ältester Fund“ steht daneben.
overview-caption = { $count ->
    [one] Eine gefundene Datenart
   *[other] { $count } gefundene Datenarten
}, dringende zuerst
c-kind = Datenart
c-status = Urteil
c-rule = Löschregel
c-allowed = Zulässig ab
c-oldest = Ältester Fund
c-span = Ältester, neuester Tag
c-records = Datensätze
c-element = Angabe
c-found-in = Gefunden in
c-values = Werte
c-files = Dateien
c-number = Nr.
c-from-to = Von und nach
c-data = Inhalt
c-protocol = Weg und Verschlüsselung
c-known = Kenntnis
c-store = Ort laut Hersteller
c-category = Kategorie
c-subject = Betroffene
c-distinct = Verschiedene am Standort
c-before = Vorher
c-now = Jetzt
c-place = Ordner oder Datei
c-source = Quelle, Format
c-size = Größe
c-rejected = Nicht lesbar
c-file = Datei
c-lines = Zeilen
c-continuation = Folgezeilen
c-noise = Rahmenzeilen
c-pending = Unfertig
c-system = System
c-role = Aufgabe
c-holds = Enthält laut Hersteller
c-document = Unterlage
overdue-by = { $days ->
    [one] einen Tag darüber
   *[other] { $days } Tage darüber
}
days-left = { $days ->
    [0] heute fällig
    [one] noch ein Tag
   *[other] noch { $days } Tage
}
by-fallback = nach Ersatzregel beurteilt
by-fallback-long = Fristbeginn „nach { $event }“ ist hier nicht bekannt; beurteilt nach der Ersatzregel.
no-rule = Keine Löschregel
no-rule-needed = Kein Personenbezug, keine Löschregel nötig
secrets-lead = PIN, Kennwörter und andere Zugangsdaten werden nur gezählt, nicht verglichen und nicht gespeichert. Wer die genannten Dateien öffnet, kann sie lesen.
secrets-caption = Zugangsdaten, die in gelesenen Dateien im Klartext stehen

## Bild
picture-lead = Kästen sind Systeme dieses Standorts, Linien die in den Herstellerunterlagen beschriebenen Datenflüsse. Die Nummern verweisen auf die Tabelle darunter.
picture-alt = Systeme und Datenflüsse dieses Standorts; alle Linien stehen mit Nummer in der Tabelle unter dem Bild
picture-column-0 = Quellen und Einzelsysteme
picture-column-1 = Kern
picture-column-2 = Erhält vom Kern
picture-column-3 = Erhält davon
picture-more = und { $count } weitere
picture-files = { $count ->
    [one] 1 Datei
   *[other] { $count } Dateien
}
picture-left-out = Nicht im Bild:
state-short-searched = Durchsucht
state-short-declared-present = Erklärt, nicht durchsucht
state-short-not-searched = Nicht durchsucht
state-short-declared-absent = Nicht vorhanden
state-short-undeclared = Nicht erklärt
legend-found = durchsucht
legend-declared = als vorhanden erklärt, nicht durchsuchbar
legend-unsearched = lesbar, aber nicht durchsucht
flow-both-ends = beide Enden bekannt
flow-one-end = ein Ende bekannt
flow-described = nur beschrieben
flows-caption = Datenflüsse im Bild
port = Port { $port }
encryption = Verschlüsselung: { $text }
encryption-not-stated = Verschlüsselung nicht angegeben
monitoring-lead = Diese Merkmale sind in der Konfiguration eingerichtet. Sie können zur Kontrolle von Verhalten oder Leistung dienen und gehören in die Vereinbarung mit dem Betriebsrat.
places-count = { $count ->
    [one] an einer Stelle
   *[other] an { $count } Stellen
}

## Datenart
kinds-lead = Links steht, was an diesem Standort gefunden wurde, rechts, was die Herstellerunterlagen beschreiben. Die Rechtsgrundlage ist ein Vorschlag.
the-rule = Löschregel
f-allowed = Zulässig ab
f-oldest = Ältester Fund
f-newest = Neuester Fund
f-margin = Abstand zur Frist
f-records = Datensätze
f-subjects = Betroffene Personen
f-collected = Herkunft der Daten
f-purposes = Zwecke
f-basis = Rechtsgrundlage (Vorschlag)
f-recipients = Empfänger
f-protection = Schutzklasse
at-least-overdue = davon mindestens { $count } über der Frist
undated = { $count } ohne Datum
rule-short = { $period } nach { $event }
rule-basis = Regel aus { $source }.
rule-legal = Grundlage: { $ref }, Beleg { $mark }.
rule-reason = Grund: { $text }.
owner = verantwortlich: { $name }
rule-justification = Begründung der Abweichung: { $text }
side-found = Hier gefunden
side-declared = Vom Hersteller beschrieben
last-scan = Zuletzt gelesen: { $at }
none-described = Keine Angabe für Systeme dieses Standorts
elsewhere = { $count ->
    [one] Ein weiterer Ort gehört
   *[other] { $count } weitere Orte gehören
} zu Systemen, zu denen sich hier niemand erklärt hat.
automatic = selbsttätige Löschung beschrieben
not-automatic = keine selbsttätige Löschung beschrieben
elements-caption = Angaben in: { $name }
secret = Zugangsdatum
unverified = davon { $count } mit ungesicherter Stellung
described-not-seen = beschrieben, nicht geprüft
copy-twin = Weiterer Ort
copy-export = Export
copy-backup = Sicherung
files-count = { $count ->
    [one] 1 Datei
   *[other] { $count } Dateien
}
described-as = Vom Hersteller beschrieben wie bei „{ $name }“.
same-as = Kopien, Schnittstellen und Zwecke laut Hersteller wie bei
and-more = und { $count } weitere
described-lead = Für diese Datenarten nennen die Unterlagen Orte in Systemen dieses Standorts. Es wurden keine Datensätze gefunden oder keine Dateien durchsucht.
described-caption = Datenarten ohne Fund
ages-lead = Datensätze je Monat; jede Zeile hat ihren eigenen Maßstab. Der senkrechte Strich ist die Frist am Stichtag. Was links davon steht, ist schraffiert und hätte gelöscht sein müssen.
ages-title = Datensätze je Monat
ages-row = { $name }: ältester Fund { $oldest }, zulässig ab { $limit }
ages-limit = zulässig ab { $day }
ages-older = älter
legend-within = innerhalb der Frist
legend-past = über der Frist
legend-unjudged = ohne messbare Frist
legend-limit = Frist am Stichtag

## Änderungen
drift-lead = Seit dem Lauf vom { $day }: { $new_files } neue und { $gone_files } entfallene Dateien, { $new_elements } neue und { $gone_elements } entfallene Arten von Angaben.
drift-new-elements = Neue Arten von Angaben
drift-gone-elements = Entfallene Arten von Angaben
drift-new-files = Neue Dateien
drift-gone-files = Entfallene Dateien
drift-caption = Datenarten mit geänderter Zahl von Datensätzen

## Befunde
findings-lead = { $errors ->
    [one] Ein Fehler
   *[other] { $errors } Fehler
}, { $attentions ->
    [one] ein Punkt
   *[other] { $attentions } Punkte
} zur Entscheidung, { $infos ->
    [one] ein Hinweis
   *[other] { $infos } Hinweise
}.
severity-error = Fehler
severity-attention = Entscheiden
severity-info = Hinweis
severity-head-error = Fehler: Das Bild ist nicht vollständig
severity-head-attention = Zu entscheiden oder zu erledigen
severity-head-info = Hinweise
what-to-do = Was zu tun ist:
finding-count = { $count ->
    [one] einmal
   *[other] { $count }-mal
}
finding-more = und { $count } weitere Stellen, alle in findings.csv

## Dateien
files-lead = { $files ->
    [one] Eine Datei
   *[other] { $files } Dateien
}, { $bytes }, { $lines ->
    [one] eine Zeile
   *[other] { $lines } Zeilen
}.
files-caption = Dateien nach Ordner und Quelle
files-grouped = Das Zeilenkonto unten nennt nur Dateien mit nicht lesbaren Zeilen. Alle Dateien stehen in files.csv.
account-lead = Jede Zeile einer Textdatei ist genau einmal gezählt: Datensatz, Folgezeile, Rahmenzeile, nicht lesbar oder unfertig.
account-caption = Zeilen je Datei
unread = nicht zu Ende gelesen
unread-count = { $count } nicht zu Ende gelesen
sum = Summe aller Dateien

## Systeme
holders-lead = Alle Systeme der Herstellerunterlagen mit personenbezogenen Daten und ihr Stand an diesem Standort.
holders-technical = { $count ->
    [one] Ein System
   *[other] { $count } Systeme
} ohne personenbezogene Daten laut Hersteller sind nicht aufgeführt.
state-searched = durchsucht
state-declared-present = erklärt
state-not-searched = nicht durchsucht
state-undeclared = nicht erklärt
state-declared-absent = nicht vorhanden
state-head-searched = Durchsucht
state-head-declared-present = Als vorhanden erklärt, nicht durchsuchbar
state-head-not-searched = Lesbar, aber nicht durchsucht
state-head-undeclared = Nicht erklärt
state-head-declared-absent = Als nicht vorhanden erklärt

## Urteile
status-overdue = Über der Frist
status-no-rule = Ohne Regel
status-not-judged = Nicht messbar
status-within = In der Frist
status-no-person = Kein Personenbezug
status-not-found = Nicht gefunden
status-means-overdue = Der älteste gefundene Datensatz hätte am Stichtag gelöscht sein müssen.
status-means-within = Jeder datierte Datensatz liegt in der Frist. Datensätze ohne Datum sind gesondert gezählt.
status-means-not-judged = Eine Regel gilt, aber kein Datensatz nennt den Tag, an dem ihre Frist beginnt, etwa das Ende eines Beschäftigungsverhältnisses.
status-means-no-rule = Für diese Datenart gibt es keine Löschregel. Das ist eine Lücke.
status-means-no-person = Technische Daten ohne Bezug zu einer Person.
status-means-not-found = Die Unterlagen beschreiben die Datenart für ein System dieses Standorts; gefunden wurde sie nicht.

## Wörter
word-kind = Datenart
word-means-kind = Daten, die einem gemeinsamen Zweck dienen, wo immer sie liegen (DIN 66398; in ISO/IEC 27555 „cluster of PII“). Sie hat genau eine Löschregel.
word-persons = Personen
word-means-persons = Personen, wie sie über Namen, Rufnummern und Zeiträume zusammengeführt wurden. Namensgleiche sind zwei Personen, eine Namensänderung ist eine.
word-externals = Externe Rufnummern
word-means-externals = Verschiedene Rufnummern außerhalb der Anlage. Dahinter stehen Anrufende und Angerufene, die sich nicht zu Personen zusammenführen lassen.
word-values = Werte, verschiedene
word-means-values = Werte zählt jedes Vorkommen. „Verschiedene“ zählt gleiche Werte des ganzen Standorts einmal; ≈ bezeichnet eine Schätzung mit etwa 1 % Abweichung.
word-fallback = Ersatzregel
word-means-fallback = Gilt, wenn der eigentliche Fristbeginn unbekannt ist, damit nichts für immer bleibt.
word-mark = Beleg
word-means-mark = V: amtlicher Text gelesen; S: Sekundärquelle gelesen; M: aus allgemeiner Kenntnis, Text noch nicht gelesen; P: Vorschlag ohne Rechtsquelle für diese Zahl. Zweiter Buchstabe: Sicherheit hoch (H), mittel (M), gering (L).
word-described = Beschrieben
word-means-described = Steht in den Herstellerunterlagen mit Abschnitt. Ob es an diesem Standort so eingerichtet ist, sagt nur ein Fund oder eine Erklärung.

## Grenzen
limit-copies = Sicherungen, Schnappschüsse, Papier und Postfächer außerhalb der angegebenen Pfade sind nicht erfasst.
limit-values = Freitext kann Angaben enthalten, die kein Muster erkennt.
limit-described = Abläufe im Inneren der Systeme sind den Unterlagen entnommen und nicht gemessen.
limit-switch = Die Puffer der Anlage selbst wurden nicht ausgelesen; gelesen wurden nur übergebene Dateien.
sources-pack = Regelwerk { $pack }, Fassung { $version }, zu prüfen bis { $day }. Ausgangspunkt, keine Rechtsberatung.

## Hinweise zur Vollständigkeit
note-controller = Der Name des Verantwortlichen fehlt (Art. 30 Abs. 1 lit. a DSGVO): [controller] name in site.toml ergänzen.
note-contact = Die Kontaktdaten des Verantwortlichen fehlen (Art. 30 Abs. 1 lit. a DSGVO): [controller] contact in site.toml ergänzen.
note-dpo = Die datenschutzbeauftragte Person ist nicht benannt (Art. 30 Abs. 1 lit. a DSGVO): [controller] dpo in site.toml ergänzen.
note-policy-reference = Ein Verweis auf die Richtlinie oder Betriebsvereinbarung zur Telefonie fehlt: [site] policy_reference in site.toml ergänzen.
note-no-pack = Das in site.toml genannte Regelwerk ist nicht im Katalog; Löschregeln fehlen.
note-pack-review = Das Regelwerk { $pack } war bis { $day } zu prüfen.
note-no-rule = { $count ->
    [one] Eine Datenart hat keine Löschregel.
   *[other] { $count } Datenarten haben keine Löschregel.
}
note-files-unread = { $count ->
    [one] Eine Datei wurde
   *[other] { $count } Dateien wurden
} nicht zu Ende gelesen; ihre Zahlen sind Mindestwerte.
note-lines-rejected = { $count ->
    [one] Eine Zeile war
   *[other] { $count } Zeilen waren
} nicht lesbar; ihr Inhalt fehlt in den Zählungen.
note-not-searched = { $count ->
    [one] Ein lesbares System wurde
   *[other] { $count } lesbare Systeme wurden
} mangels Dateien nicht durchsucht.
note-declared-only = { $count ->
    [one] Ein vorhandenes System lässt
   *[other] { $count } vorhandene Systeme lassen
} sich nicht exportieren; die Angaben dazu sind nur erklärt.
note-undeclared = Zu { $count ->
    [one] einem System
   *[other] { $count } Systemen
} der Herstellerunterlagen fehlt eine Erklärung.
note-fallback = Bei { $count ->
    [one] einer Datenart
   *[other] { $count } Datenarten
} ist der Fristbeginn unbekannt; geurteilt wurde nach der Ersatzregel. Ereignisse in events.csv nachtragen.
note-undated = { $count ->
    [one] Ein Datensatz hat
   *[other] { $count } Datensätze haben
} kein brauchbares Datum.
note-proposed = { $count ->
    [one] Eine angewandte Löschregel beruht
   *[other] { $count } angewandte Löschregeln beruhen
} auf einem Vorschlag oder einem noch nicht gelesenen Text (Beleg P oder M); vor Gebrauch zu bestätigen.
note-unverified = { $count ->
    [one] Ein Wert steht
   *[other] { $count } Werte stehen
} an einer Stelle, deren Bedeutung nicht gesichert ist.
note-absent = { $count ->
    [one] Ein System wurde
   *[other] { $count } Systeme wurden
} als nicht vorhanden erklärt und nicht gesucht.

## Quellen
source-kind-amo-regen = AMO-REGEN-Auszug
source-kind-amo-session = AMO-Sitzungsmitschnitt
source-kind-amo-logbk = AMO-Logbuch
source-kind-xie = XIE-Export
source-kind-directory = Personenverzeichnis
source-kind-cdr = Verbindungsdaten
source-kind-pm = Leistungsdaten (PM)
source-kind-pm-report = PM-Bericht
source-kind-call-journal = Anrufjournal
source-kind-idtb = iDTB-Export
source-kind-assistant-log = Assistant-Protokoll
source-kind-syslog = Syslog
source-kind-trace = Trace
source-kind-ds-win = DS-Win-Export
source-kind-sql = Datenbank
source-kind-ac-win = AC-Win-Ordner
source-kind-catool = CATool-Export
source-kind-backup = Sicherung
source-kind-controls = Sicherheitscheckliste
source-kind-gdpr4k = Eigene Datenhaltung von gdpr4k
source-kind-unknown = Nicht zugeordnet

## Bescheinigung eines Laufs
cert-title = Bescheinigung über Löschung und Pseudonymisierung
cert-run = Lauf
cert-started = Begonnen
cert-finished = Beendet
cert-done = Was getan wurde
cert-outcome-done = Alles, was am { $day } nach dem freigegebenen Plan fällig war, wurde ausgeführt.
cert-outcome-partial = Ein Teil dessen, was am { $day } fällig war, wurde ausgeführt; die unverändert gelassenen Dateien stehen unten mit dem Grund.
cert-outcome-refused = Nichts wurde ausgeführt: Der Lauf wurde abgelehnt.
cert-outcome-nothing-due = Am { $day } war nichts fällig.
cert-verified = Die Dateien wurden danach neu gelesen ({ $at } UTC): { $count ->
    [0] Kein fälliger Datensatz ist darin übrig
    [one] Ein fälliger Datensatz ist noch da
   *[other] { $count } fällige Datensätze sind noch da
}.
cert-not-verified = Die Dateien wurden danach nicht neu gelesen.
cert-deleted = gelöscht
cert-pseudonymised = pseudonymisiert
cert-cut = Nummern gekürzt
cert-generalised = vergröbert
cert-blanked = geleert
cert-kept = behalten, noch nicht fällig
cert-suspended = behalten, gesperrt
cert-quarantined = beschädigte Zeilen in Quarantäne
cert-counting = Gezählt in Datensätzen, jeder einmal unter der weitest gehenden Behandlung. Pseudonymisierte und gekürzte Datensätze sind weiterhin personenbezogen.
cert-h-not-covered = Nicht erfasst
cert-not-covered-lead = „Gelöscht“ heißt: aus den Dateien entfernt, die gdpr4k verwaltet, geprüft durch neues Lesen. Über diese Orte sagt die Bescheinigung nichts:
cert-h-kinds = Datenarten
cert-c-kind = Datenart
cert-c-days = Tage der Datensätze
cert-h-rules = Die Regeln, die galten
cert-pack = Rechtspaket: { $pack }.
cert-h-files = Dateien
cert-c-file = Datei
cert-c-before = Datensätze vorher
cert-c-after = Datensätze nachher
cert-c-digest = Prüfsumme vorher, nachher
cert-left = Unverändert gelassen: { $why }
cert-file-deleted = Datei gelöscht
cert-h-approval = Freigabe und Nachweis
cert-standing = (Dauerfreigabe der Regeln)
cert-of-plan = (Plan { $plan })
cert-no-approval = Keine.
cert-plan = Plan
cert-policy = Prüfsumme der Regeln
cert-catalogue = Prüfsumme des Katalogs
cert-suspensions = Geltende Löschsperren
cert-ledger = Protokoll
cert-ledger-place = Eintrag { $entry } von { $entries }.
cert-intact = Das ganze Protokoll wurde geprüft und ist unversehrt.
cert-broken = Das Protokoll ist NICHT unversehrt.
cert-key = Schlüssel des Standorts
cert-h-check = So lässt sich diese Bescheinigung prüfen
cert-check-lead = Die Angaben dieser Seite stehen in certificate.json, unterschrieben mit dem Schlüssel des Standorts. Das gewöhnliche OpenSSH prüft die Unterschrift ohne gdpr4k und ohne Netz; b3sum prüft die Prüfsumme einer Datei:
cert-check-note = Die Unterschrift belegt, dass der Inhaber des Schlüssels sie geleistet hat. Ob es der Schlüssel des Standorts ist, sagt der Fingerabdruck oben: mit einem anderswo notierten vergleichen.
cert-footer = Erstellt mit gdpr4k { $version } am { $at }. Dieses Dokument enthält Zählungen, Tage, Pfade und Bezeichnungen, keine Namen oder Rufnummern der Betroffenen.
