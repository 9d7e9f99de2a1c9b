/* SPDX-License-Identifier: MIT */
/*
 * A cursor (struct scan) walks over the bytes; every step checks the end, so no function needs a
 * terminated string. Numbers are decimal as the kernel prints them; a sign only where it may stand.
 */
#include "procparse.h"

#include <string.h>

struct scan {
	const char *p, *end;
	bool bad;
};

static struct scan scan_of(const char *s, size_t n)
{
	return (struct scan){.p = s, .end = s + n};
}

static void skip_blanks(struct scan *sc)
{
	while (sc->p < sc->end && (*sc->p == ' ' || *sc->p == '\t'))
		sc->p++;
}

static uint64_t scan_u64(struct scan *sc)
{
	skip_blanks(sc);
	const char *begin = sc->p;
	uint64_t v = 0;
	for (; sc->p < sc->end && (unsigned)(*sc->p - '0') < 10; sc->p++) {
		unsigned digit = (unsigned)(*sc->p - '0');
		/* 19 digits always fit; the check is for the twentieth. */
		if (sc->p - begin >= 19 && (v > UINT64_MAX / 10 || v * 10 > UINT64_MAX - digit))
			sc->bad = true;
		v = v * 10 + digit;
	}
	if (sc->p == begin)
		sc->bad = true;
	return v;
}

static int64_t scan_i64(struct scan *sc)
{
	skip_blanks(sc);
	bool minus = sc->p < sc->end && *sc->p == '-';
	sc->p += minus;
	uint64_t v = scan_u64(sc);
	if (v > (uint64_t)INT64_MAX)
		sc->bad = true;
	return (int64_t)(minus ? 0 - v : v);
}

static int32_t scan_i32(struct scan *sc)
{
	int64_t v = scan_i64(sc);
	if (v < INT32_MIN || v > INT32_MAX)
		sc->bad = true;
	return (int32_t)v;
}

static uint32_t scan_u32(struct scan *sc)
{
	uint64_t v = scan_u64(sc);
	if (v > UINT32_MAX)
		sc->bad = true;
	return (uint32_t)v;
}

/* One word of anything, for fields that are not wanted: cheaper than a number. */
static void skip_words(struct scan *sc, int count)
{
	while (count-- > 0) {
		skip_blanks(sc);
		const char *begin = sc->p;
		while (sc->p < sc->end && *sc->p != ' ' && *sc->p != '\n')
			sc->p++;
		if (sc->p == begin)
			sc->bad = true;
	}
}

/* "12.34", no sign, no exponent. */
static double scan_decimal(struct scan *sc)
{
	double v = (double)scan_u64(sc);
	if (sc->p < sc->end && *sc->p == '.') {
		double unit = 0.1;
		for (sc->p++; sc->p < sc->end && (unsigned)(*sc->p - '0') < 10; sc->p++) {
			v += unit * (*sc->p - '0');
			unit /= 10;
		}
	}
	return v;
}

/* Moves behind "(comm)" of a stat file: the first '(' and the last ')' of the whole file. */
static bool split_comm(const char *s, size_t n, struct pg_span *comm, struct scan *rest)
{
	const char *open = memchr(s, '(', n);
	const char *close = memrchr(s, ')', n);
	if (!open || !close || close < open)
		return false;
	comm->s = open + 1;
	comm->n = (size_t)(close - open - 1);
	*rest = scan_of(close + 1, (size_t)(s + n - close - 1));
	return true;
}

