#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Gated passes against full ones, under load: see tests/accuracy/gate_against_full.c. As root, whole
# processes and threads, and as nobody, who gates other users' processes as well.
#
#   gate.sh [SECONDS]  for so long each (6); the load is stress-ng, if it is there, and our targets
# shellcheck disable=SC2154 # lib.sh sets them
# shellcheck source=tests/cli/lib.sh
. "${tests_dir:-$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)}/cli/lib.sh"

seconds=${1:-6}
limit=$((seconds + 120))
long=$((3 * limit))
programs=${targets_dir%/targets}/accuracy
export targets_dir

# They live as long as this descriptor, for those that look at their stdin.
mkfifo "$tmp/hold"
exec 9<>"$tmp/hold"
# load NAME ARGS...: a target that goes on beside what is told to do something
load() {
	name=$1
	shift
	mkfifo "$tmp/ready"
	"$targets_dir/$name" "$long" "$@" >"$tmp/ready" <"$tmp/hold" 9>&- &
	started $!
	read -r line <"$tmp/ready"
	rm "$tmp/ready"
	check "$name is there" same_text "$line" ready
}

load burn_cpu 2 30
load churn_threads 300
load crowd 40 5 20
load grow_rss 512 20
load leak_fd 20
load many_threads 100 20
load odd_name
load ping_pong
load storm_fork 200
load write_io "$tmp/data"
load zombie 5
if command -v stress-ng >/dev/null; then
	stress-ng --quiet --temp-path "$tmp" --timeout "$long" --cpu 1 --cpu-load 20 --io 1 --vm 1 \
		--vm-bytes 16m --fork 1 --pthread 1 --pthread-max 8 --hdd 1 --hdd-bytes 4m --pipe 1 \
		--epoll 1 --timer 1 --timer-freq 1000 >"$tmp/stress" 2>&1 9>&- &
	started $!
else
	echo "no stress-ng: the load is our own targets alone"
fi

# side_by_side WHO COMMAND: what it counted, and that nothing was wrong.
side_by_side() {
	run_in "$2"
	sed "s/^/$1: /" "$out"
	check "$1: every difference is one that is documented" exits 0
}

compare="'$programs/gate_against_full' $seconds"
side_by_side threads "$compare"
side_by_side lazy "$compare -l"
side_by_side processes "$compare -p"
if [ "$(id -u)" -eq 0 ]; then
	if su nobody -s /bin/sh -c "test -x '$programs/gate_against_full'" 2>/dev/null; then
		side_by_side nobody "su nobody -s /bin/sh -c \"$compare\""
	else
		echo "skipped: nobody may not start $programs/gate_against_full"
	fi
fi
finish
