//! Reads where something is: URLs, and addresses with or without a port.

use std::net::{IpAddr, SocketAddr};

use url::{ParseError, Url};

use super::super::keys::{Kind, MOST_ADDRESSES};
use super::given::{Detail, because};
use crate::model::address::no_host;
use crate::model::language::{Both, both};

pub(super) fn endpoint(_: &Kind, text: &str) -> Result<Url, Detail> {
    let url = Url::parse(text.trim()).map_err(|error| match error {
        ParseError::RelativeUrlWithoutBase => because(
            "there is no http:// or https:// in front",
            "앞에 http://나 https://가 없다",
        ),
        other => Some(no_url(other)),
    })?;
    if !matches!(url.scheme(), "http" | "https") {
        let scheme = url.scheme();
        return Err(Some(both!("its scheme is {scheme}", "스킴이 {scheme}이다")));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(because("it has no host", "호스트가 없다"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(because(
            "it holds a user name or password, which would be sent with every request",
            "모든 요청과 함께 전송될 사용자 이름이나 비밀번호가 들어 있다",
        ));
    }
    if url.port() == Some(0) {
        return Err(because(
            "port 0 cannot be connected to",
            "포트 0에는 연결할 수 없다",
        ));
    }
    Ok(url)
}

/// What the library for URLs says, which knows only English.
fn no_url(error: ParseError) -> Both {
    let korean = match error {
        ParseError::EmptyHost => "호스트가 비어 있다",
        ParseError::IdnaError => "올바른 국제화 도메인 이름이 아니다",
        ParseError::InvalidPort => "포트 번호가 잘못되었다",
        ParseError::InvalidIpv4Address => "IPv4 주소가 잘못되었다",
        ParseError::InvalidIpv6Address => "IPv6 주소가 잘못되었다",
        ParseError::InvalidDomainCharacter => "호스트 이름에 쓸 수 없는 문자가 있다",
        ParseError::Overflow => "너무 길다",
        _ => "올바른 URL이 아니다",
    };
    both!("{error}", "{korean}")
}

/// An address with or without a port; the port is that of DNS when none is given.
pub(super) fn address(_: &Kind, text: &str) -> Result<SocketAddr, Detail> {
    let text = text.trim();
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(text);
    if let Ok(address) = bare.parse::<IpAddr>() {
        return of_a_host(SocketAddr::new(address, 53));
    }
    match text.parse::<SocketAddr>() {
        Ok(address) if address.port() == 0 => {
            Err(Some(both!("{text} has port 0", "{text}의 포트가 0이다")))
        }
        Ok(address) => of_a_host(address),
        Err(_) if text.is_empty() => Err(because("an address is empty", "빈 주소가 있다")),
        Err(_) if has_wrong_port(text) => Err(Some(both!(
            "the port of \"{text}\" is no number from 1 to 65535",
            "\"{text}\"의 포트는 1부터 65535까지의 수가 아니다"
        ))),
        Err(_) => Err(Some(both!(
            "\"{text}\" is no IP address; a name cannot be given here",
            "\"{text}\"는 IP 주소가 아니다; 여기에는 이름을 쓸 수 없다",
        ))),
    }
}

/// Whether it would be an address with another port.
fn has_wrong_port(text: &str) -> bool {
    let address = text.rsplit_once(':').map(|(address, _)| address);
    address.is_some_and(|address| format!("{address}:53").parse::<SocketAddr>().is_ok())
}

pub(super) fn addresses(kind: &Kind, text: &str) -> Result<Vec<SocketAddr>, Detail> {
    let mut all = Vec::new();
    for part in text.split(',') {
        let address = address(kind, part)?;
        if all.contains(&address) {
            return Err(Some(both!(
                "{address} is named twice",
                "{address}가 두 번 나온다"
            )));
        }
        if all.len() == MOST_ADDRESSES {
            return Err(because("they are too many", "너무 많다"));
        }
        all.push(address);
    }
    Ok(all)
}

/// Whoever gives a link-local address may mean the resolver of a cloud; no server can have one that is nobody's.
fn of_a_host(address: SocketAddr) -> Result<SocketAddr, Detail> {
    match no_host(address.ip()).filter(|what| what.for_nobody()) {
        None => Ok(address),
        Some(what) => Err(Some(what.no_server(address.ip()))),
    }
}
