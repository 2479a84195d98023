#!/bin/sh
# Builds text.wasm and its checksum. With --check, builds elsewhere and compares with the checksum,
# if the toolchain is the one that text.wasm.toolchain names: another gives another binary.
set -eu
cd "$(dirname "$0")"

CARGO=${CARGO:-cargo}
export RUSTC="${RUSTC:-rustc}"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

mode=${1:-}
case $mode in
--check) target=$scratch/target ;;
'') target=${CARGO_TARGET_DIR:-../../target/guest-examples} ;;
*)
    echo "usage: $0 [--check]" >&2
    exit 2
    ;;
esac

# With rustup the target's standard library is a download. Debian packages its source alone.
sysroot=$("$RUSTC" --print sysroot)
if [ -d "$sysroot/lib/rustlib/wasm32-unknown-unknown/lib" ]; then
    std=installed
    set --
elif [ -d "$sysroot/lib/rustlib/src/rust/library" ]; then
    std=built
    set -- -Zbuild-std=std,panic_abort
    export RUSTC_BOOTSTRAP=1 WASM_LD="${WASM_LD:-wasm-ld-22}"
else
    echo "$0: $RUSTC has no standard library for wasm32-unknown-unknown, see ../README.md" >&2
    exit 1
fi
if [ -n "${WASM_LD:-}" ]; then
    export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER="$WASM_LD"
fi

# RUSTFLAGS would replace the flags in .cargo/config.toml; --config adds to them. The
# messages of panics have the paths of sources in them: none of this machine's may be left.
unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS
"$CARGO" build --release --locked --target-dir "$target" "$@" --config "
    target.wasm32-unknown-unknown.rustflags = [
        '--remap-path-prefix=$sysroot/lib/rustlib/src/rust=/rust',
        '--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo',
        '--remap-path-prefix=$PWD=/text',
    ]"
built=$target/wasm32-unknown-unknown/release/text.wasm

{
    "$RUSTC" -vV | sed -n -e '/^rustc /p' -e '/^LLVM /p'
    echo "std: $std"
    if [ -n "${WASM_LD:-}" ]; then "$WASM_LD" --version; fi
} > "$scratch/toolchain"

if [ -z "$mode" ]; then
    install -m 644 "$built" text.wasm
    install -m 644 "$scratch/toolchain" text.wasm.toolchain
    sha256sum text.wasm | tee text.wasm.sha256
elif ! sha256sum --status --check text.wasm.sha256; then
    echo "$0: text.wasm is not what text.wasm.sha256 says" >&2
    exit 1
elif ! diff text.wasm.toolchain "$scratch/toolchain" >&2; then
    echo "text.wasm builds; not compared, since it was made with another toolchain"
elif ! (cd "$(dirname "$built")" && sha256sum --status --check "$OLDPWD/text.wasm.sha256"); then
    echo "$0: the source does not give what text.wasm.sha256 says" >&2
    exit 1
else
    echo "text.wasm is what this source and $("$RUSTC" --version) give"
fi
