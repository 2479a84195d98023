//! The exports of `wit/windows.wit`: window functions over series of events and of measured values.

mod downsampling;
mod series;

wit_bindgen::generate!({ world: "windows", generate_all });

struct Windows;

impl Guest for Windows {
    fn sessions(rows: Vec<i64>, pause: Interval) -> Result<Vec<i32>, String> {
        const DAY: i64 = 86_400_000_000;
        if pause.months != 0 {
            return Err("a pause cannot have months".into());
        }
        let pause = i64::from(pause.days).saturating_mul(DAY).saturating_add(pause.microseconds);
        Ok(series::sessions(&rows, pause))
    }

    fn fill_gaps(rows: Vec<Sample>) -> Vec<Option<f64>> {
        let known = rows.iter().map(|sample| (sample.at, sample.value));
        series::fill_gaps(&known.collect::<Vec<_>>())
    }

    fn smooth(rows: Vec<Option<f64>>, alpha: f64) -> Result<Vec<Option<f64>>, String> {
        match alpha > 0.0 && alpha <= 1.0 {
            true => Ok(series::smooth(rows, alpha)),
            false => Err(format!("alpha is {alpha}, not above 0 and at most 1")),
        }
    }

    fn is_anomaly(rows: Vec<Option<f64>>, limit: f64) -> Vec<Option<bool>> {
        series::is_anomaly(&rows, limit)
    }

    fn lttb(rows: Vec<Point>, keep: u32) -> Vec<bool> {
        let points: Vec<_> = rows.iter().map(|point| (point.x, point.y)).collect();
        downsampling::lttb(&points, keep as usize)
    }

    fn share_done(peers: Vec<u32>) -> Vec<f64> {
        series::share_done(&peers)
    }
}

export!(Windows);
