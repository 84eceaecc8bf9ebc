//! What is said about groups, pools, checks and the other extras of a story file that cannot be.

use super::super::story::{AliasTo, Delegation, Front, Policy, Story, Values};

const FULL: &str = r#"name = "full"
summary = "One sentence."
zone = "example.test"
record = "*.example.test"
asked = "shop.example.test"
type = "A"
ttl = 60
cname_targets = "additional"
intercepted = true
delegation = "twin"
twin = { name_servers = ["ns-1.other.test"] }
soa = { ttl = 900, minimum = 60 }
http = false
api = { fault = "throttling", actions = ["GetHealthCheck"] }

[[set]]
id = "blue"
weight = 3
alias = "blue.example.test"
evaluate_target_health = true

[[set]]
id = "green"
weight = 1
values = ["127.0.0.1"]
health_check = { type = "HTTPS", passing = 16 }

[[set]]
id = "lb"
weight = 0
alias = "lb.elb.test"

[[group]]
name = "blue.example.test"
policy = "latency"
ttl = 30

[[group.set]]
id = "near"
region = "eu-central-1"
chosen = 9
values = ["127.0.0.2"]

[[group]]
name = "one.example.test"
policy = "simple"

[[group.set]]
values = ["127.0.0.3"]

[[pool]]
name = "lb.elb.test"
first = "127.53.0.1"
count = 50
published = 8
every = "3s"
ttl = 5

[[extra]]
name = "child.example.test"
type = "NS"
values = ["ns-1.child.test"]

[[extra]]
name = "mail.example.test"
type = "TXT"
values = ["hello"]

[[server]]
name = "ns-1.awsdns.test"
lag = "5s"

[[at]]
after = "10s"
weights = { blue = 1 }
passing = { green = 0 }
"#;

fn complaint(text: &str) -> String {
    match Story::parse(text, "full.toml") {
        Ok(_) => panic!("accepted:\n{text}"),
        Err(error) => super::tests::said(&error),
    }
}

#[test]
fn a_full_story_is_read_as_it_is_written() {
    let story: Story = Story::parse(FULL, "full.toml").unwrap();
    assert_eq!(
        (story.record.as_str(), story.asked.as_str()),
        ("*.example.test", "shop.example.test")
    );
    assert_eq!(story.front, Front::Interceptor);
    assert_eq!(story.delegation, Delegation::Twin);
    assert!(!story.http);
    let labels: Vec<_> = story.sets.iter().map(|set| set.label.as_str()).collect();
    assert_eq!(
        labels,
        [
            "blue",
            "green",
            "lb",
            "blue.example.test near",
            "one.example.test"
        ]
    );
    assert_eq!(
        story.sets[0].values,
        Values::Alias {
            to: AliasTo::Group(1),
            evaluate_health: true
        }
    );
    assert_eq!(
        story.sets[2].values,
        Values::Alias {
            to: AliasTo::Pool(0),
            evaluate_health: false
        }
    );
    assert_eq!(story.groups[1].policy, Policy::Latency);
    assert_eq!(story.groups[1].sets, 3..4);
    assert_eq!((story.groups[1].ttl, story.groups[2].ttl), (30, 60));
    assert_eq!(story.steps[0].passing, [(1, 0)]);
    assert_eq!(story.pools[0].published, 8);
    assert_eq!(story.records.len(), 2);
}

