/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/action.h"

#include "scheduler/action-config.h"
#include "scheduler/action-index.h"
#include "scheduler/action-key.h"
#include "scheduler/cluster.h"

#include <assert.h>
#include <string.h>

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

/* Fence devices are asked with a timeout that may differ from node to node; connections to remote nodes change what
 * their failure means while the status is read. */
static bool can_share(const struct resource *r)
{
	return !r->remote_connection && (r->class_ == NULL || strcmp(r->class_, "stonith") != 0);
}

static bool is_shared_by(const struct action_chain *chain, const struct action *a)
{
	return chain->meta != NULL && chain->interval_ms == a->interval_ms &&
	       strcmp(chain->task_name, a->task_name) == 0;
}

static void share(struct action_chain *chain, const struct action *a)
{
	chain->meta = a->meta;
	chain->task_name = a->task_name;
	chain->interval_ms = a->interval_ms;
	chain->operation = a->operation;
	chain->needs = a->needs;
	chain->on_fail = a->on_fail;
	chain->fail_role = a->fail_role;
}

static void configure(struct action_chain *chain, struct action *a)
{
	struct resource *r = a->rsc;
	a->key_tells_notify = strstr(a->key, "notify") != NULL;
	const char *notify = a->key_tells_notify ? strstr(a->key, "_notify_") : NULL;
	if (notify != NULL && (a->task == TASK_NOTIFY || a->task == TASK_NOTIFIED))
		a->notified_task = notified_task(notify + strlen("_notify_"));
	if (is_shared_by(chain, a)) {
		a->meta = chain->meta;
		a->meta_is_shared = true;
		a->operation = chain->operation;
		a->needs = chain->needs;
		a->on_fail = chain->on_fail;
		a->fail_role = chain->fail_role;
		return;
	}
	a->meta_is_shared = true;
	a->meta = action_config_meta_kept(r, a->node, a->task_name, a->interval_ms, notify != NULL, &a->operation);
	a->needs = action_config_needs(r, a->task_name);
	a->on_fail = action_config_on_fail(r, a->task_name, a->interval_ms, table_get(a->meta, "on-fail"));
	a->fail_role = action_config_fail_role(r, a->task_name, a->on_fail);
	if (chain->meta == NULL && can_share(r))
		share(chain, a);
}

static void note_change(const struct action *a)
{
	for (struct resource *r = a->rsc; r != NULL; r = r->parent)
		r->action_changes++;
}

static struct action *create(struct cluster *c, struct action_chain *chain, struct resource *r, const char *key,
			     const char *task, int64_t interval_ms, struct node *node, bool optional)
{
	struct action *a = arena_new(&c->arena, struct action);
	a->cluster = c;
	a->rsc = r;
	a->key = strcmp(key, chain->key) == 0 ? chain->key : arena_string(&c->arena, key);
	a->task = task_parse(task);
	a->task_name = a->task == TASK_OTHER ? arena_string(&c->arena, task) : task_text(a->task);
	a->interval_ms = interval_ms;
	a->node = node;
	a->flags = ACTION_RUNNABLE | (optional ? ACTION_OPTIONAL : 0) | (a->task == TASK_DELETE ? ACTION_ON_DC : 0);
	if (r != NULL)
		configure(chain, a);
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
	action_index_add(chain, a);
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
	assert(key != NULL || rsc != NULL);
	struct action_chain *chain;
	struct key_buffer b;
	enum task known = key == NULL && interval_ms == 0 ? task_parse(task) : TASK_OTHER;
	if (known != TASK_OTHER) {
		chain = action_index_find_task(rsc, known);
		key = chain != NULL ? chain->key : key_write(c, rsc->id, task, interval_ms, &b);
	} else {
		if (key == NULL)
			key = key_write(c, rsc->id, task, interval_ms, &b);
		chain = action_index_find(c, rsc, key);
	}
	struct action *a = action_chain_find(chain, node);
	if (chain == NULL)
		chain = action_index_new(c, rsc, key, known);
	if (a == NULL)
		a = create(c, chain, rsc, key, task, interval_ms, node, optional);
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
	action_set_meta(a, "op_no_wait", "true");
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
	a->expected = (uint8_t)result;
}

void action_set_meta(struct action *a, const char *name, const char *value)
{
	table_set(action_own_meta(a), name, value);
}

struct table *action_own_meta(struct action *a)
{
	if (a->meta_is_shared) {
		struct table *own = table_new(&a->cluster->arena);
		table_add_all(own, a->meta);
		a->meta = own;
		a->meta_is_shared = false;
	}
	return a->meta;
}
