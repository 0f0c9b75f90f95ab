//! Principals as App Service sends them.

use std::collections::BTreeSet;

use super::*;

const HOME: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
const PARTNER: &str = "aaaabbbb-0000-cccc-1111-dddd2222eeee";
const JANE: &str = "11111111-aaaa-bbbb-cccc-000000000001";
const LONG_TENANT: &str = "http://schemas.microsoft.com/identity/claims/tenantid";
const LONG_OBJECT: &str = "http://schemas.microsoft.com/identity/claims/objectidentifier";
const LONG_PROVIDER: &str = "http://schemas.microsoft.com/identity/claims/identityprovider";
const LONG_UPN: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn";
const LONG_EMAIL: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress";
const SUBJECT: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier";

fn principal(provider: &str, claims: &[(&str, &str)]) -> String {
    let claims: Vec<_> =
        claims.iter().map(|(typ, val)| serde_json::json!({ "typ": typ, "val": val })).collect();
    let principal = serde_json::json!({
        "auth_typ": provider,
        "claims": claims,
        "name_typ": LONG_EMAIL,
        "role_typ": "http://schemas.microsoft.com/ws/2008/06/identity/claims/role",
    });
    STANDARD.encode(principal.to_string())
}

fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.append(*name, value.parse().unwrap());
    }
    headers
}

/// The rules: whose tenants, and whether guests count.
fn rules(tenants: &[&str], guests: bool) -> SignInRules {
    SignInRules { tenants: tenants.iter().map(|&tenant| tenant.to_owned()).collect(), guests }
}

fn read(claims: &[(&str, &str)], rules: &SignInRules) -> Result<String, AccountProblem> {
    let sent = principal("aad", claims);
    // The name header says what the person likes.
    let headers = headers(&[
        ("x-ms-client-principal", &sent),
        ("x-ms-client-principal-idp", "aad"),
        ("x-ms-client-principal-name", "jane.doe@contoso.com"),
        ("x-ms-client-principal-id", JANE),
    ]);
    let account = Claims::of(&headers)?.expect("somebody is signed in").account(rules, Some(HOME))?;
    Ok(format!("{} {} {}", account.name, account.object, account.tenant))
}

/// A member of the home tenant, as the second version of the platform's tokens says it.
fn member() -> Vec<(&'static str, &'static str)> {
    vec![
        ("aud", "6731de76-14a6-49ae-97bc-6eba6914391e"),
        ("iss", "https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47/v2.0"),
        ("name", "The Boss"),
        (LONG_EMAIL, "boss@contoso.com"),
        (LONG_OBJECT, JANE),
        ("preferred_username", "Jane.Doe@contoso.com"),
        (SUBJECT, "3s-xU1b0kQ"),
        (LONG_TENANT, HOME),
        ("groups", "f08bbbea-b793-4a36-a5fc-136c18d8aa8f"),
        ("groups", "14a87ffa-0801-49bf-a515-3d259a2a9f8f"),
        ("ver", "2.0"),
    ]
}

/// The same, with some claims in place of those of the same name.
fn but(changed: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    let kept = member().into_iter().filter(|(typ, _)| !changed.iter().any(|(other, _)| other == typ));
    kept.chain(changed.iter().copied()).filter(|(_, val)| !val.is_empty()).collect()
}

#[test]
fn s8_a_member_is_known_by_tenant_object_and_the_name_that_administrators_give() {
    let jane = format!("Jane.Doe@contoso.com {JANE} {HOME}");
    let home = rules(&[], false);
    assert_eq!(read(&member(), &home), Ok(jane.clone()));
    // The first version of tokens, and one whose claims were not renamed.
    let older = but(&[("preferred_username", ""), (LONG_UPN, "Jane.Doe@contoso.com")]);
    assert_eq!(read(&older, &home), Ok(jane.clone()));
    let short =
        [("tid", HOME), ("oid", JANE), ("upn", "Jane.Doe@contoso.com"), ("acct", "0"), ("idtyp", "user")];
    assert_eq!(read(&short, &home), Ok(jane.clone()));
    let own = format!("https://sts.windows.net/{HOME}/");
    let own = [&member()[..], &[("idp", own.as_str())]].concat();
    assert_eq!(read(&own, &home), Ok(jane.clone()));
    // Where both are there, the one that only administrators change.
    let renamed = but(&[("preferred_username", "boss@contoso.com"), ("upn", "Jane.Doe@contoso.com")]);
    assert_eq!(read(&renamed, &home), Ok(jane));
}

