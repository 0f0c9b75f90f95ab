//! Some two hundred kinds of refusals as mail servers give them: their codes, and words of our own that say the same.

mod account;

use super::*;

/// `CODE TEXT`, as it stands on the wire.
fn judged(reply: &str) -> FaultOwner {
    let (code, text) = reply.split_once(' ').unwrap_or((reply, ""));
    classify(code.parse().unwrap(), text)
}

pub(super) fn all(expected: FaultOwner, replies: &[&str]) {
    let wrong: Vec<String> = replies
        .iter()
        .filter(|reply| judged(reply) != expected)
        .map(|reply| format!("{reply}: {:?}", judged(reply)))
        .collect();
    assert_eq!(wrong, [] as [String; 0], "expected {expected:?}");
}

#[test]
fn clear_words_about_the_mailbox_are_about_the_mailbox() {
    all(
        FaultOwner::Mailbox,
        &[
            "550 5.1.1",
            "550 5.1.1 <jane@contoso.com>: Recipient address rejected: User unknown",
            "550 5.1.1 <jane@contoso.com>: Recipient address rejected: User unknown in relay recipient table",
            "550 5.1.1 <jane@contoso.com>: Recipient address rejected: User unknown in virtual mailbox table",
            "550 5.1.1 <jane@contoso.com>: Recipient address rejected: undeliverable address: host mx.contoso.com said: user unknown",
            "550 5.1.1 The account that you tried to reach does not exist. Learn more at https://help.contoso.com/?p=x",
            "550 5.1.1 jane@spam-filter.contoso.com: user does not exist",
            "550 5.1.1 User unknown [mx1.antispam.contoso.com]",
            "550 5.1.1 that address could not be found; please tell the sender",
            "550 5.1.1 not one of our customers: unknown user",
            "550 5.1.1 l'utilisateur est inconnu",
            "550 5.1.1 Benutzer unbekannt",
            "550 5.1.1 el usuario no existe",
            "550 5.1.1 \u{fffd}\u{fffd}\u{fffd}",
            "550 5.1.2 host unknown (name server: host not found)",
            "550 5.1.2 bad destination",
            "553 5.1.2 The recipient address <jane@contoso> is not a valid address",
            "501 5.1.3 invalid address",
            "553 5.1.3 <jane@@contoso.com>... the user name is malformed",
            "550 5.1.6 the user has moved and left no address",
            "550 5.1.9 the domain is not for mail",
            "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient jane@contoso.com not found by SMTP address lookup",
            "556 5.1.10 recipient domain has a null MX",
            "550 5.2.1 the account is disabled",
            "550 5.2.1 This mailbox was blocked due to inactivity",
            "550 5.2.1 expired account",
            "554 5.2.1 inactive user",
            "550 5.2.1 addressee unknown, relay=[192.0.2.1]",
            "550 5.4.1 [jane@contoso.com]: Recipient address rejected: Access denied [edge.prod.outlook.com]",
            "550 5.4.1 All recipient addresses rejected : Access denied",
            "550 5.4.310 DNS domain contoso.invalid does not exist",
            "550 5.5.0 Requested action not taken: mailbox unavailable",
            "550 5.7.1 No such user!",
            "550 5.7.1 Recipient address rejected: the address is marked as invalid",
            "554 5.7.1 <jane@contoso.com>: Recipient address rejected: not in recipient list",
            "554 5.7.1 <jane@contoso.com>: Recipient address rejected: Invalid-Recipient.",
            "540 5.7.1 <jane@contoso.com>: recipient address rejected: inactive",
            "550 Invalid recipient <jane@contoso.com> (#5.1.1)",
            "550 gw_x 5.1.1 <jane@contoso.com>... User unknown",
            "550 #5.1.0 Address rejected. No such user",
            "550 No such user here",
            "550 no mailbox here by that name",
            "550 Mailbox not found",
            "550 unrouteable address",
            "550 Requested action not taken: mailbox unavailable",
            "550 not accepted -- invalid mailbox. The mailbox is unavailable: account is disabled",
            "550 jane@contoso.com no longer accepts mail here",
            "550 the employee has left the company",
            "551 5.1.1 user not found",
            "552 1 requested mail action aborted, mailbox not found",
            "553 sorry, no mailbox here by that name. (#5.1.1)",
            "554 delivery error: this user doesn't have an account here [-9]",
            "554 delivery error: jane@contoso.com is no longer valid. [-20]",
            "554 delivery error: this mailbox is disabled (554.30)",
            "554 User jane@contoso.com not listed in the public directory",
            "550 5.1.1 Usuário desconhecido",
            "550 adresse inconnue: n'existe pas",
            "550 de gebruiker is onbekend",
        ],
    );
}

