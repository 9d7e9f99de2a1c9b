#!/bin/sh
# SPDX-License-Identifier: MIT
#
# procgrid fd as its users meet it: what passes, how it ends, what is logged and found. Nothing here
# asks how long anything took. Pieces of shell and jq are quoted, and functions are called by check.
# shellcheck disable=SC2016,SC2317
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

cd "$tmp" || exit 1
umask 022

if ! command -v jq >/dev/null; then
	echo "skipped: no jq"
	exit 77
fi

same_files() {
	cmp -s "$1" "$2"
}

mode_of() {
	[ "$(stat -c %a "$1")" = "$2" ]
}

# says FILTER [FILE]: jq's filter is true for the report, or for a log as a whole.
says() {
	jq -e "$1" "${2:-$out}" >/dev/null
}
log_says() {
	jq -es "$1" "$2" >/dev/null
}

# report NAME FILE [OPTIONS]: analyses a log as JSON; $out is the report.
report() {
	file=$1
	shift
	run fd --analyze "$file" --json "$@"
}

# ---- what passes

head -c 1000000 /dev/urandom >bytes
printf '  leading blanks\n\n\nempty lines\r\n\001\002\000 and no end' >odd
for file in bytes odd; do
	run fd --no-log -- cat $file
	check "$file: on stdout" same_files $file "$out"
	check "$file: on stdout" exits 0
	run fd --no-log -- sh -c "cat $file >&2"
	head -c "$(stat -c %s $file)" "$err" >got
	check "$file: on stderr" same_files $file got
	check "$file: on stderr" silent
	check "$file: the report is behind it" grep -qaFx "Command: sh -c 'cat $file >&2'" "$err"
done
run_in '"$PROCGRID" fd --no-log -- cat bytes 2>/dev/null | cmp - bytes'
check 'into a pipe' exits 0
run_in '"$PROCGRID" fd --no-log --no-capture -- cat bytes 2>/dev/null | cmp - bytes'
check 'without capture' exits 0
run_in 'printf "in and out" | "$PROCGRID" fd --no-log -- cat 2>/dev/null'
check 'stdin is the command'"'"'s' same_text "$(cat "$out")" 'in and out'
run_in '"$PROCGRID" fd --no-log -- yes 2>/dev/null | head -n 1'
check 'a reader that goes away' same_text "$(cat "$out")" y
run_in '"$PROCGRID" fd --no-log -- sh -c "while :; do echo x; done" >/dev/full'
check 'a full device' exits 141
check 'a full device' err_says 'No space left'
run_in '"$PROCGRID" fd --no-log -- echo lost >/dev/full'
check 'a full device that the command did not see' exits 1
check 'a full device that the command did not see' err_says 'No space left'
run_in '"$PROCGRID" fd --no-log -- sh -c "sleep 20 & echo now" | cat'
check 'a daemon with its output' same_text "$(cat "$out")" now
check 'a daemon with its output' err_says 'hold its output'
run_in '"$PROCGRID" fd --no-log -- sh -c "sleep 1 >/dev/null 2>&1 & echo now" | cat'
check 'a daemon without' [ "$(grep -c 'hold its output' "$err")" -eq 0 ]
run_in '"$PROCGRID" fd --no-log -- sh -c "for i in 1 2 3; do echo o\$i; echo e\$i >&2; done" >both 2>&1'
check 'two streams that are one' same_text "$(head -n 6 both | tr "\n" " ")" 'o1 e1 o2 e2 o3 e3 '
run_in '"$PROCGRID" fd --no-log -- sh -c "echo out; exit 3" 2>&-'
check 'stderr is closed' exits 3
run_in '"$PROCGRID" fd --no-log -- echo out 2>&-'
check 'stderr is closed: the report is not missed' exits 0
run_in '"$PROCGRID" fd --no-log -- echo out 2>/dev/full'
check 'stderr is full: the report is' exits 1
# What a command finds: limits, mask, priority, directory, descriptors.
cat >world <<'END'
ulimit -S -a; ulimit -H -a; umask; nice; pwd
grep -E '^(SigBlk|SigIgn|SigCgt|Umask|Cap|NoNewPrivs|Seccomp:|Cpus_allowed:)' /proc/self/status
cut -d' ' -f 5,6,7,8 /proc/self/stat
ls /proc/self/fd
cat /proc/self/oom_score_adj /proc/self/timerslack_ns
END
for how in '' '"$PROCGRID" fd --no-log --' '"$PROCGRID" fd --no-log --no-capture --'; do
	(
		trap '' USR1 TTOU
		eval 'ulimit -S -n 77'
		umask 027
		exec 5<world 8>/dev/null
		eval "nice -n 3 $how sh ./world" >"world.${how:+with}${#how}" 2>/dev/null
	)
