// Rendered from the core's types by tests/core/typescript.rs: do not edit.
// UPDATE_TYPES=1 cargo test -p caretaker-core --features typescript --test typescript

/**
 * Somebody's word that a finding may stay.
 */
export type Accepted = {
/**
 * When.
 */
at: string,
/**
 * Why.
 */
reason: string, };

/**
 * How icon and window look.
 */
export type Appearance = {
/**
 * Which set of pictures the icon is of.
 */
icon: IconStyle,
/**
 * How large the window's text is, in percent.
 */
text: number, };

/**
 * The place that is not on this machine, as far as it is known here.
 */
export type AwayShown = {
/**
 * Its name.
 */
place: string,
/**
 * How many lie there.
 */
copies: number,
/**
 * Bytes that they have here.
 */
bytes: number,
/**
 * How many wait to be sent.
 */
waiting: number,
/**
 * Their bytes.
 */
waiting_bytes: number,
/**
 * What kept the last try from its end.
 */
problem: string | null, };

/**
 * Why a backup was made, and how long it is kept.
 */
export type BackupKind = "daily" | "weekly" | "monthly" | "manual";

/**
 * Where a backup lies, proven.
 */
export type BackupPlace = "first" | "second" | "away";

/**
 * One backup.
 */
export type BackupRecord = {
/**
 * Its name.
 */
id: string,
/**
 * Why it was made.
 */
kind: BackupKind,
/**
 * When it was begun.
 */
created_at: string,
/**
 * Where it lies.
 */
path: string,
/**
 * What it builds upon; `None` where it holds everything.
 */
parent: string | null,
/**
 * How many increments lie between it and a full one.
 */
chain: number,
/**
 * The other archives that hold some of its files.
 */
needs: string[],
/**
 * Files in the tree.
 */
files: number,
/**
 * Bytes of the tree.
 */
bytes: number,
/**
 * Bytes that were read into it.
 */
bytes_in: number,
/**
 * Bytes that it takes.
 */
bytes_out: number,
/**
 * How long it took to make.
 */
seconds: number,
/**
 * The SHA-256 of its bytes.
 */
archive: string,
/**
 * When every byte of it was last proven; `None` = not since it was found.
 */
verified_at: string | null,
/**
 * When it was last restored into a scratch folder and compared.
 */
drilled_at: string | null,
/**
 * How long that took, in seconds.
 */
drill_seconds: number | null,
/**
 * What the profile's program said of the tree that the last drill brought back.
 */
drill_program: ProgramSaid | null,
/**
 * The last drill where it failed after the last good one.
 */
drill_failed: DrillFailed | null,
/**
 * What the last drill showed, point by point.
 */
drill_verified: DrillVerified | null,
/**
 * When it was copied to the second place, and proven there.
 */
copied_at: string | null,
/**
 * What was found wanting when it was made, in words; the first fifty.
 */
unstable: Array<string>,
/**
 * How many files are missing from it or may be wrong.
 */
losses: number,
/**
 * How it is.
 */
state: BackupState,
/**
 * Why it is damaged.
 */
problem: string | null, };

/**
 * One backup, and why it is kept.
 */
export type BackupShown = {
/**
 * What is known of it.
 */
record: BackupRecord,
/**
 * `last of week 47`; `None` where the next pruning removes it.
 */
kept: string | null,
/**
 * Where it lies.
 */
lies: Array<BackupPlace>, };

/**
 * How a backup is.
 */
export type BackupState = "good" | "flawed" | "unproven" | "damaged" | "missing" | "leaving";

/**
 * All backups, and what can be done now.
 */
export type BackupsShown = {
/**
 * The folder of all of them.
 */
folder: string,
/**
 * What the ecosystem is called: typed to agree to a restore.
 */
name: string,
/**
 * Newest first.
 */
backups: Array<BackupShown>,
/**
 * Bytes that all of them take.
 */
bytes: number,
/**
 * The backup whose restore can be taken back.
 */
undo: string | null,
/**
 * What is kept of the tree before it, until the next restore.
 */
kept: KeptTree | null,
/**
 * The second place; `None` where the profile names none.
 */
second: SecondShown | null,
/**
 * The place that is not on this machine; `None` where the profile names none.
 */
away: AwayShown | null,
/**
 * Archives of other programs, newest first.
 */
foreign: Array<ForeignBackup>, };

/**
 * The thresholds of a signal as shown.
 */
export type BandsShown = {
/**
 * Yellow from here on.
 */
yellow: number | null,
/**
 * Red beyond.
 */
red: number | null, };

/**
 * What became of a figure.
 */
export type Became = "better" | "worse" | "same" | "unknown";

/**
 * A file that cannot be understood.
 */
export type BrokenSettings = {
/**
 * Its name from the root.
 */
name: string,
/**
 * What is wrong, with the line.
 */
why: string,
/**
 * What helps.
 */
hint: string | null, };

/**
 * A part of a bundle.
 */
export type BundleMember = {
/**
 * Its name in the archive.
 */
name: string,
/**
 * Its size before it was pressed.
 */
bytes: number,
/**
 * Secrets that were taken out of it.
 */
secrets: number,
/**
 * Places where the home folder or the user's name was taken out.
 */
homes: number, };

/**
 * A bundle that was written.
 */
export type Bundled = {
/**
 * Where it is.
 */
path: string,
/**
 * Its size.
 */
bytes: number,
/**
 * What is in it.
 */
members: Array<BundleMember>,
/**
 * What is not in it, and why.
 */
left_out: Array<string>,
/**
 * Secrets that were taken out, all members together.
 */
secrets: number,
/**
 * Places where the home folder or the user's name was taken out.
 */
homes: number, };

/**
 * How often a round comes.
 */
export type Cadence = "daily" | "weekly" | "monthly" | "quarterly";

/**
 * A channel as a form shows it: each key of the profile as text; empty where it says nothing.
 */
export type ChannelDraft = { name: string, kind: string, from: string, recoveries: boolean, after: string, server: string, port: number, security: string, user: string, secret: string, sender: string, to: Array<string>, url: string, url_secret: string, format: string, template: string, ca_file: string, };

/**
 * A way to tell people, and whether it works.
 */
export type ChannelState = {
/**
 * What the profile calls it.
 */
name: string,
/**
 * `native`, `mail` or `webhook`.
 */
kind: string,
/**
 * The least level that it takes.
 */
from: Level,
/**
 * It hears only of what nobody took note of for so many seconds.
 */
after_seconds: number | null,
/**
 * Since when it has failed; `None` while it works, as far as can be known.
 */
failing_since: string | null,
/**
 * Why it failed last.
 */
problem: string | null, };

/**
 * A signal over time.
 */
export type Chart = {
/**
 * Which signal.
 */
signal: SignalId,
/**
 * What people call it.
 */
label: string,
/**
 * The unit of its values and bands.
 */
unit: Unit,
/**
 * Its thresholds, as they are now.
 */
bands: BandsShown,
/**
 * Where the chart begins.
 */
from: string,
/**
 * Where it ends: the present.
 */
until: string,
/**
 * Length of a step in seconds.
 */
step_seconds: number,
/**
 * The steps of which something is on record, oldest first; one that is missing is a gap.
 */
points: Array<ChartPoint>, };

/**
 * One step of a chart.
 */
export type ChartPoint = {
/**
 * When the step begins.
 */
at: string,
/**
 * The least value; `None` where the signal was looked at and had no number.
 */
min: number | null,
/**
 * The mean value.
 */
mean: number | null,
/**
 * The largest value.
 */
max: number | null,
/**
 * The worst level.
 */
level: Level, };

/**
 * One check.
 */
export type Check = {
/**
 * Its name, such as `access/world-writable`.
 */
id: string,
/**
 * The area of the manual.
 */
area: string,
/**
 * How bad it is when it fails.
 */
severity: Severity,
/**
 * Whether it is as it should be; `None` where that cannot be told.
 */
ok: boolean | null,
/**
 * How it should be, one sentence.
 */
text: string,
/**
 * What was seen, one sentence.
 */
evidence: string,
/**
 * Where, the first of them.
 */
places: Array<Place>,
/**
 * How many more places there are.
 */
more: number,
/**
 * What to do when it fails.
 */
remedy: string, };

/**
 * One of several things that a step can be done with.
 */
export type ChoiceShown = {
/**
 * Its name.
 */
id: string,
/**
 * What people call it.
 */
label: string, };

/**
 * What a program claims, beside what there is to compare it with.
 */
