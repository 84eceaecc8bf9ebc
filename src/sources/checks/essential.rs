//! What a run starts from: credentials, zone, record, resolver, name servers. Whatever is missing is said with cause and
//! cure, and what does not depend on it is found all the same.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;

use super::address::is_public;
use super::servers::{
    Kind, Role, ServerReply, all_silent, authoritative, intercepted, is_intercepted, udp,
};
use super::{Deadline, LIMIT, delegation, group};
use crate::clock;
use crate::config::{Access, Settings};
use crate::model::answer::ServerMode;
use crate::model::finding::{CheckId, Finding, Status};
use crate::model::health::Checks;
use crate::model::language::{Both, both, phrase};
use crate::model::name::RecordName;
use crate::model::obstacle::Obstacle;
use crate::model::record::{RecordType, WeightedGroup};
use crate::model::route53_error::CHECK_THE_WAY;
use crate::model::text::visible;
use crate::sources::exchange::Question;
use crate::sources::lookup::Lookup;
use crate::sources::pulse;
use crate::sources::route53::api_address::{Foreign, foreign};
use crate::sources::route53::error::Call;
use crate::sources::route53::{Api, CredentialFacts, Declared, RecordReader, Route53Error, Zone};
use crate::sources::servers::{OTHER_SERVERS, PORT, ServerList};
use crate::sources::targets;

/// Credentials that end sooner than this are worth a word.
const SOON: Duration = Duration::from_mins(15);
/// Longest time to find out whether given addresses are the zone's own servers.
const ROLE_LOOKUP: Duration = Duration::from_secs(3);
/// Longest time to find out what given addresses are called.
const NAME_LOOKUP: Duration = Duration::from_secs(1);

/// What was found, as far as it goes.
#[derive(Clone, Debug, Default)]
pub struct Preflight {
    /// With credentials that could be loaded.
    pub reader: Option<RecordReader>,
    /// The address of the API without its secrets, where it is not Amazon's; the demo's own is not told.
    pub api_url: Option<String>,
    /// The zone.
    pub zone: Option<Zone>,
    /// Its name, which is known without it where its listing shows it.
    pub zone_name: Option<RecordName>,
    /// What the zone declares for the record.
    pub declared: Option<Declared>,
    /// The same, every health check counting as healthy.
    pub group: Option<WeightedGroup>,
    /// What name servers are asked.
    pub question: Option<Question>,
    /// The resolver.
    pub lookup: Option<Lookup>,
    /// The name servers, if there is one to ask.
    pub servers: Option<Arc<ServerList>>,
    /// Name servers that could not be looked up, each with why.
    pub problems: Vec<(String, Both)>,
    /// What the checks so far have found.
    pub findings: Vec<Finding>,
    /// The first reason why nothing can be measured.
    pub fatal: Option<Obstacle>,
    /// When the step began whose findings are told.
    began: Option<Instant>,
    /// Who hears of each finding at once.
    steps: Option<Steps>,
}

/// Where a start tells what it has found, as soon as it has.
pub type Steps = UnboundedSender<Finding>;

/// Finds what a run starts from. With a deadline each step is bounded by it; without one the API's own time limits hold.
pub async fn run_essential(
    settings: &Settings,
    time: Option<Deadline>,
    steps: Option<Steps>,
) -> Preflight {
    let mut preflight = Preflight {
        steps,
        findings: vec![settings_finding(settings)],
        ..Preflight::default()
    };
    preflight.connect(settings, time).await;
    preflight.open(settings, time).await;
    preflight.ask_for(settings);
    preflight.find_servers(settings, time).await;
    preflight
}

impl Preflight {
    /// Whether something was found about this already.
    pub fn has(&self, check: CheckId) -> bool {
        self.findings.iter().any(|finding| finding.check == check)
    }

    fn tell(&mut self, finding: Finding) {
        let began = self.began.unwrap_or_else(clock::instant);
        let took = clock::instant().saturating_duration_since(began);
        let finding = finding.took(took);
        self.hand_on(finding.clone());
        self.findings.push(finding);
    }

