/* SPDX-License-Identifier: GPL-2.0-or-later */
/* attributes.h - transient attributes of nodes: all values of all nodes, equal at all members.
 *
 * A value that is set is known to everybody at once (attrd_updater --query). Into the status, where decisions are made
 * of it, it goes when its dampening is over: the leader keeps that time, every changed value starts it anew, and all
 * values of the attribute are written together. Private ones are never written. Values of a node that left go with it.
 *
 * Source of the rules: facts of the manager, sections 3.1 and 18.
 */
#ifndef CONTROLLER_ATTRIBUTES_H
#define CONTROLLER_ATTRIBUTES_H

#include "base/error.h"
#include "cib/document.h"

#include <glib.h>

struct attribute_value {
	char *node, *value; /* value NULL: unset */
	bool is_written;    /* the status has it */
};

struct held_attribute {
	char *name, *set; /* set NULL: the usual block */
	int64_t delay_ms;
	bool private_, utilization;
	GPtrArray *values; /* struct attribute_value, in order of first mention */
};

struct attributes {
	GPtrArray *all; /* struct held_attribute, in order of first mention */
};

struct attribute_change {
	const char *node, *name, *value, *set;
	int64_t delay_ms; /* -1: as it is, or 0 when new */
	bool private_, utilization, is_pattern, delay_only;
};

void attributes_init(struct attributes *a);
void attributes_fini(struct attributes *a);
/* True when something must still be written. "value++", "+=N", "++" are expanded against the node's present value. */
bool attributes_change(struct attributes *a, const struct attribute_change *c);
/* Writes all values of an attribute into the status; true when the status changed. */
bool attributes_write(struct attributes *a, const char *name, struct document *d);
/* A node's values go: it left, or was fenced. */
void attributes_forget_node(struct attributes *a, const char *node);
const char *attributes_get(const struct attributes *a, const char *name, const char *node);
const struct held_attribute *attributes_find(const struct attributes *a, const char *name);
/* As one XML element <held_attributes>, and back, for agreements. */
void attributes_print(const struct attributes *a, GString *out);
enum err attributes_parse(struct attributes *a, const char *text, struct error *reterr) MUST_CHECK;

#endif
