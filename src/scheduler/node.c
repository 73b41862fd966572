/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/node.h"

#include "rules/score.h"
#include "rules/values.h"
#include "scheduler/cluster.h"
#include "scheduler/index.h"
#include "scheduler/unpack-private.h"

#include <ctype.h>
#include <string.h>

enum { ROOM_STEP = 16 }; /* more seats in every table, when nodes appear that nobody expected */

/* Skips a number and says how long it is and which digits count. */
static const char *number_end(const char *s, const char **ret_first_digit)
{
	const char *end = s;
	while (*s == '0')
		s++;
	while (isdigit((unsigned char)*end))
		end++;
	*ret_first_digit = s < end ? s : end;
	return end;
}

static int sign_of(ptrdiff_t difference)
{
	return difference < 0 ? -1 : difference > 0;
}

/* Compares the numbers at both texts and moves them behind: by value, then by length (7 before 007). */
static int number_compare(const char **a, const char **b)
{
	const char *digits_a, *digits_b;
	const char *end_a = number_end(*a, &digits_a), *end_b = number_end(*b, &digits_b);
	int order = sign_of((end_a - digits_a) - (end_b - digits_b));
	if (order == 0)
		order = memcmp(digits_a, digits_b, (size_t)(end_a - digits_a));
	if (order == 0)
		order = sign_of((end_a - *a) - (end_b - *b));
	*a = end_a;
	*b = end_b;
	return order;
}

int node_name_compare(const char *a, const char *b)
{
	while (*a != '\0' && *b != '\0') {
		int order;
		if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b))
			order = number_compare(&a, &b);
		else
			order = tolower((unsigned char)*a++) - tolower((unsigned char)*b++);
		if (order != 0)
			return order < 0 ? -1 : 1;
	}
	return (*a != '\0') - (*b != '\0');
}

struct seat *seats_new(struct cluster *c)
{
	return arena_array(&c->arena, struct seat, c->node_room);
}

struct seat *seats_copy(struct cluster *c, const struct seat *from)
{
	struct seat *copy = seats_new(c);
	memcpy(copy, from, c->node_count * sizeof(*copy));
	return copy;
}

struct seat *seats_add(struct seat *seats, const struct node *node, int score)
{
	struct seat *seat = &seats[node->index];
	if (!seat->present)
		*seat = (struct seat){.present = true, .score = score, .probe = node->base_probe};
	return seat;
}

struct node *node_find(const struct cluster *c, const char *name)
{
	return id_index_get(c->node_names, name);
}

struct node *node_find_by_id(const struct cluster *c, const char *id)
{
	return id_index_get(c->node_ids, id);
}

struct node *node_find_any(const struct cluster *c, const char *id, const char *name)
{
	struct node *n = node_find_by_id(c, id);
	return n != NULL ? n : node_find(c, name);
}

bool node_is_connection(const struct node *n)
{
	return n != NULL && n->kind == NODE_REMOTE;
}

bool node_is_guest(const struct node *n)
{
	return node_is_connection(n) && n->remote != NULL && n->remote->launcher != NULL;
}

bool node_is_remote(const struct node *n)
{
	return node_is_connection(n) && (n->remote == NULL || n->remote->launcher == NULL);
}

bool node_is_bundle(const struct node *n)
{
	return node_is_guest(n) && resource_is_bundled(n->remote);
}

bool node_is_available(const struct node *n)
{
	return n->online && !n->shutdown && !n->unclean && !n->standby && !n->maintenance;
}

bool node_is_usable(const struct node *n, const struct seat *seat)
{
	return node_is_available(n) && (seat == NULL || (seat->present && seat->score >= 0));
}

const char *node_attribute(const struct node *n, const char *name)
{
	return table_get(n->attributes, name);
}

const char *node_name(const struct node *n)
{
	if (n == NULL)
		return "unspecified node";
	return n->name != NULL ? n->name : n->id;
}

/* Nodes that only the status knows come when tables exist already. */
static void add_room(struct cluster *c)
{
	uint32_t old = c->node_room, room = old + ROOM_STEP;
	c->nodes = arena_grow(&c->arena, c->nodes, old * sizeof(*c->nodes), room * sizeof(*c->nodes));
	c->nodes_by_index = arena_grow(&c->arena, c->nodes_by_index, old * sizeof(*c->nodes), room * sizeof(*c->nodes));
	for (uint32_t i = 0; i < c->resource_serial; i++) {
		struct resource *r = c->all[i];
		size_t old_size = old * sizeof(struct seat), size = room * sizeof(struct seat);
		if (r->allowed != NULL)
			r->allowed = arena_grow(&c->arena, r->allowed, old_size, size);
		if (r->known != NULL)
			r->known = arena_grow(&c->arena, r->known, old_size, size);
	}
	c->node_room = room;
}