/// One change to the full story each: from what, to what, and what is said about it, with the line.
const BAD: &[(&str, &str, &str)] = &[
    (
        "asked = \"shop.example.test\"",
        "",
        ":4: *.example.test is a wildcard; `asked` has to say",
    ),
    (
        "\"shop.example.test\"",
        "\"shop.other.test\"",
        ":5: the record *.example.test of the zone example.test does not answer for shop.other.test",
    ),
    (
        "\"additional\"",
        "\"sometimes\"",
        ":8: unknown variant `sometimes`",
    ),
    (
        "http = false",
        "private = true",
        ":9: a private zone has no name servers",
    ),
    (
        "twin = { name_servers = [\"ns-1.other.test\"] }",
        "",
        ":10: the zone is delegated to its twin, but",
    ),
    (
        "[\"ns-1.other.test\"]",
        "[]",
        ":11: the twin has no name server",
    ),
    (
        "minimum = 60",
        "minimum = -1",
        ":12: the minimum of the SOA record is -1",
    ),
    (
        "fault = \"throttling\"",
        "fault = \"unreachable\"",
        ":14: an API that is unreachable is so for every operation",
    ),
    ("[\"GetHealthCheck\"]", "[]", ":14: no operation is named"),
    (
        "[\"GetHealthCheck\"]",
        "[\"DeleteHostedZone\"]",
        ":14: unknown variant `DeleteHostedZone`",
    ),
    (
        "alias = \"blue.example.test\"",
        "",
        ":16: the record set has neither `values` nor `alias`",
    ),
    (
        "values = [\"127.0.0.1\"]",
        "values = [\"127.0.0.1\"]\nalias = \"lb.elb.test\"",
        ":22: the record set has both `values` and `alias`",
    ),
    (
        "alias = \"blue.example.test\"",
        "alias = \"red.example.test\"",
        ":19: there is nothing of type A called red.example.test",
    ),
    (
        "alias = \"blue.example.test\"",
        "alias = \"*.example.test\"",
        ":16: the alias \"blue\" leads in a circle or over more than 3 levels",
    ),
    (
        "values = [\"127.0.0.1\"]",
        "values = [\"127.0.0.1\"]\nevaluate_target_health = true",
        ":26: `evaluate_target_health` belongs to an alias",
    ),
    (
        "evaluate_target_health = true",
        "web = { delay = \"1s\" }",
        ":16: `web` belongs to the sets that the alias leads to",
    ),
    (
        "weight = 3",
        "",
        ":16: the record set has no `weight`, which a weighted group needs",
    ),
    (
        "weight = 3",
        "weight = 3\nregion = \"eu\"",
        ":19: `region` does not belong to a weighted group",
    ),
    (
        "passing = 16",
        "passing = 17",
        ":26: the number of passing checkers is 17; allowed is 0 to 16",
    ),
    ("\"HTTPS\"", "\"PING\"", ":26: unknown variant `PING`"),
    (
        "\"latency\"",
        "\"nearest\"",
        ":35: unknown variant `nearest`",
    ),
    (
        "region = \"eu-central-1\"",
        "",
        ":38: the record set has no `region`, which a latency group",
    ),
    ("id = \"near\"", "", ":38: the record set has no `id`"),
    (
        "\"latency\"",
        "\"geolocation\"",
        ":38: the record set has no `location`, which a geolocation group",
    ),
    (
        "name = \"one.example.test\"",
        "name = \"blue.example.test\"",
        ":45: the group blue.example.test of type A is there twice",
    ),
    (
        "name = \"one.example.test\"",
        "name = \"blue.example.test\"\ntype = \"CNAME\"",
        "blue.example.test has a CNAME, which excludes every other type",
    ),
    (
        "name = \"one.example.test\"",
        "name = \"one.other.test\"",
        ":45: the record one.other.test lies outside the zone",
    ),
    (
        "[[group.set]]\nvalues = [\"127.0.0.3\"]\n",
        "",
        ":44: the group has no record set; it needs at least one [[group.set]]",
    ),
    (
        "values = [\"127.0.0.3\"]",
        "values = [\"127.0.0.3\"]\n[[group.set]]\nvalues = [\"127.0.0.4\"]",
        ":50: a simple group has one [[group.set]] only",
    ),
    (
        "values = [\"127.0.0.3\"]",
        "id = \"x\"\nvalues = [\"127.0.0.3\"]",
        ":49: the record set of a simple group has no `id`",
    ),
    (
        "\"lb.elb.test\"\nfirst",
        "\"lb.example.test\"\nfirst",
        ":52: the pool lb.example.test lies inside the zone",
    ),
    (
        "\"127.53.0.1\"",
        "\"somewhere\"",
        ":53: \"somewhere\" is not an IP address",
    ),
    (
        "\"127.53.0.1\"",
        "\"127.255.255.250\"",
        ":53: the pool lb.elb.test reaches 128.0.0.0, which is not a loopback address",
    ),
    (
        "count = 50",
        "count = 0",
        ":54: the number of addresses is 0; allowed is 1 to 400",
    ),
    (
        "published = 8",
        "published = 51",
        ":55: the number of published addresses is 51; allowed is 1 to 50",
    ),
    ("every = \"3s\"", "every = \"0s\"", ":56: the period is 0s"),
    (
        "\"child.example.test\"",
        "\"example.test\"",
        ":60: the zone's own NS record follows from [[server]]",
    ),
    (
        "\"child.example.test\"",
        "\"*.child.example.test\"",
        ":60: a wildcard cannot have NS records",
    ),
    (
        "[\"ns-1.child.test\"]",
        "[]",
        ":62: the record has no value",
    ),
    (
        "type = \"TXT\"",
        "type = \"MX\"",
        ":66: unknown variant `MX`",
    ),
    (
        "[\"hello\"]",
        "[\"a\\\"b\"]",
        ":67: a text has at most 255 ASCII characters",
    ),
    (
        "name = \"mail.example.test\"\ntype = \"TXT\"\nvalues = [\"hello\"]",
        "name = \"blue.example.test\"\ntype = \"A\"\nvalues = [\"127.0.0.9\"]",
        ":65: blue.example.test has records of type A already",
    ),
    (
        "name = \"mail.example.test\"\ntype = \"TXT\"\nvalues = [\"hello\"]",
        "name = \"blue.example.test\"\ntype = \"CNAME\"\nvalues = [\"x.test\"]",
        ":65: blue.example.test has a CNAME, which excludes",
    ),
    (
        "weights = { blue = 1 }",
        "weights = { \"blue.example.test near\" = 1 }",
        ":75: \"blue.example.test near\" is in a group without weights",
    ),
    (
        "passing = { green = 0 }",
        "passing = { blue = 0 }",
        ":76: the record set \"blue\" has no health_check",
    ),
];

