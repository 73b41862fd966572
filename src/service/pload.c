/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Invariants:
 * 1. Nothing is sent or counted before the start was delivered.
 * 2. No more is sent than is wanted.
 */
#include "service/pload.h"

#include "service/resource.h"

#include <assert.h>
#include <string.h>

enum { COUNT = 1500000, SIZE = 300, HEAD = 16, FN_START = 0, FN_MESSAGE = 1 };

void pload_init(struct pload *p, node_id self, struct map *map, struct pool *pool)
{
	memset(p, 0, sizeof *p);
	p->self = self;
	p->map = map;
	p->pool = pool;
}

void pload_check(const struct pload *p)
{
	if (!p->running) {
		assert(p->sent == 0);      /* 1 */
		assert(p->delivered == 0); /* 1 */
	}
	assert(p->sent <= p->wanted); /* 2 */
}

/* A u32, or text as corosync.conf gives it. */
static uint32_t number(const struct pload *p, const char *key, uint32_t otherwise)
{
	const char *text = map_get_string(p->map, key);
	uint64_t v = 0;
	uint32_t n = otherwise;

	if (text == NULL)
		(void)map_get_u32(p->map, key, &n);
	else if (resource_parse_fixed(text, &v) && v / 65536 <= UINT32_MAX)
		n = (uint32_t)(v / 65536);
	return n;
}

static void ask(struct pload *p, struct service_effects *fx)
{
	const char *start = map_get_string(p->map, "pload.start");
	uint32_t size = number(p, "pload.size", SIZE);
	struct writer w;

	if (p->asked || p->running || start == NULL || strcmp(start, PLOAD_START) != 0)
		return;
	if (size > PLOAD_SIZE_MAX) {
		size = PLOAD_SIZE_MAX;
		service_log(fx, MSG_PLOAD, "pload.size is at most %u bytes", size);
	}
	p->asked = true;
	service_log(fx, MSG_PLOAD, "the load test begins on all nodes; it ends this engine");
	w = service_scratch(fx, HEAD + 8);
	service_message_head(&w, SERVICE_PLOAD, FN_START);
	write_u32(&w, number(p, "pload.count", COUNT));
	write_u32(&w, size);
	service_multicast(fx, &w, (struct bytes){0});
}

static void send(struct pload *p, struct service_effects *fx)
{
	struct writer w = service_scratch(fx, HEAD);
	size_t tail = p->size > HEAD ? p->size - HEAD : 0;

	service_message_head(&w, SERVICE_PLOAD, FN_MESSAGE);
	service_multicast(fx, &w, bytes_of(p->zeros, tail));
	p->sent++;
}

static void begin(struct pload *p, struct reader *r, mono_time now, struct service_effects *fx)
{
	uint32_t wanted = read_u32(r), size = read_u32(r), flight;

	if (p->running)
		return;
	if (r->failed || size > PLOAD_SIZE_MAX || wanted == 0) {
		service_log(fx, MSG_PLOAD, "a load test of %u messages of %u bytes is none", wanted, size);
		return;
	}
	p->zeros = pool_alloc(p->pool, size > 0 ? size : 1);
	if (p->zeros == NULL) {
		service_log(fx, MSG_PLOAD, "there is no memory for a load test with messages of %u bytes", size);
		return;
	}
	memset(p->zeros, 0, size);
	p->running = true;
	p->wanted = wanted;
	p->size = size;
	p->begun = now;
	flight = size > 0 ? PLOAD_FLIGHT_BYTES / size : PLOAD_FLIGHT_MAX;
	flight = flight > PLOAD_FLIGHT_MAX ? PLOAD_FLIGHT_MAX : flight > 0 ? flight : 1;
	while (p->sent < p->wanted && p->sent < flight)
		send(p, fx);
}

static void end(struct pload *p, mono_time now, struct service_effects *fx)
{
	static const char why[] = "the load test that was asked for (pload.start) is over";
	uint64_t ms = mono_time_since_ms(now, p->begun);
	uint64_t rate = (uint64_t)p->delivered * 1000 / (ms > 0 ? ms : 1);
	struct service_effect *e;
	struct bytes kept;
	struct writer w;

	service_log(fx, MSG_PLOAD, "%u messages of %u bytes in %u ms: %u a second, %u MiB/s", p->delivered, p->size,
		    (uint32_t)ms, (uint32_t)rate, (uint32_t)(rate * p->size / (1024 * 1024)));
	w = service_scratch(fx, sizeof why);
	write_bytes(&w, why, sizeof why - 1);
	kept = service_keep(fx, &w);
	e = service_push(fx, SERVICE_EFFECT_EXIT);
	e->head = kept;
	e->what = PLOAD_EXIT_CODE;
}

static void count(struct pload *p, const struct service_event *ev, struct service_effects *fx)
{
	if (!p->running)
		return;
	p->delivered++;
	if (p->delivered == p->wanted)
		end(p, ev->now, fx);
	else if (node_id_eq(ev->from, p->self) && p->sent < p->wanted)
		send(p, fx);
}

static void deliver(struct pload *p, const struct service_event *ev, struct service_effects *fx)
{
	struct reader r = reader_of(ev->message);

	read_seek(&r, HEAD);
	if (ev->fn == FN_START)
		begin(p, &r, ev->now, fx);
	else if (ev->fn == FN_MESSAGE)
		count(p, ev, fx);
}

void pload_step(struct pload *p, const struct service_event *ev, struct service_effects *fx)
{
	pload_check(p);
	if (ev->type == SERVICE_EVENT_CONFIG)
		ask(p, fx);
	else if (ev->type == SERVICE_EVENT_DELIVER)
		deliver(p, ev, fx);
	pload_check(p);
}