bool pg_parse_stat(const char *s, size_t n, struct pg_task *t, struct pg_stat_extra *x)
{
	struct scan sc, head = scan_of(s, n);
	if (!split_comm(s, n, &x->comm, &sc))
		return false;
	t->tid = scan_i32(&head);
	skip_blanks(&sc);
	if (head.bad || t->tid <= 0 || sc.p >= sc.end)
		return false;
	t->state = *sc.p++;             /* 3 */
	t->ppid = scan_i32(&sc);        /* 4 */
	skip_words(&sc, 4);             /* 5 pgrp … 8 tpgid */
	t->flags = scan_u32(&sc);       /* 9 */
	t->minflt = scan_u64(&sc);      /* 10 */
	skip_words(&sc, 1);             /* 11 cminflt */
	t->majflt = scan_u64(&sc);      /* 12 */
	skip_words(&sc, 1);             /* 13 cmajflt */
	t->utime = scan_u64(&sc);       /* 14 */
	t->stime = scan_u64(&sc);       /* 15 */
	skip_words(&sc, 2);             /* 16 cutime, 17 cstime */
	t->priority = scan_i32(&sc);    /* 18 */
	t->nice = scan_i32(&sc);        /* 19 */
	x->threads = scan_u64(&sc);     /* 20 */
	skip_words(&sc, 1);             /* 21 itrealvalue */
	t->start = scan_u64(&sc);       /* 22 */
	x->vsize_bytes = scan_u64(&sc); /* 23 */
	skip_words(&sc, 15);            /* 24 rss … 38 exit_signal */
	t->processor = scan_i32(&sc);   /* 39 */
	t->rt_priority = scan_u32(&sc); /* 40 */
	t->policy = scan_u32(&sc);      /* 41 */
	return !sc.bad && t->state > ' ' && t->state < 0x7f;
}

size_t pg_split_stat(const char *s, size_t n, struct pg_span fields[PG_STAT_FIELDS])
{
	struct scan sc;
	if (!split_comm(s, n, &fields[1], &sc))
		return 0;
	const char *open = fields[1].s - 1;
	fields[0] = (struct pg_span){.s = s, .n = (size_t)(open - s)};
	while (fields[0].n > 0 && fields[0].s[fields[0].n - 1] == ' ')
		fields[0].n--;
	size_t nr = 2;
	while (nr < PG_STAT_FIELDS) {
		skip_blanks(&sc);
		const char *begin = sc.p;
		while (sc.p < sc.end && *sc.p != ' ' && *sc.p != '\n')
			sc.p++;
		if (sc.p == begin)
			break;
		fields[nr++] = (struct pg_span){.s = begin, .n = (size_t)(sc.p - begin)};
	}
	return nr;
}

static uint32_t field_u32(const struct pg_span *f, bool *bad)
{
	struct scan sc = scan_of(f->s, f->n);
	uint32_t v = scan_u32(&sc);
	*bad |= sc.bad || sc.p != sc.end;
	return v;
}

bool pg_parse_ending(const char *s, size_t n, uint32_t *status)
{
	struct pg_span f[PG_STAT_FIELDS];
	bool bad = pg_split_stat(s, n, f) != PG_STAT_FIELDS;
	if (bad || f[2].n != 1 || *f[2].s != 'Z' || field_u32(&f[19], &bad) != 1)
		return false;
	uint32_t wchan = field_u32(&f[34], &bad);
	*status = field_u32(&f[51], &bad);
	return !bad && *status <= UINT16_MAX && (*status || wchan);
}

bool pg_next_line(const char **s, size_t *n, struct pg_span *key, struct pg_span *value)
{
	while (*n > 0) {
		const char *line = *s;
		const char *nl = memchr(line, '\n', *n);
		size_t len = nl ? (size_t)(nl - line) : *n;
		size_t used = nl ? len + 1 : len;
		*s += used;
		*n -= used;
		const char *colon = memchr(line, ':', len);
		if (!colon)
			continue;
		*key = (struct pg_span){.s = line, .n = (size_t)(colon - line)};
		value->s = colon + 1;
		value->n = len - key->n - 1;
		while (value->n > 0 && (*value->s == ' ' || *value->s == '\t')) {
			value->s++;
			value->n--;
		}
		return true;
	}
	return false;
}

static bool is_key(const struct pg_span *k, const char *name, size_t len)
{
	return k->n == len && memcmp(k->s, name, len) == 0;
}
#define IS_KEY(k, name) is_key(k, name, sizeof(name) - 1)

static uint64_t span_u64(const struct pg_span *v, bool *bad)
{
	struct scan sc = scan_of(v->s, v->n);
	uint64_t u = scan_u64(&sc);
	*bad |= sc.bad;
	return u;
}

static uint64_t span_kib(const struct pg_span *v, bool *bad)
{
	uint64_t bytes;
	if (__builtin_mul_overflow(span_u64(v, bad), UINT64_C(1024), &bytes))
		*bad = true;
	return bytes;
}

