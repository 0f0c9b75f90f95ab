//! The start-up check: do the deployed `function.json` files and the registered handlers say the same?

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::Path;

use super::function::Function;
use super::function_json::{Binding, FunctionJson};
use super::trigger::{OutputKind, TriggerKind};

/// Reads the function folders of a deployed app: the names of the folders directly under `root` that hold a
/// `function.json`, and its text. This is how the host finds them; `root` is its `FUNCTIONS_APP_ROOT_PATH`.
///
/// # Errors
/// When a folder or file cannot be read.
pub fn read_folders(root: &Path) -> io::Result<Vec<(String, String)>> {
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(root)? {
        let entry = entry?;
        let file = entry.path().join("function.json");
        if file.is_file() {
            let name = entry.file_name().to_string_lossy().into_owned();
            folders.push((name, std::fs::read_to_string(file)?));
        }
    }
    folders.sort();
    Ok(folders)
}

/// One difference between a folder and the code, or something the host would refuse.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FolderProblem {
    /// The host would call a function that nobody handles.
    #[error("folder `{0}` has no handler: register one or remove the folder")]
    NoHandler(String),
    /// A handler that the host never calls.
    #[error("handler `{0}` has no folder: add `{0}/function.json`")]
    NoFolder(String),
    /// The host would not load the function.
    #[error("`{0}` cannot be the name of a function: a letter, then up to 127 letters, digits, `_` or `-`")]
    FunctionName(String),
    /// The host would not load the function.
    #[error("{folder}/function.json: {reason}")]
    Invalid { folder: String, reason: String },
    /// The host would send something else than the handler reads.
    #[error("{folder}/function.json has the trigger {found}, the handler takes {expected}")]
    OtherTrigger { folder: String, found: TriggerKind, expected: TriggerKind },
    /// What the handler writes there would be lost.
    #[error("{folder}/function.json lacks the output `{output}`, which the handler writes")]
    MissingOutput { folder: String, output: String },
    /// A declared output that the handler does not know, or knows as another kind.
    #[error("{folder}/function.json declares the output `{output}`, which the handler does not")]
    UnknownOutput { folder: String, output: String },
}

/// Everything that the start-up check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderProblems(pub Vec<FolderProblem>);

impl std::error::Error for FolderProblems {}

impl fmt::Display for FolderProblems {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the function folders do not match the program:")?;
        self.0.iter().try_for_each(|problem| write!(formatter, "\n- {problem}"))
    }
}

/// Whether the host accepts this as the name of a function.
pub(super) fn is_function_name(name: &str) -> bool {
    is_name(name, |character| character.is_ascii_alphanumeric() || matches!(character, '_' | '-'))
        && !name.eq_ignore_ascii_case("host")
}

/// Whether the host accepts this as the name of a binding (other than `$return`, which is not used here).
pub(super) fn is_binding_name(name: &str) -> bool {
    is_name(name, |character| character.is_ascii_alphanumeric())
}

fn is_name(name: &str, allowed: impl Fn(char) -> bool) -> bool {
    name.len() <= 128
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(allowed)
}

/// Compares folders and handlers in both directions.
pub(super) fn check(
    folders: &[(&str, &str)],
    functions: &[Function],
    forwarded: &[String],
) -> Result<(), FolderProblems> {
    let mut problems = Vec::new();
    for (folder, function_json) in folders {
        if !is_function_name(folder) {
            problems.push(FolderProblem::FunctionName((*folder).to_owned()));
        }
        let expected = functions
            .iter()
            .find(|function| function.name == *folder)
            .map(|function| (function.kind, function.outputs.clone()))
            .or_else(|| forwarded.iter().any(|name| name == folder).then(forwarded_shape));
        match (Shape::parse(function_json), expected) {
            (Err(reason), _) => {
                problems.push(FolderProblem::Invalid { folder: (*folder).to_owned(), reason });
            }
            (Ok(_), None) => problems.push(FolderProblem::NoHandler((*folder).to_owned())),
            (Ok(shape), Some((kind, outputs))) => shape.compare(kind, &outputs, folder, &mut problems),
        }
    }
    let handlers = functions.iter().map(|function| &function.name).chain(forwarded);
    for name in handlers.filter(|name| !folders.iter().any(|(folder, _)| folder == name)) {
        problems.push(FolderProblem::NoFolder(name.clone()));
    }
    if problems.is_empty() { Ok(()) } else { Err(FolderProblems(problems)) }
}

