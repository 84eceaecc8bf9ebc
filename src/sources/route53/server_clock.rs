//! How far the clock of this machine is from that of AWS, learnt from the Date of every response.

use std::sync::{Arc, PoisonError, RwLock};

use aws_sdk_route53::config::interceptors::BeforeDeserializationInterceptorContextRef;
use aws_sdk_route53::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_route53::error::BoxError;

use super::error::clock_difference;

/// Listens to the responses of a client; its clones know what it has heard.
#[derive(Clone, Debug, Default)]
pub(super) struct ServerClock(Arc<RwLock<Option<i64>>>);

impl ServerClock {
    /// Ours minus theirs in seconds; `None` before the first response with a date.
    pub(super) fn difference(&self) -> Option<i64> {
        *self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Intercept for ServerClock {
    fn name(&self) -> &'static str {
        "ServerClock"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(difference) = clock_difference(context.response()) {
            *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(difference);
        }
        Ok(())
    }
}
