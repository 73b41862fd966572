/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One engine alone: what its host may ask of it, and what it asks of its host. */
#include "engine-world.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct world_host *const host = &world_hosts[0];

static uint8_t filling[60000];

static bool ready(void)
{
	return host->readies > 0;
}

static void start_alone(const struct world_options *options)
{
	world_open(1, options);
	world_start(0);
	assert_true(world_run_until(ready, 10000));
}

static int alone(void **state)
{
	(void)state;
	start_alone(NULL);
	return 0;
}

static int close_world(void **state)
{
	(void)state;
	world_close();
	return 0;
}

static void test_start(void **state)
{
	(void)state;
	world_open(1, NULL);
	engine_packet(host->engine, world_now(), bytes_of("not yet", 7));
	engine_timeout(host->engine, world_now(), ENGINE_TIMER_RING + RING_TIMER_TOKEN);
	engine_persisted(host->engine, world_now(), 99);
	assert_int_equal(host->sent + host->looped, 0);
	assert_true(engine_quorate(host->engine)); /* nobody counts votes */
	world_start(0);
	assert_int_equal(host->readies, 0);
	assert_true(world_run_until(ready, 10000));
	assert_int_equal(world_members(0), 1);
	assert_int_equal(host->engine->view.members.ids[0].v, 1);
	assert_true(host->stored_seq > 4); /* more than what the disk had */
	assert_int_equal(host->engine->view.ring.seq, host->stored_seq);
	assert_true(engine_ring_stats(host->engine)->operational_entered == 1);
	world_close();
}

