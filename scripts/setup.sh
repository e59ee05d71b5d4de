#!/usr/bin/env bash
# Installs what Sheaf needs to build, and says what it does. Safe to run again.
set -euo pipefail

readonly MIN_RUST=88 # 1.88
readonly MIN_NODE=20.19
readonly WASM_TARGET=wasm32v1-none
readonly FALLBACK=sheaf-wasm
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/sheaf
target_dir=${CARGO_TARGET_DIR:-$cache/target}
env_file=$cache/env

usage() {
	cat <<EOF
Usage: scripts/setup.sh [--demo] [--docs] [--clients] [--containers] [--wasm-fallback]

Installs what is missing to build Sheaf: system packages (apt-get), the wasm target
(rustup), and says what it does; prints nothing if there is nothing to do.

  --demo           also make the demo's Python environment, in $cache/python
  --docs           also install what the commands in docs/ use: caddy, curl
  --clients        also install what the tests of standard clients need: npm packages, in their
                   folders, and a Python environment, in $cache/clients; needs Node.js and npm
  --containers     also install what scripts/test.sh --containers needs: buildah, podman, Prometheus
  --wasm-fallback  build the wasm target from Debian's rust sources, even if it is there;
                   done by itself where rustup cannot download it
  -h, --help       this text
EOF
}

say() { echo "setup: $*"; }

fail() {
	echo "setup: $*" >&2
	exit 1
}

# Runs a command with root's rights; fails if there are none.
as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
		sudo "$@"
	elif command -v sudo >/dev/null && [ -t 0 ]; then
		sudo "$@"
	else
		return 1
	fi
}

# Installs Debian packages, or says in one line that it cannot.
install_packages() {
	local by_hand="install these packages and run this again: $*"
	command -v apt-get >/dev/null || fail "no apt-get here; $by_hand"
	say "installing $* with apt-get"
	if ! as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q >/dev/null; then
		say "apt-get update failed; trying with the package lists at hand"
	fi
	as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get install -y -q --no-install-recommends "$@" >/dev/null ||
		fail "apt-get failed or needs root; $by_hand"
}

