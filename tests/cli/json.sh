#!/bin/sh
# SPDX-License-Identifier: MIT
#
# --json as its users meet it: lines, when they come, how they end, and what does not go with it.
# Pieces of shell and jq are quoted, and the functions above are called by check.
# shellcheck disable=SC2016,SC2317
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

basic=$tests_dir/proc/basic
odd=$tests_dir/proc/odd_names

# Every line is an object that is whole; a look that needs no jq.
objects() {
	[ -s "$1" ] && whole "$1" && ! grep -qvE '^\{"(procgrid|frame)":.*\}$' "$1"
}

# has_jq: whether the rest of a check can be asked for.
has_jq() {
	command -v jq >/dev/null
}

# jq_says FILTER FILE: the filter is true for the file as a whole.
jq_says() {
	! has_jq || jq -es "$1" "$2" >/dev/null
}

# ---- an instant: at once, without a baseline

run --json -d 60m
check 'an instant comes at once' exits 0
check 'an instant' no_errors
check 'an instant: a header and a frame' out_lines 2
check 'an instant' objects "$out"
check 'the header comes first' grep -q '^{"procgrid":1,"program":"procgrid ' "$out"
check 'the host' grep -qF "\"host\":\"$(cat /proc/sys/kernel/hostname)\"" "$out"
check 'the kernel' grep -qF "\"kernel\":\"$(uname -r)\"" "$out"
check 'the boot' grep -qF "\"boot_id\":\"$(cat /proc/sys/kernel/random/boot_id)\"" "$out"
check 'itself is in it' grep -q '"comm":"procgrid","state":"R"' "$out"
check 'jq reads it' jq_says '.[0].procgrid == 1 and .[1].frame == 0 and (.[1].tasks | length) > 1' "$out"
check 'every field of a task is in the header' jq_says \
	'([.[0].fields[].name] | unique) as $names | .[1].tasks | all(keys - $names == [])' "$out"
check 'one row a task' jq_says '.[1].tasks | length == (unique_by([.pid, .tid, .start_ticks]) | length)' "$out"
run --json --compact
check 'compact' out_lines 2
check 'compact: rows by the header' jq_says \
	'[.[0].fields[].name] as $names | .[1].tasks | all(type == "array" and length <= ($names | length) and .[2] != null)' "$out"

# ---- frames

run --json -n 3 -d 20ms $$
check 'three frames' exits 0
check 'three frames' out_lines 4
check 'three frames: only what was asked for' jq_says "all(.[1:][].tasks[]; .pid == $$)" "$out"
check 'three frames: time goes on' jq_says '[.[1:][] | .mono_ns | tonumber] | . == unique and length == 3' "$out"
check 'three frames: numbers' jq_says '[.[1:][].frame] == [0, 1, 2]' "$out"
run --json --compact -n 3 -d 20ms
check 'compact frames' out_lines 4
check 'compact frames' objects "$out"
check 'compact frames: one of all, then of what changed' jq_says \
	'(.[1] | .key and has("tasks")) and (.[2:] | all(has("changed") and has("gone") and (has("key") | not)))' "$out"
check 'compact frames: less' jq_says '(.[2].changed | length) < (.[1].tasks | length)' "$out"

run --json -p --proc-root "$basic"
check 'processes' exits 0
check 'processes' jq_says '.[0].scope == "processes" and (.[1].tasks | all(.tid == .pid))' "$out"
run --json -u alice --proc-root "$basic"
check 'a user' jq_says '[.[1].tasks[].user | values] | unique == ["alice"]' "$out"
run --json --stats --proc-root "$basic"
check 'stats' exits 0
check 'stats' out_lines 2
refute 'stats' no_errors
run --json -r --proc-root "$odd"
check 'odd names: valid UTF-8' iconv -f UTF-8 -t UTF-16 "$out"
refute 'odd names: no control bytes' grep -q "$(printf '[\001-\011\013-\037\177]')" "$out"

# ---- what is read back is the same

