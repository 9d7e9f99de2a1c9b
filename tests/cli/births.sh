#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Tasks that live and die between two samples: every one has its row, or is counted. As root it is
# all done a second time as nobody. Skipped where the kernel does not tell of births and deaths.
# shellcheck disable=SC2016,SC2317 # the conditions are awk's; lib.sh calls the functions
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

# The connector answers in the first namespaces only, and those without privilege since Linux 6.6.
initial() {
	[ "$(readlink /proc/self/ns/pid)" = 'pid:[4026531836]' ] &&
		[ "$(readlink /proc/self/ns/user)" = 'user:[4026531837]' ] &&
		awk '$2 == 11 && $3 == 0 { found = 1 } END { exit !found }' /proc/net/netlink
}

recent() {
	uname -r | awk -F. '{ exit !($1 > 6 || ($1 == 6 && $2 >= 6)) }'
}

if ! initial; then
	echo "skipped: no process connector in this namespace"
	exit 77
fi
if [ "$(id -u)" -ne 0 ] && ! recent; then
	echo "skipped: before Linux 6.6 the process connector is for root alone"
	exit 77
fi

rows=$tmp/rows

has() {
	grep -q "$1" "$2"
}

# The target has no thread but its first: who was joined may still be on its way out of /proc.
alone() {
	[ "$(find "/proc/$target/task" -mindepth 1 -maxdepth 1 | wc -l)" -eq 1 ]
}

# once KIND N DELAY [ARGS]: so many lives while a table a cycle is written to $rows, and messages to
# $err; "PID" in ARGS is the target's pid, which is in $target afterwards.
once() {
	kind=$1 n=$2 delay=$3
	shift 3
	: >"$tmp/target"
	"$targets_dir/brief_lives" 600 "$kind" "$n" >"$tmp/target" &
	target=$!
	started $target
	await has ready "$tmp/target" || tell "brief_lives $kind"
	[ "${1:-}" = PID ] && set -- "$target"
	rm -f "$rows"
	"$PROCGRID" --csv --no-titles -r -d "$delay" \
		--fields cycle,pid,tid,ppid,activity,new,exit_code,user,comm "$@" >"$rows" 2>"$err" &
	table=$!
	started $table
	await has_lines "$rows" 1 || tell "no table"
	kill -USR1 $target
	await has "done" "$tmp/target" || tell "brief_lives $kind does not end"
	await alone || tell "threads of brief_lives stay"
	# The second table from here on began after the end of the last life. The kernel tells of an
	# exit after the task has left /proc: if that comes too late for this table, it is in the next.
	seen=$(tail -n 1 "$rows" | cut -d, -f1)
	await has "^$((seen + 3))," "$rows" || tell "the tables end"
	kill -TERM $table
	wait $table
	status=$?
	kill $target
	wait $target 2>/dev/null
	awk -F, -v t=$target '$5 == "exited" && ($4 == t || ($2 == t && $3 != t))' "$rows" \
		>"$out"
}

# Events that the kernel could not hand over: to us, whosever they were.
missed() {
	sed -n 's/.*; \([0-9]*\) events missed$/\1/p' "$err"
}

# The same, again if events were missed, as may be while others on the machine make a storm of them.
lives() {
	for _ in 1 2 3 4 5; do
		once "$@"
		[ -n "$(missed)" ] || break
	done
}

# Every life is a row whose columns 7 to 9 (exit code, user, name) are those.
told() {
	check "$kind: ends well" exits 0
	check "$kind: a row each" out_lines "$n"
	check "$kind: nothing is missing" no_errors
	check "$kind: $1" awk -F, -v u="$(id -un)" "!($1) { bad = 1 } END { exit bad }" "$out"
}

# A life that a sample falls into stands in one table, and has its last row in the next.
lives exits 200 300ms
check 'most stand in no table' [ "$(awk -F, '$6 == 1' "$out" | wc -l)" -ge 100 ]
told '$8 == u && $9 ~ /^[(]?brief_lives[)]?$/ && $2 == $3'
check 'each exit code is there twice' same_text "$(cut -d, -f7 "$out" | sort -n | uniq -c |
	awk '$1 == 2 && $2 == NR - 1' | wc -l)" 100
lives killed 50 300ms
told '$7 == 137 && $8 == u && $9 ~ /^[(]?brief_lives[)]?$/'
lives named 50 300ms
told '$7 == 5 && $8 == u && $9 == "brief kid"'
lives threads 200 300ms
told "\$7 == 0 && \$2 == $target && \$8 == u && \$9 ~ /^[(]?brief_lives[)]?\$/"

lives runs 10 300ms
# On a busy machine one may have ended before its name could be read.
check 'runs: programs have their own names' awk -F, '$7 == 6 && $9 == "sh" { named = 1 }
	$7 == 6 && $9 != "sh" && $9 !~ /^[(]?brief_lives[)]?$/ { bad = 1 }
	END { exit bad || !named }' "$out"
check 'runs: the code of one that stood in a table' awk -F, -v t="$target" '
	$4 == t && $5 == "exited" && $7 == 6 { n++ } END { exit n != 10 }' "$rows"

# More than the 10,000 rows of a cycle. Only the target's threads are asked for, so all of those that
# are not in the table are its own.
once threads 25000 3s PID
check 'a storm: ends well' exits 0
count=$(wc -l <"$out")
missed=$(missed)
unlisted=$(sed -n 's/.*not in the table: \([0-9]*\) tasks.*/\1/p' "$err")
check "a storm: $count rows, $unlisted others, $missed missed" \
	[ "$((count + ${unlisted:-0}))" -le 25000 ]
check "a storm: $count rows, $unlisted others, $missed missed" \
	[ "$((count + ${unlisted:-0} + ${missed:-0}))" -ge 25000 ]
check 'a storm: at most one line of counts' [ "$(wc -l <"$err")" -le 1 ]
check 'a storm: at most 10,000 rows a cycle' awk -F, '$6 == 1 { n[$1]++ }
	END { for (c in n) if (n[c] > 10000) exit 1 }' "$out"

lives exits 100 300ms PID
check 'with PIDs: children are not asked for' out_lines 0
lives exits 100 300ms -u "$(id -un)"
check 'with a user: his are' out_lines 100
lives threads 100 300ms -p
check 'with -p: no threads' out_lines 0

if [ "$(id -u)" -eq 0 ] && recent; then
	if su nobody -s /bin/sh -c "test -x '$PROCGRID' && test -x '$targets_dir/brief_lives'" 2>/dev/null; then
		chmod 755 "$tmp"
		check 'as nobody' su nobody -s /bin/sh -c "PROCGRID='$PROCGRID' sh '$tests_dir/cli/births.sh' >&2"
	else
		echo "skipped: nobody may not start $PROCGRID"
	fi
fi
finish
