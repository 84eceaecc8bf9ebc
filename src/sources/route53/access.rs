//! From the settings to a client whose credentials have been seen: the standard AWS chain, bounded in time, or fixed
//! values that leave the environment and files of AWS alone.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::default_provider::region::DefaultRegionChain;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileSet};
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::credential_feature::AwsCredentialFeature;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_sdk_route53::Client;
use aws_sdk_route53::config::retry::RetryConfig;
use aws_sdk_route53::config::timeout::TimeoutConfig;
use aws_sdk_route53::config::{
    AsyncSleep, BehaviorVersion, Builder, Credentials, ProvideCredentials, Region, Sleep,
};
use aws_types::os_shim_internal::{Env, Fs};

use super::answer_size::AnswerSize;
use super::aws_values::{AwsValues, check_key};
use super::credentials;
use super::error::{self, Party, Route53Error};
use super::server_clock::ServerClock;
use super::unknown_elements::UnknownElements;
use crate::config::{Access, Profile};
use crate::model::language::{both, phrase};
use crate::model::route53_error::{CredentialSource, Partition};
use crate::sources::pulse;

/// Route 53 is a global service; only the signature needs a region.
const DEFAULT_REGION: &str = "us-east-1";
/// Outside EC2 the last place to ask for a region answers nothing, slowly.
const REGION_TIMEOUT: Duration = Duration::from_secs(2);
/// Credential helpers may open a browser or ask another service, but not for ever.
const CREDENTIALS_TIMEOUT: Duration = Duration::from_secs(20);

/// Where the credentials come from and how long they last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialFacts {
    /// Who gave them.
    pub source: CredentialSource,
    /// The profile that was chosen for them, and who chose it.
    pub profile: Option<String>,
    /// When they expire, if they do.
    pub expires_at: Option<SystemTime>,
}

/// A client whose credentials could be loaded.
#[derive(Debug)]
pub(super) struct Connection {
    pub client: Client,
    /// Who is asked, and with what.
    pub party: Party,
    pub credentials: CredentialFacts,
}

/// Finds credentials and sets a client up that never repeats a call by itself.
pub(super) async fn connect(
    access: &Access,
    clock: &ServerClock,
    unknown: &UnknownElements,
) -> Result<Connection, Route53Error> {
    let (builder, endpoint, keys, region) = match access {
        Access::Fixed {
            url,
            key_id,
            secret,
        } => {
            let keys = Credentials::new(key_id, secret, None, None, "settings");
            let region = Region::from_static(DEFAULT_REGION);
            (fixed(url, &keys), Some(url.clone()), keys, region)
        }
        Access::Chain { profile } => {
            let found = chain(profile.as_ref()).await?;
            let mut builder = Builder::from(&found.loaded);
            // The SDK would take an empty one, and does not know every section of a profile.
            builder.set_endpoint_url(found.endpoint.clone());
            let region = found.loaded.region().cloned();
            let region = region.unwrap_or_else(|| Region::from_static(DEFAULT_REGION));
            (builder, found.endpoint, found.keys, region)
        }
    };
    let (credentials, profile) = match access {
        Access::Fixed { .. } => (
            CredentialFacts {
                source: CredentialSource::Settings,
                profile: None,
                expires_at: None,
            },
            None,
        ),
        Access::Chain { profile } => {
            let named = profile.as_ref().map(|profile| profile.name.clone());
            (facts_of(&keys, profile.as_ref()), named)
        }
    };
    let config = builder
        .retry_config(RetryConfig::disabled())
        .sleep_impl(AtWork)
        .interceptor(clock.clone())
        .interceptor(AnswerSize)
        .interceptor(unknown.clone())
        .build();
    Ok(Connection {
        client: Client::from_conf(config),
        party: Party {
            endpoint,
            given_by: credentials.source,
            profile,
            partition: Partition::of_region(region.as_ref()),
            keys,
        },
        credentials,
    })
}

/// The clock by which a call takes too long.
#[derive(Debug)]
struct AtWork;

impl AsyncSleep for AtWork {
    fn sleep(&self, duration: Duration) -> Sleep {
        Sleep::new(pulse::at_work_for(duration))
    }
}

fn fixed(url: &str, keys: &Credentials) -> Builder {
    aws_sdk_route53::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static(DEFAULT_REGION))
        .endpoint_url(url)
        .credentials_provider(keys.clone())
        // Plain HTTP and no proxy: a fixed address is one on this machine.
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .timeout_config(timeouts())
}

/// Where credentials come from, by what their provider has left on them.
fn facts_of(credentials: &Credentials, chosen: Option<&Profile>) -> CredentialFacts {
    let features = credentials.get_property::<Vec<AwsCredentialFeature>>();
    let words = |feature: &AwsCredentialFeature| {
        Some(match feature {
            AwsCredentialFeature::CredentialsEnvVars => CredentialSource::Environment,
            AwsCredentialFeature::CredentialsProfileSso | AwsCredentialFeature::CredentialsSso => {
                CredentialSource::Sso
            }
            AwsCredentialFeature::CredentialsStsAssumeRole => CredentialSource::Role,
            AwsCredentialFeature::CredentialsStsAssumeRoleWebId
            | AwsCredentialFeature::CredentialsEnvVarsStsWebIdToken
            | AwsCredentialFeature::CredentialsProfileStsWebIdToken => {
                CredentialSource::WebIdentity
            }
            AwsCredentialFeature::CredentialsProfile => CredentialSource::Keys,
            AwsCredentialFeature::CredentialsProfileProcess
            | AwsCredentialFeature::CredentialsProcess => CredentialSource::Process,
            AwsCredentialFeature::CredentialsHttp => CredentialSource::Container,
            AwsCredentialFeature::CredentialsImds => CredentialSource::Instance,
            AwsCredentialFeature::CredentialsLogin
            | AwsCredentialFeature::CredentialsProfileLogin => CredentialSource::Login,
            _ => return None,
        })
    };
    // The last step of a chain is the one that gave the keys that are used.
    let source = features.into_iter().flatten().rev().find_map(words);
    let of_variables = |feature| matches!(feature, &AwsCredentialFeature::CredentialsEnvVars);
    // Keys in variables come before a profile that AWS_PROFILE chooses.
    let profile = chosen.filter(|_| !features.into_iter().flatten().all(of_variables));
    CredentialFacts {
        source: source.unwrap_or(CredentialSource::Chain),
        profile: profile.map(|profile| format!("{} ({})", profile.name, profile.origin)),
        expires_at: credentials.expiry(),
    }
}

