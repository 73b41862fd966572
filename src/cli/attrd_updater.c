/* SPDX-License-Identifier: GPL-2.0-or-later */
/* attrd_updater - transient attributes of nodes, as agents set and ask them. */
#include "cli/node-attribute.h"
#include "cli/pacemaker-result.h"
#include "rules/interval.h"

#include <string.h>

enum {
	OPTION_NAME = 1,
	OPTION_PATTERN,
	OPTION_UPDATE,
	OPTION_UPDATE_BOTH,
	OPTION_UPDATE_DELAY,
	OPTION_QUERY,
	OPTION_DELETE,
	OPTION_REFRESH,
	OPTION_DELAY,
	OPTION_SET,
	OPTION_NODE,
	OPTION_ALL,
	OPTION_LIFETIME,
	OPTION_PRIVATE,
	OPTION_WAIT,
	OPTION_UTILIZATION,
	OPTION_IGNORED,
};

static const struct option options[] = {
	{.help = "Required Arguments:"},
	{OPTION_NAME, 'n', "name", "NAME", "The attribute's name"},
	{OPTION_PATTERN, 'P', "pattern", "PATTERN",
	 "Operate on all attributes matching this pattern (with -B, -D, -U, or -Y)"},
	{.help = "Command (of several the last one counts):"},
	{OPTION_UPDATE, 'U', "update", "VALUE",
	 "Update the attribute's value. --delay counts only if this creates the attribute"},
	{OPTION_UPDATE_BOTH, 'B', "update-both", "VALUE",
	 "Update the attribute's value and its dampening. Requires --delay"},
	{OPTION_UPDATE_DELAY, 'Y', "update-delay", NULL, "Update the attribute's dampening. Requires --delay"},
	{OPTION_QUERY, 'Q', "query", NULL,
	 "Show the attribute's value on this node, with --node on another one, or with --all on all of them"},
	{OPTION_DELETE, 'D', "delete", NULL, "Unset the attribute"},
	{OPTION_REFRESH, 'R', "refresh", NULL,
	 "Understood for old callers: all values are in the status already, unless they wait for their dampening"},
	{.help = "Additional Options:"},
	{OPTION_DELAY, 'd', "delay", "SECONDS",
	 "The time to wait (dampening) for further changes before writing to the status"},
	{OPTION_SET, 's', "set", "SET", "The attribute set in which to place the value"},
	{OPTION_NODE, 'N', "node", "NODE", "Set or show the attribute of this node (instead of the local one)"},
	{OPTION_ALL, 'A', "all", NULL, "Show values of the attribute for all nodes (query only)"},
	{OPTION_LIFETIME, 'l', "lifetime", "SECTION", "Understood for old callers, and without effect"},
	{OPTION_PRIVATE, 'p', "private", NULL, "If this creates a new attribute, never write it to the status"},
	{OPTION_WAIT, 'W', "wait", "UNTIL",
	 "no, local or cluster: understood for old callers. It is always waited until all members know the value"},
	{OPTION_UTILIZATION, 'z', "utilization", NULL,
	 "When creating a new attribute, create it as a utilization attribute"},
	{OPTION_UPDATE, 'v', "update-value", "VALUE", "Update", .hidden = true},
	{OPTION_IGNORED, 'q', "quiet", NULL, "Understood for old callers", .hidden = true},
	{OPTION_IGNORED, 'S', "section", "SECTION", "Understood for old callers", .hidden = true},
	{0},
};

static const char details[] =
	"Exit status: 0 when it was done, 64 when the command line is wrong, 102 when no cluster is running here,\n"
	"105 when a query found no value.\n";

struct updater {
	struct program_io *io;
	const struct command_line *line;
	struct pacemaker_result result;
	struct place place;
	struct error error;
	struct node_attribute attribute;
	int command;
	const char *value;
};

static bool is_command(int id)
{
	return id >= OPTION_UPDATE && id <= OPTION_REFRESH;
}

static void take_command(struct updater *u)
{
	u->command = OPTION_QUERY;
	for (size_t i = 0; i < u->line->given_count; i++) {
		const struct given *g = &u->line->given[i];
		if (!is_command(g->id))
			continue;
		u->command = g->id;
		if (g->value != NULL)
			u->value = g->value;
	}
}

static bool take_delay(struct updater *u)
{
	const char *text = line_value(u->line, OPTION_DELAY);
	u->attribute.delay_ms = -1;
	if (text == NULL) {
		if (u->command == OPTION_UPDATE_BOTH || u->command == OPTION_UPDATE_DELAY)
			result_line(&u->result, "Warning: '%c' command given without required --delay",
				    u->command == OPTION_UPDATE_BOTH ? 'B' : 'Y');
		return true;
	}
	return interval_parse_ms(text, &u->attribute.delay_ms);
}

