-- WIT metadata: what a module says about its types, and the SQL that follows from it.
-- The custom sections were made from the WIT above them by engine/examples/wit-to-wat.rs.
CREATE SCHEMA wit;
SET search_path = wit, public;

--   package plwasm:demo@1.0.0;
--
--   interface text {
--     /// How many bytes it has.
--     size: func(text: string) -> s32;
--     twice: func(text: string) -> string;
--   }
--
--   interface bytes {
--     size: func(bytes: list<u8>) -> s32;
--     echo: func(bytes: list<u8>) -> list<u8>;
--   }
--
--   world demo {
--     /// The sum.
--     export add: func(a: s32, b: s32) -> s32;
--     export is-even: func(number-to-test: s64) -> bool;
--     export text;
--     export bytes;
--   }
CREATE FUNCTION demo() RETURNS wasm.module LANGUAGE wasm AS $wasm$
(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 16))
  (func $return (param i32 i32) (result i32)
    (i32.store (i32.const 0) (local.get 0))
    (i32.store (i32.const 4) (local.get 1))
    (i32.const 0))
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "is-even") (param i64) (result i32)
    (i64.eqz (i64.and (local.get 0) (i64.const 1))))
  (func (export "plwasm:demo/text@1.0.0#size") (param i32 i32) (result i32) (local.get 1))
  (func (export "plwasm:demo/text@1.0.0#twice") (param i32 i32) (result i32)
    (memory.copy (i32.add (local.get 0) (local.get 1)) (local.get 0) (local.get 1))
    (call $return (local.get 0) (i32.mul (local.get 1) (i32.const 2))))
  (func (export "plwasm:demo/bytes@1.0.0#size") (param i32 i32) (result i32) (local.get 1))
  (func (export "plwasm:demo/bytes@1.0.0#echo") (param i32 i32) (result i32)
    (call $return (local.get 0) (local.get 1)))
  (@custom "component-type" "\00asm\0d\00\01\00\00\19\16wit-component-encoding\04\00\07\e8\01\01A\02\01A\08\01@\02\01az\01bz\00z\04\00\03add\01\00\01@\01\0enumber-to-testx\00\7f\04\00\07is-even\01\01\01B\04\01@\01\04texts\00z\04\00\04size\01\00\01@\01\04texts\00s\04\00\05twice\01\01\04\00\16plwasm:demo/text@1.0.0\05\02\01B\05\01p}\01@\01\05bytes\00\00z\04\00\04size\01\01\01@\01\05bytes\00\00\00\04\00\04echo\01\02\04\00\17plwasm:demo/bytes@1.0.0\05\03\04\00\16plwasm:demo/demo@1.0.0\04\00\0b\0a\01\00\04demo\03\00\00\00/\09producers\01\0cprocessed-by\01\0dwit-component\070.254.2")
  (@custom "package-docs" "\01{\22worlds\22:{\22demo\22:{\22func_exports\22:{\22add\22:{\22docs\22:\22The sum.\22}}}},\22interfaces\22:{\22text\22:{\22funcs\22:{\22size\22:{\22docs\22:\22How many bytes it has.\22}}}}}"))
$wasm$;
SELECT export, signature, stateless FROM wasm.exports('demo');
SELECT export, create_function FROM wasm.exports('demo');
SELECT unnest(exports) AS exports FROM demo();

-- a dry run returns the SQL, and creates nothing
SELECT * FROM wasm.create_functions('demo', dry_run => true);
SELECT outcome('SELECT add(1, 2)');
SELECT export, function FROM wasm.create_functions('demo');
SELECT add(20, 22), is_even(42), is_even(-1), text_size('héllo'), bytes_size('\x00ff'), twice('ab'), echo('\x00ff');
-- STRICT
SELECT add(NULL, 1), text_size(NULL);
SELECT proname, provolatile, proisstrict, proparallel, proargnames, obj_description(oid, 'pg_proc') AS comment
  FROM pg_proc WHERE pronamespace = 'wit'::regnamespace AND prosrc ~ '^demo#' ORDER BY proname COLLATE "C";
