//! The object of a change that is told and not made.

use serde_json::{Value, json};

use crate::snapshot::Snapshot;
use crate::views::command::Told;

/// How a change is made.
pub(super) fn told(snapshot: &Snapshot, told: &Told) -> Value {
    json!({
        "tool": snapshot.record.tool.iac.as_str(),
        "command": told.command,
        "remarks": told.remarks,
    })
}
