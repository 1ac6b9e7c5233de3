//! Turns counts, names and lists into English. Knows nothing of what they count.

/// `1 skill`, `2 skills`.
pub fn count(n: usize, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {}", plural(one)) }
}

/// The plural of the nouns this program counts.
pub fn plural(one: &str) -> String {
    match one.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'i', 'o', 'u']) => format!("{stem}ies"),
        _ => format!("{one}s"),
    }
}

/// `a`, `a or b`, `a, b or c`, each in backticks.
pub fn list_or<S: AsRef<str>>(items: &[S]) -> String {
    list(items, "or")
}

/// `a`, `a and b`, `a, b and c`, each in backticks.
pub fn list_and<S: AsRef<str>>(items: &[S]) -> String {
    list(items, "and")
}

fn list<S: AsRef<str>>(items: &[S], word: &str) -> String {
    let ticked: Vec<String> = items.iter().map(|item| format!("`{}`", item.as_ref())).collect();
    match ticked.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} {word} {last}", rest.join(", ")),
    }
}

/// The known name that a misspelt one most likely means.
pub fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = wrong.chars().count();
    let limit = (length / 3).max(1);
    known
        .into_iter()
        // Words of so different a length are further apart than that.
        .filter(|name| name.chars().count().abs_diff(length) <= limit)
        .map(|name| (strsim::osa_distance(wrong, name), name))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, name)| name)
}

/// What helps with a name that nobody knows: the nearest known one, else `otherwise`.
pub fn did_you_mean<'a>(
    wrong: &str,
    known: impl IntoIterator<Item = &'a str>,
    otherwise: impl Into<String>,
) -> String {
    match nearest(wrong, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => otherwise.into(),
    }
}

/// Bytes as a person reads them: `812 B`, `5.3 kB`, `1.2 MB`.
pub fn bytes(n: u64) -> String {
    // A size is shown with one decimal; an f64 holds every size below 8 PiB exactly.
    #[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
    let size = n as f64;
    match n {
        0..1_000 => format!("{n} B"),
        1_000..1_000_000 => format!("{:.1} kB", size / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", size / 1e6),
        _ => format!("{:.1} GB", size / 1e9),
    }
}

/// Text of unknown origin made safe for one line of a terminal: control and invisible characters
/// are shown as escapes.
pub fn visible(text: &str) -> String {
    escaped(text, |c, out| out.extend(c.escape_unicode()))
}

/// The text with what `escape` writes in place of each control and invisible character. What stands
/// between is copied in one piece.
pub fn escaped(text: &str, escape: impl Fn(char, &mut String)) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_control() || is_invisible(c)) {
        let (plain, odd) = rest.split_at(at);
        out.push_str(plain);
        let mut chars = odd.chars();
        chars.next().into_iter().for_each(|c| escape(c, &mut out));
        rest = chars.as_str();
    }
    out.push_str(rest);
    out
}

/// Characters that change how text looks without showing themselves: bidirectional controls,
/// zero-width space, tag characters (CVE-2021-42574). Joiners stay, emoji and scripts need them.
pub fn is_invisible(c: char) -> bool {
    c >= '\u{200b}'
        && matches!(c,
        '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
        | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_read_as_english() {
        assert_eq!(count(1, "skill"), "1 skill");
        assert_eq!(count(0, "entry"), "0 entries");
        assert_eq!(list_or(&["a", "b", "c"]), "`a`, `b` or `c`");
        assert_eq!(bytes(5_300), "5.3 kB");
    }

    #[test]
    fn a_typo_finds_its_word_and_a_stranger_finds_none() {
        assert_eq!(nearest("sorces", ["site", "sources", "sync"]), Some("sources"));
        assert_eq!(nearest("banana", ["site", "sources", "sync"]), None);
    }

    #[test]
    fn what_hides_is_shown() {
        assert_eq!(visible("a\u{1b}[2Jb\u{202e}c"), "a\\u{1b}[2Jb\\u{202e}c");
    }
}