export type ClaimsShown = {
/**
 * Lines that it ticks off.
 */
passed: number,
/**
 * Lines in which something failed.
 */
failed: number,
/**
 * The first of those.
 */
failures: Array<string>,
/**
 * Other lines that speak of warnings or errors.
 */
warnings: Array<string>,
/**
 * `6/6 passed`.
 */
counts: Array<ProgramCount>,
/**
 * Its figures.
 */
figures: Array<ProgramFigureShown>,
/**
 * Its last line.
 */
verdict: string,
/**
 * What the measurements refute, in words.
 */
contradictions: Array<string>,
/**
 * Whether its figures are, to the last digit, those of the run before: perhaps nothing was measured.
 */
constant: boolean, };

/**
 * What a clean-up or its undo did.
 */
export type CleanedShown = {
/**
 * By which it is taken back; `None` where nothing was moved.
 */
id: string | null,
/**
 * In one sentence.
 */
said: string,
/**
 * What was not moved, and why: the first of it.
 */
left: Array<FileLeft>,
/**
 * All as it is now.
 */
now: CleanupShown, };

/**
 * Files of one kind that would be put aside.
 */
export type CleanupKind = {
/**
 * `log`, or the report's kind.
 */
what: string,
/**
 * How many files.
 */
files: number,
/**
 * Bytes.
 */
bytes: number,
/**
 * The first of them.
 */
first: Array<FileShown>, };

/**
 * What a clean-up would do.
 */
export type CleanupPlanShown = {
/**
 * By which it is agreed to.
 */
number: number,
/**
 * What would be put aside, by kind.
 */
kinds: Array<CleanupKind>,
/**
 * How many files.
 */
files: number,
/**
 * Bytes.
 */
bytes: number,
/**
 * What is old and stays all the same: the first of it.
 */
left: Array<FileLeft>,
/**
 * How many files that are.
 */
left_count: number,
/**
 * What was put aside long ago, and would be removed for good.
 */
remove: Array<KeptAside>,
/**
 * Seconds for which it can be brought back; `None` = for ever.
 */
kept_for: number | null, };

/**
 * Clean-ups that can be taken back, and how old things become.
 */
export type CleanupShown = {
/**
 * Where it lies, below the root.
 */
folder: string,
/**
 * Newest first.
 */
aside: Array<KeptAside>,
/**
 * What lies there and cannot be understood.
 */
left: Array<FileLeft>,
/**
 * Seconds after which a log is old; `None` = never.
 */
logs_after: number | null,
/**
 * Seconds after which a report is old; `None` = never.
 */
reports_after: number | null, };

/**
 * A course in the list of all that were gone through.
 */
export type CourseShown = {
/**
 * Its name.
 */
id: string,
/**
 * The runbook.
 */
runbook: string,
/**
 * When it was begun.
 */
begun_at: string,
/**
 * When it was ended.
 */
ended_at: string | null,
/**
 * What the light said when it was begun.
 */
summary: string, };

/**
 * One day of the light.
 */
export type Day = {
/**
 * The day, as YYYY-MM-DD of local time.
 */
date: string,
/**
 * When it begins.
 */
from: string,
/**
 * When it ends; today, the present.
 */
until: string,
/**
 * The colours of the light without a hole.
 */
strip: Array<StripRun>,
/**
 * The incidents that were open on that day, newest first.
 */
incidents: Array<Incident>, };

/**
 * What a step does.
 */
export type Deed = "start" | "stop" | "restart" | "keep-aside" | "restore" | "disable-module" | "enable-module" | "tune" | "clean-up" | "deal-with-errors" | "see-data" | "see-light";

/**
 * One attempt to tell a person.
 */
export type Delivery = {
/**
 * What was told.
 */
kind: NotificationKind,
/**
 * The channel's name.
 */
channel: string,
/**
 * When it was handed to the channel.
 */
at: string,
/**
 * Why it did not get out; `None` when the channel took it.
 */
problem: string | null, };

/**
 * One line of a part.
 */
export type DiagnosisLine = {
/**
 * What it is about; may be empty.
 */
label: string,
/**
 * What is known of it.
 */
text: string,
/**
 * How it is doing; `None` where that is not judged.
 */
level: Level | null, };

/**
 * One page of diagnostics.
 */
export type DiagnosisPage = {
/**
 * When it was made.
 */
at: string,
/**
 * What the ecosystem is called.
 */
ecosystem: string,
/**
 * The light.
 */
light: Level,
/**
 * Its parts in their order.
 */
sections: Array<DiagnosisSection>, };

/**
 * A part of the page.
 */
export type DiagnosisSection = {
/**
 * A fixed name, such as `resources`.
 */
id: string,
/**
 * What people call it.
 */
title: string,
/**
 * The worst of its lines.
 */
level: Level,
/**
 * What it says.
 */
lines: Array<DiagnosisLine>, };

/**
 * What can be done with the process.
 */
export type Doing = "start" | "stop" | "restart";

/**
 * A file that changed.
 */
export type Drifted = {
/**
 * Its path from the root.
 */
path: string,
/**
 * How.
 */
how: How, };

/**
 * A drill that failed.
 */
export type DrillFailed = {
/**
 * When.
 */
at: string,
/**
 * Why, in words.
 */
why: string, };

/**
 * One point of a drill.
 */
export type DrillPoint = {
/**
 * Its name.
 */
id: string,
/**
 * What came of it, with its numbers.
 */
text: string,
/**
 * Whether it is as it should be; `None` where it was not tried.
 */
ok: boolean | null, };

/**
 * What a drill shows, point by point, in the order of the manual.
 */
export type DrillVerified = {
/**
 * When.
 */
at: string,
/**
 * `backup`, `restore`, `works`, `loss`.
 */
points: Array<DrillPoint>, };

/**
 * Which ecosystem is watched.
 */
export type Ecosystem = {
/**
 * What it is called.
 */
name: string,
/**
 * Its folder.
 */
root: string,
/**
 * The profile's file.
 */
profile: string,
/**
 * Whether it is the demo.
 */
demo: boolean, };

/**
 * What an entry is about.
 */
export type Entered = "note" | "incident" | "recovery" | "backup" | "drill" | "restore" | "undo" | "removal" | "round" | "skip" | "start" | "stop" | "runbook" | "errors" | "cleanup" | "tuning" | "program" | "finding" | "mended" | "review" | "version";

/**
 * An entry of the journal.
 */
export type Entry = {
/**
 * When it was written, to the thousandth of a second.
 */
at: string,
/**
 * What it is about.
 */
kind: Entered,
/**
 * One sentence, or what a person wrote.
 */
text: string,
/**
 * What it is about by name: an incident, a backup, a checklist.
 */
ref: string | null, };

/**
 * One error as evidence.
 */
export type ErrorEvidence = {
/**
 * When it was logged.
 */
at: string | null,
/**
 * The module at fault.
 */
module: string,
/**
 * The message.
 */
message: string, };

/**
 * Sorts errors by what the caller can do about them.
 */
export type ErrorKind = "usage" | "not-found" | "denied" | "busy" | "damaged" | "system";

/**
 * One error near a moment.
 */
export type ErrorThen = {
/**
 * When it was logged.
 */
at: string,
/**
 * The module at fault.
 */
module: string,
/**
 * The message with its traceback.
 */
message: string, };

/**
 * Errors by module.
 */
export type ErrorsShown = {
/**
 * All of the last 24 hours; `None` when unknown.
 */
count: number | null,
/**
 * Worst first.
 */
by_module: Array<ModuleErrors>,
/**
 * What could not be counted, in words.
 */
gaps: Array<string>, };

/**
 * What can happen to an incident.
 */
export type EventKind = "opened" | "worsened" | "acknowledged" | "snoozed" | "snooze-ended" | "flapping" | "told" | "repeated" | "closed";

/**
 * What was seen when an incident opened.
 */
export type Evidence = {
/**
 * The processes of this machine that used most memory or processor time, at most ten.
 */
processes: Array<HeavyProcess>,
/**
 * The newest errors by module, at most ten.
 */
errors: Array<ErrorEvidence>,
/**
 * Bytes under the data folder.
 */
data_size: number | null,
/**
 * Bytes under the logs folder.
 */
logs_size: number | null,
/**
 * Free bytes of the root's volume.
 */
disk_free: number | null, };

/**
 * Which of the two.
 */
export type ExaminationKind = "verification" | "audit";

/**
 * What came of an examination.
 */
export type Examined = {
/**
 * When it was made.
 */
at: string,
/**
 * Which of the two.
 */
kind: ExaminationKind,
/**
 * Every check, by area in the manual's order, what is worst of an area first.
 */
checks: Array<Check>,
/**
 * What is open of its findings, with those that it closed.
 */
findings: Array<FindingShown>,
/**
 * How long it took.
 */
seconds: number,
/**
 * What was not looked into, and how much of it.
 */
left_out: Array<LeftOut>,
/**
 * Why its findings could not be written down, where they could not.
 */
unwritten: string | null, };

/**
 * What became of a figure, and why that is said.
 */
