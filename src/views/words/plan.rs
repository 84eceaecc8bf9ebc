//! Sentences of `r53mon plan`.

use crate::views::language::{Phrase, phrase};

sentences! {
    /// What is planned.
    title(weights: &str, tps: u64 => "answer a second" | "answers a second", servers: usize => "name server" | "name servers")
        "Plan for weights {weights}: {tps} from {servers}"
        "가중치 {weights} 계획: 네임 서버 {servers}대에서 초당 응답 {tps}건";
    /// How sure and how exact a verdict has to be.
    terms(confidence: &str, tolerance: &str)
        "Confidence {confidence}; a match is within {tolerance} percentage points, and at most half the way to 0% or 100%."
        "신뢰수준 {confidence}. MATCH는 {tolerance}%p 이내이고, 0%나 100%까지 거리의 절반을 넘지 않는다.";
    /// A set is never answered.
    set_dead(number: usize, weight: u64) "set {number} (weight {weight}) dead"
        "세트 {number}({weight}) 응답 없음";
    /// Too few runs for good numbers.
    rough(runs: usize => "run" | "runs") "The numbers are rough: {runs} for the hardest line."
        "어림값이다: 가장 어려운 행은 모의 실행 {runs}회로 구했다.";
}

/// Columns of the table of sets.
pub const SET_COLUMNS: [Phrase; 5] = [
    phrase("Set", "세트"),
    phrase("Weight", "Weight"),
    phrase("Declared", "설정"),
    phrase("Match from", "MATCH 하한"),
    phrase("to", "상한"),
];
/// Columns of the table of needs.
pub const NEED_COLUMNS: [Phrase; 6] = [
    phrase("Answers and time", "응답 수와 시간"),
    phrase("until", "까지"),
    phrase("half of runs", "실행의 절반"),
    phrase("", ""),
    phrase("nine in ten", "열에 아홉"),
    phrase("", ""),
];

/// Above the table of needs.
pub const NEEDS: Phrase = phrase(
    "How long it takes, in simulated runs:",
    "모의 실행에서 걸린 시간:",
);
/// The shares that are declared are served.
pub const MATCH: Phrase = phrase("all is well", "모두 정상");
/// What is waited for where all is well.
pub const FOUND_MATCH: Phrase = phrase("match", "MATCH");
/// What comes first of a fault: the split is not exactly the declared one.
pub const FOUND_OFF: &str = "off";
/// What comes of a fault that is larger than the tolerance.
pub const FOUND_MISMATCH: Phrase = phrase("mismatch", "MISMATCH");
/// What begins with the counting.
pub const AT_ONCE: Phrase = phrase("fault from the start", "처음부터 이상");
/// What begins after a while.
pub const LATER: Phrase = phrase("fault after half an hour", "30분 뒤부터 이상");

/// The largest set loses to the next.
pub const SHIFTED: Phrase = phrase("10 points to the next", "다음 세트로 10%p 이동");
/// The same at one of the name servers.
pub const SHIFTED_AT_ONE: Phrase = phrase("the same at one server", "서버 한 대에서만 이동");

/// What the shift is.
pub const SHIFT: Phrase = phrase(
    "The shift takes ten points, or all it has, from the set with the largest share and gives them to the next one.",
    "이동: 비율이 가장 큰 세트에서 10%p(그보다 작으면 전부)를 덜어 다음 세트에 준다.",
);
/// What is told of a fault before a mismatch.
pub const OFF_MEANS: Phrase = phrase(
    "off: a remark beside the verdict, the split is not exactly the declared one. mismatch: a share is outside its tolerance. Off counts all since the start, so health before a fault delays it.",
    "off: 판정 옆에 붙는 설명으로, 분배가 설정과 정확히 같지는 않다는 뜻이다. MISMATCH: 비율이 허용 오차를 벗어났다. off는 시작부터 모두 세므로, 이상이 생기기 전의 정상 구간이 길면 늦어진다.",
);
/// A need without a number.
pub const OUT_OF_REACH: &str = "?";
/// What it means.
pub const OUT_OF_REACH_MEANS: Phrase = phrase(
    "? is more than ten million answers or more than could be worked out; a fault within the tolerance is never found.",
    "?는 응답 천만 건을 넘거나 계산할 수 없었다는 뜻이다. 허용 오차 안의 이상은 발견되지 않는다.",
);

/// What the numbers leave out.
pub const CAVEAT: Phrase = phrase(
    "Only answers that name a set count: faults make it longer. Real runs differ from simulated ones as these do from each other.",
    "세트가 식별된 응답만 세므로, 실패가 있으면 더 오래 걸린다. 실제 실행은 모의 실행끼리 다른 만큼 모의 실행과 다르다.",
);

/// The fault of a plan with too few sets.
pub const NO_FAULTS: Phrase = phrase(
    "With a single set that is answered there is no split, so no fault of one to be found.",
    "응답하는 세트가 하나뿐이면 분배가 없으므로, 발견할 이상도 없다.",
);
