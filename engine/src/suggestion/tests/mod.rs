//! What is suggested for worlds in WIT.

mod resource;

use super::*;
use crate::read::wit::Interface;
use wasm_encoder::{CustomSection, Section};
use wit_component::{StringEncoding, embed_component_metadata};
use wit_parser::{LiftLowerAbi, ManglingAndAbi, PackageMetadata, Resolve};

/// SQL that quotes what is no lower-case name, and a few keywords.
const DIALECT: Dialect = Dialect {
    identifier: |name| {
        let is_plain =
            name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
                && !name.starts_with(|c: char| c.is_ascii_digit())
                && !["order", "table"].contains(&name);
        if is_plain { name.into() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
    },
    comment: ToString::to_string,
    poll: || {},
};

/// Returns the suggestions for a world, with its comments.
fn suggestions(wit: &str) -> Suggestions {
    let mut resolve = Resolve::default();
    resolve.push_str("types.wit", include_str!("../../../../wit/types.wit")).unwrap();
    let package = resolve.push_str("test.wit", wit).unwrap();
    let world = resolve.select_world(&[package], None).unwrap();
    let abi = ManglingAndAbi::Legacy(LiftLowerAbi::Sync);
    let mut module = wit_component::dummy_module(&resolve, world, abi);
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    let docs = PackageMetadata::extract(&resolve, package).encode().unwrap();
    CustomSection { name: "package-docs".into(), data: docs.into() }.append_to(&mut module);
    let functions = Interface::of(&module).unwrap().unwrap().functions;
    let listed = |wit: Function| Listed {
        name: wit.export.clone(),
        core: None,
        wit: Some(wit),
        purity: None,
    };
    let exports: Vec<_> = functions.into_iter().map(listed).collect();
    Suggestions::of(&exports, "s", "s", "m", DIALECT)
}

/// Returns the statements, with what comes after the parameters of a function left out where it is the usual.
fn statements(wit: &str) -> Vec<String> {
    let found = suggestions(wit);
    let usual = " LANGUAGE wasm IMMUTABLE";
    let functions = found.functions.iter().map(|it| it.sql(false).replace(usual, ""));
    let aggregates = found.aggregates.iter().map(|it| it.sql(false));
    functions.chain(aggregates).map(|text| text.replace(" PARALLEL SAFE AS", " AS")).collect()
}

fn interface(items: &str) -> String {
    format!("package a:b@1.0.0; interface i {{ {items} }} world w {{ export i; }}")
}

#[test]
fn names_that_are_taken_get_that_of_the_resource() {
    let found = statements(
        "package a:b@1.0.0;
         interface one {
            resource set { constructor(); has: func(n: u32) -> bool; step: func(n: u32); finish: func() -> u32; }
            resource bag { constructor(); has: func(n: u32) -> bool; size: func() -> u32; only: func() -> u8; }
            has: func() -> bool;
         }
         interface two {
            resource set { constructor(); step: func(n: u32); finish: func() -> u32; }
            resource bag { constructor(); has: func(n: u32) -> bool; }
         }
         world w { export one; export two; export size: func() -> u32; }",
    );
    let names: Vec<_> = found
        .iter()
        .map(|text| {
            let name = text.split_once("s.").unwrap().1.split_once('(').unwrap().0;
            (name, text.rsplit_once(" AS ").map_or("", |(_, body)| body))
        })
        .collect();
    assert_eq!(
        names,
        [
            ("size", "'m#size';"),
            ("set_has", "'m#set.has';"),
            ("one_set_step", "'m#a:b/one@1.0.0#set.step';"),
            ("one_set_finish", "'m#a:b/one@1.0.0#set.finish';"),
            ("one_bag_has", "'m#a:b/one@1.0.0#bag.has';"),
            ("bag_size", "'m#bag.size';"),
            ("only", "'m#bag.only';"),
            ("has", "'m#has';"),
            ("two_set_step", "'m#a:b/two@1.0.0#set.step';"),
            ("two_set_finish", "'m#a:b/two@1.0.0#set.finish';"),
            ("two_bag_has", "'m#a:b/two@1.0.0#bag.has';"),
            ("one_set", ""),
            ("two_set", ""),
        ]
    );
}

#[test]
fn names_are_quoted() {
    let found = statements(&interface(
        "resource order {
            constructor(%table: u8);
            step: func(JSON-text: string);
            finish: func() -> string;
         }
         resource B { constructor(); order: func() -> u8; }",
    ));
    assert_eq!(
        found,
        [
            "CREATE FUNCTION s.order_step(wasm.state, \"table\" smallint, json_text text) RETURNS wasm.state \
             AS 'm#order.step';",
            "CREATE FUNCTION s.order_finish(wasm.state) RETURNS text AS 'm#order.finish';",
            "CREATE FUNCTION s.b_order() RETURNS smallint STRICT AS 'm#B.order';",
            "CREATE AGGREGATE s.\"order\"(\"table\" smallint, json_text text) (SFUNC = s.order_step, \
             STYPE = wasm.state, FINALFUNC = s.order_finish, PARALLEL = SAFE);",
        ]
    );
    let long = format!("resource r {{ constructor(); {}: func(); }}", "m".repeat(64));
    assert!(statements(&interface(&long))[0].contains("is longer than 63 bytes"));
}

#[test]
fn what_takes_an_event_is_a_trigger_function() {
    let found = statements(&interface(
        "use plwasm:types/types@1.0.0.{error, trigger-event};
         check: func(event: trigger-event, new: option<string>) -> result<_, error>;
         resource policy {
             constructor(settings: string);
             admit: func(event: trigger-event, new: string) -> option<string>;
         }",
    ));
    assert_eq!(
        found,
        [
            "CREATE FUNCTION s.admit() RETURNS trigger LANGUAGE wasm AS 'm#policy.admit';",
            "CREATE FUNCTION s.check() RETURNS trigger LANGUAGE wasm AS 'm#check';",
        ]
    );
}
