#!/usr/bin/env bash
# Tests crashes: backends and compilers are killed (-9) at any moment while sessions create and call modules.
# Afterwards everything that was committed works, the code cache contains no bad file, and no process is left over.
#
#   ROUNDS=200 tests/client/crash.sh    by hand; SEED=... makes the same choices again
. "$(dirname "$0")/../lib/client.sh"
rounds=${ROUNDS:-8}
RANDOM=${SEED:=$$}
echo "# $rounds rounds, SEED=$SEED"

# Nothing is removed from the cache, although 200 rounds make more than 1 GB.
cluster_start -c max_connections=60 -c synchronous_commit=on -c plwasm.code_cache_size=8GB
data=$CLUSTER/data cache=$CLUSTER/data/plwasm_cache
sql "CREATE EXTENSION plwasm; $(<"$(dirname "$0")/big.sql")"
sql "$(cat <<'SQL'
-- How many functions there are whose number is 1, or that many more, and so on; raises where one gives a wrong answer.
CREATE FUNCTION checked(every int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    number int;
    answer int;
    n int := 0;
BEGIN
    FOR number IN SELECT substr(proname, 2)::int FROM pg_proc WHERE proname ~ '^f[0-9]+$' ORDER BY random() LOOP
        IF number % every = 1 % every THEN
            EXECUTE format('SELECT f%s(7)', number) INTO answer;
            IF answer <> number + 7 THEN RAISE 'f%(7) is %', number, answer; END IF;
            n := n + 1;
        END IF;
    END LOOP;
    RETURN n;
END $$;
SQL
)"
postmaster() { head -n 1 "$data/postmaster.pid"; }
backends() { pgrep -P "$(postmaster)" -f '^postgres: postgres postgres ' || true; }
program=$(realpath "$PLWASM_STAGE/bin")/plwasm
compilers() { pgrep -f "^$program compile " || true; }
kill_one() { # one of the processes that are listed on standard input
    local pids=()
    read -rd '' -a pids || true
    ((${#pids[@]})) || return 0
    kill -9 "${pids[RANDOM % ${#pids[@]}]}" 2>/dev/null || true
}

# settled QUERY: prints the result once the server has come back; it may notice late that a process was killed
settled() {
    local tries
    for ((tries = 0; tries < 300; tries++)); do
        if sql "$1" 2>/dev/null; then return; fi
        sleep 0.1
    done
    sql "$1"
}

# work FIRST: creates and calls functions, numbered from FIRST and each of another size, until the server is gone
work() {
    local number=$1 size
    for ((; ; number++)); do
        size=$((RANDOM % 4 ? RANDOM % 100 : RANDOM % 500))
        echo "SELECT wasm.create_module('m$number', big($number, $size))::text <> '';"
        echo "CREATE FUNCTION f$number(int) RETURNS int LANGUAGE wasm AS 'm$number#f'; SELECT 'created $number', f$number(7) - 7;"
    done | psql -XAtq -F ' ' 2>&1 || true
}
harmless="server closed the connection|terminated abnormally|before or while processing|connection to (the )?server|crash of another|\
postmaster has commanded|In a moment you should|in recovery mode|starting up|not yet accepting|Consistent recovery|killed by signal 9|\
operating system does that|does not exist|created it with|CONTEXT:|HINT:|DETAIL:|^LINE|\\^|^f\$|^t\$|could not send|^\$"
said=$(mktemp) all=0
for ((round = 1; round <= rounds; round++)); do
    workers=()
    for ((i = 0; i < 8; i++)); do
        work $((round * 1000000 + i * 100000 + 1)) >"$said.$i" &
        workers+=($!)
    done
    # The more time the workers get, the more they create. On a slow machine, too, each has created its first
    # functions.
    eventually "" "SELECT count(*) >= 16 FROM pg_proc WHERE proname ~ '^f[0-9]+\$' AND substr(proname, 2)::int > $round * 1000000" >/dev/null
    for ((i = RANDOM % 6; i >= 0; i--)); do
        sleep "0.$((RANDOM % 4))$((RANDOM % 10))"
        for ((j = 0; j < 50; j++)); do # a compiler that has just begun, if there is one
            if [[ -n $(compilers) ]]; then break; fi
        done
        sleep "0.0$((RANDOM % 5))"
        compilers | kill_one
    done
    case $((RANDOM % 3)) in
    0) compilers | { xargs -r ps -o ppid= -p || true; } | kill_one ;; # a backend that waits for a compiler
    esac
    backends | kill_one
    wait "${workers[@]}" 2>/dev/null || true
    cat "$said".? >"$said"
    settled "SELECT 1" >/dev/null

    # What was reported as created exists and is right.
    wrong=$(awk '$1 == "created" && $2 != $3' "$said"; grep -vE "^created|$harmless" "$said" || true)
    created=$(awk '$1 == "created" { print $2 }' "$said")
    [[ -z $wrong ]] || fail "round $round: answers" "$wrong"
    missing=$(settled "SELECT count(*) FROM unnest(ARRAY[$(paste -sd , <<<"$created")]::int[]) n WHERE to_regprocedure('f' || n || '(int)') IS NULL")
    [[ $missing == 0 ]] || fail "round $round: what was committed is there" "$missing are missing"
    checked=$(sql "SELECT checked(1)" 2>&1) || fail "round $round: what was committed works" "$checked"
    [[ -z $(compilers) ]] || { sleep 1; [[ -z $(compilers) ]] || fail "round $round: no compiler is left" "$(compilers)"; }
    files=$(server find "$cache" -name '*.call.*' ! -name '*.lock' | sort)
    settled "SELECT wasm.prune_code_cache()" >/dev/null
    left=$(server find "$cache" -type f | sort)
    [[ $left == "$files" ]] || fail "round $round: pruning removes what was left over, and nothing else" "$(diff <(echo "$files") <(echo "$left"))"
    all=$((all + $(wc -w <<<"$created")))
    ((round % 20)) || echo "# round $round: $all functions created so far"
    # Of each worker's functions, the first of every ten stay to the end.
    settled "SELECT format('DROP FUNCTION m%1\$s, f%1\$s(int)', substr(proname, 2)) FROM pg_proc
        WHERE proname ~ '^f[0-9]+$' AND substr(proname, 2)::int % 10 <> 1 \\gexec" >/dev/null
    settled "SELECT format('DROP FUNCTION %s', oid::regprocedure) FROM pg_proc
        WHERE proname ~ '^m[0-9]+$' AND to_regprocedure('f' || substr(proname, 2) || '(int)') IS NULL \\gexec" >/dev/null
done
rm -f "$said" "$said".?
is "everything that was committed works, in each of $rounds rounds" "$failures" 0
like "functions were created" "$((all >= rounds * 8)), $all" "^1,"
like "many of them remain to the end" "$(sql "SELECT checked(10)")" "^[1-9][0-9]*$"
is "no file was damaged" "$(grep -E 'discarding|could not write' "$CLUSTER/log" || true)" ""
crashes=$(grep -c 'was terminated by signal 9' "$CLUSTER/log")
like "backends were killed" "$((crashes >= rounds * 3 / 4)), $crashes" "^1,"
like "so were compilers" "$(grep -c 'was killed by signal 9' "$CLUSTER/log")" "^[1-9]"
is "nothing else was" "$(grep -E 'terminated by signal|PANIC:|panicked at' "$CLUSTER/log" | grep -v 'signal 9: Killed' || true)" ""
echo "# $all functions created, $crashes backends and $(grep -c 'was killed by signal 9' "$CLUSTER/log") compilers killed"
: >"$CLUSTER/log" # `unharmed` has been called often enough
finish
