/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sentence.h - one fact in words: what holds, under a name that programs can compare, and what would change it.
 *
 *	struct sentences list = {0};
 *	const char *cure = sentence_cure(c, "node unstandby %s", n->name);
 *	sentence_add(c, &list, "node-standby", cure, "%s is in standby", n->name);
 *
 * Everything lives in the cluster's arena. Codes are part of the JSON that programs read: none is ever renamed.
 */
#ifndef REPORT_SENTENCE_H
#define REPORT_SENTENCE_H

#include "scheduler/cluster.h"

struct sentence {
	const char *code; /* "node-standby"; NULL: there is nothing to say */
	const char *text; /* without a full stop */
	const char *cure; /* the command that would change it; NULL: none would, or none is needed */
};

/* All zero is an empty list. */
struct sentences {
	struct sentence *items;
	uint32_t count, room;
};

/* Adds one; cure may be NULL. */
void sentence_add(struct cluster *c, struct sentences *list, const char *code, const char *cure, const char *format,
		  ...) __attribute__((format(printf, 5, 6)));
/* Adds a finished one unless it has no code or the list has one of the same text. */
void sentence_put(struct arena *arena, struct sentences *list, struct sentence s);
/* "hale " and a command in the grammar of pcs. */
const char *sentence_cure(struct cluster *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* "2023-11-14 22:13:20" in the cluster's zone, with its offset. */
const char *sentence_time(struct cluster *c, int64_t epoch_s);
/* "web" of "web:0" when people have to name what is configured. */
const char *sentence_name(const struct resource *r);

#endif
