#!/bin/sh
# SPDX-License-Identifier: MIT
#
# --csv as its users meet it: what is printed, when it ends, and what it says when it cannot.
# Conditions of awk and pieces of shell are quoted, and the functions above are called by check.
# shellcheck disable=SC2016,SC2317
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

titles=time,cycle,interval_ns,pid,tid,ppid,user,comm,state,activity,new,cpu_ns,cpu_delta_ns
titles=$titles,wait_delta_ns,read_bytes,write_bytes,io_delta_bytes,rss_bytes,rss_delta_bytes
titles=$titles,vsize_bytes,fds,fds_delta,threads,nice,processor,started,exit_code
basic=$tests_dir/proc/basic
odd=$tests_dir/proc/odd_names

# The table with its quoted cells blanked out, so that every comma is a border.
cells() {
	sed 's/"[^"]*"/Q/g' "$1"
}

# The different values of a column by number, joined by blanks.
column() {
	cells "$out" | cut -d, -f"$1" | tail -n +2 | sort -u | tr '\n' ' ' | sed 's/ $//'
}

# Whether a condition of awk holds for every row.
every_row() {
	cells "$out" | awk -F, "NR > 1 && !($1) { bad = 1 } END { exit bad || NR < 2 }"
}

# Every line of a file has as many cells as the first one.
rectangular() {
	cells "$1" | awk -F, 'NR == 1 { n = NF } NF != n { bad = 1 } END { exit bad || NR < 2 }'
}

# ---- one table

run --csv -d 0
check 'an instant' exits 0
check 'an instant' no_errors
check 'titles' first_line "$titles"
check 'an instant has no activity' same_text "$(column 10)" ''
check 'an instant has no interval' same_text "$(column 3)" ''
check 'an instant is cycle 0' same_text "$(column 2)" 0
check 'an instant has itself in it' grep -q ',procgrid,R,' "$out"

run --csv -d 100ms
check 'a table' exits 0
check 'the silent baseline was cycle 0' same_text "$(column 2)" 1
check 'activity is known' every_row '$10 ~ /^(idle|cpu|io|cpu.io|exited)$/'
check 'new is known' every_row '$11 ~ /^[01]$/'
check 'all rows are whole' rectangular "$out"

run --csv -p -d 100ms
check 'processes' exits 0
check 'with -p tid is pid' every_row '$4 == $5'
check 'with -p no wait is known' every_row '$14 == ""'

run --csv -d 0 --no-titles
check 'no titles' exits 0
refute 'no titles' grep -q '^time' "$out"

# ---- a tree of cycles: exact, and never waits

run --csv --proc-root "$basic" -d 60m
check 'a tree does not wait' exits 0
check 'a tree: one table' same_text "$(column 2)" 1
check 'the monotonic interval' same_text "$(column 3)" 1000000000
check 'wall time' same_text "$(column 1)" 2026-11-20T00:16:41.000
check 'an exited row' grep -q '^[^,]*,1,1000000000,415,415,410,alice,sleep,,exited,0,9000000,,,' "$out"
check 'a new row' grep -q ',420,420,410,alice,make,S,cpu,1,30000000,30000000,' "$out"
check 'a thread has no rss' grep -q ',200,201,1,www-data,nginx,S,cpu,0,6412000000,412000000,3000000,0,0,0,,,,,,,0,0,' "$out"

run --csv --proc-root "$basic" -n 2
check 'two cycles' same_text "$(column 2)" '1 2'
check 'one titles line a stream' same_text "$(grep -c '^time,' "$out")" 1
refute 'exited rows are there once' grep -q '^[^,]*,2,.*exited' "$out"
run --csv --proc-root "$basic" -r
check 'the end of the tree ends it' exits 0
check 'the end of the tree ends it' same_text "$(column 2)" '1 2'

run --csv --proc-root "$basic" --changed --fields tid,activity
check 'changed' exits 0
refute 'what did not move is left out' has_line 100,idle
check 'what was busy is there' has_line 310,cpu+io
check 'what exited is there' has_line 415,exited
check 'what grew is there' grep -q '^400,' "$out"

