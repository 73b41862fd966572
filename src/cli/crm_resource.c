/* SPDX-License-Identifier: GPL-2.0-or-later */
/* crm_resource - all that is asked and done about resources. Here: its command line, what each command needs, and how
 * it ends; the commands stand in resource-task-*.c. */
#include "cli/resource-task-private.h"
#include "rules/interval.h"

#include <string.h>

enum {
	OPTION_RESOURCE = 1,
	OPTION_NODE,
	OPTION_VALUE,
	OPTION_META,
	OPTION_UTILIZATION,
	OPTION_ELEMENT,
	OPTION_TYPE,
	OPTION_OPERATION,
	OPTION_INTERVAL,
	OPTION_CLASS,
	OPTION_AGENT,
	OPTION_PROVIDER,
	OPTION_OPTION,
	OPTION_SET_NAME,
	OPTION_PAIR,
	OPTION_TIMEOUT,
	OPTION_ALL,
	OPTION_FORCE,
	OPTION_RECURSIVE,
	OPTION_EXPIRED,
	OPTION_LIFETIME,
	OPTION_PROMOTED,
	OPTION_IGNORED,
	COMMAND_LIST, /* from here on: commands; the last one counts */
	COMMAND_LIST_RAW,
	COMMAND_OPERATIONS,
	COMMAND_ALL_OPERATIONS,
	COMMAND_OPTIONS,
	COMMAND_STANDARDS,
	COMMAND_PROVIDERS,
	COMMAND_AGENTS,
	COMMAND_ALTERNATIVES,
	COMMAND_METADATA,
	COMMAND_QUERY,
	COMMAND_QUERY_RAW,
	COMMAND_GET,
	COMMAND_LOCATE,
	COMMAND_CONSTRAINTS,
	COMMAND_STACK,
	COMMAND_WHY,
	COMMAND_VALIDATE,
	COMMAND_CLEANUP,
	COMMAND_REFRESH,
	COMMAND_SET,
	COMMAND_DELETE_PARAMETER,
	COMMAND_MOVE,
	COMMAND_BAN,
	COMMAND_CLEAR,
	COMMAND_DELETE,
	COMMAND_FAIL,
	COMMAND_RESTART,
	COMMAND_WAIT,
	COMMAND_DIGESTS,
	COMMAND_FORCE_DEMOTE,
	COMMAND_FORCE_STOP,
	COMMAND_FORCE_START,
	COMMAND_FORCE_PROMOTE,
	COMMAND_FORCE_CHECK,
	COMMAND_GET_PROPERTY,
	COMMAND_SET_PROPERTY,
};

