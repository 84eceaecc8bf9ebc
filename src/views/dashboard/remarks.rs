//! Below the shares: why they are what they are, where the weights alone do not say it.

use crate::snapshot::Snapshot;
use crate::views::reasons::{self, Remark};
use crate::views::{verdicts, words};

use super::region::{Block, Scene};
use super::warnings::{SIGN, texts_block};

/// The remarks; each has its first line before any has its second, and what has no room is counted.
pub(super) fn block<'a>(scene: &Scene<'a>) -> Block<'a> {
    let theme = scene.theme;
    let texts = remarks(scene.snapshot).into_iter().map(|remark| {
        let (sign, style) = if remark.is_warning {
            (SIGN, theme.warning)
        } else {
            (" · ", theme.quiet)
        };
        (sign, remark.text, style)
    });
    texts_block(scene, &texts.collect::<Vec<_>>(), words::and_more)
}

fn remarks(snapshot: &Snapshot) -> Vec<Remark> {
    let Some(segment) = snapshot.current() else {
        return Vec::new();
    };
    let notes = verdicts::notes(snapshot, segment).into_iter();
    let notes = notes.map(|text| Remark {
        text,
        is_warning: true,
    });
    let range = verdicts::range_note(segment).map(|text| Remark {
        text,
        is_warning: false,
    });
    notes
        .chain(reasons::remarks(&segment.sets))
        .chain(range)
        .collect()
}
