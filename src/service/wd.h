/* SPDX-License-Identifier: GPL-2.0-or-later */
/* wd.h - the service "wd": a watchdog device that restarts the machine when the
 * engine stands still, and resources whose failure has a consequence.
 *
 *	resources.watchdog_device    path; missing, empty or "off": none (only the start looks)
 *	resources.watchdog_timeout   seconds, 2 to 120, by default 6
 *
 * The device is tickled at half of its timeout by an effect; the host carries it
 * out in the loop, so a loop that hangs is no longer tickling. An orderly end lets
 * go of the device; any other end does not, and the machine restarts.
 *
 * A resource is whatever has a key resources.TYPE.NAME.state (resource.h). It is
 * looked at once a poll_period, first after two of them or 6 s. It has failed when
 * state is "failed", or last_updated is older than one and a half periods (0: never
 * updated yet, which is well). Then, by its key recovery:
 *
 *	watchdog, quit    the device is tickled no more, and an orderly end does not let go of it
 *	reboot, shutdown  at once
 *	anything else     nothing
 *
 * A resource without recovery, or in state "stopped" or "disabled", is not looked
 * at. Any change but of last_updated and current begins a new period.
 *
 * Different from Corosync: a poll_period that is changed while running holds, and
 * the wish for the watchdog outlives an orderly end.
 *
 * Limits: WD_RESOURCES_MAX resources; more are told of and not looked at.
 */
#ifndef SERVICE_WD_H
#define SERVICE_WD_H

#include "map/map.h"
#include "service/service.h"

enum { WD_RESOURCES_MAX = 256, WD_DEVICE_MAX = 256 };

enum wd_state { WD_STOPPED, WD_RUNNING, WD_FAILED };

struct wd_resource {
	char prefix[MAP_KEY_MAX + 1]; /* "resources.system.memory_used." */
	enum wd_state state;
	uint64_t period_ms;
	uint64_t print;     /* of the keys whose change begins a new period */
	mono_time check_at; /* while RUNNING */
	bool period_told;   /* that it cannot be used */
	bool seen;          /* by the scan that runs */
};

struct wd {
	struct map *map;
	char device[WD_DEVICE_MAX]; /* as it was at the start; "" for none */
	bool has_device;            /* the host has opened it */
	bool failed;                /* a resource wants the watchdog to bite */
	bool full_told, device_told;
	uint32_t timeout_s;
	uint32_t count;
	struct wd_resource resources[WD_RESOURCES_MAX]; /* in the order in which they came */
};

void wd_init(struct wd *w, struct map *map);
void wd_step(struct wd *w, const struct service_event *ev, struct service_effects *fx);
/* Asserts the invariants that wd.c opens with. */
void wd_check(const struct wd *w);

#endif