static void test_accept(void **state)
{
	static const struct {
		const char *key;
		uint8_t value;
		uint32_t uid, gid;
		int expected;
	} cases[] = {
		{NULL, 0, 0, 500, 0},
		{NULL, 0, 500, 0, 0},
		{NULL, 0, 500, 500, -EACCES},
		{"uidgid.uid.500", 1, 500, 501, 0},
		{"uidgid.config.uid.500", 1, 500, 501, 0},
		{"uidgid.gid.501", 1, 500, 501, 0},
		{"uidgid.config.gid.501", 1, 500, 501, 0},
		{"uidgid.uid.500", 0, 500, 501, -EACCES},
		{"uidgid.uid.500", 2, 500, 501, -EACCES},
		{"uidgid.uid.501", 1, 500, 501, -EACCES},
		{"uidgid.gid.500", 1, 500, 501, -EACCES},
		{"uidgid.uid.5000", 1, 500, 501, -EACCES},
		{"uidgid.uid.4294967295", 1, 4294967295u, 7, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		if (cases[i].key != NULL)
			map_put_u8(&host->engine->map, cases[i].key, cases[i].value);
		assert_int_equal(engine_accept(host->engine, SERVICE_CPG, cases[i].uid, cases[i].gid),
				 cases[i].expected);
		if (cases[i].key != NULL)
			map_drop(&host->engine->map, cases[i].key);
	}
	map_put_string(&host->engine->map, "uidgid.uid.500", "1"); /* of another type */
	assert_int_equal(engine_accept(host->engine, SERVICE_CPG, 500, 501), -EACCES);
}

static void test_accept_by_service(void **state)
{
	(void)state;
	world_open(1, NULL);
	assert_int_equal(engine_accept(host->engine, SERVICE_CPG, 0, 0), -EAGAIN);
	world_start(0);
	assert_int_equal(engine_accept(host->engine, SERVICE_CPG, 0, 0), -EAGAIN);
	assert_true(world_run_until(ready, 10000));
	assert_int_equal(engine_accept(host->engine, SERVICE_CPG, 0, 0), 0);
	assert_int_equal(engine_accept(host->engine, SERVICE_VOTEQUORUM, 0, 0), -ENOSYS);
	assert_int_equal(engine_accept(host->engine, SERVICE_PLOAD, 0, 0), -ENOSYS);
	assert_int_equal(engine_accept(host->engine, SERVICE_COUNT, 0, 0), -ENOSYS);
	engine_leave(host->engine, world_now(), "test");
	assert_int_equal(engine_accept(host->engine, SERVICE_CPG, 0, 0), -ENOSYS);
	world_close();
}

static void test_request_ids(void **state)
{
	(void)state;
	world_connect(0, SERVICE_CPG, 1);
	assert_int_equal(world_ask(0, SERVICE_CPG, 1, 256, (struct bytes){0}), ENGINE_INVALID);
	assert_int_equal(world_ask(0, SERVICE_CPG, 1, 0x10004, (struct bytes){0}), ENGINE_INVALID);
	assert_int_equal(world_ask(0, SERVICE_CPG, 1, 0xffffffff, (struct bytes){0}), ENGINE_INVALID);
	assert_int_equal(host->replies, 0);
	assert_int_equal(world_ask(0, SERVICE_CPG, 1, 255, (struct bytes){0}), ENGINE_DONE); /* the service's affair */
	assert_int_equal(host->replies, 1);
	assert_int_equal(host->reply.status, STATUS_INVALID_PARAM);
	assert_int_equal(world_ask(0, SERVICE_CPG, 1, 4, (struct bytes){0}), ENGINE_DONE);
	assert_int_equal(host->reply.id, 7);
	assert_int_equal(host->reply.status, STATUS_OK);
	assert_int_equal(host->reply.client.v, 1);
}

/* While the services synchronise nothing may be multicast by clients; what only reads is answered. */
static void test_admission_while_synchronising(void **state)
{
	static const struct {
		enum service_id service;
		uint32_t id;
		enum engine_verdict expected;
	} cases[] = {
		{SERVICE_CPG, 0, ENGINE_OVERLOAD},  {SERVICE_CPG, 2, ENGINE_HOLD},
		{SERVICE_CPG, 4, ENGINE_DONE},      {SERVICE_CPG, 12, ENGINE_OVERLOAD},
		{SERVICE_CFG, 0, ENGINE_OVERLOAD},  {SERVICE_CFG, 3, ENGINE_OVERLOAD},
		{SERVICE_CFG, 6, ENGINE_DONE},      {SERVICE_CFG, 7, ENGINE_OVERLOAD},
		{SERVICE_CFG, 8, ENGINE_DONE},      {SERVICE_CFG, 16, ENGINE_DONE},
		{SERVICE_CMAP, 2, ENGINE_DONE},     {SERVICE_QUORUM, 0, ENGINE_DONE},
		{SERVICE_CFG, 10, ENGINE_OVERLOAD}, {SERVICE_CFG, 11, ENGINE_OVERLOAD},
		{SERVICE_CFG, 9, ENGINE_DONE},
	};

	(void)state;
	for (uint32_t s = 0; s <= SERVICE_QUORUM; s++)
		world_connect(0, (enum service_id)s, s + 1);
	host->engine->syncing = true;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		uint32_t before = host->replies;

		host->engine->held = false;
		assert_int_equal(world_ask(0, cases[i].service, cases[i].service + 1, cases[i].id, (struct bytes){0}),
				 cases[i].expected);
		if (host->reopens > 0) /* its answer waits for the host */
			engine_reopened(host->engine, world_now(), STATUS_OK);
		host->reopens = 0;
		assert_int_equal(host->engine->held, cases[i].expected != ENGINE_DONE);
		assert_int_equal(host->replies, before + (cases[i].expected == ENGINE_DONE));
	}
	host->engine->syncing = false;
	host->engine->held = true;
	host->retries = 0;
	world_run_ms(1000); /* a token comes by */
	assert_int_equal(host->retries, 1);
}

static void test_join_and_hear_oneself(void **state)
{
	const struct world_event *ev;

	(void)state;
	world_connect(0, SERVICE_CPG, 1);
	assert_int_equal(world_cpg_join(0, 1, "g"), ENGINE_DONE);
	assert_int_equal(host->reply.status, STATUS_OK);
	world_run_ms(1000);
	assert_int_equal(world_events(0, 1, CPG_CONFCHG), 1);
	assert_int_equal(world_cpg_mcast(0, 1, bytes_of("hello", 5)), ENGINE_DONE);
	assert_int_equal(world_events(0, 1, CPG_DELIVER), 0); /* not before it was ordered */
	world_run_ms(1000);
	ev = world_event_last(0, CPG_DELIVER);
	assert_int_equal(ev->len, CPG_DELIVER_SIZE + 5);
	assert_memory_equal(ev->bytes + CPG_DELIVER_SIZE, "hello", 5);
}

