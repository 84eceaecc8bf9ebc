//! What is said of the command that undoes the last change, and in it.

/// Above the command.
pub const UNDO: &str = "Undo the last change";
/// Before it in a line.
pub const UNDO_LABEL: &str = "undo";

sentences! {
    /// What Route 53 keeps with the change.
    comment(at: &str) "r53mon: back to what was declared before {at}";
    /// A set that came with the change.
    stays(set: &str, tool: &str) "{set} came with the last change and is not undone: {tool} restores only what was there before";
    /// Something of a set would be lost.
    would_lose(set: &str, elements: &str)
        "no command is told for the last change: {set} has {elements}, which r53mon does not write, so a command would take it away";
    /// Something else stands in the place of the record.
    replaced(found: &str) "no command is told for the last change: {found} stands at the name, and weighted sets beside it are refused; remove it first";
    /// A part of the command cannot be shown as it is.
    not_shown(part: &str) "no command is told for the last change: {part} holds characters that cannot be shown as they are";
    /// An attribute that has to go.
    without(attribute: &str) "no {attribute}";
    /// Where Terraform has the resource of a set.
    terraform_set(name: &str, record_type: &str, identifier: &str)
        "aws_route53_record with name = {name}, type = {record_type}{identifier}: ";
}

/// The simple record of a name, or the set with an identifier.
pub fn set(name: &str, identifier: Option<&str>) -> String {
    identifier.map_or_else(|| name.to_owned(), str::to_owned)
}

/// Who restores.
pub fn tool(is_terraform: bool) -> &'static str {
    if is_terraform { "this" } else { "the command" }
}