-- a second time: the same functions
CREATE TEMP TABLE before AS SELECT oid FROM pg_proc WHERE prosrc ~ '^demo#';
SELECT export, function, function IN (SELECT oid FROM before) AS "as before" FROM wasm.create_functions('demo');
-- all of them are dropped with their module
SELECT outcome('DROP FUNCTION demo()');
-- into another schema; the caller's search_path does not matter
CREATE SCHEMA "Apps";
CREATE FUNCTION "Apps".to_regtype(text) RETURNS regtype LANGUAGE sql AS 'SELECT 1/0';
BEGIN;
SET LOCAL search_path = "Apps", wit, pg_catalog;
SELECT function, sql FROM wasm.create_functions('demo', '"Apps"');
SELECT "Apps".twice('ab');
COMMIT;

-- an export of an interface can be named without the interface if only one interface has it
CREATE FUNCTION again(text) RETURNS text LANGUAGE wasm AS 'demo#twice';
CREATE FUNCTION long(text) RETURNS text LANGUAGE wasm AS 'demo#plwasm:demo/text@1.0.0#twice';
SELECT again('a'), long('b');
SELECT error($$CREATE FUNCTION size(text) RETURNS int LANGUAGE wasm AS 'demo'$$);
SELECT error($$CREATE FUNCTION nosuch(text) RETURNS int LANGUAGE wasm AS 'demo'$$);

-- an existing function is replaced only if it belongs to the module
DROP FUNCTION add(int, int);
CREATE FUNCTION add(int, int) RETURNS int LANGUAGE sql AS 'SELECT 0';
SELECT error($$SELECT wasm.create_functions('demo')$$);
SELECT outcome($$SELECT wasm.create_functions('demo', dry_run => true)$$);
DROP FUNCTION add(int, int);

