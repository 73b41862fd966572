/* SPDX-License-Identifier: GPL-2.0-or-later */
/* move-constraint.h - the constraints by which people say where a resource shall be for now: cli-prefer-RESOURCE and
 * cli-ban-RESOURCE-on-NODE, in the form that Pacemaker's tools give them, so that each clears what another made.
 *
 *	move_ban(document, &(struct move_constraint){.rsc = "web", .node = "n1", .role = "Started"});
 *	…
 *	move_clear(document, &(struct move_clearing){.rsc = "web", .bans = true, .preferences = true}, NULL);
 */
#ifndef CLI_MOVE_CONSTRAINT_H
#define CLI_MOVE_CONSTRAINT_H

#include "cib/document.h"

struct move_constraint {
	const char *rsc, *node, *role;
	const char *until; /* a date; NULL: until it is cleared */
};

/* Makes one, or another one of what has its id already. */
void move_prefer(struct document *d, const struct move_constraint *c);
void move_ban(struct document *d, const struct move_constraint *c);

/* Which ones go: all that is said must be so. */
struct move_clearing {
	const char *rsc, *node; /* NULL: of any */
	bool bans, preferences; /* which kinds */
	bool any_preference;    /* for a preference, node does not count */
	bool promoted_only;     /* about the promoted role */
	bool expired_only;      /* whose date is past */
	int64_t now;            /* epoch seconds, for expired_only */
};

/* How many went; their ids are appended to ids (char *, g_free) unless it is NULL. */
unsigned move_clear(struct document *d, const struct move_clearing *c, GPtrArray *ids);

#endif
