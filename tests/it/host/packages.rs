//! What `package` puts together, read by another program than the one that wrote it.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use maintenance_notifier::clock::{SharedClock, SystemClock};
use maintenance_notifier::config::Environment;
use maintenance_notifier::{functions, startup};

use super::app::package;
use super::processes::{CONFIGURATION, settings};

const LIST: &str = "
import sys, zipfile
for entry in zipfile.ZipFile(sys.argv[1]).infolist():
    print(oct(entry.external_attr >> 16), entry.date_time[0], entry.filename)
";

/// The header of an ELF file for x86-64 that needs nothing and has no sections.
const SMALLEST_PROGRAM: [u8; 64] = {
    let mut file = [0; 64];
    (file[0], file[1], file[2], file[3]) = (0x7f, b'E', b'L', b'F');
    (file[4], file[5], file[6]) = (2, 1, 1);
    (file[0x10], file[0x12], file[0x14], file[0x34]) = (2, 0x3e, 1, 64);
    file
};

fn listed(zip: &Path) -> String {
    let output = Command::new("python3").args(["-c", LIST]).arg(zip).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_zip_is_what_azure_expects_and_the_same_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("program");
    std::fs::write(&program, SMALLEST_PROGRAM).unwrap();
    let zip = |name: &str| {
        let path = folder.path().join(name);
        // Packing this one unoptimised takes long, and it needs a newer C library than is allowed.
        let done = package(&["--executable", program.to_str().unwrap(), "--out", path.to_str().unwrap()]);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        path
    };
    let (first, second) = (zip("first.zip"), zip("second.zip"));
    let listing = listed(&first);
    let mut expected: Vec<String> =
        ["host.json", "notifier.example.toml"].map(|name| format!("0o100644 1980 {name}")).to_vec();
    expected.push("0o100755 1980 maintenance-notifier".to_owned());
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("function_configs")).unwrap() {
        expected
            .push(format!("0o100644 1980 {}/function.json", entry.unwrap().file_name().to_str().unwrap()));
    }
    let mut found: Vec<&str> = listing.lines().collect();
    found.sort_unstable();
    expected.sort();
    assert_eq!(found, expected);
    assert!(
        std::fs::read(first).unwrap() == std::fs::read(second).unwrap(),
        "the same input gave other bytes"
    );
}

#[tokio::test]
async fn the_folders_of_the_package_are_the_registered_functions() {
    let app = super::app::staged_product();
    std::fs::write(app.path().join("notifier.toml"), CONFIGURATION).unwrap();
    let mut pairs = settings(app.path(), "http://127.0.0.1:1").to_vec();
    pairs.push(("NOTIFIER_CONFIG", app.path().join("notifier.toml").display().to_string()));
    let clock: SharedClock = Arc::new(SystemClock);
    let loaded = startup::load(&Environment::from_pairs(pairs), &clock).await.unwrap();
    let registered = startup::functions(&startup::app(loaded, clock).await.unwrap());
    let folders = functions::read_folders(app.path()).unwrap();
    registered.check_folders(folders).unwrap();
}

#[test]
fn what_cannot_be_deployed_is_refused_with_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("app.zip");
    let mut arm = SMALLEST_PROGRAM;
    arm[0x12] = 0xb7;
    let refused = |arguments: &[&str]| {
        let output = package(&[&["--out", out.to_str().unwrap()], arguments].concat());
        assert_eq!(output.status.code(), Some(1));
        assert!(!out.exists());
        let said = String::from_utf8(output.stderr).unwrap();
        said.lines().last().unwrap().replace(folder.path().to_str().unwrap(), "DIR")
    };
    let copy = |name: &str, text: &str| {
        let path = folder.path().join("source").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    copy("host.json", include_str!("../../../host.json"));
    copy("notifier.example.toml", "");
    copy("function_configs/Tick/function.json", "{}");
    copy("function_configs/Tick/run.sh", "");
    let source = folder.path().join("source");
    let source = ["--source", source.to_str().unwrap()];
    let program = folder.path().join("program");
    std::fs::write(&program, SMALLEST_PROGRAM).unwrap();
    let source = [&source[..], &["--executable", program.to_str().unwrap()]].concat();
    insta::assert_snapshot!(refused(&source), @"error: DIR/source/function_configs/Tick/run.sh: beside function.json the host would take any other file for a script; move it away");
    insta::assert_snapshot!(refused(&["--executable", "Makefile"]), @"error: Makefile does not run where Azure runs functions: this is no Linux program (64-bit ELF)");
    let nowhere = ["--executable", program.to_str().unwrap(), "--source", folder.path().to_str().unwrap()];
    let for_arm = folder.path().join("arm");
    std::fs::write(&for_arm, arm).unwrap();
    insta::assert_snapshot!(refused(&["--executable", for_arm.to_str().unwrap()]), @"error: DIR/arm: in Azure functions run on x86-64, and this program is for ARM; `make package` builds one that runs there, and packs it");
    insta::assert_snapshot!(refused(&nowhere), @"error: DIR/host.json cannot be read; run this in the folder of host.json or name it with --source: No such file or directory (os error 2)");
}
