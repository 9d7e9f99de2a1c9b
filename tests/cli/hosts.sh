#!/bin/sh
# SPDX-License-Identifier: MIT
#
# --host on the command line, with a script for ssh that plays hosts of all kinds. How one of them
# is started, read and ended is in unit/remote_test.c; how they look, in screen/hosts_*.case.
# shellcheck disable=SC2317 # lib.sh calls the functions
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
# shellcheck source=lib.sh
. "$here/lib.sh"

mkdir "$tmp/bin"
PATH=$tmp/bin:$PATH
export PATH tmp tests_dir
cat >"$tmp/bin/ssh" <<'END'
#!/bin/sh
while [ "$1" != -- ]; do shift; done
echo $$ >>"$tmp/pids"
printf '%s\n' "$3" >>"$tmp/commands"
fixture() {
	"$PROCGRID" --proc-root "$tests_dir/proc/basic" --json --compact --repeat
}
case $2 in
good*)
	fixture
	exec sleep 1000
	;;
here) eval "$3" ;;
cut)
	fixture | head -c 3000
	echo 'Connection reset by peer' >&2
	exit 255
	;;
refusing)
	echo 'Permission denied (publickey).' >&2
	exit 255
	;;
lacking) exit 127 ;;
garbage)
	head -c 100000 /dev/urandom
	exec sleep 1000
	;;
greeting)
	echo 'Welcome to web01'
	exec sleep 1000
	;;
esc)
	printf '\033]0;owned\a\033[2J' >&2
	exit 255
	;;
silent) exec sleep 1000 ;;
deaf)
	trap '' TERM HUP PIPE
	exec sleep 1000
	;;
flooding) # frames of zstd with nothing in them
	trap '' TERM HUP PIPE
	while :; do cat "$tmp/nothing"; done
	;;
esac
END
chmod +x "$tmp/bin/ssh"

says() {
	grep -qF -- "$1" "$out"
}

# Each ssh that was started has gone.
all_gone() {
	while read -r pid; do
		if kill -0 "$pid" 2>/dev/null; then
			return 1
		fi
	done <"$tmp/pids"
}

has_text() {
	grep -qF -- "$2" "$1"
}

screen() {
	run --save-screen - --size 120x40 "$@"
}

# ---- what does not go together

run --host good --csv
check 'a table is made on the host' exits 2
check 'a table is made on the host' err_says 'for a table, run ssh "good" procgrid --csv'
run --host good --json
check 'so are lines of JSON' err_says 'for a table, run ssh "good" procgrid --json'
run record -o "$tmp/recording" --host good
check 'and recordings' err_says 'run ssh "good" procgrid record'
refute 'and nothing is written' [ -e "$tmp/recording" ]
run replay "$tmp/recording" --host good
check 'a recording is another thing' err_says 'option --host does not go with replay'
run --host good 1
check 'PIDs are of one machine' err_says 'PIDs do not go with --host'
run --host good --proc-root /proc
check 'a tree is of this machine' err_says 'option --proc-root does not go with --host'
for name in '' -oProxyCommand=reboot --; do
	run --host "$name"
	check 'no option of ssh is a host' exits 2
	check 'no option of ssh is a host' err_says 'is not the name of a host; give HOST or USER@HOST'
done
run --remote-command x
check 'a command for whom' err_says 'of which host? give --host as well'
# shellcheck disable=SC2046 # words on purpose
run $(seq 65 | sed 's/^/--host h/')
check 'not more than can be shown' err_says '64 hosts are all that is shown'
refute 'nothing was started so far' [ -e "$tmp/pids" ]

# ---- hosts of all kinds, beside each other

# The deadline is ten seconds: that goes on behind the rest.
printf '\050\265\057\375\040\0\1\0\0' >"$tmp/nothing"
for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do
	cat "$tmp/nothing" "$tmp/nothing" >"$tmp/more"
	mv "$tmp/more" "$tmp/nothing"
done
timeout "$limit" "$PROCGRID" --host good --host silent --host deaf --host flooding \
	--save-screen "$tmp/late" </dev/null &
late=$!
started $late

screen --host good1 --host refusing --host lacking --host garbage --host greeting --host cut \
	--host esc --host good2
check 'hosts that fail are no failure' exits 0
check 'hosts that fail are no failure' no_errors
check 'how many answer' says '8 hosts  2 answer'
check 'one that answers' says 'good1  up 16m  17 tasks 15 procs'
check 'another' says 'good2  up 16m  17 tasks 15 procs'
check 'one that refuses' says 'refusing  refused: Permission denied (publickey).'
check 'one without the program' says 'lacking  refused: there is no procgrid; install it'
check 'one that sends rubbish' says 'not a stream of procgrid'
check 'one whose shell speaks first' says 'of procgrid, but "Welcome to web01"'
check 'one that dies in the middle of a line' says 'Connection reset by peer'
refute 'nobody steers the terminal' grep -q "$(printf '\033')" "$out"

# For frames it would be minutes; once all hosts have refused, none is waited for.
screen --host refusing --host lacking -d 300
check 'where all refuse nothing is waited for' exits 0
check 'where all refuse nothing is waited for' says '2 hosts  none answers'

screen --host good -d 0.25 -p -u "o'neil" --remote-command 'sudo procgrid'
check 'what a host is asked for' has_text "$tmp/commands" \
	"sudo procgrid --json --compact --repeat -d 250ms -p -u 'o'\\''neil'"
screen --host here --remote-command "$PROCGRID" -n 1
check 'a command as it is sent' says 'here  up'
check 'a command as it is sent' says '1 host  answers'
screen --host here --remote-command "exec $PROCGRID --no-such-option"
check 'what the other end complains of' says '--no-such-option'

wait "$late"
check 'one that says nothing is waited for, but not for ever' has_text "$tmp/late" 'silent  connecting, '
check 'and the others are shown' has_text "$tmp/late" 'good  up 16m'
check 'nor one that sends nothing all the time' has_text "$tmp/late" 'flooding  connecting, '
check 'nothing is left running' await all_gone

# ---- killed

: >"$tmp/pids"
"$PROCGRID" --host deaf --host deaf --save-screen "$tmp/killed" </dev/null &
killed=$!
started $killed
check 'its hosts are there' await has_lines "$tmp/pids" 2
kill -9 $killed
wait $killed 2>/dev/null
check 'one that is killed leaves none behind' await all_gone

finish