bool pg_parse_status(const char *s, size_t n, struct pg_task *t, struct pg_status_extra *x)
{
	struct pg_span k, v;
	bool bad = false, uid = false, ctxt = false;
	*x = (struct pg_status_extra){0};
	while (pg_next_line(&s, &n, &k, &v)) {
		/* About 60 lines: the first byte sorts most of them out. */
		if (k.n < 3)
			continue;
		if (k.s[0] == 'V') {
			if (IS_KEY(&k, "VmHWM"))
				x->peak_bytes = span_kib(&v, &bad);
			else if (IS_KEY(&k, "VmSwap"))
				x->swap_bytes = span_kib(&v, &bad);
			else
				continue;
			x->has_memory = true;
		} else if (k.s[0] == 'U' && IS_KEY(&k, "Uid")) {
			struct scan sc = scan_of(v.s, v.n);
			t->uid = scan_u32(&sc);
			t->euid = scan_u32(&sc);
			bad |= sc.bad;
			uid = true;
		} else if (k.s[0] == 'T' && IS_KEY(&k, "Tgid")) {
			struct scan sc = scan_of(v.s, v.n);
			x->tgid = scan_i32(&sc);
			bad |= sc.bad;
		} else if (k.s[0] == 'v' && IS_KEY(&k, "voluntary_ctxt_switches")) {
			t->voluntary_ctxt = span_u64(&v, &bad);
		} else if (k.s[0] == 'n' && IS_KEY(&k, "nonvoluntary_ctxt_switches")) {
			t->nonvoluntary_ctxt = span_u64(&v, &bad);
			ctxt = true;
		}
	}
	/* The switches are the last lines: with them the file is whole. */
	return uid && ctxt && !bad;
}

bool pg_parse_io(const char *s, size_t n, struct pg_task *t)
{
	static const struct {
		const char *key;
		size_t offset;
	} keys[] = {
		{"rchar", offsetof(struct pg_task, rchar)},
		{"wchar", offsetof(struct pg_task, wchar)},
		{"syscr", offsetof(struct pg_task, syscr)},
		{"syscw", offsetof(struct pg_task, syscw)},
		{"read_bytes", offsetof(struct pg_task, read_bytes)},
		{"write_bytes", offsetof(struct pg_task, write_bytes)},
		{"cancelled_write_bytes", offsetof(struct pg_task, cancelled_write_bytes)},
	};
	const size_t nr = sizeof(keys) / sizeof(keys[0]);
	struct pg_span k, v;
	bool bad = false;
	size_t i = 0;
	/* The kernel writes them in this order; lines of a later kernel may stand between. */
	while (i < nr && pg_next_line(&s, &n, &k, &v)) {
		if (is_key(&k, keys[i].key, strlen(keys[i].key))) {
			uint64_t u = span_u64(&v, &bad);
			memcpy((char *)t + keys[i].offset, &u, sizeof(u));
			i++;
		}
	}
	return i == nr && !bad;
}

bool pg_parse_schedstat(const char *s, size_t n, struct pg_task *t)
{
	struct scan sc = scan_of(s, n);
	t->run_ns = scan_u64(&sc);
	t->wait_ns = scan_u64(&sc);
	t->timeslices = scan_u64(&sc);
	return !sc.bad;
}

bool pg_parse_statm(const char *s, size_t n, uint64_t *size_pages, uint64_t *rss_pages)
{
	struct scan sc = scan_of(s, n);
	*size_pages = scan_u64(&sc);
	*rss_pages = scan_u64(&sc);
	return !sc.bad;
}

bool pg_parse_limits_nofile(const char *s, size_t n, uint64_t *soft)
{
	static const char name[] = "Max open files";
	const char *at = memmem(s, n, name, sizeof(name) - 1);
	if (!at || (at != s && at[-1] != '\n'))
		return false;
	at += sizeof(name) - 1;
	struct scan sc = scan_of(at, (size_t)(s + n - at));
	skip_blanks(&sc);
	if (sc.p < sc.end && *sc.p == 'u') {
		*soft = UINT64_MAX;
		return true;
	}
	*soft = scan_u64(&sc);
	return !sc.bad;
}