/* A full queue: clients are slowed down, then held; when it is empty again, all is as before. */
static void test_full_queue(void **state)
{
	const struct bytes data = {filling, sizeof filling};
	uint32_t taken = 0;

	(void)state;
	world_connect(0, SERVICE_CPG, 1);
	assert_int_equal(world_cpg_join(0, 1, "g"), ENGINE_DONE);
	world_run_ms(1000);
	assert_int_equal(host->rates[SERVICE_CPG], ENGINE_RATE_FAST);
	while (world_cpg_mcast(0, 1, data) == ENGINE_DONE)
		assert_true(++taken < 1000);
	assert_true(taken > 30);
	assert_int_equal(world_cpg_mcast(0, 1, data), ENGINE_HOLD);
	assert_int_equal(host->rates[SERVICE_CPG], ENGINE_RATE_OFF);
	assert_int_equal(host->rates[SERVICE_CMAP], ENGINE_RATE_OFF);
	host->retries = 0;
	world_run_ms(5000);
	assert_true(host->retries > 0);
	assert_int_equal(host->rates[SERVICE_CPG], ENGINE_RATE_FAST);
	assert_int_equal(world_events(0, 1, CPG_DELIVER), taken);
	assert_int_equal(world_cpg_mcast(0, 1, data), ENGINE_DONE);
}

/* With messages to no group, until not one more fits. */
static void fill_ring(size_t len)
{
	struct bytes part = {filling, len};
	enum err e;

	do {
		host->engine->submit_fx.count = 0;
		e = ring_submit(&host->engine->ring, RING_QUEUE_NORMAL, &part, 1, &host->engine->submit_fx);
	} while (e == ERR_OK);
	assert_int_equal(e, ERR_FULL);
}

/* What the engine itself has to say is never refused: it waits behind a full queue, and in its order. */
static void test_pending(void **state)
{
	uint32_t groups = 0;

	(void)state;
	for (uint32_t c = 1; c <= 50; c++) {
		world_connect(0, SERVICE_CPG, c);
		groups += world_cpg_join(0, c, "g") == ENGINE_DONE && host->reply.status == STATUS_OK;
		world_run_ms(200);
	}
	world_forget_events(0);
	assert_int_equal(groups, 50);
	fill_ring(sizeof filling);
	fill_ring(100);
	for (uint32_t c = 1; c <= groups; c++)
		engine_disconnect(host->engine, world_now(), SERVICE_CPG, (client_id){c});
	assert_non_null(host->engine->pending);
	assert_int_equal(host->rates[SERVICE_CPG], ENGINE_RATE_OFF);
	world_run_ms(5000);
	assert_null(host->engine->pending);
	assert_int_equal(cpg_member_count(&host->engine->cpg, "g", 1), 0);
}

/* With no memory for what must be said we could only lie to the others. */
static void test_no_memory_to_speak(void **state)
{
	(void)state;
	world_connect(0, SERVICE_CPG, 1);
	assert_int_equal(world_cpg_join(0, 1, "g"), ENGINE_DONE);
	world_run_ms(1000);
	fill_ring(sizeof filling);
	fill_ring(100);
	for (size_t n = MESSAGE_MAX; n > 0; n /= 2)
		while (pool_alloc(&host->pool, n) != NULL)
			;
	engine_disconnect(host->engine, world_now(), SERVICE_CPG, (client_id){1}); /* which the others must be told */
	assert_string_equal(host->died, "no memory is left for messages that must be sent");
	world_run_ms(1000);
	assert_string_equal(host->left, "");
}

static void leave_when_told(struct world_host *h, const struct world_event *ev)
{
	engine_disconnect(h->engine, world_now(), ev->service, ev->client);
	h->on_event = NULL;
}