same_file() {
	cmp -s "$1" "$2"
}
# round FILE: all ways from these lines and back.
round() {
	run replay "$1" --json
	check "replay: full" exits 0
	check "replay: full lines come back" same_file "$out" "$1"
	run replay "$1" --json --compact
	cp "$out" "$tmp/compact"
	run replay "$tmp/compact" --json --compact
	check "replay: compact lines come back" same_file "$out" "$tmp/compact"
	run_in "\"\$PROCGRID\" replay - --json <'$tmp/compact'"
	check "replay: full lines come out of compact ones" same_file "$out" "$1"
}
# tables FILE OPTION...: a table out of these lines is the one that was made of the tree.
more=pid,tid,started,age_ns,uid,euid,kthread,utime_ns,stime_ns,utime_delta_ns,cpu_clock_ns,wait_ns
more=$more,timeslices,priority,policy,rt_priority,flags,minflt,majflt,ctxt_delta,rchar,wchar,syscr
more=$more,syscw,cancelled_write_bytes,read_delta_bytes,write_delta_bytes,peak_bytes,swap_bytes
more=$more,fd_limit
tables() {
	lines=$1
	shift
	for fields in time,cycle,user,comm,state,activity,new,exit_code $more; do
		run --csv -r --fields "$fields" "$@"
		cp "$out" "$tmp/table"
		run replay "$lines" --csv --fields "$fields"
		check "replay: the same table" same_file "$out" "$tmp/table"
	done
	run --csv -r "$@"
	cp "$out" "$tmp/table"
	run replay "$lines" --csv
	check "replay: the same table" same_file "$out" "$tmp/table"
}
for tree in "$tests_dir"/proc/*/0; do
	run --json -r --proc-root "${tree%/0}"
	cp "$out" "$tmp/lines"
	round "$tmp/lines"
	tables "$tmp/lines" --proc-root "${tree%/0}"
	run --json --compact -r -p --proc-root "${tree%/0}" -o "$tmp/processes" --force
	tables "$tmp/processes" -p --proc-root "${tree%/0}"
done
"$PROCGRID" --json -n 5 -d 100ms >"$tmp/live" 2>"$err" &
live=$!
started $live
while kill -0 $live 2>/dev/null; do # tasks that come and go meanwhile
	sh -c 'exit 3' &
	wait $!
done
wait $live
round "$tmp/live"

# ---- what does not go with it: one line that names it, exit 2, nothing on stdout

# bad NAMED ARGS...
bad() {
	named=$1
	shift
	run "$@"
	check "bad: $*" exits 2
	check "bad: $*" silent
	check "bad: $*" err_lines 1
	check "bad: $*" err_says "$named"
}
for option in '--fields pid' --changed -s -S -i -f -t --no-titles '--min-cpu 1' --io-any; do
	# shellcheck disable=SC2086 # words on purpose
	bad 'does not go with --json, which prints all counters as they are' --json $option
done
bad 'give one of them' --json --csv
bad 'option --compact is for lines of JSON: give --json as well' --compact
bad 'option --compact is for lines of JSON: give --json as well' --csv --compact
bad 'give --csv or --json as well' -r
bad 'leave --json out' --json --keys q
bad 'leave --json out' --json --save-screen "$tmp/screen"
bad 12a --json 12a
run --json 2147483647
check 'no such task' exits 1
check 'no such task' silent
check 'no such task' err_says 2147483647

# ---- where it goes, and how it ends

run --json --proc-root "$basic" -o "$tmp/file"
check 'a file' exits 0
check 'a file' silent
check 'a file' objects "$tmp/file"
run --json --proc-root "$basic" -o "$tmp/file"
check 'a file that exists' exits 1
check 'a file that exists' err_says --force
run --json --proc-root "$basic" -o "$tmp/file" --force
check 'force' exits 0
check 'force' has_lines "$tmp/file" 2

run_in '{ "$PROCGRID" --json -r -d 10ms; echo $? >&2; } | head -n 1'
check 'a reader that goes away' out_lines 1
check 'a reader that goes away' same_text "$(cat "$err")" 0

"$PROCGRID" --json -r -d 20ms -o "$tmp/stopped" 2>"$err" &
lines=$!
started $lines
check 'a signal: lines' await has_lines "$tmp/stopped" 3
kill -s TERM $lines
wait $lines
status=$?
check 'a signal ends it' exits 0
check 'a signal ends it between two lines' objects "$tmp/stopped"

mkfifo "$tmp/fifo"
(exec 3<>"$tmp/fifo" && exec sleep 1000) &
started $!
"$PROCGRID" --json -r -d 1ms -o "$tmp/fifo" 2>"$err" 3<>"$tmp/fifo" &
lines=$!
started $lines
full() {
	seen=$(awk '/^wchar/ { print $2 }' "/proc/$lines/io" 2>/dev/null)
	sleep 0.2
	[ "${seen:-0}" -gt 4096 ] &&
		same_text "$(awk '/^wchar/ { print $2 }' "/proc/$lines/io" 2>/dev/null)" "$seen"
}
check 'the pipe is full' await full
kill -s TERM $lines
wait $lines
status=$?
check 'a full pipe does not hold it' exits 0
check 'a full pipe does not hold it' no_errors

if [ -c /dev/full ]; then
	run_in '"$PROCGRID" --json >/dev/full'
	check 'a full disk' exits 1
	check 'a full disk' err_says 'cannot write to stdout: No space left on device'
fi

has_jq || echo 'without jq: its questions were not asked'
finish
