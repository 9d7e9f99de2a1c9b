/* SPDX-License-Identifier: MIT */
/*
 * A datagram is a struct nlmsghdr, a struct cn_msg and a struct proc_event (linux/netlink.h,
 * linux/connector.h, linux/cn_proc.h). The event stands 36 bytes behind the beginning, so its
 * 64-bit time stamp is not aligned: all is copied out, never pointed at.
 *
 * send_msg() of cn_proc.c numbers each message with a counter of its CPU and sends it while it
 * stays on that CPU, so the numbers of a CPU arrive in order and without gaps. Answers to requests
 * are numbered in the same row (older kernels give them the CPU number -1 and a number of their
 * own).
 */
#include "connector.h"

#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>

/* What a kernel must have sent at least for an event of its kind to be known, behind the header. */
#define HEADER      offsetof(struct proc_event, event_data)
#define UP_TO(last) (HEADER + (last) * sizeof(uint32_t))

static void take_fork(const struct proc_event *e, struct pg_event *out)
{
	out->what = PG_EVENT_FORK;
	out->tid = e->event_data.fork.child_pid;
	out->tgid = e->event_data.fork.child_tgid;
	out->parent_tid = e->event_data.fork.parent_pid;
	out->parent_tgid = e->event_data.fork.parent_tgid;
}

/* In all kinds of events of one task its numbers stand first. */
static void take_task(enum pg_event_what what, const struct proc_event *e, struct pg_event *out)
{
	out->what = what;
	out->tid = e->event_data.exec.process_pid;
	out->tgid = e->event_data.exec.process_tgid;
}

/* The event is padded with zeros; n bytes of it were sent. What is too short stays OTHER. */
static void take_event(const struct proc_event *e, size_t n, struct pg_event *out)
{
	uint32_t what = (uint32_t)e->what;
	if (what == PROC_EVENT_NONE && n >= UP_TO(1)) {
		out->what = PG_EVENT_ACK;
		out->error = e->event_data.ack.err;
	} else if (what == PROC_EVENT_FORK && n >= UP_TO(4)) {
		take_fork(e, out);
	} else if (what == PROC_EVENT_EXEC && n >= UP_TO(2)) {
		take_task(PG_EVENT_EXEC, e, out);
	} else if (what == PROC_EVENT_UID && n >= UP_TO(3)) {
		take_task(PG_EVENT_UID, e, out);
		out->uid = e->event_data.id.r.ruid;
	} else if (what == PROC_EVENT_COMM && n >= UP_TO(6)) {
		take_task(PG_EVENT_COMM, e, out);
		memcpy(out->comm, e->event_data.comm.comm, sizeof(out->comm));
	} else if (what == (uint32_t)PROC_EVENT_EXIT && n >= UP_TO(3)) {
		take_task(PG_EVENT_EXIT, e, out);
		out->exit_code = pg_exit_code(e->event_data.exit.exit_code);
	}
}

/* Numbers of tasks are above 0; with any other the event tells nothing. */
static bool is_sane(const struct pg_event *ev)
{
	return ev->what == PG_EVENT_OTHER || ev->what == PG_EVENT_ACK ||
	       (ev->tid > 0 && ev->tgid > 0);
}

static bool parse_message(const char *bytes, size_t len, struct pg_event *out)
{
	struct cn_msg msg;
	struct proc_event e = {0};
	if (len < sizeof(msg))
		return false;
	memcpy(&msg, bytes, sizeof(msg));
	len -= sizeof(msg);
	if (msg.id.idx != CN_IDX_PROC || msg.id.val != CN_VAL_PROC || msg.len > len ||
	    msg.len < HEADER)
		return false;
	len = msg.len < sizeof(e) ? msg.len : sizeof(e);
	memcpy(&e, bytes + sizeof(msg), len);
	*out = (struct pg_event){
		.cpu = e.cpu, .seq = msg.seq, .ack = msg.ack, .mono_ns = e.timestamp_ns};
	take_event(&e, len, out);
	if (!is_sane(out))
		out->what = PG_EVENT_OTHER;
	return true;
}

bool pg_event_parse(const void *datagram, size_t len, size_t *at, struct pg_event *out)
{
	struct nlmsghdr h;
	if (*at > len || len - *at < sizeof(h))
		return false;
	const char *bytes = (const char *)datagram + *at;
	size_t left = len - *at;
	memcpy(&h, bytes, sizeof(h));
	if (h.nlmsg_len < sizeof(h) || h.nlmsg_len > left || h.nlmsg_type != NLMSG_DONE)
		return false;
	size_t step = NLMSG_ALIGN((size_t)h.nlmsg_len);
	*at += step < left ? step : left;
	return parse_message(bytes + sizeof(h), h.nlmsg_len - sizeof(h), out);
}

void pg_losses_see(struct pg_losses *l, uint32_t cpu, uint32_t seq)
{
	if (cpu >= PG_LOSS_CPUS)
		return;
	if (cpu >= l->nr) {
		l->cpus = pg_grow(l->cpus, &l->cap, cpu + 1, sizeof(*l->cpus));
		memset(l->cpus + l->nr, 0, (cpu + 1 - l->nr) * sizeof(*l->cpus));
		l->nr = cpu + 1;
	}
	/* Modulo 2^32; a number that stands still or goes back cannot be, and counts as no gap. */
	uint32_t gap = seq - l->cpus[cpu].next;
	if (l->cpus[cpu].seen && gap <= INT32_MAX)
		l->lost += gap;
	l->cpus[cpu].next = seq + 1;
	l->cpus[cpu].seen = true;
}

void pg_losses_free(struct pg_losses *l)
{
	free(l->cpus);
	*l = (struct pg_losses){0};
}
