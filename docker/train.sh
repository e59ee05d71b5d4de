# What the trainer of compose.yaml does: registers, waits for its bounty, trains until it has ended.
set -eu

until sheaf node show >/dev/null 2>&1; do sleep 3; done
sheaf node register --trainer --bond 100
until sheaf bounty show --bounty "$BOUNTY" >/dev/null 2>&1; do sleep 3; done
sheaf trainer run --bounty "$BOUNTY" --data /sheaf/digits/digits.safetensors --work-dir "/data/bounty-$BOUNTY"