/// What the chain of AWS gives.
struct Found {
    loaded: aws_config::SdkConfig,
    endpoint: Option<String>,
    keys: Credentials,
}

async fn chain(chosen: Option<&Profile>) -> Result<Found, Route53Error> {
    let named = chosen.filter(|profile| profile.wins_over_keys);
    let profile = named.map(|profile| profile.name.as_str());
    let environment = Env::default();
    if let Some(profile) = profile {
        check_profile(Some(profile), &environment).await?;
    }
    // A file that cannot be read is told where nothing else gives credentials.
    let profiles = profiles(&environment, profile).await.unwrap_or_default();
    let values = AwsValues::new(&environment, &profiles);
    let (region, endpoint) = (values.region()?, values.endpoint()?);
    values.check_keys(profile.is_none())?;
    let region = match region {
        Some(region) => Region::new(region),
        None => region_of_instance(profile).await,
    };
    let mut defaults = aws_config::defaults(BehaviorVersion::latest())
        .region(region.clone())
        .timeout_config(timeouts());
    let credentials = if let Some(profile) = profile {
        defaults = defaults.profile_name(profile);
        // A profile that was named wins over keys in the environment, as with the AWS CLI; the chain asks those first.
        let config = ProviderConfig::default().with_region(Some(region));
        let provider = ProfileFileCredentialsProvider::builder().configure(&config);
        SharedCredentialsProvider::new(provider.profile_name(profile).build())
    } else {
        let chain = DefaultCredentialsChain::builder().region(region);
        SharedCredentialsProvider::new(chain.build().await)
    };
    let loaded = defaults.credentials_provider(credentials).load().await;
    // The SDK reports missing credentials as a failed connection, so they are looked at before anything is sent.
    let provider = loaded.credentials_provider();
    let provider = provider.ok_or_else(|| Route53Error::no_credentials(profile))?;
    match tokio::time::timeout(CREDENTIALS_TIMEOUT, provider.provide_credentials()).await {
        Ok(Ok(keys)) => {
            let source = facts_of(&keys, chosen).source.in_words();
            // What a process or a service has given may be as broken as what was pasted.
            let parts = [
                (
                    phrase("the access key id", "액세스 키 ID"),
                    Some(keys.access_key_id()),
                ),
                (
                    phrase("the secret access key", "비밀 액세스 키"),
                    Some(keys.secret_access_key()),
                ),
                (
                    phrase("the session token", "세션 토큰"),
                    keys.session_token(),
                ),
            ];
            for (part, key) in parts {
                let place = both!("{part} from {source}", "{source}에서 받은 {part}");
                check_key(place, key.unwrap_or_default())?;
            }
            Ok(Found {
                loaded,
                endpoint,
                keys,
            })
        }
        Ok(Err(error)) => {
            // The profile may have been chosen by AWS_PROFILE.
            let profiles = check_profile(profile, &environment).await?;
            Err(credentials::failure(
                profile,
                &error,
                &profiles,
                &environment,
            ))
        }
        Err(_) => Err(Route53Error::CredentialsSlow {
            seconds: CREDENTIALS_TIMEOUT.as_secs(),
        }),
    }
}

/// The region of the machine, where there is one, if nobody gives any.
async fn region_of_instance(profile: Option<&str>) -> Region {
    let mut regions = DefaultRegionChain::builder();
    if let Some(profile) = profile {
        regions = regions.profile_name(profile);
    }
    let region = tokio::time::timeout(REGION_TIMEOUT, regions.build().region()).await;
    let region = region.ok().flatten();
    // A profile may have an empty one, which is none.
    let region = region.filter(|region| !region.as_ref().trim().is_empty());
    region.unwrap_or_else(|| Region::from_static(DEFAULT_REGION))
}

/// The profiles in the files of AWS.
async fn profiles(environment: &Env, named: Option<&str>) -> Result<ProfileSet, Route53Error> {
    let (files, system) = (EnvConfigFiles::default(), Fs::default());
    let named = named.map(|name| Cow::Owned(name.to_owned()));
    let loaded = aws_config::profile::load(&system, environment, &files, named).await;
    loaded.map_err(|error| Route53Error::BadProfileFile {
        detail: error::full(&error),
    })
}

/// The SDK does not say that a profile does not exist; it just finds no credentials. Returns what is in the files.
async fn check_profile(named: Option<&str>, environment: &Env) -> Result<ProfileSet, Route53Error> {
    let is_named = named.is_some();
    let profiles = profiles(environment, named).await?;
    let profile = profiles.selected_profile();
    // Nobody has to have a default profile.
    if profiles.get_profile(profile).is_some() || (!is_named && profile == "default") {
        return Ok(profiles);
    }
    Err(Route53Error::NoSuchProfile {
        profile: profile.to_owned(),
        known: profiles.profiles().map(str::to_owned).collect(),
    })
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(2))
        .operation_attempt_timeout(Duration::from_secs(4))
        .build()
}
