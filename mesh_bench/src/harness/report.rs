//! Reports: the same results as a table for the terminal, as Markdown, as JSON and as charts.

pub(crate) mod json;
pub(crate) mod markdown;
pub(crate) mod svg;
pub(crate) mod text;

use super::scenario::Unit;

/// A figure with three significant digits, or as few as it needs.
pub(crate) fn digits(figure: f64) -> String {
    if !figure.is_finite() {
        return "–".to_owned();
    }
    if figure != 0.0 && figure.abs() < 0.01 {
        format!("{figure:.4}")
    } else if figure.abs() < 10.0 {
        format!("{figure:.2}")
    } else if figure.abs() < 100.0 {
        format!("{figure:.1}")
    } else {
        format!("{figure:.0}")
    }
}

/// A figure with its unit, in the multiple of nanoseconds that reads best.
pub(crate) fn figure(unit: Unit, cost: f64) -> String {
    let shown = unit.figure(cost);
    match unit {
        Unit::Nanoseconds if shown >= 1_000_000.0 => format!("{} ms", digits(shown / 1_000_000.0)),
        Unit::Nanoseconds if shown >= 1_000.0 => format!("{} µs", digits(shown / 1_000.0)),
        unit => format!("{} {}", digits(shown), unit.symbol()),
    }
}

/// A ratio to the best peer.
pub(crate) fn ratio(ratio: Option<f64>) -> String {
    match ratio {
        None => String::new(),
        Some(ratio) if ratio.is_infinite() => "∞".to_owned(),
        Some(ratio) => format!("{ratio:.2} ×"),
    }
}