# Host tools. Each is looked for by what it provides, not by its package's name.
system_packages() {
	local missing=()
	[ -n "${PROTOC:-}" ] || command -v protoc >/dev/null || missing+=(protobuf-compiler)
	[ -e /etc/ssl/certs/ca-certificates.crt ] || [ -e /etc/ssl/cert.pem ] ||
		[ -e /etc/pki/tls/certs/ca-bundle.crt ] || missing+=(ca-certificates)
	if ! command -v cc >/dev/null || ! command -v c++ >/dev/null; then
		missing+=(build-essential)
	fi
	command -v pkg-config >/dev/null || missing+=(pkg-config)
	command -v python3 >/dev/null || missing+=(python3)
	command -v git >/dev/null || missing+=(git)
	[ ${#missing[@]} = 0 ] || install_packages "${missing[@]}"
}

rust_toolchain() {
	local advice="install Rust from https://rustup.rs and run this again"
	command -v cargo >/dev/null || [ ! -x "${CARGO_HOME:-$HOME/.cargo}/bin/cargo" ] ||
		fail "cargo is installed but not on PATH: run '. ${CARGO_HOME:-$HOME/.cargo}/env'"
	command -v cargo >/dev/null || fail "there is no cargo; $advice"
	local version
	version=$(cd "$root" && rustc --version 2>/dev/null) ||
		fail "rustc does not run; try 'rustup default stable'"
	if [[ ! $version =~ ^rustc\ ([0-9]+)\.([0-9]+) ]]; then
		fail "cannot read the version of Rust from '$version'"
	fi
	if ((BASH_REMATCH[1] == 1 && BASH_REMATCH[2] < MIN_RUST)); then
		fail "Rust is ${BASH_REMATCH[0]#rustc }, at least 1.$MIN_RUST is needed: run 'rustup update stable'"
	fi
	local tool
	for tool in rustfmt clippy; do
		if ! cargo "${tool/rustfmt/fmt}" --version >/dev/null 2>&1; then
			say "adding $tool with rustup (for scripts/test.sh)"
			rustup component add "$tool" >/dev/null 2>&1 ||
				say "could not add $tool; builds work, scripts/test.sh will not"
		fi
	done
}

# Whether the toolchain in "$@" (empty, or "+name") has the target's core library.
has_wasm_target() {
	local folder
	folder=$(rustc "$@" --print target-libdir --target "$WASM_TARGET" 2>/dev/null) || return 1
	compgen -G "$folder/libcore-*.rlib" >/dev/null
}

wasm_target() {
	if has_wasm_target; then
		if [ -e "$env_file" ]; then
			say "the toolchain has $WASM_TARGET by now: removing $env_file"
			rm -f "$env_file"
		fi
		return
	fi
	if command -v rustup >/dev/null && [ ! -e "$env_file" ]; then
		say "adding the target $WASM_TARGET with rustup"
		if rustup target add "$WASM_TARGET" >/dev/null 2>&1 && has_wasm_target; then
			return
		fi
		say "rustup could not add it; building it from Debian's rust sources instead"
	fi
	wasm_fallback
}

# Debian's rustc-web carries the standard library's sources: the target is built from them once.
wasm_fallback() {
	local missing=() package
	command -v rustup >/dev/null ||
		fail "Rust has no $WASM_TARGET and there is no rustup to add it; install Rust from https://rustup.rs"
	for package in rustc-web cargo-web rust-web-src; do
		[ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
			missing+=("$package")
	done
	[ ${#missing[@]} = 0 ] || install_packages "${missing[@]}"
	if ! rustup toolchain list | grep -q "^$FALLBACK\b"; then
		say "linking Debian's Rust as the toolchain $FALLBACK"
		rustup toolchain link "$FALLBACK" /usr >/dev/null 2>&1 || fail "rustup could not link it"
	fi
	local linker
	linker=$(rust_lld) || fail "no rust-lld in any installed toolchain; run 'rustup update stable'"
	PATH=$PATH:$(dirname "$linker")
	if [ -n "${force_fallback:-}" ] || ! has_wasm_target "+$FALLBACK"; then
		build_wasm_library
	fi
	write_env "$(dirname "$linker")"
}

# The linker that comes with rustup's toolchains; Debian's Rust looks for it under that name.
rust_lld() {
	local found
	for found in "$(rustc --print sysroot)"/lib/rustlib/*/bin/rust-lld \
		"${RUSTUP_HOME:-$HOME/.rustup}"/toolchains/*/lib/rustlib/*/bin/rust-lld; do
		if [ -x "$found" ]; then
			echo "$found"
			return
		fi
	done
	return 1
}

build_wasm_library() {
	local libraries scratch
	say "building core and alloc for $WASM_TARGET (about a minute)"
	libraries=$(rustc "+$FALLBACK" --print target-libdir --target "$WASM_TARGET")
	scratch=$(mktemp -d)
	# shellcheck disable=SC2064 # the folder of now
	trap "rm -rf '$scratch'" EXIT
	mkdir "$scratch/src"
	printf '%s\n' '[package]' 'name = "scratch"' 'version = "0.0.0"' 'edition = "2021"' \
		'[lib]' '[workspace]' >"$scratch/Cargo.toml"
	printf '%s\n' '#![no_std]' 'extern crate alloc;' \
		'pub fn one() -> alloc::boxed::Box<u8> { alloc::boxed::Box::new(1) }' >"$scratch/src/lib.rs"
	if ! (
		cd "$scratch"
		unset CARGO_BUILD_TARGET RUSTC RUSTC_WRAPPER
		RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Cembed-bitcode=yes CARGO_TARGET_DIR=$scratch/target \
			cargo "+$FALLBACK" build -q -Zbuild-std=core,alloc --target "$WASM_TARGET" --release
	) 2>"$scratch/log"; then
		tail -n 5 "$scratch/log" >&2
		fail "the library does not build; its messages are above"
	fi
	say "copying it to $libraries"
	as_root mkdir -p "$libraries" || fail "needs root to write $libraries"
	as_root find "$libraries" -maxdepth 1 -name 'lib*.rlib' -delete
	as_root cp "$scratch/target/$WASM_TARGET/release/deps"/lib{core,alloc,compiler_builtins}-*.rlib \
		"$libraries/" || fail "needs root to write $libraries"
	has_wasm_target "+$FALLBACK" || fail "Debian's Rust still has no $WASM_TARGET"
	local old
	for old in "$target_dir"/*/wbuild; do
		[ -e "$old" ] || continue
		say "removing $old, which was built with the old library"
		rm -rf "$old"
	done
}

write_env() {
	local text
	text=$(printf '%s\n' "# Written by scripts/setup.sh, read by scripts/test.sh and scripts/demo.sh." \
		"export WASM_BUILD_TOOLCHAIN=$FALLBACK" "export PATH=\"\$PATH:$1\"")
	if [ ! -e "$env_file" ] || [ "$(cat "$env_file")" != "$text" ]; then
		say "writing $env_file; source it before a cargo build of your own"
		mkdir -p "$cache"
		printf '%s\n' "$text" >"$env_file"
	fi
}

# A Python environment in the folder $1 with the requirements in the file $2, for $3.
python_environment() {
	local stamp=$1/sheaf-requirements.txt
	! cmp -s "$2" "$stamp" || return 0
	python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
		fail "$3 needs Python 3.11 or newer, this is $(python3 --version)"
	python3 -c 'import ensurepip, venv' 2>/dev/null || install_packages python3-venv
	say "making the Python environment of $3 in $1"
	rm -rf "$1"
	mkdir -p "$cache"
	python3 -m venv "$1" || fail "python3 -m venv failed"
	"$1/bin/python" -m pip install --quiet --disable-pip-version-check -r "$2" ||
		fail "pip could not install $(grep -v '^#' "$2" | tr '\n' ' ')"
	cp "$2" "$stamp"
}

# What the commands in docs/ use.
page_programs() {
	local missing=()
	command -v caddy >/dev/null || missing+=(caddy)
	command -v curl >/dev/null || missing+=(curl)
	[ ${#missing[@]} = 0 ] || install_packages "${missing[@]}"
}

# Debian's podman finds netavark and aardvark-dns beside itself, not on PATH.
container_programs() {
	local missing=() program
	for program in buildah mmdebstrap podman podman-compose prometheus runc; do
		command -v "$program" >/dev/null || missing+=("$program")
	done
	command -v systemd-analyze >/dev/null || missing+=(systemd)
	for program in netavark aardvark-dns; do
		[ -x "/usr/lib/podman/$program" ] || command -v "$program" >/dev/null || missing+=("$program")
	done
	[ ${#missing[@]} = 0 ] || install_packages "${missing[@]}"
}

# Node.js is not installed from here: distributions have versions that are too old.
node_js() {
	local advice="install Node.js $MIN_NODE or newer with npm, from https://nodejs.org or your distribution"
	command -v node >/dev/null || fail "there is no Node.js; $advice"
	command -v npm >/dev/null || fail "there is no npm; $advice"
	local version
	version=$(node --version)
	[ "$(printf '%s\n' "v$MIN_NODE" "$version" | sort -V | head -n 1)" = "v$MIN_NODE" ] ||
		fail "this is Node.js $version; $advice"
}

# The npm packages of a folder, exactly those of its lock file, without running their scripts.
node_packages() {
	local stamp=$1/node_modules/.sheaf-lock.json
	! cmp -s "$1/package-lock.json" "$stamp" || return 0
	say "installing npm packages in ${1#"$root/"}"
	npm ci --prefix "$1" --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null ||
		fail "npm ci failed in $1"
	cp "$1/package-lock.json" "$stamp"
}

demo='' docs='' clients='' containers='' force_fallback=''
while [ $# -gt 0 ]; do
	case $1 in
	--demo) demo=1 ;;
	--docs) docs=1 ;;
	--clients) clients=1 ;;
	--containers) containers=1 ;;
	--wasm-fallback) force_fallback=1 ;;
	-h | --help)
		usage
		exit
		;;
	*) fail "unknown option $1; see --help" ;;
	esac
	shift
done

system_packages
rust_toolchain
if [ -n "$force_fallback" ]; then wasm_fallback; else wasm_target; fi
if [ -n "$demo" ]; then
	python_environment "$cache/python" "$root/scripts/requirements.txt" "the demo"
fi
if [ -n "$docs" ]; then page_programs; fi
if [ -n "$clients" ]; then
	node_js
	node_packages "$root/examples/typescript"
	node_packages "$root/tests/clients"
	python_environment "$cache/clients" "$root/tests/clients/requirements.txt" "py-substrate-interface's test"
fi
if [ -n "$containers" ]; then container_programs; fi
