#!/usr/bin/env python3
"""Writes the labelled corpus from the templates. The committed corpus is the reference.

python3 tests/corpus/make_corpus.py

Everything is invented: people, drama numbers of the regulator, .example domains, documentation addresses.
"""
import random
import re
from pathlib import Path

HERE = Path(__file__).parent
PER_TEMPLATE = 16

HALVES = {
    "tuning": dict(
        seed=4000,
        area="30", main="23125", length=4, second=None,
        surnames="Beispiel Mustermann Müller Schröder Weißenfels Özdemir Nowak Kowalczyk Petersen Lindqvist Haas-Brenner "
        "Großkopf Fährmann Kübler Straßner O'Leary Fernandes Bäumler Tschirner Wiesengrund Achterberg Dörfler Hüttl Janßen "
        "Krüger MacAllister Nußbaumer Pfeiffer Quandt Rademacher Sörensen Thiemann Uhlenbrock Voßkuhle Zieliński Ackermann "
        "Brückner Colditz Dünnwald Eberhardt Försterling Gruber Hölscher Igelmund",
        ordinary="Koch Berg Lang Jung Klein Stark Winter Stein",
        given="Anna Jörg Sabine Thomas Käthe Uwe Elif Piotr Ingrid Lars Søren Björn Renate Günther Claudia Matthias "
        "Hans-Peter Monika Deniz Siobhan",
        streets="Musterstraße|Lindenallee|Am Bahnhof|Goetheweg|Schillerplatz|Hauptstr.",
        cities="10115 Berlin|20095 Hamburg|Musterstadt",
        rooms="3.214|2.17|B112|412|E.05",
        domain="werk-nord.example",
    ),
    "held-out": dict(
        seed=25037,
        area="69", main="90009", length=5, second=("40", "66969", 3),
        surnames="Testperson Schäffler Jürgens Weißbach Çelik Wiśniewska Andersson Vandenberghe Meyer-Lühr Strauß Grünwald "
        "Böttcher Häßler Köhler-Maaß O'Connell Oliveira Rübsam Trötschel Ackerknecht Blumenthal Dahlhoff Ellerbrock "
        "Füßmann Gerlach Hübschle Ihlenfeld Jagodzinski Kästner Löffelholz Möhrle Niggemann Öhlschläger Pröpper Quirnbach "
        "Rösner Schlüter Tönnies Unterweger Völkel Wüstefeld Zöllner McIntyre Abercrombie Fitzwilliam",
        ordinary="Vogel Kurz Busch König Wolf Sommer Page Young",
        given="Petra Jürgen Friederike Ali Małgorzata Nils Zoë Karl-Heinz Ulrike Dieter Heike Ömer Agnieszka Rüdiger "
        "Veronika Bernd Niamh Gwendolyn Torsten Annegret",
        streets="Beispielgasse|Rosenweg|Kaiserdamm|An der Mühle|Bismarckstr.|Marktplatz|Ludwig-Erhard-Ring",
        cities="60311 Frankfurt am Main|50667 Köln|80331 München",
        rooms="1.02|4.331|A207|118|H2.09",
        domain="sued.example",
    ),
}


def translit(text):
    for a, b in zip("äöüÄÖÜßøØé", ["ae", "oe", "ue", "Ae", "Oe", "Ue", "ss", "o", "O", "e"]):
        text = text.replace(a, b)
    return text


def ascii_account(text):
    text = translit(text).lower()
    for a, b in zip("çńśłëöüı", "cnsleoui"):
        text = text.replace(a, b)
    return re.sub(r"[^a-z]", "", text)


def iban(rng):
    bban = "".join(str(rng.randrange(10)) for _ in range(18))
    check = 98 - int(bban + "131400") % 97
    full = f"DE{check:02d}{bban}"
    return full if rng.random() < 0.4 else " ".join(full[i:i + 4] for i in range(0, 22, 4))


