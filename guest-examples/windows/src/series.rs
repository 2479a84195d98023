//! Series of events and of measured values, in the order of time.

/// Returns the number of the session of each time, from 1. A new session begins after more than `pause`.
pub fn sessions(times: &[i64], pause: i64) -> Vec<i32> {
    let mut session = 0;
    let mut before = None;
    times
        .iter()
        .map(|time| {
            let goes_on = before.is_some_and(|before| time.saturating_sub(before) <= pause);
            session += i32::from(!goes_on);
            before = Some(*time);
            session
        })
        .collect()
}

/// Returns the values, with those that are missing interpolated between the known ones at both sides.
pub fn fill_gaps(samples: &[(i64, Option<f64>)]) -> Vec<Option<f64>> {
    let mut filled: Vec<_> = samples.iter().map(|(_, value)| *value).collect();
    let mut last: Option<(usize, f64)> = None;
    for (i, (_, value)) in samples.iter().enumerate() {
        let Some(value) = *value else { continue };
        if let Some((first, from)) = last {
            let at = |i: usize| samples[i].0 as f64;
            for (j, gap) in filled.iter_mut().enumerate().take(i).skip(first + 1) {
                let length = at(i) - at(first);
                let part = if length == 0.0 { 0.0 } else { (at(j) - at(first)) / length };
                *gap = Some(from + (value - from) * part);
            }
        }
        last = Some((i, value));
    }
    filled
}

/// Returns the level after each value.
pub fn smooth(mut values: Vec<Option<f64>>, alpha: f64) -> Vec<Option<f64>> {
    let mut level = None;
    for value in &mut values {
        level = match (level, *value) {
            (Some(level), Some(value)) => Some(alpha * value + (1.0 - alpha) * level),
            (level, value) => level.or(value),
        };
        *value = level;
    }
    values
}

/// Returns whether each value is farther from the median than `limit` median absolute deviations.
pub fn is_anomaly(values: &[Option<f64>], limit: f64) -> Vec<Option<bool>> {
    /// The standard deviation of normally distributed values is that many times their median absolute deviation.
    const SCALE: f64 = 1.4826;
    let known: Vec<f64> = values.iter().flatten().copied().collect();
    let center = median(known.clone());
    let spread = SCALE * median(known.iter().map(|value| (value - center).abs()).collect());
    values.iter().map(|value| value.map(|value| (value - center).abs() > limit * spread)).collect()
}

/// Returns the median, NaN of nothing. NaN is greater than all other numbers, as in PostgreSQL.
fn median(mut values: Vec<f64>) -> f64 {
    let middle = values.len() / 2;
    if values.is_empty() {
        return f64::NAN;
    }
    let is_even = values.len() % 2 == 0;
    let (below, upper, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    let lower = below.iter().copied().max_by(f64::total_cmp).filter(|_| is_even);
    lower.map_or(*upper, |lower| lower.midpoint(*upper))
}

/// Returns which part of all rows the last peer of each row ends. `peers` has the first peer of each row.
pub fn share_done(peers: &[u32]) -> Vec<f64> {
    let count = peers.len();
    let mut done = vec![0.0; count];
    let mut end = count;
    for (i, first) in peers.iter().enumerate().rev() {
        done[i] = end as f64 / count as f64;
        if *first as usize == i {
            end = i;
        }
    }
    done
}
