/* SPDX-License-Identifier: MIT */
/*
 * app_impl: the state of app, for its own files:
 *
 *   app.c           details, mouse, wishes
 *   app_keys.c      what keys do
 *   app_draw.c      the screen
 *   app_pane.c      one feed
 *   app_panes.c     several of them: other hosts
 *   app_ends.c      tasks of a feed that have ended
 *   app_time.c      to and fro in time
 *   app_timeline.c  the time line, and the prompt for a time
 *   app_watch.c     descriptors over time
 *   app_lens.c      one process over time
 */
#ifndef APP_IMPL_H
#define APP_IMPL_H

#include "app.h"
#include "canvas/keys.h"
#include "canvas/layout_panes.h"
#include "fd/fd_watch.h"
#include "past/player.h"
#include "view/lens.h"
#include "view/popup.h"
#include "view/timeline.h"
#include "view/view.h"

#define MAX_PINS    3
#define MAX_DETAILS (MAX_PINS + 2)
#define MAX_LENSES  4  /* that are kept, open or not */
#define MAX_ALARMS  64 /* processes of a pane with a halo for their descriptors */

enum layer { LAYER_GRID, LAYER_POPUP, LAYER_PAGE, LAYER_HELP };

/* Details that were asked for, for popup, hover and pins. */
struct detail_slot {
	bool used, wanted; /* wanted: still to be asked for */
	struct pg_key key;
	enum detail_state state;
	struct pg_detail detail;
	uint64_t stamp; /* the smallest is replaced first */
};

/* A lens on a process. */
struct lens_slot {
	const struct lens_ops *ops; /* NULL: free */
	struct lens *lens;          /* owned */
	size_t pane;
	struct pg_key key;    /* of the process: its leader */
	struct pg_proc *proc; /* one reference: as it was last seen */
	int64_t ended_ns;     /* wall time of the first frame without it; 0: it is there */
	enum detail_state state;
	/* Of the last newest frame that had it: the watch forgets who has ended. */
	struct pg_proc *newest; /* one reference; NULL: there was none */
	struct pg_series fds;   /* owned */
	bool judged;
	struct pg_leak leak; /* if judged */
	bool wanted;         /* a look is still to be asked for */
	uint64_t wanted_ns;  /* mono_ns of the frame at which the last one was wanted */
	struct pg_key asked;
	uint64_t stamp; /* the smallest is replaced first */
};

/* The descriptors of a pane's processes over its frames: app_watch.c. */
struct pane_watch {
	struct pg_fd_watch *fds; /* owned; NULL: there was no frame */
	uint64_t began_ns;       /* mono_ns and wall time of the first frame */
	int64_t began_wall_ns;
	struct pg_fd_alarm alarms[MAX_ALARMS]; /* as of the newest, the worst first */
	size_t nr, nr_all;                     /* in alarms; in all */
	struct pg_key keys[MAX_ALARMS];        /* of the same, in order: for the halo */
	/* Of a recording. */
	uint64_t newest;           /* number of the newest frame that was watched */
	struct pg_snapshot last;   /* that frame */
	struct pg_changes changes; /* from there to the next one; memory to be used again */
};

/*
 * One feed on the screen: this machine, or one of several hosts. All that is of one host alone;
 * what the user sees once, whatever the hosts, is in struct app.
 */
struct pane {
	const char *host; /* as the user called it; NULL: this machine, or a recording */
	struct pg_remote_status status; /* of the host */
	struct pg_model *model;
	struct view *view;
	struct pg_frame frame; /* that is shown */
	bool has_frame;
	struct pg_busy busy; /* of the frame: one look at all tasks, not one a drawing */

	struct pg_key cursor;
	bool has_cursor;
	int cursor_row, cursor_col; /* where it was last drawn: its successor stands there */
	struct pg_key pins[MAX_PINS];
	size_t nr_pins;
	struct popup_end ends[MAX_PINS + 1]; /* of pins, and of the cursor while a popup is open */
	size_t nr_ends;
	char *filter_user; /* name of the user that is filtered by; owned */

