/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/ids.h"

#include <string.h>

static uint32_t find(const struct node_list *l, node_id id)
{
	uint32_t i = 0;

	while (i < l->count && l->ids[i].v != id.v)
		i++;
	return i;
}

bool node_list_has(const struct node_list *l, node_id id)
{
	return find(l, id) < l->count;
}

bool node_list_add(struct node_list *l, node_id id)
{
	if (node_list_has(l, id))
		return true;
	if (l->count == NODES_MAX)
		return false;
	l->ids[l->count++] = id;
	return true;
}

void node_list_remove(struct node_list *l, node_id id)
{
	uint32_t i = find(l, id);

	if (i == l->count)
		return;
	memmove(&l->ids[i], &l->ids[i + 1], (l->count - i - 1) * sizeof l->ids[0]);
	l->count--;
}

void node_list_sort(struct node_list *l)
{
	for (uint32_t i = 1; i < l->count; i++) {
		node_id id = l->ids[i];
		uint32_t at = i;

		for (; at > 0 && l->ids[at - 1].v > id.v; at--)
			l->ids[at] = l->ids[at - 1];
		l->ids[at] = id;
	}
}

bool node_list_subset(const struct node_list *part, const struct node_list *whole)
{
	for (uint32_t i = 0; i < part->count; i++)
		if (!node_list_has(whole, part->ids[i]))
			return false;
	return true;
}

bool node_list_eq(const struct node_list *a, const struct node_list *b)
{
	return a->count == b->count && node_list_subset(a, b);
}

void node_list_subtract(const struct node_list *a, const struct node_list *b, struct node_list *ret)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < a->count; i++)
		if (!node_list_has(b, a->ids[i]))
			ret->ids[n++] = a->ids[i];
	ret->count = n;
}

void node_list_intersect(const struct node_list *a, const struct node_list *b, struct node_list *ret)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < a->count; i++)
		if (node_list_has(b, a->ids[i]))
			ret->ids[n++] = a->ids[i];
	ret->count = n;
}

bool node_list_union(struct node_list *a, const struct node_list *b)
{
	bool all = true;

	for (uint32_t i = 0; i < b->count; i++)
		all = node_list_add(a, b->ids[i]) && all;
	return all;
}

node_id node_list_lowest(const struct node_list *l)
{
	node_id low = l->count > 0 ? l->ids[0] : node_id_of(0);

	for (uint32_t i = 1; i < l->count; i++)
		if (l->ids[i].v < low.v)
			low = l->ids[i];
	return low;
}
