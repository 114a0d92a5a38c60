//! Code that does what an attacker would ask for: programs from texts, shells, peers that nobody proves, errors that vanish.

use std::sync::OnceLock;

use regex::Regex;

use super::python::Python;
use super::seen::Seen;
use super::walk::Found;
use crate::program::clean;

/// Characters of a line that are shown.
const LONGEST: usize = 100;
/// Bytes behind a call in which its arguments are looked for.
const LONGEST_CALL: usize = 4_000;
/// Bytes of a script that are looked at.
const LARGEST_SCRIPT: usize = 1 << 20;

/// What code should not do; `unless` says what among the arguments of the call makes it harmless.
struct Rule {
    id: &'static str,
    pattern: &'static str,
    unless: &'static [&'static str],
    says: &'static str,
}

const RULES: &[Rule] = &[
    rule("input/eval", r"(?:^|[^\w.])(?:builtins\.)?(?:eval|exec)\s*\(", &[], "runs a text as a program"),
    rule(
        "input/yaml-load",
        r"\byaml\.(?:load|load_all|unsafe_load|unsafe_load_all|full_load)\s*\(",
        &["SafeLoader", "BaseLoader"],
        "YAML that may make any object",
    ),
    rule(
        "input/pickle",
        r"\b(?:c?[pP]ickle|dill|cloudpickle|marshal|joblib)\.(?:load|loads|Unpickler)\s*\(|\bshelve\.open\s*\(|\b(?:pd|pandas)\.read_pickle\s*\(",
        &[],
        "data that may run a program",
    ),
    rule("input/pickle", r"\btorch\.load\s*\(", &["weights_only"], "data that may run a program"),
    rule("input/pickle", r"\bnp\.load\s*\([^)]*allow_pickle\s*=\s*True", &[], "data that may run a program"),
    rule("input/archives", r"\.extractall\s*\(", &["filter"], "an archive may write anywhere"),
    rule(
        "input/sql",
        "\\.execute(?:many|script)?\\s*\\(\\s*(?:[rR]?[fF][rR]?(?:\"{1,3}|'{1,3})\u{1}|(?:\"\"|'')\\s*(?:%|\\+|\\.format))",
        &[],
        "SQL put together from values",
    ),
    rule("code/shell", r"\bshell\s*=\s*True\b", &[], "a shell takes the whole line"),
    rule(
        "code/shell",
        r"\bos\.(?:system|popen)\s*\(|\bsubprocess\.(?:getoutput|getstatusoutput)\s*\(",
        &[],
        "a shell takes the whole line",
    ),
    rule(
        "code/unproven-peers",
        r"\bverify\s*=\s*False\b|\b_create_unverified_context\b|\bCERT_NONE\b|\bcheck_hostname\s*=\s*False\b",
        &[],
        "certificates are not looked at",
    ),
    rule(
        "code/unsafe-temporary",
        r"\b(?:tempfile\.)?mktemp\s*\(",
        &[],
        "somebody else may take the name first",
    ),
    rule("errors/debug", r"\bdebug\s*=\s*True\b", &[], "debugging is on"),
];

const fn rule(
    id: &'static str,
    pattern: &'static str,
    unless: &'static [&'static str],
    says: &'static str,
) -> Rule {
    Rule { id, pattern, unless, says }
}

/// Blocks in which an error vanishes: nothing is done about any error whatever.
const SWALLOWED: &str = r"(?m)^[ \t]*except(?:[ \t]*|[ \t]+(?:Base)?Exception(?:[ \t]+as[ \t]+\w+)?[ \t]*):[ \t]*\n?[ \t]*(?:pass|\.\.\.)[ \t]*$";
/// What is loaded and run at once.
const PIPED: &str = r"\b(?:curl|wget)\b[^|#\n]*\|\s*(?:sudo\s+)?(?:ba|z|da)?sh\b";

fn compiled(pattern: &str) -> Option<Regex> {
    // A pattern of ours that does not compile is seen by the tests of this file.
    Regex::new(pattern).ok()
}

fn rules() -> &'static [(&'static Rule, Regex)] {
    static ALL: OnceLock<Vec<(&'static Rule, Regex)>> = OnceLock::new();
    ALL.get_or_init(|| RULES.iter().filter_map(|one| Some((one, compiled(one.pattern)?))).collect())
}

/// Looks at a file of Python.
pub(super) fn look(python: &Python, seen: &mut Seen) {
    let (code, path) = (python.code.as_str(), python.file.path.as_str());
    for (rule, pattern) in rules() {
        for found in pattern.find_iter(code) {
            let call = call(&code[found.start()..]);
            // `def eval(self)` makes one, and does not call it.
            let line_start = code[..found.start()].rfind('\n').map_or(0, |at| at + 1);
            let is_made = code[line_start..found.end()].trim_start().starts_with("def ");
            if is_made || rule.unless.iter().any(|word| call.contains(word)) {
                continue;
            }
            // The match may begin with the line end before it.
            let at = found.start()
                + code[found.start()..found.end()].find(|c: char| !c.is_whitespace()).unwrap_or(0);
            seen.note(
                rule.id,
                path,
                Some(line_of(code, at)),
                format!("{}: {}", rule.says, line_at(code, at)),
            );
        }
    }
    static ONE: OnceLock<Option<Regex>> = OnceLock::new();
    if let Some(swallowed) = ONE.get_or_init(|| compiled(SWALLOWED)).as_ref() {
        for found in swallowed.find_iter(code) {
            let line = line_of(code, found.start());
            seen.note("errors/swallowed", path, Some(line), "whatever goes wrong here is never heard of");
        }
    }
}

/// Looks at a script.
pub(super) fn look_at_script(bytes: &[u8], found: &Found<'_>, seen: &mut Seen) {
    static ONE: OnceLock<Option<Regex>> = OnceLock::new();
    let Some(piped) = ONE.get_or_init(|| compiled(PIPED)).as_ref() else { return };
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(LARGEST_SCRIPT)]);
    for (number, line) in (1..).zip(text.lines()) {
        if !line.trim_start().starts_with('#') && piped.is_match(line) {
            seen.note("code/downloads", found.shown, Some(number), "runs what it loads, unseen");
        }
    }
}