#[test]
fn s8_claims_of_another_tenant_name_nobody_whatever_the_name_header_says() {
    let of_partner = but(&[(LONG_TENANT, PARTNER)]);
    assert_eq!(read(&of_partner, &rules(&[], true)), Err(AccountProblem::OtherTenant));
    assert!(read(&of_partner, &rules(&[HOME, PARTNER], false)).is_ok());
    assert_eq!(read(&member(), &rules(&[PARTNER], false)), Err(AccountProblem::OtherTenant));
    for rules in [rules(&[], true), rules(&[PERSONAL_ACCOUNTS, HOME], true)] {
        let personal = but(&[
            (LONG_TENANT, PERSONAL_ACCOUNTS),
            (LONG_OBJECT, "00000000-0000-0000-66f3-3332eca7ea81"),
            ("preferred_username", "jane.doe@contoso.com"),
        ]);
        assert_eq!(read(&personal, &rules), Err(AccountProblem::OtherTenant));
    }
    // Before it is known which tenant is the home, nobody counts.
    let sent = principal("aad", &member());
    let claims = Claims::of(&headers(&[("x-ms-client-principal", &sent)])).unwrap().unwrap();
    assert_eq!(claims.account(&rules(&[], true), None), Err(AccountProblem::HomeUnknown));
    assert!(claims.account(&rules(&[HOME], false), None).is_ok());
}

#[test]
fn s8_guests_count_only_where_the_configuration_says_so() {
    let partner = "https://sts.windows.net/aaaabbbb-0000-cccc-1111-dddd2222eeee/";
    let signs: &[&[(&str, &str)]] = &[
        &[("acct", "1")],
        &[("idp", partner)],
        &[(LONG_PROVIDER, partner)],
        &[("idp", "live.com")],
        &[("idp", "https://sts.windows.net/9188040d-6c67-4c5b-b112-36a304b66dad/")],
        &[("idp", "mail")],
        &[("upn", "mei_fabrikam.com#EXT#@contoso.onmicrosoft.com")],
        &[(LONG_UPN, "mei_fabrikam.com#ext#@contoso.onmicrosoft.com")],
        // A member by the directory's word who signs in elsewhere.
        &[("acct", "0"), ("idp", partner)],
    ];
    for sign in signs {
        let guest = [&but(&[("preferred_username", "mei@fabrikam.com")])[..], sign].concat();
        assert_eq!(read(&guest, &rules(&[], false)), Err(AccountProblem::Guest), "{sign:?}");
        assert_eq!(
            read(&guest, &rules(&[HOME], true)),
            Ok(format!("mei@fabrikam.com {JANE} {HOME}")),
            "{sign:?}"
        );
    }
}

#[test]
fn s8_applications_and_accounts_without_a_user_name_are_nobody() {
    let home = rules(&[], true);
    let application = [
        ("appid", "6731de76-14a6-49ae-97bc-6eba6914391e"),
        ("oid", JANE),
        ("tid", HOME),
        ("name", "jane.doe@contoso.com"),
        ("email", "jane.doe@contoso.com"),
        ("roles", "Start"),
    ];
    assert_eq!(read(&application, &home), Err(AccountProblem::NoPerson));
    let with_a_name =
        [&application[..], &[("idtyp", "app"), ("preferred_username", "jane.doe@contoso.com")]].concat();
    assert_eq!(read(&with_a_name, &home), Err(AccountProblem::NoPerson));
    assert_eq!(read(&but(&[("preferred_username", "")]), &home), Err(AccountProblem::NoPerson));
}

