//! How a set answers over HTTP, in figures.

use crate::views::language::{Phrase, phrase};

/// Where the time of a request was spent.
pub const PHASES: Phrase = phrase("Time", "시간 내역");
/// The addresses of a set.
pub const ADDRESSES: Phrase = phrase("By address", "주소별");
/// Its certificate.
pub const CERTIFICATE: Phrase = phrase("Certificate", "인증서");

sentences! {
    /// A quantile, and between what it lies.
    quantile(name: &str, value: &str, low: &str, high: &str) "{name} {value} ({low} to {high})"
        "{name} {value} ({low}~{high})";
    /// A quantile without an upper end.
    quantile_above(name: &str, value: &str, low: &str) "{name} {value} ({low} or more)"
        "{name} {value} ({low} 이상)";
    /// All quantiles, the longest time and the mean.
    latency(quantiles: &str, max: &str, mean: &str) "{quantiles}, max {max}, mean {mean}; ranges with 99% confidence"
        "{quantiles}, 최대 {max}, 평균 {mean}; 범위는 신뢰수준 99%";
    /// Where the time was spent.
    phases(connect: &str, tls: &str, first_byte: &str, body: &str)
        "connect {connect}, TLS {tls}, first byte {first_byte}, body {body}"
        "연결 {connect}, TLS {tls}, 첫 바이트 {first_byte}, 본문 {body}";
    /// The requests to one address.
    address(address: &str, failed: u64, requests: u64) "{address}: {failed} of {requests} failed"
        "{address}: 요청 {requests}건 중 실패 {failed}";
    /// The same, and how the last one failed.
    address_by(address: &str, failed: u64, requests: u64, kind: &str) "{address}: {failed} of {requests} failed, {kind}"
        "{address}: 요청 {requests}건 중 실패 {failed}, {kind}";
    /// A certificate that is still valid.
    certificate(names: &str, issuer: &str, days: u64 => "day" | "days") "{names}, by {issuer}, {days} left"
        "{names}, 발급자 {issuer}, {days}일 남음";
    /// One that is not.
    certificate_over(names: &str, issuer: &str) "{names}, by {issuer}, EXPIRED"
        "{names}, 발급자 {issuer}, 만료됨";
    /// What came over the rolling window.
    window(requests: u64 => "request" | "requests", failed: u64) "{requests}, {failed} failed"
        "요청 {requests}건, 실패 {failed}";
    /// The name of the rolling window.
    last(window: &str) "Last {window}"
        "최근 {window}";
    /// A line of the final statistics about a set.
    of_set(label: &str, what: &str) "{label}: {what}"
        "{label}: {what}";
    /// The same over the rolling window.
    of_set_lately(label: &str, window: &str, what: &str) "{label}, last {window}: {what}"
        "{label}, 최근 {window}: {what}";
}
