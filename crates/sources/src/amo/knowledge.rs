//! The data files compiled for reading: one lookup per command, one per keyword.

use std::collections::HashMap;

use gdpr4k_model::Catalogue;
use gdpr4k_model::catalogue::{ClusterIx, ElementIx};

use super::facts::Says;
use super::orders::{
    Action, AliasKind, Amo, Confidence, Form, Order, Orders, Parameter, Problem, Role, Side, Tier,
    action,
};

/// What the reader knows about AMO commands. Immutable; share it between files.
#[derive(Debug)]
pub struct AmoKnowledge {
    nouns: HashMap<Box<str>, usize>,
    amos: Vec<AmoInfo>,
    verbs: Verbs,
    /// Verbs of single AMOs.
    own_verbs: Vec<Verb>,
    pub(crate) ids: Ids,
}

/// One AMO.
#[derive(Debug)]
pub(crate) struct AmoInfo {
    /// Its index, for counts.
    pub(crate) at: usize,
    /// What its facts are made of.
    pub(crate) says: Says,
    pub(crate) name: Box<str>,
    pub(crate) tier: Tier,
    pub(crate) side: Side,
    pub(crate) number: Option<ElementIx>,
    pub(crate) text: Option<ElementIx>,
    branch: Vec<(Box<str>, ElementIx)>,
    forms: Vec<CommandForm>,
    params: HashMap<Box<str>, Meaning>,
    param_alias: HashMap<Box<str>, Box<str>>,
    value_alias: HashMap<Box<str>, Box<str>>,
    /// Values of closed sets, with the parameter that has them.
    sets: HashMap<Box<str>, Box<str>>,
}

/// One order with its positions resolved.
#[derive(Debug)]
pub(crate) struct CommandForm {
    pub(crate) action: Action,
    /// Position and value of the branch parameter, and its name.
    branch: Option<(usize, Box<str>, Box<str>)>,
    when: Option<(usize, Box<str>, Box<str>)>,
    pub(crate) slots: Vec<Slot>,
    /// Whether nothing about the order is certain.
    pub(crate) names_only: bool,
    /// Whether the list is whole: more positions then come from a newer release.
    pub(crate) whole: bool,
}

/// One position.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) name: Box<str>,
    pub(crate) proven: bool,
    /// What stands here; none where that is not known.
    pub(crate) meaning: Option<Meaning>,
}

/// What a parameter means.
#[derive(Clone, Debug)]
pub(crate) struct Meaning {
    pub(crate) form: Form,
    pub(crate) element: Option<ElementIx>,
    pub(crate) outside: Option<ElementIx>,
    pub(crate) by: Option<Cases>,
    pub(crate) role: Option<Role>,
    pub(crate) dialled: bool,
}

/// A parameter and the elements that its values select.
pub(crate) type Cases = (Box<str>, Vec<(Box<str>, ElementIx)>);

/// What a word means as a verb, and whether it is a whole word.
type Verbs = HashMap<Box<str>, (Option<(Action, Language)>, bool)>;

#[derive(Debug)]
struct Verb {
    word: Box<str>,
    amo: Option<Box<str>>,
    action: Action,
    lang: Language,
}

/// The language of a verb; mixed languages tell merged files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    German,
}

macro_rules! ids {
    ($($name:ident = $id:literal),+ $(,)?) => {
        /// Elements that the code itself needs.
        #[derive(Clone, Copy, Debug)]
        pub(crate) struct Ids { $(pub(crate) $name: ElementIx,)+ pub(crate) audit: Option<ClusterIx> }

        impl Ids {
            fn resolve(find: &dyn Fn(&str) -> Option<ElementIx>, problems: &mut Vec<Problem>) -> Option<Self> {
                $(let $name = find($id); if $name.is_none() { problems.push(unknown("", 0, $id)); })+
                Some(Self { $($name: $name?,)+ audit: None })
            }
        }
    };
}

ids! {
    surname = "O4K-FLD-CORE-SURNAME",
    first_name = "O4K-FLD-CORE-FIRSTNAME",
    display_name = "O4K-FLD-CORE-DISPLAYNAME",
    station = "O4K-FLD-CORE-STATION",
    port = "O4K-FLD-CORE-PORT",
    ip = "O4K-FLD-CORE-IP",
    email = "O4K-FLD-CORE-EMAIL",
    outside = "O4K-FLD-CORE-EXTNUMBER",
    unknown = "O4K-FLD-CORE-UNKNOWN",
    org_text = "O4K-FLD-CORE-ORGTEXT",
    password = "O4K-FLD-CORE-PASSWORD",
    account = "O4K-FLD-ACC-ACCOUNT",
    account_password = "O4K-FLD-ACC-PASSWORD",
    pin = "O4K-FLD-CORE-PIN",
    amo_use = "O4K-FLD-AUD-AMO-USE",
    uid = "O4K-FLD-AUD-UID",
    terminal = "O4K-FLD-AUD-TERMINAL",
    session = "O4K-FLD-AUD-SESSION",
    time = "O4K-FLD-AUD-TIME",
}

