//! What name servers say when they do not answer, gathered into one sentence for each kind of trouble.
//!
//! The newest hint of each server is kept. A kind of trouble stands as long as one server has it; a server has it until
//! several named answers in a row have come from it, so that a server that wavers makes no noise.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use crate::model::answer::{Fault, Hint};

/// So many named answers in a row, and a server is believed to answer again.
const GOOD_IN_A_ROW: u32 = 3;
/// The same kind of trouble is no news again so soon.
const TOLD_AGAIN_AFTER: Duration = Duration::from_mins(1);

/// The subject of the notes made here, and of no others.
const SUBJECTS: [&str; 4] = ["nxdomain", "nodata", "referral", "recursive"];

/// The troubles of all servers.
#[derive(Debug, Default)]
pub(super) struct Troubles {
    /// By server.
    servers: BTreeMap<usize, Trouble>,
    told: BTreeMap<&'static str, SystemTime>,
}

#[derive(Debug)]
struct Trouble {
    hint: Hint,
    good_in_a_row: u32,
}

/// What has to be shown from now on.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) subject: &'static str,
    /// `None`: nothing any more.
    pub(super) note: Option<String>,
    /// Whether it is news.
    pub(super) tell: bool,
}

impl Troubles {
    /// Takes in a hint of a server. `names` are those of all servers.
    pub(super) fn raise(
        &mut self,
        server: usize,
        hint: &Hint,
        names: &[&str],
        now: SystemTime,
    ) -> Vec<Change> {
        let before = self.servers.get_mut(&server);
        if let Some(before) = before.filter(|before| before.hint == *hint) {
            before.good_in_a_row = 0;
            return Vec::new();
        }
        let trouble = Trouble {
            hint: hint.clone(),
            good_in_a_row: 0,
        };
        let before = self.servers.insert(server, trouble);
        let subject = subject(hint);
        let mut changes = Vec::new();
        if let Some(before) = before.map(|before| self::subject(&before.hint))
            && before != subject
        {
            changes.push(self.change(before, names, None));
        }
        changes.push(self.change(subject, names, Some(now)));
        changes
    }

    /// Takes in a named answer of a server that had trouble. Returns whether it still has any, and what changes.
    pub(super) fn answered(&mut self, server: usize, names: &[&str]) -> (bool, Vec<Change>) {
        let Some(trouble) = self.servers.get_mut(&server) else {
            return (false, Vec::new());
        };
        trouble.good_in_a_row += 1;
        if trouble.good_in_a_row < GOOD_IN_A_ROW {
            return (true, Vec::new());
        }
        let subject = subject(&trouble.hint);
        self.servers.remove(&server);
        (false, vec![self.change(subject, names, None)])
    }

    /// What is to be said about a kind of trouble now; `risen` when it has just come up at one more server.
    fn change(&mut self, kind: &'static str, names: &[&str], risen: Option<SystemTime>) -> Change {
        let having: Vec<(usize, &Hint)> = self
            .servers
            .iter()
            .filter(|(_, trouble)| subject(&trouble.hint) == kind)
            .map(|(server, trouble)| (*server, &trouble.hint))
            .collect();
        let note = sentence(&having, names);
        let tell = risen.is_some_and(|now| {
            let again = self.told.get(kind).is_none_or(|told| {
                now.duration_since(*told).unwrap_or_default() >= TOLD_AGAIN_AFTER
            });
            // While it stands, one more server is a longer line and no news.
            let news = having.len() == 1 && again;
            if news {
                self.told.insert(kind, now);
            }
            news
        });
        Change {
            subject: kind,
            note,
            tell,
        }
    }
}

fn subject(hint: &Hint) -> &'static str {
    match hint {
        Hint::Negative {
            fault: Fault::Nxdomain,
            ..
        } => SUBJECTS[0],
        Hint::Negative { .. } => SUBJECTS[1],
        Hint::Referral { .. } => SUBJECTS[2],
        Hint::Recursive => SUBJECTS[3],
    }
}

