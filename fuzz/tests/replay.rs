//! Every file of the committed corpora, through its target: what a fuzzer found once is not broken again.
#![allow(missing_docs)]

use fuzz::targets;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn corpora() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

fn names_in(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    entries
        .map(|entry| entry.expect("an entry").file_name())
        .map(|name| name.to_string_lossy().into_owned())
        .collect()
}

#[test]
fn every_target_has_a_corpus_and_passes_it() {
    for (name, run) in targets::ALL {
        let folder = corpora().join(name);
        let files = names_in(&folder);
        assert!(!files.is_empty(), "the corpus of {name} is empty");
        for file in files {
            let bytes = fs::read(folder.join(&file)).expect("a file of the corpus");
            let outcome = std::panic::catch_unwind(|| run(&bytes));
            assert!(outcome.is_ok(), "target {name}, file {file}");
        }
    }
}

#[test]
fn every_corpus_has_a_target() {
    let targets: BTreeSet<String> = targets::ALL.iter().map(|(n, _)| (*n).to_owned()).collect();
    assert_eq!(names_in(&corpora()), targets);
}

#[test]
fn the_corpora_are_small() {
    let files = targets::ALL.iter().flat_map(|(name, _)| {
        let folder = corpora().join(name);
        names_in(&folder)
            .into_iter()
            .map(move |file| folder.join(file))
    });
    let sizes: Vec<u64> = files
        .map(|file| fs::metadata(file).expect("a file of the corpus").len())
        .collect();
    assert!(sizes.len() < 400, "{} files", sizes.len());
    assert!(sizes.iter().sum::<u64>() < 300_000);
}

#[test]
fn bytes_of_no_meaning_pass_every_target() {
    for (_, run) in targets::ALL {
        run(&[]);
        for byte in 0..=255 {
            run(&[byte]);
            run(&[byte; 40]);
        }
    }
}
