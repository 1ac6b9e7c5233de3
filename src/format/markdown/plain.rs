//! Markdown to the words a reader sees: for search, and for the two lines of a card.

use std::collections::BTreeSet;

use pulldown_cmark::{Event, Parser, Tag, TagEnd, TextMergeStream};

use super::raw::{self, Token, decoded};
use super::scan::syntax;
use super::{BYTES_MAX, DEPTH_MAX};
use crate::words::is_invisible;

/// What a summary may need of a text, in bytes for each character shown.
const SUMMARY_BYTES_EACH: usize = 16;

/// The words of a text, one line for each block, without marks, tags and addresses. A text over
/// the limits of rendering is given as it is.
pub fn plain(text: &str) -> String {
    let text = &text[..floor(text, BYTES_MAX)];
    let mut out = String::new();
    let mut block = String::new();
    let mut depth = 0_usize;
    for event in TextMergeStream::new(Parser::new_ext(text, syntax())) {
        match event {
            Event::Start(tag) => {
                depth += 1;
                if depth > DEPTH_MAX {
                    return text.to_owned();
                }
                if is_block(&tag) {
                    new_line(&mut out);
                }
            }
            Event::End(tag) => {
                depth = depth.saturating_sub(1);
                match tag {
                    TagEnd::TableCell => out.push(' '),
                    TagEnd::HtmlBlock => push_raw(&mut out, &std::mem::take(&mut block)),
                    TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::Item => new_line(&mut out),
                    _ => {}
                }
            }
            Event::Text(text) | Event::Code(text) => push_visible(&mut out, &text),
            // A comment may go over several lines of a block, so a block is read as one.
            Event::Html(line) => block.push_str(&line),
            Event::InlineHtml(html) => push_raw(&mut out, &html),
            Event::SoftBreak | Event::HardBreak | Event::Rule => new_line(&mut out),
            _ => {}
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// One line for a card: no marks, no tags, no literal `\n`, at most `max_chars` characters, cut
/// after a word and then ended with `…`.
pub fn summary(text: &str, max_chars: usize) -> String {
    let head = &text[..floor(text, max_chars.saturating_mul(SUMMARY_BYTES_EACH).max(4096))];
    let words =
        plain(&without_tags(&unescaped(head))).split_whitespace().collect::<Vec<_>>().join(" ");
    if words.chars().count() <= max_chars && head.len() == text.len() {
        return words;
    }
    let room = max_chars.saturating_sub(1);
    let end = words.char_indices().nth(room).map_or(words.len(), |(at, _)| at);
    let whole = words[end..].starts_with(' ');
    let end = if whole { end } else { words[..end].rfind(' ').filter(|at| *at > 0).unwrap_or(end) };
    let kept =
        words[..end].trim_end_matches(|c: char| !c.is_alphanumeric() && !matches!(c, ')' | '`'));
    format!("{kept}…")
}

fn floor(text: &str, max: usize) -> usize {
    let mut end = text.len().min(max);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    end
}

/// Escapes that a YAML writer left in a plain value.
fn unescaped(text: &str) -> String {
    text.replace("\\r\\n", "\n").replace("\\n", "\n").replace("\\t", " ").replace("\\\"", "\"")
}

/// Takes out HTML, and the tags of prompts that come in pairs; a lone `<name>` is a placeholder
/// and stays.
fn without_tags(text: &str) -> String {
    let tokens = raw::tokens(text);
    let ended: BTreeSet<&str> = tokens
        .iter()
        .filter_map(|token| if let Token::End(name, _) = token { Some(*name) } else { None })
        .collect();
    let mut out = String::with_capacity(text.len());
    for token in &tokens {
        match token {
            Token::Text(text) => out.push_str(text),
            Token::Start(tag) if !ended.contains(tag.name) && raw::element(tag.name).is_none() => {
                out.push_str(&tag.source.replace('<', "\\<"));
            }
            Token::Start(_) | Token::End(..) | Token::Comment => out.push(' '),
        }
    }
    out
}

fn is_block(tag: &Tag) -> bool {
    !matches!(
        tag,
        Tag::Emphasis
            | Tag::Strong
            | Tag::Strikethrough
            | Tag::Link { .. }
            | Tag::Image { .. }
            | Tag::TableCell
    )
}

fn new_line(out: &mut String) {
    out.truncate(out.trim_end_matches(' ').len());
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
}

fn push_raw(out: &mut String, html: &str) {
    for token in raw::tokens(html) {
        match token {
            Token::Text(text) if text.trim().is_empty() && text.contains('\n') => new_line(out),
            Token::Text(text) => push_visible(out, &decoded(text)),
            Token::Start(tag) if raw::element(tag.name).is_none() => push_visible(out, tag.source),
            Token::End(name, source) if raw::element(name).is_none() => push_visible(out, source),
            _ => {}
        }
    }
}

fn push_visible(out: &mut String, text: &str) {
    out.extend(text.chars().filter(|c| !is_invisible(*c) && (!c.is_control() || *c == '\n')));
}
