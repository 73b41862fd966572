/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "service/cpg-internal.h"

#include <assert.h>

bool cpg_name_peek(struct reader *r, struct bytes *ret)
{
	uint32_t length;
	const uint8_t *value;

	length = read_u32(r);
	read_skip(r, 4);
	value = read_bytes(r, GROUP_NAME_MAX);
	if (value == NULL || length > GROUP_NAME_MAX)
		return false;
	*ret = bytes_of(value, length);
	return true;
}

bool cpg_name_read(struct reader *r, struct cpg_name *ret)
{
	struct bytes name;

	if (!cpg_name_peek(r, &name))
		return false;
	*ret = (struct cpg_name){.length = (uint32_t)name.len};
	memcpy(ret->value, name.data, name.len);
	return true;
}

struct bytes cpg_name_bytes(const struct cpg_name *name)
{
	return bytes_of(name->value, name->length);
}

int cpg_name_compare(struct bytes a, struct bytes b)
{
	size_t common = a.len < b.len ? a.len : b.len;
	int order = common > 0 ? memcmp(a.data, b.data, common) : 0;

	if (order != 0)
		return order;
	return (a.len > b.len) - (a.len < b.len);
}

uint32_t cpg_group_index(const struct cpg *c, struct bytes name)
{
	uint32_t low = 0, high = c->group_count;

	while (low < high) {
		uint32_t mid = (low + high) / 2;

		if (cpg_name_compare(cpg_name_bytes(&c->groups[mid]->name), name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

struct cpg_group *cpg_group_find(const struct cpg *c, struct bytes name)
{
	uint32_t i = cpg_group_index(c, name);

	if (i < c->group_count && bytes_eq(cpg_name_bytes(&c->groups[i]->name), name))
		return c->groups[i];
	return NULL;
}

struct cpg_group *cpg_group_get(struct cpg *c, const struct cpg_name *name)
{
	uint32_t i = cpg_group_index(c, cpg_name_bytes(name));
	struct cpg_group *g;

	if (i < c->group_count && bytes_eq(cpg_name_bytes(&c->groups[i]->name), cpg_name_bytes(name)))
		return c->groups[i];
	if (c->group_count == CPG_GROUPS_MAX)
		return NULL;
	g = pool_alloc(c->pool, sizeof *g);
	if (g == NULL)
		return NULL;
	*g = (struct cpg_group){.name = *name};
	memmove(&c->groups[i + 1], &c->groups[i], (c->group_count - i) * sizeof c->groups[0]);
	c->groups[i] = g;
	c->group_count++;
	return g;
}

bool cpg_group_tidy(struct cpg *c, struct cpg_group *g)
{
	uint32_t i;

	if (g->first != NULL || g->holders > 0)
		return false;
	assert(g->first_client == NULL);
	i = cpg_group_index(c, cpg_name_bytes(&g->name));
	assert(c->groups[i] == g);
	c->group_count--;
	memmove(&c->groups[i], &c->groups[i + 1], (c->group_count - i) * sizeof c->groups[0]);
	if (c->recent_group == g)
		c->recent_group = NULL;
	pool_free(c->pool, g);
	return true;
}

static int process_compare(const struct cpg_process *p, node_id node, uint32_t pid)
{
	if (p->node.v != node.v)
		return p->node.v < node.v ? -1 : 1;
	return (p->pid > pid) - (p->pid < pid);
}

struct cpg_process *cpg_process_find(const struct cpg_group *g, node_id node, uint32_t pid)
{
	struct cpg_process *p = g->first;

	while (p != NULL && process_compare(p, node, pid) < 0)
		p = p->next;
	return p != NULL && process_compare(p, node, pid) == 0 ? p : NULL;
}

/* Joins and joinlists come in ascending order more often than not, so the place is searched from the end. */
struct cpg_process *cpg_process_add(struct cpg *c, struct cpg_group *g, node_id node, uint32_t pid)
{
	struct cpg_process *before = g->last;
	struct cpg_process *p;

	if (c->process_count >= CPG_PROCESSES_MAX)
		return NULL;
	p = pool_alloc(c->pool, sizeof *p);
	if (p == NULL)
		return NULL;
	while (before != NULL && process_compare(before, node, pid) > 0)
		before = before->prev;
	assert(before == NULL || process_compare(before, node, pid) < 0);
	*p = (struct cpg_process){.node = node, .pid = pid, .prev = before};
	p->next = before != NULL ? before->next : g->first;
	if (before != NULL)
		before->next = p;
	else
		g->first = p;
	if (p->next != NULL)
		p->next->prev = p;
	else
		g->last = p;
	c->process_count++;
	return p;
}

void cpg_process_remove(struct cpg *c, struct cpg_group *g, struct cpg_process *p)
{
	if (p->present)
		cpg_process_hide(g, p);
	if (p->prev != NULL)
		p->prev->next = p->next;
	else
		g->first = p->next;
	if (p->next != NULL)
		p->next->prev = p->prev;
	else
		g->last = p->prev;
	assert(c->process_count > 0);
	c->process_count--;
	pool_free(c->pool, p);
}

void cpg_process_show(struct cpg_group *g, struct cpg_process *p)
{
	assert(!p->present);
	p->present = true;
	p->assembling = false;
	g->present++;
}

void cpg_process_hide(struct cpg_group *g, struct cpg_process *p)
{
	assert(p->present);
	p->present = false;
	g->present--;
	if (g->recent_sender == p)
		g->recent_sender = NULL;
}

bool cpg_group_has_node(struct cpg_group *g, node_id node)
{
	struct cpg_process *p = g->recent_sender;

	if (p != NULL && node_id_eq(p->node, node))
		return true;
	for (p = g->first; p != NULL && p->node.v <= node.v; p = p->next) {
		if (!node_id_eq(p->node, node) || !p->present)
			continue;
		g->recent_sender = p;
		return true;
	}
	return false;
}
