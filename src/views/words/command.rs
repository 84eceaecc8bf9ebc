//! What is said of commands that make a change, and in them.

use crate::views::language::{Phrase, phrase, pick};

/// Above the command.
pub const UNDO: Phrase = phrase("Undo the last change", "마지막 변경 되돌리기");
/// Before it in a line.
pub const UNDO_LABEL: Phrase = phrase("undo", "되돌리기");

/// The last change went back to what was there before the one that it followed.
pub const WAY_BACK: Phrase = phrase(
    "nothing to undo, the last change was itself a way back",
    "되돌릴 것이 없다. 마지막 변경 자체가 이전으로 되돌린 것이다",
);

sentences! {
    /// What undoing would restore was left for a reason.
    undo_leads_to(rule: &str) "undoing the last change leads to weights under which a critical gate tripped: {rule}"
        "마지막 변경을 되돌리면 중대 게이트가 작동했던 가중치가 된다: {rule}";
    /// What a command leads to was left for a reason.
    leads_to(rule: &str) "this leads to weights under which a critical gate tripped: {rule}"
        "중대 게이트가 작동했던 가중치로 간다: {rule}";
    /// What Route 53 keeps with the change.
    comment(at: &str) "r53mon: back to what was declared before {at}"
        "r53mon: back to what was declared before {at}";
    /// A set that came with the change.
    stays(set: &str, tool: &str) "{set} came with the last change and is not undone: {tool} restores only what was there before"
        "{set}: 마지막 변경으로 생긴 것이라 되돌리지 않는다. {tool} 이전에 있던 것만 복원한다";
    /// Something of a set would be lost.
    would_lose(set: &str, elements: &str)
        "no command is told: {set} has {elements}, which r53mon does not write, so a command would take it away"
        "명령을 알려 주지 않는다: {set}에 r53mon이 쓰지 않는 요소({elements})가 있어 명령을 실행하면 그 요소가 없어진다";
    /// Something else stands in the place of the record.
    replaced(found: &str) "no command is told: {found} stands at the name, and weighted sets beside it are refused; remove it first"
        "명령을 알려 주지 않는다: 이 이름에 {found} 레코드가 있어 그 옆의 가중치 세트는 거부된다. 먼저 그것을 제거한다";
    /// A part of the command cannot be shown as it is.
    not_shown(part: &str) "no command is told: {part} holds characters that cannot be shown as they are"
        "명령을 알려 주지 않는다: {part}에 그대로 표시할 수 없는 문자가 있다";
    /// An attribute that has to go.
    without(attribute: &str) "no {attribute}"
        "{attribute} 없음";
    /// Where Terraform has the resource of a set.
    terraform_set(name: &str, record_type: &str, identifier: &str)
        "aws_route53_record with name = {name}, type = {record_type}{identifier}: "
        "aws_route53_record (name = {name}, type = {record_type}{identifier}): ";
}

/// The simple record of a name, or the set with an identifier.
pub fn set(name: &str, identifier: Option<&str>) -> String {
    identifier.map_or_else(|| name.to_owned(), str::to_owned)
}

/// Who restores.
pub fn tool(is_terraform: bool) -> &'static str {
    if is_terraform {
        pick("this", "이 내용은")
    } else {
        pick("the command", "이 명령은")
    }
}
