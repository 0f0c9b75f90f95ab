//! `package`: what is deployed, laid out as the Functions host expects it.
//!
//! In the repository the functions' configurations lie together in `function_configs/`; the host finds a function only
//! in a folder directly beside host.json. The same input gives the same bytes, so that a deployment that changes
//! nothing can be seen to change nothing.

mod elf;

use std::collections::BTreeMap;
use std::io::{Cursor, Write};
use std::path::Path;

use anyhow::{Context, anyhow, bail};
use serde_json::Value;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::args::PackageOptions;
use super::{CommandOutcome, output};
use crate::config::Environment;
use elf::{Executable, GlibcVersion};

/// The oldest C library that a Functions host is known to run on.
const OLDEST_GLIBC: GlibcVersion = GlibcVersion { major: 2, minor: 31 };

/// What is on every Linux of the Functions host: the parts of glibc, and what unwinds a panic.
const ON_EVERY_HOST: [&str; 7] = [
    "libc.so.6",
    "libm.so.6",
    "libdl.so.2",
    "libpthread.so.0",
    "librt.so.1",
    "libutil.so.1",
    "libgcc_s.so.1",
];

const PROGRAM: u32 = 0o755;
const FILE: u32 = 0o644;

/// One file of the package.
struct PackageEntry {
    mode: u32,
    bytes: Vec<u8>,
}

/// The files by their paths from the root, in order.
type Entries = BTreeMap<String, PackageEntry>;

/// Writes the package and says what is in it.
pub(super) fn run(options: &PackageOptions) -> anyhow::Result<CommandOutcome> {
    let executable = match &options.executable {
        Some(path) => path.clone(),
        None => Environment::executable()
            .context("this program's file cannot be found; name it with --executable")?,
    };
    let program =
        std::fs::read(&executable).with_context(|| format!("{} cannot be read", executable.display()))?;
    let needs = Executable::read(&program)
        .with_context(|| format!("{} does not run where Azure runs functions", executable.display()))?;
    match (obstacle(&needs), &options.dir) {
        (None, _) => {}
        // A folder may be meant for the Functions tools on this machine.
        (Some(obstacle), Some(_)) => output::note(&format!("warning: in Azure {obstacle}; {HINT}")),
        (Some(obstacle), None) => bail!("{}: in Azure {obstacle}; {HINT}", executable.display()),
    }
    let entries = collect(options, program)?;
    let place = match &options.dir {
        Some(folder) => {
            write_folder(folder, &entries)?;
            folder
        }
        None => {
            let bytes = zipped(&entries)?;
            let mut part = options.out.clone();
            part.as_mut_os_string().push(".part");
            std::fs::write(&part, bytes)
                .and_then(|()| std::fs::rename(&part, &options.out))
                .with_context(|| format!("{} cannot be written", options.out.display()))?;
            &options.out
        }
    };
    for (path, entry) in &entries {
        output::data(&format!("{:o} {:>9} {path}", entry.mode, entry.bytes.len()))?;
    }
    output::note(&format!("Written to {}.", place.display()));
    Ok(CommandOutcome::Done)
}

fn collect(options: &PackageOptions, program: Vec<u8>) -> anyhow::Result<Entries> {
    let source = &options.source;
    let read = |path: &Path| {
        std::fs::read(path).with_context(|| {
            format!(
                "{} cannot be read; run this in the folder of host.json or name it with --source",
                path.display()
            )
        })
    };
    let host_json = read(&source.join("host.json"))?;
    let mut entries = Entries::new();
    entries.insert(program_name(&host_json)?, PackageEntry { mode: PROGRAM, bytes: program });
    entries.insert("host.json".to_owned(), PackageEntry { mode: FILE, bytes: host_json });
    let example = read(&source.join("notifier.example.toml"))?;
    entries.insert("notifier.example.toml".to_owned(), PackageEntry { mode: FILE, bytes: example });
    if let Some(config) = &options.config {
        entries.insert("notifier.toml".to_owned(), PackageEntry { mode: FILE, bytes: read(config)? });
    }
    for (name, bytes) in functions(&source.join("function_configs"))? {
        let path = format!("{name}/function.json");
        if entries.insert(path, PackageEntry { mode: FILE, bytes }).is_some() || entries.contains_key(&name) {
            bail!("function_configs/{name} has the name of another file of the package; rename the function");
        }
    }
    Ok(entries)
}

