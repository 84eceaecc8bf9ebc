//! Everything that has to be known before the first question is asked: credentials, zone, weighted group, name servers,
//! and the addresses of alias targets. The checks find it; what else they look at goes on beside the run.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::clock;
use crate::config::Settings;
use crate::error::Failure;
use crate::model::event::EventKind;
use crate::model::finding::{CheckId, Finding, Status};
use crate::model::record::WeightedSet;
use crate::sources::checks::{self, Deadline, Preflight, ProbeTargets, essential, servers};
use crate::sources::exchange::Question;
use crate::sources::lookup::Lookup;
use crate::sources::route53::{Declared, RecordReader, Zone};
use crate::sources::servers::ServerList;
use crate::sources::targets;
use crate::tally::Tally;

/// What the tasks of a run start from.
#[derive(Debug)]
pub(super) struct Prepared {
    pub route53: RecordReader,
    pub zone: Zone,
    pub declared: Declared,
    pub question: Question,
    pub servers: Arc<ServerList>,
    pub lookup: Option<Lookup>,
    pub tally: Arc<Tally>,
    pub targets: targets::Memory,
    pub checks: Checking,
}

/// The checks that go on beside the run.
#[derive(Debug)]
pub(super) struct Checking {
    preflight: Preflight,
    probe: servers::Probe,
}

/// Learns all of it, or says what is missing.
pub(super) async fn prepare(settings: &Settings) -> Result<Prepared, Failure> {
    let preflight = checks::run_essential(settings, None).await;
    if let Some(fatal) = preflight.fatal {
        return Err(Failure::Measure(fatal));
    }
    let found = preflight.clone();
    let (Some(route53), Some(zone), Some(declared), Some(group)) =
        (found.reader, found.zone, found.declared, found.group)
    else {
        return Err(incomplete());
    };
    let (Some(question), Some(servers)) = (found.question, found.servers) else {
        return Err(incomplete());
    };
    let mut probe = servers::Probe::start(&question, &servers, Deadline::each());
    let now = clock::wall();
    let tally = Tally::new(group, servers.labels(), now);
    tally.record_poll(now);
    tally.event(now, EventKind::Started, started(&tally, &servers));
    for problem in &preflight.problems {
        tally.event(now, EventKind::LookupFailed, problem.clone());
    }
    let look_up = async {
        match &found.lookup {
            Some(lookup) => targets::look_up_all(lookup, &tally, settings.http.is_some()).await,
            None => targets::Memory::default(),
        }
    };
    let (heard, targets) = tokio::join!(probe.until_authoritative(), look_up);
    let roles = preflight.roles(settings, heard).await;
    if let Some(fatal) = essential::fatal_replies(heard, &roles) {
        return Err(Failure::Measure(fatal));
    }
    preflight.set_modes(heard, &roles);
    // The first replies may have moved a server to another of its addresses.
    for index in 0..servers.len() {
        tally.record_address(index, servers.address(index));
    }
    Ok(Prepared {
        route53,
        zone,
        declared,
        question,
        servers,
        lookup: found.lookup,
        tally: Arc::new(tally),
        targets,
        checks: Checking { preflight, probe },
    })
}

/// What is missing without a reason would be a bug.
fn incomplete() -> Failure {
    Failure::Unexpected("a check found nothing and did not say why".to_owned())
}

impl Checking {
    /// Makes the checks that are left and tells what a reader of the numbers has to know, until it is stopped.
    pub async fn run(self, settings: Settings, tally: Arc<Tally>, stop: CancellationToken) {
        let Self {
            mut preflight,
            probe,
        } = self;
        // The poller reads them and tells of failures; each may be read once a minute, whoever wants to know.
        let health = CheckId::GetHealthCheckStatus;
        preflight.findings.push(Finding::skipped(
            health,
            "the run reads health checks itself",
        ));
        // The tally itself says which pools look alike, and the prober what it means to ask resolvers.
        let known = |check| match check {
            CheckId::Zone | CheckId::Pools => true,
            CheckId::Authoritative => preflight
                .servers
                .as_ref()
                .is_some_and(|it| it.modes_set() > 0),
            _ => false,
        };
        let tell = |finding: &Finding| {
            if !known(finding.check) {
                tell(&tally, finding);
            }
        };
        preflight.findings.iter().for_each(tell);
        let (told, mut findings) = mpsc::unbounded_channel();
        let checking = async {
            let probe_targets = ProbeTargets::default();
            let time = Deadline::each();
            checks::run(
                &preflight,
                &settings,
                Some(probe),
                probe_targets,
                time,
                &told,
            )
            .await;
            drop(told);
        };
        let telling = async {
            while let Some(finding) = findings.recv().await {
                tell(&finding);
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            _ = async { tokio::join!(checking, telling) } => {}
        }
    }
}

/// A warning stands as long as the run does; what is measured all the time is told once, since it may change.
fn tell(tally: &Tally, finding: &Finding) {
    if !matches!(finding.status, Status::Warning | Status::Failed) {
        return;
    }
    let now = clock::wall();
    let sentence = finding.sentence();
    match finding.check {
        // That certificates are not verified is one of the run's own notes.
        CheckId::Settings => {}
        CheckId::Udp => tally.event(now, EventKind::Note, sentence),
        CheckId::Http => {
            let subject = finding.check.as_str();
            tally.note(now, subject, Some(format!("at the start: {sentence}")));
        }
        check => tally.note(now, check.as_str(), Some(sentence)),
    }
}

fn started(tally: &Tally, servers: &ServerList) -> String {
    let group = Arc::clone(&tally.current().group);
    let weights: Vec<String> = group.sets.iter().map(WeightedSet::declared).collect();
    let count = servers.len();
    let plural = if count == 1 { "" } else { "s" };
    // A hundred weights would bury the rest of the list.
    let shown = weights
        .iter()
        .take(6)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    let more = if weights.len() > 6 {
        format!(" and {} more", weights.len() - 6)
    } else {
        String::new()
    };
    format!(
        "measuring {} {}: weights {shown}{more}, {count} name server{plural}",
        group.name, group.record_type
    )
}
