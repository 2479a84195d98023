# What all scripts agree on: which PostgreSQL, which build flags, which user runs servers, where scratch files go.
# This file is sourced, and changes nothing on the machine.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
# cargo's profile: `release` is installed and measured, `dev` is tested.
profile=${PROFILE:-release}
built=$target/${profile/#dev/debug}
# The directory in which rustup puts cargo, for shells that did not read its profile.
[[ :$PATH: == *:$HOME/.cargo/bin:* ]] || PATH=$HOME/.cargo/bin:$PATH
# Debian's Rust, where pgrx-config/packages found that of the PATH too old.
if [[ -d $target/rust ]]; then
    [[ :$PATH: == *:$target/rust:* ]] || PATH=$target/rust:$PATH
    export CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER=$target/rust/cc-lld
fi

# PG_CONFIG, or Debian's PostgreSQL $PG, or the one that pgrx-config/servers fetches. If neither is set, Debian's 15,
# or the first pg_config in PATH. Debian's /usr/bin/pg_config is skipped: it may belong to libpq-dev alone and
# describe a server that is not installed.
if [[ -z ${PG_CONFIG:-} ]]; then
    PG_CONFIG=/usr/lib/postgresql/${PG:-15}/bin/pg_config
    if [[ ! -x $PG_CONFIG && -n ${PG:-} ]]; then
        apt-cache show "postgresql-$PG" &>/dev/null || PG_CONFIG=$target/servers/$PG/bin/pg_config
    elif [[ ! -x $PG_CONFIG ]]; then
        passed=$([[ ! -e /etc/debian_version ]] || echo '^(/usr)?/bin/')
        own=$(type -ap pg_config | grep -vE "${passed:-^$}" | head -n 1) || true
        PG_CONFIG=${own:-$PG_CONFIG}
    fi
fi
PG_CONFIG=$(realpath -ms "$(command -v "$PG_CONFIG" || echo "$PG_CONFIG")")

# cargo compares both: a change of either rebuilds everything. The flag is the one that `cargo pgrx` passes itself, so
# that it and a plain `cargo build` share one target directory.
export PG_CONFIG PGRX_PG_CONFIG_PATH=$PG_CONFIG
[[ ${RUSTFLAGS:-} == *--no-gc-sections* ]] ||
    export RUSTFLAGS="${RUSTFLAGS:+$RUSTFLAGS }-C link-arg=-Wl,--no-gc-sections"

# A PostgreSQL for another architecture, which pgrx-config/servers fetches: cargo builds for it with Debian's Rust, and qemu
# runs what it built. The tree of PostgreSQL's packages has the standard library of Rust, and all libraries that programs
# are linked with.
if [[ $PG_CONFIG =~ ^"$target"/servers/(debian-)?([0-9]+-arm64)/ ]]; then
    tree=$target/servers/debian-${BASH_REMATCH[2]}
    export CARGO_BUILD_TARGET=aarch64-unknown-linux-gnu
    built=$target/$CARGO_BUILD_TARGET/${profile/#dev/debug}
    export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
    export BINDGEN_EXTRA_CLANG_ARGS_aarch64_unknown_linux_gnu="-isystem /usr/aarch64-linux-gnu/include"
    export QEMU_LD_PREFIX=$tree
    [[ $RUSTFLAGS == *"--sysroot=$tree/usr"* ]] || RUSTFLAGS+=" --sysroot=$tree/usr"
    export RUSTDOCFLAGS=--sysroot=$tree/usr # for the tests in comments
    unset tree
fi

# pgrx formats the bindings that it generates, and fails if there is no rustfmt. Nobody reads the bindings.
command -v rustfmt >/dev/null || export RUSTFMT=true

die() {
    echo "${0##*/}: $*" >&2
    exit 1
}

pg_major() {
    "$PG_CONFIG" --version | sed -E 's/^[^0-9]*([0-9]+).*/\1/'
}

# Prints the time of the sources, in seconds: that of the last commit or, where there is no git, of the last change. What is
# made for others to install has this time in it, so that it is the same whenever it is made.
epoch() {
    echo "${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct 2>/dev/null || stat -c %Y "$root/CHANGELOG.md")}"
}

# Prints cargo's arguments for this major version.
pg_features() {
    echo --no-default-features --features "pg$(pg_major)"
}

# Prints the version of PL/Wasm of which this is the source.
plwasm_version() {
    sed -nE 's/^version = "(.+)"$/\1/p' "$root/Cargo.toml" | head -n 1
}

# Whether PL/Wasm is installed beside this PostgreSQL in this version, and none has been built here.
is_installed() {
    [[ ! -e $built/libplwasm.so && -e $("$PG_CONFIG" --pkglibdir)/plwasm.so &&
        $("$("$PG_CONFIG" --bindir)/plwasm" --version 2>/dev/null) == "plwasm $(plwasm_version)" ]]
} 2>/dev/null

# initdb and postgres refuse to run as root, so root runs them as an ordinary user.
server_user=$(id -un)
drop_root=()
if [[ $EUID -eq 0 ]]; then
    server_user=$(id -un postgres 2>/dev/null || echo nobody)
    drop_root=(setpriv --reuid="$server_user" --regid="$(id -g "$server_user")" --init-groups)
fi

# Runs a command as the server user, from a directory that this user can enter. RUST_BACKTRACE would put backtraces
# into the DETAIL of errors.
server() {
    (cd / && exec env -u RUST_BACKTRACE -u RUST_LIB_BACKTRACE "${drop_root[@]}" "$@")
}

# Prints a new directory that the server user can reach: below TMPDIR or, if that is closed to this user or too long
# for the path of a unix socket, below /tmp.
scratch() {
    local base
    base=$(realpath -ms "${TMPDIR:-/tmp}")
    if ((${#base} > 60)) || ! server test -x "$base"; then base=/tmp; fi
    mktemp -d "$base/plwasm-$1.XXXXXX"
}

# Makes the programs of PostgreSQL in a tree of Debian's packages run with the C library and the other libraries of that
# tree: use_own_libraries TREE. Their path is absolute: a copy of the tree needs the same.
use_own_libraries() {
    local program interpreter libraries
    interpreter=$(echo "$1"/usr/lib*/ld-linux-*.so.?)
    libraries=$(echo "$1"/usr/lib/*-linux-gnu)
    for program in "$1"/usr/lib/postgresql/*/bin/*; do
        [[ $(head -c 4 "$program") == $'\x7fELF' ]] || continue
        patchelf --set-interpreter "$interpreter" --force-rpath --set-rpath "$libraries" "$program"
    done
}
