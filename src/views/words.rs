//! Every text of the interface in both languages, apart from the logic that picks it.
//!
//! Constants are labels, the rows of `sentences!` are sentences with holes, functions pick among several. Nothing here
//! decides whether a sentence is shown. What stands in one language only is the same in both: names of columns and of
//! states that reports have too, and the labels of the original.

use crate::model::health::NoStatus;
use crate::model::index::ServerIndex;
use crate::model::obstacle::Obstacle;
use crate::model::route53_error::Route53Error;

use super::format;
use super::language::{Phrase, phrase, pick, say};

/// A table of sentences, a row each: its name, its holes, and the text around them in English and in Korean. A hole for a
/// count may have an English noun, for one and for many; in Korean its counter stands in the text.
macro_rules! sentences {
    ($(
        $(#[$about:meta])*
        $name:ident($($hole:ident: $kind:ty $(=> $one:literal | $many:literal)?),*) $english:literal $korean:literal;
    )*) => {$(
        $(#[$about])*
        pub fn $name($($hole: $kind),*) -> String {
            match $crate::views::language::current() {
                $crate::views::language::Language::English => {
                    $(
                        let $hole = $crate::views::words::InWords::in_words(&$hole)
                            $(+ " " + if $hole == 1 { $one } else { $many })?;
                    )*
                    format!($english)
                }
                $crate::views::language::Language::Korean => {
                    $(let $hole = $crate::views::words::InWords::in_words(&$hole);)*
                    format!($korean)
                }
            }
        }
    )*};
}

/// A run in three lines.
pub mod brief;
/// Columns and their titles.
pub mod column;
/// The command that undoes the last change.
pub mod command;
/// How the sides compare over HTTP.
pub mod comparison;
/// The chart of the shares over time.
pub mod course;
/// The checks.
pub mod doctor;
/// What happened.
pub mod event;
/// Rules that have to hold.
pub mod gate;
/// The verdict in one line, and how a change came through.
pub mod headline;
/// What the keys do, and the page that explains the picture.
pub mod help;
/// How a set answers over HTTP, in figures.
pub mod http;
/// What is said about a key for a while.
pub mod message;
/// What happened to the verdict.
pub mod news;
/// What has to be known as long as it stands.
pub mod notice;
/// What a run would take.
pub mod plan;
/// What resolvers that were named still answer.
pub mod resolving;
/// The page of one set or one name server.
pub mod selection;
/// Why sets have their shares, and what is known of their health.
pub mod share;
/// How well the sides answer over HTTP.
pub mod side;
/// What is said of readers that are slow.
pub mod slow;
/// Where a cutover stands in its plan.
pub mod stage;
/// The final statistics.
pub mod summary;
/// The verdict and why it is what it is.
pub mod verdict;
/// What to do about a verdict.
pub mod what_now;

/// What can fill the hole of a sentence.
trait InWords {
    /// A count with separators of thousands, a text as it is.
    fn in_words(&self) -> String;
}

impl InWords for &str {
    fn in_words(&self) -> String {
        (*self).to_owned()
    }
}

impl InWords for u64 {
    fn in_words(&self) -> String {
        format::count(*self)
    }
}

impl InWords for usize {
    fn in_words(&self) -> String {
        format::count(*self as u64)
    }
}

/// The name of a server.
pub fn name<'a>(names: &[&'a str], server: ServerIndex) -> &'a str {
    names.get(server.get()).copied().unwrap_or("?")
}

/// Why Route 53 could not be read, and what to do about it.
pub fn api_error(error: &Route53Error) -> String {
    Obstacle::from(error).to_string()
}

/// Why a health check has no status to read, for a sentence whose subject is the check.
fn no_status(why: NoStatus) -> &'static str {
    why.reason().said()
}

