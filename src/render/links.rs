//! Addresses and commands that lead from a message to the machine itself.

use super::deployment::DeploymentInfo;
use crate::domain::resource::{ResourceId, ResourceKind};

/// The page of a resource in Azure's portal.
pub fn portal(deployment: &DeploymentInfo, id: &ResourceId) -> String {
    format!("{}/#@/resource{}", deployment.portal_url.trim_end_matches('/'), encoded_path(id.as_str()))
}

/// The page that says why our messages are genuine; `None` where no pages are reachable.
pub(super) fn genuine(deployment: &DeploymentInfo) -> Option<String> {
    deployment.public_url.as_ref().map(|base| format!("{}/genuine", base.trim_end_matches('/')))
}

/// The command that starts the maintenance of one resource; `None` for what cannot be started.
pub(super) fn start_command(id: &ResourceId) -> Option<String> {
    let scope = format!(
        "--subscription {} --resource-group {}",
        quoted(id.subscription().as_str()),
        quoted(id.resource_group())
    );
    match (id.kind(), id.scale_set()) {
        (ResourceKind::Vm, _) => {
            Some(format!("az vm perform-maintenance {scope} --name {}", quoted(id.name())))
        }
        (ResourceKind::ScaleSetInstance, Some(set)) => Some(format!(
            "az vmss perform-maintenance {scope} --name {} --instance-ids {}",
            quoted(set.name()),
            quoted(id.name())
        )),
        _ => None,
    }
}

/// Everything but unreserved characters and slashes as percent escapes, so that a name cannot leave its place.
fn encoded_path(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                encoded.push(char::from(byte));
            }
            other => encoded.push_str(&format!("%{other:02X}")),
        }
    }
    encoded
}

/// A word for a POSIX shell: as it is when it is plain, else in single quotes.
fn quoted(word: &str) -> String {
    let word = crate::domain::sanitize::one_line(word, 260);
    let plain = !word.is_empty()
        && !word.starts_with('-')
        && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    if plain { word } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> ResourceId {
        text.parse().unwrap()
    }

    #[test]
    fn a_command_names_exactly_one_resource_and_quotes_it() {
        let vm =
            id("/subscriptions/s-1/resourceGroups/rg (old)/providers/Microsoft.Compute/virtualMachines/it's");
        assert_eq!(
            start_command(&vm).unwrap(),
            r"az vm perform-maintenance --subscription s-1 --resource-group 'rg (old)' --name 'it'\''s'"
        );
        let instance = id(
            "/subscriptions/s-1/resourceGroups/rg/providers/Microsoft.Compute/virtualMachineScaleSets/web/virtualMachines/3",
        );
        assert_eq!(
            start_command(&instance).unwrap(),
            "az vmss perform-maintenance --subscription s-1 --resource-group rg --name web --instance-ids 3"
        );
        let host =
            id("/subscriptions/s-1/resourceGroups/rg/providers/Microsoft.Compute/hostGroups/g/hosts/h");
        assert_eq!(start_command(&host), None);
    }

    #[test]
    fn a_name_cannot_leave_its_place_in_a_link() {
        assert_eq!(encoded_path("/a b/\"><?#%/é"), "/a%20b/%22%3E%3C%3F%23%25/%C3%A9");
    }
}
