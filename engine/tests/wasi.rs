//! The inert WASI, module by module: every function's answer, called by the host; and merged with guests.

#[path = "wasi/merged.rs"]
mod merged;

use plwasm_engine::abi::{CoreSignature, CoreType};
use plwasm_engine::component::{GUEST, Stub};
use plwasm_engine::wasi::Written;
use wasmtime::{Engine, Instance, Linker, Memory, Module, Store, Val, ValType};

const SUCCESS: i64 = 0;
const BADF: i64 = 8;
const INVAL: i64 = 28;
const NOTSOCK: i64 = 57;
const NOTSUP: i64 = 58;
const NOTCAPABLE: i64 = 76;

const REALTIME: u64 = 946_684_800_000_000_000;
const MONOTONIC: u64 = 1_000_000_000;
const STEP: u64 = 1000;
const HOUR: u64 = 3_600_000_000_000;

/// What the inert WASI has for an import.
fn stub(module: &str, name: &str, signature: &CoreSignature) -> Option<Stub> {
    plwasm_engine::Wasi::Inert.stubs().unwrap().stub(module, name, signature)
}

/// Whether it is nothing but a trap.
fn traps(stub: &Stub) -> bool {
    const CODE: &[u8] = &[10, 5, 1, 3, 0, 0x00, 0x0b];
    stub.binary.windows(CODE.len()).any(|bytes| bytes == CODE)
}

/// All stubs, around one memory.
struct Wasi {
    store: Store<()>,
    instances: Vec<(Written, Instance)>,
    memory: Memory,
}

impl Wasi {
    fn new() -> Self {
        let engine = Engine::default();
        let mut store = Store::new(&engine, ());
        let mut linker = Linker::new(&engine);
        let guest = wat::parse_str(include_str!("wasi/guest.wat")).unwrap();
        let guest = Module::new(&engine, guest).unwrap();
        let guest = linker.instantiate(&mut store, &guest).unwrap();
        linker.instance(&mut store, GUEST, guest).unwrap();
        let memory = guest.get_memory(&mut store, "memory").unwrap();
        let mut instances = Vec::new();
        for written in Written::ALL {
            let module = Module::new(&engine, written.binary()).unwrap();
            let instance = linker.instantiate(&mut store, &module).unwrap();
            linker.instance(&mut store, written.name(), instance).unwrap();
            instances.push((written, instance));
        }
        Self { store, instances, memory }
    }

    fn call_in(&mut self, written: Written, export: &str, args: &[i64]) -> wasmtime::Result<i64> {
        let (_, instance) = self.instances.iter().find(|(of, _)| *of == written).unwrap();
        let func = instance.get_func(&mut self.store, export).expect(export);
        let ty = func.ty(&self.store);
        assert_eq!(ty.params().len(), args.len(), "{export}");
        let args: Vec<_> = ty
            .params()
            .zip(args)
            .map(|(ty, arg)| match ty {
                ValType::I32 => Val::I32(*arg as i32),
                ValType::I64 => Val::I64(*arg),
                _ => panic!("{export}: {ty}"),
            })
            .collect();
        let mut results = vec![Val::I32(0); ty.results().len()];
        func.call(&mut self.store, &args, &mut results)?;
        Ok(match results.first() {
            None => 0,
            Some(Val::I32(result)) => i64::from(*result),
            Some(Val::I64(result)) => *result,
            Some(other) => panic!("{export}: {other:?}"),
        })
    }

    /// A function of preview 1.
    fn one(&mut self, export: &str, args: &[i64]) -> i64 {
        self.call_in(Written::Preview1, export, args).unwrap()
    }

    /// A function of preview 2.
    fn two(&mut self, export: &str, args: &[i64]) -> wasmtime::Result<i64> {
        let lists = ["wasi:io/poll#poll", "-bytes", "#display"];
        let is_list = lists.iter().any(|end| export.ends_with(end));
        self.call_in(if is_list { Written::Lists } else { Written::Preview2 }, export, args)
    }

    fn bytes(&self, at: usize, length: usize) -> &[u8] {
        &self.memory.data(&self.store)[at..at + length]
    }

