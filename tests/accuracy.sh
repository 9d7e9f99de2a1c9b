#!/bin/sh
# SPDX-License-Identifier: MIT
# The scanner against libproc2 on the live /proc: see tests/accuracy/against_libproc2.c.
. "$tests_dir/cli/lib.sh"

program=${targets_dir%/targets}/accuracy/against_libproc2
check "what did not change between two passes is what libproc2 reads" \
	"$program"
finish
