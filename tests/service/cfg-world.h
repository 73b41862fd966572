/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cfg-world.h - one cfg core beside a transport that knows some nodes, and what left it,
 * for the tests of cfg.
 *
 *	world_setup(NULL);
 *	world_connect(1);
 *	world_request_u32(1, 10, 0, 24);
 *	assert_int_equal(world_status_for(1, 2), STATUS_OK);
 */
#ifndef TESTS_CFG_WORLD_H
#define TESTS_CFG_WORLD_H

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "service/cfg.h"

#include <stdio.h>
#include <string.h>

enum { WORLD_RECORDS = 4096, WORLD_SELF = 7 };

/* What left the core, in order, whether it was drained in between or not. */
struct world_record {
	enum service_effect_type type;
	client_id client;
	const uint8_t *data;
	size_t len;
	uint32_t delay_ms;
	uint8_t phase;
};

extern struct map world_map;
extern struct cfg world_c;
extern struct world_record world_records[WORLD_RECORDS];
extern uint32_t world_record_count;
extern uint8_t world_request[512];

void world_step(struct service_event ev);
int world_setup(void **state);
void world_connect(uint32_t v);
void world_disconnect(uint32_t v);
uint32_t world_u32_at(const struct world_record *r, size_t at);
uint32_t world_count_of(enum service_effect_type type);
const struct world_record *world_nth(enum service_effect_type type, uint32_t n);
/* The status of the only reply to a client, or 0 without one. */
uint32_t world_status_for(uint32_t to, uint32_t reply_id);
void world_request_send(uint32_t from, uint16_t fn, size_t size);
void world_request_u32(uint32_t from, uint16_t fn, uint32_t value, size_t size);

#endif