impl AmoKnowledge {
    /// The built-in knowledge and the files of the site, `(path, text)`, which may replace any entry.
    ///
    /// # Errors
    /// Every defect of the files, and every element that the catalogue does not have.
    pub fn new(catalogue: &Catalogue, site: &[(&str, &str)]) -> Result<Self, Vec<Problem>> {
        let mut files: Vec<(&str, &str)> = gdpr4k_model::schemas::files("amo");
        files.extend(site.iter().copied());
        let orders = Orders::parse(&files)?;
        let mut problems = Vec::new();
        let find = |id: &str| catalogue.element(id);
        let mut ids = Ids::resolve(&find, &mut problems);
        if let Some(ids) = &mut ids {
            ids.audit = Some(catalogue.cluster_of(ids.amo_use));
        }
        let mut build = Build {
            find: &find,
            problems,
            amos: Vec::new(),
            nouns: HashMap::new(),
        };
        build.amo(""); // stands for every AMO that is not known
        for amo in &orders.amos {
            build.add_amo(amo);
        }
        let named = orders
            .orders
            .iter()
            .map(|o| &o.amo)
            .chain(orders.branches.iter().map(|b| &b.amo));
        for name in named
            .chain(orders.parameters.iter().flat_map(|p| &p.entry.amo))
            .filter(|n| *n != "*")
        {
            build.amo(name);
        }
        // entries for every AMO come first, so that those of one AMO replace them
        for general in [true, false] {
            for c in &orders.config {
                for amo in c.amo.iter().filter(|a| (*a == "*") == general) {
                    build.each(amo, |info| info.set(&c.name, &Meaning::config()));
                }
            }
            for p in &orders.parameters {
                let Some(meaning) = build.meaning(&p.entry, &p.path, p.line) else {
                    continue;
                };
                for amo in p.entry.amo.iter().filter(|a| (*a == "*") == general) {
                    build.each(amo, |info| info.set(&p.entry.name, &meaning));
                }
            }
        }
        let mut verbs = Vec::new();
        for alias in &orders.aliases {
            let (from, to) = (alias.alias.to_uppercase(), alias.means.as_str());
            match alias.kind {
                AliasKind::Verb => verbs.push(Verb {
                    word: from.into(),
                    amo: (alias.amo != "*").then(|| alias.amo.as_str().into()),
                    action: action(to).unwrap_or(Action::Other),
                    lang: if alias.lang == "de" {
                        Language::German
                    } else {
                        Language::English
                    },
                }),
                AliasKind::Noun => {
                    let at = build.amo(to);
                    build.nouns.insert(from.into(), at);
                }
                AliasKind::Param => build.each(&alias.amo, |i| {
                    i.param_alias.insert(from.as_str().into(), to.into());
                }),
                AliasKind::Value => build.each(&alias.amo, |i| {
                    i.value_alias.insert(from.as_str().into(), to.into());
                }),
            }
        }
        for b in &orders.branches {
            build.each(&b.amo, |i| {
                i.sets.extend(
                    b.values
                        .iter()
                        .map(|v| (v.as_str().into(), b.param.as_str().into())),
                )
            });
        }
        for o in &orders.orders {
            let at = build.amo(&o.amo);
            let form = CommandForm::new(o, &build.amos[at].params);
            build.amos[at].forms.push(form);
        }
        let Build {
            problems,
            amos,
            nouns,
            ..
        } = build;
        match ids {
            Some(ids) if problems.is_empty() => Ok(Self {
                verbs: beginnings(verbs.iter().filter(|v| v.amo.is_none())),
                own_verbs: verbs.into_iter().filter(|v| v.amo.is_some()).collect(),
                nouns,
                amos,
                ids,
            }),
            _ => Err(problems),
        }
    }

    /// The AMO of a noun in upper case, other names included.
    pub(crate) fn amo(&self, noun: &str) -> Option<&AmoInfo> {
        self.nouns.get(noun).and_then(|at| self.amos.get(*at))
    }

    /// What holds for an AMO that is not known.
    pub(crate) fn unknown_amo(&self) -> &AmoInfo {
        &self.amos[0]
    }

