//! Figures as text.

/// A number of things, as in "2,000".
pub fn count(things: usize) -> String {
    with_groups(&things.to_string())
}

/// Three digits that count.
pub(crate) fn figure(value: f64) -> String {
    match value.abs() {
        large if large >= 99.95 => with_groups(&format!("{value:.0}")),
        medium if medium >= 9.995 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// Two digits that count.
pub(crate) fn ratio(value: f64) -> String {
    match value.abs() {
        large if large >= 9.95 => with_groups(&format!("{value:.0}")),
        medium if medium >= 0.995 => format!("{value:.1}"),
        small if small >= 0.0995 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

fn with_groups(digits: &str) -> String {
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_digits_as_count() {
        let figures = [0.0, 0.125, 9.996, 12.34, 99.96, 1_234.5, 1_234_567.0].map(figure);
        assert_eq!(
            figures,
            ["0.00", "0.12", "10.0", "12.3", "100", "1,234", "1,234,567"]
        );
        let ratios = [0.012, 0.25, 1.0, 9.96, 1_234.0].map(ratio);
        assert_eq!(ratios, ["0.012", "0.25", "1.0", "10", "1,234"]);
    }
}