#[test]
fn every_bad_value_is_refused_with_its_line_and_what_is_allowed() {
    let mut wrong = Vec::new();
    for (from, to, expected) in BAD {
        assert!(FULL.contains(from), "{from}");
        let complaint = complaint(&FULL.replacen(from, to, 1));
        if !complaint.contains(expected) {
            wrong.push(format!("{to}: {complaint}\nexpected {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn location(text: &str) -> String {
    let to = format!("location = \"{text}\"");
    FULL.replace("\"latency\"", "\"geolocation\"")
        .replace("region = \"eu-central-1\"", &to)
}

#[test]
fn locations_are_countries_continents_or_everybody_else() {
    for good in ["DE", "continent EU", "*"] {
        assert!(Story::parse(&location(good), "full.toml").is_ok(), "{good}");
    }
    for bad in ["de", "Europe", "continent Europe", ""] {
        let complaint = complaint(&location(bad));
        assert!(
            complaint.contains("write a country like \"DE\""),
            "{complaint}"
        );
    }
}

#[test]
fn aliases_go_three_levels_deep_and_no_deeper() {
    let group = |number: usize, length: usize| {
        let set = if number == length {
            "values = [\"127.0.0.5\"]".to_owned()
        } else {
            format!("alias = \"g{}.example.test\"", number + 1)
        };
        format!(
            "[[group]]\nname = \"g{number}.example.test\"\n[[group.set]]\nid = \"x\"\nweight = 1\n{set}\n"
        )
    };
    let chain = |length: usize| {
        let head = FULL.replace(
            "alias = \"blue.example.test\"",
            "alias = \"g1.example.test\"",
        );
        let groups: String = (1..=length).map(|number| group(number, length)).collect();
        head + &groups
    };
    assert!(Story::parse(&chain(3), "full.toml").is_ok());
    let complaint = complaint(&chain(4));
    assert!(
        complaint.contains("the alias \"blue\" leads in a circle"),
        "{complaint}"
    );
}
