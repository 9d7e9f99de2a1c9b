#!/bin/sh
# SPDX-License-Identifier: MIT
#
# record and replay as their users meet them: what comes out is what went in, also after a kill, on
# a full disk and of a damaged file; files are made where they should be; and a replay needs nothing
# but the file. Pieces of shell are quoted, and the functions above are called by check.
# shellcheck disable=SC2016,SC2317
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

cd "$tmp" || exit 1
umask 022

same_files() {
	cmp -s "$1" "$2"
}

mode_of() {
	[ "$(stat -c %a "$1")" = "$2" ]
}

# Frames that can be read of a recording: its lines but for the header.
frames_of() {
	echo $(($("$PROCGRID" replay "$1" --json 2>/dev/null | wc -l) - 1))
}

at_least() {
	[ "$1" -ge "$2" ]
}

# ---- what went in comes out

for tree in basic odd_names reused_pid unreadable_io missing_files truncated_files; do
	for how in --csv --json '--json --compact'; do
		# shellcheck disable=SC2086 # words on purpose
		"$PROCGRID" $how --repeat --proc-root "$tests_dir/proc/$tree" >live 2>/dev/null </dev/null
		check "$tree $how" [ -s live ]
		for file in r.jsonl r.zst; do
			run record -o $file --force --proc-root "$tests_dir/proc/$tree"
			check "$tree: record" exits 0
			check "$tree: record" silent
			# shellcheck disable=SC2086
			run replay $file $how
			check "$tree: replay $how" exits 0
			check "$tree: replay $how" no_errors
			# The header says whether there is a delay between frames, and of what kind they are.
			grep -v '^{"procgrid"' live >want
			grep -v '^{"procgrid"' "$out" >got
			check "$tree: $file $how is what is live" same_files want got
		done
	done
done
check 'compressed is smaller' [ "$(stat -c %s r.zst)" -lt "$(stat -c %s r.jsonl)" ]

# Replayed from a pipe, and recorded again from a replay.
"$PROCGRID" record -o a.jsonl -n 5 -d 0.05 2>/dev/null
"$PROCGRID" record -o a.zst -n 5 -d 0.05 2>/dev/null
for file in a.jsonl a.zst; do
	check 'so many frames' [ "$(frames_of $file)" -eq 5 ]
	"$PROCGRID" replay $file --json >one.json
	run_in "cat $file | \"\$PROCGRID\" replay - --json"
	check "$file: from a pipe" same_files one.json "$out"
	check "$file: from a pipe" no_errors
	"$PROCGRID" replay one.json --json >two.json
	check "$file: again" same_files one.json two.json
	"$PROCGRID" replay one.json --csv >one.csv
	run replay $file --csv
	check "$file: the same table" same_files one.csv "$out"
done
run replay a.jsonl --json --compact
check 'a recording is the compact stream' same_files a.jsonl "$out"
run_in '"$PROCGRID" record -o - -n 3 -d 0.05 | "$PROCGRID" replay - --json'
check 'through a pipe' exits 0
check 'through a pipe: a header and frames' out_lines 4
check 'through a pipe' no_errors
run replay a.zst --csv -n 2 --fields pid --no-titles
check 'only so many' exits 0
run replay a.zst --save-screen screen --size 80x24
check 'as a screen' exits 0
check 'as a screen' has_lines screen 24

# ---- what it replays need not be ours

sed -e '1s/"rss_bytes"/"rss_octets"/' -e '1s/"host":/"made_of":["wood"],"host":/' \
	-e '2,$s/"host":/"later":{"a":[1,null]},"host":/' a.jsonl >foreign.jsonl
refute 'the foreign one is another' same_files a.jsonl foreign.jsonl
run replay foreign.jsonl --csv --fields pid,rss_bytes,comm --no-titles
check 'a field of another name' exits 0
check 'a field of another name' no_errors
check 'it is unknown' grep -q '^1,,' "$out"
sed '1s/"procgrid":1,/"procgrid":2,/' a.jsonl >newer.jsonl
run replay newer.jsonl --csv
check 'another version' exits 1
check 'another version' err_lines 1
check 'another version is named' err_says 2
cat a.jsonl a.jsonl >twice.jsonl
check 'one behind the other' [ "$(frames_of twice.jsonl)" -eq 10 ]

# ---- what is no recording

