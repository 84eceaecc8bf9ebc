//! Reads Rust sources as far as the map needs it: words and punctuation without comments and texts, paths with their
//! groups taken apart, and what of it is test code.

use std::collections::BTreeSet;
use std::ops::Range;

/// A word or a sign of punctuation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is; `""` for a literal.
    pub text: String,
    /// Its line, from 1.
    pub line: usize,
}

/// A path such as `std::fs::read`, one for each leaf of a `use` with groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// Its parts. A path to a name of this crate begins with `crate`, whatever was written.
    pub parts: Vec<String>,
    /// Its line, from 1.
    pub line: usize,
}

/// A source file.
#[derive(Clone, Debug)]
pub struct File {
    /// Its path from the manifest, such as `src/model/name.rs`.
    pub path: String,
    /// Everything in it.
    pub tokens: Vec<Token>,
    /// What is in it besides tests.
    pub product: Vec<Token>,
    /// The modules of its own that are declared for tests only and lie in files of their own.
    pub test_modules: BTreeSet<String>,
}

impl Token {
    fn is(&self, text: &str) -> bool {
        self.text == text
    }

    /// Whether it is a word.
    pub fn is_word(&self) -> bool {
        self.text
            .starts_with(|first: char| first.is_alphabetic() || first == '_')
    }
}

impl File {
    /// Reads a file.
    pub fn new(path: &str, text: &str) -> Self {
        let tokens = tokens(text);
        let (product, test_modules) = without_tests(&tokens);
        Self {
            path: path.to_owned(),
            tokens,
            product,
            test_modules,
        }
    }

    /// The module that the file is: `src/model/name.rs` is `model`, `name`.
    pub fn module(&self) -> Vec<String> {
        let path = self.path.trim_start_matches("src/").trim_end_matches(".rs");
        let mut parts: Vec<String> = path.split('/').map(str::to_owned).collect();
        if matches!(
            parts.last().map(String::as_str),
            Some("mod" | "lib" | "main")
        ) {
            parts.pop();
        }
        parts
    }

    /// The room that the file belongs to: the first part of its module, `main` or `lib`.
    pub fn room(&self) -> String {
        let module = self.module();
        let name = self.path.trim_start_matches("src/").trim_end_matches(".rs");
        module.first().cloned().unwrap_or_else(|| name.to_owned())
    }

    /// Every path outside tests.
    pub fn paths(&self) -> Vec<Path> {
        paths(&self.product, &self.module())
    }

    /// What the file hands on under its own name (`pub use`), outside tests.
    pub fn re_exports(&self) -> Vec<Path> {
        let mut leaves = Vec::new();
        for statement in self.handing_on() {
            tree(&self.product, statement.start, &[], &mut leaves);
        }
        let module = self.module();
        let handed_on = leaves.into_iter().map(|leaf| Path {
            parts: absolute(&leaf.parts, &module),
            line: leaf.line,
        });
        handed_on.collect()
    }

    /// Whether a word stands outside tests where it is neither handed on nor the name of a module that is declared.
    pub fn uses_word(&self, word: &str) -> bool {
        let handing_on = self.handing_on();
        self.product.iter().enumerate().any(|(at, token)| {
            let declared = at > 0 && self.product[at - 1].is("mod");
            token.is(word) && !declared && !handing_on.iter().any(|range| range.contains(&at))
        })
    }

    /// Where the paths of all `pub use` begin and end.
    fn handing_on(&self) -> Vec<Range<usize>> {
        let tokens = &self.product;
        let mut found = Vec::new();
        for at in (0..tokens.len()).filter(|at| tokens[*at].is("pub")) {
            let restricted = tokens.get(at + 1).is_some_and(|next| next.is("("));
            let at = if restricted {
                group(tokens, at + 1)
            } else {
                at + 1
            };
            if tokens.get(at).is_some_and(|token| token.is("use")) {
                found.push(at + 1..item(tokens, at));
            }
        }
        found
    }

