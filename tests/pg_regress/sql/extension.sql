-- The objects of the extension, and who may use them.
SELECT extname, nspname, extrelocatable FROM pg_extension e JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = 'plwasm';
SELECT superuser, trusted, relocatable FROM pg_available_extension_versions WHERE name = 'plwasm' AND version = '0.1.0';
-- members; PostgreSQL 17 and later also count the types that are created with other objects
SELECT pg_describe_object(classid, objid, objsubid) COLLATE "C" AS object
  FROM pg_depend
 WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
   AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'plwasm')
   AND pg_describe_object(classid, objid, objsubid) !~ '^type wasm\.(modules|code_cache|backend_memory|stat_functions|stat_modules|measured_costs|.*\[\])'
 ORDER BY 1;

-- every member has a comment, and so has every column of a module's description
SELECT pg_describe_object(classid, objid, objsubid) AS "without comment"
  FROM pg_depend
 WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
   AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'plwasm')
   AND pg_describe_object(classid, objid, objsubid) !~ '^type wasm\.(modules|code_cache|backend_memory|stat_functions|stat_modules|measured_costs|.*\[\])'
   AND obj_description(objid, classid::regclass::text::name) IS NULL;

SELECT attname AS "without comment" FROM pg_attribute
 WHERE attrelid = 'wasm.module'::regclass AND attnum > 0 AND col_description(attrelid, attnum) IS NULL;

-- the language is trusted, has all three handlers, and can be used by anybody
SELECT lanname, lanpltrusted, lanplcallfoid::regproc, laninline::regproc, lanvalidator::regproc,
       has_language_privilege('public', oid, 'USAGE') AS public
  FROM pg_language WHERE lanname = 'wasm';
SELECT has_schema_privilege('public', 'wasm', 'USAGE') AS usage,
       has_schema_privilege('public', 'wasm', 'CREATE') AS "create",
       has_table_privilege('public', 'wasm.modules', 'SELECT') AS modules,
       has_table_privilege('public', 'wasm.modules', 'INSERT, UPDATE, DELETE') AS "write modules",
       has_function_privilege('public', 'wasm.create_module(text, bytea, boolean)', 'EXECUTE') AS create_module;

-- settings: only a superuser can set the ceilings
LOAD 'plwasm';
SELECT name, context, vartype, unit, boot_val, short_desc
  FROM pg_settings WHERE name LIKE 'plwasm.%' ORDER BY name COLLATE "C";

-- a setting that anyone may change can be saved, in a function for instance, before the library is loaded; no other
SELECT name, context FROM pg_settings
 WHERE name LIKE 'plwasm.%' AND has_parameter_privilege('public', name, 'SET') <> (context = 'user');
SELECT parname, has_parameter_privilege('public', parname, 'ALTER SYSTEM') AS alter_system
  FROM pg_parameter_acl WHERE parname LIKE 'plwasm.%' ORDER BY parname COLLATE "C";

-- the handlers return errors if they are called directly, with meaningless arguments
SELECT outcome('SELECT wasm.call_handler()') LIKE '42%' AS refused;
SELECT outcome('SELECT wasm.validator(0)');
SELECT outcome('SELECT wasm.exports(0)');
SELECT outcome($$SELECT wasm.exports('now')$$), outcome('SELECT wasm.module_summary(0)');

-- an update from the first version: existing functions work, also in a session that was open; then everything is as if
-- the extension had been created anew
CREATE VIEW members AS
    SELECT string_agg(concat_ws(' ', pg_describe_object(classid, objid, objsubid), obj_description(objid, classid::regclass::text::name),
               pg_get_functiondef(f.oid), f.proacl, pg_get_viewdef(r.oid), r.relacl,
               (SELECT string_agg(concat_ws(' ', attname, atttypid::regtype, col_description(attrelid, attnum)), ', ' ORDER BY attnum)
                  FROM pg_attribute WHERE attrelid = coalesce(r.oid, t.typrelid) AND attnum > 0)), E'\n'
               ORDER BY pg_describe_object(classid, objid, objsubid) COLLATE "C") AS members
      FROM pg_depend
      LEFT JOIN pg_proc f ON classid = 'pg_proc'::regclass AND f.oid = objid
      LEFT JOIN pg_class r ON classid = 'pg_class'::regclass AND r.oid = objid
      LEFT JOIN pg_type t ON classid = 'pg_type'::regclass AND t.oid = objid
     WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
       AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'plwasm');
SELECT members, length(members) > 5000 AS there_are_some FROM members \gset
SELECT pg_get_viewdef('members') AS definition, current_database() AS here \gset
DROP VIEW members;
\echo :there_are_some
CREATE DATABASE plwasm_update;
\c plwasm_update
CREATE EXTENSION plwasm VERSION '0.1.0';
CREATE FUNCTION m() RETURNS wasm.module LANGUAGE wasm AS '(module (func (export "f") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))))';
CREATE FUNCTION f(int) RETURNS int LANGUAGE wasm AS 'm';
CREATE FUNCTION g(int) RETURNS int LANGUAGE wasm AS '(module (func (export "g") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2))))';
SELECT f(41), g(21), (m()).kind;
SELECT wasm.compile('m');
ALTER EXTENSION plwasm UPDATE;
SELECT extversion FROM pg_extension WHERE extname = 'plwasm';
SELECT f(41), g(21), (m()).kind;
SELECT wasm.compile('m') > 0 AS compiled, (SELECT count(*) FROM wasm.code_cache) > 0 AS cached, (SELECT count(*) FROM wasm.backend_memory) AS loaded;
\c
SELECT f(41), g(21), (SELECT count(*) FROM wasm.modules) AS modules;
CREATE VIEW members AS :definition
SELECT members = :'members' AS "as created anew" FROM members;
\c :here
DROP DATABASE plwasm_update;