-- records, enums and the names of plwasm:types
--   package plwasm:shop@1.0.0;
--
--   world shop {
--     use plwasm:types/types@1.0.0.{date, timestamptz, numeric, uuid, json, interval, numrange, error};
--
--     /// What one line of an order says.
--     record order-line {
--       article: string,
--       /// Not every line has been counted: it's an option.
--       quantity: option<s32>,
--       price: numeric,
--       tags: list<string>,
--     }
--     record order {
--       id: uuid,
--       placed: timestamptz,
--       lines: list<order-line>,
--       state: order-state,
--     }
--     /// Where an order is.
--     enum order-state { new, on-the-way, done }
--     flags colors { red, green }
--     record select { table: s32 }
--
--     /// The order with "\\" and one more line.
--     export append: func(order: order, line: order-line) -> result<order, error>;
--     export find: func(id: uuid, on: date, within: option<interval>) -> result<option<order>, string>;
--     export numbers: func(a: s8, b: u8, c: s16, d: u16, e: s32, f: u32, g: s64, h: u64, i: f32, j: f64, k: char) -> numeric;
--     export arrays: func(a: list<option<f64>>, b: list<list<u8>>, c: list<date>, d: option<list<bool>>) -> list<json>;
--     export ranges: func(r: numrange) -> list<interval>;
--     export min-max: func(a: list<s32>) -> tuple<s32, option<s32>>;
--     export paint: func(colors: colors) -> colors;
--     export forget: func() -> result;
--     export select: func(%table: select) -> select;
--   }
CREATE FUNCTION shop() RETURNS wasm.module LANGUAGE wasm AS $wasm$
(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
  (func (export "append") (param i64 i64 i64 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32) unreachable)
  (func (export "find") (param i64 i64 i32 i32 i32 i32 i64) (result i32) unreachable)
  (func (export "numbers") (param i32 i32 i32 i32 i32 i32 i64 i64 f32 f64 i32) (result i32) unreachable)
  (func (export "arrays") (param i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32) unreachable)
  (func (export "ranges") (param i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32) unreachable)
  (func (export "min-max") (param i32 i32) (result i32) unreachable)
  (func (export "paint") (param i32) (result i32) unreachable)
  (func (export "forget") (result i32) unreachable)
  (func (export "select") (param i32) (result i32) unreachable)
  (@custom "component-type" "\00asm\0d\00\01\00\00\19\16wit-component-encoding\04\00\07\a3\0a\01A\02\01AA\01B%\01ks\01r\04\08sqlstates\07messages\06detail\00\04hint\00\04\00\05error\03\00\01\01r\03\06monthsz\04daysz\0cmicrosecondsx\04\00\08interval\03\00\03\01z\04\00\04date\03\00\05\01x\04\00\04time\03\00\07\01x\04\00\09timestamp\03\00\09\01x\04\00\0btimestamptz\03\00\0b\01s\04\00\07numeric\03\00\0d\01s\04\00\04json\03\00\0f\01o\02ww\04\00\04uuid\03\00\11\01kz\01r\05\05empty\7f\05lower\13\05upper\13\09lower-inc\7f\09upper-inc\7f\04\00\09int4range\03\00\14\01kx\01r\05\05empty\7f\05lower\16\05upper\16\09lower-inc\7f\09upper-inc\7f\04\00\09int8range\03\00\17\01k\0e\01r\05\05empty\7f\05lower\19\05upper\19\09lower-inc\7f\09upper-inc\7f\04\00\08numrange\03\00\1a\01k\06\01r\05\05empty\7f\05lower\1c\05upper\1c\09lower-inc\7f\09upper-inc\7f\04\00\09daterange\03\00\1d\01k\0a\01r\05\05empty\7f\05lower\1f\05upper\1f\09lower-inc\7f\09upper-inc\7f\04\00\07tsrange\03\00 \01k\0c\01r\05\05empty\7f\05lower\22\05upper\22\09lower-inc\7f\09upper-inc\7f\04\00\09tstzrange\03\00#\03\00\18plwasm:types/types@1.0.0\05\00\02\03\00\00\04date\03\00\04date\03\00\01\02\03\00\00\0btimestamptz\03\00\0btimestamptz\03\00\03\02\03\00\00\07numeric\03\00\07numeric\03\00\05\02\03\00\00\04uuid\03\00\04uuid\03\00\07\02\03\00\00\04json\03\00\04json\03\00\09\02\03\00\00\08interval\03\00\08interval\03\00\0b\02\03\00\00\08numrange\03\00\08numrange\03\00\0d\02\03\00\00\05error\03\00\05error\03\00\0f\01kz\01ps\01r\04\07articles\08quantity\11\05price\06\04tags\12\03\00\0aorder-line\03\00\13\01m\03\03new\0aon-the-way\04done\03\00\0border-state\03\00\15\01p\14\01r\04\02id\08\06placed\04\05lines\17\05state\16\03\00\05order\03\00\18\01n\02\03red\05green\03\00\06colors\03\00\1a\01r\01\05tablez\03\00\06select\03\00\1c\01j\01\19\01\10\01@\02\05order\19\04line\14\00\1e\04\00\06append\01\1f\01k\0c\01k\19\01j\01!\01s\01@\03\02id\08\02on\02\06within \00\22\04\00\04find\01#\01@\0b\01a~\01b}\01c|\01d{\01ez\01fy\01gx\01hw\01iv\01ju\01kt\00\06\04\00\07numbers\01$\01ku\01p%\01p}\01p'\01p\02\01p\7f\01k*\01p\0a\01@\04\01a&\01b(\01c)\01d+\00,\04\00\06arrays\01-\01p\0c\01@\01\01r\0e\00.\04\00\06ranges\01/\01pz\01o\02z\11\01@\01\01a0\001\04\00\07min-max\012\01@\01\06colors\1b\00\1b\04\00\05paint\013\01j\00\00\01@\00\004\04\00\06forget\015\01@\01\05table\1d\00\1d\04\00\06select\016\04\00\16plwasm:shop/shop@1.0.0\04\00\0b\0a\01\00\04shop\03\00\00\00/\09producers\01\0cprocessed-by\01\0dwit-component\070.254.2")
  (@custom "package-docs" "\01{\22worlds\22:{\22shop\22:{\22types\22:{\22order-line\22:{\22docs\22:\22What one line of an order says.\22,\22items\22:{\22quantity\22:\22Not every line has been counted: it's an option.\22}},\22order-state\22:{\22docs\22:\22Where an order is.\22}},\22func_exports\22:{\22append\22:{\22docs\22:\22The order with \5c\22\5c\5c\5c\5c\5c\22 and one more line.\22}}}}}"))
