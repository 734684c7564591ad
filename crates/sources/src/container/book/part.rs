//! Pieces of an XML text with their places.

use std::ops::Range;

use quick_xml::Reader as Xml;
use quick_xml::events::{BytesStart, Event};

use crate::container::Damage;

/// Gives every event with the bytes that it takes.
pub(super) fn events(
    xml: &str,
    mut each: impl FnMut(&Event<'_>, Range<usize>),
) -> Result<(), Damage> {
    let body = xml.strip_prefix('\u{feff}').unwrap_or(xml);
    let mark = xml.len() - body.len();
    let mut reader = Xml::from_str(body);
    let config = reader.config_mut();
    config.check_end_names = true;
    config.allow_dangling_amp = true;
    let mut from = 0;
    loop {
        let event = reader.read_event().map_err(|_| Damage::Cut)?;
        let to = reader.buffer_position() as usize;
        if matches!(event, Event::Eof) {
            return Ok(());
        }
        each(&event, from + mark..to + mark);
        from = to;
    }
}

/// An element with everything in it.
pub(super) struct Element {
    /// From its first to behind its last tag.
    pub(super) place: Range<usize>,
    /// Its start tag.
    pub(super) head: Range<usize>,
    /// The attributes, resolved.
    pub(super) attributes: Vec<(String, String)>,
}

impl Element {
    /// The value of an attribute, by its name without a prefix.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(n, _)| n == name);
        found.map(|(_, v)| v.as_str())
    }

    /// What stands between its tags; empty for an empty element.
    pub(super) fn inside(&self, xml: &str) -> Range<usize> {
        let end = xml[self.place.clone()]
            .rfind("</")
            .map_or(self.head.end, |at| self.place.start + at);
        if self.head.end >= self.place.end {
            self.head.end..self.head.end
        } else {
            self.head.end..end
        }
    }
}

/// Every element of one of these names (without prefix), outermost only, in order.
pub(super) fn elements(xml: &str, names: &[&str]) -> Result<Vec<Element>, Damage> {
    let mut found: Vec<Element> = Vec::new();
    let mut depth = 0usize;
    events(xml, |event, place| match event {
        Event::Start(e) if depth > 0 || names.contains(&e.local_name().as_ref()) => {
            if depth == 0 {
                found.push(element(e, place));
            }
            depth += 1;
        }
        Event::Empty(e) if depth == 0 && names.contains(&e.local_name().as_ref()) => {
            found.push(element(e, place));
        }
        Event::End(_) if depth > 0 => {
            depth -= 1;
            if depth == 0
                && let Some(last) = found.last_mut()
            {
                last.place.end = place.end;
            }
        }
        _ => {}
    })?;
    Ok(found)
}

fn element(start: &BytesStart<'_>, place: Range<usize>) -> Element {
    Element {
        head: place.clone(),
        place,
        attributes: attributes(start),
    }
}

/// Attributes by name without prefix, resolved.
pub(super) fn attributes(start: &BytesStart<'_>) -> Vec<(String, String)> {
    let mut all = start.attributes();
    let all = all.with_checks(false).flatten();
    all.map(|a| {
        let name = a.key.local_name().as_ref().to_owned();
        (name, resolved(&a.value))
    })
    .collect()
}

/// A text with its entities resolved; as it stands, where one is unknown.
pub(super) fn resolved(raw: &str) -> String {
    quick_xml::escape::unescape(raw).map_or_else(|_| raw.to_owned(), |t| t.into_owned())
}

/// Adds the text of an event, entities resolved.
pub(super) fn add_text(text: &mut String, event: &Event<'_>) {
    match event {
        Event::Text(t) => text.push_str(t),
        Event::CData(t) => text.push_str(t),
        Event::GeneralRef(r) => text.push_str(&resolved(&format!("&{};", &**r))),
        _ => {}
    }
}

/// The text with pieces replaced; pieces are in order and apart.
pub(super) fn spliced(xml: &str, pieces: &[(Range<usize>, String)]) -> String {
    let mut out = String::with_capacity(xml.len());
    let mut at = 0;
    for (place, new) in pieces {
        out.push_str(&xml[at..place.start]);
        out.push_str(new);
        at = place.end;
    }
    out.push_str(&xml[at..]);
    out
}
