/* SPDX-License-Identifier: MIT */
/*
 * Pictures as files, by libcairo, which is loaded when one is wanted and not linked: with its
 * libraries (fontconfig, X11, …: 19 in all) every grid and every table would start 2.5 to 3 ms
 * later, twice as late, and take 2 MB more, half of what it has; and procgrid runs where it is not
 * installed. It stays loaded until the program ends: its libraries do not like to be let go.
 *
 * The same plot gives the same bytes: there is no time and no name of a machine in a file, but
 * another version of libcairo or another font is another picture.
 */
#include <dlfcn.h>
#include <errno.h>

#include "plot.h"
#include "plot_impl.h"

/* fontconfig keeps what it has for later behind offsets, which a search for leaks cannot follow. */
#ifdef __has_feature
#if __has_feature(address_sanitizer) && !defined(__SANITIZE_ADDRESS__)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#else
#define __lsan_disable()
#define __lsan_enable()
#endif

#define LIBRARY "libcairo.so.2"
#define HINT    "install libcairo2 (Debian) or cairo (Fedora)"

#define PNG_PIXELS 2 /* of a point of the page, in each direction */

static int load(struct pg_cairo *cairo, struct pg_error *err)
{
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

	if (!library)
		return pg_fail(err, -ENOENT, "pictures need libcairo: %s (%s)", HINT, dlerror());
		/* POSIX promises that a function fits into the pointer that dlsym() gives. */
#define X(name)                                                                                    \
	*(void **)&cairo->name = dlsym(library, #name);                                            \
	if (!cairo->name)                                                                          \
		return pg_fail(err, -ENOENT, "this %s has no %s: %s", LIBRARY, #name, HINT);
	PG_CAIRO_FUNCTIONS(X)
#undef X
	return 0;
}

int pg_plot_can_save(enum pg_plot_format format, struct pg_error *err)
{
	struct pg_cairo cairo;

	if (format >= PG_PLOT_NO_FORMAT)
		return pg_fail(err, -EINVAL, "a picture's name ends with .svg, .png or .pdf");
	return load(&cairo, err);
}

static cairo_status_t keep(void *closure, const unsigned char *bytes, unsigned n)
{
	pg_buf_put(closure, bytes, n);
	return CAIRO_STATUS_SUCCESS;
}

static cairo_surface_t *open_surface(const struct pg_cairo *cairo, enum pg_plot_format format,
				     struct pg_buf *bytes)
{
	const double w = PG_PLOT_PAGE_WIDTH, h = PG_PLOT_PAGE_HEIGHT;
	cairo_surface_t *s;

	switch (format) {
	case PG_PLOT_SVG:
		return cairo->cairo_svg_surface_create_for_stream(keep, bytes, w, h);
	case PG_PLOT_PDF:
		s = cairo->cairo_pdf_surface_create_for_stream(keep, bytes, w, h);
		cairo->cairo_pdf_surface_set_metadata(s, CAIRO_PDF_METADATA_CREATE_DATE, "");
		return s;
	default:
		return cairo->cairo_image_surface_create(CAIRO_FORMAT_RGB24,
							 PNG_PIXELS * PG_PLOT_PAGE_WIDTH,
							 PNG_PIXELS * PG_PLOT_PAGE_HEIGHT);
	}
}

/* The whole file into bytes. */
static cairo_status_t render(const struct pg_cairo *cairo, const struct pg_plot *p,
			     enum pg_plot_format format, struct pg_buf *bytes)
{
	cairo_surface_t *s = open_surface(cairo, format, bytes);
	cairo_t *cr = cairo->cairo_create(s);

	if (format == PG_PLOT_PNG)
		cairo->cairo_scale(cr, PNG_PIXELS, PNG_PIXELS);
	pg_plot_paint(cairo, cr, p);
	cairo_status_t status = cairo->cairo_status(cr);
	cairo->cairo_destroy(cr);
	if (status == CAIRO_STATUS_SUCCESS && format == PG_PLOT_PNG)
		status = cairo->cairo_surface_write_to_png_stream(s, keep, bytes);
	cairo->cairo_surface_finish(s);
	if (status == CAIRO_STATUS_SUCCESS)
		status = cairo->cairo_surface_status(s);
	cairo->cairo_surface_destroy(s);
	return status;
}

int pg_plot_save(const struct pg_plot *p, const char *path, struct pg_error *err)
{
	enum pg_plot_format format = pg_plot_format_of(path);
	struct pg_buf bytes = {0};
	struct pg_cairo cairo;

	if (format == PG_PLOT_NO_FORMAT)
		return pg_fail(err, -EINVAL, "%s: a picture's name ends with .svg, .png or .pdf",
			       path);
	int ret = load(&cairo, err);
	if (ret < 0)
		return ret;
	__lsan_disable();
	cairo_status_t status = render(&cairo, p, format, &bytes);
	__lsan_enable();
	if (status == CAIRO_STATUS_SUCCESS)
		ret = pg_plot_write_file(path, &bytes, err);
	else
		ret = pg_fail(err, -EIO, "cannot draw %s: libcairo says: %s", path,
			      cairo.cairo_status_to_string(status));
	pg_buf_free(&bytes);
	return ret;
}
