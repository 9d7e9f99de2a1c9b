# SPDX-License-Identifier: MIT
EXTRA_DIST += \
	%D%/debian/changelog \
	%D%/debian/control \
	%D%/debian/copyright \
	%D%/debian/rules \
	%D%/debian/source/format \
	%D%/procgrid.spec

# Completions for shells, made from the table of options.
bashcompdir = $(datadir)/bash-completion/completions
zshcompdir = $(datadir)/zsh/site-functions
fishcompdir = $(datadir)/fish/vendor_completions.d
nodist_bashcomp_DATA = %D%/completions/procgrid
nodist_zshcomp_DATA = %D%/completions/_procgrid
nodist_fishcomp_DATA = %D%/completions/procgrid.fish
completions = $(nodist_bashcomp_DATA) $(nodist_zshcomp_DATA) $(nodist_fishcomp_DATA)
CLEANFILES += $(completions)

$(completions): doc/mkdoc$(EXEEXT)
	@$(MKDIR_P) $(@D)
	$(AM_V_GEN)case $@ in \
	*.fish) doc/mkdoc$(EXEEXT) fish ;; \
	*/_*) doc/mkdoc$(EXEEXT) zsh ;; \
	*) doc/mkdoc$(EXEEXT) bash ;; \
	esac >$@.tmp && mv $@.tmp $@