run --csv --proc-root "$basic" --fields pid,comm,user
check 'fields' first_line pid,comm,user
check 'fields' has_line 400,java,alice

run --csv --proc-root "$basic" -u alice --fields user
check 'a user' same_text "$(column 1)" alice
run --csv --proc-root "$basic" -u 33 --fields user
check 'a user by number' same_text "$(column 1)" www-data

run --csv --proc-root "$basic" 201 --fields pid,tid
check 'a thread alone' same_text "$(tail -n +2 "$out")" 200,201
mkdir "$tmp/bare"
cp -R "$basic/1/200" "$tmp/bare/"
run --csv --proc-root "$tmp/bare" 201 --fields pid,tid
check 'a thread in a tree of tasks alone' exits 0
check 'a thread in a tree of tasks alone' same_text "$(tail -n +2 "$out")" 200,201
run --csv --proc-root "$basic" 200 --fields tid
check 'a process with its threads' same_text "$(column 1)" '200 201 202'

# ---- odd names

run --csv --proc-root "$odd"
check 'odd names' exits 0
check 'odd names: rows are whole' rectangular "$out"
check 'odd names: one line a task' out_lines "$(($(find "$odd/1" -path '*/task/*/stat' | wc -l) + 1))"
check 'odd names: valid UTF-8' iconv -f UTF-8 -t UTF-16 "$out"
refute 'odd names: no control bytes' grep -q "$(printf '[\001-\011\013-\037\177]')" "$out"
refute 'odd names: no formula' grep -Eq '(^|,)"?[=+@]' "$out"

# ---- raw fields

run --csv -s -S -i -f
check 'raw' exits 0
check 'raw prints at once: cycle 0' same_text "$(column 2)" 0
check 'raw: rows are whole' rectangular "$out"
check 'raw: stat names' same_text "$(head -n 1 "$out" | tr , '\n' | grep -c '^stat_')" 52
check 'raw: io names' same_text "$(head -n 1 "$out" | tr , '\n' | grep -c '^io_')" 7
check 'raw: units' grep -q ',status_VmRSS_kB,' "$out"
check 'raw: four ids' grep -q ',status_Uid_real,status_Uid_effective,status_Uid_saved,status_Uid_fs,' "$out"
check 'raw: fd_count is last' grep -q '^time,.*,fd_count$' "$out"
run --csv -i --proc-root "$basic" -n 2
check 'raw io' first_line time,cycle,interval_ns,pid,tid,user,io_rchar,io_wchar,io_syscr,io_syscw,io_read_bytes,io_write_bytes,io_cancelled_write_bytes
check 'raw io repeats' same_text "$(column 2)" '0 1'

# ---- bad input: one line that names it, exit 2, nothing on stdout

# bad NAMED ARGS...
bad() {
	named=$1
	shift
	run "$@"
	check "bad input: $*" exits 2
	check "bad input: $*" silent
	check "bad input: $*" err_lines 1
	check "bad input: $*" err_says "$named"
}
bad --nonsense --csv --nonsense
bad 1x --csv -d 1x
bad '"-1"' --csv -n -1
bad nobody-here --csv -u nobody-here
bad 12a --csv 12a
bad 'a\x0Ab' --csv -u "$(printf 'a\nb')"
bad "'pidd'" --csv --fields time,pidd
bad "''" --csv --fields pid,,tid
bad "''" --csv --fields ''
bad 'procgrid: --fields: unknown field' --csv --fields ,
bad 'a\x1Bb' --csv --fields "$(printf 'a\033b')"
bad --fields --csv --fields pid -s
run --csv --fields rss
check 'a field that is close is told' err_says rss_bytes
run --csv --fields zzz
check 'else all are' err_says started

# ---- PIDs

run --csv -d 0 2147483647
check 'no PID exists' exits 1
check 'no PID exists' silent
check 'no PID exists' err_lines 1
check 'no PID exists' err_says 2147483647
run --csv -d 0 2147483647 $$ 2147483646
check 'some do not' exits 0
check 'some do not' err_lines 2
check 'some do not' grep -q "^[^,]*,0,,$$,$$," "$out"

