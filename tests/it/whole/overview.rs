//! The overview: who may see what of it, what it shows, and that it only shows.

use axum::body::Body;
use axum::http::{Method, Request};
use chrono::TimeDelta;
use maintenance_notifier::web;

use super::counting_store::CountingStore;
use super::pages::notified;
use super::pages::{ORIGIN, Reader, to, with_claims};
use super::tenant::{CONFIGURATION, Letter, SUBSCRIPTION, Setup, TestTenant, small_world};

const OPERATORS: &str = "00000000-0000-0000-0000-000000000002";
const WEB: &str = "00000000-0000-0000-0000-0000000000a4";
const ACCESS: &str = r#"
[access]
viewer   = ["vera@contoso.com"]
operator = ["group:00000000-0000-0000-0000-000000000002"]
admin    = ["role:Admin"]
teams    = [
  { name = "web", match = { name = "vm-web-*" }, viewer = ["group:00000000-0000-0000-0000-0000000000A4"] },
  { name = "sap", match = { name = "vm-sap-*" }, viewer = ["role:Sap"] },
]
"#;
const MACHINES: &[(&str, &str)] =
    &[("vm-web-01", "jane.doe"), ("vm-web-02", "jane.doe"), ("vm-sap-01", "mei.lin"), ("vm-lost-01", "")];
const FORMS: [&str; 3] = ["/overview", "/overview.json", "/overview.csv"];

type Headers = Vec<(&'static str, String)>;

async fn overviewed(access: &str) -> (TestTenant, Vec<Letter>) {
    let configuration = format!("{CONFIGURATION}{access}");
    let (tenant, letters) =
        notified(Setup::new(small_world(MACHINES)).configuration(configuration).easy_auth()).await;
    (tenant, letters)
}

/// Somebody of the home tenant with these groups and roles.
async fn person(tenant: &TestTenant, name: &str, memberships: &[(&str, &str)]) -> Headers {
    let home = tenant.repository.tenant().await.unwrap().0.home.expect("Azure was asked");
    let mut claims = vec![
        ("http://schemas.microsoft.com/identity/claims/tenantid", home.as_str()),
        (
            "http://schemas.microsoft.com/identity/claims/objectidentifier",
            "0b1ec700-0000-0000-0000-000000000001",
        ),
        ("preferred_username", name),
    ];
    claims.extend(memberships);
    with_claims(&claims)
}

fn at(tenant: &TestTenant, path: &str) -> Reader {
    Reader { pages: web::router(tenant.app.clone()), path: path.to_owned() }
}

async fn get(tenant: &TestTenant, path: &str, headers: &Headers) -> super::pages::Answer {
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    at(tenant, path).get_as(&headers).await
}

#[tokio::test]
async fn nobody_sees_the_overview_unless_the_configuration_names_them() {
    let (tenant, _) = overviewed(ACCESS).await;
    let long_role = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role";
    let foreign = with_claims(&[
        ("tid", "aaaabbbb-0000-cccc-1111-dddd2222eeee"),
        ("oid", "0b1ec700-0000-0000-0000-000000000009"),
        ("preferred_username", "vera@contoso.com"),
        ("roles", "Admin"),
    ]);
    // Who, with which status, and which of the machines they see.
    let all = ["vm-web-01", "vm-web-02", "vm-sap-01", "vm-lost-01"];
    let table: Vec<(Headers, u16, Vec<&str>)> = vec![
        (Vec::new(), 401, vec![]),
        (foreign, 403, vec![]),
        (person(&tenant, "mallory@contoso.com", &[]).await, 403, vec![]),
        (
            person(&tenant, "mallory@contoso.com", &[("groups", "Admin"), ("roles", OPERATORS)]).await,
            403,
            vec![],
        ),
        (person(&tenant, "mallory@contoso.com", &[("email", "vera@contoso.com")]).await, 403, vec![]),
        (person(&tenant, "Vera@Contoso.com", &[]).await, 200, all.to_vec()),
        (person(&tenant, "olaf@contoso.com", &[("groups", OPERATORS)]).await, 200, all.to_vec()),
        (person(&tenant, "ada@contoso.com", &[(long_role, "Admin")]).await, 200, all.to_vec()),
        (person(&tenant, "wim@contoso.com", &[("groups", WEB)]).await, 200, vec!["vm-web-01", "vm-web-02"]),
        (person(&tenant, "sam@contoso.com", &[("roles", "Sap")]).await, 200, vec!["vm-sap-01"]),
        (
            person(&tenant, "both@contoso.com", &[("groups", WEB), ("roles", "Sap")]).await,
            200,
            vec!["vm-web-01", "vm-web-02", "vm-sap-01"],
        ),
    ];
    for (headers, status, seen) in &table {
        for form in FORMS {
            let answer = get(&tenant, form, headers).await;
            answer.is(*status);
            for machine in all {
                assert_eq!(
                    answer.body.contains(machine),
                    seen.contains(&machine),
                    "{form} {machine} {headers:?}"
                );
            }
            // Nothing acts by any other method, whoever asks.
            for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
                let mut request = Request::builder().method(method).uri(form).header("origin", ORIGIN);
                for (name, value) in headers {
                    request = request.header(*name, value);
                }
                at(&tenant, form).send(request.body(Body::empty()).unwrap()).await.is(405);
            }
        }
    }
}

