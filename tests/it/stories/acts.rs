//! What people do in a story, and what breaks.

use maintenance_notifier::domain::action::Actor;
use maintenance_notifier::domain::action::response::Response;
use maintenance_notifier::domain::action::scope::Scope;
use maintenance_notifier::domain::action::start::StartOrigin;
use maintenance_notifier::domain::ids::MessageId;
use maintenance_notifier::domain::recipient_name::RecipientName;
use maintenance_notifier::domain::recipient_settings::Mute;
use maintenance_notifier::domain::window::MaintenanceWindow;
use maintenance_notifier::services::recipient_settings::{LinkHolder, SettingResult, end_mute, mute};
use maintenance_notifier::services::respond::{ResponseRequest, ResponseResult, respond};
use maintenance_notifier::services::start::{StartRequest, StartResult, start};

use super::moment::moment;
use super::play::Play;
use super::read::StoryRow;

impl Play {
    /// Whatever a row is about that happens at a moment.
    pub(super) async fn row(&mut self, row: &StoryRow) {
        if row.what == "the end" || row.what.contains(" reads \"") || row.what.contains(" does not read \"") {
            return;
        }
        let done = self.azure(row) || self.breaks(row) || self.acts(row).await || self.sees(row).await;
        assert!(done, "nobody knows what this means: {}", row.text);
        if !self.down {
            self.tenant.follow().await;
            self.tenant.plan().await;
            self.listen().await;
        }
    }

    fn breaks(&mut self, row: &StoryRow) -> bool {
        match row.words().as_slice() {
            ["mail", does, who] => {
                let address = match *who {
                    "everybody" => "*".to_owned(),
                    who => address(who),
                };
                match *does {
                    "refuses" => self.ways.insert(address, "rcpt-550".to_owned()),
                    "defers" => self.ways.insert(address, "rcpt-451".to_owned()),
                    "takes" if *who == "everybody" => {
                        self.ways.clear();
                        None
                    }
                    "takes" => self.ways.remove(&address),
                    _ => panic!("mail does no such thing: {}", row.text),
                };
                let ways: Vec<(&str, &str)> =
                    self.ways.iter().map(|(who, way)| (who.as_str(), way.as_str())).collect();
                self.tenant.server_does(&ways);
            }
            ["the", "program", "is", "down"] => self.down = true,
            ["the", "program", "is", "up"] => self.down = false,
            ["the", "program", "restarts"] => self.tenant.restart(self.tenant.store()),
            ["the", "configuration", "is", name] => {
                let text = self.configurations.get(*name);
                let text = text.unwrap_or_else(|| panic!("no configuration is called {name}")).clone();
                self.tenant.configure(text);
                self.tenant.restart(self.tenant.store());
            }
            _ => return false,
        }
        true
    }

    async fn acts(&mut self, row: &StoryRow) -> bool {
        let words = row.words();
        let ([who, "acknowledges" | "starts" | "disowns" | "unmutes", name]
        | [who, "snoozes" | "mutes", name, "until", ..]
        | [who, "plans", name, "for", ..]
        | [who, "calls", name, "off"]
        | [who, "hands", name, "to", ..]
        | [who, "takes", name]
        | [who, "takes", name, "back"]
        | [who, "cannot", "acknowledge" | "start", name]) = words.as_slice()
        else {
            return false;
        };
        let window = self.window(name).await;
        let time = words.get(4..8).map(|words| words.join(" "));
        let response = match words.as_slice() {
            [_, "starts", _] | [_, "cannot", "start", _] => {
                return self.starts(row, who, &window, None).await;
            }
            [_, "plans", ..] => return self.starts(row, who, &window, time).await,
            [_, "mutes", ..] => return self.mutes(row, who, &window, time).await,
            [_, "unmutes", ..] => return self.mutes(row, who, &window, None).await,
            [_, "snoozes", ..] => Response::Snooze { until: moment(&time.unwrap_or_default()) },
            [_, "calls", ..] => {
                let actions = self.tenant.repository.actions(&window.id).await.unwrap();
                let open = actions.open_start().unwrap_or_else(|| panic!("nothing is planned: {}", row.text));
                Response::Object { start: open.id.clone() }
            }
            [_, "hands", _, "to", to] => Response::HandOver { to: self.name_of(to) },
            [_, "takes", _] => Response::Accept,
            [_, "takes", _, "back"] => Response::TakeBack,
            [_, "disowns", _] => Response::NotMine,
            _ => Response::Acknowledge { note: None, change: None },
        };
        let request = ResponseRequest {
            window: window.id.clone(),
            revision: window.revision,
            by: self.actor(who),
            origin: StartOrigin::CommandLine,
            response,
        };
        let result = respond(&self.tenant.app, &request).await.unwrap();
        let taken = matches!(result, ResponseResult::Noted | ResponseResult::CalledOff);
        if taken == words.contains(&"cannot") {
            self.wrong.push(format!("not so:     {}\n            {result:?}", row.text));
        }
        true
    }

    async fn starts(
        &mut self,
        row: &StoryRow,
        who: &str,
        window: &MaintenanceWindow,
        at: Option<String>,
    ) -> bool {
        let request = StartRequest {
            window: window.id.clone(),
            revision: window.revision,
            by: self.actor(who),
            origin: StartOrigin::CommandLine,
            accepts: None,
            begins: at.map(|at| moment(&at)),
        };
        let result = start(&self.tenant.app, &request).await.unwrap();
        let taken = matches!(result, StartResult::Begun(_) | StartResult::Planned(_));
        if taken == row.what.contains(" cannot ") {
            self.wrong.push(format!("not so:     {}\n            {result:?}", row.text));
        }
        true
    }

    async fn mutes(
        &mut self,
        row: &StoryRow,
        who: &str,
        window: &MaintenanceWindow,
        until: Option<String>,
    ) -> bool {
        let scope = Scope::of_machine(&window.machine);
        let (by, recipient) = (self.actor(who), self.name_of(who));
        let message = MessageId::derive(&recipient, 0);
        let holder = LinkHolder { recipient, by: by.clone(), message, form: None };
        let done = match until {
            None => end_mute(&self.tenant.app, &holder, &scope.key()).await.unwrap().is_ok(),
            Some(until) => {
                let reason = "the lab is rebuilt".to_owned();
                let asked = Mute { scope, until: moment(&until), reason, by, at: self.tenant.now() };
                mute(&self.tenant.app, &holder, &[asked]).await.unwrap() == SettingResult::Done
            }
        };
        if !done {
            self.wrong.push(format!("not so:     {}", row.text));
        }
        true
    }

    /// The newest window of a machine.
    pub(super) async fn window(&self, name: &str) -> MaintenanceWindow {
        let windows = self.tenant.windows().await.into_iter().map(|row| row.window);
        let own = windows.filter(|window| window.id.resource.name() == name);
        let newest = own.max_by_key(|window| (window.first_seen, window.id.generation));
        newest.unwrap_or_else(|| panic!("there is no window of {name}"))
    }
}

pub(super) fn address(who: &str) -> String {
    format!("{who}@contoso.com")
}

impl Play {
    /// Whoever is in the configuration has a name there; everybody else is known by their address.
    pub(super) fn name_of(&self, who: &str) -> RecipientName {
        self.tenant.app.policy().with_address(&address(who).parse().unwrap())
    }

    fn actor(&self, who: &str) -> Actor {
        Actor { recipient: Some(self.name_of(who)), ..Actor::default() }
    }
}
