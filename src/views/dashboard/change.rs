//! How the newest change of the weights comes through: when it was seen, when each name server switched, the match.

use crate::model::verdict::Propagation;
use crate::snapshot::Snapshot;
use crate::views::verdicts::Moment;
use crate::views::words::headline as words;
use crate::views::{fit, format, verdicts};

use super::region::{Block, SEPARATOR, Scene, joined, packed, title};

/// More name servers than this are not told one by one.
const MOST_SERVERS: usize = 8;

/// A title and as many rows of moments as have room; none where no change is fresh.
pub(super) fn block<'a>(scene: &Scene<'a>) -> Block<'a> {
    let (snapshot, theme) = (scene.snapshot, scene.theme);
    let Some(change) = verdicts::fresh_change(snapshot) else {
        return Block::none();
    };
    let seen = format::clock(verdicts::at(snapshot, change.seen_at));
    let behind = words::change_to(change.segment, &seen);
    let title = title(words::CHANGE, &behind, theme);
    let room = scene.width.saturating_sub(2);
    let moments = moments(snapshot, change).into_iter().map(|moment| {
        let style = theme.warning_if(moment.is_warning, theme.text);
        (in_words(&moment, change, room), style)
    });
    let rows = packed(moments.collect(), room);
    Block::new(rows.len(), move |_| {
        let rows = rows.iter().map(|row| joined(row, SEPARATOR, theme));
        std::iter::once(title.clone()).chain(rows).collect()
    })
    .framed(1)
}

/// All moments but the first, which stands in the title; of many name servers only the last.
fn moments(snapshot: &Snapshot, change: &Propagation) -> Vec<Moment> {
    let mut moments = verdicts::timeline(snapshot, change);
    moments.remove(0);
    let servers = snapshot.servers.len();
    if servers > MOST_SERVERS {
        moments.drain(1..=servers);
    }
    moments
}

fn in_words(moment: &Moment, change: &Propagation, room: usize) -> String {
    let when = moment.at.map_or_else(
        || words::NOT_YET.to_owned(),
        |at| words::offset(at, change.seen_at),
    );
    let when = if moment.is_warning {
        words::stale_until(&when)
    } else {
        when
    };
    let name = fit::cut_middle(&moment.what, room.saturating_sub(fit::width(&when) + 1));
    words::name_at(&name, &when)
}