export type FigureChange = {
/**
 * The word for it.
 */
became: Became,
/**
 * It in a sentence.
 */
says: string, };

/**
 * A figure beside what it usually is.
 */
export type FigureShown = {
/**
 * As it stands in the report: `Time saved`.
 */
label: string,
/**
 * The number.
 */
value: number,
/**
 * What follows it; empty where nothing does.
 */
unit: string,
/**
 * In the report before.
 */
before: number | null,
/**
 * The mean of the thirty days before; `None` where none of them gives it.
 */
mean: number | null,
/**
 * In words: `2.5 hours, usually 1.9`.
 */
says: string,
/**
 * Whether it is far from what it usually is.
 */
unusual: boolean,
/**
 * The values of the thirty days before, oldest first, and this one last; `None` is a gap.
 */
past: Array<number | null>, };

/**
 * A file that stays.
 */
export type FileLeft = {
/**
 * Below the root.
 */
path: string,
/**
 * Why, in words.
 */
why: string, };

/**
 * A file.
 */
export type FileShown = {
/**
 * Below the root.
 */
path: string,
/**
 * Bytes.
 */
bytes: number,
/**
 * Until when it tells.
 */
until: string, };

/**
 * Files of a backup.
 */
export type FilesShown = {
/**
 * How many there are.
 */
count: number,
/**
 * The first of them, with their bytes.
 */
first: [string, number][], };

/**
 * A finding as it stands now.
 */
export type FindingShown = {
/**
 * The check that failed.
 */
id: string,
/**
 * Of which examination.
 */
kind: ExaminationKind,
/**
 * Of which of its areas.
 */
area: string,
/**
 * How bad it is.
 */
severity: Severity,
/**
 * When it was found.
 */
opened_at: string,
/**
 * When it was seen last.
 */
seen_at: string,
/**
 * Until when it is to be mended; `None` where nothing presses.
 */
due_by: string | null,
/**
 * Whether that is past, and nobody accepted it.
 */
overdue: boolean,
/**
 * When it was found right.
 */
closed_at: string | null,
/**
 * Somebody wants it so.
 */
accepted: Accepted | null,
/**
 * What is wrong.
 */
text: string,
/**
 * What to do.
 */
remedy: string, };

/**
 * Where one figure is heading.
 */
export type Forecast = {
/**
 * Which signal.
 */
signal: SignalId,
/**
 * What people call it.
 */
label: string,
/**
 * The unit of slope and band.
 */
unit: Unit,
/**
 * How much it changes in a day.
 */
slope_per_day: number,
/**
 * The colour of the band that it reaches; `None` where no band is in its way within a year.
 */
reaches: Level | null,
/**
 * The threshold of that band.
 */
band: number | null,
/**
 * When it reaches it, if it goes on like this.
 */
at: string | null,
/**
 * How far this may be believed, 0 to 1: the share of moments in the past from which the trend would have foretold
 * what came, and less when it looks further ahead than the trend has been seen.
 */
confidence: number,
/**
 * Whether it is near, and sure, enough to be told.
 */
soon: boolean,
/**
 * All of it in one sentence.
 */
text: string, };

/**
 * An archive of another program.
 */
export type ForeignBackup = {
/**
 * Where it lies.
 */
path: string,
/**
 * Its bytes.
 */
bytes: number,
/**
 * When it was written.
 */
written_at: string,
/**
 * How it is laid out; `None` where it is no archive of an ecosystem.
 */
layout: ForeignLayout | null,
/**
 * When it was last read to its last byte: what gzip wrote, with nothing in it that leads elsewhere.
 */
verified_at: string | null,
/**
 * What was wrong with it then.
 */
problem: string | null, };

/**
 * How the archive of another program is laid out.
 */
export type ForeignLayout = "script" | "weekly" | "emergency" | "plain" | "repacked";

/**
 * What a look at a real folder found.
 */
export type Found = {
/**
 * The folder, absolute.
 */
root: string,
/**
 * A name for the ecosystem, from the folder's.
 */
name: string,
/**
 * The file name of the main program, such as `ecosystem_integration.py`.
 */
program: string | null,
/**
 * The process that matches right now.
 */
running_pid: number | null,
/**
 * The state file, relative to the root.
 */
state_file: string | null,
/**
 * Logs, relative to the root.
 */
logs: Array<FoundLog>,
/**
 * Reports by kind.
 */
reports: Array<FoundReport>,
/**
 * Modules by name.
 */
modules: Array<FoundModule>,
/**
 * What is missing or odd, each one sentence with what it means for the light.
 */
notes: Array<string>, };

/**
 * A log that was found.
 */
export type FoundLog = {
/**
 * Relative to the root.
 */
path: string,
/**
 * `python`, `json-lines` or `unknown`.
 */
format: string,
/**
 * Its size in bytes.
 */
bytes: number, };

/**
 * A module that was found.
 */
export type FoundModule = {
/**
 * The name as the ecosystem writes it.
 */
name: string,
/**
 * Its cycle in minutes, where one was found or is known.
 */
cycle_minutes: number | null,
/**
 * Where it was found: `state file`, `config/x.yaml`.
 */
found_in: string, };

/**
 * A kind of report that was found.
 */
export type FoundReport = {
/**
 * `morning`, `evening`, `daily_summary` or another.
 */
kind: string,
/**
 * Relative to the root, with `{date}`.
 */
pattern: string,
/**
 * How many there are.
 */
count: number, };

/**
 * One process of this machine.
 */
export type HeavyProcess = {
/**
 * Its identifier.
 */
pid: number,
/**
 * Its name; its arguments may hold secrets and are left out.
 */
name: string,
/**
 * Seconds of processor time since it started.
 */
cpu_seconds: number,
/**
 * Resident memory in bytes.
 */
memory: number, };

/**
 * What one signal did after a change of settings.
 */
export type Helped = {
/**
 * What people call the change.
 */
title: string,
/**
 * When it was made.
 */
applied_at: string,
/**
 * Which signal.
 */
signal: SignalId,
/**
 * Its mean in the hour before; `None` where too little is on record.
 */
before: number | null,
/**
 * Its mean in the hour after, as far as that has come.
 */
after: number | null,
/**
 * Whether that hour is over.
 */
over: boolean,
/**
 * Whether the process was started anew since: it reads its settings when it starts.
 */
restarted: boolean,
/**
 * All of it in words: `CPU 41 % → 27 % in the hour after`.
 */
text: string, };

/**
 * How a file changed.
 */
export type How = "new" | "changed" | "gone";

/**
 * Which set of pictures the icon in the bar is of.
 */
export type IconStyle = "colour" | "plain";

/**
 * A sustained breach of one signal.
 */
export type Incident = {
/**
 * Stable identifier: the signal and the second it opened, `disk.free-20251216-030001`.
 */
id: string,
/**
 * The signal that breached.
 */
signal: SignalId,
/**
 * The worst level it reached.
 */
level: Level,
/**
 * Whether it goes on, and whether somebody has taken note.
 */
state: IncidentState,
/**
 * When the breach was sustained.
 */
opened_at: string,
/**
 * When it was over.
 */
closed_at: string | null,
/**
 * When somebody said “I have seen it”.
 */
acknowledged_at: string | null,
/**
 * Until when nothing is told of it; always an end, never “for ever”.
 */
snoozed_until: string | null,
/**
 * Whether its signal keeps changing sides; its colour is held meanwhile.
 */
flapping: boolean,
/**
 * The signal's reason when it opened, or when it got worse.
 */
message: string,
/**
 * What to do about it.
 */
remedy: string | null,
/**
 * What happened to it, oldest first.
 */
timeline: Array<IncidentEvent>,
/**
 * What was seen when it opened.
 */
evidence: Evidence | null,
/**
 * What was told of it, and whether it got out.
 */
deliveries: Array<Delivery>, };

/**
 * One thing that happened to an incident.
 */
export type IncidentEvent = {
/**
 * When.
 */
at: string,
/**
 * What.
 */
kind: EventKind,
/**
 * In words; empty where the kind says it all.
 */
text: string, };

/**
 * Whether an incident goes on, and whether somebody has taken note.
 */
export type IncidentState = "open" | "acknowledged" | "snoozed" | "closed";

/**
 * What a click can do about an item.
 */
export type ItemAction = { "does": "remedy", "of": RemedyAction } | { "does": "view", "of": string } | { "does": "report", "of": string } | { "does": "back-up" } | { "does": "drill" };

/**
 * What speaks for the state of an item.
 */
export type ItemEvidence = {
/**
 * The value, in words: `12 %, usually 14 %`.
 */
text: string,
/**
 * When it was seen.
 */
at: string,
/**
 * Who says so: `measured`, `claimed`, or a file.
 */
source: string,
/**
 * The colour, where the evidence has one.
 */
level: Level | null,
/**
 * More lines, such as what changed in a quarter.
 */
details: Array<string>, };

