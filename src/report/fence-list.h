/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fence-list.h - the record of fencing as crm_mon and stonith_admin tell of it, in the words of Pacemaker 3.0.2. */
#ifndef REPORT_FENCE_LIST_H
#define REPORT_FENCE_LIST_H

#include "report/markup.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* One fencing on record. */
struct fence_event {
	const char *target, *action, *member, *client; /* member: who did it, or leads it; both may be NULL */
	const char *why;                               /* it failed; NULL: it worked */
	int64_t when_ms;                               /* since 1970 */
};

/* All of it, latest first. */
struct fence_record_list {
	const struct fence_event *events;
	uint32_t count;
	const struct fence_event *pending; /* under way; when_ms: since */
	uint32_t pending_count;
	int32_t zone_s; /* in which times are told, ahead of UTC */
};

/* Whether a like one came later: of what is the same, only the latest is told unless all is wanted. */
bool fence_event_is_repeated(const struct fence_record_list *l, uint32_t i);
/* "reboot of n2 by n1 for me@n1 last failed (no answer) at 2026-11-22 17:00:00.000000Z"; technical: "reboot of n2
 * successful: delegate=n1, client=me, origin=n1, completed='…'"; all: it is one of a whole history. */
void fence_event_words(const struct fence_record_list *l, uint32_t i, bool technical, bool all, GString *out);
/* Of one that is under way: "reboot of n2 for me@n1 pending"; technical: "reboot of n2 pending: client=me, origin=n1".
 */
void fence_pending_words(const struct fence_record_list *l, uint32_t i, bool technical, GString *out);
void fence_pending_markup(const struct fence_record_list *l, uint32_t i, struct markup *out);
/* <fence_event/> */
void fence_event_markup(const struct fence_record_list *l, uint32_t i, struct markup *out);
/* "2026-11-22 17:00:00.250000 +01:00" in buffer, which is returned. */
enum { FENCE_TIME_SIZE = 160 };
const char *fence_time_text(int64_t when_ms, int32_t zone_s, char buffer[static FENCE_TIME_SIZE]);

#endif
