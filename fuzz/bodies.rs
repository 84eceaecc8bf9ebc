//! What is done with the bytes of a fuzzer: each function takes any bytes, hands them to one door through which something from
//! outside comes in, and asserts what has to hold whatever they are. The targets of cargo-fuzz call these functions, and so
//! does `tests/it/fuzz.rs`, which includes this file and needs no fuzzer.

use std::cell::OnceCell;
use std::collections::{BTreeSet, VecDeque};
use std::ffi::OsString;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use clap::FromArgMatches;
use hickory_resolver::proto::op::Message;
use hickory_resolver::proto::rr::{Name, RData, Record};
use r53mon::attribution::Attribution;
use r53mon::attribution::catalog::Identity;
use r53mon::cli::{Cli, Command};
use r53mon::config::environment::Environment;
use r53mon::config::keys::Taker;
use r53mon::config::layers::Layers;
use r53mon::config::{Access, Route53Settings, check, rule as rules, show};
use r53mon::demo::Story;
use r53mon::model::answer::{Answer, Outcome, ServerMode};
use r53mon::model::charset::Charset;
use r53mon::model::gate::Gate;
use r53mon::model::health::Checks;
use r53mon::model::language::Language;
use r53mon::model::name::RecordName;
use r53mon::model::record::{RecordType, Target, WeightedGroup, WeightedSet};
use r53mon::model::text::{shortened, spelled, visible};
use r53mon::record::{from_line, to_line};
use r53mon::sources::exchange::Question;
use r53mon::sources::reply::{self as replies, Matched, Meaning};
use r53mon::sources::route53::{Api, Opened, RecordReader};
use r53mon::views::fit;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};

/// The name that is asked for, in replies and in pages.
const NAME: &str = "app.example.test";

/// The id of the message to which something is a reply.
const ID: u16 = 0x5353;

/// Parts of one input are kept apart by a line of these.
const BETWEEN: &str = "\n----\n";

fn name_of(text: &str) -> RecordName {
    RecordName::from_user(text).expect("a name")
}

// A DNS reply.

/// A datagram becomes an outcome. Its first two bytes stand where our id has to be, so they say instead what is asked for and of
/// whom.
pub fn reply(bytes: &[u8]) {
    let [choice, strange, rest @ ..] = bytes else {
        return;
    };
    let record_type = RecordType::ALL[usize::from(choice % 3)];
    let mode = match choice & 4 {
        0 => ServerMode::Direct,
        _ => ServerMode::ThroughResolver,
    };
    let mut question = Question::new(&name_of(NAME), record_type).expect("a question");
    if choice & 8 == 0 {
        question = question.in_zone(name_of("example.test"));
    }
    if choice & 16 != 0 {
        question = question.without_edns();
    }
    let id = ID ^ u16::from(strange & 1);
    let datagram = [&id.to_be_bytes(), rest].concat();
    let read = match replies::match_reply(&question, mode, ID, &datagram) {
        Matched::Reply(read) => read,
        Matched::Undecodable | Matched::Foreign => return,
    };
    assert_eq!(id, ID, "a stranger's id");
    let _ = replies::inspect(&question, mode, &read.message, Duration::ZERO);
    let Meaning::Settled(Outcome::Answered(answer), _) = &read.meaning else {
        return;
    };
    let metadata = &read.message.metadata;
    assert!(!metadata.truncation, "half a reply");
    assert!(mode == ServerMode::ThroughResolver || metadata.authoritative);
    check_answer(record_type, answer, &read.message);
}