    /// The names of macros that are called outside tests, with their lines.
    pub fn macros(&self) -> impl Iterator<Item = &Token> {
        self.product
            .windows(2)
            .filter(|pair| pair[0].is_word() && pair[1].is("!"))
            .map(|pair| &pair[0])
    }

    /// The names of methods that are called anywhere, with their lines.
    pub fn methods(&self) -> impl Iterator<Item = &Token> {
        self.tokens
            .windows(3)
            .filter(|three| three[0].is(".") && three[1].is_word() && three[2].is("("))
            .map(|three| &three[1])
    }
}

/// Takes a text apart.
fn tokens(text: &str) -> Vec<Token> {
    let letters: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < letters.len() {
        let rest = &letters[at..];
        let (length, token) = next(rest);
        if let Some(text) = token {
            found.push(Token { text, line });
        }
        line += rest[..length]
            .iter()
            .filter(|letter| **letter == '\n')
            .count();
        at += length;
    }
    found
}

/// The length of what comes next, and its text unless it is a comment or a space.
fn next(rest: &[char]) -> (usize, Option<String>) {
    let first = rest[0];
    if first.is_whitespace() {
        return (1, None);
    }
    if rest.starts_with(&['/', '/']) {
        let end = rest.iter().position(|letter| *letter == '\n');
        return (end.unwrap_or(rest.len()), None);
    }
    if rest.starts_with(&['/', '*']) {
        return (block_comment(rest), None);
    }
    let is_word = |letter: &char| letter.is_alphanumeric() || *letter == '_';
    let word: String = rest.iter().take_while(|letter| is_word(letter)).collect();
    let length = word.chars().count();
    if let Some(literal) = text_literal(&rest[length..], &word) {
        return (length + literal, Some(String::new()));
    }
    if first.is_ascii_digit() {
        return (length, Some(String::new()));
    }
    if length > 0 {
        return (length, Some(word));
    }
    if first == '\'' {
        return letter_or_lifetime(rest);
    }
    (1, Some(first.to_string()))
}