/**
 * Who can tell whether an item is as it should be.
 */
export type ItemKind = "auto" | "person";

/**
 * Something that can be done about an item.
 */
export type ItemRemedy = {
/**
 * One sentence.
 */
text: string,
/**
 * What a click can do about it.
 */
action: ItemAction | null, };

/**
 * One item of a round.
 */
export type ItemShown = {
/**
 * Its name within the checklist: `cpu`.
 */
id: string,
/**
 * Under which heading it stands.
 */
section: string,
/**
 * What is to be seen to, in a few words.
 */
text: string,
/**
 * Why.
 */
why: string,
/**
 * Who can tell.
 */
kind: ItemKind,
/**
 * How it stands.
 */
state: ItemState,
/**
 * What speaks for that; `None` where only a person can tell.
 */
evidence: ItemEvidence | null,
/**
 * What a person wrote.
 */
note: string,
/**
 * Whether there is room for more than a word: planning, lessons learned.
 */
wants_note: boolean,
/**
 * When a person ticked it, or left it out.
 */
by_hand_at: string | null,
/**
 * What can be done about it as it stands.
 */
remedies: Array<ItemRemedy>,
/**
 * Items of the same round that come before it and are not settled yet.
 */
waits_for: Array<string>,
/**
 * How many minutes it is thought to take by hand.
 */
minutes: number, };

/**
 * How an item stands.
 */
export type ItemState = "open" | "passed" | "failed" | "unknown" | "ticked" | "overruled" | "skipped";

/**
 * Entries of the journal.
 */
export type JournalShown = {
/**
 * Newest first.
 */
entries: Array<Entry>,
/**
 * How many there are of what was looked for.
 */
count: number,
/**
 * The kinds that the journal has.
 */
kinds: Array<Entered>,
/**
 * The first entry that is not as it was written, or before which one is missing; `None` while it is whole.
 */
first_break: number | null, };

/**
 * What one clean-up put aside.
 */
export type KeptAside = {
/**
 * Its name.
 */
id: string,
/**
 * When it was.
 */
at: string,
/**
 * From when on the next clean-up removes it for good; `None` = never.
 */
goes_at: string | null,
/**
 * How many files are still there.
 */
files: number,
/**
 * Bytes that they take.
 */
bytes: number, };

/**
 * A tree that is kept aside; the next restore takes its place.
 */
export type KeptTree = {
/**
 * The backup that was restored.
 */
id: string,
/**
 * When.
 */
restored_at: string,
/**
 * Whether the restore was taken back: what is kept then is what it had brought.
 */
undone: boolean,
/**
 * Where it lies.
 */
folder: string,
/**
 * Its files.
 */
files: number,
/**
 * Their bytes.
 */
bytes: number, };

/**
 * A red incident that other rules would have noticed later.
 */
export type Late = {
/**
 * Its signal.
 */
signal: SignalId,
/**
 * When it opened.
 */
at: string,
/**
 * By how many seconds.
 */
seconds: number, };

/**
 * What goes when Caretaker is removed, and what stays.
 */
export type Leaving = {
/**
 * What is removed.
 */
goes: Array<Trace>,
/**
 * Secrets that go from the keychain, by their names.
 */
secrets: Array<string>,
/**
 * What stays, and why.
 */
stays: Array<Trace>, };

/**
 * Something that was not looked into.
 */
export type LeftOut = {
/**
 * The folder from the root of the ecosystem; empty where it is about files here and there.
 */
path: string,
/**
 * Why.
 */
why: string,
/**
 * How many files.
 */
files: number,
/**
 * Their bytes.
 */
bytes: number, };

/**
 * How a signal, or the whole ecosystem, is doing.
 *
 * The order is that of the light: red over yellow over unknown over green.
 */
export type Level = "green" | "unknown" | "yellow" | "red";

/**
 * A red incident that other rules would have missed.
 */
export type Missed = {
/**
 * Its signal.
 */
signal: SignalId,
/**
 * When it opened.
 */
at: string,
/**
 * What it was.
 */
message: string, };

/**
 * One module of the ecosystem.
 */
export type Module = {
/**
 * The name as the ecosystem writes it.
 */
name: string,
/**
 * How it is doing.
 */
level: Level,
/**
 * What it says of itself.
 */
status: string | null,
/**
 * Completed runs, claimed.
 */
runs: number | null,
/**
 * Failed runs, claimed.
 */
errors: number | null,
/**
 * Error records in the last 24 hours, measured.
 */
logged_errors: number,
/**
 * The cycle in seconds, from the profile.
 */
cycle_seconds: number | null,
/**
 * When it last ran, claimed.
 */
last_run: string | null,
/**
 * Why it has this level.
 */
reason: string, };

/**
 * Errors of one module.
 */
export type ModuleErrors = {
/**
 * The module at fault.
 */
module: string,
/**
 * Its error records.
 */
count: number,
/**
 * The newest of them.
 */
last_at: string | null,
/**
 * The newest message, cut to 300 characters.
 */
last_message: string, };

/**
 * A module's switch.
 */
export type ModuleSwitch = {
/**
 * Its name.
 */
name: string,
/**
 * Whether it is on; `None` where no settings file has a switch for it.
 */
enabled: boolean | null,
/**
 * The settings file that says so.
 */
file: string | null, };

/**
 * The modules with their switches.
 */
export type ModulesShown = {
/**
 * As the profile has them.
 */
modules: Array<ModuleSwitch>,
/**
 * Settings files that cannot be read, and why.
 */
problems: Array<string>, };

/**
 * How everything stood at one moment.
 */
export type Moment = {
/**
 * The moment.
 */
at: string,
/**
 * The colour of the light; `None` where nothing is on record.
 */
light: Level | null,
/**
 * What was on record of each signal.
 */
signals: Array<SignalThen>,
/**
 * The incidents that were open.
 */
incidents: Array<Incident>,
/**
 * The errors that were logged within five minutes before or after, oldest first, at most twenty.
 */
errors: Array<ErrorThen>,
/**
 * Why errors may be missing, in words.
 */
gaps: Array<string>, };

/**
 * How many, and the first of them by name.
 */
export type Named = {
/**
 * How many.
 */
count: number,
/**
 * The first hundred.
 */
first: Array<string>, };

/**
 * For how long people usually want to be left alone.
 */
export type Nap = "hour" | "four-hours" | "tomorrow" | "over";

/**
 * The round to think of.
 */
export type NextRound = {
/**
 * The checklist.
 */
id: string,
/**
 * What people call it.
 */
title: string,
/**
 * How it stands.
 */
state: RoundState,
/**
 * From when it can be done.
 */
from: string,
/**
 * Until when it should be done.
 */
by: string,
/**
 * In words: `Morning round, due until 06:30`.
 */
says: string, };

/**
 * Something about Caretaker itself that the user must know.
 */
export type Notice = {
/**
 * One sentence.
 */
text: string,
/**
 * The next step.
 */
hint: string | null, };

/**
 * What a notification is about.
 */
export type NotificationKind = "raised" | "repeated" | "flapping" | "recovered" | "reminder" | "test";

/**
 * From which colour on a signal is told.
 */
export type NotifyFrom = "never" | "yellow" | "red";

/**
 * One snapshot for the window; also what the tray needs.
 */
export type Overview = {
/**
 * The watched ecosystem; `None` before the first run is done.
 */
ecosystem: Ecosystem | null,
/**
 * The newest judgement; `None` before the first tick.
 */
verdict: Verdict | null,
/**
 * The last 24 hours of each vital that has a number.
 */
series: Array<Series>,
/**
 * Errors of the last 24 hours.
 */
errors: ErrorsShown,
/**
 * Incidents that are open, worst first.
 */
incidents: Array<Incident>,
/**
 * Where figures are heading, what is reached first before all others.
 */
forecasts: Array<Forecast>,
/**
 * The round to think of.
 */
rounds: RoundsGlance,
/**
 * The ways to tell people, and whether they work.
 */
channels: Array<ChannelState>,
/**
 * Things about Caretaker itself that the user must know, such as a broken profile.
 */
notices: Array<Notice>,
/**
 * What Caretaker itself costs.
 */
cost: OwnCost,
/**
 * How icon and window look.
 */
appearance: Appearance, };

/**
 * What Caretaker itself costs, measured over the last minutes.
 */
export type OwnCost = {
/**
 * Share of one core in percent.
 */
cpu_percent: number | null,
/**
 * Resident memory in bytes.
 */
memory: number | null, };

/**
 * What became of a round.
 */
export type PastFate = "done" | "late" | "skipped" | "missed" | "excused";

/**
 * A round of the past.
 */
