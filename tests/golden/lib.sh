# SPDX-License-Identifier: MIT
# shellcheck shell=sh
#
# What the golden tests have in common: a case is a file of lines
#   # what it shows
#   tree NAME          a fixture of tests/proc
#   recording FILE     one of tests/recordings, replayed instead
#   log FILE           one of tests/recordings, analysed by procgrid fd
#   host NAME TREE     a host of --host that sends what procgrid sees of a fixture; there may be several
#   refusing NAME TEXT a host whose ssh says that and gives up
#   env NAME=VALUE…    environment, beside the one set here
#   args WORDS…        of procgrid, quoted as for the shell; several lines are joined
# and its output is compared with tests/golden/CASE.KIND. RENEW=1 writes that file instead: then look
# at what changed (git diff) before you believe it.

: "${PROCGRID:=$tests_dir/../build/procgrid}"
RENEW=${RENEW:-}
golden_tmp=$(mktemp -d)
trap 'rm -rf "$golden_tmp"' EXIT
golden_failed=0
golden_passed=0

# Directory of a fixture; what is too large for git is made here.
golden_tree() {
	if [ -d "$tests_dir/proc/$1" ]; then
		echo "$tests_dir/proc/$1"
		return
	fi
	[ -d "$golden_tmp/$1" ] || sh "$tests_dir/proc/make-fixtures.sh" "$golden_tmp" "$1" >&2
	echo "$golden_tmp/$1"
}

# golden_host NAME SCRIPT: what the ssh that is first in PATH does for that host.
golden_host() {
	mkdir -p "$golden_tmp/bin"
	if [ ! -e "$golden_tmp/bin/ssh" ]; then
		cat >"$golden_tmp/bin/ssh" <<-END
			#!/bin/sh
			while [ "\$1" != -- ]; do shift; done
			. "$golden_tmp/bin/\$2.host"
		END
		chmod +x "$golden_tmp/bin/ssh"
	fi
	printf '%s\n' "$2" >"$golden_tmp/bin/$1.host"
}

# Reads a case into from (words of procgrid that say what is shown), args and env.
# shellcheck disable=SC2034 # used in golden_run(), by eval
golden_read() {
	from='' args='' env=''
	while read -r key rest; do
		case $key in
		tree) from="--proc-root $(golden_tree "$rest")" ;;
		recording) from="replay $tests_dir/recordings/$rest" ;;
		log) from="fd --analyze $tests_dir/recordings/$rest" ;;
		host)
			golden_host "${rest%% *}" "\"$PROCGRID\" --proc-root $(golden_tree "${rest#* }") \
				--json --compact --repeat; exec sleep 1000"
			from="$from --host ${rest%% *}"
			;;
		refusing)
			golden_host "${rest%% *}" "echo '${rest#* }' >&2; exit 255"
			from="$from --host ${rest%% *}"
			;;
		args) args="$args $rest" ;;
		env) env="$env $rest" ;;
		'' | '#'*) ;;
		*)
			echo "$1: what is \"$key\"?" >&2
			exit 1
			;;
		esac
	done <"$1"
}

# procgrid with the case's words and these; nothing of the caller's settings gets in.
golden_run() {
	# shellcheck disable=SC2086 # words on purpose
	eval "env -i PATH=\"\$golden_tmp/bin:\$PATH\" HOME=/nonexistent LC_ALL=C.UTF-8 TZ=Asia/Tokyo \
		ASAN_OPTIONS=\"\${ASAN_OPTIONS-}\" UBSAN_OPTIONS=\"\${UBSAN_OPTIONS-}\" $env \
		timeout 120 \"\$PROCGRID\" $from $args" '"$@"' </dev/null
}

# golden_check NAME KIND FILE STATUS: compares, or renews.
golden_check() {
	want=$tests_dir/golden/$1.$2
	if [ "$4" -ne 0 ] || [ -s "$golden_tmp/stderr" ]; then
		echo "FAIL $1: exit status $4"
		cat "$golden_tmp/stderr"
		golden_failed=$((golden_failed + 1))
	elif [ -n "$RENEW" ]; then
		cmp -s "$3" "$want" || echo "renewed $1.$2"
		cp "$3" "$want"
		golden_passed=$((golden_passed + 1))
	elif diff -u "$want" "$3" >"$golden_tmp/diff" 2>&1; then
		golden_passed=$((golden_passed + 1))
	else
		echo "FAIL $1: not as $want"
		cat "$golden_tmp/diff"
		golden_failed=$((golden_failed + 1))
	fi
}

# golden_end DIR KIND...: a golden file that no case makes any more would never fail.
golden_end() {
	dir=$1
	shift
	for kind in "$@"; do
		for file in "$tests_dir"/golden/*."$kind"; do
			[ -e "$file" ] || continue # the pattern itself: there is none
			name=$(basename "$file" ".$kind")
			if [ ! -e "$tests_dir/$dir/$name.case" ]; then
				echo "FAIL $file: no case makes it"
				golden_failed=$((golden_failed + 1))
			fi
		done
	done
	echo "$golden_passed passed, $golden_failed failed"
	[ "$golden_failed" -eq 0 ]
}