fn block_comment(rest: &[char]) -> usize {
    let (mut at, mut depth) = (0, 0);
    loop {
        if rest[at..].starts_with(&['/', '*']) {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with(&['*', '/']) {
            depth -= 1;
            at += 2;
        } else {
            at += 1;
        }
        if depth == 0 || at >= rest.len() {
            return at.min(rest.len());
        }
    }
}

/// The length of a text in quotes behind its prefix (nothing, b, r, br, c, cr).
fn text_literal(rest: &[char], prefix: &str) -> Option<usize> {
    let raw = match prefix {
        "" | "b" | "c" => false,
        "r" | "br" | "cr" => true,
        _ => return None,
    };
    let signs = rest.iter().take_while(|letter| **letter == '#').count();
    if rest.get(signs) != Some(&'"') || (signs > 0 && !raw) {
        return None;
    }
    let mut at = signs + 1;
    while at < rest.len() {
        if rest[at] == '\\' && !raw {
            at += 2;
        } else if rest[at] == '"'
            && rest[at + 1..]
                .iter()
                .take(signs)
                .filter(|sign| **sign == '#')
                .count()
                == signs
        {
            return Some(at + 1 + signs);
        } else {
            at += 1;
        }
    }
    Some(rest.len())
}

/// `'a'` is a literal, `'a` is a lifetime, which says nothing here.
fn letter_or_lifetime(rest: &[char]) -> (usize, Option<String>) {
    if rest.get(1) == Some(&'\\') {
        let end = rest.iter().skip(3).position(|letter| *letter == '\'');
        return (end.map_or(rest.len(), |end| end + 4), Some(String::new()));
    }
    if rest.get(2) == Some(&'\'') {
        return (3, Some(String::new()));
    }
    (1, None)
}

/// Leaves out every item below an attribute `cfg` that asks for tests, and notes the modules among them that are files.
fn without_tests(tokens: &[Token]) -> (Vec<Token>, BTreeSet<String>) {
    let mut kept = Vec::new();
    let mut modules = BTreeSet::new();
    let mut at = 0;
    while at < tokens.len() {
        let Some(end) = attribute(tokens, at).filter(|end| is_for_tests(&tokens[at..*end])) else {
            kept.push(tokens[at].clone());
            at += 1;
            continue;
        };
        at = end;
        while let Some(end) = attribute(tokens, at) {
            at = end;
        }
        let end = item(tokens, at);
        let declared: Vec<&str> = tokens[at..end]
            .iter()
            .map(|token| token.text.as_str())
            .collect();
        if let [.., "mod", name, ";"] = declared[..] {
            modules.insert(name.to_owned());
        }
        at = end;
    }
    (kept, modules)
}

/// Where the attribute ends that begins here.
fn attribute(tokens: &[Token], at: usize) -> Option<usize> {
    let begins = tokens.get(at)?.is("#") && tokens.get(at + 1)?.is("[");
    begins.then(|| group(tokens, at + 1))
}

fn is_for_tests(attribute: &[Token]) -> bool {
    let has = |word: &str| attribute.iter().any(|token| token.is(word));
    attribute[2].is("cfg") && has("test") && !has("not")
}

/// Where the item ends that begins here: at a semicolon or after its braces.
fn item(tokens: &[Token], mut at: usize) -> usize {
    while at < tokens.len() {
        match tokens[at].text.as_str() {
            ";" => return at + 1,
            "{" => return group(tokens, at),
            "(" | "[" => at = group(tokens, at),
            _ => at += 1,
        }
    }
    at
}

/// Where the brackets end that open here.
fn group(tokens: &[Token], from: usize) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate().skip(from) {
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    tokens.len()
}

/// Every path in some tokens of a module.
fn paths(tokens: &[Token], module: &[String]) -> Vec<Path> {
    let mut found = Vec::new();
    // For every open brace the module that it opens, if it does.
    let mut open: Vec<Option<String>> = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let text = tokens[at].text.as_str();
        match text {
            "{" => {
                let opens_module = at >= 2 && tokens[at - 2].is("mod");
                open.push(opens_module.then(|| tokens[at - 1].text.clone()));
            }
            "}" => {
                open.pop();
            }
            _ => {}
        }
        if !tokens[at].is_word() {
            at += 1;
            continue;
        }
        let mut leaves = Vec::new();
        at = tree(tokens, at, &[], &mut leaves);
        let inner = open.iter().flatten();
        let place: Vec<String> = module.iter().chain(inner).cloned().collect();
        found.extend(leaves.into_iter().map(|leaf| Path {
            parts: absolute(&leaf.parts, &place),
            line: leaf.line,
        }));
    }
    found
}

/// Reads one path with everything that branches off it, and says where it ends.
fn tree(tokens: &[Token], at: usize, before: &[String], found: &mut Vec<Path>) -> usize {
    let Some(token) = tokens.get(at) else {
        return at;
    };
    if token.is("{") {
        let end = group(tokens, at);
        let mut inner = at + 1;
        while inner < end - 1 {
            inner = tree(tokens, inner, before, found);
            // Another name (`as`) says nothing about what is used.
            while inner < end - 1 && !tokens[inner].is(",") {
                inner += 1;
            }
            inner += 1;
        }
        return end;
    }
    let mut parts = before.to_vec();
    if !token.is("self") || before.is_empty() {
        parts.push(token.text.clone());
    }
    let colons = |at: usize| tokens.get(at).is_some_and(|token| token.is(":"));
    let goes_on = colons(at + 1)
        && colons(at + 2)
        && tokens
            .get(at + 3)
            .is_some_and(|next| next.is_word() || next.is("{") || next.is("*"));
    if goes_on {
        return tree(tokens, at + 3, &parts, found);
    }
    found.push(Path {
        parts,
        line: token.line,
    });
    at + 1
}

