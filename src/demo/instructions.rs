//! The shell lines that lead other programs into the simulated world.
//!
//! Where things are comes from `Addresses`; nothing is looked up here.

use std::fmt::Write as _;

use super::Addresses;
use super::route53_api::CHANGE_ID;

/// What `demo --serve` prints: shell lines that point other programs at the world. Only the variables are set when a shell
/// reads it whole; the commands are comments to copy from.
pub fn serve_instructions(addresses: &Addresses, is_korean: bool) -> String {
    let Addresses {
        api_url,
        access_key_id,
        secret_access_key,
        zone_id,
        record_name,
        record_type,
        endpoint,
        name_servers,
        resolver,
        caching_resolvers,
        web,
        authority,
        first_change,
    } = addresses;
    let mut servers = String::new();
    let mut questions = String::new();
    for (name, address) in name_servers {
        let (ip, port) = (address.ip(), address.port());
        let _ = write!(servers, " -n {address}");
        let _ = writeln!(
            questions,
            "#   dig +norecurse +noall +answer @{ip} -p {port} {record_name} {record_type}   # {name}"
        );
    }
    let (without, flag) = match web {
        // Its authority is trusted by nobody else.
        Ok(()) if authority.is_some() => (String::new(), " --insecure"),
        Ok(()) => (String::new(), ""),
        Err(reason) => {
            let without = if is_korean {
                "HTTP 없이"
            } else {
                "without HTTP"
            };
            (format!("# ({without}: {reason})\n"), " --no-http")
        }
    };
    let head = if is_korean {
        "\
# 이 컴퓨터에서 흉내 낸 Route 53. 이 프로그램이 끝나면 함께 끝난다.
# 다른 프로그램이 쓰게 하려면: 이 줄들을 다른 셸에 붙여 넣거나, 파일에 써서 거기서 읽는다 (방법은 demo --help)."
    } else {
        "\
# A simulated Route 53 on this machine. It ends with this program.
# Point programs at it: paste these lines into another shell, or write them to a file and read it there (demo --help says how)."
    };
    // Whoever reads a file of it while it grows waits for its beginning.
    let then = if is_korean {
        "# Then (그다음):"
    } else {
        "# Then:"
    };
    let caching: Vec<String> = caching_resolvers.iter().map(ToString::to_string).collect();
    let caching = caching.join(",");
    let change = first_change.as_ref();
    let change = change.map_or_else(String::new, |command| format!("#   {command}\n"));
    // The first region is for the SDKs and newer command lines, the second for older ones and for Python.
    format!(
        "\
{head}
export AWS_ENDPOINT_URL_ROUTE_53={api_url}
export AWS_ACCESS_KEY_ID={access_key_id}
export AWS_SECRET_ACCESS_KEY={secret_access_key}
export AWS_REGION=us-east-1
export AWS_DEFAULT_REGION=us-east-1
{then}
{without}#   r53mon watch -e {endpoint} -z {zone_id}{servers} --resolver {resolver} --resolvers {caching}{flag}
#   aws route53 list-resource-record-sets --hosted-zone-id {zone_id}
{change}{questions}"
    )
}

/// What a story that is there to be changed from outside prints: the same, as far as the AWS CLI needs it, and a first change.
pub fn rehearsal_instructions(addresses: &Addresses, is_korean: bool) -> String {
    let exports = serve_instructions(addresses, is_korean);
    let exports = exports.lines().filter(|line| line.starts_with("export "));
    let exports: Vec<&str> = exports.collect();
    let change = addresses.first_change.as_deref().unwrap_or_default();
    let [head, half, how_far] = if is_korean {
        [
            "연습: 이 흉내 낸 Route 53은 가중치 변경을 받는다. 다른 터미널에서:",
            "트래픽을 절반씩:",
            "변경이 얼마나 반영되었는지, 받은 ID로:",
        ]
    } else {
        [
            "A rehearsal: this simulated Route 53 takes changes of weights. In another terminal:",
            "Half of the traffic for each:",
            "How far the change is, by the id that it has got:",
        ]
    };
    format!(
        "\
# {head}
{}
# {half}
{change}
# {how_far}
aws route53 get-change --id {}1
",
        exports.join("\n"),
        CHANGE_ID
    )
}
