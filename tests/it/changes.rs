//! A change that a run waits for: read until it is in sync, told once, and what the verdict makes of it.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use r53mon::facts::{At, Fact, Submitted};
use r53mon::model::event::EventKind;
use r53mon::model::name::RecordName;
use r53mon::model::notice::Notice;
use r53mon::model::reading::{ChangeState, Reading};
use r53mon::model::record::{RecordType, Target, WeightedGroup, WeightedSet};
use r53mon::model::route53_error::Partition;
use r53mon::sources::route53::error::Call;
use r53mon::sources::route53::{Route53Error, follow_change};
use r53mon::sources::watch::Watch;
use r53mon::tally::Tally;
use tokio_util::sync::CancellationToken;

use crate::doctor::{RECORD, plain, pointed, start, story};
use crate::route53::{ZONE_ID, connect, error_xml};
use crate::scripted_http::{Reply, Response, Server};
use crate::watched;

const ID: &str = "C2682N5HXP0BZ4";

fn change_xml(status: &str) -> Reply {
    let body = format!(
        "<?xml version=\"1.0\"?>\n<GetChangeResponse xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><ChangeInfo>\
         <Id>/change/{ID}</Id><Status>{status}</Status><SubmittedAt>2026-11-26T05:16:42.5Z</SubmittedAt>\
         </ChangeInfo></GetChangeResponse>"
    );
    Response::new(200, body)
        .header("content-type", "text/xml")
        .into_reply()
}

fn group() -> WeightedGroup {
    let target = Target::Addresses(vec![[192, 0, 2, 1].into()]);
    let name = RecordName::from_user("app.example.com").expect("a name");
    let sets = vec![WeightedSet::new("blue", 1, target)];
    WeightedGroup::of_weights(name, RecordType::A, sets)
}

/// What is known when an API that answers like this has been asked until that is pointless.
async fn followed(reply: impl Fn(usize) -> Reply + Send + Sync + 'static) -> (Reading, usize) {
    let server = Server::start(move |request| reply(request.number)).await;
    let reader = connect(&server).await;
    let watch: Arc<Watch> = watched::watch(group(), watched::nobody(), None, false);
    let (every, stop) = (Duration::from_millis(1), CancellationToken::new());
    let following = follow_change(reader, ID.to_owned(), Arc::clone(&watch), every, stop);
    let in_time = tokio::time::timeout(Duration::from_secs(20), following);
    in_time.await.expect("it ends by itself");
    for request in server.requests() {
        let path = format!("/2013-04-01/change/{ID}");
        assert_eq!(
            (request.method.as_str(), request.path()),
            ("GET", path.as_str())
        );
    }
    (watch.tally.read(), server.count())
}

#[tokio::test]
async fn a_change_is_asked_for_until_it_is_in_sync_and_each_state_is_told_once() {
    let (reading, asked) = followed(|number| match number {
        0..3 => change_xml("PENDING"),
        // One that may pass is tried again later.
        3 => error_xml(400, "Throttling", "Rate exceeded").into_reply(),
        _ => change_xml("INSYNC"),
    })
    .await;
    assert_eq!(asked, 5);
    assert!(matches!(reading.change, Some(ChangeState::InSync(_))));
    assert!(reading.notes.is_empty(), "{:?}", reading.notes);
    let told = reading.events.iter();
    let told: Vec<_> = told
        .map(|event| (event.kind(), crate::told::message(event, &[])))
        .collect();
    let expected = [
        (
            EventKind::ChangePending,
            "change C2682N5HXP0BZ4, submitted at 05:16:42 UTC, is on its way to the name servers",
        ),
        (
            EventKind::ChangeInSync,
            "change C2682N5HXP0BZ4, submitted at 05:16:42 UTC, is in sync: all name servers have it, says the API",
        ),
    ];
    let expected = expected.map(|(kind, message)| (kind, message.to_owned()));
    assert_eq!(told, expected);
}

