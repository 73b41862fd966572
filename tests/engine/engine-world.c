/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine-world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <cmocka.h>

enum { POOL_SIZE = 64 << 20, PACKET_NS = 20000, HEADER = 16, NAME_SIZE = 136, KEY_SIZE = 264 };

struct flight {
	struct flight *next;
	uint32_t to;
	size_t len;
	uint8_t bytes[];
};

struct world_host world_hosts[WORLD_HOSTS];
static uint32_t host_count;
static uint64_t now_ns;
static struct flight *first, **last = &first;

static void keep_text(char *to, const char *text)
{
	(void)snprintf(to, ENGINE_TEXT_MAX, "%s", text);
}

static void fly(uint32_t to, struct bytes packet)
{
	struct flight *f = malloc(sizeof *f + packet.len);

	assert_non_null(f);
	*f = (struct flight){.to = to, .len = packet.len};
	memcpy(f->bytes, packet.data, packet.len);
	*last = f;
	last = &f->next;
}

static void note_packet(struct world_host *h, struct bytes packet)
{
	struct wire_head head;

	assert_true(wire_decode_head(packet, &head));
	h->commits += head.type == WIRE_COMMIT;
}

static void op_send(void *host, node_id to, struct bytes packet)
{
	struct world_host *h = host;

	h->sent++;
	note_packet(h, packet);
	for (uint32_t i = 0; i < host_count; i++)
		if (&world_hosts[i] != h && world_hosts[i].side == h->side && (to.v == 0 || to.v == i + 1))
			fly(i, packet);
}

static void op_loop(void *host, struct bytes packet)
{
	struct world_host *h = host;

	h->looped++;
	note_packet(h, packet);
	fly((uint32_t)(h - world_hosts), packet);
}

static void op_timer_set(void *host, uint32_t timer, uint64_t delay_us)
{
	struct world_host *h = host;

	assert_true(timer < ENGINE_TIMER_COUNT);
	h->due_ns[timer] = delay_us == 0 ? 0 : now_ns + delay_us * 1000;
}

static void op_persist(void *host, uint64_t seq)
{
	struct world_host *h = host;

	h->persist_seq = seq;
	if (!h->disk_slow) {
		h->stored_seq = seq;
		engine_persisted(h->engine, world_now(), seq);
	}
}

static void op_store(void *host, const char *name, struct bytes content)
{
	(void)name;
	(void)content;
	((struct world_host *)host)->stores++;
}

static void op_drain(void *host)
{
	((struct world_host *)host)->drains++;
}

static void op_reply(void *host, enum service_id service, client_id client, struct bytes head, struct bytes tail)
{
	struct world_host *h = host;
	struct reader r = reader_of(head);
	struct writer w = writer_of(h->reply.bytes, sizeof h->reply.bytes);

	h->replies++;
	h->reply.service = service;
	h->reply.client = client;
	h->reply.id = (int32_t)read_u32(&r);
	read_seek(&r, 8);
	assert_int_equal(read_u32(&r), head.len + tail.len);
	read_seek(&r, 16);
	h->reply.status = (enum status)read_u32(&r);
	assert_false(r.failed);
	h->reply.len = head.len + tail.len;
	write_bytes(&w, head.data, head.len < sizeof h->reply.bytes ? head.len : sizeof h->reply.bytes);
}

static void op_event(void *host, enum service_id service, client_id client, struct bytes head, struct bytes tail)
{
	struct world_host *h = host;
	struct reader r = reader_of(head);
	struct world_event *ev = &h->events[h->event_count];

	assert_true(h->event_count < WORLD_EVENTS);
	*ev = (struct world_event){service, client, read_u32(&r), head.len + tail.len, malloc(head.len + tail.len)};
	assert_non_null(ev->bytes);
	memcpy(ev->bytes, head.data, head.len);
	if (tail.len > 0)
		memcpy(ev->bytes + head.len, tail.data, tail.len);
	h->event_count++;
	if (h->on_event != NULL)
		h->on_event(h, ev);
}

static void op_rate(void *host, enum service_id service, enum engine_rate rate)
{
	struct world_host *h = host;

	h->rates[service] = rate;
	h->rates_told |= 1u << service;
}

