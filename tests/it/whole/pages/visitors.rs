//! Who may start and answer.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use maintenance_notifier::demo::SimulatedTags;

use super::{Reader, audit_actions, jane, minted, pairs, signed_in, starts, to, window, with_claims, world};
use crate::whole::tenant::{CONFIGURATION, SUBSCRIPTION};

#[tokio::test]
async fn s8_to_start_one_signs_in_as_the_recipient_or_a_deputy() {
    let deputies = "[[recipients]]\nname = \"jane.doe@contoso.com\"\nemail = [\"jane.doe@contoso.com\"]\n\
                    deputies = [\"ops@contoso.com\"]\n";
    let configuration = format!("{CONFIGURATION}{deputies}");
    let (tenant, reader) = jane(world().easy_auth().configuration(configuration)).await;
    let page = reader.get().await;
    page.is(200).says(&format!("login&#x2f;aad?post_login_redirect_uri=%2Fa%3Ft%3D{}", reader.token()));
    assert!(!page.body.contains("value=\"start\""));
    let fields = Reader::filled_with(minted(&tenant, &reader, "start"));
    let fields = pairs(&fields);
    reader.post(&fields).await.is(403).says("sign in");
    let arjun = signed_in(&tenant, "arjun.rao@contoso.com").await;
    reader.post_as(&fields, &pairs(&arjun)).await.is(403).says("signed in as arjun.rao");
    // The name header alone is anybody's, and so are another provider's names.
    for provider in ["aad", "github"] {
        let other = [
            ("x-ms-client-principal-idp", provider),
            ("x-ms-client-principal-name", "jane.doe@contoso.com"),
            ("x-ms-client-principal-id", "461e8683-5575-4561-ac7f-899cc907d62a"),
        ];
        reader.post_as(&fields, &other).await.is(403).says("sign in");
    }
    let object = ("oid", "461e8683-5575-4561-ac7f-899cc907d62a");
    let jane = ("preferred_username", "jane.doe@contoso.com");
    let home = tenant.repository.tenant().await.unwrap().0.home.unwrap();
    for (claims, says) in [
        (vec![("tid", "aaaabbbb-0000-cccc-1111-dddd2222eeee"), object, jane], "another organisation"),
        (vec![("tid", "9188040d-6c67-4c5b-b112-36a304b66dad"), object, jane], "another organisation"),
        (vec![("tid", home.as_str()), object, jane, ("acct", "1")], "as a guest"),
        (vec![("tid", home.as_str()), object, ("email", "jane.doe@contoso.com")], "no person’s account"),
        (
            vec![("tid", home.as_str()), object, jane, ("upn", "arjun.rao@contoso.com")],
            "signed in as arjun.rao",
        ),
        (vec![("tid", home.as_str()), object, jane, ("tid", "another")], "not clear who is signed in"),
        (vec![object, jane], "not clear who is signed in"),
    ] {
        reader.post_as(&fields, &pairs(&with_claims(&claims))).await.is(403).says(says);
    }
    assert_eq!(starts(&tenant), 0);
    // Answering needs the link alone.
    let nonce = page.nonce("acknowledge");
    reader
        .post(&[("nonce", &nonce), ("do", "acknowledge"), ("m", "0-1")])
        .await
        .is(200)
        .says("acknowledged.");

    let ops = signed_in(&tenant, "OPS@contoso.com").await;
    let deputy = [&pairs(&ops)[..], &[("x-forwarded-for", "203.0.113.9, 198.51.100.7:50123")]].concat();
    reader.get_as(&deputy).await.is(200).says("value=\"start\"");
    reader.post_as(&fields, &deputy).await.is(200).says("vm-web-01: started");
    let trail = tenant.repository.audit_trail(1).await.unwrap();
    let actor = trail.values().last().unwrap().event.actor.clone();
    assert_eq!(actor.recipient.unwrap().as_str(), "jane.doe@contoso.com");
    assert_eq!(actor.principal.as_deref(), Some("OPS@contoso.com"));
    assert_eq!(actor.tenant, Some(home));
    let object = actor.object.unwrap();
    assert!(String::from_utf8(STANDARD.decode(&ops[0].1).unwrap()).unwrap().contains(&object), "{object}");
    assert_eq!(actor.address.as_deref(), Some("198.51.100.7"));
}

#[tokio::test]
async fn s8_without_the_platforms_guard_nobody_is_believed_to_be_signed_in() {
    let configuration = format!("{CONFIGURATION}[start]\nrequire_login = true\n");
    let (tenant, reader) = jane(world().configuration(configuration)).await;
    let fields = Reader::filled_with(minted(&tenant, &reader, "start"));
    let spoofed = signed_in(&tenant, "jane.doe@contoso.com").await;
    reader.post_as(&pairs(&fields), &pairs(&spoofed)).await.is(403).says("sign-in is not set up");
    assert_eq!(starts(&tenant), 0);
}

#[tokio::test]
async fn s23_without_the_right_to_start_page_and_mail_point_to_the_portal() {
    let (mut tenant, reader) = jane(world()).await;
    tenant.simulation.script().forbid_starts(SUBSCRIPTION, true);
    let refused = reader.post(&pairs(&reader.filled().await)).await;
    refused
        .is(200)
        .says("Azure does not let whoever asked start it (AuthorizationFailed)")
        .says("To start it in Azure’s portal");
    assert_eq!(starts(&tenant), 0);
    let posts = tenant.simulation.script().requests();
    let posts = posts.iter().filter(|request| request.path.ends_with("/performMaintenance"));
    assert_eq!(posts.map(|request| request.status).collect::<Vec<_>>(), [403]);
    tenant.advance(TimeDelta::days(1)).await;
    let letters = tenant.messages().await;
    let (_, mail) = tenant.read(to(&letters, "jane.doe")).await;
    let text = mail.text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("It can be started in Azure’s portal."), "{text}");
    // Nothing stands in the way once the role is there.
    tenant.simulation.script().forbid_starts(SUBSCRIPTION, false);
    reader.post(&pairs(&reader.filled().await)).await.is(200).says("vm-web-01: started");
}

#[tokio::test]
async fn s9_who_is_no_longer_responsible_reads_so_and_changes_nothing() {
    let (tenant, reader) = jane(world()).await;
    let fields = reader.filled().await;
    let id = window(&tenant, "vm-web-01").await.id.resource;
    let tags = SimulatedTags::from([("owner".to_owned(), "mei.lin".to_owned())]);
    tenant.simulation.script().set_machine_tags(id.as_str(), tags);
    tenant.look().await;
    let page = reader.get().await;
    page.is(410).says("it is with mei.lin@contoso.com");
    assert!(!page.body.contains("<form"));
    reader.post(&pairs(&fields)).await.is(410).says("Nothing was done: you are no longer responsible");
    assert_eq!((starts(&tenant), audit_actions(&tenant).await), (0, Vec::new()));
}
