# The app, with its command line. A release writes version and checksum; in a tap this file is Casks/caretaker.rb.
cask "caretaker" do
  version "0.1.0"
  sha256 :no_check

  url "https://github.com/caretaker-app/caretaker/releases/download/v#{version}/Caretaker_#{version}_universal.dmg"
  name "Caretaker"
  desc "Light in the menu bar for an ecosystem that lives in a folder"
  homepage "https://github.com/caretaker-app/caretaker"

  depends_on macos: ">= :sonoma"

  app "Caretaker.app"
  binary "#{appdir}/Caretaker.app/Contents/MacOS/caretaker"

  uninstall quit: "app.caretaker.Caretaker"

  # Backups and ecosystems are not Caretaker's to remove.
  zap trash: "~/Library/Application Support/Caretaker"
end
