//! The client of `wasi:http`, whose every request is denied.

use crate::subject::Wasi;

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
