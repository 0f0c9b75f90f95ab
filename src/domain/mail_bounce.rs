//! Whose matter a bounce is, by the enhanced status code of the other mail system (RFC 3463).
//!
//! The code alone decides: the words beside it are anybody's.

/// Whether a bounce with `code`, such as `5.7.26`, is about us: how we sign, where we send from, what is thought of our
/// domain. Then no address is to blame, and other addresses bounce as well.
pub fn is_ours(code: &str) -> bool {
    let mut parts = code.split('.').skip(1).map(|part| part.parse::<u16>().ok());
    let (Some(Some(subject)), Some(Some(detail))) = (parts.next(), parts.next()) else { return false };
    match (subject, detail) {
        // The sender's address, or a sender who was stopped.
        (1, 7 | 8) => true,
        // May not send as this address.
        (2, 252) => true,
        // Restrictions of one mailbox or list, whoever signs how: who may write to it, who owns it.
        (7, 13 | 17 | 18 | 124 | 129 | 133..=136 | 138 | 139 | 193 | 194) => false,
        // Policy and authentication: relaying, SPF, DKIM, DMARC, reverse names, blocked addresses, reputation.
        (7, _) => true,
        // The dialogue, and what the content is encoded in.
        (5 | 6, _) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bounce_for_dmarc_or_reputation_blames_nobodys_address() {
        let ours = [
            "5.7.1", "5.7.23", "5.7.25", "5.7.26", "5.7.27", "5.7.28", "5.7.29", "5.7.30", "5.7.501",
            "5.7.509", "5.7.511", "5.7.606", "5.7.705", "5.7.708", "5.7.750", "4.7.650", "5.1.8", "5.2.252",
            "5.5.2", "5.6.7",
        ];
        for code in ours {
            assert!(is_ours(code), "{code}");
        }
    }

    #[test]
    fn a_bounce_about_a_mailbox_is_about_that_mailbox() {
        let theirs = [
            "5.1.1", "5.1.2", "5.1.10", "5.1.351", "5.2.1", "5.2.2", "4.2.2", "5.4.1", "4.4.7", "5.4.310",
            "5.7.124", "5.7.133", "5.7.134", "5.0.0", "5.3.4", "", "5", "5.x.y",
        ];
        for code in theirs {
            assert!(!is_ours(code), "{code}");
        }
    }
}