run replay none.zst --csv
check 'no file' exits 1
check 'no file' err_says 'cannot read none.zst: No such file'
run replay /etc/passwd --csv
check 'another file' exits 1
check 'another file' err_says '/etc/passwd is not a recording'
run_in 'echo hello | "$PROCGRID" replay - --json'
check 'another stream' exits 1
check 'another stream' err_says 'not a stream of procgrid'
run_in '"$PROCGRID" replay - --csv'
check 'nothing' exits 1
check 'nothing' err_says 'stdin: nothing came'
for name in . /; do
	run replay $name --csv
	check 'a directory' exits 1
	check 'a directory' err_lines 1
	check 'a directory' err_says "$name is a directory, not a recording"
done
for file in a.jsonl a.zst; do
	for size in 60 100; do
		head -c $size $file >part
		run replay part --csv
		check "$size bytes of $file" exits 1
		check "$size bytes of $file" err_lines 1
		check "$size bytes of $file" \
			err_says "part: there is no whole frame in it: it is cut off at byte $size"
		run_in '"$PROCGRID" replay - --csv <part'
		check "$size bytes of $file in a pipe" err_says 'nothing came, not even one whole line'
	done
done
run_in '"$PROCGRID" replay - --csv <&-'
check 'no stdin' exits 1
check 'no stdin' err_lines 1

# ---- where files are made

run record -o new.zst -n 1
check 'a new file' mode_of new.zst 600
run record -o new.zst -n 1
check 'it exists' exits 1
check 'it exists' err_says 'new.zst exists; --force overwrites it'
chmod 644 new.zst
run record -o new.zst -n 1 --force
check 'by force' exits 0
check 'by force it is a new one' mode_of new.zst 600
ln -s new.zst link
run record -o link -n 1 --force
check 'a link' exits 1
check 'a link' err_says 'link is a symbolic link'
mkdir -m 1777 public
mkdir mine
ln -s ../mine public/there
run record -o public/there/x -n 1
check 'a link where anybody may write' exits 1
check 'a link where anybody may write' err_says 'where anybody may write'
check 'a link where anybody may write' [ -z "$(ls mine)" ]
run record -o public/x -n 1
check 'a file where anybody may write' exits 0
run record -o public -n 1 --force
check 'a directory' exits 1
check 'a directory' err_says 'public is a directory: name a file in it'
run record -o none/x -n 1
check 'no directory' exits 1
check 'no directory' err_says 'cannot write none/x: there is no directory none; make it first'
run record -o new.zst/x -n 1
check 'a file as directory' err_says 'cannot write new.zst/x: new.zst on the way is not a directory'
# Not even root may make one there.
mkdir -m 555 closed
closed=closed
[ "$(id -u)" -ne 0 ] || closed=/sys
run record -o $closed/x -n 1
check 'no permission' exits 1
check 'no permission' err_lines 1
check 'no permission' err_says "cannot make $closed/x: "
check 'no permission' err_says '; name a file in a directory that you may write to'
for how in record --csv --json; do
	run $how -o ''
	check "$how: no name" exits 2
	check "$how: no name" err_says 'option --output: the name of the file is empty; give one'
done
run --save-screen ''
check 'a screen without a name' exits 2
run replay ''
check 'a replay without a name' exits 2
check 'a replay without a name' err_says 'replay: of which file? give one'
for how in --csv --json; do
	run $how -o public
	check "$how: a directory" exits 1
	check "$how: a directory" err_says 'public is a directory: name a file in it'
	run $how -o none/x
	check "$how: no directory" err_says 'cannot write to none/x: there is no such directory'
	ln -sf nothing dangling
	run $how -o dangling
	check "$how: a dangling link" err_says 'dangling is a symbolic link to nothing'
done
run record -o - --max-size 1M -n 1
check 'a bound of stdout' exits 1

# ---- who writes is not replaced

"$PROCGRID" record -o busy.jsonl -d 0.05 2>/dev/null &
recorder=$!
started $recorder
await has_lines busy.jsonl 3
run record -o busy.jsonl --force -n 1
check 'a second one' exits 1
check 'a second one' err_lines 1
check 'a second one' err_says 'busy.jsonl is being written by another procgrid'
for how in --csv --json; do
	run $how -o busy.jsonl --force
	check "a table onto it" exits 1
	check "a table onto it" err_says 'busy.jsonl is being written by another procgrid'
