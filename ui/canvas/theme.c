/* SPDX-License-Identifier: MIT */
/*
 * Nothing is known of a terminal's background, so every default colour has a relative luminance
 * between 0.10 and 0.30: a contrast of at least 3:1 on black and on white. That leaves dark greens
 * and golden yellows. Where the background is ours (popups), brighter ones are used. The 8 or 16
 * ANSI colours look different on every machine; there, idle and plain text keep the terminal's own.
 */
#include "theme.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

const char *const palette_names[NR_PALETTES] = {"default", "safe", "mono"};

struct css_color {
	const char *name;
	int32_t rgb;
};

/* clang-format off */
static const struct css_color css_colors[] = {
	{"aliceblue", 0xf0f8ff}, {"antiquewhite", 0xfaebd7}, {"aqua", 0x00ffff},
	{"aquamarine", 0x7fffd4}, {"azure", 0xf0ffff}, {"beige", 0xf5f5dc}, {"bisque", 0xffe4c4},
	{"black", 0x000000}, {"blanchedalmond", 0xffebcd}, {"blue", 0x0000ff},
	{"blueviolet", 0x8a2be2}, {"brown", 0xa52a2a}, {"burlywood", 0xdeb887},
	{"cadetblue", 0x5f9ea0}, {"chartreuse", 0x7fff00}, {"chocolate", 0xd2691e},
	{"coral", 0xff7f50}, {"cornflowerblue", 0x6495ed}, {"cornsilk", 0xfff8dc},
	{"crimson", 0xdc143c}, {"cyan", 0x00ffff}, {"darkblue", 0x00008b}, {"darkcyan", 0x008b8b},
	{"darkgoldenrod", 0xb8860b}, {"darkgray", 0xa9a9a9}, {"darkgreen", 0x006400},
	{"darkgrey", 0xa9a9a9}, {"darkkhaki", 0xbdb76b}, {"darkmagenta", 0x8b008b},
	{"darkolivegreen", 0x556b2f}, {"darkorange", 0xff8c00}, {"darkorchid", 0x9932cc},
	{"darkred", 0x8b0000}, {"darksalmon", 0xe9967a}, {"darkseagreen", 0x8fbc8f},
	{"darkslateblue", 0x483d8b}, {"darkslategray", 0x2f4f4f}, {"darkslategrey", 0x2f4f4f},
	{"darkturquoise", 0x00ced1}, {"darkviolet", 0x9400d3}, {"deeppink", 0xff1493},
	{"deepskyblue", 0x00bfff}, {"dimgray", 0x696969}, {"dimgrey", 0x696969},
	{"dodgerblue", 0x1e90ff}, {"firebrick", 0xb22222}, {"floralwhite", 0xfffaf0},
	{"forestgreen", 0x228b22}, {"fuchsia", 0xff00ff}, {"gainsboro", 0xdcdcdc},
	{"ghostwhite", 0xf8f8ff}, {"gold", 0xffd700}, {"goldenrod", 0xdaa520}, {"gray", 0x808080},
	{"green", 0x008000}, {"greenyellow", 0xadff2f}, {"grey", 0x808080}, {"honeydew", 0xf0fff0},
	{"hotpink", 0xff69b4}, {"indianred", 0xcd5c5c}, {"indigo", 0x4b0082}, {"ivory", 0xfffff0},
	{"khaki", 0xf0e68c}, {"lavender", 0xe6e6fa}, {"lavenderblush", 0xfff0f5},
	{"lawngreen", 0x7cfc00}, {"lemonchiffon", 0xfffacd}, {"lightblue", 0xadd8e6},
	{"lightcoral", 0xf08080}, {"lightcyan", 0xe0ffff}, {"lightgoldenrodyellow", 0xfafad2},
	{"lightgray", 0xd3d3d3}, {"lightgreen", 0x90ee90}, {"lightgrey", 0xd3d3d3},
	{"lightpink", 0xffb6c1}, {"lightsalmon", 0xffa07a}, {"lightseagreen", 0x20b2aa},
	{"lightskyblue", 0x87cefa}, {"lightslategray", 0x778899}, {"lightslategrey", 0x778899},
	{"lightsteelblue", 0xb0c4de}, {"lightyellow", 0xffffe0}, {"lime", 0x00ff00},
	{"limegreen", 0x32cd32}, {"linen", 0xfaf0e6}, {"magenta", 0xff00ff}, {"maroon", 0x800000},
	{"mediumaquamarine", 0x66cdaa}, {"mediumblue", 0x0000cd}, {"mediumorchid", 0xba55d3},
	{"mediumpurple", 0x9370db}, {"mediumseagreen", 0x3cb371}, {"mediumslateblue", 0x7b68ee},
	{"mediumspringgreen", 0x00fa9a}, {"mediumturquoise", 0x48d1cc},
	{"mediumvioletred", 0xc71585}, {"midnightblue", 0x191970}, {"mintcream", 0xf5fffa},
	{"mistyrose", 0xffe4e1}, {"moccasin", 0xffe4b5}, {"navajowhite", 0xffdead},
	{"navy", 0x000080}, {"oldlace", 0xfdf5e6}, {"olive", 0x808000}, {"olivedrab", 0x6b8e23},
	{"orange", 0xffa500}, {"orangered", 0xff4500}, {"orchid", 0xda70d6},
	{"palegoldenrod", 0xeee8aa}, {"palegreen", 0x98fb98}, {"paleturquoise", 0xafeeee},
	{"palevioletred", 0xdb7093}, {"papayawhip", 0xffefd5}, {"peachpuff", 0xffdab9},
	{"peru", 0xcd853f}, {"pink", 0xffc0cb}, {"plum", 0xdda0dd}, {"powderblue", 0xb0e0e6},
	{"purple", 0x800080}, {"rebeccapurple", 0x663399}, {"red", 0xff0000},
	{"rosybrown", 0xbc8f8f}, {"royalblue", 0x4169e1}, {"saddlebrown", 0x8b4513},
	{"salmon", 0xfa8072}, {"sandybrown", 0xf4a460}, {"seagreen", 0x2e8b57},
	{"seashell", 0xfff5ee}, {"sienna", 0xa0522d}, {"silver", 0xc0c0c0}, {"skyblue", 0x87ceeb},
	{"slateblue", 0x6a5acd}, {"slategray", 0x708090}, {"slategrey", 0x708090},
	{"snow", 0xfffafa}, {"springgreen", 0x00ff7f}, {"steelblue", 0x4682b4}, {"tan", 0xd2b48c},
	{"teal", 0x008080}, {"thistle", 0xd8bfd8}, {"tomato", 0xff6347}, {"turquoise", 0x40e0d0},
	{"violet", 0xee82ee}, {"wheat", 0xf5deb3}, {"white", 0xffffff}, {"whitesmoke", 0xf5f5f5},
	{"yellow", 0xffff00}, {"yellowgreen", 0x9acd32},
};

