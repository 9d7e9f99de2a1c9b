# SPDX-License-Identifier: MIT
#
# A spec (*.spec) into a tree that looks like /proc, one directory a cycle. Run with LC_ALL=C; with
# mode=dirs it prints the directories that are needed, with mode=files it writes the files.
#
#   host KEY=VALUE…     values of the machine, from here on: name load forks busy total memory
#                       available swap swapfree (kB) psi_cpu psi_io psi_memory
#   cycle UPTIME        begins a cycle; all tasks of the one before are still there
#   task TID KEY=VALUE… a task, new or known; pid=N makes it a thread of N; key=+N adds to its value
#   end TID             it is gone
#   refuse TID FILE     the file cannot be read: a directory in its place, or for fd a file
#   drop TID FILE       the file is missing
#   cut TID FILE BYTES  the file ends there
#
# Keys of a task: comm state ppid uid euid start nice policy rt cpu flags kthread utime stime (ticks)
# run wait (ns) slices vol nonvol minflt majflt rchar wchar syscr syscw read write cancelled (bytes)
# rss (pages) vsize (bytes) hwm swap (kB) fds limit cmdline cgroup longcmd (bytes) ended (status of a
# zombie, as wait(2) gives it).
# In values \s is a blank, \OOO a byte in octal; in cmdline \000 ends an argument.

function decode(s,   out, i, c) {
	out = ""
	while ((i = index(s, "\\")) > 0) {
		out = out substr(s, 1, i - 1)
		c = substr(s, i + 1, 1)
		if (c == "s") {
			out = out " "
			s = substr(s, i + 2)
		} else {
			# NUL would end a string in some awks: it is \001 until it is written.
			c = 64 * c + 8 * substr(s, i + 2, 1) + substr(s, i + 3, 1)
			out = out sprintf("%c", c ? c : 1)
			s = substr(s, i + 4)
		}
	}
	return out s
}

# A file of this cycle: its path and text.
function put(path, text,   key, part, n, i) {
	key = path
	if (key in cutat)
		text = substr(text, 1, cutat[key])
	if (key in dropped)
		return
	if (key in refused)
		path = path "/.keep"
	path = root "/" n_cycle "/" path
	if (mode == "dirs") {
		sub(/\/[^\/]*$/, "", path)
		print path
	} else {
		if (key in refused)
			text = ""
		n = path ~ /\/cmdline$/ ? split(text, part, "\001") : 0
		printf "%s", n ? part[1] : text > path
		for (i = 2; i <= n; i++)
			printf "%c%s", 0, part[i] > path
		close(path)
	}
}

function num(tid, key) {
	return (tid SUBSEP key) in v ? v[tid, key] + 0 : 0
}

function str(tid, key, fallback) {
	return (tid SUBSEP key) in v ? v[tid, key] : fallback
}

function pid_of(tid) {
	return num(tid, "pid") ? num(tid, "pid") : tid
}

function stat(tid, utime, stime,   p, f) {
	p = pid_of(tid)
	f = str(tid, "flags", num(p, "kthread") ? 2129984 : 4194560)
	return sprintf("%d (%s) %s %d %d %d 0 -1 %d %d 0 %d 0 %.0f %.0f 0 0 %d %d %d 0 %.0f %.0f %.0f " \
		"18446744073709551615 1 1 0 0 0 0 0 0 0 %d 0 0 17 %d %d %d 0 0 0 0 0 0 0 0 0 0 %d\n",
		tid, decode(str(tid, "comm", "task")), str(tid, "state", "S"), num(p, "ppid"), p, p,
		f, num(tid, "minflt"), num(tid, "majflt"), utime, stime, 20 + num(tid, "nice"),
		num(tid, "nice"), threads[p], num(tid, "start"), num(p, "vsize"), num(p, "rss"),
		(tid SUBSEP "ended") in v, num(tid, "cpu"), num(tid, "rt"), num(tid, "policy"),
		num(tid, "ended"))
}

function state_word(c) {
	return c == "R" ? "running" : c == "S" ? "sleeping" : c == "D" ? "disk sleep" : \
		c == "Z" ? "zombie" : c == "T" ? "stopped" : c == "t" ? "tracing stop" : \
		c == "I" ? "idle" : "dead"
}