/* Behind all that are smaller. */
static void insert_sorted(struct cluster *c, struct node *n)
{
	uint32_t low = 0, high = c->node_count;
	while (low < high) {
		uint32_t middle = (low + high) / 2;
		if (node_name_compare(c->nodes[middle]->name, n->name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	memmove(&c->nodes[low + 1], &c->nodes[low], (c->node_count - low) * sizeof(*c->nodes));
	c->nodes[low] = n;
}

static bool kind_parse(const char *type, enum node_kind *ret)
{
	if (type == NULL || strcasecmp(type, "member") == 0)
		*ret = NODE_CLUSTER;
	else if (strcasecmp(type, "remote") == 0)
		*ret = NODE_REMOTE;
	else
		return false;
	return true;
}

struct node *node_create(struct cluster *c, const char *id, const char *name, const char *type, int score)
{
	enum node_kind kind;
	if (name != NULL && node_find(c, name) != NULL)
		cluster_complain(c, NULL, false, "more than one node has the name '%s'", name);
	if (!kind_parse(type, &kind)) {
		cluster_complain(c, NULL, true, "ignoring node '%s': its type '%s' is neither member nor remote",
				 name != NULL ? name : id, type);
		return NULL;
	}
	if (c->node_count == c->node_room)
		add_room(c);
	struct node *n = arena_new(&c->arena, struct node);
	n->index = (uint16_t)c->node_count;
	n->kind = kind;
	n->id = id;
	n->name = name != NULL ? name : id;
	n->base_score = score;
	n->cluster = c;
	n->attributes = table_new(&c->arena);
	n->utilization = table_new(&c->arena);
	n->running = arena_new(&c->arena, struct resource_list);
	n->assigned = arena_new(&c->arena, struct resource_list);
	n->probes_allowed = true;
	n->unseen = true;
	table_set(n->attributes, "#kind", kind == NODE_REMOTE ? "remote" : "cluster");
	if (kind == NODE_REMOTE)
		c->have_remote_nodes = true;
	insert_sorted(c, n);
	c->nodes_by_index[c->node_count++] = n;
	id_index_set(c->node_names, n->name, n);
	(void)id_index_add(c->node_ids, n->id, n);
	return n;
}

static void note_dc(struct node *n)
{
	struct cluster *c = n->cluster;
	if (c->dc == NULL && c->dc_id != NULL && strcasecmp(n->id, c->dc_id) == 0) {
		c->dc = n;
		table_set(n->attributes, "#is_dc", "true");
	} else if (n != c->dc) {
		table_set(n->attributes, "#is_dc", "false");
	}
}

void node_attributes_add(struct node *n, const struct element *e, bool overwrite)
{
	struct cluster *c = n->cluster;
	struct rule_input in = rule_input_of(c, NULL, NULL);
	n->fail_counts = NULL;
	table_set(n->attributes, "#uname", n->name);
	table_set(n->attributes, "#id", n->id);
	note_dc(n);
	const char *cluster_name = table_get(c->options.all, "cluster-name");
	if (cluster_name != NULL)
		table_set(n->attributes, "#cluster-name", cluster_name);
	if (overwrite) {
		struct table *fresh = table_new(&c->arena);
		values_unpack(e, NAME_INSTANCE_ATTRIBUTES, &in, NULL, fresh, &c->recheck_by);
		for (uint32_t i = 0; i < fresh->count; i++)
			table_set(n->attributes, fresh->entries[i].name, fresh->entries[i].value);
	} else {
		values_unpack(e, NAME_INSTANCE_ATTRIBUTES, &in, NULL, n->attributes, &c->recheck_by);
	}
	values_unpack(e, NAME_UTILIZATION, &in, NULL, n->utilization, &c->recheck_by);
	if (!table_has(n->attributes, "#site-name")) {
		const char *site = node_attribute(n, "site-name");
		if (site != NULL || cluster_name != NULL)
			table_set(n->attributes, "#site-name", site != NULL ? site : cluster_name);
	}
}

void nodes_unpack(struct cluster *c)
{
	const struct element *nodes = document_section(c->document, NAME_NODES);
	for_each_named(e, nodes, NAME_NODE)
	{
		const char *id = element_id(e);
		int score = 0;
		if (id == NULL) {
			cluster_complain(c, e, true, "ignoring a node without an id");
			continue;
		}
		const char *text = element_get(e, NAME_SCORE);
		if (!cluster_score_parse(c, text, 0, &score))
			cluster_complain(c, e, false, "node '%s': score '%s' is none; 0 is assumed", id, text);
		struct node *n = node_create(c, id, element_get(e, NAME_UNAME), element_get(e, NAME_TYPE), score);
		if (n == NULL)
			return;
		/* A remote node's turn comes with its connection. */
		n->unclean = n->kind == NODE_CLUSTER && c->options.startup_fencing;
		node_attributes_add(n, e, false);
	}
}
