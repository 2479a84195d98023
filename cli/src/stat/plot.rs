//! Plots, as SVG. A plot must contain numbers alone: names of functions are untrusted, and stand beside it.

use super::table::quantity;
use crate::failure::{Failure, Kind, Result};
use plotters::coord::Shift;
use plotters::prelude::*;
use std::collections::BTreeMap;

/// The colours of lines, and of what stands for them in a legend.
pub(super) const COLORS: [RGBColor; 9] = [
    RGBColor(0x1f, 0x77, 0xb4),
    RGBColor(0xff, 0x7f, 0x0e),
    RGBColor(0x2c, 0xa0, 0x2c),
    RGBColor(0xd6, 0x27, 0x28),
    RGBColor(0x94, 0x67, 0xbd),
    RGBColor(0x8c, 0x56, 0x4b),
    RGBColor(0xe3, 0x77, 0xc2),
    RGBColor(0x17, 0xbe, 0xcf),
    RGBColor(0x7f, 0x7f, 0x7f),
];

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn = std::result::Result<(), Box<dyn std::error::Error>>;

/// Plots lines over time, each in its colour: seconds, and units of fuel for each second.
///
/// # Errors
/// A fault of the library.
pub(super) fn lines(lines: &[Vec<(f64, f64)>]) -> Result<String> {
    let points = || lines.iter().flatten();
    let end = points().map(|point| point.0).fold(1.0, f64::max);
    let most = points().map(|point| point.1).fold(1.0, f64::max);
    svg((900, 340), |area| {
        let mut chart = ChartBuilder::on(area)
            .margin(12)
            .x_label_area_size(40)
            .y_label_area_size(70)
            .build_cartesian_2d(0.0..end, 0.0..most * 1.05)?;
        chart
            .configure_mesh()
            .x_desc("seconds")
            .y_desc("fuel/s")
            .x_label_formatter(&|seconds| quantity(*seconds))
            .y_label_formatter(&|fuel| quantity(*fuel))
            .light_line_style(WHITE)
            .draw()?;
        for (line, color) in lines.iter().zip(COLORS) {
            let style = color.stroke_width(2);
            chart.draw_series(LineSeries::new(line.iter().copied(), style).point_size(2))?;
        }
        Ok(())
    })
}

/// Plots the calls in each class of fuel: the most fuel of a class, and the calls in it.
///
/// # Errors
/// A fault of the library.
pub(super) fn histogram(classes: &BTreeMap<u64, u64>) -> Result<String> {
    let bars: Vec<_> = classes.iter().map(|(most, calls)| (bounds(*most), *calls as f64)).collect();
    // The classes are in order.
    let least = bars.first().map_or(0.0, |(bounds, _)| bounds.0.floor());
    let end = bars.last().map_or(1.0, |(bounds, _)| bounds.1.ceil()).max(least + 1.0);
    let most = bars.iter().map(|(_, calls)| *calls).fold(1.0, f64::max);
    svg((440, 220), |area| {
        let mut chart = ChartBuilder::on(area)
            .margin(8)
            .x_label_area_size(36)
            .y_label_area_size(56)
            .build_cartesian_2d(least..end, 0.0..most * 1.05)?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .x_desc("fuel of a call")
            .y_desc("calls")
            .x_labels(8)
            .x_label_formatter(&|power| quantity(power.exp2().round()))
            .y_label_formatter(&|calls| quantity(*calls))
            .light_line_style(WHITE)
            .draw()?;
        let bar = |((left, right), calls): &((f64, f64), f64)| {
            Rectangle::new([(*left, 0.0), (*right, *calls)], COLORS[0].filled())
        };
        chart.draw_series(bars.iter().map(bar))?;
        Ok(())
    })
}

/// Returns where the class whose calls use so much fuel at most begins and ends, as powers of two. There are four classes from
/// each power of two to the next.
fn bounds(most: u64) -> (f64, f64) {
    let end = u128::from(most) + 1;
    let width = match end.ilog2() {
        // Below 4, each number is a class.
        ..=2 => 1,
        power if end.is_power_of_two() => 1 << (power - 3),
        power => 1 << (power - 2),
    };
    // Classes of no fuel begin somewhere to the left of 1.
    let power = |fuel: u128| (fuel as f64).max(0.5).log2();
    (power(end - width), power(end))
}

fn svg(size: (u32, u32), draw: impl FnOnce(&Area) -> Drawn) -> Result<String> {
    let mut text = String::new();
    let drawn = {
        let area = SVGBackend::with_string(&mut text, size).into_drawing_area();
        area.fill(&WHITE)
            .map_err(Into::into)
            .and_then(|()| draw(&area))
            .and_then(|()| area.present().map_err(Into::into))
    };
    match drawn {
        Ok(()) => Ok(text),
        Err(error) => Err(Failure::new(Kind::Internal, format!("could not plot: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_have_bounds() {
        let fuel = |most| {
            let (begin, end) = bounds(most);
            (begin.exp2().round() as u64, end.exp2().round() as u64)
        };
        assert_eq!(bounds(0), (-1.0, 0.0));
        assert_eq!([1, 3, 4, 7].map(fuel), [(1, 2), (3, 4), (4, 5), (7, 8)]);
        assert_eq!(
            [9, 15, 19, 2559, 4095].map(fuel),
            [(8, 10), (14, 16), (16, 20), (2048, 2560), (3584, 4096),]
        );
        assert!(bounds(u64::MAX).1 == 64.0);
    }

    #[test]
    fn whatever_the_numbers() {
        for line in [vec![], vec![(0.0, 0.0)], vec![(1.0, 1e30), (2.0, 0.0)]] {
            assert!(lines(&[line]).expect("a plot").contains("</svg>"));
        }
        for classes in [&[][..], &[(0, 1)], &[(0, 1), (i64::MAX as u64, u64::MAX)]] {
            let plot = histogram(&classes.iter().copied().collect()).expect("a plot");
            assert!(plot.contains("</svg>"));
        }
    }
}
