#!/bin/sh
# SPDX-License-Identifier: MIT
# Key d and its signs on the real /proc: a process that leaks, one that has used up its descriptors,
# and one that is another user's.
# shellcheck disable=SC3045,SC2317 # dash and bash have ulimit -n; check calls functions
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

mkfifo "$tmp/hold"
exec 9<>"$tmp/hold" # targets live as long as this descriptor

# target LIMIT PERIOD_MS MAX: leaks a file of ours, from when it is set up on; its pid in $target.
target() {
	mkfifo "$tmp/ready.$1"
	(
		ulimit -n "$1"
		exec "$targets_dir/leak_fd" 60 "$2" "$3" "$tmp/held" <"$tmp/hold" 9>&-
	) >"$tmp/ready.$1" &
	target=$!
	started "$target"
	read -r line <"$tmp/ready.$1"
	[ "$line" = ready ]
}

out_says() {
	grep -q -- "$1" "$out"
}

# screen ARGS: of the target alone.
screen() {
	run "$target" --save-screen - "$@"
}

echo held >"$tmp/held"
check 'a target that leaks' target 4000 10 3000
screen --size 100x40 -d 50ms --cycles 90 --keys d
check 'the lens' exits 0
check 'the lens: whose descriptors' out_says "leak_fd $target"
check 'the lens: how many there may be' out_says 'limit 4000 ('
check 'the lens: it leaks, how fast, and how long' out_says 'leak   leaking +.*/s .*full in '
check 'the lens: of which kind' out_says 'kinds  file '
check 'the lens: what grew' out_says "+[0-9]* of [0-9]* file $tmp/"
screen --size 100x40 -d 50ms --cycles 150
check 'the grid: a word' out_says "leaking: $target leak_fd +[0-9.]*/s"
check 'the grid: a halo' out_says '\[.* leak_f'
kill "$target"

check 'a target with few descriptors' target 64 1 3000
until [ "$(find "/proc/$target/fd" | wc -l)" -ge 59 ]; do sleep 0.05; done
screen --size 100x40 -d 50ms
check 'near its limit: a word at once' out_says "fds [0-9]* %: $target leak_fd"
check 'near its limit: a halo' out_says '\[.* leak_f'
screen --size 30x5 -d 50ms --keys d
check 'the lens on a small screen' out_says "leak_fd $target"

if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null && [ "$(stat -c %s /proc/self/fd)" -gt 0 ]; then
	nobody='setpriv --reuid 65534 --regid 65534 --clear-groups'
	run_in "$nobody \"\$PROCGRID\" $target --save-screen - --size 100x40 -d 50ms --keys d"
	check "another's process" exits 0
	check "another's process: its number and limit" out_says 'open  .*limit 64 ('
	check "another's process: nothing of what they are" out_says 'kinds  not permitted: run as root'
fi

finish
