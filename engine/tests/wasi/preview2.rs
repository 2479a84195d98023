//! Preview 2: streams, and what is not there.

use crate::subject::{STEP, Wasi};

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