    /// Tells whoever follows the start what was found.
    pub fn hand_on(&self, finding: Finding) {
        if let Some(steps) = &self.steps {
            // Nobody listens any more when the start has ended otherwise.
            let _ = steps.send(finding);
        }
    }

    /// A failed check, for a reason that makes measuring impossible. It stands in the place of what was found before about
    /// the same.
    fn stop_at(&mut self, check: CheckId, why: impl Into<Obstacle>) {
        let why = why.into();
        self.fatal.get_or_insert_with(|| why.clone());
        let failed = |finding: &Finding| finding.check == check && finding.status == Status::Failed;
        if !self.findings.iter().any(failed) {
            self.findings.retain(|finding| finding.check != check);
            self.tell(Finding::of(check, Status::Failed, why));
        }
    }

    async fn connect(&mut self, settings: &Settings, time: Option<Deadline>) {
        self.began = Some(clock::instant());
        let route53 = &settings.route53;
        // The SDK's futures are very large.
        let connecting = Box::pin(Api::connect(route53.access.clone(), route53.call_spacing));
        let slow = Route53Error::CredentialsSlow {
            seconds: LIMIT.as_secs(),
        };
        match within(time, connecting).await.unwrap_or(Err(slow)) {
            Ok(api) => {
                self.tell(credentials(&api.credential_facts(), clock::wall()));
                let endpoint = api.endpoint();
                let api_at = match route53.access {
                    Access::Chain { .. } => endpoint.as_deref().and_then(foreign),
                    Access::Fixed { .. } => None,
                };
                self.tell(address_of_api(api_at.as_ref()));
                self.api_url = api_at.map(|api| api.url);
                self.reader = Some(RecordReader::new(api, route53.clone()));
            }
            Err(error) => {
                let mut why = Obstacle::from(&error);
                if let (
                    Access::Chain {
                        profile: Some(profile),
                    },
                    Route53Error::NoSuchProfile { .. }
                    | Route53Error::NoCredentials { .. }
                    | Route53Error::CredentialsFailed { .. },
                ) = (&route53.access, &error)
                {
                    let (name, origin) = (&profile.name, &profile.origin);
                    let choice = both!(
                        "profile {name} is chosen by {origin}",
                        "프로필 {name}을(를) 고른 곳: {origin}"
                    );
                    why.cause.get_or_insert(choice);
                }
                self.stop_at(CheckId::Credentials, why);
            }
        }
    }

    async fn open(&mut self, settings: &Settings, time: Option<Deadline>) {
        let Some(reader) = self.reader.clone() else {
            return;
        };
        self.began = Some(clock::instant());
        let Some(opened) = within(time, Box::pin(reader.open())).await else {
            let seconds = LIMIT.as_secs();
            let what = both!(
                "Route 53 does not answer within {seconds} s",
                "Route 53이 {seconds}초 안에 응답하지 않는다"
            );
            let why = Obstacle::new(what).cure(&CHECK_THE_WAY);
            self.stop_at(CheckId::GetHostedZone, why.clone());
            self.stop_at(CheckId::ListResourceRecordSets, why);
            return;
        };
        self.zone_name = opened.zone_name;
        self.take_zone(settings, &reader, opened.zone);
        self.take_declared(opened.declared);
    }

