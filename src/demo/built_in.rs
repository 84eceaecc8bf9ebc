//! The stories that ship in the program.

use std::sync::LazyLock;

use super::story::Story;

/// A story that says at its end all that a story can say.
pub const STORY_TEMPLATE: &str = include_str!("stories/cutover.toml");

/// The stories that ship in the program, the default first. Each is the file's name and its text.
const BUILT_IN: [(&str, &str); 13] = [
    ("cutover.toml", STORY_TEMPLATE),
    (
        "stale-server.toml",
        include_str!("stories/stale-server.toml"),
    ),
    ("slow-green.toml", include_str!("stories/slow-green.toml")),
    (
        "failing-green.toml",
        include_str!("stories/failing-green.toml"),
    ),
    (
        "half-bad-pool.toml",
        include_str!("stories/half-bad-pool.toml"),
    ),
    (
        "expired-certificate.toml",
        include_str!("stories/expired-certificate.toml"),
    ),
    ("nested.toml", include_str!("stories/nested.toml")),
    ("alias-pool.toml", include_str!("stories/alias-pool.toml")),
    (
        "zero-weights.toml",
        include_str!("stories/zero-weights.toml"),
    ),
    (
        "unhealthy-blue.toml",
        include_str!("stories/unhealthy-blue.toml"),
    ),
    (
        "private-zone.toml",
        include_str!("stories/private-zone.toml"),
    ),
    ("intercepted.toml", include_str!("stories/intercepted.toml")),
    ("rehearsal.toml", include_str!("stories/rehearsal.toml")),
];

impl Story {
    /// The stories that ship in the program, the default one first.
    pub fn built_in() -> &'static [Self] {
        static STORIES: LazyLock<Vec<Story>> = LazyLock::new(|| {
            BUILT_IN
                .iter()
                .map(|(origin, text)| {
                    Story::parse(text, origin)
                        .expect("a test reads every story that ships in the program")
                })
                .collect()
        });
        &STORIES
    }

    /// The built-in story of that name.
    pub fn find(name: &str) -> Option<&'static Self> {
        Self::built_in().iter().find(|story| story.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_stories_are_there_and_named_after_their_files() {
        let names: Vec<_> = Story::built_in()
            .iter()
            .map(|story| format!("{}.toml", story.name))
            .collect();
        let files: Vec<_> = BUILT_IN.iter().map(|(file, _)| *file).collect();
        assert_eq!(names, files);
        assert_eq!(Story::built_in()[0].name, "cutover");
        for story in Story::built_in() {
            assert!(
                story.summary.ends_with('.') && story.summary.len() < 100,
                "{}",
                story.name
            );
            assert_ne!(story.summary_ko, story.summary, "{}", story.name);
        }
    }

    #[test]
    fn a_story_is_found_by_its_name_only() {
        assert_eq!(
            Story::find("slow-green").map(|story| story.name.as_str()),
            Some("slow-green")
        );
        assert_eq!(Story::find("slow"), None);
    }
}
