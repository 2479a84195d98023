/* plwasm 0.2.0 to 0.3.0 */

-- complain if script is sourced in psql, rather than via ALTER EXTENSION
\echo Use "ALTER EXTENSION plwasm UPDATE TO '0.3.0'" to load this file. \quit

-- Until the library is loaded, PostgreSQL does not know who may change a setting, and lets only superusers store one
-- with a function, a role or a database. These grants name the settings that anyone may change (src/settings.rs). The
-- privileges apply to all databases of the server, so they stay when the extension is dropped from one.
GRANT SET ON PARAMETER
    plwasm.fuel, plwasm.statement_fuel, plwasm.transaction_fuel, plwasm.memory, plwasm.isolation, plwasm.backtrace,
    plwasm.explain, plwasm.guest_messages
    TO PUBLIC;
COMMENT ON COLUMN wasm.code_cache.isolation IS 'isolation that the code was compiled for: call or statement; null for a pristine state';
COMMENT ON COLUMN wasm.code_cache.sha256 IS 'SHA-256 of what was compiled: the binary, or the text of a body that is text; for a pristine state, that of its module';
COMMENT ON VIEW wasm.code_cache IS 'compiled WebAssembly code, and pristine states that take long to make, kept on disk for all server processes';

-- names that change

CREATE FUNCTION wasm.follow_names() RETURNS event_trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'plwasm_follow_names';
COMMENT ON FUNCTION wasm.follow_names() IS 'lets the bodies of functions of language wasm follow their module when names change';

CREATE EVENT TRIGGER plwasm_follow_names ON ddl_command_end
    WHEN TAG IN ('ALTER FUNCTION', 'ALTER PROCEDURE', 'ALTER ROUTINE', 'ALTER SCHEMA', 'ALTER EXTENSION')
    EXECUTE FUNCTION wasm.follow_names();
ALTER EVENT TRIGGER plwasm_follow_names ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER plwasm_follow_names IS 'lets the bodies of functions of language wasm follow their module when names change';
COMMENT ON FUNCTION wasm.exports(regproc) IS 'functions that a WebAssembly module exports: type, whether proved stateless, what they change if not, and a CREATE FUNCTION statement derived from WIT metadata or from scalar core types';
COMMENT ON FUNCTION wasm.create_functions(regproc, regnamespace, boolean) IS 'creates SQL functions, and the types they need, for all exports of a WebAssembly module that have WIT metadata, or if none has, that take and return scalars; by default in the module''s schema';

-- states of aggregates

CREATE TYPE wasm.state;
CREATE FUNCTION wasm.state_in(cstring) RETURNS wasm.state
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'state_in_wrapper';
CREATE FUNCTION wasm.state_out(wasm.state) RETURNS cstring
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'state_out_wrapper';
CREATE FUNCTION wasm.state_recv(internal) RETURNS wasm.state
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'state_recv_wrapper';
CREATE FUNCTION wasm.state_send(wasm.state) RETURNS bytea
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'state_send_wrapper';
CREATE TYPE wasm.state (
    INPUT = wasm.state_in, OUTPUT = wasm.state_out, RECEIVE = wasm.state_recv, SEND = wasm.state_send,
    INTERNALLENGTH = VARIABLE, ALIGNMENT = int4, STORAGE = extended
);
COMMENT ON TYPE wasm.state IS 'state of an aggregate whose functions are methods of a WebAssembly resource';
COMMENT ON FUNCTION wasm.state_in(cstring) IS 'I/O';
COMMENT ON FUNCTION wasm.state_out(wasm.state) IS 'I/O';
COMMENT ON FUNCTION wasm.state_recv(internal) IS 'I/O';
COMMENT ON FUNCTION wasm.state_send(wasm.state) IS 'I/O';
COMMENT ON FUNCTION wasm.backend_memory_entries() IS 'code, instances and prepared values in this session''s memory, for the view wasm.backend_memory';
COMMENT ON COLUMN wasm.backend_memory.object IS 'code, instance, or prepared value: what a constructor of a prepared function has made';
COMMENT ON COLUMN wasm.backend_memory.memory_limit IS 'bytes that an instance may use; null for others';
COMMENT ON FUNCTION wasm.create_functions(regproc, regnamespace, boolean) IS 'creates SQL functions, aggregates, and the types they need, for all exports of a WebAssembly module that have WIT metadata, or if none has, that take and return scalars; by default in the module''s schema';

-- statistics