$wasm$;
SELECT sql FROM wasm.create_functions('shop', dry_run => true);
-- the functions trap, because only their creation is tested here
SELECT export, function FROM wasm.create_functions('shop');
SELECT export, function FROM wasm.create_functions('shop');
SELECT typname, obj_description(oid, 'pg_type') AS comment, enum_range(NULL::order_state) FROM pg_type
 WHERE typname = 'order_state';
SELECT attname, format_type(atttypid, atttypmod), col_description(attrelid, attnum) AS comment
  FROM pg_attribute WHERE attrelid = 'order_line'::regclass ORDER BY attnum;
SELECT obj_description('order_line'::regtype, 'pg_type') AS type, obj_description('append'::regproc, 'pg_proc') AS function;

-- an existing type that differs is not changed
ALTER TYPE order_state ADD VALUE 'lost';
SELECT error($$SELECT wasm.create_functions('shop')$$);
DROP TYPE order_state CASCADE;
SELECT error($$SELECT wasm.create_functions('shop')$$);
DROP TYPE "order" CASCADE;
CREATE DOMAIN "order" AS int;
SELECT error($$SELECT wasm.create_functions('shop')$$);
-- then nothing is left that was created before the error
SELECT to_regtype('order_state') AS "order_state";
DROP DOMAIN "order";
SELECT export, function, sql FROM wasm.create_functions('shop') WHERE export IS NULL;

-- as the calling role
CREATE ROLE cleo;
GRANT USAGE ON SCHEMA wit TO cleo;
SET ROLE cleo;
SELECT outcome($$SELECT wasm.create_functions('demo', '"Apps"')$$);
RESET ROLE;

-- exports without an SQL function are listed, and the others are created
--   package plwasm:odd@1.0.0;
--
--   interface a { size: func(x: s32); }
--   interface b { size: func(x: s32); }
--
--   world odd {
--     record line { article: string, quantity: option<s32> }
--     variant payment { cash, card(string) }
--
--     export lines: func(text: string) -> list<line>;
--     export checked: func(text: string) -> result<list<line>, string>;
--     export maybe: func(text: string) -> list<option<line>>;
--     export pay: func(how: payment);
--     export grid: func(g: list<list<s32>>);
--     export nested: func() -> option<option<s32>>;
--     export either: func() -> option<result<s32>>;
--     export odd-error: func() -> result<s32, s32>;
--     export nothing-that-postgresql-would-take-as-the-name-of-a-function-of-its-own: func();
--     export odd: func();
--     export a-size: func(x: s32);
--     export a;
--     export b;
--   }
CREATE FUNCTION odd() RETURNS wasm.module LANGUAGE wasm AS $wasm$
(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
  (func (export "lines") (param i32 i32) (result i32) unreachable)
  (func (export "checked") (param i32 i32) (result i32) unreachable)
  (func (export "maybe") (param i32 i32) (result i32) unreachable)
  (func (export "pay") (param i32 i32 i32) unreachable)
  (func (export "grid") (param i32 i32) unreachable)
  (func (export "nested") (result i32) unreachable)
  (func (export "either") (result i32) unreachable)
  (func (export "odd-error") (result i32) unreachable)
  (func (export "nothing-that-postgresql-would-take-as-the-name-of-a-function-of-its-own") unreachable)
  (func (export "odd") unreachable)
  (func (export "a-size") (param i32) unreachable)
  (func (export "plwasm:odd/a@1.0.0#size") (param i32) unreachable)
  (func (export "plwasm:odd/b@1.0.0#size") (param i32) unreachable)
  (@custom "component-type" "\00asm\0d\00\01\00\00\19\16wit-component-encoding\04\00\07\e0\03\01A\02\01A(\01kz\01r\02\07articles\08quantity\00\03\00\04line\03\00\01\01q\02\04cash\00\00\04card\01s\00\03\00\07payment\03\00\03\01p\02\01@\01\04texts\00\05\04\00\05lines\01\06\01j\01\05\01s\01@\01\04texts\00\07\04\00\07checked\01\08\01k\02\01p\09\01@\01\04texts\00\0a\04\00\05maybe\01\0b\01@\01\03how\04\01\00\04\00\03pay\01\0c\01pz\01p\0d\01@\01\01g\0e\01\00\04\00\04grid\01\0f\01k\00\01@\00\00\10\04\00\06nested\01\11\01j\01z\00\01k\12\01@\00\00\13\04\00\06either\01\14\01j\01z\01z\01@\00\00\15\04\00\09odd-error\01\16\01@\00\01\00\04\00Gnothing-that-postgresql-would-take-as-the-name-of-a-function-of-its-own\01\17\04\00\03odd\01\17\01@\01\01xz\01\00\04\00\06a-size\01\18\01B\02\01@\01\01xz\01\00\04\00\04size\01\00\04\00\12plwasm:odd/a@1.0.0\05\19\01B\02\01@\01\01xz\01\00\04\00\04size\01\00\04\00\12plwasm:odd/b@1.0.0\05\1a\04\00\14plwasm:odd/odd@1.0.0\04\00\0b\09\01\00\03odd\03\00\00\00/\09producers\01\0cprocessed-by\01\0dwit-component\070.254.2"))
