//! Why Route 53 could not be read, in Korean. In English the errors speak for themselves (`model/route53_error.rs`).

use super::record::RecordType;
use super::route53_error::{Call, CredentialFault, CredentialSource, Route53Error};

/// What is wrong.
#[expect(
    clippy::too_many_lines,
    reason = "a table with a row for each kind, in two languages"
)]
pub fn what(error: &Route53Error) -> String {
    match error {
        Route53Error::NoCredentials { profile } => {
            format!("AWS 자격 증명이 없다{}", of_profile(profile.as_ref()))
        }
        Route53Error::CredentialsFailed {
            profile, detail, ..
        } => format!(
            "AWS 자격 증명을 불러올 수 없다{}: {detail}",
            of_profile(profile.as_ref())
        ),
        Route53Error::CredentialsSlow { seconds } => {
            format!("AWS 자격 증명을 {seconds}초 안에 불러오지 못했다")
        }
        Route53Error::NoSuchProfile { profile, known } => {
            let mut known = known.clone();
            known.sort();
            let known = match known.join(", ") {
                none if none.is_empty() => "없음".to_owned(),
                names => names,
            };
            format!("AWS 프로필이 없다: \"{profile}\" (있는 프로필: {known})")
        }
        Route53Error::MalformedValue { place, detail, .. } => format!("{place}: {detail}"),
        Route53Error::BadProfileFile { detail } => {
            format!("AWS 설정 파일을 읽을 수 없다: {detail}")
        }
        Route53Error::ExpiredToken { code, .. } => {
            format!("AWS 자격 증명이 만료되었다 ({code})")
        }
        Route53Error::BadCredentials { code } => {
            format!("AWS가 자격 증명을 받아들이지 않는다 ({code})")
        }
        Route53Error::AccessDenied { call, zone_id, .. } => {
            let zone = match call {
                Call::GetHostedZone | Call::ListResourceRecordSets => {
                    format!(" (호스팅 영역 {zone_id})")
                }
                _ => String::new(),
            };
            format!("접근 거부: 이 자격 증명으로는 route53:{call} 호출을 할 수 없다{zone}")
        }
        Route53Error::ZoneNotFound { zone_id } => {
            format!("호스팅 영역 {zone_id}: 이 계정에 없다")
        }
        Route53Error::NoSuchChange { id } => format!("변경 {id}: 이 계정에 없다"),
        Route53Error::NameOutsideZone {
            record,
            zone_id,
            zone,
        } => format!("호스팅 영역 {zone_id} ({zone}) 안에 없는 레코드다: {record}"),
        Route53Error::PrivateZone { zone_id, zone } => format!(
            "프라이빗 호스팅 영역이다 ({zone_id}, {zone}): 네임 서버가 해당 VPC 안에서만 응답한다"
        ),
        Route53Error::NotWeighted {
            name,
            wanted,
            found,
        } => {
            let wanted = wanted.map_or("A, AAAA, CNAME", RecordType::as_str);
            let found = match found.as_str() {
                "" => "이 이름에는 레코드가 없다".to_owned(),
                found => format!("있는 것은 {found}"),
            };
            format!("{name} 이름에 가중치 기반 {wanted} 레코드가 없다: {found}")
        }
        Route53Error::BadRecord {
            name,
            record_type,
            identifier,
            detail,
        } => {
            format!("측정할 수 없는 레코드 세트 \"{identifier}\" ({name} {record_type}): {detail}")
        }
        Route53Error::Short {
            call,
            shortage: lack,
        } => {
            format!("route53:{call} 호출을 하지 못했다: {lack}")
        }
        Route53Error::Throttled { call, code } => format!(
            "Route 53이 이 계정의 호출을 제한한다 ({call}: {code}): 다른 도구가 호출 한도를 쓰고 있다"
        ),
        Route53Error::Unreachable {
            call,
            endpoint,
            detail,
        } => {
            let at = endpoint
                .as_ref()
                .map_or_else(String::new, |at| format!(" ({at})"));
            format!("Route 53에 연결할 수 없다{at} ({call}): {detail}")
        }
        Route53Error::ClockSkew { seconds } => {
            let skew = seconds.map_or_else(String::new, |seconds| {
                let side = if seconds > 0 {
                    "빠르다"
                } else {
                    "느리다"
                };
                format!(" ({}초 {side})", seconds.unsigned_abs())
            });
            format!("이 컴퓨터의 시계가 맞지 않는다{skew}: AWS가 서명을 거부한다")
        }
        Route53Error::Refused {
            call,
            code,
            message,
            request_id,
        } => {
            let request = request_id
                .as_ref()
                .map_or_else(String::new, |id| format!(" (요청 {id})"));
            format!("Route 53이 {call} 호출을 거부한다: {code}: {message}{request}")
        }
        Route53Error::BadAnswer { call, detail } => {
            format!("{call} 호출에 응답한 것이 Route 53이 아니거나 응답이 깨졌다: {detail}")
        }
    }
}