done
for with in world.with*; do
	check "the world of a command: $with" same_files world.0 "$with"
done
grep SigIgn /proc/self/status >want
run fd --no-log -- grep SigIgn /proc/self/status
check 'what is ignored stays as it was' same_files want "$out"
run fd --no-log -- printf '%s|' --json -d 5 -- x
check 'options of the command' same_text "$(cat "$out")" '--json|-d|5|--|x|'

# ---- how it ends

for code in 0 1 42 125; do
	run fd --no-log sh -c "exit $code"
	check "exit $code" exits $code
	check "exit $code is told" err_says "Command completed with exit code: $code"
done
for signal in 1 9 15; do
	run fd --no-log sh -c "kill -$signal \$\$"
	check "signal $signal" exits $((128 + signal))
done
run fd /no/such/command
check 'not found' exits 127
check 'not found' err_lines 1
check 'not found' err_says /no/such/command
run fd --no-log ''
check 'no name at all' exits 127
check 'no name at all' err_says '""'
run fd no_such_command_in_path
check 'not found in PATH' exits 127
run fd /etc/passwd
check 'not executable' exits 126
check 'not executable' err_lines 1
check 'no log of what did not run' [ ! -e procgrid-fd.jsonl ]

"$PROCGRID" fd --no-log -- sh -c 'trap "echo got it; exit 7" TERM; echo ready; sleep 1000 & wait' \
	>"$out" 2>"$err" </dev/null &
watcher=$!
started $watcher
await has_lines "$out" 1
kill $watcher
wait $watcher
status=$?
check 'a signal is forwarded' exits 7
check 'a signal is forwarded' has_line 'got it'
check 'a signal is forwarded' err_says 'exit code: 7'

# ---- wrong use: a line, and nothing is run

wrong() {
	named=$1
	shift
	run fd "$@"
	check "wrong: $*" exits 2
	check "wrong: $*" err_lines 1
	check "wrong: $*" err_says "$named"
	check "wrong: $*" [ ! -e was_run ]
}
wrong COMMAND
wrong '"0"' --interval 0 touch was_run
wrong '"-1"' --interval=-1 touch was_run
wrong '"soon"' -d soon touch was_run
wrong '"0"' --min-length 0 touch was_run
wrong '"-1"' --tolerance -1 touch was_run
wrong '"x"' --merge-threshold x touch was_run
wrong '"nan"' --jump-threshold nan touch was_run
wrong '"x.jpg"' --save x.jpg touch was_run
wrong '"0"' --duration 0 touch was_run
wrong --analyze --analyze x --pid 1
wrong --odd --odd touch was_run
wrong "stdout is the command's" -o - touch was_run

run fd --help
check 'help' exits 0
check 'help' grep -q '^Usage: procgrid fd' "$out"

# ---- the log: where, and what is in it

run fd true
check 'the default name' err_says 'logging to procgrid-fd.jsonl'
check 'the default name' mode_of procgrid-fd.jsonl 600
run fd true
check 'the first free one' err_says 'logging to procgrid-fd.1.jsonl'
ln -s /nonexistent procgrid-fd.2.jsonl
run fd true
check 'a link is taken for a file' err_says 'logging to procgrid-fd.3.jsonl'
mkdir procgrid-fd.4.jsonl
mkfifo procgrid-fd.5.jsonl
run fd true
check 'so are a directory and a pipe' err_says 'logging to procgrid-fd.6.jsonl'
rm -r procgrid-fd.[456].jsonl
run fd --force true
check 'by force' err_says 'logging to procgrid-fd.jsonl'
run fd -o procgrid-fd.jsonl touch was_run
check 'it exists' exits 1
check 'it exists' err_says 'procgrid-fd.jsonl exists'
run fd -o none/x touch was_run
check 'no directory' exits 1
check 'no directory' err_lines 1
check 'no log, no run' [ ! -e was_run ]
run fd --no-log --save none/x.svg touch was_run
check 'no directory for the picture' exits 1
check 'no directory for the picture' err_says none
check 'no picture, no run' [ ! -e was_run ]
run fd --no-log true
check 'no log' [ ! -e procgrid-fd.4.jsonl ]

