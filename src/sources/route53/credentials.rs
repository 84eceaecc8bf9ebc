//! Why credentials could not be loaded: whose they are follows from the profile and the environment, what went wrong from
//! the words of the SDK. What a program that gives credentials says on stderr is not quoted, since it may hold secrets.

use std::error::Error;

use aws_config::profile::ProfileSet;
use aws_credential_types::provider::error::CredentialsError;
use aws_types::os_shim_internal::Env;

use super::error::{Route53Error, full};
use crate::model::route53_error::{CredentialFault, CredentialSource};

/// What names the file of a web identity's token outside profiles.
const TOKEN_FILE: &str = "AWS_WEB_IDENTITY_TOKEN_FILE";

/// Who was to give the credentials, and through what.
#[derive(Debug, Default)]
struct Asked {
    /// `None`: neither profile nor environment names anybody.
    source: Option<CredentialSource>,
    /// The profile that it begins with, where it is one.
    profile: Option<String>,
    /// Whether a role is taken on with them.
    has_role: bool,
    /// Whether a profile on the way names a device for a second factor.
    has_device: bool,
    /// The file of a token, and what names it.
    token: Option<(String, String)>,
}

/// From a failure to load credentials. `profile` is one that was named explicitly.
pub(super) fn failure(
    profile: Option<&str>,
    error: &CredentialsError,
    profiles: &ProfileSet,
    environment: &Env,
) -> Route53Error {
    match error {
        // Of a profile that was named it is said why it gives none; a chain that finds none has only a long list.
        CredentialsError::CredentialsNotLoaded(_)
            if profile.is_none() || error.source().is_none() =>
        {
            Route53Error::no_credentials(profile)
        }
        // The last place that is asked is the metadata service of EC2; where it refuses, nobody else had any either.
        other if full(other).contains("IMDS") => Route53Error::no_credentials(profile),
        other => of_source(profile, other, profiles, environment),
    }
}

/// An error with the source that failed, and in what way.
fn of_source(
    profile: Option<&str>,
    error: &CredentialsError,
    profiles: &ProfileSet,
    environment: &Env,
) -> Route53Error {
    let asked = Asked::of(profiles, environment);
    let text = full(error);
    let is_program = text.contains("external process");
    let source = match asked.source {
        _ if is_program => CredentialSource::Process,
        // What the role is taken on with is there: STS itself has failed.
        Some(CredentialSource::Keys) if asked.has_role => CredentialSource::Role,
        source => source.unwrap_or(CredentialSource::Chain),
    };
    let is_sts = text.contains("AssumeRole") || text.contains("AccessDenied");
    let is_reached = !["dispatch failure", "timed out", "timeout"]
        .iter()
        .any(|words| text.contains(words));
    let unread = asked.token.filter(|_| is_reached);
    let (fault, detail) = if is_program {
        (CredentialFault::Refused, of_program(&text))
    } else if let (Some((path, named_by)), Some(why)) = (unread, io_error(error)) {
        let detail = format!(
            "the file with the token of the web identity, {path} ({named_by}), cannot be read: {why}"
        );
        (CredentialFault::NoTokenFile, detail)
    } else if source == CredentialSource::Login {
        let detail = "it logs in with aws login (login_session), which r53mon does not support";
        (CredentialFault::BadProfile, detail.to_owned())
    } else if matches!(error, CredentialsError::InvalidConfiguration(_))
        || text.contains("was not defined")
    {
        (CredentialFault::BadProfile, text)
    } else if !is_reached {
        (CredentialFault::NotReached, text)
    } else if asked.has_device && (source == CredentialSource::Role || is_sts) {
        let detail = format!("it wants the code of a second factor (mfa_serial): {text}");
        (CredentialFault::CodeWanted, detail)
    } else {
        (CredentialFault::Refused, text)
    };
    Route53Error::CredentialsFailed {
        profile: asked.profile.or_else(|| profile.map(str::to_owned)),
        given_by: source,
        fault,
        detail,
    }
}

/// What became of a program that gives credentials, without what it said.
fn of_program(text: &str) -> String {
    let status = text.split_once("exited with code ");
    let status = status.and_then(|(_, rest)| rest.split_once(". Stderr"));
    match status {
        Some((status, _)) => format!(
            "its credential_process ended with {status}; what it said is not shown, since it may hold secrets"
        ),
        None => "what its credential_process wrote cannot be read as credentials; it is not shown, since it may hold secrets".to_owned(),
    }
}

/// What the system said, where that is behind an error.
fn io_error(error: &CredentialsError) -> Option<&std::io::Error> {
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(of_system) = inner.downcast_ref() {
            return Some(of_system);
        }
        cause = inner.source();
    }
    None
}

impl Asked {
    fn of(profiles: &ProfileSet, environment: &Env) -> Self {
        let by_profile = Self::through(profiles);
        if by_profile.source.is_some() {
            return by_profile;
        }
        let is_set = |name| environment.get(name).ok().filter(|value| !value.is_empty());
        if let Some(path) = is_set(TOKEN_FILE) {
            return Self {
                source: Some(CredentialSource::WebIdentity),
                token: Some((path, TOKEN_FILE.to_owned())),
                ..Self::default()
            };
        }
        let of_container = [
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        ];
        Self {
            source: (of_container.into_iter().any(|name| is_set(name).is_some()))
                .then_some(CredentialSource::Container),
            ..Self::default()
        }
    }

    /// Follows `source_profile` from the selected profile on, as the SDK does.
    fn through(profiles: &ProfileSet) -> Self {
        let mut asked = Self::default();
        let mut seen = Vec::new();
        let mut name = profiles.selected_profile();
        while let Some(profile) = profiles.get_profile(name) {
            let has = |key| profile.get(key).is_some();
            let has_keys = has("aws_access_key_id") || has("aws_secret_access_key");
            asked.has_device |= has("mfa_serial");
            asked.profile.get_or_insert_with(|| name.to_owned());
            let is_circle = seen.contains(&name);
            seen.push(name);
            if let (Some(file), true) = (profile.get("web_identity_token_file"), has("role_arn")) {
                let named_by = format!("web_identity_token_file of profile {name}");
                asked.token = Some((file.to_owned(), named_by));
                asked.source = Some(CredentialSource::WebIdentity);
                return asked;
            }
            let has_role = has("role_arn");
            asked.has_role |= has_role;
            let next = profile.get("source_profile").filter(|next| *next != name);
            match next {
                Some(next) if has_role && !is_circle && !(seen.len() > 1 && has_keys) => {
                    name = next;
                }
                _ => {
                    asked.source = Some(if has("sso_session") || has("sso_start_url") {
                        // One logs in to the profile with the session.
                        asked.profile = Some(name.to_owned());
                        CredentialSource::Sso
                    } else if has("login_session") {
                        CredentialSource::Login
                    } else if has("credential_process") {
                        CredentialSource::Process
                    } else if has_keys || has_role {
                        CredentialSource::Keys
                    } else {
                        // It holds settings only; others are asked.
                        return Self::default();
                    });
                    return asked;
                }
            }
        }
        asked
    }
}
