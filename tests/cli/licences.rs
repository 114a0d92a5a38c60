//! What the programs are built of: licences that are on the list of deny.toml, from crates.io alone, and nothing that is banned.
//!
//! `cargo deny` reads the same list and knows vulnerabilities too; it takes minutes to build, and a database from the network.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::path::Path;

use cargo_metadata::{CargoOpt, MetadataCommand};
use serde::Deserialize;
use spdx::{Expression, ParseMode};

#[derive(Deserialize)]
struct Deny {
    licenses: Licences,
    bans: Bans,
}

#[derive(Deserialize)]
struct Licences {
    allow: Vec<String>,
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<Banned>,
}

#[derive(Deserialize)]
struct Banned {
    #[serde(rename = "crate")]
    name: String,
}

fn top() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../.."))
}

fn deny() -> Deny {
    toml::from_str(&std::fs::read_to_string(top().join("deny.toml")).unwrap()).unwrap()
}

/// Whether one may take what is under `licence`, by the list.
fn is_allowed(licence: &str, allow: &[String]) -> bool {
    let expression =
        Expression::parse_mode(licence, ParseMode::LAX).unwrap_or_else(|error| panic!("{licence}: {error}"));
    expression.evaluate(|wanted| allow.contains(&wanted.to_string()))
}

#[test]
fn everything_is_under_a_licence_of_the_list_and_from_where_it_should_be() {
    let deny = deny();
    let platforms = ["aarch64-apple-darwin", "x86_64-apple-darwin", "x86_64-unknown-linux-gnu"];
    let filters = platforms.iter().flat_map(|platform| ["--filter-platform", platform]);
    let options = ["--locked"].into_iter().chain(filters).map(str::to_owned).collect::<Vec<_>>();
    let metadata = MetadataCommand::new()
        .manifest_path(top().join("Cargo.toml"))
        .features(CargoOpt::AllFeatures)
        .other_options(options)
        .exec()
        .unwrap();
    // What another system would need is in the lock file and is no part of it.
    let used: BTreeSet<_> = metadata.resolve.unwrap().nodes.into_iter().map(|node| node.id).collect();
    let foreign = |package: &&cargo_metadata::Package| used.contains(&package.id) && package.source.is_some();
    let (mut count, mut wrong) = (0, Vec::new());
    for package in metadata.packages.iter().filter(foreign) {
        count += 1;
        let name = package.name.as_str();
        let source = package.source.as_ref().map(ToString::to_string).unwrap_or_default();
        if source != "registry+https://github.com/rust-lang/crates.io-index" {
            wrong.push(format!("{name} comes from {source}"));
        }
        if deny.bans.deny.iter().any(|banned| banned.name == name) {
            wrong.push(format!("{name} is banned"));
        }
        match &package.license {
            Some(licence) if is_allowed(licence, &deny.licenses.allow) => {}
            Some(licence) => wrong.push(format!("{name} is under {licence}")),
            None => wrong.push(format!("{name} names no licence")),
        }
    }
    assert!(count > 400, "only {count} packages were looked at");
    assert!(wrong.is_empty(), "not as deny.toml says:\n{}", wrong.join("\n"));
}

#[test]
fn a_licence_is_taken_by_all_of_its_parts() {
    let allow = deny().licenses.allow;
    for fine in [
        "MIT",
        "MIT/Apache-2.0",
        "GPL-3.0 OR MIT",
        "Apache-2.0 WITH LLVM-exception",
        "(MIT OR GPL-2.0) AND Unicode-3.0",
    ] {
        assert!(is_allowed(fine, &allow), "{fine}");
    }
    for not in ["GPL-3.0", "MIT AND GPL-2.0", "AGPL-3.0-only", "LGPL-2.1 WITH LLVM-exception"] {
        assert!(!is_allowed(not, &allow), "{not}");
    }
}
