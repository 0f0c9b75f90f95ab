//! Files that only their owner may read: they hold addresses, what people said, and links.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// A new, empty file. What stood there before is removed first, so that neither its permissions nor a link that somebody
/// put there decide where the bytes go.
///
/// # Errors
/// When the file cannot be made, also when another process makes it at the same moment.
pub fn create(path: &Path) -> io::Result<File> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    create_new(path)
}

/// A new, empty file where there is none, nor a link.
///
/// # Errors
/// When there is one, or the file cannot be made.
pub fn create_new(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Writes a whole file.
///
/// # Errors
/// Those of [`create`], and when the bytes cannot be written.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    create(path)?.write_all(bytes)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn nobody_else_reads_it_and_a_link_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (theirs, target) = (folder.path().join("theirs"), folder.path().join("state.json"));
        std::fs::write(&theirs, "theirs").unwrap();
        symlink(&theirs, &target).unwrap();
        write(&target, b"ours").unwrap();
        assert_eq!(std::fs::read(&theirs).unwrap(), b"theirs");
        assert_eq!((std::fs::read(&target).unwrap().as_slice(), mode(&target)), (b"ours".as_slice(), 0o600));

        std::fs::set_permissions(&target, PermissionsExt::from_mode(0o644)).unwrap();
        write(&target, b"again").unwrap();
        assert_eq!(mode(&target), 0o600);
        assert_eq!(create_new(&target).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    }
}
