//! What becomes of resources.

use super::*;

#[test]
fn a_matcher_is_prepared_functions() {
    let found = statements(&interface(
        "resource matcher {
            constructor(pattern: string, case-sensitive: option<bool>);
            is-match: func(text: string) -> bool;
            find-all: func(text: string) -> result<list<string>, string>;
            words: func(text: string) -> list<word>;
            escape: static func(text: string) -> string;
            clear: func();
         }
         record word { text: string, start: u32 }",
    ));
    assert_eq!(
        found,
        [
            "CREATE FUNCTION s.is_match(pattern text, case_sensitive boolean, text text) RETURNS boolean \
             AS 'm#matcher.is-match';",
            "CREATE FUNCTION s.find_all(pattern text, case_sensitive boolean, text text) RETURNS text[] \
             AS 'm#matcher.find-all';",
            "CREATE FUNCTION s.words(pattern text, case_sensitive boolean, text text) RETURNS SETOF s.word \
             AS 'm#matcher.words';",
            "CREATE FUNCTION s.escape(text text) RETURNS text STRICT AS 'm#matcher.escape';",
            "CREATE FUNCTION s.clear(pattern text, case_sensitive boolean) RETURNS void AS 'm#matcher.clear';",
        ]
    );
}

#[test]
fn a_constructor_can_fail() {
    let resource = |error: &str| {
        interface(&format!(
            "use plwasm:types/types@1.0.0.{{error}};
             resource validator {{
                constructor(schema: string) -> result<validator{error}>;
                check: func(schema: string) -> result<_, error>;
             }}"
        ))
    };
    let created = "CREATE FUNCTION s.\"check\"(text, schema text) RETURNS void STRICT AS 'm#validator.check';";
    for error in ["", ", string", ", error"] {
        let found = statements(&resource(error));
        assert_eq!(found, [created.replace("\"check\"", "check")], "{error}");
    }
    assert_eq!(
        statements(&resource(", u8")),
        [
            "-- a:b/i@1.0.0#[method]validator.check: its constructor's error is neither a string nor the error of \
          plwasm:types"
        ]
    );
}

#[test]
fn a_digest_is_an_ordered_set_aggregate() {
    let wit = "/// Estimates quantiles.
        resource t-digest {
            /// Makes an empty one.
            constructor();
            /// Adds a number.
            step: func(x: option<f64>);
            finish: func(q: f64) -> option<f64>;
            save: func() -> list<u8>;
            merge: func(saved: list<u8>);
            count: func() -> u64;
        }";
    let found = suggestions(&interface(wit));
    let functions: Vec<_> = found.functions.iter().map(|it| it.sql(false)).collect();
    assert_eq!(
        functions,
        [
            "CREATE FUNCTION s.t_digest_step(wasm.state, x double precision) RETURNS wasm.state LANGUAGE wasm \
             IMMUTABLE PARALLEL SAFE AS 'm#t-digest.step';",
            "CREATE FUNCTION s.t_digest_finish(wasm.state, q double precision) RETURNS double precision \
             LANGUAGE wasm IMMUTABLE PARALLEL SAFE AS 'm#t-digest.finish';",
            "CREATE FUNCTION s.t_digest_merge(wasm.state, wasm.state) RETURNS wasm.state LANGUAGE wasm IMMUTABLE \
             PARALLEL SAFE AS 'm#t-digest.merge';",
            "CREATE FUNCTION s.t_digest_count(wasm.state) RETURNS numeric LANGUAGE wasm IMMUTABLE PARALLEL SAFE \
             AS 'm#t-digest.count';",
        ]
    );
    let [SuggestedAggregate { resource, aggregate: Ok(aggregate) }] = &found.aggregates[..] else {
        panic!("{:?}", found.aggregates)
    };
    assert_eq!(resource, "a:b/i@1.0.0#t-digest");
    assert_eq!(
        aggregate.create(true),
        "CREATE OR REPLACE AGGREGATE s.t_digest(q double precision ORDER BY x double precision) \
         (SFUNC = s.t_digest_step, STYPE = wasm.state, FINALFUNC = s.t_digest_finish, \
         PARALLEL = SAFE, FINALFUNC_MODIFY = READ_ONLY)"
    );
    assert_eq!(aggregate.signature(), "s.t_digest(double precision ORDER BY double precision)");
    assert_eq!(aggregate.identity(), "s.t_digest(double precision, double precision)");
    assert_eq!(
        aggregate.comment().as_deref(),
        Some(
            "COMMENT ON AGGREGATE s.t_digest(double precision ORDER BY double precision) IS \
             'Estimates quantiles.'"
        )
    );
    let step = found.functions[0].function.as_ref().unwrap();
    assert!(aggregate.uses(step));
    assert!(!aggregate.uses(found.functions[3].function.as_ref().unwrap()));
    assert_eq!(
        step.comment().as_deref(),
        Some(
            "COMMENT ON FUNCTION s.t_digest_step(wasm.state, double precision) IS 'Adds a number.'"
        )
    );
    let both = interface(&wit.replace("constructor()", "constructor(compression: u32)"));
    assert_eq!(
        statements(&both).last().unwrap(),
        "-- a:b/i@1.0.0#t-digest: no aggregate, both its constructor and finish have parameters"
    );
}