static void op_retry(void *host)
{
	((struct world_host *)host)->retries++;
}

static void op_log(void *host, enum message_id message, const char *text)
{
	assert_non_null(text);
	((struct world_host *)host)->logged = message;
}

static void op_ready(void *host, const struct view *view)
{
	assert_true(view->members.count > 0);
	((struct world_host *)host)->readies++;
}

static void op_stats_refresh(void *host, struct map *stats)
{
	struct world_host *h = host;

	h->refreshes++;
	map_put_u64(stats, "stats.ipcs.global.active", h->refreshes);
}

static void op_stats_clear(void *host, uint8_t what)
{
	((struct world_host *)host)->stats_cleared = what;
}

static void op_reload(void *host)
{
	((struct world_host *)host)->reloads++;
}

static void op_reopen_logs(void *host)
{
	((struct world_host *)host)->reopens++;
}

static void op_crypto(void *host, uint8_t phase)
{
	((struct world_host *)host)->crypto_phase = phase;
}

static void op_dump(void *host, uint8_t what)
{
	((struct world_host *)host)->dumped = what;
}

static void op_config_changed(void *host, const char *key)
{
	struct world_host *h = host;

	(void)snprintf(h->changed, sizeof h->changed, "%s", key);
}

static void op_left(void *host, const char *why)
{
	keep_text(((struct world_host *)host)->left, why);
}

static void op_die(void *host, const char *why)
{
	keep_text(((struct world_host *)host)->died, why);
}

static uint32_t addresses(void *arg, node_id node, struct cfg_address ret[LINKS_MAX])
{
	(void)arg;
	ret[0] = (struct cfg_address){.link = 0, .family = 2};
	(void)snprintf(ret[0].text, sizeof ret[0].text, "10.0.0.%u", node.v);
	return 1;
}

static bool status(void *arg, node_id node, struct cfg_node_status *ret)
{
	(void)arg;
	ret->reachable = true;
	return node.v <= host_count;
}

static uint32_t op_watchdog(void *host, enum service_watchdog act, const char *device, uint32_t timeout_s)
{
	struct world_host *h = host;

	assert_string_equal(device, "/dev/watchdog");
	assert_true(timeout_s > 0);
	h->tickles += act == SERVICE_WATCHDOG_TICKLE;
	if (act == SERVICE_WATCHDOG_OPEN || act == SERVICE_WATCHDOG_CLOSE)
		h->watchdog_open = act == SERVICE_WATCHDOG_OPEN;
	return h->watchdog_s;
}

static void op_machine(void *host, enum service_machine act)
{
	(void)act;
	((struct world_host *)host)->machine_ends++;
}

static bool memory_used(void *arg, uint32_t *ret_percent)
{
	((struct world_host *)arg)->looks++;
	*ret_percent = ((struct world_host *)arg)->memory_percent;
	return true;
}

static const struct engine_ops ops_all = {
	.watchdog = op_watchdog,
	.machine = op_machine,
	.send = op_send,
	.loop = op_loop,
	.timer_set = op_timer_set,
	.persist = op_persist,
	.store = op_store,
	.drain = op_drain,
	.reply = op_reply,
	.event = op_event,
	.rate = op_rate,
	.retry = op_retry,
	.log = op_log,
	.ready = op_ready,
	.stats_refresh = op_stats_refresh,
	.stats_clear = op_stats_clear,
	.reload = op_reload,
	.reopen_logs = op_reopen_logs,
	.crypto = op_crypto,
	.dump = op_dump,
	.config_changed = op_config_changed,
	.left = op_left,
	.die = op_die,
};

