//! Everything that looks random in the simulation, derived from one number.

use uuid::Uuid;

/// The number from which a simulated world follows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seed(pub(super) u64);

impl Seed {
    /// The same label gives the same identifier in every run with this seed.
    pub(super) fn uuid(self, label: &str) -> Uuid {
        Uuid::new_v5(&Uuid::from_u128(u128::from(self.0)), label.as_bytes())
    }

    /// A number below `bound` (zero when `bound` is zero) that follows from the label.
    pub(super) fn below(self, label: &str, bound: u64) -> u64 {
        let (high, _) = self.uuid(label).as_u64_pair();
        high.checked_rem(bound).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_and_label_give_the_same_values_and_others_differ() {
        assert_eq!(Seed(1).uuid("a"), Seed(1).uuid("a"));
        assert_ne!(Seed(1).uuid("a"), Seed(2).uuid("a"));
        assert_ne!(Seed(1).uuid("a"), Seed(1).uuid("b"));
        assert!((0..100).all(|n| Seed(7).below(&format!("x{n}"), 3) < 3));
        assert_eq!(Seed(7).below("x", 0), 0);
    }
}
