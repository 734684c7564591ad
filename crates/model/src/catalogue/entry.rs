//! Entries that describe systems and the data in them: what the vendor documents say.

use serde::{Deserialize, Serialize};

use super::ElementIx;
use crate::Text;

/// Several texts in every language, item by item.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Texts {
    /// English.
    pub en: Vec<String>,
    /// German.
    pub de: Vec<String>,
}

/// A closed set of words: an enum whose variants are spelled one way in TOML, JSON and documents.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant,)* }

        impl $name {
            /// Every word of the set.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The word as it stands in TOML and JSON.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }
    };
}
pub(crate) use words;

words! {
    /// How gdpr4k meets a system.
    Reading {
        /// Files of it are read.
        File = "file",
        /// A holder or a flow that a person declares; no file of it is read.
        Declare = "declare",
        /// Named only, or a category of recipients.
        Context = "context",
    }
}

words! {
    /// The kind of a value: its data category. `schemas/vocabulary.toml` explains each word.
    Kind {
        /// Circumstances of a call: time, duration, direction, state.
        Traffic = "traffic",
        /// Name of a person.
        Name = "name",
        /// No personal data.
        None = "none",
        /// User account or log-on name.
        Account = "account",
        /// Free text.
        FreeText = "free-text",
        /// Telephone number.
        StationNumber = "station-number",
        /// Log entry about somebody's acts.
        Audit = "audit",
        /// Organisation: unit, company, group.
        Org = "org",
        /// Password or other credential.
        Password = "password",
        /// IP address.
        Ip = "ip",
        /// E-mail address.
        Email = "email",
        /// Charges, cost centre, bank account.
        Finance = "finance",
        /// Identity of a device.
        DeviceId = "device-id",
        /// Building, room, country, location number.
        Location = "location",
        /// Content of a communication.
        Content = "content",
        /// Licence.
        Licence = "licence",
        /// PIN.
        Pin = "pin",
        /// Postal address.
        Address = "address",
        /// Name as shown in a display.
        DisplayName = "display-name",
        /// Fax number.
        Fax = "fax",
        /// Mailbox.
        Mailbox = "mailbox",
        /// Deputy of a person.
        Delegate = "delegate",
        /// Personnel number (Identity Number).
        HrId = "hr-id",
        /// Log-on id of a call-centre agent.
        AgentId = "agent-id",
    }
}

impl Kind {
    /// Whether values of this kind are telephone numbers.
    pub const fn is_number(self) -> bool {
        matches!(self, Self::StationNumber | Self::Fax)
    }
}

words! {
    /// Whose data a value is.
    Subject {
        /// A subscriber: employee, extension holder.
        Subscriber = "subscriber",
        /// An outside party: caller or called person.
        External = "external",
        /// An administrator or technician.
        Admin = "admin",
        /// An attendant.
        Attendant = "attendant",
        /// A call-centre agent.
        Agent = "agent",
        /// A contact of customer or supplier.
        Customer = "customer",
        /// Nobody.
        None = "none",
    }
}

