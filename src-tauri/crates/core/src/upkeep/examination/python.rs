//! Python read without running it: its code without texts and comments, and what it imports.

use std::sync::OnceLock;

use regex::Regex;

use super::sort::is_test;

/// Stands in a text that is put together from values.
pub(super) const FILLED_IN: char = '\u{1}';
/// Bytes of a file that are taken apart.
const LARGEST: usize = 2 << 20;

/// What is known of a file of Python.
#[derive(Debug)]
pub(super) struct PythonFile {
    /// From the root.
    pub path: String,
    pub imports: Vec<Import>,
    /// Lines that are neither empty nor comment.
    pub lines: u64,
    /// Whether it says at its beginning what it is.
    pub has_docstring: bool,
    /// Functions and classes of tests.
    pub tests: u64,
    pub is_test: bool,
    /// Why it cannot be what somebody wrote to its end.
    pub broken: Option<(u64, String)>,
}

/// An import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Import {
    /// `a.b` of `import a.b` and of `from a.b import c`; without its dots where it is relative.
    pub module: String,
    /// Dots before it.
    pub dots: usize,
    pub line: u64,
    /// Whether the code goes on without it.
    pub is_optional: bool,
}

/// A file of Python, taken apart.
#[derive(Debug)]
pub(super) struct Python {
    pub file: PythonFile,
    /// Its code, in the same lines; texts and comments are blank.
    pub code: String,
}

/// Takes a file apart.
pub(super) fn read(path: &str, bytes: &[u8]) -> Python {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(LARGEST)]);
    let stripped = strip(&text);
    let code = stripped.code;
    let broken = if bytes.len() > LARGEST { None } else { stripped.broken };
    let file = PythonFile {
        path: path.to_owned(),
        imports: imports(&code),
        lines: code.lines().filter(|line| !line.trim().is_empty()).count() as u64,
        has_docstring: stripped.begins_with_text,
        tests: tests(&code),
        is_test: is_test(path),
        broken,
    };
    Python { file, code }
}

struct Stripped {
    code: String,
    begins_with_text: bool,
    broken: Option<(u64, String)>,
}

/// Blanks texts and comments.
fn strip(text: &str) -> Stripped {
    let chars: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let (mut at, mut line) = (0, 1_u64);
    let (mut begins_with_text, mut has_begun) = (false, false);
    let mut open: Vec<(char, u64)> = Vec::new();
    let mut broken: Option<(u64, String)> = None;
    while at < chars.len() {
        let c = chars[at];
        match c {
            '#' => {
                while at < chars.len() && chars[at] != '\n' {
                    at += 1;
                }
                continue;
            }
            '"' | '\'' => {
                if !has_begun {
                    (begins_with_text, has_begun) = (true, true);
                }
                let triple = chars.get(at + 1) == Some(&c) && chars.get(at + 2) == Some(&c);
                let is_filled = prefix(&code).contains(['f', 'F']);
                let began = line;
                let width = if triple { 3 } else { 1 };
                code.extend(std::iter::repeat_n(c, width));
                at += width;
                let (mut closed, mut filled) = (false, false);
                while at < chars.len() {
                    let inner = chars[at];
                    if inner == '\\' {
                        // What follows is no end, and a line end goes on.
                        if chars.get(at + 1) == Some(&'\n') {
                            code.push('\n');
                            line += 1;
                        }
                        at += 2;
                        continue;
                    }
                    let ends = inner == c
                        && (!triple || (chars.get(at + 1) == Some(&c) && chars.get(at + 2) == Some(&c)));
                    if ends {
                        closed = true;
                        at += width;
                        break;
                    }
                    if inner == '\n' {
                        if !triple {
                            break;
                        }
                        code.push('\n');
                        line += 1;
                    }
                    if inner == '{' && is_filled && !filled {
                        filled = true;
                        code.push(FILLED_IN);
                    }
                    at += 1;
                }
                if closed {
                    code.extend(std::iter::repeat_n(c, width));
                } else if broken.is_none() {
                    broken = Some((began, "a text begins here and does not end".into()));
                }
                continue;
            }
            '\n' => line += 1,
            '(' | '[' | '{' => open.push((c, line)),
            ')' | ']' | '}' => {
                let fits =
                    |(opened, _): (char, u64)| matches!((opened, c), ('(', ')') | ('[', ']') | ('{', '}'));
                if !open.pop().is_some_and(fits) && broken.is_none() {
                    broken = Some((line, format!("“{c}” closes nothing")));
                }
            }
            _ => {}
        }
        // A text may have a sign before it that belongs to it.
        let is_prefix = c.is_ascii_alphabetic() && matches!(chars.get(at + 1), Some('"' | '\''));
        has_begun |= !c.is_whitespace() && c != '\u{feff}' && !is_prefix;
        code.push(c);
        at += 1;
    }
    if broken.is_none()
        && let Some((c, line)) = open.first()
    {
        broken = Some((*line, format!("“{c}” is opened here and never closed")));
    }
    Stripped { code, begins_with_text, broken }
}

/// The letters before a text that belong to it.
fn prefix(code: &str) -> &str {
    let letters = code.bytes().rev().take(2).take_while(|byte| b"rRbBuUfFtT".contains(byte)).count();
    let start = code.len() - letters;
    let whole = !code[..start].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_');
    if whole { &code[start..] } else { "" }
}