/// What to do about it, where anything can be done.
pub fn cure(error: &Route53Error) -> Option<String> {
    let fixed = match error {
        Route53Error::NoCredentials { .. } => {
            "로그인하거나 (aws sso login), AWS_PROFILE 또는 --profile을 지정하거나, AWS_ACCESS_KEY_ID와 AWS_SECRET_ACCESS_KEY를 지정한다"
        }
        Route53Error::CredentialsFailed {
            profile,
            given_by,
            fault,
            ..
        } => return Some(reload(*given_by, *fault, profile.as_ref())),
        Route53Error::CredentialsSlow { .. } => {
            "프로필이 실행하거나 묻는 것을 확인한다 (credential_process, SSO, 인스턴스 메타데이터)"
        }
        Route53Error::NoSuchProfile { .. } => {
            "있는 프로필을 --profile로 지정하거나 새로 추가한다 (aws configure sso)"
        }
        Route53Error::BadProfileFile { .. } => "~/.aws/config나 ~/.aws/credentials를 바로잡는다",
        Route53Error::ExpiredToken {
            given_by, profile, ..
        } => return Some(renewal(*given_by, profile.as_ref())),
        Route53Error::BadCredentials { .. } => {
            "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN을 확인하거나 다른 프로필을 쓴다"
        }
        Route53Error::AccessDenied {
            call,
            zone_id,
            partition,
        } => {
            let resource = call.resource(*partition, zone_id);
            return Some(format!(
                "정책에 이 작업을 추가하거나 (리소스 {resource}) 다른 프로필을 쓴다"
            ));
        }
        Route53Error::ZoneNotFound { .. } => {
            "ID(--zone-id)와 계정(--profile)을 확인한다: aws route53 list-hosted-zones로 목록을 볼 수 있다"
        }
        Route53Error::NoSuchChange { .. } => {
            "ID(--change-id)를 확인한다: ChangeResourceRecordSets가 응답한 값이며, Route 53은 얼마 뒤 이를 잊는다"
        }
        Route53Error::NameOutsideZone { .. } => {
            "맞는 호스팅 영역 ID(--zone-id)나 맞는 이름(--record-name)을 지정한다"
        }
        Route53Error::PrivateZone { .. } => {
            "그 안에서 대신 응답하는 서버를 --nameserver로 지정한다"
        }
        Route53Error::NotWeighted { wanted: None, .. } => "이름(--record-name)을 확인한다",
        Route53Error::NotWeighted { .. } => "이름(--record-name)과 유형(--record-type)을 확인한다",
        Route53Error::Throttled { .. } => "다음 시도는 성공할 수 있다",
        Route53Error::Short { shortage: lack, .. } => lack.cure(),
        Route53Error::Unreachable { .. } => {
            "네트워크, 프록시(HTTPS_PROXY), AWS_ENDPOINT_URL_ROUTE_53을 확인한다"
        }
        Route53Error::ClockSkew { .. } => "시계를 맞춘다 (timedatectl set-ntp true)",
        Route53Error::BadAnswer { .. } => {
            "프록시나 캡티브 포털에서 이런 일이 생긴다: HTTPS_PROXY와 AWS_ENDPOINT_URL_ROUTE_53을 확인한다"
        }
        // What such a value has to be comes with its own text in both languages.
        Route53Error::MalformedValue { .. }
        | Route53Error::BadRecord { .. }
        | Route53Error::Refused { .. } => return error.cure(),
    };
    Some(fixed.to_owned())
}

