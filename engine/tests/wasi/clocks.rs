//! Clocks, and waiting for them, of both previews.

use crate::subject::{HOUR, INVAL, MONOTONIC, REALTIME, STEP, SUCCESS, Wasi};
use plwasm_engine::compile::wasi::Written;

#[test]
fn clocks_rise_from_a_constant_by_a_step() {
    let mut wasi = Wasi::new();
    assert_eq!(wasi.time(0), REALTIME + STEP);
    assert_eq!(wasi.time(1), MONOTONIC + 2 * STEP);
    assert_eq!(wasi.time(2), 3 * STEP);
    assert_eq!(wasi.time(3), 4 * STEP);
    assert_eq!(wasi.time(0), REALTIME + 5 * STEP);
    for clock in 0..4 {
        assert_eq!(wasi.one("clock_res_get", &[clock, 64]), SUCCESS);
        assert_eq!(wasi.u64(64), STEP);
    }
    assert_eq!(wasi.two("wasi:clocks/monotonic-clock#now", &[]).unwrap() as u64, MONOTONIC + 6000);
    assert_eq!(wasi.two("wasi:clocks/monotonic-clock#resolution", &[]).unwrap() as u64, STEP);
    wasi.two("wasi:clocks/wall-clock#now", &[0]).unwrap();
    assert_eq!((wasi.u64(0), wasi.u32(8)), (946_684_800, 7000));
    wasi.two("wasi:clocks/wall-clock#resolution", &[0]).unwrap();
    assert_eq!((wasi.u64(0), wasi.u32(8)), (0, 1000));
    assert_eq!(wasi.two("wasi:clocks/timezone#utc-offset", &[0, 0]).unwrap(), 0);
    wasi.two("wasi:clocks/timezone#display", &[0, 0, 0]).unwrap();
    assert_eq!(wasi.u32(0), 0);
    assert_eq!(wasi.bytes(wasi.u32(4) as usize, wasi.u32(8) as usize), b"UTC");
    assert_eq!(wasi.bytes(12, 1), [0]);
}

/// A subscription of preview 1, or of its older form.
#[derive(Clone, Copy)]
enum Subscription {
    Clock { id: u32, timeout: u64, absolute: bool },
    Read(u32),
    Write(u32),
    Other,
}

impl Subscription {
    fn bytes(self, user: u64, unstable: bool) -> Vec<u8> {
        let mut bytes = vec![0xaa; if unstable { 56 } else { 48 }];
        let mut put = |at: usize, new: &[u8]| bytes[at..at + new.len()].copy_from_slice(new);
        let clock = if unstable { 24 } else { 16 };
        put(0, &user.to_le_bytes());
        match self {
            Self::Clock { id, timeout, absolute } => {
                put(8, &[0]);
                put(clock, &id.to_le_bytes());
                put(clock + 8, &timeout.to_le_bytes());
                put(clock + 24, &u16::from(absolute).to_le_bytes());
            }
            Self::Read(fd) => {
                put(8, &[1]);
                put(16, &fd.to_le_bytes());
            }
            Self::Write(fd) => {
                put(8, &[2]);
                put(16, &fd.to_le_bytes());
            }
            Self::Other => put(8, &[3]),
        }
        bytes
    }
}

/// One event: user data, errno, type, bytes.
type Event = (u64, u16, u8, u64);

/// `poll_oneoff` from 1024 to `out`; the events, and how long it took by the monotonic clock.
fn poll(
    wasi: &mut Wasi,
    unstable: bool,
    out: usize,
    subscriptions: &[Subscription],
) -> Option<(Vec<Event>, u64)> {
    let export = if unstable { "wasi_unstable.poll_oneoff" } else { "poll_oneoff" };
    let all: Vec<_> =
        (100..).zip(subscriptions).flat_map(|(user, one)| one.bytes(user, unstable)).collect();
    wasi.write(1024, &all);
    let before = wasi.time(1);
    let count = subscriptions.len() as i64;
    match wasi.one(export, &[1024, out as i64, count, 512]) {
        SUCCESS => {}
        INVAL => return None,
        other => panic!("{other}"),
    }
    let events = (0..wasi.u32(512) as usize)
        .map(|i| {
            let at = out + 32 * i;
            let short = |at| u16::from_le_bytes(wasi.bytes(at, 2).try_into().unwrap());
            assert_eq!(wasi.u64(at + 24), 0);
            (wasi.u64(at), short(at + 8), wasi.bytes(at + 10, 1)[0], wasi.u64(at + 16))
        })
        .collect();
    Some((events, wasi.time(1) - before - STEP))
}