/// One sentence for all servers with the same trouble.
fn sentence(having: &[(usize, &Hint)], names: &[&str]) -> Option<String> {
    let (_, hint) = having.last()?;
    let all = having.len() == names.len() && names.len() > 1;
    let who = if all {
        "all name servers".to_owned()
    } else {
        let name = |(server, _): &(usize, &Hint)| names.get(*server).copied().unwrap_or("?");
        having.iter().map(name).collect::<Vec<_>>().join(", ")
    };
    let s = if having.len() == 1 { "s" } else { "" };
    Some(match hint {
        Hint::Negative { fault, .. } => {
            let what = if *fault == Fault::Nxdomain {
                "NXDOMAIN"
            } else {
                "that there is no such record (NODATA)"
            };
            let keeps = having.iter().filter_map(|(_, hint)| match hint {
                Hint::Negative { keep, .. } => *keep,
                _ => None,
            });
            match keeps.max() {
                Some(keep) => format!(
                    "{who} answer{s} {what}: resolvers keep that for {} s",
                    keep.as_secs()
                ),
                None => {
                    format!("{who} answer{s} {what}, without an SOA: resolvers must not keep that")
                }
            }
        }
        Hint::Referral { asked, child } => {
            let told = if all {
                String::new()
            } else {
                format!(" (so {who} say{s})")
            };
            if asked == child {
                format!("{asked} is delegated to another zone{told}")
            } else {
                format!("{asked} lies below {child}, which is delegated to another zone{told}")
            }
        }
        Hint::Recursive => format!(
            "{who} answer{s} without authority and offer{s} recursion: a resolver, or something in between; this is not counted"
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::name::RecordName;

    const NAMES: [&str; 2] = ["ns-1", "ns-2"];

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn nxdomain(keep: u64) -> Hint {
        Hint::Negative {
            fault: Fault::Nxdomain,
            keep: Some(Duration::from_secs(keep)),
        }
    }

    fn referral(asked: &str, child: &str) -> Hint {
        let name = |text| RecordName::from_user(text).expect("a name");
        Hint::Referral {
            asked: name(asked),
            child: name(child),
        }
    }

    fn note(changes: &[Change]) -> (Option<&str>, bool) {
        let [change] = changes else {
            panic!("{changes:?}")
        };
        (change.note.as_deref(), change.tell)
    }

    #[test]
    fn one_sentence_for_all_servers_told_once() {
        let mut troubles = Troubles::default();
        let first = troubles.raise(0, &nxdomain(900), &NAMES, at(0));
        assert_eq!(
            note(&first),
            (
                Some("ns-1 answers NXDOMAIN: resolvers keep that for 900 s"),
                true
            )
        );
        assert_eq!(troubles.raise(0, &nxdomain(900), &NAMES, at(1)), []);
        let second = troubles.raise(1, &nxdomain(900), &NAMES, at(1));
        assert_eq!(
            note(&second),
            (
                Some("all name servers answer NXDOMAIN: resolvers keep that for 900 s"),
                false
            )
        );
        // It is taken back when named answers have come from all of them.
        for server in [0, 1] {
            assert_eq!(troubles.answered(server, &NAMES), (true, vec![]));
            assert_eq!(troubles.answered(server, &NAMES), (true, vec![]));
            let (still, changes) = troubles.answered(server, &NAMES);
            assert!(!still);
            let expected = "ns-2 answers NXDOMAIN: resolvers keep that for 900 s";
            assert_eq!(note(&changes), ((server == 0).then_some(expected), false));
        }
    }

    #[test]
    fn a_server_that_wavers_makes_no_noise() {
        let mut troubles = Troubles::default();
        let mut told = 0;
        for second in 0..59 {
            let changes = troubles.raise(0, &nxdomain(60), &NAMES, at(second));
            told += changes.iter().filter(|change| change.tell).count();
            for _ in 0..second % 5 {
                troubles.answered(0, &NAMES);
            }
        }
        assert_eq!(told, 1);
    }

    #[test]
    fn every_kind_has_its_sentence() {
        for (hint, sentence) in [
            (
                referral("app.dev.example.com", "dev.example.com"),
                "app.dev.example.com lies below dev.example.com, which is delegated to another zone (so ns-1 says)",
            ),
            (
                referral("dev.example.com", "dev.example.com"),
                "dev.example.com is delegated to another zone (so ns-1 says)",
            ),
            (
                Hint::Negative {
                    fault: Fault::Nodata,
                    keep: None,
                },
                "ns-1 answers that there is no such record (NODATA), without an SOA: resolvers must not keep that",
            ),
            (
                Hint::Recursive,
                "ns-1 answers without authority and offers recursion: a resolver, or something in between; this is not counted",
            ),
        ] {
            let changes = Troubles::default().raise(0, &hint, &NAMES, at(0));
            assert_eq!(note(&changes), (Some(sentence), true));
        }
    }

    #[test]
    fn another_trouble_of_the_same_server_replaces_the_first() {
        let mut troubles = Troubles::default();
        troubles.raise(0, &nxdomain(60), &NAMES, at(0));
        let changes = troubles.raise(0, &Hint::Recursive, &NAMES, at(1));
        assert_eq!(changes.len(), 2);
        assert_eq!((changes[0].subject, &changes[0].note), ("nxdomain", &None));
        assert!(changes[1].note.is_some());
    }
}
