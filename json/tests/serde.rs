//! What serde_json takes for JSON, and finds in it, this crate does too.

use serde_json::Value as Known;
use sessionwire_dice::{Dice, seeds};
use sessionwire_json::{Document, Json, Object, Value, array};

#[test]
fn the_same_texts_are_json() {
    let mut json = 0;
    for seed in seeds(0..400) {
        let mut dice = Dice::new(seed);
        for _ in 0..50 {
            let mut text = String::new();
            write(&mut dice, 0, &mut text);
            for _ in 0..dice.below(3) {
                spoil(&mut dice, &mut text);
            }
            let known: Result<Box<serde_json::value::RawValue>, _> = serde_json::from_str(&text);
            let parsed = Json::parse(&text);
            assert_eq!(parsed.is_ok(), known.is_ok(), "{text}");
            if let (Ok(parsed), Ok(known)) = (&parsed, &known) {
                assert_eq!(parsed.get(), known.get());
                json += 1;
            }
        }
    }
    assert!(json > 1_000, "{json}");
}

#[test]
fn reading_what_is_no_json_ends() {
    fn walk(value: Value<'_>) -> usize {
        let names = value
            .pick(["a", "b"])
            .map_or(0, |found| found.iter().flatten().count());
        let fields = value.fields().into_iter().flatten();
        let fields = fields.map(|(name, value)| walk(name) + walk(value));
        let items = value.items().into_iter().flatten().map(walk);
        1 + names + value.text().map_or(0, |text| text.len()) + fields.chain(items).sum::<usize>()
    }
    let mut read = 0;
    for seed in seeds(0..400) {
        let mut dice = Dice::new(seed);
        for _ in 0..20 {
            let mut text = String::new();
            write(&mut dice, 0, &mut text);
            for _ in 0..=dice.below(6) {
                spoil(&mut dice, &mut text);
            }
            if Json::parse(&text).is_err() {
                read += walk(Document::checked(&text).value());
                read += walk(Json::written(text.as_str()).value());
            }
        }
    }
    assert!(read > 10_000, "{read}");
    for text in [
        "",
        "\"",
        "{",
        "[[",
        "{\"",
        "{\"a\":\"\\",
        "\"\\é\"",
        "\"\\u12",
        "}",
        "1}2",
        "{1:2}",
        "\\",
    ] {
        walk(Document::checked(text).value());
        walk(Json::written(text).value());
    }
}

#[test]
fn values_are_found() {
    let mut compared = 0;
    for seed in seeds(0..400) {
        let mut dice = Dice::new(seed);
        for _ in 0..20 {
            let mut text = String::new();
            write(&mut dice, 0, &mut text);
            // Half of a surrogate pair and numbers beyond bounds are JSON that serde_json's values do not hold.
            if let Ok(known) = serde_json::from_str(&text) {
                compare(Document::parse(&text).expect("it is JSON").value(), &known);
                compare(Json::parse(&text).expect("it is JSON").value(), &known);
                compared += 1;
            }
        }
    }
    assert!(compared > 1_000, "{compared}");
}

