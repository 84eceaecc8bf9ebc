//! A small Route 53 on loopback in which anything can go wrong at any moment: name servers, API and web servers. It counts what
//! it did.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use hickory_resolver::proto::op::ResponseCode;

use super::script::{Fault, Numbers, Place, SERVERS};
use crate::route53::{
    NAME, PUBLIC, SERVERS as DELEGATION_SET, Set, error_xml, is_list, page, zone_xml,
};
use crate::scripted_dns::{self, Received, Step, a, send};
use crate::scripted_http::{self, Reply, Request, Response};

/// How long the run waits for an answer.
pub const TIMEOUT: Duration = Duration::from_secs(2);

/// Where the sets of the record are, with their weights.
const SETS: [(&str, &str, u64); 2] = [("blue", "127.0.0.11", 180), ("green", "127.0.0.12", 70)];
/// A member that comes and goes; nobody answers with it.
const PASSING: (&str, &str, u64) = ("passing", "127.0.0.13", 20);
/// An address that no set declares.
const NOBODYS: &str = "192.0.2.66";

/// What is wrong at the moment, and what was done about questions so far.
#[derive(Debug)]
pub struct Weather {
    numbers: Numbers,
    wrong: BTreeMap<Place, Fault>,
    /// Faults that somebody has met, and how often.
    pub met: BTreeMap<Fault, u64>,
    /// Questions that came.
    pub questions: u64,
    /// True answers that were sent.
    pub answers: u64,
    /// Pages that were asked for.
    pages: u64,
}

impl Weather {
    /// Something goes wrong at a place, or nothing does any more.
    pub fn set(&mut self, place: Place, fault: Option<Fault>) {
        match fault {
            Some(fault) => self.wrong.insert(place, fault),
            None => self.wrong.remove(&place),
        };
    }

    /// What somebody who asks at this place meets.
    fn meet(&mut self, place: Place) -> Option<Fault> {
        let offline = self.wrong.get(&Place::Machine) == Some(&Fault::Offline);
        let fault = if offline {
            Fault::Offline
        } else {
            *self.wrong.get(&place)?
        };
        self.note(fault);
        Some(fault)
    }

    /// A fault has shown.
    pub fn note(&mut self, fault: Fault) {
        *self.met.entry(fault).or_default() += 1;
    }
}

/// The world, as long as the runtime lasts.
#[derive(Debug)]
pub struct World {
    weather: Arc<Mutex<Weather>>,
    servers: Vec<scripted_dns::Server>,
    api: scripted_http::Server,
    web: Vec<scripted_http::Server>,
}

impl World {
    /// In which everything works.
    pub async fn start(seed: u64) -> Self {
        let weather = Arc::new(Mutex::new(Weather {
            numbers: Numbers::new(!seed),
            wrong: BTreeMap::new(),
            met: BTreeMap::new(),
            questions: 0,
            answers: 0,
            pages: 0,
        }));
        let mut servers = Vec::new();
        for number in 0..SERVERS {
            let weather = Arc::clone(&weather);
            let server = scripted_dns::Server::start(move |received| {
                let mut weather = weather.lock().expect("no panic");
                answer(&mut weather, number, received)
            });
            servers.push(server.await);
        }
        let api = scripted_http::Server::start({
            let weather = Arc::clone(&weather);
            move |request| api(&mut weather.lock().expect("no panic"), request)
        });
        Self {
            servers,
            api: api.await,
            web: web(&weather).await,
            weather,
        }
    }

    /// What is wrong and what was done.
    pub fn weather(&self) -> MutexGuard<'_, Weather> {
        self.weather.lock().expect("no panic in the world")
    }

    /// Where the API is.
    pub fn api_url(&self) -> String {
        self.api.url()
    }

    /// Where the name servers are.
    pub fn name_servers(&self) -> impl Iterator<Item = SocketAddr> {
        self.servers.iter().map(|server| server.address)
    }

    /// Where the web servers are.
    pub fn endpoint(&self) -> String {
        let name = NAME.trim_end_matches('.');
        format!("http://{name}:{}/", self.web[0].address.port())
    }

    /// Keeps no questions: a run may last for hours.
    pub fn forget(&self) {
        self.servers.iter().for_each(scripted_dns::Server::forget);
        self.web.iter().for_each(scripted_http::Server::forget);
        self.api.forget();
    }
}

