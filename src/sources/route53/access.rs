//! From the settings to a client whose credentials have been seen: the standard AWS chain, bounded in time, or fixed
//! values that leave the environment and files of AWS alone.

use std::time::{Duration, SystemTime};

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::default_provider::region::DefaultRegionChain;
use aws_config::profile::ProfileFileCredentialsProvider;
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
use super::error::{self, Route53Error};
use super::server_clock::ServerClock;
use crate::config::Access;

/// Route 53 is a global service; only the signature needs a region.
const DEFAULT_REGION: &str = "us-east-1";
/// Outside EC2 the last place to ask for a region answers nothing, slowly.
const REGION_TIMEOUT: Duration = Duration::from_secs(2);
/// Credential helpers may open a browser or ask another service, but not for ever.
const CREDENTIALS_TIMEOUT: Duration = Duration::from_secs(20);

/// Where the credentials come from and how long they last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialFacts {
    /// In a few words: "environment variables", "SSO".
    pub source: String,
    /// When they expire, if they do.
    pub expires_at: Option<SystemTime>,
}

/// A client whose credentials could be loaded.
#[derive(Debug)]
pub(super) struct Connection {
    pub client: Client,
    /// The URL of the API where it is not the usual one.
    pub endpoint: Option<String>,
    pub credentials: CredentialFacts,
}

/// Finds credentials and sets a client up that never repeats a call by itself.
pub(super) async fn connect(
    access: &Access,
    clock: &ServerClock,
) -> Result<Connection, Route53Error> {
    let (builder, endpoint, credentials) = match access {
        Access::Fixed {
            url,
            key_id,
            secret,
        } => {
            let facts = CredentialFacts {
                source: "settings".to_owned(),
                expires_at: None,
            };
            (fixed(url, key_id, secret), Some(url.clone()), facts)
        }
        Access::Chain { profile } => {
            let (loaded, facts) = chain(profile.as_deref()).await?;
            (Builder::from(&loaded), endpoint_of(&loaded), facts)
        }
    };
    let config = builder
        .retry_config(RetryConfig::disabled())
        .interceptor(clock.clone())
        .interceptor(AnswerSize)
        .build();
    Ok(Connection {
        client: Client::from_conf(config),
        endpoint,
        credentials,
    })
}

fn fixed(url: &str, key_id: &str, secret: &str) -> Builder {
    aws_sdk_route53::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static(DEFAULT_REGION))
        .endpoint_url(url)
        .credentials_provider(Credentials::new(key_id, secret, None, None, "settings"))
        // Plain HTTP and no proxy: a fixed address is one on this machine.
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .timeout_config(timeouts())
}

/// Where credentials come from, by what their provider has left on them.
fn facts_of(credentials: &Credentials) -> CredentialFacts {
    let features = credentials.get_property::<Vec<AwsCredentialFeature>>();
    let words = |feature: &AwsCredentialFeature| {
        Some(match feature {
            AwsCredentialFeature::CredentialsEnvVars => "environment variables",
            AwsCredentialFeature::CredentialsProfileSso | AwsCredentialFeature::CredentialsSso => {
                "SSO"
            }
            AwsCredentialFeature::CredentialsStsAssumeRole => "an assumed role",
            AwsCredentialFeature::CredentialsStsAssumeRoleWebId
            | AwsCredentialFeature::CredentialsEnvVarsStsWebIdToken
            | AwsCredentialFeature::CredentialsProfileStsWebIdToken => "a web identity",
            AwsCredentialFeature::CredentialsProfile => "a profile's keys",
            AwsCredentialFeature::CredentialsProfileProcess
            | AwsCredentialFeature::CredentialsProcess => "credential_process",
            AwsCredentialFeature::CredentialsHttp => "the container's role",
            AwsCredentialFeature::CredentialsImds => "the instance's role",
            AwsCredentialFeature::CredentialsLogin
            | AwsCredentialFeature::CredentialsProfileLogin => "aws login",
            _ => return None,
        })
    };
    // The last step of a chain is the one that gave the keys that are used.
    let source = features.into_iter().flatten().rev().find_map(words);
    CredentialFacts {
        source: source.unwrap_or("the standard AWS chain").to_owned(),
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
) -> Result<(aws_config::SdkConfig, CredentialFacts), Route53Error> {
    if let Some(profile) = profile {
        check_profile(Some(profile)).await?;
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
        Ok(Ok(credentials)) => {
            let facts = facts_of(&credentials);
            Ok((loaded, facts))
        }
        Ok(Err(error)) => {
            // The profile may have been chosen by AWS_PROFILE.
            check_profile(None).await?;
            Err(Route53Error::from_credentials(profile, &error))
        }
        Err(_) => Err(Route53Error::CredentialsSlow {
            seconds: CREDENTIALS_TIMEOUT.as_secs(),
        }),
    }
}

/// The SDK does not say that a profile does not exist; it just finds no credentials.
async fn check_profile(named: Option<&str>) -> Result<(), Route53Error> {
    let (files, system, environment) = (EnvConfigFiles::default(), Fs::default(), Env::default());
    let loaded = aws_config::profile::load(&system, &environment, &files, None).await;
    let profiles = loaded.map_err(|error| Route53Error::BadProfileFile {
        detail: error::full(&error),
    })?;
    let profile = named.unwrap_or_else(|| profiles.selected_profile());
    // Nobody has to have a default profile.
    if profiles.get_profile(profile).is_some() || (named.is_none() && profile == "default") {
        return Ok(());
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
