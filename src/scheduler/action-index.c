/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/action-index.h"

#include "scheduler/action-key.h"
#include "scheduler/cluster.h"

#include <assert.h>
#include <glib.h>
#include <string.h>

struct action_index {
	struct action_slot {
		struct action_chain *chain; /* NULL: free */
		uint32_t hash;
	} * slots;
	uint32_t slot_count; /* power of two */
	uint32_t used;
};

/* Chains of up to WALKED_MAX actions are walked along. */
enum { SLOTS_MIN = 1024, WALKED_MAX = 3 };

/* --- chains by key --- */

static uint32_t hash_key(const struct resource *r, const char *key)
{
	uint32_t h = 2166136261u ^ (r == NULL ? 0 : (r->serial + 1) * 2654435761u);
	for (; *key != '\0'; key++)
		h = (h ^ ((uint8_t)*key | 0x20)) * 16777619u;
	return h ^ (h >> 15);
}

static struct action_slot *find_slot(const struct action_index *x, const struct resource *r, const char *key,
				     uint32_t hash)
{
	uint32_t at = hash & (x->slot_count - 1);
	for (;; at = (at + 1) & (x->slot_count - 1)) {
		struct action_slot *s = &x->slots[at];
		if (s->chain == NULL ||
		    (s->hash == hash && s->chain->rsc == r &&
		     (strcmp(s->chain->key, key) == 0 || g_ascii_strcasecmp(s->chain->key, key) == 0)))
			return s;
	}
}

struct action_chain *action_index_find(const struct cluster *c, const struct resource *r, const char *key)
{
	const struct action_index *x = c->action_index;
	return x == NULL ? NULL : find_slot(x, r, key, hash_key(r, key))->chain;
}

static struct action_index *index_of(struct cluster *c)
{
	struct action_index *x = c->action_index;
	if (x == NULL) {
		x = arena_new(&c->arena, struct action_index);
		x->slot_count = SLOTS_MIN;
		x->slots = arena_array(&c->arena, struct action_slot, x->slot_count);
		c->action_index = x;
	}
	return x;
}

static void index_grow(struct cluster *c, struct action_index *x)
{
	struct action_slot *old = x->slots;
	uint32_t old_count = x->slot_count;
	x->slot_count *= 4;
	x->slots = arena_array(&c->arena, struct action_slot, x->slot_count);
	for (uint32_t i = 0; i < old_count; i++)
		if (old[i].chain != NULL)
			*find_slot(x, old[i].chain->rsc, old[i].chain->key, old[i].hash) = old[i];
}

/* --- chains by task --- */

static struct action_task *tasks_of(struct resource *r)
{
	if (r->tasks == NULL)
		r->tasks = arena_array(&r->cluster->arena, struct action_task, TASK_COUNT);
	return r->tasks;
}

/* The task when the key is made of it, r's id and interval 0; else TASK_OTHER. */
static enum task plain_task(const struct resource *r, const char *key)
{
	size_t id_size = strlen(r->id), size = strlen(key);
	if (size < id_size + 3 || g_ascii_strncasecmp(key, r->id, id_size) != 0 || key[id_size] != '_' ||
	    strcmp(key + size - 2, "_0") != 0)
		return TASK_OTHER;
	const char *name = key + id_size + 1;
	size_t name_size = size - id_size - 3;
	for (unsigned t = TASK_OTHER + 1; t < TASK_COUNT; t++)
		if (strlen(task_text(t)) == name_size && g_ascii_strncasecmp(task_text(t), name, name_size) == 0)
			return (enum task)t;
	return TASK_OTHER;
}

static void note_task(struct resource *r, enum task task)
{
	static_assert(TASK_COUNT <= 32, "a bit each");
	for (; r != NULL && (r->task_bits >> task & 1) == 0; r = r->parent)
		r->task_bits |= 1u << task;
}

struct action_chain *action_index_find_task(const struct resource *r, enum task task)
{
	return r->tasks == NULL ? NULL : r->tasks[task].chain;
}

struct action_chain *action_index_new(struct cluster *c, struct resource *r, const char *key, enum task task)
{
	struct action_index *x = index_of(c);
	if (x->used > x->slot_count / 2)
		index_grow(c, x);
	struct action_chain *chain = arena_new(&c->arena, struct action_chain);
	chain->rsc = r;
	chain->key = arena_string(&c->arena, key);
	chain->key_hash = hash_key(r, key);
	*find_slot(x, r, key, chain->key_hash) = (struct action_slot){chain, chain->key_hash};
	x->used++;
	if (task == TASK_OTHER && r != NULL)
		task = plain_task(r, key);
	if (task != TASK_OTHER)
		tasks_of(r)[task].chain = chain;
	return chain;
}