/* The host may find out that a client has gone while it hands it an event. */
static void test_disconnect_from_inside(void **state)
{
	(void)state;
	world_connect(0, SERVICE_CPG, 1);
	world_connect(0, SERVICE_CPG, 2);
	assert_int_equal(world_cpg_join(0, 1, "g"), ENGINE_DONE);
	assert_int_equal(world_cpg_join(0, 2, "g"), ENGINE_DONE);
	world_run_ms(1000);
	host->on_event = leave_when_told;
	assert_int_equal(world_cpg_mcast(0, 1, bytes_of("x", 1)), ENGINE_DONE);
	world_run_ms(1000);
	assert_null(host->on_event);
	assert_int_equal(host->engine->gone_count, 0);
	assert_int_equal(cpg_member_count(&host->engine->cpg, "g", 1), 1);
	assert_int_equal(world_events(0, 1, CPG_DELIVER) + world_events(0, 2, CPG_DELIVER), 2);
}

static struct engine *disconnected_in;
static bool still_there;

static void go_while_told(struct world_host *h, const struct world_event *ev)
{
	engine_disconnect(h->engine, world_now(), ev->service, ev->client);
	disconnected_in = h->engine;
	still_there = h->engine->cmap.clients[client_slot(ev->client)].id.v == ev->client.v;
	h->on_event = NULL;
}

/* A key that the host writes tells a watcher, who is gone: the watchers are being walked through just then. */
static void test_disconnect_while_a_key_changes(void **state)
{
	(void)state;
	for (uint32_t c = 1; c <= 3; c++) {
		world_connect(0, SERVICE_CMAP, c);
		assert_int_equal(world_cmap_track(0, c, "", MAP_ADDED | MAP_MODIFIED | MAP_DELETED), ENGINE_DONE);
		assert_int_equal(host->reply.status, STATUS_OK);
	}
	world_forget_events(0);
	host->on_event = go_while_told;
	map_put_u32(&host->engine->map, "test.key", 1);
	assert_ptr_equal(disconnected_in, host->engine);
	assert_true(still_there);
	assert_int_equal(host->event_count, 3);
	assert_int_equal(host->engine->gone_count, 1);
	world_connect(0, SERVICE_CPG, 9); /* any verb clears up */
	assert_int_equal(host->engine->gone_count, 0);
	map_put_u32(&host->engine->map, "test.key", 2);
	assert_int_equal(host->event_count, 5);
}

/* The counters that are written for a client which is about to read them tell that very client that it is gone. */
static void test_disconnect_by_ones_own_request(void **state)
{
	(void)state;
	world_connect(0, SERVICE_CMAP, 1);
	world_connect(0, SERVICE_CPG, 2);
	assert_int_equal(world_cmap_track(0, 1, "runtime.services.", MAP_MODIFIED | 8), ENGINE_DONE);
	assert_int_equal(world_cpg_join(0, 2, "g"), ENGINE_DONE);
	world_run_ms(1000);
	host->on_event = go_while_told;
	assert_int_equal(world_cmap_set(0, 1, "test.key", MAP_U32, bytes_of("\1\0\0\0", 4)), ENGINE_DONE);
	assert_null(host->on_event);
	assert_int_equal(host->engine->gone_count, 0);
	assert_int_equal(host->engine->cmap.clients[1].id.v, 0);
}

static void test_leave(void **state)
{
	uint32_t delivered;

	(void)state;
	world_connect(0, SERVICE_CPG, 1);
	assert_int_equal(world_cpg_join(0, 1, "g"), ENGINE_DONE);
	world_run_ms(1000);
	assert_int_equal(world_cpg_mcast(0, 1, bytes_of("last words", 10)), ENGINE_DONE);
	delivered = world_events(0, 1, CPG_DELIVER);
	engine_leave(host->engine, world_now(), "the administrator says so");
	assert_string_equal(host->left, ""); /* something is still to be said */
	engine_leave(host->engine, world_now(), "another reason");
	world_run_ms(1000);
	assert_int_equal(world_events(0, 1, CPG_DELIVER), delivered + 1);
	assert_string_equal(host->left, "the administrator says so");
	assert_string_equal(host->died, "");
	/* Nothing is done any more. */
	host->sent = host->looped = 0;
	assert_int_equal(world_cpg_mcast(0, 1, bytes_of("x", 1)), ENGINE_OVERLOAD);
	engine_disconnect(host->engine, world_now(), SERVICE_CPG, (client_id){1});
	engine_node_lost(host->engine, world_now(), node_id_of(2));
	world_run_ms(3000);
	assert_int_equal(host->sent + host->looped, 0);
}