#[test]
fn waiting_makes_time_pass() {
    use Subscription::{Clock, Other, Read, Write};
    let after = |id, timeout| Clock { id, timeout, absolute: false };
    let at = |id, timeout| Clock { id, timeout, absolute: true };
    for unstable in [false, true] {
        for out in [4096, 1024] {
            let mut wasi = Wasi::new();
            let mut poll = |subscriptions: &[_]| poll(&mut wasi, unstable, out, subscriptions);
            assert_eq!(poll(&[after(1, HOUR)]), Some((vec![(100, 0, 0, 0)], HOUR)));
            assert_eq!(poll(&[after(0, 0)]), Some((vec![(100, 0, 0, 0)], 0)));
            // The first of several, and what is due at the same time.
            assert_eq!(
                poll(&[after(1, 3 * HOUR), after(0, HOUR), after(2, HOUR), after(1, HOUR + 1)]),
                Some((vec![(101, 0, 0, 0), (102, 0, 0, 0)], HOUR))
            );
            // What is ready does not wait.
            assert_eq!(
                poll(&[after(1, HOUR), Read(0), Write(1), Write(3), after(1, 0)]),
                Some((vec![(101, 0, 1, 0), (102, 0, 2, 65536), (103, 8, 2, 0), (104, 0, 0, 0)], 0))
            );
            assert_eq!(poll(&[after(4, HOUR)]), Some((vec![(100, 28, 0, 0)], 0)));
            assert_eq!(poll(&[after(1, 1), Other]), None);
            // Until a time, by each clock: two hours and some readings have passed.
            assert_eq!(poll(&[at(0, REALTIME + HOUR)]), Some((vec![(100, 0, 0, 0)], 0)));
            for (id, origin, hours) in [(0, REALTIME, 3), (1, MONOTONIC, 4), (2, 0, 5), (3, 0, 6)] {
                let (events, passed) = poll(&[at(id, origin + hours * HOUR)]).unwrap();
                assert_eq!(events, [(100, 0, 0, 0)]);
                assert!(passed <= HOUR && passed > HOUR - 100 * STEP, "{id} {passed}");
            }
            // For ever.
            let (events, passed) = poll(&[after(1, u64::MAX)]).unwrap();
            assert_eq!(events, [(100, 0, 0, 0)]);
            assert!(passed > HOUR * 24 * 365 * 145, "{passed}");
            assert_eq!(poll(&[after(1, u64::MAX)]).unwrap().0, [(100, 0, 0, 0)]);
            assert_eq!(poll(&[at(1, u64::MAX)]).unwrap().0, [(100, 0, 0, 0)]);
            assert!(i64::try_from(wasi.time(0)).is_ok());
        }
    }
    // Beyond the memory, and more subscriptions than memory.
    let mut wasi = Wasi::new();
    for args in [[65_500, 0, 1, 512], [0, 65_520, 1, 512], [0, 0, -1, 512], [0, 0, 1, 65_534]] {
        assert!(wasi.call_in(Written::Preview1, "poll_oneoff", &args).is_err(), "{args:?}");
    }
}