#[test]
fn a_sum_moves_its_frame_and_runs_in_parallel() {
    let sum = |unstep: &str, merge: &str| {
        interface(&format!(
            "resource big-sum {{
                constructor(scale: u8);
                step: func(n: s64) -> result<_, string>;
                finish: func() -> result<string, string>;
                {unstep} {merge}
            }}"
        ))
    };
    let merge = "save: func() -> list<u8>; merge: func(saved: list<u8>) -> result<_, string>;";
    let found = statements(&sum("unstep: func(m: s64) -> bool;", merge));
    assert_eq!(
        found,
        [
            "CREATE FUNCTION s.big_sum_step(wasm.state, scale smallint, n bigint) RETURNS wasm.state \
             AS 'm#big-sum.step';",
            "CREATE FUNCTION s.big_sum_finish(wasm.state) RETURNS text AS 'm#big-sum.finish';",
            "CREATE FUNCTION s.big_sum_unstep(wasm.state, scale smallint, m bigint) RETURNS wasm.state \
             AS 'm#big-sum.unstep';",
            "CREATE FUNCTION s.big_sum_merge(wasm.state, wasm.state) RETURNS wasm.state AS 'm#big-sum.merge';",
            "CREATE AGGREGATE s.big_sum(scale smallint, n bigint) (SFUNC = s.big_sum_step, STYPE = wasm.state, \
             FINALFUNC = s.big_sum_finish, COMBINEFUNC = s.big_sum_merge, PARALLEL = SAFE, \
             MSFUNC = s.big_sum_step, MINVFUNC = s.big_sum_unstep, MSTYPE = wasm.state, \
             MFINALFUNC = s.big_sum_finish);",
        ]
    );
    let plain = "CREATE AGGREGATE s.big_sum(scale smallint, n bigint) (SFUNC = s.big_sum_step, \
                 STYPE = wasm.state, FINALFUNC = s.big_sum_finish, PARALLEL = SAFE);";
    for (unstep, merge, reasons) in [
        ("", "", 0),
        ("unstep: func(n: s32) -> bool;", "", 1),
        ("unstep: func(n: s64);", "save: func() -> list<u8>;", 2),
        ("", "merge: func(saved: list<u8>);", 1),
        ("", "save: func() -> string; merge: func(saved: list<u8>);", 2),
        ("", "save: func() -> list<u8>; merge: func(saved: list<u8>) -> u8;", 2),
    ] {
        let found = statements(&sum(unstep, merge));
        assert_eq!(found.last().unwrap(), plain, "{unstep} {merge}");
        assert_eq!(found.iter().filter(|text| text.starts_with("--")).count(), reasons);
    }
}

/// What has step or finish, but not as an aggregate has them, is prepared functions.
#[test]
fn half_an_aggregate_is_none() {
    for (methods, created) in [
        ("step: func();", vec!["step()"]),
        ("step: func() -> u8; finish: func() -> u8;", vec!["step()", "finish()"]),
        ("step: func(); finish: func() -> result<_, string>;", vec!["step()", "finish()"]),
    ] {
        let found = statements(&interface(&format!("resource r {{ constructor(); {methods} }}")));
        assert_eq!(found.len(), created.len(), "{found:?}");
        for (found, created) in found.iter().zip(created) {
            assert!(found.starts_with(&format!("CREATE FUNCTION s.{created} RETURNS")), "{found}");
        }
    }
}

#[test]
fn an_aggregate_may_take_nothing() {
    let wit = "resource n { constructor(); step: func(); finish: func() -> u64; }";
    let found = suggestions(&interface(wit));
    let aggregate = found.aggregates[0].aggregate.as_ref().unwrap();
    assert_eq!(
        aggregate.create(false),
        "CREATE AGGREGATE s.n(*) (SFUNC = s.n_step, STYPE = wasm.state, FINALFUNC = s.n_finish, \
         PARALLEL = SAFE)"
    );
    assert_eq!((aggregate.signature(), aggregate.identity()), ("s.n(*)".into(), "s.n()".into()));
    let own = suggestions(&interface(&wit.replace("resource n", "resource m")));
    assert_eq!(
        own.aggregates[0].sql(false),
        "-- a:b/i@1.0.0#m: no aggregate, its name is the module's own"
    );
}

/// A list of records is a set of rows only where SQL can have one.
#[test]
fn a_final_function_returns_no_set() {
    let found = statements(&interface(
        "record row { a: u8 }
         resource top { constructor(); step: func(n: s64); finish: func() -> list<row>; }",
    ));
    assert_eq!(
        found[1],
        "CREATE FUNCTION s.top_finish(wasm.state) RETURNS s.row[] AS 'm#top.finish';"
    );
}

#[test]
fn a_resource_needs_one_constructor() {
    let found = statements(&interface(
        "resource none { m: func(); f: static func() -> u8; }
         resource one { o: func(); of: static func() -> result<one, string>; g: static func() -> u8; }
         resource two { t: func(); of: static func() -> two; made: static func() -> two; }
         resource idle { constructor(); }
         resource odd { constructor(s: list<odd-stream>); w: func(); }
         record odd-stream { a: stream<u8> }",
    ));
    assert_eq!(
        found,
        [
            "-- a:b/i@1.0.0#[method]none.m: its resource has no constructor",
            "CREATE FUNCTION s.f() RETURNS smallint STRICT AS 'm#none.f';",
            "CREATE FUNCTION s.o() RETURNS void STRICT AS 'm#one.o';",
            "CREATE FUNCTION s.g() RETURNS smallint STRICT AS 'm#one.g';",
            "-- a:b/i@1.0.0#[method]two.t: its resource has no constructor, but several static functions that return \
             it: a:b/i@1.0.0#[static]two.of, a:b/i@1.0.0#[static]two.made",
            "-- a:b/i@1.0.0#[static]two.of: its result is a handle, which SQL has no type for",
            "-- a:b/i@1.0.0#[static]two.made: its result is a handle, which SQL has no type for",
            "-- a:b/i@1.0.0#[constructor]idle: its resource has no methods",
            "-- a:b/i@1.0.0#[constructor]odd: it uses a stream",
            "-- a:b/i@1.0.0#[method]odd.w: its constructor is unsupported: it uses a stream",
        ]
    );
}