sleep 1000 &
sleeper=$!
started $sleeper
"$PROCGRID" --csv -r -d 50ms $sleeper >"$tmp/pids" 2>"$err" &
table=$!
started $table
check 'rows of a PID' await has_lines "$tmp/pids" 4
kill $sleeper
wait $table
status=$?
cp "$tmp/pids" "$out"
check 'it ends with the last PID' exits 0
check 'it ends with the last PID' no_errors
check 'its last row' same_text "$(tail -n 1 "$out" | cut -d, -f4,9,10,13)" "$sleeper,,exited,"
check 'there is one such row' same_text "$(grep -c exited "$out")" 1

# ---- no procfs

run --csv --proc-root "$tmp"
check 'no procfs' exits 1
check 'no procfs' silent
check 'no procfs' err_lines 1
check 'no procfs' err_says "$tmp"
run --csv --proc-root "$tmp/nothing" -u nobody-here 1
check 'no procfs comes before all else' exits 1
check 'no procfs comes before all else' err_lines 1

# ---- too few descriptors: all or nothing, whatever it is that cannot be opened

# whole_or_told: the table is complete, or there is none and one line says why.
whole_or_told() {
	case $status in
	0) no_errors && every_row '$2 ~ /^[A-Z]$/ && $3 != "" && $4 != ""' ;;
	1) silent && told ;;
	*) false ;;
	esac
}
told() {
	err_lines 1 && err_says 'too many open files: the limit is '
}
for files in 4 5 6 7 8 9 10 11 12 16; do
	run_in "exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; ulimit -n $files
		exec \"\$PROCGRID\" --csv -d 0 --fields pid,state,fds,vsize_bytes $$"
	check "$files descriptors" whole_or_told
	[ "$files" -gt 4 ] || check "$files descriptors" exits 1
done
check 'so many are enough' exits 0

# ---- ways to end

run_in '{ "$PROCGRID" --csv -r -d 10ms; echo $? >&2; } | head -n 1'
check 'a reader that goes away' out_lines 1
check 'a reader that goes away' same_text "$(cat "$err")" 0
# It is noticed while it sleeps as well.
run_in '{ "$PROCGRID" --csv -r -f -d 10m; echo $? >&2; } | head -n 1'
check 'a reader that goes away in a long cycle' same_text "$(cat "$err")" 0

for signal in INT TERM HUP; do
	rm -f "$tmp/signal"
	env --default-signal=$signal "$PROCGRID" --csv -r -d 20ms -o "$tmp/signal" 2>"$err" &
	table=$!
	started $table
	check "$signal: rows" await has_lines "$tmp/signal" 2
	kill -s $signal $table
	wait $table
	status=$?
	check "$signal ends it" exits 0
	check "$signal: no message" no_errors
	check "$signal: whole lines" whole "$tmp/signal"
	check "$signal: whole rows" rectangular "$tmp/signal"
done

# What was ignored when it was started stays ignored: a script's job in the background, nohup.
rm -f "$tmp/signal"
(
	trap '' INT HUP
	exec env --default-signal=TERM "$PROCGRID" --csv -r -d 20ms -o "$tmp/signal" $$ 2>"$err"
) &
table=$!
started $table
check 'ignored signals: rows' await has_lines "$tmp/signal" 2
kill -s INT $table
kill -s HUP $table
seen=$(wc -l <"$tmp/signal")
check 'ignored signals: it goes on' await has_lines "$tmp/signal" $((seen + 5))
kill -s TERM $table
wait $table
status=$?
check 'ignored signals: another one ends it' exits 0
check 'ignored signals: no message' no_errors
check 'ignored signals: whole rows' rectangular "$tmp/signal"

