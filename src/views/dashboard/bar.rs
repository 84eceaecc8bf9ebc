//! The bar of one share, with the declared share as a mark in it.
//!
//! The mark takes a cell of its own between two others, so a bar that ends left of it, at it or right of it can be
//! told apart without colour. The difference is what is rounded to cells: a bar that misses the mark misses it by
//! more than half a cell.

use ratatui::text::{Line, Span};

use super::theme::Theme;

const FILLED: &str = "█";
const REST: &str = "░";
const MARK: &str = "│";

/// The steps for groups of many small shares.
const SMALL_SCALES: [f64; 4] = [0.02, 0.05, 0.1, 0.2];

/// The share that fills a whole bar: everything, unless all declared shares are so small that their bars would
/// look alike. It depends on what is declared only, so bars do not change their scale while one looks.
pub(super) fn full_share(declared: impl IntoIterator<Item = f64>) -> f64 {
    let largest = declared.into_iter().fold(0.0, f64::max);
    if largest <= 0.0 {
        return 1.0;
    }
    SMALL_SCALES
        .into_iter()
        .find(|&scale| largest * 2.0 <= scale)
        .unwrap_or(1.0)
}

/// A bar of exactly that width.
pub(super) fn bar(
    observed: Option<f64>,
    declared: f64,
    width: usize,
    theme: &Theme,
) -> Line<'static> {
    let Some(cells) = width.checked_sub(1) else {
        return Line::default();
    };
    let mark = nearest_cells(declared, cells);
    let filled = observed.map_or(0, |share| filled_cells(share, declared, mark, cells));
    let part = |text: &str, from: usize, to: usize| text.repeat(to.saturating_sub(from));
    Line::from(vec![
        Span::styled(part(FILLED, 0, filled.min(mark)), theme.bar),
        Span::styled(part(REST, filled, mark), theme.bar_rest),
        Span::styled(MARK, theme.mark),
        Span::styled(part(FILLED, mark, filled), theme.bar),
        Span::styled(part(REST, filled.max(mark), cells), theme.bar_rest),
    ])
}

/// The cells up to the mark and those that the difference is worth, but something for every share above 0 and not
/// everything below 1.
fn filled_cells(share: f64, declared: f64, mark: usize, cells: usize) -> usize {
    let off = nearest_cells((share - declared).abs(), cells);
    let filled = if share > declared {
        mark + off
    } else {
        mark.saturating_sub(off)
    };
    let least = usize::from(share > 0.0).min(cells);
    let most = if share < 1.0 {
        cells.saturating_sub(1).max(least)
    } else {
        cells
    };
    filled.clamp(least, most)
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a bar has few cells, and the product is between 0 and their number"
)]
fn nearest_cells(share: f64, cells: usize) -> usize {
    (share.clamp(0.0, 1.0) * cells as f64).round() as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(observed: Option<f64>, declared: f64, width: usize) -> String {
        let line = bar(observed, declared, width, &Theme::plain());
        line.spans
            .iter()
            .map(|span| span.content.as_ref())
            .collect()
    }

    #[test]
    fn the_mark_stands_where_the_share_should_end() {
        assert_eq!(text(Some(0.5), 0.5, 11), "█████│░░░░░");
        assert_eq!(text(Some(0.6), 0.5, 11), "█████│█░░░░");
        assert_eq!(text(Some(0.4), 0.5, 11), "████░│░░░░░");
        assert_eq!(text(Some(0.0), 0.0, 11), "│░░░░░░░░░░");
        assert_eq!(text(Some(1.0), 1.0, 11), "██████████│");
        assert_eq!(text(None, 0.3, 11), "░░░│░░░░░░░");
    }

    #[test]
    fn a_small_share_is_seen_and_a_large_one_is_not_all() {
        assert_eq!(text(Some(0.001), 0.0, 11), "│█░░░░░░░░░");
        assert_eq!(text(Some(0.999), 1.0, 11), "█████████░│");
    }

    #[test]
    fn only_groups_of_small_shares_are_magnified() {
        assert!((full_share([0.72, 0.28]) - 1.0).abs() < 1e-9);
        assert!((full_share([0.0, 1.0]) - 1.0).abs() < 1e-9);
        assert!((full_share([0.1; 10]) - 0.2).abs() < 1e-9);
        assert!((full_share([0.01; 100]) - 0.02).abs() < 1e-9);
        assert!((full_share([]) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_difference_of_less_than_half_a_cell_is_none() {
        assert_eq!(text(Some(0.5449), 0.5, 11), "█████│░░░░░");
        assert_eq!(text(Some(0.4551), 0.5, 11), "█████│░░░░░");
        // Two shares that would be rounded apart although they are nearly the same.
        assert_eq!(text(Some(0.251), 0.249, 11), "██│░░░░░░░░");
    }

    #[test]
    fn shares_that_are_no_numbers_draw_an_empty_bar() {
        assert_eq!(text(Some(f64::NAN), f64::NAN, 5), "│░░░░");
        assert_eq!(text(Some(2.0), -1.0, 5), "│████");
    }

    proptest! {
        #[test]
        fn every_bar_has_its_width(observed in prop::option::of(any::<f64>()), declared in any::<f64>(), width in 0usize..80) {
            prop_assert_eq!(text(observed, declared, width).chars().count(), width);
        }
    }
}
