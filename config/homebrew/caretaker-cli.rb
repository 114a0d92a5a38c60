# The command line alone, built from source. A release writes version and checksum; in a tap this file is Formula/caretaker-cli.rb.
class CaretakerCli < Formula
  desc "Light for an ecosystem that lives in a folder, without a window"
  homepage "https://github.com/caretaker-app/caretaker"
  url "https://github.com/caretaker-app/caretaker/archive/refs/tags/v0.1.0.tar.gz"
  sha256 "0000000000000000000000000000000000000000000000000000000000000000"
  license "MIT"

  depends_on "rust" => :build

  def install
    system "cargo", "install", *std_cargo_args(path: "src-tauri/crates/cli")
    generate_completions_from_executable(bin/"caretaker", "completions")
    (man1/"caretaker.1").write Utils.safe_popen_read(bin/"caretaker", "man")
  end

  service do
    run [opt_bin/"caretaker", "watch"]
    keep_alive true
  end

  test do
    system bin/"caretaker", "demo", "create", testpath/"demo"
    assert_match "\"ok\":true", shell_output("#{bin}/caretaker --json --profile #{testpath}/demo/caretaker.toml profile check")
  end
end
