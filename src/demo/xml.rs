//! Elements in elements, written as an XML document in Route 53's namespace.
//!
//! Which elements an answer has is `route53_api`'s to say.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

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

#[cfg(test)]
mod tests {
    use super::*;

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
