/* SPDX-License-Identifier: MIT */
/*
 * child_impl: what the files of child share. child.c is the life of a command, child_start.c its
 * beginning, child_pass.c the way of its bytes, child_out.c where they go, child_file.c files,
 * which need no way, child_terminal.c its terminal, child_signal.c the signals.
 */
#ifndef PG_CHILD_IMPL_H
#define PG_CHILD_IMPL_H

#include <signal.h>
#include <sys/types.h>
#include <termios.h>

#include "child.h"

/* ---- child_out.c: a stream of ours, written to without ever waiting for its reader ------------
 */

enum pg_child_out_kind {
	PG_OUT_NONE, /* left alone: closed, not writable, or not captured */
	PG_OUT_FILE,
	PG_OUT_DEVICE, /* takes all at once, or fails; so does a file */
	PG_OUT_PIPE,
	PG_OUT_TERMINAL,
	PG_OUT_SOCKET,
};
struct pg_child_out {
	enum pg_child_out_kind kind;
	bool closed;    /* with PG_OUT_NONE: the command has it closed */
	bool own;       /* fd is an open file description of ours, non-blocking */
	bool anonymous; /* a pipe that nobody else can open: without a reader it never has one */
	int fd;
};
/* What fd is, 1 or 2. */
void pg_child_out_look(struct pg_child_out *out, int fd);
/* Before the first write. */
void pg_child_out_open(struct pg_child_out *out);
void pg_child_out_close(struct pg_child_out *out);
/* Whether 1 and 2 are the same stream. */
bool pg_child_out_same(const struct pg_child_out *a, const struct pg_child_out *b);
/* How many bytes it took; -EAGAIN: none now, poll for POLLOUT; or -errno. */
ssize_t pg_child_out_write(const struct pg_child_out *out, const char *bytes, size_t n);

/* ---- child_pass.c ---------------------------------------------------------------------------- */

#define PG_CHILD_BYTES 65536 /* of a stream on their way */

struct pg_child_stream {
	int number; /* 1 or 2 */
	struct pg_child_out out;
	int from; /* the reading end of a pipe, a pty's master, the timer of a file; -1: none, or it
		     has ended */
	int theirs; /* what the command writes to; of a pty kept open until the command has ended */
	bool pty;
	bool packets;        /* of a pty: what is read is packets */
	bool set;            /* it was set anew, and ours is to follow */
	struct termios line; /* its settings, as far as ours has followed */
	bool hand_on;        /* from pipe to pipe without a copy, unless that was refused */
	bool waits;          /* the reader is slow: until POLLOUT */
	char *bytes;         /* PG_CHILD_BYTES of them, and one */
	size_t at, len;
	int file, info;         /* to be read beside the command, and of its descriptor; -1: none */
	off_t position, looked; /* where it writes, when we looked last; what was read */
	bool at_end;            /* nothing was behind the position when it came there */
	bool may_grow;          /* what appears there since is of a call that is under way */
	long wait_ns;           /* until the next look */
	bool ending;            /* no look goes beyond position any more */
};

/* A pty or a pipe for it. 0, or -errno with a message. */
int pg_child_stream_open(struct pg_child_stream *s, struct pg_error *err);
void pg_child_stream_close(struct pg_child_stream *s);
/* Some of what there is; true if anything moved. */
bool pg_child_stream_pass(struct pg_child *c, struct pg_child_stream *s);
/* It has ended, or is given up. */
void pg_child_stream_end(struct pg_child *c, struct pg_child_stream *s);
/* Close-on-exec, and no number that is a standard stream's. -errno is passed through. */
int pg_child_high(int fd);

/* ---- child_terminal.c ------------------------------------------------------------------------ */

/* A pty for it. 0, or -1 with a message. */
int pg_child_terminal_open(struct pg_child_stream *s, struct pg_error *err);
/* As read(2), with a byte of room more than that; EINTR also if something was told and no bytes
 * were with it. */
ssize_t pg_child_terminal_read(struct pg_child_stream *s, char *to, size_t room);
/* Our terminal gets what has changed in the settings of theirs; no other stream has any. */
void pg_child_terminal_follow(struct pg_child_stream *s);
/* Copies the size of our terminal; no other stream has one. */
void pg_child_terminal_resize(const struct pg_child_stream *s);

/* ---- child_file.c ---------------------------------------------------------------------------- */

/* False: it cannot be read, or its position is not told. */
bool pg_child_file_open(struct pg_child_stream *s);
bool pg_child_file_pass(struct pg_child *c, struct pg_child_stream *s);
/*
 * The command has ended: the stream ends when it was passed up to where it stands now. That may
 * take a while, if it is much, and signals have their turn meanwhile.
 */
void pg_child_file_end(struct pg_child_stream *s);

/* Closes it, if there is one. */
static inline void pg_child_shut(int *fd)
{
	pg_close_fd(fd);
	*fd = -1;
}

/* ---- child_signal.c -------------------------------------------------------------------------- */

struct pg_child_signals {
	int fd; /* signalfd */
	sigset_t before;
	struct sigaction pipe, xfsz, chld; /* as they were */
};
int pg_child_signals_open(struct pg_child_signals *s, struct pg_error *err);
/* In the child, and at the end: as they were. Async-signal-safe. */
void pg_child_signals_restore(const struct pg_child_signals *s);
void pg_child_signals_close(struct pg_child_signals *s);
/* Takes and forwards what has come. */
void pg_child_signals_take(struct pg_child *c);

/* ---- child_start.c --------------------------------------------------------------------------- */

/* 0; or the exit status of procgrid with a message. */
int pg_child_spawn(struct pg_child *c, const struct pg_child_options *o, struct pg_error *err);

/* ---- child.c --------------------------------------------------------------------------------- */

struct pg_child {
	pid_t pid;
	bool ended, done;
	bool held;          /* somebody else had a stream then */
	bool together;      /* one stream is both */
	int status;         /* as a shell has it */
	int stop;           /* the signal that stopped it; 0: it runs */
	bool asked_to_stop; /* a SIGTSTP came */
	bool we_stopped;    /* beside it; until a SIGCONT comes */
	int write_error;
	int was_subreaper;
	int silence; /* timerfd, armed from its end on */
	struct pg_child_signals signals;
	struct pg_child_stream stream[2];
	void (*seen)(void *arg, int stream, const char *bytes, size_t n);
	void *arg;
};

#endif
