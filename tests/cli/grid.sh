#!/bin/sh
# SPDX-License-Identifier: MIT
# The command line of the grid: what it refuses, what it says, and that it ends. Without a terminal.
# shellcheck disable=SC2016 # the inner shells have PROCGRID in their environment
. "$tests_dir/cli/lib.sh"

basic=$tests_dir/proc/basic
refused() {
	check "$1 is refused" exits 2
	check "$1: nothing on stdout" silent
	check "$1: one line" err_lines 1
	check "$1: it is named" err_says "$2"
}

run
refused "no terminal" "--csv"
run_in 'TERM=dumb "$PROCGRID"'
refused "TERM=dumb" "--csv"
run --colors nosuch --save-screen -
refused "an unknown colour" nosuch
run --csv --colors nosuch -d 0
refused "an unknown colour with a table" nosuch
run --colors '#12345g' --save-screen -
refused "a colour that is no number" '#12345g'
run --keys 'j nosuch' --save-screen -
refused "an unknown key" nosuch
run --palette nosuch --save-screen -
refused "an unknown palette" nosuch
run --density nosuch --save-screen -
refused "an unknown density" nosuch
run --user no-such-user --save-screen -
refused "an unknown user" no-such-user
run --proc-root /nonexistent --save-screen -
check "no procfs: exit 1" exits 1
check "no procfs: one line" err_lines 1
check "no procfs: it is named" err_says /nonexistent

# ---- screens

run --proc-root "$basic" --save-screen - --size 60x8
check "a screen" exits 0
check "no word on stderr" no_errors
check "text, a blank line, the plane" out_lines 17
run --proc-root "$basic" --save-screen /dev/full
check "a full disk: exit 1" exits 1
check "a full disk: said so" err_says /dev/full
run_in '"$PROCGRID" --cycles 1 --save-screen - >&-'
check "a closed stdout: exit 1" exits 1
check "a closed stdout: said so" err_says 'Bad file descriptor'
run_in '"$PROCGRID" --cycles 1 --save-screen - <&- 2>&-'
check "a closed stdin and stderr" exits 0
run --proc-root "$basic" --save-screen "$tmp/none/x"
check "no such folder: exit 1" exits 1
run --save-screen - --cycles 1 --size 40x5
check "one cycle of the live system" exits 0
run --save-screen - --cycles 9 -d 50ms --keys 'z j j' --size 40x5
check "keys go on while it is frozen, and it ends" exits 0
check "it says that it is frozen" grep -q FROZEN "$out"
run --save-screen - -d 50ms --keys 'z j z j' --size 40x5
refute "frozen and thawed" grep -q FROZEN "$out"
run --proc-root "$basic" --user alice --save-screen - --size 80x8
check "a selection is seen in the header" grep -q 'only user alice' "$out"

# ---- settings

settings() {
	mkdir -p "$tmp/config/procgrid"
	printf '%s' "$1" >"$tmp/config/procgrid/procgrid.json"
	XDG_CONFIG_HOME=$tmp/config
	export XDG_CONFIG_HOME
	run --proc-root "$basic" --save-screen - --size 80x12
	unset XDG_CONFIG_HOME
}
wrong_setting() {
	settings "$1"
	check "$1: it goes on" exits 0
	check "$1: one line" err_lines 1
	check "$1: file and line" err_says "procgrid.json:$2:"
	check "$1: the key" err_says "$3"
}
wrong_setting '{"palette": "nosuch"}' 1 '"palette"'
wrong_setting '{
"density": "nosuch"}' 2 '"density"'
wrong_setting '{

"colors": "nosuch"}' 3 '"colors"'
wrong_setting '{"delay": -1}' 1 '"delay"'
wrong_setting '{"nosuch": 1}' 1 '"nosuch"'
wrong_setting '{"delay": 1' 1 'not valid JSON'
settings '{"density": "tight", "ascii": true, "delay": "2s"}'
check "settings are used" no_errors
check "the delay" grep -q ' 2.0s' "$out"
refute "ASCII alone" grep -q '•' "$out"
cd "$tmp/config/procgrid" || exit 1
cp procgrid.json "$tmp/procgrid.json"
rm procgrid.json
run --proc-root "$basic" --save-screen - --size 80x12
check "the working directory holds no settings" grep -q ' 1.0s' "$out"

finish
