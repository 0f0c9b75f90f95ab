//! Azure resource ids: compared without case, shown as Azure wrote them.

use super::as_text::as_text;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A subscription's id, folded to lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SubscriptionId(String);

impl SubscriptionId {
    /// The id as text, in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SubscriptionId {
    type Err = InvalidResourceId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let plausible = !text.is_empty()
            && text.len() <= 64
            && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        if plausible {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(InvalidResourceId {
                text: shorten(text),
                problem: "a subscription id is letters, digits and dashes",
            })
        }
    }
}

as_text!(SubscriptionId, InvalidResourceId);

impl fmt::Display for SubscriptionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What kind of thing a resource id names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResourceKind {
    /// A virtual machine of its own.
    Vm,
    /// One instance of a scale set.
    ScaleSetInstance,
    /// A dedicated host. It is only reported: it has no self-service start.
    DedicatedHost,
    /// Anything else that Azure maintains.
    Other,
}

impl ResourceKind {
    /// The word used in configuration files and in explanations.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Vm => "vm",
            Self::ScaleSetInstance => "scale-set-instance",
            Self::DedicatedHost => "dedicated-host",
            Self::Other => "other",
        }
    }
}

/// The id of one resource inside a resource group.
///
/// Equality, order and hash ignore case, because Azure itself writes the same id in several casings.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ResourceId {
    text: String,
    folded: String,
}

/// The one folding of ids and of names in them: two ways to write the same resource are equal when these are. Azure answers
/// in any case, and names may have letters of any script. It compares letter by letter, so `ß` is not `ss`, and no letter
/// of another script is one of ours. What is folded once stays as it is.
pub fn folded(text: &str) -> String {
    text.chars().map(fold).collect()
}

/// Whether two ids, or names in them, are the same.
pub fn same_id(one: &str, other: &str) -> bool {
    one.chars().map(fold).eq(other.chars().map(fold))
}

fn fold(letter: char) -> char {
    if letter.is_ascii() {
        return letter.to_ascii_lowercase();
    }
    let single =
        |letters: &mut dyn Iterator<Item = char>, letter: char| match (letters.next(), letters.next()) {
            (Some(other), None) if !other.is_ascii() => other,
            _ => letter,
        };
    let capital = single(&mut letter.to_uppercase(), letter);
    single(&mut capital.to_lowercase(), capital)
}

/// A text that is no resource id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no resource id: {problem}")]
pub struct InvalidResourceId {
    text: String,
    problem: &'static str,
}

fn shorten(text: &str) -> String {
    text.chars().take(200).collect()
}

impl ResourceId {
    /// Parses `/subscriptions/…/resourceGroups/…/providers/NAMESPACE/TYPE/NAME[/TYPE/NAME…]`.
    ///
    /// # Errors
    /// When a part is missing, empty or contains control characters.
    pub fn parse(text: &str) -> Result<Self, InvalidResourceId> {
        let invalid = |problem| InvalidResourceId { text: shorten(text), problem };
        let text = text.trim().trim_end_matches('/');
        if text.len() > 2048 {
            return Err(invalid("it is longer than 2048 characters"));
        }
        if text.chars().any(char::is_control) {
            return Err(invalid("it contains control characters"));
        }
        let parts: Vec<&str> = text.split('/').collect();
        let is =
            |index: usize, word: &str| parts.get(index).is_some_and(|part| part.eq_ignore_ascii_case(word));
        if !(is(0, "") && is(1, "subscriptions") && is(3, "resourceGroups") && is(5, "providers")) {
            return Err(invalid("it should begin with /subscriptions/…/resourceGroups/…/providers/…"));
        }
        if parts.len() < 9 || parts.len().is_multiple_of(2) {
            return Err(invalid("it should end with pairs of type and name"));
        }
        if parts.iter().skip(1).any(|part| part.is_empty()) {
            return Err(invalid("it has an empty part"));
        }
        parts[2].parse::<SubscriptionId>()?;
        Ok(Self { text: text.to_owned(), folded: folded(text) })
    }

    /// The id in the casing in which Azure gave it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The id in lower case: the form that identifies.
    pub fn folded(&self) -> &str {
        &self.folded
    }

    fn part(&self, index: usize) -> &str {
        self.text.split('/').nth(index).unwrap_or_default()
    }

    /// The subscription that contains the resource.
    pub fn subscription(&self) -> SubscriptionId {
        SubscriptionId(self.part(2).to_ascii_lowercase())
    }

    /// The resource group's name, as written.
    pub fn resource_group(&self) -> &str {
        self.part(4)
    }

    /// The last name in the id: a machine's name, or an instance's number.
    pub fn name(&self) -> &str {
        self.text.rsplit('/').next().unwrap_or_default()
    }