$wasm$;
SELECT sql FROM wasm.create_functions('odd', dry_run => true);
SELECT count(function) AS created, count(*) FILTER (WHERE function IS NULL AND sql LIKE '-- %') AS said
  FROM wasm.create_functions('odd');

-- a component describes its types itself
CREATE FUNCTION component() RETURNS wasm.module LANGUAGE wasm AS $wasm$
(component
  (core module $m
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))
  (core instance $i (instantiate $m))
  (func (export "add-these") (param "first" s32) (param "second" s32) (result s32)
    (canon lift (core func $i "add"))))
$wasm$;
SELECT export, signature, stateless FROM wasm.exports('component');
SELECT kind, exports FROM component();
SELECT * FROM wasm.create_functions('component');
SELECT add_these(20, 22);

-- no metadata, only metadata, bad metadata, no module
CREATE FUNCTION plain() RETURNS wasm.module LANGUAGE wasm AS '(module (func (export "f")))';
SELECT * FROM wasm.exports('plain');
SELECT error($$SELECT wasm.create_functions('plain')$$);
CREATE FUNCTION bare() RETURNS wasm.module LANGUAGE wasm AS $wasm$
(module
  (@custom "component-type" "\00asm\0d\00\01\00\00\19\16wit-component-encoding\04\00\07\e8\01\01A\02\01A\08\01@\02\01az\01bz\00z\04\00\03add\01\00\01@\01\0enumber-to-testx\00\7f\04\00\07is-even\01\01\01B\04\01@\01\04texts\00z\04\00\04size\01\00\01@\01\04texts\00s\04\00\05twice\01\01\04\00\16plwasm:demo/text@1.0.0\05\02\01B\05\01p}\01@\01\05bytes\00\00z\04\00\04size\01\01\01@\01\05bytes\00\00\00\04\00\04echo\01\02\04\00\17plwasm:demo/bytes@1.0.0\05\03\04\00\16plwasm:demo/demo@1.0.0\04\00\0b\0a\01\00\04demo\03\00\00\00/\09producers\01\0cprocessed-by\01\0dwit-component\070.254.2"))
$wasm$;
SELECT outcome($$SELECT wasm.create_functions('bare')$$);
SELECT error($$CREATE FUNCTION corrupt() RETURNS wasm.module LANGUAGE wasm AS
    '(module (func (export "f")) (@custom "component-type" "\00asm\0d\00\01\00\ff"))'$$);
SET check_function_bodies = off;
CREATE FUNCTION corrupt() RETURNS wasm.module LANGUAGE wasm AS
    '(module (func (export "f")) (@custom "component-type" "\00asm\0d\00\01\00\ff"))';
RESET check_function_bodies;
SELECT error($$SELECT * FROM wasm.exports('corrupt')$$);
SELECT outcome($$SELECT wasm.create_functions('corrupt')$$);
SELECT outcome($$SELECT wasm.create_functions('now')$$), outcome($$SELECT wasm.create_functions(0)$$);
SELECT outcome($$SELECT wasm.create_functions('demo', 1::oid::regnamespace)$$);
SELECT count(*) FROM wasm.create_functions(NULL);

DROP SCHEMA wit, "Apps" CASCADE;
DROP ROLE cleo;
