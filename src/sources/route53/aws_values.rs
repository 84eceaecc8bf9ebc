//! What the files and variables of AWS say, looked at before the SDK does: it panics on a line break in a key, takes an empty
//! region or URL for a value, and reports a misspelt one as a broken answer.

use aws_config::profile::ProfileSet;
use aws_runtime::env_config::property::PropertiesKey;
use aws_types::os_shim_internal::Env;
use url::Url;

use super::error::Route53Error;
use crate::model::language::{Both, Phrase, both, phrase};

/// Both spellings are used: the documented one, and the one that the SDK reads.
const SECTIONS: [&str; 2] = ["route_53", "route-53"];
/// The variables that hold keys; in a profile the same, in small letters.
const KEYS: [&str; 3] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
];
/// A chain of profiles that is longer goes round in a circle.
const MOST_LINKS: usize = 16;

/// What a region has to be.
static REGION: Phrase = phrase(
    "give a region as us-east-1, without quotes and blanks",
    "리전을 us-east-1처럼 따옴표와 빈칸 없이 쓴다",
);
/// What a key has to be.
static KEY: Phrase = phrase(
    "give the key again, without blanks and line breaks",
    "키를 빈칸과 줄 바꿈 없이 다시 쓴다",
);
/// What a URL of the API has to be.
static URL: Phrase = phrase(
    "give an http or https URL with a host, or nothing",
    "호스트가 있는 http나 https URL을 쓰거나 비워 둔다",
);

/// The place and the value of something that is set; nothing is not.
type Given = (Both, String);

/// What is said to the SDK in three variables and in a profile, as far as it says something.
pub(super) struct AwsValues<'a> {
    environment: &'a Env,
    profiles: &'a ProfileSet,
    /// The profile that is selected.
    profile: &'a str,
}

impl<'a> AwsValues<'a> {
    pub fn new(environment: &'a Env, profiles: &'a ProfileSet) -> Self {
        Self {
            environment,
            profiles,
            profile: profiles.selected_profile(),
        }
    }

    fn variable(&self, name: &str) -> Option<Given> {
        let value = self.environment.get(name).ok();
        let value = value.filter(|value| !value.trim().is_empty())?;
        let place = both!(
            "{name} in the environment or .env",
            "환경 변수나 .env의 {name}"
        );
        Some((place, value))
    }

    fn of_profile(&self, profile: &str, key: &str) -> Option<Given> {
        let value = self.profiles.get_profile(profile)?.get(key)?;
        let value = Some(value).filter(|value| !value.trim().is_empty())?;
        let place = both!(
            "{key} of profile \"{profile}\"",
            "프로필 \"{profile}\"의 {key}"
        );
        Some((place, value.to_owned()))
    }

    /// The profile and those that it takes its credentials from.
    fn chain(&self) -> Vec<&str> {
        let source = |profile: &&str| self.profiles.get_profile(profile)?.get("source_profile");
        std::iter::successors(Some(self.profile), source)
            .take(MOST_LINKS)
            .collect()
    }

    /// The region, if anybody gives one.
    pub fn region(&self) -> Result<Option<String>, Route53Error> {
        let variables = ["AWS_REGION", "AWS_DEFAULT_REGION"].into_iter();
        let given = variables
            .filter_map(|name| self.variable(name))
            .chain(
                self.chain()
                    .into_iter()
                    .filter_map(|profile| self.of_profile(profile, "region")),
            )
            .next();
        let Some((place, region)) = given else {
            return Ok(None);
        };
        let is_good = |character: char| {
            character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-'
        };
        match region.chars().find(|character| !is_good(*character)) {
            Some(bad) => Err(malformed(place, bad, &REGION)),
            None => Ok(Some(region)),
        }
    }

