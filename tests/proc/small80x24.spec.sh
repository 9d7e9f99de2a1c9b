#!/bin/sh
# SPDX-License-Identifier: MIT
# A machine of about 400 tasks, as seen over ssh in a small terminal: its spec, for make-fixtures.sh.
awk 'BEGIN {
	# Labels of users, how many processes of each, their uids.
	split("root postgres _chrony messagebus polkitd systemd-resolve syslog", users, " ")
	split("70 12 2 1 3 1 4", nr, " ")
	split("0 104 101 102 105 106 103", uid, " ")
	print "host name=web01 forks=9000 busy=5000000 total=52410000 memory=24536678 available=17000000 psi_cpu=2.00 psi_io=0.10"
	for (k = 3; k < 223; k++) # nobody asks for these: the fewer files the better
		printf "drop %d cmdline\ndrop %d cgroup\ndrop %d limits\n", k, k, k
	print "cycle 1047840.00"
	print "task 2 comm=kthreadd start=5 kthread=1"
	for (k = 3; k < 223; k++)
		printf "task %d comm=kworker/%d:%d start=%d ppid=2 kthread=1 state=I run=%d\n", k, k % 2, k, k, k * 1000
	pid = 300
	for (u = 1; u <= 7; u++)
		for (i = 1; i <= nr[u]; i++) {
			pid += 1 + (pid * 7) % 5
			printf "task %d comm=%s%d start=%d ppid=1 uid=%d fds=2 rss=%d vsize=90000000 run=%d cmdline=/usr/bin/%s%d\\000\n", pid,
				u == 1 ? "daemon" : substr(users[u], 1, 8), i, pid * 3, uid[u],
				i % 11 == 0 ? 120000 : i % 5 == 0 ? 14000 : i % 3 == 0 ? 2600 : 700, pid * 100000, u == 1 ? "daemon" : users[u], i
			pids[++n] = pid
			for (t = 0; u == 1 && i % 4 == 0 && t < 5; t++)
				printf "task %d pid=%d comm=worker%d start=%d run=0\n", ++pid, pids[n], t, pid * 3
		}
	print "task 4711 comm=postgres start=20000 ppid=1 uid=104 fds=4 rss=90000 vsize=400000000 cmdline=postgres:\\sworker\\000"
	print "task 8123 comm=node start=30000 ppid=1 fds=3 rss=60000 vsize=900000000 cmdline=node\\000server.js\\000"
	print "task 812 comm=rsync start=31000 ppid=1 fds=3 rss=900 vsize=9000000"
	print "task 977 comm=nfsd start=7000 ppid=1 state=D fds=2 rss=0 vsize=0"
	print "cycle 1047841.00"
	print "host busy=+48 total=+200 forks=+3"
	print "task 4711 run=+930000000 utime=+90 stime=+3 write=+1048576"
	print "task 8123 run=+410000000 utime=+41"
	print "task 812 write=+12582912 run=+300000"
	for (i = 2; i <= n; i += 7)
		printf "task %d run=+%d%s\n", pids[i], (i % 3 + 1) * 4000000, i % 4 ? "" : " rss=+64"
	for (k = 3; k < 223; k += 31)
		printf "task %d run=+150000\n", k
	printf "end %d\nend %d\n", pids[21], pids[75]
	print "task 9001 comm=cron start=104784050 ppid=1 uid=104 fds=3 rss=800 vsize=9000000 run=2000000"
}'
