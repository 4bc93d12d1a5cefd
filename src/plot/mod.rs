//! Plots as SVG text, for reports and pages: bars, and how much of a sample lies below each value. No script, no font
//! file, no I/O. The text of labels is escaped by the drawing library.

use plotters::coord::Shift;
use plotters::prelude::*;

/// What cannot be drawn.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

const WIDTH: u32 = 720;
const HEIGHT: u32 = 320;
/// Colours that differ to most eyes (Okabe and Ito, 2008).
const COLOURS: [RGBColor; 6] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(230, 159, 0),
];

/// A name and its values.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// As the legend has it.
    pub name: String,
    /// Finite numbers, in any order.
    pub values: Vec<f64>,
}

/// One bar for each name, of its first value, from zero up.
///
/// # Errors
/// When it cannot be drawn.
pub fn bars(title: &str, unit: &str, bars: &[Series]) -> Result<String, Error> {
    let heights: Vec<f64> = bars.iter().map(|bar| bar.values.first().copied().unwrap_or_default()).collect();
    let top = heights.iter().copied().fold(f64::MIN_POSITIVE, f64::max) * 1.1;
    drawn(|area| {
        let right = number(bars.len());
        let mut chart = ChartBuilder::on(area)
            .caption(title, ("sans-serif", 18))
            .margin(12)
            .x_label_area_size(28)
            .y_label_area_size(64)
            .build_cartesian_2d(0.0..right.max(1.0), 0.0..top)?;
        // A mark stands in the middle of its bar.
        let name = |x: &f64| bars.iter().enumerate().find(|(at, _)| (*x - number(*at) - 0.5).abs() < 0.01);
        chart
            .configure_mesh()
            .disable_x_mesh()
            .x_labels(2 * bars.len() + 1)
            .x_label_formatter(&|x| name(x).map_or(String::new(), |(_, bar)| bar.name.clone()))
            .y_desc(unit)
            .draw()?;
        for (at, height) in heights.iter().enumerate() {
            let corners = [(number(at) + 0.2, 0.0), (number(at) + 0.8, *height)];
            chart.draw_series([Rectangle::new(corners, COLOURS[at % COLOURS.len()].filled())])?;
        }
        Ok(())
    })
}

/// For each name the part of its values (0 to 1) that are at most so large.
///
/// # Errors
/// When it cannot be drawn.
pub fn shares_below(title: &str, unit: &str, series: &[Series]) -> Result<String, Error> {
    let most = series.iter().flat_map(|one| one.values.iter().copied()).fold(f64::MIN_POSITIVE, f64::max);
    drawn(|area| {
        let mut chart = ChartBuilder::on(area)
            .caption(title, ("sans-serif", 18))
            .margin(12)
            .x_label_area_size(40)
            .y_label_area_size(48)
            .build_cartesian_2d(0.0..most * 1.05, 0.0..1.0)?;
        chart.configure_mesh().x_desc(unit).draw()?;
        for (at, one) in series.iter().enumerate().filter(|(_, one)| !one.values.is_empty()) {
            let colour = COLOURS[at % COLOURS.len()];
            let line = LineSeries::new(steps(&one.values), colour.stroke_width(2));
            let key = move |(x, y)| PathElement::new([(x, y), (x + 16, y)], colour.stroke_width(2));
            chart.draw_series(line)?.label(one.name.as_str()).legend(key);
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::LowerRight)
            .background_style(WHITE.mix(0.8))
            .border_style(BLACK.mix(0.3))
            .draw()?;
        Ok(())
    })
}

/// Draws on an empty picture.
fn drawn(
    draw: impl FnOnce(&DrawingArea<SVGBackend<'_>, Shift>) -> Result<(), Box<dyn std::error::Error>>,
) -> Result<String, Error> {
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, (WIDTH, HEIGHT)).into_drawing_area();
        area.fill(&WHITE).map_err(|error| error.to_string())?;
        draw(&area).map_err(|error| error.to_string())?;
        area.present().map_err(|error| error.to_string())?;
    }
    Ok(text)
}

/// Up by one share at each value.
fn steps(values: &[f64]) -> Vec<(f64, f64)> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let share = |n: usize| number(n) / number(sorted.len());
    sorted.iter().enumerate().flat_map(|(at, value)| [(*value, share(at)), (*value, share(at + 1))]).collect()
}

#[expect(clippy::cast_precision_loss, reason = "a few thousand at most")]
fn number(n: usize) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(name: &str, values: &[f64]) -> Series {
        Series { name: name.to_owned(), values: values.to_vec() }
    }

    #[test]
    fn plots_are_svg_with_the_names_escaped_and_no_script() {
        let all = [series("gemini", &[2.0, 1.0]), series("<script>", &[3.0]), series("none", &[])];
        for svg in [bars("Cost", "USD", &all).unwrap(), shares_below("Time", "s", &all).unwrap()] {
            assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"), "{svg}");
            assert!(svg.contains("gemini") && svg.contains("&lt;script&gt;") && !svg.contains("<script"), "{svg}");
        }
    }

    #[test]
    fn nothing_to_plot_is_an_empty_plot() {
        assert!(bars("Cost", "USD", &[]).is_ok() && shares_below("Time", "s", &[]).is_ok());
    }

    #[test]
    fn each_value_lifts_the_line_by_its_share() {
        assert_eq!(steps(&[3.0, 1.0]), [(1.0, 0.0), (1.0, 0.5), (3.0, 0.5), (3.0, 1.0)]);
    }
}