class Half:
    def __init__(self, name, spec):
        self.name, self.spec = name, spec
        self.rng = rng = random.Random(spec["seed"])
        given = spec["given"].split()
        pairs = [(s, g) for s in spec["surnames"].split() for g in rng.sample(given, 4)]
        ordinary = [(s, g) for s in spec["ordinary"].split() for g in rng.sample(given, 3)]
        rng.shuffle(pairs)
        self.plain, self.ordinary = pairs, ordinary
        low, high = 10 ** (spec["length"] - 1), 10 ** spec["length"]
        count = len(pairs) + len(ordinary)
        self.numbers = [str(n) for n in rng.sample(range(2 * low, high), count)]
        self.accounts, seen = [], set()
        for surname, first in pairs + ordinary:
            base = rng.choice([ascii_account(first)[:1] + ascii_account(surname), ascii_account(first) + "." + ascii_account(surname)])
            account, n = base, 1
            while account in seen:
                n += 1
                account = f"{base}{n}"
            seen.add(account)
            self.accounts.append(account)

    # --- people ---------------------------------------------------------------------------------
    def person(self, ordinary=0.1):
        return self.rng.choice(self.ordinary if self.rng.random() < ordinary else self.plain)

    def spell(self, text):
        return translit(text) if self.rng.random() < 0.25 else text

    def v_full(self):
        s, g = self.person()
        return self.spell(f"{g} {s}")

    def v_comma(self):
        s, g = self.person()
        return self.spell(f"{s}, {g}")

    def v_star(self):
        s, g = self.person()
        return self.spell(f"{s}*{g}")

    def v_upstar(self):
        s, g = self.person()
        return translit(f"{s}*{g}").upper()

    def v_init(self):
        s, g = self.person(0.05)
        return self.spell(f"{g[0]}. {s}")

    def v_initback(self):
        s, g = self.person(0.0)
        return self.spell(f"{s}, {g[0]}.")

    def v_upper(self):
        s, g = self.person()
        return self.rng.choice([f"{g} {s}".replace("ß", "ss").upper(), translit(f"{s}, {g}").upper()])

    def v_sur(self):
        return self.spell(self.person(0.0)[0])

    def v_ordsur(self):
        return self.rng.choice(self.ordinary)[0]

    def v_fileus(self):
        s, g = self.person()
        return translit(f"{s}_{g}")

    def v_filesu(self):
        s, g = self.person()
        return translit(f"{g}-{s}" if self.rng.random() < 0.5 else f"{g}_{s}")

    def v_acc(self):
        return self.rng.choice(self.accounts)

    def v_email(self):
        s, g = self.person()
        return f"{ascii_account(g)}.{ascii_account(s)}@{self.spec['domain']}"

    # --- numbers --------------------------------------------------------------------------------
    def v_ext(self):
        return self.rng.choice(self.numbers)

    v_ext2 = v_ext3 = v_ext

    def outside(self):
        area, block, more = self.rng.choice([("30", "23125", 3), ("40", "66969", 3), ("69", "90009", 3), ("89", "99998", 3), ("221", "4710", 3)])
        return area, block + self.digits(more)

    def v_num(self):
        r = self.rng
        if r.random() < 0.3:
            area, sub, tail = self.spec["area"], self.spec["main"], "-" + self.v_ext()
        else:
            (area, sub), tail = self.outside(), ""
        half = f"{sub[:3]} {sub[3:]}"
        pick = r.randrange(9)
        return [
            f"+49 {area} {sub}{tail}", f"+49{area}{sub}{tail.strip('-')}", f"0049 {area} {sub}{tail}",
            f"0{area}/{sub}{tail}", f"0{area} {sub}{tail}", f"0{area}-{sub}{tail}", f"(0{area}) {half}{tail}",
            f"+49 (0){area} {half}{tail}", f"0{area} / {sub}{tail}",
        ][pick]

    v_num2 = v_num

    def v_numplus(self):
        area, sub = self.outside()
        return f"+49{area}{sub}"

    def v_num0(self):
        area, sub = self.outside()
        return self.rng.choice([f"0{area}{sub}", f"0{area}{sub}", f"0049{area}{sub}"])

    def v_numtel(self):
        area, sub = self.outside()
        return f"+49-{area}-{sub}"

    def v_mob(self):
        d = self.digits(6)
        return self.rng.choice([f"+49 15550 {d}", f"015550/{d}", f"015550 {d}", f"+4915550{d}", f"0049 15550 {d}"])

    def digits(self, n):
        return "".join(str(self.rng.randrange(10)) for _ in range(n))

    def hexes(self, n):
        return "".join(self.rng.choice("0123456789abcdef") for _ in range(n))

    # --- technical ------------------------------------------------------------------------------
    def v_ip(self):
        net = self.rng.choice(["192.0.2", "198.51.100", "203.0.113", "10.20.30", "10.1.17"])
        return f"{net}.{self.rng.randrange(1, 255)}"

    def v_ip6(self):
        return self.rng.choice([f"2001:db8::{self.hexes(2)}", f"2001:db8:17:4::{self.hexes(3)}", f"2001:db8:1:2:3:4:5:{self.hexes(2)}"])

    def v_mac(self):
        return ":".join(["00", "1a", "e8"] + [self.hexes(2) for _ in range(3)])

    def v_macd(self):
        return "-".join(["00", "1A", "E8"] + [self.hexes(2).upper() for _ in range(3)])

    def v_iban(self):
        return iban(self.rng)

    def v_pw(self):
        return self.rng.choice(["Geheim", "Sesam", "Fr3und", "Tr0mpete"]) + self.rng.choice("!#%+") + self.digits(2)

    def v_pin(self):
        return self.digits(self.rng.choice([4, 5, 6]))

    def v_hex8(self):
        return self.hexes(8)

    def v_hex32(self):
        return self.hexes(32)

    def v_dig8(self):
        return str(self.rng.randrange(1, 9)) + self.digits(7)

    def v_persid(self):
        return self.digits(self.rng.choice([6, 8]))

    def v_agent(self):
        return str(self.rng.randrange(100, 9999))

    def v_ipei(self):
        return f"{self.digits(5)} {self.digits(7)} {self.digits(1)}"

    def v_ipui(self):
        return f"00{self.hexes(8).upper()}"

    def v_room(self):
        return self.rng.choice(self.spec["rooms"].split("|"))

    v_room2 = v_room

    def v_addr(self):
        street = self.rng.choice(self.spec["streets"].split("|"))
        text = f"{street} {self.rng.randrange(1, 180)}{self.rng.choice(['', '', 'a', 'b'])}"
        city = self.rng.choice(self.spec["cities"].split("|") + [""])
        return f"{text}, {city}" if city[:1].isdigit() else text

    def v_serial(self):
        return "SN " + self.rng.choice(["L30250", "S30817", "K0012"]) + self.digits(6)

    def day(self):
        return self.rng.randrange(1, 29), self.rng.randrange(1, 13), self.rng.choice([2025, 2026])

    def v_time(self):
        return f"{self.rng.randrange(24):02d}:{self.rng.randrange(60):02d}:{self.rng.randrange(60):02d}"

    def v_ts(self):
        d, m, y = self.day()
        return f"{y}-{m:02d}-{d:02d} {self.v_time()}"

    def v_tsi(self):
        d, m, y = self.day()
        return f"{y}-{m:02d}-{d:02d}T{self.v_time()}.{self.digits(3)}Z"

    def v_tsl(self):
        d, m, _ = self.day()
        return f"{'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split()[m - 1]} {d:2d} {self.v_time()}"

    def v_tsy(self):
        d, m, y = self.day()
        return f"{y % 100}-{m:02d}-{d:02d} {self.v_time()}"

    def v_dated(self):
        d, m, y = self.day()
        return f"{d:02d}.{m:02d}.{y}"

    def v_datey(self):
        d, m, y = self.day()
        return f"{y % 100}-{m:02d}-{d:02d}"

    def v_date8(self):
        d, m, y = self.day()
        return f"{y}{m:02d}{d:02d}"

    def v_hms(self):
        return self.v_time().replace(":", "")

    def v_pen(self):
        return f"1-{self.rng.randrange(1, 3)}-{self.rng.choice([17, 49, 121])}-{self.rng.randrange(0, 24)}"

    def v_port(self):
        return str(self.rng.choice([self.rng.randrange(1024, 65535), int(self.rng.choice(self.numbers)) % 65536]))

    def v_pid(self):
        return self.rng.choice(self.numbers) if self.rng.random() < 0.3 else str(self.rng.randrange(100, 32768))

    def v_bytes(self):
        return str(self.rng.randrange(1000, 99999999))

    def v_ms(self):
        return self.rng.choice(self.numbers) if self.rng.random() < 0.3 else str(self.rng.randrange(1, 99999))

    def v_trunk(self):
        return ""

    # --- files ----------------------------------------------------------------------------------
    def fill(self, template):
        return re.sub(r"\{(\w+)\}", lambda m: getattr(self, "v_" + m.group(1))(), template)

    def write(self):
        out = HERE / self.name
        out.mkdir(exist_ok=True)
        for path in sorted((HERE / "templates" / self.name).glob("*.txt")):
            lines = []
            for template in path.read_text(encoding="utf-8").splitlines():
                spans = template.count("[[")
                repeat = PER_TEMPLATE if spans else PER_TEMPLATE // 2
                rows = {self.fill(template) for _ in range(repeat)}
                lines += sorted(rows)
            self.rng.shuffle(lines)
            (out / path.name).write_text("\n".join(lines) + "\n", encoding="utf-8")
        everybody = self.plain + self.ordinary
        rows = [f"{s};{g};{n};{a}" for (s, g), n, a in zip(everybody, self.numbers, self.accounts)]
        (out / "people.csv").write_text("surname;given;number;account\n" + "\n".join(rows) + "\n", encoding="utf-8")
        plans = [(self.spec["area"], self.spec["main"], self.spec["length"])] + ([self.spec["second"]] if self.spec["second"] else [])
        text = "".join(
            f'[[plan]]\ncountry = "49"\narea = "{a}"\nmain = "{m}"\nextension_length = {n}\ntrunk_prefix = "0"\n\n' for a, m, n in plans
        )
        (out / "plan.toml").write_text(text, encoding="utf-8")


for half_name, half_spec in HALVES.items():
    Half(half_name, half_spec).write()
