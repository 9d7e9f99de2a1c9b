# shellcheck shell=sh
# SPDX-License-Identifier: MIT
#
# For tests of the command line: ". lib.sh", then run and check, then finish. A check that fails is
# told at once with what the program said, and the rest goes on; a test without any check fails too.
#
#   run ARGS...          the program, its output in $out and $err (files), its exit in $status
#   run_in 'SHELL TEXT'  the same for a piece of shell, in which "$PROCGRID" is the program
#   check NAME CMD...    counts one assertion: CMD must succeed
#   refute NAME CMD...   CMD must fail
set -u

top=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
tests_dir=${tests_dir:-$top/tests}
PROCGRID=${PROCGRID:-$top/build/procgrid}
targets_dir=${targets_dir:-$top/build/tests/targets}
export PROCGRID

# No settings of the user who runs the tests; no hang for ever.
unset XDG_CONFIG_HOME
tmp=$(mktemp -d)
HOME=$tmp/home
export HOME
mkdir "$HOME"
trap 'kill_all; rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP
out=$tmp/out
err=$tmp/err
status=0
passing=0
failing=0
pids=''

# Programs started with "&" are named here, and are gone at the end whatever happens.
started() {
	pids="$pids $1"
}

# The number of one that was waited for may have been given to another test by now.
kill_all() {
	for pid in $pids; do
		! grep -qx "PPid:	$$" "/proc/$pid/status" 2>/dev/null || kill "$pid" 2>/dev/null
	done
}

# Only what hangs takes as long: a sanitizer build on a busy machine must not.
limit=120
run() {
	timeout "$limit" "$PROCGRID" "$@" >"$out" 2>"$err" </dev/null
	status=$?
}

run_in() {
	timeout "$limit" sh -c "$1" >"$out" 2>"$err" </dev/null
	status=$?
}

tell() {
	failing=$((failing + 1))
	echo "FAILED: $1 (exit $status)"
	head -n 5 "$out" | cut -c 1-300 | sed 's/^/  out: /'
	head -n 5 "$err" | cut -c 1-300 | sed 's/^/  err: /'
}

check() {
	what=$1
	shift
	if "$@" >/dev/null 2>&1; then
		passing=$((passing + 1))
	else
		tell "$what: $*"
	fi
}

refute() {
	what=$1
	shift
	if "$@" >/dev/null 2>&1; then
		tell "$what: not: $*"
	else
		passing=$((passing + 1))
	fi
}

# ---- what can be asked of the last run

exits() {
	[ "$status" -eq "$1" ]
}

silent() {
	[ ! -s "$out" ]
}

no_errors() {
	[ ! -s "$err" ]
}

out_lines() {
	[ "$(wc -l <"$out")" -eq "$1" ]
}

# So many whole lines on stderr, and nothing after them.
err_lines() {
	[ "$(wc -l <"$err")" -eq "$1" ] && whole "$err"
}

err_says() {
	grep -qF -- "$1" "$err"
}

first_line() {
	[ "$(head -n 1 "$out")" = "$1" ]
}

has_line() {
	grep -qxF -- "$1" "$out"
}

# The file ends with a line end, or is empty.
whole() {
	[ -z "$(tail -c 1 "$1" | tr -d '\n')" ]
}

same_text() {
	[ "$1" = "$2" ]
}

# Waits until a command succeeds, at most a minute or two.
await() {
	tries=1200
	while ! "$@"; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep 0.05
	done
}

has_lines() {
	[ -f "$1" ] && [ "$(wc -l <"$1")" -ge "$2" ]
}

# In the words in which criterion counts, which is what .ci/run adds up.
finish() {
	echo "Synthesis: Tested: $((passing + failing)) | Passing: $passing | Failing: $failing |" \
		"Crashing: 0"
	[ "$failing" -eq 0 ] && [ "$passing" -gt 0 ]
	exit
}

if [ ! -x "$PROCGRID" ]; then
	echo "no program at $PROCGRID"
	exit 1
fi
