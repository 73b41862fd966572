/* SPDX-License-Identifier: GPL-2.0-or-later */
/* view.h - a membership as the services see it: who is in the ring now, and who
 * of them comes from the ring that we were in before.
 */
#ifndef BASE_VIEW_H
#define BASE_VIEW_H

#include "base/ids.h"

/* Members ascend by id. */
struct view {
	struct ring_id ring;
	struct node_list members;
	struct node_list trans; /* those of members that come with us from the ring before */
};

#endif