# It ends when there are enough lines in its own log.
run fd -o run.jsonl -d 0.01 -- sh -c 'echo "EVENT: $(date +%s.%N) on stdout"
	until [ "$(wc -l <run.jsonl)" -ge 30 ]; do sleep 0.02; done
	echo "EVENT:1.5 on stderr" >&2; exit 3'
check 'a run' exits 3
check 'whole lines' whole run.jsonl
check 'each is JSON' log_says 'length > 5' run.jsonl
check 'a header' log_says '.[0].type == "header" and .[0].procgrid_fd == 1 and .[0].command[0] == "sh"' \
	run.jsonl
check 'samples as fdprof has them' log_says \
	'map(select(.open_fds)) | length > 5 and all(.[]; has("timestamp") and has("elapsed") and .type == null)' \
	run.jsonl
check 'with processes' log_says \
	'map(select(.open_fds))[0] | .processes >= 1 and .procs[0].comm == "sh" and .limit == .procs[0].limit' \
	run.jsonl
check 'with kinds' log_says 'any(.[]; .open_fds and .kinds.file > 1)' run.jsonl
check 'with events' log_says \
	'[.[] | select(.type == "event") | [.stream, .message]] == [[1, "on stdout"], [2, "on stderr"]]' run.jsonl
check 'times only go on' log_says '[.[] | select(.open_fds) | .elapsed] | . == (. | sort)' run.jsonl
check 'an end' log_says '.[-1] | .type == "end" and .exit_code == 3 and .over' run.jsonl
check 'a stamp outside of the run' err_says 'on stderr (not within the run)'
sed -n '/^Command:/,$p' "$err" >want
run fd --analyze run.jsonl
check 'the same report out of the log' exits 0
check 'the same report out of the log' no_errors
check 'the same report out of the log' same_files want "$out"
run_in '"$PROCGRID" fd --analyze - <run.jsonl'
check 'through a pipe' same_files want "$out"
report run.jsonl
check 'as JSON' out_lines 1
check 'as JSON' says '.samples > 5 and .exit_code == 3 and (.events | length) == 2 and .events[1].outside'
check 'as JSON' says '.leak.verdict == "none" and .peak.open_fds >= 3 and .worst.pid > 0'

export err
run_in 'ulimit -f 2; "$PROCGRID" fd -o full.jsonl -d 0.001 -- sh -c "
	until grep -q \"cannot write\" \"$err\"; do sleep 0.02; done; exit 5"'
check 'a full disk: the status stays' exits 5
check 'a full disk: it is told once' [ "$(grep -c 'cannot write to full.jsonl' "$err")" -eq 1 ]
check 'a full disk: the report is whole' err_says 'Command completed with exit code: 5'
report full.jsonl
check 'a full disk: what was written can be read' exits 0
check 'a full disk: what was written can be read' no_errors

# ---- logs that are not as they should be

: >empty.jsonl
report empty.jsonl
check 'empty' exits 1
check 'empty' err_says 'empty.jsonl: it is empty'
head -c 1000 run.jsonl >cut.jsonl
head -n 1 run.jsonl >head.jsonl
report head.jsonl
check 'a header alone' err_says 'there is no sample in it'
report cut.jsonl
check 'cut off' exits 0
check 'cut off' err_says 'the last line is cut off'
check 'cut off' says '.samples >= 1'
sed '3s/.*/{"damaged/' run.jsonl >damaged.jsonl
report damaged.jsonl
check 'damaged' exits 1
check 'damaged' err_says 'damaged.jsonl:3: '
check 'damaged: the rest is analysed' says '.samples > 5'
report none.jsonl
check 'no file' exits 1
check 'no file' err_says 'cannot read none.jsonl'
report /etc/passwd
check 'another file' exits 1
check 'another file' err_says '/etc/passwd:1: '
echo '{"timestamp": 5.5, "elapsed": 0.1, "open_fds": 7}' >one.jsonl
report one.jsonl
check 'one sample' exits 0
check 'one sample' says '.samples == 1 and .plateaus == [] and .jumps == [] and .leak.verdict == "none"'

