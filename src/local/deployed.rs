//! The files that are deployed, as they were when the program was built.

/// The function folders: name, and the text of the `function.json` in it.
pub const FUNCTION_FOLDERS: [(&str, &str); 12] = [
    ("CollectMaintenance", include_str!("../../function_configs/CollectMaintenance/function.json")),
    ("CollectSubscription", include_str!("../../function_configs/CollectSubscription/function.json")),
    ("DeliverMessage", include_str!("../../function_configs/DeliverMessage/function.json")),
    ("FollowStarts", include_str!("../../function_configs/FollowStarts/function.json")),
    (
        "ParkPoisonCollectSubscription",
        include_str!("../../function_configs/ParkPoisonCollectSubscription/function.json"),
    ),
    (
        "ParkPoisonDeliverMessage",
        include_str!("../../function_configs/ParkPoisonDeliverMessage/function.json"),
    ),
    ("PlanNotifications", include_str!("../../function_configs/PlanNotifications/function.json")),
    ("ReceiveMaintenanceEvent", include_str!("../../function_configs/ReceiveMaintenanceEvent/function.json")),
    (
        "ReceiveServiceHealthAlert",
        include_str!("../../function_configs/ReceiveServiceHealthAlert/function.json"),
    ),
    ("ReportHealth", include_str!("../../function_configs/ReportHealth/function.json")),
    ("SweepMachines", include_str!("../../function_configs/SweepMachines/function.json")),
    ("Web", include_str!("../../function_configs/Web/function.json")),
];