CREATE FUNCTION wasm.stat_function_entries(
        by_role boolean, OUT funcid oid, OUT userid oid, OUT calls bigint, OUT total_fuel bigint, OUT p50_fuel bigint, OUT p99_fuel bigint, OUT max_fuel bigint,
        OUT max_memory bigint,
        OUT near_limit bigint, OUT out_of_fuel bigint, OUT trapped bigint, OUT raised bigint, OUT canceled bigint,
        OUT out_of_memory bigint, OUT bad_result bigint, OUT instances_made bigint, OUT instances_dropped bigint,
        OUT states_made bigint, OUT states_reused bigint, OUT scope text)
    RETURNS SETOF record
    LANGUAGE c VOLATILE PARALLEL RESTRICTED
    AS 'MODULE_PATHNAME', 'stat_functions_wrapper';
COMMENT ON FUNCTION wasm.stat_function_entries(boolean) IS 'statistics of functions that the role owns, or of all for pg_read_all_stats, for the views wasm.stat_functions and wasm.stat_functions_by_role';

CREATE VIEW wasm.stat_functions AS
    SELECT s.funcid, n.nspname AS schemaname, p.proname AS funcname,
           s.calls, s.total_fuel, s.total_fuel / nullif(s.calls, 0)::double precision AS mean_fuel,
           s.p50_fuel, s.p99_fuel, s.max_fuel, s.max_memory, s.near_limit,
           s.out_of_fuel, s.trapped, s.raised, s.canceled, s.out_of_memory, s.bad_result,
           s.instances_made, s.instances_dropped, s.states_made, s.states_reused,
           t.total_time, t.self_time, s.scope
      FROM wasm.stat_function_entries(false) s
           JOIN pg_catalog.pg_proc p ON p.oid = s.funcid
           JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
           LEFT JOIN pg_catalog.pg_stat_user_functions t ON t.funcid = s.funcid;
COMMENT ON VIEW wasm.stat_functions IS 'calls of functions of language wasm, their fuel, and what became of them';
COMMENT ON COLUMN wasm.stat_functions.calls IS 'calls, including those that failed, of the export and of a constructor';
COMMENT ON COLUMN wasm.stat_functions.total_fuel IS 'units of fuel that all calls, and the instances made for them, have used';
COMMENT ON COLUMN wasm.stat_functions.mean_fuel IS 'total_fuel for each call';
COMMENT ON COLUMN wasm.stat_functions.p50_fuel IS 'units of fuel that half of the calls did not exceed, at most a quarter too many';
COMMENT ON COLUMN wasm.stat_functions.p99_fuel IS 'units of fuel that 99 of 100 calls did not exceed, at most a quarter too many';
COMMENT ON COLUMN wasm.stat_functions.max_fuel IS 'units of fuel of the call that used most';
COMMENT ON COLUMN wasm.stat_functions.max_memory IS 'bytes of the largest instance that a call had: its memories and tables';
COMMENT ON COLUMN wasm.stat_functions.near_limit IS 'calls that used nine tenths or more of the fuel that they may use';
COMMENT ON COLUMN wasm.stat_functions.out_of_fuel IS 'calls that exceeded their fuel, or that of the statement or the transaction';
COMMENT ON COLUMN wasm.stat_functions.trapped IS 'calls that trapped or panicked';
COMMENT ON COLUMN wasm.stat_functions.raised IS 'calls that returned an error of their own';
COMMENT ON COLUMN wasm.stat_functions.canceled IS 'calls that were canceled, by a timeout too';
COMMENT ON COLUMN wasm.stat_functions.out_of_memory IS 'calls whose instance or result needed more memory than is allowed';
COMMENT ON COLUMN wasm.stat_functions.bad_result IS 'calls that returned something that cannot be a result';
COMMENT ON COLUMN wasm.stat_functions.instances_made IS 'instances made for calls of the function';
COMMENT ON COLUMN wasm.stat_functions.instances_dropped IS 'instances dropped because of an error';
COMMENT ON COLUMN wasm.stat_functions.states_made IS 'constructors run: of prepared values and of states of aggregates';
COMMENT ON COLUMN wasm.stat_functions.states_reused IS 'prepared values that were found, and not made';
COMMENT ON COLUMN wasm.stat_functions.total_time IS 'milliseconds in the function and in what it called, from pg_stat_user_functions; null unless track_functions counts it';
COMMENT ON COLUMN wasm.stat_functions.self_time IS 'milliseconds in the function itself, from pg_stat_user_functions';
COMMENT ON COLUMN wasm.stat_functions.scope IS 'server: of all sessions since the last reset; session: of this session alone, as the library is not preloaded';
GRANT SELECT ON wasm.stat_functions TO PUBLIC;

