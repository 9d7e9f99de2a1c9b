#!/bin/sh
# SPDX-License-Identifier: MIT
#
# On the real /proc: programs whose doings are known are started, and the table has to say the same.
# As root it is all done a second time as nobody.
#
# In the environment: TARGETS_OPTIONS, for the program; TARGETS_DELAY, of its cycles (250ms);
# TARGETS_PARTS, of it all; TARGETS_AGAIN=no.
# shellcheck disable=SC2016 # the conditions are awk's
set -eu

: "${tests_dir:=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)}"
: "${PROCGRID:=$tests_dir/../build/procgrid}"
: "${targets_dir:=$tests_dir/../build/tests/targets}"
export tests_dir PROCGRID targets_dir

options=${TARGETS_OPTIONS:-}
tmp=$(mktemp -d)
mkfifo "$tmp/hold"
# Targets live as long as this descriptor: if we die, so do they.
exec 9<>"$tmp/hold"
target='' failed=0 passed=0 starts=0
trap 'stop; rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP

# Starts a target of this name and waits until it is set up; its pid in $target.
start() {
	name=$1
	shift
	# A pipe of its own: children of the last target may still hold that one's end, and close it.
	starts=$((starts + 1))
	ready=$tmp/ready.$starts
	mkfifo "$ready"
	"$targets_dir/$name" "$@" >"$ready" <"$tmp/hold" 9>&- &
	target=$!
	if ! read -r line <"$ready" || [ "$line" != ready ]; then
		echo "$name did not start"
		exit 1
	fi
}

asleep() {
	[ "$(sed 's/.*) \(.\).*/\1/' "/proc/$target/stat")" = S ]
}

stop() {
	[ -z "$target" ] || kill "$target" 2>/dev/null || :
	[ -z "$target" ] || wait "$target" 2>/dev/null || :
	target=''
}

# table ARGS: rows of the target into $tmp/rows, without titles.
table() {
	# shellcheck disable=SC2086 # several words
	"$PROCGRID" --csv --no-titles $options -d "${TARGETS_DELAY:-250ms}" "$@" >"$tmp/rows" 9>&-
}

