/* SPDX-License-Identifier: GPL-2.0-or-later */
/* status.h - the state of a cluster as people read it: nodes, resources, and what is wrong with them.
 *
 * Pure: from a cluster whose status has been read (scheduler/cluster.h) to text. The words, their order and their
 * brackets are those of crm_mon and crm_simulate, since scripts and tests compare them.
 * Source of the rules: facts of the scheduler, section 8.2.
 */
#ifndef REPORT_STATUS_H
#define REPORT_STATUS_H

#include "report/markup.h"
#include "report/outline.h"
#include "scheduler/cluster.h"

enum status_section {
	STATUS_NODES = 1,
	STATUS_RESOURCES = 2,
	STATUS_ATTRIBUTES = 4, /* of nodes */
	STATUS_PENDING = 16,   /* say what is being done: "Starting" */
	STATUS_FAIL_COUNTS_ALONE = 32,
	STATUS_FAILURES = 64,
	STATUS_FAIL_COUNTS = 8 | STATUS_FAIL_COUNTS_ALONE | STATUS_FAILURES,
	STATUS_BY_NODE = 128, /* of the XML: what runs stands below its node */
};

/* One list with this title, and in it the sections wanted. */
void status_report(struct outline *o, struct cluster *c, unsigned sections, const char *title);
/* Lines that come before everything when nothing, or not all, is managed; false when there was none to print. */
bool status_report_restrictions(struct outline *o, const struct cluster *c);

/* The same as an element of Pacemaker's XML, which tells all of each node and resource (status-markup.c); element NULL:
 * the sections beside each other, into the element that is open. */
void status_markup(struct markup *m, struct cluster *c, unsigned sections, const char *element);
/* A resource with all below it, and what is being done to it; described: with descriptions. */
void status_markup_resource(struct markup *m, const struct resource *r, bool described);

/* --- the sections, which stand in files of their own --- */
void status_report_nodes(struct outline *o, const struct cluster *c);             /* node-list.c */
void status_report_resources(struct outline *o, struct cluster *c, bool pending); /* resource-list.c */
void status_report_clone(struct outline *o, struct resource *r, bool pending);    /* clone-list.c */
void status_report_resource(struct outline *o, struct resource *r,
			    bool pending);                                 /* resource-list.c; r with all below it */
void status_report_attributes(struct outline *o, const struct cluster *c); /* attribute-list.c */
void status_report_fail_counts(struct outline *o, struct cluster *c);      /* attribute-list.c */

/* --- words --- */

/* Below 0: red, 0: yellow, above: healthy or nobody looks. */
int status_node_health(const struct node *n);
/* "UNCLEAN (offline)", "standby", "online", … */
const char *status_node_words(const struct node *n);
/* The name under which a resource is known: instances of anonymous clones have no number. */
const char *status_resource_name(const struct resource *r);
/* "web	(ocf:pacemaker:Dummy):	 Started n1 (disabled)" under the given name; node: where, or NULL; pending: say what is
 * being done to it rather than the role it had before. */
void status_primitive_words(const struct resource *r, const char *name, const struct node *node, bool pending,
			    GString *out);
/* The same without its place, and with its description. */
void status_primitive_alone(const struct resource *r, const char *name, bool pending, GString *out);
/* " (unmanaged)", " (maintenance)" or "". */
const char *status_unmanaged_words(const struct resource *r);
/* "Started", or what is being done: "Starting". */
const char *status_role_words(const struct resource *r, bool pending);
/* A clone's target-role: its own, else its first instance's; NULL: none. */
const char *status_target_role(const struct resource *r);
/* target-role keeps it stopped (or unpromoted, where it could be promoted). */
bool status_is_disabled(const struct resource *r);

#endif
