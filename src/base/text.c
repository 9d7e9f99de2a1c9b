/* SPDX-License-Identifier: MIT */
/*
 * Three sorts of characters for a terminal: those that are replaced because they could steer it or
 * hide what a name is, those that are dropped because they take no column of their own, and the
 * rest, drawn as they are. Widths are those of the C library, since the terminal library believes
 * them too; where its locale knows no UTF-8 a short table of the large ranges stands in.
 */
#include "text.h"

#include <wchar.h>

#define REPLACEMENT 0xfffd

struct range {
	uint32_t first, last;
};

static bool in_ranges(const struct range *r, size_t nr, uint32_t cp)
{
	for (size_t i = 0; i < nr; i++)
		if (cp >= r[i].first && cp <= r[i].last)
			return true;
	return false;
}

static bool is_cont(const char *s, size_t n, size_t i)
{
	return i < n && ((unsigned char)s[i] & 0xc0) == 0x80;
}

size_t pg_utf8_decode(const char *s, size_t n, uint32_t *cp)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned char c = (unsigned char)s[0];

	*cp = PG_INVALID;
	if (c < 0x80) {
		*cp = c;
		return 1;
	}
	size_t len = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
	if (c < 0xc2 || c > 0xf4)
		return 1;
	uint32_t v = c & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		if (!is_cont(s, n, i))
			return 1;
		v = v << 6 | ((unsigned char)s[i] & 0x3f);
	}
	if (v < least[len] || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff))
		return 1;
	*cp = v;
	return len;
}

size_t pg_utf8_encode(uint32_t cp, char out[4])
{
	if (cp < 0x80) {
		out[0] = (char)cp;
		return 1;
	}
	size_t len = cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
	for (size_t i = len - 1; i > 0; i--) {
		out[i] = (char)(0x80 | (cp & 0x3f));
		cp >>= 6;
	}
	out[0] = (char)((0xf00u >> len & 0xf0) | cp);
	return len;
}

static bool is_control(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp <= 0x9f);
}

static bool is_line_end(uint32_t cp)
{
	return cp == 0x85 || cp == 0x2028 || cp == 0x2029;
}

bool pg_text_is_unsafe(uint32_t cp)
{
	static const struct range unsafe[] = {
		{0x061c, 0x061c},      {0x200e, 0x200f},   /* bidi marks */
		{0x2028, 0x202e},                          /* line ends, embeddings, overrides */
		{0x2065, 0x206f},                          /* isolates, deprecated controls */
		{0xd800, 0xf8ff},                          /* surrogates, private use */
		{0xfdd0, 0xfdef},      {0xfff0, 0xfffb},   /* noncharacters, annotations */
		{0xe0000, 0xe00ff},    {0xe01f0, 0xe0fff}, /* tags */
		{0xf0000, UINT32_MAX},                     /* private planes, PG_INVALID */
	};
	return is_control(cp) || (cp & 0xfffe) == 0xfffe ||
	       in_ranges(unsafe, PG_ARRAY_LEN(unsafe), cp);
}

/* Invisible by definition; libraries do not agree on their widths. */
static bool is_invisible(uint32_t cp)
{
	return cp == 0xad || cp == 0x034f || cp == 0x180e || (cp >= 0x200b && cp <= 0x200d) ||
	       (cp >= 0x2060 && cp <= 0x2064) || (cp >= 0xfe00 && cp <= 0xfe0f) || cp == 0xfeff ||
	       (cp >= 0xe0100 && cp <= 0xe01ef);
}

