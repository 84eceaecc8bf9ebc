//! How much an answer of the API may hold: a whole page of the fullest record sets is less than half of it.

use aws_sdk_route53::config::interceptors::BeforeDeserializationInterceptorContextMut;
use aws_sdk_route53::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_route53::error::BoxError;
use aws_smithy_types::body::SdkBody;
use http_body_util::{LengthLimitError, Limited};

/// As much of a body is read.
const MOST: usize = 4 * 1024 * 1024;

/// Bounds every answer of a client.
#[derive(Debug)]
pub(super) struct AnswerSize;

impl Intercept for AnswerSize {
    fn name(&self) -> &'static str {
        "AnswerSize"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context.response_mut().take_body();
        *context.response_mut().body_mut() = SdkBody::from_body_1_x(Limited::new(body, MOST));
        Ok(())
    }
}

/// What is to be said about an error, if it is that an answer was too large.
pub(super) fn complaint(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.is::<LengthLimitError>() {
            return Some(format!("an answer of more than {} MB", MOST / 1024 / 1024));
        }
        next = error.source();
    }
    None
}
