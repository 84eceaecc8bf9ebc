//! What is said of readers that are slow.

sentences! {
    /// Events that a reader is never told.
    events_lost(count: u64 => "event" | "events") "{count} lost: they came faster than they could be told"
        "이벤트 {count}건 유실: 전할 수 있는 속도보다 빨리 일어났다";
    /// What the process did not wait for: `output`, `log`.
    end_lost(what: &str) "the end of the {what} is lost: nobody has read any of it since the run ended"
        "끝부분 유실 ({what}): 실행이 끝난 뒤 아무도 읽지 않았다";
    /// A terminal that the system lets nobody read or write any more, and what it says.
    terminal_gone(why: &str) "the run has ended because the terminal cannot be read or written any more: {why}"
        "터미널을 더 이상 읽거나 쓸 수 없어 실행이 끝났다: {why}";
}