# ---- levels: what fdprof found of the same numbers

# log TIMES VALUES…: samples as fdprof writes them; "VxN" is N times V.
make_log() {
	for word in "$@"; do
		case $word in
		*x*) yes -- "${word%x*}" | head -n "${word#*x}" ;;
		*) echo "$word" ;;
		esac
	done | awk '{ printf "{\"timestamp\": %.6f, \"elapsed\": %.6f, \"open_fds\": %d}\n",
		1700000000 + NR / 10, (NR - 1) / 10, $1 }' >made.jsonl
}
levels() {
	jq -c '[.plateaus[] | [.first, .last, .level]], [.jumps[].size]' "$out" | tr '\n' ' '
}
vector() {
	name=$1 want=$2
	shift 2
	report made.jsonl "$@"
	check "$name" exits 0
	check "$name" same_text "$(levels)" "$want "
}
make_log 25x8 30x10 38x10 44x8 39x6 31x5 25x5
vector V1 '[[0,7,25],[8,17,30],[18,27,38],[28,35,44],[36,41,39],[42,46,31],[47,51,25]] [5,8,6,-5,-8,-6]'
make_log 10x8 50x12
vector V2 '[[0,7,10],[8,19,50]] [40]' --tolerance 1 --merge-threshold 0
make_log 100x10 110x10 105x10
vector V3 '[[0,9,100],[10,19,110],[20,29,105]] [10,-5]' --tolerance 1 --merge-threshold 0
vector V3m '[[0,29,105]] []' --tolerance 1 --merge-threshold 20
make_log 10x10 100x10 20x10
vector V4 '[[0,9,10],[10,19,100],[20,29,20]] [90,-80]'
make_log 100 105 95 100 105 95 100 105 95 100 105 95 100 105 95 100 105 95 100 105
vector V5 '[] []' --tolerance 1
vector V5 '[[0,19,100]] []' --tolerance 10 --merge-threshold 15
check 'V5: variance' says '.plateaus[0].variance == 16.1875'
make_log 100 101 99 100 101 100 99 100 101 100
vector V6 '[[0,9,100]] []'
check 'V6: variance' says '(.plateaus[0].variance - 0.49 | fabs) < 1e-9'
# shellcheck disable=SC2046 # words on purpose
make_log $(seq 10 49)
vector V7 '[] []'
# shellcheck disable=SC2046 # words on purpose
make_log $(seq 10 29 | sed 's/$/x2/')
vector V7b '[[0,39,19.5]] []'
check 'V7b: variance' says '.plateaus[0].variance == 33.25'
make_log 5x6 -1x3 20x6
vector 'unreadable samples keep their time' '[[0,5,5],[6,11,20]] [15]'
check 'unreadable samples keep their time' says '.plateaus[1].start == 0.9 and .unreadable == 3'

# ---- leaks: of logs

verdict() {
	report made.jsonl
	check "$1" says ".leak.verdict == \"$2\""
}
# shellcheck disable=SC2046 # words on purpose
make_log $(seq 10 209 | sed 's/$/x2/')
verdict 'one every two samples' leaking
check 'its slope' says '(.leak.per_second - 5 | fabs) < 0.5'
# shellcheck disable=SC2046 # words on purpose
make_log $(seq 10 39 | sed 's/$/x60/')
verdict 'one a minute' leaking
make_log 10x400
verdict 'flat' none
make_log 10x100 60x300
verdict 'a step' none
make_log 10x150 60x20 10x230
verdict 'a burst' none
# shellcheck disable=SC2046 # words on purpose
make_log $(for _ in 1 2 3 4 5 6; do seq 10 60; done)
verdict 'a sawtooth' none
make_log 10x100 20x100 30x200
verdict 'a staircase of few steps' none

# ---- leaks: of programs

