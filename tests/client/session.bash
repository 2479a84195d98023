# Sessions that stay open from one statement to the next, for tests with several at once. This file is sourced after
# client.sh.
#
#   session NAME [psql's options]   opens one; an error is shown as `ERROR:  SQLSTATE`
#   ask NAME QUERY                  prints the answer, or what there is of it after a minute
#   send NAME QUERY                 sends the query without waiting for the answer
#   answer NAME                     waits for that answer and prints it
#   pid NAME                        prints its backend's process id
#
# A session ends with the test, or when the server ends it.

declare -A session_in session_out session_pid

session() {
    local name=$1 dir in out
    shift
    dir=$(mktemp -d)
    mkfifo "$dir/in" "$dir/out"
    stdbuf -oL psql -XAtq -v VERBOSITY=sqlstate "$@" <"$dir/in" >"$dir/out" 2>&1 &
    exec {in}>"$dir/in" {out}<"$dir/out"
    rm -r "$dir"
    session_in[$name]=$in session_out[$name]=$out
    session_pid[$name]=$(ask "$name" "SELECT pg_backend_pid()")
}

pid() {
    echo "${session_pid[$1]}"
}

send() {
    printf '%s\n;\n\\echo end of answer\n' "$2" >&"${session_in[$1]}"
}

answer() {
    local line
    while IFS= read -r -t 60 line <&"${session_out[$1]}"; do
        if [[ $line == "end of answer" ]]; then return; fi
        printf '%s\n' "$line"
    done
}

ask() {
    # A session that has ended accepts no query. Its answer says why it ended.
    send "$1" "$2" 2>/dev/null || true
    answer "$1"
}