-- The numbers of stat_functions, each apart. Times are not there: PostgreSQL does not count them for each role.
CREATE VIEW wasm.stat_functions_by_role AS
    SELECT s.userid, r.rolname AS usename, s.funcid, n.nspname AS schemaname, p.proname AS funcname,
           s.calls, s.total_fuel, s.total_fuel / nullif(s.calls, 0)::double precision AS mean_fuel,
           s.p50_fuel, s.p99_fuel, s.max_fuel, s.max_memory, s.near_limit,
           s.out_of_fuel, s.trapped, s.raised, s.canceled, s.out_of_memory, s.bad_result,
           s.instances_made, s.instances_dropped, s.states_made, s.states_reused, s.scope
      FROM wasm.stat_function_entries(true) s
           JOIN pg_catalog.pg_proc p ON p.oid = s.funcid
           JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
           LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.userid;
COMMENT ON VIEW wasm.stat_functions_by_role IS 'the numbers of wasm.stat_functions for each role that calls, while plwasm.track_roles is on';
COMMENT ON COLUMN wasm.stat_functions_by_role.userid IS 'the role with whose privileges the function was called; null for calls made while plwasm.track_roles was off';
COMMENT ON COLUMN wasm.stat_functions_by_role.usename IS 'its name; null if it was dropped';
GRANT SELECT ON wasm.stat_functions_by_role TO PUBLIC;

CREATE FUNCTION wasm.stat_module_entries(
        OUT moduleid oid, OUT loads bigint, OUT compilations bigint, OUT compile_time double precision, OUT code_bytes bigint,
        OUT scope text)
    RETURNS SETOF record
    LANGUAGE c VOLATILE PARALLEL RESTRICTED
    AS 'MODULE_PATHNAME', 'stat_modules_wrapper';
COMMENT ON FUNCTION wasm.stat_module_entries() IS 'statistics of modules that the role owns, or of all for pg_read_all_stats, for the view wasm.stat_modules';

CREATE VIEW wasm.stat_modules AS
    SELECT s.moduleid, n.nspname AS schemaname, p.proname AS modulename,
           s.loads, s.compilations, s.compile_time, s.code_bytes, s.scope
      FROM wasm.stat_module_entries() s
           JOIN pg_catalog.pg_proc p ON p.oid = s.moduleid
           JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace;
COMMENT ON VIEW wasm.stat_modules IS 'loads and compilations of modules, and of functions of language wasm whose body is code';
COMMENT ON COLUMN wasm.stat_modules.loads IS 'how often a process has loaded the compiled code';
COMMENT ON COLUMN wasm.stat_modules.compilations IS 'how often it was compiled, as the code cache did not have it';
COMMENT ON COLUMN wasm.stat_modules.compile_time IS 'milliseconds that compiling has taken, all together';
COMMENT ON COLUMN wasm.stat_modules.code_bytes IS 'bytes of the compiled code, mapped from the code cache';
COMMENT ON COLUMN wasm.stat_modules.scope IS 'server: of all sessions since the last reset; session: of this session alone, as the library is not preloaded';
GRANT SELECT ON wasm.stat_modules TO PUBLIC;
CREATE FUNCTION wasm.stat_histogram(OUT funcid oid, OUT fuel bigint, OUT calls bigint)
    RETURNS SETOF record
    LANGUAGE c VOLATILE PARALLEL RESTRICTED
    AS 'MODULE_PATHNAME', 'stat_histogram_wrapper';
COMMENT ON FUNCTION wasm.stat_histogram() IS 'calls of the functions in wasm.stat_functions, in classes by their fuel, four from each power of two to the next; fuel is the most that a call of the class can use';

-- COST 1 is cpu_operator_cost. bench/cost measures the two numbers; the command has them, too (cli/src/cost.rs).
CREATE VIEW wasm.measured_costs AS
    SELECT f.function, f.calls, f.cost, f.current_cost,
           format('ALTER FUNCTION %I.%I(%s) COST %s', f.nspname, f.proname, f.arguments, f.cost) AS statement
      FROM (SELECT s.funcid::regprocedure AS function, s.calls,
                   round(5 + s.fuel / 40::double precision / s.calls) AS cost,
                   p.procost AS current_cost, n.nspname, p.proname,
                   pg_catalog.pg_get_function_identity_arguments(p.oid) AS arguments
              FROM (SELECT funcid, sum(calls - states_made)::bigint AS calls, sum(total_fuel)::bigint AS fuel
                      FROM wasm.stat_functions GROUP BY funcid) s
                   JOIN pg_catalog.pg_proc p ON p.oid = s.funcid
                   JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
             WHERE p.prokind = 'f' AND s.calls > 0) f;