/// The name of the tool on the first line.
pub const TITLE: &str = "Route53 Weighted Traffic Monitor";
/// The same where the line is short.
pub const SHORT_TITLE: &str = "r53mon";
/// What stands for a number that is not there yet.
pub const NOTHING: &str = "-";
/// What stands for a number that is not measured in this run.
pub const NOT_MEASURED: &str = "N/A";
/// Above the table of declared weights.
pub const CONFIGURED: &str = "Route53 Configured Weights";
/// Above the table of observed shares.
pub const ACTUAL: &str = "Actual Traffic Distribution";
/// Above the table of earlier segments.
pub const EARLIER: Phrase = phrase("Earlier Weights", "이전 가중치");
/// Above the list of events.
pub const EVENTS: Phrase = phrase("Events", "이벤트");
/// Above the table of name servers.
pub const NAME_SERVERS: Phrase = phrase("Name Servers", "네임 서버");
/// No configuration has been read.
pub const WAITING_FOR_WEIGHTS: Phrase = phrase(
    "waiting for the weights from Route 53",
    "Route 53의 가중치를 기다리는 중",
);
/// Before the name server that is selected, where they have one line.
pub const SERVERS: Phrase = phrase("Name servers:", "네임 서버:");
/// Nothing has been sent.
pub const WAITING_FOR_QUERY: Phrase =
    phrase("waiting for the first query", "첫 질의를 기다리는 중");
/// A name server that does not answer, in words.
pub const SILENT: Phrase = phrase("silent", "무응답");

/// What is behind a run that had no time to begin.
pub const NOT_ALL_ANSWERED: Phrase = phrase(
    "zone, record and name servers had not all answered by then",
    "그때까지 호스팅 영역, 레코드, 네임 서버가 모두 응답하지는 않았다",
);
/// What to do about it.
pub const GIVE_TIME: Phrase = phrase(
    "give it longer; r53mon doctor tells what is slow",
    "시간을 더 준다; 무엇이 느린지는 r53mon doctor로 확인한다",
);

