//! Elements in elements, written as an XML document in Route 53's namespace.
//!
//! Which elements an answer has is `route53_api`'s to say.

use std::io;

use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesDecl, BytesText, Event};
use quick_xml::{Reader, Writer};

const NAMESPACE: &str = "https://route53.amazonaws.com/doc/2013-04-01/";

/// One element.
#[derive(Debug)]
pub(super) enum Xml {
    /// An element that holds text.
    Text(&'static str, String),
    /// An element that holds other elements.
    Parent(&'static str, Vec<Xml>),
}

impl Xml {
    pub(super) fn text(name: &'static str, text: impl Into<String>) -> Self {
        Self::Text(name, text.into())
    }

    pub(super) fn parent(name: &'static str, content: impl IntoIterator<Item = Self>) -> Self {
        Self::Parent(name, content.into_iter().collect())
    }

    /// This element as a whole document.
    pub(super) fn to_document(&self) -> Vec<u8> {
        let mut writer = Writer::new(Vec::new());
        let written = writer
            .write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))
            .and_then(|()| self.write(&mut writer, true));
        written.expect("writing to memory does not fail");
        writer.into_inner()
    }

    fn write(&self, writer: &mut Writer<Vec<u8>>, is_root: bool) -> io::Result<()> {
        let (Self::Text(name, _) | Self::Parent(name, _)) = self;
        let mut element = writer.create_element(*name);
        if is_root {
            element = element.with_attribute(("xmlns", NAMESPACE));
        }
        match self {
            Self::Text(_, text) => element.write_text_content(BytesText::new(text)),
            Self::Parent(_, content) => element.write_inner_content(|writer| {
                content
                    .iter()
                    .try_for_each(|child| child.write(writer, false))
            }),
        }
        .map(|_| ())
    }
}

/// An element as a caller wrote it, without namespaces and attributes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) name: String,
    /// Its own text.
    pub(super) text: String,
    pub(super) content: Vec<Element>,
}

/// More elements stand one in the other in no request.
const DEEPEST: usize = 16;

impl Element {
    /// Reads a document, or says what is wrong with it.
    pub(super) fn read(document: &str) -> Result<Self, String> {
        let mut reader = Reader::from_str(document);
        // What is open, the outermost first; the first holds the document.
        let mut open = vec![Self::default()];
        let named = |name: &str| Self {
            name: name.to_owned(),
            ..Self::default()
        };
        loop {
            let event = reader.read_event().map_err(|error| error.to_string())?;
            let depth = open.len();
            let innermost = open.last_mut().ok_or("more ends than beginnings")?;
            match event {
                Event::Start(_) if depth > DEEPEST => {
                    return Err(format!("more than {DEEPEST} elements one in the other"));
                }
                Event::Start(start) => open.push(named(start.local_name().as_ref())),
                Event::Empty(start) => innermost.content.push(named(start.local_name().as_ref())),
                Event::Text(text) => innermost.text.push_str(&text.xml10_content()),
                Event::CData(text) => innermost.text.push_str(&text.xml10_content()),
                Event::GeneralRef(reference) => {
                    let name = reference.xml10_content();
                    let character = reference.resolve_char_ref();
                    let character = character.map_err(|error| error.to_string())?;
                    match (character, resolve_predefined_entity(&name)) {
                        (Some(character), _) => innermost.text.push(character),
                        (None, Some(text)) => innermost.text.push_str(text),
                        (None, None) => return Err(format!("the entity {name} is not known")),
                    }
                }
                Event::End(_) => {
                    let closed = open.pop().unwrap_or_default();
                    let around = open.last_mut().ok_or("more ends than beginnings")?;
                    around.content.push(closed);
                }
                Event::Eof => break,
                _ => {}
            }
        }
        match (open.pop(), open.len()) {
            (Some(mut document), 0) if document.content.len() == 1 => {
                Ok(document.content.remove(0))
            }
            _ => Err("it does not hold one whole element".to_owned()),
        }
    }

    /// The first element of a name in it.
    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        self.content.iter().find(|element| element.name == name)
    }

    /// The text of the first element of a name in it, without blanks around it.
    pub(super) fn text_of(&self, name: &str) -> Option<&str> {
        self.get(name).map(|element| element.text.trim())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again_and_half_a_document_is_refused() {
        let text = "<a & \"b\"> 한";
        let xml = Xml::parent("Root", [Xml::text("Id", text), Xml::parent("Empty", [])]);
        let document = String::from_utf8(xml.to_document()).unwrap();
        let root = Element::read(&document).unwrap();
        assert_eq!(
            (root.name.as_str(), root.text_of("Id")),
            ("Root", Some(text))
        );
        assert_eq!(root.get("Empty").map(|empty| empty.content.len()), Some(0));
        for bad in [
            "",
            "text",
            "<a>",
            "<a></b>",
            "<a/><b/>",
            "<a>&nope;</a>",
            "</a>",
        ] {
            assert!(Element::read(bad).is_err(), "{bad}");
        }
        assert!(Element::read(&"<a>".repeat(100_000)).is_err());
    }

    #[test]
    fn text_is_escaped_and_the_root_has_the_namespace() {
        let xml = Xml::parent(
            "Root",
            [Xml::text("Id", "<a & \"b\">"), Xml::parent("Empty", [])],
        );
        assert_eq!(
            String::from_utf8(xml.to_document()).unwrap(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
             <Root xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\">\
             <Id>&lt;a &amp; &quot;b&quot;&gt;</Id><Empty></Empty></Root>"
        );
    }
}
