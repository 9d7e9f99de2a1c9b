#!/bin/sh
# SPDX-License-Identifier: MIT
# --stats, --scan and --without: what they say, in a table, on a screen, and on a terminal.
# shellcheck disable=SC2016,SC2317 # inner shells have PROCGRID; check calls the functions
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

names='cycles tasks read carried opened cpu_median_us scan_median_us first_read first_carried'
names="$names first_opened first_cpu_us first_scan_us"

# value NAME: its number in the last run's lines.
value() {
	sed -n "s/^$1 //p" "$err"
}

# Each name once, in this order, each with a number, and no other line; but what is known of births
# and deaths depends on the machine.
all_values() {
	case $(sed 's/ [0-9][0-9]*$//; s/^\(no_events\) .*/\1/' "$err" | tr '\n' ' ') in
	"$names events missed " | "$names missed no_events " | "$names no_events ") true ;;
	*) false ;;
	esac
}

run --csv -d 50ms -n 3 --stats
check 'a table with what it cost' exits 0
check 'all values' all_values
check 'three cycles after the baseline' same_text "$(value cycles)" 3
check 'there are tasks' test "$(value tasks)" -gt 1
check 'all of them are in the first pass' test "$(value first_read)" -gt 1
check 'none was there to be carried over' same_text "$(value first_carried)" 0
check 'files were opened' test "$(value first_opened)" -gt 10
check 'what runs is read, if nothing else' test "$(value read)" -ge 3
check 'it took time' test "$(value first_cpu_us)" -gt 0

run --csv -d 0
check 'nothing is said unasked' no_errors
run --csv -d 0 --stats
check 'an instant' same_text "$(value cycles)" 0
check 'without a cycle there is no median' same_text "$(value cpu_median_us)" ''

run --csv -d 50ms -n 2 --stats --scan full
check 'all are read each time' all_values
check 'nothing is carried over' same_text "$(value carried)" 0

check 'all of them are read' test "$(value read)" -ge "$(value first_read)"

run --csv -d 50ms -n 2 --stats $$
check 'one process' all_values
check 'one row' same_text "$(value tasks)" 1

run --save-screen "$tmp/screen" --size 40x8 --cycles 3 -d 50ms --stats
check 'a screen' exits 0
check 'a screen: all values' all_values
check 'a screen: the first was the baseline' same_text "$(value cycles)" 2

run --proc-root "$tests_dir/proc/basic" --csv -n 2 --stats
check 'a tree' all_values
check 'a tree tells no events' same_text "$(value events)$(value missed)" ''
check 'a tree tells no events, and why' same_text "$(value no_events)" \
	'this is not the /proc of this machine'
run --csv -d 50ms -n 1 --stats --without connector
check 'without a connector it says so' all_values
check 'without a connector it says so' same_text "$(value no_events)" \
	'the process connector is turned off'

# ---- what is idle costs nothing, however much of it there is

mkfifo "$tmp/hold" "$tmp/ready"
exec 9<>"$tmp/hold"
# crowd NUMBER: so many processes of 3 threads that sleep; their numbers in $crowd.
crowd() {
	"$targets_dir/crowd" 600 "$1" 3 0 >"$tmp/ready" <"$tmp/hold" 9>&- &
	started $!
	read -r line <"$tmp/ready"
	check "a crowd of $1 is there" same_text "$line" ready
	crowd=$("$PROCGRID" --csv -d 0 -p --no-titles --fields ppid,pid | sed -n "s/^$!,//p")
}

# They say that they are there before the last of them sleeps: until a run finds all of them idle.
# shellcheck disable=SC2086 # numbers
nothing_opened() {
	run --csv -n 4 -d 50ms --stats "$@" $crowd
	[ "$(value opened)" = 0 ] && [ "$(value read)" = 0 ]
}

for number in 15 30; do
	crowd $number
	check "$number processes" same_text "$(echo "$crowd" | wc -w)" $number
	check "$number processes cost nothing" await nothing_opened
	check "$number processes: all are there" same_text "$(value tasks)" $((3 * number))
	check "$number processes: all are carried over" same_text "$(value carried)" $((12 * number))
done
for switch in '--scan full' '--without clock'; do
	# shellcheck disable=SC2086 # two words
	refute "$switch reads them" nothing_opened $switch
	check "$switch reads all of them" same_text "$(value read) $(value carried)" '360 0'
done
# first_opened OPTIONS: files of a first pass over the crowd
first_opened() {
	# shellcheck disable=SC2086 # numbers
	run --csv -n 1 -d 50ms --stats "$@" $crowd
	value first_opened
}

opened=$(first_opened)
read -r ran rest </proc/self/schedstat
if [ "${ran:-0}" -gt 0 ]; then
	check "a file a thread less without schedstat" \
		test "$(first_opened --without schedstat)" -le $((opened - 90))
else
	echo "no schedstat: $ran $rest"
fi
if [ "$(stat -L -c %s /proc/self/fd)" -gt 0 ]; then
	check "a directory a process more without fdsize" \
		test "$(first_opened --without fdsize)" -ge $((opened + 30))
else
	echo "descriptors are counted anyhow: no st_size"
fi

# ---- the end

: >"$out" # rows of an earlier run are not awaited
"$PROCGRID" --csv -r -d 50ms --stats >"$out" 2>"$err" &
started $!
check 'rows come' await has_lines "$out" 20
kill -TERM $!
wait $!
status=$?
check 'ended' exits 0
check 'ended: all values' all_values

run --csv -d 50ms --stats -o /dev/full
check 'a failed table' exits 1
check 'a failed table: the message comes first' test "$(grep -n /dev/full "$err" | cut -d: -f1)" -eq 1

run --csv --without nosuch
check 'an unknown source' exits 2
check 'an unknown source is named' err_says '"nosuch"'
check 'with those there are' err_says 'connector, fdsize, schedstat, clock'
run --csv --scan nosuch
check 'an unknown way to scan' exits 2
check 'with those there are' err_says 'gate, full'
for what in connector fdsize schedstat clock connector,fdsize,schedstat,clock; do
	run --csv -d 50ms --without $what $$
	check "without $what" exits 0
	check "without $what: nothing to say" no_errors
	check "without $what: one row" out_lines 2
done
finish
