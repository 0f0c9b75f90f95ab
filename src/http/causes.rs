//! Says what went wrong with a call, without its address.

use std::error::Error;
use std::io;

/// The first cause of `error` that is a `T`, `error` itself included.
pub fn find_cause<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

/// The words of the innermost cause: they speak of sockets and names, not of whole addresses.
pub fn innermost(error: &(dyn Error + 'static)) -> String {
    causes(error).last().unwrap_or(error).to_string()
}

/// An error and its causes in one line. The address is left out, for it can be a secret.
pub fn describe(error: reqwest::Error) -> String {
    chain(&error.without_url())
}

/// An error and its causes in one line.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        cause = error.source();
    }
    text
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&cause| {
        // An input or output error passes its inner error over and calls *that* one's source its own.
        match cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner as &(dyn Error + 'static)),
            None => cause.source(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_within_nested_io_errors_is_found() {
        let tls = rustls::Error::General("no".to_owned());
        let nested = io::Error::other(io::Error::new(io::ErrorKind::InvalidData, tls));
        assert!(find_cause::<rustls::Error>(&nested).is_some());
        assert_eq!(innermost(&nested), "unexpected error: no");
        assert!(find_cause::<rustls::Error>(&io::Error::other("plain")).is_none());
    }
}
