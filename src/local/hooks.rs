//! Functions that others call in Azure: Event Grid, and services that post to an address with a key. Here nothing
//! calls them by itself; whoever holds the host can, and they are sent the same bytes.

use serde_json::Value;

use super::folders::{LocalFunction, LocalTrigger};
use super::wire::{HookDelivery, events_body};
use super::{LocalHost, LocalHostError};

/// What a function answered to HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookReply {
    /// The status that the caller sees.
    pub status: u16,
    /// The body, as text.
    pub body: String,
}

impl LocalHost {
    /// Delivers events to an Event Grid function: all at once when it takes many, else one after the other. Returns
    /// how many messages it put into queues.
    ///
    /// # Errors
    /// When there is no such function, or when it fails. Event Grid would deliver all of the events again.
    pub async fn invoke_events(&self, name: &str, events: &[Value]) -> Result<usize, LocalHostError> {
        let function = self.hook(name)?;
        let LocalTrigger::EventGrid { binding, many } = &function.trigger else {
            return Err(LocalHostError::NoSuchHook(name.to_owned()));
        };
        let deliveries = if *many { vec![events] } else { events.chunks(1).collect() };
        let mut messages = 0;
        for events in deliveries {
            let body = events_body(name, binding, events, *many, self.0.clock.now());
            let call = self.call(function, &body).await;
            let outcome = call.outcome();
            let result = call.result.as_ref().map(|answer| answer.messages.len()).map_err(Clone::clone);
            self.tell(call, outcome);
            messages += result.map_err(|reason| failed(name, reason))?;
        }
        Ok(messages)
    }

    /// Posts `body` to an HTTP function that is not forwarded. Who holds the host holds the key.
    ///
    /// # Errors
    /// When there is no such function, or when it fails: the caller would see an empty 500.
    pub async fn invoke_http(&self, name: &str, body: &str) -> Result<HookReply, LocalHostError> {
        let function = self.hook(name)?;
        let LocalTrigger::Hook { binding, route } = &function.trigger else {
            return Err(LocalHostError::NoSuchHook(name.to_owned()));
        };
        let delivery = HookDelivery { function: name, binding, route, now: self.0.clock.now(), body };
        let call = self.call(function, &delivery.body()).await;
        let outcome = call.outcome();
        let reply = match &call.result {
            Ok(answer) => answer.reply.clone().ok_or("it set no HTTP reply".to_owned()),
            Err(reason) => Err(reason.clone()),
        };
        self.tell(call, outcome);
        let reply = reply.and_then(|reply| hook_reply(&reply));
        reply.map_err(|reason| failed(name, reason))
    }

    fn hook(&self, name: &str) -> Result<&LocalFunction, LocalHostError> {
        let found = self.0.functions.iter().map(|hosted| &hosted.function).find(|found| found.name == name);
        found.ok_or_else(|| LocalHostError::NoSuchHook(name.to_owned()))
    }
}

fn failed(name: &str, reason: String) -> LocalHostError {
    LocalHostError::HookFailed { function: name.to_owned(), reason }
}

/// The reply as the host reads it: a status as number or digits, a body of text.
fn hook_reply(reply: &Value) -> Result<HookReply, String> {
    let status = reply.get("statusCode").or_else(|| reply.get("status")).unwrap_or(&Value::Null);
    let status = match status {
        Value::Null => Some(200),
        Value::Number(number) => number.as_u64().and_then(|number| u16::try_from(number).ok()),
        Value::String(digits) => digits.parse().ok(),
        _ => None,
    };
    let status = status.ok_or("the reply's status is no number")?;
    match reply.get("body") {
        None | Some(Value::Null) => Ok(HookReply { status, body: String::new() }),
        Some(Value::String(body)) => Ok(HookReply { status, body: body.clone() }),
        Some(_) => {
            Err("the reply's body is not a text, which the Functions host would format anew".to_owned())
        }
    }
}
