//! Charts: one horizontal bar chart a scenario, as an SVG file.
//!
//! A bar is the median, the whisker runs from the best sample to the worst. When the slowest row is more than twenty
//! times the fastest the scale is logarithmic, and the chart says so. Colours are fixed and legible on white; mesh's rows
//! are the dark ones.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use super::figure;
use crate::harness::scenario::Owner;
use crate::harness::summary::{RowResult, ScenarioResult};

const WIDTH: f64 = 760.0;
const LABELS: f64 = 230.0;
const FIGURES: f64 = 90.0;
const HEAD: f64 = 56.0;
const STEP: f64 = 24.0;
const BAR: f64 = 16.0;
/// Beyond this factor between rows a linear scale would hide the small ones.
const LINEAR_UP_TO: f64 = 20.0;

/// Writes one file for each result into a directory, which is made if need be.
///
/// # Errors
/// If the directory or a file cannot be written.
pub(crate) fn write_all(directory: &Path, results: &[ScenarioResult]) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    for result in results {
        let file = format!("{}.svg", result.name.replace('/', "-"));
        fs::write(directory.join(file), chart(result))?;
    }
    Ok(())
}

struct Scale {
    low: f64,
    high: f64,
    logarithmic: bool,
}

impl Scale {
    fn of(result: &ScenarioResult) -> Self {
        let figures = || {
            result
                .rows
                .iter()
                .map(|row| result.unit.figure(row.median()))
                .filter(|figure| figure.is_finite())
        };
        let high = figures().fold(0.0, f64::max).max(f64::MIN_POSITIVE);
        let least = figures().fold(f64::INFINITY, f64::min);
        let logarithmic = least > 0.0 && high / least > LINEAR_UP_TO;
        // A bar of the least figure must still be visible, so a logarithmic scale begins below it.
        let low = if logarithmic { least / 2.0 } else { 0.0 };
        Self {
            low,
            high,
            logarithmic,
        }
    }

    fn place(&self, figure: f64) -> f64 {
        let share = if self.logarithmic {
            (figure.max(self.low) / self.low).ln() / (self.high / self.low).ln()
        } else {
            figure / self.high
        };
        share.clamp(0.0, 1.08) * (WIDTH - LABELS - FIGURES)
    }
}

fn chart(result: &ScenarioResult) -> String {
    let scale = Scale::of(result);
    let mut rows: Vec<_> = result.rows.iter().collect();
    rows.sort_by(|a, b| result.cost(a).total_cmp(&result.cost(b)));
    let height = HEAD + STEP * rows.len() as f64 + 8.0;
    let better = if result.unit.more_is_better() {
        "more is better"
    } else {
        "less is better"
    };
    let kind = if scale.logarithmic {
        ", logarithmic scale"
    } else {
        ""
    };
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" \
         viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>\n\
         <text x=\"12\" y=\"22\" font-size=\"15\" font-weight=\"bold\">{}</text>\n\
         <text x=\"12\" y=\"42\" fill=\"#555555\">{} ({better}{kind})</text>\n",
        escape(&result.name),
        escape(&result.about),
    );
    for (index, row) in rows.iter().enumerate() {
        bar(&mut svg, result, &scale, row, HEAD + STEP * index as f64);
    }
    svg.push_str("</svg>\n");
    svg
}

fn bar(svg: &mut String, result: &ScenarioResult, scale: &Scale, row: &RowResult, top: f64) {
    let colour = match row.owner {
        Owner::Mesh => "#14507a",
        Owner::Peer => "#9dbfd6",
        Owner::Floor => "#c9c9c9",
    };
    let middle = top + BAR / 2.0;
    let end = LABELS + scale.place(result.unit.figure(row.median()));
    let from = LABELS + scale.place(result.unit.figure(row.most()));
    let to = LABELS + scale.place(result.unit.figure(row.least()));
    let _ = writeln!(
        svg,
        "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
        LABELS - 8.0,
        middle + 4.5,
        escape(&row.name)
    );
    let _ = writeln!(
        svg,
        "<rect x=\"{LABELS}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{BAR}\" fill=\"{colour}\"/>",
        (end - LABELS).max(1.0)
    );
    let _ = writeln!(
        svg,
        "<line x1=\"{from:.1}\" x2=\"{to:.1}\" y1=\"{middle:.1}\" y2=\"{middle:.1}\" stroke=\"#333333\"/>"
    );
    let _ = writeln!(
        svg,
        "<text x=\"{:.1}\" y=\"{:.1}\">{}</text>",
        end.max(from).max(to) + 6.0,
        middle + 4.5,
        escape(&figure(result.unit, row.median()))
    );
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