#[tokio::test]
async fn the_overview_is_closed_by_default_and_says_how_to_open_it() {
    let (tenant, _) = overviewed("").await;
    let mei = person(&tenant, "mei.lin@contoso.com", &[("_claim_names", "{\"groups\":\"src1\"}")]).await;
    let answer = get(&tenant, "/overview", &mei).await;
    answer.is(403).says("The overview is closed").says("viewer = [\"mei.lin@contoso.com\"]").says("app role");
    assert!(!answer.body.contains("vm-web-01"));
    // Without the platform's guard the headers are anybody's.
    let (tenant, _) =
        notified(Setup::new(small_world(MACHINES)).configuration(format!("{CONFIGURATION}{ACCESS}"))).await;
    let vera = person(&tenant, "vera@contoso.com", &[("roles", "Admin")]).await;
    for form in FORMS {
        get(&tenant, form, &vera).await.is(403);
    }
}

#[tokio::test]
async fn a_viewer_of_one_team_learns_nothing_of_another() {
    let (tenant, _) = overviewed(ACCESS).await;
    let wim = person(&tenant, "wim@contoso.com", &[("groups", WEB)]).await;
    let whole = get(&tenant, "/overview", &wim).await;
    for foreign in ["sap-01", "mei.lin", "vm-lost", "without an owner", "platform@"] {
        assert!(!whole.body.contains(foreign), "{foreign}");
    }
    whole.says("2 of 2 machines undecided");
    for query in [
        "text=sap",
        "text=mei",
        "team=mei.lin%40contoso.com",
        "unowned=1",
        "tag=owner%3Dmei.lin",
        "state=done",
    ] {
        for form in FORMS {
            let answer = get(&tenant, &format!("{form}?{query}"), &wim).await;
            answer.is(200);
            assert!(!answer.body.contains("vm-"), "{form}?{query}: {}", answer.body);
        }
    }
    let json = get(&tenant, "/overview.json?everybody=1", &wim).await;
    let json: serde_json::Value = serde_json::from_str(&json.body).unwrap();
    assert_eq!((&json["machines_in_all"], &json["not_answered"]), (&2.into(), &1.into()));
    assert_eq!(json["people"][0]["recipient"], "jane.doe@contoso.com");
    assert!(json.get("problems").is_none() && json.get("refused").is_none());
}

fn machine(name: &str) -> String {
    let id = format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-test/providers/Microsoft.Compute/virtualMachines/{name}"
    );
    let id: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect();
    format!("id={id}&generation=1")
}

