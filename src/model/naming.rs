//! Which record sets and name servers a happening names, for whoever lists what happened to one of them.

use super::change::Change;
use super::event::{Happening, LookedUp};
use super::gate::Subject;
use super::index::ServerIndex;
use super::notice::Notice;
use super::stage::StageNews;
use super::verdict::{Mismatch, MismatchReason, VerdictNews};

/// What stands between the identifiers that lead to a branch.
const BELOW: &str = " > ";

impl Happening {
    /// Whether it names the set with this identifier, or a branch below it.
    pub fn names_set(&self, set: &str) -> bool {
        match self {
            Self::Started { group, .. } => group.sets.iter().any(|one| one.identifier == set),
            Self::SegmentBegan { changes, .. } => changes.iter().any(|it| change_of(it, set)),
            Self::TtlChanged(changes) => changes.iter().any(|it| is_of(&it.set, set)),
            Self::LookupFailed { of, .. } => match of {
                LookedUp::Target { set: of, .. } => is_of(of, set),
                LookedUp::Server(_) => false,
            },
            Self::SideWorse { set: of, than, .. } | Self::SideNoLongerWorse { set: of, than } => {
                of == set || than == set
            }
            Self::Stage(news) => stage_names_set(news, set),
            Self::Noticed(notice) => notice_names_set(notice, set),
            Self::Verdict(news) => match news {
                VerdictNews::Mismatch(mismatch) | VerdictNews::Suspicion(mismatch) => {
                    mismatch_names_set(mismatch, set)
                }
                VerdictNews::Excluded { set: of, .. }
                | VerdictNews::ServerWentBack { set: of, .. } => of.as_deref() == Some(set),
                VerdictNews::Off(off) => {
                    (off.farthest.as_ref()).is_some_and(|one| &*one.identifier == set)
                }
                VerdictNews::Match { .. }
                | VerdictNews::Recovered { .. }
                | VerdictNews::MismatchConfirmed
                | VerdictNews::Propagating { .. }
                | VerdictNews::PropagatingAgain { .. }
                | VerdictNews::Propagated { .. }
                | VerdictNews::ServerSwitched { .. }
                | VerdictNews::ServerStale { .. }
                | VerdictNews::Blind { .. }
                | VerdictNews::BlindEnded
                | VerdictNews::AnswersLost
                | VerdictNews::AnswersDepend { .. }
                | VerdictNews::NotServedSoFar { .. }
                | VerdictNews::OffEnded => false,
            },
            Self::GateTripped { known, .. } | Self::GateCleared { known, .. } => {
                matches!(&known.subject, Subject::Set(of) if of == set)
            }
            Self::PollFailed(_)
            | Self::PollRecovered
            | Self::ServerSilent { .. }
            | Self::ServerBack { .. }
            | Self::ChangePending { .. }
            | Self::ChangeInSync { .. }
            | Self::AddressChanged { .. }
            | Self::StoodStill { .. }
            | Self::ResolverFailed { .. }
            | Self::ResolverBack { .. }
            | Self::CountedAnew { .. }
            | Self::RateChanged { .. }
            | Self::HttpSwitched { .. } => false,
        }
    }

    /// Whether it names the name server at this place, which is called so.
    pub fn names_server(&self, server: ServerIndex, name: &str) -> bool {
        match self {
            Self::ServerSilent { server: of }
            | Self::ServerBack { server: of }
            | Self::AddressChanged { server: of, .. } => *of == server,
            Self::LookupFailed { of, .. } => match of {
                LookedUp::Server(of) => of == name,
                LookedUp::Target { .. } => false,
            },
            Self::Noticed(notice) => notice_names_server(notice, server),
            Self::Verdict(news) => match news {
                VerdictNews::Mismatch(mismatch) | VerdictNews::Suspicion(mismatch) => {
                    mismatch.reason.server() == Some(server)
                }
                VerdictNews::ServerSwitched { server: of, .. }
                | VerdictNews::ServerWentBack { server: of, .. }
                | VerdictNews::ServerStale { server: of, .. }
                | VerdictNews::Excluded { server: of, .. } => *of == server,
                VerdictNews::Off(off) => off.server == Some(server),
                VerdictNews::Match { .. }
                | VerdictNews::Recovered { .. }
                | VerdictNews::MismatchConfirmed
                | VerdictNews::Propagating { .. }
                | VerdictNews::PropagatingAgain { .. }
                | VerdictNews::Propagated { .. }
                | VerdictNews::Blind { .. }
                | VerdictNews::BlindEnded
                | VerdictNews::AnswersLost
                | VerdictNews::AnswersDepend { .. }
                | VerdictNews::NotServedSoFar { .. }
                | VerdictNews::OffEnded => false,
            },
            Self::GateTripped { known, .. } | Self::GateCleared { known, .. } => {
                known.subject == Subject::Server(server)
            }
            Self::Started { .. }
            | Self::SegmentBegan { .. }
            | Self::TtlChanged(_)
            | Self::CountedAnew { .. }
            | Self::RateChanged { .. }
            | Self::HttpSwitched { .. }
            | Self::PollFailed(_)
            | Self::PollRecovered
            | Self::ChangePending { .. }
            | Self::ChangeInSync { .. }
            | Self::SideWorse { .. }
            | Self::SideNoLongerWorse { .. }
            | Self::ResolverFailed { .. }
            | Self::ResolverBack { .. }
            | Self::Stage(_)
            | Self::StoodStill { .. } => false,
        }
    }
}