    fn take_zone(
        &mut self,
        settings: &Settings,
        reader: &RecordReader,
        zone: Result<Zone, Route53Error>,
    ) {
        let call = CheckId::GetHostedZone;
        let permission = Finding::ok(
            call,
            phrase(
                "route53:GetHostedZone is allowed",
                "route53:GetHostedZone 호출이 허용된다",
            ),
        );
        let zone_id = &settings.route53.zone_id;
        match zone {
            Ok(zone) => {
                self.tell(permission);
                match reader.check_reach(&zone) {
                    Ok(()) => self.tell(zone_finding(&zone, zone_id)),
                    Err(error) => self.stop_at(CheckId::Zone, &error),
                }
                self.tell_of_name(settings, &zone.name);
                self.zone = Some(zone);
            }
            Err(error) if let Some(name) = self.zone_name.clone() => {
                let finding = Finding::of(call, Status::Warning, &error);
                let cause = both!(
                    "the name of the zone, {name}, is taken from its listing; what needs more of it is not looked at",
                    "호스팅 영역의 이름({name})은 레코드 목록에서 알아냈다; 그 밖의 정보가 필요한 것은 점검하지 않는다"
                );
                self.tell(finding.cause(cause));
                self.tell_of_name(settings, &name);
            }
            Err(error) => {
                let check = check_of(&error, call);
                if matches!(check, CheckId::Zone | CheckId::Name) {
                    self.tell(permission);
                }
                if check == CheckId::Name {
                    self.tell(Finding::ok(
                        CheckId::Zone,
                        both!("zone {zone_id} exists", "호스팅 영역 {zone_id}: 있음"),
                    ));
                }
                self.stop_at(check, &error);
            }
        }
    }

    fn tell_of_name(&mut self, settings: &Settings, zone: &RecordName) {
        let name = &settings.route53.record_name;
        let inside = both!("{name} lies in {zone}", "{name} 이름은 {zone} 안에 있다");
        self.tell(Finding::ok(CheckId::Name, inside));
    }

    fn take_declared(&mut self, declared: Result<Declared, Route53Error>) {
        let call = CheckId::ListResourceRecordSets;
        let permission = Finding::ok(
            call,
            phrase(
                "route53:ListResourceRecordSets is allowed",
                "route53:ListResourceRecordSets 호출이 허용된다",
            ),
        );
        match declared {
            Ok(declared) => {
                let read = declared.group(&Checks::new());
                self.tell(permission);
                // A name outside the zone may find nothing there, or what is not meant.
                if self.zone_name.is_some() {
                    self.tell(group::record(&read, &declared.remarks));
                }
                self.tell(group::ttl(&read));
                self.group = Some(read);
                self.declared = Some(declared);
            }
            Err(error) => {
                let check = check_of(&error, call);
                if check == CheckId::Record {
                    self.tell(permission);
                }
                // With no zone, or the wrong one, nothing else was to be expected of the record; why, has been said.
                if check != CheckId::Record || self.zone_name.is_some() {
                    self.stop_at(check, &error);
                }
            }
        }
    }

    fn ask_for(&mut self, settings: &Settings) {
        self.began = Some(clock::instant());
        let name = &settings.route53.question_name;
        let record_type = self.group.as_ref().map(|group| group.record_type);
        let record_type = record_type.or(settings.route53.record_type);
        match Question::new(name, record_type.unwrap_or(RecordType::A)) {
            Ok(question) => {
                self.question = Some(match &self.zone_name {
                    Some(zone) => question.in_zone(zone.clone()),
                    None => question,
                });
            }
            Err(error) => {
                let why = Obstacle::new(both!(
                    "{name} cannot be asked for: {error}",
                    "{name} 이름은 질의할 수 없다: {error}"
                ));
                let cure = phrase(
                    "check the name (--record-name)",
                    "이름을 확인한다 (--record-name)",
                );
                self.stop_at(CheckId::Name, why.cure(cure));
            }
        }
    }