static const char *wrong_wait(const char *until)
{
	static const char *const words[] = {"no", "local", "cluster"};
	for (size_t i = 0; until != NULL && i < G_N_ELEMENTS(words); i++)
		if (strcmp(until, words[i]) == 0)
			return NULL;
	return until == NULL ? NULL : "--wait= must be one of 'no', 'local', 'cluster'";
}

/* NULL: the line is right. */
static const char *take_line(struct updater *u)
{
	const char *name = line_value(u->line, OPTION_NAME), *pattern = line_value(u->line, OPTION_PATTERN);
	take_command(u);
	if (name != NULL && pattern != NULL)
		return "Error: --name and --pattern cannot be used at the same time";
	if (pattern != NULL && (u->command == OPTION_QUERY || u->command == OPTION_REFRESH))
		return "Error: pattern can only be used with delete or update";
	if (name == NULL && pattern == NULL && u->command != OPTION_REFRESH)
		return "Command requires --name or --pattern argument";
	if (!take_delay(u))
		return "Invalid value for --delay: give seconds, or a time such as 500ms or 5min";
	u->attribute.name = name != NULL ? name : pattern;
	u->attribute.is_pattern = pattern != NULL;
	u->attribute.node = place_target(&u->place, line_value(u->line, OPTION_NODE));
	u->attribute.set = line_value(u->line, OPTION_SET);
	u->attribute.is_private = line_has(u->line, OPTION_PRIVATE);
	u->attribute.is_utilization = line_has(u->line, OPTION_UTILIZATION);
	return wrong_wait(line_value(u->line, OPTION_WAIT));
}

static void show_value(struct updater *u, const json_t *entry)
{
	const char *name = json_string_value(json_object_get(entry, "name"));
	const char *node = json_string_value(json_object_get(entry, "node"));
	const char *value = json_string_value(json_object_get(entry, "value"));
	if (u->result.is_xml) {
		markup_empty(&u->result.markup, "attribute", "name", name, "value", value, "host", node, NULL);
		return;
	}
	GString *safe = g_string_new(NULL);
	node_attribute_escape(value, safe);
	result_line(&u->result, "name=\"%s\" host=\"%s\" value=\"%s\"", name, node, safe->str);
	(void)g_string_free(safe, TRUE);
}

static enum exit_code query(struct updater *u)
{
	json_t *list = NULL, *entry;
	size_t i;
	bool all = line_has(u->line, OPTION_ALL);
	enum exit_code code = node_attribute_list(&u->place, u->attribute.name, all ? NULL : u->attribute.node, all,
						  &list, &u->error);
	if (code == EXIT_OK && json_array_size(list) == 0) {
		(void)error_set(&u->error, ERR_NOT_FOUND, "Could not query value of %s: attribute does not exist",
				u->attribute.name);
		code = EXIT_NO_SUCH;
	}
	json_array_foreach (list, i, entry)
		show_value(u, entry);
	json_decref(list);
	return code;
}

static enum exit_code update(struct updater *u)
{
	struct node_attribute *a = &u->attribute;
	a->value = u->command == OPTION_DELETE ? NULL : u->value;
	a->delay_only = u->command == OPTION_UPDATE_DELAY;
	/* Pacemaker: of an attribute that exists, -U leaves the dampening as it is. */
	json_t *known = NULL;
	if (u->command == OPTION_UPDATE && a->delay_ms >= 0 && !a->is_pattern) {
		enum exit_code code = node_attribute_list(&u->place, a->name, NULL, true, &known, &u->error);
		if (code != EXIT_OK)
			return code;
		if (json_array_size(known) > 0)
			a->delay_ms = -1;
		json_decref(known);
	}
	if (u->command == OPTION_DELETE)
		a->delay_ms = -1;
	enum exit_code code = node_attribute_change(&u->place, a, &u->error);
	/* What is not there needs no deleting. */
	return code == EXIT_NO_SUCH && u->command == OPTION_DELETE ? EXIT_OK : code;
}

static int run(struct program_io *io, const struct command_line *line)
{
	struct updater u = {.io = io, .line = line, .error = {.text = ""}};
	result_open(&u.result, io, line, "attrd_updater");
	place_open(&u.place, io, "attrd_updater");
	u.place.path = NULL; /* files have no members to be told */
	const char *wrong = take_line(&u);
	if (wrong != NULL)
		return result_fail(&u.result, EXIT_USAGE, "%s", wrong);
	enum exit_code code = EXIT_OK;
	if (u.command == OPTION_QUERY)
		code = query(&u);
	else if (u.command != OPTION_REFRESH)
		code = update(&u);
	if (code != EXIT_OK)
		return result_fail(&u.result, code, "%s", u.error.text);
	return result_close(&u.result, EXIT_OK);
}

const struct program program_attrd_updater = {
	.rules = {.name = "attrd_updater",
		  .summary = "query and update Pacemaker node attributes",
		  .details = details,
		  .options = options,
		  .forms = FORMS_TEXT_XML,
		  .output_code = EXIT_ERROR},
	.run = run,
};
