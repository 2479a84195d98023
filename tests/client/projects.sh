#!/usr/bin/env bash
# Tests the projects that `plwasm new --kind` makes. They are built in each language whose tools are in the PATH or where
# guest-examples/*/build.sh installs them, and pass their own tests. Python's take too long to compile: Python itself runs
# them, and one is built. The pages docs/first/*.md build the projects of functions.
. "$(dirname "$0")/../lib/client.sh"
# Users build guests with a Rust of their own, not with the one that builds PL/Wasm.
PATH=${PATH//"$target/rust:"/}

cluster_start
work=$(scratch projects)
trap 'rm -rf "$work"; cluster_cleanup' EXIT
export XDG_CACHE_HOME=$work/cache ZIG_GLOBAL_CACHE_DIR=$target/guest-examples/zig/cache
tools=$target/guest-examples
mkdir "$work/bin"
PATH=$PLWASM_STAGE/bin:$work/bin:$tools/go/bin:$tools/node/bin:$PATH
if [[ -x $tools/zig/bin/python ]]; then
    printf '#!/bin/sh\nexec "%s" -m ziglang "$@"\n' "$tools/zig/bin/python" >"$work/bin/zig"
    chmod +x "$work/bin/zig"
fi
sql 'CREATE EXTENSION plwasm' >/dev/null
cd "$work"

# project KIND LANGUAGE: makes a project, in which what its build would install is there; or says what is missing
project() {
    local name=$1-$2 said packages=
    said=$(plwasm new "$name" --kind "$1" --lang "$2" 2>&1 >/dev/null) || {
        fail "the project $name is made" "$said"
        return 1
    }
    case $2 in
    assemblyscript | javascript)
        packages=$tools/$2/node_modules
        ln -s "$packages" "$name/node_modules"
        ;;
    python)
        packages=$tools/python/bin
        mkdir "$name/.venv"
        ln -s "$packages" "$name/.venv/bin"
        touch "$name/.venv/installed"
        ;;
    esac
    [[ -z $packages || -d $packages ]] || said="there is no $packages"
    [[ -z $said ]] || echo "skipped the project $name: ${said//$'\n'/; }"
    [[ -z $said ]]
}

# built NAME: builds a project
built() {
    if [[ -e $1/Makefile ]]; then
        make -s -C "$1"
    elif [[ -e $1/Cargo.toml ]]; then
        # its own flags are in .cargo/config.toml, in place of which RUSTFLAGS would be taken
        (cd "$1" && env -u RUSTFLAGS cargo build --quiet --release)
    else
        (cd "$1" && npm run --silent build)
    fi
} >"$1.log" 2>&1

# passes NAME [plwasm test's options]: a project is built, and passes its tests
passes() {
    built "$1" || cat "$1.log"
    is "the project $1" "$(cd "$1" && plwasm test "${@:2}" 2>&1 | tail -n 1)" "3 passed, 0 failed"
}

# called KIND CODE: Python runs code with the project's module, as componentize-py would
called() {
    (cd "$1-python" && .venv/bin/componentize-py --wit-path wit --world "$1-python" bindings bindings &&
        PYTHONPATH=bindings .venv/bin/python -c "$2") 2>&1
}
if project prepared python; then
    is "the project prepared-python" "$(called prepared '
from texts import Wordlist
print(Wordlist("red green").hits("a red door"), Wordlist("").hits("a red door"))')" "1 0"
fi
if project window python; then
    is "the project window-python" "$(called window '
import app
print(app.WitWorld().smooth([1, 2, 3, 6], 2))')" "[1.0, 1.5, 2.5, 4.5]"
fi
if project trigger python; then
    is "the project trigger-python" "$(called trigger '
import app
print(app.WitWorld().tidy(app.wit_world.Person("Ann@Example.ORG", 1)))')" "Person(email='ann@example.org', edits=2)"
fi
if project aggregate python; then
    is "the project aggregate-python" "$(called aggregate '
from texts import AverageLength, Err
def state(*texts):
    state = AverageLength()
    for text in texts:
        state.step(text)
    return state
merged = state("one", "three")
merged.merge(state("grün").save())
print(state().finish(), merged.finish())
try:
    merged.merge(b"")
