//! Below the shares: why they are what they are, where the weights alone do not say it.

use crate::views::facts::Remark;
use crate::views::{reasons, verdicts, words};

use super::region::{Block, Scene};
use super::warnings::{SIGN, texts_block};

/// The remarks; each has its first line before any has its second, and what has no room is counted.
pub(super) fn block<'a>(scene: &Scene<'a>) -> Block<'a> {
    let Some(segment) = scene.snapshot.current() else {
        return Block::none();
    };
    let notes = verdicts::notes(scene.snapshot, segment)
        .into_iter()
        .map(Remark::warning);
    let uncounted = verdicts::uncounted(segment).map(Remark::plain);
    let remarks = notes
        .chain(reasons::remarks(&segment.sets))
        .chain(uncounted);
    let texts = remarks.map(|remark| {
        let sign = if remark.is_warning { SIGN } else { " · " };
        let theme = scene.theme;
        (
            sign,
            remark.text,
            theme.warning_if(remark.is_warning, theme.quiet),
        )
    });
    texts_block(scene, &texts.collect::<Vec<_>>(), words::and_more)
}
