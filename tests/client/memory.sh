#!/usr/bin/env bash
# Tests the memory of a session: it does not grow with the number of functions that were called, created or dropped;
# it is what wasm.backend_memory shows, and no more than plwasm.backend_memory.
. "$(dirname "$0")/../lib/client.sh"
. "$(dirname "$0")/session.bash"

cluster_start
sql "CREATE EXTENSION plwasm; $(<"$(dirname "$0")/big.sql")"

anonymous() { awk '$1 == "RssAnon:" { print $2 }' "/proc/$(pid "$1")/status"; } # prints the kB of a session
entries() { ask "$1" "SELECT object, count(*) FROM wasm.backend_memory GROUP BY 1 ORDER BY 1" | xargs; }
mapped() { grep -c plwasm_cache "/proc/$(pid "$1")/maps" || true; }

# flat NAME SETUP ROUND: 1,000 rounds, in which $i is the number, take no memory after the first 100
flat() {
    local name=$1 round=$3 i before after
    session s
    ask s "$2" >/dev/null
    rounds() { for ((i = $1; i < $2; i++)); do eval "echo \"$round\""; done; }
    ask s "$(rounds 0 100)" >/dev/null
    before=$(anonymous s)
    is "$name: 1,000 rounds" "$(ask s "$(rounds 100 1100)" | sort | uniq -c | awk '{ print $1 }' | xargs)" "${4:-1000}"
    after=$(anonymous s)
    like "$name: take no memory" "$((after - before < 600)), $((after - before)) kB" "^1,"
    echo "# $name: from $before kB to $after kB"
}
flat "SQL functions, for comparison" "" \
    "CREATE FUNCTION f\$i(int) RETURNS int LANGUAGE sql AS 'SELECT 1 + \\\$1 * 0'; SELECT f\$i(1); DROP FUNCTION f\$i;"
flat "functions created, called and dropped" "" \
    "CREATE FUNCTION f\$i(text) RETURNS text LANGUAGE wasm AS '(module (memory (export \\\"memory\\\") 1)
        (func (export \\\"cabi_realloc\\\") (param i32 i32 i32 i32) (result i32) (i32.const \$((1000 + i))))
        (func (export \\\"f\$i\\\") (param i32 i32) (result i32)
            (i32.store (i32.const 8) (local.get 0)) (i32.store (i32.const 12) (local.get 1)) (i32.const 8)))';
    SELECT f\$i('abc'::text); DROP FUNCTION f\$i;"
is "dropped functions take no memory" "$(entries s) $(mapped s)" " 0"
flat "one module replaced" "SELECT wasm.create_module('m', big(0, 5));
    CREATE FUNCTION f(int) RETURNS int LANGUAGE wasm AS 'm'" \
    "SELECT wasm.create_module('m', big(\$i, 5), true) IS NULL; SELECT f(1 - \$i);" "1000 1000"
is "replaced modules take no memory" "$(entries s)" "code|1 instance|1"
flat "functions that trap" "" \
    "CREATE FUNCTION f\$i(int) RETURNS int LANGUAGE wasm AS '(module (memory 1) (func (export \\\"f\$i\\\") (param i32) (result i32)
        (i32.store (i32.const 8) (local.get 0)) (i32.div_u (i32.const \$i) (local.get 0))))'; SELECT f\$i(0); DROP FUNCTION f\$i;"
flat "DO" "" "DO LANGUAGE wasm '(module (func (export \\\"run\\\") (drop (i32.const \$i))))'; SELECT 1;"

# Many modules.
sql "SELECT wasm.create_module('m' || i, big(i, 3)) FROM generate_series(1, 1500) i;
    SELECT format('CREATE FUNCTION f%1\$s(int) RETURNS int LANGUAGE wasm AS ''m%1\$s#f''', i) FROM generate_series(1, 1500) i
    \\gexec" >/dev/null
session s
call() { ask s "$(eval "printf 'SELECT f%d(0);' {$1..$2}")" | awk '{ sum += $1 } END { print sum }'; }
mappings() { wc -l <"/proc/$(pid s)/maps"; }
is "500 modules" "$(call 1 500)" 125250
is "500 modules: all are kept" "$(entries s)" "code|500 instance|500"
few=$(anonymous s)
is "1,000 modules" "$(call 501 1000)" 375250
is "1,500 modules" "$(call 1001 1500)" 625250
some=$(anonymous s)
is "1,500 modules: 500 are kept" "$(entries s)" "code|500 instance|500"
like "1,500 modules: they take few mappings" "$(($(mappings) < 5000)), $(mappings)" "^1,"
is "the first ones again" "$(call 1 1500)" 1125750
many=$(anonymous s)
like "and again: no more memory" "$((many - some < 3000)), $((many - some)) kB" "^1,"
echo "# 500 modules: $few kB, 1,500: $some kB, twice: $many kB; $(mappings) mappings"
is "1,500 modules in one statement" "$(ask s "SELECT $(printf 'f%d(0) + ' {1..1500}) 0")" 1125750
is "then one" "$(ask s "SELECT f1(0)")" 1
like "then one: no more are kept than are used" "$(entries s)" "^code\|50[0-9] instance\|50[0-9]$"
is "a savepoint that is rolled back 500 times" "$(ask s "DO 'BEGIN FOR i IN 1..500 LOOP BEGIN
    PERFORM f1(i); RAISE division_by_zero; EXCEPTION WHEN division_by_zero THEN END; END LOOP; END'; SELECT f1(0)")" 1