static void host_open(uint32_t i, const struct world_options *options)
{
	struct world_host *h = &world_hosts[i];
	struct engine_ops ops = ops_all;
	const struct engine_config config = {
		.self = {i + 1},
		.ring_seq = 4,
		.dice = 7 + i,
		.has_votequorum = options->has_votequorum,
		.queries = {.node_status = status, .node_addresses = addresses},
		.machine = {.memory_used = memory_used, .arg = h},
		.ring = {.token_ms = 1000,
			 .token_warning_percent = 75,
			 .token_retransmit_ms = 238,
			 .hold_ms = 180,
			 .join_ms = 50,
			 .consensus_ms = 1200,
			 .merge_ms = 200,
			 .fail_recv_const = 2500,
			 .seqno_unchanged_const = 30,
			 .window_size = 50,
			 .max_messages = 17,
			 .miss_count_const = 5,
			 .net_mtu = options->net_mtu != 0 ? options->net_mtu : 8192},
	};

	*h = (struct world_host){.engine = calloc(1, sizeof *h->engine)};
	h->memory = mmap(NULL, POOL_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	assert_non_null(h->engine);
	assert_true(h->memory != MAP_FAILED);
	assert_true(options->pool_size <= POOL_SIZE);
	pool_init(&h->pool, h->memory, options->pool_size != 0 ? options->pool_size : POOL_SIZE);
	ops.host = h;
	engine_init(h->engine, &config, &ops, &h->pool);
}

void world_open(uint32_t count, const struct world_options *options)
{
	static const struct world_options usual;

	assert_true(count <= WORLD_HOSTS);
	host_count = count;
	now_ns = 1000000000;
	for (uint32_t i = 0; i < count; i++)
		host_open(i, options != NULL ? options : &usual);
}

void world_forget_events(uint32_t host)
{
	struct world_host *h = &world_hosts[host];

	while (h->event_count > 0)
		free(h->events[--h->event_count].bytes);
}

void world_close(void)
{
	while (first != NULL) {
		struct flight *f = first;

		first = f->next;
		free(f);
	}
	last = &first;
	for (uint32_t i = 0; i < host_count; i++) {
		struct world_host *h = &world_hosts[i];

		engine_fini(h->engine);
		engine_fini(h->engine); /* nothing is left to be freed, and that is fine */
		free(h->engine);
		assert_true(h->had_clients || h->pool.used == 0);
		munmap(h->memory, POOL_SIZE);
		world_forget_events(i);
	}
	host_count = 0;
}

mono_time world_now(void)
{
	return (mono_time){now_ns};
}

void world_start(uint32_t host)
{
	world_hosts[host].up = true;
	engine_start(world_hosts[host].engine, world_now());
}

void world_kill(uint32_t host)
{
	world_hosts[host].up = false;
}

/* The timer that is due first; false when none is set. */
static bool timer_first(uint32_t *ret_host, uint32_t *ret_timer)
{
	uint64_t best_ns = UINT64_MAX;

	for (uint32_t i = 0; i < host_count; i++)
		for (uint32_t t = 0; world_hosts[i].up && t < ENGINE_TIMER_COUNT; t++) {
			uint64_t due_ns = world_hosts[i].due_ns[t];

			if (due_ns == 0 || due_ns >= best_ns)
				continue;
			best_ns = due_ns;
			*ret_host = i;
			*ret_timer = t;
		}
	return best_ns != UINT64_MAX;
}

static void packet_arrive(void)
{
	struct flight *f = first;
	struct world_host *h = &world_hosts[f->to];

	first = f->next;
	if (first == NULL)
		last = &first;
	now_ns += PACKET_NS;
	if (h->up)
		engine_packet(h->engine, world_now(), bytes_of(f->bytes, f->len));
	free(f);
}

static bool turn_before(uint64_t end_ns)
{
	uint32_t host = 0, timer = 0;
	bool is_set = timer_first(&host, &timer);
	uint64_t due_ns = is_set ? world_hosts[host].due_ns[timer] : UINT64_MAX;

	if (now_ns >= end_ns || (first == NULL && due_ns > end_ns))
		return false;
	if (first != NULL && due_ns > now_ns) {
		packet_arrive();
		return true;
	}
	now_ns = due_ns > now_ns ? due_ns : now_ns;
	world_hosts[host].due_ns[timer] = 0;
	world_hosts[host].timers_fired |= 1u << timer;
	engine_timeout(world_hosts[host].engine, world_now(), timer);
	return true;
}

bool world_turn(uint64_t limit_ms)
{
	return turn_before(now_ns + limit_ms * 1000000);
}

void world_run_ms(uint64_t ms)
{
	uint64_t end_ns = now_ns + ms * 1000000;

	while (turn_before(end_ns))
		;
	now_ns = now_ns > end_ns ? now_ns : end_ns;
}

bool world_run_until(bool (*wanted)(void), uint64_t limit_ms)
{
	uint64_t end_ns = now_ns + limit_ms * 1000000;

	while (!wanted())
		if (!turn_before(end_ns))
			return false;
	return true;
}

void world_disk(uint32_t host)
{
	struct world_host *h = &world_hosts[host];

	h->stored_seq = h->persist_seq;
	engine_persisted(h->engine, world_now(), h->persist_seq);
}

uint32_t world_members(uint32_t host)
{
	const struct engine *e = world_hosts[host].engine;

	return e->syncing ? 0 : e->view.members.count;
}

void world_connect(uint32_t host, enum service_id service, uint32_t client)
{
	world_hosts[host].had_clients = true;
	engine_connect(world_hosts[host].engine, world_now(), service, (client_id){client}, 1000 + client, 0, 0);
}

enum engine_verdict world_ask(uint32_t host, enum service_id service, uint32_t client, uint32_t id, struct bytes body)
{
	uint8_t *request = malloc(HEADER + body.len);
	struct writer w = writer_of(request, HEADER + body.len);
	enum engine_verdict verdict;

	assert_non_null(request);
	write_u32(&w, id);
	write_zero(&w, 4);
	write_u32(&w, (uint32_t)(HEADER + body.len));
	write_zero(&w, 4);
	write_bytes(&w, body.data, body.len);
	assert_false(w.failed);
	verdict = engine_request(world_hosts[host].engine, world_now(), service, (client_id){client}, writer_bytes(&w));
	free(request);
	return verdict;
}

uint32_t world_events(uint32_t host, uint32_t client, uint32_t id)
{
	const struct world_host *h = &world_hosts[host];
	uint32_t n = 0;

	for (uint32_t i = 0; i < h->event_count; i++)
		n += h->events[i].client.v == client && h->events[i].id == id;
	return n;
}

const struct world_event *world_event_last(uint32_t host, uint32_t id)
{
	const struct world_host *h = &world_hosts[host];

	for (uint32_t i = h->event_count; i > 0; i--)
		if (h->events[i - 1].id == id)
			return &h->events[i - 1];
	fail_msg("no event %u at host %u", id, host);
	return NULL;
}

enum engine_verdict world_cpg_join(uint32_t host, uint32_t client, const char *group)
{
	uint8_t body[152];
	struct writer w = writer_of(body, sizeof body);

	write_u64(&w, strlen(group));
	write_bytes(&w, group, strlen(group));
	write_pad_to(&w, NAME_SIZE);
	write_u64(&w, 1000 + client);
	write_u64(&w, 0);
	return world_ask(host, SERVICE_CPG, client, 0, writer_bytes(&w));
}

enum engine_verdict world_cpg_mcast(uint32_t host, uint32_t client, struct bytes data)
{
	uint8_t *body = malloc(24 + data.len);
	struct writer w = writer_of(body, 24 + data.len);
	enum engine_verdict verdict;

	assert_non_null(body);
	write_zero(&w, 16);
	write_u64(&w, data.len);
	write_bytes(&w, data.data, data.len);
	verdict = world_ask(host, SERVICE_CPG, client, 2, writer_bytes(&w));
	free(body);
	return verdict;
}

static void write_key(struct writer *w, const char *key)
{
	write_u64(w, strlen(key));
	write_bytes(w, key, strlen(key));
	write_pad_to(w, KEY_SIZE);
}

enum engine_verdict world_cmap_set(uint32_t host, uint32_t client, const char *key, enum map_type type,
				   struct bytes value)
{
	uint8_t body[1024];
	struct writer w = writer_of(body, sizeof body);

	write_key(&w, key);
	write_u64(&w, value.len);
	write_u64(&w, type);
	write_bytes(&w, value.data, value.len);
	return world_ask(host, SERVICE_CMAP, client, 0, writer_bytes(&w));
}

enum engine_verdict world_cmap_track(uint32_t host, uint32_t client, const char *key, int32_t what)
{
	uint8_t body[280];
	struct writer w = writer_of(body, sizeof body);

	write_key(&w, key);
	write_u64(&w, (uint32_t)what);
	write_u64(&w, 99);
	return world_ask(host, SERVICE_CMAP, client, 7, writer_bytes(&w));
}
