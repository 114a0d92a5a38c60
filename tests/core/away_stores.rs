//! Other stores than S3's, each against a real server: a WebDAV server, Azure's emulator, Google's way of speaking; and an S3
//! server that keeps versions and holds on to what it has.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/far.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod far;
#[path = "../support/s3.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod s3;
#[path = "../support/servers.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod servers;
#[path = "../support/trees.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod trees;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use caretaker_core::backup::{Kind, Sent};
use caretaker_core::clock::{WallClock, Zone};
use caretaker_core::error::ErrorKind;
use caretaker_core::keeper::{Backups, Lists};
use caretaker_core::progress::Unwatched;
use far::Far;
use s3::{BUCKET, Store};
use servers::Server;
use trees::{Grove, same_trees};

/// Sent, proven, sent no more, lost here, found there, fetched, picked, and removed when it is kept no longer.
fn goes_there_and_comes_back<P>(far: &Far<P>, between: impl FnOnce()) {
    let full = far.back_up(Kind::Weekly, 0);
    let next = far.back_up(Kind::Daily, 1);
    assert_eq!(far.send(1).unwrap().sent, [full, next]);
    assert_eq!(far.send(1).unwrap().sent, [], "everything is there already");
    assert_eq!(far.faults(next), 0);
    between();
    let copy = far.copy();
    far.lose_everything_here();
    far.lose_the_list();
    far.send(2).unwrap();
    far.pick(next, "data/day.json").unwrap();
    assert_eq!(far.fetch(next).unwrap(), [full, next]);
    same_trees(&copy, &far.comes_back(next, "out"));
    let newer = [far.back_up(Kind::Weekly, 8), far.back_up(Kind::Daily, 9)];
    let sent = far.send(9).unwrap();
    assert_eq!((&sent.sent[..], &sent.removed[..]), (&newer[..], &[full, next][..]));
    assert_eq!(far.faults(newer[1]), 0);
    assert_eq!(far.send(9).unwrap(), Sent::default());
}

/// Keeps the newest alone.
const FEW: &str = "daily = 1\nweekly = 1\nmonthly = 1\n";

#[test]
fn a_webdav_server_takes_them_in_one_stream() {
    let server = Server::webdav("me", "wonderland");
    let away = |more: &str| {
        format!(
            "[away]\nstore = \"webdav://{}/backups/mac\"\nkey = \"me\"\nsecret = \"env:SECRET\"\n{FEW}{more}",
            server.at
        )
    };
    let far = Far::new(Grove::new(), (), &away(""), &[("SECRET", "wonderland")]).large();
    goes_there_and_comes_back(&far, || {});
    let there = far::walk(&server.folder);
    assert_eq!(there.len(), 4, "two archives, and their lists: {there:?}");

    let mut far =
        Far::new(Grove::new(), (), &away("").replace("mac", "other"), &[("SECRET", "wrong")]).large();
    let id = far.back_up(Kind::Manual, 0);
    assert_eq!(far.send(0).unwrap_err().kind, ErrorKind::Denied);
    far.secrets = vec![("SECRET".into(), "wonderland".into())];
    // What a broken stream leaves has no name of ours, and goes.
    let folder = server.folder.join("backups/other").join(id.kind().folder());
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(format!("{}.part", id.file_name())), "half").unwrap();
    assert_eq!(far.send(0).unwrap().sent, [id]);
    assert!(!far::walk(&folder).iter().any(|name| name.ends_with(".part")));
}