export type PastRound = {
/**
 * The checklist.
 */
id: string,
/**
 * What people call it.
 */
title: string,
/**
 * The wall time it is called by.
 */
slot: string,
/**
 * What became of it.
 */
fate: PastFate,
/**
 * When it was finished or left out.
 */
at: string | null,
/**
 * Why it was left out.
 */
reason: string | null,
/**
 * How many seconds somebody spent on it.
 */
seconds: number,
/**
 * What was written on it: the item's text and the note.
 */
notes: Array<[string, string]>, };

/**
 * One figure of a span.
 */
export type PerformanceFigure = {
/**
 * Which signal.
 */
signal: SignalId,
/**
 * What people call it.
 */
label: string,
/**
 * Its unit.
 */
unit: Unit,
/**
 * Whether it was measured, or is what the ecosystem says.
 */
source: Source,
/**
 * The span.
 */
now: SpanSums | null,
/**
 * The one before.
 */
before: SpanSums | null,
/**
 * The baseline.
 */
baseline: SpanSums | null,
/**
 * How much it changes in a day, where there is a trend.
 */
slope_per_day: number | null,
/**
 * What the last benchmark claims of it, in the signal's unit.
 */
claimed: string | null,
/**
 * What became of it since the span before.
 */
change: FigureChange,
/**
 * What became of it since the baseline; `None` where there is none.
 */
since_baseline: FigureChange | null, };

/**
 * How it performs.
 */
export type PerformanceShown = {
/**
 * Over which span.
 */
span: PerformanceSpan,
/**
 * Where it begins; the one before is as long and ends there.
 */
from: string,
/**
 * Where it ends: the present.
 */
until: string,
/**
 * When the baseline was kept.
 */
baseline_at: string | null,
/**
 * The span of the baseline.
 */
baseline_span: PerformanceSpan | null,
/**
 * When the benchmark whose claims stand beside was run.
 */
claimed_at: string | null,
/**
 * Its figures, what was measured first.
 */
figures: Array<PerformanceFigure>,
/**
 * All of it in one sentence.
 */
says: string, };

/**
 * How long a span is.
 */
export type PerformanceSpan = "week" | "month" | "quarter";

/**
 * Where something was seen.
 */
export type Place = {
/**
 * From the root of the ecosystem, or absolute where it lies outside; empty where it is no file.
 */
path: string,
/**
 * The line, from 1.
 */
line: number | null,
/**
 * What was seen there; never a secret.
 */
text: string, };

/**
 * One setting as a form shows it.
 */
export type Preference = {
/**
 * Where it stands in the profile: `backups.daily_at`.
 */
key: string,
/**
 * What it takes.
 */
kind: PreferenceKind,
/**
 * What it says now, as text.
 */
value: string,
/**
 * What it would say without a word in the profile.
 */
default: string,
/**
 * The words of a choice.
 */
choices: Array<string>, };

/**
 * A setting that is to say something else.
 */
export type PreferenceChange = {
/**
 * Which.
 */
key: string,
/**
 * What it is to say, as text.
 */
value: string, };

/**
 * What a setting takes.
 */
export type PreferenceKind = "text" | "switch" | "count" | "choice";

/**
 * Changes that belong together.
 */
export type PresetShown = {
/**
 * Its short name.
 */
id: string,
/**
 * What people call it.
 */
title: string,
/**
 * What is to be expected of it.
 */
effect: string,
/**
 * How many values it would change now.
 */
changes: number,
/**
 * How many of its values stand so already, or beyond.
 */
already: number, };

/**
 * What would be done.
 */
export type ProcessPlan = {
/**
 * In one sentence.
 */
title: string,
/**
 * Step by step.
 */
steps: Array<string>,
/**
 * Why it should not be done now; it can be done all the same.
 */
warning: string | null, };

/**
 * The process as it is now.
 */
export type ProcessShown = {
/**
 * Its number; `None` where it does not run.
 */
pid: number | null,
/**
 * Since when.
 */
started_at: string | null,
/**
 * Its program and arguments.
 */
command: Array<string>,
/**
 * `running`, `sleeping`, …; `gone` where it does not run.
 */
state: string,
/**
 * Its children.
 */
children: Array<number>,
/**
 * Others of the same kind that run beside it.
 */
twins: Array<number>,
/**
 * What starts it: a program with its arguments, or launchd; empty where nobody knows.
 */
starts_by: Array<string>,
/**
 * The agent of launchd that runs it.
 */
agent: string | null,
/**
 * How often it was started in the last ten minutes.
 */
starts_lately: number, };

/**
 * What a program claims.
 */
export type ProgramClaims = {
/**
 * Lines that it ticks off.
 */
passed: number,
/**
 * Lines in which something failed.
 */
failed: number,
/**
 * The first of those.
 */
failures: Array<string>,
/**
 * Other lines that speak of warnings or errors, the first of them.
 */
warnings: Array<string>,
/**
 * `6/6 passed`.
 */
counts: Array<ProgramCount>,
/**
 * `CPU Usage: 15.5%`.
 */
figures: Array<ProgramFigure>,
/**
 * Its last line.
 */
verdict: string, };

/**
 * So many of so many.
 */
export type ProgramCount = {
/**
 * The line, without its mark.
 */
says: string,
/**
 * So many.
 */
done: number,
/**
 * Of so many.
 */
of: number, };

/**
 * A figure.
 */
export type ProgramFigure = {
/**
 * What it is called, in lower case.
 */
key: string,
/**
 * The same as it stands there.
 */
label: string,
/**
 * The number as it stands there.
 */
value: number,
/**
 * What follows it, in lower case.
 */
unit: string, };

/**
 * A figure that a program claims, and what there is to compare it with.
 */
export type ProgramFigureShown = {
/**
 * What it should be: `< 30 %`.
 */
target: string | null,
/**
 * Whether it is; `None` where there is no target, or its unit is another one.
 */
met: boolean | null,
/**
 * The same figure of the last run, in the same unit.
 */
before: number | null,
/**
 * The same of the baseline.
 */
baseline: number | null,
/**
 * The signal that is about the same.
 */
signal: SignalId | null,
/**
 * What was measured of it lately, in the signal's unit.
 */
measured: number | null,
/**
 * Why the measurement refutes it, in words.
 */
refuted: string | null,
/**
 * What it is called, in lower case.
 */
key: string,
/**
 * The same as it stands there.
 */
label: string,
/**
 * The number as it stands there.
 */
value: number,
/**
 * What follows it, in lower case.
 */
unit: string, };

/**
 * A run that is remembered.
 */
export type ProgramKept = {
/**
 * When it was begun.
 */
at: string,
/**
 * What it ended with; `None` where it was ended.
 */
exit: number | null,
/**
 * How long it ran.
 */
seconds: number,
/**
 * The file that kept what it printed.
 */
output: string,
/**
 * What it claimed.
 */
claims: ProgramClaims, };

/**
 * A program that was run just now.
 */
export type ProgramRun = {
/**
 * Its short name.
 */
name: string,
/**
 * What people call it.
 */
title: string,
/**
 * Whether it ended well and says of nothing that it failed: its own words.
 */
ok: boolean,
/**
 * What it ended with; `None` where it was ended.
 */
exit: number | null,
/**
 * Why it did not end well, in words.
 */
fault: string | null,
/**
 * How long it ran.
 */
seconds: number,
/**
 * The file that keeps what it printed.
 */
output: string,
/**
 * Bytes of it.
 */
bytes: number,
/**
 * Whether it printed more than is kept.
 */
cut: boolean,
/**
 * Where the file of an earlier run of the day is now.
 */
earlier: string | null,
/**
 * The last lines that it printed as errors.
 */
complaints: string,
/**
 * What it claims.
 */
claims: ClaimsShown,
/**
 * When the run before was.
 */
before_at: string | null,
/**
 * When the baseline was.
 */
baseline_at: string | null, };

/**
 * What the profile's program said of a tree that came back.
 */
export type ProgramSaid = {
/**
 * How long it took.
 */
seconds: number,
/**
 * The last lines that it printed.
 */
tail: string, };

/**
 * One program, before it is run.
 */
export type ProgramShown = {
/**
 * Its short name.
 */
name: string,
/**
 * What people call it.
 */
title: string,
/**
 * The program and its arguments.
 */
command: Array<string>,
/**
 * Why it cannot be run; `None` where it can.
 */
cannot_run: string | null,
/**
 * The file that would keep what it prints today.
 */
output: string,
/**
 * What its figures should be.
 */
targets: Array<string>,
/**
 * The last run.
 */
last: ProgramKept | null,
/**
 * The run that others are compared with.
 */
baseline: ProgramKept | null, };

/**
 * What pruning would do in one place.
 */
export type PrunePlan = {
/**
 * What would go, oldest first.
 */
remove: Array<string>,
/**
 * Bytes that become free.
 */
bytes: number,
/**
 * What stays, and why, oldest first.
 */
keep: Array<[string, string]>, };

