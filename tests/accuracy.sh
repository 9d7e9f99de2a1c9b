#!/bin/sh
# SPDX-License-Identifier: MIT
# The scanner against libproc2 on the live /proc: see tests/accuracy/against_libproc2.c.
. "$tests_dir/cli/lib.sh"

second_opinion=${targets_dir%/targets}/accuracy/against_libproc2
export second_opinion
# shellcheck disable=SC2016 # the inner shell has it in its environment
run_in '"$second_opinion"'
check "what did not change between two passes is what libproc2 reads" exits 0
finish
