//! Tags and the chain in which owners are looked up. Azure's tags do not inherit, so the chain is ours.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The tags of one resource, group or subscription. Names are compared without case, values are kept as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tags(BTreeMap<String, String>);

impl Tags {
    /// The value of the tag called `name`, in any casing.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(&name.to_lowercase()).map(String::as_str)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every tag, names in lower case, in order of name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl<N: AsRef<str>, V: Into<String>> FromIterator<(N, V)> for Tags {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(tags: I) -> Self {
        Self(tags.into_iter().map(|(name, value)| (name.as_ref().to_lowercase(), value.into())).collect())
    }
}

/// Where in the chain a tag was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TagLevel {
    /// On the machine or instance itself.
    Resource,
    /// On the instance's scale set.
    ScaleSet,
    /// On the resource group.
    ResourceGroup,
    Subscription,
}

impl TagLevel {
    /// The level in words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Resource => "resource",
            Self::ScaleSet => "scale set",
            Self::ResourceGroup => "resource group",
            Self::Subscription => "subscription",
        }
    }
}

/// The tags of a resource and of everything that contains it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagChain {
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub resource: Tags,
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub scale_set: Tags,
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub resource_group: Tags,
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub subscription: Tags,
}

impl TagChain {
    /// The levels, nearest first.
    pub fn levels(&self) -> [(TagLevel, &Tags); 4] {
        [
            (TagLevel::Resource, &self.resource),
            (TagLevel::ScaleSet, &self.scale_set),
            (TagLevel::ResourceGroup, &self.resource_group),
            (TagLevel::Subscription, &self.subscription),
        ]
    }

    /// The nearest value of the tag called `name` that is not blank, with the level where it was found.
    pub fn find(&self, name: &str) -> Option<(TagLevel, &str)> {
        self.levels().into_iter().find_map(|(level, tags)| {
            tags.get(name).filter(|value| !value.trim().is_empty()).map(|value| (level, value))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_tag_that_says_something_wins() {
        let chain = TagChain {
            resource: Tags::from_iter([("Owner", " ")]),
            resource_group: Tags::from_iter([("OWNER", "jane.doe")]),
            subscription: Tags::from_iter([("owner", "platform@contoso.com")]),
            ..TagChain::default()
        };
        assert_eq!(chain.find("owner"), Some((TagLevel::ResourceGroup, "jane.doe")));
        assert_eq!(chain.find("technical-contact"), None);
    }
}
