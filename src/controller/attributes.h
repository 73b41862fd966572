/* SPDX-License-Identifier: GPL-2.0-or-later */
/* attributes.h - transient attributes of nodes: all values of all nodes, equal at all members.
 *
 * A value that is set is known to everybody at once (attrd_updater --query). Into the status, where decisions are made
 * of it, it goes when its dampening is over: the leader keeps that time, every changed value starts it anew, and all
 * values of the attribute are written together. Private ones are never written. Values of a node that left go with it.
 *
 * What an attribute is (its set, private, utilization) is decided by the first who names it, and stays so as long as it
 * has values; an attribute without values, dampening or set is forgotten.
 *
 * In the status (ids as Pacemaker has them, with what no id may have as "."):
 *
 *	<node_state id="1" uname="one">
 *	  <transient_attributes id="1">
 *	    <instance_attributes id="status-1">
 *	      <nvpair id="status-1-fail-count-web.monitor_10000" name="fail-count-web#monitor_10000" value="1"/>
 *
 * With a set of its own the block has its id, and the pair is SET-NAME; utilization is in <utilization>.
 * Node names compare without regard to case, names of attributes with it.
 *
 * Source of the rules: facts of the manager, sections 3.1 and 18.
 */
#ifndef CONTROLLER_ATTRIBUTES_H
#define CONTROLLER_ATTRIBUTES_H

#include "base/error.h"
#include "cib/document.h"

#include <glib.h>

struct attribute_value {
	char *node, *value; /* value NULL: unset, which the status does not yet know */
	bool is_written;    /* the status has it */
};

struct held_attribute {
	char *name, *set; /* set NULL: the usual block */
	int64_t delay_ms;
	bool private_, utilization;
	GPtrArray *values; /* struct attribute_value, in order of first mention */
};

/* A value that came into the status, or (NULL) went out of it. */
struct attribute_written {
	char *node, *name, *value;
};

struct attributes {
	GPtrArray *all;      /* struct held_attribute, in order of first mention */
	GHashTable *by_name; /* the same, to find them */
	GPtrArray *written;  /* struct attribute_written, since attributes_forget_written() */
};

struct attribute_change {
	const char *node, *name, *value, *set;
	int64_t delay_ms; /* -1: as it is, or 0 when new */
	bool private_, utilization, is_pattern, delay_only;
};

enum attribute_outcome {
	ATTRIBUTE_SAME,      /* it was so already, or nobody writes it: private */
	ATTRIBUTE_WAITS,     /* something must be written: attributes_waits() tells of each attribute */
	ATTRIBUTE_ABSENT,    /* no attribute has this name or matches the pattern, and the change makes none */
	ATTRIBUTE_MALFORMED, /* the pattern is no regular expression (POSIX extended) */
};

void attributes_init(struct attributes *a);
void attributes_fini(struct attributes *a);
/* "value++", "NAME++", "++" and the same with "+=N" are expanded against the node's present value, as scores: none is
 * 0, what is no score becomes 0. */
enum attribute_outcome attributes_change(struct attributes *a, const struct attribute_change *c);
/* Whether a value of it must still be written. */
bool attributes_waits(const struct held_attribute *h);
/* Writes all values of an attribute into the status; true when the status changed. Values of nodes that have no
 * <node_state> go on waiting. */
bool attributes_write(struct attributes *a, const char *name, struct document *d);
/* Once they were told, and before each message. */
void attributes_forget_written(struct attributes *a);
/* A node's values go: it left, or was fenced. */
void attributes_forget_node(struct attributes *a, const char *node);
/* NULL: it has none. */
const char *attributes_get(const struct attributes *a, const char *name, const char *node);
const struct held_attribute *attributes_find(const struct attributes *a, const char *name);
/* As one XML element <held_attributes>, and back, for agreements; of one node only when it is not NULL. On an error of
 * attributes_parse() nothing is changed. */
void attributes_print(const struct attributes *a, const char *node, GString *out);
enum err attributes_parse(struct attributes *a, const char *text, struct error *reterr) MUST_CHECK;
/* Adds the values that such an element has. */
void attributes_merge(struct attributes *a, const struct element *held);

#endif