# watch LOG FILTER COMMAND...: its stdin is held open until the filter is true for the log so far
watch() {
	log=$1 enough=$2
	shift 2
	mkfifo "$log.hold"
	# The leak sanitizer makes a process of its own at the end.
	ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 "$PROCGRID" fd -d 0.02 -o "$log" "$@" <"$log.hold" >"$out" 2>"$err" &
	watcher=$!
	started $watcher
	exec 9>"$log.hold"
	await log_says "$enough" "$log"
	exec 9>&-
	wait $watcher
	status=$?
}
watch leak.jsonl 'map(.open_fds // 0) | length > 160 and max > 60' "$targets_dir/leak_fd" 600 20 1000
check 'a leak: it ran' exits 0
check 'a leak: in words' err_says 'Leaking: '
report leak.jsonl
check 'a leak' says '.leak.verdict == "leaking" and .leak.per_second > 0 and .leak.kind == "device"'
check 'a leak: the process' says '.worst.comm == "leak_fd" and .worst.fds > 50'
check 'a leak: time until its limit' says '.leak.seconds_left > 0'
watch clean.jsonl 'length > 200' "$targets_dir/sawtooth_fd" 600 10 20
report clean.jsonl
check 'a sawtooth is no leak' says '.leak.verdict == "none"'

# ---- descendants

# Three processes, of which the last reads stdin: 3 or more, 4 or more, and 8 files.
family='sh -c "cat 5</dev/null 6</dev/null 7</dev/null; :" 8</dev/null; :'
watch all.jsonl 'any(.[]; .processes == 3 and .open_fds >= 14)' sh -c "$family"
check 'descendants count' log_says 'any(.[]; .open_fds >= 14)' all.jsonl
check 'each of them' log_says 'map(.processes // 0) | max == 3' all.jsonl
watch alone.jsonl 'length > 20' --no-children -- sh -c "$family"
check 'itself alone' log_says 'map(.processes // 0) | max == 1' alone.jsonl
check 'itself alone' log_says 'map(.open_fds // 0) | max < 10' alone.jsonl
run fd -o lines.jsonl -- sh -c 'seq 20000; sleep 0.3'
report lines.jsonl
check 'no sample for a line' says '.samples <= .seconds / .interval + 2'
run fd -o daemon.jsonl -- sh -c '(sleep 0.5; :) & sleep 0.2'
report daemon.jsonl
check 'what was after the end is no level' says 'all(.plateaus[]; .level > 0)'

# ---- a running process

sleep 1000 5</dev/null &
sleeper=$!
started $sleeper
run fd --pid $sleeper --duration 0.3 -o pid.jsonl
check 'a process' exits 0
check 'a process' silent
check 'a process' err_says "Watched: process $sleeper (sleep)"
check 'it was not ended' kill -0 $sleeper
run fd --pid $sleeper --duration 0.3 -o -
check 'its log on stdout' log_says 'any(.[]; .open_fds) and .[-1].type == "end"' "$out"
run fd --pid $sleeper --duration 0.2 --no-log --json
check 'its report as JSON' says '.samples >= 1 and .watched' "$err"
for signal in HUP TERM; do
	rm -f stop.jsonl
	"$PROCGRID" fd --pid $sleeper -d 0.01 -o stop.jsonl >"$out" 2>"$err" </dev/null &
	watcher=$!
	started $watcher
	await has_lines stop.jsonl 3
	kill -s $signal $watcher
	wait $watcher
	status=$?
	check "SIG$signal ends the watch" exits 0
	check "SIG$signal: there is a report" err_says 'Peak: '
	check "SIG$signal: the log has an end" grep -q '"type":"end"' stop.jsonl
done
"$PROCGRID" fd --pid $sleeper -d 0.01 -o ends.jsonl >"$out" 2>"$err" </dev/null &
watcher=$!
started $watcher
await has_lines ends.jsonl 3
kill $sleeper
wait $sleeper 2>/dev/null
wait $watcher
status=$?
check 'it ends with its process' exits 0
check 'it ends with its process' err_says 'It has ended'
run fd --pid $sleeper -o gone.jsonl
check 'no process' exits 1
check 'no process' err_lines 1
check 'no process: no log' [ ! -e gone.jsonl ]
# It ends when nobody is there any more who would wait for it.
sh -c 'until grep -q sleep /proc/$$/comm; do sleep 0.01; done & echo $!; exec sleep 60' >zombie &
started $!
until zombie=$(cat zombie) && [ -n "$zombie" ] && grep -q '^State:.Z' "/proc/$zombie/status"; do
	sleep 0.02