verdict() {
	if [ "$2" -eq 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL as $(id -un): $1"
		sed 's/^/	/' "$tmp/rows" | head -n 40
	fi
}

# expect WHAT AWK-CONDITION: it holds for at least one row. every: for each, and there is one.
expect() {
	status=0
	has "$2" || status=1
	verdict "$1" $status
}

has() {
	awk -F, "$1 { found = 1 } END { exit !found }" "$tmp/rows"
}

# sooner WHAT AWK-CONDITION ARGS: what the target does now and then is seen in one of some tables. On
# a busy machine it may come to nothing in a single one.
sooner() {
	what=$1 condition=$2
	shift 2
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		table "$@"
		has "$condition" && break
	done
	expect "$what" "$condition"
}

every() {
	status=0
	awk -F, "!($2) { bad = 1 } END { exit bad || NR == 0 }" "$tmp/rows" || status=1
	verdict "$1" $status
}

count() {
	status=0
	awk -F, "$3 { n++ } END { exit n + 0 != $2 }" "$tmp/rows" || status=1
	verdict "$1" $status
}

classes() {
	start burn_cpu 600
	table -n 3 --fields activity,cpu_delta_ns,state "$target"
	every "burn_cpu is cpu" '$1 == "cpu" && ($2 > 0 || $3 == "R")'
	stop
	start burn_cpu 600 3 30
	table -n 3 --fields tid,activity "$target"
	every "burn_cpu: all of its threads are cpu" '$2 == "cpu"'
	count "burn_cpu has three threads in three cycles" 9 1
	stop
	start sleeper 600
	until asleep; do sleep 0.05; done # it said that it is there before it slept
	table -n 3 --fields activity,cpu_delta_ns,io_delta_bytes,rss_delta_bytes,fds_delta "$target"
	every "sleeper is idle" '$1 == "idle" && $2 == 0 && $3 == 0 && $4 == 0 && $5 == 0'
	stop
	start write_io 600 "$tmp/data"
	before=$(sed -n 's/^write_bytes: //p' "/proc/$target/io")
	table -n 3 --fields activity,io_delta_bytes "$target"
	if [ "$before" = "$(sed -n 's/^write_bytes: //p' "/proc/$target/io")" ]; then
		echo "skipped: $tmp is not on a disk whose writes are counted"
	else
		sooner "write_io is io" '($1 == "io" || $1 == "cpu+io") && $2 > 0' \
			-n 3 --fields activity,io_delta_bytes "$target"
	fi
	stop
}

sizes() {
	start grow_rss 600
	sooner "grow_rss grows" '$1 > 0' -n 3 --fields rss_delta_bytes "$target"
	stop
	# Four steps up and four down in 160 ms: in any cycle it may be either.
	start grow_rss 600 4096 20 16384
	sooner "grow_rss shrinks" '$1 < 0' -n 8 -d 30ms --fields rss_delta_bytes "$target"
	stop
	start leak_fd 600
	sooner "leak_fd leaks" '$1 > 0' -n 3 --fields fds_delta "$target"
	stop
}

births_and_deaths() {
	start many_threads 600 5 100
	sooner "a thread that was born is new" '$2 == 1 && $3 != "exited"' \
		-n 4 --fields tid,new,activity "$target"
	sooner "a thread that ended is exited" '$3 == "exited"' -n 4 --fields tid,new,activity "$target"
	count "the leader is there in each cycle, and never new" 4 "\$1 == $target && \$2 == 0"
	stop
	start sleeper 600
	rm "$tmp/rows"
	# shellcheck disable=SC2086
	"$PROCGRID" --csv --no-titles $options -d 100ms -r --fields activity,state "$target" \
		>"$tmp/rows" 9>&- &
	table=$!
	# Once a first row has come, it has seen the target alive.
	while [ ! -s "$tmp/rows" ] && kill -0 $table; do
		sleep 0.05
	done
	stop
	status=0
	wait $table || status=$?
	verdict "--repeat ends well after the last one's end" $status
	count "an exited task has one last row" 1 '$1 == "exited" && $2 == ""'
	start zombie 600 4
	rm "$tmp/rows"
	zombies=$(cat "/proc/$target/task/$target/children")
	# shellcheck disable=SC2086
	"$PROCGRID" --csv --no-titles $options -d 100ms -r --fields activity,state,exit_code $zombies \
		>"$tmp/rows" 9>&- &
	table=$!
	while [ ! -s "$tmp/rows" ] && kill -0 $table; do
		sleep 0.05
	done
	stop
	wait $table || :
	for code in 0 1 137 3; do
		count "a zombie takes its code along: $code" 1 "\$1 == \"exited\" && \$3 == \"$code\""
	done
	start storm_fork 600 1000
	status=0
	table -n 3 --fields pid,activity || status=1
	verdict "a storm of forks does not end a table" $status
	sooner "storm_fork is cpu" "\$1 == $target && \$2 ~ /^cpu/" -n 3 --fields pid,activity
	stop
}

states() {
	start zombie 600 4
	table -d 0 --fields ppid,state,exit_code
	count "zombies are Z" 4 "\$1 == $target && \$2 == \"Z\""
	for code in 0 1 137 3; do
		count "a zombie says how it ended: $code" 1 "\$1 == $target && \$3 == \"$code\""
	done
	if [ "$(id -u)" -eq 0 ] && su nobody -s /bin/sh -c "test -x '$PROCGRID'" 2>/dev/null; then
		su nobody -s /bin/sh -c "'$PROCGRID' --csv --no-titles $options -d 0 \
			--fields ppid,state,exit_code" >"$tmp/rows" 9>&-
		count "not to everybody" 4 "\$1 == $target && \$2 == \"Z\" && \$3 == \"\""
	fi
	stop
	start leader_exit 600
	table -d 0 --fields pid,tid,state,exit_code "$target"
	count "a leader whose threads live has not ended yet" 1 '$1 == $2 && $3 == "Z" && $4 == ""'
	stop
	start leader_exit 600
	table -d 0 --fields pid,tid,state,rss_bytes,fds "$target"
	count "an exited leader is Z, and its process still has memory" 1 \
		'$1 == $2 && $3 == "Z" && $4 > 0 && $5 > 0'
	count "its thread lives" 1 '$1 != $2 && $3 != "Z"'
	stop
	start odd_name 600
	table -d 0 --fields tid "$target"
	threads=$(find "/proc/$target/task" -mindepth 1 -maxdepth 1 | wc -l)
	count "odd names: a line each" "$threads" 1
	table -d 0 --fields comm "$target"
	status=0
	iconv -f UTF-8 -t UTF-8 "$tmp/rows" >/dev/null || status=1
	verdict "odd names: valid UTF-8" $status
	status=0
	LC_ALL=C grep -q '[[:cntrl:]]' "$tmp/rows" && status=1
	verdict "odd names: no control characters" $status
	stop
	start crowd 600 5 4 2
	table -d 0 --fields ppid,tid
	count "a crowd of 5 processes with 4 tasks each" 20 "\$1 == $target"
	stop
}

for part in ${TARGETS_PARTS:-classes sizes births_and_deaths states}; do
	$part
done
echo "as $(id -un): $passed passed, $failed failed"

if [ "$(id -u)" -eq 0 ] && [ "${TARGETS_AGAIN:-}" != no ]; then
	if su nobody -s /bin/sh -c "test -x '$PROCGRID' && test -x '$targets_dir/sleeper'" 2>/dev/null; then
		su nobody -s /bin/sh -c "TARGETS_AGAIN=no sh '$tests_dir/cli/targets.sh'" || failed=1
	else
		echo "skipped: nobody may not start $PROCGRID"
	fi
fi
[ "$failed" -eq 0 ]