#[test]
fn a_full_mailbox_passes() {
    all(
        FaultOwner::MailboxForNow,
        &[
            "552",
            "552 requested mail action aborted: exceeded storage allocation",
            "552 5.2.2 the mailbox is over quota",
            "552 5.2.2 Mailbox size limit exceeded",
            "552 5.1.1 recipient overquota: boite pleine",
            "552 5.1.1 <jane@contoso.com> recipient rejected - quota violation",
            "552 no space in this mailbox",
            "550 5.2.2 user quota exceeded",
            "554 5.2.2 <jane@contoso.com>: Recipient address rejected: Quota exceeded (mailbox for user is full)",
            "550 mailbox full",
            "550 <jane@contoso.com>: requested mail action aborted: exceeded storage allocation, quota exceeded",
            "550 das Postfach ist voll",
            "550 5.2.1 The user is receiving mail at a rate that prevents more from being delivered",
            "554 5.2.121 the limit of messages to this recipient for an hour is exceeded",
            "554 5.2.122 the recipient has exceeded the number of messages that it takes in an hour",
            "550 recipient temporarily unavailable",
        ],
    );
}

#[test]
fn what_is_too_large_is_not_a_full_mailbox() {
    all(
        FaultOwner::Size,
        &[
            "552 5.3.4 message too big for system",
            "554 5.3.4 too large",
            "552 5.2.3 Your message exceeded our message size limits",
            "552 message size exceeds fixed maximum message size",
            "552 message exceeds maximum size",
            "550 5.2.3 RESOLVER.RST.RecipSizeLimit; message too large for this recipient",
            "554 message is larger than we take",
            "523 the message length exceeds the maximum",
            "552 die Nachricht ist zu groß",
        ],
    );
    all(
        FaultOwner::Attachments,
        &[
            "552 5.7.0 an illegal attachment was found on your message",
            "550 5.7.1 attachments of this file type are not taken",
            "554 Anhang nicht erlaubt",
        ],
    );
}

