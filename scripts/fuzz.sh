#!/usr/bin/env bash
# Runs fuzz targets one after another, with stable Rust and without cargo-fuzz.
#
# The flags are those that `cargo fuzz --sanitizer none` gives rustc; all are stable ones. With
# `--target`, cargo applies them to the program only, not to build scripts and procedural macros.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/sheaf
export CARGO_TARGET_DIR=$cache/fuzz-target
seconds=60
check='' input='' only_build=''
targets=()

known=' '
for file in "$root"/fuzz/fuzz_targets/*.rs; do known+="$(basename "$file" .rs) "; done

usage() {
	cat <<EOF
Usage: scripts/fuzz.sh [--seconds N] [target...]
       scripts/fuzz.sh --input FILE target
       scripts/fuzz.sh --check

Fuzzes the targets, all of them by default, each for N seconds; fails if one finds something.

  --seconds N   time for each target (default: $seconds); 0 means until it is stopped
  --input FILE  gives one target one input, say one that was found, and nothing else
  --check       checks format and lints of the targets; builds and runs nothing
  --build       builds the targets; runs nothing
  -h, --help    this text

Targets:$known

Inputs that reach something new are kept in fuzz/corpus, inputs that fail in fuzz/artifacts.
Builds into $CARGO_TARGET_DIR. Needs a C++ compiler. docs/fuzzing.md says more.
EOF
}

fail() {
	echo "fuzz: $*" >&2
	exit "${code:-1}"
}

while [ $# -gt 0 ]; do
	case $1 in
	--seconds | --input)
		[ $# -ge 2 ] || code=2 fail "$1 needs a value; see --help"
		if [ "$1" = --seconds ]; then seconds=$2; else input=$2; fi
		shift
		;;
	--check) check=1 ;;
	--build) only_build=1 ;;
	-h | --help)
		usage
		exit
		;;
	-*) code=2 fail "unknown option $1; see --help" ;;
	*)
		[[ $known == *" $1 "* ]] || code=2 fail "no target $1; there are:$known"
		targets+=("$1")
		;;
	esac
	shift
done
[[ $seconds =~ ^[0-9]+$ ]] || code=2 fail "--seconds needs a number, not \"$seconds\""
[ -z "$input" ] || [ -r "$input" ] || code=2 fail "cannot read $input"
[ -z "$input" ] || [ ${#targets[@]} = 1 ] || code=2 fail "--input needs exactly one target"
[ ${#targets[@]} -gt 0 ] || read -ra targets <<<"$known"
command -v cargo >/dev/null || fail "no cargo; scripts/setup.sh says what is missing"
command -v "${CXX:-c++}" >/dev/null || fail "no C++ compiler, which libFuzzer needs: install g++"

manifest=(--manifest-path "$root/fuzz/Cargo.toml")
if [ -n "$check" ]; then
	cargo fmt "${manifest[@]}" --check
	RUSTFLAGS='--cfg fuzzing' \
		exec cargo clippy --quiet --locked "${manifest[@]}" --lib --bins -- -D warnings
fi

host=$(rustc -vV | sed -n 's/^host: //p')
coverage="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4"
coverage+=" -Cllvm-args=-sanitizer-coverage-inline-8bit-counters"
coverage+=" -Cllvm-args=-sanitizer-coverage-pc-table"
coverage+=" -Cllvm-args=-sanitizer-coverage-trace-compares"
programs=()
for target in "${targets[@]}"; do programs+=(--bin "$target"); done
echo "fuzz: building (at first about 10 minutes on two cores)"
RUSTFLAGS="$coverage --cfg fuzzing -Cdebug-assertions -Ccodegen-units=1" \
	cargo build --quiet --release --locked "${manifest[@]}" --target "$host" "${programs[@]}"
[ -z "$only_build" ] || exit 0

# The last line of a run that says how far it came.
progress() {
	grep -E '^#[0-9]+.* cov: ' "$1" | tail -1 | sed 's/ lim:.*//'
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
for target in "${targets[@]}"; do
	program=$CARGO_TARGET_DIR/$host/release/$target
	if [ -n "$input" ]; then
		"$program" "$input"
		continue
	fi
	corpus=$root/fuzz/corpus/$target artifacts=$root/fuzz/artifacts/$target/
	mkdir -p "$corpus" "$artifacts"
	echo "fuzz: $target for $seconds s"
	if "$program" "$corpus" -artifact_prefix="$artifacts" -max_total_time="$seconds" \
		-timeout=25 -rss_limit_mb=2048 >"$log" 2>&1; then
		echo "fuzz: $target: $(progress "$log")"
	else
		grep -v '^#' "$log" | tail -40 >&2
		found=$(sed -n 's/.*Test unit written to //p' "$log" | tail -1)
		fail "$target found something${found:+; again with: scripts/fuzz.sh --input $found $target}"
	fi
done
