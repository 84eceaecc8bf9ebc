//! A text for people in both languages. The demo is a world of its own and does not know which of them is spoken.

/// What is said, in each language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// In English.
    pub english: String,
    /// In Korean.
    pub korean: String,
}

/// A sentence with holes in both languages, which the compiler asks for.
macro_rules! told {
    ($english:literal, $korean:literal $(,)?) => {
        $crate::demo::told::Told {
            english: format!($english),
            korean: format!($korean),
        }
    };
}
pub(super) use told;