/// How to get new credentials when those at hand have run out.
fn renewal(source: CredentialSource, profile: Option<&String>) -> String {
    let option = option(profile);
    let again = "실행 중이면 다음 조회 때 적용된다";
    match source {
        CredentialSource::Settings | CredentialSource::Environment => {
            "새로 발급받아 환경 변수나 .env에 넣고 다시 시작한다".to_owned()
        }
        CredentialSource::Sso => {
            format!("다시 로그인한다 (aws sso login{option}); {again}")
        }
        CredentialSource::Keys => format!("프로필에 새 키를 넣는다; {again}"),
        CredentialSource::Process => {
            format!(
                "프로필의 credential_process가 새로 발급하려면 무엇이 필요한지 확인한다; {again}"
            )
        }
        CredentialSource::WebIdentity => {
            format!("플랫폼이 웹 자격 증명의 토큰 파일을 갱신하는지 확인한다; {again}")
        }
        CredentialSource::Container | CredentialSource::Instance => {
            format!("플랫폼이 자격 증명을 갱신하는지 확인한다; {again}")
        }
        CredentialSource::Login | CredentialSource::Role | CredentialSource::Chain => {
            format!("새로 발급받는다; {again}")
        }
    }
}

/// What to do where credentials could not be loaded.
fn reload(source: CredentialSource, fault: CredentialFault, profile: Option<&String>) -> String {
    let exported = format!(
        "AWS CLI로 발급받아 (eval \"$(aws configure export-credentials{} --format env)\") --profile 없이 다시 시작한다",
        option(profile)
    );
    let fixed = match (fault, source) {
        (CredentialFault::CodeWanted, _) => {
            return format!("r53mon은 코드를 묻지 않는다: {exported}");
        }
        (CredentialFault::NoTokenFile, _) => {
            "플랫폼이 쓰는 파일을 지정하거나, 다른 자격 증명을 쓰려면 변수와 역할을 뺀다"
        }
        (CredentialFault::BadProfile, CredentialSource::Login) => return exported,
        (CredentialFault::BadProfile, _) => {
            "~/.aws/config나 ~/.aws/credentials의 프로필을 바로잡는다"
        }
        (CredentialFault::NotReached, CredentialSource::Sso) => {
            "네트워크, 프록시(HTTPS_PROXY), sso_region을 확인한다"
        }
        (CredentialFault::NotReached, CredentialSource::Container) => {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI나 AWS_CONTAINER_CREDENTIALS_RELATIVE_URI를 확인한다: 플랫폼이 설정하는 값이다"
        }
        (CredentialFault::NotReached, _) => {
            "네트워크, 프록시(HTTPS_PROXY), 리전, AWS_ENDPOINT_URL_STS를 확인한다"
        }
        (CredentialFault::Refused, CredentialSource::Sso) => {
            return format!("다시 로그인한다 (aws sso login{})", option(profile));
        }
        (CredentialFault::Refused, CredentialSource::Process) => {
            "프로필의 credential_process를 직접 실행해 출력을 확인한다; 자격 증명을 JSON(Version 1)으로 출력해야 한다"
        }
        (CredentialFault::Refused, CredentialSource::Role) => {
            "role_arn, 역할을 맡을 수 있는 주체(신뢰 정책), source_profile의 키를 확인한다"
        }
        (CredentialFault::Refused, CredentialSource::WebIdentity) => {
            "역할(AWS_ROLE_ARN이나 role_arn)과 신뢰 정책, 파일의 토큰이 새것인지 확인한다"
        }
        (CredentialFault::Refused, CredentialSource::Container) => {
            "작업이나 파드의 역할과 AWS_CONTAINER_CREDENTIALS_FULL_URI를 확인한다"
        }
        (CredentialFault::Refused, _) => "프로필을 바로잡거나 다른 프로필을 쓴다 (--profile)",
    };
    fixed.to_owned()
}

fn of_profile(profile: Option<&String>) -> String {
    profile.map_or_else(String::new, |profile| format!(" (프로필 \"{profile}\")"))
}

fn option(profile: Option<&String>) -> String {
    profile.map_or_else(String::new, |profile| format!(" --profile {profile}"))
}
