/* SPDX-License-Identifier: GPL-2.0-or-later */
/* contribution.h - the ledger's entries about a resource and a node, in words.
 *
 * The totals are folded as scores are (rules/score.h): -INFINITY beats everything, then INFINITY, anything else is
 * added. The last total is the score.
 */
#ifndef REPORT_CONTRIBUTION_H
#define REPORT_CONTRIBUTION_H

#include "report/sentence.h"
#include "scheduler/ledger.h"

struct contribution {
	enum cause cause;
	int score;
	bool replaces;       /* the score became this, else it was added */
	int total;           /* after it */
	const char *id, *by; /* of the constraint, ticket…; the other resource; either may be NULL */
	struct sentence why;
};

struct contributions {
	struct contribution *items;
	uint32_t count;
};

/* All of r's about node, in the order in which they were made. */
struct contributions contributions_of(struct resource *r, struct node *node);
/* All about r's promotion score. */
struct contributions contributions_of_promotion(struct resource *r);

/* What a rule asks, in words: "#uname is n1 and cpu is greater than 4". In the cluster's arena. */
const char *rule_words(struct cluster *c, const struct element *rule);

#endif