	struct pg_frame live; /* the newest of the feed; of a recording there is none */
	bool has_live;
	struct pg_past *past;     /* the caller's; NULL: nothing is kept */
	struct pg_player *player; /* owned; NULL: shows what is live */
	uint64_t shown_at;        /* the player's frame that the model shows */
	struct pg_key lost;       /* the cursor's task, while there is none in the frames shown */
	bool has_lost;
	struct pane_levels {
		uint64_t first; /* frame of items[0] */
		uint8_t *items; /* owned; enum timeline_level */
		size_t nr, cap;
	} levels; /* of the past's frames, as far as they have been seen */

	struct pane_watch watch;

	struct layout_share share; /* of the screen's lines */
	struct rect head, area;    /* where it was last drawn; rows 0: nowhere */
};

/* How the lines of the screen were shared out among the hosts, and when. */
struct dealt {
	int lines, cols;
	size_t form;   /* of layout_forms */
	size_t frames; /* that have come since */
};

struct app {
	struct app_options o;
	const struct view_ops *ops;
	struct pane *panes; /* owned; at least one */
	size_t nr_panes;
	size_t in_focus; /* index of the pane that keys work on */
	struct dealt dealt;
	double own_share;

	struct pg_key hover;
	size_t hover_pane; /* that it is in */
	bool has_hover;
	enum layer layer;
	size_t page_line; /* first line of page or help */

	struct detail_slot details[MAX_DETAILS];
	uint64_t detail_clock;
	bool asking; /* one request is under way */

	struct lens_slot lenses[MAX_LENSES];
	struct lens_slot *lens; /* that is open; NULL: none */
	uint64_t lens_clock;

	bool frozen;
	bool in_past;
	size_t leader; /* in the past: the pane whose frames count */
	uint64_t now_ns;
	struct timeline_bar bar; /* as it was drawn last */
	struct prompt {
		bool open;
		char text[32];
		size_t nr;
	} prompt;
	char message[256];
	struct app_wishes wishes;
	struct pg_focus focus[PG_FOCUS_MAX]; /* that was wished for last */
	size_t nr_focus;
	int rows; /* of the last drawing */
};

static inline bool same_key(struct pg_key a, struct pg_key b)
{
	return pg_key_cmp(&a, &b) == 0;
}

/* The pane that keys work on. */
static inline struct pane *app_focus(const struct app *a)
{
	return &a->panes[a->in_focus];
}

/* Several hosts, each with a header line of its own; else there is one pane, all of the grid. */
static inline bool app_has_hosts(const struct app *a)
{
	return a->o.nr_hosts > 0;
}

/* ---- app_pane.c ---- */

void pane_open(struct pane *p, const struct app *a);
void pane_close(struct pane *p, const struct app *a);
void pane_frame(struct pane *p, const struct pg_frame *f);
/* The cursor goes to a task, and the view to the cursor. */
void pane_set_cursor(struct pane *p, const struct app *a, struct pg_key key);
/* The cursor holds its task; when that is gone for good, what now stands at its place takes it. */
void pane_keep_cursor(struct pane *p, const struct app *a);
/* After a live frame: who is pinned, or has a popup open, and ended in it, is remembered. */
void pane_note_ends(struct pane *p, bool with_cursor);
/* What is remembered of a task; NULL: nothing. */
const struct popup_end *pane_end_of(const struct pane *p, struct pg_key key);
/* What a view needs; the area is for app_draw() to set. */
struct view_input pane_view_input(const struct pane *p, const struct app *a);

/* ---- app_watch.c ---- */

void pane_watch_live(struct pane *p, const struct pg_frame *f);
/* A frame of a recording is shown. */
void pane_watch_shown(struct pane *p, const struct pg_thresholds *limits);
void pane_watch_close(struct pane *p);
/* Whether the frame shown is the newest that was watched: alarms are of it. */
bool pane_is_watched(const struct pane *p);
/* Whether a process lives in the newest frame that was watched: of others nothing is remembered. */
bool pane_watch_has(const struct pane *p, struct pg_key key);
/* Of a process of the frame shown, as far as watched up to it. The caller frees it. */
void pane_fd_series(const struct pane *p, const struct pg_proc *proc, struct pg_series *out);
/* The same of one that has ended since, of which this much is known; NULL: it is not shown. */
void pane_fd_recalled(const struct pane *p, const struct pg_proc *proc,
		      const struct pg_series *known, struct pg_series *out);

