//! Rules that have to hold, and what became of them. A rule stands in the words of its grammar in every language.

use crate::views::words::say;
use std::time::SystemTime;

use crate::model::gate::{Amount, Gate, GateReading, GateState, Known, Severity, Subject};
use crate::model::notice::StarvedGate;
use crate::views::format;
use crate::views::language::{Phrase, phrase, pick};

use super::name;

/// Above the list of rules.
pub const GATES: Phrase = phrase("Gates", "게이트");

sentences! {
    /// A rule does not hold.
    tripped(severity: &str, rule: &str, measured: &str, since: &str) "{severity} gate tripped: {rule}{measured}, since {since}"
        "{severity} 게이트 작동: {rule}{measured}, {since}부터";
    /// A rule that did not hold has nothing against it any more.
    cleared(severity: &str, rule: &str, measured: &str, since: &str)
        "{severity} gate no longer tripped: {rule}{measured}, it was since {since}"
        "{severity} 게이트 해제: {rule}{measured}, {since}부터 작동했다";
    /// So many gates hold.
    holding(count: usize => "gate holds" | "gates hold") "{count}"
        "게이트 {count}개 이상 없음";
    /// So many wait until enough is measured.
    waiting(count: usize => "waits" | "wait") "{count} for samples"
        "{count}개 측정 부족";
    /// So many are about nobody.
    about_nobody(count: usize => "names" | "name") "{count} nobody"
        "{count}개 대상 없음";
    /// So many have tripped.
    have_tripped(count: usize) "{count} tripped"
        "{count}개 작동";
    /// How much was measured.
    samples(count: u64 => "sample" | "samples") "{count}"
        "표본 {count}개";
    /// How often it has tripped.
    trips(count: u64 => "time" | "times") "tripped {count}"
        "작동 {count}회";
    /// What to do about it.
    undo(told: &str) "undo the last change: {told}"
        "마지막 변경을 되돌린다: {told}";
    /// The same where a key copies the command.
    undo_by_key(told: &str) "undo the last change (u copies the command): {told}"
        "마지막 변경을 되돌린다 (u 키로 명령 복사): {told}";
    /// The same where it has little room: the rule and what was measured come early.
    undo_in_short(told: &str) "undo the change (u): {told}"
        "변경을 되돌린다 (u): {told}";
    /// What to do about it where the weights have been changed since, and there is little room.
    changed_since_in_short(told: &str) "wait, weights changed since: {told}"
        "기다린다. 그 뒤 가중치 변경: {told}";
    /// What to do about it where the weights have been changed since.
    changed_since(told: &str) "wait, the weights were changed since: {told}"
        "기다린다. 그 뒤에 가중치가 바뀌었다: {told}";
    /// What to do about it where undoing the last change is no way out.
    no_way_out(why: &str, told: &str) "{why}; {told}"
        "{why}. {told}";
    /// What to do about it where there was no change.
    unchanged(told: &str) "{told}; this run has seen no change that could be undone"
        "{told}. 이번 실행에서는 되돌릴 변경이 없었다";
}

/// How severe it is.
pub fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Warning => pick("warning", "경고"),
        Severity::Critical => pick("critical", "중대"),
    }
}

/// Whether it holds.
pub fn state(state: GateState) -> &'static str {
    match state {
        GateState::Holds => pick("holds", "이상 없음"),
        GateState::Waiting => pick("too little measured", "측정 부족"),
        GateState::Nobody => pick("nobody has this name", "그런 이름이 없음"),
        GateState::Tripped => pick("tripped", "작동"),
    }
}

/// A value in the unit of its limit.
pub fn amount(amount: Amount) -> String {
    match amount {
        Amount::Percent(number) => format::percentage(number / 100.0),
        // No response takes no time; a certificate that has ended is valid for none.
        Amount::Time(time) if time.is_zero() => pick("expired", "만료됨").to_owned(),
        Amount::Time(time) if time.as_secs() < 60 => format::latency(time),
        Amount::Time(time) => format::span(time),
    }
}

/// Whom it is about, what was measured and how much: ` (green 7.14%, 56 samples)`.
pub fn measured(known: &Known, names: &[&str]) -> String {
    let who = match &known.subject {
        Subject::Whole => None,
        Subject::Set(set) => Some(set.clone()),
        Subject::Server(server) => Some(name(names, *server).to_owned()),
    };
    let value = known.value.map(amount);
    let first: Vec<String> = who.into_iter().chain(value).collect();
    let count = (known.samples > 0).then(|| samples(known.samples));
    let parts: Vec<String> = [first.join(" ")].into_iter().chain(count).collect();
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    if parts.is_empty() {
        String::new()
    } else {
        format!(" ({})", parts.join(", "))
    }
}

