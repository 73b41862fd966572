/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An iteration is a cursor: it remembers what it gave last and looks for what
 * comes after that in the order of groups, nodes and pids.
 */
#include "service/cpg-internal.h"

enum { REQUEST_INIT = 5, REQUEST_NEXT = 6 };
enum { ANSWER_INIT = 9, ANSWER_NEXT = 10, ANSWER_FINALIZE = 11 };
enum { ITERATE_NAMES = 1, ITERATE_GROUP = 2, ITERATE_ALL = 3 };
enum { HEADER = 16 };

struct cpg_iterator {
	struct cpg_iterator *next; /* of the same client */
	uint32_t serial;
	uint32_t type;
	bool started;         /* name, node and pid are what was given last */
	struct cpg_name name; /* ITERATE_GROUP: of the group, always */
	node_id node;
	uint32_t pid;
};

/* The client's own number, so that no handle is good on another connection, and a serial that is not used again. */
static uint64_t handle_of(const struct cpg_client *cl, const struct cpg_iterator *it)
{
	return (uint64_t)cl->id.v << 32 | it->serial;
}

static struct cpg_iterator **iterator_find(struct cpg_client *cl, uint64_t handle)
{
	struct cpg_iterator **at = &cl->iterators;

	while (*at != NULL && handle_of(cl, *at) != handle)
		at = &(*at)->next;
	return at;
}

static enum status iteration_init(struct cpg *c, struct cpg_client *cl, struct reader *r, uint64_t *ret_handle)
{
	struct reader name_reader = *r;
	struct cpg_name name = {0};
	struct cpg_iterator *it;
	uint32_t type;

	read_skip(r, CPG_NAME_SIZE);
	type = read_u32(r);
	if (type < ITERATE_NAMES || type > ITERATE_ALL)
		return STATUS_INVALID_PARAM;
	if (type == ITERATE_GROUP && !cpg_name_read(&name_reader, &name))
		return STATUS_NAME_TOO_LONG;
	if (cl->iterator_count == CPG_ITERATORS_MAX)
		return STATUS_NO_RESOURCES;
	it = pool_alloc(c->pool, sizeof *it);
	if (it == NULL)
		return STATUS_NO_MEMORY;
	*it = (struct cpg_iterator){.next = cl->iterators, .serial = ++cl->iterator_serial, .type = type, .name = name};
	cl->iterators = it;
	cl->iterator_count++;
	*ret_handle = handle_of(cl, it);
	return STATUS_OK;
}

/* The first process that clients know of behind the iterator's place, in the given group. */
static const struct cpg_process *process_behind(const struct cpg_iterator *it, const struct cpg_group *g, bool same)
{
	const struct cpg_process *p = g->first;

	while (same && p != NULL && (p->node.v < it->node.v || (node_id_eq(p->node, it->node) && p->pid <= it->pid)))
		p = p->next;
	while (p != NULL && !p->present)
		p = p->next;
	return p;
}

static const struct cpg_process *iteration_step(const struct cpg *c, const struct cpg_iterator *it,
						const struct cpg_group **ret_group)
{
	struct bytes name = cpg_name_bytes(&it->name);
	uint32_t i = it->started || it->type == ITERATE_GROUP ? cpg_group_index(c, name) : 0;

	for (; i < c->group_count; i++) {
		const struct cpg_group *g = c->groups[i];
		bool same = it->started && bytes_eq(cpg_name_bytes(&g->name), name);
		const struct cpg_process *p;

		if (it->type == ITERATE_GROUP && !bytes_eq(cpg_name_bytes(&g->name), name))
			return NULL;
		if (it->type == ITERATE_NAMES && same)
			continue;
		p = process_behind(it, g, same);
		if (p == NULL)
			continue;
		*ret_group = g;
		return p;
	}
	return NULL;
}

static enum status iteration_next(const struct cpg *c, struct cpg_client *cl, uint64_t handle,
				  struct writer *description)
{
	struct cpg_iterator *it = *iterator_find(cl, handle);
	const struct cpg_group *g = NULL;
	const struct cpg_process *p;
	bool named_only;

	if (it == NULL)
		return STATUS_LIBRARY;
	p = iteration_step(c, it, &g);
	if (p == NULL)
		return STATUS_NO_SECTIONS;
	it->started = true;
	it->name = g->name;
	it->node = p->node;
	it->pid = p->pid;
	named_only = it->type == ITERATE_NAMES;
	write_bytes(description, &g->name, CPG_NAME_SIZE);
	write_u32(description, named_only ? 0 : p->node.v);
	write_u32(description, named_only ? 0 : p->pid);
	return STATUS_OK;
}

static void reply_init(struct cpg *c, struct cpg_client *cl, struct reader *r, struct service_effects *fx)
{
	uint64_t handle = 0;
	enum status status = iteration_init(c, cl, r, &handle);
	struct writer w = service_scratch(fx, 32);

	service_reply_head(&w, ANSWER_INIT, status);
	write_u64(&w, handle);
	service_reply(fx, cl->id, &w, (struct bytes){0});
}

static void reply_next(struct cpg *c, struct cpg_client *cl, struct reader *r, struct service_effects *fx)
{
	uint8_t place[CPG_NAME_SIZE + 8] = {0};
	struct writer description = writer_of(place, sizeof place);
	enum status status = iteration_next(c, cl, read_u64(r), &description);
	struct writer w = service_scratch(fx, 24 + sizeof place);

	service_reply_head(&w, ANSWER_NEXT, status);
	write_bytes(&w, place, sizeof place);
	service_reply(fx, cl->id, &w, (struct bytes){0});
}

static enum status iteration_finalize(struct cpg *c, struct cpg_client *cl, uint64_t handle)
{
	struct cpg_iterator **at = iterator_find(cl, handle);
	struct cpg_iterator *it = *at;

	if (it == NULL)
		return STATUS_LIBRARY;
	*at = it->next;
	cl->iterator_count--;
	pool_free(c->pool, it);
	return STATUS_OK;
}

void cpg_iteration_request(struct cpg *c, struct cpg_client *cl, const struct service_event *ev,
			   struct service_effects *fx)
{
	struct reader r = reader_of(ev->message);

	read_seek(&r, HEADER);
	if (ev->fn == REQUEST_INIT)
		reply_init(c, cl, &r, fx);
	else if (ev->fn == REQUEST_NEXT)
		reply_next(c, cl, &r, fx);
	else
		service_reply_status(fx, cl->id, ANSWER_FINALIZE, iteration_finalize(c, cl, read_u64(&r)));
}

void cpg_iterators_free(struct cpg *c, struct cpg_client *cl)
{
	while (cl->iterators != NULL) {
		struct cpg_iterator *it = cl->iterators;

		cl->iterators = it->next;
		pool_free(c->pool, it);
	}
	cl->iterator_count = 0;
}