#[test]
fn s8_what_says_two_things_or_nothing_is_nobody() {
    let home = rules(&[], true);
    for doubled in [
        ("tid", PARTNER),
        (LONG_TENANT, PARTNER),
        ("oid", "11111111-aaaa-bbbb-cccc-000000000002"),
        ("preferred_username", "boss@contoso.com"),
    ] {
        let both = [&member()[..], &[doubled]].concat();
        assert_eq!(read(&both, &home), Err(AccountProblem::Unclear), "{doubled:?}");
        let both = [&[doubled], &member()[..]].concat();
        assert_eq!(read(&both, &home), Err(AccountProblem::Unclear), "{doubled:?}");
    }
    let upns = [&member()[..], &[("upn", "jane.doe@contoso.com"), (LONG_UPN, "boss@contoso.com")]].concat();
    assert_eq!(read(&upns, &home), Err(AccountProblem::Unclear));
    // The same said twice is one thing.
    let twice = [&member()[..], &[("tid", HOME), ("preferred_username", "jane.doe@CONTOSO.com")]].concat();
    assert!(read(&twice, &home).is_ok());
    for missing in [LONG_TENANT, LONG_OBJECT] {
        assert_eq!(read(&but(&[(missing, "")]), &home), Err(AccountProblem::Unclear), "{missing}");
    }
}

#[test]
fn s19_what_is_no_principal_of_the_platform_names_nobody() {
    let good = principal("aad", &member());
    let of = |lines: &[(&'static str, &str)]| Claims::of(&headers(lines)).map(|claims| claims.is_some());
    assert_eq!(of(&[("x-ms-client-principal", &good)]), Ok(true));
    assert_eq!(of(&[]), Ok(false));
    assert_eq!(
        of(&[("x-ms-client-principal-name", "jane.doe@contoso.com"), ("x-ms-client-principal-idp", "aad")]),
        Ok(false)
    );
    for other in ["github", "google", "twitter", "", "aad2", "AzureStaticWebApps"] {
        assert_eq!(of(&[("x-ms-client-principal", &principal(other, &member()))]), Ok(false), "{other}");
        let lines = [("x-ms-client-principal", good.as_str()), ("x-ms-client-principal-idp", other)];
        assert_eq!(of(&lines), Ok(false), "{other}");
    }
    let two = principal("aad", &but(&[("preferred_username", "boss@contoso.com")]));
    let lines = [("x-ms-client-principal", good.as_str()), ("x-ms-client-principal", two.as_str())];
    assert_eq!(of(&lines), Err(AccountProblem::Unclear));
    let json = |text: &str| STANDARD.encode(text);
    let list = String::from_utf8(STANDARD.decode(&good).unwrap()).unwrap();
    for odd in [
        "!".to_owned(),
        String::new(),
        "bm90IGpzb24=".to_owned(),
        json("{}"),
        json("null"),
        json(&format!("[{list}]")),
        json(&format!("[{list},{list}]")),
        json(r#"{"auth_typ":"aad"}"#),
        json(r#"{"auth_typ":"aad","claims":{}}"#),
        json(r#"{"auth_typ":"aad","claims":[{"typ":"tid"}]}"#),
        json(r#"{"auth_typ":"aad","claims":[{"typ":"tid","val":null}]}"#),
        json(r#"{"auth_typ":"aad","claims":[],"claims":[{"typ":"tid","val":"x"}]}"#),
        json(r#"{"auth_typ":"github","auth_typ":"aad","claims":[]}"#),
    ] {
        assert_eq!(of(&[("x-ms-client-principal", &odd)]), Err(AccountProblem::Unclear), "{odd}");
    }
    let nobody = principal("aad", &[]);
    let claims = Claims::of(&headers(&[("x-ms-client-principal", &nobody)])).unwrap().unwrap();
    let all = SignInRules { tenants: BTreeSet::from([HOME.to_owned()]), guests: true };
    assert_eq!(claims.account(&all, Some(HOME)), Err(AccountProblem::Unclear));
}
