#!/bin/sh
# SPDX-License-Identifier: MIT
# Golden tables: each tests/cli/CASE.case on a fixture, as CSV, against tests/golden/CASE.csv. Cases
# named as arguments are run alone; RENEW=1 renews.
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
	golden_run --csv >"$golden_tmp/csv" 2>"$golden_tmp/stderr" || status=$?
	golden_check "$name" csv "$golden_tmp/csv" "$status"
done
golden_end cli csv
