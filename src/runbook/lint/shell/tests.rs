//! Scripts as a shell reads them.

use proptest::prelude::*;

use super::{Joint, Script, read};

fn programs(text: &str) -> Vec<String> {
    read(text).commands.iter().map(|command| command.program().to_owned()).collect()
}

fn uses(script: &Script) -> Vec<&str> {
    script.uses.iter().map(|one| &*one.name).collect()
}

#[test]
fn commands_are_found_however_they_are_joined() {
    let cases: [(&str, &[&str]); 14] = [
        ("a; b && c || d | e & f", &["a", "b", "c", "d", "e", "f"]),
        ("a # b; c\nd", &["a", "d"]),
        ("echo 'a; b' \"c && d\" e\\;f", &["echo"]),
        ("if a; then b; elif c; then d; else e; fi; f", &["a", "b", "c", "d", "e", "f"]),
        ("while read -r line; do a \"$line\"; done < file | b", &["read", "a", "b"]),
        ("for x in a b c; do\n  d $x\ndone\ne", &["d", "e"]),
        ("case $a in\n  x|y) b ;;\n  \"z)\") c;;\n  *) d; e;;\nesac\nf", &["b", "c", "d", "e", "f"]),
        ("f() { a; }\nfunction g { b; }\nf | g", &["a", "b", "f", "g"]),
        ("x=$(a | b) y=\"$(c \"$(d)\")\" e `f`", &["a", "b", "d", "c", "f", "e"]),
        ("(a; b) 2>&1 >file; { c; }", &["a", "b", "c"]),
        ("[[ $a < b && -f c ]] && d\n(( i++ < 3 )) && e", &["[[", "d", "e"]),
        ("cat <<EOF > out\nrm -rf /\nEOF\nb", &["cat", "b"]),
        ("diff <(a) <(b)", &["a", "b", "diff"]),
        ("sudo -u app timeout -k 5 30 env A=1 kubectl get pods", &["kubectl"]),
    ];
    for (text, expected) in cases {
        assert_eq!(programs(text), expected, "{text}");
    }
}

#[test]
fn variables_are_those_that_the_shell_itself_would_fill_in() {
    let script = read(
        "a \"$one\" '$not' ${two:-x} \\$not ${three%/*} $1 $? \"${four:-$five}\"\ncat <<EOF\n$six \\$not\nEOF\ncat <<'EOF'\n$not\nEOF\nawk '{print $not}'\necho $((seven + 1))",
    );
    assert_eq!(uses(&script), ["one", "two", "three", "four", "five", "six", "seven"]);
    let excused: Vec<&str> = script.uses.iter().filter(|one| one.excused).map(|one| &*one.name).collect();
    assert_eq!(excused, ["two", "four", "seven"]);
}

#[test]
fn what_a_script_sets_itself_is_known() {
    let script = read("a=1 b+=2\nc=( $d e )\nfor f in 1; do :; done\nh() { :; }\nenv i=2 x");
    assert_eq!(script.assigned, ["a", "b", "c", "f"]);
    assert_eq!(script.functions, ["h"]);
    assert_eq!(uses(&script), ["d"]);
}

#[test]
fn an_exit_code_is_looked_at_in_a_condition_and_before_a_joint() {
    let tested = |text: &str| read(text).commands.iter().map(|command| command.tested).collect::<Vec<_>>();
    assert_eq!(tested("a\nb || c\n! d\nif e; then f; fi"), [false, true, false, true, true, false]);
    let joints: Vec<Joint> = read("a | b &&\n c").commands.iter().map(|command| command.before).collect();
    assert_eq!(joints, [Joint::Next, Joint::Pipe, Joint::And]);
}

#[test]
fn what_is_handed_to_another_shell_is_read_as_well() {
    let elsewhere = |text: &str| {
        let script = read(text);
        script
            .commands
            .into_iter()
            .filter(|command| command.elsewhere)
            .map(|command| command.program().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(elsewhere("ssh -p 22 host 'cd /srv && rm -rf x'"), ["cd", "rm"]);
    assert_eq!(elsewhere("bash -ec \"a; b\""), ["a", "b"]);
    assert_eq!(elsewhere("kubectl exec pod -- sh"), ["sh"]);
    assert_eq!(elsewhere("ssh host <<'EOF'\na\nEOF"), ["a"]);
}

proptest! {
    #[test]
    fn any_text_is_read_to_its_end_and_places_lie_in_it(
        text in r#"([a-z$ \n;&|(){}<>'"`\\#=!\[\]-]|\$\(|\$\{|<<EOF|EOF|case|esac|in|if|then|fi|do|done|é){0,80}"#
    ) {
        let script = read(&text);
        for command in &script.commands {
            prop_assert!(text.is_char_boundary(command.at));
            prop_assert!(command.words.iter().all(|word| text.get(word.at..word.end).is_some()));
        }
        prop_assert!(script.uses.iter().all(|one| text[one.at..].starts_with(&one.name)));
    }
}

#[test]
fn what_is_nested_without_end_is_given_up() {
    for deep in
        ["$(".repeat(50_000), "(".repeat(100_000), "`".repeat(99_999), "${a:-".repeat(50_000), "case x in ".repeat(20_000)]
    {
        assert!(read(&deep).commands.len() <= super::COMMANDS_MAX);
    }
}