/* The first 16 of xterm. */
static const int32_t ansi_colors[16] = {
	0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd, 0x00cdcd, 0xe5e5e5,
	0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00, 0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff,
};
/* clang-format on */
enum { BLACK, RED, GREEN, YELLOW, BLUE, MAGENTA, CYAN, WHITE, OWN = 255 };

/* What one palette says of a role. */
struct role_look {
	int32_t shades[4]; /* from the coolest to the hottest; the last one is also the unshaded one
			    */
	int32_t on_tip;    /* on the popup's dark background */
	uint8_t ansi;      /* with 8 or 16 colours */
	uint8_t attrs;
};

#define SAME(rgb)                                                                                  \
	{                                                                                          \
		rgb, rgb, rgb, rgb                                                                 \
	}
#define OWN_LOOK SAME(COLOR_OWN)

#define TIP_BACK 0x1c1c1c
#define TIP_TEXT 0xe4e4e4

static const struct role_look default_looks[NR_ROLES] = {
	[ROLE_TEXT] = {OWN_LOOK, TIP_TEXT, OWN, 0},
	[ROLE_IDLE] = {SAME(0x949494), 0xbcbcbc, OWN, 0},
	[ROLE_CPU] = {{0xaf5f5f, 0xd75f5f, 0xd70000, 0xff0000}, 0xff5f5f, RED, 0},
	[ROLE_IO] = {{0x5f875f, 0x5f8700, 0x00875f, 0x008700}, 0x5fd75f, GREEN, 0},
	[ROLE_CPU_IO] = {{0x875f00, 0xaf5f00, 0xd75f00, 0xff5f00}, 0xffaf00, MAGENTA, 0},
	[ROLE_EXITED] = {SAME(0xaf8700), 0xffff5f, YELLOW, 0},
	[ROLE_TIP] = {SAME(TIP_TEXT), TIP_TEXT, WHITE, 0},
	[ROLE_LABEL] = {OWN_LOOK, TIP_TEXT, OWN, ATTR_BOLD},
	[ROLE_DIM] = {SAME(0x808080), 0x949494, OWN, ATTR_DIM},
	[ROLE_KEY] = {OWN_LOOK, TIP_TEXT, OWN, ATTR_BOLD},
	[ROLE_BAR] = {SAME(0x0087af), 0x5fd7ff, CYAN, 0},
	[ROLE_ALERT] = {OWN_LOOK, TIP_TEXT, OWN, ATTR_BOLD | ATTR_REVERSE},
	[ROLE_UP] = {SAME(0xd70000), 0xff5f5f, RED, 0},
	[ROLE_DOWN] = {SAME(0x5f5fff), 0x87afff, BLUE, ATTR_BOLD},
	[ROLE_EVENT] = {SAME(0xaf5faf), 0xff87ff, MAGENTA, 0},
};

