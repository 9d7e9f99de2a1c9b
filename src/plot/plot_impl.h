/* SPDX-License-Identifier: MIT */
/*
 * What the files of plot share: the functions of libcairo, the page that is painted with them, and
 * how its bytes become a file.
 */
#ifndef PG_PLOT_IMPL_H
#define PG_PLOT_IMPL_H

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <cairo.h>

#include "plot.h"

/*
 * All of libcairo that is used. One list, from which the members of the table and the names to look
 * for are made; the types are those of its headers, so a wrong call does not compile.
 */
#define PG_CAIRO_FUNCTIONS(X)                                                                      \
	X(cairo_create)                                                                            \
	X(cairo_destroy)                                                                           \
	X(cairo_fill)                                                                              \
	X(cairo_fill_preserve)                                                                     \
	X(cairo_clip)                                                                              \
	X(cairo_arc)                                                                               \
	X(cairo_close_path)                                                                        \
	X(cairo_line_to)                                                                           \
	X(cairo_move_to)                                                                           \
	X(cairo_new_path)                                                                          \
	X(cairo_new_sub_path)                                                                      \
	X(cairo_paint)                                                                             \
	X(cairo_rectangle)                                                                         \
	X(cairo_restore)                                                                           \
	X(cairo_rotate)                                                                            \
	X(cairo_save)                                                                              \
	X(cairo_scale)                                                                             \
	X(cairo_select_font_face)                                                                  \
	X(cairo_set_dash)                                                                          \
	X(cairo_set_font_size)                                                                     \
	X(cairo_set_line_cap)                                                                      \
	X(cairo_set_line_join)                                                                     \
	X(cairo_set_line_width)                                                                    \
	X(cairo_set_source_rgb)                                                                    \
	X(cairo_set_source_rgba)                                                                   \
	X(cairo_show_text)                                                                         \
	X(cairo_status)                                                                            \
	X(cairo_status_to_string)                                                                  \
	X(cairo_stroke)                                                                            \
	X(cairo_text_extents)                                                                      \
	X(cairo_translate)                                                                         \
	X(cairo_image_surface_create)                                                              \
	X(cairo_surface_destroy)                                                                   \
	X(cairo_surface_finish)                                                                    \
	X(cairo_surface_status)                                                                    \
	X(cairo_surface_write_to_png_stream)                                                       \
	X(cairo_pdf_surface_create_for_stream)                                                     \
	X(cairo_pdf_surface_set_metadata)                                                          \
	X(cairo_svg_surface_create_for_stream)

struct pg_cairo {
#define X(name) __typeof__(&name) name;
	PG_CAIRO_FUNCTIONS(X)
#undef X
};

/* The page, in points (SVG, PDF) or half pixels (PNG). */
#define PG_PLOT_PAGE_WIDTH  1200
#define PG_PLOT_PAGE_HEIGHT 750

/* plot_paint.c: the whole page. Errors are left in cr. */
void pg_plot_paint(const struct pg_cairo *cairo, cairo_t *cr, const struct pg_plot *p);

/* plot_file.c: those bytes as that file, whole or not at all. 0, or -errno with a message. */
int pg_plot_write_file(const char *path, struct pg_buf *bytes, struct pg_error *err);

#endif