static const struct option options[] = {
	{OPTION_RESOURCE, 'r', "resource", "ID", "Resource ID"},
	{.help = "Queries:"},
	{COMMAND_LIST, 'L', "list", NULL, "List all cluster resources with status"},
	{COMMAND_LIST_RAW, 'l', "list-raw", NULL,
	 "List IDs of all instantiated resources (individual members rather than groups etc.)"},
	{COMMAND_OPERATIONS, 'O', "list-operations", NULL,
	 "List active resource operations, optionally filtered by --resource and/or --node"},
	{COMMAND_ALL_OPERATIONS, 'o', "list-all-operations", NULL,
	 "List all resource operations, optionally filtered by --resource and/or --node"},
	{COMMAND_OPTIONS, 0, "list-options", "TYPE",
	 "List what can be set of every primitive resource (primitive) or every fence device (fencing)"},
	{COMMAND_STANDARDS, 0, "list-standards", NULL, "List supported standards"},
	{COMMAND_PROVIDERS, 0, "list-ocf-providers", NULL, "List all available OCF providers"},
	{COMMAND_AGENTS, 0, "list-agents", "STD:PROV",
	 "List all agents available for the named standard and/or provider"},
	{COMMAND_ALTERNATIVES, 0, "list-ocf-alternatives", "AGENT",
	 "List all available providers for the named OCF agent"},
	{COMMAND_METADATA, 0, "show-metadata", "SPEC", "Show the metadata for the named class:provider:agent"},
	{COMMAND_QUERY, 'q', "query-xml", NULL, "Show XML configuration of resource (after any template expansion)"},
	{COMMAND_QUERY_RAW, 'w', "query-xml-raw", NULL,
	 "Show XML configuration of resource (before any template expansion)"},
	{COMMAND_GET, 'g', "get-parameter", "PARAM",
	 "Display named parameter for resource (use instance attribute unless --element, --meta, or --utilization is "
	 "specified)"},
	{COMMAND_LOCATE, 'W', "locate", NULL, "Show node(s) currently running resource"},
	{COMMAND_CONSTRAINTS, 'a', "constraints", NULL,
	 "Display the location and colocation constraints that apply to a resource, and with --recursive to those that "
	 "it is colocated with; of a member, those of the whole unless --force is given"},
	{COMMAND_STACK, 'A', "stack", NULL, "Equivalent to --constraints --recursive"},
	{COMMAND_WHY, 'Y', "why", NULL,
	 "Show why resources are not running, optionally filtered by --resource and/or --node"},
	{.help = "Commands:"},
	{COMMAND_VALIDATE, 0, "validate", "[LEVEL]",
	 "Let the agent check its parameters (validate-all): of a resource with -r, or those given by --class, "
	 "--provider, --agent and --option"},
	{COMMAND_CLEANUP, 'C', "cleanup", NULL,
	 "Forget past failures, so that the present state is looked at anew; optionally only of --resource, --node, "
	 "--operation and --interval. Of a member of something it is done to the whole unless --force is given"},
	{COMMAND_REFRESH, 'R', "refresh", NULL,
	 "Forget all that is known, so that the present state is looked at anew; optionally only of --resource and "
	 "--node. Of a member of something it is done to the whole unless --force is given"},
	{COMMAND_SET, 'p', "set-parameter", "PARAM",
	 "Set named parameter for resource (requires -v). Use instance attribute unless --element, --meta, or "
	 "--utilization is specified"},
	{COMMAND_DELETE_PARAMETER, 'd', "delete-parameter", "PARAM",
	 "Delete named parameter for resource. Use instance attribute unless --element, --meta or, --utilization is "
	 "specified"},
	{.help = "Locations:"},
	{COMMAND_MOVE, 'M', "move", NULL,
	 "Create a constraint to move resource: to --node, or without it away from the node where it is. With --force "
	 "it is also banned from there. Optional: --lifetime, --promoted. It holds until it is removed with --clear"},
	{COMMAND_BAN, 'B', "ban", NULL,
	 "Create a constraint to keep resource off a node: --node, or without it the one where it is (or, of a "
	 "promotable clone, is promoted) if that is one. Optional: --lifetime, --promoted. It holds until it is "
	 "removed "
	 "with --clear"},
	{COMMAND_CLEAR, 'U', "clear", NULL,
	 "Remove all constraints created by the --ban and/or --move commands. Requires: --resource. Optional: --node, "
	 "--promoted, --expired. With --node and --force, what --move made goes whatever node it is for"},
	{OPTION_EXPIRED, 'e', "expired", NULL,
	 "Modifies the --clear argument to remove constraints with expired lifetimes"},
	{OPTION_LIFETIME, 'u', "lifetime", "TIMESPEC",
	 "Lifespan (as ISO 8601 duration) of created constraints (with -B, -M)"},
	{OPTION_PROMOTED, 0, "promoted", NULL,
	 "Limit scope of command to promoted role (with -B, -M, -U). For -B and -M, previously promoted instances may "
	 "remain active in the unpromoted role"},
	{OPTION_PROMOTED, 0, "master", NULL, "Deprecated: Use --promoted instead"},
	{.help = "Advanced:"},
	{COMMAND_DELETE, 'D', "delete", NULL, "(Advanced) Delete a resource from the CIB. Required: -t"},
	{COMMAND_FAIL, 'F', "fail", NULL, "(Advanced) Tell the cluster this resource has failed. Required: --node"},
	{COMMAND_RESTART, 0, "restart", NULL,
	 "(Advanced) Restart this resource and anything that depends on it. For this the configuration is changed for "
	 "a "
	 "while"},
	{COMMAND_WAIT, 0, "wait", NULL, "(Advanced) Wait until the cluster settles into a stable state"},
	{COMMAND_DIGESTS, 0, "digests", NULL,
	 "(Advanced) Show parameter hashes by which changes of the configuration are seen. Required: --resource, "
	 "--node. Optional: NAME=VALUE words that replace what is configured"},
	{COMMAND_FORCE_DEMOTE, 0, "force-demote", NULL,
	 "(Advanced) Bypass the cluster and demote a resource on the local node; refused for a clone that is active, "
	 "unless --force is given"},
	{COMMAND_FORCE_STOP, 0, "force-stop", NULL,
	 "(Advanced) Bypass the cluster and stop a resource on the local node"},
	{COMMAND_FORCE_START, 0, "force-start", NULL,
	 "(Advanced) Bypass the cluster and start a resource on the local node; refused for a clone that is active, "
	 "unless --force is given"},
	{COMMAND_FORCE_PROMOTE, 0, "force-promote", NULL,
	 "(Advanced) Bypass the cluster and promote a resource on the local node; refused for a clone that is active, "
	 "unless --force is given"},
	{COMMAND_FORCE_CHECK, 0, "force-check", "[LEVEL]",
	 "(Advanced) Bypass the cluster and check the state of a resource on the local node"},
	{.help = "Additional Options:"},
	{OPTION_NODE, 'N', "node", "NAME", "Node name"},
	{OPTION_RECURSIVE, 0, "recursive", NULL,
	 "Follow colocation chains when using --set-parameter or --constraints"},
	{OPTION_TYPE, 't', "resource-type", "ELEMENT", "Resource XML element (primitive, group, etc.) (with -D)"},
	{OPTION_VALUE, 'v', "parameter-value", "PARAM", "Value to use with -p"},
	{OPTION_META, 'm', "meta", NULL, "Use resource meta-attribute instead of instance attribute (with -p, -g, -d)"},
	{OPTION_UTILIZATION, 'z', "utilization", NULL,
	 "Use resource utilization attribute instead of instance attribute (with -p, -g, -d)"},
	{OPTION_ELEMENT, 0, "element", NULL,
	 "Use resource element attribute instead of instance attribute (with -p, -g, -d)"},
	{OPTION_OPERATION, 'n', "operation", "OPERATION", "Operation to clear instead of all (with -C)"},
	{OPTION_INTERVAL, 'I', "interval", "N", "Interval of operation to clear (default 0s) (with -C -n)"},
	{OPTION_CLASS, 0, "class", "CLASS",
	 "The standard the resource agent conforms to (for example, ocf). Use with --agent, --provider, --option, and "
	 "--validate"},
	{OPTION_AGENT, 0, "agent", "AGENT",
	 "The agent to use (for example, IPaddr). Use with --class, --provider, --option, and --validate"},
	{OPTION_PROVIDER, 0, "provider", "PROVIDER",
	 "The vendor that supplies the resource agent (for example, heartbeat). Use with --class, --agent, --option, "
	 "and --validate"},
	{OPTION_OPTION, 0, "option", "PARAM",
	 "A parameter as NAME=VALUE (may be specified multiple times). Use with --validate and without the -r option"},
	{OPTION_SET_NAME, 's', "set-name", "ID", "(Advanced) XML ID of attributes element to use (with -p, -d)"},
	{OPTION_PAIR, 'i', "nvpair", "ID", "(Advanced) XML ID of nvpair element to use (with -p, -d)"},
	{OPTION_TIMEOUT, 'T', "timeout", "N",
	 "(Advanced) Abort if command does not finish in this time (with --restart, --wait, --force-*)"},
	{OPTION_ALL, 0, "all", NULL, "List all options, including advanced and deprecated (with --list-options)"},
	{OPTION_FORCE, 'f', "force", NULL,
	 "Force the action to be performed. See help for individual commands for additional behavior"},
	{OPTION_NODE, 'H', "host-uname", "HOST", "--node", .hidden = true},
	{COMMAND_GET_PROPERTY, 'G', "get-property", "PROPERTY", "--element --get-parameter", .hidden = true},
	{COMMAND_SET_PROPERTY, 'S', "set-property", "PROPERTY", "--element --set-parameter", .hidden = true},
	{OPTION_IGNORED, 'x', "xml-file", "FILE", "Understood for old callers", .hidden = true},
	{0},
};

