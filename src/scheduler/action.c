/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/action.h"

#include "scheduler/action-config.h"
#include "scheduler/action-key.h"
#include "scheduler/cluster.h"

#include <assert.h>
#include <glib.h>
#include <string.h>

/* One slot for each resource and key, with the latest action; those on other nodes hang behind it. */
struct action_index {
	struct action **slots;
	uint32_t slot_count; /* power of two */
	uint32_t used;
};

enum { SLOTS_MIN = 1024 };

static uint32_t key_hash(const struct resource *r, const char *key)
{
	uint32_t h = 2166136261u ^ (r == NULL ? 0 : (r->serial + 1) * 2654435761u);
	for (; *key != '\0'; key++)
		h = (h ^ ((uint8_t)*key | 0x20)) * 16777619u;
	return h ^ (h >> 15);
}

static bool keys_are_same(const char *a, const char *b)
{
	return strcmp(a, b) == 0 || g_ascii_strcasecmp(a, b) == 0;
}

static struct action **find_slot(const struct action_index *x, const struct resource *r, const char *key, uint32_t hash)
{
	uint32_t at = hash & (x->slot_count - 1);
	for (;; at = (at + 1) & (x->slot_count - 1)) {
		struct action *a = x->slots[at];
		if (a == NULL || (a->key_hash == hash && a->rsc == r && keys_are_same(a->key, key)))
			return &x->slots[at];
	}
}

static struct action_index *index_of(struct cluster *c)
{
	struct action_index *x = c->action_index;
	if (x == NULL) {
		x = arena_new(&c->arena, struct action_index);
		x->slot_count = SLOTS_MIN;
		x->slots = arena_array(&c->arena, struct action *, x->slot_count);
		c->action_index = x;
	}
	return x;
}

static void index_grow(struct cluster *c, struct action_index *x)
{
	struct action **old = x->slots;
	uint32_t old_count = x->slot_count;
	x->slot_count *= 4;
	x->slots = arena_array(&c->arena, struct action *, x->slot_count);
	for (uint32_t i = 0; i < old_count; i++)
		if (old[i] != NULL)
			*find_slot(x, old[i]->rsc, old[i]->key, old[i]->key_hash) = old[i];
}

static void index_add(struct cluster *c, struct action *a)
{
	struct action_index *x = index_of(c);
	if (x->used > x->slot_count / 2)
		index_grow(c, x);
	struct action **slot = find_slot(x, a->rsc, a->key, a->key_hash);
	if (*slot == NULL)
		x->used++;
	a->next_same_key = *slot;
	*slot = a;
}

struct action *action_chain(struct cluster *c, const struct resource *r, const char *key)
{
	const struct action_index *x = c->action_index;
	return x == NULL ? NULL : *find_slot(x, r, key, key_hash(r, key));
}

struct action *action_chain_task(const struct resource *r, enum task task)
{
	struct key_buffer b;
	return action_chain(r->cluster, r, key_write(r->cluster, r->id, task_text(task), 0, &b));
}

struct action *action_find(struct cluster *c, struct resource *r, const char *key, struct node *node)
{
	struct action *found = NULL;
	for (struct action *a = action_chain(c, r, key); a != NULL; a = a->next_same_key) {
		if (node != NULL && a->node == NULL)
			a->node = node;
		if (node == NULL || a->node == node)
			found = a;
	}
	return found;
}

struct action *action_find_task(struct resource *r, enum task task, struct node *node)
{
	struct key_buffer b;
	return action_find(r->cluster, r, key_write(r->cluster, r->id, task_text(task), 0, &b), node);
}

struct action *action_find_placed(const struct resource *r, enum task task, const struct node *node)
{
	for (struct action *a = action_chain_task(r, task); a != NULL; a = a->next_same_key)
		if (node == NULL || a->node == node)
			return a;
	return NULL;
}

bool action_exists(const struct resource *r, enum task task)
{
	return action_chain_task(r, task) != NULL;
}

/* --- creating --- */

/* "running_0" */
static enum task notified_task(const char *end_of_key)
{
	char name[24];
	size_t n = strcspn(end_of_key, "_");
	if (n >= sizeof(name))
		return TASK_OTHER;
	memcpy(name, end_of_key, n);
	name[n] = '\0';
	return task_parse(name);
}

static void configure(struct action *a)
{
	struct resource *r = a->rsc;
	const char *notify = strstr(a->key, "_notify_");
	a->key_tells_notify = notify != NULL || strstr(a->key, "notify") != NULL;
	if (notify != NULL && (a->task == TASK_NOTIFY || a->task == TASK_NOTIFIED))
		a->notified_task = notified_task(notify + strlen("_notify_"));
	a->meta = action_config_meta_copy(r, a->node, a->task_name, a->interval_ms, notify != NULL, &a->operation);
	a->needs = action_config_needs(r, a->task_name);
	a->on_fail = action_config_on_fail(r, a->task_name, a->interval_ms, table_get(a->meta, "on-fail"));
	a->fail_role = action_config_fail_role(r, a->task_name, a->on_fail);
}

