#!/usr/bin/env bash
# Plays sponsor, trainers and aggregator of the bounty of docs/getting-started.md; see --help.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

usage() {
	cat <<EOT
Usage: scripts/first_bounty.sh [--trainers 0|1|2]

Opens the bounty of docs/getting-started.md on the development chain whose node listens on the default
ports, trains it, and ends when it has ended. Needs sheaf on PATH.

  --trainers N  how many of the two places to take, default: 2; the others are for you
  -h, --help    this text
EOT
}

trainers=2
while [ $# -gt 0 ]; do
	case $1 in
	--trainers)
		[[ ${2:-} =~ ^[012]$ ]] || { echo "first_bounty: --trainers takes 0, 1 or 2" >&2 && exit 2; }
		trainers=$2
		shift
		;;
	-h | --help)
		usage
		exit
		;;
	*)
		echo "first_bounty: unknown option $1; see --help" >&2
		exit 2
		;;
	esac
	shift
done

folder=$(mktemp -d)
finish() {
	# shellcheck disable=SC2046 # one word for each job
	kill $(jobs -p) 2>/dev/null || true
	rm -rf "$folder"
}
trap finish EXIT
trap 'exit 130' INT TERM

# Runs a command as an account.
as() { SHEAF_KEY=//$1 sheaf "${@:2}"; }

# Registers all at once, for each waits until its block is final.
register() {
	local number each
	declare -a waiting
	as Aggregator node register --aggregator --bond 100 &
	waiting+=($!)
	for number in $(seq "$trainers"); do
		as "Trainer$number" node register --trainer --bond 10 &
		waiting+=($!)
	done
	for each in "${waiting[@]}"; do wait "$each"; done
}

sheaf data split --data "$root/data/digits/digits.safetensors" --test 360 --trainers 2 \
	--out "$folder" >/dev/null
register
opened=$(as Sponsor --json bounty open --spec "$root/data/digits/bounty.json" --init random --seed 1 \
	--evaluation "$folder/test.safetensors" --slice-examples 60 --work-dir "$folder/sponsor")
bounty=$(sed -n 's/.*"bounty":\([0-9]*\).*/\1/p' <<<"$opened")
echo "bounty $bounty is open"
as Aggregator aggregator run --bounty "$bounty" --work-dir "$folder/aggregator" >/dev/null &
for number in $(seq "$trainers"); do
	as "Trainer$number" trainer run --bounty "$bounty" --work-dir "$folder/trainer-$number" \
		--data "$folder/trainer-$number.safetensors" >/dev/null &
done
as Sponsor bounty watch --bounty "$bounty" --upload-slices --work-dir "$folder/sponsor"