    fn u32(&self, at: usize) -> u32 {
        u32::from_le_bytes(self.bytes(at, 4).try_into().unwrap())
    }

    fn u64(&self, at: usize) -> u64 {
        u64::from_le_bytes(self.bytes(at, 8).try_into().unwrap())
    }

    fn write(&mut self, at: usize, bytes: &[u8]) {
        self.memory.data_mut(&mut self.store)[at..at + bytes.len()].copy_from_slice(bytes);
    }

    fn write_all(&mut self, at: usize, words: &[u32]) {
        let bytes: Vec<_> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        self.write(at, &bytes);
    }

    /// A clock of preview 1, read.
    fn time(&mut self, clock: i64) -> u64 {
        assert_eq!(self.one("clock_time_get", &[clock, 0, 64]), SUCCESS);
        self.u64(64)
    }
}

/// The lines of a list of functions: what is before the type, and the type.
fn functions(list: &str) -> impl Iterator<Item = (&str, CoreSignature)> {
    let types = |text: &str| {
        text.split_whitespace()
            .map(|ty| match ty {
                "i32" => CoreType::I32,
                "i64" => CoreType::I64,
                other => panic!("{other}"),
            })
            .collect()
    };
    list.lines().filter(|line| !line.starts_with('#')).map(move |line| {
        let (function, results) = line.split_once("->").unwrap();
        let start = function.find(" i").unwrap_or(function.len());
        let (name, params) = function.split_at(start);
        (name.trim(), CoreSignature { params: types(params), results: types(results) })
    })
}

#[test]
fn every_function_of_preview_1_is_there_with_its_type() {
    let mut count = 0;
    for (name, signature) in functions(include_str!("wasi/preview1.txt")) {
        let (module, name) = name.split_once(' ').unwrap();
        let found = stub(module, name, &signature);
        let found = found.unwrap_or_else(|| panic!("{module} {name} {signature:?}"));
        assert_eq!(found.export.trim_start_matches("wasi_unstable."), name);
        count += 1;
    }
    assert_eq!(count, 46 + 45);
}

#[test]
fn every_function_of_preview_2_is_there_with_its_type() {
    let list: Vec<_> = functions(include_str!("wasi/preview2.txt")).collect();
    for (name, signature) in &list {
        let (interface, function) = name.split_once('#').unwrap();
        let found = stub(&format!("{interface}@0.2.12"), function, signature);
        assert_eq!(found.unwrap_or_else(|| panic!("{name}")).export, *name);
    }
    // And nothing else was written by hand.
    for written in [Written::Preview2, Written::Lists] {
        let module = Module::new(&Engine::default(), written.binary()).unwrap();
        for export in module.exports() {
            let (_, signature) = list.iter().find(|(name, _)| *name == export.name()).unwrap();
            let (interface, function) = export.name().split_once('#').unwrap();
            let found = stub(&format!("{interface}@0.2.0"), function, signature).unwrap();
            let exits = export.name().starts_with("wasi:cli/exit#");
            assert!(exits || !traps(&found), "{}", export.name());
        }
    }
}