#[tokio::test]
async fn one_machine_and_one_recipient_are_shown_only_to_whoever_may_see_them() {
    let (tenant, _) = overviewed(ACCESS).await;
    let vera = person(&tenant, "vera@contoso.com", &[]).await;
    let wim = person(&tenant, "wim@contoso.com", &[("groups", WEB)]).await;
    let mallory = person(&tenant, "mallory@contoso.com", &[]).await;
    let jane = "name=jane.doe%40contoso.com";
    let mei = "name=mei.lin%40contoso.com";
    // What is asked for, and whether viewers of everything and of the part `web` see it.
    let table: Vec<(&str, String, u16, u16)> = vec![
        ("machine", machine("vm-web-01"), 200, 200),
        ("machine", machine("vm-web-01").replace("generation=1", ""), 200, 200),
        ("machine", machine("vm-web-01").to_uppercase().replace("ID=", "id="), 200, 200),
        ("machine", machine("vm-sap-01"), 200, 404),
        ("machine", machine("vm-lost-01"), 200, 404),
        ("machine", machine("vm-none-01"), 404, 404),
        ("machine", machine("vm-web-01").replace("generation=1", "generation=2"), 404, 404),
        ("machine", "id=vm-web-01".to_owned(), 404, 404),
        ("machine", String::new(), 404, 404),
        ("recipient", jane.to_owned(), 200, 200),
        ("recipient", mei.to_owned(), 200, 404),
        ("recipient", "name=nobody%40contoso.com".to_owned(), 404, 404),
        ("recipient", String::new(), 404, 404),
    ];
    for (address, query, whole, part) in &table {
        for form in ["", ".json"] {
            let path = format!("/overview/{address}{form}?{query}");
            get(&tenant, &path, &vera).await.is(*whole);
            let answer = get(&tenant, &path, &wim).await;
            answer.is(*part);
            for foreign in ["vm-sap", "mei.lin", "vm-lost", "vm-none"] {
                assert!(!answer.body.contains(foreign), "{path}: {foreign}");
            }
            get(&tenant, &path, &mallory).await.is(403);
            get(&tenant, &path, &Vec::new()).await.is(401);
        }
    }
    for path in
        ["/overview/machine", "/overview/recipient", "/overview/machine.json", "/overview/recipient.json"]
    {
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
            let mut request = Request::builder().method(method).uri(path).header("origin", ORIGIN);
            for (name, value) in &vera {
                request = request.header(*name, value);
            }
            at(&tenant, path).send(request.body(Body::empty()).unwrap()).await.is(405);
        }
    }
    // What may not be seen is answered like what is not there.
    let foreign = get(&tenant, &format!("/overview/machine?{}", machine("vm-sap-01")), &wim).await;
    let absent = get(&tenant, &format!("/overview/machine?{}", machine("vm-none-01")), &wim).await;
    assert_eq!(foreign.body, absent.body);
}

#[tokio::test]
async fn a_machine_is_shown_from_its_announcement_with_who_was_notified_and_why() {
    let (tenant, letters) = overviewed(ACCESS).await;
    let vera = person(&tenant, "vera@contoso.com", &[]).await;
    let reader = Reader::of(&tenant, to(&letters, "mei.lin")).await;
    let nonce = reader.get().await.nonce("acknowledge");
    reader.post(&[("nonce", &nonce), ("do", "acknowledge"), ("m", "0-1")]).await.is(200);
    // Once planning has copied what was decided.
    tenant.clock.advance(TimeDelta::minutes(15));
    tenant.look().await;
    let path = format!("/overview/machine?{}", machine("vm-sap-01"));
    get(&tenant, &path, &vera)
        .await
        .is(200)
        .says("Acknowledged")
        .says("mei.lin@contoso.com")
        .says("Why, as they read it:")
        .says("What people did");
    let json = get(&tenant, &path.replace("machine?", "machine.json?"), &vera).await;
    let json: serde_json::Value = serde_json::from_str(&json.body).unwrap();
    let mei = &json["recipients"][0];
    assert_eq!((&json["state"], &mei["role"]), (&"acknowledged".into(), &"responsible".into()));
    assert_eq!(mei["messages"][0]["stage"], "announced");
    assert_eq!(mei["messages"][0]["sent_to"][0]["outcome"], "sent");
    let page = get(&tenant, "/overview/recipient?name=mei.lin%40contoso.com", &vera).await;
    page.is(200).says("vm-sap-01").says("Newest messages").says("announced");
    // The list leads there.
    let list = get(&tenant, "/overview?team=mei.lin%40contoso.com", &vera).await;
    list.says("/overview/machine?id=").says("/overview/recipient?name=mei.lin%40contoso.com");
}

