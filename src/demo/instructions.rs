//! The shell lines that lead other programs into the simulated world.
//!
//! Where things are comes from `Addresses`; nothing is looked up here.

use std::fmt::Write as _;

use super::Addresses;

/// What `demo --serve` prints: shell lines that point other programs at the world. Only the variables are set when a shell
/// reads it whole; the commands are comments to copy from.
pub fn serve_instructions(addresses: &Addresses) -> String {
    let mut text = String::new();
    let mut line = |content: &str| {
        let _ = writeln!(text, "{content}");
    };
    line("# A simulated Route 53 on this machine. It ends with this program.");
    line("# Point programs at it (these lines can be pasted, or read with eval):");
    line(&format!(
        "export AWS_ENDPOINT_URL_ROUTE_53={}",
        addresses.api_url
    ));
    line(&format!(
        "export AWS_ACCESS_KEY_ID={}",
        addresses.access_key_id
    ));
    line(&format!(
        "export AWS_SECRET_ACCESS_KEY={}",
        addresses.secret_access_key
    ));
    // The first is for the SDKs and newer command lines, the second for older ones and for Python.
    line("export AWS_REGION=us-east-1");
    line("export AWS_DEFAULT_REGION=us-east-1");
    line("# Then:");
    let mut watch = format!(
        "#   r53mon watch -e {} -z {}",
        addresses.endpoint, addresses.zone_id
    );
    for (_, address) in &addresses.name_servers {
        let _ = write!(watch, " -n {address}");
    }
    let _ = write!(watch, " --resolver {}", addresses.resolver);
    if let Err(reason) = &addresses.web {
        line(&format!("# (without HTTP: {reason})"));
        watch.push_str(" --no-http");
    }
    line(&watch);
    line(&format!(
        "#   aws route53 list-resource-record-sets --hosted-zone-id {}",
        addresses.zone_id
    ));
    for (name, address) in &addresses.name_servers {
        line(&format!(
            "#   dig +norecurse +noall +answer @{} -p {} {} {}   # {name}",
            address.ip(),
            address.port(),
            addresses.record_name,
            addresses.record_type
        ));
    }
    text
}
