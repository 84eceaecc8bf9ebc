//! What the keys do, and the page that explains the picture.

use crate::views::language::{Phrase, phrase};

/// The keys that end the run.
pub const QUIT: Phrase = phrase("q quit", "q 종료");
/// The key that shows and hides the page.
pub const HELP: Phrase = phrase("? why, help", "? 이유·도움말");
/// The same while the page is shown.
pub const BACK: Phrase = phrase("? back", "? 뒤로");
/// The keys that show and hide what happened.
pub const EVENTS: Phrase = phrase("e events", "e 이벤트");
/// The keys that show more and less of the course.
pub const WINDOW: Phrase = phrase("[ ] course", "[ ] 추이");
/// The keys that scroll by a row.
pub const SCROLL: Phrase = phrase("Up/Down scroll", "Up/Down 스크롤");
/// The keys that scroll by a screen.
pub const PAGE: Phrase = phrase("PgUp/PgDn page", "PgUp/PgDn 쪽");
/// The keys that go to the first and to the last set.
pub const ENDS: Phrase = phrase("Home/End ends", "Home/End 처음·끝");

/// Above the keys.
pub const KEYS: Phrase = phrase("Keys", "키");
/// Above what the columns mean.
pub const NUMBERS: Phrase = phrase("Numbers", "숫자");
/// Above what the numbers do not say.
pub const MEANING: Phrase = phrase("What is measured", "무엇을 측정하는가");
/// Above what the queries cost.
pub const COST: Phrase = phrase("Cost", "비용");

/// Terms and what they mean, a row each: both in English, then in Korean.
macro_rules! terms {
    ($($term:literal $meaning:literal $korean_term:literal $korean:literal;)*) => {
        &[$((phrase($term, $korean_term), phrase($meaning, $korean))),*]
    };
}

/// What each key does: the key, and what it does.
pub const KEY_LINES: &[(Phrase, Phrase)] = terms! {
    "q, Ctrl+C" "end the run and print the final statistics"
        "q, Ctrl+C" "실행을 끝내고 최종 통계를 출력한다";
    "? or h" "this page, with why the verdict is what it is on top; Esc leaves it too"
        "?, h" "이 도움말. 맨 위에 판정 이유가 있다. Esc로도 나간다";
    "e or 2" "what happened, in full, and the weights that were in force before"
        "e, 2" "일어난 일 전체와 이전에 적용된 가중치";
    "[, ]" "more of the course, up to the whole run, or less of it"
        "[, ]" "추이를 더 길게(최대 실행 전체), 또는 더 짧게 본다";
    "Up, Down" "scroll by a row; also k and j"
        "Up, Down" "한 행씩 스크롤. k, j도 같다";
    "PgUp, PgDn" "scroll by a screen"
        "PgUp, PgDn" "한 화면씩 스크롤";
    "Home, End" "to the first and the last row"
        "Home, End" "첫 행과 마지막 행으로";
};

/// What the numbers are: the title of a column or a word, and its meaning.
pub const NUMBER_LINES: &[(Phrase, Phrase)] = terms! {
    "Weight" "as declared for the set itself"
        "Weight" "세트 자체에 설정된 가중치";
    "Ratio" "behind Weight: the share that Route 53 should answer with, from weights, health and nesting"
        "Ratio" "Weight 뒤: 가중치, 상태, 중첩에 따라 Route 53이 응답해야 하는 비율";
    "Ratio" "behind Count: the share of the answers that the verdict counts"
        "Ratio" "Count 뒤: 판정이 집계한 응답에서의 실제 비율";
    "Diff" "the second minus the first, in percentage points; bright, with ! before it, where the first lies outside the range"
        "Diff" "실제 비율 - 설정 비율, 퍼센트포인트. 설정 비율이 구간 밖이면 밝게 표시되고 앞에 !가 붙는다";
    "99% range" "the served share lies within it, however often one looks; from the answers that the verdict counts"
        "99% 구간" "몇 번을 보더라도 실제로 응답하는 비율이 들어 있는 구간. 판정이 집계한 응답으로 구한다";
    "Last min" "share of the named answers of the last minute"
        "최근 1분" "최근 1분 동안 식별된 응답에서의 비율";
    "State" "current: serves the declared shares; propagating: has not shown them yet; stale: time is up"
        "상태" "current: 설정 비율로 응답한다. propagating: 아직 새 비율이 보이지 않는다. stale: 기한이 지나도 이전 비율이다";
    "Distribution" "a bar for the second ratio; │ in it is the first"
        "Distribution" "실제 비율의 막대. 안의 │가 설정 비율이다";
    "named" "answers that exactly one set could have given; only they enter a share"
        "식별" "한 세트만 줄 수 있는 응답. 이것만 비율에 들어간다";
    "ambiguous" "answers that several sets could have given"
        "모호" "여러 세트가 줄 수 있는 응답";
    "unknown" "answers that no set could have given"
        "미상" "어느 세트도 줄 수 없는 응답";
};
