//! Preview 1: descriptors, errors, arguments and exits.

use crate::subject::{BADF, INVAL, NOTCAPABLE, NOTSOCK, NOTSUP, REALTIME, SUCCESS, Wasi};
use plwasm_engine::compile::wasi::Written;

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
fn output_is_written_and_input_at_its_end() {
    let mut wasi = Wasi::new();
    wasi.write_all(0, &[1000, 3, 0xffff_fff0, 0, 1003, 0x1000]);
    for export in ["fd_write", "fd_pwrite"] {
        for (count, length) in [(0, 0), (1, 3), (2, 3), (3, 0x1003)] {
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
    assert_eq!(wasi.one("fd_write", &[0, 0, 1, 64]), SUCCESS, "standard input drops it");
    assert_eq!(wasi.one("fd_write", &[1, 0, 2, 64]), INVAL);
    // Bytes beyond the memory.
    for (at, length) in [(65_535, 2), (0, u32::MAX), (u32::MAX, 1), (u32::MAX, 2)] {
        wasi.write_all(0, &[1000, 1, at, length]);
        let written = wasi.call_in(Written::Preview1, "fd_write", &[1, 0, 2, 64]);
        assert!(written.is_err() || written.unwrap() == INVAL, "{at} {length}");
    }
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

#[test]
fn exits_are_traps_that_say_so() {
    let mut wasi = Wasi::new();
    let exit = wasi.call_in(Written::Preview1, "proc_exit", &[0]).unwrap_err();
    assert!(format!("{exit:?}").contains("proc_exit"), "{exit:?}");
    let exit = wasi.two("wasi:cli/exit#exit", &[0]).unwrap_err();
    assert!(format!("{exit:?}").contains("preview2!exit"), "{exit:?}");
    assert!(wasi.two("wasi:cli/exit#exit-with-code", &[0]).is_err());
}