static const char details[] =
	"Without a command it lists the resources. Of several commands the last one counts.\n"
	"\n"
	"Exit status: 0 when it was done (also when there was nothing to do), 2 for one instance of a clone where the\n"
	"whole is wanted, 64 when the command line is wrong, 78 when the change would break the schema, 102 when no\n"
	"cluster is running here, 105 when there is no such resource, node or agent, 107 when it would not be safe,\n"
	"108 when the resource is there already, 109 when several things match, 124 when the time is up. --validate\n"
	"and --force-* end with what the agent said.\n"
	"\n"
	"Examples:\n"
	"\n"
	"List the available OCF agents from the linux-ha project:\n"
	"\n"
	"\tcrm_resource --list-agents ocf:heartbeat\n"
	"\n"
	"Move myResource to a specific node, and let it go where it likes later:\n"
	"\n"
	"\tcrm_resource --resource myResource --move --node altNode\n"
	"\tcrm_resource --resource myResource --clear\n"
	"\n"
	"Stop it (and anything that depends on it):\n"
	"\n"
	"\tcrm_resource --resource myResource --set-parameter target-role --meta --parameter-value Stopped\n"
	"\n"
	"Forget its failures on aNode:\n"
	"\n"
	"\tcrm_resource --resource myResource --cleanup --node aNode\n";

