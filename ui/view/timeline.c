/* SPDX-License-Identifier: MIT */
#include "timeline.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "base/util.h"

#define MIN_BAR  6  /* columns for which lesser things are left out */
#define GOOD_BAR 16 /* the same for the least of them */

/* ---- times ---------------------------------------------------------------------------------- */

static time_t seconds_of(int64_t wall_ns)
{
	int64_t s = wall_ns / (int64_t)PG_NS_PER_SEC;
	return (time_t)(s - (wall_ns % (int64_t)PG_NS_PER_SEC < 0));
}

char *timeline_clock(char *out, int64_t wall_ns, bool date)
{
	time_t t = seconds_of(wall_ns);
	struct tm tm;
	if (!localtime_r(&t, &tm) ||
	    !strftime(out, TIMELINE_TEXT, date ? "%Y-%m-%d %H:%M:%S" : "%H:%M:%S", &tm))
		snprintf(out, TIMELINE_TEXT, "?");
	return out;
}

char *timeline_age(char *out, int64_t ns)
{
	uint64_t s = ns > 0 ? (uint64_t)ns / PG_NS_PER_SEC : 0, m = s / 60, h = m / 60, d = h / 24;
	unsigned sec = (unsigned)(s % 60), min = (unsigned)(m % 60);
	if (d)
		snprintf(out, TIMELINE_TEXT, "%llud %u:%02u:%02u", (unsigned long long)d,
			 (unsigned)(h % 24), min, sec);
	else if (h)
		snprintf(out, TIMELINE_TEXT, "%u:%02u:%02u", (unsigned)h, min, sec);
	else if (m)
		snprintf(out, TIMELINE_TEXT, "%um%02us", min, sec);
	else
		snprintf(out, TIMELINE_TEXT, "%us", sec);
	return out;
}

char *timeline_pace(char *out, double pace)
{
	if (pace > 0 && pace < 1)
		snprintf(out, TIMELINE_TEXT, "1/%.0fx", 1 / pace);
	else
		snprintf(out, TIMELINE_TEXT, "%.0fx", pace);
	return out;
}

/* ---- the line ------------------------------------------------------------------------------- */

struct part {
	char text[64];
	uint8_t role;
	int cols;
};

/* From left to right, the bar between the two clocks; a part of no columns is left out. */
enum { PART_STATE, PART_FROM, PART_BAR, PART_TO, PART_COUNT, PART_KEYS, NR_PARTS };

static void set_part(struct part *p, uint8_t role, bool utf8)
{
	p->role = role;
	p->cols = pg_text_width(p->text, strlen(p->text), utf8);
}

/* As wide for any frame, so that the bar stands still. */
static void write_count(char *out, size_t size, const struct timeline_input *in)
{
	unsigned long long all = in->end - in->first, n = in->at - in->first + 1;
	int digits = snprintf(NULL, 0, "%llu", all);
	if (in->at < in->first)
		snprintf(out, size, "%*s/%llu", digits, "-", all);
	else
		snprintf(out, size, "%*llu/%llu", digits, n, all);
}

static void write_parts(struct part *p, const struct timeline_input *in, bool utf8)
{
	char pace[TIMELINE_TEXT];
	timeline_pace(pace, in->pace);
	snprintf(p[PART_STATE].text, sizeof(p->text), "%-7s %s", in->playing ? "playing" : "paused",
		 pace);
	timeline_clock(p[PART_FROM].text, in->first_wall_ns, false);
	timeline_clock(p[PART_TO].text, in->last_wall_ns, false);
	write_count(p[PART_COUNT].text, sizeof(p->text), in);
	snprintf(p[PART_KEYS].text, sizeof(p->text), "%s", in->live ? "Esc now" : "? help");
	for (int i = 0; i < NR_PARTS; i++)
		set_part(&p[i], i == PART_STATE || i == PART_COUNT ? ROLE_TEXT : ROLE_DIM, utf8);
	p[PART_STATE].role = in->playing ? ROLE_ALERT : ROLE_TEXT;
	p[PART_KEYS].role = ROLE_KEY;
}

/* Columns left for the bar beside the other parts and a blank between any two. */
static int bar_room(const struct part *p, int cols)
{
	for (int i = 0; i < NR_PARTS; i++)
		if (i != PART_BAR && p[i].cols)
			cols -= p[i].cols + 1;
	return cols;
}

static void leave_out(struct part *p, const struct timeline_input *in, int cols, bool utf8)
{
	static const int order[] = {PART_KEYS, PART_FROM, PART_TO};
	for (size_t i = 0; i < PG_ARRAY_LEN(order); i++) {
		if (bar_room(p, cols) >= GOOD_BAR)
			return;
		/* One clock alone would be read as the time of the place. */
		p[order[i]].cols = 0;
		if (order[i] == PART_FROM)
			p[PART_TO].cols = 0;
	}
	if (bar_room(p, cols) < MIN_BAR) {
		snprintf(p[PART_STATE].text, sizeof(p->text), "%s", in->playing ? "> " : "||");
		set_part(&p[PART_STATE], p[PART_STATE].role, utf8);
	}
	if (bar_room(p, cols) < MIN_BAR)
		p[PART_COUNT].cols = 0;
	if (bar_room(p, cols) < MIN_BAR)
		p[PART_STATE].cols = 0;
}

