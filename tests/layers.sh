#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The arrows of the architecture, checked: a file includes only from its own room or from lower ones,
# and no other room's *_impl.h; only ui/term/term.c sees curses, only src/engine makes threads, src/
# has no mutable globals, and every file is named in its local.mk.
#
#   layers.sh              the self-test, then the tree and the library of this build
#   layers.sh --self-test  only proves that each check can fail
set -eu

top=${top_srcdir:-$(cd "$(dirname "$0")/.." && pwd)}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# The rooms, from the ground up: a file includes from its own and from those before it. A file that
# stands in none of them is a breach too.
rooms='src/base src/task src/series src/plot src/child src/fd src/source src/stream src/past src/sink
	src/model src/engine src/cmd src ui/canvas ui/view ui/app ui/term ui/grid'

# The row of a file: how many rooms are below its own.
row() {
	n=0
	for room in $rooms; do
		if [ "${1%/*}" = "$room" ]; then
			echo $n
			return
		fi
		n=$((n + 1))
	done
	echo none
}

sources() {
	(cd "$1" && find src ui -name '*.[ch]' -o -name '*.def') | sort
}

includes() {
	sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*"\([^"]*\)".*/\1/p' "$1"
}

# An include is looked up like the compiler does it: beside the file, then from src, then from ui.
resolve() {
	case $3 in
	*..*) return ;;
	esac
	for dir in "$(dirname "$2")" src ui; do
		if [ -f "$1/$dir/$3" ]; then
			echo "$dir/$3"
			return
		fi
	done
}

check_includes() {
	status=0
	for file in $(sources "$1"); do
		from=$(row "$file")
		if [ "$from" = none ]; then
			echo "$file: in no room; see rooms in tests/layers.sh"
			status=1
			continue
		fi
		for name in $(includes "$1/$file"); do
			found=$(resolve "$1" "$file" "$name")
			if [ -z "$found" ]; then
				echo "$file: includes \"$name\", which is not in the tree, or not by room/name.h"
				status=1
				continue
			fi
			to=$(row "$found")
			if [ "$to" != none ] && [ "$to" -gt "$from" ]; then
				echo "$file: includes $found, which is in a room above"
				status=1
			fi
			case $found in
			"${file%/*}"/*) ;;
			*_impl.h)
				echo "$file: includes $found, which is for files of its own room"
				status=1
				;;
			esac
		done
	done
	return $status
}

# breaches DIR PATTERN EXEMPT WHAT: names the lines that match, outside of the exempt files.
breaches() {
	status=0
	for file in $(sources "$1"); do
		# shellcheck disable=SC2254 # a pattern on purpose
		case $file in
		$3) continue ;;
		esac
		if grep -nE "$2" "$1/$file" >"$tmp/lines"; then
			sed "s|^|$file:|; s|\$|  <- $4|" "$tmp/lines"
			status=1
		fi
	done
	return $status
}

check_curses() {
	breaches "$1" \
		'^[[:space:]]*#[[:space:]]*include[[:space:]]*<(ncurses[^>]*|.*/)?(n?curses|term|panel|menu|form)w?\.h>|<ncurses' \
		'ui/term/term.c' 'curses belongs to ui/term/term.c'
}

check_threads() {
	breaches "$1" '(pthread_create|thrd_create)[[:space:]]*\(' 'src/engine/engine*.c' \
		'engine makes the threads'
}

