//! Where a cutover stands in its plan, what it waits for, and how a way back went.

use std::time::Duration;

use crate::model::stage::StageNews;
use crate::model::stage::Took;
use crate::views::format;
use crate::views::language::{Phrase, phrase, pick, say};

/// Above the stages.
pub const TITLE: Phrase = phrase("Stages", "단계");
/// Above the command.
pub const NEXT: Phrase = phrase("Go on to the next stage", "다음 단계로 넘어가기");
/// Before it in a line.
pub const NEXT_LABEL: Phrase = phrase("next", "다음");
/// The columns of the stages.
pub const COLUMNS: [Phrase; 7] = [
    phrase("Stage", "단계"),
    phrase("Seen", "확인"),
    phrase("Answer", "첫 응답"),
    phrase("Servers", "서버"),
    phrase("Match", "MATCH"),
    phrase("Held", "유지"),
    phrase("Left", "종료"),
];
/// No stage was reached yet.
pub const NONE_YET: Phrase = phrase(
    "the declared weights are no stage yet",
    "설정된 가중치는 아직 어느 단계도 아니다",
);
/// The declared weights are no stage, where room is short.
pub const NONE_SHORT: Phrase = phrase("no stage", "단계 아님");
/// All name servers have to go over.
pub const PROPAGATION: Phrase = phrase("the name servers", "네임 서버 전환");
/// A match has to come.
pub const MATCH: Phrase = phrase("a match", "MATCH");
/// What was declared before the first stage.
pub const BEFORE: Phrase = phrase("the weights of before", "이전 가중치");
/// Whether the goal was kept cannot be told.
pub const OPEN: Phrase = phrase(
    "whether that is within the goal cannot be told, since the weights are read only so often (--poll-interval)",
    "가중치를 읽는 간격(--poll-interval) 때문에 목표 안인지는 알 수 없다",
);

sentences! {
    /// The stage that the declared weights are.
    in_stage(name: &str, number: usize, of: usize, since: &str) "stage {name} ({number} of {of}) since {since}"
        "{since}부터 {name} 단계 ({of}단계 중 {number}번째)";
    /// The same, where room is short.
    in_short(name: &str, number: usize, of: usize) "stage {name} {number}/{of}"
        "{name} 단계 {number}/{of}";
    /// They are none, and were one before.
    no_stage(last: &str) "the declared weights are no stage; the last one was {last}"
        "설정된 가중치는 어느 단계도 아니다. 마지막 단계는 {last}";
    /// Whoever goes on now does not wait for that.
    too_early(what: &str) "too early: this stage still waits for {what}"
        "아직 이르다: 이 단계가 기다리는 것: {what}";
    /// What has to be waited for.
    waits_for(what: &str) "waits for {what}"
        "기다리는 것: {what}";
    /// The match has to stand for so long.
    hold_for(hold: &str) "{hold} of match"
        "MATCH 유지 {hold}";
    /// The match has to stand until then.
    hold_until(until: &str) "the hold until {until}"
        "{until}까지 유지";
    /// Resolvers may hold old answers for so long once the name servers have gone over.
    drain_for(ttl: &str) "{ttl} of old answers"
        "이전 응답 {ttl}";
    /// Resolvers may hold old answers until then.
    drain_until(until: &str) "old answers until {until}"
        "{until}까지 이전 응답";
    /// Rules have to hold again.
    gates(rules: &str) "gates ({rules})"
        "게이트 ({rules})";
    /// When the next step can come.
    earliest(name: &str, at: &str) "next {name}, {at} at the earliest"
        "다음은 {name}, 빨라야 {at}";
    /// It can come now.
    can_come(name: &str) "next {name}, possible now"
        "다음은 {name}, 지금 가능";
    /// What to do where the next step can come.
    go_on(stage: &str, next: &str, weights: &str) "{stage} holds: go on to {next} ({weights}) when you want (n copies the command)"
        "{stage} 단계 완료: 원할 때 {next} 단계로 넘어간다 ({weights}, n 키로 명령 복사)";
    /// What to do where it cannot come yet.
    wait(stage: &str, what: &str) "wait in {stage}: {what}"
        "{stage} 단계에서 기다린다: {what}";
    /// What to do in the last stage.
    done(stage: &str) "{stage} holds, and it is the last stage: nothing to do"
        "{stage} 단계 완료, 마지막 단계: 할 일 없음";
    /// What to do before the first stage.
    begin(next: &str, weights: &str) "begin with {next} ({weights}) when you want (n copies the command)"
        "원할 때 {next} 단계로 시작한다 ({weights}, n 키로 명령 복사)";
    /// What to do where the weights are no stage any more.
    back_to_plan(last: &str, weights: &str) "these weights are no stage: n copies the command back to {last} ({weights})"
        "이 가중치는 어느 단계도 아니다: n 키로 {last} 단계로 돌아가는 명령을 복사한다 ({weights})";
    /// A rollback goes on.
    rolling_back(to: &str, span: &str, behind: usize, all: usize => "name server" | "name servers", goal: &str)
        "rolling back to {to} for {span}: {behind} of {all} behind, goal {goal}"
        "{to} 롤백 {span}째: 네임 서버 {all}대 중 {behind}대 남음, 목표 {goal}";
    /// A rollback was not finished.
    cut_short(to: &str) "the rollback to {to} was cut short by another change"
        "{to} 롤백은 다른 변경으로 중단되었다";
    /// A rollback has come through.
    rolled_back(to: &str, took: &str) "rolled back to {to}: {took}"
        "{to} 롤백 완료: {took}";
    /// When the abandoned sets were answered last.
    last_answer(sets: &str, took: &str) "the last answer of {sets} came {took} after the change"
        "{sets}의 마지막 응답은 변경 {took} 뒤";
    /// When the last name server went over.
    last_server(took: &str) "the last name server went over {took} after the change"
        "마지막 네임 서버 전환은 변경 {took} 뒤";
    /// Between two spans.
    between(least: &str, most: &str) "{least} to {most}"
        "{least} ~ {most}";
    /// The goal was kept.
    kept(goal: &str) "the goal of {goal} was kept"
        "목표 {goal} 달성";
    /// It was not.
    missed(goal: &str) "the goal of {goal} was missed"
        "목표 {goal} 미달";
    /// A stage that was reached.
    reached(number: usize, of: usize, name: &str) "stage {name} reached ({number} of {of})"
        "{name} 단계 도달 ({of}단계 중 {number}번째)";
    /// The weights are none of the plan any more.
    left(name: &str) "the declared weights are no stage any more: stage {name} was left"
        "설정된 가중치가 더는 어느 단계도 아니다: {name} 단계를 벗어났다";
    /// The next step can come.
    held(name: &str, next: &str) "stage {name} holds: the next step, {next}, can come"
        "{name} 단계 완료: 다음 단계 {next} 가능";
    /// The last stage holds.
    held_last(name: &str) "stage {name} holds, and it is the last one"
        "{name} 단계 완료, 마지막 단계";
    /// A way back has begun.
    rollback(from: &str, to: &str, goal: &str) "rollback from {from} to {to}; the goal is {goal}"
        "롤백 시작, {from} → {to}. 목표 {goal}";
    /// A gate that was tripped.
    worst(stage: &str, rule: &str, severity: &str, at: &str) "{stage}: the gate {rule} tripped at {at} ({severity})"
        "{stage} 단계: {at}에 게이트 {rule} 작동 ({severity})";
    /// No command can be told for weights.
    cannot_write(set: &str) "no command is told: {set} is no set of the record"
        "명령을 알려 주지 않는다: {set} 세트가 레코드에 없다";
    /// What Route 53 keeps with a change to a stage.
    comment(name: &str) "r53mon: to the stage {name}"
        "r53mon: to the stage {name}";
}

