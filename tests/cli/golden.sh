#!/bin/sh
# SPDX-License-Identifier: MIT
# Golden output: each tests/cli/CASE.case on a fixture, against tests/golden/CASE.csv, or CASE.json if
# its args have --json; of a log against tests/golden/CASE.report, or CASE.json. Cases named as arguments are run alone; RENEW=1 renews.
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
	# shellcheck disable=SC2154 # golden_read sets them
	case "$from $args" in
	*--json*) kind=json ;;
	'fd '*) kind=report ;;
	esac
	# Of a log text is what comes if nothing is asked for.
	what=--$kind
	[ $kind != report ] || what=
	# shellcheck disable=SC2086 # a word or none
	golden_run $what >"$golden_tmp/out" 2>"$golden_tmp/stderr" || status=$?
	# What the next version does not change. How sure a verdict is, is a matter of its unit test.
	sed -e 's/"program":"procgrid [^"]*"/"program":"procgrid"/' \
		-e 's/\("leak":{"verdict":"[a-z]*"\)[^}]*/\1/' -e 's/ (confidence [^)]*)$//' \
		"$golden_tmp/out" >"$golden_tmp/$kind"
	golden_check "$name" "$kind" "$golden_tmp/$kind" "$status"
done
golden_end cli csv json report