/// Asserts that an answer holds nothing but what its reply does, and that a set is named for a value that stands in it.
fn check_answer(record_type: RecordType, answer: &Answer, reply: &Message) {
    let asked = reply.queries[0].name();
    let records = || reply.answers.iter().chain(&reply.additionals);
    let mut reached = BTreeSet::from([asked]);
    while records().any(|record| leads_on(record, &reached)) {
        let next: Vec<&Name> = records().filter_map(|one| end_of(one, &reached)).collect();
        reached.extend(next);
    }
    let addresses: BTreeSet<IpAddr> = records()
        .filter(|record| reached.contains(&record.name))
        .filter_map(address)
        .collect();
    for address in &answer.addresses {
        assert!(addresses.contains(address), "{address} is not in {reply:?}");
        assert_eq!(address.is_ipv6(), record_type == RecordType::Aaaa);
    }
    let targets: BTreeSet<RecordName> = records()
        .filter(|record| record.name == *asked)
        .filter_map(target)
        .filter_map(|target| RecordName::from_labels(target.iter()).ok())
        .collect();
    if let Some(target) = &answer.canonical_name {
        assert!(targets.contains(target), "{target} is not in {reply:?}");
    }
    let group = group(record_type);
    let attribution = Attribution::new(1, Arc::new(group.clone()), 1);
    if let Identity::Named(set) = attribution.identify(answer) {
        let holds = match &group.sets[set.get()].target {
            Target::Addresses(values) => values.iter().any(|value| addresses.contains(value)),
            Target::Name(name) => targets.contains(name),
            other => panic!("no set of this world has {other:?}"),
        };
        assert!(holds, "{set:?} for {reply:?}");
    }
}

/// Whether a record leads from a name that was reached to one that was not.
fn leads_on(record: &Record, reached: &BTreeSet<&Name>) -> bool {
    end_of(record, reached).is_some_and(|end| !reached.contains(end))
}

fn end_of<'record>(record: &'record Record, reached: &BTreeSet<&Name>) -> Option<&'record Name> {
    target(record).filter(|_| reached.contains(&record.name))
}

fn target(record: &Record) -> Option<&Name> {
    match &record.data {
        RData::CNAME(target) => Some(&target.0),
        _ => None,
    }
}

fn address(record: &Record) -> Option<IpAddr> {
    match &record.data {
        RData::A(address) => Some(address.0.into()),
        RData::AAAA(address) => Some(address.0.into()),
        _ => None,
    }
}

/// Two sets that share a value, and one of its own for each.
fn group(record_type: RecordType) -> WeightedGroup {
    let target = |values: &[&str]| match record_type {
        RecordType::Cname => Target::Name(name_of(values[0])),
        _ => Target::Addresses(values.iter().filter_map(|one| one.parse().ok()).collect()),
    };
    let sets: [&[&str]; 2] = match record_type {
        RecordType::A => [&["192.0.2.1", "192.0.2.9"], &["192.0.2.2", "192.0.2.9"]],
        RecordType::Aaaa => [
            &["2001:db8::1", "2001:db8::9"],
            &["2001:db8::2", "2001:db8::9"],
        ],
        RecordType::Cname => [&["blue.example.net"], &["green.example.net"]],
    };
    let set = |(name, values): (&str, &[&str])| WeightedSet::new(name, 50, target(values));
    let sets = ["blue", "green"].into_iter().zip(sets).map(set).collect();
    WeightedGroup::of_weights(name_of(NAME), record_type, sets)
}

// Names.

/// Bytes become a name as a text of the API, as what a person types, and as labels of a packet that a zero ends.
pub fn name(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let labels = bytes.split(|byte| *byte == 0);
    let read = [
        RecordName::from_api(&text),
        RecordName::from_user(&text),
        RecordName::from_labels(labels),
    ];
    for name in read {
        match name {
            Ok(name) => check_name(&name),
            Err(error) => check_said(&error.to_string()),
        }
    }
}

fn check_name(name: &RecordName) {
    let (api, shown) = (name.to_api(), name.to_string());
    assert_eq!(RecordName::from_api(&api).as_ref(), Ok(name), "{api}");
    assert_eq!(RecordName::from_api(&shown).as_ref(), Ok(name), "{shown}");
    assert_eq!(RecordName::from_user(&shown).as_ref(), Ok(name), "{shown}");
    assert!(shown.bytes().all(|byte| byte.is_ascii_graphic()), "{shown}");
    let length: usize = name.labels().map(|label| label.len() + 1).sum();
    assert!(name.labels().all(|label| (1..=63).contains(&label.len())) && length < 255);
    assert!(name.is_within(name));
    let above: Vec<_> = std::iter::successors(Some(name.clone()), RecordName::parent).collect();
    assert_eq!(above.len(), name.labels().len());
    assert!(above.iter().all(|above| name.is_within(above)));
    if let Some(wildcard) = name.wildcard_below() {
        assert!(wildcard.is_wildcard() && wildcard.parent().as_ref() == Some(name));
    }
    let question = Question::new(name, RecordType::A).expect("a name that fits on the wire");
    let back = Message::from_vec(&question.bytes(ID, false)).expect("a message");
    let asked = RecordName::from_labels(back.queries[0].name().iter());
    assert_eq!(asked.as_ref(), Ok(name));
}