done
lines=$(wc -l <busy.jsonl)
check 'the first goes on' await has_lines busy.jsonl $((lines + 2))
kill $recorder
wait $recorder
status=$?
check 'the first goes on' exits 0
check 'it is whole' at_least "$(frames_of busy.jsonl)" $((lines + 1))
run record -o busy.jsonl --force -n 1
check 'after its end' exits 0
"$PROCGRID" --csv -r -d 0.05 -o busy.csv 2>/dev/null &
table=$!
started $table
await has_lines busy.csv 2
run record -o busy.csv --force -n 1
check 'onto a table' err_says 'busy.csv is being written by another procgrid'
kill $table
wait $table

# ---- which tasks, and for how long

sleep 1000 &
sleeper=$!
started $sleeper
run record -o one.zst -d 0.05 --duration 0.2 $sleeper 999999999
check 'one process' exits 0
check 'one process' err_says 'no process or thread 999999999'
frames=$(frames_of one.zst) # a busy machine may miss a beat
check 'its duration' at_least "$frames" 1
check 'its duration' at_least 5 "$frames"
run replay one.zst --csv --fields pid --no-titles
check 'one process' same_text "$(sort -u "$out")" "$sleeper"
"$PROCGRID" record -o end.jsonl -d 0.05 $sleeper 2>"$err" &
recorder=$!
started $recorder
await has_lines end.jsonl 3
kill $sleeper
wait $sleeper 2>/dev/null
wait $recorder
status=$?
check 'it ends with the last process' exits 0
run replay end.jsonl --csv
check 'whose end is in it' grep -q ',exited,' "$out"
run record -o none.zst 999999999
check 'no process' exits 1
check 'no process: no file' [ ! -e none.zst ]

# ---- however it ends

for kind in jsonl zst; do
	for signal in KILL TERM HUP; do
		file=$signal.$kind
		"$PROCGRID" record -o $file -d 0.05 2>"$err" &
		recorder=$!
		started $recorder
		tries=200
		until [ "$(frames_of $file)" -ge 4 ] || [ $((tries -= 1)) -eq 0 ]; do
			sleep 0.05
		done
		kill -s $signal $recorder
		wait $recorder 2>/dev/null
		status=$?
		[ $signal = KILL ] || check "SIG$signal" exits 0
		check "SIG$signal: frames are there" at_least "$(frames_of $file)" 4
		run replay $file --json
		check "SIG$signal: it can be read" exits 0
		check "SIG$signal: to a clear end" no_errors
	done
done

# full FILE: a recording that could not go on.
full() {
	check "$1: full" exits 1
	check "$1: full" err_lines 1
	check "$1: full" err_says "$2"
	check "$1: frames are there" at_least "$(frames_of "$1")" 1
	run replay "$1" --json
	check "$1: it can be read" exits 0
	check "$1: to a clear end" no_errors
}
# One process, so that the first frame fits whatever else the machine does by then.
for file in limit.jsonl limit.zst; do
	run_in "ulimit -f 8; \"\$PROCGRID\" record -o $file -d 0.05 $$"
	full $file 'File too large'
done
run_in '"$PROCGRID" record -o - -n 1 >/dev/full'
check 'a full device' exits 1
check 'a full device' err_says 'cannot write to stdout: No space left on device'
if mkdir disk && unshare -m mount -t tmpfs none disk 2>/dev/null; then
	for file in full.jsonl full.zst; do
		run_in "unshare -m sh -c 'mount -t tmpfs -o size=4k none disk &&
			\"\$PROCGRID\" record -o disk/$file -d 0.05 $$; status=\$?; cp disk/$file .; exit \$status'"
		full $file 'No space left on device'
	done
	if [ "${SANITIZERS:-}" != yes ]; then # the leak sanitizer itself cannot do without /proc
		"$PROCGRID" replay a.zst --csv >want
		run_in 'unshare -m sh -c "mount -t tmpfs none /proc && exec \"\$PROCGRID\" replay a.zst --csv"'
		check 'a replay needs no /proc' same_files want "$out"
		check 'a replay needs no /proc' no_errors
	fi
else
	echo "skipped: no mounts here, so no full disk"
fi

# ---- no descriptors for a while

# starve HOW DELAY: starts that, and takes its descriptors away when there are frames.
starve() {
	rm -f starve.out
	# The leak sanitizer has files of its own to open at the end.
	# shellcheck disable=SC2086 # words on purpose
	ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 \
		"$PROCGRID" $1 -o starve.out -d "$2" >"$out" 2>"$err" &
	starving=$!
	started $starving
	check "$1: frames" await has_lines starve.out 3
	prlimit --pid $starving --nofile=3:
	check "$1: it is told" await err_says 'frames are missed until then'
}

