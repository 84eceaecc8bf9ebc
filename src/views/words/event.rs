//! What happened, each thing in a sentence.

use std::borrow::Cow;

use crate::model::event::Happening;

use super::news;

/// What happened in a sentence, as its parts came from outside. `names` are those of the servers, in the order of asking.
pub fn sentence<'a>(what: &'a Happening, names: &[&str]) -> Cow<'a, str> {
    match what {
        Happening::Told(_, sentence) => Cow::Borrowed(sentence),
        Happening::Verdict(news) => Cow::Owned(news::sentence(news, names)),
    }
}