/* A part of the way from the first time to the last. Those of a file may be anything. */
static int64_t time_at(const struct timeline_bar *bar, double share)
{
	if (share <= 0)
		return bar->first_ns;
	if (share >= 1)
		return bar->last_ns;
	return (int64_t)((double)bar->first_ns * (1 - share) + (double)bar->last_ns * share);
}

/* The place of a time on the bar, in columns from its left end. */
static int column_of(const struct timeline_bar *bar, int64_t ns)
{
	if (ns <= bar->first_ns || bar->cols < 2)
		return 0;
	if (ns >= bar->last_ns)
		return bar->cols - 1;
	double share = ((double)ns - (double)bar->first_ns) /
		       ((double)bar->last_ns - (double)bar->first_ns);
	return (int)(share * (bar->cols - 1) + 0.5);
}

/* Where column i begins: half a column before the time that it stands for. */
static int64_t start_of(const struct timeline_bar *bar, int i)
{
	if (i <= 0)
		return bar->first_ns;
	if (i >= bar->cols)
		return bar->last_ns < INT64_MAX ? bar->last_ns + 1 : INT64_MAX;
	return time_at(bar, (i - 0.5) / (bar->cols - 1));
}

static void put_level(struct canvas *c, const struct timeline_bar *bar, int i,
		      enum timeline_level level)
{
	static const struct {
		const uint32_t ch[2]; /* in ASCII, in UTF-8 */
		uint8_t role, shade;
	} looks[] = {
		{{' ', ' '}, ROLE_DIM, 0},    {{'-', 0xb7}, ROLE_DIM, 0},
		{{'.', 0xb7}, ROLE_IDLE, 0},  {{'o', 0x2022}, ROLE_CPU, 1},
		{{'O', 0x25cf}, ROLE_CPU, 3}, {{'#', 0x25a0}, ROLE_CPU, 4},
	};
	struct style st = STYLE(looks[level + 1].role);
	st.shade = looks[level + 1].shade;
	canvas_put(c, bar->row, bar->col + i, looks[level + 1].ch[c->utf8], st);
}

static void draw_bar(struct canvas *c, const struct timeline_bar *bar,
		     const struct timeline_input *in)
{
	for (int i = 0; i < bar->cols; i++) {
		enum timeline_level level = TIMELINE_UNKNOWN;
		if (in->level)
			level = in->level(in->arg, start_of(bar, i), start_of(bar, i + 1));
		put_level(c, bar, i, level);
	}
	struct style here = STYLE(ROLE_BAR);
	here.attrs = ATTR_BOLD | ATTR_REVERSE;
	canvas_put(c, bar->row, bar->col + column_of(bar, in->at_ns), c->utf8 ? 0x2502 : '|', here);
}

void timeline_draw(struct canvas *c, struct rect r, const struct timeline_input *in,
		   struct timeline_bar *bar)
{
	struct part parts[NR_PARTS] = {0};
	*bar = (struct timeline_bar){
		.row = r.row, .first_ns = in->first_ns, .last_ns = in->last_ns};
	if (r.rows < 1 || r.cols < 1)
		return;
	write_parts(parts, in, c->utf8);
	leave_out(parts, in, r.cols, c->utf8);
	int room = bar_room(parts, r.cols), col = r.col;
	parts[PART_BAR].cols = room > 0 ? room : 0;
	for (int i = 0; i < NR_PARTS; i++) {
		const struct part *p = &parts[i];
		if (i == PART_BAR && room > 0) {
			bar->col = col;
			bar->cols = room;
			draw_bar(c, bar, in);
		} else if (p->cols) {
			canvas_text(c, r.row, col, r.col + r.cols - col, p->text, strlen(p->text),
				    STYLE(p->role));
		}
		col += p->cols ? p->cols + 1 : 0;
	}
}

bool timeline_pick(const struct timeline_bar *bar, int row, int col, int64_t *axis_ns)
{
	int i = col - bar->col;
	if (row != bar->row || i < 0 || i >= bar->cols)
		return false;
	*axis_ns = time_at(bar, bar->cols > 1 ? (double)i / (bar->cols - 1) : 0);
	return true;
}

/* ---- what was typed ------------------------------------------------------------------------- */

/* Of one or two digits (digits, if more than two), up to max; moves on. */
static bool take_number(const char **s, int digits, int max, int *out)
{
	int n = 0, value = 0;
	for (; **s >= '0' && **s <= '9' && n < (digits > 2 ? digits : 2); (*s)++, n++)
		value = value * 10 + (**s - '0');
	*out = value;
	return n >= (digits > 2 ? digits : 1) && value <= max;
}

