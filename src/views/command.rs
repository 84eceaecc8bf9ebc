//! The commands that undo the last change, and that lead to a stage: the one restores every record set that was there before, as it
//! was read, the other gives sets other weights and leaves all else of them. A command is text to copy into a POSIX shell;
//! nothing here, or anywhere in the program, runs it.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::SystemTime;

use serde_json::{Map, Value, json};

use crate::model::change::{Cause, Change};
use crate::model::charset::Charset;
use crate::model::declared::{DeclaredSet, Iac};
use crate::model::name::RecordName;
use crate::model::text::visible;
use crate::snapshot::{Segment, Snapshot};

use super::words::{command as words, stage as stage_words};
use super::{format, stages};

/// How a change is made, as far as that can be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// One line for a shell; for Terraform a line for each set. `None`: the remarks say why.
    pub command: Option<String>,
    /// What has to be known besides.
    pub remarks: Vec<String>,
    /// That a critical gate tripped under what it leads to; it is among the remarks too.
    pub warning: Option<String>,
}

/// The command that undoes the last change, if there was one and it can be undone.
pub fn undo(snapshot: &Snapshot) -> Option<String> {
    told(snapshot)?.command
}

/// When the last change was first seen; `None` while there was none.
pub fn changed_at(snapshot: &Snapshot) -> Option<SystemTime> {
    last_change(&snapshot.segments).map(|(_, after)| after.started_at)
}

/// How the last change is undone; `None` while there was none.
pub fn told(snapshot: &Snapshot) -> Option<Told> {
    let current = snapshot.current()?;
    let (before, after) = last_change(&snapshot.segments)?;
    if let Some(found) = replaced(current) {
        return Some(Told::nothing(words::replaced(&visible(found))));
    }
    if is_way_back(&snapshot.segments) {
        return Some(Told::nothing(words::WAY_BACK.to_owned()));
    }
    let now = &current.declared;
    let restored = before.declared.iter().map(|set| {
        (
            Cow::Borrowed(set),
            now.iter().find(|other| other.is_same(set)),
        )
    });
    let restored: Vec<Written> = restored
        .filter(|(set, now)| now.is_none_or(|now| *now != **set))
        .collect();
    let is_new = |set: &&DeclaredSet| !before.declared.iter().any(|old| old.is_same(set));
    let added = now.iter().filter(is_new);
    let is_terraform = snapshot.record.tool.iac == Iac::Terraform;
    let remarks = added.map(|set| words::stays(&label(set), words::tool(is_terraform)));
    let comment = words::comment(&format::rfc3339(after.started_at));
    let mut told = writing(snapshot, &restored, &comment);
    if told.command.is_some() || restored.is_empty() {
        told.remarks.extend(remarks);
    }
    let mut like = (snapshot.segments.iter()).filter(|segment| weights(segment) == weights(before));
    let rule = like.find_map(|segment| segment.tripped.as_deref());
    Some(told.warned(rule, words::undo_leads_to))
}

/// Why undoing the last change is no way out; `None` where it may be one.
pub fn no_way_out(snapshot: &Snapshot) -> Option<String> {
    if is_way_back(&snapshot.segments) {
        return Some(words::WAY_BACK.to_owned());
    }
    told(snapshot)?.warning
}

/// Whether the last change went back to what had been there before what it followed was there first. Weights that are tried
/// once more are no way back.
fn is_way_back(segments: &[Arc<Segment>]) -> bool {
    let (Some(now), Some((before, _))) = (segments.last(), last_change(segments)) else {
        return false;
    };
    let first = |like: &Segment| {
        let is_like = |segment: &Arc<Segment>| {
            if weights(now) == weights(before) {
                segment.declared == like.declared
            } else {
                weights(segment) == weights(like)
            }
        };
        segments.iter().position(is_like)
    };
    first(now) < first(before)
}