/* A client that always has something to say does not keep us. */
static void test_leave_from_a_busy_client(void **state)
{
	static const uint8_t immediate[8] = {2};
	const struct bytes data = {filling, sizeof filling};
	uint32_t taken = 0, heard = 0;

	(void)state;
	world_connect(0, SERVICE_CPG, 1);
	world_connect(0, SERVICE_CFG, 2);
	assert_int_equal(world_cpg_join(0, 1, "g"), ENGINE_DONE);
	world_run_ms(1000);
	assert_int_equal(world_ask(0, SERVICE_CFG, 2, 3, bytes_of(immediate, sizeof immediate)), ENGINE_DONE);
	for (uint32_t turn = 0; turn < 300 && host->left[0] == '\0'; turn++) {
		while (world_cpg_mcast(0, 1, data) == ENGINE_DONE)
			taken++;
		assert_true(world_turn(1000));
		heard += world_events(0, 1, CPG_DELIVER);
		world_forget_events(0);
	}
	assert_string_equal(host->left, "shutdown was requested");
	assert_int_equal(heard, taken); /* what was taken was said */
}

static void test_leave_before_the_ring(void **state)
{
	static char long_text[2 * ENGINE_TEXT_MAX];

	(void)state;
	memset(long_text, 'x', sizeof long_text - 1);
	world_open(1, NULL);
	engine_leave(host->engine, world_now(), "not started");
	assert_string_equal(host->left, "");
	world_start(0);
	engine_leave(host->engine, world_now(), long_text);
	assert_int_equal(strlen(host->left), ENGINE_TEXT_MAX - 1);
	world_close();
}

static void test_reload(void **state)
{
	(void)state;
	world_connect(0, SERVICE_CFG, 1);
	assert_int_equal(world_ask(0, SERVICE_CFG, 1, 7, (struct bytes){0}), ENGINE_DONE);
	assert_int_equal(host->reloads, 0);
	world_run_ms(1000);
	assert_int_equal(host->reloads, 1);
	assert_int_equal(host->replies, 0);
	engine_reloaded(host->engine, world_now(), STATUS_INVALID_PARAM, false);
	assert_int_equal(host->replies, 1);
	assert_int_equal(host->reply.status, STATUS_INVALID_PARAM);
	assert_int_equal(world_ask(0, SERVICE_CFG, 1, 7, (struct bytes){0}), ENGINE_DONE);
	world_run_ms(1000);
	engine_reloaded(host->engine, world_now(), STATUS_OK, true);
	assert_int_equal(host->reply.status, STATUS_OK);
	world_run_ms(1000);
	assert_int_equal(host->crypto_phase, 2); /* alone we are soon agreed on new keys */
	assert_int_equal(world_ask(0, SERVICE_CFG, 1, 8, (struct bytes){0}), ENGINE_DONE);
	assert_int_equal(host->reopens, 1);
	assert_int_equal(host->replies, 2);
	engine_reopened(host->engine, world_now(), STATUS_ACCESS);
	assert_int_equal(host->replies, 3);
	assert_int_equal(host->reply.status, STATUS_ACCESS);
}