/// Whether a set or a branch is the one, or lies below it.
fn is_of(named: &str, set: &str) -> bool {
    let below = named.strip_prefix(set);
    below.is_some_and(|below| below.is_empty() || below.starts_with(BELOW))
}

fn change_of(change: &Change, of: &str) -> bool {
    match change {
        Change::Added { set, .. }
        | Change::Weight { set, .. }
        | Change::Removed { set }
        | Change::Target { set, .. }
        | Change::Health { set, .. }
        | Change::Share { set, .. } => is_of(set, of),
        Change::Replaced { .. } | Change::WeightedAgain => false,
    }
}

fn mismatch_names_set(mismatch: &Mismatch, set: &str) -> bool {
    let by_answer = match &mismatch.reason {
        MismatchReason::ImpossibleAnswer { set: Some(of), .. } => of == set,
        _ => false,
    };
    let farthest = (mismatch.farthest.as_ref()).filter(|_| mismatch.is_by_shares());
    by_answer || farthest.is_some_and(|one| &*one.identifier == set)
}

fn stage_names_set(news: &StageNews, set: &str) -> bool {
    match news {
        StageNews::RolledBack { abandoned, .. } => abandoned.iter().any(|of| of == set),
        StageNews::Reached { .. }
        | StageNews::Left { .. }
        | StageNews::Held { .. }
        | StageNews::RollbackBegan { .. } => false,
    }
}

fn notice_names_set(notice: &Notice, set: &str) -> bool {
    match notice {
        Notice::BadAddresses { addresses, .. } => addresses.iter().any(|it| is_of(&it.set, set)),
        Notice::CertificatesEnd { sets, .. } => sets.iter().any(|it| is_of(&it.set, set)),
        Notice::StagesUnknown(sets) => sets.iter().any(|of| of == set),
        Notice::PoolsFull { sets, .. } => sets.iter().any(|of| is_of(of, set)),
        Notice::LookAlike { pairs, .. } => {
            let of_pair = |of: &str| is_of(of, set);
            pairs.iter().any(|it| of_pair(&it.one) || of_pair(&it.two))
        }
        Notice::PartialAnswer { set: of, .. } => is_of(of, set),
        _ => false,
    }
}

fn notice_names_server(notice: &Notice, server: ServerIndex) -> bool {
    match notice {
        Notice::Negative { servers, .. }
        | Notice::Referral { servers, .. }
        | Notice::Recursive { servers }
        | Notice::Rcode { servers, .. }
        | Notice::WithoutEdns { servers }
        | Notice::Undeclared { servers, .. } => servers.contains(&server),
        Notice::PartialAnswer { server: of, .. } => *of == server,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::change::TtlChange;

    fn weight(set: &str) -> Happening {
        let set = set.to_owned();
        let change = Change::Weight {
            set,
            from: 1,
            to: 2,
        };
        Happening::SegmentBegan {
            segment: 2,
            changes: [change].into(),
        }
    }

    #[test]
    fn a_set_is_named_by_its_whole_identifier_and_by_what_lies_below_it() {
        assert!(weight("blue").names_set("blue"));
        assert!(weight("blue > west").names_set("blue"));
        assert!(!weight("blue-32").names_set("blue"));
        assert!(!weight("blue").names_set("blue-32"));
        assert!(!weight("blue").names_server(0.into(), "blue"));
    }

    #[test]
    fn a_server_is_named_by_its_place_or_where_it_was_looked_up_by_its_name() {
        let silent = Happening::ServerSilent { server: 1.into() };
        assert!(silent.names_server(1.into(), "ns-1") && !silent.names_server(0.into(), "ns-0"));
        let failed = Happening::LookupFailed {
            of: LookedUp::Server("ns-0".to_owned()),
            why: crate::model::event::NoAddress::Failed(crate::model::language::Both::same("no")),
        };
        assert!(failed.names_server(0.into(), "ns-0") && !failed.names_server(1.into(), "ns-1"));
        assert!(!failed.names_set("ns-0"));
    }

    #[test]
    fn new_ttls_name_their_sets() {
        let changed = TtlChange {
            set: "green".to_owned(),
            from: None,
            to: None,
        };
        let changed = Happening::TtlChanged(vec![changed]);
        assert!(changed.names_set("green") && !changed.names_set("blue"));
    }
}
