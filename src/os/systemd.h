/* SPDX-License-Identifier: GPL-2.0-or-later */
/* systemd.h - units as agents: started, stopped and asked over D-Bus.
 *
 *	start, stop, restart, reload    a job of systemd's; it ends with the signal JobRemoved
 *	monitor, status                 ActiveState; while it is on its way ("activating", …) it is asked again
 *
 * A name without an ending means NAME.service. A unit that we start gets a drop-in in DROP_INS/UNIT.d: systemd does not
 * restart it by itself, and at a shutdown it ends after haled, which stops it in order. It goes when we stop the unit.
 *
 * The connection is made when it is first needed, and again after it broke. Nothing here blocks. Without a bus,
 * or built without libsystemd, every call ends with an error that says so.
 */
#ifndef OS_SYSTEMD_H
#define OS_SYSTEMD_H

#include "base/error.h"
#include "base/outcome.h"
#include "os/loop.h"

struct systemd;
struct systemd_call;

struct systemd_end {
	enum agent_result rc;
	enum outcome status;
	const char *reason; /* NULL: none; borrowed */
};

/* drop_ins: NULL is /run/systemd/system; "": no drop-ins. */
struct systemd *systemd_new(struct loop *l, const char *drop_ins);
/* Nobody who waits is called any more. NULL is fine. */
void systemd_free(struct systemd *s);
/* fn is called once, never from inside this call. */
struct systemd_call *systemd_ask(struct systemd *s, const char *unit, const char *action,
				 void (*fn)(void *arg, const struct systemd_end *end), void *arg);
/* It is no longer waited for; what systemd does it goes on doing. fn is not called. */
void systemd_forget(struct systemd_call *call);
/* Whether systemd runs this machine. */
bool systemd_is_here(void);
/* Whether there is a unit file of that name; folders: NULL for the usual ones, or some with ":" between. */
bool systemd_has_unit(const char *folders, const char *name);

#endif
