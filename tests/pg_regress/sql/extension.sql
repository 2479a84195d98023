-- The objects of the extension, and who may use them.
SELECT extname, nspname, extrelocatable FROM pg_extension e JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = 'plwasm';
SELECT superuser, trusted, relocatable FROM pg_available_extension_versions WHERE name = 'plwasm' AND version = '0.1.0';
-- members; PostgreSQL 17 and later count the types that come with others, too
SELECT pg_describe_object(classid, objid, objsubid) COLLATE "C" AS object
  FROM pg_depend
 WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
   AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'plwasm')
   AND pg_describe_object(classid, objid, objsubid) !~ '^type wasm\.(modules|.*\[\])'
 ORDER BY 1;

-- every member has a comment, and so has every column of a module's description
SELECT pg_describe_object(classid, objid, objsubid) AS "without comment"
  FROM pg_depend
 WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
   AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'plwasm')
   AND pg_describe_object(classid, objid, objsubid) !~ '^type wasm\.(modules|.*\[\])'
   AND obj_description(objid, classid::regclass::text::name) IS NULL;

SELECT attname AS "without comment" FROM pg_attribute
 WHERE attrelid = 'wasm.module'::regclass AND attnum > 0 AND col_description(attrelid, attnum) IS NULL;

-- trusted, with all three handlers; usable by anybody
SELECT lanname, lanpltrusted, lanplcallfoid::regproc, laninline::regproc, lanvalidator::regproc,
       has_language_privilege('public', oid, 'USAGE') AS public
  FROM pg_language WHERE lanname = 'wasm';
SELECT has_schema_privilege('public', 'wasm', 'USAGE') AS usage,
       has_schema_privilege('public', 'wasm', 'CREATE') AS "create",
       has_table_privilege('public', 'wasm.modules', 'SELECT') AS modules,
       has_table_privilege('public', 'wasm.modules', 'INSERT, UPDATE, DELETE') AS "write modules",
       has_function_privilege('public', 'wasm.create_module(text, bytea, boolean)', 'EXECUTE') AS create_module;

-- settings: the ceilings are the superuser's
LOAD 'plwasm';
SELECT name, context, vartype, unit, boot_val, short_desc
  FROM pg_settings WHERE name LIKE 'plwasm.%' ORDER BY name COLLATE "C";

-- called by hand, with nonsense, they give errors
SELECT outcome('SELECT wasm.call_handler()') LIKE '42%' AS refused;
SELECT outcome('SELECT wasm.validator(0)');
SELECT outcome('SELECT wasm.exports(0)');
SELECT outcome($$SELECT wasm.exports('now')$$), outcome('SELECT wasm.module_summary(0)');
