#!/usr/bin/env bash
# Runs a whole bounty on a chain of four validators; see scripts/demo.sh --help.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/sheaf
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$cache/target}

build=1
arguments=()
for argument in "$@"; do
	case $argument in
	-h | --help) exec python3 "$root/scripts/demo.py" --help ;;
	--no-build) build='' ;;
	*) arguments+=("$argument") ;;
	esac
done

"$root/scripts/setup.sh" --demo
python=$cache/python/bin/python
"$python" "$root/scripts/demo.py" --check "${arguments[@]}"
if [ -n "$build" ]; then
	# shellcheck source=/dev/null
	[ ! -e "$cache/env" ] || . "$cache/env"
	echo "demo: building node, client and adversary (at first about 40 minutes on two cores)"
	(cd "$root" && cargo build --quiet --release --locked -p sheaf-node -p sheaf-client -p sheaf-adversary)
fi
exec "$python" "$root/scripts/demo.py" --binaries "$CARGO_TARGET_DIR/release" "${arguments[@]}"
