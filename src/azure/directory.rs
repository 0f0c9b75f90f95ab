//! People and groups in Microsoft Graph: who has an address or a name, where they read mail, and whether they are
//! still there.
//!
//! It is asked with the app's own identity, by questions that need no more than `User.Read.All` and `Group.Read.All`
//! (for members `GroupMember.Read.All` is enough). What is asked for comes from tags, which anybody may have written:
//! it is quoted as a text of the filter, and goes into the query of an address, encoded.

use serde_json::Value;

use super::arm::ArmClient;
use super::error::AzureError;
use crate::domain::directory::{DirectoryAnswer, DirectoryQuery, MEMBERS};
use crate::domain::email_address::EmailAddress;
use crate::http::json;

const PERSON: &str = "id,mail,userPrincipalName,accountEnabled";
const GROUP: &str = "id,mail";
/// More matches than this are as good as several.
const MATCHES: &str = "5";
/// How many members of a group are looked at to find those who can be notified.
const LOOKED_AT: usize = 100;

/// The directory, by way of a client of Microsoft Graph.
#[derive(Debug, Clone)]
pub struct DirectoryClient(ArmClient);

impl DirectoryClient {
    /// Asks by way of `graph`: a client whose endpoint is Microsoft Graph, with tokens that are meant for it.
    pub fn new(graph: ArmClient) -> Self {
        Self(graph)
    }

    /// What the directory says.
    ///
    /// # Errors
    /// When it gives no answer. That nobody is found is an answer.
    pub async fn ask(&self, question: &DirectoryQuery) -> Result<DirectoryAnswer, AzureError> {
        match question {
            DirectoryQuery::Address { address } => {
                let (text, alias) = (quoted(address.as_str()), quoted(&format!("smtp:{address}")));
                let aliases = format!("proxyAddresses/any(p:p eq {alias})");
                let people = format!("mail eq {text} or userPrincipalName eq {text} or {aliases}");
                let people = self.matches("users", &people, PERSON).await?;
                // A mailbox of this very name is meant before a sign-in name or another name of one.
                let exact = people.iter().find(|person| mail(person).as_ref() == Some(address));
                match exact.or_else(|| only(&people)) {
                    Some(person) => self.person(person).await,
                    None if people.is_empty() => self.group(&format!("mail eq {text} or {aliases}")).await,
                    None => Ok(DirectoryAnswer::Several),
                }
            }
            DirectoryQuery::Name { name } => {
                let filter = format!("displayName eq {}", quoted(name));
                let people = self.matches("users", &filter, PERSON).await?;
                // Whoever left may have had the name of somebody who is here.
                let here: Vec<Value> = people.iter().filter(|person| is_enabled(person)).cloned().collect();
                match only(&here).or_else(|| only(&people)) {
                    Some(person) => self.person(person).await,
                    None if people.is_empty() => self.group(&filter).await,
                    None => Ok(DirectoryAnswer::Several),
                }
            }
            DirectoryQuery::Principal { id } => {
                // The id becomes a part of an address, so it has to be one.
                let Ok(id) = uuid::Uuid::parse_str(id) else { return Ok(DirectoryAnswer::Nobody) };
                let select = |select| [("$select", select)];
                match absent(self.0.get(&format!("/v1.0/users/{id}"), &select(PERSON)).await)? {
                    Some(person) => self.person(&person).await,
                    None => match absent(self.0.get(&format!("/v1.0/groups/{id}"), &select(GROUP)).await)? {
                        Some(group) => self.members_of(&group).await,
                        None => Ok(DirectoryAnswer::Nobody),
                    },
                }
            }
        }
    }

    async fn matches(&self, of: &str, filter: &str, select: &str) -> Result<Vec<Value>, AzureError> {
        let query = [("$filter", filter), ("$select", select), ("$top", MATCHES)];
        self.0.list_at_most(&format!("/v1.0/{of}"), &query, 2).await
    }