/// As the window does it: looked into, planned, proven and restored where nothing of it is here.
#[test]
fn what_is_only_there_is_looked_into_and_a_single_file_of_it_is_restored() {
    let server = Server::webdav("me", "wonderland");
    let grove = Grove::new();
    let secret = grove.scratch("secret").join("password");
    fs::write(&secret, "wonderland").unwrap();
    fs::set_permissions(&secret, PermissionsExt::from_mode(0o600)).unwrap();
    let away = format!(
        "[away]\nstore = \"webdav://{}/backups/mac\"\nkey = \"me\"\nsecret = \"file:{}\"\n",
        server.at,
        secret.display()
    );
    let far = Far::new(grove, (), &away, &[]).large();
    let lists = Lists::default();
    let backups = || {
        let (state, clock) = (far.grove.scratch("state"), Arc::new(WallClock));
        Backups::new(far.profile.clone(), &state, clock, Zone::Machine).unwrap().keeping(lists.clone())
    };
    let id = far.back_up(Kind::Manual, 0);
    let archive = far.grove.shelf.archive(id);
    let id = id.to_string();
    backups().send_away(&Unwatched).unwrap();
    far.lose_everything_here();
    let day = far.grove.path("data/day.json");
    let good = fs::read(&day).unwrap();
    fs::write(&day, "ruined").unwrap();
    fs::remove_file(far.grove.path("data/large.bin")).unwrap();

    let found = backups().files(&id, "day").unwrap();
    assert_eq!((found.count, found.first), (1, vec![("data/day.json".to_owned(), good.len() as u64)]));
    let plan = backups().plan(&id, Some("data/day.json")).unwrap();
    assert_eq!((plan.files, plan.changed.count, plan.new.count, plan.archives.len()), (1, 1, 0, 0));
    assert_eq!(backups().plan(&id, None).unwrap().new.count, 1, "of everything the large one is missing too");
    assert_eq!(fs::read(&day).unwrap(), b"ruined");
    backups().restore(&id, Some("data/day.json"), &Unwatched).unwrap();
    assert_eq!(fs::read(&day).unwrap(), good);
    assert!(!archive.exists(), "no more was brought than that");
    assert!(!far.grove.path("data/large.bin").exists());

    assert!(backups().verify(&id, &Unwatched).unwrap().is_empty());
    backups().restore(&id, None, &Unwatched).unwrap();
    assert!(archive.exists() && far.grove.path("data/large.bin").exists());

    // Its list was read once for all of these questions.
    fs::remove_file(&archive).unwrap();
    drop(server);
    assert_eq!(backups().files(&id, "day").unwrap().count, 1);
    assert!(backups().keeping(Lists::default()).files(&id, "day").is_err());
}

#[test]
fn azure_takes_them_in_blocks() {
    let server = Server::azurite();
    let away = format!(
        "[away]\nstore = \"az://backups/mac\"\nendpoint = \"http://{}/{}\"\nkey = \"{}\"\nsecret = \"env:SECRET\"\n{FEW}",
        server.at,
        servers::AZURITE.0,
        servers::AZURITE.0
    );
    let far = Far::new(Grove::new(), (), &away, &[("SECRET", servers::AZURITE.1)]).large();
    goes_there_and_comes_back(&far, || {});
}

#[test]
fn google_takes_them_in_parts() {
    // Google's XML interface is S3's but for the signature, which this server does not ask for.
    let store = Store::open_to_all();
    let account = format!(
        "{{\"gcs_base_url\":\"http://{}\",\"disable_oauth\":true,\"client_email\":\"\",\"private_key\":\"\",\"private_key_id\":\"\"}}",
        store.at
    );
    let away = format!(
        "[away]\nstore = \"gs://{BUCKET}/mac\"\nendpoint = \"http://{}\"\nsecret = \"env:SECRET\"\n{FEW}",
        store.at
    );
    let far = Far::new(Grove::new(), (), &away, &[("SECRET", &account)]).large();
    goes_there_and_comes_back(&far, || {});
    assert!(store.parts() >= 4, "{}", store.parts());
}

#[test]
fn versions_and_what_a_store_holds_on_to_are_respected() {
    let server = Server::moto();
    let far = |bucket: &str| {
        let away = format!(
            "[away]\nstore = \"s3://{bucket}/mac\"\nendpoint = \"http://{}\"\nkey = \"testing\"\nsecret = \"env:SECRET\"\nproof = \"store\"\n{FEW}",
            server.at
        );
        Far::new(Grove::new(), (), &away, &[("SECRET", "testing")]).large()
    };
    goes_there_and_comes_back(&far("versioned"), || {});
    goes_there_and_comes_back(&far("held"), || server.hold("held"));
    // Removed by us is not removed for good: the store keeps what its owner told it to keep.
    for bucket in ["versioned", "held"] {
        let versions = server.versions(bucket);
        assert_eq!(versions.iter().filter(|name| name.ends_with(".tar.gz")).count(), 4, "{versions:?}");
    }
    assert_eq!(server.removed_for_good("versioned"), 8);
    assert_eq!(server.removed_for_good("held"), 4, "what was there when it began to hold on to it stays");
}
