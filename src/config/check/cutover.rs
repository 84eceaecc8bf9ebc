//! Reads how a cutover is planned: rules that have to hold, stages, and what `check` waits for.

use std::sync::Arc;

use super::super::Until;
use super::super::keys::{self, Kind};
use super::super::rule::{self, Spoken};
use super::checker::{Checker, Entry};
use super::given::{Detail, because, empty, text_of};
use super::plain::{self, boolean, duration, percentage, texts, whole, word};
use crate::model::gate::{Gate, Severity};
use crate::model::language::{Both, both, say};
use crate::model::stage::{Plan, Stage};
use crate::model::text::visible;

/// A longer name of a stage would hide what is said of it.
const LONGEST_NAME: usize = 40;

impl Checker<'_> {
    /// What `check` waits for, which has to be there.
    pub(super) fn until(&mut self, gates: &[Arc<Gate>], plan: &Plan) -> Option<Until> {
        let until = Until::ALL[self.optional("until", word)?];
        if until == Until::Gates && gates.is_empty() && !self.gives_gates() {
            self.problems.push(both!(
                "until = \"gates\": there is no gate to wait for; give one with --gate, or with gates or [[r53mon.gate]] in r53mon.toml",
                "until = \"gates\": 기다릴 게이트가 없다; --gate, 또는 r53mon.toml의 gates나 [[r53mon.gate]]로 지정한다"
            ));
        }
        if until == Until::Stage && plan.stages.is_empty() {
            self.problems.push(both!(
                "until = \"stage\": there is no stage to wait for; give some with [[r53mon.stage]] in r53mon.toml",
                "until = \"stage\": 기다릴 단계가 없다; r53mon.toml의 [[r53mon.stage]]로 지정한다"
            ));
        }
        Some(until)
    }

    /// Whether any source gives gates, good ones or not.
    fn gives_gates(&self) -> bool {
        let named = keys::by_toml("gates").and_then(|key| self.layers.find(key));
        named.is_some() || !self.entries("gate").is_empty()
    }

    /// All rules that have to hold, each once.
    pub(super) fn gates(&mut self) -> Vec<Arc<Gate>> {
        let mut all = self.optional("gates", rules).unwrap_or_default();
        for entry in self.entries("gate") {
            all.extend(self.gate(&entry));
        }
        let mut gates: Vec<Arc<Gate>> = Vec::new();
        // What is wrong with it is told where it is read for itself.
        let no_http = keys::by_toml("no_http")
            .and_then(|key| Some((key, text_of(key, &self.layers.find(key)?).ok()?)));
        let has_no_http = no_http.is_some_and(|(key, text)| boolean(&key.kind, &text) == Ok(true));
        for gate in all {
            if has_no_http && gate.rule.needs_http() {
                self.problems.push(both!(
                    "gate \"{rule}\": it is about HTTP requests, and none are made with no_http; leave one of them out",
                    "게이트 \"{rule}\": HTTP 요청에 관한 규칙인데 no_http로는 요청하지 않는다; 둘 중 하나를 뺀다",
                    rule = gate.rule
                ));
            }
            if !gates.iter().any(|other| **other == gate) {
                gates.push(Arc::new(gate));
            }
        }
        gates
    }

    /// The rule of a table. What else the table says must not stand in the rule too.
    fn gate(&mut self, entry: &Entry) -> Option<Gate> {
        let spoken = self.field(entry, "rule", |_, text| {
            rule::parse(text).map_err(|mistake| Some(no_rule(|| mistake.shown(text))))
        });
        let severity = self.field(entry, "severity", word);
        let least_samples = self.field(entry, "min_samples", whole);
        let hysteresis = self.field(entry, "hysteresis", percentage);
        let spoken = spoken?;
        for (field, is_spoken) in [
            ("severity", spoken.severity.is_some()),
            ("min_samples", spoken.least_samples.is_some()),
            ("hysteresis", spoken.hysteresis.is_some()),
        ] {
            if is_spoken && entry.layer.values.contains_key(field) {
                let place = entry.layer.source.place_of(field);
                self.problems.push(both!(
                    "{place}: the rule of the same table says it too; leave one of them out",
                    "{place}: 같은 테이블의 rule에도 있다; 둘 중 하나를 뺀다"
                ));
            }
        }
        let said = Spoken {
            severity: spoken.severity.or(Some(Severity::ALL[severity?])),
            least_samples: spoken.least_samples.or(Some(least_samples?.into())),
            // The number as it was given, without what dividing and multiplying leaves.
            hysteresis: spoken
                .hysteresis
                .or(Some((hysteresis? * 1e8).round() / 1e6)),
            ..spoken
        };
        Some(said.gate())
    }

    pub(super) fn plan(&mut self) -> Plan {
        let mut stages: Vec<(usize, Stage)> = Vec::new();
        for (index, entry) in self.entries("stage").into_iter().enumerate() {
            let name = self.field(&entry, "name", name_of_stage);
            let weights = self.field(&entry, "weights", weights);
            let hold = self.field(&entry, "hold", duration);
            let gates = self.field(&entry, "gates", rules).unwrap_or_default();
            let (Some(weights), Some(hold)) = (weights, hold) else {
                continue;
            };
            let called = || {
                let all = weights
                    .iter()
                    .map(|(set, weight)| format!("{set} {weight}"));
                all.collect::<Vec<_>>().join(" / ")
            };
            let stage = Stage {
                name: name.unwrap_or_else(called),
                weights,
                hold,
                gates: gates.into_iter().map(Arc::new).collect(),
            };
            if let Some((field, why)) = clash(&stages, &stage) {
                let place = entry.layer.source.place_of(field);
                self.problems
                    .push(both!("{place}: {why}", "{place}: {why}"));
            }
            stages.push((index + 1, stage));
        }
        Plan {
            stages: stages.into_iter().map(|(_, stage)| stage).collect(),
            rollback_goal: self.read("rollback_goal", duration),
        }
    }
}

