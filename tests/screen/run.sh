#!/bin/sh
# SPDX-License-Identifier: MIT
# Golden screens: each tests/screen/CASE.case on a fixture, without a terminal, against
# tests/golden/CASE.screen. Cases named as arguments are run alone; RENEW=1 renews.
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
	rm -f "$golden_tmp/screen"
	golden_run --save-screen "$golden_tmp/screen" 2>"$golden_tmp/stderr" || status=$?
	golden_check "$name" screen "$golden_tmp/screen" "$status"
done
golden_end screen screen
