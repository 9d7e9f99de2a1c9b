#!/bin/sh
# SPDX-License-Identifier: MIT
# Numbers that are used again between two passes: see tests/accuracy/pid_reuse.c.
# shellcheck disable=SC2154 # lib.sh sets them
# shellcheck source=tests/cli/lib.sh
. "${tests_dir:-$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)}/cli/lib.sh"

# The search for leaks stops a process from outside of it, which does not work in a namespace.
ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
export ASAN_OPTIONS
run_in "'${targets_dir%/targets}/accuracy/pid_reuse'"
if exits 77; then
	cat "$out"
	exit 77
fi
tail -n 20 "$out"
check "two tasks with one number are never mixed" exits 0
finish