/* --- what each command needs --- */

enum need {
	NEED_CIB = 1,
	NEED_RESOURCE = 2, /* --resource */
	NEED_NODE = 4,     /* --node */
	FIND = 8,          /* the resource, if one is named */
	FIND_UNIQUE = 16,  /* also one of a unique clone by its name without number */
	WHOLE = 32,        /* not one instance of a clone */
	AGENT = 64,        /* or an agent that the command line names */
	WORDS = 128,       /* takes NAME=VALUE words */
};

static const struct task_command {
	int id;
	unsigned needs;
	enum exit_code (*run)(struct resource_task *t);
	const char *action; /* of those that run an agent */
} commands[] = {
	{COMMAND_LIST, NEED_CIB, task_list, NULL},
	{COMMAND_LIST_RAW, NEED_CIB, task_list_raw, NULL},
	{COMMAND_OPERATIONS, NEED_CIB, task_list_operations, NULL},
	{COMMAND_ALL_OPERATIONS, NEED_CIB, task_list_all_operations, NULL},
	{COMMAND_OPTIONS, 0, task_list_options, NULL},
	{COMMAND_STANDARDS, 0, task_list_standards, NULL},
	{COMMAND_PROVIDERS, 0, task_list_providers, NULL},
	{COMMAND_AGENTS, 0, task_list_agents, NULL},
	{COMMAND_ALTERNATIVES, 0, task_list_alternatives, NULL},
	{COMMAND_METADATA, 0, task_show_metadata, NULL},
	{COMMAND_QUERY, NEED_CIB | NEED_RESOURCE | FIND | FIND_UNIQUE, task_query, NULL},
	{COMMAND_QUERY_RAW, NEED_CIB | NEED_RESOURCE | FIND | FIND_UNIQUE, task_query_raw, NULL},
	{COMMAND_GET, NEED_CIB | NEED_RESOURCE | FIND | FIND_UNIQUE, task_get_parameter, NULL},
	{COMMAND_GET_PROPERTY, NEED_CIB | NEED_RESOURCE | FIND | FIND_UNIQUE, task_get_parameter, NULL},
	{COMMAND_LOCATE, NEED_CIB | NEED_RESOURCE | FIND, task_locate, NULL},
	{COMMAND_CONSTRAINTS, NEED_CIB | NEED_RESOURCE | FIND, task_constraints, NULL},
	{COMMAND_STACK, NEED_CIB | NEED_RESOURCE | FIND, task_constraints, NULL},
	{COMMAND_WHY, NEED_CIB | FIND, task_why, NULL},
	{COMMAND_VALIDATE, NEED_CIB | NEED_RESOURCE | FIND | AGENT | WORDS, task_run_agent, "validate"},
	{COMMAND_CLEANUP, NEED_CIB | FIND, task_cleanup, NULL},
	{COMMAND_REFRESH, NEED_CIB | FIND, task_refresh, NULL},
	{COMMAND_SET, NEED_CIB | NEED_RESOURCE | FIND | FIND_UNIQUE, task_set_parameter, NULL},
	{COMMAND_SET_PROPERTY, NEED_CIB | NEED_RESOURCE | FIND | FIND_UNIQUE, task_set_parameter, NULL},
	{COMMAND_DELETE_PARAMETER, NEED_CIB | NEED_RESOURCE | FIND | FIND_UNIQUE, task_delete_parameter, NULL},
	{COMMAND_MOVE, NEED_CIB | NEED_RESOURCE | FIND | WHOLE, task_move, NULL},
	{COMMAND_BAN, NEED_CIB | NEED_RESOURCE | FIND | WHOLE, task_ban, NULL},
	{COMMAND_CLEAR, NEED_CIB | NEED_RESOURCE | FIND | WHOLE, task_clear, NULL},
	{COMMAND_DELETE, NEED_CIB | NEED_RESOURCE, task_delete, NULL},
	{COMMAND_FAIL, NEED_CIB | NEED_RESOURCE | NEED_NODE | FIND, task_fail_resource, NULL},
	{COMMAND_RESTART, NEED_CIB | NEED_RESOURCE | FIND | WHOLE, task_restart, NULL},
	{COMMAND_WAIT, NEED_CIB, task_wait, NULL},
	{COMMAND_DIGESTS, NEED_CIB | NEED_RESOURCE | NEED_NODE | FIND | WORDS, task_digests, NULL},
	{COMMAND_FORCE_DEMOTE, NEED_CIB | NEED_RESOURCE | FIND | AGENT | WORDS, task_run_agent, "force-demote"},
	{COMMAND_FORCE_STOP, NEED_CIB | NEED_RESOURCE | FIND | AGENT | WORDS, task_run_agent, "force-stop"},
	{COMMAND_FORCE_START, NEED_CIB | NEED_RESOURCE | FIND | AGENT | WORDS, task_run_agent, "force-start"},
	{COMMAND_FORCE_PROMOTE, NEED_CIB | NEED_RESOURCE | FIND | AGENT | WORDS, task_run_agent, "force-promote"},
	{COMMAND_FORCE_CHECK, NEED_CIB | NEED_RESOURCE | FIND | AGENT | WORDS, task_run_agent, "force-check"},
};