/// Rules, or all that cannot be read as one.
fn rules(_: &Kind, text: &str) -> Result<Vec<Gate>, Detail> {
    let (mut rules, mut wrong) = (Vec::new(), Vec::new());
    for line in texts(text)? {
        match rule::parse(line) {
            Ok(spoken) => rules.push(spoken.gate()),
            Err(mistake) => wrong.push((mistake, line)),
        }
    }
    if wrong.is_empty() {
        Ok(rules)
    } else {
        let shown = || {
            let all = wrong.iter().map(|(mistake, line)| mistake.shown(line));
            all.collect::<Vec<_>>().join("\n")
        };
        Err(Some(no_rule(shown)))
    }
}

/// What is wrong with something that is no rule, with its place as it is shown.
fn no_rule(shown: impl Fn() -> String) -> Both {
    Both::of(|| {
        let shown = shown();
        say!(
            "it cannot be read as a rule:\n{shown}",
            "규칙으로 읽을 수 없다:\n{shown}"
        )
    })
}

fn weights(_: &Kind, text: &str) -> Result<Vec<(String, u64)>, Detail> {
    let lines = text.lines().filter_map(|line| line.split_once(' '));
    let weights = lines.filter_map(|(weight, set)| Some((set.to_owned(), weight.parse().ok()?)));
    let weights: Vec<(String, u64)> = weights.collect();
    if weights.is_empty() {
        return Err(empty());
    }
    if weights.iter().all(|(_, weight)| *weight == 0) {
        return Err(because(
            "all are 0, and Route 53 then answers with every set evenly",
            "모두 0이면 Route 53은 모든 세트로 고르게 응답한다",
        ));
    }
    Ok(weights)
}

/// A name on one line, short enough to be told everywhere.
fn name_of_stage(kind: &Kind, text: &str) -> Result<String, Detail> {
    let name = plain::text(kind, text.trim())?;
    if name.chars().count() > LONGEST_NAME {
        return Err(Some(both!(
            "it has more than {LONGEST_NAME} characters",
            "{LONGEST_NAME}자보다 길다"
        )));
    }
    Ok(name)
}

/// What is wrong with a stage after others, which come with their numbers: the field, and why.
fn clash(before: &[(usize, Stage)], stage: &Stage) -> Option<(&'static str, Both)> {
    let (number, first) = before.first()?;
    let sets = |stage: &Stage| {
        let mut sets: Vec<&str> = stage.weights.iter().map(|(set, _)| set.as_str()).collect();
        sets.sort_unstable();
        visible(&sets.join(", ")).into_owned()
    };
    let (its, of_first) = (sets(stage), sets(first));
    if its != of_first {
        let why = both!(
            "it names {its}, and number {number} names {of_first}; each stage has to name the same sets, a set without traffic with the weight 0",
            "여기에는 {its}, {number}번에는 {of_first}가 있다; 모든 단계가 같은 세트를 적어야 하며 트래픽이 없는 세트는 가중치 0으로 적는다"
        );
        return Some(("weights", why));
    }
    let mut others = before.iter();
    if let Some((number, _)) = others.find(|(_, other)| stage.is(&other.weights)) {
        let why = both!(
            "they are those of number {number} too; each stage has to have weights of its own",
            "{number}번과 같다; 단계마다 가중치가 달라야 한다"
        );
        return Some(("weights", why));
    }
    let mut others = before.iter();
    let (number, _) = others.find(|(_, other)| other.name == stage.name)?;
    let why = both!(
        "\"{name}\" is the name of number {number} too; each stage has to have a name of its own",
        "\"{name}\"은 {number}번의 이름이기도 하다; 단계마다 이름이 달라야 한다",
        name = visible(&stage.name)
    );
    Some(("name", why))
}
