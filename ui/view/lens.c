/* SPDX-License-Identifier: MIT */
#include "lens.h"

const struct lens_ops *const lenses[] = {&lens_fd};
const size_t nr_lenses = PG_ARRAY_LEN(lenses);