#[tokio::test]
async fn the_overview_says_who_has_not_answered_and_follows_what_is_decided_at_once() {
    let (tenant, letters) = overviewed(ACCESS).await;
    let vera = person(&tenant, "vera@contoso.com", &[]).await;
    let page = get(&tenant, "/overview", &vera).await;
    page.is(200)
        .says("4 of 4 machines undecided")
        .says("Who has not answered")
        .says("mei.lin@contoso.com")
        .says("1 machine without an owner")
        .says("within 14 days");
    assert!(page.body.len() < 60_000, "{}", page.body.len());
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("script-src 'sha256-"));
    let json = get(&tenant, "/overview.json", &vera).await;
    let json: serde_json::Value = serde_json::from_str(&json.body).unwrap();
    let mei = json["people"].as_array().unwrap().iter().find(|one| one["recipient"] == "mei.lin@contoso.com");
    assert!(mei.unwrap()["notified"].is_string() && mei.unwrap()["reminded"].is_null());

    let reader = Reader::of(&tenant, to(&letters, "mei.lin")).await;
    let nonce = reader.get().await.nonce("acknowledge");
    reader.post(&[("nonce", &nonce), ("do", "acknowledge"), ("m", "0-1")]).await.is(200);
    let page = get(&tenant, "/overview", &vera).await;
    page.says("3 of 4 machines undecided");
    // The next look writes the same into its place.
    tenant.clock.advance(TimeDelta::minutes(15));
    tenant.look().await;
    assert!(tenant.repository.overview().await.unwrap().changes.is_empty());
    get(&tenant, "/overview", &vera).await.says("3 of 4 machines undecided");
    get(&tenant, "/overview?state=acknowledged", &vera).await.says("vm-sap-01");
    let csv = get(&tenant, "/overview.csv?tag=owner=mei.lin", &vera).await;
    csv.is(200).says("\"vm-sap-01\",\"acknowledged\",\"mei.lin@contoso.com\"");
    assert_eq!(csv.body.lines().count(), 2);
}

#[tokio::test]
async fn looking_at_the_overview_changes_nothing() {
    let (tenant, _) = overviewed(ACCESS).await;
    let vera = person(&tenant, "vera@contoso.com", &[]).await;
    let mut before = Vec::new();
    maintenance_notifier::store::document::export(&*tenant.store(), &mut before).await.unwrap();
    for path in FORMS.iter().flat_map(|form| {
        ["", "?everybody=1", "?state=undecided&sort=owner&page=7", "?text=%00%F0%9F%98%80"]
            .map(|query| format!("{form}{query}"))
    }) {
        get(&tenant, &path, &vera).await.is(200);
    }
    let mut after = Vec::new();
    maintenance_notifier::store::document::export(&*tenant.store(), &mut after).await.unwrap();
    assert!(before == after);
}

#[tokio::test]
async fn whatever_there_is_a_look_at_the_overview_reads_the_store_less_than_two_dozen_times() {
    let names: Vec<(String, String)> =
        (0..40).map(|number| (format!("vm-{number:02}"), format!("owner.{number:02}"))).collect();
    let machines: Vec<(&str, &str)> =
        names.iter().map(|(name, owner)| (name.as_str(), owner.as_str())).collect();
    let store = CountingStore::in_memory();
    let setup = Setup::new(small_world(&machines)).configuration(format!("{CONFIGURATION}{ACCESS}"));
    let (tenant, _) = notified(setup.easy_auth().store(store.clone())).await;
    let vera = person(&tenant, "vera@contoso.com", &[]).await;
    let one = format!("/overview/machine?{}", machine("vm-01"));
    for path in [
        "/overview",
        "/overview?text=vm-1",
        "/overview?page=2&sort=owner",
        "/overview.json",
        "/overview.csv",
        one.as_str(),
        "/overview/recipient?name=owner.01%40contoso.com",
    ] {
        store.take();
        get(&tenant, path, &vera).await.is(200);
        let (reads, _) = store.take();
        assert!(reads < 24, "{path}: {reads}");
    }
}