/* "14:03", "4:03:12", to the end of the text. */
static bool take_clock(const char *s, struct tm *tm)
{
	tm->tm_sec = 0;
	if (!take_number(&s, 2, 23, &tm->tm_hour) || *s++ != ':' ||
	    !take_number(&s, 2, 59, &tm->tm_min))
		return false;
	if (*s == ':') {
		s++;
		if (!take_number(&s, 2, 59, &tm->tm_sec))
			return false;
	}
	return *s == '\0';
}

static bool take_date(const char **s, struct tm *tm)
{
	int year, month;
	if (!take_number(s, 4, 9999, &year) || *(*s)++ != '-' || !take_number(s, 2, 12, &month) ||
	    *(*s)++ != '-' || !take_number(s, 2, 31, &tm->tm_mday) || month == 0 ||
	    tm->tm_mday == 0)
		return false;
	tm->tm_year = year - 1900;
	tm->tm_mon = month - 1;
	while (**s == ' ' || **s == 'T')
		(*s)++;
	return true;
}

/* Years beyond the 23rd century do not fit: then the last that does. */
static int64_t wall_of(struct tm tm)
{
	int64_t ns;
	tm.tm_isdst = -1;
	time_t t = mktime(&tm);
	if (__builtin_mul_overflow((int64_t)t, (int64_t)PG_NS_PER_SEC, &ns))
		return t < 0 ? INT64_MIN : INT64_MAX;
	return ns;
}

static int64_t add_ns(int64_t a, int64_t b)
{
	int64_t sum;
	if (__builtin_add_overflow(a, b, &sum))
		return b < 0 ? INT64_MIN : INT64_MAX;
	return sum;
}

static uint64_t distance(int64_t a, int64_t b)
{
	return a > b ? (uint64_t)a - (uint64_t)b : (uint64_t)b - (uint64_t)a;
}

/* How far a time lies outside of what there is. */
static uint64_t outside(const struct timeline_span *span, int64_t ns)
{
	return ns < span->first_ns  ? distance(ns, span->first_ns)
	       : ns > span->last_ns ? distance(ns, span->last_ns)
				    : 0;
}

#define MAX_DAYS 400

/* Of that time on all days, the one in the span, or nearest to it; of several, nearest to here. */
static int64_t fitting_day(const struct tm *clock, const struct timeline_span *span)
{
	time_t t = seconds_of(span->at_ns);
	struct tm day;
	int64_t best = span->at_ns;
	uint64_t best_out = UINT64_MAX, best_far = UINT64_MAX;
	if (!localtime_r(&t, &day))
		return best;
	day.tm_hour = clock->tm_hour;
	day.tm_min = clock->tm_min;
	day.tm_sec = clock->tm_sec;
	for (int i = -MAX_DAYS; i <= MAX_DAYS; i++) {
		struct tm that = day;
		that.tm_mday += i;
		int64_t ns = wall_of(that);
		uint64_t out = outside(span, ns), far = distance(ns, span->at_ns);
		if (out < best_out || (out == best_out && far < best_far)) {
			best = ns;
			best_out = out;
			best_far = far;
		}
	}
	return best;
}

/* "90s", "5m", "1h", "90": ns; at most a thousand years. */
static bool take_span(const char *s, int64_t *ns)
{
	static const struct {
		const char *unit;
		int64_t seconds;
	} units[] = {{"", 1}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}};
	int64_t value = 0;
	const char *start = s;
	for (; *s >= '0' && *s <= '9'; s++) {
		if (value > 100000)
			return false;
		value = value * 10 + (*s - '0');
	}
	for (size_t i = 0; s > start && i < PG_ARRAY_LEN(units); i++) {
		if (strcmp(s, units[i].unit) == 0) {
			if (value > INT64_MAX / 4 / (int64_t)PG_NS_PER_SEC / units[i].seconds)
				return false;
			*ns = value * units[i].seconds * (int64_t)PG_NS_PER_SEC;
			return true;
		}
	}
	return false;
}

static const char *skip_blanks(const char *s)
{
	while (*s == ' ')
		s++;
	return s;
}

bool timeline_is_span(const char *s)
{
	s = skip_blanks(s);
	return *s == '-' || *s == '+';
}

bool timeline_parse(const char *s, const struct timeline_span *span, int64_t *wall_ns)
{
	struct tm tm = {0};
	int64_t ns;
	s = skip_blanks(s);
	if (timeline_is_span(s)) {
		if (!take_span(s + 1, &ns))
			return false;
		*wall_ns = add_ns(span->at_ns, *s == '-' ? -ns : ns);
		return true;
	}
	if (take_clock(s, &tm)) {
		*wall_ns = fitting_day(&tm, span);
		return true;
	}
	if (!take_date(&s, &tm) || !take_clock(s, &tm))
		return false;
	*wall_ns = wall_of(tm);
	return true;
}