static void note_change(const struct action *a)
{
	for (struct resource *r = a->rsc; r != NULL; r = r->parent)
		r->action_changes++;
}

static struct action *create(struct cluster *c, struct resource *r, const char *key, const char *task,
			     int64_t interval_ms, struct node *node, bool optional)
{
	struct action *a = arena_new(&c->arena, struct action);
	a->cluster = c;
	a->rsc = r;
	a->key = arena_string(&c->arena, key);
	a->key_hash = key_hash(r, key);
	a->task = task_parse(task);
	a->task_name = a->task == TASK_OTHER ? arena_string(&c->arena, task) : task_text(a->task);
	a->interval_ms = interval_ms;
	a->node = node;
	a->flags = ACTION_RUNNABLE | (optional ? ACTION_OPTIONAL : 0) | (a->task == TASK_DELETE ? ACTION_ON_DC : 0);
	if (r != NULL)
		configure(a);
	else
		a->meta = table_new(&c->arena);

	if (c->next_action_id < 1)
		c->next_action_id = 1;
	a->id = c->next_action_id++;
	a->next = c->actions;
	c->actions = a;
	if (r != NULL) {
		a->next_of_resource = r->actions;
		r->actions = a;
	}
	index_add(c, a);
	note_change(a);
	return a;
}

static void update_optional(struct action *a, bool optional)
{
	/* Nothing but monitors is done to what is not managed. */
	if (a->rsc != NULL && a->node != NULL && !action_is(a, ACTION_PSEUDO) && !a->rsc->managed &&
	    !table_has(a->meta, "interval"))
		action_set(a, ACTION_OPTIONAL);
	else if (!optional)
		action_clear(a, ACTION_OPTIONAL);
}

/* What the lack of quorum means to r. What is promoted may go on as unpromoted. */
static enum no_quorum quorum_policy(struct resource *r)
{
	const struct cluster *c = r->cluster;
	if (c->quorate)
		return NO_QUORUM_IGNORE;
	if (c->options.no_quorum != NO_QUORUM_DEMOTE)
		return c->options.no_quorum;
	if (r->role != ROLE_PROMOTED && r->role != ROLE_UNPROMOTED)
		return NO_QUORUM_STOP;
	if (r->next_role > ROLE_UNPROMOTED)
		r->next_role = ROLE_UNPROMOTED;
	return NO_QUORUM_IGNORE;
}

static void update_by_quorum(struct action *a)
{
	switch (quorum_policy(a->rsc)) {
	case NO_QUORUM_STOP:
		action_clear(a, ACTION_RUNNABLE);
		action_set_reason(a, "no quorum", true);
		break;
	case NO_QUORUM_FREEZE:
		if (!resource_is_active(a->rsc, true) || a->rsc->next_role > a->rsc->role) {
			action_clear(a, ACTION_RUNNABLE);
			action_set_reason(a, "quorum freeze", true);
		}
		break;
	case NO_QUORUM_IGNORE:
	case NO_QUORUM_DEMOTE:
	case NO_QUORUM_FENCE:
		action_set(a, ACTION_RUNNABLE);
		break;
	}
}

static void update_runnable(struct action *a)
{
	struct node *n = a->node;
	bool on_dc = action_is(a, ACTION_ON_DC);
	if (action_is(a, ACTION_PSEUDO))
		return;
	if (n == NULL) {
		action_clear(a, ACTION_RUNNABLE);
	} else if (!on_dc && !n->online && (!node_is_guest(n) || n->remote_reset)) {
		action_clear(a, ACTION_RUNNABLE);
		if (a->rsc->managed && a->task == TASK_STOP && !n->unclean)
			node_must_be_fenced(a->cluster, n, "stop is unrunnable", false);
	} else if (!on_dc && n->pending) {
		action_clear(a, ACTION_RUNNABLE);
	} else if (a->needs == NEEDS_NOTHING) {
		action_set_reason(a, NULL, true);
		/* A guest whose host is lost and cannot be fenced cannot be asked. */
		if (node_is_guest(n) && !node_can_be_fenced(a->cluster, n))
			action_clear(a, ACTION_RUNNABLE);
		else
			action_set(a, ACTION_RUNNABLE);
	} else {
		update_by_quorum(a);
	}
}