#[test]
fn half_a_surrogate_pair_is_replaced() {
    for (json, text) in [
        (r#""a\ud83d""#, "a\u{fffd}"),
        (r#""\ud83d\ud83d\ude00b""#, "\u{fffd}\u{1f600}b"),
        (r#""\ud83d\n""#, "\u{fffd}\n"),
        (r#""\ude00\ud83d""#, "\u{fffd}\u{fffd}"),
        (r#""\ud83dude00""#, "\u{fffd}ude00"),
    ] {
        let parsed = Json::parse(json).expect("it is JSON");
        assert_eq!(parsed.value().text().as_deref(), Some(text), "{json}");
    }
}

#[test]
fn what_is_written_is_read() {
    let odd = "\"\\/\u{8}\u{c}\n\r\t\0\u{1f} \u{7f}é\u{1d11e}";
    let written = Object::default()
        .text("text", odd)
        .text("none", None)
        .number("number", u64::MAX)
        .number("zero", 0)
        .flag("flag", true)
        .json("array", array(["a", "\"", ""]).value())
        .json("null", Value::NULL)
        .end();
    let known = serde_json::json!({
        "text": odd, "number": u64::MAX, "zero": 0, "flag": true, "array": ["a", "\"", ""], "null": null,
    });
    assert_eq!(serde_json::from_str::<Known>(written.get()).unwrap(), known);
    assert_eq!(Json::parse(written.get()).as_ref(), Ok(&written));
    assert_eq!(Object::default().end().get(), "{}");
    assert_eq!(Json::text(odd).get(), serde_json::to_string(odd).unwrap());
}

#[test]
fn fields_are_picked() {
    let text = r#" { "a" : 1 , "\u0062":[{"a":2}], "c":null, "d":"x", "a":3, "e": {} } "#;
    let document = Document::parse(text).unwrap();
    let value = document.value();
    let [a, b, c, d, absent] = value.pick(["a", "b", "c", "d", "z"]).unwrap();
    let text = |found: Option<Value<'_>>| found.map(|value| value.get().to_owned());
    assert_eq!(
        [a, b, c, d, absent].map(text),
        [
            Some("3".to_owned()),
            Some(r#"[{"a":2}]"#.to_owned()),
            None,
            Some("\"x\"".to_owned()),
            None
        ]
    );
    assert!(Json::parse("[]").unwrap().value().pick(["a"]).is_err());
}

fn compare(value: Value<'_>, known: &Known) {
    match known {
        Known::Null => assert!(value.is_null()),
        Known::Bool(flag) => assert_eq!(value.get(), flag.to_string()),
        Known::Number(number) => {
            let read: Result<u64, _> = sessionwire_json::Read::read(value);
            if let Some(whole) = number.as_u64() {
                assert_eq!(read, Ok(whole));
            } else if !number.is_f64() {
                assert!(read.is_err());
            }
        }
        Known::String(text) => assert_eq!(value.text().as_deref(), Some(text.as_str())),
        Known::Array(items) => {
            let found: Vec<_> = value.items().expect("an array").collect();
            assert_eq!(found.len(), items.len());
            for (value, known) in found.into_iter().zip(items) {
                compare(value, known);
            }
        }
        Known::Object(fields) => {
            for (name, value) in value.fields().expect("an object") {
                let name = name.text().expect("a name");
                compare(value, &fields[&*name]);
            }
            assert_eq!(value.fields().expect("an object").count(), fields.len());
        }
    }
}

/// Writes a value with spaces and escapes wherever they may stand.
fn write(dice: &mut Dice, depth: usize, text: &mut String) {
    space(dice, text);
    match dice.below(if depth < 4 { 9 } else { 6 }) {
        0 => text.push_str(one_of(dice, &["null", "true", "false"])),
        1 => text.push_str(one_of(
            dice,
            &["0", "7", "-0", "18446744073709551615", "12345"],
        )),
        2 => text.push_str(one_of(
            dice,
            &["-1", "0.5", "1e3", "2E-2", "-1.25e+1", "9e999"],
        )),
        3..6 => string(dice, text),
        kind => {
            let is_object = kind == 8;
            text.push(if is_object { '{' } else { '[' });
            for index in 0..dice.below(4) {
                if index > 0 {
                    space(dice, text);
                    text.push(',');
                }
                if is_object {
                    space(dice, text);
                    text.push_str(&format!("\"n{index}"));
                    text.push_str(one_of(
                        dice,
                        &["\"", "é\"", "\\u0041\"", "\\\"\"", "\\\\\""],
                    ));
                    space(dice, text);
                    text.push(':');
                }
                write(dice, depth + 1, text);
            }
            space(dice, text);
            text.push(if is_object { '}' } else { ']' });
        }
    }
    space(dice, text);
}

fn string(dice: &mut Dice, text: &mut String) {
    const PARTS: [&str; 14] = [
        "a",
        "é",
        "\u{1d11e}",
        "\\n",
        "\\\\",
        "\\\"",
        "\\/",
        "\\u00e9",
        "\\ud834\\udd1e",
        "\\ud834",
        "\\udd1e",
        "{",
        "]",
        ",",
    ];
    text.push('"');
    for _ in 0..dice.below(5) {
        text.push_str(one_of(dice, &PARTS));
    }
    text.push('"');
}

fn space(dice: &mut Dice, text: &mut String) {
    text.push_str(one_of(dice, &["", "", "", " ", "\n\t\r "]));
}

/// Leaves out a character, or puts one in.
fn spoil(dice: &mut Dice, text: &mut String) {
    let letters: Vec<_> = text.char_indices().collect();
    let Some((at, _)) = letters.get(dice.below(letters.len() as u64 + 1) as usize) else {
        return;
    };
    match dice.below(2) {
        0 => drop(text.remove(*at)),
        _ => text.insert_str(
            *at,
            one_of(
                dice,
                &[
                    "\"", "\\", "{", "}", "[", "]", ",", ":", "0", ".", "e", "-", "t", "\u{1}", " ",
                ],
            ),
        ),
    }
}

fn one_of<'a>(dice: &mut Dice, texts: &[&'a str]) -> &'a str {
    dice.pick::<&str>(texts)
}