# starved HOW STATUS LINES: how it ended, and what it said.
starved() {
	wait $starving
	status=$?
	check "$1: ends" exits "$2"
	check "$1: ends" err_lines "$3"
	check "$1: so many" err_says 'missed for want of open files'
	check "$1: what is there is whole" whole starve.out
}

if prlimit --pid $$ --nofile >/dev/null 2>&1; then
	for how in record '--csv -r' '--json -r'; do
		starve "$how" 0.3 # it would end after 18 seconds of it
		before=$(wc -l <starve.out)
		prlimit --pid $starving --nofile=256:
		check "$how: it goes on" await has_lines starve.out $((before + 3))
		kill $starving
		starved "$how" 0 2
		starve "$how" 0.05
		starved "$how" 1 3
		check "$how: why it ends" err_says '60 missed frames in a row'
	done
else
	echo "skipped: no prlimit here"
fi
run_in 'ulimit -n 5; "$PROCGRID" record -o starve.jsonl -d 0.05'
check 'never any descriptors' exits 1
check 'never any descriptors' err_lines 1

# ---- rotation

"$PROCGRID" record -o size.jsonl -n 1
bound=$(($(stat -c %s size.jsonl) * 6 + 65536)) # there may be many more tasks by then
"$PROCGRID" record -o turn.jsonl -d 0.05 --max-size $bound 2>"$err" &
recorder=$!
started $recorder
await [ -e turn.jsonl.1 ]
kill $recorder
wait $recorder
status=$?
check 'rotation' exits 0
both=$(($(stat -c %s turn.jsonl) + $(stat -c %s turn.jsonl.1)))
check 'the bound' [ $both -le $bound ]
for file in turn.jsonl turn.jsonl.1; do
	check "$file is a recording" at_least "$(frames_of $file)" 1
	check "$file" mode_of $file 600
done
cat turn.jsonl.1 turn.jsonl >turns.jsonl
check 'none is missing' [ "$(frames_of turns.jsonl)" -eq \
	$(($(frames_of turn.jsonl) + $(frames_of turn.jsonl.1))) ]
run record -o fresh.jsonl --max-size 64K -n 1
: >fresh.jsonl.1
run record -o fresh.jsonl --force --max-size 1G -n 1
check 'by force both' [ ! -e fresh.jsonl.1 ]

# ---- damage

size=$(stat -c %s a.zst)
cp a.zst bad.zst
printf 'damage!' | dd of=bad.zst bs=1 seek=$((size / 2)) conv=notrunc 2>/dev/null
run replay bad.zst --json
check 'damage' exits 1
check 'damage' err_lines 1
check 'damage: where' err_says ' byte '
sed '5s/}$/?/' a.jsonl >bad.jsonl
run replay bad.jsonl --json
check 'damage of a line' exits 1
check 'damage of a line: where' err_says "frame 3: damaged, in the line at byte $(head -n 4 a.jsonl | wc -c)"
check 'damage of a line: what was before' out_lines 4
run_in 'cat bad.jsonl | "$PROCGRID" replay - --json'
check 'damage in a pipe' exits 1
check 'damage in a pipe: what was before' out_lines 4
check 'damage in a pipe: where' err_says 'damaged after frame 2'

# ---- what is read is not overwritten

cp a.jsonl self.jsonl
ln -s self.jsonl alias.jsonl
for name in self.jsonl ./self.jsonl alias.jsonl; do
	run replay self.jsonl --json -o $name --force
	check "onto $name" exits 1
	check "onto $name" err_says 'is the recording itself: give another name'
done
run replay self.jsonl --save-screen alias.jsonl
check 'a screen onto it' exits 1
check 'a screen onto it' err_says 'is the recording itself: give another name'
check 'it is whole' same_files a.jsonl self.jsonl
run_in '"$PROCGRID" replay - --csv -o self.jsonl --force <self.jsonl'
check 'onto the standard input' exits 1
check 'it is still there' same_files a.jsonl self.jsonl

# ---- a pipe that says nothing for now

mkfifo pipe
"$PROCGRID" replay pipe --csv >"$out" 2>"$err" &
replay=$!
started $replay
exec 3>pipe
cat a.jsonl >&3
await has_lines "$out" 10
kill $replay
wait $replay
status=$?
exec 3>&-
check 'waiting can be ended' exits 0
check 'waiting can be ended' whole "$out"

finish