#[test]
fn pollables_are_ready_at_their_deadline() {
    let mut wasi = Wasi::new();
    let ready = |wasi: &mut Wasi, one| wasi.two("wasi:io/poll#[method]pollable.ready", &[one]);
    let mut all = Vec::new();
    for (i, minutes) in [3, 1, 2, 1, 60].into_iter().enumerate() {
        let span = minutes * 60_000_000_000;
        let one = match i {
            0 => wasi
                .two("wasi:clocks/monotonic-clock#subscribe-instant", &[MONOTONIC as i64 + span]),
            _ => wasi.two("wasi:clocks/monotonic-clock#subscribe-duration", &[span]),
        };
        let one = one.unwrap();
        assert!((16..1 << 28).contains(&one), "{one}");
        assert_eq!(ready(&mut wasi, one).unwrap(), 0);
        all.push(one as u32);
    }
    let poll = |wasi: &mut Wasi, list: &[u32]| {
        wasi.write_all(256, list);
        wasi.two("wasi:io/poll#poll", &[256, list.len() as i64, 0]).unwrap();
        let (at, count) = (wasi.u32(0) as usize, wasi.u32(4) as usize);
        (0..count).map(|i| wasi.u32(at + 4 * i)).collect::<Vec<_>>()
    };
    assert_eq!(poll(&mut wasi, &all), [1, 3]);
    let minutes = |wasi: &mut Wasi| wasi.time(2) as f64 / 60e9;
    let passed = minutes(&mut wasi);
    assert!((1.0..1.0001).contains(&passed), "{passed}");
    assert_eq!(poll(&mut wasi, &[all[2], all[0]]), [0]);
    assert_eq!(poll(&mut wasi, &all), [1, 2, 3]);
    // The one that is always ready.
    assert_eq!(poll(&mut wasi, &[all[4], 4]), [1]);
    let passed = minutes(&mut wasi);
    assert!((2.0..2.0001).contains(&passed), "{passed}");
    wasi.two("wasi:io/poll#[method]pollable.block", &[i64::from(all[4])]).unwrap();
    let passed = minutes(&mut wasi);
    assert!((60.0..60.0001).contains(&passed), "{passed}");
    assert_eq!(poll(&mut wasi, &all), [0, 1, 2, 3, 4]);
    for &one in &all {
        assert_eq!(ready(&mut wasi, i64::from(one)).unwrap(), 1);
    }
    // Long ago, and at the end of time.
    let past = wasi.two("wasi:clocks/monotonic-clock#subscribe-instant", &[0]).unwrap();
    assert_eq!(ready(&mut wasi, past).unwrap(), 1);
    let never = wasi.two("wasi:clocks/monotonic-clock#subscribe-duration", &[-1]).unwrap();
    assert_eq!(ready(&mut wasi, never).unwrap(), 0);
    wasi.two("wasi:io/poll#[method]pollable.block", &[never]).unwrap();
    assert_eq!(ready(&mut wasi, never).unwrap(), 1);
    // A list of nothing, lists beyond the memory, handles that are none.
    for (at, count) in [(0, 0), (65_534, 1), (0, -1), (-4, 1)] {
        assert!(wasi.two("wasi:io/poll#poll", &[at, count, 512]).is_err());
    }
    for none in [-1, i64::from(i32::MIN), 1 << 28] {
        assert_eq!(ready(&mut wasi, none).unwrap(), 1);
    }
}

#[test]
fn a_deadline_is_never_rounded_down() {
    let mut wasi = Wasi::new();
    let mut times: Vec<u64> =
        (0..62).flat_map(|bit| (0..8).map(move |n| (8 + n) << bit >> 3)).collect();
    times.extend(times.clone().iter().flat_map(|time| [time + 1, time.saturating_sub(1)]));
    times.push(1 << 62);
    times.sort_unstable();
    let mut last = 0;
    for time in times {
        let handle = wasi.call_in(Written::Pollable, "of", &[time as i64]).unwrap();
        let deadline = wasi.call_in(Written::Pollable, "deadline", &[handle]).unwrap() as u64;
        assert!(deadline >= time && deadline - time <= time >> 21, "{time} {deadline}");
        assert!((16..1 << 28).contains(&handle) && handle >= last, "{time} {handle}");
        last = handle;
    }
}
