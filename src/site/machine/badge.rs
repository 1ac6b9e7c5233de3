//! Badges: a label and a word as a small flat picture, for a README elsewhere.
//!
//! Drawn without any font of ours: the widths are those of the fonts it asks for, and the text is
//! fitted to them wherever another is used.

use super::link::{line, xml};
use crate::model::deployment::State;
use crate::site::Site;
use crate::words;

/// Behind the label.
const LABEL: &str = "#3d4552";
const NEUTRAL: &str = "#565f6e";
/// The accent of the pages.
const COUNT: &str = "#3a46bf";
const TEXT: &str = "#fff";
const HEIGHT: usize = 20;
/// On each side of a text.
const PADDING: usize = 6;
/// Longer labels are cut.
const LABEL_CHARS_MAX: usize = 40;

/// Widths in Verdana and DejaVu Sans at 11 px, in tenths of a pixel, from the space to `~`.
const WIDTHS: [usize; 95] = [
    35, 44, 51, 92, 70, 105, 86, 30, 43, 43, 55, 92, 35, 40, 35, 37, 70, 70, 70, 70, 70, 70, 70,
    70, 70, 70, 37, 37, 92, 92, 92, 58, 110, 75, 75, 77, 85, 70, 63, 85, 83, 32, 32, 72, 61, 95,
    82, 87, 66, 87, 76, 70, 67, 81, 75, 109, 75, 67, 75, 43, 37, 43, 92, 55, 55, 67, 70, 60, 70,
    68, 39, 70, 70, 31, 31, 64, 31, 107, 70, 67, 70, 70, 45, 57, 43, 70, 65, 90, 65, 65, 58, 70,
    37, 70, 92,
];
/// Of every other character: the widest of most scripts.
const OTHER_WIDTH: usize = 110;

/// How many artifacts a collection has: `skills 24`, or `artifacts 24` where the kinds differ.
pub(super) fn collection(site: &Site<'_>, at: usize) -> String {
    let collection = &site.catalog.collections[at];
    let n = collection.members.len();
    let mut kinds = collection.members.iter().map(|at| site.catalog.artifacts[*at].id.kind);
    let first = kinds.next().filter(|first| kinds.all(|kind| kind == *first));
    let noun = match first {
        Some(crate::model::id::Kind::Mcp) => "MCP server",
        Some(kind) => kind.word(),
        None => "artifact",
    };
    let label = words::plural(noun);
    let title = format!("{}: {}", line(&collection.definition.title), words::count(n, noun));
    svg(&title, &label, &n.to_string(), COUNT)
}

/// How a project stands to the sources: what wants attention most.
pub(super) fn project(site: &Site<'_>, at: usize) -> String {
    let project = &site.catalog.projects[at];
    let states: Vec<State> = project.deployments.iter().map(|one| one.state).collect();
    let (message, color) = standing(&states);
    let label = line(&project.name);
    svg(&format!("{label}: {message}"), &label, &message, color)
}

/// From what a person should look at first; `untracked` says nothing of how things stand.
fn standing(states: &[State]) -> (String, &'static str) {
    let of = |state| states.iter().filter(|other| **other == state).count();
    let by_urgency = [
        State::Diverged,
        State::Missing,
        State::Orphaned,
        State::Modified,
        State::Outdated,
        State::Unknown,
        State::InSync,
    ];
    let worst = by_urgency.into_iter().find(|state| of(*state) > 0);
    let n = worst.map_or(0, of);
    match worst {
        Some(State::Diverged) => (format!("{n} diverged"), "#8f1f86"),
        Some(State::Missing) => (format!("{n} missing"), "#8e0f24"),
        Some(State::Orphaned) => (format!("{n} orphaned"), NEUTRAL),
        Some(State::Modified) => (format!("{n} modified"), "#835200"),
        Some(State::Outdated) => (words::count(n, "update"), "#1f4fb8"),
        Some(State::InSync) => ("in sync".to_owned(), "#0b6947"),
        Some(_) => ("not checked".to_owned(), NEUTRAL),
        None => ("nothing deployed".to_owned(), NEUTRAL),
    }
}

