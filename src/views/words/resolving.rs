//! What resolvers that were named still answer.

use crate::views::language::{Phrase, phrase};

/// Above the resolvers.
pub const RESOLVERS: Phrase = phrase("Resolvers", "리졸버");
/// Titles of their table.
pub const COLUMNS: [Phrase; 4] = [
    phrase("Resolver", "리졸버"),
    phrase("Answers", "응답"),
    phrase("For", "남은 시간"),
    phrase("Picked", "선택 시점"),
];
/// What it answers was picked before the newest change was seen.
pub const BEFORE: Phrase = phrase("before the change", "변경 전");
/// It was not.
pub const SINCE: Phrase = phrase("as declared now", "현재 설정");
/// Several sets can have given it.
pub const SEVERAL: Phrase = phrase("several sets", "여러 세트");
/// No set can have given it.
pub const NOBODY: Phrase = phrase("of no set", "세트에 없음");

sentences! {
    /// What it holds is not declared any more.
    former(set: &str) "{set}, as it was"
        "{set} (이전 값)";
    /// It gives no answer.
    fails(fault: &str) "no answer: {fault}"
        "응답 없음: {fault}";
    /// Some still answer what is old.
    old(count: usize, all: usize, longest: &str) "{count} of {all} resolvers still answer what they took before the change, for {longest} more at most"
        "리졸버 {all}개 중 {count}개가 아직 변경 전 응답을 준다. 길어야 {longest} 더 남았다";
    /// The same in a few words.
    old_short(count: usize, all: usize, longest: &str) "resolvers old {count}/{all} ({longest})"
        "이전 응답 리졸버 {count}/{all} ({longest})";
    /// One has begun to fail.
    failed(address: &str, fault: &str) "resolver {address} gives no answer: {fault}"
        "{address} 리졸버가 응답을 주지 않는다: {fault}";
    /// One answers again.
    back(address: &str) "resolver {address} answers again"
        "{address} 리졸버가 다시 응답한다";
}
