//! What this machine has too little of.

use crate::model::shortage::Shortage;
use crate::views::language::pick;

/// What it has too little of, and what to do about it.
pub fn in_words(shortage: Shortage) -> (String, &'static str) {
    let (what, cure) = match shortage {
        Shortage::Emfile => (
            "이 프로세스는 파일이나 소켓을 더 열 수 없다",
            "열 수 있는 파일 수의 한도를 올린다 (ulimit -n)",
        ),
        Shortage::Enfile => (
            "이 컴퓨터는 파일이나 소켓을 더 열 수 없다",
            "자원을 비우거나 다른 컴퓨터를 쓴다",
        ),
        Shortage::Enobufs => (
            "이 컴퓨터에 네트워크 버퍼가 남아 있지 않다",
            "자원을 비우거나 다른 컴퓨터를 쓴다",
        ),
        Shortage::Enomem => (
            "이 컴퓨터에 메모리가 남아 있지 않다",
            "자원을 비우거나 다른 컴퓨터를 쓴다",
        ),
        Shortage::Eagain => (
            "이 컴퓨터는 스레드나 포트를 더 주지 않는다",
            "프로세스 수의 한도를 올리거나 (ulimit -u) 다른 프로세스를 끝낸다",
        ),
    };
    let (what, code) = (pick(shortage.what(), what), shortage.as_str());
    (format!("{what} ({code})"), pick(shortage.cure(), cure))
}