/// How long a way back took, and whether that is within the goal.
pub fn took(abandoned: &[String], took: Took, goal: Duration) -> String {
    let [least, most] = [took.at_least, took.at_most].map(format::whole_span);
    let span = if least == most {
        most
    } else {
        between(&least, &most)
    };
    let goal = format::whole_span(goal);
    let what = if abandoned.is_empty() {
        last_server(&span)
    } else {
        last_answer(&abandoned.join(", "), &span)
    };
    let whether = match took.is_kept {
        Some(true) => kept(&goal),
        Some(false) => missed(&goal),
        None => OPEN.to_owned(),
    };
    format!("{what}; {whether}")
}

/// What happened, in a sentence.
pub fn sentence(news: &StageNews) -> String {
    let to_or_before = |to: &Option<String>| to.clone().unwrap_or_else(|| BEFORE.to_owned());
    match news {
        StageNews::Reached { number, of, name } => reached(*number, *of, name),
        StageNews::Left { name } => left(name),
        StageNews::Held {
            name,
            next: Some(next),
        } => held(name, next),
        StageNews::Held { name, next: None } => held_last(name),
        StageNews::RollbackBegan { from, to, goal } => {
            rollback(from, &to_or_before(to), &format::whole_span(*goal))
        }
        StageNews::RolledBack {
            to,
            abandoned,
            took: how_long,
            goal,
        } => rolled_back(&to_or_before(to), &took(abandoned, *how_long, *goal)),
    }
}

/// Sets that stages name and that the record does not have.
pub fn unknown(sets: &[String]) -> String {
    let (names, is) = (
        sets.join(", "),
        if sets.len() == 1 {
            "is no set"
        } else {
            "are no sets"
        },
    );
    say!(
        "stages name {names}, which {is} of the record: no weights are such a stage",
        "단계에 적힌 {names} 세트가 레코드에 없다: 어떤 가중치도 그 단계가 될 수 없다"
    )
}

/// Whether a gate is a reason to go back.
pub fn severity(is_critical: bool) -> &'static str {
    if is_critical {
        pick("critical", "심각")
    } else {
        pick("warning", "경고")
    }
}