/**
 * What pruning would do, in both places.
 */
export type PruneShown = {
/**
 * The first place.
 */
first: PrunePlan,
/**
 * The second one; `None` where there is none, or its volume is missing.
 */
second: PrunePlan | null, };

/**
 * Quiet hours as a form shows them; empty times mean none.
 */
export type QuietDraft = {
/**
 * When they begin, `22:00`.
 */
from: string,
/**
 * When they end.
 */
until: string,
/**
 * Whether red comes through.
 */
red: boolean, };

/**
 * What to do about a signal.
 */
export type Remedy = {
/**
 * One sentence from the manual's action items.
 */
text: string,
/**
 * What a click can do about it now.
 */
action: RemedyAction | null, };

/**
 * A remedy that the window can carry out with one click; none of them changes the ecosystem: what does is shown as a plan first.
 */
export type RemedyAction = "run-system-down" | "run-data-corruption" | "run-high-errors" | "run-performance" | "see-cleanup" | "see-space" | "see-review" | "see-backups" | "see-rounds" | "show-log" | "show-root" | "show-data" | "show-reports" | "open-profile" | "check-again";

/**
 * The reports of one day.
 */
export type ReportDay = {
/**
 * `2025-12-16`.
 */
date: string,
/**
 * In the order of the kinds.
 */
reports: Array<ReportRow>, };

/**
 * A line that speaks of a warning or an error.
 */
export type ReportFinding = {
/**
 * Counted from 1.
 */
line: number,
/**
 * Red for an error, yellow for a warning.
 */
level: Level,
/**
 * The line.
 */
text: string, };

/**
 * A place where a text was found in a report.
 */
export type ReportHit = {
/**
 * What the profile calls its kind.
 */
kind: string,
/**
 * What people call it.
 */
label: string,
/**
 * The day it speaks of.
 */
date: string,
/**
 * Counted from 1.
 */
line: number,
/**
 * The line, cut to what is around the text.
 */
text: string, };

/**
 * One kind of report.
 */
export type ReportKindShown = {
/**
 * What the profile calls it: `daily_summary`.
 */
id: string,
/**
 * What people call it: `Daily summary`.
 */
label: string,
/**
 * When it is due, in words: `every day at 06:00`; `None` where it is written by hand.
 */
due: string | null,
/**
 * Of those that were due in the last thirty days, the share that came, in percent.
 */
punctual: number | null, };

/**
 * One report, or the gap where it should be.
 */
export type ReportRow = {
/**
 * What the profile calls its kind.
 */
kind: string,
/**
 * What people call it.
 */
label: string,
/**
 * The day it speaks of: `2025-12-16`.
 */
date: string,
/**
 * The file; where there is none, the one that was expected.
 */
path: string,
/**
 * How it stands.
 */
state: ReportWord,
/**
 * What there is to say about the state, one sentence; empty where the word says it all.
 */
why: string,
/**
 * When it was due; `None` where its kind is written by hand, or none was due on that day.
 */
due_at: string | null,
/**
 * When it was written.
 */
arrived_at: string | null,
/**
 * How many figures it gives.
 */
figures: number,
/**
 * Lines that speak of warnings or errors.
 */
warnings: number,
/**
 * When somebody read it.
 */
reviewed_at: string | null, };

/**
 * One report, read.
 */
export type ReportShown = {
/**
 * What the list says of it.
 */
row: ReportRow,
/**
 * What it says, as it stands there; empty where it cannot be read.
 */
text: string,
/**
 * Whether only its beginning is shown.
 */
cut: boolean,
/**
 * Its size in bytes.
 */
bytes: number,
/**
 * Its figures, in the order of the text.
 */
figures: Array<FigureShown>,
/**
 * Figures that reports of this kind usually give and this one does not.
 */
missing_figures: Array<string>,
/**
 * Sections that reports of this kind usually have and this one has not.
 */
missing_sections: Array<string>,
/**
 * Its lines that speak of warnings or errors.
 */
findings: Array<ReportFinding>,
/**
 * The day of the report before it.
 */
before: string | null,
/**
 * From how many reports of the thirty days before the means are.
 */
of_reports: number,
/**
 * Other files that claim to be the same report.
 */
twins: Array<string>,
/**
 * What is known of the module that writes reports; only where this one did not come as it should.
 */
writer: ReportWriter | null, };

/**
 * How a report stands.
 */
export type ReportWord = "arrived" | "arrived-late" | "due" | "late" | "missing" | "excused" | "writing" | "empty" | "unknown";

/**
 * What is known of the module that writes the reports.
 */
export type ReportWriter = {
/**
 * The module's name.
 */
module: string,
/**
 * How it is doing.
 */
level: Level,
/**
 * Why, one sentence.
 */
text: string, };

/**
 * All reports by day, gaps included.
 */
export type ReportsShown = {
/**
 * The kinds of the profile, in its order.
 */
kinds: Array<ReportKindShown>,
/**
 * Newest first; a day on which something was due and nothing came is there too.
 */
days: Array<ReportDay>,
/**
 * Whether there are files of days before the last one of `days`.
 */
has_earlier: boolean,
/**
 * How many report files there are in all.
 */
files: number,
/**
 * What lies among the reports and is none, in words: a date that does not exist, a folder, a link that leads away.
 */
oddities: Array<string>, };

/**
 * What a restore would do.
 */
export type RestorePlan = {
/**
 * The backup.
 */
id: string,
/**
 * When it was made.
 */
created_at: string,
/**
 * The archives that hold it.
 */
archives: string[],
/**
 * What will be where.
 */
places: string[],
/**
 * Whether live data is replaced, and the process stopped for it.
 */
into_place: boolean,
/**
 * Files that come back.
 */
files: number,
/**
 * Their bytes.
 */
bytes: number,
/**
 * Free bytes where they go.
 */
free: number,
/**
 * What is not there now: how many, and the first hundred.
 */
new: Named,
/**
 * What is there and differs.
 */
changed: Named,
/**
 * What is there and was not in the backup: it is kept beside for the undo.
 */
removed: Named, };

/**
 * One file of settings.
 */
export type ReviewedFile = {
/**
 * Its name from the root.
 */
name: string,
/**
 * Whether no review has seen it.
 */
new: boolean,
/**
 * Its values in their order.
 */
settings: Array<ReviewedSetting>,
/**
 * Keys that it had at the last review, with their values then.
 */
removed: Array<[string, string]>, };

/**
 * One value.
 */
export type ReviewedSetting = {
/**
 * Its key with its sections.
 */
key: string,
/**
 * What it says; of a secret its first characters at most.
 */
value: string,
/**
 * Its line, counted from one.
 */
line: number,
/**
 * Whether it is a secret.
 */
secret: boolean,
/**
 * What the ecosystem comes with, where a preset knows it.
 */
usual: string | null,
/**
 * Whether it says something else than at the last review.
 */
changed: boolean,
/**
 * What it said then, where it changed.
 */
before: string | null,
/**
 * Whether no review has seen this key.
 */
unknown: boolean, };

/**
 * One day of the heat map.
 */
export type RoundDay = {
/**
 * `2026-12-06`.
 */
date: string,
/**
 * Rounds that began on it, by what became of them.
 */
done: number,
/**
 * Left out with a reason.
 */
skipped: number,
/**
 * Nobody did them.
 */
missed: number,
/**
 * Nobody could.
 */
excused: number,
/**
 * Still open.
 */
open: number, };

/**
 * What became of the rounds of a year.
 */
export type RoundHistory = {
/**
 * Each checklist with its sums.
 */
checklists: Array<RoundSums>,
/**
 * Each day of the year, oldest first, today last.
 */
days: Array<RoundDay>,
/**
 * The rounds that were done, left out or missed, newest first.
 */
past: Array<PastRound>, };

/**
 * One round: the occurrence of a checklist that is open, or the one that comes next.
 */
export type RoundShown = {
/**
 * The checklist: `morning`.
 */
id: string,
/**
 * What people call it: `Morning round`.
 */
title: string,
/**
 * How often it comes.
 */
cadence: Cadence,
/**
 * How it stands.
 */
state: RoundState,
/**
 * What there is to say about the state, one sentence: `due until 06:30`, `done at 06:12, in 2 min`.
 */
says: string,
/**
 * The wall time it is called by: `2026-12-06T20:00:00`.
 */
slot: string,
/**
 * From when it can be done.
 */
due_from: string,
/**
 * Until when it should be done.
 */
due_by: string,
/**
 * When it comes after this one.
 */
next_from: string | null,
/**
 * When it was finished.
 */
finished_at: string | null,
/**
 * Why it was left out.
 */
reason: string | null,
/**
 * How many minutes it is thought to take by hand.
 */
minutes: number,
/**
 * How many seconds somebody really spent on it.
 */
spent_seconds: number,
/**
 * In the order of the checklist.
 */
items: Array<ItemShown>, };

