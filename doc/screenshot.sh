#!/bin/sh
# SPDX-License-Identifier: MIT
#
# doc/grid.png: the real program, in xterm on a virtual display, with the test programs of several
# users as load. As root, since it takes their names; all of it runs in a pid namespace of its own,
# so that the picture shows nothing of the machine on which it was taken.
#
#   doc/screenshot.sh [BUILD [PICTURE]]    BUILD: a directory after "make check" [build]
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
build=$(CDPATH='' cd -- "${1:-$here/../build}" && pwd)
picture=${2:-$here/grid.png}

if [ "${INSIDE:-}" != yes ]; then
	for tool in unshare setpriv Xvfb xterm import; do
		command -v "$tool" >/dev/null || {
			echo "screenshot.sh: needs $tool" >&2
			exit 1
		}
	done
	INSIDE=yes exec unshare --mount --pid --fork --mount-proc --uts --kill-child \
		"$here/screenshot.sh" "$build" "$picture"
fi

hostname demo
scratch=$(mktemp -d /var/tmp/screenshot.XXXXXX)
chmod 1777 "$scratch"
trap 'rm -rf "$scratch"' EXIT
cp "$build"/tests/targets/[a-z]* "$scratch"
mkfifo "$scratch/hold"
exec 9<>"$scratch/hold"

# as USER PROGRAM [ARGS]: ends with this script.
PATH=$scratch:$PATH
as() {
	user=$1
	shift
	setpriv --reuid="$user" --regid=nogroup --clear-groups "$@" <"$scratch/hold" >/dev/null 2>&1 &
}

# A line a second, each at once to the disk.
drip() {
	# shellcheck disable=SC2016 # the other shell's
	as "$1" sh -c 'while sleep 1; do echo; done | dd bs=1 oflag=sync of="$0"' "$2"
}

as backup write_io 600 "$scratch/a"
drip backup "$scratch/b"
as games many_threads 600 75 200
as games burn_cpu 600 1 55
as games grow_rss 600 8192 300 100000
as list storm_fork 600 4
as list zombie 600 2
as man crowd 600 6 6 3
as news grow_rss 600 16384 200 900000
as news grow_rss 600 1024 200 200000
as news burn_cpu 600 1 3
as proxy crowd 600 24 4 9
as proxy sh -c 'kill -STOP $$'
as www-data burn_cpu 600 2 12
as www-data grow_rss 600 1024 200 300000
as www-data grow_rss 600 512 100 300000
as www-data write_io 600 "$scratch/c"
drip www-data "$scratch/d"
as www-data crowd 600 30 8 30

# It names its display when it is ready.
Xvfb -displayfd 8 -screen 0 1280x800x24 8>"$scratch/display" 9>&- >/dev/null 2>&1 &
tries=100
until [ -s "$scratch/display" ] || [ $((tries -= 1)) -eq 0 ]; do
	sleep 0.1
done
DISPLAY=:$(cat "$scratch/display")
LC_ALL=C.UTF-8
HOME=$scratch
export DISPLAY LC_ALL HOME

# Keys by themselves, one a cycle: at the fourth to the busiest cell, then its popup.
xterm -title procgrid -fa 'DejaVu Sans Mono' -fs 11 -geometry 104x31+0+0 -b 6 -bw 0 +sb \
	-bg '#101010' -fg '#d8d8d8' -tn xterm-256color \
	-e "$build/procgrid" --delay 1 --keys 'Esc Esc Esc B Enter' 9>&- &
sleep "${WAIT:-9}"
timeout 20 import -window procgrid "$scratch/grid.png"
cp "$scratch/grid.png" "$picture"
