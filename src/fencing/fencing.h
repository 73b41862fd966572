/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fencing.h - making sure that a node is down, or up: devices, levels, delays, tries.
 *
 * A core that the leader runs. A request walks like this:
 *
 *	fencing_begin() → level 1: [what the agent can, who its targets are] → delay → device a off at some member,
 *	device b off, (reboot of several: all off, then all on) → done, or level 2, … → ops.ended()
 *
 * Agents are asked for their metadata as soon as their device is configured, for lists and status when needed: these
 * are runs like any others.
 *
 * Rules, which fencing_check() asserts:
 * 1. A request ends once. It succeeds only when every device of one level (or, without levels, one device) said so.
 *    Of a reboot by off and on only off counts: the node is down, and that is what was wanted.
 * 2. Nothing is done by the target itself, unless it is the only member that could, or the agent's metadata wants it
 *    (on_target: unfencing by storage).
 * 3. A request for a node that another request fences with the same action joins it and ends with it.
 * 4. A device does at most its action limit at once. Delays come before the first device's run only: base, plus a
 *    random part below pcmk_delay_max, plus what the request brought (priority).
 * 5. Each run is tried as often as the device says, at another member if one can, before the next device or level.
 *    After a timeout only another member tries again.
 * 6. A member that leaves while it runs a device has failed.
 * 7. With no device that can fence the node the request fails at once and says which command would help; with
 *    watchdog_timeout_ms above 0 it instead waits so long and succeeds: the node has reset itself by then, if it has
 *    lost quorum or its manager. So it does when all devices have failed. A target that is still a member is asked to
 *    reset itself (a run of FENCE_WATCHDOG_ID at the target, which nobody answers), and the wait counts from its
 *    leaving.
 * 8. Turning on: every device that provides unfencing and knows the node must say so, besides the level's.
 *
 * Ops are called while a verb runs and must not call verbs. What they get is borrowed for the call.
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
	int64_t timeout_ms;          /* of each device that has none of its own; 0: 60 s */
	int64_t delay_ms;            /* -1: no delays at all, not even the devices' own */
	int64_t tolerance_ms;        /* done already when the same succeeded less than so long ago; 0: no */
	const char *origin, *client; /* who wanted it */
};

/* Instead of an agent's exit code, where there is none. */
enum {
	FENCE_RC_NOT_RUN = -1, /* it could not be started, or was killed */
	FENCE_RC_TIMEOUT = -2,
};

struct fence_run {
	uint64_t id;        /* of this run */
	const char *device; /* its id */
	const char *action; /* the command's name, as the agent is asked; "metadata" among them */
	const char *target; /* node; NULL for list and metadata */
	const char *member; /* the node that shall run it */
	const char *type;
	const struct table *input; /* what goes to the agent, its action among it */
	int64_t timeout_ms;
};

struct fencing_ops {
	void *host;
	/* Let a member run an agent; then fencing_ran(). */
	void (*run)(void *host, const struct fence_run *run);
	/* why: NULL on success. device and member: who did it ("manual", "watchdog" among the devices; NULL: nobody).
	 */
	void (*ended)(void *host, const struct fence_request *r, const char *why, const char *device,
		      const char *member);
	/* fencing_tick() at that time; each call replaces the one before, zero cancels. */
	void (*timer)(void *host, mono_time due);
	/* Any number below n. */
	uint32_t (*dice)(void *host, uint32_t n);
};

enum { OTHER_RUN_AGE_MS = 10000 };

struct fencing;

/* last_run: runs get numbers above it. An earlier leader's must all be below, so that what its runs still come to is
 * not taken for an answer: the epoch, shifted, will do. */
struct fencing *fencing_new(const struct fencing_ops *ops, uint64_t last_run);
void fencing_free(struct fencing *f);

/* To be called at first, and when the configuration, the members or the watchdog's time changed; changes of the status
 * alone need no call, unless the document is another one. The document stays the caller's, must live until the next
 * call, and is read here and when a request looks for levels and members. now_s: wall time for rules. members: names
 * of nodes that can run agents, ourselves first; for each device the member where its resource runs is preferred, as
 * the status of the document says. */
void fencing_configure(struct fencing *f, mono_time now, struct document *d, int64_t now_s, const char *const *members,
		       uint32_t member_count, int64_t watchdog_timeout_ms);
/* A run that an earlier leader had ordered for a node that is no member now. done: when it succeeded; unset: it goes
 * on, and what it comes to is told by fencing_ran(). A request that wants just this of the device does not run it
 * again, if it succeeded less than OTHER_RUN_AGE_MS ago. */
void fencing_learn_run(struct fencing *f, const struct fence_run *run, mono_time done);
/* Forgets what was learnt so: its nodes may be back, or may have been. fencing_resend() does it, too. */
void fencing_unlearn_runs(struct fencing *f);
/* Copies what it needs. Ends by ops.ended(), never from inside this call. */
void fencing_begin(struct fencing *f, mono_time now, const struct fence_request *r);
/* It was fenced at that time, by an earlier leader or as a person says: for tolerance. */
void fencing_remember(struct fencing *f, mono_time when, const char *target, enum fence_action action);
/* A person vouches that the node is down: every request for it but to turn it on ends with success. */
void fencing_confirm(struct fencing *f, mono_time now, const char *target);
/* rc: the agent's, or FENCE_RC_…; output: what it printed (list, metadata); reason: why it failed, NULL: unknown.
 * Unknown runs are ignored. */
void fencing_ran(struct fencing *f, mono_time now, uint64_t run, int rc, const char *output, const char *reason);
/* What the metadata of an agent says, if the caller knows it already: it is not asked for then. False: no metadata. */
bool fencing_learn_agent(struct fencing *f, mono_time now, const char *type, const char *metadata);
/* Tells all runs under way once more, as they were: messages may have got lost when the group changed. Who runs one
 * already does not begin anew. One whose request has ended is not told again. */
void fencing_resend(struct fencing *f, mono_time now);
void fencing_tick(struct fencing *f, mono_time now);
bool fencing_is_busy(const struct fencing *f);
/* Whether any device can, as far as is known, fence the node (a dynamic list that was never read counts as yes). */
bool fencing_covers(const struct fencing *f, const char *node);
/* Whether any device has a delay of its own: somebody has thought of who shall win when each has the other fenced. */
bool fencing_has_delays(const struct fencing *f);
void fencing_check(const struct fencing *f);

#endif
