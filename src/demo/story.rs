//! A story as plain data: what exists in the simulated world and what happens in it, when.
//!
//! Reading a story from a file, and refusing a bad one, is `script`; what follows from it at a given time is `timeline`.

use std::net::IpAddr;
use std::sync::LazyLock;
use std::time::Duration;

use super::script::{self, StoryError};

/// The stories that ship in the program, the default first. Each is the file's name and its text.
const BUILT_IN: [(&str, &str); 3] = [
    ("cutover.toml", include_str!("stories/cutover.toml")),
    (
        "stale-server.toml",
        include_str!("stories/stale-server.toml"),
    ),
    ("slow-green.toml", include_str!("stories/slow-green.toml")),
];

/// One zone with one weighted group, the name servers that serve it, and what happens to them over time.
///
/// A value of this type comes from [`Story::parse`] and has passed all its checks.
#[derive(Debug, Clone, PartialEq)]
pub struct Story {
    /// What the story is called on the command line.
    pub name: String,
    /// One sentence for a list of stories.
    pub summary: String,
    /// More for those who want it.
    pub description: Option<String>,
    /// The zone's name in lower case, without the last dot.
    pub zone: String,
    /// The record's name in lower case, without the last dot.
    pub record: String,
    /// The type of the weighted group.
    pub record_type: GroupType,
    /// Time to live of the group, in seconds.
    pub ttl: u32,
    /// What all random choices start from.
    pub seed: u64,
    /// The weighted record sets, in the order of the file; at least one.
    pub sets: Vec<RecordSet>,
    /// The zone's name servers, in the order of the file; at least one.
    pub servers: Vec<NameServer>,
    /// What the Route 53 API does when the story begins.
    pub api: ApiFault,
    /// What happens later, in order of time.
    pub steps: Vec<Step>,
}

/// The types of weighted group that the world can serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupType {
    /// Values are IPv4 addresses.
    A,
    /// Values are IPv6 addresses.
    Aaaa,
    /// Each set has one value, another name.
    Cname,
}

impl GroupType {
    /// As the type is written in zone files and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::Aaaa => "AAAA",
            Self::Cname => "CNAME",
        }
    }
}

/// One weighted record set.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordSet {
    /// Route 53's `SetIdentifier`.
    pub id: String,
    /// The weight when the story begins.
    pub weight: u8,
    /// What the set answers.
    pub values: Values,
    /// How the set's web server behaves when the story begins.
    pub web: WebBehaviour,
}

/// What a record set answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Values {
    /// The addresses of an A or AAAA set. All are loopback addresses.
    Addresses(Vec<IpAddr>),
    /// The name that a CNAME set points to.
    Target {
        /// The name in lower case, without the last dot.
        name: String,
        /// The addresses that the zone holds for that name; loopback, and possibly none.
        addresses: Vec<IpAddr>,
    },
}

impl Values {
    /// The addresses where a client that follows this answer ends up.
    pub fn addresses(&self) -> &[IpAddr] {
        match self {
            Self::Addresses(addresses) | Self::Target { addresses, .. } => addresses,
        }
    }
}

/// How the web server behind a record set behaves. Its durations are real time, whatever the story's speed: a slow
/// page is slow for whoever asks, not for the storyteller.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WebBehaviour {
    /// How long every answer takes at least.
    pub delay: Duration,
    /// How much longer an answer may take; every length up to this is equally likely.
    pub jitter: Duration,
    /// Which share of the requests fails, from 0 to 1.
    pub error_share: f64,
    /// The HTTP status of a request that fails.
    pub status: u16,
}

impl Default for WebBehaviour {
    fn default() -> Self {
        Self {
            delay: Duration::ZERO,
            jitter: Duration::ZERO,
            error_share: 0.0,
            status: 503,
        }
    }
}

/// One authoritative name server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameServer {
    /// The server's name in lower case, without the last dot.
    pub name: String,
    /// How long this server serves the old weights after the API shows new ones.
    pub lag: Lag,
    /// What is wrong with the server when the story begins.
    pub fault: ServerFault,
}

/// How long a name server takes to apply a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lag {
    /// This much story time.
    After(Duration),
    /// It goes on with what it has.
    Never,
}

/// What can be wrong with a name server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerFault {
    /// Nothing.
    None,
    /// It takes questions and never answers.
    Silent,
    /// It answers every question with SERVFAIL.
    Servfail,
    /// It answers every question with REFUSED.
    Refused,
}

/// What can be wrong with the Route 53 API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApiFault {
    /// Nothing.
    None,
    /// The caller may not do this: 403 `AccessDenied`.
    AccessDenied,
    /// The caller's session has run out: 403 `ExpiredToken`.
    ExpiredToken,
    /// Too many calls: 400 `Throttling`.
    Throttling,
    /// Connections are closed without an answer.
    Unreachable,
}

/// Something that happens in a story. What a step does not name stays as it was.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Step {
    /// When, in story time since the beginning.
    pub after: Duration,
    /// What a person reading along should know.
    pub note: Option<String>,
    /// New weights, by position in [`Story::sets`].
    pub weights: Vec<(usize, u8)>,
    /// New behaviour of web servers, by position in [`Story::sets`].
    pub web: Vec<(usize, WebChange)>,
    /// New behaviour of name servers, by position in [`Story::servers`].
    pub servers: Vec<(usize, ServerChange)>,
    /// New behaviour of the API.
    pub api: Option<ApiFault>,
}

/// The parts of a web server's behaviour that a step changes.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct WebChange {
    /// See [`WebBehaviour::delay`].
    pub delay: Option<Duration>,
    /// See [`WebBehaviour::jitter`].
    pub jitter: Option<Duration>,
    /// See [`WebBehaviour::error_share`].
    pub error_share: Option<f64>,
    /// See [`WebBehaviour::status`].
    pub status: Option<u16>,
}

impl WebChange {
    /// The behaviour after this change.
    pub fn applied_to(&self, before: WebBehaviour) -> WebBehaviour {
        WebBehaviour {
            delay: self.delay.unwrap_or(before.delay),
            jitter: self.jitter.unwrap_or(before.jitter),
            error_share: self.error_share.unwrap_or(before.error_share),
            status: self.status.unwrap_or(before.status),
        }
    }
}

/// The parts of a name server's behaviour that a step changes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ServerChange {
    /// See [`NameServer::lag`].
    pub lag: Option<Lag>,
    /// See [`NameServer::fault`].
    pub fault: Option<ServerFault>,
}

impl Story {
    /// Reads a story from the text of a TOML file. `origin` is what errors call the file.
    ///
    /// # Errors
    ///
    /// Every problem of the text at once, each with its line and what would be allowed.
    pub fn parse(text: &str, origin: &str) -> Result<Self, StoryError> {
        script::parse(text, origin)
    }

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
            assert_eq!(story.servers.len(), 4, "{}", story.name);
            assert!(
                story.summary.ends_with('.') && story.summary.len() < 100,
                "{}",
                story.name
            );
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
