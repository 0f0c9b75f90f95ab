//! Everything that is tested through the public interface, in one binary.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests fail like tests"
)]

mod simulated_azure;
mod store_conformance;
