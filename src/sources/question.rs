//! What name servers are asked, as it goes over the wire. The message format is the DNS library's.

use hickory_resolver::proto::op::{Edns, Message, Query};
use hickory_resolver::proto::rr::{Name, RecordType as WireType};

use crate::model::name::RecordName;
use crate::model::record::RecordType;

/// What fits through nearly every path without fragments (DNS flag day 2020).
pub(super) const UDP_PAYLOAD: u16 = 1232;

/// A question that is asked again and again.
#[derive(Clone, Debug)]
pub struct Question {
    query: Query,
    zone: Option<RecordName>,
    edns: bool,
    /// With EDNS and without, as it goes over the wire but for its id and whether recursion is desired.
    encoded: [Vec<u8>; 2],
}

/// What can be asked about a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum QuestionType {
    /// IPv4 addresses.
    A,
    /// IPv6 addresses.
    Aaaa,
    /// The name servers of a zone.
    Ns,
}

/// A name as the DNS library has it.
///
/// # Errors
/// If it cannot be put on the wire.
pub(super) fn wire_name(name: &RecordName) -> Result<Name, String> {
    let mut wire_name = Name::from_labels(name.labels()).map_err(|error| error.to_string())?;
    wire_name.set_fqdn(true);
    Ok(wire_name)
}

impl Question {
    /// The question whose answer shows which set of a group was picked. The name is the one that clients ask for, which
    /// for a wildcard is not that of the record.
    ///
    /// A group of CNAMEs is asked for addresses, as clients do: the answer holds the CNAME all the same, and often
    /// the addresses behind it.
    ///
    /// # Errors
    /// If the name cannot be put on the wire.
    pub fn new(name: &RecordName, record_type: RecordType) -> Result<Self, String> {
        let question_type = match record_type {
            RecordType::A | RecordType::Cname => QuestionType::A,
            RecordType::Aaaa => QuestionType::Aaaa,
        };
        Self::of(name, question_type)
    }

    /// Any question about a name.
    ///
    /// # Errors
    /// If the name cannot be put on the wire.
    pub fn of(name: &RecordName, question_type: QuestionType) -> Result<Self, String> {
        let wire_type = match question_type {
            QuestionType::A => WireType::A,
            QuestionType::Aaaa => WireType::AAAA,
            QuestionType::Ns => WireType::NS,
        };
        let query = Query::query(wire_name(name)?, wire_type);
        Ok(Self {
            encoded: [encoded(&query, true)?, encoded(&query, false)?],
            query,
            zone: None,
            edns: true,
        })
    }

    /// The same, to servers of this zone: only what is delegated below it is told as a referral.
    #[must_use]
    pub fn in_zone(self, zone: RecordName) -> Self {
        let zone = Some(zone);
        Self { zone, ..self }
    }

    /// The same, to servers that do not understand EDNS (RFC 6891 section 7).
    #[must_use]
    pub fn without_edns(self) -> Self {
        Self {
            edns: false,
            ..self
        }
    }

    /// Whether it is asked with EDNS.
    pub(super) fn has_edns(&self) -> bool {
        self.edns
    }

    /// The zone whose servers are asked, if it is known.
    pub(super) fn zone(&self) -> Option<&RecordName> {
        self.zone.as_ref()
    }

    /// What is asked.
    pub(super) fn query(&self) -> &Query {
        &self.query
    }

    /// The message with this id, as it goes over the wire.
    pub fn bytes(&self, id: u16, recursion_desired: bool) -> Vec<u8> {
        let mut bytes = self.encoded[usize::from(!self.edns)].clone();
        // RFC 1035 section 4.1.1: the id, then QR, four bits of OPCODE, AA, TC and RD.
        bytes[..2].copy_from_slice(&id.to_be_bytes());
        bytes[2] |= u8::from(recursion_desired);
        bytes
    }
}

/// A random id for a message.
pub(super) fn fresh_id() -> u16 {
    Message::query().metadata.id
}

fn encoded(query: &Query, edns: bool) -> Result<Vec<u8>, String> {
    let mut message = Message::query();
    message.metadata.recursion_desired = false;
    message.add_query(query.clone());
    if edns {
        let mut edns = Edns::new();
        edns.set_max_payload(UDP_PAYLOAD);
        message.set_edns(edns);
    }
    message.to_vec().map_err(|error| error.to_string())
}
