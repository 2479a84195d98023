# Several servers on this machine: a coordinator and NODES shards (3 if that is not set, at least 2), each with its own data, code cache and
# postmaster, reached through its own unix socket. This file is sourced after client.sh; on exit all of them are stopped and
# removed.
#
#   nodes_start [-c name=value]...     starts them, with the modules below as extensions; the coordinator is the current cluster
#   nodes_fill ROWS                    shares ROWS rows out equally: those of shard N are in its table requests_N, and the
#                                      coordinator's table `requests` is partitioned over these; the same for `customers`
#   on_shard N QUERY [psql's options]  is `sql` in shard N
#   everywhere QUERY                   runs a query on the coordinator and on the shards
#
# COORDINATOR and SHARD[1], SHARD[2], ... are their directories. They share an installation, so that a file of an extension is
# there for all.

NODES=${NODES:-3}
declare -A SHARD
COORDINATOR=

nodes_start() {
    local n
    ((NODES >= 2)) || die "NODES=$NODES: there have to be at least 2"
    if [[ ! -e $("$PLWASM_STAGE/bin/pg_config" --sharedir)/extension/postgres_fdw.control ]]; then
        echo "skipped ${0##*/}: this PostgreSQL has no postgres_fdw"
        exit
    fi
    for ((n = 1; n <= NODES; n++)); do
        cluster_start "$@"
        SHARD[$n]=$CLUSTER
    done
    cluster_start "$@"
    COORDINATOR=$CLUSTER
    nodes_extension text_tools rust-text/text.wasm
    nodes_extension quantiles rust-resources/tdigest.wasm
    everywhere "CREATE EXTENSION plwasm; CREATE EXTENSION text_tools; CREATE EXTENSION quantiles;
        CREATE AGGREGATE digest(float8) (
            SFUNC = tdigest_step, STYPE = wasm.state, COMBINEFUNC = tdigest_merge, PARALLEL = SAFE);
        CREATE AGGREGATE digest(wasm.state) (
            SFUNC = tdigest_merge, STYPE = wasm.state, COMBINEFUNC = tdigest_merge, PARALLEL = SAFE);
        ALTER EXTENSION quantiles ADD AGGREGATE digest(float8);
        ALTER EXTENSION quantiles ADD AGGREGATE digest(wasm.state)"
}

# nodes_extension NAME MODULE [plwasm sql's options]: writes the files of an extension
nodes_extension() {
    plwasm sql "$PLWASM_GUESTS/$2" --extension "$1" --name "$1" "${@:3}" \
        --output "$("$PLWASM_STAGE/bin/pg_config" --sharedir)/extension" 2>/dev/null
}

on_shard() {
    sql "${@:2}" -h "${SHARD[$1]}"
}

everywhere() {
    local n
    for n in "${!SHARD[@]}"; do on_shard "$n" "$1"; done
    sql "$1"
}

# In each shard a thousand customers have as many rows each. Each shard makes its own rows, all at the same time. fdw_tuple_cost is
# PostgreSQL 17's default; with the one before, moving rows seems to cost next to nothing.
nodes_fill() {
    local n pids=() pid each=$(($1 / NODES))
    sql "CREATE EXTENSION postgres_fdw;
        CREATE TABLE requests (node int, id bigint, customer text, ms float8) PARTITION BY LIST (node);
        CREATE TABLE customers (node int, id int, name text) PARTITION BY LIST (node)"
    for ((n = 1; n <= NODES; n++)); do
        on_shard "$n" "CREATE TABLE requests_$n (node int, id bigint, customer text, ms float8);
            INSERT INTO requests_$n SELECT $n, i, (ARRAY['Robert', 'Rubin', 'Ashcraft', 'Tymczak', 'Honeyman'])[i % 5 + 1] || ' ' || i % 1000,
                i * 7919 % 1000003 / 1000.0 FROM generate_series($n::bigint, $each * $NODES, $NODES) i;
            CREATE TABLE customers_$n AS SELECT $n AS node, i AS id,
                (ARRAY['robert', 'rubin', 'ashcraft', 'tymczak', 'honeyman'])[i % 5 + 1] || '-' || i AS name
                FROM generate_series(0, 999) i;
            VACUUM ANALYZE requests_$n; ANALYZE customers_$n" &
        pids+=($!)
        sql "CREATE SERVER shard_$n FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '${SHARD[$n]}', dbname 'postgres',
                extensions 'plwasm, text_tools, quantiles', async_capable 'true', use_remote_estimate 'true', fdw_tuple_cost '0.2');
            CREATE USER MAPPING FOR CURRENT_USER SERVER shard_$n OPTIONS (user 'postgres');
            CREATE FOREIGN TABLE requests_$n PARTITION OF requests FOR VALUES IN ($n) SERVER shard_$n;
            CREATE FOREIGN TABLE customers_$n PARTITION OF customers FOR VALUES IN ($n) SERVER shard_$n"
    done
    for pid in "${pids[@]}"; do wait "$pid"; done
}