struct action *action_request(struct cluster *c, struct resource *rsc, const char *key, const char *task,
			      int64_t interval_ms, struct node *node, bool optional)
{
	struct key_buffer b;
	if (key == NULL) {
		assert(rsc != NULL);
		key = key_write(c, rsc->id, task, interval_ms, &b);
	}
	struct action *a = action_find(c, rsc, key, node);
	if (a == NULL)
		a = create(c, rsc, key, task, interval_ms, node, optional);
	update_optional(a, optional);
	if (rsc == NULL)
		return a;
	if (a->node != NULL && a->operation != NULL && !action_is(a, ACTION_ATTRIBUTES_READ)) {
		a->parameters = action_config_parameters(c, a->operation, a->node);
		a->flags |= ACTION_ATTRIBUTES_READ;
	}
	update_runnable(a);
	return a;
}

struct action *action_pseudo(struct cluster *c, const char *name)
{
	struct action *a = action_chain(c, NULL, name);
	if (a == NULL) {
		a = action_request(c, NULL, name, name, 0, NULL, true);
		action_set(a, ACTION_PSEUDO | ACTION_RUNNABLE);
	}
	return a;
}

struct action *action_pseudo_of(struct resource *r, const char *task, bool optional, bool runnable)
{
	struct action *a = action_request(r->cluster, r, NULL, task, 0, NULL, optional);
	action_set(a, runnable ? ACTION_PSEUDO | ACTION_RUNNABLE : ACTION_PSEUDO);
	return a;
}

struct action *action_start(struct resource *r, struct node *node, bool optional)
{
	return action_request(r->cluster, r, NULL, "start", 0, node, optional);
}

struct action *action_stop(struct resource *r, struct node *node, bool optional)
{
	return action_request(r->cluster, r, NULL, "stop", 0, node, optional);
}

struct action *action_promote(struct resource *r, struct node *node, bool optional)
{
	return action_request(r->cluster, r, NULL, "promote", 0, node, optional);
}

struct action *action_demote(struct resource *r, struct node *node, bool optional)
{
	return action_request(r->cluster, r, NULL, "demote", 0, node, optional);
}

struct action *action_delete(struct resource *r, struct node *node, bool optional)
{
	return action_request(r->cluster, r, NULL, "lrm_delete", 0, node, optional);
}

struct action *action_clear_failcount(struct resource *r, struct node *node, const char *reason)
{
	struct action *a = action_request(r->cluster, r, NULL, "clear_failcount", 0, node, false);
	if (a->note == NULL)
		a->note = reason;
	table_set(a->meta, "op_no_wait", "true");
	return a;
}

/* --- flags and reasons --- */

void action_set(struct action *a, uint32_t flags)
{
	if ((a->flags & flags) == flags)
		return;
	a->flags |= flags;
	note_change(a);
}

void action_clear(struct action *a, uint32_t flags)
{
	if ((a->flags & flags) == 0)
		return;
	a->flags &= ~flags;
	note_change(a);
}

/* "required web start" */
static const char *reason_of(const struct action *because, uint32_t flag)
{
	const char *what = flag == ACTION_RUNNABLE   ? "unrunnable"
			   : flag == ACTION_OPTIONAL ? "required"
						     : "unmigrateable";
	const char *parts[] = {what, " ", because->task_name, " ", because->task_name};
	if (because->rsc == NULL)
		return texts_join(&because->cluster->arena, parts, 3);
	parts[2] = because->rsc->id;
	return texts_join(&because->cluster->arena, parts, 5);
}

void action_clear_because(struct action *a, uint32_t flags, const struct action *because)
{
	if ((a->flags & flags) == 0)
		return;
	action_clear(a, flags);
	if ((flags & ACTION_OPTIONAL) != 0 && a->required_by == NULL)
		a->required_by = because;
	if ((flags & ACTION_RUNNABLE) != 0 && a->blocked_by == NULL)
		a->blocked_by = because;
	if (a->rsc != because->rsc && a->reason == NULL)
		a->reason = reason_of(because, flags);
}

void action_set_reason(struct action *a, const char *reason, bool overwrite)
{
	if (a->reason == NULL || overwrite)
		a->reason = reason;
}

void action_require(struct action *a, const char *reason)
{
	if (!action_is(a, ACTION_OPTIONAL))
		return;
	action_clear(a, ACTION_OPTIONAL);
	action_set_reason(a, reason, false);
}

void action_forbid(struct action *a, const char *reason)
{
	if (!action_is(a, ACTION_RUNNABLE))
		return;
	action_clear(a, ACTION_RUNNABLE);
	action_set_reason(a, reason, false);
}

void action_expect(struct action *a, int result)
{
	table_set(a->meta, "op_target_rc", number_text(a->cluster, result));
}
