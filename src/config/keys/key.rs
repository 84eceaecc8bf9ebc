//! One setting: where it is given, what its value has to be and stands for, and who takes its flag.

use super::kind::Kind;
use crate::model::language::{Both, Phrase, phrase};

/// One setting.
#[derive(Debug)]
pub struct Key {
    /// The key in table `[r53mon]` of a settings file.
    pub toml: &'static str,
    /// The long flag without its dashes.
    pub flag: &'static str,
    /// The short flag without its dash.
    pub short: Option<char>,
    /// Variables of others that decide in the place of one of ours, the strongest first.
    pub foreign: &'static [Foreign],
    /// What a value has to be.
    pub kind: Kind,
    /// What it is for, in words, without what a value has to be.
    pub purpose: Phrase,
    /// The value when no source gives one, as text; `None`: there is none, or it is derived from other settings.
    pub default: Option<&'static str>,
    /// Where one command has another default: which, and what.
    pub elsewhere: Option<(Taker, &'static str)>,
    /// What is used when there is neither a value nor a default, or what the default means, in words.
    pub otherwise: Phrase,
    /// Whether a run cannot do without.
    pub is_required: bool,
    /// A good value to show where there is no default.
    pub sample: &'static str,
    /// Who takes its flag besides the commands that watch a real record.
    pub also: &'static [Taker],
    /// The heading of its flag in the help, where that is not the usual one.
    pub heading: Option<Phrase>,
    /// Whether only the long help tells of it.
    pub is_rare: bool,
}

/// A variable of others that stands for a setting.
#[derive(Clone, Copy, Debug)]
pub struct Foreign {
    /// Its name.
    pub variable: &'static str,
    /// What it says where its being set is enough; `None`: its value.
    pub says: Option<&'static str>,
}

/// Commands that differ in the flags they take or in their defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taker {
    /// `watch`, and what takes the same: `doctor` and `config show`.
    Watch,
    /// `check`.
    Check,
    /// `demo`.
    Demo,
    /// `plan`.
    Plan,
}

/// The prefix of every variable of ours.
pub const PREFIX: &str = "R53MON_";

impl Taker {
    /// How it is called on the command line.
    fn name(self) -> &'static str {
        match self {
            Self::Watch => "watch",
            Self::Check => "check",
            Self::Demo => "demo",
            Self::Plan => "plan",
        }
    }
}

impl Key {
    /// What is alike in most settings: the flag is called as the key, there is a variable, and only commands that watch a real
    /// record take it. The rest of a row says what else it has.
    pub(super) const fn new(toml: &'static str, kind: Kind) -> Self {
        Self {
            toml,
            flag: toml,
            short: None,
            foreign: &[],
            kind,
            purpose: phrase("", ""),
            default: None,
            elsewhere: None,
            otherwise: phrase("", ""),
            is_required: false,
            sample: "",
            also: &[],
            heading: None,
            is_rare: false,
        }
    }

    pub(super) const fn flag(mut self, flag: &'static str) -> Self {
        self.flag = flag;
        self
    }

    pub(super) const fn short(mut self, short: char) -> Self {
        self.short = Some(short);
        self
    }

    pub(super) const fn foreign(mut self, variables: &'static [Foreign]) -> Self {
        self.foreign = variables;
        self
    }

    pub(super) const fn purpose(mut self, english: &'static str, korean: &'static str) -> Self {
        self.purpose = phrase(english, korean);
        self
    }

    pub(super) const fn default(mut self, value: &'static str) -> Self {
        self.default = Some(value);
        self
    }

    pub(super) const fn elsewhere(mut self, taker: Taker, value: &'static str) -> Self {
        self.elsewhere = Some((taker, value));
        self
    }

    pub(super) const fn otherwise(
        mut self,
        english: &'static str,
        korean: &'static str,
        sample: &'static str,
    ) -> Self {
        self.otherwise = phrase(english, korean);
        self.sample = sample;
        self
    }

    pub(super) const fn required(mut self, sample: &'static str) -> Self {
        self.is_required = true;
        self.otherwise("required", "필수", sample)
    }

    pub(super) const fn also(mut self, takers: &'static [Taker]) -> Self {
        self.also = takers;
        self
    }

    pub(super) const fn heading(mut self, english: &'static str, korean: &'static str) -> Self {
        self.heading = Some(phrase(english, korean));
        self
    }

    pub(super) const fn rare(mut self) -> Self {
        self.is_rare = true;
        self
    }

    /// The environment variable, where there is one of ours.
    pub fn variable(&self) -> Option<String> {
        let ours = self.foreign.is_empty();
        ours.then(|| format!("{PREFIX}{}", self.toml.to_uppercase()))
    }

    /// All variables that decide: ours, or those of others.
    pub fn variables(&self) -> Vec<String> {
        let foreign = self
            .foreign
            .iter()
            .map(|foreign| foreign.variable.to_owned());
        self.variable().into_iter().chain(foreign).collect()
    }

    /// What it is for and what a value has to be: the sentence of help, template and README, without a full stop.
    pub fn about(&self) -> String {
        format!("{}{}", self.purpose, self.kind.rule(self.example()).0)
    }

    /// The value that a command uses when no source gives one, as text.
    pub fn default_for(&self, taker: Taker) -> Option<&'static str> {
        let own = self.elsewhere.filter(|(other, _)| *other == taker);
        own.map(|(_, value)| value).or(self.default)
    }

    /// What is used when no source gives a value, in words.
    pub fn fallback(&self, taker: Taker) -> String {
        let parts = [
            self.default_for(taker).unwrap_or_default(),
            self.otherwise.said(),
        ];
        let parts = parts.into_iter().filter(|part| !part.is_empty());
        parts.collect::<Vec<_>>().join(", ")
    }

    /// The same for all commands that read every source.
    pub fn fallbacks(&self) -> String {
        let usual = self.fallback(Taker::Watch);
        match self.elsewhere {
            Some((taker, value)) => format!("{usual}; {}: {value}", taker.name()),
            None => usual,
        }
    }

    /// A good value: the default, or one made up.
    pub fn example(&self) -> &'static str {
        self.default.unwrap_or(self.sample)
    }

    /// What a value has to be: the end of every complaint.
    pub fn allowed(&self) -> Both {
        Both::of(|| self.kind.rule(self.example()).1)
    }
}