// The API.

/// A call is at most made so often for one reading: the pages of one name, and a few names.
const MOST_CALLS: usize = 400;

/// What the API answers goes through the whole reader: first a zone, then pages, the last of them again and again.
pub fn page(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (opened, calls) = Scripted::of_this_thread().open(&text);
    assert!(calls <= MOST_CALLS, "{calls} calls");
    let declared = match opened.declared {
        Ok(declared) => declared,
        Err(error) => return check_said(&error.to_string()),
    };
    let group = declared.group(&Checks::new());
    let own = group.name.is_wildcard() || group.name == name_of(NAME);
    assert!(own && !group.sets.is_empty(), "{group:?}");
    let identifiers: BTreeSet<&str> = group.sets.iter().map(|set| &*set.identifier).collect();
    assert_eq!(identifiers.len(), group.sets.len(), "{group:?}");
    let shares = || group.sets.iter().map(|set| set.share.value);
    assert!(
        shares().all(|share| (0.0..=1.0).contains(&share)),
        "{group:?}"
    );
    assert!(shares().sum::<f64>() < 1.000_001, "{group:?}");
    assert!(group.sets.iter().all(|set| set.weight <= 255), "{group:?}");
}

/// An API on loopback that gives the pages of one input after the other, and its client. It lives as long as its thread.
struct Scripted {
    runtime: Runtime,
    script: Arc<Mutex<Script>>,
    api: Api,
}

/// What the API says, and how often it was asked.
#[derive(Default)]
struct Script {
    zone: String,
    pages: VecDeque<String>,
    calls: usize,
}

impl Script {
    fn new(text: &str) -> Self {
        let mut pages = text.split(BETWEEN).map(str::to_owned);
        let zone = pages.next().unwrap_or_default();
        let pages = pages.collect();
        Self {
            zone,
            pages,
            calls: 0,
        }
    }

    /// The answer to a request, as it goes over the wire.
    fn answer(&mut self, request: &str) -> String {
        self.calls += 1;
        let is_page = request.contains("/rrset");
        let body = match self.pages.front() {
            Some(page) if is_page => page.clone(),
            _ => self.zone.clone(),
        };
        if is_page && self.pages.len() > 1 {
            self.pages.pop_front();
        }
        let status = if body.contains("<ErrorResponse") {
            400
        } else {
            200
        };
        let length = body.len();
        format!("HTTP/1.1 {status} Said\r\nContent-Length: {length}\r\n\r\n{body}")
    }
}

impl Scripted {
    fn of_this_thread() -> Rc<Self> {
        thread_local!(static THIS: OnceCell<Rc<Scripted>> = const { OnceCell::new() });
        THIS.with(|this| Rc::clone(this.get_or_init(|| Rc::new(Self::start()))))
    }

    fn access(url: String) -> Access {
        let (key_id, secret) = ("AKID".to_owned(), "key".to_owned());
        Access::Fixed {
            url,
            key_id,
            secret,
        }
    }

    fn start() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        let script = Arc::<Mutex<Script>>::default();
        let api = runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let url = format!("http://{}", listener.local_addr().expect("an address"));
            tokio::spawn(listen(listener, Arc::clone(&script)));
            let api = Api::connect(Self::access(url), Duration::ZERO).await;
            api.expect("keys")
        });
        Self {
            runtime,
            script,
            api,
        }
    }

    /// Has a reader read what these pages say, and counts the calls that it makes.
    fn open(&self, text: &str) -> (Opened, usize) {
        *self.script.lock().expect("no panic") = Script::new(text);
        let settings = Route53Settings {
            zone_id: "Z1".to_owned(),
            record_name: name_of(NAME),
            question_name: name_of(NAME),
            record_type: None,
            poll_interval: Duration::from_secs(30),
            call_spacing: Duration::ZERO,
            own_name_servers: false,
            change_id: None,
            access: Self::access(String::new()),
        };
        let reader = RecordReader::new(self.api.clone(), settings);
        let opened = self.runtime.block_on(Box::pin(reader.open()));
        (opened, self.script.lock().expect("no panic").calls)
    }
}

