//! The one integration binary: a file a subject.

mod simulated_azure;