    async fn find_servers(&mut self, settings: &Settings, time: Option<Deadline>) {
        self.began = Some(clock::instant());
        let given = &settings.dns.name_servers;
        let (http, group) = (settings.http.is_some(), self.group.as_ref());
        let must_look_up =
            given.is_empty() || group.is_some_and(|group| targets::needed(group, http));
        match Lookup::new(&settings.lookup) {
            Ok(lookup) => self.lookup = Some(lookup),
            Err(error) if must_look_up => return self.stop_at(CheckId::Udp, error),
            Err(error) => {
                let error = error.to_string();
                tracing::info!("no resolver, and none needed so far: {}", visible(&error));
            }
        }
        if !given.is_empty() {
            let mut names = settings.dns.known_names.clone();
            names.extend(self.names_of(settings).await);
            self.servers = Some(Arc::new(ServerList::named(given, &names)));
            return;
        }
        // Without permission to read the zone nothing is known of its servers, and those of a private zone know nothing.
        let zone = self.zone.as_ref().filter(|zone| !zone.private);
        let (Some(zone), Some(lookup)) = (zone, &self.lookup) else {
            return;
        };
        let resolving = ServerList::resolve(&zone.name_servers, lookup);
        let resolved = within(time, resolving).await.unwrap_or_else(|| {
            let seconds = LIMIT.as_secs();
            let what = both!(
                "the resolver does not answer within {seconds} s",
                "리졸버가 {seconds}초 안에 응답하지 않는다"
            );
            Err(Obstacle::new(what).cure(&OTHER_SERVERS))
        });
        match resolved {
            Ok((servers, problems)) => {
                self.servers = Some(Arc::new(servers));
                self.problems = problems;
            }
            Err(why) => self.stop_at(CheckId::Udp, why),
        }
    }

    /// What the zone calls the addresses that were given, as far as it can be found out at once and may be asked for: the names
    /// of its delegation set are looked up, and nothing else is asked for the name of an address.
    async fn names_of(&self, settings: &Settings) -> Vec<(String, SocketAddr)> {
        let (given, known) = (&settings.dns.name_servers, &settings.dns.known_names);
        let is_known = |at: &SocketAddr| known.iter().any(|(_, known)| known == at);
        // Those of a zone are asked at this port, so that no other address is theirs.
        let nameless = |at: &SocketAddr| at.port() == PORT && !is_known(at);
        let zone = self.zone.as_ref().filter(|zone| !zone.private);
        let (Some(zone), Some(lookup)) = (zone, &self.lookup) else {
            return Vec::new();
        };
        if !given.iter().any(nameless) || !self.may_look_up(settings) {
            return Vec::new();
        }
        let looking = delegation::addresses(delegation::names_of(zone), lookup);
        let found = tokio::time::timeout(NAME_LOOKUP, looking).await;
        let found = found.unwrap_or_default();
        let given = given.iter().copied().filter(nameless);
        given
            .filter_map(|at| Some((the_name_of(at.ip(), &found)?, at)))
            .collect()
    }

    /// What each server is expected to be, as soon as something is known of its replies. Whether a given address is one
    /// of the zone's own is only looked up where it matters, and only where the answer may be asked for.
    pub async fn roles(&self, settings: &Settings, heard: &[ServerReply]) -> Vec<Role> {
        let servers = self.servers.as_ref();
        let count = servers.map_or(0, |servers| servers.indices().len());
        let given = &settings.dns.name_servers;
        if given.is_empty() {
            return vec![Role::OfZone; count];
        }
        let zone = self.zone.as_ref();
        if zone.is_some_and(|zone| zone.private) {
            return vec![Role::GivenForPrivateZone; count];
        }
        let mut roles = vec![Role::Given; count];
        let doubtful = heard.iter().any(|heard| heard.kind() == Kind::Resolver);
        if let (true, true, Some(zone), Some(lookup)) =
            (doubtful, self.may_look_up(settings), zone, &self.lookup)
        {
            let looking = delegation::addresses(delegation::names_of(zone), lookup);
            let found = tokio::time::timeout(ROLE_LOOKUP, looking).await;
            let found = found.into_iter().flatten();
            let own: Vec<IpAddr> = found.flat_map(|(_, addresses)| addresses).collect();
            for (role, address) in roles.iter_mut().zip(given) {
                if own.contains(&address.ip()) {
                    *role = Role::OfZone;
                }
            }
        }
        roles
    }

