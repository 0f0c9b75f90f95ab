//! Whether a visitor may start maintenance, and what to say when they may not.

use super::super::link_target::LinkTarget;
use super::super::words;
use super::account::AccountProblem;
use super::user_token::UserToken;
use super::visitor::Visitor;
use crate::domain::action::standing_order::has_say;
use crate::domain::action::start_rules::StartsAs;
use crate::domain::assignment::Assignment;
use crate::domain::resource::ResourceKind;
use crate::domain::sanitize::one_line;
use crate::services::App;

/// Whether this visitor may start maintenance for the link's recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StartPermission {
    Yes,
    /// The configuration does not allow starts from here.
    Disabled,
    Paused,
    /// They are signed in, and start with their own rights in Azure, which did not come with them.
    NoRights(TokenProblem),
    /// They have to say who they are first.
    SignIn,
    /// The same, because they start with their own rights in Azure.
    SignInForRights,
    /// Nobody can: signing in is asked for and not set up.
    NoSignIn,
    NotThem,
    /// They are signed in, with an account that does not count here.
    NotCounted(AccountProblem),
}

impl StartPermission {
    /// Whether signing in, perhaps as somebody else, helps.
    pub(crate) fn is_helped_by_signing_in(self) -> bool {
        matches!(
            self,
            Self::SignIn | Self::SignInForRights | Self::NotThem | Self::NoRights(_) | Self::NotCounted(_)
        )
    }
}

/// Why a sign-in does not count, and what to do about it.
pub(crate) fn not_counted(problem: AccountProblem) -> &'static str {
    match problem {
        AccountProblem::OtherTenant => {
            "You are signed in with an account of another organisation, which counts for nothing here. Sign in with the \
             account of this one."
        }
        AccountProblem::Guest => {
            "You are signed in as a guest of this organisation, and the operators of this service do not accept guests."
        }
        AccountProblem::NoPerson => {
            "What is signed in is no person’s account. Maintenance is started by people: sign in with your own."
        }
        AccountProblem::Unclear => {
            "It is not clear who is signed in. Sign out, sign in again, and tell the operators if it stays so."
        }
        AccountProblem::HomeUnknown => {
            "This service does not know yet whose accounts count: it has not asked Azure. Try again in a quarter of an \
             hour."
        }
    }
}

/// What is wrong with the token with which somebody would start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenProblem {
    Absent,
    NotForAzure,
    Expired,
    SomebodyElses,
}

/// Whether this visitor may start with their own rights, as far as we can tell: Azure decides.
fn with_own_rights(app: &App, visitor: &Visitor) -> StartPermission {
    match (&visitor.account, &visitor.user_token) {
        _ if !app.easy_auth => StartPermission::NoSignIn,
        (Ok(None), _) => StartPermission::SignInForRights,
        (Err(problem), _) => StartPermission::NotCounted(*problem),
        (Ok(Some(_)), UserToken::Ready(_)) => StartPermission::Yes,
        (Ok(Some(_)), UserToken::Absent) => StartPermission::NoRights(TokenProblem::Absent),
        (Ok(Some(_)), UserToken::NotForAzure) => StartPermission::NoRights(TokenProblem::NotForAzure),
        (Ok(Some(_)), UserToken::Expired) => StartPermission::NoRights(TokenProblem::Expired),
        (Ok(Some(_)), UserToken::SomebodyElses) => StartPermission::NoRights(TokenProblem::SomebodyElses),
    }
}

/// Decides it.
pub(crate) fn may_start(app: &App, target: &LinkTarget, visitor: &Visitor) -> StartPermission {
    let rules = &app.start_rules;
    match () {
        () if !rules.enabled => StartPermission::Disabled,
        () if app.starts_paused => StartPermission::Paused,
        () if rules.acts_as == StartsAs::User => with_own_rights(app, visitor),
        () => may_grant(app, target, visitor),
    }
}