    /// Keys that are signed with, be it to get others. With variables: those come before the profile's, if both are there.
    pub fn check_keys(&self, with_variables: bool) -> Result<(), Route53Error> {
        let in_environment = || KEYS.iter().filter_map(|name| self.variable(name));
        let complete = KEYS[..2].iter().all(|name| self.variable(name).is_some());
        let chain = if with_variables && complete {
            Vec::new()
        } else {
            self.chain()
        };
        let from_environment = |profile: &&str| {
            let source = self.of_profile(profile, "credential_source");
            source.is_some_and(|(_, source)| source == "Environment")
        };
        let in_profiles = chain.iter().flat_map(|profile| {
            KEYS.iter()
                .filter_map(|name| self.of_profile(profile, &name.to_lowercase()))
        });
        let both = chain.is_empty() || chain.iter().any(from_environment);
        for (place, key) in in_environment().filter(|_| both).chain(in_profiles) {
            check_key(place, &key)?;
        }
        Ok(())
    }

    /// The URL that stands in the place of the usual one, if any does, in the order of the AWS SDKs.
    pub fn endpoint(&self) -> Result<Option<String>, Route53Error> {
        let is_true = |(_, value): Given| value.trim().eq_ignore_ascii_case("true");
        let ignored = self
            .variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
            .or_else(|| self.of_profile(self.profile, "ignore_configured_endpoint_urls"));
        if ignored.is_some_and(is_true) {
            return Ok(None);
        }
        let given = ["AWS_ENDPOINT_URL_ROUTE_53", "AWS_ENDPOINT_URL"]
            .into_iter()
            .find_map(|name| self.variable(name))
            .or_else(|| self.of_service())
            .or_else(|| self.of_profile(self.profile, "endpoint_url"));
        let Some((place, url)) = given else {
            return Ok(None);
        };
        // The parser would pass over line breaks and blanks, which the SDK does not.
        if let Some(bad) = url.chars().find(|character| !character.is_ascii_graphic()) {
            return Err(malformed(place, bad, &URL));
        }
        let parsed = Url::parse(&url);
        let is_good = |url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host();
        if parsed.as_ref().is_ok_and(is_good) {
            return Ok(Some(url));
        }
        Err(Route53Error::MalformedValue {
            place,
            detail: both!(
                "is no http or https URL with a host",
                "호스트가 있는 http나 https URL이 아니다"
            ),
            cure: Both::from(&URL),
        })
    }

    /// The URL of the section `services` that the profile names.
    fn of_service(&self) -> Option<Given> {
        let services = self.profiles.get_profile(self.profile)?.get("services")?;
        SECTIONS.into_iter().find_map(|section| {
            let key = PropertiesKey::builder()
                .section_key("services")
                .section_name(services)
                .property_name(section)
                .sub_property_name("endpoint_url");
            let value = self.profiles.other_sections().get(&key.build().ok()?)?;
            let value = Some(value).filter(|value| !value.trim().is_empty())?;
            let place = both!(
                "endpoint_url of {section} in section \"services {services}\"",
                "섹션 \"services {services}\" 안 {section}의 endpoint_url"
            );
            Some((place, value.to_owned()))
        })
    }
}

/// Whether a key can be sent. It is not shown.
pub(super) fn check_key(place: Both, key: &str) -> Result<(), Route53Error> {
    match key.chars().find(|character| !character.is_ascii_graphic()) {
        Some(bad) => Err(malformed(place, bad, &KEY)),
        None => Ok(()),
    }
}

fn malformed(place: Both, bad: char, cure: &Phrase) -> Route53Error {
    let name = match bad {
        '\r' => both!("a carriage return (CR)", "캐리지 리턴(CR)"),
        '\n' => both!("a line feed (LF)", "줄 바꿈(LF)"),
        ' ' => both!("a blank", "빈칸"),
        '\t' => both!("a tab", "탭"),
        '"' => both!("a double quote", "큰따옴표"),
        '\'' => both!("a single quote", "작은따옴표"),
        other if other.is_ascii_graphic() => Both::same(format!("\"{other}\"")),
        other => {
            let code = u32::from(other);
            both!("the character U+{code:04X}", "문자 U+{code:04X}")
        }
    };
    Route53Error::MalformedValue {
        place,
        detail: both!("holds {name}", "쓸 수 없는 문자가 있다: {name}"),
        cure: Both::from(cure),
    }
}