/// Looks at the beginning of a file that is no text.
pub(super) fn look_at_binary(head: &[u8], found: &Found<'_>, seen: &mut Seen) {
    const PROGRAMS: [&[u8]; 6] = [
        b"\x7fELF",
        b"\xfe\xed\xfa\xce",
        b"\xfe\xed\xfa\xcf",
        b"\xcf\xfa\xed\xfe",
        b"\xce\xfa\xed\xfe",
        b"MZ\x90\x00",
    ];
    if PROGRAMS.iter().any(|magic| head.starts_with(magic)) {
        seen.note("code/binaries", found.shown, None, "a program whose source is not here");
    }
}

/// The arguments of the first call in `code`, to their end.
fn call(code: &str) -> &str {
    let mut end = code.len().min(LONGEST_CALL);
    while !code.is_char_boundary(end) {
        end -= 1;
    }
    let code = &code[..end];
    let mut depth = 0_u32;
    for (at, c) in code.char_indices() {
        match c {
            '(' => depth += 1,
            ')' if depth <= 1 => return &code[..at],
            ')' => depth -= 1,
            _ => {}
        }
    }
    code
}

fn line_of(code: &str, at: usize) -> u64 {
    memchr::memchr_iter(b'\n', &code.as_bytes()[..at]).count() as u64 + 1
}

fn line_at(code: &str, at: usize) -> String {
    let start = code[..at].rfind('\n').map_or(0, |at| at + 1);
    let line = code[start..].lines().next().unwrap_or_default();
    clean(line.replace(super::python::FILLED_IN, "…").trim(), LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upkeep::examination::python;

    fn noted(text: &str) -> Vec<(&'static str, u64)> {
        let mut seen = Seen::default();
        look(&python::read("a.py", text.as_bytes()), &mut seen);
        let ids: Vec<&'static str> = RULES.iter().map(|rule| rule.id).chain(["errors/swallowed"]).collect();
        let mut found: Vec<(&'static str, u64)> = ids
            .into_iter()
            .flat_map(|id| seen.spots(id).shown(9).0.into_iter().map(move |place| (id, place.line.unwrap())))
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    #[test]
    fn what_code_should_not_do_is_found_with_its_line() {
        assert_eq!(rules().len(), RULES.len());
        for (text, id, line) in [
            ("x = 1\ny = eval(text)\n", "input/eval", 2),
            ("exec(code, {})\n", "input/eval", 1),
            ("yaml.load(open(p))\n", "input/yaml-load", 1),
            ("yaml.load(\n    text,\n    Loader=yaml.Loader,\n)\n", "input/yaml-load", 1),
            ("x = pickle.loads(data)\n", "input/pickle", 1),
            ("torch.load(path)\n", "input/pickle", 1),
            ("tar.extractall(path)\n", "input/archives", 1),
            ("db.execute(f\"SELECT * FROM t WHERE x = {x}\")\n", "input/sql", 1),
            ("db.execute(\"SELECT %s\" % x)\n", "input/sql", 1),
            ("subprocess.run(line, shell=True)\n", "code/shell", 1),
            ("\nos.system('ls')\n", "code/shell", 2),
            ("requests.get(url, verify=False)\n", "code/unproven-peers", 1),
            ("p = tempfile.mktemp()\n", "code/unsafe-temporary", 1),
            ("app.run(debug=True)\n", "errors/debug", 1),
            ("try:\n    f()\nexcept Exception:\n    pass\n", "errors/swallowed", 3),
            ("try:\n    f()\nexcept: pass\n", "errors/swallowed", 3),
        ] {
            assert_eq!(noted(text), [(id, line)], "{text}");
        }
        for text in [
            "# eval(x)\ns = 'eval(x) pickle.load(f) shell=True'\n",
            "model.eval()\nast.literal_eval(x)\nre.compile(x)\n",
            "class A:\n    def eval(self):\n        return 1\n",
            "yaml.safe_load(x)\nyaml.load(x, Loader=yaml.SafeLoader)\nyaml.load(x, yaml.CSafeLoader)\n",
            "json.load(f)\ntorch.load(p, weights_only=True)\n",
            "tar.extractall(p, filter='data')\n",
            "db.execute('SELECT ?', (x,))\ndb.execute(f'SELECT 1')\n",
            "subprocess.run([a, b], shell=False)\nrequests.get(u, verify=True)\n",
            "try:\n    f()\nexcept ValueError:\n    pass\nexcept Exception:\n    log()\n",
        ] {
            assert_eq!(noted(text), [], "{text}");
        }
    }

    #[test]
    fn what_is_loaded_and_run_at_once() {
        let piped = compiled(PIPED).unwrap();
        assert!(
            piped.is_match("curl -sSf https://x.example/i.sh | sh")
                && piped.is_match("wget -qO- u | sudo bash")
        );
        assert!(!piped.is_match("curl u -o file") && !piped.is_match("cat x | sh"));
        assert!(compiled(SWALLOWED).is_some());
    }
}