/// A forwarded function's one output may have any name.
fn forwarded_shape() -> (TriggerKind, BTreeMap<String, OutputKind>) {
    (TriggerKind::ForwardedHttp, BTreeMap::new())
}

/// What a `function.json` declares, as far as a handler must know it.
struct Shape {
    trigger: TriggerKind,
    outputs: BTreeMap<String, OutputKind>,
}

impl Shape {
    fn parse(function_json: &str) -> Result<Self, String> {
        let json: FunctionJson = serde_json::from_str(function_json).map_err(|error| error.to_string())?;
        let mut names = std::collections::BTreeSet::new();
        for Binding { name, .. } in &json.bindings {
            if !is_binding_name(name) {
                return Err(format!(
                    "`{name}` cannot be the name of a binding: a letter, then up to 127 letters or digits"
                ));
            }
            if !names.insert(name.to_ascii_lowercase()) {
                return Err(format!("two bindings are named `{name}`"));
            }
        }
        let (outputs, inputs): (Vec<_>, Vec<_>) =
            json.bindings.into_iter().partition(|binding| binding.direction.eq_ignore_ascii_case("out"));
        let [trigger] = inputs.as_slice() else {
            return Err(format!("{} inputs are declared; there must be exactly the trigger", inputs.len()));
        };
        let outputs = outputs
            .into_iter()
            .map(|binding| match binding.kind.to_ascii_lowercase().as_str() {
                "queue" => Ok((binding.name, OutputKind::Queue)),
                "http" => Ok((binding.name, OutputKind::Http)),
                other => Err(format!("outputs of the type `{other}` are not supported")),
            })
            .collect::<Result<BTreeMap<_, _>, _>>()?;
        let is_http_alone = outputs.len() == 1 && outputs.values().all(|kind| *kind == OutputKind::Http);
        let trigger = match trigger.kind.to_ascii_lowercase().as_str() {
            "timertrigger" => TriggerKind::Timer,
            "queuetrigger" if trigger.data_type.as_deref().is_some_and(|kind| kind != "string") => {
                return Err(
                    "a queue trigger with a `dataType` is not supported: messages are read as text".into()
                );
            }
            "queuetrigger" => TriggerKind::Queue,
            "eventgridtrigger" if trigger.cardinality.as_deref() == Some("many") => {
                TriggerKind::EventGridBatch
            }
            "eventgridtrigger" => TriggerKind::EventGrid,
            "httptrigger" if is_http_alone => TriggerKind::ForwardedHttp,
            "httptrigger" => TriggerKind::Http,
            other => return Err(format!("triggers of the type `{other}` are not supported")),
        };
        Ok(Self { trigger, outputs })
    }

    fn compare(
        &self,
        expected: TriggerKind,
        outputs: &BTreeMap<String, OutputKind>,
        folder: &str,
        problems: &mut Vec<FolderProblem>,
    ) {
        let folder = folder.to_owned();
        if self.trigger != expected {
            problems.push(FolderProblem::OtherTrigger { folder, found: self.trigger, expected });
            return;
        }
        if expected == TriggerKind::ForwardedHttp {
            return;
        }
        for (output, _) in outputs.iter().filter(|(name, kind)| self.outputs.get(*name) != Some(*kind)) {
            problems.push(FolderProblem::MissingOutput { folder: folder.clone(), output: output.clone() });
        }
        for (output, _) in self.outputs.iter().filter(|(name, kind)| outputs.get(*name) != Some(*kind)) {
            problems.push(FolderProblem::UnknownOutput { folder: folder.clone(), output: output.clone() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::{Functions, HandlerError, Invocation, Outputs, QueueTrigger, TimerTrigger};

    async fn tick(_: Invocation, _: TimerTrigger) -> Result<Outputs, HandlerError> {
        Ok(Outputs::none())
    }

    async fn work(_: Invocation, _: QueueTrigger) -> Result<Outputs, HandlerError> {
        Ok(Outputs::none())
    }

    const TICK: &str = r#"{"bindings":[{"type":"timerTrigger","direction":"in","name":"timer","schedule":"0 * * * * *"},
        {"type":"queue","direction":"out","name":"orders","queueName":"orders"}]}"#;
    const WORK: &str =
        r#"{"bindings":[{"type":"queueTrigger","direction":"in","name":"message","queueName":"orders"}]}"#;
    const WEB: &str = r#"{"bindings":[{"type":"httpTrigger","direction":"in","name":"request"},
        {"type":"http","direction":"out","name":"response"}]}"#;

