/* SPDX-License-Identifier: GPL-2.0-or-later */
/* solo-world.h - a service without clients alone with a map and a clock, and what left it, for the tests of mon, wd
 * and pload.
 *
 *	solo_open(step);
 *	solo_event(SERVICE_EVENT_START);
 *	solo_pass_ms(3000);
 *	assert_int_equal(solo_count(SERVICE_EFFECT_LOG), 1);
 */
#ifndef TESTS_SOLO_WORLD_H
#define TESTS_SOLO_WORLD_H

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "base/pool.h"
#include "map/map.h"
#include "service/service.h"

#include <string.h>

enum { SOLO_RECORDS = 1024, SOLO_TEXT = 200 };

struct solo_record {
	enum service_effect_type type;
	enum message_id message;
	uint8_t what;
	uint32_t value;
	size_t len, tail_len;
	char text[SOLO_TEXT]; /* the head's begin, with a NUL */
};

extern struct map solo_map;
extern struct pool solo_pool;
extern mono_time solo_now;
extern mono_time solo_due[SERVICE_TIMER_COUNT]; /* zero: not set */
/* Since solo_forget(). */
extern struct solo_record solo_records[SOLO_RECORDS];
extern uint32_t solo_record_count;

/* A fresh world at 100 s. */
void solo_open(void (*step)(const struct service_event *ev, struct service_effects *fx));
void solo_step(struct service_event ev);
void solo_event(enum service_event_type type);
/* The time passes, timers fire in their order. */
void solo_pass_ms(uint64_t ms);
void solo_forget(void);
uint32_t solo_count(enum service_effect_type type);
uint32_t solo_logged(enum message_id message);
/* The last effect of a type; there must be one. */
const struct solo_record *solo_last(enum service_effect_type type);
/* Sets text and tells the service that its configuration changed. */
void solo_set(const char *key, const char *text);

#endif