/// The weight of each set.
fn weights(segment: &Segment) -> Vec<(&str, u64)> {
    let sets = segment.sets.iter();
    sets.map(|set| (set.identifier.as_str(), set.weight))
        .collect()
}

/// How the next stage is reached, or how weights that are no stage become one again; `None` where there is none.
pub fn next_stage(snapshot: &Snapshot) -> Option<Told> {
    let stage = stages::next(snapshot)?;
    let current = snapshot.current()?;
    if let Some(found) = replaced(current) {
        return Some(Told::nothing(words::replaced(&visible(found))));
    }
    let record = &snapshot.record;
    let is_of_record = |set: &&DeclaredSet| {
        let name = RecordName::from_api(&set.name);
        set.weight.is_some()
            && set.record_type == record.record_type.as_str()
            && name.is_ok_and(|name| name.to_string() == record.name)
    };
    let mut written: Vec<Written> = Vec::new();
    for (identifier, weight) in &stage.weights {
        let mut sets = current.declared.iter().filter(is_of_record);
        let Some(now) = sets.find(|set| set.identifier.as_ref() == Some(identifier)) else {
            return Some(Told::nothing(stage_words::cannot_write(&visible(
                identifier,
            ))));
        };
        let weight = i64::try_from(*weight).ok();
        if now.weight != weight {
            let weight = weight.or(now.weight);
            let set = DeclaredSet {
                weight,
                ..now.clone()
            };
            written.push((Cow::Owned(set), Some(now)));
        }
    }
    let comment = stage_words::comment(&stage.name);
    let mut told = writing(snapshot, &written, &comment);
    let early = stages::waited_for(snapshot).filter(|_| told.command.is_some());
    let early = early.map(|waits| stage_words::too_early(&waits));
    told.remarks.extend(early);
    let is_like = |segment: &&Arc<Segment>| {
        let owned = |(set, weight): (&str, u64)| (set.to_owned(), weight);
        stage.is(&weights(segment).into_iter().map(owned).collect::<Vec<_>>())
    };
    let mut like = snapshot.segments.iter().filter(is_like);
    let rule = like.find_map(|segment| segment.tripped.as_deref());
    let rule = rule.or_else(|| stages::tripped_in_next(snapshot));
    Some(told.warned(rule, words::leads_to))
}

/// A record set as it shall be, and as it is now.
type Written<'a> = (Cow<'a, DeclaredSet>, Option<&'a DeclaredSet>);

impl Told {
    /// No command, and why.
    fn nothing(why: String) -> Self {
        Self {
            command: None,
            remarks: vec![why],
            warning: None,
        }
    }

    /// With a word on the critical gate that tripped under what the command leads to.
    fn warned(mut self, rule: Option<&str>, says: fn(&str) -> String) -> Self {
        self.warning = rule
            .filter(|_| self.command.is_some())
            .map(|rule| says(&visible(rule)));
        self.remarks.splice(0..0, self.warning.clone());
        self
    }
}

/// How record sets are written.
fn writing(snapshot: &Snapshot, sets: &[Written], comment: &str) -> Told {
    // A set that is written anew loses what it has now, too.
    let mut all = sets
        .iter()
        .flat_map(|(set, now)| [Some(&**set), *now])
        .flatten();
    if let Some(set) = all.find(|set| !set.others.is_empty()) {
        let elements = visible(&set.others.join(", ")).into_owned();
        return Told::nothing(words::would_lose(&label(set), &elements));
    }
    let command = if sets.is_empty() {
        Ok(None)
    } else if snapshot.record.tool.iac == Iac::Terraform {
        let lines = sets.iter().map(|(set, now)| terraform(set, *now));
        Ok(Some(lines.collect::<Vec<_>>().join("\n")))
    } else {
        cli_command(snapshot, sets.iter().map(|(set, _)| &**set), comment).map(Some)
    };
    match command {
        Ok(command) => Told {
            command,
            remarks: Vec::new(),
            warning: None,
        },
        Err(part) => Told::nothing(words::not_shown(&visible(&part))),
    }
}

