/* SPDX-License-Identifier: MIT */
#include "view.h"

const struct view_ops *const views[] = {&view_grid};
const size_t nr_views = PG_ARRAY_LEN(views);