static void link_to_task(struct action *a)
{
	struct action_task *of = &tasks_of(a->rsc)[a->task];
	a->previous_same_task = NULL;
	a->next_same_task = of->latest;
	if (of->latest != NULL)
		of->latest->previous_same_task = a;
	of->latest = a;
	note_task(a->rsc, a->task);
}

static void unlink_from_task(struct action *a)
{
	if (a->next_same_task != NULL)
		a->next_same_task->previous_same_task = a->previous_same_task;
	if (a->previous_same_task != NULL)
		a->previous_same_task->next_same_task = a->next_same_task;
	else
		a->rsc->tasks[a->task].latest = a->next_same_task;
}

/* --- actions of a chain --- */

static void index_by_node(struct action_chain *chain)
{
	struct cluster *c = chain->latest->cluster;
	chain->by_node = arena_array(&c->arena, struct action *, c->node_room);
	for (struct action *a = chain->latest; a != NULL; a = a->next_same_key)
		chain->by_node[a->node->index] = a;
}

void action_index_add(struct action_chain *chain, struct action *a)
{
	a->next_same_key = chain->latest;
	chain->latest = a;
	chain->count++;
	if (chain->oldest == NULL)
		chain->oldest = a;
	if (a->node == NULL)
		chain->any_unplaced = true;
	else if (chain->by_node != NULL && chain->by_node[a->node->index] == NULL)
		chain->by_node[a->node->index] = a;
	if (a->rsc != NULL) {
		link_to_task(a);
	}
}

static struct action *walk(struct action_chain *chain, struct node *node)
{
	struct action *found = NULL;
	for (struct action *a = chain->latest; a != NULL; a = a->next_same_key) {
		if (a->node == NULL)
			a->node = node;
		if (a->node == node)
			found = a;
	}
	if (chain->any_unplaced && chain->count > 1)
		chain->is_irregular = true;
	chain->any_unplaced = false;
	return found;
}

struct action *action_chain_find(struct action_chain *chain, struct node *node)
{
	if (chain == NULL)
		return NULL;
	if (node == NULL)
		return chain->oldest;
	if (chain->any_unplaced || chain->is_irregular || chain->count <= WALKED_MAX)
		return walk(chain, node);
	if (chain->by_node == NULL)
		index_by_node(chain);
	return chain->by_node[node->index];
}

/* --- what the others ask for --- */

struct action *action_chain(struct cluster *c, const struct resource *r, const char *key)
{
	const struct action_chain *chain = action_index_find(c, r, key);
	return chain == NULL ? NULL : chain->latest;
}

struct action *action_chain_task(const struct resource *r, enum task task)
{
	const struct action_chain *chain = action_index_find_task(r, task);
	return chain == NULL ? NULL : chain->latest;
}

struct action *action_find(struct cluster *c, struct resource *r, const char *key, struct node *node)
{
	return action_chain_find(action_index_find(c, r, key), node);
}

struct action *action_find_task(struct resource *r, enum task task, struct node *node)
{
	return action_chain_find(action_index_find_task(r, task), node);
}

struct action *action_find_placed(const struct resource *r, enum task task, const struct node *node)
{
	struct action_chain *chain = action_index_find_task(r, task);
	if (chain == NULL || node == NULL)
		return chain == NULL ? NULL : chain->latest;
	if (chain->by_node != NULL && !chain->any_unplaced && !chain->is_irregular)
		return chain->by_node[node->index];
	for (struct action *a = chain->latest; a != NULL; a = a->next_same_key)
		if (a->node == node)
			return a;
	return NULL;
}

bool action_exists(const struct resource *r, enum task task)
{
	return action_index_find_task(r, task) != NULL;
}

struct action *action_with_task(const struct resource *r, enum task task, const struct node *node)
{
	struct action *a = task == TASK_OTHER || r->tasks == NULL ? NULL : r->tasks[task].latest;
	while (a != NULL && node != NULL && a->node != node)
		a = a->next_same_task;
	return a;
}

void action_set_task(struct action *a, enum task task)
{
	unlink_from_task(a);
	a->task = task;
	a->task_name = task_text(task);
	link_to_task(a);
}
