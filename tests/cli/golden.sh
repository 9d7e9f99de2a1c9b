#!/bin/sh
# SPDX-License-Identifier: MIT
# Golden output: each tests/cli/CASE.case on a fixture, against tests/golden/CASE.csv, or CASE.json if
# its args have --json. Cases named as arguments are run alone; RENEW=1 renews.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
tests_dir=${tests_dir:-$(dirname "$here")}
# shellcheck source=../golden/lib.sh
. "$tests_dir/golden/lib.sh"

[ $# -gt 0 ] || set -- "$here"/*.case
for file in "$@"; do
	name=$(basename "$file" .case)
	golden_read "$here/$name.case"
	status=0
	kind=csv
	# shellcheck disable=SC2154 # golden_read sets it
	case $args in
	*--json*) kind=json ;;
	esac
	golden_run --$kind >"$golden_tmp/out" 2>"$golden_tmp/stderr" || status=$?
	# What the next version does not change.
	sed 's/"program":"procgrid [^"]*"/"program":"procgrid"/' "$golden_tmp/out" >"$golden_tmp/$kind"
	golden_check "$name" "$kind" "$golden_tmp/$kind" "$status"
done
golden_end cli csv json