/// A rule and what was measured of it.
pub fn in_short(gate: &Gate, known: &Known, names: &[&str]) -> String {
    format!("{}{}", gate.rule, measured(known, names))
}

/// The sentence of an event.
pub fn event(gate: &Gate, known: &Known, is_tripped: bool, names: &[&str]) -> String {
    let (severity, rule) = (severity(gate.severity), gate.rule.to_string());
    let (measured, since) = (measured(known, names), at(known.since));
    if is_tripped {
        tripped(severity, &rule, &measured, &since)
    } else {
        cleared(severity, &rule, &measured, &since)
    }
}

fn at(time: SystemTime) -> String {
    format!("{} UTC", format::clock(time))
}

/// How all gates stand, counted; `None` where there is none.
pub fn counted(gates: &[GateReading]) -> Option<String> {
    let told = |state: GateState| {
        let standing = gates.iter().map(|gate| gate.worst.state);
        let count = standing.filter(|it| *it == state).count();
        (count > 0 || state == GateState::Holds).then(|| match state {
            GateState::Holds => holding(count),
            GateState::Waiting => waiting(count),
            GateState::Nobody => about_nobody(count),
            GateState::Tripped => have_tripped(count),
        })
    };
    let all: Vec<String> = GateState::ALL.into_iter().filter_map(told).collect();
    (!gates.is_empty()).then(|| all.join(", "))
}

/// A rule and what is known of it, in a line without its rule: `holds (green 0.2%, 500 samples)`.
pub fn standing(reading: &GateReading, names: &[&str]) -> String {
    let state = state(reading.worst.state);
    let often = (reading.trips > 0).then(|| format!(", {}", trips(reading.trips)));
    let measured = measured(&reading.worst, names);
    format!("{state}{measured}{}", often.unwrap_or_default())
}

/// Gates that get too few samples.
pub fn starved(gates: &[StarvedGate]) -> String {
    let one = |gate: &StarvedGate| {
        let (rule, needed, expected) = (&gate.rule, gate.needed, gate.expected);
        say!(
            "{rule} ({needed} samples needed, about {expected} come in its time)",
            "{rule} (표본 {needed}개 필요, 시간 안에 약 {expected}개)"
        )
    };
    let all = gates.iter().map(one).collect::<Vec<_>>().join("; ");
    say!(
        "gates that hold nothing for want of samples: {all}; ask more often (--tps, --http-max-tps), name a longer time, or want fewer (at least N samples)",
        "표본이 모자라 아무것도 지키지 못하는 게이트: {all}. 더 자주 묻거나(--tps, --http-max-tps), 시간을 늘리거나, 표본 수를 줄인다(at least N samples)"
    )
}

/// Gates that name what is not there.
pub fn unknown(rules: &[String]) -> String {
    let rules = rules.join("; ");
    say!(
        "gates that hold nothing, since no set or name server is called so: {rules}",
        "그런 이름의 세트나 네임 서버가 없어서 아무것도 지키지 못하는 게이트: {rules}"
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::views::samples;

    #[test]
    fn of_those_for_whom_a_gate_has_tripped_the_worst_is_told() {
        let mut snapshot = samples::gated();
        let reading = &mut snapshot.gates[0];
        let blue = Known {
            subject: Subject::Set("blue-32".to_owned()),
            ..reading.worst.clone()
        };
        reading.tripped.insert(0, blue.clone());
        let told = |snapshot: &crate::snapshot::Snapshot| {
            let (_, known) = snapshot.tripped().expect("it is critical");
            known.subject.clone()
        };
        assert_ne!(told(&snapshot), blue.subject);
        snapshot.gates[0].worst = blue.clone();
        assert_eq!(told(&snapshot), blue.subject);
    }

    #[test]
    fn gates_are_counted_by_how_they_stand() {
        assert_eq!(counted(&[]), None);
        let gates = samples::gates();
        let told = |range: std::ops::Range<usize>| counted(&gates[range]).expect("some");
        assert_eq!(told(1..2), "1 gate holds");
        let states = gates.iter().map(|gate| gate.worst.state);
        let of = |state| states.clone().filter(|it| *it == state).count();
        let all = format!(
            "{}, {}, {}",
            holding(of(GateState::Holds)),
            waiting(of(GateState::Waiting)),
            have_tripped(of(GateState::Tripped))
        );
        assert_eq!(told(0..gates.len()), all);
    }

    #[test]
    fn a_certificate_that_has_ended_is_told_as_expired() {
        assert_eq!(amount(Amount::Time(Duration::ZERO)), "expired");
        assert_eq!(amount(Amount::Time(Duration::from_hours(48))), "2d00h");
    }
}