done
run fd --pid "$zombie" -o gone.jsonl
check 'a zombie' exits 1
check 'a zombie' err_says "process $zombie has ended"
run fd --pid 999999999
check 'no such number' exits 1
check 'no such number' err_says 999999999

run_in '"$PROCGRID" fd --pid $$ --duration 0.2 --json --no-log'
check 'of its own shell: itself is not counted' says '.processes == 1' "$err"

run fd -d 0.02 --duration 0.2 -o part.jsonl -- sh -c 'sleep 2; echo went on; exit 9'
check 'a watch that ends before the command' exits 9
check 'a watch that ends before the command' has_line 'went on'
report part.jsonl
check 'no sample after the watch' says '.samples <= 60'

# ---- pictures

run_in '"$PROCGRID" fd --analyze run.jsonl --plot | tail -n +2'
check 'a picture in the terminal' exits 0
check 'a picture in the terminal' grep -q '0 *┤' "$out"
if "$PROCGRID" fd --analyze run.jsonl --save picture.svg 2>"$err" >"$out"; then
	for kind in svg png pdf; do
		run fd --analyze run.jsonl --save picture.$kind
		check "$kind" exits 0
		check "$kind" [ -s picture.$kind ]
		check "$kind" err_says "plot saved to picture.$kind"
	done
	check 'svg' grep -q '<svg' picture.svg
	echo '{"timestamp": 1000, "elapsed": 0, "open_fds": -1}' >unread.jsonl
	run fd --analyze unread.jsonl --save unread.svg --plot
	check 'without samples there is a picture as well' exits 0
	check 'without samples there is a picture as well' [ -s unread.svg ]
	check 'without samples there is a picture as well' grep -q 'no samples' "$out"
	run fd --save run.svg --no-log -- sh -c 'sleep 0.3; exit 6'
	check 'of a run: its status' exits 6
	check 'of a run' [ -s run.svg ]
else
	echo 'pictures are not saved here:'
	cat "$err"
fi

# ---- other users' processes, directories that are not ours

if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
	chmod 755 "$tmp"
	mkdir -m 755 theirs
	nobody="setpriv --reuid 65534 --regid 65534 --clear-groups"
	sleep 1000 &
	sleeper=$!
	started $sleeper
	run_in "cd theirs && $nobody \"\$PROCGRID\" fd --pid $sleeper --duration 0.3 --no-log"
	if [ "$(stat -c %s /proc/self/fd)" -gt 0 ]; then
		check 'of another user: its number' exits 0
		check 'of another user: its number' err_says 'Peak: '
		check 'of another user: no kinds' err_says 'not permitted'
	fi
	run_in "cd theirs && $nobody \"\$PROCGRID\" fd --pid $sleeper --without fdsize --no-log"
	check 'of another user, before Linux 6.2' exits 1
	check 'of another user, before Linux 6.2' err_lines 1
	run_in "cd theirs && $nobody \"\$PROCGRID\" fd -- sh -c 'exit 4'"
	check 'no log can be made: it goes on' exits 4
	check 'no log can be made: it is told' err_says 'no log is kept'
	run_in "cd theirs && $nobody \"\$PROCGRID\" fd -o here -- touch $tmp/was_run"
	check 'no log where one was named' exits 1
	check 'no log, no run' [ ! -e was_run ]
fi

# ---- the demonstration

run fd --demo -d 0.02 -o demo.jsonl
check 'demonstration' exits 0
check 'demonstration: 7 events' err_says 'Found 7 events'
report demo.jsonl
check 'demonstration: levels' says \
	'.plateaus[0].level as $base | [.plateaus[].level - $base] == [0, 5, 13, 19, 14, 6, 0]'
check 'demonstration: jumps' says '[.jumps[].size] == [5, 8, 6, -5, -8, -6]'
check 'demonstration: causes' says 'all(.jumps[]; (.causes | length) == 1 and .causes[0].kind == "deleted")'
check 'demonstration: no leak' says '.leak.verdict == "none"'

finish
