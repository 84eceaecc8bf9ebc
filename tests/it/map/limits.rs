//! The limits that `ARCHITECTURE.md` tells, held against the constants that set them.

use std::collections::BTreeSet;

use super::{assert_none, read, section};

/// An amount, or a time in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Value {
    Amount(u64),
    Millis(u64),
}

/// A row of the table.
struct Row<'text> {
    told: &'text str,
    file: &'text str,
    constant: &'text str,
}

fn rows(text: &str) -> Vec<Row<'_>> {
    text.lines()
        .filter_map(|line| {
            let cells: Vec<&str> = line.split(" | ").collect();
            let [_, told, place] = cells[..] else {
                return None;
            };
            let (file, constant) = place.strip_suffix("` |")?.split_once("`: `")?;
            Some(Row {
                told,
                file: file.strip_prefix('`')?,
                constant,
            })
        })
        .collect()
}

/// What the table says: `1,000`, `64 KiB`, `1,500 ms`, `2 min`.
fn told(text: &str) -> Option<Value> {
    let (number, unit) = text.split_once(' ').unwrap_or((text, ""));
    let number: u64 = number.replace(',', "").parse().ok()?;
    Some(match unit {
        "" => Value::Amount(number),
        "KiB" => Value::Amount(number << 10),
        "MiB" => Value::Amount(number << 20),
        "ms" => Value::Millis(number),
        "s" => Value::Millis(number * 1_000),
        "min" => Value::Millis(number * 60_000),
        "h" => Value::Millis(number * 3_600_000),
        _ => return None,
    })
}

/// What the code says: `1_000`, `64 * 1024`, `4 << 20`, `Duration::from_secs(2)`.
fn written(expression: &str) -> Option<Value> {
    if let Some(call) = expression.strip_prefix("Duration::from_") {
        let (unit, number) = call.strip_suffix(')')?.split_once('(')?;
        let unit = match unit {
            "millis" => 1,
            "secs" => 1_000,
            "mins" => 60_000,
            "hours" => 3_600_000,
            _ => return None,
        };
        return Some(Value::Millis(product(number)? * unit));
    }
    let amount = match expression.split_once(" << ") {
        Some((number, bits)) => product(number)? << product(bits)?,
        None => product(expression)?,
    };
    Some(Value::Amount(amount))
}

fn product(factors: &str) -> Option<u64> {
    let factors = factors.split('*').map(|factor| {
        let digits = factor.trim().replace('_', "");
        digits.parse::<u64>().ok()
    });
    factors.product()
}

/// What a constant of a file is set to, as it is written there.
fn constant<'text>(text: &'text str, name: &str) -> Option<&'text str> {
    let start = format!("const {name}: ");
    let (_, rest) = text.split_once(&start)?;
    let (_, value) = rest.split_once(';')?.0.split_once(" = ")?;
    Some(value)
}

/// What is wrong with a row, if anything is.
fn complaint(row: &Row, source: &str) -> Option<String> {
    let place = format!("{}: {}", row.file, row.constant);
    let Some(value) = constant(source, row.constant) else {
        return Some(format!("{place}: there is no such constant"));
    };
    let (says, is) = (told(row.told), written(value));
    (says.is_none() || says != is)
        .then(|| format!("{place} is {value}, and ARCHITECTURE.md says {}", row.told))
}

#[test]
fn each_limit_is_what_its_constant_says() {
    let text = read("ARCHITECTURE.md");
    let rows = rows(section(&text, "Limits"));
    assert!(rows.len() > 50, "the table was not found");
    let places: BTreeSet<_> = rows.iter().map(|row| (row.file, row.constant)).collect();
    assert_eq!(
        places.len(),
        rows.len(),
        "a limit stands twice in the table"
    );
    let found = rows
        .iter()
        .filter_map(|row| complaint(row, &read(&format!("src/{}", row.file))));
    assert_none(&found.collect::<Vec<_>>());
}

#[test]
fn a_limit_that_is_told_otherwise_than_it_is_set_is_found() {
    const SOURCE: &str = "const MOST: usize = 4 * 1024;\npub(super) const LONGEST: Duration = Duration::from_mins(2);\n\
        const LEAST: u64 = 4 << 20;\nconst ODD: f64 = 0.5;\n";
    for (told, name, is_right) in [
        ("4 KiB", "MOST", true),
        ("4,096", "MOST", true),
        ("5 KiB", "MOST", false),
        ("2 min", "LONGEST", true),
        ("120 s", "LONGEST", true),
        ("120", "LONGEST", false),
        ("4 MiB", "LEAST", true),
        ("4 MB", "LEAST", false),
        ("0.5", "ODD", false),
        ("4", "GONE", false),
    ] {
        let line = format!("| what it is | {told} | `a.rs`: `{name}` |");
        let row = &rows(&line)[0];
        assert_eq!(complaint(row, SOURCE).is_none(), is_right, "{line}");
    }
}
