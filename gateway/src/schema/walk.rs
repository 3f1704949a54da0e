//! Walks a value along its schema and tells what does not fit.
//!
//! The order in which faults are told is part of the wire: of an object first what is missing, then what is too much,
//! then its fields in the order of the table, and of alternatives all that is wrong with each, then that none fits.

use std::collections::HashSet;

use serde_json::{Map, Number, Value};

use super::language::{Array, Constant, Object, Range, Record, Schema, Text};
use super::length;
use super::problem::{Fault, Place, Problems, Report, Verdict};

/// What is wrong with `value`.
pub(super) fn problems<'v>(schema: &Schema, value: &'v Value) -> Problems<'v> {
    let mut problems = Problems::default();
    walk(schema, value, &Place::Root, &mut problems);
    problems
}

fn accepts(schema: &Schema, value: &Value) -> bool {
    let mut verdict = Verdict::default();
    walk(schema, value, &Place::Root, &mut verdict);
    !verdict.refused
}

fn walk<'v, R: Report<'v>>(schema: &Schema, value: &'v Value, place: &Place<'_>, report: &mut R) {
    match schema {
        Schema::Any => {}
        Schema::Null => expect(value.is_null(), Fault::Type("null"), place, report),
        Schema::Boolean => expect(value.is_boolean(), Fault::Type("boolean"), place, report),
        Schema::Text(limits) => text(limits, value, place, report),
        Schema::Integer(range) => {
            expect(
                value.as_number().is_some_and(is_integer),
                Fault::Type("integer"),
                place,
                report,
            );
            within(range, value, place, report);
        }
        Schema::Number(range) => {
            expect(value.is_number(), Fault::Type("number"), place, report);
            within(range, value, place, report);
        }
        Schema::Constant(constant) => exactly(constant, value, place, report),
        Schema::Choice(choices) => choice(choices, value, place, report),
        Schema::Array(limits) => array(limits, value, place, report),
        Schema::Object(limits) => object(limits, value, place, report),
        Schema::Record(limits) => record(limits, value, place, report),
        Schema::AnyOf(schemas) => any_of(schemas, value, place, report),
    }
}

fn expect<'v, R: Report<'v>>(fits: bool, fault: Fault<'v>, place: &Place<'_>, report: &mut R) {
    if !fits {
        report.tell(place, fault);
    }
}

fn text<'v, R: Report<'v>>(limits: &Text, value: &'v Value, place: &Place<'_>, report: &mut R) {
    match value.as_str() {
        Some(text) => {
            expect(
                !length::exceeds(text, limits.max),
                Fault::TooMany("characters", limits.max),
                place,
                report,
            );
            expect(
                !length::falls_short(text, limits.min),
                Fault::TooFew("characters", limits.min),
                place,
                report,
            );
            if let Some(pattern) = limits.pattern {
                expect(
                    (pattern.matches)(text),
                    Fault::Pattern(pattern.source),
                    place,
                    report,
                );
            }
        }
        None => report.tell(place, Fault::Type("string")),
    }
    if !limits.choices.is_empty() {
        choice(limits.choices, value, place, report);
    }
}

fn choice<'v, R: Report<'v>>(
    choices: &[&str],
    value: &'v Value,
    place: &Place<'_>,
    report: &mut R,
) {
    expect(
        value.as_str().is_some_and(|text| choices.contains(&text)),
        Fault::NotAChoice,
        place,
        report,
    );
}

fn within<'v, R: Report<'v>>(range: &Range, value: &'v Value, place: &Place<'_>, report: &mut R) {
    let Some(number) = value.as_f64() else { return };
    if let Some(max) = range.max {
        expect(number <= max as f64, Fault::Above(max), place, report);
    }
    if let Some(min) = range.min {
        expect(number >= min as f64, Fault::Below(min), place, report);
    }
}

/// JSON does not tell 1 from 1.0.
fn is_integer(number: &Number) -> bool {
    !number.is_f64() || number.as_f64().is_some_and(|number| number.fract() == 0.0)
}

