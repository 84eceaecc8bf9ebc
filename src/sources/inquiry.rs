//! A question to servers of one mode, and the answers to it that have come before. Most replies are the same but for their ids, hour
//! after hour, so one that is known is understood without being decoded again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::question::{Question, UDP_PAYLOAD};
use super::reply::{self, Matched, Meaning, Reply};
use crate::model::answer::{Outcome, ServerMode};

/// So many different replies are remembered; then all of them are forgotten. The addresses of a set may come in any order, and the
/// TTL of a resolver's answer counts down.
const KNOWN_AT_MOST: usize = 256;

/// No longer ones are remembered: those that come over TCP may be long, and are rare.
const LONGEST: usize = UDP_PAYLOAD as usize;

/// What is asked, and of whom.
#[derive(Debug)]
pub(super) struct Inquiry {
    pub(super) question: Question,
    pub(super) mode: ServerMode,
    /// Answers, by all bytes after the id.
    known: Mutex<HashMap<Box<[u8]>, Arc<Reply>>>,
}

impl Inquiry {
    pub(super) fn new(question: Question, mode: ServerMode) -> Self {
        Self {
            question,
            mode,
            known: Mutex::default(),
        }
    }

    /// The message with this id, as it goes over the wire.
    pub(super) fn bytes(&self, id: u16) -> Vec<u8> {
        let recursion_desired = self.mode == ServerMode::ThroughResolver;
        self.question.bytes(id, recursion_desired)
    }

    /// Whether a datagram is a reply to the message with this id.
    pub(super) fn match_reply(&self, id: u16, datagram: &[u8]) -> Matched {
        let after_id = datagram.strip_prefix(&id.to_be_bytes());
        let known = |after_id| self.known().get(after_id).cloned();
        if let Some(reply) = after_id.and_then(known) {
            return Matched::Reply(reply);
        }
        let matched = reply::match_reply(&self.question, self.mode, id, datagram);
        if let (Matched::Reply(reply), Some(after_id)) = (&matched, after_id)
            && datagram.len() <= LONGEST
            && let Meaning::Settled(Outcome::Answered(_), _) = reply.meaning
        {
            let mut known = self.known();
            if known.len() >= KNOWN_AT_MOST {
                known.clear();
            }
            known.insert(after_id.into(), Arc::clone(reply));
        }
        matched
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<Box<[u8]>, Arc<Reply>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use hickory_resolver::proto::op::{Message, MessageType, ResponseCode};
    use hickory_resolver::proto::rr::{RData, Record};

    use super::*;
    use crate::model::name::RecordName;
    use crate::model::record::RecordType;

    const ID: u16 = 0x1234;

    fn inquiry(mode: ServerMode) -> Inquiry {
        let name = RecordName::from_user("app.example.test").expect("a name");
        let question = Question::new(&name, RecordType::A).expect("a question");
        Inquiry::new(question, mode)
    }

    /// What a server says to a message.
    fn reply_to(bytes: &[u8], code: ResponseCode, address: u32) -> Vec<u8> {
        let mut message = Message::from_vec(bytes).expect("our message");
        message.metadata.message_type = MessageType::Response;
        message.metadata.authoritative = true;
        message.metadata.response_code = code;
        if code == ResponseCode::NoError {
            let data = RData::A(Ipv4Addr::from_bits(address).into());
            let name = message.queries[0].name().clone();
            message.add_answer(Record::from_rdata(name, 60, data));
        }
        message.to_vec().expect("a reply")
    }

    fn matched(inquiry: &Inquiry, id: u16, datagram: &[u8]) -> Option<Arc<Reply>> {
        match inquiry.match_reply(id, datagram) {
            Matched::Reply(reply) => Some(reply),
            Matched::Foreign | Matched::Undecodable => None,
        }
    }

    #[test]
    fn an_answer_is_decoded_once_and_means_the_same_again() {
        let inquiry = inquiry(ServerMode::Direct);
        let reply = |id, address| reply_to(&inquiry.bytes(id), ResponseCode::NoError, address);
        let first = matched(&inquiry, ID, &reply(ID, 1)).expect("a reply");
        let again = matched(&inquiry, ID + 1, &reply(ID + 1, 1)).expect("a reply");
        assert!(Arc::ptr_eq(&first, &again));
        let other = matched(&inquiry, ID, &reply(ID, 2)).expect("a reply");
        assert_ne!(first.meaning, other.meaning);
        assert_eq!(other.meaning, {
            let fresh = self::inquiry(ServerMode::Direct);
            let fresh = matched(&fresh, ID, &reply(ID, 2)).expect("a reply");
            fresh.meaning.clone()
        });
    }

    #[test]
    fn a_known_answer_is_no_reply_to_another_id() {
        let inquiry = inquiry(ServerMode::Direct);
        let reply = reply_to(&inquiry.bytes(ID), ResponseCode::NoError, 1);
        assert!(matched(&inquiry, ID, &reply).is_some());
        assert!(matched(&inquiry, ID + 1, &reply).is_none());
        // Nor is what only begins or ends like one.
        assert!(matched(&inquiry, ID, &reply[..reply.len() - 1]).is_none());
        assert!(matched(&inquiry, ID, &[]).is_none());
    }

    #[test]
    fn only_answers_are_remembered_and_not_too_many() {
        let inquiry = inquiry(ServerMode::ThroughResolver);
        let bytes = inquiry.bytes(ID);
        let recursion_desired = Message::from_vec(&bytes).map(|it| it.metadata.recursion_desired);
        assert_eq!(recursion_desired.ok(), Some(true));
        for code in [ResponseCode::NXDomain, ResponseCode::ServFail] {
            assert!(matched(&inquiry, ID, &reply_to(&bytes, code, 0)).is_some());
        }
        assert_eq!(inquiry.known().len(), 0);
        let mut long = Message::from_vec(&reply_to(&bytes, ResponseCode::NoError, 1)).expect("it");
        for number in 2..100 {
            let data = RData::A(Ipv4Addr::from_bits(number).into());
            let name = long.queries[0].name().clone();
            long.add_answer(Record::from_rdata(name, 60, data));
        }
        assert!(matched(&inquiry, ID, &long.to_vec().expect("a reply")).is_some());
        assert_eq!(inquiry.known().len(), 0);
        for address in 0..1_000 {
            let reply = reply_to(&bytes, ResponseCode::NoError, address);
            assert!(matched(&inquiry, ID, &reply).is_some());
            assert!(inquiry.known().len() <= KNOWN_AT_MOST);
        }
    }
}