async fn listen(listener: TcpListener, script: Arc<Mutex<Script>>) {
    loop {
        let (stream, _) = listener.accept().await.expect("a connection");
        tokio::spawn(serve(stream, Arc::clone(&script)));
    }
}

/// Answers the requests of one connection, none of which has a body.
async fn serve(stream: TcpStream, script: Arc<Mutex<Script>>) {
    let mut stream = BufReader::new(stream);
    let mut head = String::new();
    while let Ok(1..) = stream.read_line(&mut head).await {
        if head.ends_with("\r\n\r\n") {
            let answer = script.lock().expect("no panic").answer(&head);
            if stream.write_all(answer.as_bytes()).await.is_err() {
                return;
            }
            head.clear();
        }
    }
}

// Settings.

/// What nobody may read.
const SECRET: &str = "hunter2hunter2";

/// A settings file, a file of variables, variables of the process and a line that was typed become settings, or complaints. Each
/// of them ends with a secret where secrets belong, and nothing that is said tells one.
pub fn settings(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut parts = text.splitn(4, BETWEEN);
    let mut part = || parts.next().unwrap_or_default();
    let (file, variables, process, line) = (part(), part(), part(), part());
    let folder = folder_of_this_thread();
    let named = |name: &str, text: String| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("room on the disk");
        path
    };
    let file = named(
        "r53mon.toml",
        format!(
            "{file}\nendpoint = \"https://me:{SECRET}@app.example.test/?{SECRET}\"\n\
             http_header = [\"Authorization: {SECRET}\"]\nwebhook = \"https://hooks.test/{SECRET}\"\n"
        ),
    );
    let variables = named(
        "variables",
        format!(
            "{variables}\nR53MON_HTTP_HEADER=X:{SECRET}\nR53MON_WEBHOOK_HEADER={SECRET}\n\
             AWS_SECRET_ACCESS_KEY={SECRET}\nR53MON_ENDPOINT=https://{SECRET}@app.example.test\n"
        ),
    );
    let process =
        format!("{process}\nR53MON_WEBHOOK=hooks.test/{SECRET}\nAWS_SESSION_TOKEN={SECRET}");
    let process = process.lines().filter_map(|line| line.split_once('='));
    let process = process.map(|(name, value)| (OsString::from(name), OsString::from(value)));
    let mut environment = Environment::of_process(process);
    environment.add_file(Some(&variables));

    let typed = ["r53mon", "watch"].into_iter().chain(line.lines());
    let typed = typed.chain(["--webhook-header", SECRET]);
    let matches = r53mon::cli::command().try_get_matches_from(typed);
    let Ok(Command::Watch(args)) = matches
        .and_then(|it| Cli::from_arg_matches(&it))
        .map(|it| it.command)
    else {
        return;
    };
    let layers = Layers::collect(Taker::Watch, Some(&file), &environment, &args.flags.0);
    let judged = check::check(&layers, None);
    let of_values = judged.as_ref().err().map(|problems| &problems.0);
    let said = layers
        .problems
        .iter()
        .chain(of_values.into_iter().flatten());
    let said: Vec<_> = said.chain(&environment.remarks).cloned().collect();
    assert!(said.len() < 1_000, "{} complaints", said.len());
    for language in Language::ALL {
        language.speak(|| {
            let shown = check::Problems(said.clone()).to_string();
            check_said(&shown.replace('\n', " "));
            assert!(!shown.contains(SECRET), "{shown}");
            let mut shown = Vec::new();
            show::write(&mut shown, &layers).expect("room in memory");
            let shown = String::from_utf8(shown).expect("a text");
            assert!(!shown.contains(SECRET), "{shown}");
        });
    }
    if let Ok(settings) = judged {
        assert!((1..=100).contains(&settings.dns.tps));
        assert!(settings.route53.poll_interval >= Duration::from_secs(5));
        assert!(!settings.route53.question_name.is_wildcard());
        for gate in &settings.run.gates {
            check_gate(gate);
        }
    }
}

fn folder_of_this_thread() -> Rc<TempDir> {
    thread_local!(static THIS: OnceCell<Rc<TempDir>> = const { OnceCell::new() });
    let make = || Rc::new(tempfile::tempdir().expect("a folder"));
    THIS.with(|this| Rc::clone(this.get_or_init(make)))
}