    /// Tells the servers' list which of its servers are resolvers, as far as replies have shown it.
    pub fn set_modes(&self, heard: &[ServerReply], roles: &[Role]) {
        let Some(servers) = &self.servers else { return };
        for heard in heard.iter().filter(|heard| heard.is_resolver(roles)) {
            servers.set_mode(heard.server, ServerMode::ThroughResolver);
        }
    }

    /// Whether names may be looked up that the run itself does not need: with a resolver that was named, or where the
    /// world is asked anyway. A set-up that stays on one machine or in one network stays there.
    pub fn may_look_up(&self, settings: &Settings) -> bool {
        let given = &settings.dns.name_servers;
        settings.lookup.resolver.is_some()
            || given.is_empty()
            || given.iter().any(|address| is_public(address.ip()))
    }
}

/// The name that has an address; none where several have it.
fn the_name_of(address: IpAddr, found: &[(RecordName, Vec<IpAddr>)]) -> Option<String> {
    let mut names = found.iter().filter(|(_, its)| its.contains(&address));
    let (name, _) = names.next()?;
    names.next().is_none().then(|| name.to_string())
}

/// Why the replies so far make measuring pointless.
pub fn fatal_replies(heard: &[ServerReply], roles: &[Role]) -> Option<Obstacle> {
    if all_silent(heard) {
        return Some(udp(heard).into());
    }
    if is_intercepted(heard, roles) {
        return Some(intercepted(heard).into());
    }
    let finding = authoritative(heard, roles);
    (finding.status == Status::Failed).then(|| finding.into())
}

async fn within<T>(time: Option<Deadline>, work: impl Future<Output = T>) -> Option<T> {
    match time {
        None => Some(work.await),
        Some(time) => pulse::within(time.left(), work).await,
    }
}

/// The check that an error belongs to; what says nothing more precise belongs to the call.
fn check_of(error: &Route53Error, made_by: CheckId) -> CheckId {
    match error {
        Route53Error::NoCredentials { .. }
        | Route53Error::CredentialsFailed { .. }
        | Route53Error::CredentialsSlow { .. }
        | Route53Error::NoSuchProfile { .. }
        | Route53Error::MalformedValue { .. }
        | Route53Error::BadProfileFile { .. }
        | Route53Error::ExpiredToken { .. }
        | Route53Error::BadCredentials { .. } => CheckId::Credentials,
        Route53Error::ClockSkew { .. } => CheckId::Clock,
        Route53Error::ZoneNotFound { .. } | Route53Error::PrivateZone { .. } => CheckId::Zone,
        Route53Error::NameOutsideZone { .. } => CheckId::Name,
        Route53Error::NotWeighted { .. } | Route53Error::BadRecord { .. } => CheckId::Record,
        Route53Error::AccessDenied { call, .. } => match call {
            Call::GetHostedZone => CheckId::GetHostedZone,
            Call::ListResourceRecordSets => CheckId::ListResourceRecordSets,
            Call::GetHealthCheck | Call::GetHealthCheckStatus => CheckId::GetHealthCheckStatus,
            Call::ListHostedZonesByName => CheckId::ListHostedZonesByName,
            Call::GetChange => made_by,
        },
        Route53Error::NoSuchChange { .. }
        | Route53Error::Throttled { .. }
        | Route53Error::Short { .. }
        | Route53Error::Unreachable { .. }
        | Route53Error::Refused { .. }
        | Route53Error::BadAnswer { .. } => made_by,
    }
}

fn settings_finding(settings: &Settings) -> Finding {
    let check = CheckId::Settings;
    let (name, zone) = (&settings.route53.record_name, &settings.route53.zone_id);
    let endpoint = &settings.run.endpoint;
    let what = both!(
        "{name} in zone {zone}, endpoint {endpoint}",
        "{name}, 호스팅 영역 {zone}, endpoint {endpoint}"
    );
    if settings.http.as_ref().is_none_or(|http| !http.insecure) {
        return Finding::ok(check, what);
    }
    let what = both!(
        "{what}; certificates of the endpoint are NOT verified",
        "{what}; endpoint의 인증서를 검증하지 않음"
    );
    Finding::warning(check, what)
        .cause(phrase("insecure is set", "insecure가 켜져 있다"))
        .cure(phrase(
            "r53mon config show tells where; leave it out where the certificates are good",
            "어디서 켰는지는 r53mon config show로 본다; 인증서에 문제가 없으면 끈다",
        ))
}

