//! The truth table of expected shares, row by row.

use r53mon::model::health::{Checks, Health};
use r53mon::model::name::RecordName;
use r53mon::model::record::{AliasTarget, RecordType, Target, WeightedGroup};
use r53mon::model::tree::{self, Answers, Node, Routing};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    row: Vec<Row>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    weights: Vec<u64>,
    health: String,
    #[serde(default)]
    target: Vec<String>,
    #[serde(default)]
    evaluate: Vec<bool>,
    expected: Vec<String>,
    source: String,
}

fn name(text: &str) -> RecordName {
    RecordName::from_user(text).expect("a name")
}

/// Adds a health check with the state that a letter stands for, and returns its id.
fn check(checks: &mut Checks, letter: &str) -> Option<String> {
    let health = match letter {
        "-" => return None,
        "H" => Some(Health::Healthy),
        "U" => Some(Health::Unhealthy),
        "?" => None,
        other => panic!("unknown health {other}"),
    };
    let id = format!("check-{}", checks.len());
    checks.insert(id.clone(), health.unwrap_or(Health::Unknown));
    Some(id)
}

fn node(routing: Routing, identifier: String, check: Option<String>, answers: Answers) -> Node {
    Node {
        routing,
        identifier,
        ttl: None,
        health_check_id: check,
        answers,
    }
}

impl Row {
    fn group(&self) -> WeightedGroup {
        let mut checks = Checks::new();
        let letters: Vec<&str> = self.health.split_whitespace().collect();
        assert_eq!(letters.len(), self.weights.len(), "{self:?}");
        let nodes: Vec<Node> = (0..letters.len())
            .map(|index| {
                let last = u8::try_from(index + 1).expect("few sets");
                let values = Answers::Target(Target::Addresses(vec![[192, 0, 2, last].into()]));
                let answers = match self.target.get(index) {
                    None => values,
                    Some(letter) => {
                        let behind = check(&mut checks, letter);
                        let alias = AliasTarget {
                            name: name(&format!("behind-{index}.example.com")),
                            zone_id: "Z1".to_owned(),
                            evaluate_target_health: self.evaluate[index],
                        };
                        let behind = node(Routing::Simple, String::new(), behind, values);
                        Answers::Records(alias, vec![behind].into())
                    }
                };
                let routing = Routing::Weighted(self.weights[index]);
                let own = check(&mut checks, letters[index]);
                node(routing, format!("set-{index}"), own, answers)
            })
            .collect();
        tree::group(&name("app.example.com"), RecordType::A, &nodes, &checks)
    }

    fn expected(&self) -> Vec<f64> {
        let number = |text: &str| text.parse::<f64>().expect("a number");
        let share = |text: &String| match text.split_once('/') {
            Some((above, below)) => number(above) / number(below) / 100.0,
            None => number(text) / 100.0,
        };
        self.expected.iter().map(share).collect()
    }
}

#[test]
fn every_row_of_the_truth_table_comes_out() {
    let table: Table = toml::from_str(include_str!("../data/shares.toml")).expect("a table");
    assert!(table.row.len() >= 20, "{} rows", table.row.len());
    for row in &table.row {
        let group = row.group();
        let shares = group.shares();
        for (share, expected) in shares.iter().zip(row.expected()) {
            assert!((share - expected).abs() < 1e-12, "{row:?}: {shares:?}");
        }
        assert_eq!(shares.len(), row.expected.len(), "{row:?}");
        let certain = group.sets.iter().all(|set| set.share.is_certain());
        assert_eq!(certain, row.source != "unconfirmed", "{row:?}");
    }
}