#[test]
fn what_speaks_of_the_sender_is_ours() {
    all(
        FaultOwner::Us,
        &[
            // Relaying.
            "550 5.7.1 Relaying denied",
            "550 5.7.1 Relay access denied",
            "554 5.7.1 <jane@contoso.com>: Relay access denied",
            "550 relaying denied for <jane@contoso.com>",
            "550 5.1.1 relaying disallowed",
            "553 you try to use me [mx.contoso.com] as a relay, and nobody has configured me to let you",
            "550 5.7.64 TenantAttribution; Relay Access Denied [edge.outlook.com]",
            "550 5.7.54 unable to relay recipient in non-accepted domain",
            "454 4.7.1 relay access denied",
            "550 Weiterleitung nicht gestattet: relay not permitted",
            // Login and rights.
            "550 5.7.57 Client not authenticated to send mail",
            "550 5.7.60 Client does not have permissions to send as this sender",
            "554 5.2.252 SendAsDenied; maintenance@contoso.com not allowed to send as other@contoso.com",
            "554 5.7.9 the way of logging in is too weak",
            "550 5.7.1 authentication required",
            "530 5.7.0 Must issue a STARTTLS command first",
            "550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required",
            "550 5.7.1 RESOLVER.RST.NotAuthorized; not authorized",
            "550 5.7.705 the tenant has exceeded its threshold",
            "550 5.1.8 Access denied, bad outbound sender",
            // The sender's address and domain.
            "550 5.1.7 the address of the sender is malformed",
            "550 5.1.8 <maintenance@contoso.com>: Sender address rejected: Domain not found",
            "501 5.1.0 invalid sender",
            "550 5.5.2 <maintenance@contoso>: Sender address rejected: need fully-qualified address",
            "550 sender verify failed: no such user",
            "550 Verification of the sender's address failed: user unknown",
            "553 5.7.1 Sender address rejected: not owned by user",
            "550 5.7.1 messages without a valid address in From: header are not accepted",
            "550 5.7.1 mails are not taken without a valid sender domain; fix reverse DNS",
            "550 5.2.0 Message rejected due to DMARC",
            "550 5.7.0 rejected per sender's DMARC policy",
            "550 5.7.1 Unauthenticated email from contoso.com is not accepted due to the domain's DMARC policy",
            "550 5.7.26 <jane@contoso.com>: DMARC failure for domain",
            "550 DMARC sender invalid - envelope rejected",
            "550 SPF check failed: contoso.com doesn't allow mails from 192.0.2.1",
            "550 <jane@contoso.com>: reject due to SPF policy",
            "554 5.7.5 the DKIM signature is not valid",
            "550 rejected: we detected a spoofed message",
            "550 rejected by header based anti-spoofing policy",
            "550 rejected by header based manually blocked senders",
            "550 Absender unbekannt",
            // The name and address of the machine.
            "550 HELO name is invalid",
            "550 5.7.1 the EHLO domain is listed",
            "550 <jane@contoso.com>: Bad DNS PTR resource record",
            "554 all mail servers must have a PTR record with valid reverse DNS",
            "550 5.7.25 the IP address of the sending machine has no PTR record",
            "550 5.7.1 Client host rejected: cannot find your hostname",
            "550 5.7.1 Client host rejected: Access denied",
            "550 5.7.606 Access denied, banned sending IP [192.0.2.1]",
            "550 5.7.511 Access denied, banned sender [192.0.2.1]",
            "554 5.7.1 you are not allowed to connect",
            "550 5.7.1 connections not accepted from servers like this",
            "554 5.7.1 rejected based on geographical location of your IP",
            "550 DY-001 mail from a dynamic IP is not taken",
            "554 connection refused: IPv6 sending guidelines",
            // Lists.
            "550 5.7.1 Service unavailable; client [192.0.2.1] blocked using zen.spamhaus.org",
            "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using a list",
            "521 5.7.1 Service unavailable; client [192.0.2.1] blocked using dnsbl.sorbs.net",
            "550 5.2.1 Mailbox unavailable. Your IP address 192.0.2.1 is blacklisted",
            "550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent: part of their network is on our block list",
            "550 192.0.2.1 listed at zen.spamhaus.org",
            "550 the sending IP (192.0.2.1) is listed",
            "550 rejected: 192.0.2.1 found in dnsbl.contoso.com",
            "550 <jane@contoso.com>: IP address is block listed",
            "553 5.3.0 DNSBL:RBL 521 is_blocked",
            "553 5.7.1 [BL21] Connections will not be accepted from 192.0.2.1, because the ip is in a list",
            "554 found on one or more DNSBLs",
            "554 your access was rejected due to the sending MTA's poor reputation",
            "550 5.7.1 the very low reputation of the sending domain",
            "551 5.7.1 due to the very low reputation of the domain, this message was blocked",
            "591 your host [192.0.2.1] is blacklisted",
            "550 5.7.1 Adresse IP source bloquee",
            // What is sent, and how much of it.
            "550 spam detected",
            "550 5.7.1 likely unsolicited mail",
            "550 5.7.1 rejected by spam filter",
            "554 5.7.1 message rejected under suspicion of SPAM",
            "554 5.7.1 email flagged as spam",
            "550 suspected spam sender",
            "550 virus detected",
            "552 5.7.1 virus [name] detected",
            "554 rejecting banned content",
            "554 rejected due to spam URL in content",
            "550 mail content denied",
            "554 message not allowed - headers are not RFC compliant",
            "550 5.7.1 message is not RFC 5322 compliant",
            "550 sender frequency limited",
            "550 5.4.5 Daily user sending limit exceeded",
            "550 5.7.1 quota of the day exceeded: no more messages per day",
            "550 too many messages from this account today",
            "554 5.7.0 too many connections from your host",
            "550 Too many invalid recipients",
            // A rule of the other side that names nobody's mailbox.
            "550 administrative prohibition - envelope blocked",
            "550 envelope blocked - user entry",
            "550 Blocked",
            "550 mail is rejected by recipients",
            "550 5.7.1 message rejected due to local policy",
            "550 5.7.1 policy rejection on the target address",
            "550 requested action not taken: mailbox unavailable. Reject due to policy restrictions",
            "550 mailbox unavailable or access denied",
            "550 <jane@contoso.com>: reject due to policy restrictions (IP based)",
            "552 5.1.1 <jane@contoso.com> delivery failure, policy error",
            "554 5.2.3 policy violation, not delivered",
            "554 5.7.9 not accepted for policy reasons",
            "554 message not allowed - [299]",
            "554 email rejected due to security policies",
            "540 5.7.1 <jane@contoso.com>: recipient address rejected: blocked",
            "541 5.4.1 rejected by destination domain",
            "501 syntax error in parameters or arguments",
            // Their own trouble.
            "554 5.3.0 internal server error",
            "550 5.3.5 the server has a configuration error",
            "551 5.7.1 loop detected",
            "554 5.4.6 too many hops",
            "550 InternalServerError",
        ],
    );
}

#[test]
fn what_speaks_of_nobody_blames_nobody() {
    all(
        FaultOwner::Unclear,
        &[
            "550",
            "554",
            "550 no",
            "554 transaction failed",
            "554 5.0.0 failed",
            "550 5.2.0 mail rejected. ofr_506 [506]",
            "551 5.3.0 unknown error",
            "551 user not local; please try somewhere else",
            "550 permanent failure for one or more recipients (jane@contoso.com:x)",
            "550 5.7.1 <jane@contoso.com>: recipient address rejected: a-customized-rule",
            "554 5.7.1 <jane@contoso.com>: recipient address rejected: no-domain.",
            "553 message filtered (#5.7.1)",
            "554 delivery error: requested mail action aborted",
            "550 5.7.750 come back when the domain is registered",
            "571 delivery not wanted",
            "550 4.2.0 \u{fffd}\u{fffd}",
        ],
    );
}

#[test]
fn enhanced_codes_are_found_where_servers_put_them() {
    for (text, expected) in [
        ("5.1.1 no", Some((5, 1, 1))),
        ("gw 5.7.26 no", Some((5, 7, 26))),
        ("no (#5.1.1)", Some((5, 1, 1))),
        ("#5.7.1 no", Some((5, 7, 1))),
        ("[192.0.2.1] no", None),
        ("see 4.16.55.1", None),
        ("no (#id-5.9.4)", None),
        ("version 3.1.1", None),
        ("", None),
    ] {
        assert_eq!(enhanced_code(text), expected, "{text}");
    }
}
