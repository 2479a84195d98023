#!/usr/bin/env bash
# Tests results of any bytes: guests return what lies in their memory, wherever they say, as each kind of type; fuzz.py
# chooses. Each result must be a value that PostgreSQL can write and read, or an error of the guest, and the session
# must go on. What is valid by the canonical ABI must be a value.
#
#   INPUTS=100000 SEED=7 TYPES="text deep" tests/client/fuzz.sh    more inputs; other inputs; only of these types
#   REPLAY=FILE tests/client/fuzz.sh                               only these inputs: lines `TYPE HEX`, as findings are printed
. "$(dirname "$0")/../lib/client.sh"
py() { python3 -B "$(dirname "$0")/fuzz.py" "$@"; }
read -ra types <<<"${TYPES:-}"

cluster_start -c jit=off -c statement_timeout=250s
sql "CREATE EXTENSION plwasm; CREATE SCHEMA give; CREATE SCHEMA run; $(py sql)"
py replay "${REPLAY:-fuzz/seeds/lift.txt}" >"$CLUSTER/inputs"
[[ -n ${REPLAY:-} ]] || py inputs "${INPUTS:-400}" "${SEED:-1}" "${types[@]}" >>"$CLUSTER/inputs"
sql "\copy input FROM '$CLUSTER/inputs'"

# All inputs run in one session.
sql "SELECT pg_backend_pid() AS before \gset
SELECT format('INSERT INTO outcome SELECT (run.%I(i)).* FROM (SELECT * FROM input WHERE type = %L ORDER BY number OFFSET 0) i',
    replace(type, '-', '_'), type) FROM input GROUP BY type ORDER BY type \gexec
SELECT pg_backend_pid() = :before AS same" >"$CLUSTER/said" 2>&1 || true
is "one session takes all results" "$(tail -n 3 "$CLUSTER/said")" t

# none WHAT CONDITION: no outcome may satisfy the condition
none() {
    is "$1" "$(sql "SELECT format('%s %s: %s %s, %s ms', type, encode(given, 'hex'), state, message, round(ms)) FROM outcome
        WHERE $2 ORDER BY length(given) LIMIT 10")" ""
}
none "no error is the server's" "state LIKE 'XX%' OR state IN ('57014', '53200', '58000')"
none "every value can be written and read" "NOT is_same"
none "what is right is a value" "is_right AND state <> '00000' AND type NOT LIKE 'result%'"
none "each takes less than 5 s" "ms > 5000"
sql "SELECT format('# %s: %s, %s', state, count(*), left(min(message), 80)) FROM outcome WHERE state <> '00000'
    GROUP BY state ORDER BY count(*) DESC"
like "$(sql "SELECT format('%s results of %s types: %s values, %s errors', count(*), count(DISTINCT type),
        count(*) FILTER (WHERE state = '00000'), count(*) FILTER (WHERE state <> '00000')) FROM outcome")" \
    "$(sql "SELECT (SELECT count(*) FROM input) = (SELECT count(*) FROM outcome), min(n) > 0 FROM
        (SELECT count(*) FILTER (WHERE state = '00000') n FROM outcome GROUP BY type) t")" "^t\|t$"
finish
