//! What name servers say when they do not answer, gathered into one notice for each kind of trouble.
//!
//! The newest hint of each server is kept. A kind of trouble stands as long as one server has it; a server has it until
//! several named answers in a row have come from it, so that a server that wavers makes no noise.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use crate::model::answer::{Fault, Hint};
use crate::model::index::ServerIndex;
use crate::model::notice::{Notice, Subject};

/// So many named answers in a row, and a server is believed to answer again.
const GOOD_IN_A_ROW: u32 = 3;
/// The same kind of trouble is no news again so soon.
const TOLD_AGAIN_AFTER: Duration = Duration::from_mins(1);

/// The troubles of all servers.
#[derive(Debug, Default)]
pub(super) struct Troubles {
    servers: BTreeMap<ServerIndex, Trouble>,
    told: BTreeMap<Subject, SystemTime>,
}

#[derive(Debug)]
struct Trouble {
    hint: Hint,
    good_in_a_row: u32,
}

/// What has to be shown from now on.
#[derive(Debug, PartialEq)]
pub(super) struct Change {
    pub(super) subject: Subject,
    /// `None`: nothing any more.
    pub(super) note: Option<Notice>,
    /// Whether it is news.
    pub(super) tell: bool,
}

impl Troubles {
    /// Takes in a hint of a server.
    pub(super) fn raise(
        &mut self,
        server: ServerIndex,
        hint: &Hint,
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
            changes.push(self.change(before, None));
        }
        changes.push(self.change(subject, Some(now)));
        changes
    }

    /// Takes in a named answer of a server that had trouble. Returns whether it still has any, and what changes.
    pub(super) fn answered(&mut self, server: ServerIndex) -> (bool, Vec<Change>) {
        let Some(trouble) = self.servers.get_mut(&server) else {
            return (false, Vec::new());
        };
        trouble.good_in_a_row += 1;
        if trouble.good_in_a_row < GOOD_IN_A_ROW {
            return (true, Vec::new());
        }
        let subject = subject(&trouble.hint);
        self.servers.remove(&server);
        (false, vec![self.change(subject, None)])
    }

    /// What is to be said about a kind of trouble now; `risen` when it has just come up at one more server.
    fn change(&mut self, kind: Subject, risen: Option<SystemTime>) -> Change {
        let having: Vec<(ServerIndex, &Hint)> = self
            .servers
            .iter()
            .filter(|(_, trouble)| subject(&trouble.hint) == kind)
            .map(|(server, trouble)| (*server, &trouble.hint))
            .collect();
        let note = notice(&having);
        let tell = risen.is_some_and(|now| {
            let again = self.told.get(&kind).is_none_or(|told| {
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

fn subject(hint: &Hint) -> Subject {
    match hint {
        Hint::Negative {
            fault: Fault::Nxdomain,
            ..
        } => Subject::Nxdomain,
        Hint::Negative { .. } => Subject::Nodata,
        Hint::Referral { .. } => Subject::Referral,
        Hint::Recursive => Subject::Recursive,
        Hint::Rcode(_) => Subject::Rcode,
    }
}

/// One notice for all servers with the same trouble.
fn notice(having: &[(ServerIndex, &Hint)]) -> Option<Notice> {
    let (_, hint) = having.last()?;
    let servers = having.iter().map(|(server, _)| *server).collect();
    Some(match *hint {
        Hint::Negative { fault, .. } => {
            let keeps = having.iter().filter_map(|(_, hint)| match hint {
                Hint::Negative { keep, .. } => *keep,
                _ => None,
            });
            Notice::Negative {
                fault: *fault,
                servers,
                keep: keeps.max(),
            }
        }
        Hint::Referral { asked, child } => Notice::Referral {
            asked: asked.clone(),
            child: child.clone(),
            servers,
        },
        Hint::Recursive => Notice::Recursive { servers },
        Hint::Rcode(rcode) => Notice::Rcode {
            rcode: *rcode,
            servers,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn nxdomain(keep: u64) -> Hint {
        Hint::Negative {
            fault: Fault::Nxdomain,
            keep: Some(Duration::from_secs(keep)),
        }
    }

    fn gone(servers: &[usize], keep: u64) -> Notice {
        Notice::Negative {
            fault: Fault::Nxdomain,
            servers: servers.iter().map(|&server| server.into()).collect(),
            keep: Some(Duration::from_secs(keep)),
        }
    }

    fn note(changes: &[Change]) -> (Option<&Notice>, bool) {
        let [change] = changes else {
            panic!("{changes:?}")
        };
        (change.note.as_ref(), change.tell)
    }

    #[test]
    fn one_notice_for_all_servers_told_once() {
        let mut troubles = Troubles::default();
        let first = troubles.raise(0.into(), &nxdomain(900), at(0));
        assert_eq!(note(&first), (Some(&gone(&[0], 900)), true));
        assert_eq!(troubles.raise(0.into(), &nxdomain(900), at(1)), []);
        let second = troubles.raise(1.into(), &nxdomain(600), at(1));
        assert_eq!(note(&second), (Some(&gone(&[0, 1], 900)), false));
        // It is taken back when named answers have come from all of them.
        for server in [0, 1] {
            assert_eq!(troubles.answered(server.into()), (true, vec![]));
            assert_eq!(troubles.answered(server.into()), (true, vec![]));
            let (still, changes) = troubles.answered(server.into());
            assert!(!still);
            let left = gone(&[1], 600);
            assert_eq!(note(&changes), ((server == 0).then_some(&left), false));
        }
    }

    #[test]
    fn a_server_that_wavers_makes_no_noise() {
        let mut troubles = Troubles::default();
        let mut told = 0;
        for second in 0..59 {
            let changes = troubles.raise(0.into(), &nxdomain(60), at(second));
            told += changes.iter().filter(|change| change.tell).count();
            for _ in 0..second % 5 {
                troubles.answered(0.into());
            }
        }
        assert_eq!(told, 1);
    }

    #[test]
    fn another_trouble_of_the_same_server_replaces_the_first() {
        let mut troubles = Troubles::default();
        troubles.raise(0.into(), &nxdomain(60), at(0));
        let changes = troubles.raise(0.into(), &Hint::Recursive, at(1));
        assert_eq!(changes.len(), 2);
        assert_eq!(
            (changes[0].subject, &changes[0].note),
            (Subject::Nxdomain, &None)
        );
        let servers = vec![0.into()];
        assert_eq!(changes[1].note, Some(Notice::Recursive { servers }));
    }
}
