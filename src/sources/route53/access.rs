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
use aws_sdk_route53::config::{BehaviorVersion, Builder, Credentials, ProvideCredentials, Region};
use aws_types::os_shim_internal::{Env, Fs};
use aws_types::service_config::ServiceConfigKey;

use super::answer_size::AnswerSize;
use super::credentials;
use super::error::{self, Party, Route53Error};
use super::server_clock::ServerClock;
use crate::config::Access;
use crate::model::route53_error::{CredentialSource, Partition};

/// Route 53 is a global service; only the signature needs a region.
const DEFAULT_REGION: &str = "us-east-1";
/// Outside EC2 the last place to ask for a region answers nothing, slowly.
const REGION_TIMEOUT: Duration = Duration::from_secs(2);
/// Credential helpers may open a browser or ask another service, but not for ever.
const CREDENTIALS_TIMEOUT: Duration = Duration::from_secs(20);

/// Where the credentials come from and how long they last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CredentialFacts {
    /// Who gave them.
    pub source: CredentialSource,
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
            let (loaded, keys) = chain(profile.as_deref()).await?;
            let region = loaded.region().cloned();
            let region = region.unwrap_or_else(|| Region::from_static(DEFAULT_REGION));
            (Builder::from(&loaded), endpoint_of(&loaded), keys, region)
        }
    };
    let (credentials, profile) = match access {
        Access::Fixed { .. } => (
            CredentialFacts {
                source: CredentialSource::Settings,
                expires_at: None,
            },
            None,
        ),
        Access::Chain { profile } => (facts_of(&keys), profile.clone()),
    };
    let config = builder
        .retry_config(RetryConfig::disabled())
        .interceptor(clock.clone())
        .interceptor(AnswerSize)
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
fn facts_of(credentials: &Credentials) -> CredentialFacts {
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
    CredentialFacts {
        source: source.unwrap_or(CredentialSource::Chain),
        expires_at: credentials.expiry(),
    }
}

/// The URL that the environment or a profile puts in the place of the usual one, found as the SDK finds it.
fn endpoint_of(loaded: &aws_config::SdkConfig) -> Option<String> {
    let key = ServiceConfigKey::builder()
        .service_id("Route 53")
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url");
    let (key, config) = (key.build().ok()?, loaded.service_config());
    let of_service = config.and_then(|config| config.load_config(key));
    of_service.or_else(|| loaded.endpoint_url().map(str::to_owned))
}

async fn chain(
    profile: Option<&str>,
) -> Result<(aws_config::SdkConfig, Credentials), Route53Error> {
    let environment = Env::default();
    if let Some(profile) = profile {
        check_profile(Some(profile), &environment).await?;
    }
    let mut regions = DefaultRegionChain::builder();
    if let Some(profile) = profile {
        // Its region decides about the partition, and with it about the address of the API.
        regions = regions.profile_name(profile);
    }
    let region = tokio::time::timeout(REGION_TIMEOUT, regions.build().region()).await;
    let region = region.ok().flatten();
    let region = region.unwrap_or_else(|| Region::from_static(DEFAULT_REGION));
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
        Ok(Ok(credentials)) => Ok((loaded, credentials)),
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

/// The SDK does not say that a profile does not exist; it just finds no credentials. Returns what is in the files.
async fn check_profile(named: Option<&str>, environment: &Env) -> Result<ProfileSet, Route53Error> {
    let (files, system) = (EnvConfigFiles::default(), Fs::default());
    let named = named.map(|name| Cow::Owned(name.to_owned()));
    let is_named = named.is_some();
    let loaded = aws_config::profile::load(&system, environment, &files, named).await;
    let profiles = loaded.map_err(|error| Route53Error::BadProfileFile {
        detail: error::full(&error),
    })?;
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
