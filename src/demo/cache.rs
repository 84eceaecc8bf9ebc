//! What a resolver does between a client and the name servers: it keeps an answer until its time to live is over.
//!
//! Time to live is real time, whatever the story's speed, as it is for whoever reads it from an answer.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use hickory_server::proto::op::LowerQuery;
use hickory_server::proto::rr::{LowerName, RData, Record, RecordType};

use super::zone::Reply;

/// How many answers are kept. Whoever asks for more names than that finds the oldest forgotten.
const ROOM: usize = 1000;

/// Answers by name and type.
#[derive(Debug, Default)]
pub(super) struct Cache {
    kept: HashMap<(LowerName, RecordType), Kept>,
}

#[derive(Debug)]
struct Kept {
    reply: Reply,
    /// The record set that the answer is from, if it is one of the record's.
    set: Option<usize>,
    since: Instant,
    until: Instant,
}

impl Cache {
    /// The kept answer to a question with what is left of its times to live, and the record set that it is from.
    pub(super) fn find(
        &self,
        question: &LowerQuery,
        now: Instant,
    ) -> Option<(Reply, Option<usize>)> {
        let key = (question.name().clone(), question.query_type());
        let kept = self.kept.get(&key).filter(|kept| now < kept.until)?;
        let age = now.saturating_duration_since(kept.since).as_secs();
        let age = u32::try_from(age).unwrap_or(u32::MAX);
        let mut reply = kept.reply.clone();
        for record in records_of(&mut reply) {
            record.ttl = record.ttl.saturating_sub(age);
            if LowerName::new(&record.name) == *question.name() {
                record.name = question.original().name().clone();
            }
        }
        Some((reply, kept.set))
    }

    /// Keeps an answer for as long as all its parts live.
    pub(super) fn keep(
        &mut self,
        question: &LowerQuery,
        reply: &Reply,
        set: Option<usize>,
        now: Instant,
    ) {
        let lives = reply.answers.iter().chain(&reply.authority);
        let Some(ttl) = lives.map(|record| record.ttl).min().filter(|ttl| *ttl > 0) else {
            return;
        };
        if self.kept.len() >= ROOM {
            self.kept.retain(|_, kept| now < kept.until);
        }
        if self.kept.len() >= ROOM {
            self.kept.clear();
        }
        let key = (question.name().clone(), question.query_type());
        let kept = Kept {
            reply: reply.clone(),
            set,
            since: now,
            until: now + Duration::from_secs(ttl.into()),
        };
        self.kept.insert(key, kept);
    }
}

/// What a resolver passes on of a name server's answer: no authority, and of the zone's name servers nothing.
pub(super) fn as_resolver(mut reply: Reply) -> Reply {
    reply.authoritative = false;
    reply
        .authority
        .retain(|record| matches!(record.data, RData::SOA(_)));
    reply
}

fn records_of(reply: &mut Reply) -> impl Iterator<Item = &mut Record> {
    reply
        .answers
        .iter_mut()
        .chain(&mut reply.authority)
        .chain(&mut reply.additional)
}

#[cfg(test)]
mod tests {
    use super::super::clock::StoryClock;
    use super::*;
    use hickory_server::proto::op::{Query, ResponseCode};
    use hickory_server::proto::rr::Name;
    use hickory_server::proto::rr::rdata::A;

    fn question(name: &str) -> LowerQuery {
        LowerQuery::query(Query::query(Name::from_ascii(name).unwrap(), RecordType::A))
    }

    fn reply(ttl: u32) -> Reply {
        let owner = Name::from_ascii("app.example.test.").unwrap();
        let record = Record::from_rdata(owner, ttl, RData::A(A::new(127, 0, 0, 1)));
        Reply {
            answers: vec![record],
            ..Reply::without_records(ResponseCode::NoError)
        }
    }

    #[test]
    fn an_answer_is_kept_for_its_time_to_live_which_counts_down() {
        let mut cache = Cache::default();
        let now = StoryClock::now();
        let asked = question("app.example.test.");
        assert!(cache.find(&asked, now).is_none());
        cache.keep(&asked, &reply(3), Some(1), now);
        for (millis, ttl) in [(0, 3), (999, 3), (1000, 2), (2999, 1)] {
            let (kept, set) = cache
                .find(&asked, now + Duration::from_millis(millis))
                .unwrap();
            assert_eq!((kept.answers[0].ttl, set), (ttl, Some(1)), "{millis}");
        }
        assert!(cache.find(&asked, now + Duration::from_secs(3)).is_none());
    }

    #[test]
    fn a_kept_answer_repeats_the_case_of_the_question() {
        let mut cache = Cache::default();
        let now = StoryClock::now();
        cache.keep(&question("app.example.test."), &reply(3), None, now);
        let (kept, _) = cache.find(&question("APP.example.TEST."), now).unwrap();
        assert_eq!(kept.answers[0].name.to_ascii(), "APP.example.TEST.");
    }

    #[test]
    fn what_must_not_be_kept_is_not() {
        let mut cache = Cache::default();
        let now = StoryClock::now();
        let asked = question("app.example.test.");
        cache.keep(&asked, &reply(0), None, now);
        cache.keep(
            &asked,
            &Reply::without_records(ResponseCode::ServFail),
            None,
            now,
        );
        assert!(cache.find(&asked, now).is_none());
    }
}
