/* SPDX-License-Identifier: GPL-2.0-or-later */
/* summary.h - what a transition will do, a line for each node that is fenced and each resource that changes.
 *
 *	Transition Summary:
 *	  * Fence (reboot) n2 'peer is no longer part of the cluster'
 *	  * Move       web    ( n2 -> n1 )  due to node availability
 *
 * Source of the rules: facts of the scheduler, section 8.2.
 */
#ifndef REPORT_SUMMARY_H
#define REPORT_SUMMARY_H

#include "report/markup.h"
#include "report/outline.h"
#include "scheduler/cluster.h"

/* What happens to a resource, in one word. */
enum change {
	CHANGE_NONE,
	CHANGE_START,
	CHANGE_STOP,
	CHANGE_RESTART,
	CHANGE_RECOVER,
	CHANGE_MOVE,
	CHANGE_MIGRATE,
	CHANGE_RELOAD,
	CHANGE_PROMOTE,
	CHANGE_DEMOTE,
	CHANGE_REPROMOTE,
};

struct resource_change {
	enum change change;
	const struct resource *rsc;
	enum role role;               /* now */
	const struct node *from, *to; /* either may be NULL */
	const struct action *action;  /* is it possible at all? */
	const struct action *source;  /* why */
};

/* The changes of a primitive that a run decided; calls back once for each (a resource that is active on several nodes
 * stops on each of them). */
void resource_changes(struct resource *r, void (*each)(void *user, const struct resource_change *change), void *user);
const char *change_text(enum change change);

/* Fencing that a run decided and knows a reason for, latest first: the next one after a, the first after NULL; NULL:
 * no more. */
const struct action *summary_fencing(const struct cluster *c, const struct action *a);
/* What is fenced: "n1", of a guest "guest (resource: launcher)". g_free(). */
char *summary_fencing_target(const struct action *a);

/* All lines, without the heading. */
void summary_report(struct outline *o, struct cluster *c);
/* The same as Pacemaker's XML: <actions> (summary-markup.c). */
void summary_markup(struct markup *m, struct cluster *c);
/* All changes of resources, in their order. */
void summary_changes(struct cluster *c, void (*each)(void *user, const struct resource_change *change), void *user);

#endif
