/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/catalogue.h"

#include <assert.h>

static const struct message_entry entries[MSG_COUNT] = {
#define MESSAGE(id, subsystem, level, means, todo) \
	[MSG_##id] = {#id, SUBSYSTEM_##subsystem, LEVEL_##level, means, todo},
#include "base/messages.def"
#undef MESSAGE
};

static const char *const subsystem_names[SUBSYSTEM_COUNT] = {
	[SUBSYSTEM_MAIN] = "MAIN",       [SUBSYSTEM_TOTEM] = "TOTEM",
	[SUBSYSTEM_SYNC] = "SYNC",       [SUBSYSTEM_CPG] = "CPG",
	[SUBSYSTEM_QUORUM] = "QUORUM",   [SUBSYSTEM_VOTEQ] = "VOTEQ",
	[SUBSYSTEM_CMAP] = "CMAP",       [SUBSYSTEM_CFG] = "CFG",
	[SUBSYSTEM_KNET] = "KNET",       [SUBSYSTEM_QB] = "QB",
	[SUBSYSTEM_WD] = "WD",           [SUBSYSTEM_MON] = "MON",
	[SUBSYSTEM_PLOAD] = "PLOAD",     [SUBSYSTEM_MANAGER] = "MANAGER",
	[SUBSYSTEM_FENCING] = "FENCING", [SUBSYSTEM_EXECUTOR] = "EXECUTOR",
};

const struct message_entry *message_entry(enum message_id id)
{
	assert((unsigned)id < MSG_COUNT);
	return &entries[id];
}

const char *subsystem_name(enum subsystem s)
{
	assert((unsigned)s < SUBSYSTEM_COUNT);
	return subsystem_names[s];
}