/// The path from the top of the crate, for a path that says where it begins.
fn absolute(parts: &[String], module: &[String]) -> Vec<String> {
    let mut place = module.to_vec();
    let mut rest = parts;
    match parts[0].as_str() {
        // The binary knows the library by its name.
        "r53mon" => place.clear(),
        "self" if parts.len() > 1 => {}
        "super" => {
            while let Some((_, tail)) = rest.split_first().filter(|(first, _)| *first == "super") {
                place.pop();
                rest = tail;
            }
            return [vec!["crate".to_owned()], place, rest.to_vec()].concat();
        }
        _ => return parts.to_vec(),
    }
    [vec!["crate".to_owned()], place, parts[1..].to_vec()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(path: &str, text: &str) -> Vec<String> {
        let paths = File::new(path, text).paths();
        paths
            .iter()
            .map(|path| path.parts.join("::"))
            .filter(|path| path.contains("::"))
            .collect()
    }

    #[test]
    fn groups_are_taken_apart() {
        assert_eq!(
            all(
                "src/a.rs",
                "pub use crate::{b, c::{self, d as e, f::*}}; use std::fs;"
            ),
            [
                "crate::b",
                "crate::c",
                "crate::c::d",
                "crate::c::f::*",
                "std::fs"
            ]
        );
    }

    #[test]
    fn paths_inside_code_are_found() {
        let text = "fn f<'a>(x: &'a crate::b::C) -> Vec<crate::d::E> { crate::g::h::<u8>('\"', r#\"crate::no\"#) }";
        assert_eq!(
            all("src/a.rs", text),
            ["crate::b::C", "crate::d::E", "crate::g::h"]
        );
    }

    #[test]
    fn comments_and_texts_hold_no_paths() {
        let text = "// crate::a\n/* crate::b /* */ crate::c */ fn f() { g(\"crate::d \\\" crate::e\", b\"crate::f\"); }";
        assert_eq!(all("src/a.rs", text), [""; 0]);
    }

    #[test]
    fn super_and_self_are_followed() {
        let text = "use super::x; use super::super::y; use self::z; mod inner { use super::u; use super::super::v; }";
        assert_eq!(
            all("src/a/b.rs", text),
            [
                "crate::a::x",
                "crate::y",
                "crate::a::b::z",
                "crate::a::b::u",
                "crate::a::v"
            ]
        );
        assert_eq!(all("src/a/mod.rs", "use super::x;"), ["crate::x"]);
        assert_eq!(all("src/main.rs", "use r53mon::x::y;"), ["crate::x::y"]);
    }

    #[test]
    fn tests_are_left_out() {
        let text = "
            #[cfg(test)] mod samples;
            #[cfg(test)] use crate::no;
            #[cfg(test)] #[expect(x)] mod tests { use crate::no; fn f() { { crate::no } } }
            #[cfg(not(test))] use crate::a;
            #[cfg(unix)] use crate::b;
            use crate::c;";
        assert_eq!(all("src/a.rs", text), ["crate::a", "crate::b", "crate::c"]);
        let modules = File::new("src/a.rs", text).test_modules;
        assert_eq!(modules.into_iter().collect::<Vec<_>>(), ["samples"]);
    }

    #[test]
    fn what_is_handed_on_is_found() {
        let text =
            "use x::No; pub mod c; pub use c::{A, B}; pub(super) use super::d::C; pub fn f() {}";
        let file = File::new("src/a/b.rs", text);
        let found: Vec<_> = file
            .re_exports()
            .iter()
            .map(|path| path.parts.join("::"))
            .collect();
        assert_eq!(found, ["c::A", "c::B", "crate::a::d::C"]);
        let used = ["A", "c", "d", "No", "x"].map(|word| file.uses_word(word));
        assert_eq!(used, [false, false, false, true, true]);
    }

    #[test]
    fn calls_are_found_with_their_lines() {
        let file = File::new(
            "src/a.rs",
            "fn f() {\n    client\n        .get_it()\n        .send();\n    println!();\n}",
        );
        let methods: Vec<_> = file
            .methods()
            .map(|token| (token.text.as_str(), token.line))
            .collect();
        assert_eq!(methods, [("get_it", 3), ("send", 4)]);
        let macros: Vec<_> = file.macros().map(|token| token.text.as_str()).collect();
        assert_eq!(macros, ["println"]);
    }
}
