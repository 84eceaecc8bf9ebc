//! What the API says when it refuses.

use axum::http::StatusCode;

/// An error as the caller gets it.
#[derive(Debug)]
pub(super) struct ApiError {
    pub(super) status: StatusCode,
    pub(super) code: &'static str,
    pub(super) message: String,
}

impl ApiError {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
        }
    }

    /// What is wrong with the changes of a batch, in the brackets that AWS puts around all of it.
    pub(super) fn invalid_batch(problems: &[String]) -> Self {
        let message = format!("[{}]", problems.join(", "));
        Self::new(StatusCode::BAD_REQUEST, "InvalidChangeBatch", message)
    }

    pub(super) fn invalid_input(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "InvalidInput", message)
    }
}
