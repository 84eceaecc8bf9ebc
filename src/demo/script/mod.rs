//! Reads a story file: TOML in, a checked [`Story`] out, or every problem at once with its line.
//!
//! What the parts of a story mean is said in `story`; this file only knows how they are written and what is refused.

mod extras;
mod groups;
mod problems;
mod sets;
mod values;

#[cfg(test)]
mod extended;

use std::collections::BTreeMap;
use std::num::NonZeroU16;
use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use super::names;
use super::story::{
    ApiAction, ApiChange, ApiFault, CnameTargets, Delegation, Front, GroupType, Lag, NameServer,
    Policy, ServerChange, ServerFault, Step, Story,
};
use super::told::told;
use extras::{RawPool, RawRecord, RawSoa, RawTwin};
use groups::{Groups, RawGroup};
pub use problems::StoryError;
use problems::{NAME_SERVER, Problems, RECORD_SET, RawWeb};
use sets::RawSet;
use values::{
    LagTime, Name, Owner, Passing, Read, StepTime, Summary, Time, Title, Ttl, Weight, value_of,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStory {
    name: Read<Title>,
    summary: Read<Summary>,
    summary_ko: Option<Read<Summary>>,
    description: Option<String>,
    zone: Read<Name>,
    record: Read<Owner>,
    asked: Option<Read<Name>>,
    #[serde(rename = "type")]
    record_type: Spanned<GroupType>,
    policy: Option<Policy>,
    ttl: Read<Ttl>,
    soa: Option<RawSoa>,
    #[serde(default)]
    cname_targets: CnameTargets,
    #[serde(default)]
    private: bool,
    intercepted: Option<Spanned<bool>>,
    delegation: Option<Spanned<Delegation>>,
    twin: Option<RawTwin>,
    #[serde(default = "yes")]
    http: bool,
    #[serde(default = "usual_seed")]
    seed: u64,
    api_port: Option<NonZeroU16>,
    #[serde(default)]
    set: Vec<Spanned<RawSet>>,
    #[serde(default)]
    group: Vec<Spanned<RawGroup>>,
    #[serde(default)]
    pool: Vec<RawPool>,
    #[serde(default)]
    extra: Vec<RawRecord>,
    #[serde(default)]
    server: Vec<RawServer>,
    api: Option<RawApi>,
    #[serde(default)]
    at: Vec<RawStep>,
}

fn usual_seed() -> u64 {
    1
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawServer {
    name: Read<Name>,
    lag: Read<LagTime>,
    spread: Option<Read<Time>>,
    fault: Option<ServerFault>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawServerChange {
    lag: Option<Read<LagTime>>,
    fault: Option<ServerFault>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawApi {
    fault: ApiFault,
    actions: Option<Spanned<Vec<ApiAction>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStep {
    after: Read<StepTime>,
    note: Option<String>,
    #[serde(default)]
    weights: BTreeMap<Spanned<String>, Read<Weight>>,
    #[serde(default)]
    passing: BTreeMap<Spanned<String>, Read<Passing>>,
    #[serde(default)]
    web: BTreeMap<Spanned<String>, RawWeb>,
    #[serde(default)]
    server: BTreeMap<Spanned<String>, RawServerChange>,
    api: Option<RawApi>,
}

impl Story {
    /// Reads a story from the text of a TOML file. `origin` is what errors call the file.
    ///
    /// # Errors
    ///
    /// Every problem of the text at once, each with its line and what would be allowed.
    pub fn parse(text: &str, origin: &str) -> Result<Self, StoryError> {
        let mut problems = Problems::new(text);
        let (read, refused) = values::read::<RawStory>(text);
        for (span, message) in refused {
            problems.add(&span, message);
        }
        let story = match read {
            Ok(raw) => Some(check_story(raw, &mut problems)),
            Err(error) => {
                // What the library for TOML says is English.
                let said = error.message().trim();
                let message = told!("{said}", "스토리로 읽을 수 없다: {said}");
                problems.add(&error.span().unwrap_or(0..0), message);
                None
            }
        };
        match story {
            Some(story) if problems.is_empty() => Ok(story),
            _ => Err(StoryError {
                origin: origin.to_owned(),
                problems: problems.in_order(),
            }),
        }
    }
}

/// Checks everything, in spite of what was found before. Where a value is refused, a harmless one stands in for it, so
/// that the remaining checks have something to look at; a problem was noted, so nobody sees the stand-in.
fn check_story(raw: RawStory, problems: &mut Problems) -> Story {
    let zone = raw.zone.or_harmless();
    let record = problems.owner_in(&raw.record, &zone).unwrap_or_default();
    let asked = check_asked(&raw, &zone, &record, problems);
    let record_type = *raw.record_type.get_ref();
    if record == zone && record_type == GroupType::Cname && !zone.is_empty() {
        let message = told!(
            "a CNAME cannot stand at the zone's own name {zone}; A and AAAA can",
            "CNAME은 호스팅 영역 자신의 이름 {zone}에 둘 수 없다; A와 AAAA는 된다"
        );
        problems.add(&raw.record_type, message);
    }
    let pools = extras::check_pools(&raw.pool, &zone, problems);
    let top = sets::Group {
        name: record.clone(),
        record_type,
        policy: raw.policy.unwrap_or(Policy::Weighted),
        ttl: raw.ttl.or_harmless(),
        sets: &raw.set,
    };
    let groups = groups::check_groups(&top, &raw.group, &zone, &pools, problems);
    let records = extras::check_records(&raw.extra, &zone, &groups, problems);
    let servers = check_servers(&raw.server, &zone, problems);
    let steps = check_steps(&raw.at, &groups, &servers, problems);
    let twin = raw
        .twin
        .as_ref()
        .and_then(|twin| extras::check_twin(twin, &zone, problems));
    let delegation = check_delegation(&raw, problems);
    let front = check_front(&raw, problems);
    let api = raw.api.as_ref().map(|api| check_api(api, problems));
    Story {
        name: raw.name.or_harmless(),
        summary_ko: raw
            .summary_ko
            .as_ref()
            .unwrap_or(&raw.summary)
            .or_harmless(),
        summary: raw.summary.or_harmless(),
        description: raw.description,
        zone,
        record,
        asked,
        record_type,
        seed: raw.seed,
        groups: groups.groups,
        sets: groups.sets,
        pools,
        records,
        cname_targets: raw.cname_targets,
        soa: extras::check_soa(raw.soa.as_ref()),
        front,
        delegation,
        twin,
        http: raw.http,
        servers,
        api: api.unwrap_or_default(),
        api_port: raw.api_port.map(NonZeroU16::get),
        steps,
    }
}

/// The name that is asked for. A wildcard needs one to be named, any other record is asked for by its own name.
fn check_asked(raw: &RawStory, zone: &str, record: &str, problems: &mut Problems) -> String {
    let is_wildcard = record.starts_with("*.");
    let Some(asked) = &raw.asked else {
        if is_wildcard {
            let message = told!(
                "{record} is a wildcard; `asked` has to say which name it is asked for",
                "{record}: 와일드카드다; 어떤 이름으로 질의할지 `asked`에 써야 한다"
            );
            problems.add(&raw.record, message);
        }
        return record.to_owned();
    };
    let name = asked.or_harmless();
    if !name.is_empty() && !record.is_empty() && name != record && !names::covers(record, &name) {
        let message = told!(
            "the record {record} of the zone {zone} does not answer for {name}",
            "호스팅 영역 {zone}의 레코드 {record}: {name}에는 응답하지 않는다"
        );
        problems.add(asked, message);
    }
    name
}

fn check_delegation(raw: &RawStory, problems: &mut Problems) -> Delegation {
    let of_twin = |delegation: &&Spanned<_>| *delegation.get_ref() == Delegation::Twin;
    if raw.twin.is_none() {
        problems.refuse(
            raw.delegation.as_ref().filter(of_twin),
            told!(
                "the zone is delegated to its twin, but the story has no [twin]",
                "호스팅 영역이 쌍둥이에 위임되었는데 스토리에 [twin]이 없다"
            ),
        );
    }
    let delegation = raw.delegation.as_ref();
    delegation.map_or(Delegation::Here, |delegation| *delegation.get_ref())
}

fn check_front(raw: &RawStory, problems: &mut Problems) -> Front {
    let intercepted = raw.intercepted.as_ref().filter(|is| *is.get_ref());
    if raw.private {
        problems.refuse(
            intercepted,
            told!(
                "a private zone has no name servers that something could answer in place of; a story is either private or \
                 intercepted",
                "프라이빗 호스팅 영역에는 가로채어 대신 응답할 네임 서버가 없다; private과 intercepted 중 하나만 쓸 수 있다"
            ),
        );
    }
    match (intercepted, raw.private) {
        (Some(_), _) => Front::Interceptor,
        (None, true) => Front::VpcResolver,
        (None, false) => Front::NameServers,
    }
}

fn check_api(raw: &RawApi, problems: &mut Problems) -> ApiChange {
    let actions = raw.actions.as_ref();
    if raw.fault == ApiFault::Unreachable {
        let message = told!(
            "an API that is unreachable is so for every operation; leave `actions` out",
            "연결할 수 없는 API는 모든 작업에 그렇다; `actions`를 뺀다"
        );
        problems.refuse(actions, message);
    }
    problems.refuse(
        actions.filter(|actions| actions.get_ref().is_empty()),
        told!(
            "no operation is named; leave `actions` out if the fault concerns every one",
            "작업 이름이 없다; 모든 작업의 장애라면 `actions`를 뺀다"
        ),
    );
    ApiChange {
        fault: raw.fault,
        actions: actions.map_or_else(Vec::new, |actions| actions.get_ref().clone()),
    }
}

fn check_servers(raw: &[RawServer], zone: &str, problems: &mut Problems) -> Vec<NameServer> {
    if raw.is_empty() {
        let message = told!(
            "the story has no name server; it needs at least one [[server]]",
            "스토리에 네임 서버가 없다; [[server]]가 하나 이상 있어야 한다"
        );
        problems.add(&(0..0), message);
    }
    let mut servers: Vec<NameServer> = Vec::with_capacity(raw.len());
    for server in raw {
        let name = problems
            .name_outside(&server.name, NAME_SERVER, zone)
            .unwrap_or_default();
        if servers.iter().any(|earlier| earlier.name == name) && !name.is_empty() {
            let message = told!(
                "the name server {name} is there twice",
                "네임 서버 {name}: 두 번 나온다"
            );
            problems.add(&server.name, message);
        }
        servers.push(NameServer {
            name,
            lag: server.lag.value.unwrap_or(Lag::Never),
            spread: value_of(server.spread.as_ref()).unwrap_or_default(),
            fault: server.fault.unwrap_or(ServerFault::None),
        });
    }
    servers
}

fn check_steps(
    raw: &[RawStep],
    groups: &Groups,
    servers: &[NameServer],
    problems: &mut Problems,
) -> Vec<Step> {
    let set_ids: Vec<&str> = groups.sets.iter().map(|set| set.label.as_str()).collect();
    let server_names: Vec<&str> = servers.iter().map(|server| server.name.as_str()).collect();
    let mut latest = Duration::ZERO;
    let mut steps = Vec::with_capacity(raw.len());
    for raw_step in raw {
        let mut step = Step {
            after: latest,
            note: raw_step.note.clone(),
            api: raw_step.api.as_ref().map(|api| check_api(api, problems)),
            ..Step::default()
        };
        if let Some((after, written)) = &raw_step.after.value {
            step.after = *after;
            if *after <= latest {
                let latest = humantime::format_duration(latest);
                let message = told!(
                    "{written} is not later than {latest}: steps stand in the order of time, and what holds from the \
                     beginning stands in [[set]], [[server]] and api",
                    "{written}: {latest}보다 늦지 않다; 단계는 시간 순서로 쓰고, 처음 상태는 [[set]], [[server]], api에 쓴다"
                );
                problems.add(&raw_step.after, message);
            }
        }
        latest = latest.max(step.after);
        for (id, weight) in &raw_step.weights {
            let set = problems.position(id, &set_ids, RECORD_SET);
            if set.is_some_and(|set| groups.policy_of(set) != Policy::Weighted) {
                let shown = id.get_ref();
                let message = told!(
                    "\"{shown}\" is in a group without weights",
                    "\"{shown}\": 가중치가 없는 그룹에 있다"
                );
                problems.add(id, message);
            }
            step.weights.extend(set.zip(weight.value));
        }
        for (id, passing) in &raw_step.passing {
            let set = problems.position(id, &set_ids, RECORD_SET);
            if set.is_some_and(|set| groups.sets[set].health_check.is_none()) {
                let shown = id.get_ref();
                let message = told!(
                    "the record set \"{shown}\" has no health_check",
                    "레코드 세트 \"{shown}\": health_check가 없다"
                );
                problems.add(id, message);
            }
            step.passing.extend(set.zip(passing.value));
        }
        for (id, web) in &raw_step.web {
            let set = problems.position(id, &set_ids, RECORD_SET);
            if let Some(set) = set {
                let values = &groups.sets[set].values;
                sets::check_place_of_failure(web, values, problems);
            }
            step.web.extend(set.map(|set| (set, web.change())));
        }
        for (name, change) in &raw_step.server {
            let server = problems.position(name, &server_names, NAME_SERVER);
            let change = ServerChange {
                lag: value_of(change.lag.as_ref()),
                fault: change.fault,
            };
            step.servers.extend(server.map(|server| (server, change)));
        }
        steps.push(step);
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::super::story::Values;
    use super::problems::StoryProblem;
    use super::*;

    const GOOD: &str = r#"name = "mine"
summary = "One sentence."
zone = "Example.test."
record = "app.example.test"
type = "A"
ttl = 60

[[set]]
id = "blue"
weight = 90
values = ["127.0.0.11"]

[[set]]
id = "green"
weight = 10
values = ["127.0.0.12", "127.0.0.13"]
web = { delay = "350ms", jitter = "1s", error_share = 0.1, status = 500 }

[[server]]
name = "ns-1.awsdns.test"
lag = "5s"

[[server]]
name = "ns-2.awsdns.test"
lag = "never"
fault = "servfail"

[[at]]
after = "1m"
note = "turn"
weights = { blue = 0 }
web = { blue = { status = 404 } }
server = { "ns-2.awsdns.test" = { lag = "1s", fault = "none" } }
api = { fault = "throttling" }

[[at]]
after = "90s"
"#;

    /// What is said about the good story after one change to it.
    fn complaint(from: &str, to: &str) -> String {
        assert!(GOOD.contains(from), "{from}");
        match Story::parse(&GOOD.replacen(from, to, 1), "mine.toml") {
            Ok(_) => panic!("{to} was accepted"),
            Err(error) => said(&error),
        }
    }

    /// What is said in English, where every problem is said in Korean too.
    pub(super) fn said(error: &StoryError) -> String {
        let is_korean = |letter: char| ('가'..='힣').contains(&letter);
        for StoryProblem { message, .. } in &error.problems {
            assert!(message.korean.contains(is_korean), "{message:?}");
            assert!(!message.english.contains(is_korean), "{message:?}");
        }
        let told = error.told();
        assert_eq!(told.korean.lines().count(), told.english.lines().count());
        error.to_string()
    }

    #[test]
    fn a_good_story_is_read_as_it_is_written() {
        let story = Story::parse(GOOD, "mine.toml").unwrap();
        assert_eq!((story.zone.as_str(), story.seed), ("example.test", 1));
        assert_eq!(story.api.fault, ApiFault::None);
        assert_eq!(story.sets[1].values.addresses().len(), 2);
        assert_eq!(story.sets[1].web.delay, Duration::from_millis(350));
        assert_eq!(story.sets[0].web.status, 503);
        assert_eq!(story.servers[0].lag, Lag::After(Duration::from_secs(5)));
        assert_eq!(story.servers[0].spread, Duration::ZERO);
        assert_eq!(story.servers[1].lag, Lag::Never);
        assert_eq!(story.servers[1].fault, ServerFault::Servfail);
        let step = &story.steps[0];
        assert_eq!(step.after, Duration::from_mins(1));
        assert_eq!(step.weights, [(0, 0)]);
        assert_eq!(step.web[0].1.status, Some(404));
        assert_eq!(step.servers[0].1.fault, Some(ServerFault::None));
        assert_eq!(
            step.api.as_ref().map(|api| api.fault),
            Some(ApiFault::Throttling)
        );
        assert_eq!(step.note.as_deref(), Some("turn"));
        assert_eq!(story.steps[1].weights, []);
    }

    #[test]
    fn a_server_can_have_a_spread() {
        let text = GOOD.replacen("lag = \"5s\"", "lag = \"5s\"\nspread = \"10s\"", 1);
        let story = Story::parse(&text, "mine.toml").unwrap();
        assert_eq!(story.servers[0].spread, Duration::from_secs(10));
        assert_eq!(story.servers[1].spread, Duration::ZERO);
        let bad = complaint("lag = \"5s\"", "lag = \"5s\"\nspread = \"never\"");
        assert!(bad.contains(":22: \"never\" is not a time"), "{bad}");
    }

    /// One change to the good story each: from what, to what, and what is said about it.
    const BAD_VALUES: &[(&str, &str, &str)] = &[
        ("ttl = 60", "ttl = ", ":6: "),
        (
            "ttl = 60",
            "tlt = 60",
            ":6: unknown field `tlt`, expected one of",
        ),
        ("ttl = 60", "", "missing field `ttl`"),
        (
            "ttl = 60",
            "ttl = -1",
            ":6: the ttl is -1; allowed is 0 to 2147483647",
        ),
        ("\"mine\"", "\" \"", ":1: a story needs a name"),
        (
            "\"One sentence.\"",
            "\"Two\\nlines.\"",
            ":2: the summary must be one line",
        ),
        (
            "\"Example.test.\"",
            "\"a..test\"",
            ":3: \"a..test\" has an empty label",
        ),
        (
            "\"app.example.test\"",
            "\"app.other.test\"",
            ":4: the record app.other.test lies outside the zone",
        ),
        (
            "\"app.example.test\"",
            "\"*.example.test\"",
            ":4: *.example.test is a wildcard; `asked` has to say which name",
        ),
        (
            "\"A\"",
            "\"MX\"",
            ":5: unknown variant `MX`, expected one of `A`, `AAAA`, `CNAME`",
        ),
        (
            "\"A\"",
            "\"AAAA\"",
            ":11: 127.0.0.11 cannot be the value of a record of type AAAA",
        ),
        (
            "\"blue\"",
            "\"\"",
            ":9: the id has 0 characters; allowed are 1 to 128",
        ),
        (
            "\"blue\"",
            "\"a\\u0007\"",
            ":9: the id \"a\\u{7}\" holds control characters",
        ),
        (
            "\"green\"",
            "\"blue\"",
            ":14: the id \"blue\" is there twice",
        ),
        (
            "weight = 90",
            "weight = 256",
            ":10: the weight is 256; allowed is 0 to 255",
        ),
        (
            "weight = 90",
            "weight = -1",
            ":10: the weight is -1; allowed is 0 to 255",
        ),
        (
            "[\"127.0.0.11\"]",
            "[\"192.0.2.1\"]",
            ":11: 192.0.2.1 is not a loopback address",
        ),
        (
            "[\"127.0.0.11\"]",
            "[\"blue\"]",
            ":11: \"blue\" is not an IP address",
        ),
        (
            "[\"127.0.0.11\"]",
            "[\"::1\"]",
            ":11: ::1 cannot be the value of a record of type A",
        ),
        (
            "[\"127.0.0.11\"]",
            "[]",
            ":11: 0 addresses; allowed are 1 to 400",
        ),
        (
            "\"127.0.0.13\"",
            "\"127.0.0.12\"",
            ":16: 127.0.0.12 is there twice",
        ),
        (
            "values = [\"127.0.0.11\"]",
            "values = [\"127.0.0.11\"]\naddresses = []",
            ":12: `addresses` belongs",
        ),
        ("\"350ms\"", "\"350\"", ":17: \"350\" is not a time"),
        (
            "\"1s\", error",
            "\"2h\", error",
            ":17: 2h is too long for a web server; allowed is up to 60s",
        ),
        (
            "error_share = 0.1",
            "error_share = 10.0",
            ":17: the error_share is 10; allowed is 0 to 1",
        ),
        (
            "status = 500",
            "status = 200",
            ":17: the status of failing requests is 200; allowed is 300 to 599",
        ),
        (
            "\"ns-2.awsdns.test\"",
            "\"ns-1.awsdns.test\"",
            ":24: the name server ns-1.awsdns.test is there twice",
        ),
        (
            "\"ns-1.awsdns.test\"",
            "\"ns.example.test\"",
            ":20: the name server ns.example.test lies inside the zone",
        ),
        (
            "lag = \"5s\"",
            "lag = \"soon\"",
            ":21: the lag is \"soon\"; write a time like \"5s\", or \"never\"",
        ),
        (
            "\"servfail\"",
            "\"lazy\"",
            ":26: unknown variant `lazy`, expected one of `none`, `silent`",
        ),
        (
            "{ blue = 0 }",
            "{ red = 0 }",
            ":31: there is no record set \"red\" in this story; it has blue, green",
        ),
        ("{ blue = 0 }", "{ blue = 300 }", ":31: the weight is 300"),
        (
            "web = { blue =",
            "web = { red =",
            ":32: there is no record set \"red\"",
        ),
        (
            "\"ns-2.awsdns.test\" =",
            "\"ns-3\" =",
            ":33: there is no name server \"ns-3\"",
        ),
        (
            "\"throttling\"",
            "\"lost\"",
            ":34: unknown variant `lost`, expected one of",
        ),
        (
            "after = \"90s\"",
            "after = \"60s\"",
            ":37: 60s is not later than 1m",
        ),
        (
            "after = \"1m\"",
            "after = \"0s\"",
            ":29: 0s is not later than 0s",
        ),
        (
            "after = \"1m\"",
            "after = \"later\"",
            ":29: \"later\" is not a time",
        ),
    ];

    #[test]
    fn every_bad_value_is_refused_with_its_line_and_what_is_allowed() {
        for (from, to, expected) in BAD_VALUES {
            let complaint = complaint(from, to);
            assert!(complaint.starts_with("mine.toml:"), "{complaint}");
            assert!(
                complaint.contains(expected),
                "{to}: {complaint}\nexpected {expected}"
            );
        }
    }

    #[test]
    fn a_story_needs_sets_and_servers() {
        let head = &GOOD[..GOOD.find("[[set]]").unwrap()];
        let complaint = said(&Story::parse(head, "mine.toml").unwrap_err());
        assert!(complaint.contains("at least one [[set]]"), "{complaint}");
        assert!(complaint.contains("at least one [[server]]"), "{complaint}");
    }

    #[test]
    fn all_problems_are_told_at_once_in_the_order_of_the_file() {
        let text = GOOD
            .replace("weight = 10", "weight = 1000")
            .replace("ttl = 60", "ttl = -60");
        let error = Story::parse(&text, "mine.toml").unwrap_err();
        let lines: Vec<_> = error.problems.iter().map(|problem| problem.line).collect();
        assert_eq!(lines, [6, 15]);
        assert_eq!(error.to_string().lines().count(), 2);
    }

    #[test]
    fn a_group_has_at_most_a_hundred_sets() {
        let mut text = GOOD[..GOOD.find("[[at]]").unwrap()].to_owned();
        let more = |count: usize| -> String {
            let set = |number| {
                format!("[[set]]\nid = \"{number}\"\nweight = 1\nvalues = [\"127.0.1.{number}\"]\n")
            };
            (0..count).map(set).collect()
        };
        assert!(Story::parse(&(text.clone() + &more(98)), "mine.toml").is_ok());
        text += &more(99);
        let complaint = said(&Story::parse(&text, "mine.toml").unwrap_err());
        assert!(
            complaint.contains("101 record sets are too many; allowed are 100"),
            "{complaint}"
        );
    }

    fn cname(sets: &str) -> Result<Story, StoryError> {
        let head = GOOD[..GOOD.find("[[set]]").unwrap()].replace("\"A\"", "\"CNAME\"");
        Story::parse(
            &format!("{head}{sets}\n[[server]]\nname = \"ns-1.test\"\nlag = \"0s\"\n"),
            "mine.toml",
        )
    }

    #[test]
    fn cname_groups_have_targets() {
        let story = cname(
            "[[set]]\nid = \"a\"\nweight = 1\nvalues = [\"B.example.test.\"]\naddresses = [\"127.0.0.1\", \"::1\"]",
        );
        let values = &story.unwrap().sets[0].values;
        let Values::Target { name, addresses } = values else {
            panic!("{values:?}")
        };
        assert_eq!((name.as_str(), addresses.len()), ("b.example.test", 2));
        for (values, expected) in [
            (
                "values = []",
                "exactly one value, its target; this one has 0",
            ),
            ("values = [\"a.test\", \"b.test\"]", "this one has 2"),
            ("values = [\"app.example.test\"]", "is the record itself"),
            ("values = [\"a b\"]", "visible ASCII"),
            (
                "values = [\"a.test\"]\naddresses = [\"127.0.0.1\"]",
                "lies outside the zone example.test",
            ),
            (
                "values = [\"a.example.test\"]\naddresses = [\"10.0.0.1\"]",
                "not a loopback address",
            ),
        ] {
            let set = format!("[[set]]\nid = \"a\"\nweight = 1\n{values}");
            let complaint = said(&cname(&set).unwrap_err());
            assert!(complaint.contains(expected), "{complaint}");
        }
        let set = |id, address| {
            format!(
                "[[set]]\nid = \"{id}\"\nweight = 1\nvalues = [\"b.example.test\"]\naddresses = [\"127.0.0.{address}\"]\n"
            )
        };
        assert!(cname(&(set("a", 1) + &set("b", 1))).is_ok());
        let complaint = said(&cname(&(set("a", 1) + &set("b", 2))).unwrap_err());
        assert!(
            complaint.contains("also the target of \"a\", with other addresses"),
            "{complaint}"
        );
    }

    #[test]
    fn a_cname_cannot_stand_at_the_apex() {
        let text = GOOD
            .replace("\"A\"", "\"CNAME\"")
            .replace("\"app.example.test\"", "\"example.test\"");
        let complaint = said(&Story::parse(&text, "mine.toml").unwrap_err());
        assert!(
            complaint.contains(":5: a CNAME cannot stand at the zone's own name"),
            "{complaint}"
        );
    }
}
