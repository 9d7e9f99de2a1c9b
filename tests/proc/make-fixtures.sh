#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Trees that look like /proc, out of the specs beside this file.
#
#   make-fixtures.sh                 writes those that are kept in git afresh, in their place
#   make-fixtures.sh DIR CASE…       writes DIR/CASE for these cases, and for those too large for git
set -eu
LC_ALL=C
export LC_ALL

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
kept="basic container3 missing_files odd_names reused_pid truncated_files unreadable_io"

spec() {
	if [ -e "$here/$1.spec" ]; then
		cat "$here/$1.spec"
	else
		sh "$here/$1.spec.sh"
	fi
}

# Users of the tree; one line a user, as in passwd(5).
passwd() {
	while IFS=: read -r name uid; do
		printf '%s:x:%s:%s::/:/bin/false\n' "$name" "$uid" "$uid"
	done <<-END
		root:0
		www-data:33
		_chrony:101
		messagebus:102
		syslog:103
		postgres:104
		polkitd:105
		systemd-resolve:106
		alice:1000
		nobody:65534
	END
}

make_case() {
	tree=$1/$2
	rm -rf "$tree"
	mkdir -p "$tree"
	passwd >"$tree/passwd"
	spec "$2" >"$tree/.spec"
	awk -v mode=dirs -v root="$tree" -f "$here/tree.awk" "$tree/.spec" | sort -u | xargs mkdir -p
	awk -v mode=files -v root="$tree" -f "$here/tree.awk" "$tree/.spec"
	rm "$tree/.spec"
}

if [ $# -eq 0 ]; then
	# shellcheck disable=SC2086 # words on purpose
	set -- "$here" $kept
fi
dir=$1
shift
for name in "$@"; do
	make_case "$dir" "$name"
done