fn credentials(facts: &CredentialFacts, now: SystemTime) -> Finding {
    let check = CheckId::Credentials;
    let profile = facts.profile.as_ref();
    let profile = profile.map_or(Both::same(""), |profile| {
        both!("; profile {profile}", "; 프로필 {profile}")
    });
    let source = facts.source.in_words();
    let found = both!("found ({source}{profile})", "찾음 ({source}{profile})");
    let Some(expires_at) = facts.expires_at else {
        return Finding::ok(
            check,
            both!("{found}, without an end", "{found}, 만료 없음"),
        );
    };
    let left = expires_at.duration_since(now).unwrap_or_default();
    let left = Duration::from_secs(left.as_secs());
    let what = match humantime::format_duration(left) {
        _ if left.is_zero() => both!("{found}, and they have expired", "{found}, 이미 만료됨"),
        left => both!("{found}, good for {left}", "{found}, {left} 남음"),
    };
    if left < SOON {
        let cure = phrase(
            "get new ones in time, for example with aws sso login",
            "늦지 않게 새로 발급받는다, 예: aws sso login",
        );
        return Finding::warning(check, what).cure(cure);
    }
    Finding::ok(check, what)
}

/// Where the credentials go.
fn address_of_api(api: Option<&Foreign>) -> Finding {
    let check = CheckId::Api;
    match api {
        Some(api) if api.is_in_the_clear => {
            let what = both!(
                "the API at {url} is asked over plain http: requests and what signs them can be read on the way",
                "{url}의 API를 평문 http로 호출한다: 요청과 서명을 중간에서 읽을 수 있다",
                url = api.url,
            );
            Finding::warning(check, what)
                .cause(phrase(
                    "AWS_ENDPOINT_URL_ROUTE_53, AWS_ENDPOINT_URL or endpoint_url in the profile",
                    "AWS_ENDPOINT_URL_ROUTE_53, AWS_ENDPOINT_URL 또는 프로필의 endpoint_url",
                ))
                .cure(phrase(
                    "give an https address, or take it out",
                    "https 주소를 지정하거나 뺀다",
                ))
        }
        Some(api) => {
            let what = both!(
                "{url}, which is not Amazon's",
                "{url} (Amazon의 주소가 아님)",
                url = api.url
            );
            Finding::ok(check, what)
        }
        None => Finding::ok(check, phrase("at its usual address", "원래 주소")),
    }
}

fn zone_finding(zone: &Zone, zone_id: &str) -> Finding {
    let (check, name, count) = (CheckId::Zone, &zone.name, zone.name_servers.len());
    if zone.private {
        let what = both!(
            "zone {zone_id} ({name}) is private",
            "프라이빗 호스팅 영역이다: {zone_id} ({name})"
        );
        return Finding::warning(check, what)
            .cause(phrase(
                "its answers come from the resolver of its VPC, which keeps them for their TTL",
                "응답은 VPC의 리졸버에서 오며, 리졸버는 TTL 동안 응답을 보관한다",
            ))
            .cure(phrase(
                "read the shares with care: only one answer in each TTL is a pick of Route 53's",
                "비율을 조심해서 읽는다: TTL마다 응답 하나만 Route 53이 고른 것이다",
            ));
    }
    let what = both!(
        "zone {zone_id} ({name}) is public and has {count} name servers",
        "퍼블릭 호스팅 영역 {zone_id} ({name}), 네임 서버 {count}대"
    );
    Finding::ok(check, what)
}
