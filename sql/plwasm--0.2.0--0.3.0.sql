/* plwasm 0.2.0 to 0.3.0 */

-- complain if script is sourced in psql, rather than via ALTER EXTENSION
\echo Use "ALTER EXTENSION plwasm UPDATE TO '0.3.0'" to load this file. \quit

-- Before the library is loaded PostgreSQL does not know who may change a setting, and lets superusers alone keep one with
-- a function, a role or a database. This says it of the settings that anyone may change (src/settings.rs). The
-- privileges are of all databases of the server, so that they stay when the extension is dropped from one.
GRANT SET ON PARAMETER
    plwasm.fuel, plwasm.statement_fuel, plwasm.transaction_fuel, plwasm.memory, plwasm.isolation
    TO PUBLIC;
