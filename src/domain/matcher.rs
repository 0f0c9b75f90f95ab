//! What a route or a silence applies to.

use std::collections::BTreeMap;

use wildmatch::WildMatchPattern;

use crate::domain::machine::Machine;
use crate::domain::resource::{ResourceKind, folded};
use crate::domain::window::Impact;

/// A pattern with `*` and `?`, compared without case.
#[derive(Debug, Clone, PartialEq)]
pub struct Glob(WildMatchPattern<'*', '?'>);

impl Glob {
    /// The pattern written as `text`.
    pub fn new(text: &str) -> Self {
        Self(WildMatchPattern::new_case_insensitive(&folded(text)))
    }

    /// Whether it matches the whole of `text`.
    pub fn matches(&self, text: &str) -> bool {
        self.0.matches(&folded(text))
    }
}

/// What a route or a silence applies to. Every part that is given has to match; none given matches everything.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Matcher {
    /// The subscription's id or its display name.
    pub subscription: Option<Glob>,
    pub resource_group: Option<Glob>,
    /// The resource's name, as people know it.
    pub name: Option<Glob>,
    pub region: Option<Glob>,
    pub kind: Option<ResourceKind>,
    pub impact: Option<Impact>,
    /// Tags, anywhere in the chain.
    pub tags: BTreeMap<String, Glob>,
    /// The matcher as written, for explanations.
    pub text: String,
}

/// A region by the name that programs use: `westeurope` for `West Europe`, and for `(Europe) West Europe` of the portal.
pub fn region_name(text: &str) -> String {
    let text = text.trim();
    let text = match text.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
        Some((_, region)) if !region.trim().is_empty() => region,
        _ => text,
    };
    text.chars().filter(|c| !c.is_whitespace() && *c != '-' && *c != '_').collect()
}

impl Matcher {
    /// Whether no part is given.
    pub fn is_everything(&self) -> bool {
        *self == Self { text: self.text.clone(), ..Self::default() }
    }

    /// Whether it applies to `machine` when the maintenance has `impact`.
    pub fn matches(&self, machine: &Machine, impact: &Impact) -> bool {
        let fits = |glob: &Option<Glob>, text: &str| glob.as_ref().is_none_or(|glob| glob.matches(text));
        let subscription_fits = self.subscription.as_ref().is_none_or(|glob| {
            glob.matches(machine.id.subscription().as_str())
                || machine.subscription_name.as_deref().is_some_and(|name| glob.matches(name))
        });
        subscription_fits
            && fits(&self.resource_group, machine.id.resource_group())
            && fits(&self.name, &machine.id.display_name())
            && fits(&self.region, &region_name(machine.region.as_deref().unwrap_or_default()))
            && self.kind.is_none_or(|kind| kind == machine.id.kind())
            && self.impact.as_ref().is_none_or(|wanted| wanted == impact)
            && self.tags.iter().all(|(name, glob)| {
                machine
                    .tags
                    .levels()
                    .iter()
                    .any(|(_, tags)| tags.get(name).is_some_and(|value| glob.matches(value)))
            })
    }
}