/* ---- app_panes.c ---- */

/* Where each host is to be drawn: head and area of all panes. */
void panes_deal(struct app *a, struct rect body);
/* The pane at a place of the screen, header lines included; and the task. */
bool panes_at(const struct app *a, int row, int col, size_t *pane);
bool panes_pick(const struct app *a, int row, int col, size_t *pane, struct pg_key *key);
/* As view_ops.move, but over the ends of a pane into the next. False if nothing is busy anywhere.
 */
bool panes_move(struct app *a, enum view_move move);

/* ---- app.c, app_keys.c ---- */

/* The detail of a task, asked for if it is not there yet. */
const struct detail_slot *app_detail_of(struct app *a, struct pg_key key);
/* Before a key and before drawing: cursor and hover stand on tasks that are there. */
void app_settle(struct app *a);
/* Pins a task, or takes its pin away. */
void app_toggle_pin(struct app *a, size_t pane, struct pg_key key);
/* Closes what lies on top: help, lens, page or popup, hover, filter, past. */
void app_close_layer(struct app *a);
/* Something hides the grid: page, help or lens. */
static inline bool app_has_page(const struct app *a)
{
	return a->layer == LAYER_PAGE || a->layer == LAYER_HELP || a->lens;
}
/* Nothing of the past, and nothing that was recorded, can be asked. */
static inline bool app_is_recorded(const struct app *a)
{
	return a->in_past || a->o.recorded;
}
/* Asks the next thing that is wanted of the inspector, if nothing is under way. */
void app_ask_next(struct app *a);

/* ---- app_lens.c ---- */

/* What a key does about lenses; false if it is not its business. */
bool app_lens_act(struct app *a, enum action action);
/* False if none was open, or the help is over it. */
bool app_lens_close(struct app *a);
void app_lens_free(struct app *a, struct lens_slot *s);
/* A live frame of a pane came. */
void app_lens_frame(struct app *a, size_t pane);
/* What is to be asked for the open lens; false if nothing. */
bool app_lens_inquiry(struct app *a, struct pg_inquiry *q);
void app_lens_answer(struct app *a, enum pg_detail_state state, struct pg_inquiry of,
		     struct pg_detail *d);
/* One is open, and its pane has a frame. */
void app_draw_lens(struct app *a, struct canvas *c);

/* ---- app_time.c ---- */

/* What a key does about time; false if it is not its business now. */
bool app_time_act(struct app *a, enum action action);
/* To the frame nearest to a place of the axis; now, if there is one and it is not later. */
void app_go_to(struct app *a, int64_t axis_ns);
/* To the last frame at or before a time as the clock said it, maybe more than once; or now. */
void app_go_to_time(struct app *a, int64_t wall_ns);
/* To the frame of the past that is nearest to a place of the axis. */
void app_go_near(struct app *a, int64_t axis_ns);
/* Back to now; false if one is there, or there is none. */
bool app_close_past(struct app *a);

/* ---- app_timeline.c ---- */

/* A frame of the pane's past was seen: how busy it was. */
void pane_note_level(struct pane *p, uint64_t frame, const struct pg_frame *f);
/* How long ago that is what a pane with a player shows; < 0: not known. */
int64_t pane_age_ns(const struct pane *p);
/* Whether there is a time line all the time: then the legend need not make room for it. */
bool app_has_own_line(const struct app *a);
void app_draw_timeline(struct app *a, struct canvas *c, struct rect r);
/* False if the click was not on the time line. */
bool app_click_timeline(struct app *a, int row, int col);
void app_open_prompt(struct app *a);
/* False if the key is not the prompt's. */
bool app_prompt_key(struct app *a, int code);
void app_draw_prompt(const struct app *a, struct canvas *c, struct rect r);

#endif