static int width_by_table(uint32_t cp)
{
	static const struct range zero[] = {
		{0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x05bf, 0x05bf},
		{0x05c1, 0x05c2}, {0x05c4, 0x05c5}, {0x05c7, 0x05c7}, {0x0610, 0x061a},
		{0x064b, 0x065f}, {0x0670, 0x0670}, {0x06d6, 0x06dc}, {0x06df, 0x06e4},
		{0x06e7, 0x06e8}, {0x06ea, 0x06ed}, {0x093c, 0x093c}, {0x0941, 0x0948},
		{0x094d, 0x094d}, {0x0e31, 0x0e31}, {0x0e34, 0x0e3a}, {0x0e47, 0x0e4e},
		{0x1160, 0x11ff}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x20d0, 0x20f0},
		{0x302a, 0x302d}, {0x3099, 0x309a}, {0xfe20, 0xfe2f},
	};
	static const struct range wide[] = {
		{0x1100, 0x115f},   {0x231a, 0x231b},   {0x2e80, 0x303e},   {0x3041, 0x4dbf},
		{0x4e00, 0xa4cf},   {0xa960, 0xa97c},   {0xac00, 0xd7a3},   {0xf900, 0xfaff},
		{0xfe10, 0xfe19},   {0xfe30, 0xfe6f},   {0xff01, 0xff60},   {0xffe0, 0xffe6},
		{0x1f300, 0x1f320}, {0x1f32d, 0x1f335}, {0x1f337, 0x1f37c}, {0x1f3fb, 0x1f43e},
		{0x1f442, 0x1f4fc}, {0x1f5fb, 0x1f64f}, {0x1f680, 0x1f6c5}, {0x1f90c, 0x1f9ff},
		{0x20000, 0x3fffd},
	};
	if (in_ranges(zero, PG_ARRAY_LEN(zero), cp))
		return 0;
	return in_ranges(wide, PG_ARRAY_LEN(wide), cp) ? 2 : 1;
}

/* 0, 1 or 2 columns; -1 for a character that is not assigned. */
static int width_of(uint32_t cp)
{
	if (is_invisible(cp))
		return 0;
	if (wcwidth(0x4e00) != 2)
		return width_by_table(cp);
	int w = wcwidth((wchar_t)cp);
	return w > 2 ? 2 : w;
}

uint32_t pg_text_next(const char **s, size_t *n, bool utf8, int *width)
{
	uint32_t cp;
	size_t len = pg_utf8_decode(*s, *n, &cp);

	*s += len;
	*n -= len;
	*width = 1;
	if (cp >= 0x20 && cp < 0x7f)
		return cp;
	if (!utf8)
		return '?';
	if (pg_text_is_unsafe(cp))
		return REPLACEMENT;
	int w = width_of(cp);
	if (w < 0)
		return REPLACEMENT;
	*width = w;
	return cp;
}

int pg_text_width(const char *s, size_t n, bool utf8)
{
	int columns = 0;
	while (n > 0) {
		int w;
		pg_text_next(&s, &n, utf8, &w);
		columns += w;
	}
	return columns;
}

int pg_text_safe(struct pg_buf *b, const char *s, size_t n, int max, bool utf8)
{
	int columns = 0;
	while (n > 0) {
		char out[4];
		int w;
		uint32_t cp = pg_text_next(&s, &n, utf8, &w);
		if (w == 0)
			continue;
		if (w > max - columns)
			break;
		pg_buf_put(b, out, pg_utf8_encode(cp, out));
		columns += w;
	}
	return columns;
}

static void put_hex(struct pg_buf *b, const char *s, size_t n)
{
	static const char digits[] = "0123456789ABCDEF";
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		const char hex[] = {'\\', 'x', digits[c >> 4], digits[c & 15]};
		pg_buf_put(b, hex, sizeof(hex));
	}
}

void pg_text_escape(struct pg_buf *b, const char *s, size_t n)
{
	for (bool first = true; n > 0; first = false) {
		uint32_t cp;
		size_t len = pg_utf8_decode(s, n, &cp);
		bool formula = first && (cp == '=' || cp == '+' || cp == '-' || cp == '@');
		if (cp == PG_INVALID || cp == '\\' || formula || is_control(cp) || is_line_end(cp))
			put_hex(b, s, len);
		else
			pg_buf_put(b, s, len);
		s += len;
		n -= len;
	}
}
