//! What the keys do, and the page that explains the picture.

/// The keys that end the run.
pub const QUIT: &str = "q quit";
/// The key that shows and hides the page.
pub const HELP: &str = "? why, help";
/// The key that leads back from every page.
pub const BACK: &str = "Esc back";
/// The key that narrows the list of events down.
pub const FILTER: &str = "/ filter";
/// The key that opens what is selected.
pub const OPEN: &str = "Enter open";
/// In place of what is said of keys on the page of help only.
pub const ON_ITS_PAGE: &str = "";
/// The keys that show and hide what happened.
pub const EVENTS: &str = "e events";
/// The keys that show more and less of the course.
pub const WINDOW: &str = "[ ] course";
/// The keys that scroll by a row.
pub const SCROLL: &str = "Up/Down scroll";
/// The keys that scroll by a screen.
pub const PAGE: &str = "PgUp/PgDn page";
/// The keys that go to the first and to the last set.
pub const ENDS: &str = "Home/End ends";

/// What `q` asks while a change is coming through.
pub const QUIT_DURING_CHANGE: &str =
    "a change is coming through: q again ends, any other key goes on";
/// The same where that has no room, and when the change has come through meanwhile.
pub const QUIT_AFTER_ALL: &str = "q again ends, any other key goes on";

/// Above the keys.
pub const KEYS: &str = "Keys";
/// Above what the columns mean.
pub const NUMBERS: &str = "Numbers";
/// Above what the numbers do not say.
pub const MEANING: &str = "What is measured";
/// Above what the queries cost.
pub const COST: &str = "Cost";

/// Terms and what they mean, a row each.
macro_rules! terms {
    ($($term:literal $meaning:literal;)*) => { &[$(($term, $meaning)),*] };
}

/// What each key does: the key, and what it does.
pub const KEY_LINES: &[(&str, &str)] = terms! {
    "q" "end the run and print the final statistics; while a change is coming through it asks first";
    "Ctrl+C" "end it at once";
    "Up, Down" "select a set or a name server, on other pages scroll by a row; also k and j";
    "PgUp, PgDn" "the same by a screen";
    "Home, End" "the same to the first and the last row";
    "Enter" "the page of what is selected";
    "Esc" "back: from a page to the picture, there out of the selection; it never ends the run";
    "1, 2, 3" "the picture, the events, the page of the selection (the first set where nothing is selected)";
    "Tab" "the next of these pages; Shift+Tab the one before";
    "e" "what happened, in full, and the weights that were in force before; e again leads back";
    "/" "only events with the text that is typed then, whatever its case: Enter keeps it, Esc clears it";
    "[, ]" "more of the course, up to the whole run, or less of it";
    "Space" "the picture stands still, or goes on; measuring goes on all the time";
    "s" "the sets in declared order, the worst first, or by name";
    "r" "count anew: a new segment with the same declared shares";
    "p" "read the weights now";
    "+, -" "more or fewer queries a second, 1 to 100";
    "h" "HTTP requests off, or on again";
    "y, Y" "copy a summary in three lines, or the final statistics as Markdown, to the terminal's clipboard (OSC 52)";
    "u" "copy the command that undoes the last change, as it stands above on this page when there is one";
    "w" "write the final statistics (Markdown) and the JSON report to files in the current directory";
    "Ctrl+Z" "stop the program and get the shell back; fg goes on";
    "?" "this page, with why the verdict is what it is on top; the same key leads back";
};

/// What the numbers are: the title of a column or a word, and its meaning.
pub const NUMBER_LINES: &[(&str, &str)] = terms! {
    "Weight" "as declared for the set itself";
    "Ratio" "behind Weight: the share that Route 53 should answer with, from weights, health and nesting";
    "Ratio" "behind Count: the share of the answers that the verdict counts";
    "Diff" "the second minus the first, in percentage points; bright, with ! before it, where the first lies outside the range";
    "99% range" "the served share lies within it, however often one looks; from the answers that the verdict counts";
    "Last min" "share of the named answers of the last minute";
    "State" "current: serves the declared shares; propagating: has not shown them yet; stale: time is up";
    "Distribution" "a bar for the second ratio; │ in it is the first";
    "named" "answers that exactly one set could have given; only they enter a share";
    "ambiguous" "answers that several sets could have given";
    "unknown" "answers that no set could have given";
};