fn answer(weather: &mut Weather, server: usize, received: &Received) -> Vec<Step> {
    weather.questions += u64::from(!received.tcp);
    let total = SETS.iter().map(|(.., weight)| weight).sum();
    let drawn = weather.numbers.below(total);
    let (_, address, _) = SETS[usize::from(drawn >= SETS[0].2)];
    let truth = received.at(address);
    let fault = weather.meet(Place::Server(server));
    let is_true = match fault {
        None | Some(Fault::Lag | Fault::Late | Fault::Twice | Fault::Elsewhere) => true,
        Some(Fault::Truncate) => received.tcp && weather.numbers.below(3) > 0,
        Some(_) => false,
    };
    weather.answers += u64::from(is_true);
    match fault {
        None => vec![truth],
        Some(Fault::Lag) => {
            let lag = Duration::from_millis(50 + weather.numbers.below(700));
            vec![Step::Pause(lag), truth]
        }
        Some(Fault::Late) => vec![Step::Pause(TIMEOUT + Duration::from_millis(300)), truth],
        Some(Fault::Twice) => vec![truth.clone(), truth],
        Some(Fault::Elsewhere) => {
            let Step::Send(wrong) = received.at(NOBODYS) else {
                unreachable!("an answer is sent");
            };
            vec![Step::SendFromElsewhere(wrong), truth]
        }
        Some(Fault::Truncate) if !received.tcp => vec![received.truncated()],
        Some(Fault::Truncate) if is_true => vec![truth],
        Some(Fault::Truncate) => vec![Step::SendRaw(vec![1, 0, 7]), Step::Close],
        Some(Fault::Lie) => lie(weather.numbers.below(8), received),
        Some(_) => vec![],
    }
}

fn lie(which: u64, received: &Received) -> Vec<Step> {
    let mut reply = received.reply();
    match which {
        0 => return vec![received.rcode(ResponseCode::ServFail)],
        1 => return vec![received.rcode(ResponseCode::Refused)],
        2 => return vec![received.rcode(ResponseCode::NXDomain)],
        3 => return vec![received.rcode(ResponseCode::FormErr)],
        4 => return vec![received.garbage()],
        5 => return vec![received.at(NOBODYS)],
        6 => reply.metadata.id = reply.metadata.id.wrapping_add(1),
        _ => reply.metadata.authoritative = false,
    }
    reply.add_answer(a(NAME, SETS[0].1));
    vec![send(&reply)]
}

fn api(weather: &mut Weather, request: &Request) -> Reply {
    let fault = weather.meet(Place::Api);
    let error = |status, code| error_xml(status, code, "Chaos").into_reply();
    match fault {
        Some(Fault::Throttle) => return error(400, "Throttling"),
        Some(Fault::Fail) => return error(500, "InternalError"),
        Some(Fault::Cut) => {
            let text = "<?xml version=\"1.0\"?>\n<ListResourceRecordSetsResponse><ResourceRec";
            return Response::new(200, text).promising(4_000).into_reply();
        }
        Some(Fault::Expire) => return error(403, "ExpiredToken"),
        Some(Fault::Hang | Fault::Offline) => return Reply::Hang,
        _ => {}
    }
    if !is_list(request) {
        return zone_xml("example.test.", PUBLIC, DELEGATION_SET);
    }
    weather.pages += 1;
    // Every other page is one of a listing in which there is one more.
    let passing = fault == Some(Fault::Members) && weather.pages.is_multiple_of(2);
    let sets = SETS.iter().chain(passing.then_some(&PASSING));
    let sets =
        sets.map(|(name, address, weight)| Set::weighted(NAME, "A", name, *weight, &[address]));
    page(&sets.collect::<Vec<_>>(), 1, request)
}

/// One for each set, all at the same port.
async fn web(weather: &Arc<Mutex<Weather>>) -> Vec<scripted_http::Server> {
    let script = || {
        let weather = Arc::clone(weather);
        move |_: &Request| match weather.lock().expect("no panic").meet(Place::Web) {
            None => Response::new(200, "fine").into_reply(),
            Some(Fault::Reset) => Reply::Close,
            Some(Fault::Drip) => Reply::Drip,
            Some(_) => Reply::Hang,
        }
    };
    let [first, second] =
        SETS.map(|(_, address, _)| IpAddr::V4(address.parse::<Ipv4Addr>().expect("an address")));
    for _ in 0..32 {
        let one = scripted_http::Server::start_at(first, 0, script()).await;
        let one = one.expect("loopback has a free port");
        let port = one.address.port();
        if let Ok(two) = scripted_http::Server::start_at(second, port, script()).await {
            return vec![one, two];
        }
    }
    panic!("no port is free at both addresses");
}