fn exactly<'v, R: Report<'v>>(
    constant: &Constant,
    value: &'v Value,
    place: &Place<'_>,
    report: &mut R,
) {
    let (name, typed, equal) = match *constant {
        Constant::Text(text) => ("string", value.is_string(), value.as_str() == Some(text)),
        Constant::Number(number) => (
            "number",
            value.is_number(),
            value.as_f64() == Some(number as f64),
        ),
        Constant::Boolean(boolean) => (
            "boolean",
            value.is_boolean(),
            value.as_bool() == Some(boolean),
        ),
    };
    expect(typed, Fault::Type(name), place, report);
    expect(equal, Fault::NotConstant, place, report);
}

fn array<'v, R: Report<'v>>(limits: &Array, value: &'v Value, place: &Place<'_>, report: &mut R) {
    let Some(items) = value.as_array() else {
        return report.tell(place, Fault::Type("array"));
    };
    for (index, item) in items.iter().enumerate() {
        walk(limits.items, item, &Place::Item(place, index), report);
    }
    expect(
        items.len() <= limits.max,
        Fault::TooMany("items", limits.max),
        place,
        report,
    );
    expect(
        items.len() >= limits.min,
        Fault::TooFew("items", limits.min),
        place,
        report,
    );
    if limits.unique {
        let distinct: HashSet<&Value> = items.iter().collect();
        expect(
            distinct.len() == items.len(),
            Fault::Duplicates,
            place,
            report,
        );
    }
}

fn object<'v, R: Report<'v>>(limits: &Object, value: &'v Value, place: &Place<'_>, report: &mut R) {
    let Some(fields) = value.as_object() else {
        report.tell(place, Fault::Type("object"));
        // What is no object has no field that keeps it from being refused.
        return limits
            .refused
            .iter()
            .for_each(|_| report.tell(place, Fault::Refused));
    };
    if let Some(missing) = limits
        .fields()
        .find(|field| field.required && !fields.contains_key(field.name))
    {
        report.tell(place, Fault::Missing(missing.name));
    }
    let declared = fields.keys().filter(|name| limits.declares(name)).count();
    if limits.closed && declared < fields.len() {
        undeclared(limits, fields, place, report);
    }
    let present = limits
        .fields()
        .filter_map(|field| Some((field, fields.get(field.name)?)));
    for (field, value) in present.take(declared) {
        walk(
            &field.schema,
            value,
            &Place::Field(place, field.name),
            report,
        );
    }
    expect(
        fields.len() >= limits.min,
        Fault::TooFew("properties", limits.min),
        place,
        report,
    );
    for refused in limits.refused {
        expect(!refused(fields), Fault::Refused, place, report);
    }
}

fn undeclared<'v, R: Report<'v>>(
    limits: &Object,
    fields: &'v Map<String, Value>,
    place: &Place<'_>,
    report: &mut R,
) {
    let (mut count, mut shown) = (0, None);
    for name in fields.keys().filter(|name| !limits.declares(name)) {
        report.tell(&Place::Field(place, name), Fault::Undeclared);
        count += 1;
        shown = shown.or_else(|| (!name.trim().is_empty()).then_some(name.as_str()));
    }
    report.tell(place, Fault::Unexpected(count, shown));
}

fn record<'v, R: Report<'v>>(limits: &Record, value: &'v Value, place: &Place<'_>, report: &mut R) {
    let Some(entries) = value.as_object() else {
        return report.tell(place, Fault::Type("object"));
    };
    for (name, value) in entries {
        walk(limits.values, value, &Place::Field(place, name), report);
    }
    expect(
        entries.len() <= limits.max,
        Fault::TooMany("properties", limits.max),
        place,
        report,
    );
}

fn any_of<'v, R: Report<'v>>(
    schemas: &[Schema],
    value: &'v Value,
    place: &Place<'_>,
    report: &mut R,
) {
    if schemas.iter().any(|schema| accepts(schema, value)) {
        return;
    }
    for schema in schemas {
        let mut wrong = R::default();
        walk(schema, value, place, &mut wrong);
        report.tell_all(wrong);
    }
    report.tell(place, Fault::NotAny);
}