function escaped(s,   out, i, c) {
	out = ""
	for (i = 1; i <= length(s); i++) {
		c = substr(s, i, 1)
		out = out (c == "\n" ? "\\n" : c == "\\" ? "\\\\" : c)
	}
	return out
}

function status(tid,   p, s, uid, c) {
	p = pid_of(tid)
	uid = num(p, "uid")
	c = str(tid, "state", "S")
	s = sprintf("Name:\t%s\nUmask:\t0022\nState:\t%s (%s)\nTgid:\t%d\nNgid:\t0\nPid:\t%d\n" \
		"PPid:\t%d\nTracerPid:\t0\nUid:\t%.0f\t%.0f\t%.0f\t%.0f\nGid:\t%.0f\t%.0f\t%.0f\t%.0f\n" \
		"FDSize:\t64\nGroups:\t \n", escaped(decode(str(tid, "comm", "task"))), c,
		state_word(c), p, tid, num(p, "ppid"), uid, str(p, "euid", uid), str(p, "euid", uid),
		str(p, "euid", uid), uid, uid, uid, uid)
	if (!num(p, "kthread") && c != "Z")
		s = s sprintf("VmPeak:\t%8.0f kB\nVmSize:\t%8.0f kB\nVmHWM:\t%8.0f kB\n" \
			"VmRSS:\t%8.0f kB\nVmSwap:\t%8.0f kB\n", num(p, "vsize") / 1024,
			num(p, "vsize") / 1024, num(p, "hwm") ? num(p, "hwm") : num(p, "rss") * 4,
			num(p, "rss") * 4, num(p, "swap"))
	return s sprintf("Threads:\t%d\nvoluntary_ctxt_switches:\t%.0f\n" \
		"nonvoluntary_ctxt_switches:\t%.0f\n", threads[p], num(tid, "vol"), num(tid, "nonvol"))
}

function io(tid) {
	return sprintf("rchar: %.0f\nwchar: %.0f\nsyscr: %.0f\nsyscw: %.0f\nread_bytes: %.0f\n" \
		"write_bytes: %.0f\ncancelled_write_bytes: %.0f\n", num(tid, "rchar"),
		num(tid, "wchar"), num(tid, "syscr"), num(tid, "syscw"), num(tid, "read"),
		num(tid, "write"), num(tid, "cancelled"))
}

function schedstat(tid) {
	return sprintf("%.0f %.0f %.0f\n", num(tid, "run"), num(tid, "wait"), num(tid, "slices"))
}

function cmdline(p,   s) {
	s = decode(str(p, "cmdline", ""))
	if (num(p, "longcmd")) {
		while (length(s) < num(p, "longcmd"))
			s = s s
		s = substr(s, 1, num(p, "longcmd"))
	}
	return s
}

function put_fds(p,   n, i) {
	n = str(p, "state", "S") == "Z" ? 0 : num(p, "fds")
	if ((p "/fd") in dropped)
		return
	if ((p "/fd") in refused) {
		delete refused[p "/fd"]
		put(p "/fd", "")
		refused[p "/fd"] = 1
		return
	}
	put(p "/fd/.keep", "")
	for (i = 0; i < n; i++)
		put(p "/fd/" i, "")
}

# What the kernel sums over the threads of a process stands under the name "PID sum".
function add_up(   t, i, n, key, p) {
	n = split("utime stime rchar wchar syscr syscw read write cancelled", key, " ")
	for (t in alive)
		for (i = 1; i <= n; i++)
			v[pid_of(t) " sum", key[i]] = 0
	for (t in alive) {
		p = pid_of(t)
		threads[p]++
		for (i = 1; i <= n; i++)
			v[p " sum", key[i]] += num(t, key[i])
	}
}

