//! The language that a thread writes in, for all views: `model/language.rs`.

pub(crate) use crate::model::language::say;
pub use crate::model::language::{Both, Language, Phrase, current, phrase, pick};
