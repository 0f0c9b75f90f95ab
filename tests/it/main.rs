//! The one integration binary: one module for each subject.

mod rendered;
