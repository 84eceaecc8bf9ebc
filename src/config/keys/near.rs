//! Names that may have been meant by a mistyped one.

use super::key::PREFIX;

/// The known name that is nearest to a mistyped one, if any is near enough to be meant.
pub fn nearest<'known>(
    name: &str,
    known: impl IntoIterator<Item = &'known str>,
) -> Option<&'known str> {
    let name = bare(name);
    known
        .into_iter()
        .map(|candidate| (likeness(&name, &bare(candidate)), candidate))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|one, two| one.0.total_cmp(&two.0))
        .map(|(_, candidate)| candidate)
}

/// What tells names apart: neither the prefix that all variables share nor how words are joined.
fn bare(name: &str) -> String {
    let name = name.to_lowercase().replace('-', "_");
    let prefix = PREFIX.to_lowercase();
    name.strip_prefix(&prefix).unwrap_or(&name).to_owned()
}

/// 1 for the same, 0 for nothing in common. One slip of the finger, or a name that is a part of the other, counts as
/// near however short the names are.
fn likeness(one: &str, two: &str) -> f64 {
    let slip = strsim::osa_distance(one, two) <= 1 && one.len() >= 3;
    let part = one.len() >= 4 && two.len() >= 4 && (one.contains(two) || two.contains(one));
    let alike = strsim::jaro_winkler(one, two);
    if slip || part { alike.max(0.95) } else { alike }
}
