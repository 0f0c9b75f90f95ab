//! Files that Azure's compiler would refuse.

use super::bicep::{Template, files, templates};

#[test]
fn every_file_is_understood() {
    let names: Vec<String> = [files("bicep"), files("bicepparam")].concat();
    assert!(names.len() > 15, "{names:?}");
    let problems: Vec<String> =
        names.iter().flat_map(|file| Template::read(file).syntax_problems()).collect();
    assert_eq!(problems, Vec::<String>::new());
}

#[test]
fn a_broken_file_is_not_understood() {
    let broken = Template::of("broken.bicep", "resource x 'T/y@1' = {\n  name: \n}\nparam\n".to_owned());
    assert!(!broken.syntax_problems().is_empty());
}

#[test]
fn every_name_is_declared_and_every_declaration_used() {
    let problems: Vec<String> = templates().iter().flat_map(Template::name_problems).collect();
    assert_eq!(problems, Vec::<String>::new());
}

#[test]
fn a_name_that_nobody_declares_is_found() {
    let source = "param name string\nparam idle string\nvar rows = { all: [for x in nme: x] }\noutput o object = rows\n";
    let problems = Template::of("wrong.bicep", source.to_owned()).name_problems();
    insta::assert_snapshot!(problems.join("\n"), @"
    wrong.bicep:3: no loop inside the value of a variable
    wrong.bicep:3: nothing is called `nme`
    wrong.bicep: `idle` is declared and not used
    wrong.bicep: `name` is declared and not used
    ");
}

#[test]
fn modules_get_the_parameters_they_take_and_have_the_outputs_that_are_read() {
    let mut problems = Vec::new();
    for template in templates() {
        let folder = std::path::Path::new(&template.file).parent().unwrap().to_owned();
        let mut outputs = std::collections::BTreeMap::new();
        for module in template.modules() {
            let path = normal(&folder.join(&module.what));
            let called = Template::read(&path);
            outputs.insert(module.symbol.clone(), called.outputs());
            let given = module.body["params"].as_object().cloned().unwrap_or_default();
            let place = format!("{}: module {}", template.file, module.symbol);
            for (name, required) in called.parameters() {
                if required && !given.contains_key(&name) {
                    problems.push(format!("{place} lacks `{name}`"));
                }
            }
            for name in given.keys().filter(|name| !called.parameters().contains_key(*name)) {
                problems.push(format!("{place} takes no `{name}`"));
            }
        }
        for (module, output) in template.used_outputs() {
            if !outputs.get(&module).is_some_and(|all| all.contains(&output)) {
                problems.push(format!("{}: module {module} has no output `{output}`", template.file));
            }
        }
    }
    assert_eq!(problems, Vec::<String>::new());
}

#[test]
fn parameter_files_give_what_their_template_takes() {
    for file in files("bicepparam") {
        let given = Template::read(&file).variables();
        let takes = Template::read(file.strip_suffix("param").unwrap()).parameters();
        let lacking: Vec<&String> = takes
            .iter()
            .filter(|(name, required)| **required && !given.contains_key(*name))
            .map(|(name, _)| name)
            .collect();
        let unknown: Vec<&String> = given.keys().filter(|name| !takes.contains_key(*name)).collect();
        assert!(lacking.is_empty() && unknown.is_empty(), "{file}: lacks {lacking:?}, unknown {unknown:?}");
    }
}

fn normal(path: &std::path::Path) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.to_str().unwrap().split('/') {
        match part {
            ".." => drop(parts.pop()),
            "" | "." => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}
