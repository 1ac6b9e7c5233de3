use super::*;

fn reason(text: &str) -> String {
    let broken = parse(text, Limits::FRONT_MATTER).expect_err("is refused");
    format!("{}:{} {}", broken.line, broken.column, broken.reason)
}

#[test]
fn places_are_those_of_the_text() {
    let node =
        parse("\u{feff}a: 1.10\r\nb:\r\n  - 'é'\r\n  - {c: ~}\r\n", Limits::FRONT_MATTER).unwrap();
    let scalar = |line, column, text: &str, plain| Node {
        line,
        column,
        data: Data::Scalar { text: text.into(), plain },
    };
    let key = |text: &str, line, column| Key { text: text.into(), line, column };
    let inner = Node {
        line: 4,
        column: 5,
        data: Data::Map(vec![(key("c", 4, 6), scalar(4, 9, "~", true))]),
    };
    let list = Data::List(vec![scalar(3, 5, "é", false), inner]);
    let a = (key("a", 1, 1), scalar(1, 4, "1.10", true));
    let b = (key("b", 2, 1), Node { line: 3, column: 3, data: list });
    assert_eq!(node, Node { line: 1, column: 1, data: Data::Map(vec![a, b]) });
}

#[test]
fn aliases_repeat_what_they_name() {
    let node = parse("a: &x [1]\nb: *x\n", Limits::FRONT_MATTER).unwrap();
    let Data::Map(entries) = node.data else { panic!("a mapping") };
    assert_eq!(entries[0].1, entries[1].1);
}

#[test]
fn what_yaml_lets_pass_by_accident_is_refused() {
    assert_eq!(reason("a: 1\nb: 2\na: 3\nb: 4\n"), "3:1 the key `a` is already on line 1");
    assert_eq!(reason("a: &x {b: 1}\nc:\n  <<: *x\n"), "3:3 merge keys `<<` are not read");
    assert_eq!(reason("a: !env HOME\n"), "1:9 the tag `!env` has no meaning here");
    assert_eq!(reason("? [a]\n: b\n"), "1:3 a key must be plain text");
    assert_eq!(reason("a: 1\n---\nb: 2\n"), "2:1 there is a second document after `---`");
    assert_eq!(reason("a: *x\n"), "1:4 an alias names no anchor");
    assert_eq!(reason("a: &x [*x]\n"), "1:8 an alias stands inside what it repeats");
    assert_eq!(reason("a: use: it\n"), "1:7 a value without quotes holds `: `");
    assert_eq!(reason("a:\n\t- b\n"), "2:2 a tab stands where only spaces may");
    assert_eq!(reason("a: b\n<<<<<<< HEAD\nc: d\n"), "2:1 it holds a merge conflict");
    assert_eq!(reason("a: \"b\n"), "1:4 unclosed quote");
    assert_eq!(reason("%YAML 1.2\n---\na: b\n"), "1:1 YAML directives are disallowed");
}

#[test]
fn hostile_text_ends_in_an_error_soon() {
    let bomb: String = (1..30).fold("a0: &a0 [x, x]\n".to_owned(), |text, i| {
        format!("{text}a{i}: &a{i} [*a{0}, *a{0}, *a{0}, *a{0}]\n", i - 1)
    });
    assert!(reason(&bomb).ends_with("aliases repeat too much"));
    for text in ["[", "{a: ", "- ", "? ", "[{", "a: [", "&a ", "!!str "] {
        parse(&text.repeat(30_000), Limits::FRONT_MATTER).expect_err(text);
    }
    assert!(reason(&"- a\n".repeat(30_000)).ends_with("it has too many parts"));
    assert_eq!(reason(&"a".repeat(2 << 20)), "1:1 it is too large");
}
