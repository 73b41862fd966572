/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/world.h"

#include "sim/check.h"
#include "sim/engine-node.h"
#include "sim/net.h"
#include "sim/node.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct world *world_new(void)
{
	struct world *w = calloc(1, sizeof *w);

	if (w == NULL)
		abort();
	w->lines = calloc(TRACE_LINES, sizeof *w->lines);
	w->scratch = malloc(sizeof *w->scratch);
	w->net = net_new();
	w->check = check_new();
	return w;
}

static void events_drop(struct world *w)
{
	for (uint32_t i = 0; i < w->heap_count; i++)
		packet_drop(w->pool[w->heap[i].event].packet);
	w->heap_count = 0;
	w->unused_count = 0;
	for (uint32_t i = w->pool_size; i-- > 0;)
		w->unused[w->unused_count++] = i;
}

void world_reset(struct world *w, const struct options *o)
{
	events_drop(w);
	w->options = *o;
	w->now_ns = 0;
	w->tie = 0;
	w->hash = 0xcbf29ce484222325u;
	w->events = w->packets = w->delivered = w->installed = w->sent = 0;
	w->fault_count = 0;
	memset(w->applied, 0, sizeof w->applied);
	w->faults_on = w->load_on = w->bad_network = true;
	memset(&w->file, 0, sizeof w->file);
	w->file.listed = o->nodes - o->grows;
	w->extra_loss = 0;
	w->deaf.on = false;
	w->line_count = 0;
	w->violation[0] = '\0';
	net_reset(w);
	check_reset(w);
	for (uint32_t i = 0; i < SIM_NODES_MAX; i++)
		node_reset(w, i);
}

static bool before(const struct heap_item *a, const struct heap_item *b)
{
	return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->tie < b->tie;
}

static void grow(struct world *w)
{
	uint32_t size = w->pool_size == 0 ? 4096 : w->pool_size * 2;

	w->pool = realloc(w->pool, size * sizeof *w->pool);
	w->unused = realloc(w->unused, size * sizeof *w->unused);
	w->heap = realloc(w->heap, size * sizeof *w->heap);
	if (w->pool == NULL || w->unused == NULL || w->heap == NULL)
		abort();
	for (uint32_t i = size; i-- > w->pool_size;)
		w->unused[w->unused_count++] = i;
	w->pool_size = size;
}

struct event *world_push(struct world *w, uint64_t at_ns, enum event_kind kind, uint32_t node)
{
	struct heap_item item;
	uint32_t i = w->heap_count;

	assert(at_ns >= w->now_ns);
	if (w->unused_count == 0)
		grow(w);
	item = (struct heap_item){at_ns, w->tie++, w->unused[--w->unused_count]};
	w->heap_count++;
	while (i > 0 && before(&item, &w->heap[(i - 1) / 2])) {
		w->heap[i] = w->heap[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	w->heap[i] = item;
	w->pool[item.event] = (struct event){.at_ns = at_ns, .tie = item.tie, .kind = kind, .node = (uint16_t)node};
	return &w->pool[item.event];
}

static uint32_t heap_take(struct world *w)
{
	uint32_t top = w->heap[0].event, i = 0;
	struct heap_item last = w->heap[--w->heap_count];

	for (;;) {
		uint32_t c = 2 * i + 1;

		if (c >= w->heap_count)
			break;
		if (c + 1 < w->heap_count && before(&w->heap[c + 1], &w->heap[c]))
			c++;
		if (!before(&w->heap[c], &last))
			break;
		w->heap[i] = w->heap[c];
		i = c;
	}
	w->heap[i] = last;
	return top;
}

bool world_next(struct world *w, uint64_t until_ns, struct event *ret)
{
	uint32_t id;

	if (w->heap_count == 0 || w->heap[0].at_ns > until_ns) {
		w->now_ns = until_ns;
		return false;
	}
	id = heap_take(w);
	*ret = w->pool[id];
	w->unused[w->unused_count++] = id;
	w->now_ns = ret->at_ns;
	w->events++;
	world_hash(w, ret->at_ns ^ (uint64_t)ret->kind << 56 ^ (uint64_t)ret->node << 48);
	return true;
}

struct packet *packet_new(struct bytes b)
{
	struct packet *p = malloc(sizeof *p + b.len);

	if (p == NULL)
		abort();
	p->refs = 1;
	p->key = 0;
	p->len = (uint32_t)b.len;
	memcpy(p->data, b.data, b.len);
	return p;
}

void packet_drop(struct packet *p)
{
	if (p != NULL && --p->refs == 0)
		free(p);
}

void world_hash(struct world *w, uint64_t v)
{
	w->hash = (w->hash ^ v) * 0x100000001b3u;
	w->hash ^= w->hash >> 29;
}

uint64_t bytes_hash(struct bytes b)
{
	uint64_t h = 0xcbf29ce484222325u ^ b.len, v;
	size_t at = 0;

	for (; at + 8 <= b.len; at += 8) {
		memcpy(&v, b.data + at, 8);
		h = (h ^ v) * 0x9fb21c651e98df25u;
		h ^= h >> 32;
	}
	v = 0;
	if (at < b.len)
		memcpy(&v, b.data + at, b.len - at);
	h = (h ^ v) * 0x9fb21c651e98df25u;
	return h ^ h >> 32;
}

void world_trace_line(struct world *w, const struct node *n, const char *format, ...)
{
	char *line = w->lines[w->line_count++ % TRACE_LINES];
	size_t size = sizeof w->lines[0];
	va_list args;
	int at;

	at = snprintf(line, size, "[%llu.%03llu] %u ", (unsigned long long)(w->now_ns / 1000000),
		      (unsigned long long)(w->now_ns / 1000 % 1000), n == NULL ? 0 : n->id.v);
	va_start(args, format);
	vsnprintf(line + at, size - (size_t)at, format, args);
	va_end(args);
	if (w->trace_live)
		puts(line);
}

void world_violation(struct world *w, const char *rule, const char *format, ...)
{
	va_list args;
	int at;

	at = snprintf(w->violation, sizeof w->violation, "%s at %llu ms: ", rule,
		      (unsigned long long)(w->now_ns / 1000000));
	va_start(args, format);
	vsnprintf(w->violation + at, sizeof w->violation - (size_t)at, format, args);
	va_end(args);
	if (w->guests != NULL)
		w->guests->broken(w->guests->host, w->violation);
	longjmp(w->escape, 1);
}

struct node *world_node(struct world *w, node_id id)
{
	uint32_t index = (id.v - 1) / w->options.id_step;

	if (id.v == 0 || (id.v - 1) % w->options.id_step != 0 || index >= w->options.nodes)
		return NULL;
	return &w->nodes[index];
}

struct ring_effects *world_scratch(struct world *w)
{
	return w->scratch;
}