/// The last segment in which other record sets were declared than now, and the one that followed it.
fn last_change(segments: &[Arc<Segment>]) -> Option<(&Segment, &Segment)> {
    let now = &segments.last()?.declared;
    let mut pairs = segments.windows(2).rev();
    let pair = pairs.find(|pair| pair[0].declared != *now)?;
    Some((&pair[0], &pair[1]))
}

/// What stands in the place of the weighted record.
fn replaced(segment: &Segment) -> Option<&str> {
    let Cause::Changed(changes) = &segment.cause else {
        return None;
    };
    changes.iter().find_map(|change| match change {
        Change::Replaced { found } => Some(found.as_str()),
        _ => None,
    })
}

/// How a person calls a set.
fn label(set: &DeclaredSet) -> String {
    visible(&words::set(&set.name, set.identifier.as_deref())).into_owned()
}

// --- the AWS CLI ---

/// The command in one line; the part that cannot be shown, if one cannot.
fn cli_command<'sets>(
    snapshot: &Snapshot,
    sets: impl Iterator<Item = &'sets DeclaredSet>,
    comment: &str,
) -> Result<String, String> {
    let record = &snapshot.record;
    let changes = sets.map(|set| json!({ "Action": "UPSERT", "ResourceRecordSet": of_set(set) }));
    let batch = json!({
        "Comment": comment,
        "Changes": changes.collect::<Vec<_>>(),
    });
    let mut command = "aws route53 change-resource-record-sets".to_owned();
    let flags = [
        ("--profile", record.tool.profile.as_ref()),
        ("--endpoint-url", record.tool.api_url.as_ref()),
        ("--hosted-zone-id", Some(&record.zone_id)),
    ];
    for (flag, value) in flags {
        let Some(value) = value else { continue };
        if value.chars().any(is_hidden) {
            return Err(value.clone());
        }
        command = format!("{command} {flag} {}", quoted(value));
    }
    let batch = escaped(&batch.to_string(), |hidden| {
        let mut units = [0; 2];
        let units = hidden.encode_utf16(&mut units).iter();
        units.fold(String::new(), |text, unit| format!("{text}\\u{unit:04x}"))
    });
    Ok(format!("{command} --change-batch {}", quoted(&batch)))
}

/// A record set as the CLI takes it: all that the API told of it.
fn of_set(set: &DeclaredSet) -> Value {
    let mut fields = Map::new();
    let mut add = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            fields.insert(name.to_owned(), value);
        }
    };
    add("Name", Some(json!(set.name)));
    add("Type", Some(json!(set.record_type)));
    add("SetIdentifier", set.identifier.as_ref().map(|it| json!(it)));
    add("Weight", set.weight.map(|weight| json!(weight)));
    add("TTL", set.ttl.map(|ttl| json!(ttl)));
    let values = set.values.iter().map(|value| json!({ "Value": value }));
    let values: Vec<Value> = values.collect();
    add(
        "ResourceRecords",
        (!values.is_empty()).then(|| json!(values)),
    );
    let alias = set.alias.as_ref();
    let alias = alias.map(|alias| {
        json!({
            "HostedZoneId": alias.hosted_zone_id,
            "DNSName": alias.dns_name,
            "EvaluateTargetHealth": alias.evaluate_target_health,
        })
    });
    add("AliasTarget", alias);
    let check = set.health_check_id.as_ref();
    add("HealthCheckId", check.map(|id| json!(id)));
    fields.into()
}

/// A word of a POSIX shell: what stands between single quotes means itself.
fn quoted(text: &str) -> Cow<'_, str> {
    let is_plain =
        |character: char| character.is_ascii_alphanumeric() || "_@%+=:,./-".contains(character);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.into();
    }
    format!("'{}'", text.replace('\'', r"'\''")).into()
}

