//! Reads who is told of events, and of which.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use url::{Host, Url};

use super::super::keys::{self, ALL, Kind};
use super::given::{Detail, because};
use super::network::endpoint;
use super::plain;
use crate::model::address::no_host;
use crate::model::language::both;
use crate::model::text::visible;

/// A URL to which events may be sent.
pub(super) fn webhook(kind: &Kind, text: &str) -> Result<Url, Detail> {
    let url = endpoint(kind, text)?;
    let address = match url.host() {
        Some(Host::Ipv4(address)) => Some(address.into()),
        Some(Host::Ipv6(address)) => Some(address.into()),
        Some(Host::Domain(_)) | None => None,
    };
    match address.and_then(no_host) {
        Some(what) => Err(Some(both!(
            "its address is {what}, and nothing is sent there",
            "주소의 종류가 {what}이라서 아무것도 보내지 않는다",
            what = what.as_str()
        ))),
        None => Ok(url),
    }
}

/// A program that may be run. No shell looks for it, so a bare name is that of a file in the current directory.
pub(super) fn program(kind: &Kind, text: &str) -> Result<PathBuf, Detail> {
    let path = Path::new(".").join(plain::text(kind, text)?);
    let found = std::fs::metadata(&path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => because("there is no such file", "그런 파일이 없다"),
        _ => Some(both!("{error}", "읽을 수 없다 (\"{error}\")")),
    })?;
    if !found.is_file() {
        return Err(because("it is no file", "파일이 아니다"));
    }
    if found.permissions().mode() & 0o111 == 0 {
        return Err(because(
            "it is not marked as a program (chmod +x)",
            "실행 권한이 없다 (chmod +x)",
        ));
    }
    Ok(path)
}

pub(super) fn kinds_of_event(kind: &Kind, text: &str) -> Result<Vec<&'static str>, Detail> {
    let Kind::Words(_, words) = kind else {
        return Err(None);
    };
    let words = words();
    let mut kinds = Vec::new();
    for name in text.split(',').map(str::trim) {
        let known = words.iter().find(|word| **word == name);
        match known {
            Some(&ALL) => kinds.extend(&words),
            Some(&known) => kinds.push(known),
            None if name.is_empty() => return Err(because("one of them is empty", "빈 것이 있다")),
            None => {
                let near = keys::nearest(name, words.iter().copied());
                let shown = visible(name);
                return Err(Some(match near {
                    Some(near) => both!(
                        "\"{shown}\" is no kind of event; did you mean {near}?",
                        "\"{shown}\"라는 이벤트 종류는 없다; 혹시 {near}인가?"
                    ),
                    None => both!(
                        "\"{shown}\" is no kind of event",
                        "\"{shown}\"라는 이벤트 종류는 없다"
                    ),
                }));
            }
        }
    }
    Ok(kinds)
}