macro_rules! entries {
    ($($(#[$doc:meta])* $name:ident $table:literal $variant:ident { $($(#[$fdoc:meta])* $field:ident : $ty:ty),* $(,)? })*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
            #[serde(deny_unknown_fields)]
            pub struct $name {
                /// Stable id.
                pub id: String,
                /// Ids of the vendor documents that carry it; empty for our own additions.
                #[serde(default)]
                pub documents: Vec<String>,
                /// Section of the first of these documents.
                #[serde(default, skip_serializing_if = "String::is_empty")]
                pub section: String,
                /// Further remark.
                #[serde(default, skip_serializing_if = "Option::is_none")]
                pub note: Option<Text>,
                $($(#[$fdoc])* pub $field: $ty,)*
            }
        )*

        /// A table of the catalogue.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Table { $($(#[$doc])* $variant,)* }

        impl Table {
            /// Every table.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name in TOML and JSON, for example `system`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $table,)* }
            }
        }

        /// One entry of the catalogue.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
        #[serde(untagged)]
        pub enum Entry { $($(#[$doc])* $variant($name),)* }

        impl Entry {
            /// Stable id.
            pub fn id(&self) -> &str {
                match self { $(Self::$variant(e) => &e.id,)* }
            }

            /// The table that it stands in.
            pub const fn table(&self) -> Table {
                match self { $(Self::$variant(_) => Table::$variant,)* }
            }

            /// Ids of the vendor documents that carry it.
            pub fn documents(&self) -> &[String] {
                match self { $(Self::$variant(e) => &e.documents,)* }
            }

            pub(super) fn read(table: &str, value: toml::de::ValueDeserializer<'_>) -> Option<Result<Self, toml::de::Error>> {
                Some(match table {
                    $($table => $name::deserialize(value).map(Self::$variant),)*
                    _ => return None,
                })
            }
        }
    };
}

entries! {
    /// A vendor document behind the catalogue.
    Document "document" Document {
        /// Title.
        title: String,
        /// Version as printed.
        version: String,
        /// Date as printed.
        date: String,
        /// Publisher.
        publisher: String,
        /// What it covers.
        scope: Text,
    }
    /// A system, component, device or interface.
    System "system" System {
        /// Name.
        name: Text,
        /// What it is for.
        role: Text,
        /// State as delivered.
        default_state: Text,
        /// The document that describes it first.
        document: String,
        /// How gdpr4k meets it.
        reading: Reading,
        /// Source kinds whose files belong to it.
        #[serde(default)]
        reads: Vec<String>,
        /// Whether personal data are in it.
        personal_data: bool,
        /// Systems that a statement about it covers too: it is a name for all of them.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        covers: Vec<String>,
    }
    /// A place where data lie.
    Store "store" Store {
        /// What lies there.
        what: Text,
        /// Where.
        location: Text,
        /// Who answers for the place, where that is not the operator of the system.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        owner: Option<Text>,
        /// The system it belongs to.
        system: String,
    }
    /// A kind of value: the elements of the inventory.
    Element "field" Field {
        /// Name.
        name: Text,
        /// The store, where the documents name one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        store: Option<String>,
        /// The system, where the documents name no store.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        system: Option<String>,
        /// Data category.
        kind: Kind,
        /// Whose data.
        subject: Subject,
        /// Credential: presence only, never a value.
        secret: bool,
        /// Whether the site may do without it.
        optional: bool,
        /// Whether such numbers stand as dialled, with the trunk access code in front.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        dialled: bool,
        /// The cluster that it belongs to, unless its record decides.
        cluster: String,
        /// Evidence, for our own additions: document and section of the specification.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        basis: String,
        /// Index, given by the loader.
        #[serde(skip, default = "no_index")]
        index: ElementIx,
    }
    /// A data flow.
    Flow "flow" Flow {
        /// From which system or store.
        from: String,
        /// To which system or store.
        to: String,
        /// What flows.
        data: Text,
        /// How.
        protocol: Text,
        /// Port, where documented.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        port: Option<String>,
        /// Encryption, where documented.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        encryption: Option<Text>,
    }
    /// A use: what data are processed for.
    Use "use" Use {
        /// Purpose.
        purpose: Text,
        /// System.
        system: String,
    }
    /// An export: data that leave a system.
    Export "export" Export {
        /// What.
        what: Text,
        /// Format.
        format: Text,
        /// How it is made.
        how: Text,
        /// System.
        system: String,
        /// The store it creates.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to_store: Option<String>,
    }
    /// A backup.
    Backup "backup" Backup {
        /// How it is made.
        how: Text,
        /// System.
        system: String,
        /// Whether the system's data are inside.
        included: bool,
        /// The store it creates.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to_store: Option<String>,
    }
    /// What the documents say about how long data stay.
    Retention "retention" Retention {
        /// The statement.
        rule: Text,
        /// The store.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        store: Option<String>,
        /// The system.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        system: Option<String>,
        /// Whether data go without an administrator's act.
        automatic: bool,
    }
    /// A technical or organisational measure.
    Measure "measure" Measure {
        /// Title.
        title: Text,
        /// What to do.
        measures: Texts,
        /// System.
        system: String,
        /// Printed number in the checklist.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        checklist_id: String,
        /// Who needs access to carry it out.
        needed_access: String,
        /// Printed choices of answers.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        answers: Vec<String>,
        /// State as delivered.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        default_setting: Option<Text>,
        /// References of the document.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        references: String,
        /// Components it applies to.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        components: Vec<String>,
        /// Choices that the document offers.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        choices: Vec<String>,
        /// What a comment has to say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        comment_prompt: Option<Text>,
    }
    /// A password rule.
    PasswordRule "password_rule" PasswordRule {
        /// The rule.
        rule: Text,
        /// Value as delivered.
        default_value: Text,
        /// System.
        system: String,
    }
    /// An account as delivered. Default passwords are not in the catalogue.
    DefaultAccount "default_account" DefaultAccount {
        /// Account name.
        account: String,
        /// What it may do.
        privileges: Text,
        /// What it is for.
        description: Text,
        /// System.
        system: String,
        /// Whether its default password is publicly known.
        default_password_public: bool,
        /// Whether it must be changed.
        must_be_changed: bool,
    }
    /// A port or interface.
    Port "port" Port {
        /// What it is for.
        purpose: Text,
        /// System.
        system: String,
        /// Protocol.
        protocol: String,
        /// Port number, where documented.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        port: Option<String>,
        /// Address, where documented.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        address: Option<String>,
        /// Encryption, where documented.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        encryption: Option<Text>,
    }
    /// A statement about duties, limits and conditions.
    Requirement "requirement" Requirement {
        /// The statement.
        text: Text,
        /// Whom it addresses.
        addressee: String,
        /// duty, recommendation, capability, condition, limit, assumption or context.
        kind: String,
    }
}

const fn no_index() -> ElementIx {
    ElementIx(u16::MAX)
}