/* Okabe and Ito's colours, which differ for every kind of eye; idle, text and so on as above. */
static const struct role_look safe_looks[NR_ROLES] = {
	[ROLE_IDLE] = {SAME(0x8a8a8a), 0xbcbcbc, OWN, 0},
	[ROLE_CPU] = {{0x875f5f, 0x875f00, 0xaf5f00, 0xd55e00}, 0xff8700, RED, 0},
	[ROLE_IO] = {{0x5f8787, 0x5f87af, 0x5f87d7, 0x56b4e9}, 0x56b4e9, CYAN, 0},
	[ROLE_CPU_IO] = {{0x87875f, 0xafaf5f, 0xd7d75f, 0xf0e442}, 0xf0e442, YELLOW, ATTR_BOLD},
	[ROLE_EXITED] = {SAME(0xcc79a7), 0xcc79a7, MAGENTA, 0},
};

void theme_init(struct theme *t, enum palette p, bool utf8)
{
	*t = (struct theme){.palette = p, .utf8 = utf8, .by_class = p == PALETTE_MONO};
	for (int i = 0; i < NR_ROLES; i++)
		t->user[i] = COLOR_UNSET;
	t->user_tip = t->user_bg = COLOR_UNSET;
}

bool theme_equal(const struct theme *a, const struct theme *b)
{
	return a->palette == b->palette && a->utf8 == b->utf8 && a->by_class == b->by_class &&
	       a->user_tip == b->user_tip && a->user_bg == b->user_bg &&
	       memcmp(a->user, b->user, sizeof(a->user)) == 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool parse_hex(const char *s, size_t n, int32_t *rgb)
{
	int32_t v = 0;

	if (n != 3 && n != 6)
		return false;
	for (size_t i = 0; i < n; i++) {
		int digit = hex_digit(s[i]);
		if (digit < 0)
			return false;
		v = v << 4 | digit;
		if (n == 3)
			v = v << 4 | digit;
	}
	*rgb = v;
	return true;
}

static int cmp_css(const void *key, const void *entry)
{
	return strcasecmp(key, ((const struct css_color *)entry)->name);
}

bool theme_parse_color(const char *s, size_t n, int32_t *rgb)
{
	char name[24];

	if (n > 0 && s[0] == '#')
		return parse_hex(s + 1, n - 1, rgb);
	if (n >= sizeof(name) || memchr(s, '\0', n))
		return false;
	memcpy(name, s, n);
	name[n] = '\0';
	const struct css_color *c =
		bsearch(name, css_colors, PG_ARRAY_LEN(css_colors), sizeof(css_colors[0]), cmp_css);
	if (c)
		*rgb = c->rgb;
	return c != NULL;
}

static int unknown_color(struct pg_error *err, const char *s, size_t n)
{
	struct pg_buf safe = {0};

	pg_text_safe(&safe, s, n, 60, false);
	pg_fail(err, -EINVAL, "unknown colour '%s': give a CSS colour name or #rrggbb",
		pg_buf_cstr(&safe));
	pg_buf_free(&safe);
	return -EINVAL;
}

int theme_parse_colors(struct theme *t, const char *list, struct pg_error *err)
{
	struct theme new = *t;
	int32_t *const slots[] = {
		&new.user[ROLE_IDLE],   &new.user[ROLE_CPU],    &new.user[ROLE_IO],
		&new.user[ROLE_CPU_IO], &new.user[ROLE_EXITED], &new.user_tip,
		&new.user_bg,
	};

	for (size_t i = 0;; i++) {
		size_t n = strcspn(list, ",");
		if (i == PG_ARRAY_LEN(slots))
			return pg_fail(err, -EINVAL,
				       "too many colours: there are seven, "
				       "normal,cpu,io,cpuio,exited,tip,bg");
		if (n > 0 && !theme_parse_color(list, n, slots[i]))
			return unknown_color(err, list, n);
		if (list[n] == '\0')
			break;
		list += n + 1;
	}
	*t = new;
	return 0;
}

bool theme_parse_palette(const char *name, enum palette *p)
{
	for (int i = 0; i < NR_PALETTES; i++)
		if (strcmp(name, palette_names[i]) == 0) {
			*p = (enum palette)i;
			return true;
		}
	return false;
}

static double linear(int32_t rgb, int shift)
{
	double c = (rgb >> shift & 0xff) / 255.0;
	return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

static double luminance(int32_t rgb)
{
	return 0.2126 * linear(rgb, 16) + 0.7152 * linear(rgb, 8) + 0.0722 * linear(rgb, 0);
}

double theme_contrast(int32_t a, int32_t b)
{
	double la = luminance(a), lb = luminance(b);
	return la > lb ? (la + 0.05) / (lb + 0.05) : (lb + 0.05) / (la + 0.05);
}

static int32_t readable_on(int32_t back)
{
	return theme_contrast(0x000000, back) > theme_contrast(0xffffff, back) ? 0x000000
									       : 0xffffff;
}

static int32_t xterm_color(int index)
{
	static const uint8_t level[] = {0x00, 0x5f, 0x87, 0xaf, 0xd7, 0xff};

	if (index < 16)
		return ansi_colors[index];
	if (index >= 232)
		return (8 + 10 * (index - 232)) * 0x010101;
	index -= 16;
	return level[index / 36] << 16 | level[index / 6 % 6] << 8 | level[index % 6];
}

int theme_nearest(int32_t rgb, int colors)
{
	int best = 0, first = colors >= 256 ? 16 : 0;
	int end = colors >= 256 ? 256 : colors >= 16 ? 16 : 8;
	long best_distance = -1;

	for (int i = first; i < end; i++) {
		int32_t c = xterm_color(i);
		long r = (c >> 16) - (rgb >> 16), g = (c >> 8 & 0xff) - (rgb >> 8 & 0xff);
		long b = (c & 0xff) - (rgb & 0xff);
		long distance = r * r + g * g + b * b;
		if (best_distance < 0 || distance < best_distance) {
			best = i;
			best_distance = distance;
		}
	}
	return best;
}

static bool is_class(int role)
{
	return role >= ROLE_IDLE && role <= ROLE_EXITED;
}

static const struct role_look *look_of(const struct theme *t, int role)
{
	if (t->palette == PALETTE_SAFE && is_class(role))
		return &safe_looks[role];
	return &default_looks[role];
}

static int32_t ansi(int index)
{
	return index == OWN ? COLOR_OWN : ansi_colors[index];
}

/* The colour of a role on an unknown background; attrs gets what stands for a shade without one. */
static int32_t plain_color(const struct theme *t, int role, int shade, bool rich, uint8_t *attrs)
{
	const struct role_look *look = look_of(t, role);
	bool shaded = role >= ROLE_CPU && role <= ROLE_CPU_IO && shade >= 1 && shade <= 4;
	bool own = t->user[role] != COLOR_UNSET;

	if (shaded && rich && !own)
		return look->shades[shade - 1];
	/* A glyph that is the class is bold for a large task: no room for a shade. */
	if (shaded && !t->by_class)
		*attrs |= shade == 1 ? ATTR_DIM : shade == 4 ? ATTR_BOLD : 0;
	if (own)
		return t->user[role];
	return rich ? look->shades[3] : ansi(look->ansi);
}

static struct rgb_pair tip_colors(const struct theme *t, int role, bool rich)
{
	struct rgb_pair p = {.bg = rich ? TIP_BACK : ansi_colors[BLUE]};
	bool light = false;

	if (t->user_tip != COLOR_UNSET) {
		p.bg = t->user_tip;
		light = readable_on(p.bg) == 0;
	}
	/* Few ANSI colours can be read on another one: words say what the colour cannot. */
	if (!rich && is_class(role))
		p.attrs = ATTR_BOLD;
	if (t->user[role] != COLOR_UNSET)
		p.fg = t->user[role];
	else if (!rich)
		p.fg = readable_on(p.bg) ? ansi_colors[WHITE] : ansi_colors[BLACK];
	else if (!light)
		p.fg = look_of(t, role)->on_tip;
	else
		p.fg = is_class(role) ? default_looks[role].shades[3] : 0x000000;
	return p;
}

static struct rgb_pair mono_look(int role, int back)
{
	struct rgb_pair p = {.fg = COLOR_OWN, .bg = COLOR_OWN, .attrs = default_looks[role].attrs};

	if (back == ROLE_TIP)
		p.attrs = ATTR_REVERSE | (is_class(role) ? ATTR_BOLD : 0);
	return p;
}

struct rgb_pair theme_colors(const struct theme *t, struct style st, int colors)
{
	int role = st.role < NR_ROLES ? st.role : ROLE_TEXT;
	bool rich = colors >= 256;
	struct rgb_pair p;

	if (colors < 8 || t->palette == PALETTE_MONO)
		return mono_look(role, st.back);
	if (st.back == ROLE_TIP) {
		p = tip_colors(t, role, rich);
		p.attrs |= look_of(t, role)->attrs & ~ATTR_DIM;
		return p;
	}
	p = (struct rgb_pair){.bg = COLOR_OWN, .attrs = look_of(t, role)->attrs};
	if (rich)
		p.attrs &= ~ATTR_DIM; /* there is a colour for it */
	p.fg = plain_color(t, role, st.shade, rich, &p.attrs);
	if (st.back < NR_ROLES) {
		uint8_t unused = 0;
		p.bg = plain_color(t, st.back, 0, rich, &unused);
		/* Half of a cell needs a colour that can be a background as well. */
		if (p.bg == COLOR_OWN && is_class(st.back))
			p.bg = ansi_colors[WHITE];
		if (p.fg == COLOR_OWN && is_class(role))
			p.fg = ansi_colors[WHITE];
	} else if (t->user_bg != COLOR_UNSET) {
		p.bg = t->user_bg;
		if (p.fg == COLOR_OWN)
			p.fg = readable_on(p.bg);
	}
	return p;
}

enum role theme_class_role(enum pg_class cls)
{
	switch (cls) {
	case PG_CPU:
		return ROLE_CPU;
	case PG_DISK:
		return ROLE_IO;
	case PG_CPU_DISK:
		return ROLE_CPU_IO;
	case PG_EXITED:
		return ROLE_EXITED;
	case PG_IDLE:
	case PG_NR_CLASSES:
		break;
	}
	return ROLE_IDLE;
}

static uint32_t sign_char(const struct theme *t, enum pg_sign sign)
{
	switch (sign) {
	case PG_SIGN_EXITED:
		return t->utf8 ? 0xd7 : 'x'; /* × */
	case PG_SIGN_ZOMBIE:
		return 'z';
	case PG_SIGN_DISK_SLEEP:
		return '!';
	case PG_SIGN_STOPPED:
		return '=';
	case PG_SIGN_UNSEEN:
		return '?';
	case PG_SIGN_NEW:
		return '+';
	case PG_SIGN_NONE:
		break;
	}
	return 0;
}

/* Steps: thread, then a leader's four sizes. */
static uint32_t size_char(const struct theme *t, int step)
{
	static const uint32_t wide[] = {0xb7, 0x2022, 0x25cf, 0x25a0, 0x2588}; /* · • ● ■ █ */
	static const uint32_t ascii[] = {'.', 'o', 'O', '0', '@'};

	return t->utf8 ? wide[step] : ascii[step];
}

static uint32_t class_char(const struct pg_cell *cell)
{
	static const char leader[] = "oCIB", thread[] = ".cib";
	unsigned cls = cell->cls <= PG_CPU_DISK ? cell->cls : PG_IDLE;

	return (unsigned char)(cell->leader ? leader[cls] : thread[cls]);
}

/* Four steps of CPU. A task that is busy with the disk alone has no measure: it is not shaded. */
static uint8_t shade_of(const struct pg_cell *cell)
{
	if (cell->cls != PG_CPU && cell->cls != PG_CPU_DISK)
		return 0;
	return cell->share >= 0.25f ? 4 : cell->share >= 0.05f ? 3 : cell->share >= 0.01f ? 2 : 1;
}

struct glyph theme_glyph(const struct theme *t, const struct pg_cell *cell)
{
	/* Nearly all cells of a machine: idle, without a sign. */
	if (cell->cls == PG_IDLE && !cell->sign && !cell->throb && !t->by_class)
		return (struct glyph){.ch = size_char(t, cell->leader ? 1 + (cell->size & 3) : 0),
				      .style = STYLE(ROLE_IDLE),
				      .gap = ' '};
	struct glyph g = {.gap = ' ', .style = STYLE(theme_class_role((enum pg_class)cell->cls))};
	enum pg_sign sign = cell->cls == PG_EXITED ? PG_SIGN_EXITED : (enum pg_sign)cell->sign;
	int size = cell->size < 3 ? cell->size : 3;
	int throb = cell->leader ? cell->throb : 0;

	if (sign == PG_SIGN_EXITED)
		g.style.role = ROLE_EXITED;
	g.style.shade = shade_of(cell);
	g.ch = sign_char(t, sign);
	if (g.ch)
		return g;
	if (t->by_class) {
		g.ch = class_char(cell);
		g.gap = throb > 0 ? '^' : throb < 0 ? 'v' : ' ';
		if (cell->leader && size == 3)
			g.style.attrs = ATTR_BOLD;
		return g;
	}
	int step = cell->leader ? 1 + size : 0;
	if (throb > 0 && step == 4)
		g.style.attrs = ATTR_BOLD;
	else if (throb != 0)
		step += throb > 0 ? 1 : -1;
	g.ch = size_char(t, step);
	return g;
}