/// Errors, by descriptor: 1 is open, 3 never was.
#[test]
fn what_cannot_be_done_is_an_errno() {
    let mut wasi = Wasi::new();
    for (export, args, open, none) in [
        ("fd_advise", &[0, 0, 0][..], SUCCESS, BADF),
        ("fd_allocate", &[0, 0], NOTCAPABLE, BADF),
        ("fd_datasync", &[], SUCCESS, BADF),
        ("fd_fdstat_get", &[64], SUCCESS, BADF),
        ("fd_fdstat_set_flags", &[4], SUCCESS, BADF),
        ("fd_fdstat_set_rights", &[0, 0], NOTSUP, BADF),
        ("fd_filestat_get", &[64], SUCCESS, BADF),
        ("wasi_unstable.fd_filestat_get", &[64], SUCCESS, BADF),
        ("fd_filestat_set_size", &[0], NOTCAPABLE, BADF),
        ("fd_filestat_set_times", &[0, 0, 0], NOTCAPABLE, BADF),
        ("fd_pread", &[0, 0, 0, 64], SUCCESS, BADF),
        ("fd_prestat_get", &[64], BADF, BADF),
        ("fd_prestat_dir_name", &[64, 8], BADF, BADF),
        ("fd_pwrite", &[0, 0, 0, 64], SUCCESS, BADF),
        ("fd_read", &[0, 0, 64], SUCCESS, BADF),
        ("fd_readdir", &[64, 64, 0, 128], NOTCAPABLE, BADF),
        ("fd_seek", &[-5, 1, 64], SUCCESS, BADF),
        ("fd_seek", &[0, 3, 64], INVAL, BADF),
        ("fd_sync", &[], SUCCESS, BADF),
        ("fd_tell", &[64], SUCCESS, BADF),
        ("fd_write", &[0, 0, 64], SUCCESS, BADF),
        ("path_create_directory", &[0, 1], NOTCAPABLE, BADF),
        ("path_filestat_get", &[0, 0, 1, 64], NOTCAPABLE, BADF),
        ("path_filestat_set_times", &[0, 0, 1, 0, 0, 0], NOTCAPABLE, BADF),
        ("path_link", &[0, 0, 1, 1, 0, 1], NOTCAPABLE, BADF),
        ("path_link", &[0, 0, 1, 3, 0, 1], BADF, BADF),
        ("path_open", &[0, 0, 1, 0, 0, 0, 0, 64], NOTCAPABLE, BADF),
        ("path_readlink", &[0, 1, 64, 64, 128], NOTCAPABLE, BADF),
        ("path_remove_directory", &[0, 1], NOTCAPABLE, BADF),
        ("path_rename", &[0, 1, 1, 0, 1], NOTCAPABLE, BADF),
        ("path_rename", &[0, 1, 3, 0, 1], BADF, BADF),
        ("path_unlink_file", &[0, 1], NOTCAPABLE, BADF),
        ("sock_accept", &[0, 64], NOTSOCK, BADF),
        ("sock_recv", &[0, 0, 0, 64, 128], NOTSOCK, BADF),
        ("sock_send", &[0, 0, 0, 64], NOTSOCK, BADF),
        ("sock_shutdown", &[0], NOTSOCK, BADF),
    ] {
        for (fd, expected) in [(1, open), (3, none), (-1, none), (32, none), (33, none)] {
            let args: Vec<_> = std::iter::once(fd).chain(args.iter().copied()).collect();
            assert_eq!(wasi.one(export, &args), expected, "{export} {args:?}");
        }
    }
    assert_eq!(wasi.one("path_symlink", &[0, 1, 1, 0, 1]), NOTCAPABLE);
    assert_eq!(wasi.one("path_symlink", &[0, 1, 3, 0, 1]), BADF);
    assert_eq!(wasi.one("clock_res_get", &[4, 64]), INVAL);
    assert_eq!(wasi.one("clock_time_get", &[4, 0, 64]), INVAL);
    assert_eq!(wasi.one("poll_oneoff", &[0, 0, 0, 0]), INVAL);
    assert_eq!(wasi.one("proc_raise", &[6]), NOTSUP);
    assert_eq!(wasi.one("sched_yield", &[]), SUCCESS);
}

#[test]
fn there_are_no_arguments_and_no_environment() {
    let mut wasi = Wasi::new();
    for what in ["args", "environ"] {
        wasi.write(0, &[0xff; 16]);
        assert_eq!(wasi.one(&format!("{what}_sizes_get"), &[0, 4]), SUCCESS);
        assert_eq!((wasi.u64(0), wasi.u64(8)), (0, u64::MAX));
        assert_eq!(wasi.one(&format!("{what}_get"), &[0, 4]), SUCCESS);
        assert_eq!((wasi.u64(0), wasi.u64(8)), (0, u64::MAX));
    }
}

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

