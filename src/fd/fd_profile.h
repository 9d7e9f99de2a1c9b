/* SPDX-License-Identifier: MIT */
/*
 * fd_profile: all that is known of one run, of a command, of a pid or of a log: samples, events,
 * causes. `procgrid fd` fills it while it goes on, pg_fd_log_read() from a file; analysis, report,
 * JSON and chart read it and cannot tell which it was.
 *
 * Samples take 16 bytes each; what a command, a tree or a log could make without end (events,
 * causes, processes) is bounded.
 */
#ifndef PG_FD_PROFILE_H
#define PG_FD_PROFILE_H

#include "fd_event.h"
#include "fd_links.h"
#include "fd_tree.h"
#include "series/series.h"

/* What was opened and closed in one process by the time of a look. */
struct pg_fd_cause {
	double elapsed;
	int32_t pid;
	struct pg_fd_parts parts;
};
/* The most that one process had, or had of its limit. */
struct pg_fd_worst {
	int32_t pid; /* 0: not known */
	char comm[64];
	int64_t fds, now; /* most; last */
	uint64_t limit;   /* 0: not known, UINT64_MAX: unlimited */
};
struct pg_fd_crowd; /* fd_crowd.c: what each process had */

struct pg_fd_profile {
	char *what; /* the command as typed, "process 4711 (nginx)"; NULL: a log that does not say
		     */
	bool is_command; /* what: a command; else a process, or not known */
	double began;    /* epoch seconds; 0: not known */
	double interval; /* seconds between samples, as was asked for; 0: not known */
	struct pg_series series;
	double *unreadable; /* elapsed of the samples that could not be read */
	size_t nr_unreadable, cap_unreadable;
	struct pg_fd_event *events;
	size_t nr_events, cap_events;
	uint64_t events_left_out; /* that came when there were PG_FD_EVENTS_MAX */
	size_t event_bytes;
	struct pg_fd_cause *causes;
	size_t nr_causes, cap_causes; /* when there are too many, neighbours are summed up */
	bool kinds_refused;           /* not permitted: kinds and causes are not known */
	bool has_kinds;
	uint32_t kinds[PG_FD_NR_KINDS]; /* of the look that found the most */
	struct pg_fd_worst worst; /* by share of its limit, by number where there is no limit */
	struct pg_series worst_series; /* of that process alone; empty: not known */
	size_t most_procs;             /* at one time; 0: not known */
	uint32_t most_uncounted;       /* at one time, beside others that were counted */
	double ended;                  /* elapsed at its end */
	bool over;                     /* all of the tree had ended by then */
	bool has_status;
	int status;       /* exit status of the command */
	bool zombie_tail; /* a log of fdprof, which went on counting after the end: zeros at the
			     end are none */
	uint64_t late, skipped, ticks; /* of the sampler */
	struct pg_fd_crowd *procs;     /* until pg_fd_profile_finish() */
};
#define PG_FD_EVENTS_MAX 100000
#define PG_FD_CAUSES_MAX 8192

/* ---- fd_profile.c ---------------------------------------------------------------------------- */

/* elapsed: never less than of the sample before, or else that is taken. s stays the caller's. */
void pg_fd_profile_sample(struct pg_fd_profile *p, double elapsed, const struct pg_fd_sample *s);
/* Both take over what e and c hold. An event that is kept, or NULL: there are too many. */
const struct pg_fd_event *pg_fd_profile_event(struct pg_fd_profile *p, struct pg_fd_event *e);
void pg_fd_profile_cause(struct pg_fd_profile *p, struct pg_fd_cause *c);
/* What a look found, all processes together. */
void pg_fd_profile_kinds(struct pg_fd_profile *p, const uint32_t kinds[PG_FD_NR_KINDS]);
/*
 * What was opened and closed between two times, the first excluded, of all processes: the largest
 * difference first; what was as often opened as closed is left out. The caller frees it.
 */
void pg_fd_profile_changes(const struct pg_fd_profile *p, double after, double until,
			   struct pg_fd_parts *out);
/* The same for one jump of these levels. */
void pg_fd_profile_causes_of(const struct pg_fd_profile *p, const struct pg_levels *l,
			     const struct pg_jump *jump, struct pg_fd_parts *out);
/* No more samples: worst and worst_series are known. */
void pg_fd_profile_finish(struct pg_fd_profile *p, double ended);
void pg_fd_profile_free(struct pg_fd_profile *p); /* what it holds; then it is empty */

struct pg_fd_findings {
	struct pg_levels levels;
	struct pg_leak leak;
	uint8_t leak_kind;   /* PG_FD_NR_KINDS: not known */
	char *leak_prefix;   /* owned; NULL: not known */
	double seconds_left; /* until the worst process reaches its limit; < 0: not known, or never
			      */
	int64_t peak;
	double peak_at;
};
/*
 * fd_analysis.c. Marks events outside of the run, too, and drops the zeros of a zombie_tail from
 * the series. out is empty before; the caller frees what it holds.
 */
void pg_fd_analyze(struct pg_fd_profile *p, const struct pg_level_rule *rule,
		   struct pg_fd_findings *out);
void pg_fd_findings_free(struct pg_fd_findings *f);

/* fd_report.c, fd_report_json.c */
void pg_fd_report(const struct pg_fd_profile *p, const struct pg_fd_findings *f,
		  struct pg_buf *out);
void pg_fd_report_json(const struct pg_fd_profile *p, const struct pg_fd_findings *f,
		       struct pg_buf *out);

#endif
