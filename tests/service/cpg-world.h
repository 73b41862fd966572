/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cpg-world.h - cpg cores that share one ordered stream, and what their clients
 * were told, as text, for the tests of cpg.
 *
 *	world_start(3);                         three nodes, each alone
 *	world_ring("123");                      one ring, synchronised
 *	assert_int_equal(world_join(1, 1, "g", 10, 0), STATUS_OK);
 *	world_run();                            all that was multicast is delivered
 *	assert_string_equal(world_told(1, 1), "change g: 1:10 +1:10/1\n");
 *
 * Lines of a transcript:
 *
 *	change GROUP: MEMBERS -LEFT/REASON +JOINED/REASON       members as NODE:PID
 *	message GROUP NODE:PID TEXT
 *	part GROUP NODE:PID TYPE TOTAL TEXT
 *	ring REP.SEQ: NODES
 */
#ifndef TESTS_CPG_WORLD_H
#define TESTS_CPG_WORLD_H

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "service/cpg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORLD_NODES = 4, WORLD_CLIENTS = 400 };

struct world_reply {
	uint32_t count; /* since the request before */
	int32_t id;
	enum status status;
	size_t length;
	uint8_t bytes[16384];
};

extern struct world_reply world_reply; /* of the last request */
extern uint32_t world_logs;            /* lines logged at all nodes since world_start */

static inline uint32_t u32_at(const uint8_t *bytes, size_t at)
{
	uint32_t v;

	memcpy(&v, bytes + at, sizeof v);
	return v;
}

static inline void put_u32(uint8_t *bytes, size_t at, uint32_t v)
{
	memcpy(bytes + at, &v, sizeof v);
}

void world_start(uint32_t nodes);
void world_stop(void);
struct cpg *world_cpg(uint32_t node);
struct pool *world_pool(uint32_t node);

void world_connect(uint32_t node, uint32_t client);
void world_disconnect(uint32_t node, uint32_t client);
/* A request of that id; body follows the 16 byte header. */
void world_request(uint32_t node, uint32_t client, uint16_t fn, const void *body, size_t length);
enum status world_join(uint32_t node, uint32_t client, const char *name, uint32_t pid, uint32_t flags);
/* Joins, delivers, and forgets what the client was told. */
void world_joined(uint32_t node, uint32_t client, const char *name, uint32_t pid);
enum status world_leave(uint32_t node, uint32_t client, const char *name, uint32_t pid);
void world_mcast(uint32_t node, uint32_t client, const char *text);
/* type 1 FIRST, 2 CONTINUED, 3 LAST */
enum status world_partial(uint32_t node, uint32_t client, uint32_t type, uint32_t total, const char *text);
/* Writes a name as requests and messages have it, 136 bytes. */
void world_put_name(uint8_t *at, const void *name, size_t length);

/* A message of a node that no core wrote, to be delivered in turn. */
void world_forge(uint32_t from, uint16_t fn, const void *message, size_t length);
/* Messages multicast and not delivered yet. */
uint32_t world_waiting(void);
/* Function and bytes of the i-th of them. */
uint16_t world_waiting_fn(uint32_t i);
struct bytes world_waiting_bytes(uint32_t i);
void world_run(void);

/* These nodes form a ring: INIT, PROCESS, all messages delivered, ACTIVATE. */
void world_ring(const char *nodes);
/* The same up to, but without, ACTIVATE. */
void world_ring_begin(const char *nodes);
void world_ring_end(const char *nodes);
void world_abort(const char *nodes);

/* What the client was told since the last call; valid until it is told more. */
const char *world_told(uint32_t node, uint32_t client);
/* Set-ups and the tear-down of tests. Three nodes with three clients each, still alone. */
int world_three(void **state);
/* These in one ring, in which client 1 of each node has joined "g", with pids 10, 20, 30. */
int world_three_joined(void **state);
int world_end(void **state);
/* As if world_told had been called for all these. */
void world_forget(void);

/* Events that all clients were sent since world_start. */
uint32_t world_events(void);

#endif