/**
 * How a round stands.
 */
export type RoundState = "upcoming" | "due-soon" | "due" | "overdue" | "done" | "skipped";

/**
 * A checklist over a year.
 */
export type RoundSums = {
/**
 * The checklist.
 */
id: string,
/**
 * What people call it.
 */
title: string,
/**
 * How many were done.
 */
done: number,
/**
 * Of those, how many after their end.
 */
late: number,
/**
 * How many were left out with a reason.
 */
skipped: number,
/**
 * How many nobody did.
 */
missed: number,
/**
 * How many nobody could do, because the machine slept or Caretaker did not run.
 */
excused: number,
/**
 * Done, of those that were done or missed, in percent; `None` before the first.
 */
rate: number | null,
/**
 * What one took in the middle, in seconds.
 */
usual_seconds: number | null, };

/**
 * What the icon's menu and the first view say of the rounds.
 */
export type RoundsGlance = {
/**
 * The one to be done now, or the one that comes next.
 */
next: NextRound | null,
/**
 * How many can be done now.
 */
open: number, };

/**
 * All rounds as they stand now.
 */
export type RoundsShown = {
/**
 * Those that can be done now first, then by when they come next.
 */
rounds: Array<RoundShown>,
/**
 * Mistakes in checklist files, with file and line; what is without one stays in force.
 */
problems: Array<string>, };

/**
 * A runbook in the list of all.
 */
export type RunbookRow = {
/**
 * Its short name.
 */
id: string,
/**
 * What people call it.
 */
title: string,
/**
 * By what it is recognised.
 */
about: string,
/**
 * The signals whose alerts lead here.
 */
signals: Array<SignalId>,
/**
 * What is seen now that it is for; `None` where nothing is.
 */
fits: string | null,
/**
 * The course that goes on.
 */
course: string | null,
/**
 * Since when it goes on.
 */
begun_at: string | null,
/**
 * The incident that it was begun for.
 */
incident: string | null, };

/**
 * A runbook with its steps.
 */
export type RunbookShown = {
/**
 * In their order.
 */
steps: Array<StepShown>,
/**
 * The step that comes next; `None` before it is begun, and when only optional ones are left.
 */
next: string | null,
/**
 * Its short name.
 */
id: string,
/**
 * What people call it.
 */
title: string,
/**
 * By what it is recognised.
 */
about: string,
/**
 * The signals whose alerts lead here.
 */
signals: Array<SignalId>,
/**
 * What is seen now that it is for; `None` where nothing is.
 */
fits: string | null,
/**
 * The course that goes on.
 */
course: string | null,
/**
 * Since when it goes on.
 */
begun_at: string | null,
/**
 * The incident that it was begun for.
 */
incident: string | null, };

/**
 * The second place.
 */
export type SecondShown = {
/**
 * Its folder.
 */
folder: string,
/**
 * Whether its volume is there now.
 */
there: boolean,
/**
 * How many copies lie there.
 */
copies: number,
/**
 * Bytes that they take.
 */
bytes: number, };

/**
 * A signal's recent past in equal steps.
 */
export type Series = {
/**
 * Which signal.
 */
signal: SignalId,
/**
 * When the first step begins.
 */
start: string,
/**
 * Length of a step in seconds.
 */
step_seconds: number,
/**
 * The mean of each step; `None` is a gap.
 */
mean: Array<number | null>, };

/**
 * One value that changes.
 */
export type SettingChange = {
/**
 * The file, from the root of the ecosystem.
 */
file: string,
/**
 * The key with its sections: `pruning.enabled`.
 */
key: string,
/**
 * Its line, counted from 1.
 */
line: number,
/**
 * What stands there; nothing where it is added.
 */
before: string | null,
/**
 * What will stand there; nothing where it is taken out.
 */
after: string | null, };

/**
 * A value of a settings file.
 */
export type SettingShown = {
/**
 * The key with its sections.
 */
key: string,
/**
 * What stands there; `None` where it is a secret.
 */
value: string | null,
/**
 * Its line, counted from 1.
 */
line: number, };

/**
 * A settings file.
 */
export type SettingsFileShown = {
/**
 * Its name, from the root of the ecosystem.
 */
name: string,
/**
 * Its single values, in the order of the file.
 */
values: Array<SettingShown>, };

/**
 * All settings in one view.
 */
export type SettingsReviewShown = {
/**
 * When they were last reviewed; `None` = never.
 */
reviewed_at: string | null,
/**
 * What was written about that.
 */
note: string | null,
/**
 * What tells these settings: given back to say that they were reviewed.
 */
seen: string,
/**
 * Every file that was understood.
 */
files: Array<ReviewedFile>,
/**
 * Files that cannot be understood.
 */
broken: Array<BrokenSettings>,
/**
 * Files that were there at the last review.
 */
gone: Array<string>,
/**
 * Files of code and settings that changed and nobody announced it.
 */
drift: Array<Drifted>,
/**
 * The commit that they are from, where they are all as it has them.
 */
commit: string | null,
/**
 * Values that changed since the last review.
 */
changed: number,
/**
 * Keys that no review has seen.
 */
unknown: number, };

/**
 * The settings files with their values.
 */
export type SettingsShown = {
/**
 * By name.
 */
files: Array<SettingsFileShown>,
/**
 * Those that cannot be read, and why.
 */
problems: Array<string>, };

/**
 * How bad it is when a check fails.
 */
export type Severity = "critical" | "high" | "medium" | "low";

/**
 * One figure, its level and where it comes from.
 */
export type Signal = {
/**
 * Which signal.
 */
id: SignalId,
/**
 * What people call it.
 */
label: string,
/**
 * The value in `unit`; `None` when unknown or when there is no number.
 */
value: number | null,
/**
 * The unit of `value` and of the bands.
 */
unit: Unit,
/**
 * The value as people read it: `41 %`, `3.2 GB`, `running`.
 */
text: string,
/**
 * How it is doing.
 */
level: Level,
/**
 * Who says so.
 */
source: Source,
/**
 * Since when it has had this level.
 */
since: string | null,
/**
 * The thresholds it was held against.
 */
bands: BandsShown,
/**
 * Why it has this level, one sentence.
 */
reason: string,
/**
 * What to do; `None` when green.
 */
remedy: Remedy | null,
/**
 * When the value was seen.
 */
observed_at: string | null, };

/**
 * Every signal there is; the text form is fixed by the command line's contract.
 */
export type SignalId = "process.state" | "process.uptime" | "process.cpu" | "process.memory" | "machine.cpu" | "machine.memory" | "disk.free" | "data.size" | "logs.size" | "logs.errors_24h" | "state.age" | "modules.failing" | "modules.error_share" | "errors.rate" | "success.rate" | "efficiency.score" | "execution.time" | "reports.morning" | "reports.evening" | "reports.daily_summary" | "reports.other" | "backup.daily" | "backup.weekly" | "backup.monthly" | "backup.drill" | "settings.drift" | "checklists.overdue" | "forecast" | "alerts.delivery" | "contradictions";

/**
 * One signal at a moment.
 */
export type SignalThen = {
/**
 * Which signal.
 */
signal: SignalId,
/**
 * What people call it.
 */
label: string,
/**
 * The value as people read it, or the level where it has no number.
 */
text: string,
/**
 * How it was doing.
 */
level: Level, };

/**
 * Who says so.
 */
export type Source = "measured" | "claimed";

/**
 * An entry of a folder.
 */
export type SpaceEntry = {
/**
 * Its name.
 */
name: string,
/**
 * Whether it is a folder that can be looked into.
 */
folder: boolean,
/**
 * The lengths of its files.
 */
bytes: number,
/**
 * How many files are in it.
 */
files: number, };

/**
 * Which folder is looked at.
 */
export type SpaceOf = "data" | "logs";

/**
 * What a folder takes.
 */
export type SpaceShown = {
/**
 * The folder of data or logs.
 */
path: string,
/**
 * What lies below it on the way to what is shown.
 */
below: Array<string>,
/**
 * The lengths of all files, as Finder counts.
 */
bytes: number,
/**
 * What they take of the volume.
 */
on_disk: number,
/**
 * How many there are.
 */
files: number,
/**
 * The largest entries first.
 */
entries: Array<SpaceEntry>,
/**
 * How many more there are, and the bytes that they take.
 */
more: [number, number],
/**
 * Whether all of it could be seen; it takes more than that otherwise.
 */
complete: boolean,
/**
 * Bytes from which on the light is yellow; for the whole folder only.
 */
yellow: number | null,
/**
 * Bytes beyond which it is red.
 */
red: number | null, };

