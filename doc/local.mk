# SPDX-License-Identifier: MIT
# The manual is made at build time from its template and the program's own tables; the texts are
# distributed as they are.
noinst_PROGRAMS = %D%/mkdoc
doc_mkdoc_SOURCES = %D%/mkdoc.c
doc_mkdoc_LDADD = $(all_libs)

man1_MANS = %D%/procgrid.1
%D%/procgrid.1: %D%/procgrid.1.in %D%/mkdoc$(EXEEXT)
	$(AM_V_GEN)%D%/mkdoc$(EXEEXT) man <$(srcdir)/%D%/procgrid.1.in >$@.tmp && mv $@.tmp $@
CLEANFILES += %D%/procgrid.1 %D%/procgrid.1.tmp

EXTRA_DIST += \
	README.md \
	%D%/procgrid.1.in \
	%D%/adding.md \
	%D%/architecture.md \
	%D%/format.md \
	%D%/grid.png \
	%D%/screenshot.sh \
	%D%/performance.md %D%/testing.md
