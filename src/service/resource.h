/* SPDX-License-Identifier: GPL-2.0-or-later */
/* resource.h - what mon and wd read of the section "resources" alike.
 *
 * A resource is what stands in the map under resources.TYPE.NAME. (TYPE: system,
 * process): state, last_updated (monotonic ns), poll_period (ms), recovery.
 * system.memory_used and system.load_15min are the engine's own (mon.h), others
 * are written by clients, libsam above all (engine-ipc.md §7.1, §7.2).
 *
 * poll_period may be a u64 or text, since clients write either; Corosync's own mon
 * reads text only, and so misses the u64 that its parser makes of corosync.conf.
 */
#ifndef SERVICE_RESOURCE_H
#define SERVICE_RESOURCE_H

#include "map/map.h"

enum { RESOURCE_PERIOD_MS_MIN = 500, RESOURCE_PERIOD_MS_MAX = 120000 };

enum resource_period { RESOURCE_PERIOD_MISSING, RESOURCE_PERIOD_BAD, RESOURCE_PERIOD_GOOD };

/* prefix + name into ret; false when that is too long for a key. */
bool resource_key(const char *prefix, const char *name, char ret[MAP_KEY_MAX + 1]);
/* The poll_period under prefix; *ret is set on GOOD only. */
enum resource_period resource_period_read(const struct map *map, const char *prefix, uint64_t *ret_ms);
/* A number without sign as text, with up to five digits behind a point that count in 1/65536: "8.5" -> 8.5 * 65536.
 * False when it is anything else, or too large.
 */
bool resource_parse_fixed(const char *text, uint64_t *ret_65536ths);

#endif
