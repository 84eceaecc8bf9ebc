//! Everything that has to be known before the first question is asked: credentials, zone, weighted group, and the
//! addresses of name servers and alias targets.

use std::sync::Arc;

use crate::clock;
use crate::config::Settings;
use crate::error::Failure;
use crate::model::event::EventKind;
use crate::model::health::Checks;
use crate::model::text::visible;
use crate::sources::exchange::Question;
use crate::sources::lookup::Lookup;
use crate::sources::route53::{Declared, Route53, Zone};
use crate::sources::servers::ServerList;
use crate::sources::targets;
use crate::tally::Tally;

/// What the tasks of a run start from.
#[derive(Debug)]
pub(super) struct Prepared {
    pub route53: Route53,
    pub zone: Zone,
    pub declared: Declared,
    pub question: Question,
    pub servers: Arc<ServerList>,
    pub lookup: Option<Lookup>,
    pub tally: Arc<Tally>,
    pub targets: targets::Memory,
}

/// Learns all of it, or says what is missing.
pub(super) async fn prepare(settings: &Settings) -> Result<Prepared, Failure> {
    let route53 = Route53::connect(settings.route53.clone()).await?;
    let (zone, declared) = route53.open().await;
    // What is wrong with the zone explains what is wrong with the record.
    let zone = zone?;
    route53.check_reach(&zone)?;
    let declared = declared?;
    let group = declared.group(&Checks::new());
    let asked = route53.question_name();
    let question = Question::new(asked, group.record_type).map_err(|error| {
        Failure::Measure(format!(
            "{asked} cannot be asked for: {error}; check the name (--record-name)"
        ))
    })?;
    let question = question.in_zone(zone.name.clone());
    let http = settings.http.is_some();
    let lookup = Lookup::new(&settings.lookup);
    let must_look_up = settings.dns.name_servers.is_empty() || targets::needed(&group, http);
    let lookup = match lookup {
        Ok(lookup) => Some(lookup),
        Err(error) if must_look_up => return Err(Failure::Measure(error)),
        Err(error) => {
            tracing::info!("no resolver, and none needed so far: {}", visible(&error));
            None
        }
    };
    let (servers, problems) = match &lookup {
        Some(lookup) if settings.dns.name_servers.is_empty() => {
            ServerList::resolve(&zone.name_servers, lookup)
                .await
                .map_err(Failure::Measure)?
        }
        _ => (ServerList::given(&settings.dns.name_servers), Vec::new()),
    };
    let now = clock::wall();
    let tally = Tally::new(group, servers.labels(), now);
    tally.record_poll(now);
    for index in 0..servers.len() {
        tally.record_address(index, servers.address(index));
    }
    tally.event(now, EventKind::Started, started(&tally, &servers));
    for problem in problems {
        tally.event(now, EventKind::LookupFailed, problem);
    }
    let targets = match &lookup {
        Some(lookup) => targets::look_up_all(lookup, &tally, http).await,
        None => targets::Memory::default(),
    };
    Ok(Prepared {
        route53,
        zone,
        declared,
        question,
        servers: Arc::new(servers),
        lookup,
        tally: Arc::new(tally),
        targets,
    })
}

fn started(tally: &Tally, servers: &ServerList) -> String {
    let group = Arc::clone(&tally.current().group);
    let weights: Vec<String> = group
        .sets
        .iter()
        .map(|set| format!("{} {}", set.identifier, set.weight))
        .collect();
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