/// Characters that a terminal would not show as they are, or would obey; in ASCII all others, the shapes among them that have a
/// form there.
fn is_hidden(character: char) -> bool {
    let mut buffer = [0; 4];
    let text = &*character.encode_utf8(&mut buffer);
    let is_foreign = Charset::current() == Charset::Ascii && !character.is_ascii();
    is_foreign || visible(text) != text
}

/// The text with another spelling for every hidden character.
fn escaped(text: &str, spell: impl Fn(char) -> String) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if is_hidden(character) {
            shown.push_str(&spell(character));
        } else {
            shown.push(character);
        }
    }
    shown
}

// --- Terraform ---

/// Which attributes a resource has to have again, if the set is there with others now; all of them, if it is gone.
fn terraform(set: &DeclaredSet, now: Option<&DeclaredSet>) -> String {
    let name = RecordName::from_api(&set.name);
    let name = name.map_or_else(|_| set.name.clone(), |name| name.to_string());
    let identifier = set.identifier.as_ref();
    let identifier = identifier.map(|it| format!(", set_identifier = {}", hcl(it)));
    let then = attributes(set);
    let now = now.map(attributes);
    // What it did not have has to go where it is there now.
    let differing = then.into_iter().enumerate().filter_map(|(place, then)| {
        let now = now.as_ref().and_then(|now| now[place].as_ref());
        (then.as_ref() != now).then(|| then.or_else(|| now.map(|now| without(now))))?
    });
    let attributes: Vec<String> = differing.collect();
    let place = words::terraform_set(
        &hcl(&name),
        &hcl(&set.record_type),
        &identifier.unwrap_or_default(),
    );
    place + &attributes.join(", ")
}

/// What Terraform writes of a set, each attribute at a place of its own; `None` where it has none.
fn attributes(set: &DeclaredSet) -> [Option<String>; 5] {
    let weight = set.weight;
    let values: Vec<String> = set.values.iter().map(|value| hcl(value)).collect();
    let alias = set.alias.as_ref();
    let check = set.health_check_id.as_ref();
    [
        weight.map(|weight| format!("weighted_routing_policy {{ weight = {weight} }}")),
        set.ttl.map(|ttl| format!("ttl = {ttl}")),
        (!values.is_empty()).then(|| format!("records = [{}]", values.join(", "))),
        alias.map(|alias| {
            format!(
                "alias {{ name = {}, zone_id = {}, evaluate_target_health = {} }}",
                hcl(alias.dns_name.trim_end_matches('.')),
                hcl(&alias.hosted_zone_id),
                alias.evaluate_target_health
            )
        }),
        check.map(|id| format!("health_check_id = {}", hcl(id))),
    ]
}

/// How an attribute or a block is left out again.
fn without(attribute: &str) -> String {
    let name = attribute.split(' ').next().unwrap_or_default();
    words::without(name)
}

