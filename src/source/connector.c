/* SPDX-License-Identifier: MIT */
/*
 * What cn_proc.c, connector.c and af_netlink.c of the kernel do, and what follows from it:
 *
 * - A request (cn_proc_mcast_ctl) is obeyed only from the first pid and user namespace; from
 *   elsewhere there is no answer, though events of others' listening may come. Only an answer with
 *   error 0 and our number + 1 means that we listen. It is sent to all listeners.
 * - The short form of the request asks for all events. With the long one (a mask) a message that
 *   nobody wants counts as "nobody listens", and the kernel falls silent for everybody.
 * - For the same reason (netlink_broadcast() returns ESRCH if nobody took the message) it could
 * fall silent when the only listener's buffer is full. NETLINK_BROADCAST_ERROR makes that ENOBUFS.
 * - NETLINK_NO_ENOBUFS: an overrun is not an error of ours, and does not close the buffer until it
 *   has been read to the end. What was lost the numbering tells.
 * - A listener that dies without IGNORE stays in the kernel's count of listeners. All that this
 *   costs is that events are made for nobody, and the first that nobody takes sets the count to 0.
 */
#include "connector.h"

#include <errno.h>
#include <limits.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MS             UINT64_C(1000000)
#define BUFFER_BYTES   (8 << 20) /* asked for; who may not force it gets rmem_max */
#define EVENT_BYTES    1280      /* of that buffer, an event: 830 measured on x86-64 */
#define ANSWER_NS      (10 * MS) /* the answer is sent within the request: it is there at once */
#define BATCH          64        /* datagrams a system call */
#define DATAGRAM_BYTES 256       /* one of them; the kernel's have 96 */
#define CALM_RATE      200       /* events a second below which each one is worth waking up */
#define BEAT_NS        (10 * MS) /* above it we look so often, */
#define BEAT_MIN_NS    MS        /* or more often where the buffer is small */

struct pg_connector {
	int fd;
	uint32_t number; /* of our requests */
	bool calm;
	double level; /* a bucket of events that empties by CALM_RATE a second */
	uint64_t level_ns, drained_ns, beat_ns;
	uint64_t capacity; /* events that the buffer holds */
	struct pg_losses losses;
	char bytes[BATCH][DATAGRAM_BYTES];
};

/* ---- opening and closing --------------------------------------------------------------------- */

static bool ask(const struct pg_connector *c, enum proc_cn_mcast_op op)
{
	char bytes[sizeof(struct nlmsghdr) + sizeof(struct cn_msg) + sizeof(op)];
	struct nlmsghdr header = {.nlmsg_len = sizeof(bytes), .nlmsg_type = NLMSG_DONE};
	struct cn_msg msg = {.id = {.idx = CN_IDX_PROC, .val = CN_VAL_PROC},
			     .ack = c->number,
			     .len = sizeof(op)};
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	memcpy(bytes, &header, sizeof(header));
	memcpy(bytes + sizeof(header), &msg, sizeof(msg));
	memcpy(bytes + sizeof(header) + sizeof(msg), &op, sizeof(op));
	return sendto(c->fd, bytes, sizeof(bytes), MSG_DONTWAIT, (struct sockaddr *)&kernel,
		      sizeof(kernel)) == (ssize_t)sizeof(bytes);
}

static void set_options(struct pg_connector *c)
{
	int one = 1, want = BUFFER_BYTES, got = 0;
	socklen_t len = sizeof(got);
	setsockopt(c->fd, SOL_NETLINK, NETLINK_BROADCAST_ERROR, &one, sizeof(one));
	setsockopt(c->fd, SOL_NETLINK, NETLINK_NO_ENOBUFS, &one, sizeof(one));
	if (setsockopt(c->fd, SOL_SOCKET, SO_RCVBUFFORCE, &want, sizeof(want)) < 0)
		setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &want, sizeof(want));
	if (getsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &got, &len) == 0 && got > 0)
		c->capacity = (uint64_t)got / EVENT_BYTES;
}