except Err as error:
    print(error.value)')" $'None 4.0\nmalformed saved state'
    built aggregate-python & # meanwhile
    building=$!
fi

# says LANGUAGE FILE CALL: a function says its argument, once the line of the comment is code and slugify begins with the call
says() {
    project function "$1" || return 0
    sed -i -E 's,^// *( *//go:wasmimport|func log|__attribute__|extern "plwasm|@external|#\[link),\1,; s,^ +(//go:),\1,' "function-$1/$2"
    sed -i "/^.*slugify(.*{\$/a $3" "function-$1/$2"
    built "function-$1" || cat "function-$1.log"
    like "the project function-$1 says something" "$(plwasm run "$(find "function-$1" -name '*.wasm' ! -name '*.core.wasm' \
        -not -path '*/deps/*' | head -n 1)" "slugify('Hello')" 2>&1)" "slugify: info: Hello"
}
says c functions.c 'say(1, text, length);'
says zig functions.zig 'log(1, text, length);'
says assemblyscript assembly/index.ts 'log(1, text, length);'
says go functions.go 'log(1, text)'
if [[ -d $(rustc --print target-libdir --target wasm32-unknown-unknown 2>/dev/null) ]]; then
    says rust src/lib.rs 'unsafe { log(1, text.as_ptr(), text.len()) };'
else
    echo "skipped the project function-rust: its target is not installed"
fi

for language in c zig assemblyscript go javascript; do
    if project window $language; then
        passes window-$language --db ''
        sql "CREATE SCHEMA w_$language" >/dev/null
        plwasm push window-$language/window-$language.wasm --db '' --name w_$language.window >/dev/null
        is "the window function of window-$language" "$(sql "SET plwasm.wasi = inert;
            CREATE FUNCTION w_$language.smooth(float8, int) RETURNS float8 LANGUAGE wasm WINDOW AS 'window';
            SELECT string_agg(s::text, ' ' ORDER BY x)
            FROM (SELECT x, w_$language.smooth(x, 2) OVER (ORDER BY x) AS s FROM generate_series(1, 4) AS x) AS q" 2>&1)" \
            "1 1.5 2.5 3.5"
    fi
done
for language in c zig assemblyscript go javascript; do
    if project trigger $language; then
        passes trigger-$language --db ''
        sql "CREATE SCHEMA t_$language" >/dev/null
        plwasm push trigger-$language/trigger-$language.wasm --db '' --name t_$language.trigger >/dev/null
        is "the trigger function of trigger-$language" "$(sql "SET plwasm.wasi = inert;
            SET search_path = t_$language;
            CREATE FUNCTION tidy() RETURNS trigger LANGUAGE wasm AS 'trigger';
            CREATE TABLE people (name text, edits int DEFAULT 0, email text);
            CREATE TRIGGER tidy BEFORE INSERT ON people FOR EACH ROW EXECUTE FUNCTION tidy();
            INSERT INTO people VALUES ('Ann', 0, 'Ann@Example.ORG') RETURNING *" 2>&1 | tail -n 1)" "Ann|1|ann@example.org"
    fi
done
for language in c zig assemblyscript; do
    if project prepared $language; then passes prepared-$language --db ''; fi
    if project aggregate $language; then
        passes aggregate-$language --db ''
        # 100 MB go through a memory of 2 MB: a step leaves nothing behind
        sql "CREATE SCHEMA $language" >/dev/null
        plwasm push aggregate-$language/aggregate-$language.wasm --db '' --name $language.texts --create-functions >/dev/null
        is "the steps of aggregate-$language free what they allocate" "$(sql "SET plwasm.memory = '2MB';
            SELECT $language.average_length(repeat('ö', 1000)) FROM generate_series(1, 50000)" 2>&1)" 1000
    fi
done
for language in go javascript; do
    for kind in prepared aggregate; do
        if project $kind $language; then passes $kind-$language; fi
    done
done

if [[ -n ${building:-} ]]; then
    wait "$building" || cat aggregate-python.log
    is "the project aggregate-python is built" "$(head -c 4 aggregate-python/aggregate-python.wasm | tail -c 3)" asm
fi
finish