    /// Every known AMO.
    pub(crate) fn amos(&self) -> impl Iterator<Item = &AmoInfo> {
        self.amos.iter().skip(1)
    }

    /// What a verb means: the whole word, a listed short form, or any clear beginning of three letters or more.
    pub(crate) fn verb(&self, word: &str, noun: &str) -> Option<(Action, Language)> {
        if let Some((found, _)) = self.verbs.get(word) {
            return *found;
        }
        let own = |v: &&Verb| v.amo.as_deref() == Some(noun);
        let begins = |v: &&Verb| *v.word == *word || (word.len() >= 3 && v.word.starts_with(word));
        self.own_verbs
            .iter()
            .filter(own)
            .find(begins)
            .map(|v| (v.action, v.lang))
    }
}

/// Verbs with all their clear beginnings; a beginning that two actions share is kept as unclear.
fn beginnings<'v>(verbs: impl Iterator<Item = &'v Verb> + Clone) -> Verbs {
    let mut all = Verbs::new();
    for v in verbs.clone() {
        for end in 3..v.word.len() {
            let Some(word) = v.word.get(..end) else {
                continue;
            };
            let slot = all
                .entry(word.into())
                .or_insert((Some((v.action, v.lang)), false));
            // REGENERATE and REGENERIEREN begin alike: the action is clear, the language is not
            if slot.0.is_some_and(|(action, _)| action != v.action) {
                slot.0 = None;
            }
        }
    }
    // whole words and listed short forms win over beginnings
    for v in verbs {
        let slot = all.entry(v.word.clone()).or_default();
        if !slot.1 {
            *slot = (Some((v.action, v.lang)), true);
        }
    }
    all
}

impl AmoInfo {
    /// The command form that fits: `at` gives the value of a position, `by` the value of a keyword.
    pub(crate) fn form<'a>(
        &self,
        action: Action,
        at: &dyn Fn(usize) -> Option<&'a str>,
        by: &dyn Fn(&str) -> Option<&'a str>,
    ) -> Option<&CommandForm> {
        let is = |(position, name, value): &(usize, Box<str>, Box<str>)| {
            by(name)
                .or_else(|| at(*position))
                .is_some_and(|v| *v == **value || self.value(v.trim_matches('"')) == &**value)
        };
        self.forms
            .iter()
            .filter(|f| f.action == action)
            .filter(|f| f.branch.as_ref().is_none_or(is) && f.when.as_ref().is_none_or(is))
            .max_by_key(|f| u8::from(f.branch.is_some()) + u8::from(f.when.is_some()))
    }

    /// The name of a keyword: itself, its other word, or the one parameter that it begins.
    pub(crate) fn keyword<'a>(&'a self, word: &'a str) -> &'a str {
        if let Some(name) = self.param_alias.get(word) {
            return name;
        }
        if self.name.is_empty() || self.params.contains_key(word) || word.len() < 3 {
            return word;
        }
        let mut longer = self.params.keys().filter(|k| k.starts_with(word));
        match (longer.next(), longer.next()) {
            (Some(name), None) => name,
            _ => word,
        }
    }

    pub(crate) fn meaning(&self, name: &str) -> Option<&Meaning> {
        self.params.get(name)
    }

    /// A value in the vendor's English word.
    pub(crate) fn value<'a>(&'a self, word: &'a str) -> &'a str {
        self.value_alias.get(word).map_or(word, |v| v)
    }

    /// Whether the branch of a command changes what its numbers are.
    pub(crate) fn depends_on_branch(&self) -> bool {
        !self.branch.is_empty()
    }

    /// Whether a word belongs to a closed set of this AMO.
    pub(crate) fn is_set_value(&self, word: &str) -> bool {
        self.sets.contains_key(self.value(word))
    }

    /// The element of a word of a closed set, where its parameter is about a person (FEATCD).
    pub(crate) fn set_element(&self, word: &str) -> Option<ElementIx> {
        self.params.get(self.sets.get(self.value(word))?)?.element
    }

    /// The element of a number of which only the AMO and the branch are known.
    pub(crate) fn number_in(&self, branch: Option<&str>) -> Option<ElementIx> {
        let by_branch = branch.and_then(|b| self.branch.iter().find(|(v, _)| **v == *b));
        by_branch.map(|(_, e)| *e).or(self.number)
    }

    fn set(&mut self, names: &[String], meaning: &Meaning) {
        for name in names {
            self.params.insert(name.as_str().into(), meaning.clone());
        }
    }
}