fn pattern(text: &str) -> Option<Regex> {
    // A pattern of ours that does not compile is seen by the tests of this file.
    Regex::new(text).ok()
}

fn tests(code: &str) -> u64 {
    static ONE: OnceLock<Option<Regex>> = OnceLock::new();
    let one = ONE.get_or_init(|| pattern(r"(?m)^\s*(?:async\s+)?(?:def\s+test\w*|class\s+Test\w*)"));
    one.as_ref().map_or(0, |one| one.find_iter(code).count() as u64)
}

/// What the code imports.
fn imports(code: &str) -> Vec<Import> {
    static ONE: OnceLock<Option<Regex>> = OnceLock::new();
    let one = ONE.get_or_init(|| {
        pattern(r"^([ \t]*)(?:import[ \t]+([\w., \t]+)|from[ \t]+(\.*)[ \t]*([\w.]*)[ \t]+import\b[ \t(]*([\w, \t]*))")
    });
    let Some(one) = one else { return Vec::new() };
    let mut found = Vec::new();
    // Blocks that go on without what they try, by their indent.
    let mut tries: Vec<usize> = Vec::new();
    for (line, text) in (1..).zip(code.lines()) {
        let trimmed = text.trim_start();
        if trimmed.is_empty() {
            continue;
        }
        let indent = text.len() - trimmed.len();
        tries.retain(|block| *block < indent);
        let begins = trimmed.starts_with("try:")
            || trimmed.starts_with("except")
            || trimmed.starts_with("with suppress")
            || trimmed.starts_with("with contextlib.suppress")
            || (trimmed.starts_with("if ") && trimmed.contains("TYPE_CHECKING"));
        if begins {
            tries.push(indent);
        }
        let Some(parts) = one.captures(text) else { continue };
        let is_optional = !tries.is_empty();
        let mut add = |module: &str, dots: usize| {
            found.push(Import { module: module.to_owned(), dots, line, is_optional });
        };
        if let Some(names) = parts.get(2) {
            for name in names.as_str().split(',') {
                if let Some(name) = name.split_whitespace().next() {
                    add(name, 0);
                }
            }
        } else {
            let dots = parts.get(3).map_or(0, |dots| dots.len());
            let module = parts.get(4).map_or("", |module| module.as_str());
            // `from . import a, b` imports those.
            if module.is_empty() {
                for name in parts.get(5).map_or("", |names| names.as_str()).split(',') {
                    if let Some(name) = name.split_whitespace().next() {
                        add(name, dots);
                    }
                }
            } else {
                add(module, dots);
            }
        }
    }
    found
}

#[cfg(test)]
mod unit {
    use super::*;

    fn code(text: &str) -> String {
        strip(text).code
    }

    #[test]
    fn texts_and_comments_are_blank_and_lines_stay() {
        assert_eq!(code("x = 'eval(' # eval(\ny = 1\n"), "x = '' \ny = 1\n");
        assert_eq!(code("\"\"\"a\nexec(1)\n\"\"\"\nf()\n"), "\"\"\"\n\n\"\"\"\nf()\n");
        assert_eq!(code("a = f\"x {y}\" + r'x'\n"), "a = f\"\u{1}\" + r''\n");
        assert_eq!(code("a = 'it\\'s' + b\"x\"\n"), "a = '' + b\"\"\n");
    }

    #[test]
    fn what_was_cut_short_shows() {
        for (text, line) in
            [("a = (1,\nb = 2\n", 1), ("x\n'''abc\n", 2), ("x = ]\n", 1), ("x = 'abc\ny\n", 1)]
        {
            assert_eq!(strip(text).broken.map(|(line, _)| line), Some(line), "{text}");
        }
        for text in [
            "",
            "a = [1, (2, {3: 4})]\n",
            "s = '(' + \"[\"\n",
            "def f():\n    '''doc ('''\n",
            "x = '''it's'''\n",
        ] {
            assert_eq!(strip(text).broken, None, "{text}");
        }
        assert!(strip("#!/usr/bin/env python3\n\n\"\"\"What it is.\"\"\"\nimport os\n").begins_with_text);
        assert!(!strip("import os\n\"\"\"late\"\"\"\n").begins_with_text);
    }

    #[test]
    fn imports_are_found_with_whether_they_may_be_missing() {
        let text = "import os, numpy as np\nfrom yaml import safe_load\nfrom . import a, b\nfrom ..c.d import e\n\
            try:\n    import fast\nexcept ImportError:\n    import slow\ndef f():\n    import late\nx = 1 # import no\n's = import no'\n";
        let found: Vec<(String, usize, bool)> =
            imports(&code(text)).into_iter().map(|one| (one.module, one.dots, one.is_optional)).collect();
        let expected = [
            ("os", 0, false),
            ("numpy", 0, false),
            ("yaml", 0, false),
            ("a", 1, false),
            ("b", 1, false),
            ("c.d", 2, false),
            ("fast", 0, true),
            ("slow", 0, true),
            ("late", 0, false),
        ];
        assert_eq!(found, expected.map(|(name, dots, optional)| (name.to_owned(), dots, optional)));
    }
}
