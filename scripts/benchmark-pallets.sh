#!/usr/bin/env bash
# Measures the calls of our pallets in wasm, and writes their src/weights.rs.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/sheaf
# A folder of its own: the runtime with benchmarks must not replace the node's.
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$cache/target}/bencher
cd "$root"

usage() {
	cat <<EOT
Usage: scripts/benchmark-pallets.sh [--check] [OPTION]...

Builds the runtime with its benchmarks and the bencher, measures every call and every check of a
fee-less call of the pallets in pallets/, and writes their src/weights.rs. Takes minutes on an idle
machine; times on a busy one are too high.

  --check          write nothing: run every benchmark once at the ends of its components, and fail if
                   a weights.rs has other functions than the benchmarks
  --pallet NAME    only this pallet, as its folder is called; may be repeated
  --function NAME  only this function, and write nothing
  --steps N        values that each component is measured at [default: 11]
  --repeat N       times that each is measured [default: 20]
  -h, --help       this text

Builds into \$CARGO_TARGET_DIR/bencher, by default $cache/target/bencher.
EOT
}

options=()
while [ $# -gt 0 ]; do
	case $1 in
	--check) options+=(--check --steps 2 --repeat 1) ;;
	--pallet | --function | --steps | --repeat)
		[ $# -ge 2 ] || { echo "benchmark-pallets: $1 needs a value" >&2 && exit 1; }
		options+=("$1" "$2")
		shift
		;;
	-h | --help)
		usage
		exit
		;;
	*) echo "benchmark-pallets: unknown option $1; see --help" >&2 && exit 1 ;;
	esac
	shift
done

# shellcheck source=/dev/null
[ ! -e "$cache/env" ] || . "$cache/env"

(cd tests/bencher && cargo fmt --check && cargo build --release --locked)
"$CARGO_TARGET_DIR/release/sheaf-bencher" "${options[@]}"
case " ${options[*]} " in
*" --check "* | *" --function "*) ;;
*) cargo fmt --all ;;
esac
