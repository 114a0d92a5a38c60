//! Real servers of other makers, each a process of its own on this machine while it is held; `.ci/install stores fleet` brings them.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The account of Azure's emulator, and its key, which its makers publish.
pub const AZURITE: (&str, &str) = (
    "devstoreaccount1",
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
);

/// Asks the emulator for a container; arguments: where it is, account, key, container.
const CONTAINER: &str = "
const [at, account, key, name] = process.argv.slice(1);
const date = new Date().toUTCString();
const signed = `PUT${'\\n'.repeat(12)}x-ms-date:${date}\\nx-ms-version:2021-08-06\\n/${account}/${account}/${name}\\nrestype:container`;
const signature = require('crypto').createHmac('sha256', Buffer.from(key, 'base64')).update(signed).digest('base64');
const headers = { 'x-ms-date': date, 'x-ms-version': '2021-08-06', authorization: `SharedKey ${account}:${signature}` };
fetch(`http://${at}/${account}/${name}?restype=container`, { method: 'PUT', headers }).then(async (answer) => {
  if (!answer.ok) { console.error(answer.status, await answer.text()); process.exit(1); }
});
";

/// Makes a bucket that keeps versions, and one that can hold on to them.
const BUCKETS: &str = "
s3.create_bucket(Bucket='versioned')
s3.put_bucket_versioning(Bucket='versioned', VersioningConfiguration={'Status': 'Enabled'})
s3.create_bucket(Bucket='held', ObjectLockEnabledForBucket=True)
";

/// What the scripts of the checks bring along.
fn tools() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let top = here.ancestors().find(|folder| folder.join("Cargo.lock").exists()).unwrap();
    top.join("target/tools")
}

/// A server that runs while it is held.
pub struct Server {
    /// Where it listens.
    pub at: String,
    /// Where its files lie.
    pub folder: PathBuf,
    child: Child,
    parent: tempfile::TempDir,
}

impl Server {
    /// A WebDAV server over a folder.
    pub fn webdav(user: &str, password: &str) -> Self {
        Self::start(|at, folder| {
            let mut rclone = Command::new("rclone");
            rclone
                .args(["serve", "webdav"])
                .arg(folder)
                .args(["--addr", at, "--user", user, "--pass", password]);
            // Nothing of the account that runs the test.
            rclone.env("RCLONE_CONFIG", folder.join("../none.conf"));
            rclone
        })
    }

    /// Azure's own emulator, with the container `backups`.
    pub fn azurite() -> Self {
        let server = Self::start(|at, folder| {
            let (host, port) = at.split_once(':').unwrap();
            let mut node = Command::new("node");
            node.arg(tools().join("azurite/node_modules/azurite/dist/src/blob/main.js"));
            node.args(["--blobHost", host, "--blobPort", port, "--silent", "--skipApiVersionCheck"]);
            node.args(["--disableTelemetry", "--location"]).arg(folder);
            node
        });
        said(Command::new("node").args(["-e", CONTAINER, &server.at, AZURITE.0, AZURITE.1, "backups"]));
        server
    }

    /// A whole S3, with the bucket `versioned`, which keeps versions, and `held`, which holds on to them.
    pub fn moto() -> Self {
        let server = Self::start(|at, _| {
            let (host, port) = at.split_once(':').unwrap();
            let mut moto = Command::new(tools().join("moto/bin/moto_server"));
            moto.args(["-H", host, "-p", port]);
            moto
        });
        server.python(BUCKETS);
        server
    }

    /// An OpenTelemetry collector, which prints what it took.
    pub fn collector() -> Self {
        Self::start(|at, _| {
            let mut rotel = Command::new(tools().join("rotel/agent"));
            rotel.args(["start", "--exporter", "blackhole", "--otlp-http-endpoint", at]);
            // Its other door, which nobody uses here, is any that is free.
            rotel.args(["--otlp-grpc-endpoint", "127.0.0.1:0", "--debug-log-verbosity", "detailed"]);
            rotel.args(["--debug-log", "metrics", "--debug-log", "logs"]);
            rotel
        })
    }

    fn python(&self, script: &str) -> String {
        let client = format!(
            "import boto3\ns3 = boto3.client('s3', endpoint_url='http://{}', region_name='us-east-1', aws_access_key_id='testing', aws_secret_access_key='testing')\n",
            self.at
        );
        said(Command::new(tools().join("moto/bin/python")).args(["-c", &(client + script)]))
    }

    /// The names of all versions that a bucket has, those that were removed too.
    pub fn versions(&self, bucket: &str) -> Vec<String> {
        let script =
            format!("for one in s3.list_object_versions(Bucket='{bucket}')['Versions']: print(one['Key'])");
        self.python(&script).lines().map(str::to_owned).collect()
    }

    /// Has a bucket hold on to all that it has, as its owner does.
    pub fn hold(&self, bucket: &str) {
        let script = format!(
            "
import datetime
until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)
for one in s3.list_object_versions(Bucket='{bucket}')['Versions']:
    s3.put_object_retention(Bucket='{bucket}', Key=one['Key'], VersionId=one['VersionId'],
        Retention={{'Mode': 'COMPLIANCE', 'RetainUntilDate': until}})
"
        );
        self.python(&script);
    }

    /// Tries to remove every version that a bucket has; how many went.
    pub fn removed_for_good(&self, bucket: &str) -> usize {
        let script = format!(
            "
for one in s3.list_object_versions(Bucket='{bucket}')['Versions']:
    try:
        s3.delete_object(Bucket='{bucket}', Key=one['Key'], VersionId=one['VersionId'])
        print('gone')
    except s3.exceptions.ClientError as error:
        assert error.response['Error']['Code'] == 'AccessDenied', error
"
        );
        self.python(&script).lines().count()
    }

    /// What it printed until now.
    pub fn told(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.parent.path().join("told")).unwrap()).into_owned()
    }

    fn start(command: impl Fn(&str, &Path) -> Command) -> Self {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("files");
        std::fs::create_dir(&folder).unwrap();
        let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let at = format!("127.0.0.1:{port}");
        let mut command = command(&at, &folder);
        let told = std::fs::File::create(parent.path().join("told")).unwrap();
        let child = command.stdout(told).stderr(Stdio::null()).spawn().unwrap_or_else(|error| {
            panic!("{:?} does not start ({error}). Run: .ci/install stores fleet", command.get_program())
        });
        let mut server = Self { at, folder, child, parent };
        let begun = Instant::now();
        while TcpStream::connect(&server.at).is_err() {
            assert!(server.child.try_wait().unwrap().is_none(), "{:?} ended at once", command.get_program());
            assert!(begun.elapsed() < Duration::from_secs(60), "{:?} does not listen", command.get_program());
            std::thread::sleep(Duration::from_millis(50));
        }
        server
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn said(command: &mut Command) -> String {
    let out = command.output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}
