/* SPDX-License-Identifier: GPL-2.0-or-later */
/* survival.h - does everything still fit when a node is lost?
 *
 * The cluster is first brought to rest: that is how it is meant to be. Then, one node at a time, from that rest, the
 * node fails; all that the cluster would do is rehearsed until it is at rest again, and what runs is compared. A clone
 * may have fewer instances, but not none (nor none promoted where there was one).
 */
#ifndef REPORT_SURVIVAL_H
#define REPORT_SURVIVAL_H

#include "cib/document.h"
#include "report/sentence.h"

struct survival_row {
	const char *node;
	bool quorate;           /* what is left has quorum */
	struct sentences moves; /* what changes its node */
	struct sentences fewer; /* clones with fewer instances */
	struct sentences down;  /* what does not run any more, and why */
};

struct survival {
	struct arena arena; /* holds everything */
	struct survival_row *rows;
	uint32_t row_count;
	struct sentences before; /* what does not run although no node is lost */
	bool fits;               /* no row has anything that is down */
};

/* The document, upgraded and valid, is only read. count_quorum: as many votes as nodes, and more than half are needed.
 */
struct survival *survival_new(const struct document *d, int64_t now, bool count_quorum);
void survival_free(struct survival *s);
/* A table, and the verdict. */
void survival_print(const struct survival *s, GString *out);

/* Rehearses on the document until nothing is to be done any more, or so often. False when it did not come to rest. */
bool rehearse_to_rest(struct document *d, int64_t now);

#endif
