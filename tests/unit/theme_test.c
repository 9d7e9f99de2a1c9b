/* SPDX-License-Identifier: MIT */
/* What the theme promises: the table of glyphs, and colours that can be read and told apart. */
#include "canvas/theme.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t classes[] = {ROLE_IDLE, ROLE_CPU, ROLE_IO, ROLE_CPU_IO, ROLE_EXITED};
static const int depths[] = {8, 16, 256, 1 << 24};

static struct theme theme_of(enum palette p)
{
	struct theme t;
	theme_init(&t, p, true);
	return t;
}

static struct style styled(int role, int back, int shade)
{
	return (struct style){
		.role = (uint8_t)role, .back = (uint8_t)back, .shade = (uint8_t)shade};
}

Test(theme, colors_by_name_and_number)
{
	static const struct {
		const char *s;
		int32_t rgb; /* -1: neither */
	} cases[] = {
		{"red", 0xff0000},
		{"Red", 0xff0000},
		{"LAWNGREEN", 0x7cfc00},
		{"aliceblue", 0xf0f8ff},
		{"yellowgreen", 0x9acd32},
		{"rebeccapurple", 0x663399},
		{"gray", 0x808080},
		{"grey", 0x808080},
		{"lightgoldenrodyellow", 0xfafad2},
		{"honeydew", 0xf0fff0},
		{"green", 0x008000},
		{"#fff", 0xffffff},
		{"#1aB", 0x11aabb},
		{"#D55E00", 0xd55e00},
		{"#000000", 0},
		{"", -1},
		{"#", -1},
		{"#12", -1},
		{"#12345", -1},
		{"#1234567", -1},
		{"#ggg", -1},
		{"#+12", -1},
		{"redd", -1},
		{"re", -1},
		{"light green", -1},
		{"lightgoldenrodyelloww", -1},
		{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", -1},
	};

	for (size_t i = 0; i < PG_ARRAY_LEN(cases); i++) {
		int32_t rgb = -1;
		bool ok = theme_parse_color(cases[i].s, strlen(cases[i].s), &rgb);
		cr_expect_eq(ok, cases[i].rgb >= 0, "%s", cases[i].s);
		cr_expect_eq(rgb, cases[i].rgb, "%s: %06x", cases[i].s, (unsigned)rgb);
	}
	int32_t rgb;
	cr_expect(theme_parse_color("redwood", 3, &rgb), "only n bytes count");
	cr_expect_not(theme_parse_color("red\0x", 5, &rgb));
}

/* The names of CSS Color 4, joined by blanks; the table is searched for each of them. */
static const char css_names[] =
	"aliceblue antiquewhite aqua aquamarine azure beige bisque black blanchedalmond blue "
	"blueviolet brown burlywood cadetblue chartreuse chocolate coral cornflowerblue cornsilk "
	"crimson cyan darkblue darkcyan darkgoldenrod darkgray darkgreen darkgrey darkkhaki "
	"darkmagenta darkolivegreen darkorange darkorchid darkred darksalmon darkseagreen "
	"darkslateblue darkslategray darkslategrey darkturquoise darkviolet deeppink deepskyblue "
	"dimgray dimgrey dodgerblue firebrick floralwhite forestgreen fuchsia gainsboro ghostwhite "
	"gold goldenrod gray green greenyellow grey honeydew hotpink indianred indigo ivory khaki "
	"lavender lavenderblush lawngreen lemonchiffon lightblue lightcoral lightcyan "
	"lightgoldenrodyellow lightgray lightgreen lightgrey lightpink lightsalmon lightseagreen "
	"lightskyblue lightslategray lightslategrey lightsteelblue lightyellow lime limegreen linen "
	"magenta maroon mediumaquamarine mediumblue mediumorchid mediumpurple mediumseagreen "
	"mediumslateblue mediumspringgreen mediumturquoise mediumvioletred midnightblue mintcream "
	"mistyrose moccasin navajowhite navy oldlace olive olivedrab orange orangered orchid "
	"palegoldenrod palegreen paleturquoise palevioletred papayawhip peachpuff peru pink plum "
	"powderblue purple rebeccapurple red rosybrown royalblue saddlebrown salmon sandybrown "
	"seagreen seashell sienna silver skyblue slateblue slategray slategrey snow springgreen "
	"steelblue tan teal thistle tomato turquoise violet wheat white whitesmoke yellow "
	"yellowgreen";

Test(theme, knows_all_css_names)
{
	int nr = 0;

	for (const char *s = css_names; *s; nr++) {
		size_t n = strcspn(s, " ");
		int32_t rgb;
		cr_expect(theme_parse_color(s, n, &rgb), "%.*s", (int)n, s);
		s += n;
		s += *s == ' ';
	}
	cr_expect_eq(nr, 148);
}

Test(theme, list_of_colors)
{
	struct theme t = theme_of(PALETTE_DEFAULT);
	struct pg_error err = {0};

	cr_assert_eq(theme_parse_colors(&t, "honeydew,,#00f,,,lightyellow", &err), 0);
	cr_expect_eq(t.user[ROLE_IDLE], 0xf0fff0);
	cr_expect_eq(t.user[ROLE_CPU], COLOR_UNSET);
	cr_expect_eq(t.user[ROLE_IO], 0x0000ff);
	cr_expect_eq(t.user_tip, 0xffffe0);
	cr_expect_eq(t.user_bg, COLOR_UNSET);
	cr_assert_eq(theme_parse_colors(&t, ",,,,,,white", &err), 0);
	cr_expect_eq(t.user_bg, 0xffffff);
	cr_expect_eq(t.user[ROLE_IDLE], 0xf0fff0, "empty keeps what was set");
	cr_expect_eq(theme_parse_colors(&t, "", &err), 0);

	struct theme before = t;
	cr_expect_lt(theme_parse_colors(&t, "red,bluish\033", &err), 0);
	cr_expect_not_null(strstr(err.text, "'bluish?'"), "%s", err.text);
	cr_expect_lt(theme_parse_colors(&t, "red,,,,,,,red", &err), 0);
	cr_expect_not_null(strstr(err.text, "seven"), "%s", err.text);
	cr_expect(theme_equal(&t, &before), "an error changes nothing");
}

Test(theme, palettes_by_name)
{
	enum palette p;

	for (int i = 0; i < NR_PALETTES; i++) {
		cr_expect(theme_parse_palette(palette_names[i], &p));
		cr_expect_eq((int)p, i);
	}
	cr_expect_not(theme_parse_palette("Safe", &p));
	cr_expect_not(theme_parse_palette("", &p));
}

Test(theme, contrast_of_wcag)
{
	cr_expect_float_eq(theme_contrast(0, 0xffffff), 21, 1e-9);
	cr_expect_float_eq(theme_contrast(0xffffff, 0), 21, 1e-9);
	cr_expect_float_eq(theme_contrast(0x777777, 0xffffff), 4.478, 0.001);
	cr_expect_float_eq(theme_contrast(0x123456, 0x123456), 1, 1e-9);
}

Test(theme, default_colors_are_readable_on_black_and_white)
{
	struct theme t = theme_of(PALETTE_DEFAULT);

	for (int role = 0; role < NR_ROLES; role++)
		for (int shade = 0; shade <= 4; shade++) {
			struct rgb_pair p = theme_colors(&t, styled(role, ROLE_NONE, shade), 256);
			cr_expect_eq(p.bg, COLOR_OWN);
			if (role == ROLE_TIP || p.fg == COLOR_OWN)
				continue;
			cr_expect_geq(theme_contrast(p.fg, 0x000000), 3, "%06x", (unsigned)p.fg);
			cr_expect_geq(theme_contrast(p.fg, 0xffffff), 3, "%06x", (unsigned)p.fg);
		}
}

Test(theme, popups_are_readable)
{
	static const char *const tips[] = {"", ",,,,,lightyellow", ",,,,,navy"};

	for (size_t i = 0; i < PG_ARRAY_LEN(tips); i++)
		for (int palette = 0; palette < PALETTE_MONO; palette++)
			for (int role = 0; role < NR_ROLES; role++) {
				struct theme t = theme_of((enum palette)palette);
				cr_assert_eq(theme_parse_colors(&t, tips[i], NULL), 0);
				struct rgb_pair p =
					theme_colors(&t, styled(role, ROLE_TIP, 0), 256);
				cr_expect_geq(theme_contrast(p.fg, p.bg), i == 1 ? 2.8 : 4.5,
					      "%s role %d: %06x on %06x", tips[i], role,
					      (unsigned)p.fg, (unsigned)p.bg);
			}
}

static int distance(int32_t a, int32_t b)
{
	int sum = 0;
	for (int shift = 0; shift <= 16; shift += 8)
		sum += abs((a >> shift & 255) - (b >> shift & 255));
	return sum;
}

Test(theme, classes_and_shades_differ)
{
	for (int palette = 0; palette < PALETTE_MONO; palette++) {
		struct theme t = theme_of((enum palette)palette);
		for (size_t i = 0; i < PG_ARRAY_LEN(classes); i++)
			for (size_t j = 0; j < i; j++)
				for (int shade = 0; shade < 25; shade++) {
					int32_t a = theme_colors(&t,
								 styled(classes[i], ROLE_NONE,
									shade / 5),
								 256)
							    .fg;
					int32_t b = theme_colors(&t,
								 styled(classes[j], ROLE_NONE,
									shade % 5),
								 256)
							    .fg;
					cr_expect_geq(distance(a, b), 40, "%06x %06x", (unsigned)a,
						      (unsigned)b);
				}
		for (int role = ROLE_CPU; role <= ROLE_CPU_IO; role++)
			for (int shade = 1; shade < 4; shade++) {
				int32_t a =
					theme_colors(&t, styled(role, ROLE_NONE, shade), 256).fg;
				int32_t b =
					theme_colors(&t, styled(role, ROLE_NONE, shade + 1), 256)
						.fg;
				cr_expect_neq(theme_nearest(a, 256), theme_nearest(b, 256));
			}
	}
}

Test(theme, few_colors_are_chosen_by_hand)
{
	for (int palette = 0; palette < PALETTE_MONO; palette++)
		for (size_t d = 0; d < 2; d++) {
			struct theme t = theme_of((enum palette)palette);
			int seen[16] = {0};
			for (size_t i = 0; i < PG_ARRAY_LEN(classes); i++) {
				struct rgb_pair p = theme_colors(
					&t, styled(classes[i], ROLE_NONE, 0), depths[d]);
				if (classes[i] == ROLE_IDLE) {
					cr_expect_eq(p.fg, COLOR_OWN);
					continue;
				}
				int index = theme_nearest(p.fg, depths[d]);
				cr_expect_eq(seen[index]++, 0, "two classes in one colour");
				cr_expect(index != 0 && index != 7);
			}
			struct rgb_pair cool =
				theme_colors(&t, styled(ROLE_CPU, ROLE_NONE, 1), depths[d]);
			struct rgb_pair hot =
				theme_colors(&t, styled(ROLE_CPU, ROLE_NONE, 4), depths[d]);
			cr_expect_eq(cool.attrs, ATTR_DIM);
			cr_expect_eq(hot.attrs, ATTR_BOLD);
		}
}

Test(theme, half_blocks_have_two_solid_colors)
{
	for (size_t d = 1; d < PG_ARRAY_LEN(depths); d++)
		for (size_t i = 0; i < PG_ARRAY_LEN(classes); i++)
			for (size_t j = 0; j < PG_ARRAY_LEN(classes); j++) {
				struct theme t = theme_of(PALETTE_DEFAULT);
				struct rgb_pair p = theme_colors(
					&t, styled(classes[i], classes[j], 0), depths[d]);
				cr_expect_geq(p.fg, 0);
				cr_expect_geq(p.bg, 0);
				cr_expect_eq(p.fg == p.bg, i == j);
			}
}

Test(theme, no_color_where_there_is_none)
{
	for (int palette = 0; palette < NR_PALETTES; palette++)
		for (size_t d = 0; d < PG_ARRAY_LEN(depths); d++)
			for (int role = 0; role < NR_ROLES; role++) {
				struct theme t = theme_of((enum palette)palette);
				int colors = palette == PALETTE_MONO ? depths[d] : 0;
				struct rgb_pair p =
					theme_colors(&t, styled(role, ROLE_NONE, 4), colors);
				cr_expect(p.fg == COLOR_OWN && p.bg == COLOR_OWN);
				p = theme_colors(&t, styled(role, ROLE_TIP, 0), colors);
				cr_expect(p.fg == COLOR_OWN && p.bg == COLOR_OWN);
				cr_expect(p.attrs & ATTR_REVERSE);
			}
}

Test(theme, colors_of_the_user)
{
	struct theme t = theme_of(PALETTE_DEFAULT);

	cr_assert_eq(theme_parse_colors(&t, ",#123456,,,,,white", NULL), 0);
	struct rgb_pair p = theme_colors(&t, styled(ROLE_CPU, ROLE_NONE, 4), 256);
	cr_expect(p.fg == 0x123456 && p.bg == 0xffffff && p.attrs == ATTR_BOLD);
	p = theme_colors(&t, styled(ROLE_TEXT, ROLE_NONE, 0), 256);
	cr_expect(p.fg == 0 && p.bg == 0xffffff, "text must be seen on the user's background");
	p = theme_colors(&t, styled(ROLE_CPU, ROLE_TIP, 0), 256);
	cr_expect(p.fg == 0x123456 && p.bg != 0xffffff);
}

Test(theme, nearest_color)
{
	static const struct {
		int32_t rgb;
		int colors, index;
	} cases[] = {
		{0x000000, 256, 16},  {0xffffff, 256, 231}, {0xff0000, 256, 196},
		{0x8a8a8a, 256, 245}, {0xd55e00, 256, 166}, {0x56b4e9, 256, 74},
		{0xcc79a7, 256, 175}, {0x5f875f, 256, 65},  {0xff0000, 16, 9},
		{0xff0000, 8, 1},     {0xcd0000, 16, 1},    {0xffffff, 8, 7},
		{0xffffff, 16, 15},   {0x00cdcd, 8, 6},     {0x000010, 8, 0},
		{0xff0000, 88, 9},
	};

	for (size_t i = 0; i < PG_ARRAY_LEN(cases); i++)
		cr_expect_eq(theme_nearest(cases[i].rgb, cases[i].colors), cases[i].index,
			     "%06x of %d: %d", (unsigned)cases[i].rgb, cases[i].colors,
			     theme_nearest(cases[i].rgb, cases[i].colors));
}

static void expect_glyph(struct theme *t, const struct pg_cell *cell, uint32_t ch, uint32_t gap,
			 uint8_t attrs)
{
	struct glyph g = theme_glyph(t, cell);

	cr_expect(
		g.ch == ch && g.gap == gap && g.style.attrs == attrs,
		"utf8 %d class %d leader %d cls %d sign %d size %d throb %d: U+%04x gap '%c' attrs %d, "
		"not U+%04x",
		t->utf8, t->by_class, cell->leader, cell->cls, cell->sign, cell->size, cell->throb,
		g.ch, (char)g.gap, g.style.attrs, ch);
}

Test(theme, glyph_of_a_leader_is_its_size)
{
	static const uint32_t steps[2][5] = {{'.', 'o', 'O', '0', '@'},
					     {0xb7, 0x2022, 0x25cf, 0x25a0, 0x2588}};
	struct theme t = theme_of(PALETTE_DEFAULT);

	for (int utf8 = 0; utf8 < 2; utf8++)
		for (int size = 0; size < 4; size++)
			for (int throb = -1; throb <= 1; throb++) {
				struct pg_cell cell = {.leader = true,
						       .size = (uint8_t)size,
						       .throb = (int8_t)throb};
				int step = 1 + size + throb;
				t.utf8 = utf8;
				expect_glyph(&t, &cell, steps[utf8][step < 4 ? step : 4], ' ',
					     step == 5 ? ATTR_BOLD : 0);
				cell.leader = false;
				expect_glyph(&t, &cell, steps[utf8][0], ' ', 0);
			}
}

Test(theme, glyph_by_class)
{
	static const char leaders[] = "oCIB", threads[] = ".cib";
	struct theme t = theme_of(PALETTE_MONO);

	cr_expect(t.by_class);
	for (int utf8 = 0; utf8 < 2; utf8++)
		for (int cls = 0; cls < 4; cls++)
			for (int size = 0; size < 4; size++) {
				struct pg_cell cell = {
					.leader = true, .cls = (uint8_t)cls, .size = (uint8_t)size};
				uint32_t ch = (uint32_t)leaders[cls];
				uint8_t bold = size == 3 ? ATTR_BOLD : 0;
				t.utf8 = utf8;
				expect_glyph(&t, &cell, ch, ' ', bold);
				cell.throb = 1;
				expect_glyph(&t, &cell, ch, '^', bold);
				cell.throb = -1;
				expect_glyph(&t, &cell, ch, 'v', bold);
				cell.leader = false;
				expect_glyph(&t, &cell, (uint32_t)threads[cls], ' ', 0);
			}
}

Test(theme, signs_win_over_size_and_class)
{
	static const struct {
		uint8_t sign;
		uint32_t utf8, ascii;
	} signs[] = {
		{PG_SIGN_EXITED, 0xd7, 'x'},    {PG_SIGN_ZOMBIE, 'z', 'z'},
		{PG_SIGN_DISK_SLEEP, '!', '!'}, {PG_SIGN_STOPPED, '=', '='},
		{PG_SIGN_UNSEEN, '?', '?'},     {PG_SIGN_NEW, '+', '+'},
	};

	for (size_t i = 0; i < PG_ARRAY_LEN(signs); i++)
		for (int mode = 0; mode < 8; mode++) {
			struct theme t = theme_of(PALETTE_DEFAULT);
			struct pg_cell cell = {.leader = mode & 4,
					       .sign = signs[i].sign,
					       .cls = PG_DISK,
					       .size = 3,
					       .throb = 1};
			t.utf8 = mode & 1;
			t.by_class = mode & 2;
			expect_glyph(&t, &cell, t.utf8 ? signs[i].utf8 : signs[i].ascii, ' ', 0);
			cr_expect_eq(theme_glyph(&t, &cell).style.role,
				     i == 0 ? ROLE_EXITED : ROLE_IO);
			/* the enumeration is the order of precedence */
			cr_expect(i == 0 || signs[i].sign > signs[i - 1].sign);
			cell.cls = PG_EXITED;
			expect_glyph(&t, &cell, t.utf8 ? 0xd7 : 'x', ' ', 0);
		}
}

Test(theme, shade_is_the_share_of_cpu)
{
	static const struct {
		uint8_t cls;
		float share;
		uint8_t shade;
	} cases[] = {
		{PG_CPU, 0, 1},     {PG_CPU, 0.009f, 1},    {PG_CPU, 0.01f, 2},
		{PG_CPU, 0.05f, 3}, {PG_CPU, 0.249f, 3},    {PG_CPU, 0.25f, 4},
		{PG_CPU, 7, 4},     {PG_CPU_DISK, 0.5f, 4}, {PG_DISK, 0.5f, 0},
		{PG_IDLE, 0.5f, 0}, {PG_EXITED, 1, 0},
	};
	struct theme t = theme_of(PALETTE_DEFAULT);

	for (size_t i = 0; i < PG_ARRAY_LEN(cases); i++) {
		struct pg_cell cell = {
			.leader = true, .cls = cases[i].cls, .share = cases[i].share};
		struct glyph g = theme_glyph(&t, &cell);
		cr_expect_eq(g.style.shade, cases[i].shade, "case %zu", i);
		cr_expect_eq(g.style.role, theme_class_role((enum pg_class)cases[i].cls));
		cr_expect_eq(g.style.back, ROLE_NONE);
	}
}