/// The settings of the host. JSON has no comments, so the reasons stand here:
///
/// - `functionTimeout` is what Flex Consumption has by itself, and is long enough for a mail server that is as slow as
///   RFC 5321 allows. Handlers stop themselves half a minute earlier, and all but deliveries after nine and a half.
/// - `batchSize` 8 and `newBatchThreshold` 4 make at most 12 messages at once in a process. A look at a subscription
///   and a delivery wait for others most of the time, but those others (Azure, mail servers) have limits.
/// - `visibilityTimeout` lets a failed message wait: with the default of zero, its five attempts would be over
///   before a passing fault is.
/// - `maxPollingInterval` keeps the way from a plan to a mail short; longer saves little.
/// - `samplingSettings`: alerts search the log for single lines, and a sampled log lacks some exactly when there is
///   a failure and much is logged. What is logged grows with changes and messages, not with machines.
/// - `enableDependencyTracking` and `enableHttpTriggerExtendedInfoCollection`: addresses of requests can carry the
///   tokens of links, so neither the visitors' nor those that the host calls are recorded.
/// - `routePrefix` is empty: the addresses in mails are the addresses of the app.
pub const HOST_JSON: &str = include_str!("../../host.json");

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn parsed() -> Vec<(&'static str, Value)> {
        FUNCTION_FOLDERS.map(|(name, text)| (name, serde_json::from_str(text).unwrap())).to_vec()
    }

    #[test]
    fn every_folder_is_known_and_holds_nothing_but_its_function_json() {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/function_configs");
        let mut names: Vec<_> = std::fs::read_dir(root)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, FUNCTION_FOLDERS.map(|(name, _)| name));
        for name in names {
            let files: Vec<_> = std::fs::read_dir(format!("{root}/{name}"))
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            assert_eq!(files, ["function.json"], "{name}: the host takes any other file for a script");
        }
    }

    #[test]
    fn each_folder_declares_exactly_its_bindings() {
        let mut lines = String::new();
        for (name, json) in parsed() {
            assert_eq!(
                json.as_object().unwrap().len(),
                1,
                "{name}: nothing but bindings, such as a retry policy"
            );
            for binding in json["bindings"].as_array().unwrap() {
                lines.push_str(&format!("{name}: {binding}\n"));
            }
        }
        insta::assert_snapshot!(lines, @r#"
        CollectMaintenance: {"direction":"in","name":"timer","runOnStartup":false,"schedule":"%COLLECT_SCHEDULE%","type":"timerTrigger","useMonitor":true}
        CollectMaintenance: {"connection":"AzureWebJobsStorage","direction":"out","name":"subscriptions","queueName":"collect-subscription","type":"queue"}
        CollectSubscription: {"connection":"AzureWebJobsStorage","direction":"in","name":"message","queueName":"collect-subscription","type":"queueTrigger"}
        DeliverMessage: {"connection":"AzureWebJobsStorage","direction":"in","name":"message","queueName":"deliver-message","type":"queueTrigger"}
        DeliverMessage: {"connection":"AzureWebJobsStorage","direction":"out","name":"deliveries","queueName":"deliver-message","type":"queue"}
        FollowStarts: {"direction":"in","name":"timer","runOnStartup":false,"schedule":"%FOLLOW_SCHEDULE%","type":"timerTrigger","useMonitor":true}
        FollowStarts: {"connection":"AzureWebJobsStorage","direction":"out","name":"deliveries","queueName":"deliver-message","type":"queue"}
        FollowStarts: {"connection":"AzureWebJobsStorage","direction":"out","name":"subscriptions","queueName":"collect-subscription","type":"queue"}
        ParkPoisonCollectSubscription: {"connection":"AzureWebJobsStorage","direction":"in","name":"message","queueName":"collect-subscription-poison","type":"queueTrigger"}
        ParkPoisonDeliverMessage: {"connection":"AzureWebJobsStorage","direction":"in","name":"message","queueName":"deliver-message-poison","type":"queueTrigger"}
        PlanNotifications: {"direction":"in","name":"timer","runOnStartup":false,"schedule":"%PLAN_SCHEDULE%","type":"timerTrigger","useMonitor":true}
        PlanNotifications: {"connection":"AzureWebJobsStorage","direction":"out","name":"deliveries","queueName":"deliver-message","type":"queue"}
        PlanNotifications: {"connection":"AzureWebJobsStorage","direction":"out","name":"subscriptions","queueName":"collect-subscription","type":"queue"}
        ReceiveMaintenanceEvent: {"cardinality":"many","direction":"in","name":"events","type":"eventGridTrigger"}
        ReceiveMaintenanceEvent: {"connection":"AzureWebJobsStorage","direction":"out","name":"deliveries","queueName":"deliver-message","type":"queue"}
        ReceiveMaintenanceEvent: {"connection":"AzureWebJobsStorage","direction":"out","name":"subscriptions","queueName":"collect-subscription","type":"queue"}
        ReceiveServiceHealthAlert: {"authLevel":"function","direction":"in","methods":["post"],"name":"req","route":"hooks/service-health","type":"httpTrigger"}
        ReceiveServiceHealthAlert: {"direction":"out","name":"res","type":"http"}
        ReceiveServiceHealthAlert: {"connection":"AzureWebJobsStorage","direction":"out","name":"subscriptions","queueName":"collect-subscription","type":"queue"}
        ReportHealth: {"authLevel":"function","direction":"in","methods":["get"],"name":"req","route":"hooks/health","type":"httpTrigger"}
        ReportHealth: {"direction":"out","name":"res","type":"http"}
        ReportHealth: {"connection":"AzureWebJobsStorage","direction":"out","name":"subscriptions","queueName":"collect-subscription","type":"queue"}
        SweepMachines: {"direction":"in","name":"timer","runOnStartup":false,"schedule":"%SWEEP_SCHEDULE%","type":"timerTrigger","useMonitor":true}
        SweepMachines: {"connection":"AzureWebJobsStorage","direction":"out","name":"subscriptions","queueName":"collect-subscription","type":"queue"}
        Web: {"authLevel":"anonymous","direction":"in","methods":["get","head","options","post"],"name":"request","route":"{*path}","type":"httpTrigger"}
        Web: {"direction":"out","name":"response","type":"http"}
        "#);
    }

    #[test]
    fn every_queue_that_is_written_to_is_read_and_so_is_its_poison_queue() {
        let queues = |kind: &str| {
            let mut names: Vec<String> = parsed()
                .iter()
                .flat_map(|(_, json)| json["bindings"].as_array().unwrap().clone())
                .filter(|binding| binding["type"] == kind)
                .map(|binding| binding["queueName"].as_str().unwrap().to_owned())
                .collect();
            names.sort();
            names.dedup();
            names
        };
        let mut read = queues("queue");
        read.extend(queues("queue").iter().map(|queue| format!("{queue}-poison")));
        read.sort();
        assert_eq!(queues("queueTrigger"), read);
    }

    #[test]
    fn the_host_s_settings_are_those_chosen_on_purpose() {
        let host: Value = serde_json::from_str(HOST_JSON).unwrap();
        assert_eq!(host["version"], "2.0");
        assert_eq!(host["functionTimeout"], "00:30:00");
        assert_eq!(
            host["retry"],
            Value::Null,
            "a retry policy for the whole app would multiply queue attempts"
        );
        assert_eq!(host["extensions"]["http"]["routePrefix"], "");
        assert_eq!(
            host["extensions"]["queues"],
            json!({
                "batchSize": 8, "newBatchThreshold": 4, "maxDequeueCount": 5, "visibilityTimeout": "00:00:30",
                "maxPollingInterval": "00:00:02", "messageEncoding": "base64",
            })
        );
        assert_eq!(
            host["customHandler"],
            json!({
                "description": {
                    "defaultExecutablePath": env!("CARGO_PKG_NAME"), "workingDirectory": "", "arguments": ["handler"],
                },
                "enableForwardingHttpRequest": true,
            })
        );
        assert_eq!(host["extensionBundle"]["id"], "Microsoft.Azure.Functions.ExtensionBundle");
        // The Azure SDK of the host logs each of its own requests, also while nothing happens.
        let mut levels = host["logging"]["logLevel"].as_object().unwrap().clone();
        assert_eq!(levels.remove("Azure.Core").unwrap(), "Error");
        assert!(levels.values().all(|level| level == "Information"));
    }
}