bool pg_parse_loadavg(const char *s, size_t n, double load[3], int32_t *last_pid)
{
	struct scan sc = scan_of(s, n);
	for (int i = 0; i < 3; i++)
		load[i] = scan_decimal(&sc);
	skip_words(&sc, 1); /* running/existing */
	*last_pid = scan_i32(&sc);
	return !sc.bad;
}

bool pg_parse_uptime(const char *s, size_t n, uint64_t *ns)
{
	struct scan sc = scan_of(s, n);
	uint64_t sec = scan_u64(&sc), frac = 0, unit = UINT64_C(100000000);
	if (sc.p < sc.end && *sc.p == '.')
		for (sc.p++; sc.p < sc.end && (unsigned)(*sc.p - '0') < 10; sc.p++) {
			frac += unit * (unsigned)(*sc.p - '0');
			unit /= 10;
		}
	if (sc.bad || sec > INT64_MAX / UINT64_C(1000000000) - 1)
		return false;
	*ns = sec * UINT64_C(1000000000) + frac;
	return true;
}

bool pg_parse_pressure(const char *s, size_t n, double *avg10)
{
	static const char head[] = "some avg10=";
	if (n < sizeof(head) || memcmp(s, head, sizeof(head) - 1) != 0)
		return false;
	struct scan sc = scan_of(s + sizeof(head) - 1, n - (sizeof(head) - 1));
	*avg10 = scan_decimal(&sc);
	return !sc.bad;
}

/* "cpu  user nice system idle iowait irq softirq steal guest guest_nice": guest is part of user. */
static void parse_cpu_line(struct scan *sc, struct pg_kernel_stat *k)
{
	uint64_t total = 0, idle = 0;
	int i = 0;
	for (; i < 8; i++) {
		skip_blanks(sc);
		if (sc->p >= sc->end || *sc->p == '\n')
			break;
		uint64_t v = scan_u64(sc);
		total += v;
		if (i == 3 || i == 4)
			idle += v;
	}
	k->has_cpu = i >= 4 && !sc->bad;
	k->cpu_total = total;
	k->cpu_busy = total - idle;
}

bool pg_parse_kernel_stat(const char *s, size_t n, struct pg_kernel_stat *k)
{
	bool any = false;
	while (n > 0) {
		const char *nl = memchr(s, '\n', n);
		size_t len = nl ? (size_t)(nl - s) : n;
		struct scan sc = {.p = s, .end = s + len};
		if (len > 4 && memcmp(s, "cpu ", 4) == 0) {
			sc.p += 4;
			parse_cpu_line(&sc, k);
			any = true;
		} else if (len > 6 && memcmp(s, "btime ", 6) == 0) {
			sc.p += 6;
			k->btime = scan_u64(&sc);
			k->has_btime = !sc.bad;
			any = true;
		} else if (len > 10 && memcmp(s, "processes ", 10) == 0) {
			sc.p += 10;
			k->forks = scan_u64(&sc);
			k->has_forks = !sc.bad;
			any = true;
		}
		s += nl ? len + 1 : len;
		n -= nl ? len + 1 : len;
	}
	return any;
}

bool pg_parse_meminfo(const char *s, size_t n, struct pg_meminfo *m)
{
	struct pg_span k, v;
	bool bad = false, total = false;
	*m = (struct pg_meminfo){0};
	while (pg_next_line(&s, &n, &k, &v)) {
		if (IS_KEY(&k, "MemTotal")) {
			m->total = span_kib(&v, &bad);
			total = true;
		} else if (IS_KEY(&k, "MemAvailable")) {
			m->available = span_kib(&v, &bad);
		} else if (IS_KEY(&k, "SwapTotal")) {
			m->swap_total = span_kib(&v, &bad);
		} else if (IS_KEY(&k, "SwapFree")) {
			m->swap_free = span_kib(&v, &bad);
		}
	}
	return total && !bad;
}

bool pg_parse_tid(const char *name, int32_t *tid)
{
	int64_t v = 0;
	if (*name < '1' || *name > '9')
		return false;
	for (; *name; name++) {
		if (*name < '0' || *name > '9')
			return false;
		v = v * 10 + (*name - '0');
		if (v > INT32_MAX)
			return false;
	}
	*tid = (int32_t)v;
	return true;
}
