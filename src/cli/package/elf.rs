//! Reads from an ELF file for which machine it is, which libraries it needs, and how new a C library.

use std::fmt;

use anyhow::{Context, bail};

/// What a program needs of the machine it runs on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Executable {
    pub(super) machine: Processor,
    /// `None` for a static program.
    pub(super) glibc: Option<GlibcVersion>,
    /// The shared libraries that are loaded at its start; none for a static program.
    pub(super) libraries: Vec<String>,
}

/// The processors that Linux in Azure has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Processor {
    X86_64,
    Aarch64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct GlibcVersion {
    pub(super) major: u32,
    pub(super) minor: u32,
}

impl fmt::Display for GlibcVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.major, self.minor)
    }
}

/// The type of the section that lists what the loader has to do.
const DYNAMIC: u32 = 6;

/// The type of the section that lists the versions a program needs of its libraries.
const VERSION_NEEDS: u32 = 0x6fff_fffe;

/// The mark of an entry of `DYNAMIC` that names a library.
const NEEDED: u64 = 1;

impl Executable {
    /// Reads the 64-bit little-endian kind, which is the only one there is to deploy.
    pub(super) fn read(file: &[u8]) -> anyhow::Result<Self> {
        if !file.starts_with(b"\x7fELF\x02\x01") {
            bail!("this is no Linux program (64-bit ELF)");
        }
        let file = Bytes(file);
        let machine = match file.u16(0x12)? {
            0x3e => Processor::X86_64,
            0xb7 => Processor::Aarch64,
            other => bail!("this is a program for another processor (ELF machine {other})"),
        };
        let (sections, size, count) =
            (file.u64(0x28)?, u64::from(file.u16(0x3a)?), u64::from(file.u16(0x3c)?));
        let section = |index: u64| sections.saturating_add(index * size);
        let (mut glibc, mut libraries) = (None, Vec::new());
        for index in 0..count {
            let header = section(index);
            let kind = file.u32(header.saturating_add(4))?;
            if kind != VERSION_NEEDS && kind != DYNAMIC {
                continue;
            }
            let at = file.u64(header.saturating_add(0x18))?;
            let names = section(file.u32(header.saturating_add(0x28))?.into());
            let names = file.u64(names.saturating_add(0x18))?;
            if kind == VERSION_NEEDS {
                let needed = file.u32(header.saturating_add(0x2c))?;
                glibc = glibc.max(newest_glibc(file, at, needed, names)?);
            } else {
                let entries = file.u64(header.saturating_add(0x20))? / 16;
                libraries.extend(needed_libraries(file, at, entries, names)?);
            }
        }
        Ok(Self { machine, glibc, libraries })
    }
}

/// Goes through the entries of a dynamic section; names lie at `strings`.
fn needed_libraries(file: Bytes<'_>, at: u64, count: u64, strings: u64) -> anyhow::Result<Vec<String>> {
    let mut libraries = Vec::new();
    for index in 0..count {
        let entry = at.saturating_add(index * 16);
        if file.u64(entry)? == NEEDED {
            let name = strings.saturating_add(file.u64(entry.saturating_add(8))?);
            libraries.push(file.text(name)?.to_owned());
        }
    }
    Ok(libraries)
}

/// Walks the libraries (at `library`) and the versions needed of each; names lie at `strings`.
fn newest_glibc(
    file: Bytes<'_>,
    mut library: u64,
    count: u32,
    strings: u64,
) -> anyhow::Result<Option<GlibcVersion>> {
    let mut newest = None;
    for _ in 0..count {
        let mut version = library.saturating_add(file.u32(library.saturating_add(8))?.into());
        for _ in 0..file.u16(library.saturating_add(2))? {
            let name = file.text(strings.saturating_add(file.u32(version.saturating_add(8))?.into()))?;
            newest = newest.max(name.strip_prefix("GLIBC_").and_then(parse));
            version = version.saturating_add(file.u32(version.saturating_add(12))?.into());
        }
        library = library.saturating_add(file.u32(library.saturating_add(12))?.into());
    }
    Ok(newest)
}

/// `2.34` and `2.2.5` are versions; `PRIVATE` and `ABI_DT_RELR` are none.
fn parse(version: &str) -> Option<GlibcVersion> {
    let (major, rest) = version.split_once('.')?;
    let minor = rest.split('.').next()?;
    Some(GlibcVersion { major: major.parse().ok()?, minor: minor.parse().ok()? })
}

#[derive(Clone, Copy)]
struct Bytes<'file>(&'file [u8]);

impl<'file> Bytes<'file> {
    fn from(self, at: u64) -> anyhow::Result<&'file [u8]> {
        usize::try_from(at).ok().and_then(|at| self.0.get(at..)).context("the file is cut off")
    }

    fn array<const N: usize>(self, at: u64) -> anyhow::Result<[u8; N]> {
        self.from(at)?.first_chunk().copied().context("the file is cut off")
    }

    fn u16(self, at: u64) -> anyhow::Result<u16> {
        self.array(at).map(u16::from_le_bytes)
    }

    fn u32(self, at: u64) -> anyhow::Result<u32> {
        self.array(at).map(u32::from_le_bytes)
    }

    fn u64(self, at: u64) -> anyhow::Result<u64> {
        self.array(at).map(u64::from_le_bytes)
    }

    fn text(self, at: u64) -> anyhow::Result<&'file str> {
        let text = self.from(at)?.split(|byte| *byte == 0).next().unwrap_or_default();
        std::str::from_utf8(text).context("a name in the file is no text")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tests themselves are such a program.
    fn this_program() -> Vec<u8> {
        std::fs::read(std::env::current_exe().unwrap()).unwrap()
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_newest_version_is_found() {
        let program = this_program();
        let read = Executable::read(&program).unwrap();
        // The names stand in the file as they are: the newest of them must be the one.
        let named = program
            .windows(6)
            .enumerate()
            .filter(|(_, window)| *window == b"GLIBC_")
            .filter_map(|(at, _)| parse(Bytes(&program).text(at as u64 + 6).ok()?))
            .max();
        assert_eq!(read.glibc, named);
        assert_eq!(read.machine == Processor::X86_64, cfg!(target_arch = "x86_64"));
    }

    #[test]
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    fn the_libraries_are_those_that_the_loader_says() {
        let loader =
            std::process::Command::new("ldd").arg(std::env::current_exe().unwrap()).output().unwrap();
        let loaded = String::from_utf8(loader.stdout).unwrap();
        let needed = Executable::read(&this_program()).unwrap().libraries;
        assert!(needed.contains(&"libc.so.6".to_owned()), "{needed:?}");
        for library in needed {
            assert!(loaded.contains(&library), "{library} is not in:\n{loaded}");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_file_that_is_cut_off_is_an_error() {
        let program = this_program();
        for length in [6, 0x13, 0x3d, 0x1000] {
            assert!(Executable::read(&program[..length]).is_err(), "{length}");
        }
        assert!(Executable::read(b"#!/bin/sh\n").is_err());
    }

    #[test]
    fn versions_compare_as_numbers() {
        assert!(parse("2.4") < parse("2.31"));
        assert_eq!(parse("2.2.5"), Some(GlibcVersion { major: 2, minor: 2 }));
        assert_eq!(parse("PRIVATE"), None);
        assert_eq!(parse("ABI_DT_RELR"), None);
    }
}