# A pipe that nobody reads is full, and still it ends when it is told to.
mkfifo "$tmp/fifo"
(exec 3<>"$tmp/fifo" && exec sleep 1000) &
started $!
"$PROCGRID" --csv -r -d 1ms -s -S -o "$tmp/fifo" 2>"$err" 3<>"$tmp/fifo" &
table=$!
started $table
progress() {
	awk '/^wchar/ { print $2 }' "/proc/$table/io" 2>/dev/null
}
full() {
	seen=$(progress)
	sleep 0.2
	[ "${seen:-0}" -gt 4096 ] && same_text "$(progress)" "$seen"
}
check 'the pipe is full' await full
kill -s TERM $table
wait $table
status=$?
check 'a full pipe does not hold it' exits 0
check 'a full pipe does not hold it' no_errors

if [ -c /dev/full ]; then
	run_in '"$PROCGRID" --csv -d 0 >/dev/full'
	check 'a full disk' exits 1
	check 'a full disk' err_lines 1
	check 'a full disk' err_says 'cannot write to stdout: No space left on device'
	run --csv -d 0 -o /dev/full
	check 'a full disk' exits 1
	check 'a full disk' err_says 'cannot write to /dev/full: No space left on device'
fi
run_in '"$PROCGRID" --csv -d 0 >&-'
check 'a closed stdout' exits 1
check 'a closed stdout' err_lines 1
check 'a closed stdout' err_says 'cannot write to stdout: Bad file descriptor'
run_in '"$PROCGRID" --csv -d 0 -o /dev/stdout >&-'
check 'a closed stdout by its name' exits 1
check 'a closed stdout by its name' err_says 'cannot write to /dev/stdout: Bad file descriptor'

# ---- -o FILE

run --csv -d 0 -o "$tmp/new" --no-titles
check 'a new file' exits 0
check 'a new file' silent
check 'a new file' has_lines "$tmp/new" 1
echo precious >"$tmp/old"
run --csv -d 0 -o "$tmp/old"
check 'an existing file' exits 1
check 'an existing file' err_lines 1
check 'an existing file' err_says --force
check 'an existing file is kept' same_text "$(cat "$tmp/old")" precious
ln -s old "$tmp/link"
run --csv -d 0 -o "$tmp/link"
check 'a link to an existing file' exits 1
ln -s nowhere "$tmp/dangling"
run --csv -d 0 -o "$tmp/dangling"
check 'a dangling link' exits 1
refute 'a dangling link is not followed' [ -e "$tmp/nowhere" ]
yes filler | head -n 100000 >"$tmp/old"
run --csv --proc-root "$basic" -o "$tmp/old" --force
check 'force' exits 0
check 'force' same_text "$(head -n 1 "$tmp/old")" "$titles"
refute 'force leaves nothing behind' grep -q filler "$tmp/old"
run --csv -d 0 -o /dev/null
check 'a device needs no force' exits 0
run --csv -d 0 -o "$tmp/no/such/dir"
check 'no such directory' exits 1
check 'no such directory' err_says "cannot write to $tmp/no/such/dir"
run --csv -d 0 -o "$tmp"
check 'a directory' exits 1
run_in "\"\$PROCGRID\" --csv -d 0 -o '$tmp/closed' >&-"
check 'a file needs no stdout' exits 0
check 'a file needs no stdout' has_lines "$tmp/closed" 2
run_in "\"\$PROCGRID\" --csv -d 0 -o '$tmp/noerr' 2147483647 $$ 2>&-"
check 'messages never stand in the table' same_text "$(grep -c procgrid: "$tmp/noerr")" 0

# A tree from elsewhere may hold anything.
odd=$tmp/odd
mkdir -p "$odd/0/7" "$odd/self"
mkfifo "$odd/self/status"
cp "$basic/0/1/stat" "$basic/0/1/status" "$odd/0/7/" 2>/dev/null ||
	cp "$basic/1/stat" "$basic/1/status" "$odd/0/7/"
echo '9000000000.00 1' >"$odd/0/uptime"
echo 'btime 4600000000' >"$odd/0/stat"
printf 'nobody::0:0::/:/bin/sh\n' >"$odd/passwd"
run --csv -S --proc-root "$odd"
check 'a FIFO for a status file' exits 0
run --csv --proc-root "$odd" --fields pid,user
check 'no password in passwd' exits 0
check 'no password in passwd' same_text "$(tail -n 1 "$out")" '7,nobody'

finish