#[cfg(test)]
#[expect(
    clippy::redundant_closure_for_method_calls,
    reason = "a method of a type with a lifetime is no function of every lifetime"
)]
mod tests {
    use super::*;
    use crate::model::language::Language;
    use crate::model::obstacle::Obstacle;
    use aws_runtime::env_config::file::EnvConfigFiles;
    use aws_types::os_shim_internal::Fs;

    /// What is read of some variables and a file `~/.aws/config`.
    async fn read<T>(
        variables: &[(&str, &str)],
        config: &str,
        what: fn(&AwsValues) -> Result<T, Route53Error>,
    ) -> Result<T, String> {
        let home = [("HOME", "/home")];
        let environment = Env::from_slice(&[variables, &home].concat());
        let system = Fs::from_slice(&[("/home/.aws/config", config)]);
        let files = EnvConfigFiles::default();
        let profiles = aws_config::profile::load(&system, &environment, &files, None).await;
        let profiles = profiles.expect("good files");
        what(&AwsValues::new(&environment, &profiles)).map_err(|error| {
            let told = Obstacle::from(&error);
            Language::Korean.speak(|| {
                for text in [&*told.what, told.cure.as_deref().expect("a cure")] {
                    let is_korean = |letter: char| ('가'..='힣').contains(&letter);
                    assert!(text.contains(is_korean), "{text}");
                }
            });
            error.to_string()
        })
    }

    #[tokio::test]
    async fn the_first_who_says_something_gives_the_region() {
        let region = |variables, config| read(variables, config, |values| values.region());
        let profile = "[default]\nregion = eu-west-1\n";
        for (variables, config, expected) in [
            (&[][..], "", None),
            (&[], profile, Some("eu-west-1")),
            (&[("AWS_REGION", "")], profile, Some("eu-west-1")),
            (
                &[("AWS_REGION", " "), ("AWS_DEFAULT_REGION", "us-gov-west-1")],
                profile,
                Some("us-gov-west-1"),
            ),
            (
                &[("AWS_REGION", "a-1"), ("AWS_DEFAULT_REGION", "b-1")],
                profile,
                Some("a-1"),
            ),
            (&[], "[default]\nregion =\n", None),
            (
                &[("AWS_PROFILE", "role")],
                "[profile role]\nsource_profile = default\n[default]\nregion = eu-west-1\n",
                Some("eu-west-1"),
            ),
            (
                &[("AWS_PROFILE", "a")],
                "[profile a]\nsource_profile = a\n",
                None,
            ),
        ] {
            let found = region(variables, config).await;
            assert_eq!(
                found,
                Ok(expected.map(str::to_owned)),
                "{variables:?} {config}"
            );
        }
    }

