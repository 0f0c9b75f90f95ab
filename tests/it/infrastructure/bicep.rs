//! Reads Bicep files as data. Azure's own compiler is no package that a test could install, so what it would refuse first
//! is looked for here: broken syntax, names that nobody declares, parameters and outputs that do not fit.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use tree_sitter::{Node, Parser, Tree};

/// The folder with the files.
pub(super) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("infra")
}

/// Every file under [`folder`] that ends like this, by its path relative to it.
pub(super) fn files(extension: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder()];
    while let Some(current) = folders.pop() {
        for entry in std::fs::read_dir(&current).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path.strip_prefix(folder()).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

/// All templates.
pub(super) fn templates() -> Vec<Template> {
    files("bicep").iter().map(|file| Template::read(file)).collect()
}

/// A parsed file.
pub(super) struct Template {
    pub(super) file: String,
    source: String,
    tree: Tree,
}

/// A resource or a module.
pub(super) struct Declared {
    /// Its name in the file.
    pub(super) symbol: String,
    /// `Microsoft.Web/sites@2024-04-01`, or the path of the module's file.
    pub(super) what: String,
    /// Whether it is only referred to.
    pub(super) existing: bool,
    /// Its body, without the condition or loop around it.
    pub(super) body: Value,
}

impl Declared {
    /// The type of a resource, without the version.
    pub(super) fn kind(&self) -> &str {
        self.what.split('@').next().unwrap()
    }
}

/// Something wrong, with where it is.
pub(super) type Problem = String;

impl Template {
    pub(super) fn read(file: &str) -> Self {
        let text = std::fs::read_to_string(folder().join(file)).unwrap();
        // The grammar knows parameters with a type only; the values of a parameter file are read as variables.
        let source = if file.ends_with("param") { text.replace("\nparam ", "\nvar ") } else { text };
        Self::of(file, source)
    }

    pub(super) fn of(file: &str, source: String) -> Self {
        let mut parser = Parser::new();
        parser.set_language(&tree_sitter_bicep::LANGUAGE.into()).unwrap();
        let tree = parser.parse(&source, None).unwrap();
        Self { file: file.to_owned(), source, tree }
    }

    /// What the grammar does not understand.
    pub(super) fn syntax_problems(&self) -> Vec<Problem> {
        let broken = |node: &Node<'_>| node.is_error() || node.is_missing();
        self.nodes()
            .into_iter()
            .filter(broken)
            .map(|node| format!("{}: `{}` is not understood", self.place(node), self.text(node)))
            .collect()
    }

    pub(super) fn resources(&self) -> Vec<Declared> {
        self.declarations("resource_declaration")
    }

    pub(super) fn resources_of(&self, kind: &str) -> Vec<Declared> {
        self.resources().into_iter().filter(|one| one.kind() == kind && !one.existing).collect()
    }

    pub(super) fn modules(&self) -> Vec<Declared> {
        self.declarations("module_declaration")
    }

    /// The values of all variables.
    pub(super) fn variables(&self) -> BTreeMap<String, Value> {
        let of = |node: Node<'_>| {
            let children = named(node);
            Some((self.text(*children.first()?).to_owned(), self.value(*children.last()?)))
        };
        self.top("variable_declaration").into_iter().filter_map(of).collect()
    }

    /// The value, or that of the variable that it names.
    pub(super) fn resolved(&self, value: &Value) -> Value {
        let name = value.as_str().and_then(|text| text.strip_prefix("= "));
        name.and_then(|name| self.variables().get(name).cloned()).unwrap_or_else(|| value.clone())
    }

    /// Every parameter, and whether it has to be given.
    pub(super) fn parameters(&self) -> BTreeMap<String, bool> {
        let of = |node: Node<'_>| {
            // With a default there is something after the type.
            let children = named(node);
            (self.text(children[0]).to_owned(), children.len() == 2)
        };
        self.top("parameter_declaration").into_iter().map(of).collect()
    }

    pub(super) fn outputs(&self) -> BTreeSet<String> {
        let of = |node: Node<'_>| self.text(named(node)[0]).to_owned();
        self.top("output_declaration").into_iter().map(of).collect()
    }

    /// Every text in quotes, interpolations as they are written.
    pub(super) fn strings(&self) -> Vec<String> {
        let nodes = self.nodes().into_iter().filter(|node| node.kind() == "string");
        nodes.filter_map(|node| self.value(node).as_str().map(str::to_owned)).collect()
    }

    /// Every object, anywhere in the file.
    pub(super) fn all_objects(&self) -> Vec<Value> {
        let nodes = self.nodes().into_iter().filter(|node| node.kind() == "object");
        nodes.map(|node| self.value(node)).collect()
    }

    /// Every object in which `key` stands.
    pub(super) fn objects_with(&self, key: &str) -> Vec<Value> {
        self.all_objects().into_iter().filter(|value| value.get(key).is_some()).collect()
    }

    /// Names that nobody declares, declarations that nobody uses, and loops where none may be.
    pub(super) fn name_problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let declared = self.declared_names();
        let mut used = BTreeSet::new();
        for node in self.nodes() {
            if node.kind() == "identifier" && self.is_use(node) {
                let name = self.text(node);
                used.insert(name);
                if !declared.contains_key(name) && !self.is_local(node, name) && !FUNCTIONS.contains(&name) {
                    problems.push(format!("{}: nothing is called `{name}`", self.place(node)));
                }
            }
            if node.kind() == "for_statement" && self.is_inside_a_variables_object(node) {
                problems.push(format!("{}: no loop inside the value of a variable", self.place(node)));
            }
        }
        for (name, kind) in &declared {
            let must_be_used = ["parameter_declaration", "variable_declaration"].contains(kind);
            if must_be_used && !used.contains(name.as_str()) && !self.file.ends_with("param") {
                problems.push(format!("{}: `{name}` is declared and not used", self.file));
            }
        }
        problems
    }

    /// `name.outputs.x` for every module called `name`: the module and the output.
    pub(super) fn used_outputs(&self) -> Vec<(String, String)> {
        let words: Vec<&str> =
            self.source.split(|c: char| !(c.is_alphanumeric() || "._[]".contains(c))).collect();
        let parts = words.iter().filter_map(|word| {
            let (module, output) = word.split_once(".outputs.")?;
            let module = module.split('[').next()?;
            Some((module.to_owned(), output.split(['.', '[', ']']).next()?.to_owned()))
        });
        parts.collect()
    }

    fn declarations(&self, kind: &str) -> Vec<Declared> {
        let of = |node: Node<'_>| {
            let children = named(node);
            let mut body = *children.last().unwrap();
            while ["for_statement", "if_statement"].contains(&body.kind()) {
                body = *named(body).last().unwrap();
            }
            let mut cursor = node.walk();
            Declared {
                symbol: self.text(children[0]).to_owned(),
                what: self.value(children[1]).as_str().unwrap().to_owned(),
                existing: node.children(&mut cursor).any(|child| child.kind() == "existing"),
                body: self.value(body),
            }
        };
        self.top(kind).into_iter().map(of).collect()
    }

    /// The value as JSON. An expression becomes the text `= expression`.
    fn value(&self, node: Node<'_>) -> Value {
        match node.kind() {
            "object" => {
                let mut object = Map::new();
                for property in named(node).into_iter().filter(|child| child.kind() == "object_property") {
                    let parts = named(property);
                    let key = match parts[0].kind() {
                        "string" => self.value(parts[0]).as_str().unwrap().to_owned(),
                        _ => self.text(parts[0]).to_owned(),
                    };
                    object.insert(key, self.value(*parts.last().unwrap()));
                }
                Value::Object(object)
            }
            "array" => {
                let elements = named(node).into_iter().filter(|child| child.kind() != "comment");
                let mut values: Vec<(usize, Value)> = Vec::new();
                for child in elements {
                    match values.last_mut() {
                        // The grammar takes `[f().id]` for two elements, `f` and `().id`, with nothing between them.
                        Some((end, Value::String(expression))) if *end == child.start_byte() => {
                            expression.push_str(self.text(child));
                            *end = child.end_byte();
                        }
                        _ => values.push((child.end_byte(), self.value(child))),
                    }
                }
                Value::Array(values.into_iter().map(|(_, value)| value).collect())
            }
            "string" => {
                let text = self.text(node);
                let quotes = if text.starts_with("'''") { 3 } else { 1 };
                json!(text[quotes..text.len() - quotes].replace("\\'", "'"))
            }
            "boolean" => json!(self.text(node) == "true"),
            "number" => json!(self.text(node).parse::<i64>().unwrap()),
            _ => json!(format!("= {}", self.text(node))),
        }
    }

    fn declared_names(&self) -> BTreeMap<String, &'static str> {
        const KINDS: [&str; 7] = [
            "parameter_declaration",
            "variable_declaration",
            "resource_declaration",
            "module_declaration",
            "type_declaration",
            "output_declaration",
            "import_functionality",
        ];
        let mut names = BTreeMap::new();
        for kind in KINDS {
            for node in self.top(kind) {
                let identifiers = named(node).into_iter().filter(|child| child.kind() == "identifier");
                let count = if kind == "import_functionality" { usize::MAX } else { 1 };
                for identifier in identifiers.take(count) {
                    // A parameter may be called like an output.
                    names.entry(self.text(identifier).to_owned()).or_insert(kind);
                }
            }
        }
        names
    }

    /// Whether the identifier refers to something, rather than being declared or being the name of a property.
    fn is_use(&self, node: Node<'_>) -> bool {
        let parent = node.parent().unwrap();
        let is_first = parent.named_child(0) == Some(node);
        match parent.kind() {
            "object_property" => !is_first,
            "lambda_expression" => !is_first,
            "for_statement" => named(parent).first() != Some(&node),
            kind if kind.ends_with("_declaration") => !is_first,
            "import_functionality" | "decorator" | "for_loop_parameters" => false,
            _ => self.ancestors(node).all(|ancestor| ancestor.kind() != "decorators"),
        }
    }

    /// Whether a lambda or loop around the node gives this name to what it runs over.
    fn is_local(&self, node: Node<'_>, name: &str) -> bool {
        self.ancestors(node).any(|ancestor| {
            let Some(first) = ancestor.named_child(0) else { return false };
            match ancestor.kind() {
                "lambda_expression" => self.text(first) == name,
                "for_statement" => {
                    self.text(first) == name || named(first).iter().any(|part| self.text(*part) == name)
                }
                _ => false,
            }
        })
    }

    /// Bicep takes a loop as the whole value of a variable, not as part of it.
    fn is_inside_a_variables_object(&self, node: Node<'_>) -> bool {
        let around: Vec<&str> = self.ancestors(node).map(|ancestor| ancestor.kind()).collect();
        around.contains(&"variable_declaration") && around.contains(&"object")
    }

    fn ancestors<'a>(&self, node: Node<'a>) -> impl Iterator<Item = Node<'a>> + use<'a> {
        std::iter::successors(node.parent(), |node| node.parent())
    }

    fn top(&self, kind: &str) -> Vec<Node<'_>> {
        named(self.tree.root_node()).into_iter().filter(|node| node.kind() == kind).collect()
    }

    fn nodes(&self) -> Vec<Node<'_>> {
        let mut found = Vec::new();
        let mut waiting = vec![self.tree.root_node()];
        while let Some(node) = waiting.pop() {
            found.push(node);
            let mut cursor = node.walk();
            waiting.extend(node.children(&mut cursor));
        }
        found
    }

    fn text(&self, node: Node<'_>) -> &str {
        &self.source[node.byte_range()]
    }

    fn place(&self, node: Node<'_>) -> String {
        format!("{}:{}", self.file, node.start_position().row + 1)
    }
}

fn named(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).collect()
}

/// The functions of Bicep that are used here.
const FUNCTIONS: &[&str] = &[
    "cidrSubnet",
    "empty",
    "environment",
    "filter",
    "guid",
    "items",
    "join",
    "managementGroup",
    "map",
    "readEnvironmentVariable",
    "replace",
    "resourceGroup",
    "resourceId",
    "string",
    "subscription",
    "subscriptionResourceId",
    "take",
    "tenant",
    "tenantResourceId",
    "toLower",
    "toObject",
    "union",
    "uniqueString",
];