    /// What the id names.
    pub fn kind(&self) -> ResourceKind {
        let mut parts = self.folded.split('/').skip(6);
        let namespace = parts.next().unwrap_or_default();
        let types: Vec<&str> = parts.step_by(2).collect();
        match (namespace, types.as_slice()) {
            ("microsoft.compute", ["virtualmachines"]) => ResourceKind::Vm,
            ("microsoft.compute", ["virtualmachinescalesets", "virtualmachines"]) => {
                ResourceKind::ScaleSetInstance
            }
            ("microsoft.compute", ["hostgroups", "hosts"]) => ResourceKind::DedicatedHost,
            _ => ResourceKind::Other,
        }
    }

    /// The id that contains this one, such as the scale set of an instance; `None` for a top-level resource.
    pub fn parent(&self) -> Option<Self> {
        let parts: Vec<&str> = self.text.split('/').collect();
        (parts.len() > 9).then(|| {
            let text = parts[..parts.len() - 2].join("/");
            Self { folded: folded(&text), text }
        })
    }

    /// The scale set that an instance belongs to.
    pub fn scale_set(&self) -> Option<Self> {
        (self.kind() == ResourceKind::ScaleSetInstance).then(|| self.parent()).flatten()
    }

    /// The name, and where it is: three machines that are called the same are three.
    pub fn full_name(&self) -> String {
        format!("{} ({}, subscription {})", self.display_name(), self.resource_group(), self.subscription())
    }

    /// The name by which people know the resource: `web-01`, or `web_3` for instance 3 of scale set `web`.
    pub fn display_name(&self) -> String {
        match (self.kind(), self.parent()) {
            (ResourceKind::ScaleSetInstance, Some(set)) => format!("{}_{}", set.name(), self.name()),
            (ResourceKind::DedicatedHost, Some(group)) => format!("{}/{}", group.name(), self.name()),
            _ => self.name().to_owned(),
        }
    }
}

impl PartialEq for ResourceId {
    fn eq(&self, other: &Self) -> bool {
        self.folded == other.folded
    }
}

impl Eq for ResourceId {}

impl PartialOrd for ResourceId {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ResourceId {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.folded.cmp(&other.folded)
    }
}

impl Hash for ResourceId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.folded.hash(state);
    }
}

impl fmt::Debug for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResourceId({})", self.text)
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for ResourceId {
    type Err = InvalidResourceId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

as_text!(ResourceId, InvalidResourceId);

#[cfg(test)]
mod tests {
    use super::*;

    const VM: &str = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/RG-App/providers/Microsoft.Compute/virtualMachines/web-01";
    const INSTANCE: &str = "/subscriptions/00000000-0000-0000-0000-000000000001/resourcegroups/rg-app/providers/microsoft.compute/virtualmachinescalesets/front/virtualmachines/3";

    #[test]
    fn ids_are_compared_without_case_and_shown_as_written() {
        let one = ResourceId::parse(VM).unwrap();
        let other = ResourceId::parse(&VM.to_ascii_uppercase()).unwrap();
        assert_eq!(one, other);
        assert_eq!(one.as_str(), VM);
        assert_eq!(one.resource_group(), "RG-App");
        assert_eq!(one.kind(), ResourceKind::Vm);
        assert_eq!(one.display_name(), "web-01");
        assert_eq!(one.parent(), None);
    }

    #[test]
    fn names_in_any_script_are_folded_letter_by_letter() {
        let in_group = |group: &str| ResourceId::parse(&VM.replace("RG-App", group)).unwrap();
        for (one, other) in [
            ("rg-öl-prod", "RG-ÖL-PROD"),
            ("rg-Öl", "Rg-öL"),
            ("ПРОД-группа", "прод-ГРУППА"),
            ("ΣΟΦΟΣ", "σοφος"),
            ("ΣΟΦΟΣ", "σοφοσ"),
            ("rg-ñandú", "RG-ÑANDÚ"),
            ("rg-şğ", "RG-ŞĞ"),
        ] {
            assert_eq!(in_group(one), in_group(other), "{one} {other}");
            assert_eq!(in_group(one).as_str(), VM.replace("RG-App", one));
            assert!(same_id(one, other));
        }
        for (one, other) in [("straße", "STRASSE"), ("ılık", "ilik"), ("\u{212a}", "k"), ("rg-o", "rg-ö")]
        {
            assert_ne!(in_group(one), in_group(other), "{one} {other}");
            assert!(!same_id(one, other));
        }
        for letter in '\u{80}'..'\u{3000}' {
            let once = folded(&letter.to_string());
            assert_eq!(folded(&once), once, "{letter:?}");
        }
    }

    #[test]
    fn an_instance_knows_its_scale_set() {
        let id = ResourceId::parse(INSTANCE).unwrap();
        assert_eq!(id.kind(), ResourceKind::ScaleSetInstance);
        assert_eq!(id.display_name(), "front_3");
        assert!(id.scale_set().unwrap().as_str().ends_with("/virtualmachinescalesets/front"));
    }

    #[test]
    fn what_is_no_id_is_refused_with_the_reason() {
        for text in ["", "web-01", "/subscriptions/x", &VM.replace("web-01", ""), &VM.replace("web", "we\nb")]
        {
            assert!(ResourceId::parse(text).is_err(), "{text}");
        }
    }
}