static int join(struct pg_connector *c, struct pg_error *err)
{
	c->fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_CONNECTOR);
	if (c->fd < 0)
		return pg_fail(err, -errno, "the kernel has no process connector: %s",
			       strerror(errno));
	set_options(c);
	struct sockaddr_nl a = {.nl_family = AF_NETLINK, .nl_groups = 1u << (CN_IDX_PROC - 1)};
	if (bind(c->fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		return pg_fail(err, -errno,
			       "the process connector is refused: it needs Linux 6.6, or "
			       "CAP_NET_ADMIN");
	if (!ask(c, PROC_CN_MCAST_LISTEN))
		return pg_fail(err, -errno,
			       "the process connector is not reached from here (a container?): %s",
			       strerror(errno));
	return 0;
}

/* Looks for the answer to our request. */
struct answer {
	uint32_t number;
	bool there;
	uint32_t error;
	uint64_t mono_ns;
};

static void see_answer(void *arg, const struct pg_event *ev)
{
	struct answer *a = arg;
	if (a->there || ev->what != PG_EVENT_ACK || ev->ack != a->number + 1)
		return;
	a->there = true;
	a->error = ev->error;
	a->mono_ns = ev->mono_ns;
}

static int await_answer(struct pg_connector *c, struct pg_error *err)
{
	struct answer a = {.number = c->number};
	uint64_t now = pg_clock_ns(CLOCK_MONOTONIC), end = now + ANSWER_NS;
	while (!a.there && now < end) {
		struct pollfd p = {.fd = c->fd, .events = POLLIN};
		poll(&p, 1, (int)((end - now) / MS) + 1);
		pg_connector_drain(c, ANSWER_NS, see_answer, &a);
		now = pg_clock_ns(CLOCK_MONOTONIC);
	}
	if (!a.there)
		return pg_fail(
			err, -ENOTCONN,
			"the process connector does not answer (in a container it does not)");
	if (a.error)
		return pg_fail(err, -(int)(a.error & INT_MAX), "the process connector is refused");
	/* Its time stamps are compared with ours. */
	uint64_t off = now > a.mono_ns ? now - a.mono_ns : a.mono_ns - now;
	if (off > PG_NS_PER_SEC)
		return pg_fail(err, -ENOTSUP, "the process connector has another clock");
	return 0;
}

struct pg_connector *pg_connector_open(struct pg_error *err)
{
	struct pg_connector *c = pg_calloc(1, sizeof(*c));
	uint64_t now = pg_clock_ns(CLOCK_MONOTONIC);
	c->calm = true;
	c->capacity = 1;
	c->level_ns = c->drained_ns = now;
	/* No other listener's: those that are written by hand use 0, 1 or the pid. */
	c->number = (uint32_t)(now >> 10) ^ (uint32_t)getpid() << 16;
	if (join(c, err) < 0 || await_answer(c, err) < 0) {
		pg_connector_close(c);
		return NULL;
	}
	/* What came before the answer may have gaps that are not ours. */
	c->losses.lost = 0;
	c->calm = true;
	c->level = 0;
	return c;
}

void pg_connector_silence(const struct pg_connector *c)
{
	if (c && c->fd >= 0)
		ask(c, PROC_CN_MCAST_IGNORE);
}

void pg_connector_close(struct pg_connector *c)
{
	if (!c)
		return;
	pg_connector_silence(c);
	if (c->fd >= 0)
		close(c->fd);
	pg_losses_free(&c->losses);
	free(c);
}

/* ---- the beat -------------------------------------------------------------------------------- */

/*
 * A burst of one second's worth is still taken at once; calm returns when half of it has run out,
 * so that a rate at the border does not change its mind all the time.
 */
static void measure(struct pg_connector *c, uint64_t now, size_t events)
{
	uint64_t passed = now > c->level_ns ? now - c->level_ns : 0;
	c->level -= (double)passed * CALM_RATE / 1e9;
	c->level = (c->level > 0 ? c->level : 0) + (double)events;
	if (c->level > 10.0 * CALM_RATE) /* a storm is over within seconds */
		c->level = 10.0 * CALM_RATE;
	c->level_ns = now;
	if (c->level > CALM_RATE)
		c->calm = false;
	else if (c->level < CALM_RATE / 2.0)
		c->calm = true;
}

/* The next look is due before the buffer is half full, if events go on as they came. */
static void set_beat(struct pg_connector *c, uint64_t now, size_t events)
{
	uint64_t passed = now > c->drained_ns ? now - c->drained_ns : 0;
	c->drained_ns = now;
	c->beat_ns = BEAT_NS;
	if (events > 0 && passed < UINT64_MAX / c->capacity)
		c->beat_ns = passed * c->capacity / 2 / events;
	c->beat_ns = c->beat_ns > BEAT_NS ? BEAT_NS : c->beat_ns;
	c->beat_ns = c->beat_ns < BEAT_MIN_NS ? BEAT_MIN_NS : c->beat_ns;
}

int pg_connector_fd(const struct pg_connector *c)
{
	return c->calm ? c->fd : -1;
}

int pg_connector_timeout_ms(const struct pg_connector *c)
{
	if (c->calm)
		return -1;
	uint64_t now = pg_clock_ns(CLOCK_MONOTONIC), due = c->drained_ns + c->beat_ns;
	return now >= due ? 0 : (int)((due - now + MS - 1) / MS);
}

bool pg_connector_is_calm(const struct pg_connector *c)
{
	return c->calm;
}

/* ---- draining -------------------------------------------------------------------------------- */

/* Anybody may send to a netlink socket: only what port 0, the kernel, has sent is believed. */
static bool from_kernel(const struct msghdr *h, const struct sockaddr_nl *from)
{
	return h->msg_namelen == sizeof(*from) && from->nl_family == AF_NETLINK &&
	       from->nl_pid == 0;
}

static size_t hand_over(struct pg_connector *c, const char *bytes, size_t len, pg_event_fn fn,
			void *arg)
{
	struct pg_event ev;
	size_t at = 0, nr = 0;
	for (; pg_event_parse(bytes, len, &at, &ev); nr++) {
		pg_losses_see(&c->losses, ev.cpu, ev.seq);
		fn(arg, &ev);
	}
	return nr;
}

/* One system call. Number of datagrams, or -1: there is nothing. */
static int drain_batch(struct pg_connector *c, pg_event_fn fn, void *arg, size_t *events)
{
	struct mmsghdr msgs[BATCH];
	struct iovec vec[BATCH];
	struct sockaddr_nl from[BATCH];
	memset(msgs, 0, sizeof(msgs));
	for (size_t i = 0; i < BATCH; i++) {
		vec[i] = (struct iovec){.iov_base = c->bytes[i], .iov_len = DATAGRAM_BYTES};
		msgs[i].msg_hdr = (struct msghdr){.msg_name = &from[i],
						  .msg_namelen = sizeof(from[i]),
						  .msg_iov = &vec[i],
						  .msg_iovlen = 1};
	}
	int n = recvmmsg(c->fd, msgs, BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < n; i++)
		if (from_kernel(&msgs[i].msg_hdr, &from[i]))
			*events += hand_over(c, c->bytes[i], msgs[i].msg_len, fn, arg);
	return n;
}

bool pg_connector_drain(struct pg_connector *c, uint64_t limit_ns, pg_event_fn fn, void *arg)
{
	uint64_t begin = pg_clock_ns(CLOCK_MONOTONIC), now = begin;
	size_t events = 0;
	bool more = true;
	while (more && now - begin <= limit_ns) {
		int n = drain_batch(c, fn, arg, &events);
		/* An overrun is told once (by kernels that do not know the option above). */
		more = n == BATCH || (n < 0 && (errno == ENOBUFS || errno == EINTR));
		now = pg_clock_ns(CLOCK_MONOTONIC);
	}
	measure(c, now, events);
	set_beat(c, now, events);
	return more;
}

uint64_t pg_connector_lost(const struct pg_connector *c)
{
	return c->losses.lost;
}