#[tokio::test]
async fn without_the_permission_it_is_asked_for_once_and_a_notice_says_so() {
    let (reading, asked) = followed(|_| error_xml(403, "AccessDenied", "no").into_reply()).await;
    assert_eq!((asked, reading.change), (1, Some(ChangeState::Unread)));
    let denied = Route53Error::AccessDenied {
        call: Call::GetChange,
        zone_id: ZONE_ID.to_owned(),
        partition: Partition::Standard,
    };
    assert_eq!(reading.notes, [Notice::ChangeUnread(denied)]);
    let told = crate::told::message(&reading.events[0], &[]);
    assert!(
        told.contains("route53:GetChange") && told.contains("arn:aws:route53:::change/*"),
        "{told}"
    );
}

#[tokio::test]
async fn an_id_that_nobody_knows_is_a_clear_error() {
    for (status, code) in [(404, "NoSuchChange"), (400, "InvalidInput")] {
        let server =
            Server::start(move |_| error_xml(status, code, "Could not find it").into_reply()).await;
        let error = connect(&server).await.change(ID).await;
        let id = ID.to_owned();
        assert_eq!(error, Err(Route53Error::NoSuchChange { id }));
    }
}

#[test]
fn a_failure_that_lasts_ends_the_waiting_and_what_is_read_later_counts() {
    let tally = Tally::new(group(), vec!["ns-1".to_owned()], SystemTime::UNIX_EPOCH);
    let read = |second: u64, change| {
        let uptime = Duration::from_secs(second);
        let at = At {
            uptime,
            wall: SystemTime::UNIX_EPOCH + uptime,
        };
        tally.take(Fact::ChangeRead { at, change });
        let reading = tally.read();
        (reading.change, reading.notes.len())
    };
    let throttled = || {
        let code = "Throttling".to_owned();
        Err(Route53Error::Throttled {
            call: Call::GetChange,
            code,
        })
    };
    for attempt in 0..11 {
        let pending = Some(ChangeState::Pending);
        assert_eq!(read(attempt * 5, throttled()), (pending, 0));
    }
    assert_eq!(read(55, throttled()), (Some(ChangeState::Unread), 1));
    let in_sync = Ok(Submitted {
        id: ID.to_owned(),
        submitted_at: SystemTime::UNIX_EPOCH,
        in_sync: true,
    });
    let since = ChangeState::InSync(Duration::from_mins(1));
    assert_eq!(read(60, in_sync), (Some(since), 0));
}

/// A change that has been submitted before anybody asks.
const CHANGED: &str = r#"
[[at]]
after = "1ms"
weights = { blue = 91, green = 9 }
"#;

#[test]
fn the_program_tells_that_the_change_it_waits_for_is_in_sync() {
    let running = start(story(RECORD, CHANGED));
    let line = "check --tps 100 --no-http -o json --change-id /change/C0DEMO53CHANGE1";
    let outcome = pointed(line, running.addresses()).run();
    let outcome = outcome.expect_code(0);
    assert!(
        outcome
            .stderr
            .contains("change C0DEMO53CHANGE1, submitted at"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn a_change_that_there_is_not_ends_the_program_before_it_measures() {
    let running = start(plain(""));
    let unknown = "check --no-http --change-id C0DEMO53CHANGE1";
    let outcome = pointed(unknown, running.addresses()).run();
    let outcome = outcome.expect_code(5);
    assert!(
        outcome
            .stderr
            .contains("there is no change C0DEMO53CHANGE1 in this account")
            && outcome.stderr.contains("--change-id"),
        "{}",
        outcome.stderr
    );
    let malformed = "check --no-http --change-id C0-1";
    let outcome = pointed(malformed, running.addresses()).run();
    outcome.expect_code(2).expect_stderr("change_id = \"C0-1\"");
}

#[test]
fn a_change_that_may_not_be_read_is_told_and_the_run_goes_on() {
    let denied = "api = { fault = \"access_denied\", actions = [\"GetChange\"] }\n";
    let running = start(plain(denied));
    let line = "check --tps 100 --no-http -o json --change-id C0DEMO53CHANGE1";
    let outcome = pointed(line, running.addresses()).run().expect_code(0);
    assert!(
        outcome
            .stderr
            .contains("the change cannot be read, so the run waits for nothing")
            && outcome.stderr.contains("route53:GetChange"),
        "{}",
        outcome.stderr
    );
}
