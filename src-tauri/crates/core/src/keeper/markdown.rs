//! Text from outside in Markdown.

/// Text that stays text: no heading, link, table or markup comes of it, and no second line.
pub(super) fn plain(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.trim_start().chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '!') {
            safe.push('\\');
        }
        safe.push(if c.is_control() { ' ' } else { c });
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_outside_has_no_power_on_paper() {
        assert_eq!(plain("# a\n![x](y) <b>"), "\\# a \\!\\[x\\](y) \\<b\\>");
    }
}
