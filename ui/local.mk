# SPDX-License-Identifier: MIT
# libui: the screen. All of ui but main.c, so that unit tests can link it. One line a file.
noinst_LIBRARIES += libui.a

libui_libs = $(NCURSES_LIBS)

libui_a_CPPFLAGS = $(AM_CPPFLAGS) $(NCURSES_CFLAGS)
libui_a_SOURCES = \
	%D%/app.c \
	%D%/app.h \
	%D%/app_draw.c \
	%D%/app_keys.c \
	%D%/app_lens.c \
	%D%/app_ends.c \
	%D%/app_pane.c \
	%D%/app_panes.c \
	%D%/app_private.h \
	%D%/app_time.c \
	%D%/app_timeline.c \
	%D%/app_watch.c \
	%D%/canvas.c \
	%D%/canvas.h \
	%D%/canvas_print.c \
	%D%/canvas_print.h \
	%D%/chrome.c \
	%D%/chrome.h \
	%D%/chrome_hosts.c \
	%D%/chrome_line.c \
	%D%/chrome_line.h \
	%D%/cmd_fd_plot.c \
	%D%/cmd_fd_plot.h \
	%D%/cmd_grid.c \
	%D%/cmd_grid.h \
	%D%/configure.c \
	%D%/configure.h \
	%D%/grid.h \
	%D%/grid_feeds.c \
	%D%/grid_hosts.c \
	%D%/grid_loop.c \
	%D%/grid_replay.c \
	%D%/help.c \
	%D%/help.h \
	%D%/keys.c \
	%D%/keys.def \
	%D%/keys.h \
	%D%/layout.c \
	%D%/layout.h \
	%D%/layout_panes.c \
	%D%/layout_panes.h \
	%D%/lens.c \
	%D%/lens.h \
	%D%/lens_fd.c \
	%D%/plot_canvas.c \
	%D%/plot_canvas.h \
	%D%/plot_canvas_dots.c \
	%D%/plot_canvas_events.c \
	%D%/plot_canvas_impl.h \
	%D%/popup.c \
	%D%/popup.h \
	%D%/popup_draw.c \
	%D%/popup_flow.c \
	%D%/popup_flow.h \
	%D%/popup_why.c \
	%D%/popup_why.h \
	%D%/term.c \
	%D%/term.h \
	%D%/term_input.c \
	%D%/term_input.h \
	%D%/term_looks.c \
	%D%/term_looks.h \
	%D%/term_rescue.c \
	%D%/term_rescue.h \
	%D%/term_shown.c \
	%D%/term_shown.h \
	%D%/term_tty.c \
	%D%/term_tty.h \
	%D%/theme.c \
	%D%/theme.h \
	%D%/timeline.c \
	%D%/timeline.h \
	%D%/view.c \
	%D%/view.h \
	%D%/view_grid.c \
	%D%/view_grid.h \
	%D%/view_grid_draw.c \
	%D%/view_grid_fit.c \
	%D%/view_grid_label.c \
	%D%/view_grid_move.c

bin_PROGRAMS += procgrid
procgrid_SOURCES = %D%/main.c
procgrid_LDADD = $(all_libs)
