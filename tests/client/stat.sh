#!/usr/bin/env bash
# Tests `plwasm stat`: the numbers of an interval, the table on a terminal (stat_terminal.py), the page with plots
# (stat_page.py), and the queries and the dashboard of monitoring/ (stat_monitoring.py), which a member of pg_monitor can run.
# It takes at most 300 s.
. "$(dirname "$0")/../lib/client.sh"

here=$(dirname "$0")
export PYTHONPATH=$root/tests/lib PYTHONDONTWRITEBYTECODE=1
work=$(scratch stat)
busy=
trap '[[ -z $busy ]] || kill "$busy" 2>/dev/null; rm -rf "$work"; cluster_cleanup' EXIT
plwasm=$PLWASM_STAGE/bin/plwasm
# Prints the exit status and the first line on standard error.
fails() { # fails ARGUMENT...
    local said status=0
    said=$("$plwasm" "$@" 2>&1 >/dev/null) || status=$?
    printf '%s %s\n' "$status" "$(head -n 1 <<<"$said")"
}

cluster_start
is "without the extension" "$(fails stat --count 1)" '6 plwasm: error: database "postgres" does not have PL/Wasm'
sql "CREATE EXTENSION plwasm" >/dev/null
is "without statistics of the server" "$(fails stat --count 1)" "6 plwasm: error: the server has no statistics of other sessions"
is "which leaves no page" "$(fails stat --html "$work/none.html"; ls "$work")" \
    "6 plwasm: error: the server has no statistics of other sessions"
cluster_stop

cluster_start -c shared_preload_libraries=plwasm
sql "$(cat <<'SQL'
CREATE EXTENSION plwasm;
CREATE FUNCTION guests() RETURNS wasm.module LANGUAGE wasm AS '(module
    (func (export "spin") (param i32) (result i32)
        (loop $next (br_if $next (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 0))
    (func (export "trap") unreachable))';
CREATE FUNCTION short(int) RETURNS int LANGUAGE wasm AS 'guests#spin';
CREATE FUNCTION long(int) RETURNS int LANGUAGE wasm AS 'guests#spin';
CREATE FUNCTION trap() RETURNS void LANGUAGE wasm AS 'guests';
CREATE FUNCTION "<script>alert('1')</script>&amp;""]]>"(int) RETURNS int LANGUAGE wasm AS 'guests#spin';
CREATE ROLE nobody LOGIN;
CREATE ROLE watcher LOGIN;
GRANT pg_monitor TO watcher;
CREATE ROLE stranger LOGIN;
SQL
)" >/dev/null

# The numbers of an interval are exact.
sql "SELECT short(10), long(10)" >/dev/null
"$plwasm" stat --interval 3 --count 1 --sort name >"$work/table" &
table=$!
sleep 1
sql "SELECT count(short(10)) FROM generate_series(1, 4); SELECT long(1000); SELECT trap()" >/dev/null 2>&1 || true
wait "$table"
is "the calls of an interval" "$(sed -n '3,$s/ \+/ /gp' "$work/table" | cut -d ' ' -f 2,5- | grep -v trap)" \
    $'5001 5001 5001 0 public.long(integer)\n204 51 51 0 public.short(integer)'
like "with those that failed" "$(grep trap "$work/table")" " 1  public\.trap\(\)$"
like "and a summary" "$(head -n 1 "$work/table")" "^20..-..-.. ..:..:..  3 functions, .* calls/s, .* fuel/s, 1 errors$"
is "a closed pipe" "$("$plwasm" stat --interval 0.1 | head -n 1 | wc -l)" 1

while :; do
    echo "SELECT count(short(10)) FROM generate_series(1, 100); SELECT long(10000);
          SELECT \"<script>alert('1')</script>&amp;\"\"]]>\"(n) FROM generate_series(1, 40) n; SELECT pg_sleep(0.05);"
done 2>/dev/null | psql -XAtq >/dev/null &
busy=$!

# Roles that may not use the schema.
sql "REVOKE USAGE ON SCHEMA wasm FROM PUBLIC; GRANT USAGE ON SCHEMA wasm TO nobody, watcher" >/dev/null
python3 "$here/stat_terminal.py" "$plwasm" || failures=$((failures + 1))
sql "GRANT USAGE ON SCHEMA wasm TO PUBLIC" >/dev/null

# The page.
"$plwasm" stat --interval 0.4 --count 5 --html "$work/page.html" 2>"$work/said"
is "nothing is said but the page" "$(cat "$work/said")" ""
python3 "$here/stat_page.py" "$work/page.html" || failures=$((failures + 1))
if command -v chromium >/dev/null; then
    seen=$(timeout 60 chromium --headless --no-sandbox --disable-gpu --dump-dom "file://$work/page.html" 2>/dev/null) || true
    is "a browser shows the plots, and runs nothing" "$(grep -o '<svg\|<script' <<<"$seen" | sort | uniq -c | tr -s ' ')" " 4 <svg"
else
    echo "# no chromium: the page is parsed and not shown"
fi
kill "$busy"
busy=
eventually "the calls have ended" "SELECT count(*) = 1 FROM pg_stat_activity WHERE backend_type = 'client backend'"
"$plwasm" stat --interval 0.1 --count 1 --html "$work/page.html"
is "a page replaces another" "$(grep -c 'No function was called' "$work/page.html")" 1
like "a page that cannot be written" "$(fails stat --html /nowhere/page.html)" '^3 plwasm: error: could not write "/nowhere/page.html"'

# Monitoring.
python=python3
"$python" -c 'import yaml' 2>/dev/null || python=/usr/bin/python3
PGUSER=watcher "$python" "$here/stat_monitoring.py" "$root/monitoring" || failures=$((failures + 1))

# Classes of calls.
sql "SELECT wasm.stat_reset(); SELECT short(10), short(10), short(1000)" >/dev/null
is "the classes of calls" "$(sql "SELECT fuel, calls FROM wasm.stat_histogram() ORDER BY 1")" $'55|2\n5119|1'
is "not of the functions of others" "$(sql "SELECT count(*) FROM wasm.stat_histogram()" -U nobody)" 0
finish
