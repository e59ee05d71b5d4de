#!/usr/bin/env bash
# Runs every check of the project: style, lints, unit and story tests, random calls, documentation and
# its commands, end to end.
#
# Profiles: unit and story tests run in `dev`, which needs the runtime's dependencies only and has
# debug assertions; random calls, node, client and demo run in `release`, the profile that is shipped.
# Lints and documentation take the whole workspace in `release` too, so that they share its build
# scripts and procedural macros.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/sheaf
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$cache/target}
cd "$root"

usage() {
	cat <<EOF
Usage: scripts/test.sh [--fast | --full | --clients | --containers]

Runs every check, stops at the first that fails, and prints each one's name and seconds.

  --fast        style, lints, unit and story tests, random calls and documentation; no programs, no
                networks
  --full        more networks: validators cut off from each other (needs root), every kind of
                program killed in every phase; every fuzz target for a minute; and the bencher, whose
                first build takes half an hour
  --clients     only what polkadot-js, polkadot-api, py-substrate-interface and the examples make of
                a running network (needs Node.js and npm)
  --containers  only the images, and the network of docker/compose.yaml (needs root and Debian)
  -h, --help    this text

Builds into \$CARGO_TARGET_DIR, by default $cache/target.
EOF
}

fast='' full='' clients='' containers=''
while [ $# -gt 0 ]; do
	case $1 in
	--fast) fast=1 ;;
	--full) full=--full ;;
	--clients) clients=1 ;;
	--containers) containers=1 ;;
	-h | --help)
		usage
		exit
		;;
	*)
		echo "test: unknown option $1; see --help" >&2
		exit 2
		;;
	esac
	shift
done

packages=(-p sheaf-aggregation -p sheaf-training -p pallet-model-updates -p pallet-node-registry
	-p pallet-rewards -p pallet-training-bounties -p sheaf-runtime)
# Benchmarks run as tests, and the story tests check every pallet's invariants.
tested_features=sheaf-runtime/runtime-benchmarks,sheaf-runtime/try-runtime
# 100,000 calls and all invariants after each take minutes, but only with optimisation.
random_calls=(cargo test --release --locked -p sheaf-runtime --features sheaf-runtime/try-runtime
	--test random_calls)
programs=(-p sheaf-node -p sheaf-client -p sheaf-adversary -p sheaf-contribution-study
	-p sheaf-measurements -p sheaf-rpc -p sheaf-example)
summary=''
current=''
declare -a report

# Runs a command as a named, timed step.
step() {
	local started=$SECONDS
	current=$1
	shift
	echo "==> $current"
	"$@"
	report+=("$(printf '%-24s %5d s' "$current" $((SECONDS - started)))")
	echo "    $current: $((SECONDS - started)) s"
	current=''
}

finish() {
	local status=$?
	[ -z "$summary" ] || rm -f "$summary"
	[ ${#report[@]} = 0 ] || printf '%s\n' '' "${report[@]}"
	if [ "$status" = 0 ]; then
		echo "test: every check passed in $SECONDS s"
	else
		echo "test: failed${current:+ in "$current"} after $SECONDS s" >&2
	fi
}
trap finish EXIT

check_scripts() {
	local python=$cache/python/bin/python script
	for script in scripts/*.sh; do
		"$script" --help >/dev/null || { echo "$script --help fails" && return 1; }
	done
	for script in scripts/{demo,convert-digits,measure_round,run_network,split-digits,test_clients,test_containers,test_docs,test_network,test_rpc,train_numpy}.py; do
		"$python" "$script" --help >/dev/null || { echo "$script --help fails" && return 1; }
	done
	! command -v shellcheck >/dev/null || shellcheck scripts/*.sh .ci/run
	"$python" scripts/test_scripts.py
	"$python" scripts/test_doc_pages.py
}

# The study runs, and its page says what its results say.
check_study() {
	"$CARGO_TARGET_DIR/release/sheaf-contribution-study" --smoke
	"$cache/python/bin/python" tests/contribution-study/report.py --check
}

# The measurements can be taken, and their page says what was measured.
check_measurements() {
	"$CARGO_TARGET_DIR/release/sheaf-measurements" --smoke
	"$CARGO_TARGET_DIR/release/sheaf-measurements" --blocks --smoke
	"$cache/python/bin/python" tests/measurements/report.py --check
}

end_to_end() {
	summary=$(mktemp)
	scripts/demo.sh --rounds 3 --summary "$summary"
	python3 - "$summary" <<'PYTHON'
import json, sys

summary = json.load(open(sys.argv[1]))
paid = {"paid", "treasury", "burned", "refunded"}
assert [each["round"] for each in summary["rounds"]] == [1, 2, 3], "three rounds"
assert all(len(each["included"]) == 6 for each in summary["rounds"]), "six trainers in each"
assert sum(summary[part] for part in paid) == summary["reward"], "every unit is accounted for"
assert summary["final_accuracy"] >= 0.85, f"final accuracy {summary['final_accuracy']}"
PYTHON
}

step "set-up" scripts/setup.sh --demo --docs
# shellcheck source=/dev/null
[ ! -e "$cache/env" ] || . "$cache/env"

if [ -n "$clients" ]; then
	step "client programs" scripts/setup.sh --clients
	step "release build" cargo build --release --locked "${programs[@]}"
	step "standard clients" "$cache/python/bin/python" scripts/test_clients.py
	exit 0
fi

if [ -n "$containers" ]; then
	step "container programs" scripts/setup.sh --containers
	step "containers" "$cache/python/bin/python" scripts/test_containers.py
	exit 0
fi

step "format" cargo fmt --all --check
step "scripts" check_scripts
SKIP_WASM_BUILD=1 step "lints" \
	cargo clippy --release --locked --workspace --all-targets -- -D warnings
step "lints of fuzz targets" scripts/fuzz.sh --check
SKIP_WASM_BUILD=1 step "unit and story tests" \
	cargo test --locked "${packages[@]}" --features "$tested_features"
SKIP_WASM_BUILD=1 step "random calls: build" "${random_calls[@]}" --no-run
SKIP_WASM_BUILD=1 step "random calls" "${random_calls[@]}" -- --nocapture
SKIP_WASM_BUILD=1 RUSTDOCFLAGS="-D warnings" step "documentation" \
	cargo doc --release --locked --workspace --no-deps
[ -z "$fast" ] || exit 0

step "release build" cargo build --release --locked "${programs[@]}"
step "node and client tests" cargo test --release --locked "${programs[@]}"
step "contribution study" check_study
[ -z "$full" ] || step "fuzzing" scripts/fuzz.sh --seconds 60
step "measurements" check_measurements
[ -z "$full" ] || step "benchmarks of pallets" scripts/benchmark-pallets.sh --check
step "demo, three rounds" end_to_end
step "network of four" "$cache/python/bin/python" scripts/test_network.py ${full:+"$full"}
step "commands in docs" "$cache/python/bin/python" scripts/test_docs.py
