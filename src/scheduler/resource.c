/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/resource.h"

#include "scheduler/cluster.h"
#include "scheduler/index.h"
#include "scheduler/unpack-private.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

void resource_list_add(struct arena *a, struct resource_list *l, struct resource *r)
{
	l->items = arena_room(a, l->items, sizeof(struct resource *), l->count, &l->room, 4);
	l->items[l->count++] = r;
}

void resource_list_prepend(struct arena *a, struct resource_list *l, struct resource *r)
{
	l->items = arena_room(a, l->items, sizeof(struct resource *), l->count, &l->room, 4);
	memmove(&l->items[1], l->items, l->count * sizeof(struct resource *));
	l->items[0] = r;
	l->count++;
}

bool resource_list_has(const struct resource_list *l, const struct resource *r)
{
	for (uint32_t i = 0; i < l->count; i++)
		if (l->items[i] == r)
			return true;
	return false;
}

void node_set_add(struct arena *a, struct node_set *l, struct node *n)
{
	l->items = arena_room(a, l->items, sizeof(struct node *), l->count, &l->room, 4);
	l->items[l->count++] = n;
}

bool node_set_has(const struct node_set *l, const struct node *n)
{
	for (uint32_t i = 0; i < l->count; i++)
		if (l->items[i] == n)
			return true;
	return false;
}

void node_set_remove(struct node_set *l, const struct node *n)
{
	for (uint32_t i = 0; i < l->count; i++) {
		if (l->items[i] != n)
			continue;
		memmove(&l->items[i], &l->items[i + 1], (l->count - i - 1) * sizeof(struct node *));
		l->count--;
		return;
	}
}

/* --- finding --- */

void resource_index(struct resource *r)
{
	struct cluster *c = r->cluster;
	(void)id_index_add(c->ids, r->id, r);
	if (r->history_id == NULL)
		return;
	/* Of several instances with one id in the status the first stands for all. */
	const struct resource *known = id_index_get(c->history_ids, r->history_id);
	if (known == NULL || known->serial > r->serial)
		id_index_set(c->history_ids, r->history_id, r);
}

struct resource *resource_find_exact(const struct cluster *c, const char *id)
{
	return id_index_get(c->ids, id);
}

struct resource *resource_find(const struct cluster *c, const char *id)
{
	struct resource *r = resource_find_exact(c, id);
	if (r != NULL || id == NULL)
		return r;
	r = id_index_get(c->history_ids, id);
	return r != NULL && r->history_id != NULL && strcmp(r->history_id, id) == 0 ? r : NULL;
}

/* Length of an id without the number of an instance. */
static size_t base_length(const char *id)
{
	size_t length = strlen(id), at = length;
	while (at > 1 && isdigit((unsigned char)id[at - 1]))
		at--;
	/* What ends in a colon without a number keeps it. */
	return at > 1 && at < length && id[at - 1] == ':' ? at - 1 : length;
}

const char *resource_base_id(struct cluster *c, const char *id)
{
	size_t length = base_length(id);
	return id[length] == '\0' ? id : arena_string_n(&c->arena, id, length);
}

static bool same_base(const char *a, const char *b)
{
	size_t length = base_length(a);
	return length == base_length(b) && memcmp(a, b, length) == 0;
}

static bool matches_id(const struct resource *r, const char *id, unsigned flags)
{
	if (strcmp(r->id, id) == 0)
		return true;
	if ((flags & FIND_HISTORY_ID) != 0 && r->history_id != NULL && strcmp(r->history_id, id) == 0)
		return true;
	if ((flags & FIND_ANY) != 0 || ((flags & FIND_ANONYMOUS) != 0 && !r->unique))
		return same_base(r->id, id);
	return false;
}

static bool matches_place(const struct resource *r, const struct node *node, unsigned flags)
{
	if (node == NULL)
		return true;
	return (flags & FIND_CURRENT) != 0 ? node_set_has(&r->active, node) : r->assigned == node;
}

struct resource *resource_find_below(struct resource *r, const char *id, const struct node *node, unsigned flags)
{
	if (matches_id(r, id, flags) && matches_place(r, node, flags))
		return r;
	for_each_child_of(child, r)
	{
		struct resource *found = resource_find_below(child, id, node, flags);
		if (found != NULL)
			return found;
	}
	return NULL;
}

struct resource *resource_top(const struct resource *r, bool include_bundle)
{
	while (r->parent != NULL && (include_bundle || r->parent->kind != RESOURCE_BUNDLE))
		r = r->parent;
	return (struct resource *)(uintptr_t)r;
}

bool resource_is_below(const struct resource *r, const struct resource *ancestor)
{
	for (const struct resource *p = r->parent; p != NULL; p = p->parent)
		if (p == ancestor)
			return true;
	return false;
}

bool resource_is_instance(const struct resource *r)
{
	return r->replica_container || (r->parent != NULL && r->parent->kind == RESOURCE_CLONE);
}

bool resource_is_clone(const struct resource *r)
{
	return r != NULL && r->kind == RESOURCE_CLONE;
}

bool resource_is_unique_clone(const struct resource *r)
{
	return resource_is_clone(r) && r->unique;
}

bool resource_is_anonymous_clone(const struct resource *r)
{
	return resource_is_clone(r) && !r->unique;
}

bool resource_is_bundled(const struct resource *r)
{
	if (r == NULL)
		return false;
	while (r->parent != NULL)
		r = r->parent;
	return r->kind == RESOURCE_BUNDLE;
}

int resource_instance_number(const struct resource *r)
{
	const char *number = strrchr(r->id, ':');
	if (number == NULL)
		number = strrchr(r->id, '-');
	return number == NULL ? 0 : (int)strtol(number + 1, NULL, 10);
}

/* --- roles --- */

static const struct {
	enum role role;
	const char *text;
} role_words[] = {
	{ROLE_STOPPED, "Stopped"},   {ROLE_STARTED, "Started"},  {ROLE_UNPROMOTED, "Unpromoted"},
	{ROLE_PROMOTED, "Promoted"}, {ROLE_UNPROMOTED, "Slave"}, {ROLE_PROMOTED, "Master"},
	{ROLE_UNKNOWN, "Unknown"},
};

enum role role_parse(const char *text)
{
	for (size_t i = 0; text != NULL && i < sizeof(role_words) / sizeof(role_words[0]); i++)
		if (strcasecmp(text, role_words[i].text) == 0)
			return role_words[i].role;
	return ROLE_UNKNOWN;
}

const char *role_text(enum role role)
{
	for (size_t i = 0; i < sizeof(role_words) / sizeof(role_words[0]); i++)
		if (role_words[i].role == role)
			return role_words[i].text;
	return "Unknown";
}

bool resource_target_role(const struct resource *r, enum role *ret_role)
{
	enum role role = role_parse(resource_meta(r, "target-role"));
	if (role == ROLE_UNKNOWN || role == ROLE_STARTED || role == ROLE_PROMOTED)
		return false;
	if (role == ROLE_UNPROMOTED && !resource_top(r, false)->promotable)
		return false;
	*ret_role = role;
	return true;
}

bool resource_meta_bool(const struct resource *r, const char *name, bool otherwise)
{
	bool value;
	const char *text = resource_meta(r, name);
	if (text == NULL)
		return otherwise;
	return cib_parse_bool(text, &value) && value;
}