/// The file's name as host.json calls it.
fn program_name(host_json: &[u8]) -> anyhow::Result<String> {
    let json: Value = serde_json::from_slice(host_json).context("host.json is not JSON")?;
    let name = json.pointer("/customHandler/description/defaultExecutablePath").and_then(Value::as_str);
    name.filter(|name| !name.is_empty() && !name.contains(['/', '\\', '%', ' ']))
        .map(str::to_owned)
        .ok_or_else(|| {
            anyhow!("host.json: customHandler.description.defaultExecutablePath must be a file's name")
        })
}

/// The functions' names and their function.json.
fn functions(folder: &Path) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let unreadable = || format!("{} cannot be read", folder.display());
    let mut functions = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(unreadable)? {
        let path = entry.with_context(unreadable)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !path.is_dir() {
            bail!("{} is no function's folder; move it away", path.display());
        }
        let files = std::fs::read_dir(&path).with_context(unreadable)?.collect::<Result<Vec<_>, _>>()?;
        if let Some(other) = files.iter().find(|file| file.file_name() != "function.json") {
            bail!(
                "{}: beside function.json the host would take any other file for a script; move it away",
                other.path().display()
            );
        }
        let file = path.join("function.json");
        let bytes = std::fs::read(&file).with_context(|| format!("{} cannot be read", file.display()))?;
        serde_json::from_slice::<Value>(&bytes).with_context(|| format!("{} is not JSON", file.display()))?;
        functions.push((name, bytes));
    }
    if functions.is_empty() {
        bail!("{} holds no functions", folder.display());
    }
    functions.sort();
    Ok(functions)
}

const HINT: &str = "`make package` builds one that runs there, and packs it";

/// Why the program would not run under the Functions host, if so: that is Linux on x86-64, and not always the newest.
fn obstacle(needs: &Executable) -> Option<String> {
    if needs.machine == elf::Processor::Aarch64 {
        return Some("functions run on x86-64, and this program is for ARM".to_owned());
    }
    if let Some(needed) = needs.glibc.filter(|needed| *needed > OLDEST_GLIBC) {
        return Some(format!("glibc may be as old as {OLDEST_GLIBC}, and this program needs {needed}"));
    }
    let is_there = |library: &str| ON_EVERY_HOST.contains(&library) || library.starts_with("ld-linux");
    let missing = needs.libraries.iter().find(|library| !is_there(library))?;
    Some(format!("there is no {missing}, which this program needs"))
}

fn zipped(entries: &Entries) -> anyhow::Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, entry) in entries {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(DateTime::default())
            .unix_permissions(entry.mode);
        zip.start_file(path.as_str(), options)?;
        zip.write_all(&entry.bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}

fn write_folder(folder: &Path, entries: &Entries) -> anyhow::Result<()> {
    if std::fs::read_dir(folder).is_ok_and(|mut found| found.next().is_some())
        && !folder.join("host.json").exists()
    {
        bail!("{} holds other things than a package; name a new folder with --dir", folder.display());
    }
    for (path, entry) in entries {
        let file = folder.join(path);
        write_file(&file, entry).with_context(|| format!("{} cannot be written", file.display()))?;
    }
    Ok(())
}

fn write_file(file: &Path, entry: &PackageEntry) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    // A program that runs cannot be written over, but its name can be given to another.
    let mut part = file.to_owned();
    part.as_mut_os_string().push(".part");
    std::fs::write(&part, &entry.bytes)?;
    #[cfg(unix)]
    std::fs::set_permissions(&part, std::os::unix::fs::PermissionsExt::from_mode(entry.mode))?;
    std::fs::rename(&part, file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_would_not_start_in_azure_is_refused_with_the_reason() {
        let fine = Executable {
            machine: elf::Processor::X86_64,
            glibc: Some(OLDEST_GLIBC),
            libraries: ["libc.so.6", "ld-linux-x86-64.so.2"].map(str::to_owned).to_vec(),
        };
        assert_eq!(obstacle(&fine), None);
        let fixed = Executable { glibc: None, libraries: Vec::new(), ..fine.clone() };
        assert_eq!(obstacle(&fixed), None);
        let newer = Executable { glibc: Some(GlibcVersion { major: 2, minor: 34 }), ..fine.clone() };
        let other = Executable { libraries: vec!["libssl.so.3".to_owned()], ..fine.clone() };
        let arm = Executable { machine: elf::Processor::Aarch64, ..fine };
        let said: Vec<String> = [newer, other, arm].iter().filter_map(obstacle).collect();
        insta::assert_snapshot!(said.join("\n"), @"
        glibc may be as old as 2.31, and this program needs 2.34
        there is no libssl.so.3, which this program needs
        functions run on x86-64, and this program is for ARM
        ");
    }
}
