# Throwaway clusters. This file is sourced. On exit, for whatever reason, everything is stopped and removed,
# unless KEEP=1; for that it sets the EXIT trap. A cluster listens only on a unix socket in its own directory,
# trusts all who can open it (its owner and root), and has the superusers `postgres` and the caller.
#
#   cluster_start [-c name=value]... [-E encoding] [-l locale]   starts a new cluster, which becomes the current one
#   cluster_use DIR         makes another the current one; $CLUSTER is the current one's DIR
#   cluster_ctl restart     runs any pg_ctl command on the current one; its log is $CLUSTER/log
#   cluster_stop            stops and removes the current one
#
# psql and others connect to the current cluster: PGHOST, PGPORT, PGUSER and PGDATABASE are exported, and PATH
# begins with its programs.

. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

clusters=()
own_stage=

cluster_cleanup() {
    local dir
    for dir in "${clusters[@]}"; do
        if [[ ${KEEP:-0} == 1 ]]; then
            echo "kept: psql -h $dir -U postgres, log in $dir/log; remove it with" \
                "kill $(head -n 1 "$dir/data/postmaster.pid"); sleep 1; rm -r $dir $own_stage" >&2
        else
            server "$PLWASM_STAGE/bin/pg_ctl" -D "$dir/data" -m immediate -t 20 stop >/dev/null 2>&1 || true
            rm -rf "$dir"
        fi
    done
    clusters=()
    [[ -z $own_stage || ${KEEP:-0} == 1 ]] || rm -rf "$own_stage"
}
trap cluster_cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# One installation serves all clusters, including those of child processes.
cluster_stage() {
    if [[ -z ${PLWASM_STAGE:-} ]]; then
        own_stage=$(scratch stage)
        "$root/pgrx-config/stage" "$own_stage"
        export PLWASM_STAGE=$own_stage
    fi
}

# Makes a cluster with the options of all our clusters: cluster_init DATADIR [initdb's options]. initdb runs once for the
# same options of one installation; later clusters are copies of what it made.
cluster_init() {
    local data=$1 made=$PLWASM_STAGE/initdb${*:2}
    made=${made// /}
    if [[ ! -d $made ]]; then
        # Scripts that share an installation can do this at the same time: the first to finish keeps its cluster.
        local new=$made.$BASHPID
        install -d -o "$server_user" "$new"
        server timeout 120 "$PLWASM_STAGE/bin/initdb" -D "$new/data" -U postgres -A trust --no-sync "${@:2}" >/dev/null
        [[ $(id -un) == postgres ]] ||
            server "$PLWASM_STAGE/bin/postgres" --single -c log_checkpoints=off -D "$new/data" postgres >/dev/null \
                <<<"CREATE ROLE \"$(id -un)\" SUPERUSER LOGIN"
        mv -T "$new" "$made" 2>/dev/null || rm -rf "$new"
    fi
    server cp -a "$made/data" "$data"
    cat "$root/pgrx-config/postgresql.conf" >>"$data/postgresql.conf"
}

cluster_start() {
    local encoding=UTF8 locale=C setting settings=() option
    # C.UTF-8 if it exists, as `cargo pgrx` does; locale C works with every encoding.
    ! locale -a 2>/dev/null | grep -qixE 'c\.utf-?8' || locale=C.UTF-8
    OPTIND=1 # not local: tells pgrx-config/cluster where its command begins
    while getopts c:E:l: option; do
        case $option in
        c) settings+=("${OPTARG%%=*} = '${OPTARG#*=}'") ;;
        E) encoding=$OPTARG locale=C ;;
        l) locale=$OPTARG ;;
        *) return 1 ;;
        esac
    done

    cluster_stage
    local dir
    dir=$(scratch cluster)
    clusters+=("$dir")
    [[ $EUID -ne 0 ]] || chown "$server_user" "$dir"
    cluster_init "$dir/data" -E "$encoding" --locale="$locale"
    settings+=("listen_addresses = ''" "unix_socket_directories = '$dir'")
    printf '%s\n' "${settings[@]}" >>"$dir/data/postgresql.conf"
    cluster_use "$dir"
    if ! cluster_ctl start >/dev/null; then
        cat "$dir/log" >&2
        return 1
    fi
}

cluster_use() {
    CLUSTER=$1
    unset PGHOSTADDR PGSERVICE PGOPTIONS PGPASSWORD PGSSLMODE PGCLIENTENCODING PGTZ
    export CLUSTER PGHOST=$1 PGPORT=5432 PGUSER=postgres PGDATABASE=postgres
    [[ $PATH == "$PLWASM_STAGE/bin:"* ]] || export PATH=$PLWASM_STAGE/bin:$PATH
}

cluster_ctl() {
    server "$PLWASM_STAGE/bin/pg_ctl" -D "$CLUSTER/data" -l "$CLUSTER/log" -w -t 60 "$@"
}

cluster_stop() {
    local dir others=()
    cluster_ctl -m immediate stop >/dev/null || true
    rm -rf "$CLUSTER"
    for dir in "${clusters[@]}"; do
        [[ $dir == "$CLUSTER" ]] || others+=("$dir")
    done
    clusters=("${others[@]}")
}