    fn registered() -> Functions {
        Functions::new()
            .register(Function::timer("Tick", tick).queue_output("orders"))
            .register(Function::queue("Work", work))
            .forward(["Web"], axum::Router::new())
    }

    fn problems(folders: &[(&str, &str)]) -> String {
        match registered().check_folders(folders.iter().copied()) {
            Ok(()) => "none".into(),
            Err(problems) => problems.to_string(),
        }
    }

    #[test]
    fn matching_folders_pass() {
        insta::assert_snapshot!(problems(&[("Tick", TICK), ("Work", WORK), ("Web", WEB)]), @"none");
    }

    #[test]
    fn every_difference_is_named_at_once() {
        let other_output = TICK.replace("\"orders\",\"queueName\"", "\"Orders\",\"queueName\"");
        insta::assert_snapshot!(problems(&[("Tick", &other_output), ("work", WORK), ("Web", WORK)]), @r"
        the function folders do not match the program:
        - Tick/function.json lacks the output `orders`, which the handler writes
        - Tick/function.json declares the output `Orders`, which the handler does not
        - folder `work` has no handler: register one or remove the folder
        - Web/function.json has the trigger queue, the handler takes HTTP (forwarded)
        - handler `Work` has no folder: add `Work/function.json`
        ");
    }

    #[test]
    fn what_the_host_would_refuse_is_refused_here_first() {
        let underscore = TICK.replace("\"timer\"", "\"my_timer\"");
        let twice = TICK.replace("\"timer\"", "\"ORDERS\"");
        let no_trigger = r#"{"bindings":[]}"#;
        insta::assert_snapshot!(problems(&[("Tick", &underscore), ("Work", no_trigger), ("Web", "{")]), @r"
        the function folders do not match the program:
        - Tick/function.json: `my_timer` cannot be the name of a binding: a letter, then up to 127 letters or digits
        - Work/function.json: 0 inputs are declared; there must be exactly the trigger
        - Web/function.json: EOF while parsing an object at line 1 column 1
        ");
        insta::assert_snapshot!(problems(&[("Tick", &twice), ("Work", WORK), ("Web", WEB), ("host", WEB)]), @r"
        the function folders do not match the program:
        - Tick/function.json: two bindings are named `orders`
        - `host` cannot be the name of a function: a letter, then up to 127 letters, digits, `_` or `-`
        - folder `host` has no handler: register one or remove the folder
        ");
    }

    #[test]
    fn folders_are_found_as_the_host_finds_them() {
        let root = tempfile::tempdir().unwrap();
        for (folder, file, text) in [
            ("Tick", "function.json", TICK),
            ("Web", "function.json", WEB),
            ("Web/Nested", "function.json", WORK),
            ("templates", "mail.txt", "not a function"),
        ] {
            std::fs::create_dir_all(root.path().join(folder)).unwrap();
            std::fs::write(root.path().join(folder).join(file), text).unwrap();
        }
        std::fs::write(root.path().join("host.json"), "{}").unwrap();
        let expected = [("Tick".to_owned(), TICK.to_owned()), ("Web".to_owned(), WEB.to_owned())];
        assert_eq!(read_folders(root.path()).unwrap(), expected);
        assert!(read_folders(&root.path().join("missing")).is_err());
    }
}