static const struct task_command *command_of(int id)
{
	for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
		if (commands[i].id == id)
			return &commands[i];
	return NULL;
}

/* --- the command line --- */

/* NAME=VALUE into *table, which is made with the first. */
static bool take_pair(struct resource_task *t, const char *word, struct table **table)
{
	const char *equal = strchr(word, '=');
	if (equal == NULL || equal == word || equal[1] == '\0')
		return false;
	if (*table == NULL)
		*table = table_new(t->io->arena);
	table_set(*table, arena_string_n(t->io->arena, word, (size_t)(equal - word)), equal + 1);
	return true;
}

static void take_command(struct resource_task *t, const struct given *g)
{
	switch (g->id) {
	case COMMAND_GET:
	case COMMAND_SET:
	case COMMAND_DELETE_PARAMETER:
		t->parameter = g->value;
		break;
	case COMMAND_GET_PROPERTY:
	case COMMAND_SET_PROPERTY:
		t->parameter = g->value;
		t->sets = NULL;
		break;
	case COMMAND_OPTIONS:
	case COMMAND_AGENTS:
	case COMMAND_ALTERNATIVES:
	case COMMAND_METADATA:
		t->spec = g->value;
		break;
	case COMMAND_STACK:
		t->recursive = true;
		break;
	case COMMAND_VALIDATE:
	case COMMAND_FORCE_CHECK:
		t->check_level = g->value;
		break;
	default:
		break;
	}
}