# 10,000 traps of one session, each with its backtrace and a message in its DETAIL.
session s
ask s "CREATE FUNCTION trap(int) RETURNS int LANGUAGE wasm AS '(module
    (import \"plwasm:host/log\" \"log\" (func \$log (param i32 i32 i32)))
    (memory 1)
    (data (i32.const 0) \"a line\")
    (func \$divide (param i32) (result i32) (i32.div_u (i32.const 7) (local.get 0)))
    (func (export \"trap\") (param i32) (result i32)
        (i32.store (i32.const 4096) (local.get 0))
        (call \$log (i32.const 1) (i32.const 0) (i32.const 6))
        (call \$divide (local.get 0))))';" >/dev/null
ask s "CREATE FUNCTION traps(n int) RETURNS text LANGUAGE plpgsql AS \$\$ DECLARE traps int := 0; said text; BEGIN
    FOR i IN 1..n LOOP BEGIN
        PERFORM trap(0);
    EXCEPTION WHEN division_by_zero THEN
        traps := traps + 1;
        GET STACKED DIAGNOSTICS said = PG_EXCEPTION_DETAIL;
    END; END LOOP;
    RETURN traps || ' ' || (said ~ 'divide.*a line');
END \$\$;" >/dev/null
files() { server find "/proc/$(pid s)/fd" -type l | wc -l; }
is "1,000 traps" "$(ask s "SELECT traps(1000)")" "1000 true"
before=$(anonymous s) open=$(files) maps=$(mappings)
is "9,000 more" "$(for _ in {1..9}; do ask s "SELECT traps(1000)"; done | sort -u)" "1000 true"
after=$(anonymous s)
like "10,000 traps take no memory" "$((after - before < 600)), $((after - before)) kB" "^1,"
is "10,000 traps leave no file open" "$(files)" "$open"
like "10,000 traps leave nothing mapped" "$(($(mappings) - maps < 10)), $(($(mappings) - maps))" "^1,"
is "10,000 traps leave no instance" "$(entries s)" "code|1"
is "and the session goes on" "$(ask s "SELECT trap(7)")" 1

# The limit.
sql "$(cat <<'SQL'
CREATE FUNCTION page(i int) RETURNS int LANGUAGE wasm AS '(module (memory 4)
        (func (export "page") (param i32) (result i32) (i32.store (local.get 0) (i32.const 1)) (i32.load (local.get 0))))';
CREATE FUNCTION pages(i int) RETURNS int LANGUAGE wasm AS '(module (memory 5)
        (func (export "pages") (param i32) (result i32) (i32.store (local.get 0) (i32.const 1)) (i32.load (local.get 0))))';
SQL
)"
total() { ask s "SELECT sum(bytes) FROM wasm.backend_memory"; }
session s
ask s "SELECT page(1)" >/dev/null
is "the memory in use: code, and an instance of it" "$(entries s)" "code|1 instance|1"
one=$(total)
ask s "SELECT page(1), pages(1)" >/dev/null
both=$(total)
like "a memory counts in full" "$((both - one > 5 * 65536 && both - one < 7 * 65536)), $((both - one))" "^1,"
fits() { # fits KILOBYTES WHAT-THERE-IS
    session s
    ask s "SELECT page(1); SET plwasm.backend_memory = $1; SELECT page(1), pages(1)" >/dev/null
    is "with $1 kB for $both bytes" "$(entries s)" "$2"
    like "with $1 kB: no more is in use" "$(($(total) <= $1 * 1024))" 1
}
fits $(((both + 1023) / 1024)) "code|2 instance|2"
fits $((both / 1024)) "code|2 instance|1"
is "many in little memory" "$(ask s "SET plwasm.backend_memory = '1MB'; $(printf 'SELECT f%d(0);' {1..200})" | awk '{ sum += $1 } END { print sum }')" 20100
like "no more of them are in memory than allowed" "$(($(total) <= 1048576)), $(entries s)" "^1, code\|[1-9][0-9] "
error=$(sql "SELECT page(1); SET plwasm.backend_memory = '128kB'; \set VERBOSITY verbose
    SELECT pages(1)" 2>&1) || true
like "more than there may be" "$error" "ERROR:  53200: out of memory for WebAssembly: the backend needs [0-9]+ bytes, the limit is 131072 bytes.*HINT:  Ask a superuser to raise plwasm.backend_memory"
run="DO LANGUAGE wasm '(module (memory 3) (func (export \"run\")))'"
is "DO makes room" "$(ask s "$run")" ""
before=$(total)
is "nothing is left of DO" "$(ask s "$run") $(total)" " $before"
finish
