/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmap-world.h - one cmap core with its two maps, and what left it, for the tests
 * of cmap.
 *
 *	world_setup(NULL);
 *	world_connect(1);
 *	assert_int_equal(world_set_string(1, "a.key", "value"), STATUS_OK);
 *	world_record_count, world_nth(), world_the_reply(): what the last step did
 */
#ifndef TESTS_CMAP_WORLD_H
#define TESTS_CMAP_WORLD_H

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "service/cmap.h"

#include <stdio.h>
#include <string.h>

enum { WORLD_RECORDS = 8192, WORLD_SELF = 7 };

/* What left the core, in order, whether it was drained in between or not. */
struct world_record {
	enum service_effect_type type;
	client_id client;
	const uint8_t *data;
	size_t len;
	uint32_t delay_ms;
	uint8_t what;
};

extern struct pool world_pool;
extern struct map world_map, world_stats;
extern struct cmap world_c;
extern struct world_record world_records[WORLD_RECORDS];
extern uint32_t world_record_count, world_drains;
/* A request, filled with garbage where nothing is written, as clients do. */
extern uint8_t world_request[64 * 1024];

void world_collect(void);
void world_log_clear(void);
void world_step(struct service_event ev);
int world_setup(void **state);
client_id world_client(uint32_t v);
void world_connect(uint32_t v);
void world_disconnect(uint32_t v);
uint32_t world_u32_at(const struct world_record *r, size_t at);
uint64_t world_u64_at(const struct world_record *r, size_t at);
/* The only reply among the records. */
const struct world_record *world_the_reply(void);
enum status world_the_status(void);
uint32_t world_count_of(enum service_effect_type type);
const struct world_record *world_nth(enum service_effect_type type, uint32_t n);
void world_request_open(uint16_t fn, const char *name);
const struct world_record *world_request_send(uint32_t from, uint16_t fn, size_t size, uint32_t reply_id,
					      size_t reply_size);
enum status world_set_sized(uint32_t from, const char *key, enum map_type type, const void *value, size_t len);
enum status world_set_string(uint32_t from, const char *key, const char *value);
enum status world_delete_key(uint32_t from, const char *key);
enum status world_handle_request(uint32_t from, uint16_t fn, uint64_t handle, size_t reply_size);
enum status world_track_try(uint32_t from, const char *key, int32_t type, uint64_t instance);
uint64_t world_track(uint32_t from, const char *key, int32_t type, uint64_t instance);
enum status world_use_map(uint32_t from, int32_t number);
void world_assert_event(uint32_t n, uint32_t to, uint64_t instance, const char *key, enum map_change_type change,
			struct map_value after, struct map_value before);
struct map_value world_text_value(const char *s);

#endif