// Stories.

/// A text becomes a story that holds together, or complaints that each name a line of it.
pub fn story(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let story = match Story::parse(&text, "a.toml") {
        Ok(story) => story,
        Err(error) => {
            let lines = text.split('\n').count();
            assert!(!error.problems.is_empty());
            let mut places = error.problems.iter().map(|problem| problem.line);
            assert!(places.all(|line| (1..=lines).contains(&line)), "{error:?}");
            return;
        }
    };
    assert!(!story.sets.is_empty() && !story.servers.is_empty());
    let sets: Vec<usize> = story
        .groups
        .iter()
        .flat_map(|group| group.sets.clone())
        .collect();
    assert!(sets.into_iter().eq(0..story.sets.len()), "{story:?}");
    for set in 0..story.sets.len() {
        assert!(story.group_of(set).sets.contains(&set));
        let local = story
            .addresses_of(set)
            .into_iter()
            .all(|address| address.is_loopback());
        assert!(local, "{story:?}");
    }
    assert!(story.steps.is_sorted_by_key(|step| step.after), "{story:?}");
    for name in [&story.zone, &story.record, &story.asked] {
        assert!(RecordName::from_user(name).is_ok(), "{name}");
    }
    assert!(!story.delegation_set().is_empty());
}

// Rules.

/// A line becomes a gate that is written and read as the same one, or a mistake at a character of the line.
pub fn rule(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match rules::parse(&text) {
        Ok(spoken) => check_gate(&spoken.gate()),
        Err(mistake) => {
            assert!(text.is_char_boundary(mistake.at), "{mistake:?}");
            for language in Language::ALL {
                let shown = language.speak(|| mistake.shown(&text));
                assert_eq!(shown.lines().count(), 2, "{shown}");
                check_said(&shown.replace('\n', " "));
            }
        }
    }
}

fn check_gate(gate: &Gate) {
    let written = gate.to_string();
    let read = rules::parse(&written).map(rules::Spoken::gate);
    assert_eq!(read.as_ref(), Ok(gate), "{written}");
}

// Texts.

/// A text is made safe to show, and fits where it is cut to fit.
pub fn text(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for charset in [Charset::Unicode, Charset::Ascii] {
        charset.within(|| {
            let seen = visible(&text);
            check_said(&seen);
            assert_eq!(visible(&seen), seen, "{text:?}");
            check_said(&spelled(&text));
            // No character becomes longer than the longest escape.
            assert!(seen.len() <= 10 * text.len() + 3 * text.matches("://").count());
            for columns in [0, 1, 2, 5, 17, 80] {
                let short = shortened(&seen, columns);
                assert!(short.chars().count() <= columns + 1);
                let cut = [fit::cut(&text, columns), fit::cut_middle(&text, columns)];
                let more = [
                    fit::cut_at_word(&text, columns),
                    fit::cut_path(&text, columns),
                ];
                for cut in cut.into_iter().chain(more) {
                    check_said(&cut);
                    assert!(
                        fit::width(&cut) <= columns,
                        "{cut:?} of {text:?} in {columns}"
                    );
                }
            }
            for line in fit::wrap(&seen, 20).iter().chain(&fit::pieces(&seen, 20)) {
                check_said(line);
                assert!(fit::width(line) <= 20, "{line:?} of {text:?}");
            }
        });
    }
}

/// Asserts that a text moves no cursor, turns nothing round and hides nothing: what it forbids is written down here once more, since
/// the code under test must not be its own judge.
fn check_said(text: &str) {
    let forbidden = |character: char| {
        matches!(
            character,
            '\0'..='\u{1f}'
                | '\u{7f}'..='\u{9f}'
                | '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffc}'
                | '\u{e0000}'..='\u{e0fff}'
        )
    };
    assert!(!text.contains(forbidden), "{text:?}");
}

// Recordings.

/// A line becomes a fact that is written and read as the same one.
pub fn recording(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for line in text.lines() {
        let Ok(fact) = from_line(line) else { continue };
        let written = to_line(&fact).expect("what was read can be written");
        assert!(!written.contains('\n'), "{written}");
        let read = from_line(&written).expect("what was written can be read");
        assert_eq!(read, fact, "{written}");
    }
}
