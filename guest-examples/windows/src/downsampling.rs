//! Largest Triangle Three Buckets (Sveinn Steinarsson, "Downsampling Time Series for Visual Representation", 2013).

/// Returns for each point whether it is one of the `keep` points that are kept.
///
/// The first and the last point are kept. The others are divided into as many buckets as points remain to be kept. Of each
/// bucket the point is kept that makes the largest triangle with the point kept before it and the average of the next bucket.
pub fn lttb(points: &[(f64, f64)], keep: usize) -> Vec<bool> {
    let count = points.len();
    if keep >= count {
        return vec![true; count];
    }
    let mut kept = vec![false; count];
    let buckets = match keep {
        0 => return kept,
        1 => {
            kept[0] = true;
            return kept;
        }
        _ => keep - 2,
    };
    (kept[0], kept[count - 1]) = (true, true);
    // Where a bucket begins; the one after the last is the last point.
    let begin = |bucket: usize| match bucket < buckets {
        true => 1 + bucket * (count - 2) / buckets,
        false => count - 1,
    };
    let mut before = points[0];
    for bucket in 0..buckets {
        let next = match bucket + 1 < buckets {
            true => &points[begin(bucket + 1)..begin(bucket + 2)],
            false => &points[count - 1..],
        };
        let size = next.len() as f64;
        let (x, y) = next.iter().fold((0.0, 0.0), |(x, y), point| (x + point.0, y + point.1));
        let (x, y) = (x / size, y / size);
        let area = |(at, value): (f64, f64)| {
            ((before.0 - x) * (value - before.1) - (before.0 - at) * (y - before.1)).abs()
        };
        let candidates = begin(bucket)..begin(bucket + 1);
        let best = candidates.max_by(|a, b| area(points[*a]).total_cmp(&area(points[*b])));
        // A bucket is never empty, as there are more points than buckets.
        let best = best.unwrap_or_else(|| begin(bucket));
        kept[best] = true;
        before = points[best];
    }
    kept
}