sentences! {
    /// The title of the name servers in the final statistics, when their shares are of the last segment only.
    name_servers_with_shares_since(clock: &str) "{NAME_SERVERS} (counts of the whole run, shares since {clock})"
        "{NAME_SERVERS} (건수는 실행 전체, 비율은 {clock} 이후)";
    /// The number of named answers, behind the title of a table.
    total(count: u64) "(Total: {count})"
        "(Total: {count})";
    /// Since when the verdict stands, or the segment in force is counted where room is short.
    since(clock: &str) "since {clock}"
        "{clock}부터";
    /// Since when the segment in force is counted, where it is not the first.
    since_in_segment(clock: &str, number: u64) "since {clock}, segment {number}"
        "{clock}부터, 구간 {number}";
    /// The span of a segment.
    from_to(start: &str, end: &str) "{start} to {end}"
        "{start} ~ {end}";
    /// The span of the segment in force.
    from_until_now(start: &str) "{start} to now"
        "{start} ~ 현재";

    /// The zone in the header.
    zone(name: &str, id: &str) "{name} ({id})"
        "{name} ({id})";
    /// The API in the header.
    api_at(url: &str) "API {url}"
        "API {url}";
    /// The API where there is more room.
    not_amazons(url: &str) "{url}, which is not Amazon's"
        "{url} (Amazon의 주소가 아님)";
    /// What a list is narrowed down to, and how much of it that leaves.
    narrowed_down(text: &str, shown: usize, all: usize) "/{text} ({shown} of {all})"
        "/{text} ({all}건 중 {shown}건)";
    /// The time of day in the header.
    clock_utc(clock: &str) "{clock} UTC"
        "{clock} UTC";
    /// Queries a second, on the status line.
    tps(rate: &str) "TPS: {rate}"
        "TPS: {rate}";
    /// The rate, and the one that was asked for by hand.
    rate_of(newest: &str, target: u64) "{newest} of {target}"
        "{newest} (목표 {target})";
    /// How long the run has lasted, on the status line.
    uptime(uptime: &str) "Uptime: {uptime}"
        "Uptime: {uptime}";
    /// Failures of every kind, on the status line.
    errors(errors: &str) "Errors: {errors}"
        "Errors: {errors}";
    /// How many failures, and of which kinds.
    errors_named(count: u64, kinds: &str) "{count} ({kinds})"
        "{count} ({kinds})";
    /// Queries without a usable answer, among the errors.
    dns_errors(count: u64) "{count} DNS"
        "DNS {count}";
    /// HTTP requests without a response, among the errors.
    http_errors(count: u64) "{count} HTTP"
        "HTTP {count}";
    /// Responses with a status that is not expected, among the errors.
    by_status(count: u64) "{count} by status"
        "상태 코드 {count}";
    /// Mean time of HTTP responses, on the status line.
    average_latency(latency: &str) "Avg Latency: {latency}"
        "Avg Latency: {latency}";

    /// Queries a second, on the line that is written once a second.
    rate_short(rate: &str) "{rate}/s"
        "초당 {rate}";
    /// Named answers that are not counted, on the same line.
    uncounted_short(count: u64) "+ {count} not counted"
        "+ 제외 {count}";
    /// Errors, on the same line.
    errors_short(errors: &str) "errors {errors}"
        "오류 {errors}";
    /// Mean time of HTTP responses, on the same line.
    average_short(latency: &str) "avg {latency}"
        "평균 {latency}";
    /// Name servers that do not answer, on the same line.
    silent_short(silent: usize, all: usize) "{silent} of {all} servers silent"
        "무응답 서버 {silent}/{all}";
    /// Weights that could not be read anew, on the same line.
    weights_old_short(age: &str) "weights {age} old"
        "가중치 {age} 전 값";

    /// Something that stops nobody and has to be known.
    warning(said: &str) "warning: {said}"
        "경고: {said}";
    /// A check that is too short for a mismatch.
    short_check(span: &str)
        "a check of less than {span} never ends with a mismatch: a change made just before the start looks the same; \
         --settled says that there was none"
        "{span}보다 짧은 check는 MISMATCH로 끝나지 않는다: 시작 직전의 변경도 똑같이 보이기 때문이며, \
         그런 변경이 없었다면 --settled를 지정한다";

    /// What is left out of a list.
    and_more(count: usize) "and {count} more"
        "외 {count}개";
    /// What of a text is out of sight.
    more_lines(above: usize, below: usize) "lines out of sight: {above} above, {below} below"
        "화면 밖의 줄: 위 {above}, 아래 {below}";
    /// What is left out of a list, with something a reader must know of it.
    and_more_silent(count: usize, silent: usize) "and {count} more ({silent} silent)"
        "외 {count}대 (무응답 {silent})";
    /// Rows that are scrolled out of sight at the top.
    above(count: usize) "{count} above"
        "위로 {count}건";
    /// Something that is said of something, or a name and what it stands for.
    said_of(subject: &str, said: &str) "{subject}: {said}"
        "{subject}: {said}";
    /// How long ago something was.
    ago(span: &str) "{span} ago"
        "{span} 전";

    /// Something has been sent, nothing came back.
    waiting_for_answer(sent: u64 => "query" | "queries") "waiting for the first answer, {sent} sent"
        "첫 응답을 기다리는 중, 질의 {sent}건 전송";
    /// The same in a segment that is not the first one.
    no_answer_in_segment(segment: u64, sent: u64 => "query" | "queries") "no answer in segment {segment} yet, {sent} sent"
        "구간 {segment}에서 아직 응답 없음, 질의 {sent}건 전송";
    /// Only failures came back.
    no_usable_answer(faults: &str) "no usable answer yet: {faults}"
        "아직 쓸 수 있는 응답 없음: {faults}";
    /// Answers came that name no set.
    nothing_named(answers: &str) "no answer names one set yet: {answers}"
        "아직 세트가 식별된 응답 없음: {answers}";

    /// Named answers of a segment.
    answers(count: u64 => "answer" | "answers") "{count}"
        "응답 {count}건";
    /// Queries that were sent.
    sent(count: u64) "{count} sent"
        "전송 {count}";
    /// Answers that name a set.
    named(count: u64) "{count} named"
        "식별 {count}";
    /// Answers that several sets could have given.
    ambiguous(count: u64) "{count} ambiguous"
        "모호 {count}";
    /// Answers that no set could have given.
    unknown(count: u64) "{count} unknown"
        "미상 {count}";
    /// Answers out of a cache that were counted before.
    cached(count: u64) "{count} cached"
        "캐시 {count}";
    /// Queries whose outcome is not known yet.
    in_flight(count: u64) "{count} in flight"
        "응답 대기 {count}";
    /// Datagrams that were no answer to the open question.
    stray(count: u64 => "stray packet" | "stray packets") "{count}"
        "무관한 패킷 {count}";
    /// Queries that were sent late.
    late(count: u64) "{count} late"
        "지연 전송 {count}";
    /// Due times that were passed over.
    skipped(count: u64) "{count} skipped"
        "건너뜀 {count}";
    /// HTTP requests without a response.
    http_failed(count: u64) "HTTP {count} failed"
        "HTTP 실패 {count}";
    /// HTTP responses of which the body broke off, or is not the expected one.
    http_bad_bodies(count: u64) "HTTP {count} by body"
        "HTTP 본문 {count}";
    /// HTTP responses with a status that is not expected.
    http_by_status(count: u64) "HTTP {count} by status"
        "HTTP 상태 코드 {count}";
    /// HTTP requests that would have been more a second than is wished for.
    http_over_rate(count: u64) "HTTP {count} beyond --http-max-tps"
        "HTTP --http-max-tps 초과 {count}";
    /// HTTP requests that were not made.
    http_skipped(count: u64) "HTTP {count} skipped"
        "HTTP 건너뜀 {count}";

    /// HTTP requests to one set that failed in one way.
    failed_by(count: u64, kind: &str) "{count} {kind}"
        "{kind} {count}";
    /// HTTP requests to one set that would have been more a second than is wished for.
    over_rate(count: u64) "{count} beyond --http-max-tps"
        "--http-max-tps 초과 {count}";

    /// How many readings of the configuration failed.
    polls_failed(failures: u64, polls: u64 => "read" | "reads") "{failures} of {polls} failed"
        "조회 {polls}회 중 {failures}회 실패";
    /// The weights in use could not be read anew.
    weights_are_old(age: &str, reads: &str, cause: &str) "weights are {age} old: {cause} ({reads})"
        "가중치가 {age} 전 값이다: {cause} ({reads})";
    /// The weights could not be read even once.
    weights_never_read(reads: &str, cause: &str) "weights could not be read yet: {cause} ({reads})"
        "가중치를 아직 읽지 못했다: {cause} ({reads})";
    /// When the weights were read.
    weights_read(age: &str) "weights read {age} ago"
        "가중치 조회 {age} 전";
    /// The API takes its time.
    reading_weights(span: &str) "reading the weights ({span})"
        "가중치 조회 중 ({span})";

    /// In place of a list of name servers.
    servers_answer(answering: usize, all: usize) "Name servers: {answering} of {all} answer"
        "네임 서버: {all}대 중 {answering}대 응답";
    /// In place of a list of name servers, before any was asked.
    servers_asked(all: usize) "Name servers: {all}"
        "네임 서버: {all}대";
    /// How many name servers are in a state.
    servers_counted(state: &str, count: usize) "{count} {state}"
        "{state} {count}";
    /// How long a name server has not answered.
    silent_for(span: &str) "silent {span}"
        "무응답 {span}";
    /// How long ago a name server answered last.
    last_answer(span: &str) "last {span} ago"
        "마지막 {span} 전";

    /// One set of an earlier segment.
    earlier_set(label: &str, weight: u64, count: u64, share: &str) "{label} at {weight}: {count} ({share})"
        "{label} 가중치 {weight}: {count} ({share})";
    /// The time of a run was up before it began.
    no_time_left(duration: &str) "the time (--duration {duration}) was up before measuring began"
        "측정을 시작하기 전에 시간이 다 되었다 (--duration {duration})";
    /// A difference that chance does not explain.
    off(difference: &str) "!{difference}"
        "!{difference}";
}

