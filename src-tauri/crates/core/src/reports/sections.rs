//! The headings of a report: a line that announces what follows.

use std::collections::HashSet;

/// More than this is a table of contents.
const MOST: usize = 100;
/// A heading that is longer is a sentence.
const LONGEST: usize = 60;

/// The headings of a report, in the order of the text, each once: `Key Metrics:`, `# Key Metrics`, `== Key Metrics ==`,
/// and in JSON the names of what holds more.
///
/// A line with a number of four digits or more is a title with a date, which is another one every day.
pub fn sections(text: &str) -> Vec<String> {
    let text = text.trim_start_matches('\u{feff}').trim();
    let (mut found, mut known) = (Vec::new(), HashSet::new());
    let mut add = |heading: &str| {
        if found.len() < MOST && known.insert(heading.to_lowercase()) {
            found.push(heading.to_owned());
        }
    };
    if text.starts_with('{')
        && let Ok(serde_json::Value::Object(fields)) = serde_json::from_str(text)
    {
        let holds = |value: &serde_json::Value| value.is_object() || value.is_array();
        fields.iter().filter(|(_, value)| holds(value)).for_each(|(name, _)| add(&name.replace('_', " ")));
        return found;
    }
    text.lines().filter_map(heading).for_each(&mut add);
    found
}

/// What a line announces; `None` where it announces nothing.
pub(super) fn heading(line: &str) -> Option<&str> {
    let line = line.trim();
    let marked = line.trim_start_matches(['#', '=', '*', ' ']).trim_end_matches(['#', '=', '*', ' ']);
    let is_marked = line.starts_with("# ")
        || line.starts_with("##")
        || (line.starts_with("==") && line.ends_with("=="))
        || (line.starts_with("**") && line.ends_with("**"));
    let name = match marked.strip_suffix(':') {
        Some(name) => name,
        None if is_marked => marked,
        None => return None,
    };
    let name = name.trim().trim_start_matches(['•', '-', '*']).trim();
    let mut digits = 0;
    let dated = name.chars().any(|c| {
        digits = if c.is_ascii_digit() { digits + 1 } else { 0 };
        digits >= 4
    });
    let is_name =
        name.contains(char::is_alphabetic) && name.chars().count() <= LONGEST && !name.contains(": ");
    (is_name && !dated).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_of_every_shape_are_found() {
        let text = "Daily Summary - December 16, 2025\n\nHighlights:\n  • Achieved 85%\nKey Metrics:\n  • Tasks: 5\n\
            ## Recommendations\n== Next Steps ==\n**Risks:**\nhighlights:\nAt 12:30: lunch\n# Report of 2025-12-16\n";
        assert_eq!(sections(text), ["Highlights", "Key Metrics", "Recommendations", "Next Steps", "Risks"]);
        let json = r#"{"generated_at": "x", "summary": {"a": 1}, "top_improvements": []}"#;
        assert_eq!(sections(json), ["summary", "top improvements"]);
        assert_eq!(sections(""), Vec::<String>::new());
    }
}