#[test]
fn output_is_discarded_and_input_at_its_end() {
    let mut wasi = Wasi::new();
    wasi.write_all(0, &[1000, 3, 1003, 0, 0xffff_fff0, 0x1234_5678]);
    for export in ["fd_write", "fd_pwrite"] {
        for (count, length) in [(0, 0), (1, 3), (2, 3), (3, 0x1234_567b)] {
            let mut args = vec![2, 0, count, 64];
            if export == "fd_pwrite" {
                args.insert(3, 7);
            }
            wasi.write(64, &[0xff; 8]);
            assert_eq!(wasi.one(export, &args), SUCCESS);
            assert_eq!((wasi.u32(64), wasi.u32(68)), (length, u32::MAX));
        }
    }
    // More than can be reported.
    wasi.write_all(0, &[0, u32::MAX, 0, 1]);
    assert_eq!(wasi.one("fd_write", &[1, 0, 1, 64]), SUCCESS);
    assert_eq!(wasi.one("fd_write", &[1, 0, 2, 64]), INVAL);
    wasi.write(64, &[0xff; 8]);
    wasi.write_all(0, &[1000, 10]);
    assert_eq!(wasi.one("fd_read", &[0, 0, 1, 64]), SUCCESS);
    assert_eq!((wasi.u32(64), wasi.u32(68)), (0, u32::MAX));
    assert_eq!(wasi.one("fd_pread", &[0, 0, 1, 0, 68]), SUCCESS);
    assert_eq!((wasi.u32(64), wasi.u32(68)), (0, 0));
    // Vectors, or a result, beyond the memory.
    for (vectors, result) in [(65_530, 0), (-8, 0), (0, 65_533), (0, -1)] {
        let written = wasi.call_in(Written::Preview1, "fd_write", &[1, vectors, 1, result]);
        assert!(written.is_err(), "{vectors} {result}");
    }
}

