/* SPDX-License-Identifier: MIT */
/* Lines are dealt out like water: all vessels rise together, and a full one takes no more. */
#include "layout_panes.h"

static int min_int(int a, int b)
{
	return a < b ? a : b;
}

/* Lines that all pictures take in a form; more than `most` is as good as any. */
static int sum_of(const struct layout_need *need, size_t nr, size_t form, int most)
{
	int sum = 0;
	for (size_t i = 0; i < nr && sum <= most; i++)
		sum += min_int(need[i].lines[form], most + 1);
	return sum;
}

static size_t with_cells(const struct layout_need *need, size_t nr)
{
	size_t n = 0;
	for (size_t i = 0; i < nr; i++)
		n += need[i].lines[NR_LAYOUT_FORMS - 1] > 0;
	return n;
}

/* A blank line behind each that draws something, as far as there are any. */
static void share_spare(const struct layout_need *need, size_t nr, int spare,
			struct layout_share *out)
{
	for (size_t i = 0; i < nr && spare > 0; i++) {
		if (need[i].lines[NR_LAYOUT_FORMS - 1] <= 0)
			continue;
		out[i].body++;
		spare--;
	}
}

/* Not enough for all: line by line, round and round. */
static void share_scarce(const struct layout_need *need, size_t nr, int lines,
			 struct layout_share *out)
{
	bool any = true;
	while (any) {
		any = false;
		for (size_t i = 0; i < nr && lines > 0; i++) {
			if (out[i].body >= need[i].lines[NR_LAYOUT_FORMS - 1])
				continue;
			out[i].body++;
			lines--;
			any = true;
		}
	}
}

/* Fewer lines than headers and one more: those around the focus. */
static void show_around(size_t nr, int lines, size_t focus, struct layout_share *out)
{
	for (size_t i = 0; i < nr; i++)
		out[i] = (struct layout_share){0};
	if (lines < 1)
		return;
	if (lines > 1)
		out[focus].body = 1;
	size_t heads = (size_t)lines - (lines > 1);
	size_t first = focus > heads / 2 ? focus - heads / 2 : 0;
	first = first + heads > nr ? nr - heads : first;
	for (size_t i = first; i < first + heads; i++)
		out[i].header = true;
}

size_t layout_panes(const struct layout_need *need, size_t nr, int lines, size_t focus,
		    struct layout_share *out)
{
	if ((size_t)(lines < 0 ? 0 : lines) < nr + 1) {
		show_around(nr, lines, focus, out);
		return NR_LAYOUT_FORMS;
	}
	int room = lines - (int)nr;
	for (size_t i = 0; i < nr; i++)
		out[i] = (struct layout_share){.header = true};
	if ((int)with_cells(need, nr) > room) {
		out[focus].body = room;
		return NR_LAYOUT_FORMS;
	}
	for (size_t form = 0; form < NR_LAYOUT_FORMS; form++) {
		int sum = sum_of(need, nr, form, room);
		if (sum > room)
			continue;
		for (size_t i = 0; i < nr; i++)
			out[i].body = need[i].lines[form];
		share_spare(need, nr, room - sum, out);
		return form;
	}
	share_scarce(need, nr, room, out);
	return NR_LAYOUT_FORMS;
}

bool layout_panes_hold(const struct layout_need *need, size_t nr, size_t form,
		       const struct layout_share *old, const struct layout_share *fresh)
{
	if (form >= NR_LAYOUT_FORMS)
		return false;
	for (size_t i = 0; i < nr; i++)
		if (need[i].lines[form] > old[i].body && fresh[i].body > old[i].body)
			return false;
	return true;
}