/**
 * How far back a chart goes.
 */
export type Span = "1h" | "24h" | "7d" | "30d";

/**
 * A figure over a span.
 */
export type SpanSums = {
/**
 * The mean.
 */
mean: number,
/**
 * What ninety-five of a hundred steps were no worse than.
 */
p95: number,
/**
 * The worst look of all.
 */
worst: number,
/**
 * Of so many days something is on record.
 */
days: number,
/**
 * The mean of each of them, oldest first.
 */
by_day: Array<number>, };

/**
 * What speaks for a step.
 */
export type StepEvidence = {
/**
 * In one sentence.
 */
text: string,
/**
 * Its colour, where it has one.
 */
level: Level | null,
/**
 * More lines: the end of a log, the largest folders.
 */
details: Array<string>,
/**
 * When it was seen.
 */
at: string, };

/**
 * What a step would do.
 */
export type StepPlan = {
/**
 * In one sentence.
 */
title: string,
/**
 * Line by line.
 */
lines: Array<string>,
/**
 * What it would be done with.
 */
choice: string | null,
/**
 * What is to be typed to agree to it: the name of the ecosystem, where its data is replaced.
 */
confirm: string | null, };

/**
 * A step with what speaks for it and what became of it.
 */
export type StepShown = {
/**
 * Its name.
 */
id: string,
/**
 * What is to be done.
 */
text: string,
/**
 * Why.
 */
why: string,
/**
 * What its button does; `None` where it is looked at.
 */
action: Deed | null,
/**
 * Whether that changes anything.
 */
changes: boolean,
/**
 * Whether what follows need not wait for it.
 */
optional: boolean,
/**
 * Whether it can be done now.
 */
may: boolean,
/**
 * What it can be done with: modules, presets, backups.
 */
choices: Array<ChoiceShown>,
/**
 * What was chosen, or what is proposed.
 */
choice: string | null,
/**
 * What was seen when it was done; what is seen now while it is open.
 */
evidence: Array<StepEvidence>,
/**
 * How it stands.
 */
state: StepState,
/**
 * What came of it.
 */
said: string | null,
/**
 * When.
 */
at: string | null,
/**
 * Whether it can be taken back.
 */
undo: boolean, };

/**
 * How a step stands.
 */
export type StepState = "open" | "running" | "broken-off" | "done" | "failed" | "seen" | "skipped" | "not-needed" | "undone";

/**
 * A stretch of time in which the light had one colour, or nobody looked.
 */
export type StripRun = {
/**
 * When it begins.
 */
at: string,
/**
 * How long it lasts.
 */
seconds: number,
/**
 * The colour; `None` where nothing is on record.
 */
level: Level | null, };

/**
 * Who is told what, as a form shows it.
 */
export type Telling = {
/**
 * When people are left alone.
 */
quiet: QuietDraft,
/**
 * From which colour on each signal is told.
 */
signals: Array<ToldFrom>,
/**
 * The ways to tell.
 */
channels: Array<ChannelDraft>, };

/**
 * One change of who is told what.
 */
export type TellingChange = { "what": "quiet",
/**
 * The new ones.
 */
quiet: QuietDraft, } | { "what": "signal",
/**
 * Which one.
 */
signal: SignalId,
/**
 * From where on.
 */
from: NotifyFrom, } | { "what": "channel",
/**
 * The one that it replaces; `None` = a new one.
 */
before: string | null,
/**
 * The channel.
 */
channel: ChannelDraft, } | { "what": "no-channel",
/**
 * Which one.
 */
name: string, };

/**
 * The thresholds of one signal, as they are and as they would be without a word in the file.
 */
export type Threshold = {
/**
 * Which signal.
 */
signal: SignalId,
/**
 * What people call it.
 */
label: string,
/**
 * The unit of its thresholds.
 */
unit: Unit,
/**
 * Whether smaller is worse.
 */
lower_is_worse: boolean,
/**
 * Yellow from here on.
 */
yellow: number | null,
/**
 * Red beyond.
 */
red: number | null,
/**
 * Yellow by default.
 */
default_yellow: number | null,
/**
 * Red by default.
 */
default_red: number | null, };

/**
 * New thresholds of one signal.
 */
export type ThresholdChange = {
/**
 * Which signal.
 */
signal: SignalId,
/**
 * Yellow from here on, in the signal's unit; `None` = no such threshold.
 */
yellow: number | null,
/**
 * Red beyond.
 */
red: number | null, };

/**
 * From which colour on a signal is told.
 */
export type ToldFrom = {
/**
 * Which signal.
 */
signal: SignalId,
/**
 * What people call it.
 */
label: string,
/**
 * From where on.
 */
from: NotifyFrom, };

/**
 * One thing that goes or stays.
 */
export type Trace = {
/**
 * Where it is.
 */
path: string,
/**
 * What it is, in some words.
 */
what: string,
/**
 * Its bytes.
 */
bytes: number, };

/**
 * A change that was made.
 */
export type TunedShown = {
/**
 * What people call it.
 */
title: string,
/**
 * When it was made.
 */
at: string,
/**
 * The values as they would change back.
 */
changes: Array<SettingChange>,
/**
 * Why it cannot be taken back.
 */
problem: string | null, };

/**
 * What a change of settings would do.
 */
export type TuningPlanShown = {
/**
 * By which it is agreed to.
 */
number: number,
/**
 * What people call it.
 */
title: string,
/**
 * What is to be expected of it; empty for a change by hand.
 */
effect: string,
/**
 * The values, file by file.
 */
changes: Array<SettingChange>,
/**
 * Keys that no settings file has.
 */
missing: Array<string>,
/**
 * Keys that stand so already, or beyond, and stay.
 */
already: Array<string>,
/**
 * Settings files that were left out, and why.
 */
problems: Array<string>, };

/**
 * What can be changed, and what was changed last.
 */
export type TuningShown = {
/**
 * In the order in which they are shown.
 */
presets: Array<PresetShown>,
/**
 * The change that can be taken back.
 */
last: TunedShown | null,
/**
 * What the changes that stand did to the figures they were made for, newest first.
 */
helped: Array<Helped>,
/**
 * Settings files that cannot be read, and why.
 */
problems: Array<string>, };

/**
 * The unit of a signal's value.
 */
export type Unit = "percent" | "bytes" | "seconds" | "milliseconds" | "count" | "none";

/**
 * What each part of upkeep has to say; `None` where it cannot be told, which its own page explains.
 */
export type UpkeepGlance = {
/**
 * Files that are old enough to be put aside, and their bytes.
 */
old: [number, number] | null,
/**
 * Files that were put aside, and their bytes.
 */
aside: [number, number] | null,
/**
 * The change of settings that can be taken back, and when it was made.
 */
tuned: [string, string] | null,
/**
 * Modules that are switched off.
 */
off: number | null,
/**
 * Findings that are open and that nobody accepted, and how many of them are past their day; `None` where nobody looked yet.
 */
findings: [number, number] | null,
/**
 * When something was entered into the journal last; `None` where nothing was.
 */
entered_at: string | null, };

/**
 * The judgement of one tick.
 */
export type Verdict = {
/**
 * When it was made.
 */
at: string,
/**
 * The worst of all.
 */
light: Level,
/**
 * One sentence: the worst cause, since when.
 */
summary: string,
/**
 * Since when the light has had this colour.
 */
since: string | null,
/**
 * What to do about the worst cause.
 */
remedy: Remedy | null,
/**
 * The signal behind the light; `None` when green.
 */
cause: SignalId | null,
/**
 * Every signal that applies to this profile.
 */
signals: Array<Signal>,
/**
 * Every module, known from the profile or from a claim.
 */
modules: Array<Module>,
/**
 * Claims that the measurements refute, in words.
 */
contradictions: Array<string>, };

/**
 * What becomes of the file.
 */
export type VersionAction = "add" | "replace";

/**
 * The entry of a month.
 */
export type VersionShown = {
/**
 * Which month, as `2026-11`.
 */
month: string,
/**
 * Its title.
 */
title: string,
/**
 * Its lines, in Markdown.
 */
text: string,
/**
 * The file that it belongs into.
 */
path: string,
/**
 * What writing it would do; `None` where it cannot be written.
 */
action: VersionAction | null,
/**
 * What would be replaced.
 */
before: string | null,
/**
 * Why it cannot be written.
 */
refused: string | null,
/**
 * The title of the section whose writing can be taken back.
 */
can_undo: string | null, };

/**
 * What other rules would have changed.
 */
export type WhatIf = {
/**
 * Notifications by today's rules.
 */
before: number,
/**
 * Notifications by the other rules.
 */
after: number,
/**
 * Red incidents that would have been missed.
 */
missed: Array<Missed>,
/**
 * Red incidents that would have been noticed later.
 */
late: Array<Late>, };
