//! Circles of imports between the files of one room. A file that can be reached from itself cannot be read, tested or moved
//! alone.

use std::collections::{BTreeMap, BTreeSet};

use super::source::File;

/// Which files a file uses, each with the first line that does.
pub type Uses = BTreeMap<String, BTreeMap<String, usize>>;

/// The files by the modules that they are.
struct Modules<'files> {
    files: BTreeMap<Vec<String>, &'files File>,
}

impl<'files> Modules<'files> {
    fn new(files: &'files [File]) -> Self {
        let files = files.iter().map(|file| (file.module(), file)).collect();
        Self { files }
    }

    /// The file in which the thing stands that a path in a module leads to: what a module only hands on stands elsewhere.
    fn target(&self, module: &[String], parts: &[String]) -> Option<&'files File> {
        let path = match parts.split_first()? {
            // The module itself or one around it (`pub(super)`): nothing is used of it.
            (first, rest) if first == "crate" && module.starts_with(rest) => return None,
            (first, rest) if first == "crate" => rest.to_vec(),
            // A path that says nothing of where it begins may begin at a child.
            (first, _) => {
                let path = [module, parts].concat();
                self.files.get(&path[..=module.len()])?;
                let named = parts.len() > 1 && first != "self";
                named.then_some(path)?
            }
        };
        let length = (1..=path.len())
            .rev()
            .find(|length| self.files.contains_key(&path[..*length]))?;
        let file = self.files[&path[..length]];
        let handed_on = path.get(length).and_then(|name| {
            let mut handed_on = file.re_exports().into_iter();
            handed_on.find(|path| path.parts.last() == Some(name))
        });
        match handed_on {
            Some(path) => self.target(&file.module(), &path.parts),
            None => Some(file),
        }
    }

    /// The files of its own room that a file uses. What it only hands on it does not use.
    fn used_by(&self, file: &File) -> BTreeMap<String, usize> {
        let handed_on = file.re_exports();
        let only_handed_on = |path: &&super::source::Path| {
            handed_on.contains(path) && !path.parts.last().is_some_and(|name| file.uses_word(name))
        };
        let mut used = BTreeMap::new();
        for path in file.paths().iter().filter(|path| !only_handed_on(path)) {
            let Some(target) = self.target(&file.module(), &path.parts) else {
                continue;
            };
            if target.room() == file.room() && target.path != file.path {
                used.entry(target.path.clone()).or_insert(path.line);
            }
        }
        used
    }
}

/// What every file uses of its own room.
pub fn uses(files: &[File]) -> Uses {
    let modules = Modules::new(files);
    files
        .iter()
        .map(|file| (file.path.clone(), modules.used_by(file)))
        .collect()
}

/// All groups of files that can be reached from each other.
pub fn circles(uses: &Uses) -> BTreeSet<BTreeSet<String>> {
    let reached: BTreeMap<&String, BTreeSet<&String>> =
        uses.keys().map(|file| (file, reach(uses, file))).collect();
    let circle = |file: &String| -> BTreeSet<String> {
        let there = reached[file]
            .iter()
            .filter(|other| reached[**other].contains(file));
        there.map(|other| (*other).clone()).collect()
    };
    uses.keys()
        .map(circle)
        .filter(|circle| !circle.is_empty())
        .collect()
}

/// Everything that can be reached from a file.
fn reach<'uses>(uses: &'uses Uses, start: &str) -> BTreeSet<&'uses String> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<&String> = uses[start].keys().collect();
    while let Some(file) = next.pop() {
        if reached.insert(file) {
            next.extend(uses.get(file).into_iter().flat_map(BTreeMap::keys));
        }
    }
    reached
}

/// A circle for people: every step of it with its place.
pub fn told(circle: &BTreeSet<String>, uses: &Uses) -> String {
    let steps = circle.iter().flat_map(|file| {
        let inside = uses[file].iter().filter(|(used, _)| circle.contains(*used));
        inside.map(move |(used, line)| format!("  {file}:{line}: uses {used}"))
    });
    let names: Vec<&str> = circle.iter().map(String::as_str).collect();
    format!(
        "a circle of {}\n{}",
        names.join(", "),
        steps.collect::<Vec<_>>().join("\n")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn circles_of(files: &[(&str, &str)]) -> Vec<Vec<String>> {
        let files: Vec<File> = files
            .iter()
            .map(|(path, text)| File::new(path, text))
            .collect();
        let circles = circles(&uses(&files));
        circles
            .into_iter()
            .map(|circle| circle.into_iter().collect())
            .collect()
    }

    #[test]
    fn files_that_use_each_other_are_found() {
        let back = ("src/r/a.rs", "use super::b::B; pub(super) struct A;");
        let there = ("src/r/b.rs", "fn f() { crate::r::a::g(); }");
        let parent = ("src/r/mod.rs", "mod a; mod b; mod c;");
        let bystander = ("src/r/c.rs", "use super::a::A;");
        assert_eq!(
            circles_of(&[back, there, parent, bystander]),
            [["src/r/a.rs", "src/r/b.rs"]]
        );
        assert_eq!(circles_of(&[back, parent]), [[""; 0]; 0]);
        let tests = (
            "src/r/b.rs",
            "#[cfg(test)] mod tests { use crate::r::a::g; }",
        );
        assert_eq!(circles_of(&[back, tests, parent]), [[""; 0]; 0]);
    }

    #[test]
    fn a_parent_that_uses_what_its_child_takes_from_it_is_a_circle() {
        let child = ("src/r/a.rs", "use super::Thing;");
        let circle = [["src/r/a.rs", "src/r/mod.rs"]];
        for parent in [
            "mod a; struct Thing; fn f() { a::g(); }",
            "mod a; use a::g; struct Thing;",
            "mod a; use self::a::g; struct Thing;",
            "mod a; pub use a::G; struct Thing; fn f(_: G) {}",
        ] {
            assert_eq!(
                circles_of(&[child, ("src/r/mod.rs", parent)]),
                circle,
                "{parent}"
            );
        }
        // To declare a child and to hand on its names is not to use it.
        for parent in [
            "mod a; struct Thing;",
            "pub mod a; pub use a::{g, h}; struct Thing;",
        ] {
            assert_eq!(
                circles_of(&[child, ("src/r/mod.rs", parent)]),
                [[""; 0]; 0],
                "{parent}"
            );
        }
    }

    #[test]
    fn what_a_parent_hands_on_is_its_childs() {
        let parent = ("src/r/mod.rs", "mod a; mod b; pub use a::A; pub use b::B;");
        let one = ("src/r/a.rs", "use super::B;");
        let other = ("src/r/b.rs", "use super::A;");
        assert_eq!(
            circles_of(&[parent, one, other]),
            [["src/r/a.rs", "src/r/b.rs"]]
        );
        assert_eq!(circles_of(&[parent, one, ("src/r/b.rs", "")]), [[""; 0]; 0]);
    }
}
