//! Numbers of one kind, and how they are told: the median with the least and the most.

use r53mon::model::share::as_f64;

/// Numbers of one kind, sorted.
#[derive(Clone, Debug, Default)]
pub struct Sample(Vec<f64>);

impl FromIterator<f64> for Sample {
    fn from_iter<T: IntoIterator<Item = f64>>(numbers: T) -> Self {
        let mut numbers: Vec<f64> = numbers.into_iter().collect();
        numbers.sort_by(f64::total_cmp);
        Self(numbers)
    }
}

impl Sample {
    /// The number below which this share of them lies, on the line between the two nearest.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place in a list, from 0 to its length"
    )]
    pub fn quantile(&self, share: f64) -> f64 {
        let place = as_f64(self.0.len().saturating_sub(1) as u64) * share;
        let at = |place: f64| self.0.get(place as usize).copied().unwrap_or(f64::NAN);
        let (below, above) = (at(place.floor()), at(place.ceil()));
        below + (above - below) * place.fract()
    }

    /// "2.05 (1.98-2.11)": the median with the least and the most.
    pub fn told(&self, decimals: usize) -> String {
        let [least, median, most] = [0.0, 0.5, 1.0].map(|share| self.quantile(share));
        if self.0.len() < 2 {
            return format!("{median:.decimals$}");
        }
        format!("{median:.decimals$} ({least:.decimals$}-{most:.decimals$})")
    }
}

/// A table in Markdown.
pub fn table(titles: &[&str], rows: &[Vec<String>]) -> String {
    let line = |cells: &[&str]| format!("| {} |\n", cells.join(" | "));
    let mut text = line(titles) + &line(&vec!["---"; titles.len()]);
    for row in rows {
        let cells: Vec<&str> = row.iter().map(String::as_str).collect();
        text += &line(&cells);
    }
    text
}
