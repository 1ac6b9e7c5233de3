//! What the formats demand of front matter, as problems with their place. Nothing is refused.

use crate::error::{Place, Problem};
use crate::format::frontmatter::FrontMatter;
use crate::model::path::RelPath;

/// Limits of the agent-skills specification, in characters.
const NAME_CHARS_MAX: usize = 64;
const DESCRIPTION_CHARS_MAX: usize = 1024;
const COMPATIBILITY_CHARS_MAX: usize = 500;

/// The rules of the agent-skills specification; `dir` is the name of the skill's directory.
pub(super) fn skill(
    file: &RelPath,
    text: &str,
    fields: &FrontMatter,
    dir: Option<&str>,
) -> Vec<Problem> {
    let at = |key: &str| Place::new(file.as_str(), line_of(text, key), 0);
    let mut problems = Vec::new();
    match fields.get_text(&["name"]) {
        None => {
            let problem = Problem::warning("SM332", "the skill has no `name`").at(at("name"));
            problems.push(match dir {
                Some(dir) => problem.help(format!("add `name: {dir}` to its front matter")),
                None => problem,
            });
        }
        Some(name) => {
            if let Some(problem) = skill_name(&name, dir) {
                problems.push(problem.at(at("name")));
            }
        }
    }
    let too_long = |key: &str, chars: usize, max: usize| {
        let words = format!("`{key}` has {chars} characters, the limit is {max}");
        Problem::warning("SM334", words).at(at(key)).help("shorten it")
    };
    match fields.get_text(&["description"]).map(|text| text.chars().count()) {
        None => problems.push(
            Problem::warning("SM333", "the skill has no `description`")
                .at(at("description"))
                .help("say in its front matter what it does and when to use it"),
        ),
        Some(n) if n > DESCRIPTION_CHARS_MAX => {
            problems.push(too_long("description", n, DESCRIPTION_CHARS_MAX));
        }
        Some(_) => {}
    }
    let compatibility = fields.get_text(&["compatibility"]).unwrap_or_default();
    let n = compatibility.chars().count();
    if n > COMPATIBILITY_CHARS_MAX {
        problems.push(too_long("compatibility", n, COMPATIBILITY_CHARS_MAX));
    }
    problems
}

fn skill_name(name: &str, dir: Option<&str>) -> Option<Problem> {
    let length = name.chars().count();
    if length > NAME_CHARS_MAX {
        let words = format!("`name` has {length} characters, the limit is {NAME_CHARS_MAX}");
        return Some(Problem::warning("SM334", words).help("shorten it"));
    }
    let allowed = |c: char| c == '-' || c.is_alphanumeric() && !c.is_uppercase();
    let hyphens = name.starts_with('-') || name.ends_with('-') || name.contains("--");
    if hyphens || !name.chars().all(allowed) {
        let words = format!("`{name}` is no name of a skill");
        let help = "use lower-case letters, digits and single hyphens between them";
        return Some(Problem::warning("SM332", words).help(help));
    }
    let dir = dir.filter(|dir| *dir != name)?;
    let words = format!("the skill calls itself `{name}`, its directory is `{dir}`");
    Some(Problem::warning("SM335", words).help(format!("write `name: {dir}`, or rename it")))
}

/// `has` are the keys that an agent needs, and whether they are there.
pub(super) fn agent(file: &RelPath, has: [(&str, bool); 2]) -> Vec<Problem> {
    has.into_iter()
        .filter(|(_, is_there)| !is_there)
        .map(|(key, _)| {
            let code = if key == "name" { "SM332" } else { "SM333" };
            Problem::warning(code, format!("the agent has no `{key}`"))
                .at(Place::new(file.as_str(), 1, 0))
                .help(format!("add `{key}: …` to its front matter"))
        })
        .collect()
}

/// The line of a top-level key; the first line when it is not there.
fn line_of(text: &str, key: &str) -> usize {
    let is_key = |line: &str| {
        let line = line.trim_start_matches(['"', '\'']);
        line.strip_prefix(key)
            .is_some_and(|rest| rest.trim_start_matches(['"', '\'', ' ']).starts_with(':'))
    };
    text.lines().take(200).position(is_key).map_or(1, |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(fields: &[(&str, &str)], text: &str) -> Vec<String> {
        let fields = fields.iter().map(|(key, value)| ((*key).to_owned(), (*value).into()));
        let fields = FrontMatter { fields: fields.collect(), ..FrontMatter::default() };
        let file = RelPath::parse("pdf/SKILL.md").unwrap();
        let problems = skill(&file, text, &fields, Some("pdf"));
        problems
            .iter()
            .map(|p| format!("{} {} {}", p.code, p.place.as_ref().unwrap(), p.message))
            .collect()
    }

    #[test]
    fn a_skill_by_the_book_has_no_problem() {
        assert_eq!(found(&[("name", "pdf"), ("description", "x")], ""), Vec::<String>::new());
    }

    #[test]
    fn each_broken_rule_names_its_line() {
        let text = "---\ndescription: x\nname: Read PDFs\n---\n";
        assert_eq!(
            found(&[("name", "Read PDFs"), ("description", "x")], text),
            ["SM332 pdf/SKILL.md:3 `Read PDFs` is no name of a skill"]
        );
        assert_eq!(
            found(&[("name", "docx"), ("description", &"x".repeat(1025))], text),
            [
                "SM335 pdf/SKILL.md:3 the skill calls itself `docx`, its directory is `pdf`",
                "SM334 pdf/SKILL.md:2 `description` has 1025 characters, the limit is 1024",
            ]
        );
        assert_eq!(
            found(&[], "# no front matter"),
            [
                "SM332 pdf/SKILL.md:1 the skill has no `name`",
                "SM333 pdf/SKILL.md:1 the skill has no `description`",
            ]
        );
    }
}
