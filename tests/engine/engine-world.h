/* SPDX-License-Identifier: GPL-2.0-or-later */
/* engine-world.h - whole engines in one process: each has a host that writes
 * down what it is told, and a network and a clock that only the test moves.
 *
 *	world_open(2, NULL);
 *	world_start(0); world_start(1);
 *	world_run_ms(3000);
 *	assert_int_equal(world_members(0), 2);
 *	world_close();
 *
 * Host i is node i + 1. A packet takes 20 us; hosts on different sides hear
 * nothing of each other.
 */
#ifndef TESTS_ENGINE_ENGINE_WORLD_H
#define TESTS_ENGINE_ENGINE_WORLD_H

#include "engine/engine.h"

enum { WORLD_HOSTS = 3, WORLD_EVENTS = 4096 };

struct world_event {
	enum service_id service;
	client_id client;
	uint32_t id;
	size_t len;
	uint8_t *bytes;
};

struct world_host {
	struct engine *engine;
	struct pool pool;
	void *memory;
	uint64_t due_ns[ENGINE_TIMER_COUNT]; /* 0: not set */
	bool up, had_clients;
	uint32_t side;

	bool disk_slow; /* the ring's number is not stored until world_disk() */
	uint64_t persist_seq, stored_seq;
	uint32_t commits; /* commit tokens that left */

	uint32_t sent, looped, timers_fired;
	uint32_t replies, retries, readies, drains, reloads, reopens, refreshes, stores;
	uint8_t stats_cleared, dumped, crypto_phase;
	uint32_t watchdog_s; /* what the device answers with; 0: there is none */
	uint32_t tickles, machine_ends, looks;
	bool watchdog_open;
	uint32_t memory_percent;
	struct {
		enum service_id service;
		client_id client;
		int32_t id;
		enum status status;
		size_t len;
		uint8_t bytes[512]; /* of its beginning */
	} reply;
	uint32_t event_count;
	struct world_event events[WORLD_EVENTS];
	enum engine_rate rates[SERVICE_COUNT];
	uint32_t rates_told;
	char changed[MAP_KEY_MAX + 1];
	char left[ENGINE_TEXT_MAX], died[ENGINE_TEXT_MAX];
	enum message_id logged;
	/* Called from inside ops.event. */
	void (*on_event)(struct world_host *h, const struct world_event *ev);
};

extern struct world_host world_hosts[WORLD_HOSTS];

struct world_options {
	bool has_votequorum;
	uint32_t net_mtu; /* 0: 8192 */
	size_t pool_size; /* 0: plenty */
};

/* Hosts with initialised engines and an empty map; options may be NULL. */
void world_open(uint32_t count, const struct world_options *options);
void world_close(void);
mono_time world_now(void);
void world_start(uint32_t host);
/* Takes the engine out as kill -9 would. */
void world_kill(uint32_t host);
void world_run_ms(uint64_t ms);
/* Everything up to here: at once, in the order of its time. False when nothing came within limit_ms. */
bool world_run_until(bool (*wanted)(void), uint64_t limit_ms);
/* One event of the world, false when there was none within limit_ms. */
bool world_turn(uint64_t limit_ms);
/* The disk of the host has done what it was asked to. */
void world_disk(uint32_t host);

uint32_t world_members(uint32_t host);
/* A request of the client's, with the header that its library would write. */
enum engine_verdict world_ask(uint32_t host, enum service_id service, uint32_t client, uint32_t id, struct bytes body);
void world_connect(uint32_t host, enum service_id service, uint32_t client);
void world_forget_events(uint32_t host);
/* How many events with this id the client was given. */
uint32_t world_events(uint32_t host, uint32_t client, uint32_t id);
const struct world_event *world_event_last(uint32_t host, uint32_t id);

/* cpg, as libcpg speaks. */
enum { CPG_CONFCHG = 4, CPG_DELIVER = 5, CPG_DELIVER_SIZE = 184 };
enum engine_verdict world_cpg_join(uint32_t host, uint32_t client, const char *group);
enum engine_verdict world_cpg_mcast(uint32_t host, uint32_t client, struct bytes data);
/* cmap, as libcmap speaks. */
enum engine_verdict world_cmap_set(uint32_t host, uint32_t client, const char *key, enum map_type type,
				   struct bytes value);
enum engine_verdict world_cmap_track(uint32_t host, uint32_t client, const char *key, int32_t what);

#endif
