# SPDX-License-Identifier: MIT
EXTRA_DIST += \
	%D%/debian/changelog \
	%D%/debian/control \
	%D%/debian/copyright \
	%D%/debian/rules \
	%D%/debian/source/format \
	%D%/procgrid.spec