    #[tokio::test]
    async fn a_malformed_region_is_named_with_its_place_and_its_character() {
        for (value, name) in [
            ("\"us-east-1\"", "a double quote"),
            ("'us-east-1'", "a single quote"),
            ("us-east-1\r", "a carriage return (CR)"),
            ("us-east-1\n", "a line feed (LF)"),
            (" us-east-1", "a blank"),
            ("us east 1", "a blank"),
            ("us\u{2011}east-1", "the character U+2011"),
            ("US-EAST-1", "\"U\""),
        ] {
            for variable in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
                let found = read(&[(variable, value)], "", |values| values.region()).await;
                let expected = format!("{variable} in the environment or .env holds {name}");
                assert_eq!(found, Err(expected), "{value:?}");
            }
        }
        let config = "[profile a]\nregion = \"us-east-1\"\n";
        let found = read(&[("AWS_PROFILE", "a")], config, |values| values.region()).await;
        assert_eq!(
            found,
            Err("region of profile \"a\" holds a double quote".to_owned())
        );
    }

    #[tokio::test]
    async fn a_key_that_cannot_be_sent_is_named_and_not_shown() {
        let check = |values: &AwsValues| values.check_keys(true);
        for (value, name) in [
            ("SECRET\r", "a carriage return (CR)"),
            ("SEC\nRET", "a line feed (LF)"),
            ("SECRET ", "a blank"),
            ("SECRET\u{feff}", "the character U+FEFF"),
        ] {
            for bad in KEYS {
                let variables = KEYS.map(|name| (name, if name == bad { value } else { "good" }));
                let found = read(&variables, "", check).await;
                let expected = format!("{bad} in the environment or .env holds {name}");
                assert_eq!(found, Err(expected), "{value:?}");
            }
        }
        // Variables that are not complete do not count, so neither does what is wrong with them.
        let profile = "[default]\naws_access_key_id = good\naws_secret_access_key = se cret\n";
        let of_profile = "aws_secret_access_key of profile \"default\" holds a blank";
        let found = read(&[("AWS_ACCESS_KEY_ID", "a b")], profile, check).await;
        assert_eq!(found, Err(of_profile.to_owned()));
        let both = [("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b")];
        assert_eq!(read(&both, profile, check).await, Ok(()));
        // Keys of a profile that another takes them from are signed with before anything is seen of them.
        let chain = format!(
            "[profile role]\nrole_arn = arn:aws:iam::1:role/a\nsource_profile = default\n{profile}"
        );
        let found = read(&[("AWS_PROFILE", "role")], &chain, check).await;
        assert_eq!(found, Err(of_profile.to_owned()));
        let named = |values: &AwsValues| values.check_keys(false);
        let keys = [
            ("AWS_PROFILE", "role"),
            ("AWS_ACCESS_KEY_ID", "a\r"),
            ("AWS_SECRET_ACCESS_KEY", "b"),
        ];
        let source =
            "[profile role]\nrole_arn = arn:aws:iam::1:role/a\ncredential_source = Environment\n";
        let found = read(&keys, source, named).await;
        assert!(found.is_err_and(|text| text.starts_with("AWS_ACCESS_KEY_ID")));
    }

    #[tokio::test]
    async fn the_first_who_says_something_gives_the_url() {
        let all = "[default]\nservices = s\nendpoint_url = http://p/\n[services s]\n";
        let section = |name: &str| format!("{all}{name} =\n  endpoint_url = http://s/\n");
        for (variables, config, expected) in [
            (&[][..], String::new(), None),
            (&[], all.to_owned(), Some("http://p/")),
            (&[], section("route_53"), Some("http://s/")),
            (&[], section("route-53"), Some("http://s/")),
            (&[], section("route53"), Some("http://p/")),
            (
                &[("AWS_ENDPOINT_URL", "http://v/")],
                section("route_53"),
                Some("http://v/"),
            ),
            (
                &[
                    ("AWS_ENDPOINT_URL", "http://v/"),
                    ("AWS_ENDPOINT_URL_ROUTE_53", "http://w/"),
                ],
                section("route_53"),
                Some("http://w/"),
            ),
            (
                &[("AWS_ENDPOINT_URL", " "), ("AWS_ENDPOINT_URL_ROUTE_53", "")],
                section("route_53"),
                Some("http://s/"),
            ),
            (
                &[("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")],
                section("route_53"),
                None,
            ),
            (&[], "[default]\nendpoint_url =\n".to_owned(), None),
        ] {
            let found = read(variables, &config, |values| values.endpoint()).await;
            assert_eq!(
                found,
                Ok(expected.map(str::to_owned)),
                "{variables:?} {config}"
            );
        }
    }

    #[tokio::test]
    async fn a_malformed_url_is_named_with_its_place() {
        for (value, what) in [
            ("localhost:5000", "is no http or https URL with a host"),
            ("ftp://localhost/", "is no http or https URL with a host"),
            ("http://", "is no http or https URL with a host"),
            (
                "\"http://localhost/\"",
                "is no http or https URL with a host",
            ),
            ("http://localhost/\r", "holds a carriage return (CR)"),
            (" http://localhost/", "holds a blank"),
        ] {
            for name in ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_ROUTE_53"] {
                let found = read(&[(name, value)], "", |values| values.endpoint()).await;
                let expected = format!("{name} in the environment or .env {what}");
                assert_eq!(found, Err(expected), "{value:?}");
            }
        }
        let config =
            "[default]\nservices = s\n[services s]\nroute_53 =\n  endpoint_url = localhost\n";
        let found = read(&[], config, |values| values.endpoint()).await;
        let place = "endpoint_url of route_53 in section \"services s\"";
        assert_eq!(
            found,
            Err(format!("{place} is no http or https URL with a host"))
        );
    }
}
