//! What the resolvers that were named said last. It is kept beside all counters and enters none of them.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use crate::attribution::Attribution;
use crate::attribution::catalog::Identity;
use crate::model::answer::{Answer, Fault};
use crate::model::event::Happening;
use crate::model::record::WeightedGroup;
use crate::model::resolver::{AnswerOf, ResolverAnswer, ResolverReading};

/// All of them, by address.
#[derive(Debug, Default)]
pub(super) struct Resolvers {
    each: BTreeMap<SocketAddr, Resolver>,
    /// When the newest change of the configuration was seen.
    changed_at: Option<Duration>,
}

#[derive(Debug, Default)]
struct Resolver {
    asked: u64,
    failed: u64,
    fault: Option<Fault>,
    /// The newest answer, and when it came.
    answer: Option<(Duration, Answer)>,
}

impl Resolvers {
    /// Another split is declared from now on.
    pub(super) fn changed(&mut self, at: Duration) {
        self.changed_at = Some(at);
    }

    /// Takes what came of a question. What is new about the resolver is told.
    pub(super) fn take(
        &mut self,
        address: SocketAddr,
        at: Duration,
        result: Result<Answer, Fault>,
    ) -> Option<Happening> {
        let resolver = self.each.entry(address).or_default();
        resolver.asked += 1;
        match result {
            Ok(answer) => {
                resolver.answer = Some((at, answer));
                let recovered = resolver.fault.take().is_some();
                recovered.then_some(Happening::ResolverBack { address })
            }
            Err(fault) => {
                resolver.failed += 1;
                // The same again is no news.
                let is_news = resolver.fault.replace(fault) != Some(fault);
                is_news.then_some(Happening::ResolverFailed { address, fault })
            }
        }
    }

    /// What each said last, held against what is declared now.
    pub(super) fn read(
        &self,
        attribution: &Attribution,
        group_of: impl Fn(u64) -> Option<std::sync::Arc<WeightedGroup>>,
        current: u64,
    ) -> Vec<ResolverReading> {
        let read = |(address, resolver): (&SocketAddr, &Resolver)| {
            let answer = resolver.answer.as_ref().map(|(at, answer)| {
                let identity = attribution.identify(answer);
                let (segment, set) = match identity {
                    Identity::Named(set) => (current, Some(set)),
                    Identity::Former { segment, set } => (segment, Some(set)),
                    Identity::Ambiguous | Identity::Unknown | Identity::Undeclared => {
                        (current, None)
                    }
                };
                let group = group_of(segment);
                let set = set.and_then(|set| group.as_ref()?.sets.get(set.get()));
                let named = || set.map_or_else(String::new, |set| set.identifier.clone());
                let of = match identity {
                    Identity::Named(_) => AnswerOf::Set(named()),
                    Identity::Former { .. } => AnswerOf::Former(named()),
                    Identity::Ambiguous => AnswerOf::Several,
                    Identity::Unknown | Identity::Undeclared => AnswerOf::Nobody,
                };
                let remaining = answer.own_ttl.or(answer.ttl).unwrap_or_default();
                let ttl = set.and_then(|set| set.ttl);
                ResolverAnswer {
                    is_old: self.is_old(&of, *at, remaining, ttl),
                    of,
                    until: *at + remaining,
                }
            });
            ResolverReading {
                address: *address,
                asked: resolver.asked,
                failed: resolver.failed,
                fault: resolver.fault,
                answer,
            }
        };
        self.each.iter().map(read).collect()
    }

    /// Whether an answer with so much of its TTL left was picked before the newest change was seen.
    fn is_old(
        &self,
        of: &AnswerOf,
        at: Duration,
        remaining: Duration,
        ttl: Option<Duration>,
    ) -> Option<bool> {
        if matches!(of, AnswerOf::Former(_)) {
            return Some(true);
        }
        let Some(changed_at) = self.changed_at else {
            return Some(false);
        };
        // What came before the change was picked before it.
        if at < changed_at {
            return Some(true);
        }
        let age = ttl?.saturating_sub(remaining);
        Some(at.saturating_sub(age) < changed_at)
    }
}
