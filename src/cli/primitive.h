/* SPDX-License-Identifier: GPL-2.0-or-later */
/* primitive.h - a resource's parts as commands make them: agent, parameters, operations; checked against what the agent
 * says of itself.
 *
 * Operations are given as "op ACTION name=value…"; what the agent recommends and nobody gave is added as pcs does it,
 * with ids RESOURCE-ACTION-interval-INTERVAL. An operation that was given is as it was given: without a timeout the
 * defaults of operations count, and a monitor without an interval is done every 60s.
 */
#ifndef CLI_PRIMITIVE_H
#define CLI_PRIMITIVE_H

#include "cli/agent-info.h"

/* What the words of "resource create" and "resource update" say, in sections. Texts are argv's. */
struct primitive_words {
	GPtrArray *parameters, *meta, *utilization; /* "name=value" */
	GPtrArray *operations;                      /* GPtrArray each: the action's name, then "name=value"… */
	const char *collective;                     /* "clone" or "promotable"; NULL: neither */
	const char *collective_id;
	GPtrArray *collective_meta;
	const char *group, *before, *after, *bundle;
};

/* Words from the verb's word `from` on. */
enum exit_code primitive_words_read(struct verb *v, size_t from, struct primitive_words *ret);
void primitive_words_fini(struct primitive_words *w);

/* The agent and metadata of a primitive in the document. */
struct agent_info primitive_agent(struct verb *v, const struct element *primitive);
/* Puts the words into a primitive's parts; metadata of the agent may be unknown (info->why). Fills what is missing of
 * its operations when it is new. */
enum exit_code primitive_fill(struct verb *v, struct element *primitive, const struct primitive_words *w,
			      const struct agent_info *info);
/* "op ACTION name=value…" alone, as a new one: words[0] is the action. There must be none like it. */
enum exit_code primitive_add_operation(struct verb *v, struct element *primitive, const GPtrArray *words,
				       const struct agent_info *info);
/* Adds the operations that the agent recommends for actions of which there is none yet; only_monitor: no others. */
void primitive_default_operations(struct verb *v, struct element *primitive, const struct agent_info *info,
				  bool only_monitor);
/* Parameters: unknown, missing, of a wrong kind, not unique. */
enum exit_code primitive_check(struct verb *v, const struct element *primitive, const struct agent_info *info);
/* Whether nobody has this id, and it may be one. */
enum exit_code primitive_check_id(struct verb *v, const char *id);

#endif
