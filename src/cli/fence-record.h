/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fence-record.h - the running cluster's record of fencing, read over its manager's API. */
#ifndef CLI_FENCE_RECORD_H
#define CLI_FENCE_RECORD_H

#include "cli/place.h"
#include "report/fence-list.h"

/* Latest first; it lives in the program's arena. */
enum exit_code fence_record_read(struct place *p, struct fence_record_list *ret, struct error *reterr) MUST_CHECK;

#endif
