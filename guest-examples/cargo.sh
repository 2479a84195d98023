#!/bin/sh
# Builds the Rust guests in a folder here: cargo.sh FOLDER 'NAME...' [--check] writes NAME.wasm and its checksum for
# each package of that name. With --check, only compares with the checksum, if the toolchain is the one that
# NAME.wasm.toolchain names: another gives another binary. Without a toolchain, exits with 77.
set -eu
cd "$(dirname "$0")/$1"
names=$2

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

target=${CARGO_TARGET_DIR:-../../target}/guest-examples/cargo
mode=${3:-}
case $mode in
'' | --check) ;;
*)
    echo "usage: $0 FOLDER 'NAME...' [--check]" >&2
    exit 2
    ;;
esac

# With rustup the target's standard library is a download. Debian packages its source alone, for its own
# compiler, which rustup's hides. What made the checksum is taken first, as only its binary can be compared.
set -- '' /usr/bin/
if /usr/bin/rustc -vV 2>/dev/null | grep -qxF "$(head -qn 1 ./*.wasm.toolchain | head -n 1)"; then set -- /usr/bin/ ''; fi
for bin; do
    rustc=${RUSTC:-${bin}rustc}
    cargo=${CARGO:-${bin}cargo}
    sysroot=$("$rustc" --print sysroot 2>/dev/null) || continue
    if [ -d "$sysroot/lib/rustlib/wasm32-unknown-unknown/lib" ]; then
        std=installed
        set --
        break
    elif [ -d "$sysroot/lib/rustlib/src/rust/library" ]; then
        std=built
        set -- -Zbuild-std=std,panic_abort
        export RUSTC_BOOTSTRAP=1 WASM_LD="${WASM_LD:-wasm-ld-22}"
        break
    fi
done
if [ -z "${std:-}" ]; then
    echo "$0: rustc has no standard library for wasm32-unknown-unknown, see guest-examples/README.md" >&2
    exit 77
fi
export RUSTC="$rustc"
if [ -n "${WASM_LD:-}" ]; then
    export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER="$WASM_LD"
fi

# RUSTFLAGS would replace the flags in .cargo/config.toml; --config adds to them. The
# messages of panics have the paths of sources in them: none of this machine's may be left. Those of the folder itself are
# relative. So the flags are the same for all folders, and what two of them build alike is built once.
unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS
"$cargo" fetch --quiet --locked || exit 77
# DWARF has the directory of the sources. It is the same wherever that is.
own=
if grep -q '^debug = ' Cargo.toml; then own="'--remap-path-prefix=$PWD=/home/guest/${PWD##*/}',"; fi
# one after another, since the packages that are built together share the features of their dependencies
for name in $names; do
    "$cargo" build --release --locked --package "$name" --target-dir "$target" "$@" --config "
        target.wasm32-unknown-unknown.rustflags = [
            '--remap-path-prefix=$sysroot/lib/rustlib/src/rust=/rust',
            '--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo',
            $own
        ]"
done
built=$target/wasm32-unknown-unknown/release

{
    "$RUSTC" -vV | sed -n -e '/^rustc /p' -e '/^LLVM /p'
    echo "std: $std"
    if [ -n "${WASM_LD:-}" ]; then "$WASM_LD" --version; fi
} > "$scratch/toolchain"

for name in $names; do
    if [ -z "$mode" ]; then
        install -m 644 "$built/$name.wasm" $name.wasm
        install -m 644 "$scratch/toolchain" $name.wasm.toolchain
        sha256sum $name.wasm | tee $name.wasm.sha256
    elif ! sha256sum --status --check $name.wasm.sha256; then
        echo "$0: $name.wasm is not what $name.wasm.sha256 says" >&2
        exit 1
    elif ! diff $name.wasm.toolchain "$scratch/toolchain" >&2; then
        echo "$name.wasm builds; not compared, since it was made with another toolchain"
    elif ! (cd "$built" && sha256sum --status --check "$OLDPWD/$name.wasm.sha256"); then
        echo "$0: the source does not give what $name.wasm.sha256 says" >&2
        exit 1
    else
        echo "$name.wasm is what this source and $("$RUSTC" --version) give"
    fi
done
