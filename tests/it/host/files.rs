//! host.json and every function.json against what the Functions host takes. It disables a function whose file it does
//! not understand and starts all the same, so that a mistake here would be silence.
//!
//! The rules that matter are checked here. The published JSON schemas say more, and are not part of this project:
//! `NOTIFIER_REFERENCE_DIR` says where `functions/schemas/*.json` lies.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap())
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn host_json() -> Value {
    read(&project().join("host.json"))
}

fn function_files() -> BTreeMap<String, Value> {
    let folders = std::fs::read_dir(project().join("function_configs")).unwrap();
    let folders = folders.map(|entry| entry.unwrap().path());
    let name = |folder: &Path| folder.file_name().unwrap().to_string_lossy().into_owned();
    folders.map(|folder| (name(&folder), read(&folder.join("function.json")))).collect()
}

/// Members that the host knows. What else stands there is ignored without a word.
const HOST_MEMBERS: [(&str, &[&str]); 7] = [
    (
        "",
        &[
            "version",
            "functionTimeout",
            "retry",
            "functions",
            "http",
            "watchDirectories",
            "watchFiles",
            "queues",
            "singleton",
            "logging",
            "aggregator",
            "healthMonitor",
            "extensionBundle",
            "customHandler",
            "extensions",
            "concurrency",
            "telemetryMode",
        ],
    ),
    (
        "/customHandler",
        &["description", "enableForwardingHttpRequest", "enableProxyingHttpRequest", "http", "port"],
    ),
    (
        "/customHandler/description",
        &[
            "defaultExecutablePath",
            "workingDirectory",
            "arguments",
            "defaultWorkerPath",
            "workerDirectory",
            "workerArguments",
        ],
    ),
    ("/extensionBundle", &["id", "version"]),
    ("/extensions", &["http", "queues"]),
    ("/extensions/http", &["routePrefix", "maxOutstandingRequests", "maxConcurrentRequests"]),
    (
        "/extensions/queues",
        &[
            "batchSize",
            "newBatchThreshold",
            "maxDequeueCount",
            "visibilityTimeout",
            "maxPollingInterval",
            "messageEncoding",
        ],
    ),
];

fn is_time(text: &Value) -> bool {
    let parts: Vec<_> = text.as_str().unwrap_or_default().split(':').collect();
    let below =
        |part: &str, limit: u32| part.len() == 2 && part.parse::<u32>().is_ok_and(|part| part < limit);
    matches!(parts.as_slice(), [hours, minutes, seconds] if below(hours, 24) && below(minutes, 60) && below(seconds, 60))
}

fn host_problems(host: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    for (place, known) in HOST_MEMBERS {
        let members = host.pointer(place).and_then(Value::as_object);
        let unknown = members.into_iter().flatten().filter(|(name, _)| !known.contains(&name.as_str()));
        problems.extend(unknown.map(|(name, _)| format!("{place}/{name}: the host does not know it")));
    }
    let at = |place: &str| host.pointer(place).unwrap_or(&Value::Null);
    let queues = |name: &str| at(&format!("/extensions/queues/{name}"));
    let in_range = |name: &str, range: std::ops::RangeInclusive<u64>| {
        queues(name).as_u64().is_some_and(|number| range.contains(&number))
    };
    let arguments = at("/customHandler/description/arguments").as_array();
    let rules = [
        ("version is 2.0", at("/version") == "2.0"),
        ("functionTimeout is a time", is_time(at("/functionTimeout"))),
        // Without the bundle, functions with queues and events are skipped.
        (
            "the extension bundle is the one of version 4",
            at("/extensionBundle")
                == &json!({ "id": "Microsoft.Azure.Functions.ExtensionBundle", "version": "[4.*, 5.0.0)" }),
        ),
        (
            "the program is in the package",
            at("/customHandler/description/defaultExecutablePath") == env!("CARGO_PKG_NAME"),
        ),
        (
            "arguments are joined without quotes",
            arguments.is_some_and(|all| {
                all.iter().all(|argument| argument.as_str().is_some_and(|text| !text.contains([' ', '%'])))
            }),
        ),
        ("visitors' requests are forwarded", at("/customHandler/enableForwardingHttpRequest") == true),
        ("batchSize is 1 to 32", in_range("batchSize", 1..=32)),
        ("newBatchThreshold is 0 or more", in_range("newBatchThreshold", 0..=1000)),
        ("maxDequeueCount is 1 or more", in_range("maxDequeueCount", 1..=100)),
        ("visibilityTimeout is a time", is_time(queues("visibilityTimeout"))),
        ("maxPollingInterval is a time", is_time(queues("maxPollingInterval"))),
        ("messages are Base64", queues("messageEncoding") == "base64"),
        // It would multiply the attempts of queues and repeat visitors' requests.
        ("there is no retry policy for everything", at("/retry").is_null()),
    ];
    problems.extend(rules.iter().filter(|(_, holds)| !holds).map(|(rule, _)| format!("not so: {rule}")));
    problems
}

