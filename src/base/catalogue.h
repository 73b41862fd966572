/* SPDX-License-Identifier: GPL-2.0-or-later */
/* catalogue.h - every line that the engine logs at notice or above, with what it
 * means and what to do. The manual's list of messages is generated from it.
 *
 * An id is never reused. The call site has the words and the values; the
 * catalogue has the level, a stable name and the explanation.
 */
#ifndef BASE_CATALOGUE_H
#define BASE_CATALOGUE_H

#include <stddef.h>

/* As syslog(3) numbers them. */
enum level {
	LEVEL_CRITICAL = 2,
	LEVEL_ERROR = 3,
	LEVEL_WARNING = 4,
	LEVEL_NOTICE = 5,
	LEVEL_INFO = 6,
	LEVEL_DEBUG = 7,
	LEVEL_TRACE = 8,
};

/* Who speaks: the subsystem names that logger_subsys in corosync.conf knows. */
enum subsystem {
	SUBSYSTEM_MAIN,
	SUBSYSTEM_TOTEM,
	SUBSYSTEM_SYNC,
	SUBSYSTEM_CPG,
	SUBSYSTEM_QUORUM,
	SUBSYSTEM_VOTEQ,
	SUBSYSTEM_CMAP,
	SUBSYSTEM_CFG,
	SUBSYSTEM_KNET,
	SUBSYSTEM_QB,
	SUBSYSTEM_WD,
	SUBSYSTEM_MON,
	SUBSYSTEM_PLOAD,
	/* of the manager and its executor; corosync.conf has nothing of them */
	SUBSYSTEM_MANAGER,
	SUBSYSTEM_FENCING,
	SUBSYSTEM_EXECUTOR,
	SUBSYSTEM_COUNT,
};

enum message_id {
#define MESSAGE(id, subsystem, level, means, todo) MSG_##id,
#include "base/messages.def"
#undef MESSAGE
	MSG_COUNT,
};

struct message_entry {
	const char *name; /* "RING_FORMED" */
	enum subsystem subsystem;
	enum level level;
	const char *means;
	const char *todo; /* "" when nothing is to be done */
};

/* The entry of an id; ids of all levels have one. */
const struct message_entry *message_entry(enum message_id id);
/* "TOTEM" */
const char *subsystem_name(enum subsystem s);

#endif