# What no local.mk names is neither built nor run nor in the tarball, and nobody would notice.
check_listed() {
	status=0
	for file in $(cd "$1" && find src ui tests -name proc -prune -o -name golden -prune \
		-o -name '*.[ch]' -print -o -name '*.sh' -print -o -name '*.def' -print); do
		name=${file#*/}
		case $file in
		tests/*.c) name=${name%.c} ;;
		esac
		if ! grep -q "%D%/$name\(\.c\)\?\( \|\$\)" "$1/${file%%/*}/local.mk"; then
			echo "$file: not listed in ${file%%/*}/local.mk"
			status=1
		fi
	done
	return $status
}

# Constant tables of pointers stand in .data.rel.ro and are fine; .data, .bss, common and
# thread-local ones are not.
check_globals() {
	"${NM:-nm}" -f sysv "$1" >"$tmp/nm" || return 1
	awk -F'|' '
		/^[^|]*\.o[]:]*/ && NF < 3 { object = $0 }
		NF >= 7 {
			gsub(/[[:space:]]/, "", $1); gsub(/[[:space:]]/, "", $7)
			if ($7 ~ /^\.data\.rel\.ro/ || $1 == "" || $1 ~ /^\./)
				next
			if ($7 ~ /^\.(data|bss|tdata|tbss)/ || $7 == "*COM*") {
				print object " " $1 " is a mutable global (" $7 ")"
				bad = 1
			}
		}
		END { exit bad }' "$tmp/nm"
}

must_fail() {
	if "$@" >"$tmp/out" 2>&1; then
		echo "self-test: '$*' did not fail"
		exit 1
	fi
}

# A tree with one file $1 of the text $2.
plant() {
	rm -rf "$tmp/tree"
	for room in $rooms tests/unit tests/cli tests/screen; do
		mkdir -p "$tmp/tree/$room"
	done
	for dir in src ui tests; do
		printf '	%%D%%/%s \\\n' model/model.h canvas/canvas.h unit/a_test >"$tmp/tree/$dir/local.mk"
	done
	: >"$tmp/tree/src/model/model.h"
	: >"$tmp/tree/ui/canvas/canvas.h"
	mkdir -p "$tmp/tree/${1%/*}"
	printf '%s\n' "$2" >"$tmp/tree/$1"
}

self_test() {
	plant src/task/delta.c '#include "model/model.h"'
	must_fail check_includes "$tmp/tree"
	plant src/model/model.c '#  include "canvas/canvas.h"'
	must_fail check_includes "$tmp/tree"
	plant src/base/util.c '#include "../ui/canvas/canvas.h"'
	must_fail check_includes "$tmp/tree"
	plant src/engine/engine.c '#include "model.h"'
	must_fail check_includes "$tmp/tree"
	plant src/engine/engine.c '#include "model/model_impl.h"'
	: >"$tmp/tree/src/model/model_impl.h"
	must_fail check_includes "$tmp/tree"
	plant src/stranger/util.c ''
	must_fail check_includes "$tmp/tree"
	plant ui/view/view.c '#include <curses.h>'
	must_fail check_curses "$tmp/tree"
	plant src/model/model.c '#include <ncursesw/curses.h>'
	must_fail check_curses "$tmp/tree"
	plant ui/app/app.c '	pthread_create(&t, NULL, run, NULL);'
	must_fail check_threads "$tmp/tree"
	plant src/model/model.c ''
	must_fail check_listed "$tmp/tree"
	plant tests/unit/b_test.c ''
	must_fail check_listed "$tmp/tree"
	plant tests/unit/a_test.c ''
	check_listed "$tmp/tree"
	plant ui/view/view.c '#include "canvas/canvas.h"'
	check_includes "$tmp/tree" && check_curses "$tmp/tree" && check_threads "$tmp/tree"

	for text in 'int counter;' 'static int calls = 1; int f(void) { return calls++; }' \
		'int g(void) { static int n; return n++; }' '__thread int mine;'; do
		printf '%s\n' "$text" >"$tmp/bad.c"
		${CC:-cc} -c -o "$tmp/bad.o" "$tmp/bad.c"
		must_fail check_globals "$tmp/bad.o"
	done
	echo 'const char *const names[] = {"a", "b"};' >"$tmp/good.c"
	${CC:-cc} -fPIC -c -o "$tmp/good.o" "$tmp/good.c"
	check_globals "$tmp/good.o"
	echo "self-test: all breaches were seen"
}

self_test
if [ "${1:-}" = --self-test ]; then
	exit 0
fi

failed=0
check_includes "$top" || failed=1
check_curses "$top" || failed=1
check_threads "$top" || failed=1
check_listed "$top" || failed=1
library=${top_builddir:-$top/build}/libprocgrid.a
if [ "${SANITIZERS:-}" = yes ]; then
	echo "mutable globals: not looked for, sanitizers add their own"
elif [ -f "$library" ]; then
	check_globals "$library" || failed=1
else
	echo "$library: missing"
	failed=1
fi
exit $failed
