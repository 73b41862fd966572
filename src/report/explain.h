/* SPDX-License-Identifier: GPL-2.0-or-later */
/* explain.h - why a resource is, or will be, where it is; why not elsewhere; what would have to change.
 *
 *	scheduler_run(c);
 *	struct resource_answer *a = explain_resource(r);
 *	explain_resource_print(a, NULL, out);
 *
 * The answer is data, for text and for JSON alike. It speaks of what is decided: of the state that the cluster is
 * brought to. Everything lives in the cluster's arena.
 */
#ifndef REPORT_EXPLAIN_H
#define REPORT_EXPLAIN_H

#include "report/contribution.h"
#include "report/sentence.h"

struct node_answer {
	struct node *node;
	bool known;  /* the resource may think of it at all */
	bool here;   /* it is active there now */
	bool chosen; /* it will be there */
	int score;
	struct contributions contributions;
	struct sentences obstacles; /* of the node, whatever its score */
	struct sentence verdict;
	struct sentences cures; /* what would have to change to have it there, in this order: all have a cure */
};

struct resource_answer {
	struct resource *rsc;
	const char *kind; /* "primitive", "group", "clone", "promotable clone", "bundle" */
	const char *now, *then;
	struct sentences reasons; /* what holds on all nodes */
	struct sentences waiting; /* why the chosen node does not help: a chain, each because of the next */
	struct sentence choice;   /* what decided */
	struct node_answer *nodes;
	uint32_t node_count;
	bool has_promotion;
	int promotion_score;
	struct contributions promotion;
	struct sentence promoted;       /* why it is promoted, or is not */
	struct resource_answer **parts; /* members, instances, a bundle's parts */
	uint32_t part_count;
};

/* After scheduler_run(). */
struct resource_answer *explain_resource(struct resource *r);
/* For one of its nodes. */
struct node_answer explain_node(struct resource *r, struct node *node);
/* What keeps r from that node: the first thing that is in the way; code NULL when nothing is. */
struct sentence explain_obstacle(struct resource *r, struct node *node);
/* What decided for the node that r has; code NULL when it has none. */
struct sentence explain_choice(struct resource *r);
/* Why r has no node: the first thing that is in the way everywhere. */
struct sentence explain_no_node(struct resource *r);
/* Why an action cannot be done: a chain, each link because of the next. Empty when it can. */
struct sentences explain_blocked(const struct action *a);
/* "Started on n1", "Promoted on n1", "Stopped". */
const char *explain_state(const struct resource *r, bool current);

/* As text; node NULL: all of them. */
void explain_resource_print(const struct resource_answer *a, const struct node *node, GString *out);
/* Ids of resources that look like this one, best first: at most max of them. */
uint32_t explain_similar(const struct cluster *c, const char *id, const char **ret_ids, uint32_t max);

#endif