impl Meaning {
    const fn config() -> Self {
        Self {
            form: Form::Any,
            element: None,
            outside: None,
            by: None,
            role: None,
            dialled: false,
        }
    }
}

impl CommandForm {
    fn new(o: &Order, params: &HashMap<Box<str>, Meaning>) -> Self {
        let place = |name: &str| o.params.iter().position(|p| p == name);
        let sure = match o.confidence {
            Confidence::VendorOverview | Confidence::RealDump => usize::MAX,
            Confidence::Partial => o.sure.unwrap_or(0),
            Confidence::Inferred | Confidence::Unconfirmed => 0,
        };
        let slots = o.params.iter().enumerate();
        let slots = slots.map(|(i, p)| Slot {
            name: p.as_str().into(),
            proven: i < sure || o.proven.contains(&i),
            meaning: params.get(p.as_str()).cloned(),
        });
        Self {
            action: o.action,
            branch: o
                .type_param
                .as_deref()
                .zip(o.branch.as_deref())
                .and_then(|(p, v)| Some((place(p)?, p.into(), v.into()))),
            when: o
                .when
                .as_deref()
                .and_then(|w| w.split_once('='))
                .and_then(|(p, v)| Some((place(p)?, p.into(), v.into()))),
            slots: slots.collect(),
            whole: sure == usize::MAX,
            names_only: o.confidence == Confidence::Partial && sure == 0 && o.proven.is_empty(),
        }
    }

    /// Position and name of the branch parameter.
    pub(crate) fn branch_value(&self) -> Option<&str> {
        self.branch.as_ref().map(|(_, _, v)| &**v)
    }
}

struct Build<'f> {
    find: &'f dyn Fn(&str) -> Option<ElementIx>,
    problems: Vec<Problem>,
    amos: Vec<AmoInfo>,
    nouns: HashMap<Box<str>, usize>,
}

impl Build<'_> {
    fn amo(&mut self, name: &str) -> usize {
        if let Some(at) = self.nouns.get(name) {
            return *at;
        }
        self.amos.push(AmoInfo {
            at: self.amos.len(),
            says: Says::of(name),
            name: name.into(),
            tier: Tier::Other,
            side: Side::Swu,
            number: None,
            text: None,
            branch: Vec::new(),
            forms: Vec::new(),
            params: HashMap::new(),
            param_alias: HashMap::new(),
            value_alias: HashMap::new(),
            sets: HashMap::new(),
        });
        self.nouns.insert(name.into(), self.amos.len() - 1);
        self.amos.len() - 1
    }

    fn add_amo(&mut self, amo: &Amo) {
        let number = amo.number.as_deref().and_then(|id| self.element(id, "", 0));
        let text = amo.text.as_deref().and_then(|id| self.element(id, "", 0));
        let branch = amo
            .branch
            .iter()
            .filter_map(|(v, id)| Some((v.as_str().into(), self.element(id, "", 0)?)))
            .collect();
        let at = self.amo(&amo.name);
        let info = &mut self.amos[at];
        (info.tier, info.side, info.number, info.text, info.branch) =
            (amo.tier, amo.side, number, text, branch);
    }

    fn each(&mut self, amo: &str, mut change: impl FnMut(&mut AmoInfo)) {
        if amo == "*" {
            self.amos.iter_mut().for_each(change);
        } else {
            let at = self.amo(amo);
            change(&mut self.amos[at]);
        }
    }

    fn meaning(&mut self, p: &Parameter, path: &str, line: usize) -> Option<Meaning> {
        let before = self.problems.len();
        let mut get =
            |id: &Option<String>| id.as_deref().and_then(|id| self.element(id, path, line));
        let (element, outside) = (get(&p.element), get(&p.outside));
        let mut cases = Vec::new();
        for (value, id) in &p.cases {
            if let Some(e) = get(&Some(id.clone())) {
                cases.push((value.as_str().into(), e));
            }
        }
        let by = p.by.as_deref().map(|b| (b.into(), cases));
        (self.problems.len() == before).then_some(Meaning {
            form: p.form,
            element,
            outside,
            by,
            role: p.fact,
            dialled: p.dialled,
        })
    }

    fn element(&mut self, id: &str, path: &str, line: usize) -> Option<ElementIx> {
        let found = (self.find)(id);
        if found.is_none() {
            self.problems.push(unknown(path, line, id));
        }
        found
    }
}

fn unknown(path: &str, line: usize, id: &str) -> Problem {
    Problem {
        path: path.to_owned(),
        line,
        text: format!("element {id:?} is not in the catalogue"),
    }
}
