//! From the settings to a client whose credentials have been seen: the standard AWS chain, bounded in time, or fixed
//! values that leave the environment and files of AWS alone.

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

use super::aws_values::{AwsValues, check_key};
use super::error::{self, Route53Error};
use super::server_clock::ServerClock;
use crate::config::{Access, Profile};

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
            let (loaded, endpoint, facts) = chain(profile.as_ref()).await?;
            let mut builder = Builder::from(&loaded);
            // The SDK would take an empty one, and does not know every section of a profile.
            builder.set_endpoint_url(endpoint.clone());
            (builder, endpoint, facts)
        }
    };
    let config = builder
        .retry_config(RetryConfig::disabled())
        .interceptor(clock.clone())
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
fn facts_of(credentials: &Credentials, chosen: Option<&Profile>) -> CredentialFacts {
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
    let source = source.unwrap_or("the standard AWS chain");
    let of_variables = |feature| matches!(feature, &AwsCredentialFeature::CredentialsEnvVars);
    // Keys in variables come before a profile that AWS_PROFILE chooses.
    let profile = chosen.filter(|_| !features.into_iter().flatten().all(of_variables));
    CredentialFacts {
        source: match profile {
            Some(profile) => format!("{source}; profile {} ({})", profile.name, profile.origin),
            None => source.to_owned(),
        },
        expires_at: credentials.expiry(),
    }
}

async fn chain(
    chosen: Option<&Profile>,
) -> Result<(aws_config::SdkConfig, Option<String>, CredentialFacts), Route53Error> {
    let named = chosen.filter(|profile| profile.wins_over_keys);
    let profile = named.map(|profile| profile.name.as_str());
    if let Some(profile) = profile {
        check_profile(Some(profile)).await?;
    }
    let environment = Env::default();
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
        Ok(Ok(credentials)) => {
            let facts = facts_of(&credentials, chosen);
            // What a process or a service has given may be as broken as what was pasted.
            let parts = [
                ("the access key id", Some(credentials.access_key_id())),
                (
                    "the secret access key",
                    Some(credentials.secret_access_key()),
                ),
                ("the session token", credentials.session_token()),
            ];
            for (part, key) in parts {
                check_key(
                    &format!("{part} from {}", facts.source),
                    key.unwrap_or_default(),
                )?;
            }
            Ok((loaded, endpoint, facts))
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
    let named = named.map(|name| name.to_owned().into());
    let loaded = aws_config::profile::load(&system, environment, &files, named).await;
    loaded.map_err(|error| Route53Error::BadProfileFile {
        detail: error::full(&error),
    })
}

/// The SDK does not say that a profile does not exist; it just finds no credentials.
async fn check_profile(named: Option<&str>) -> Result<(), Route53Error> {
    let profiles = profiles(&Env::default(), None).await?;
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