/* Options that are remembered as they are. */
static void take_values(struct resource_task *t)
{
	const struct command_line *line = t->line;
	const struct {
		int id;
		const char **to;
	} values[] = {
		{OPTION_RESOURCE, &t->resource}, {OPTION_NODE, &t->node_name},      {OPTION_VALUE, &t->value},
		{OPTION_TYPE, &t->element},      {OPTION_OPERATION, &t->operation}, {OPTION_INTERVAL, &t->interval},
		{OPTION_CLASS, &t->class_},      {OPTION_AGENT, &t->agent},         {OPTION_PROVIDER, &t->provider},
		{OPTION_SET_NAME, &t->set_id},   {OPTION_PAIR, &t->pair_id},        {OPTION_LIFETIME, &t->lifetime},
	};
	const struct {
		int id;
		bool *to;
	} flags[] = {
		{OPTION_ALL, &t->all},         {OPTION_FORCE, &t->force},       {OPTION_RECURSIVE, &t->recursive},
		{OPTION_EXPIRED, &t->expired}, {OPTION_PROMOTED, &t->promoted},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(values); i++)
		*values[i].to = line_value(line, values[i].id);
	for (size_t i = 0; i < G_N_ELEMENTS(flags); i++)
		*flags[i].to = line_has(line, flags[i].id);
}

static enum exit_code check_values(struct resource_task *t)
{
	const char *timeout = line_value(t->line, OPTION_TIMEOUT);
	if (t->check_level != NULL && t->check_level[strspn(t->check_level, "0123456789")] != '\0')
		return task_fail(t, EXIT_USAGE, "Invalid check level setting: %s", t->check_level);
	if (timeout != NULL && (!timeout_parse_ms(timeout, &t->timeout_ms) || t->timeout_ms < 0))
		return task_fail(t, EXIT_USAGE, "Error parsing option --timeout: '%s' is no time such as 30s", timeout);
	int64_t ignored;
	if (t->interval != NULL && !interval_parse_ms(t->interval, &ignored))
		return task_fail(t, EXIT_USAGE, "Error parsing option --interval: '%s' is no time such as 30s",
				 t->interval);
	return EXIT_OK;
}

static enum exit_code take_words(struct resource_task *t, const struct task_command *c)
{
	const struct command_line *line = t->line;
	if (line->word_count > 0 && (c->needs & WORDS) == 0) {
		GString *text = g_string_new("non-option ARGV-elements:");
		for (size_t i = 0; i < line->word_count; i++)
			g_string_append_printf(text, "\n[%zu of %zu] %s", i + 1, line->word_count, line->words[i]);
		enum exit_code code = task_fail(t, EXIT_USAGE, "%s", text->str);
		(void)g_string_free(text, TRUE);
		return code;
	}
	if ((c->needs & WORDS) != 0)
		t->overrides = table_new(t->io->arena);
	for (size_t i = 0; i < line->word_count; i++)
		if (!take_pair(t, line->words[i], &t->overrides))
			return task_fail(t, EXIT_USAGE, "Error parsing '%s' as a name=value pair", line->words[i]);
	return EXIT_OK;
}

static enum exit_code take_line(struct resource_task *t, const struct task_command **ret_command)
{
	int id = COMMAND_LIST;
	take_values(t);
	t->sets = "instance_attributes";
	for (size_t i = 0; i < t->line->given_count; i++) {
		const struct given *g = &t->line->given[i];
		if (g->id >= COMMAND_LIST)
			id = g->id;
		if (g->id == OPTION_META)
			t->sets = "meta_attributes";
		else if (g->id == OPTION_UTILIZATION)
			t->sets = "utilization";
		else if (g->id == OPTION_ELEMENT)
			t->sets = NULL;
		else if (g->id == OPTION_OPTION && !take_pair(t, g->value, &t->options))
			return task_fail(t, EXIT_USAGE, "Error parsing option --option: '%s' is no NAME=VALUE",
					 g->value);
		take_command(t, g);
	}
	*ret_command = command_of(id);
	t->action = (*ret_command)->action;
	if (id == COMMAND_OPTIONS && strcmp(t->spec, "primitive") != 0 && strcmp(t->spec, "fencing") != 0)
		return task_fail(t, EXIT_USAGE,
				 "Error parsing option --list-options: '%s' is neither primitive nor "
				 "fencing",
				 t->spec);
	if (t->expired && id != COMMAND_CLEAR)
		return task_fail(t, EXIT_USAGE, "--expired requires --clear or -U");
	enum exit_code code = check_values(t);
	return code == EXIT_OK ? take_words(t, *ret_command) : code;
}

