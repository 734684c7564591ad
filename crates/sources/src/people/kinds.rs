//! The kinds of personal data in free text, and the rules that find them.

/// Kind of a hit, as `explain` prints it (cli.md section 4, "Explain").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A telephone number.
    Number,
    /// A station of the site.
    Extension,
    /// Name of a person, without titles.
    Name,
    /// E-mail address.
    Email,
    /// IP address.
    Ip,
    /// MAC address.
    Mac,
    /// International bank account number.
    Iban,
    /// Log-on name.
    Account,
    /// PIN.
    Pin,
    /// Password.
    Password,
    /// Key, token or other secret.
    Secret,
    /// Id of a device that a person carries.
    DeviceId,
    /// Personnel number.
    PersonnelId,
    /// Log-on id of an agent.
    AgentId,
    /// Postal address.
    Address,
    /// Room or building.
    Location,
}

macro_rules! kinds {
    ($($kind:ident = $word:literal, $element:literal, $rank:literal;)*) => {
        impl Kind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$kind),*];

            /// The word of the kind in JSON.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$kind => $word,)* }
            }

            /// The kind of a word.
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$kind),)* _ => None }
            }

            /// Id of the catalogue element for a value of this kind in free text.
            pub const fn element(self) -> &'static str {
                match self { $(Self::$kind => $element,)* }
            }

            /// The more specific of two kinds has the higher rank.
            pub const fn rank(self) -> u8 {
                match self { $(Self::$kind => $rank,)* }
            }
        }
    };
}

kinds! {
    Number = "number", "O4K-FLD-TEXT-NUMBER", 7;
    Extension = "extension", "O4K-FLD-TEXT-EXTENSION", 6;
    Name = "name", "O4K-FLD-TEXT-NAME", 2;
    Email = "email", "O4K-FLD-TEXT-EMAIL", 12;
    Ip = "ip", "O4K-FLD-TEXT-IP", 10;
    Mac = "mac", "O4K-FLD-TEXT-MAC", 11;
    Iban = "iban", "O4K-FLD-TEXT-IBAN", 13;
    Account = "account", "O4K-FLD-TEXT-ACCOUNT", 4;
    Pin = "pin", "O4K-FLD-TEXT-PIN", 15;
    Password = "password", "O4K-FLD-TEXT-PASSWORD", 16;
    Secret = "secret", "O4K-FLD-TEXT-SECRET", 14;
    DeviceId = "device-id", "O4K-FLD-TEXT-DEVICE", 9;
    PersonnelId = "personnel-id", "O4K-FLD-TEXT-PERSONNEL", 8;
    AgentId = "agent-id", "O4K-FLD-TEXT-AGENT", 8;
    Address = "address", "O4K-FLD-TEXT-ADDRESS", 5;
    Location = "location", "O4K-FLD-TEXT-LOCATION", 3;
}

/// The rule that found a hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RuleId {
    /// `+` and country code.
    NumberPlus,
    /// `00` or `0` in front.
    NumberTrunk,
    /// The site's own main number with a station.
    NumberPlan,
    /// A number behind a word such as `Tel.` or in a SIP or tel address.
    NumberContext,
    /// A full number that the site's directory holds.
    NumberSite,
    /// A station behind a word such as `Nst`, `ext.`, `STNO=`, `sip:`.
    ExtensionContext,
    /// A further station of a list or range.
    ExtensionList,
    /// A station that the site's directory holds, where the text carries it.
    ExtensionSite,
    /// Surname and given name of one person of the site.
    NamePair,
    /// A surname of the site with another given name.
    NameGiven,
    /// A surname of the site with an initial.
    NameInitial,
    /// A surname of the site that is no ordinary word.
    NameSurname,
    /// A surname of the site that is an ordinary word, where the text carries it.
    NameOrdinary,
    /// A name behind `Herr`, `Mrs`, `Dr.`.
    NameCourtesy,
    /// A name in a field for names, or the display name of a SIP address.
    NameField,
    /// `local@domain`.
    Email,
    /// Four octets.
    Ip4,
    /// Hexadecimal groups.
    Ip6,
    /// Six pairs.
    Mac,
    /// Country, check digits and account with a correct check sum.
    Iban,
    /// `user=`, `Benutzer x`.
    AccountKey,
    /// `for x from`.
    AccountSentence,
    /// Folder of a user.
    AccountPath,
    /// `-l x` of a command.
    AccountCommand,
    /// An account that the site's directory holds.
    AccountSite,
    /// `PIN=`.
    PinKey,
    /// `password=`, `Kennwort lautet x`.
    PasswordKey,
    /// `-p x` of a command.
    PasswordCommand,
    /// `secret=`, `token=`.
    SecretKey,
    /// `IPEI`, `IMEI`.
    DeviceKey,
    /// `Personalnummer`.
    PersonnelKey,
    /// `Agent 4711`.
    AgentKey,
    /// Street and house number.
    AddressStreet,
    /// `Raum 2.17`.
    LocationKey,
}

macro_rules! rules {
    ($($rule:ident = $word:literal, $score:literal;)*) => {
        impl RuleId {
            /// Every rule.
            pub const ALL: &[Self] = &[$(Self::$rule),*];

            /// The name of the rule in JSON.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$rule => $word,)* }
            }

            /// How sure the rule is.
            pub const fn score(self) -> f32 {
                match self { $(Self::$rule => $score,)* }
            }
        }
    };
}

rules! {
    NumberPlus = "number-plus", 0.99;
    NumberTrunk = "number-trunk", 0.9;
    NumberPlan = "number-plan", 0.99;
    NumberContext = "number-context", 0.95;
    NumberSite = "number-site", 0.95;
    ExtensionContext = "extension-context", 0.97;
    ExtensionList = "extension-list", 0.95;
    ExtensionSite = "extension-site", 0.8;
    NamePair = "name-pair", 0.99;
    NameGiven = "name-given", 0.93;
    NameInitial = "name-initial", 0.93;
    NameSurname = "name-surname", 0.85;
    NameOrdinary = "name-ordinary", 0.8;
    NameCourtesy = "name-courtesy", 0.75;
    NameField = "name-field", 0.75;
    Email = "email", 0.99;
    Ip4 = "ip4", 0.95;
    Ip6 = "ip6", 0.95;
    Mac = "mac", 0.98;
    Iban = "iban", 0.999;
    AccountKey = "account-key", 0.95;
    AccountSentence = "account-sentence", 0.9;
    AccountPath = "account-path", 0.85;
    AccountCommand = "account-command", 0.95;
    AccountSite = "account-site", 0.9;
    PinKey = "pin-key", 0.95;
    PasswordKey = "password-key", 0.95;
    PasswordCommand = "password-command", 0.98;
    SecretKey = "secret-key", 0.95;
    DeviceKey = "device-key", 0.9;
    PersonnelKey = "personnel-key", 0.95;
    AgentKey = "agent-key", 0.9;
    AddressStreet = "address-street", 0.85;
    LocationKey = "location-key", 0.8;
}
