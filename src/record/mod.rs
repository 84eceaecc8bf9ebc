//! Facts as lines of JSON, and lines of JSON as facts: what is written at the door of a watched record can be taken in
//! there again.
//!
//! The forms stand here and not beside the values, so that facts know no format. Times are exact: durations and moments
//! have seconds and nanoseconds.

use crate::facts::Fact;

/// The form of each value.
mod forms;

/// A line that is no fact.
#[derive(Debug, thiserror::Error)]
#[error("this is no line of a recording: {0}")]
pub struct NoFact(#[from] serde_json::Error);

/// A fact as one line of JSON, without its end.
///
/// # Errors
/// If a moment lies before 1970, which no clock of a run shows.
pub fn to_line(fact: &Fact) -> Result<String, NoFact> {
    Ok(forms::write_fact(fact)?.to_string())
}

/// The fact of a line.
///
/// # Errors
/// If the line is none; says at which column, or in which field.
pub fn from_line(line: &str) -> Result<Fact, NoFact> {
    Ok(forms::read_fact(serde_json::from_str(line)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{At, Found, HttpOutcome, Query, Submitted};
    use crate::model::answer::{Answer, Fault, Hint, Outcome, Rcode, ServerMode};
    use crate::model::by_hand::ByHand;
    use crate::model::health::{ChecksRead, NoStatus, SetHealth};
    use crate::model::http::HttpFailure;
    use crate::model::http::{Certificate, HttpFault, Phases};
    use crate::model::language::{Both, Language};
    use crate::model::name::RecordName;
    use crate::model::record::{
        AliasTarget, Leaf, Place, RecordType, Target, WeightedGroup, WeightedSet,
    };
    use crate::model::route53_error::{Call, Route53Error};
    use crate::model::shortage::Shortage;
    use proptest::prelude::*;
    use proptest::sample::select;
    use std::time::{Duration, SystemTime};

    fn time() -> impl Strategy<Value = Duration> {
        (0u64..1 << 40).prop_map(Duration::from_nanos)
    }

    fn at() -> impl Strategy<Value = At> {
        (time(), time()).prop_map(|(uptime, since)| At {
            uptime,
            wall: SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 31) + since,
        })
    }

    fn name() -> impl Strategy<Value = RecordName> {
        let label = prop::collection::vec(any::<u8>(), 1..12);
        prop::collection::vec(label, 1..5).prop_map(|labels| {
            RecordName::from_labels(labels.iter().map(Vec::as_slice)).expect("short labels")
        })
    }

    fn addresses() -> impl Strategy<Value = Vec<std::net::IpAddr>> {
        prop::collection::vec(any::<std::net::IpAddr>(), 0..4)
    }

    fn target() -> impl Strategy<Value = Target> {
        let alias = (name(), ".*", any::<bool>());
        let plain = prop_oneof![
            addresses().prop_map(Target::Addresses),
            name().prop_map(Target::Name),
            alias.prop_map(|(name, zone_id, evaluate_target_health)| {
                Target::Alias(AliasTarget {
                    name,
                    zone_id,
                    evaluate_target_health,
                })
            }),
        ];
        let leaf = (".*", plain.clone()).prop_map(|(label, target)| Leaf { label, target });
        let leaves = prop::collection::vec(leaf, 0..3).prop_map(Target::Leaves);
        prop_oneof![3 => plain, 1 => leaves]
    }

    fn group() -> impl Strategy<Value = WeightedGroup> {
        let health = select(vec![
            SetHealth::NotChecked,
            SetHealth::Unhealthy,
            SetHealth::NotRead,
            SetHealth::NoStatus(NoStatus::RoutingControl),
            SetHealth::TargetUnknown,
        ]);
        let set = (".*", 0u64..256, target(), prop::option::of(time()), health);
        let set = set.prop_map(|(identifier, weight, target, ttl, health)| WeightedSet {
            ttl,
            health,
            health_check_id: ttl.map(|_| "a-check".to_owned()),
            ..WeightedSet::new(&identifier, weight, target)
        });
        let record_type = select(RecordType::ALL.to_vec());
        let sets = prop::collection::vec(set, 0..6);
        let beside = (0usize..9, prop::option::of(".*"));
        (name(), record_type, sets, beside).prop_map(|(name, kind, sets, (read, replaced_by))| {
            WeightedGroup {
                checks: ChecksRead { read, all: 9 },
                replaced_by,
                // Thirds and sevenths come through exactly too.
                ..WeightedGroup::of_weights(name, kind, sets)
            }
        })
    }

    fn error() -> impl Strategy<Value = Route53Error> {
        let call = select(vec![Call::GetHostedZone, Call::GetHealthCheckStatus]);
        prop_oneof![
            prop::option::of(".*").prop_map(|profile| Route53Error::NoCredentials { profile }),
            (call, ".*").prop_map(|(call, code)| Route53Error::Throttled { call, code }),
            any::<Option<i64>>().prop_map(|seconds| Route53Error::ClockSkew { seconds }),
            [".*", ".*", ".*"].prop_map(|texts| {
                let [place, detail, cure] = texts.map(Both::same);
                Route53Error::MalformedValue {
                    place,
                    detail,
                    cure,
                }
            }),
            (
                name(),
                prop::option::of(select(RecordType::ALL.to_vec())),
                ".*"
            )
                .prop_map(|(name, wanted, found)| Route53Error::NotWeighted {
                    name,
                    wanted,
                    found,
                }),
        ]
    }

    fn query() -> impl Strategy<Value = Query> {
        let mode = select(vec![ServerMode::Direct, ServerMode::ThroughResolver]);
        (time(), 0usize..9, any::<u64>(), mode, any::<u64>()).prop_map(
            |(sent_at, server, segment, mode, stray)| Query {
                sent_at,
                server: server.into(),
                segment,
                mode,
                stray,
            },
        )
    }

    fn answer() -> impl Strategy<Value = Answer> {
        let times = (prop::option::of(time()), prop::option::of(time()));
        (prop::option::of(name()), addresses(), times).prop_map(
            |(canonical_name, addresses, (ttl, own_ttl))| Answer {
                canonical_name,
                addresses,
                ttl,
                own_ttl,
            },
        )
    }

    fn hint() -> impl Strategy<Value = Hint> {
        let fault = select(vec![Fault::Nxdomain, Fault::Nodata]);
        let negative = (fault, prop::option::of(time()));
        prop_oneof![
            negative.prop_map(|(fault, keep)| Hint::Negative { fault, keep }),
            (name(), name()).prop_map(|(asked, child)| Hint::Referral { asked, child }),
            Just(Hint::Recursive),
            any::<u16>().prop_map(|code| Hint::Rcode(Rcode::Other(code))),
            Just(Hint::Rcode(Rcode::Refused)),
        ]
    }

    fn shortage() -> impl Strategy<Value = Shortage> {
        select(Shortage::ALL.to_vec())
    }

    fn outcome() -> impl Strategy<Value = HttpOutcome> {
        let phases =
            (time(), time(), time(), time()).prop_map(|(connect, tls, first_byte, body)| Phases {
                connect,
                tls,
                first_byte,
                body,
            });
        let failure = (select(HttpFault::ALL.to_vec()), ".*")
            .prop_map(|(kind, why)| HttpFailure { kind, why });
        let response = (
            any::<std::net::IpAddr>(),
            any::<u16>(),
            prop::option::of(phases),
            prop::option::of(failure.clone()),
        );
        prop_oneof![
            response.prop_map(|(address, status, phases, failure)| HttpOutcome::Response {
                address,
                status,
                phases,
                failure,
            }),
            (any::<std::net::IpAddr>(), failure)
                .prop_map(|(address, failure)| HttpOutcome::NoResponse { address, failure }),
            Just(HttpOutcome::Skipped),
            Just(HttpOutcome::OverRate),
            shortage().prop_map(HttpOutcome::Short),
        ]
    }

    fn certificate() -> impl Strategy<Value = Certificate> {
        let names = prop::collection::vec(".*", 0..3);
        (names, 0usize..9, ".*", at(), at()).prop_map(|(names, more_names, issuer, from, to)| {
            Certificate {
                names,
                more_names,
                issuer,
                not_before: from.wall,
                not_after: to.wall,
            }
        })
    }

    fn by_hand() -> impl Strategy<Value = ByHand> {
        prop_oneof![
            Just(ByHand::CountAnew),
            any::<u32>().prop_map(ByHand::Rate),
            any::<bool>().prop_map(ByHand::Http),
        ]
    }

    #[expect(clippy::too_many_lines, reason = "one piece for each fact")]
    fn fact() -> impl Strategy<Value = Fact> {
        let declared = prop_oneof![group().prop_map(Ok), error().prop_map(Err)];
        let found = prop::option::of(
            (addresses(), time()).prop_map(|(addresses, ttl)| Found { addresses, ttl }),
        );
        let failed = (
            at(),
            query(),
            select(Fault::ALL.to_vec()),
            prop::option::of(hint()),
        );
        let change = (".*", at(), any::<bool>()).prop_map(|(id, at, in_sync)| Submitted {
            id,
            submitted_at: at.wall,
            in_sync,
        });
        let said = prop_oneof![
            answer().prop_map(Outcome::Answered),
            select(Fault::ALL.to_vec()).prop_map(Outcome::Failed),
            shortage().prop_map(Outcome::NotAsked),
        ];
        let change = prop_oneof![change.prop_map(Ok), error().prop_map(Err)];
        prop_oneof![
            (at(), change).prop_map(|(at, change)| Fact::ChangeRead { at, change }),
            (any::<bool>(), any::<u64>()).prop_map(|(late, skipped)| Fact::Due { late, skipped }),
            (at(), query()).prop_map(|(at, query)| Fact::Sent {
                at,
                server: query.server,
                segment: query.segment,
                mode: query.mode,
            }),
            (at(), query(), time(), answer()).prop_map(|(at, query, took, answer)| {
                Fact::Answered {
                    at,
                    query,
                    took,
                    answer,
                }
            }),
            failed.prop_map(|(at, query, fault, hint)| Fact::Failed {
                at,
                query,
                fault,
                hint,
            }),
            (at(), any::<u64>(), 0usize..9, outcome()).prop_map(|(at, segment, set, outcome)| {
                Fact::Requested {
                    at,
                    segment,
                    set: set.into(),
                    outcome,
                }
            }),
            (at(), 0usize..9, any::<std::net::IpAddr>(), certificate()).prop_map(
                |(at, set, address, certificate)| Fact::CertificateShown {
                    at,
                    segment: 1,
                    set: set.into(),
                    address,
                    certificate,
                }
            ),
            (at(), time(), declared, prop::option::of(time())).prop_map(
                |(at, sent_at, declared, known_since)| Fact::Polled {
                    at,
                    sent_at,
                    declared,
                    known_since,
                }
            ),
            (at(), time(), group()).prop_map(|(at, sent_at, declared)| Fact::HealthRead {
                at,
                sent_at,
                declared,
            }),
            (0usize..9, any::<Option<std::net::SocketAddrV4>>()).prop_map(|(server, address)| {
                let address = address.map(Into::into);
                Fact::Readdressed {
                    server: server.into(),
                    address,
                }
            }),
            (at(), any::<std::net::SocketAddrV4>(), said).prop_map(|(at, resolver, outcome)| {
                let resolver = resolver.into();
                Fact::Resolved {
                    at,
                    resolver,
                    outcome,
                }
            }),
            (at(), time(), (0usize..9, 0usize..9), found).prop_map(
                |(at, began_at, (set, leaf), found)| Fact::LookedUp {
                    at,
                    began_at,
                    segment: 1,
                    place: Place {
                        set: set.into(),
                        leaf,
                    },
                    found,
                }
            ),
            (at(), query(), shortage()).prop_map(|(at, query, shortage)| Fact::NotAsked {
                at,
                query,
                shortage,
            }),
            (at(), time(), time(), any::<bool>()).prop_map(|(at, since, length, stopped)| {
                Fact::StoodStill {
                    at,
                    since,
                    length,
                    stopped,
                }
            }),
            at().prop_map(|at| Fact::Tick { at }),
            at().prop_map(|at| Fact::Stopped { at }),
            (at(), by_hand()).prop_map(|(at, what)| Fact::ByHand { at, what }),
        ]
    }

    proptest! {
        #[test]
        fn every_fact_comes_back_from_its_line_as_it_was(fact in fact()) {
            let line = to_line(&fact).expect("a line");
            prop_assert!(!line.contains('\n'));
            prop_assert_eq!(from_line(&line).expect("a fact"), fact);
        }

        #[test]
        fn no_line_makes_the_reader_panic(line in ".*", fact in fact(), cut in any::<prop::sample::Index>()) {
            let _ = from_line(&line);
            let whole = to_line(&fact).expect("a line");
            let cut = cut.index(whole.len());
            let part = whole.get(..cut).unwrap_or_default();
            prop_assert!(from_line(part).is_err(), "{}", part);
        }
    }

    #[test]
    fn errors_of_older_recordings_are_read_though_they_had_english_texts_alone() {
        let line = |detail: &str| {
            let at = r#"{"uptime":{"secs":3,"nanos":0},"wall":{"secs_since_epoch":3,"nanos_since_epoch":0}}"#;
            let record = r#""name":"a.test.","record_type":"A","identifier":"blue""#;
            let error = format!(r#"{{"Err":{{"bad_record":{{{record},"detail":{detail}}}}}}}"#);
            let sent = r#""sent_at":{"secs":2,"nanos":0}"#;
            format!(r#"{{"fact":"polled","at":{at},{sent},"declared":{error},"known_since":null}}"#)
        };
        let detail = |line: &str| match from_line(line).expect("a fact") {
            Fact::Polled {
                declared: Err(Route53Error::BadRecord { detail, .. }),
                ..
            } => [Language::English, Language::Korean].map(|it| it.speak(|| detail.to_string())),
            other => panic!("{other:?}"),
        };
        assert_eq!(detail(&line(r#""no value""#)), ["no value"; 2]);
        let today = line(r#"{"en":"no value","ko":"값이 없다"}"#);
        assert_eq!(detail(&today), ["no value", "값이 없다"]);
        let again = to_line(&from_line(&today).expect("a fact"));
        assert_eq!(detail(&again.expect("a line")), ["no value", "값이 없다"]);
    }

    #[test]
    fn the_form_of_a_line_stays_what_it_is() {
        let line = r#"{"fact":"answered","at":{"uptime":{"secs":3,"nanos":500},"wall":{"secs_since_epoch":1700000003,"nanos_since_epoch":0}},"query":{"sent_at":{"secs":3,"nanos":0},"server":1,"segment":2,"mode":"direct","stray":0},"took":{"secs":0,"nanos":500},"answer":{"canonical_name":null,"addresses":["192.0.2.1"],"ttl":{"secs":60,"nanos":0},"own_ttl":null}}"#;
        let fact = from_line(line).expect("a fact");
        assert_eq!(to_line(&fact).expect("a line"), line);
        let error = from_line(r#"{"fact":"guessed"}"#).expect_err("no fact");
        assert!(error.to_string().contains("guessed"), "{error}");
    }
}