function put_process(p,   sum) {
	sum = p " sum"
	put(p "/stat", stat(p, num(sum, "utime"), num(sum, "stime")))
	put(p "/status", status(p))
	put(p "/io", io(sum))
	put(p "/schedstat", schedstat(p))
	put(p "/statm", num(p, "kthread") || str(p, "state", "S") == "Z" ? "0 0 0 0 0 0 0\n" : \
		sprintf("%.0f %.0f 0 0 0 0 0\n", num(p, "vsize") / 4096, num(p, "rss")))
	put(p "/cmdline", cmdline(p))
	put(p "/cgroup", "0::" decode(str(p, "cgroup", "/")) "\n")
	put(p "/limits", sprintf("%-25s %-20s %-20s %-10s\n%-25s %-20s %-20s %-10s\n", "Limit",
		"Soft Limit", "Hard Limit", "Units", "Max open files", str(p, "limit", 1024),
		"524288", "files"))
	put_fds(p)
}

function put_task(tid,   p, dir) {
	p = pid_of(tid)
	dir = p "/task/" tid "/"
	put(dir "stat", stat(tid, num(tid, "utime"), num(tid, "stime")))
	put(dir "status", status(tid))
	put(dir "io", io(tid))
	put(dir "schedstat", schedstat(tid))
	if (tid != p && str(p, "state", "S") == "Z")
		put(dir "statm", sprintf("%.0f %.0f 0 0 0 0 0\n", num(p, "vsize") / 4096, num(p, "rss")))
}

function put_host(   i, n, name, total) {
	total = str("host", "total", uptime * 200)
	put("uptime", sprintf("%.2f %.2f\n", uptime, uptime * 2))
	put("loadavg", sprintf("%s 1/100 9999\n", decode(str("host", "load", "0.42\\s0.31\\s0.20"))))
	put("stat", sprintf("cpu  %.0f 0 0 %.0f 0 0 0 0 0 0\nbtime %s\nprocesses %.0f\n",
		num("host", "busy"), total - num("host", "busy"), str("host", "btime", 1795132800),
		num("host", "forks")))
	put("meminfo", sprintf("MemTotal:       %.0f kB\nMemFree:        %.0f kB\n" \
		"MemAvailable:   %.0f kB\nSwapTotal:      %.0f kB\nSwapFree:       %.0f kB\n",
		str("host", "memory", 16777216), str("host", "available", 12582912),
		str("host", "available", 12582912), num("host", "swap"), num("host", "swapfree")))
	n = split("cpu io memory", name, " ")
	for (i = 1; i <= n; i++)
		put("pressure/" name[i], sprintf("some avg10=%.2f avg60=0.00 avg300=0.00 total=0\n",
			num("host", "psi_" name[i])))
	put("sys/kernel/hostname", decode(str("host", "name", "web01")) "\n")
}

function write_cycle(   t) {
	if (n_cycle < 0)
		return
	for (t in threads)
		delete threads[t]
	add_up()
	put_host()
	for (t in alive) {
		put_task(t)
		if (pid_of(t) == t)
			put_process(t)
	}
}

function set(who, first,   i, at, key, value) {
	for (i = first; i <= NF; i++) {
		at = index($i, "=")
		key = substr($i, 1, at - 1)
		value = substr($i, at + 1)
		if (substr(value, 1, 1) == "+" && key !~ /^(comm|cmdline|cgroup|name|load)$/)
			value = num(who, key) + substr(value, 2)
		v[who, key] = value
	}
}

BEGIN {
	n_cycle = -1
}

/^#/ || NF == 0 {
	next
}

$1 == "host" {
	set("host", 2)
	next
}

$1 == "cycle" {
	write_cycle()
	n_cycle++
	uptime = $2
	next
}

$1 == "task" {
	alive[$2] = 1
	set($2, 3)
	next
}

$1 == "end" {
	delete alive[$2]
	for (k in v)
		if (index(k, $2 SUBSEP) == 1)
			delete v[k]
	next
}

# A file of a task stands at two places: that of the process, and that of its own.
$1 == "refuse" {
	refused[$2 "/" $3] = refused[pid_of($2) "/task/" $2 "/" $3] = 1
	next
}

$1 == "drop" {
	dropped[$2 "/" $3] = dropped[pid_of($2) "/task/" $2 "/" $3] = 1
	next
}

$1 == "cut" {
	cutat[$2 "/" $3] = cutat[pid_of($2) "/task/" $2 "/" $3] = $4
	next
}

{
	print FILENAME ":" FNR ": what is \"" $1 "\"?" > "/dev/stderr"
	failed = 1
	exit 1
}

END {
	if (!failed)
		write_cycle()
}