/// A count with the noun it counts.
fn counted(count: u64, one: &str, many: &str) -> String {
    format!(
        "{} {}",
        format::count(count),
        if count == 1 { one } else { many }
    )
}

/// What stands at the name of a record that is no longer weighted.
pub fn or_nothing_there(found: &str) -> &str {
    if found.is_empty() {
        pick("nothing at this name", "이 이름에는 레코드 없음")
    } else {
        found
    }
}

/// Queries that ended in one kind of fault.
pub fn fault(count: u64, kind: &str) -> String {
    let (count, kind) = (format::count(count), kind.replace('_', " "));
    say!("{count} {kind}", "{kind} {count}")
}

/// How many are listed of those that are kept and the older ones; nothing where that is all of them.
pub fn newest_of(shown: usize, kept: usize, older: u64) -> String {
    let all = kept as u64 + older;
    if shown as u64 == all {
        return String::new();
    }
    let all = format::count(all);
    say!(
        "(last {shown} of {all})",
        "(전체 {all}건 중 최근 {shown}건)"
    )
}

/// The verdict of an earlier segment, and how long its change took.
pub fn earlier_verdict(state: &str, took: Option<&str>) -> String {
    match took {
        Some(took) => say!("{state}, switched in {took}", "{state}, 전환에 {took}"),
        None => state.to_owned(),
    }
}
