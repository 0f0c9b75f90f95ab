//! Whose account, mailbox or size a refusal means, where the same words stand for several.

use super::super::FaultOwner;
use super::all;

#[test]
fn our_own_account_blames_no_recipient() {
    all(
        FaultOwner::Us,
        &[
            "550 Your account has been disabled",
            "554 5.7.0 your account is suspended",
            "550 5.2.1 Your account has been deactivated",
            "550 5.2.1 your mailbox is disabled for sending",
            "550 Outgoing mail has been disabled for this account",
            "550 Sending has been disabled for this user",
            "550 mail sending is disabled: account inactive",
            "554 outbound mail of this customer account is suspended",
            "550 Account has expired, please renew",
            "550 account closed: payment overdue",
            "550 the subscription has been deleted",
            "550 your trial has ended",
            "550 Your domain is inactive",
            "550 domain is not verified",
            "550 domain suspended",
            "550 API key deleted",
            "550 this API key no longer exists",
            "550 your account no longer exists",
            "550 SMTP access has been disabled",
            "550 Requested action not taken: mailbox unavailable invalid DNS MX or A/AAAA resource record",
        ],
    );
    all(
        FaultOwner::Unclear,
        &[
            "554 Account disabled",
            "554 Account is disabled",
            "550 account has been closed",
            "550 user disabled",
            "550 expired account",
            "550 deactivated",
        ],
    );
}

#[test]
fn a_code_of_the_mailbox_counts_for_more_than_hints() {
    all(
        FaultOwner::Mailbox,
        &[
            "550 5.2.1 Mailbox has been blocked",
            "550 5.2.1 the account is disabled by policy",
            "550 5.1.1 <jane@contoso.com>: Refused due to recipient preferences",
            "550 5.1.1 access denied",
            "550 5.1.1 user unknown (antispam-gw)",
            "550 5.1.1 user unknown on your server's route",
            "550 5.1.1 user unknown: no license",
            "550 5.1.1 user unknown in answer to mail from",
            "550 5.1.1 no such user; we fight spam and phishing",
            "550 5.1.10 recipient not found, reputation service asked",
            "550 5.2.1 mailbox disabled, license expired",
            "553 5.1.1 Recipient rejected by anti-spam gateway",
        ],
    );
    all(
        FaultOwner::Us,
        &[
            "550 5.1.1 <jane@contoso.com>: Relay access denied",
            "550 5.1.1 authentication required for this recipient",
            "550 5.2.1 client host blocked using a list",
            "550 5.1.1 Sender address rejected: User unknown in local recipient table",
            "550 5.2.1 message refused as spam",
        ],
    );
}

#[test]
fn named_recipients_are_dead_without_a_code_too() {
    all(
        FaultOwner::Mailbox,
        &[
            "550 mailbox is inactive",
            "550 the recipient's account has been disabled",
            "550 recipient suspended",
            "554 mailbox has been deleted",
            "550 this recipient is deactivated",
        ],
    );
}

#[test]
fn a_size_is_no_full_mailbox_and_no_matter_of_the_sender() {
    all(
        FaultOwner::Size,
        &[
            "552 the size of your message exceeds our limit",
            "554 message exceeds the allowed limit of 10 MB",
            "554 exceeded the limit of 10MB",
            "550 mail size exceeded",
            "552 this message is over the size limit for this sender",
            "552 message exceeds our limit",
            "554 no more than 20480 kB are allowed",
            "550 5.7.1 the content is over the permitted size of a mail",
            "552 die Nachricht überschreitet die maximale Größe",
            "552 la taille du message dépasse ce qui est permis",
            "552 el tamaño del mensaje es demasiado",
        ],
    );
    all(
        FaultOwner::MailboxForNow,
        &[
            "550 Mailbox voll",
            "550 Postfach von Jane ist leider voll",
            "550 El buzón está lleno",
            "550 el buz\u{fffd}n est\u{fffd} lleno",
            "550 La boîte est pleine",
            "550 la boîte aux lettres du destinataire est pleine",
            "550 la casella di posta è piena",
            "550 a caixa de correio está cheia",
            "550 postvak is vol",
            "552 mailbox exceeds its limit of 10 MB",
            "552 quota of 100 MB exceeded: mailbox size",
        ],
    );
    all(
        FaultOwner::Attachments,
        &[
            "550 5.7.1 text/calendar parts are not accepted",
            "554 calendar invitations are not taken here",
            "550 multipart messages with text/csv are refused",
            "554 this MIME type is not allowed",
        ],
    );
}
