/* SPDX-License-Identifier: GPL-2.0-or-later */
/* node-attribute.h - transient attributes of the running cluster's nodes, set and asked over the manager's API: at once
 * known to all members, and in the status when their dampening is over (controller/attributes.h). */
#ifndef CLI_NODE_ATTRIBUTE_H
#define CLI_NODE_ATTRIBUTE_H

#include "cli/place.h"

struct node_attribute {
	const char *node; /* NULL: this one */
	const char *name, *value, *set;
	int64_t delay_ms; /* dampening; -1: as it is */
	bool is_private, is_utilization, is_pattern, delay_only;
};

/* value NULL: unset. EXIT_NO_SUCH: there is no such attribute. */
enum exit_code node_attribute_change(struct place *p, const struct node_attribute *a, struct error *reterr) MUST_CHECK;
/* A new reference to a list of {"node", "name", "value"}: values of a name (NULL: of all), on a node (NULL: on this
 * one), or on all of them. */
enum exit_code node_attribute_list(struct place *p, const char *name, const char *node, bool all, json_t **ret_list,
				   struct error *reterr) MUST_CHECK;
/* Appends a value as the tools print it between quotes: ", \n, \r and \t with a backslash. */
void node_attribute_escape(const char *value, GString *out);

#endif
