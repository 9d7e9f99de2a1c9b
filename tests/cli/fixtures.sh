#!/bin/sh
# SPDX-License-Identifier: MIT
# The fixture trees in git are what their specs make.
set -eu
tests_dir=${tests_dir:-$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

for tree in "$tests_dir"/proc/*/; do
	name=$(basename "$tree")
	sh "$tests_dir/proc/make-fixtures.sh" "$tmp" "$name"
	diff -r "$tree" "$tmp/$name"
	rm -rf "${tmp:?}/$name"
done
