//! Settings that do nothing here, because another one is missing or takes their effect away: one table, so that whoever adds a
//! setting finds the question.

use super::check::{plain_text, switch};
use super::keys::{self, KEYS, Kind, Taker};
use super::layers::{Layers, Winner};
use super::raw::Source;
use crate::model::language::{Both, both, phrase};

/// What leaves a setting without effect.
#[derive(Clone, Copy, Debug)]
enum Idle {
    /// Nobody gives any of these.
    Without(&'static [&'static str]),
    /// Nobody gives a table of this array.
    WithoutTable(&'static str),
    /// This switch is on.
    With(&'static str),
    /// The numbers are shown in one of these forms.
    WithOutput(&'static [&'static str]),
    /// The endpoint has no certificate.
    WithPlainHttp,
    /// The command is `watch`.
    InWatch,
    /// The command is `check`, which draws no dashboard.
    InCheck,
}

/// Which settings have no effect when. All others always have one.
const TABLE: &[(&[&str], Idle)] = &[
    (&["webhook_header"], Idle::Without(&["webhook"])),
    (&["notify"], Idle::Without(&["on_event", "webhook"])),
    (&["rollback_goal"], Idle::WithoutTable("stage")),
    (&["until", "junit", "ignore_http"], Idle::InWatch),
    (
        &[
            "ignore_http",
            "http_timeout",
            "http_header",
            "http_method",
            "expect_status",
            "expect_body",
            "http_max_tps",
            "keepalive",
            "window",
            "http_margin",
            "insecure",
        ],
        Idle::With("no_http"),
    ),
    (&["insecure"], Idle::WithPlainHttp),
    (&["theme", "color"], Idle::InCheck),
    (
        &["theme", "color"],
        Idle::WithOutput(&["text", "json", "ndjson"]),
    ),
    (&["explain"], Idle::WithOutput(&["json", "ndjson"])),
];

/// What somebody gives for nothing, each with what takes its effect away.
pub fn idle(layers: &Layers, command: Taker) -> Vec<Both> {
    let given = KEYS.iter().filter_map(|key| {
        let found = layers.find(key)?;
        let is_off = matches!(key.kind, Kind::Switch) && !is_on(&found);
        (found.source != Source::Default && !is_off).then_some((key, found.source))
    });
    let told = given.filter_map(|(key, source)| {
        let mut rows = TABLE.iter().filter(|(names, _)| names.contains(&key.toml));
        let why = rows.find_map(|(_, idle)| idle.why(layers, command, &source))?;
        let (name, place) = (key.toml, source.place(key));
        Some(both!(
            "{name} ({place}) has no effect {why}",
            "{name} ({place}): {why} 효과가 없다"
        ))
    });
    told.collect()
}

impl Idle {
    /// What a setting of this source has no effect with or without; `None` where it has one.
    fn why(self, layers: &Layers, command: Taker, source: &Source) -> Option<Both> {
        let find = |name: &str| layers.find(keys::by_toml(name)?);
        // Files and variables are there for all commands: what only another one needs is in order there.
        let is_flag = *source == Source::CommandLine;
        match self {
            Self::Without(others) => {
                let is_missing = others.iter().all(|name| find(name).is_none());
                is_missing.then(|| {
                    let others = others.join(" / ");
                    both!("without {others}", "{others} 설정 없이는")
                })
            }
            Self::WithoutTable(name) => {
                let is_missing =
                    keys::tables_by_name(name).is_none_or(|it| layers.entries(it).next().is_none());
                is_missing.then(|| {
                    both!(
                        "without [[r53mon.{name}]]",
                        "[[r53mon.{name}]] 테이블 없이는"
                    )
                })
            }
            Self::With(name) => {
                let place = find(name).filter(is_on)?.source;
                let place = place.place(keys::by_toml(name)?);
                Some(both!("with {name} ({place})", "{name} ({place}) 때문에"))
            }
            Self::WithOutput(forms) => {
                let found = find("output")?;
                let form = found.value.as_str().filter(|form| forms.contains(form))?;
                let place = found.source.place(keys::by_toml("output")?);
                Some(both!(
                    "with output = {form} ({place})",
                    "output = {form} ({place}) 때문에"
                ))
            }
            Self::WithPlainHttp => {
                let found = find("endpoint")?;
                let text = found.value.as_str()?.trim().to_ascii_lowercase();
                let place = found.source.place(keys::by_toml("endpoint")?);
                text.starts_with("http:").then(|| {
                    both!(
                        "with an endpoint of http ({place}), which has no certificate",
                        "인증서가 없는 http endpoint ({place}) 때문에"
                    )
                })
            }
            Self::InWatch if is_flag && command == Taker::Watch => Some(
                phrase(
                    "with watch, only with check",
                    "check에서만 쓰이므로 watch에서는",
                )
                .into(),
            ),
            Self::InCheck if is_flag && command == Taker::Check => Some(
                phrase(
                    "with check, which draws no dashboard",
                    "대시보드가 없는 check에서는",
                )
                .into(),
            ),
            Self::InWatch | Self::InCheck => None,
        }
    }
}