/* A client's changes reach the services without clients, and what one of these writes reaches the other. */
static void test_machine(void **state)
{
	static const uint32_t seconds = 4;
	const struct map *map;

	(void)state;
	world_close();
	world_open(1, NULL);
	map = &host->engine->map;
	host->watchdog_s = 2;
	host->memory_percent = 50;
	map_put_string(&host->engine->map, "resources.watchdog_device", "/dev/watchdog");
	map_put_u32(&host->engine->map, "resources.watchdog_timeout", 2);
	map_put_string(&host->engine->map, "resources.system.memory_used.recovery", "reboot");
	world_start(0);
	assert_true(host->watchdog_open);
	assert_true(world_run_until(ready, 10000));
	world_run_ms(4000);
	assert_in_range(host->tickles, 4, 8);
	world_connect(0, SERVICE_CMAP, 1);
	assert_int_equal(world_cmap_set(0, 1, "resources.system.memory_used.max", MAP_STRING, bytes_of("40", 3)),
			 ENGINE_DONE);
	assert_int_equal(host->looks, 1);
	assert_string_equal(map_get_string(map, "resources.system.memory_used.state"), "failed");
	assert_int_equal(host->machine_ends, 0);
	world_run_ms(7000);
	assert_int_equal(host->machine_ends, 1);
	host->watchdog_s = 4;
	assert_int_equal(world_cmap_set(0, 1, "resources.watchdog_timeout", MAP_U32, bytes_of(&seconds, 4)),
			 ENGINE_DONE);
	host->tickles = 0;
	world_run_ms(4000);
	assert_int_equal(host->tickles, 2);
	engine_leave(host->engine, world_now(), "enough");
	world_run_ms(1000);
	assert_false(host->watchdog_open);
}

static void test_load_test(void **state)
{
	static const uint32_t count = 50;

	(void)state;
	world_connect(0, SERVICE_CMAP, 1);
	assert_int_equal(world_cmap_set(0, 1, "pload.count", MAP_U32, bytes_of(&count, 4)), ENGINE_DONE);
	assert_int_equal(world_cmap_set(0, 1, "pload.start", MAP_STRING, bytes_of(PLOAD_START, sizeof PLOAD_START)),
			 ENGINE_DONE);
	world_run_ms(3000);
	assert_string_equal(host->died, "the load test that was asked for (pload.start) is over");
	assert_int_equal(host->engine->exit_code, PLOAD_EXIT_CODE);
}

static void test_shutdown_of_a_client(void **state)
{
	static const uint8_t immediate[8] = {2};

	(void)state;
	world_connect(0, SERVICE_CFG, 1);
	assert_int_equal(world_ask(0, SERVICE_CFG, 1, 3, bytes_of(immediate, sizeof immediate)), ENGINE_DONE);
	assert_int_equal(host->reply.status, STATUS_OK);
	world_run_ms(1000);
	assert_string_equal(host->left, "shutdown was requested");
}

static void test_timer_of_a_service(void **state)
{
	static const uint8_t politely[8] = {0};

	(void)state;
	world_connect(0, SERVICE_CFG, 1);
	world_connect(0, SERVICE_CFG, 2);
	assert_int_equal(world_ask(0, SERVICE_CFG, 2, 10, bytes_of(politely, 8)), ENGINE_DONE);
	assert_int_equal(host->reply.status, STATUS_OK);
	assert_int_equal(world_ask(0, SERVICE_CFG, 1, 3, bytes_of(politely, 8)), ENGINE_DONE);
	assert_true(host->due_ns[ENGINE_TIMER_SERVICE + SERVICE_TIMER_SHUTDOWN] ==
		    world_now().ns + CFG_SHUTDOWN_TIMEOUT_MS * 1000000ull);
	host->reply.status = 0;
	world_run_ms(CFG_SHUTDOWN_TIMEOUT_MS + 1);
	assert_true(host->timers_fired >> (ENGINE_TIMER_SERVICE + SERVICE_TIMER_SHUTDOWN) & 1);
	assert_int_equal(host->reply.status, STATUS_BUSY); /* silence is a no */
}

