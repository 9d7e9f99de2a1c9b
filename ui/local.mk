# SPDX-License-Identifier: MIT
# libui: the screen. All of ui but main.c, so that unit tests can link it. One line a file.
noinst_LIBRARIES += libui.a

libui_libs = $(NCURSES_LIBS)

libui_a_CPPFLAGS = $(AM_CPPFLAGS) $(NCURSES_CFLAGS)
libui_a_SOURCES = \
	%D%/app/app.c \
	%D%/app/app.h \
	%D%/app/app_draw.c \
	%D%/app/app_ends.c \
	%D%/app/app_impl.h \
	%D%/app/app_keys.c \
	%D%/app/app_lens.c \
	%D%/app/app_pane.c \
	%D%/app/app_panes.c \
	%D%/app/app_time.c \
	%D%/app/app_timeline.c \
	%D%/app/app_watch.c \
	%D%/canvas/canvas.c \
	%D%/canvas/canvas.h \
	%D%/canvas/canvas_print.c \
	%D%/canvas/canvas_print.h \
	%D%/canvas/keys.c \
	%D%/canvas/keys.def \
	%D%/canvas/keys.h \
	%D%/canvas/layout.c \
	%D%/canvas/layout.h \
	%D%/canvas/layout_panes.c \
	%D%/canvas/layout_panes.h \
	%D%/canvas/theme.c \
	%D%/canvas/theme.h \
	%D%/grid/cmd_fd_plot.c \
	%D%/grid/cmd_fd_plot.h \
	%D%/grid/cmd_grid.c \
	%D%/grid/cmd_grid.h \
	%D%/grid/configure.c \
	%D%/grid/configure.h \
	%D%/grid/grid_feeds.c \
	%D%/grid/grid_hosts.c \
	%D%/grid/grid_impl.h \
	%D%/grid/grid_loop.c \
	%D%/grid/grid_replay.c \
	%D%/term/term.c \
	%D%/term/term.h \
	%D%/term/term_input.c \
	%D%/term/term_input.h \
	%D%/term/term_looks.c \
	%D%/term/term_looks.h \
	%D%/term/term_rescue.c \
	%D%/term/term_rescue.h \
	%D%/term/term_shown.c \
	%D%/term/term_shown.h \
	%D%/term/term_tty.c \
	%D%/term/term_tty.h \
	%D%/view/chrome.c \
	%D%/view/chrome.h \
	%D%/view/chrome_hosts.c \
	%D%/view/chrome_line.c \
	%D%/view/chrome_line.h \
	%D%/view/help.c \
	%D%/view/help.h \
	%D%/view/lens.c \
	%D%/view/lens.h \
	%D%/view/lens_fd.c \
	%D%/view/plot_canvas.c \
	%D%/view/plot_canvas.h \
	%D%/view/plot_canvas_dots.c \
	%D%/view/plot_canvas_events.c \
	%D%/view/plot_canvas_impl.h \
	%D%/view/popup.c \
	%D%/view/popup.h \
	%D%/view/popup_draw.c \
	%D%/view/popup_flow.c \
	%D%/view/popup_flow.h \
	%D%/view/popup_why.c \
	%D%/view/popup_why.h \
	%D%/view/timeline.c \
	%D%/view/timeline.h \
	%D%/view/view.c \
	%D%/view/view.h \
	%D%/view/view_grid.c \
	%D%/view/view_grid_draw.c \
	%D%/view/view_grid_fit.c \
	%D%/view/view_grid_impl.h \
	%D%/view/view_grid_label.c \
	%D%/view/view_grid_move.c

bin_PROGRAMS += procgrid
procgrid_SOURCES = %D%/grid/main.c
procgrid_LDADD = $(all_libs)