/// Whether a switch is on. What is no switch is told where it is read.
fn is_on(found: &Winner) -> bool {
    let text = found.value.as_str().map(str::to_owned);
    let text = text.or_else(|| plain_text(&found.value));
    text.is_some_and(|text| switch(&text) == Some(true))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::raw::Layer;

    /// Settings that do something whatever else is given.
    const ALWAYS: [&str; 27] = [
        "endpoint",
        "hosted_zone_id",
        "record_name",
        "record_type",
        "tps",
        "no_http",
        "nameservers",
        "resolver",
        "resolvers",
        "poll_interval",
        "tolerance",
        "confidence",
        "max_unknown",
        "settled",
        "gates",
        "duration",
        "change_id",
        "output",
        "profile",
        "log_file",
        "log_level",
        "log_format",
        "ascii",
        "iac",
        "lang",
        "on_event",
        "webhook",
    ];

    /// Settings with their values.
    type Given = &'static [(&'static str, &'static str)];

    fn told(command: Taker, given: &[(&str, &str)]) -> Vec<String> {
        let mut line = Layer::new(Source::CommandLine);
        for (name, value) in given {
            line.set(name, *value);
        }
        let told = idle(&Layers::of(command, [line]), command);
        told.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn of_every_setting_it_is_known_whether_it_needs_another() {
        for key in KEYS {
            let mut rows = TABLE.iter();
            let is_listed = rows.any(|(names, _)| names.contains(&key.toml));
            assert_ne!(is_listed, ALWAYS.contains(&key.toml), "{}", key.toml);
        }
        let mut names = TABLE.iter().flat_map(|(names, _)| *names);
        assert!(names.all(|name| keys::by_toml(name).is_some()));
    }

    #[test]
    fn a_setting_without_effect_is_told_with_what_takes_it_away_and_one_with_an_effect_is_not() {
        for (names, idle) in TABLE {
            // The command, what takes the effect away, how that is told, and what gives it back.
            let (command, given, why, cured): (_, Given, _, Given) = match idle {
                Idle::Without(others) => (
                    Taker::Check,
                    &[],
                    others[0],
                    if others[0] == "webhook" {
                        &[("webhook", "https://a.example")]
                    } else {
                        &[("on_event", "/usr/bin/true")]
                    },
                ),
                Idle::WithoutTable(name) => (Taker::Check, &[], *name, &[]),
                Idle::With(name) => (Taker::Check, &[("no_http", "yes")], *name, &[]),
                Idle::WithOutput(_) => (Taker::Watch, &[("output", "json")], "output = json", &[]),
                Idle::WithPlainHttp => (
                    Taker::Check,
                    &[("endpoint", "http://a.example")],
                    "endpoint",
                    &[("endpoint", "https://a.example")],
                ),
                Idle::InWatch => (Taker::Watch, &[], "with watch", &[]),
                Idle::InCheck => (Taker::Check, &[], "with check", &[]),
            };
            for name in *names {
                let key = keys::by_toml(name).expect("it is known");
                let value = match key.kind {
                    Kind::Switch => "true",
                    _ => key.example(),
                };
                let with = |others: &[(&str, &str)], command| {
                    told(command, &[&[(*name, value)][..], others].concat())
                };
                let all = with(given, command);
                assert!(
                    all.len() == 1
                        && all[0].starts_with(&format!("{name} (--{}) has no effect ", key.flag))
                        && all[0].contains(why),
                    "{all:?}"
                );
                let command = match idle {
                    Idle::InWatch => Taker::Check,
                    _ => Taker::Watch,
                };
                if !matches!(idle, Idle::WithoutTable(_))
                    && (*name, command) != ("ignore_http", Taker::Watch)
                {
                    assert_eq!(with(cured, command), [""; 0], "{name}");
                }
            }
        }
    }

    #[test]
    fn what_only_another_command_needs_may_stand_in_a_file() {
        let mut file = Layer::new(Source::Toml("r53mon.toml".into()));
        file.set("junit", "result.xml");
        file.set("webhook_header", "X-Token:1");
        let told = idle(&Layers::of(Taker::Watch, [file]), Taker::Watch);
        let told: Vec<String> = told.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            ["webhook_header (webhook_header in r53mon.toml) has no effect without webhook"]
        );
    }
}
