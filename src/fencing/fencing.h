/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fencing.h - making sure that a node is down, or up: devices, levels, delays, tries.
 *
 * A core that the leader runs. A request walks like this:
 *
 *	fencing_begin() → delay → level 1: device a off at some member, device b off, (reboot of several: all off, then
 *	all on) → done, or level 2, … → ops.ended()
 *
 * Rules, which fencing_check() asserts:
 * 1. A request ends once. It succeeds only when every device of one level (or, without levels, one device) said so.
 * 2. Nothing is done by the target itself, unless it is the only member that could: then a reboot or off of ourselves.
 * 3. A request for a node that another request fences with the same action joins it and ends with it.
 * 4. A device does at most its action limit at once. Delays come before the first device's run only: base, plus a
 *    random part below pcmk_delay_max, plus what the request brought (priority).
 * 5. Each run is tried as often as the device says, at another member if one can, before the next device or level.
 * 6. A member that leaves while it runs a device has failed.
 * 7. With no device that can fence the node the request fails at once and says which command would help; with
 *    watchdog_timeout_ms above 0 it instead waits so long and succeeds: the node has reset itself by then, if it has
 *    lost quorum or its manager.
 *
 * The document stays the caller's and must be told again after each change, before any other call.
 */
#ifndef FENCING_FENCING_H
#define FENCING_FENCING_H

#include "base/error.h"
#include "base/time.h"
#include "fencing/device.h"

struct fence_request {
	uint64_t id; /* the caller's, never 0 */
	const char *target;
	enum fence_action action;    /* OFF, REBOOT or ON */
	int64_t timeout_ms;          /* of each device that has none of its own */
	int64_t delay_ms;            /* -1: no delays at all, not even the devices' own */
	const char *origin, *client; /* who wanted it */
};

struct fence_run {
	uint64_t id;        /* of this run */
	const char *device; /* its id */
	const char *action; /* the command's name, as the agent is asked */
	const char *target; /* node; NULL for list and monitor */
	const char *member; /* the node that shall run it */
	const char *type;
	const struct table *input; /* what goes to the agent */
	int64_t timeout_ms;
};

struct fencing_ops {
	void *host;
	/* Let a member run an agent; then fencing_ran(). */
	void (*run)(void *host, const struct fence_run *run);
	/* why: NULL on success. device and member: who did it ("manual", "watchdog" among them). */
	void (*ended)(void *host, const struct fence_request *r, const char *why, const char *device,
		      const char *member);
	void (*timer)(void *host, mono_time due);
	/* Any number below n. */
	uint32_t (*dice)(void *host, uint32_t n);
};

struct fencing;

struct fencing *fencing_new(const struct fencing_ops *ops);
void fencing_free(struct fencing *f);

/* now_s: wall time for rules. members: names of nodes that can run agents, ourselves first; running: for each device
 * the member where its resource runs is preferred, as the status of the document says. */
void fencing_configure(struct fencing *f, mono_time now, const struct document *d, int64_t now_s,
		       const char *const *members, uint32_t member_count, int64_t watchdog_timeout_ms);
/* Copies what it needs. Ends by ops.ended(), never from inside this call. */
void fencing_begin(struct fencing *f, mono_time now, const struct fence_request *r);
/* A person vouches that the node is down: every request for it ends with success. */
void fencing_confirm(struct fencing *f, mono_time now, const char *target);
/* rc: the agent's; list: its output where the action was list. Unknown runs are ignored. */
void fencing_ran(struct fencing *f, mono_time now, uint64_t run, int rc, const char *output, const char *reason);
void fencing_tick(struct fencing *f, mono_time now);
bool fencing_is_busy(const struct fencing *f);
/* Whether any device can, as far as is known, fence the node (a dynamic list that was never read counts as yes). */
bool fencing_covers(const struct fencing *f, const char *node);
void fencing_check(const struct fencing *f);

#endif
