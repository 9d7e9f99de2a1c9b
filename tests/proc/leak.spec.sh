#!/bin/sh
# SPDX-License-Identifier: MIT
# A minute in which a process leaks a descriptor every two seconds and another one comes near its
# limit: its spec, for make-fixtures.sh.
awk 'BEGIN {
	print "host name=web01 busy=1000 total=24000 memory=4194304 available=3000000 forks=900"
	for (second = 0; second < 60; second++) {
		printf "cycle %d.00\n", 5000 + second
		if (second == 0) {
			print "task 1 comm=init start=10 fds=4 rss=500 vsize=9000000 cmdline=/sbin/init\\000"
			print "task 200 comm=sshd start=300 ppid=1 fds=3 rss=800 vsize=9000000 cmdline=sshd\\000"
			print "task 210 comm=backup start=400 ppid=1 state=D fds=3 rss=900 vsize=9000000"
			print "task 300 comm=postgres start=500 ppid=1 uid=104 fds=50 limit=64 rss=9000 vsize=90000000 cmdline=postgres\\000"
			print "task 4711 comm=nginx start=600 ppid=1 uid=33 fds=20 limit=1024 rss=9000 vsize=90000000 cmdline=nginx\\000"
			print "task 4712 pid=4711 comm=worker start=600"
		} else {
			printf "host busy=+40 total=+200\n"
			printf "task 4711 run=+40000000 utime=+4 fds=+%d\n", second % 2
			if (second > 50)
				print "task 300 run=+2000000 fds=+1"
		}
	}
}'
