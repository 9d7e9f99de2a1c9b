# SPDX-License-Identifier: MIT
# Manual pages go to dist_man_MANS, everything else to EXTRA_DIST.