/// Whether this visitor may do what gives somebody rights: hand a machine over, take it, name hours. It takes the
/// sign-in that a start takes, whether starts are switched on or not; where these are made with a person's own rights in
/// Azure, the recipient's or a deputy's, for here Azure is not asked.
pub(crate) fn may_grant(app: &App, target: &LinkTarget, visitor: &Visitor) -> StartPermission {
    let rules = &app.start_rules;
    let needs_login = rules.acts_as == StartsAs::User || rules.require_login.unwrap_or(app.easy_auth);
    match &visitor.account {
        _ if !needs_login => StartPermission::Yes,
        _ if !app.easy_auth => StartPermission::NoSignIn,
        Ok(None) => StartPermission::SignIn,
        Err(problem) => StartPermission::NotCounted(*problem),
        Ok(Some(account)) => {
            let deputies = app.deputies.get(&target.recipient).map(Vec::as_slice).unwrap_or_default();
            let mut listed = target.addresses().chain(deputies);
            let theirs = listed.any(|address| account.name.eq_ignore_ascii_case(address.as_str()));
            if theirs { StartPermission::Yes } else { StartPermission::NotThem }
        }
    }
}

/// Why this visitor can neither hand over nor take anything from here, as a sentence; `None` when they can.
pub(crate) fn why_no_grant(may: &StartPermission, target: &LinkTarget, visitor: &Visitor) -> Option<String> {
    let owner = one_line(target.recipient.as_str(), 90);
    match may {
        StartPermission::SignIn => Some(format!(
            "To hand it over or to take it, sign in: only {owner} and their listed deputies may."
        )),
        StartPermission::NotThem => Some(format!(
            "You are signed in as {}. Only {owner} and their listed deputies may hand it over or take it.",
            one_line(visitor.name().unwrap_or("somebody else"), 90)
        )),
        StartPermission::NoSignIn => Some(
            "To hand it over or to take it one has to be signed in, and sign-in is not set up for this service. Tell the \
             operators."
                .to_owned(),
        ),
        other => why_no_start(other, target, visitor),
    }
}

/// Whether the recipient owns the machine, and it is one that can be started at all.
pub(crate) fn may_name_hours(assignment: &Assignment) -> bool {
    let kind = assignment.window.place().kind();
    has_say(&assignment.reasons) && matches!(kind, ResourceKind::Vm | ResourceKind::ScaleSetInstance)
}

/// Why this visitor cannot start anything from here, as a sentence or two; `None` when they can.
pub(crate) fn why_no_start(may: &StartPermission, target: &LinkTarget, visitor: &Visitor) -> Option<String> {
    let owner = one_line(target.recipient.as_str(), 90);
    Some(match may {
        StartPermission::Yes => return None,
        StartPermission::Disabled => {
            format!(
                "Maintenance is not started from here: the operators of this service have not switched that on. {}",
                words::PORTAL
            )
        }
        StartPermission::Paused => format!(
            "The operators of this service have paused all starts. Try again later, or use Azure’s portal. {}",
            words::PORTAL
        ),
        StartPermission::NoRights(missing) => format!("{} {}", no_rights(*missing), words::PORTAL),
        StartPermission::SignInForRights => "To start maintenance, sign in: it is started with your own rights in Azure, and Azure \
             decides whether you may. Answering needs no sign-in."
            .to_owned(),
        StartPermission::SignIn => {
            format!("To start maintenance, sign in: only {owner} and their listed deputies may. Answering needs no sign-in.")
        }
        StartPermission::NoSignIn => {
            "To start maintenance one has to be signed in, and sign-in is not set up for this service. Start it in \
             Azure’s portal, and tell the operators."
                .to_owned()
        }
        StartPermission::NotThem => format!(
            "You are signed in as {}. Only {owner} and their listed deputies may start this. You can answer.",
            one_line(visitor.name().unwrap_or("somebody else"), 90)
        ),
        StartPermission::NotCounted(problem) => not_counted(*problem).to_owned(),
    })
}

/// What is wrong with the token with which somebody would start, and what to do about it.
fn no_rights(missing: TokenProblem) -> &'static str {
    match missing {
        TokenProblem::Absent => {
            "A start is made with your own rights in Azure, and your sign-in brought no token for that. Sign in again; if \
             it stays so, the operators have to switch on the token store of the sign-in."
        }
        TokenProblem::NotForAzure => {
            "A start is made with your own rights in Azure, and the token of your sign-in is not for Azure. Sign in \
             again; if it stays so, the operators have to have the sign-in ask for the rights to use Azure."
        }
        TokenProblem::Expired => "Your sign-in for Azure has run out. Sign in again, and come back here.",
        TokenProblem::SomebodyElses => {
            "The token for Azure that came with your sign-in is somebody else’s. Sign in again with your own account."
        }
    }
}
