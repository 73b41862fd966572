/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tags.h - names for several resources: <tag>, and templates, whose name stands for all that are made from them.
 *
 * Source of the rules: ../shared/facts/manager-scheduler.md 3.10.
 */
#ifndef SCHEDULER_TAGS_H
#define SCHEDULER_TAGS_H

#include "scheduler/cluster.h"

struct tag {
	const char *id;
	const char **refs; /* ids, in document order, each once */
	uint32_t count, room;
	struct id_index *refs_known; /* of tags.c */
};

/* By id; NULL: no such. A template that nothing uses is there, with no refs. */
const struct tag *tag_find(const struct cluster *c, const char *id);
const struct tag *template_find(const struct cluster *c, const char *id);

#endif