/* A commit token must not leave before its number is safe. */
static void test_slow_disk(void **state)
{
	uint64_t first_asked;

	(void)state;
	world_open(1, NULL);
	host->disk_slow = true;
	world_start(0);
	world_run_ms(100);
	first_asked = host->persist_seq;
	assert_true(first_asked > 4);
	assert_int_equal(host->commits, 0);
	engine_persisted(host->engine, world_now(), first_asked - 1); /* an older one, late */
	assert_int_equal(host->commits, 0);
	world_run_ms(8000); /* it tries again and again */
	assert_int_equal(host->commits, 0);
	assert_int_equal(host->readies, 0);
	host->disk_slow = false;
	world_disk(0);
	assert_true(world_run_until(ready, 10000));
	assert_true(host->commits > 0);
	assert_true(host->engine->view.ring.seq <= host->stored_seq);
	world_close();
}

static void test_force_gather_and_dump(void **state)
{
	uint32_t rings = host->readies;

	(void)state;
	world_connect(0, SERVICE_CMAP, 1);
	assert_int_equal(world_cmap_set(0, 1, "runtime.force_gather", MAP_STRING, bytes_of("yes", 4)), ENGINE_DONE);
	assert_int_equal(host->reply.status, STATUS_OK);
	world_run_ms(3000);
	assert_int_equal(host->readies, rings + 1);
	assert_int_equal(world_cmap_set(0, 1, "runtime.blackbox.dump_state", MAP_STRING, bytes_of("x", 2)),
			 ENGINE_DONE);
	assert_int_equal(host->dumped, 2);
	assert_string_equal(host->changed, ""); /* buttons are no configuration */
}

static void test_key_of_the_configuration(void **state)
{
	struct ring_config longer = host->engine->ring.config;

	(void)state;
	world_connect(0, SERVICE_CMAP, 1);
	assert_int_equal(world_cmap_set(0, 1, "totem.token", MAP_U32, bytes_of("\0\1\0\0", 4)), ENGINE_DONE);
	assert_string_equal(host->changed, "totem.token");
	host->changed[0] = '\0';
	assert_int_equal(world_cmap_set(0, 1, "no", MAP_U32, bytes_of("\0\1\0\0", 4)), ENGINE_DONE); /* too short */
	assert_string_equal(host->changed, "");
	longer.token_ms = 4321;
	engine_configure(host->engine, &longer);
	assert_int_equal(host->engine->ring.config.token_ms, 4321);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_start),
		cmocka_unit_test_setup_teardown(test_accept, alone, close_world),
		cmocka_unit_test(test_accept_by_service),
		cmocka_unit_test_setup_teardown(test_request_ids, alone, close_world),
		cmocka_unit_test_setup_teardown(test_admission_while_synchronising, alone, close_world),
		cmocka_unit_test_setup_teardown(test_join_and_hear_oneself, alone, close_world),
		cmocka_unit_test_setup_teardown(test_full_queue, alone, close_world),
		cmocka_unit_test_setup_teardown(test_pending, alone, close_world),
		cmocka_unit_test_setup_teardown(test_no_memory_to_speak, alone, close_world),
		cmocka_unit_test_setup_teardown(test_disconnect_from_inside, alone, close_world),
		cmocka_unit_test_setup_teardown(test_disconnect_while_a_key_changes, alone, close_world),
		cmocka_unit_test_setup_teardown(test_disconnect_by_ones_own_request, alone, close_world),
		cmocka_unit_test_setup_teardown(test_leave, alone, close_world),
		cmocka_unit_test_setup_teardown(test_leave_from_a_busy_client, alone, close_world),
		cmocka_unit_test(test_leave_before_the_ring),
		cmocka_unit_test_setup_teardown(test_reload, alone, close_world),
		cmocka_unit_test_setup_teardown(test_machine, alone, close_world),
		cmocka_unit_test_setup_teardown(test_load_test, alone, close_world),
		cmocka_unit_test_setup_teardown(test_shutdown_of_a_client, alone, close_world),
		cmocka_unit_test_setup_teardown(test_timer_of_a_service, alone, close_world),
		cmocka_unit_test(test_slow_disk),
		cmocka_unit_test_setup_teardown(test_force_gather_and_dump, alone, close_world),
		cmocka_unit_test_setup_teardown(test_key_of_the_configuration, alone, close_world),
	};

	return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
