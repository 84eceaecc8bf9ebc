//! What the list of events is narrowed down to: a text that is typed, kept or cleared.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// No longer text is typed; what is longer than a screen is wide cannot be read.
const LONGEST: usize = 200;

/// The text that an event has to have in it, whatever its case; every event has nothing in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// As it was typed.
    pub text: String,
    /// Whether it is being typed.
    pub is_typed: bool,
}

/// What a key does to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edit {
    /// It is typed from now on, behind what stands there.
    Begin,
    /// One more character.
    Type(char),
    /// One character less.
    Erase,
    /// It is done, and holds.
    Keep,
    /// It is gone.
    Clear,
}

impl Filter {
    /// What a key does while it is typed; `None`: nothing that has to do with it.
    pub(super) fn edit_for(key: &KeyEvent) -> Option<Edit> {
        // With another key than Shift held down, a letter is not meant as one.
        let is_plain = key.modifiers.difference(KeyModifiers::SHIFT).is_empty();
        match key.code {
            KeyCode::Enter => Some(Edit::Keep),
            KeyCode::Esc => Some(Edit::Clear),
            KeyCode::Backspace => Some(Edit::Erase),
            KeyCode::Char(letter) if is_plain && !letter.is_control() => Some(Edit::Type(letter)),
            _ => None,
        }
    }

    /// Follows a key.
    pub(super) fn follow(&mut self, edit: Edit) {
        match edit {
            Edit::Begin => self.is_typed = true,
            Edit::Type(letter) if self.text.chars().count() < LONGEST => self.text.push(letter),
            Edit::Type(_) => {}
            Edit::Erase => drop(self.text.pop()),
            Edit::Keep => self.is_typed = false,
            Edit::Clear => *self = Self::default(),
        }
    }

    /// Whether it is shown: typed at the moment, or narrowing the list down.
    pub(super) fn is_shown(&self) -> bool {
        self.is_typed || !self.text.is_empty()
    }

    /// Whether a text has it in it.
    pub(super) fn lets_through(&self, text: &str) -> bool {
        self.text.is_empty() || text.to_lowercase().contains(&self.text.to_lowercase())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(keys: &[KeyCode]) -> Filter {
        let mut filter = Filter::default();
        filter.follow(Edit::Begin);
        for code in keys {
            let key = KeyEvent::new(*code, KeyModifiers::NONE);
            if let Some(edit) = Filter::edit_for(&key) {
                filter.follow(edit);
            }
        }
        filter
    }

    #[test]
    fn it_is_typed_kept_or_cleared() {
        use KeyCode::{Backspace, Char, Down, Enter, Esc};
        let filter = typed(&[Char('q'), Char('S'), Backspace, Down]);
        assert_eq!((filter.text.as_str(), filter.is_typed), ("q", true));
        let filter = typed(&[Char('n'), Char('S'), Enter]);
        assert_eq!((filter.text.as_str(), filter.is_typed), ("nS", false));
        assert!(filter.is_shown());
        assert_eq!(typed(&[Char('n'), Esc]), Filter::default());
        assert_eq!(typed(&[Backspace, Enter]), Filter::default());
    }

    #[test]
    fn case_does_not_matter() {
        let filter = typed(&[KeyCode::Char('Ä'), KeyCode::Char('s')]);
        assert!(filter.lets_through("der äste") && filter.lets_through("ÄS"));
        assert!(!filter.lets_through("as"));
        assert!(Filter::default().lets_through(""));
    }

    #[test]
    fn a_letter_with_control_is_no_letter_and_a_text_has_an_end() {
        let key = KeyEvent::new(KeyCode::Char('a'), KeyModifiers::CONTROL);
        assert_eq!(Filter::edit_for(&key), None);
        let filter = typed(&[KeyCode::Char('x'); 500]);
        assert_eq!(filter.text.len(), LONGEST);
    }
}