/* --- what it is about --- */

static enum exit_code check_needs(struct resource_task *t, const struct task_command *c)
{
	bool has_agent = t->class_ != NULL || t->provider != NULL || t->agent != NULL;
	if (has_agent)
		return task_check_agent(t);
	if (t->options != NULL)
		return task_fail(t, EXIT_USAGE, "--option must be used with --validate and without -r");
	if ((c->needs & NEED_RESOURCE) != 0 && !t->expired && t->resource == NULL)
		return task_fail(t, EXIT_USAGE, "Must supply a resource ID with -r/--resource");
	if ((c->needs & NEED_NODE) != 0 && t->node_name == NULL)
		return task_fail(t, EXIT_USAGE, "Must supply a node name with -N/--node");
	return EXIT_OK;
}

static enum exit_code find(struct resource_task *t, const struct task_command *c)
{
	if (t->node_name != NULL && (t->node = node_find(t->cluster, t->node_name)) == NULL)
		return task_fail(t, EXIT_NO_SUCH, "Node '%s' not found", t->node_name);
	if (t->resource == NULL || (c->needs & FIND) == 0)
		return EXIT_OK;
	t->rsc = task_find(t->cluster, t->resource, (c->needs & FIND_UNIQUE) != 0);
	if (t->rsc == NULL)
		return task_fail(t, EXIT_NO_SUCH, "Resource '%s' not found", t->resource);
	bool is_instance = t->rsc->parent != NULL && resource_is_clone(t->rsc->parent);
	if ((c->needs & WHOLE) != 0 && is_instance && strchr(t->resource, ':') != NULL)
		return task_fail(t, EXIT_INVALID_PARAMETER, "Cannot operate on clone resource instance '%s'",
				 t->resource);
	return EXIT_OK;
}

static enum exit_code do_task(struct resource_task *t)
{
	const struct task_command *c = NULL;
	enum exit_code code = take_line(t, &c);
	if (code == EXIT_OK)
		code = check_needs(t, c);
	if (code == EXIT_OK && (c->needs & NEED_CIB) != 0 && t->class_ == NULL) {
		code = task_load(t);
		if (code == EXIT_OK)
			code = find(t, c);
	}
	return code == EXIT_OK ? c->run(t) : code;
}

static int run(struct program_io *io, const struct command_line *line)
{
	struct resource_task t = {.io = io, .line = line, .error = {.text = ""}};
	result_open(&t.result, io, line, "crm_resource");
	place_open(&t.place, io, "crm_resource");
	enum exit_code code = do_task(&t);
	task_unload(&t);
	if (code == EXIT_OK || (code == EXIT_USAGE && t.why == NULL))
		return result_close(&t.result, code);
	if (code == EXIT_USAGE)
		return result_fail(&t.result, code, "%s", t.why);
	return result_fail(&t.result, code, "%s%sError performing operation: %s", t.why != NULL ? t.why : "",
			   t.why != NULL ? "\n" : "", exit_message(code));
}

const struct program program_crm_resource = {
	.rules = {.name = "crm_resource",
		  .summary = "perform tasks related to Pacemaker cluster resources",
		  .words = "[NAME=VALUE…]",
		  .details = details,
		  .options = options,
		  .forms = FORMS_TEXT_XML,
		  .quiet = true,
		  .output_code = EXIT_ERROR},
	.run = run,
};