/// A quoted template of Terraform's language that means the text itself.
fn hcl(text: &str) -> String {
    let text = text.replace('\\', r"\\").replace('"', "\\\"");
    let text = text.replace("${", "$${").replace("%{", "%%{");
    let text = escaped(&text, |hidden| match u32::from(hidden) {
        code @ ..=0xFFFF => format!("\\u{code:04x}"),
        code => format!("\\U{code:08x}"),
    });
    format!("\"{text}\"")
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::process::{Command, Stdio};

    use proptest::prelude::*;
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    use super::*;
    use crate::model::declared::DeclaredAlias;
    use crate::views::{ascii, samples};

    fn set(identifier: &str, weight: i64) -> DeclaredSet {
        DeclaredSet {
            name: "\\052.example.com.".to_owned(),
            record_type: "A".to_owned(),
            identifier: Some(identifier.to_owned()),
            weight: Some(weight),
            ttl: Some(60),
            values: vec!["192.0.2.1".to_owned(), "192.0.2.2".to_owned()],
            alias: None,
            health_check_id: None,
            others: Vec::new(),
        }
    }

    /// A run in which one declaration followed another.
    fn changed(before: Vec<DeclaredSet>, now: Vec<DeclaredSet>) -> Snapshot {
        let mut snapshot = samples::changed();
        let from = snapshot.segments.len() - 2;
        snapshot.segments.drain(..from);
        snapshot.segment_mut(0).declared = before.into();
        snapshot.segment_mut(1).declared = now.into();
        snapshot
    }

    fn command(before: Vec<DeclaredSet>, now: Vec<DeclaredSet>) -> String {
        undo(&changed(before, now)).expect("a command")
    }

    /// The words that a shell makes of commands.
    fn words_of(commands: &[String]) -> Vec<Vec<String>> {
        let script = "words() { for word; do printf '%s\\0' \"$word\"; done; printf '\\n\\0'; }\n";
        let lines = commands.iter().map(|command| format!("words {command}\n"));
        let script: String = std::iter::once(script.to_owned()).chain(lines).collect();
        let mut shell = Command::new("/bin/sh")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let mut stdin = shell.stdin.take().expect("it is piped");
        let writing = std::thread::spawn(move || stdin.write_all(script.as_bytes()));
        let output = shell.wait_with_output().expect("it ends");
        writing.join().expect("no panic").expect("the shell reads");
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).expect("text");
        let lines = text.split_terminator("\n\0");
        let lines = lines.map(|line| line.split_terminator('\0').map(str::to_owned).collect());
        lines.collect()
    }

    fn batch_of(words: &[String]) -> Value {
        let [.., flag, batch] = words else {
            panic!("too few words: {words:?}")
        };
        assert_eq!(flag, "--change-batch");
        serde_json::from_str(batch).expect("JSON")
    }

    #[test]
    fn weights_are_restored_with_all_that_the_sets_held() {
        let with_check = |weight| DeclaredSet {
            ttl: None,
            values: Vec::new(),
            alias: Some(DeclaredAlias {
                hosted_zone_id: "ZWKZPGTI48KDX".to_owned(),
                dns_name: "lb.example.net.".to_owned(),
                evaluate_target_health: true,
            }),
            health_check_id: Some("abc".to_owned()),
            ..set("it's $green", weight)
        };
        let before = vec![set("blue", 90), with_check(10), set("grey", 0)];
        let now = vec![set("blue", 50), with_check(50), set("grey", 0)];
        assert_eq!(
            command(before, now),
            "aws route53 change-resource-record-sets --hosted-zone-id Z0123456789ABCDEFGHIJ --change-batch \
             '{\"Comment\":\"r53mon: back to what was declared before 2026-11-21T12:33:55Z\",\"Changes\":[\
             {\"Action\":\"UPSERT\",\"ResourceRecordSet\":{\"Name\":\"\\\\052.example.com.\",\"Type\":\"A\",\
             \"SetIdentifier\":\"blue\",\"Weight\":90,\"TTL\":60,\"ResourceRecords\":[{\"Value\":\"192.0.2.1\"},{\"Value\":\"192.0.2.2\"}]}},\
             {\"Action\":\"UPSERT\",\"ResourceRecordSet\":{\"Name\":\"\\\\052.example.com.\",\"Type\":\"A\",\
             \"SetIdentifier\":\"it'\\''s $green\",\"Weight\":10,\
             \"AliasTarget\":{\"HostedZoneId\":\"ZWKZPGTI48KDX\",\"DNSName\":\"lb.example.net.\",\"EvaluateTargetHealth\":true},\
             \"HealthCheckId\":\"abc\"}}]}'"
        );
    }

    #[test]
    fn nothing_is_to_undo_before_the_first_change() {
        assert_eq!(told(&samples::running()), None);
        assert_eq!(told(&samples::empty()), None);
        let same = changed(vec![set("blue", 90)], vec![set("blue", 90)]);
        assert_eq!(told(&same), None);
    }

    #[test]
    fn a_segment_that_health_alone_began_is_passed_over() {
        let mut snapshot = changed(vec![set("blue", 90)], vec![set("blue", 50)]);
        snapshot.segments.push(Arc::clone(&snapshot.segments[1]));
        snapshot.current_mut().number += 1;
        let command = undo(&snapshot).expect("a command");
        assert!(command.contains("\"Weight\":90"), "{command}");
    }

    #[test]
    fn after_a_way_back_there_is_nothing_to_undo_and_after_another_try_there_is() {
        let mut snapshot = samples::changed();
        let again = |snapshot: &mut Snapshot, like: usize| {
            let number = snapshot.segments.len() as u64 + 1;
            snapshot.segments.push(Arc::clone(&snapshot.segments[like]));
            snapshot.current_mut().number = number;
        };
        again(&mut snapshot, 0);
        let told = told(&snapshot).expect("a change");
        assert_eq!(told.command, None);
        assert_eq!(told.remarks, [words::WAY_BACK.to_owned()]);
        again(&mut snapshot, 1);
        let command = undo(&snapshot).expect("it was tried once more");
        assert!(command.contains("\"Weight\":180"), "{command}");
    }

    #[test]
    fn no_command_leads_unsaid_to_weights_under_which_a_critical_gate_tripped() {
        let rule = "green 5xx >= 2% for 1m".to_owned();
        let mut snapshot = samples::changed();
        snapshot.segment_mut(0).tripped = Some(rule.clone());
        let told = told(&snapshot).expect("a change");
        assert!(told.command.is_some());
        assert_eq!(told.remarks[0], words::undo_leads_to(&rule));
        let mut snapshot = staged(vec![set("blue-32", 128), set("green-33", 128)]);
        assert_eq!(next_stage(&snapshot).expect("one").warning, None);
        let progress = snapshot.stages.as_mut().expect("a plan");
        let (next, mut visit) = (progress.next.expect("one"), progress.visits[1].clone());
        let gate = visit.worst_gate.as_mut().expect("one");
        (gate.rule, gate.is_critical) = (rule.clone(), true);
        visit.stage = next;
        progress.visits.insert(1, visit);
        let told = next_stage(&snapshot).expect("one");
        assert!(told.command.is_some());
        assert_eq!(told.remarks[0], words::leads_to(&rule));
    }

    #[test]
    fn a_set_that_came_is_told_and_one_that_went_comes_back() {
        let snapshot = changed(vec![set("blue", 90)], vec![set("green", 1)]);
        let told = told(&snapshot).expect("a change");
        let command = told.command.expect("a command");
        assert!(
            command.contains("\"blue\"") && !command.contains("green"),
            "{command}"
        );
        assert_eq!(told.remarks.len(), 1);
        assert!(
            told.remarks[0].starts_with("green came"),
            "{:?}",
            told.remarks
        );
        // A change that only added leaves nothing to restore.
        let snapshot = changed(Vec::new(), vec![set("green", 1)]);
        let told = super::told(&snapshot).expect("a change");
        assert_eq!((told.command, told.remarks.len()), (None, 1));
    }

    #[test]
    fn no_command_would_lose_what_it_does_not_know() {
        let strange = |weight| DeclaredSet {
            others: vec!["Mood".to_owned()],
            ..set("blue", weight)
        };
        // Whether it was there before or has come since.
        for (before, now) in [(strange(90), strange(50)), (set("blue", 90), strange(50))] {
            let told = told(&changed(vec![before], vec![now])).expect("a change");
            assert_eq!(told.command, None);
            assert!(
                told.remarks[0].contains("blue has Mood"),
                "{:?}",
                told.remarks
            );
        }
        // Of a set that is left alone nothing is lost.
        let command = undo(&changed(
            vec![set("green", 90), strange(50)],
            vec![set("green", 10), strange(50)],
        ));
        assert!(command.is_some_and(|command| !command.contains("blue")));
    }

    /// A run in the stage half of a plan, with these sets declared.
    fn staged(now: Vec<DeclaredSet>) -> Snapshot {
        let mut snapshot = samples::held();
        snapshot.record.name = "*.example.com".to_owned();
        snapshot.current_mut().declared = now.into();
        snapshot
    }

    #[test]
    fn the_next_stage_gives_its_sets_their_weights_and_leaves_all_else() {
        let with_check = |weight| DeclaredSet {
            health_check_id: Some("abc".to_owned()),
            ..set("green-33", weight)
        };
        let elsewhere = DeclaredSet {
            name: "other.example.com.".to_owned(),
            ..set("blue-32", 3)
        };
        let now = vec![
            elsewhere,
            set("blue-32", 0),
            with_check(128),
            set("grey", 9),
        ];
        let told = next_stage(&staged(now)).expect("a stage follows");
        assert!(told.remarks.is_empty());
        let words = words_of(&[told.command.expect("a command")]).remove(0);
        // Blue has its weight already.
        assert_eq!(
            batch_of(&words),
            json!({ "Comment": "r53mon: to the stage all", "Changes": [{ "Action": "UPSERT", "ResourceRecordSet": {
                "Name": "\\052.example.com.",
                "Type": "A",
                "SetIdentifier": "green-33",
                "Weight": 255,
                "TTL": 60,
                "ResourceRecords": [{ "Value": "192.0.2.1" }, { "Value": "192.0.2.2" }],
                "HealthCheckId": "abc",
            }}]})
        );
    }

    #[test]
    fn no_stage_is_told_that_would_lose_something_or_has_no_set() {
        let strange = DeclaredSet {
            others: vec!["Mood".to_owned()],
            ..set("green-33", 128)
        };
        for (green, said) in [
            (strange, "green-33 has Mood"),
            (set("gren", 1), "green-33 is no set"),
        ] {
            let told = next_stage(&staged(vec![set("blue-32", 128), green])).expect("a stage");
            assert_eq!(told.command, None);
            assert!(told.remarks[0].contains(said), "{:?}", told.remarks);
        }
        let mut snapshot = staged(vec![set("blue-32", 0), set("green-33", 1)]);
        snapshot.record.tool.iac = Iac::Terraform;
        let told = next_stage(&snapshot).and_then(|told| told.command);
        let hint = "set_identifier = \"green-33\": weighted_routing_policy { weight = 255 }";
        assert!(told.is_some_and(|told| told.ends_with(hint)));
        snapshot.stages = None;
        assert_eq!(next_stage(&snapshot), None);
    }

    #[test]
    fn what_replaced_the_record_has_to_go_first() {
        let simple = DeclaredSet {
            identifier: None,
            weight: None,
            ..set("", 0)
        };
        let mut snapshot = changed(vec![set("blue", 90)], vec![simple]);
        let found = "A (simple)".to_owned();
        snapshot.segment_mut(1).cause = Cause::Changed(Arc::new([Change::Replaced { found }]));
        let told = told(&snapshot).expect("a change");
        assert_eq!(told.command, None);
        assert!(told.remarks[0].contains("A (simple)"), "{:?}", told.remarks);
    }

    #[test]
    fn the_command_goes_where_this_run_reads() {
        let mut snapshot = changed(vec![set("blue", 90)], vec![set("blue", 50)]);
        snapshot.record.tool.profile = Some("my profile".to_owned());
        snapshot.record.tool.api_url = Some("http://127.0.0.1:4566".to_owned());
        let words = words_of(&[undo(&snapshot).expect("a command")]).remove(0);
        assert_eq!(
            words[..9],
            [
                "aws",
                "route53",
                "change-resource-record-sets",
                "--profile",
                "my profile",
                "--endpoint-url",
                "http://127.0.0.1:4566",
                "--hosted-zone-id",
                "Z0123456789ABCDEFGHIJ",
            ]
        );
        snapshot.record.tool.profile = Some("a\u{1b}[2J".to_owned());
        let told = told(&snapshot).expect("a change");
        assert_eq!(told.command, None);
        assert!(
            told.remarks[0].contains("a\\u{1b}[2J"),
            "{:?}",
            told.remarks
        );
    }

    #[test]
    fn any_name_and_identifier_survives_the_shell_and_is_safe_to_show() {
        let mut runner = TestRunner::deterministic();
        let text = prop_oneof![
            ".{0,40}",
            "[ '\"$`\\\\!*?~#&|;<>(){}\\n\\t\u{1b}\u{202e}\u{9b}\u{200b}é한🙂-]{0,20}",
        ];
        let any = (text, 0_i64..256, "[a-z0-9\\\\*_]{1,20}");
        let mut drawn = || any.new_tree(&mut runner).expect("a value").current();
        let sets: Vec<DeclaredSet> = (0..400)
            .map(|_| {
                let (identifier, weight, name) = drawn();
                DeclaredSet {
                    name: format!("{name}.example.com."),
                    values: vec![identifier.clone()],
                    health_check_id: Some(identifier.clone()),
                    ..set(&identifier, weight)
                }
            })
            .collect();
        let commands: Vec<String> = sets
            .iter()
            .map(|set| command(vec![set.clone()], Vec::new()))
            .collect();
        let lines = words_of(&commands);
        assert_eq!(lines.len(), sets.len());
        for ((set, command), words) in sets.iter().zip(&commands).zip(&lines) {
            assert!(!command.chars().any(is_hidden), "{command:?}");
            let batch = batch_of(words);
            let expected = json!([{ "Action": "UPSERT", "ResourceRecordSet": {
                "Name": set.name,
                "Type": "A",
                "SetIdentifier": set.identifier,
                "Weight": set.weight,
                "TTL": 60,
                "ResourceRecords": [{ "Value": set.values[0] }],
                "HealthCheckId": set.health_check_id,
            }}]);
            assert_eq!(batch["Changes"], expected, "{command}");
        }
    }

    #[test]
    fn in_ascii_the_command_says_the_same_set() {
        let identifier = "gr\u{fc}n \u{2026} \u{2502} \u{2014} \u{d55c}";
        let command = Charset::Ascii.within(|| command(vec![set(identifier, 90)], Vec::new()));
        assert_eq!(ascii::line(Charset::Ascii, &command), command);
        let batch = batch_of(&words_of(&[command])[0]);
        let set = &batch["Changes"][0]["ResourceRecordSet"];
        assert_eq!(set["SetIdentifier"], identifier);
    }

    #[test]
    fn terraform_is_told_what_differs_and_of_a_lost_set_all() {
        let mut snapshot = changed(
            vec![set("blue ${x}\u{1f}", 90), set("green", 10)],
            vec![DeclaredSet {
                health_check_id: Some("abc".to_owned()),
                ..set("blue ${x}\u{1f}", 50)
            }],
        );
        snapshot.record.tool.iac = Iac::Terraform;
        assert_eq!(
            undo(&snapshot).expect("a hint").lines().collect::<Vec<_>>(),
            [
                "aws_route53_record with name = \"*.example.com\", type = \"A\", set_identifier = \"blue $${x}\\u001f\": \
                 weighted_routing_policy { weight = 90 }, no health_check_id",
                "aws_route53_record with name = \"*.example.com\", type = \"A\", set_identifier = \"green\": \
                 weighted_routing_policy { weight = 10 }, ttl = 60, records = [\"192.0.2.1\", \"192.0.2.2\"]",
            ]
        );
    }
}
