/* SPDX-License-Identifier: GPL-2.0-or-later */
/* agent-info.h - which agents this machine has, and what they say of themselves, for checks and descriptions.
 *
 * Metadata come from the executor's cache (/var/lib/hale/metadata), where that has them for the agent's file as it is
 * now, else from the agent, which is run and has AGENT_INFO_TIMEOUT_MS; several are run at a time. What was asked is
 * put into the cache, if this user may write there.
 *
 * OCF_ROOT, HALE_FENCE_PATH and HALE_METADATA in the environment say where all that is, if not where it usually is.
 * Everything lives in the verb's arena.
 */
#ifndef CLI_AGENT_INFO_H
#define CLI_AGENT_INFO_H

#include "cli/verb.h"

enum { AGENT_INFO_TIMEOUT_MS = 30000, AGENT_INFO_RUNS = 4 };

struct agent_name {
	const char *class_, *provider, *type; /* provider: NULL but for ocf */
};

struct agent_parameter {
	const char *name, *type, *otherwise, *brief, *text; /* otherwise: its default, or NULL; texts may be "" */
	const char *obsoletes, *replaced_by;                /* names, or NULL */
	bool required, unique, deprecated, advanced;
};

struct agent_action {
	const char *name, *interval, *timeout, *role, *depth, *start_delay; /* NULL: not said */
	bool automatic;                                                     /* unfencing */
};

struct agent_info {
	struct agent_name agent;
	const char *brief, *text; /* "" where it says nothing */
	struct agent_parameter *parameters;
	size_t parameter_count;
	struct agent_action *actions;
	size_t action_count;
	const char *metadata; /* the XML of all that; NULL where nothing is known */
	const char *why;      /* NULL, or why nothing is known but the name */
};

/* "ocf:heartbeat:IPaddr2" */
const char *agent_name_text(const struct agent_name *n, struct arena *a);
/* From "ocf:heartbeat:IPaddr2", "systemd:nginx", or a type alone when only one provider has it. False: v->code says
 * why. */
bool agent_name_find(struct verb *v, const char *text, struct agent_name *ret);
/* The same for fence agents: "fence_ipmilan" or "stonith:fence_ipmilan". */
bool agent_name_find_fence(struct verb *v, const char *text, struct agent_name *ret);
/* ", did you mean IPaddr2?" for a name that no agent of the machine has; "" when one has it or none is like it. */
const char *agent_name_similar(struct verb *v, const struct agent_name *n);
/* All agents of a class (NULL: all classes) and provider (NULL: all), sorted by class, provider and type. */
GArray *agent_names(struct verb *v, const char *class_, const char *provider);
/* What they say of themselves; infos[i].agent is given, the rest is filled. */
void agent_infos_read(struct verb *v, struct agent_info *infos, size_t count);
/* From metadata as text; ERR_INVALID: they are none. */
enum err agent_info_parse(const char *text, size_t size, struct arena *a, struct agent_info *info,
			  struct error *reterr) MUST_CHECK;
const struct agent_parameter *agent_info_parameter(const struct agent_info *i, const char *name);
const struct agent_action *agent_info_action(const struct agent_info *i, const char *name, const char *role);

#endif
