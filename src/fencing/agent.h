/* SPDX-License-Identifier: GPL-2.0-or-later */
/* agent.h - what a fence agent says of itself, and of its targets.
 *
 * The metadata tells which actions it knows, what its parameter for the target is called, whether nodes must be turned
 * on by it when they join, and whether that is done on the node itself. The list of targets comes in lines of
 * "NAME[,alias[,status]]" or in words.
 *
 * Source of the rules: the fence agents' API, and facts of the manager, section 13.
 */
#ifndef FENCING_AGENT_H
#define FENCING_AGENT_H

#include "fencing/device.h"

struct fence_agent {
	bool knows[FENCE_ACTIONS];
	bool on_target[FENCE_ACTIONS]; /* to be run by the target itself */
	bool turns_on;                 /* nodes that join must be turned on by it ("automatic") */
	const char *argument;          /* "plug", "port" or NULL; a constant */
};

/* What holds for one that cannot be asked: it can do all, its targets are called "port". */
struct fence_agent fence_agent_unknown(void);
/* ERR_INVALID: this is no metadata. */
enum err fence_agent_parse(const char *metadata, struct fence_agent *ret, struct error *reterr) MUST_CHECK;

/* Whether a list of targets, as an agent printed it, has this one (any case). Lines that complain are skipped. */
bool fence_list_has(const char *list, const char *target);

#endif
