/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hale resource restart, debug-start, debug-stop, debug-promote, debug-demote, debug-monitor - what crm_resource does.
 */
#include "cli/face.h"

#include <string.h>

static const struct option restart_options[] = {VERB_OPTIONS_LIVE, {0}};

static enum exit_code act_restart(struct verb *v)
{
	const char *id = verb_word(v, 0), *node = verb_word(v, 1);
	const char *argv[] = {"crm_resource", "--restart", "--resource", id, NULL, NULL, NULL, NULL, NULL};
	size_t count = 4;
	if (id == NULL || verb_word_count(v) > 2)
		return verb_usage(v, "name the resource, and one node at most");
	if (node != NULL) {
		argv[count++] = "--node";
		argv[count++] = node;
	}
	if (v->wait_s > 0) {
		argv[count++] = "--timeout";
		argv[count] = arena_printf(v->io->arena, "%llds", (long long)v->wait_s);
	}
	return face_run(v, argv);
}

const struct program program_hale_resource_restart = {
	.rules = {.name = "hale resource restart",
		  .summary = "stop a resource and start it again; and what depends on it",
		  .words = "ID [NODE]",
		  .details =
			  "Ends when everything runs again, or --wait seconds are over. With NODE, of a clone only the "
			  "instance there.",
		  .options = restart_options},
	.act = act_restart,
};

/* ---- agents by hand ---- */

enum { OPTION_FULL = 1, OPTION_FORCE };

static const struct option debug_options[] = {
	{OPTION_FULL, 0, "full", NULL, "Let the agent tell each step"},
	{OPTION_FORCE, 0, "force", NULL, "Also when it runs elsewhere, or is a clone"},
	{.help = "General:"},
	VERB_OPTION_SOCKET,
	{0},
};

static enum exit_code act_debug(struct verb *v)
{
	const char *action = v->name + strlen("hale resource debug-");
	const char *option =
		strcmp(action, "monitor") == 0 ? "--force-check" : arena_printf(v->io->arena, "--force-%s", action);
	const char *argv[] = {"crm_resource", option, "--resource", verb_word(v, 0), NULL, NULL, NULL};
	size_t count = 4;
	if (verb_word_count(v) != 1)
		return verb_usage(v, "name one resource");
	if (verb_has(v, OPTION_FORCE))
		argv[count++] = "--force";
	if (verb_has(v, OPTION_FULL))
		argv[count] = "-VV";
	return face_run(v, argv);
}

#define DEBUG_DETAILS                                                                                              \
	"The agent is run on this node, outside of the cluster, which may undo it or take it for a failure. Ends " \
	"with "                                                                                                    \
	"what the agent ended with."

const struct program program_hale_resource_debug_start = {
	.rules = {.name = "hale resource debug-start",
		  .summary = "run a resource's agent here by hand: start",
		  .words = "ID",
		  .details = DEBUG_DETAILS,
		  .options = debug_options},
	.act = act_debug,
};

const struct program program_hale_resource_debug_stop = {
	.rules = {.name = "hale resource debug-stop",
		  .summary = "run a resource's agent here by hand: stop",
		  .words = "ID",
		  .details = DEBUG_DETAILS,
		  .options = debug_options},
	.act = act_debug,
};

const struct program program_hale_resource_debug_promote = {
	.rules = {.name = "hale resource debug-promote",
		  .summary = "run a resource's agent here by hand: promote",
		  .words = "ID",
		  .details = DEBUG_DETAILS,
		  .options = debug_options},
	.act = act_debug,
};

const struct program program_hale_resource_debug_demote = {
	.rules = {.name = "hale resource debug-demote",
		  .summary = "run a resource's agent here by hand: demote",
		  .words = "ID",
		  .details = DEBUG_DETAILS,
		  .options = debug_options},
	.act = act_debug,
};

const struct program program_hale_resource_debug_monitor = {
	.rules = {.name = "hale resource debug-monitor",
		  .summary = "run a resource's agent here by hand: monitor",
		  .words = "ID",
		  .details = DEBUG_DETAILS,
		  .options = debug_options},
	.act = act_debug,
};