    async fn person(&self, person: &Value) -> Result<DirectoryAnswer, AzureError> {
        let enabled = is_enabled(person);
        let manager = match id(person).filter(|_| !enabled) {
            Some(id) => {
                let query = [("$select", "mail,accountEnabled")];
                let manager = self.0.get(&format!("/v1.0/users/{id}/manager"), &query).await;
                absent(manager)?.filter(is_enabled).and_then(|manager| mail(&manager))
            }
            None => None,
        };
        Ok(DirectoryAnswer::Person { mail: mail(person), enabled, manager })
    }

    async fn group(&self, filter: &str) -> Result<DirectoryAnswer, AzureError> {
        let groups = self.matches("groups", filter, GROUP).await?;
        match only(&groups) {
            Some(group) => self.members_of(group).await,
            None if groups.is_empty() => Ok(DirectoryAnswer::Nobody),
            None => Ok(DirectoryAnswer::Several),
        }
    }

    async fn members_of(&self, group: &Value) -> Result<DirectoryAnswer, AzureError> {
        let own = mail(group);
        let members = match id(group).filter(|_| own.is_none()) {
            Some(id) => {
                let query = [("$select", "id,mail,accountEnabled"), ("$top", "100")];
                let path = format!("/v1.0/groups/{id}/members");
                self.0.list_at_most(&path, &query, LOOKED_AT).await?
            }
            None => Vec::new(),
        };
        let people = members.iter().filter(|member| {
            json::text_at(member, &["@odata.type"]).is_none_or(|kind| kind == "#microsoft.graph.user")
        });
        let mut addresses: Vec<EmailAddress> =
            people.filter(|member| is_enabled(member)).filter_map(mail).collect();
        addresses.sort();
        addresses.dedup();
        addresses.truncate(MEMBERS);
        Ok(DirectoryAnswer::Group { mail: own, members: addresses })
    }
}

/// A text within a filter: a quote in it is written twice, as OData wants it, and so cannot end it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn only(found: &[Value]) -> Option<&Value> {
    match found {
        [one] => Some(one),
        _ => None,
    }
}

/// What is not there is an answer; anything else that went wrong is none.
fn absent(answer: Result<Value, AzureError>) -> Result<Option<Value>, AzureError> {
    match answer {
        Err(error) if error.status() == Some(404) => Ok(None),
        answer => answer.map(Some),
    }
}

fn mail(value: &Value) -> Option<EmailAddress> {
    json::text_at(value, &["mail"])?.parse().ok()
}

fn id(value: &Value) -> Option<uuid::Uuid> {
    uuid::Uuid::parse_str(json::text_at(value, &["id"])?).ok()
}

/// An account of which nothing is said can be notified as well as not.
fn is_enabled(value: &Value) -> bool {
    json::field(value, "accountEnabled").and_then(Value::as_bool) != Some(false)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::azure::testing::Fake;

    fn name(text: &str) -> DirectoryQuery {
        DirectoryQuery::Name { name: text.to_owned() }
    }

    #[tokio::test]
    async fn s25_what_a_tag_says_stays_a_text_within_the_filter() {
        let fake = Fake::start(|request| {
            assert_eq!(request.query("$filter"), Some("displayName eq 'x'' or 1 eq 1&$select=*'"));
            assert_ne!(request.query("$select"), Some("*'"));
            assert_eq!(request.query.len(), 3);
            json!({ "value": [] }).into()
        })
        .await;
        let directory = DirectoryClient::new(fake.arm());
        let entry = directory.ask(&name("x' or 1 eq 1&$select=*")).await.unwrap();
        assert_eq!(entry, DirectoryAnswer::Nobody);
        // What is no id is not asked for.
        let odd = DirectoryQuery::Principal { id: "../me".to_owned() };
        assert_eq!(directory.ask(&odd).await.unwrap(), DirectoryAnswer::Nobody);
    }

    #[tokio::test]
    async fn a_token_follows_no_page_to_another_host() {
        let fake = Fake::start(|_| {
            json!({ "value": [], "@odata.nextLink": "https://evil.example/v1.0/users?$skiptoken=1" }).into()
        })
        .await;
        let error = DirectoryClient::new(fake.arm()).ask(&name("Jane Doe")).await.unwrap_err();
        assert!(matches!(error, AzureError::ForeignPage { .. }), "{error}");
    }
}