fn svg(title: &str, label: &str, message: &str, color: &str) -> String {
    let label = cut(label);
    let (label_width, message_width) = (width(&label), width(message));
    let left = label_width + 2 * PADDING;
    let right = message_width + 2 * PADDING;
    let whole = left + right;
    let (title, label, message) = (xml(title), xml(&label), xml(message));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{whole}\" height=\"{HEIGHT}\" \
         role=\"img\" aria-label=\"{title}\">\n<title>{title}</title>\n\
         <clipPath id=\"round\"><rect width=\"{whole}\" height=\"{HEIGHT}\" rx=\"3\"/></clipPath>\n\
         <g clip-path=\"url(#round)\"><rect width=\"{left}\" height=\"{HEIGHT}\" fill=\"{LABEL}\"/>\
         <rect x=\"{left}\" width=\"{right}\" height=\"{HEIGHT}\" fill=\"{color}\"/></g>\n\
         <g fill=\"{TEXT}\" font-family=\"Verdana,DejaVu Sans,Geneva,sans-serif\" \
         font-size=\"11\">\n\
         <text x=\"{PADDING}\" y=\"14\" textLength=\"{label_width}\">{label}</text>\n\
         <text x=\"{}\" y=\"14\" textLength=\"{message_width}\">{message}</text>\n</g>\n</svg>\n",
        left + PADDING,
    )
}

fn cut(label: &str) -> String {
    if label.chars().count() <= LABEL_CHARS_MAX {
        return label.to_owned();
    }
    let kept: String = label.chars().take(LABEL_CHARS_MAX - 1).collect();
    format!("{}…", kept.trim_end())
}

/// In whole pixels.
fn width(text: &str) -> usize {
    let of = |c: char| {
        let place = u32::from(c).checked_sub(32).and_then(|at| usize::try_from(at).ok());
        place.and_then(|at| WIDTHS.get(at)).copied().unwrap_or(OTHER_WIDTH)
    };
    text.chars().map(of).sum::<usize>().div_ceil(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance by WCAG 2.1.
    fn luminance(color: &str) -> f64 {
        let digits = color.trim_start_matches('#');
        let size = digits.len() / 3;
        let channel = |at: usize| {
            let digits = digits[at * size..][..size].repeat(2 / size);
            let share = f64::from(u8::from_str_radix(&digits, 16).unwrap()) / 255.0;
            if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(0) + 0.7152 * channel(1) + 0.0722 * channel(2)
    }

    #[test]
    fn every_badge_can_be_read_on_its_colour() {
        let mut colors = vec![LABEL, NEUTRAL, COUNT, standing(&[]).1];
        colors.extend(State::ALL.map(|state| standing(&[state]).1));
        for color in colors {
            let ratio = (luminance(TEXT) + 0.05) / (luminance(color) + 0.05);
            assert!(ratio >= 4.5, "{color}: {ratio:.2}");
        }
    }

    #[test]
    fn a_badge_says_what_wants_attention_most() {
        use State::{Diverged, InSync, Missing, Outdated, Unknown, Untracked};
        let said = |states: &[State]| standing(states).0;
        assert_eq!(said(&[]), "nothing deployed");
        assert_eq!(said(&[Untracked]), "nothing deployed");
        assert_eq!(said(&[InSync, Untracked]), "in sync");
        assert_eq!(said(&[InSync, Unknown]), "not checked");
        assert_eq!(said(&[Outdated, InSync]), "1 update");
        assert_eq!(said(&[Outdated, Missing, Outdated]), "1 missing");
        assert_eq!(said(&[Missing, Diverged, Diverged]), "2 diverged");
    }
}
