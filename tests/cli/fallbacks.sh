#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What a kernel gives may be missing: programs with known doings are classed right all the same, with
# each source of knowledge turned off, with all of them, and with everything read in each cycle.
# shellcheck disable=SC2154 # lib.sh sets them
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

export targets_dir tests_dir
limit=600
TARGETS_AGAIN=no
export TARGETS_AGAIN

# right PARTS OPTIONS
right() {
	TARGETS_PARTS=$1
	TARGETS_OPTIONS=$2
	export TARGETS_PARTS TARGETS_OPTIONS
	run_in "sh '$tests_dir/cli/targets.sh'"
	sed "s/^/$2: /" "$out"
	check "classed right with $2" exits 0
}

right 'classes sizes states' '--scan full'
right 'births_and_deaths' '--without connector'
right 'sizes' '--without fdsize'
right 'classes states' '--without clock'
# CPU time moves in ticks: a thread that must wait for a CPU may show none in a short cycle.
TARGETS_DELAY=500ms
export TARGETS_DELAY
right 'classes' '--without schedstat'
right 'classes births_and_deaths states' '--without connector,fdsize,schedstat,clock'

if [ "$(id -u)" -eq 0 ] &&
	su nobody -s /bin/sh -c "test -x '$PROCGRID' && test -x '$targets_dir/sleeper'" 2>/dev/null; then
	TARGETS_PARTS='classes sizes'
	run_in "su nobody -s /bin/sh -c \"sh '$tests_dir/cli/targets.sh'\""
	cat "$out"
	check "classed right by nobody, with $TARGETS_OPTIONS" exits 0
fi
finish