COMMENT ON VIEW wasm.measured_costs IS 'the COST of functions of language wasm, from the fuel that their calls have used, and the statements that set it';
COMMENT ON COLUMN wasm.measured_costs.calls IS 'calls of the function that were measured';
COMMENT ON COLUMN wasm.measured_costs.cost IS '5 for a call, and 1 for every 40 units of fuel of one on average';
COMMENT ON COLUMN wasm.measured_costs.current_cost IS 'the COST that the planner uses now';
GRANT SELECT ON wasm.measured_costs TO PUBLIC;

CREATE FUNCTION wasm.stat_uncounted() RETURNS bigint
    LANGUAGE c VOLATILE PARALLEL RESTRICTED
    AS 'MODULE_PATHNAME', 'stat_uncounted_wrapper';
COMMENT ON FUNCTION wasm.stat_uncounted() IS 'transactions in which a function or a module was not counted for lack of room (plwasm.tracked_functions), since the last reset';

CREATE FUNCTION wasm.stat_reset(function regprocedure DEFAULT NULL) RETURNS void
    LANGUAGE c VOLATILE PARALLEL RESTRICTED
    AS 'MODULE_PATHNAME', 'stat_reset_wrapper';
REVOKE EXECUTE ON FUNCTION wasm.stat_reset(regprocedure) FROM PUBLIC;
COMMENT ON FUNCTION wasm.stat_reset(regprocedure) IS 'sets the statistics of a function of language wasm to zero, or those of all functions of this database';

-- what decides results

CREATE FUNCTION wasm.build() RETURNS text
    LANGUAGE c STABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'build_wrapper';
COMMENT ON FUNCTION wasm.build() IS 'version of the library, and a name of the sources of its engine, which are the same on every CPU';

-- A build loads the library, without which the settings have no value.
CREATE FUNCTION wasm.fingerprints(OUT kind text, OUT name text, OUT fingerprint text) RETURNS SETOF record
    LANGUAGE sql STABLE ROWS 100 SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT 'library', 'plwasm', wasm.build()
    UNION ALL
    SELECT 'setting', s, CASE WHEN b IS NOT NULL THEN current_setting(s) END
      FROM wasm.build() b,
           unnest('{plwasm.fuel, plwasm.max_fuel, plwasm.statement_fuel, plwasm.max_statement_fuel, plwasm.transaction_fuel,
                    plwasm.max_transaction_fuel, plwasm.memory, plwasm.max_memory, plwasm.isolation, plwasm.min_isolation,
                    plwasm.wasi, plwasm.max_module_size, plwasm.max_result_size, server_encoding}'::text[]) s
    UNION ALL
    SELECT 'module', format('%I.%I', m.schema, m.name), coalesce(m.sha256, 'invalid') FROM wasm.modules m
    UNION ALL
    SELECT CASE p.prokind WHEN 'w' THEN 'window function' WHEN 'p' THEN 'procedure' ELSE 'function' END,
           p.oid::regprocedure::text,
           encode(sha256(convert_to(concat_ws(E'\n', pg_get_function_result(p.oid), p.prokind, p.proisstrict, p.provolatile,
                                              p.prosecdef, p.proconfig, p.prosrc), 'UTF8')), 'hex')
      FROM pg_proc p
     WHERE p.prolang = (SELECT l.oid FROM pg_language l WHERE l.lanname = 'wasm')
       AND p.prorettype <> 'wasm.module'::regtype
    UNION ALL
    SELECT 'aggregate', a.aggfnoid::regprocedure::text,
           encode(sha256(convert_to(concat_ws(E'\n', a.aggkind, a.aggnumdirectargs, a.aggtransfn::regprocedure,
                                              a.aggfinalfn::oid::regprocedure, a.aggcombinefn::oid::regprocedure,
                                              a.aggmtransfn::oid::regprocedure, a.aggminvtransfn::oid::regprocedure,
                                              a.aggmfinalfn::oid::regprocedure, a.agginitval), 'UTF8')), 'hex')
      FROM pg_aggregate a JOIN pg_proc p ON p.oid = a.aggtransfn
     WHERE p.prolang = (SELECT l.oid FROM pg_language l WHERE l.lanname = 'wasm')
    $$;
COMMENT ON FUNCTION wasm.fingerprints() IS 'what decides the results of functions of language wasm in this database: the build of the library, settings of this session, modules, functions and aggregates; two of them with the same fingerprint are equal';

CREATE FUNCTION wasm.fingerprint() RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT encode(sha256(convert_to(string_agg(format('%s %s %s', f.kind, f.name, f.fingerprint), E'\n'
                                               ORDER BY f.kind COLLATE "C", f.name COLLATE "C"), 'UTF8')), 'hex')
      FROM wasm.fingerprints() f
    $$;
COMMENT ON FUNCTION wasm.fingerprint() IS 'one name for all that wasm.fingerprints() lists: two databases with the same name run the same code with the same settings';