/// Members of a binding: those that must be there, and those that may.
fn binding_members(kind: &str) -> Option<(&'static [&'static str], &'static [&'static str])> {
    Some(match kind {
        "timerTrigger" => (&["schedule"], &["runOnStartup", "useMonitor"]),
        "queueTrigger" | "queue" => (&["queueName", "connection"], &[]),
        "eventGridTrigger" => (&[], &["cardinality"]),
        // The defaults of these are an address nobody expects, and every method.
        "httpTrigger" => (&["authLevel", "methods", "route"], &[]),
        "http" => (&[], &[]),
        _ => return None,
    })
}

fn function_problems(function: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    let members = function.as_object().into_iter().flatten().map(|(name, _)| name);
    problems
        .extend(members.filter(|name| *name != "bindings").map(|name| format!("{name} beside the bindings")));
    let (mut names, mut triggers) = (BTreeSet::new(), 0);
    for binding in function["bindings"].as_array().into_iter().flatten() {
        let text = |member: &str| binding[member].as_str().unwrap_or_default();
        let (kind, name) = (text("type"), text("name"));
        let mut wrong = |problem: String| problems.push(format!("{name}: {problem}"));
        if !names.insert(name.to_lowercase()) {
            wrong("another binding has this name".to_owned());
        }
        let Some((required, allowed)) = binding_members(kind) else {
            wrong(format!("the type `{kind}` is not one of ours"));
            continue;
        };
        let is_trigger = kind.ends_with("Trigger");
        triggers += usize::from(is_trigger);
        if text("direction") != if is_trigger { "in" } else { "out" } {
            wrong(format!("the direction `{}`", text("direction")));
        }
        let present: BTreeSet<&str> = binding.as_object().unwrap().keys().map(String::as_str).collect();
        for missing in required.iter().filter(|member| !present.contains(**member)) {
            wrong(format!("`{missing}` is missing"));
        }
        let common = ["type", "direction", "name"];
        let is_known =
            |member: &&str| common.contains(member) || required.contains(member) || allowed.contains(member);
        for unknown in present.iter().filter(|member| !is_known(member)) {
            wrong(format!("the host does not know `{unknown}`"));
        }
        // Each start of a process, and each instance more, would run it.
        if binding["runOnStartup"] == true {
            wrong("it would run at each start".to_owned());
        }
        if !["", "one", "many"].contains(&text("cardinality")) {
            wrong(format!("the cardinality `{}`", text("cardinality")));
        }
        if kind == "httpTrigger" && !["anonymous", "function", "admin"].contains(&text("authLevel")) {
            wrong(format!("the authLevel `{}`", text("authLevel")));
        }
        if ["admin", "runtime"].contains(&text("route").split('/').next().unwrap_or_default()) {
            wrong("the host keeps this route for itself".to_owned());
        }
    }
    if triggers != 1 {
        problems.push(format!("{triggers} triggers"));
    }
    problems
}

