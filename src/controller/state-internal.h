/* SPDX-License-Identifier: GPL-2.0-or-later */
/* state-internal.h - the parts of state.h among themselves: finding places in the document, and what each kind of
 * message does.
 *
 * state.c          life, the index, which part applies a message, digest
 * state-history.c  orders and results: what a node's history says
 * state-forget.c   failures and histories that are forgotten
 * state-node.c     nodes that come, go, are fenced or removed
 * state-compose.c  statements put together to an agreement, and an agreement taken over
 */
#ifndef CONTROLLER_STATE_INTERNAL_H
#define CONTROLLER_STATE_INTERNAL_H

#include "controller/state.h"

/* In what a node tells of itself: attributes that are held and not in the status. */
#define HELD_ATTRIBUTES "held_attributes"

/* What a message touched, and what is told to whoever asked. */
struct application {
	struct cluster_state *s;
	const struct manager_view *v;
	unsigned touched;
	enum edit_verdict verdict;
	char *text; /* NULL, or owned */
};

/* The <status>, made if missing. */
struct element *state_status(struct document *d);
/* The <node_state> of a node by its name, or NULL. */
struct element *state_node(const struct document *d, const char *name);
bool state_node_is_remote(const struct element *node_state);
/* An lrm_resource by its id, or NULL; found by the index. */
struct element *state_resource(struct cluster_state *s, const struct element *node_state, const char *id);
/* A resource was added; the index learns of it. */
void state_index_add(struct cluster_state *s, const struct element *node_state, struct element *resource);
/* Resources or nodes were taken out, or the document is another one. */
void state_index_forget(struct cluster_state *s);
/* As state_resource(), made if missing; NULL without class and type. */
struct element *state_resource_for(struct cluster_state *s, struct element *node_state, const char *id,
				   const char *class_, const char *provider, const char *type);

/* The status changed: counted once a message, at its end. */
void state_touch(struct application *a, unsigned touched);
void state_refuse(struct application *a, enum edit_verdict verdict, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Sets a transient attribute, and writes it at once. */
void state_attribute_set(struct application *a, const char *node, const char *name, const char *value);

void state_apply_orders(struct application *a, const struct message *m);
void state_apply_result(struct application *a, const struct message *m);
void state_apply_forget(struct application *a, const struct message *m);
void state_apply_node(struct application *a, const struct message *m);
void state_apply_fencing(struct application *a, const struct message *m);
void state_apply_fenced(struct application *a, const struct message *m);
void state_apply_stop(struct application *a, const struct message *m);
void state_remove_node(struct application *a, const struct message *m);

/* True for an operation that was recorded as under way and has not ended. */
bool history_is_under_way(const struct element *operation);
/* True for an entry that tells of a failure. */
bool history_is_failure(const struct element *operation);

/* It is gone, nobody knows how: what ran there counts until it is fenced. */
void node_lose(struct element *node_state);
/* Its history goes. Resources that were locked to the node when it was shut down stay so: their elements say it,
 * without operations. */
void node_forget_unlocked(struct element *node_state);
/* The parts of a node_state that go with a node's transient attributes. */
void node_forget_attributes(struct element *node_state);

void fence_record_free(void *record);
void fences_print(const struct cluster_state *s, GString *out);

#endif
