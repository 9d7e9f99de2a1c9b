# SPDX-License-Identifier: MIT
# libui: the screen. All of ui but main.c, so that unit tests can link it. One line a file.
noinst_LIBRARIES += libui.a

libui_libs = $(NCURSES_LIBS)

libui_a_CPPFLAGS = $(AM_CPPFLAGS) $(NCURSES_CFLAGS)
libui_a_SOURCES = \
	%D%/app.h \
	%D%/canvas.h \
	%D%/keys.c \
	%D%/keys.def \
	%D%/keys.h \
	%D%/layout.h \
	%D%/popup.c \
	%D%/popup.h \
	%D%/popup_draw.c \
	%D%/popup_flow.c \
	%D%/popup_flow.h \
	%D%/popup_why.c \
	%D%/popup_why.h \
	%D%/term.h \
	%D%/theme.h \
	%D%/view.h