#[test]
fn p2_the_files_say_what_the_host_understands() {
    assert_eq!(host_problems(&host_json()), Vec::<String>::new());
    let functions = function_files();
    assert!(functions.len() >= 10, "{}", functions.len());
    for (name, function) in functions {
        assert_eq!(function_problems(&function), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn p2_what_the_host_would_pass_over_is_found() {
    let mut host = host_json();
    host["functionTimout"] = "00:10:00".into();
    host["extensions"]["queues"]["batchSize"] = 33.into();
    host["extensions"]["queues"]["visibilityTimeout"] = "30".into();
    host["customHandler"]["description"]["arguments"] = json!(["handler --loudly"]);
    host["retry"] = json!({ "strategy": "fixedDelay" });
    insta::assert_snapshot!(host_problems(&host).join("\n"), @"
    /functionTimout: the host does not know it
    not so: arguments are joined without quotes
    not so: batchSize is 1 to 32
    not so: visibilityTimeout is a time
    not so: there is no retry policy for everything
    ");
    let function = json!({ "scriptFile": "run.sh", "bindings": [
        { "type": "timerTrigger", "direction": "in", "name": "timer", "runOnStartup": true },
        { "type": "httpTrigger", "direction": "out", "name": "Timer", "authLevel": "key", "methods": [], "route": "admin/x" },
        { "type": "queue", "direction": "out", "name": "orders", "queueName": "orders", "conection": "x" },
        { "type": "eventGridTrigger", "direction": "in", "name": "events", "cardinality": "all" },
        { "type": "blob", "direction": "out", "name": "blob" },
    ]});
    insta::assert_snapshot!(function_problems(&function).join("\n"), @"
    scriptFile beside the bindings
    timer: `schedule` is missing
    timer: it would run at each start
    Timer: another binding has this name
    Timer: the direction `out`
    Timer: the authLevel `key`
    Timer: the host keeps this route for itself
    orders: `connection` is missing
    orders: the host does not know `conection`
    events: the cardinality `all`
    blob: the type `blob` is not one of ours
    3 triggers
    ");
}

/// The folder of schemas, or a word that the test was left out.
#[expect(clippy::print_stdout, reason = "who runs the tests should see what was left out")]
fn schemas() -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "a test's own setting, which the program does not know")]
    let folder =
        std::env::var_os("NOTIFIER_REFERENCE_DIR").map(|dir| Path::new(&dir).join("functions/schemas"));
    let folder = folder.filter(|folder| folder.is_dir());
    if folder.is_none() {
        println!("left out: NOTIFIER_REFERENCE_DIR names no folder with functions/schemas");
    }
    folder
}

/// The schema of function.json is of draft 4 and says `const` for the bindings of `sql`, which that draft does not
/// know: a validator ignores the word, every binding is then one of `sql` too, and `oneOf` refuses them all. An `enum`
/// of one value is what is meant.
fn without_const(schema: Value) -> Value {
    match schema {
        Value::Object(members) => members
            .into_iter()
            .map(|(name, value)| match name.as_str() {
                "const" => ("enum".to_owned(), json!([value])),
                _ => (name, without_const(value)),
            })
            .collect(),
        Value::Array(items) => items.into_iter().map(without_const).collect(),
        other => other,
    }
}

#[test]
fn p2_the_files_are_valid_by_the_published_schemas() {
    let Some(folder) = schemas() else { return };
    let host_schema = jsonschema::validator_for(&read(&folder.join("host.json"))).unwrap();
    let refused = |schema: &jsonschema::Validator, file: &Value| -> Vec<String> {
        schema.iter_errors(file).map(|error| format!("{}: {error}", error.instance_path())).collect()
    };
    assert_eq!(refused(&host_schema, &host_json()), Vec::<String>::new());
    let published = read(&folder.join("function.json"));
    let unrepaired = jsonschema::validator_for(&published).unwrap();
    let function_schema = jsonschema::validator_for(&without_const(published)).unwrap();
    for (name, function) in function_files() {
        assert_eq!(refused(&function_schema, &function), Vec::<String>::new(), "{name}");
        // Should this one day be no more so, the repair can go.
        assert!(!unrepaired.is_valid(&function), "{name}");
    }

    let mut host = host_json();
    host["customHandler"]["initializationTimeout"] = "00:01:00".into();
    assert!(!host_schema.is_valid(&host));
    let mut timer = function_files().remove("PlanNotifications").unwrap();
    timer["bindings"][0]["schedule"] = 7.into();
    assert!(!function_schema.is_valid(&timer));
}