#[test]
fn descriptors_are_those_of_a_null_device() {
    let mut wasi = Wasi::new();
    wasi.write(0, &[0xff; 100]);
    assert_eq!(wasi.one("fd_fdstat_get", &[0, 0]), SUCCESS);
    assert_eq!((wasi.u64(0), wasi.u64(8), wasi.u64(16)), (2, 0x0820_00ff, 0));
    assert_eq!(wasi.u64(24), u64::MAX);
    assert_eq!(wasi.one("fd_filestat_get", &[1, 0]), SUCCESS);
    let found: Vec<_> = (0..9).map(|word| wasi.u64(word * 8)).collect();
    assert_eq!(found, [0, 0, 2, 1, 0, REALTIME, REALTIME, REALTIME, u64::MAX]);
    wasi.write(0, &[0xff; 100]);
    assert_eq!(wasi.one("wasi_unstable.fd_filestat_get", &[1, 0]), SUCCESS);
    let found: Vec<_> = (0..8).map(|word| wasi.u64(word * 8)).collect();
    assert_eq!(found, [0, 0, 2 | 1 << 32, 0, REALTIME, REALTIME, REALTIME, u64::MAX]);
    assert_eq!(wasi.one("fd_seek", &[2, 100, 0, 0]), SUCCESS);
    assert_eq!(wasi.u64(0), 0);

    assert_eq!(wasi.one("fd_renumber", &[0, 3]), BADF);
    assert_eq!(wasi.one("fd_renumber", &[3, 0]), BADF);
    assert_eq!(wasi.one("fd_renumber", &[1, 1]), SUCCESS);
    assert_eq!(wasi.one("fd_renumber", &[1, 2]), SUCCESS);
    assert_eq!(wasi.one("fd_write", &[1, 0, 0, 64]), BADF);
    assert_eq!(wasi.one("fd_write", &[2, 0, 0, 64]), SUCCESS);
    assert_eq!(wasi.one("fd_close", &[2]), SUCCESS);
    assert_eq!(wasi.one("fd_close", &[2]), BADF);
    assert_eq!(wasi.one("fd_close", &[3]), BADF);
    assert_eq!(wasi.one("fd_write", &[2, 0, 0, 64]), BADF);
    assert_eq!(wasi.one("path_create_directory", &[2, 0, 1]), BADF);
    assert_eq!(wasi.one("sock_shutdown", &[2, 0]), BADF);
    assert_eq!(wasi.one("fd_read", &[0, 0, 0, 64]), SUCCESS);
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
fn random_numbers_are_the_same_and_end_where_they_should() {
    // The test vector of splitmix64's author is for seed 1234567; the sequence is by its algorithm.
    let mut state = 0x504c_2f57_6173_6d21_u64;
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    let mut wasi = Wasi::new();
    for length in (0..40).chain([4096]) {
        wasi.write(1000, &vec![0; 5000]);
        assert_eq!(wasi.one("random_get", &[1001, length as i64]), SUCCESS);
        let mut expected: Vec<u8> =
            (0..usize::div_ceil(length, 8)).flat_map(|_| next().to_le_bytes()).collect();
        expected.truncate(length);
        assert_eq!(wasi.bytes(1001, length), expected);
        assert_eq!((wasi.bytes(1000, 1), wasi.bytes(1001 + length, 1)), (&[0][..], &[0][..]));
    }
    assert!(wasi.call_in(Written::Preview1, "random_get", &[65_000, 537]).is_err());
    assert!(wasi.call_in(Written::Preview1, "random_get", &[-4, 8]).is_err());

    let mut wasi = Wasi::new();
    let mut other = Wasi::new();
    for name in ["random#get-random", "insecure#get-insecure-random"] {
        let number = wasi.two(&format!("wasi:random/{name}-u64"), &[]).unwrap();
        assert_eq!(number, other.two("wasi:random/random#get-random-u64", &[]).unwrap());
        wasi.two(&format!("wasi:random/{name}-bytes"), &[11, 0]).unwrap();
        assert_eq!(wasi.u32(4), 11);
        other.one("random_get", &[100, 11]);
        assert_eq!(wasi.bytes(wasi.u32(0) as usize, 11), other.bytes(100, 11));
        assert!(wasi.two(&format!("wasi:random/{name}-bytes"), &[1 << 32, 0]).is_err());
    }
    wasi.two("wasi:random/insecure-seed#insecure-seed", &[0]).unwrap();
    other.one("random_get", &[0, 16]);
    assert_eq!(wasi.bytes(0, 16), other.bytes(0, 16));
    assert_ne!(wasi.u64(0), wasi.u64(8));
}

#[test]
fn exits_are_traps_that_say_so() {
    let mut wasi = Wasi::new();
    let exit = wasi.call_in(Written::Preview1, "proc_exit", &[0]).unwrap_err();
    assert!(format!("{exit:?}").contains("proc_exit"), "{exit:?}");
    let exit = wasi.two("wasi:cli/exit#exit", &[0]).unwrap_err();
    assert!(format!("{exit:?}").contains("preview2!exit"), "{exit:?}");
    assert!(wasi.two("wasi:cli/exit#exit-with-code", &[0]).is_err());
}

#[test]
fn streams_of_preview_2_discard_and_are_at_their_end() {
    let mut wasi = Wasi::new();
    let stream = |name: &str| format!("wasi:io/streams#[method]{name}");
    let stdin = wasi.two("wasi:cli/stdin#get-stdin", &[]).unwrap();
    let stdout = wasi.two("wasi:cli/stdout#get-stdout", &[]).unwrap();
    let stderr = wasi.two("wasi:cli/stderr#get-stderr", &[]).unwrap();
    let closed = |wasi: &mut Wasi, name: &str, args: &[i64], payload: usize| {
        wasi.write(0, &[0xaa; 24]);
        wasi.two(&stream(name), args).unwrap();
        assert_eq!((wasi.bytes(0, 1)[0], wasi.bytes(payload, 1)[0]), (1, 1), "{name}");
    };
    for name in ["read", "blocking-read"] {
        closed(&mut wasi, &format!("input-stream.{name}"), &[stdin, 100, 0], 4);
    }
    for name in ["skip", "blocking-skip"] {
        closed(&mut wasi, &format!("input-stream.{name}"), &[stdin, 100, 0], 8);
    }
    for output in [stdout, stderr] {
        for name in ["splice", "blocking-splice"] {
            closed(&mut wasi, &format!("output-stream.{name}"), &[output, stdin, 9, 0], 8);
        }
        for (name, args) in [
            ("write", &[output, 0, 100, 0][..]),
            ("blocking-write-and-flush", &[output, 0, 100, 0]),
            ("flush", &[output, 0]),
            ("blocking-flush", &[output, 0]),
            ("write-zeroes", &[output, 100, 0]),
            ("blocking-write-zeroes-and-flush", &[output, 100, 0]),
        ] {
            wasi.write(0, &[0xaa; 24]);
            wasi.two(&stream(&format!("output-stream.{name}")), args).unwrap();
            assert_eq!(wasi.bytes(0, 2), [0, 0xaa], "{name}");
            // No other handle will do.
            for other in [stdin, 0, -1, 4] {
                let mut args = args.to_vec();
                args[0] = other;
                assert!(wasi.two(&stream(&format!("output-stream.{name}")), &args).is_err());
            }
        }
        wasi.two(&stream("output-stream.check-write"), &[output, 0]).unwrap();
        assert_eq!((wasi.bytes(0, 1)[0], wasi.u64(8)), (0, 1 << 20));
    }
    assert!(wasi.two(&stream("input-stream.read"), &[stdout, 100, 0]).is_err());
    for (name, of) in [("input-stream", stdin), ("output-stream", stdout)] {
        let pollable = wasi.two(&stream(&format!("{name}.subscribe")), &[of]).unwrap();
        assert_eq!(wasi.two("wasi:io/poll#[method]pollable.ready", &[pollable]).unwrap(), 1);
        wasi.two("wasi:io/poll#[method]pollable.block", &[pollable]).unwrap();
    }
    assert_eq!(wasi.time(2), STEP);
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

#[test]
fn nothing_else_is_there_in_preview_2() {
    let mut wasi = Wasi::new();
    for export in [
        "wasi:cli/environment#get-environment",
        "wasi:cli/environment#get-arguments",
        "wasi:filesystem/preopens#get-directories",
    ] {
        wasi.two(export, &[0]).unwrap();
        assert_eq!((wasi.u32(0), wasi.u32(4)), (4, 0), "{export}");
    }
    for export in [
        "wasi:cli/environment#initial-cwd",
        "wasi:cli/terminal-stdin#get-terminal-stdin",
        "wasi:cli/terminal-stdout#get-terminal-stdout",
        "wasi:cli/terminal-stderr#get-terminal-stderr",
    ] {
        wasi.write(0, &[0xaa; 8]);
        wasi.two(export, &[0]).unwrap();
        assert_eq!(wasi.bytes(0, 2), [0, 0xaa], "{export}");
    }
    let network = wasi.two("wasi:sockets/instance-network#instance-network", &[]).unwrap();
    for (export, args) in [
        ("wasi:sockets/ip-name-lookup#resolve-addresses", &[network, 0, 9, 0][..]),
        ("wasi:sockets/tcp-create-socket#create-tcp-socket", &[0, 0]),
        ("wasi:sockets/udp-create-socket#create-udp-socket", &[1, 0]),
    ] {
        wasi.write(0, &[0xaa; 8]);
        wasi.two(export, args).unwrap();
        assert_eq!(wasi.bytes(0, 5), [1, 0xaa, 0xaa, 0xaa, 1], "{export}");
    }
}

#[test]
fn a_request_of_http_is_denied() {
    let mut wasi = Wasi::new();
    let http = |name: &str| format!("wasi:http/types#{name}");
    let fields = wasi.two(&http("[constructor]fields"), &[]).unwrap();
    assert_eq!(wasi.two(&http("[method]fields.clone"), &[fields]).unwrap(), fields);
    assert_eq!(wasi.two(&http("[method]fields.has"), &[fields, 0, 1]).unwrap(), 0);
    for (name, args) in [("get", &[fields, 0, 1, 0][..]), ("entries", &[fields, 0])] {
        wasi.two(&http(&format!("[method]fields.{name}")), args).unwrap();
        assert_eq!((wasi.u32(0), wasi.u32(4)), (4, 0));
    }
    for (name, args) in [
        ("set", &[fields, 0, 1, 0, 1, 0][..]),
        ("append", &[fields, 0, 1, 0, 1, 0]),
        ("delete", &[fields, 0, 1, 0]),
    ] {
        wasi.two(&http(&format!("[method]fields.{name}")), args).unwrap();
        assert_eq!(wasi.bytes(0, 2), [1, 2], "{name}");
    }
    wasi.two(&http("[static]fields.from-list"), &[4, 0, 0]).unwrap();
    assert_eq!((wasi.bytes(0, 1)[0], wasi.u32(4)), (0, fields as u32));
    wasi.two(&http("[static]fields.from-list"), &[4, 2, 0]).unwrap();
    assert_eq!((wasi.bytes(0, 1)[0], wasi.bytes(4, 1)[0]), (1, 1));

    let request = wasi.two(&http("[constructor]outgoing-request"), &[fields]).unwrap();
    let method = |name: &str| http(&format!("[method]outgoing-request.{name}"));
    assert_eq!(wasi.two(&method("set-method"), &[request, 2, 0, 0]).unwrap(), 0);
    assert_eq!(wasi.two(&method("set-path-with-query"), &[request, 1, 0, 1]).unwrap(), 0);
    assert_eq!(wasi.two(&method("set-scheme"), &[request, 1, 1, 0, 0]).unwrap(), 0);
    assert_eq!(wasi.two(&method("set-authority"), &[request, 1, 0, 1]).unwrap(), 0);
    assert_eq!(wasi.two(&method("headers"), &[request]).unwrap(), fields);
    for name in ["method", "path-with-query", "scheme", "authority"] {
        wasi.write(0, &[0xaa; 8]);
        wasi.two(&method(name), &[request, 0]).unwrap();
        assert_eq!(wasi.bytes(0, 1)[0], 0);
    }
    wasi.two(&method("body"), &[request, 0]).unwrap();
    assert_eq!(wasi.bytes(0, 1)[0], 0);
    let body = i64::from(wasi.u32(4));
    wasi.two(&http("[method]outgoing-body.write"), &[body, 0]).unwrap();
    let stream = i64::from(wasi.u32(4));
    wasi.two("wasi:io/streams#[method]output-stream.write", &[stream, 0, 1, 0]).unwrap();
    let options = wasi.two(&http("[constructor]request-options"), &[]).unwrap();
    for name in ["connect", "first-byte", "between-bytes"] {
        let set = http(&format!("[method]request-options.set-{name}-timeout"));
        assert_eq!(wasi.two(&set, &[options, 1, 5]).unwrap(), 1);
        let get = http(&format!("[method]request-options.{name}-timeout"));
        wasi.two(&get, &[options, 0]).unwrap();
        assert_eq!(wasi.bytes(0, 1)[0], 0);
    }
    for (export, args) in [
        ("wasi:http/outgoing-handler#handle", [request, 1, options, 0]),
        ("wasi:http/types#[static]outgoing-body.finish", [body, 0, 0, 0]),
    ] {
        wasi.write(0, &[0xaa; 16]);
        wasi.two(export, &args).unwrap();
        assert_eq!((wasi.bytes(0, 1)[0], wasi.bytes(8, 1)[0]), (1, 15), "{export}");
    }
}

#[test]
fn what_nobody_wrote_traps_under_its_name() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let mut call = |name: &str, params: &[CoreType], args: &[Val]| {
        let signature = CoreSignature { params: params.to_vec(), results: Vec::new() };
        let stub = stub("wasi:filesystem/types@0.2.3", name, &signature).unwrap();
        let module = Module::new(&engine, &stub.binary).unwrap();
        let instance = Instance::new(&mut store, &module, &[]).unwrap();
        let func = instance.get_func(&mut store, &stub.export).unwrap();
        func.call(&mut store, args, &mut [])
    };
    let trap = call("[method]descriptor.sync", &[CoreType::I32; 2], &[Val::I32(3), Val::I32(0)])
        .unwrap_err();
    assert!(
        format!("{trap:?}").contains("wasi:filesystem/types#[method]descriptor.sync"),
        "{trap:?}"
    );
    call("[resource-drop]descriptor", &[CoreType::I32], &[Val::I32(3)]).unwrap();
}
