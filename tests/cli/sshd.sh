#!/bin/sh
# SPDX-License-Identifier: MIT
#
# --host through a real ssh and a real sshd on loopback, with keys and settings of their own.
# Skipped, with a line, where there is no sshd, or none can be started.
# shellcheck disable=SC2317 # lib.sh calls the functions
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
# shellcheck source=lib.sh
. "$here/lib.sh"

skip() {
	echo "skipped: $1"
	exit 77
}

PATH=$PATH:/usr/sbin:/sbin
ssh=$(command -v ssh) || skip 'there is no ssh'
sshd=$(command -v sshd) || skip 'there is no sshd'
# As root it wants an empty directory, which a package makes or the system at its start.
if [ "$(id -u)" -eq 0 ] && ! [ -d /run/sshd ]; then
	mkdir -m 755 /run/sshd 2>/dev/null || skip 'there is no /run/sshd'
fi

keys() {
	for name in host other user stranger; do
		ssh-keygen -q -t ed25519 -N '' -C "$name" -f "$tmp/$name" || return
	done
	cp "$tmp/user.pub" "$tmp/authorized"
	chmod 600 "$tmp/authorized"
}

# server PORT: the sshd that listens there, in $server; fails if the port is taken.
server() {
	cat >"$tmp/sshd_config" <<-END
		Port $1
		ListenAddress 127.0.0.1
		HostKey $tmp/host
		PidFile none
		AuthorizedKeysFile $tmp/authorized
		StrictModes no
		UsePAM no
		PasswordAuthentication no
		KbdInteractiveAuthentication no
		PermitRootLogin prohibit-password
		LogLevel VERBOSE
	END
	: >"$tmp/log"
	"$sshd" -D -e -f "$tmp/sshd_config" 2>"$tmp/log" </dev/null &
	server=$!
	started $server
	await settled && grep -q '^Server listening' "$tmp/log"
}

settled() {
	grep -q '^Server listening' "$tmp/log" || ! kill -0 "$server" 2>/dev/null
}

# One for each way in; "closed" is a port where nobody listens: that of the discard protocol.
client() {
	mkdir "$tmp/bin"
	{
		echo '#!/bin/sh'
		echo "exec '$ssh' -F '$tmp/ssh_config' \"\$@\""
	} >"$tmp/bin/ssh"
	chmod +x "$tmp/bin/ssh"
	echo "[127.0.0.1]:$1 $(cat "$tmp/host.pub")" >"$tmp/known"
	echo "[127.0.0.1]:$1 $(cat "$tmp/other.pub")" >"$tmp/known_otherwise"
	cat >"$tmp/ssh_config" <<-END
		Host closed
			Port 9
		Host stranger
			IdentityFile $tmp/stranger
		Host impostor
			UserKnownHostsFile $tmp/known_otherwise
		Host small
			Compression yes
		Host * !stranger
			IdentityFile $tmp/user
		Host *
			HostName 127.0.0.1
			Port $1
			User $(id -un)
			IdentitiesOnly yes
			IdentityAgent none
			UserKnownHostsFile $tmp/known
			GlobalKnownHostsFile /dev/null
			StrictHostKeyChecking yes
			LogLevel ERROR
	END
	PATH=$tmp/bin:$PATH
}

says() {
	grep -q -- "$1" "$out"
}

screen() {
	run --save-screen - --size 150x40 "$@"
}

# The process whose number the other end left behind has gone.
gone() {
	! kill -0 "$(cat "$tmp/remote.pid")" 2>/dev/null
}

keys || skip 'ssh-keygen makes no keys'
port=$((20000 + $$ % 20000))
tries=5
until server $port; do
	port=$((port + 1))
	tries=$((tries - 1))
	[ "$tries" -gt 0 ] || skip "sshd does not start: $(head -n 1 "$tmp/log")"
done
client $port
PATH=$tmp/bin:$PATH "$tmp/bin/ssh" near true 2>"$tmp/first" </dev/null ||
	skip "sshd does not let us in: $(tail -n 1 "$tmp/first")"

set -- /proc/[0-9]*
procs=$#
screen -d 0.25 --host near --host "$(id -un)@near" --host small --remote-command "$PROCGRID"
check 'hosts are shown' exits 0
check 'all answer' says '^3 hosts  all answer'
check 'the first' says '^.near  up .* tasks'
check 'the second' says "^ $(id -un)@near  up .* tasks"
check 'one with compression' says '^ small  up .* tasks'
shown=$(sed -n 's/^.near  up.* \([0-9]*\) procs.*/\1/p' "$out")
check 'all of its processes, or nearly' [ "$((shown * 2))" -gt "$procs" ]

# What is appended to a command stands behind its last word.
screen --host near --remote-command "echo \$\$ >'$tmp/remote.pid'; exec '$PROCGRID'"
check 'a command with a shell around' says 'answers'
check 'the other end ends with ours' await gone

screen --host stranger --host impostor --host closed --host near \
	--remote-command /nonexistent/procgrid
check 'none answers' says '^4 hosts  none answers'
check 'a key that is not known' says 'stranger  refused: .*Permission denied (publickey)'
check 'a host that is another' says 'impostor  refused: Host key verification failed'
check 'a port where nobody listens' says 'closed  refused: .*Connection refused'
check 'a host without the program' says 'near  refused: there is no procgrid; install it'

screen --host near -u "$(id -u)" -p --remote-command "$PROCGRID"
check 'options go along' says "^1 host  answers  only user $(id -u)  no threads"

finish
