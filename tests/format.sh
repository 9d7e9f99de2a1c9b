#!/bin/sh
# SPDX-License-Identifier: MIT
# All C files are as clang-format 14 writes them; other versions differ in details, so they are not asked.
set -eu

cd "${top_srcdir:-$(dirname "$0")/..}"
tool=
for name in clang-format-14 clang-format; do
	case $("$name" --version 2>/dev/null) in
	*"version 14."*)
		tool=$name
		break
		;;
	esac
done
if [ -z "$tool" ]; then
	echo "skipped: no clang-format 14"
	exit 77
fi
# Tables of macros (*.def) stand in columns that clang-format would break.
places=$(find src ui tests -name '*.[ch]' -exec "$tool" --dry-run --style=file {} + 2>&1 |
	sed -n 's/^\([^ ]*:[0-9]*\):[0-9]*: .*clang-format-violations.*/\1/p' | uniq)
[ -n "$places" ] || exit 0
echo "$places"
echo "Not as $tool --style=file writes it; $tool -i FILE does."
exit 1
