//! Everything that has to be known before the first question is asked: credentials, zone, weighted group, name servers,
//! and the addresses of alias targets. The checks find it; what else they look at goes on beside the run.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::clock;
use crate::config::Settings;
use crate::error::Failure;
use crate::facts::{At, Fact};
use crate::model::event::{Happening, LookedUp, NoAddress};
use crate::model::finding::{CheckId, Finding, Status};
use crate::model::language::phrase;
use crate::model::name::RecordName;
use crate::model::notice::Notice;
use crate::sources::checks::{self, Deadline, Preflight, ProbeTargets, Steps, essential, servers};
use crate::sources::exchange::Question;
use crate::sources::lookup::Lookup;
use crate::sources::route53::{Declared, RecordReader, Route53Error, is_final};
use crate::sources::servers::ServerList;
use crate::sources::targets;
use crate::sources::watch::Watch;
use crate::tally::Tally;

/// What the tasks of a run start from.
#[derive(Debug)]
pub(super) struct Prepared {
    pub reader: RecordReader,
    pub zone_name: RecordName,
    /// The address of the API without its secrets, where it is to be told.
    pub api_url: Option<String>,
    pub declared: Declared,
    pub question: Question,
    pub servers: Arc<ServerList>,
    pub lookup: Option<Lookup>,
    pub tally: Tally,
    pub targets: targets::LookupSchedule,
    pub checks: Checking,
    /// The change that is to be asked for until it is in sync.
    pub change: Option<String>,
}

/// The checks that go on beside the run.
#[derive(Debug)]
pub(super) struct Checking {
    preflight: Preflight,
    probe: servers::Probe,
}

/// Learns all of it, or says what is missing. What is found on the way is told as soon as it is.
pub(super) async fn prepare(settings: &Settings, steps: Steps) -> Result<Prepared, Failure> {
    let preflight = checks::run_essential(settings, None, Some(steps)).await;
    if let Some(fatal) = preflight.fatal {
        return Err(Failure::Measure(fatal));
    }
    let Preflight {
        reader: Some(reader),
        zone_name: Some(zone_name),
        declared: Some(declared),
        group: Some(group),
        question: Some(question),
        servers: Some(servers),
        lookup,
        ..
    } = preflight.clone()
    else {
        // What is missing without a reason would be a bug.
        return Err(Failure::Unexpected(phrase(
            "a check found nothing and did not say why",
            "점검이 아무것도 찾지 못했고 이유도 알려 주지 않았다",
        )));
    };
    let asked = clock::instant();
    let mut probe = servers::Probe::start(&question, &servers, Deadline::each());
    let now = clock::wall();
    let polled = Fact::Polled {
        at: At {
            uptime: Duration::ZERO,
            wall: now,
        },
        sent_at: Duration::ZERO,
        declared: Ok(group.clone()),
        known_since: None,
    };
    let started = Happening::Started {
        group: Arc::new(group.clone()),
        servers: servers.indices().len(),
        api_url: preflight.api_url.clone(),
    };
    let tally = Tally::new(group, servers.labels(), now);
    tally.take(polled);
    tally.event(now, started);
    for (name, why) in preflight.problems.clone() {
        let of = LookedUp::Server(name);
        let why = NoAddress::Failed(why);
        tally.event(now, Happening::LookupFailed { of, why });
    }
    let look_up = async {
        match &lookup {
            Some(lookup) => targets::look_up_all(lookup, &tally, settings.http.is_some()).await,
            None => targets::LookupSchedule::default(),
        }
    };
    let change = change(settings, &reader, &tally);
    let (heard, targets, change) = tokio::join!(probe.until_authoritative(), look_up, change);
    let change = change?;
    let roles = preflight.roles(settings, heard).await;
    if let Some(fatal) = essential::fatal_replies(heard, &roles) {
        return Err(Failure::Measure(fatal));
    }
    let took = clock::instant().saturating_duration_since(asked);
    preflight.hand_on(servers::authoritative(heard, &roles).took(took));
    preflight.set_modes(heard, &roles);
    // The first replies may have moved a server to another of its addresses.
    for server in servers.indices() {
        tally.take(Fact::Readdressed {
            server,
            address: servers.address(server),
        });
    }
    Ok(Prepared {
        reader,
        zone_name,
        api_url: preflight.api_url.clone(),
        declared,
        question,
        servers,
        lookup,
        tally,
        targets,
        checks: Checking { preflight, probe },
        change,
    })
}

/// How the change stands that the run waits for. Returns its id if it has to be asked for again.
async fn change(
    settings: &Settings,
    reader: &RecordReader,
    tally: &Tally,
) -> Result<Option<String>, Failure> {
    let Some(id) = &settings.route53.change_id else {
        return Ok(None);
    };
    let change = reader.change(id).await;
    if let Err(error @ Route53Error::NoSuchChange { .. }) = &change {
        return Err(Failure::Measure(error.into()));
    }
    let again = !is_final(&change);
    tally.take(Fact::ChangeRead {
        at: At {
            uptime: Duration::ZERO,
            wall: clock::wall(),
        },
        change: change.map_err(Route53Error::without_request),
    });
    Ok(again.then(|| id.clone()))
}

impl Checking {
    /// Makes the checks that are left and tells what a reader of the numbers has to know, until it is stopped.
    pub async fn run(self, settings: Settings, watch: Arc<Watch>, stop: CancellationToken) {
        let mut preflight = self.preflight;
        // The poller reads them and tells of failures; each may be read once a minute, whoever wants to know.
        let why = phrase(
            "the run reads health checks itself",
            "상태 확인은 실행이 직접 읽는다",
        );
        let health = Finding::skipped(CheckId::GetHealthCheckStatus, why);
        preflight.findings.push(health);
        let servers = preflight.servers.as_ref();
        // The tally itself says which pools look alike, the judge which TTLs differ, and the prober what it means to ask
        // resolvers.
        let known = |check| match check {
            CheckId::Zone | CheckId::Pools | CheckId::Ttl => true,
            CheckId::Authoritative => servers.is_some_and(|servers| servers.modes_set() > 0),
            _ => false,
        };
        let tell = |finding: Finding| {
            if !known(finding.check) {
                tell(&watch.tally, finding);
            }
        };
        preflight.findings.iter().cloned().for_each(tell);
        let (probe, time) = (Some(self.probe), Deadline::each());
        let targets = ProbeTargets::default();
        let checking = checks::run(&preflight, &settings, probe, targets, time, &tell);
        Box::pin(stop.run_until_cancelled(checking)).await;
    }
}

/// A warning stands as long as the run does; what is measured all the time is told once, since it may change.
fn tell(tally: &Tally, finding: Finding) {
    if !matches!(finding.status, Status::Warning | Status::Failed) {
        return;
    }
    let now = clock::wall();
    let check = finding.check;
    let note = Notice::Finding(finding);
    match check {
        // That certificates are not verified is one of the run's own notes.
        CheckId::Settings => {}
        CheckId::Udp => tally.event(now, Happening::Noticed(note)),
        _ => tally.note(now, note),
    }
}
