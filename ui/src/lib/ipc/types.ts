// Rendered from the core's types by tests/core/typescript.rs: do not edit.
// UPDATE_TYPES=1 cargo test -p caretaker-core --features typescript --test typescript

/**
 * Why a backup was made, and how long it is kept.
 */
export type BackupKind = "daily" | "weekly" | "monthly" | "manual";

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
kept: string | null, };

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
undo: string | null, };

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
export type NotificationKind = "raised" | "repeated" | "flapping" | "recovered" | "test";

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
cost: OwnCost, };

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
 * A remedy that the window can carry out with one click; none of them changes the ecosystem.
 */
export type RemedyAction = "start-demo" | "show-log" | "show-root" | "show-data" | "show-reports" | "open-profile" | "check-again";

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
export type SignalId = "process.state" | "process.uptime" | "process.cpu" | "process.memory" | "machine.cpu" | "machine.memory" | "disk.free" | "data.size" | "logs.size" | "logs.errors_24h" | "state.age" | "modules.failing" | "modules.error_share" | "errors.rate" | "success.rate" | "efficiency.score" | "execution.time" | "reports.morning" | "reports.evening" | "reports.daily_summary" | "backup.daily" | "backup.weekly" | "backup.monthly" | "backup.drill" | "forecast" | "alerts.delivery" | "contradictions";

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
 * How far back a chart goes.
 */
export type Span = "1h" | "24h" | "7d" | "30d";

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
 * The unit of a signal's value.
 */
export type Unit = "percent" | "bytes" | "seconds" | "milliseconds" | "count" | "none";

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
