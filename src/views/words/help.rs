//! What the keys do, and the page that explains the picture.

use crate::views::language::{Phrase, phrase};

/// The keys that end the run.
pub const QUIT: Phrase = phrase("q quit", "q 종료");
/// The key that shows and hides the page.
pub const HELP: Phrase = phrase("? why, help", "? 이유·도움말");
/// The key that leads back from every page.
pub const BACK: Phrase = phrase("Esc back", "Esc 뒤로");
/// The key that narrows the list of events down.
pub const FILTER: Phrase = phrase("/ filter", "/ 필터");
/// Keys of a filter that is being typed: it holds from now on, or is gone.
pub const TYPING: [Phrase; 2] = [
    phrase("Enter keep", "Enter 유지"),
    phrase("Esc clear", "Esc 지우기"),
];
/// The key that opens what is selected.
pub const OPEN: Phrase = phrase("Enter open", "Enter 열기");
/// In place of what is said of keys on the page of help only.
pub const ON_ITS_PAGE: Phrase = phrase("", "");
/// The keys that show and hide what happened.
pub const EVENTS: Phrase = phrase("e events", "e 이벤트");
/// The keys that show more and less of the course.
pub const WINDOW: Phrase = phrase("[ ] course", "[ ] 추이");
/// The keys that scroll by a row.
pub const SCROLL: Phrase = phrase("Up/Down scroll", "Up/Down 스크롤");
/// The keys that scroll by a screen.
pub const PAGE: Phrase = phrase("PgUp/PgDn page", "PgUp/PgDn 화면");
/// The keys that go to the first and to the last set.
pub const ENDS: Phrase = phrase("Home/End ends", "Home/End 처음·끝");

/// What `q` asks while a change is coming through.
pub const QUIT_DURING_CHANGE: Phrase = phrase(
    "a change is coming through: q again ends, any other key goes on",
    "변경이 전파되는 중: q를 다시 누르면 종료, 다른 키는 계속",
);
/// The same where that has no room, and when the change has come through meanwhile.
pub const QUIT_AFTER_ALL: Phrase = phrase(
    "q again ends, any other key goes on",
    "q를 다시 누르면 종료, 다른 키는 계속",
);

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
    "q" "end the run and print the final statistics; while a change is coming through it asks first"
        "q" "실행을 끝내고 최종 통계를 출력한다. 변경이 전파되는 중이면 먼저 묻는다";
    "Ctrl+C" "end it at once"
        "Ctrl+C" "바로 끝낸다";
    "Up, Down" "select a set or a name server, on other pages scroll by a row; also k and j"
        "Up, Down" "세트나 네임 서버를 선택한다. 다른 화면에서는 한 행씩 스크롤한다. k, j도 같다";
    "PgUp, PgDn" "the same by a screen"
        "PgUp, PgDn" "같은 동작을 한 화면씩";
    "Home, End" "the same to the first and the last row"
        "Home, End" "같은 동작으로 첫 행과 마지막 행까지";
    "Enter" "the page of what is selected"
        "Enter" "선택한 항목의 화면을 연다";
    "Esc" "back: from a page to the picture, there out of the selection; it never ends the run"
        "Esc" "뒤로: 다른 화면에서는 기본 화면으로 가고, 기본 화면에서는 선택을 푼다. 실행을 끝내지는 않는다";
    "1, 2, 3" "the picture, the events, the page of the selection (the first set where nothing is selected)"
        "1, 2, 3" "기본 화면, 이벤트, 선택한 항목의 화면 (선택한 것이 없으면 첫 세트)";
    "Tab" "the next of these pages; Shift+Tab the one before"
        "Tab" "이 가운데 다음 화면. Shift+Tab은 이전 화면";
    "e" "what happened, in full, and the weights that were in force before; e again leads back"
        "e" "일어난 일 전체와 이전에 적용된 가중치. 다시 e를 누르면 돌아간다";
    "/" "only events with the text that is typed then, whatever its case: Enter keeps it, Esc clears it"
        "/" "이어서 입력하는 글자가 들어 있는 이벤트만 본다 (대소문자 무시). Enter는 유지하고 Esc는 지운다";
    "[, ]" "more of the course, up to the whole run, or less of it"
        "[, ]" "추이를 더 길게(최대 실행 전체), 또는 더 짧게 본다";
    "Space" "the picture stands still, or goes on; measuring goes on all the time"
        "Space" "화면을 멈추거나 다시 움직인다. 측정은 계속된다";
    "s" "the sets in declared order, the worst first, or by name"
        "s" "세트를 설정 순서, 차이가 큰 순서, 이름 순서로 정렬한다";
    "r" "count anew: a new segment with the same declared shares"
        "r" "새로 집계한다: 설정 비율이 같은 새 구간이 시작된다";
    "p" "read the weights now"
        "p" "가중치를 지금 조회한다";
    "+, -" "more or fewer queries a second, 1 to 100"
        "+, -" "초당 질의 수를 늘리거나 줄인다 (1~100)";
    "h" "HTTP requests off, or on again"
        "h" "HTTP 요청을 끄거나 다시 켠다";
    "y, Y" "copy a summary in three lines, or the final statistics as Markdown, to the terminal's clipboard (OSC 52)"
        "y, Y" "세 줄 요약을, 또는 최종 통계를 Markdown으로 터미널의 클립보드에 복사한다 (OSC 52)";
    "u" "copy the command that undoes the last change, as it stands above on this page when there is one"
        "u" "마지막 변경을 되돌리는 명령을 복사한다. 있으면 이 도움말 위쪽에 있는 그대로다";
    "n" "copy the command that leads to the next stage of the plan; it stands above on this page when there is one, and is never run"
        "n" "계획의 다음 단계로 넘어가는 명령을 복사한다. 있으면 이 도움말 위쪽에 있고, 실행하지는 않는다";
    "w" "write the final statistics (Markdown) and the JSON report to files in the current directory"
        "w" "최종 통계(Markdown)와 JSON 보고서를 현재 디렉터리에 파일로 쓴다";
    "Ctrl+Z" "stop the program and get the shell back; fg goes on"
        "Ctrl+Z" "프로그램을 멈추고 셸로 돌아간다. fg로 계속한다";
    "?" "this page, with why the verdict is what it is on top; the same key leads back"
        "?" "이 도움말. 맨 위에 판정 이유가 있다. 같은 키로 돌아간다";
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
