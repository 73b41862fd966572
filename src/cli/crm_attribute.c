/* SPDX-License-Identifier: GPL-2.0-or-later */
/* crm_attribute - cluster options and attributes of nodes. */
#include "cli/attribute-request.h"
#include "cli/known-options.h"
#include "cli/option-list.h"

#include <string.h>

enum {
	OPTION_ALL = 1,
	OPTION_ID,
	OPTION_NAME,
	OPTION_PATTERN,
	OPTION_PROMOTION,
	OPTION_SET,
	OPTION_DELETE,
	OPTION_QUERY,
	OPTION_UPDATE,
	OPTION_DEFAULT,
	OPTION_TYPE,
	OPTION_NODE,
	OPTION_SCORE,
	OPTION_WAIT,
	OPTION_UTILIZATION,
	OPTION_QUIET,
	OPTION_LIST,
};

static const struct option options[] = {
	{.help = "Selecting attributes:"},
	{OPTION_ALL, 'a', "all", NULL,
	 "With --list-options, include advanced and deprecated options; with --output-as=xml they always are"},
	{OPTION_ID, 'i', "id", "XML_ID", "Operate on the attribute with this id"},
	{OPTION_NAME, 'n', "name", "NAME",
	 "Operate on the attribute or option with this name. A query without it shows all of them"},
	{OPTION_PATTERN, 'P', "pattern", "PATTERN",
	 "Operate on all attributes matching this pattern (with -v, -D, or -G)"},
	{OPTION_PROMOTION, 'p', "promotion", "[RESOURCE]",
	 "Operate on the promotion score of this resource, or of the one that OCF_RESOURCE_INSTANCE names; its "
	 "lifetime "
	 "is reboot (agents call this)"},
	{OPTION_SET, 's', "set-name", "NAME", "Operate on an attribute within the set with this id"},
	{.help = "Commands:"},
	{OPTION_LIST, 'L', "list-options", "TYPE", "List all available options of the given type: cluster"},
	{OPTION_DELETE, 'D', "delete", NULL, "Delete the attribute or option (with -n or -P)"},
	{OPTION_QUERY, 'G', "query", NULL, "Show the value of the attribute or option"},
	{OPTION_UPDATE, 'v', "update", "VALUE", "Update the value of the attribute or option (with -n or -P)"},
	{.help = "Additional options:"},
	{OPTION_DEFAULT, 'd', "default", "VALUE", "Show this when there is no value"},
	{OPTION_TYPE, 'l', "lifetime", "LIFETIME", "Lifetime of a node's attribute: reboot or forever"},
	{OPTION_NODE, 'N', "node", "NODE", "Operate on this node's attribute (instead of a cluster option)"},
	{OPTION_TYPE, 't', "type", "SECTION",
	 "Which part of the configuration: crm_config, rsc_defaults, op_defaults, tickets, nodes, status"},
	{OPTION_SCORE, 0, "score", NULL,
	 "A new value \"NAME++\" or \"NAME+=N\" of the attribute NAME is added to the score that is there. This is so "
	 "without this option too"},
	{OPTION_WAIT, 'W', "wait", "UNTIL",
	 "no, local or cluster: understood for old callers. It is always waited until all members know the value"},
	{OPTION_UTILIZATION, 'z', "utilization", NULL, "Operate on a utilization attribute of the node"},
	{OPTION_QUIET, 'q', "quiet", NULL, "Show the value alone"},
	{OPTION_QUIET, 'Q', NULL, NULL, "Show the value alone", .hidden = true},
	{OPTION_NAME, 0, "attr-name", "NAME", "--name", .hidden = true},
	{OPTION_UPDATE, 0, "attr-value", "VALUE", "--update", .hidden = true},
	{OPTION_DELETE, 0, "delete-attr", NULL, "--delete", .hidden = true},
	{OPTION_QUERY, 0, "get-value", NULL, "--query", .hidden = true},
	{OPTION_ID, 0, "attr-id", "XML_ID", "--id", .hidden = true},
	{OPTION_NODE, 'U', "node-uname", "NODE", "--node", .hidden = true},
	{OPTION_NODE, 0, "uname", "NODE", "--node", .hidden = true},
	{0},
};

static const char details[] =
	"Exit status: 0 when it was done, or what was to be deleted is not there, 64 when the command line is wrong, "
	"78\n"
	"when the change would break the schema, 102 when no cluster is running here, 105 when there is no such\n"
	"attribute or node, 109 when several attributes have the name.\n"
	"\n"
	"Examples:\n"
	"\n"
	"Set the attribute location of the node myhost:\n"
	"\n"
	"\tcrm_attribute --node myhost --name location --update office\n"
	"\n"
	"Show it:\n"
	"\n"
	"\tcrm_attribute --node myhost --name location --query\n"
	"\n"
	"Show the value of a cluster option alone:\n"
	"\n"
	"\tcrm_attribute --type crm_config --name cluster-delay --query --quiet\n";

/* The last command counts. */
static void take_command(const struct command_line *line, struct attribute_request *q)
{
	for (size_t i = 0; i < line->given_count; i++) {
		const struct given *g = &line->given[i];
		if (g->id == OPTION_DELETE)
			q->command = ATTRIBUTE_DELETE;
		else if (g->id == OPTION_QUERY)
			q->command = ATTRIBUTE_QUERY;
		else if (g->id == OPTION_UPDATE)
			q->command = ATTRIBUTE_UPDATE;
	}
	q->value = line_value(line, OPTION_UPDATE);
}

/* Pacemaker's name for it, whatever the role is called now. */
static bool take_promotion(const struct program_io *io, const struct command_line *line, struct attribute_request *q)
{
	const char *rsc = line_value(line, OPTION_PROMOTION);
	if (!line_has(line, OPTION_PROMOTION))
		return true;
	if (rsc == NULL && line->word_count == 1) /* "-p RESOURCE" with a blank between */
		rsc = line->words[0];
	if (rsc == NULL)
		rsc = io_environment(io, "OCF_RESOURCE_INSTANCE");
	if (rsc == NULL)
		return false;
	q->name = arena_printf(io->arena, "master-%s", rsc);
	if (q->section == NULL)
		q->section = "status";
	return true;
}

/* NULL: the line is right. */
static const char *take_line(const struct program_io *io, const struct command_line *line, struct attribute_request *q)
{
	q->section = line_value(line, OPTION_TYPE);
	q->is_utilization = line_has(line, OPTION_UTILIZATION);
	q->node = line_value(line, OPTION_NODE);
	q->name = line_value(line, OPTION_NAME);
	q->pattern = line_value(line, OPTION_PATTERN);
	q->id = line_value(line, OPTION_ID);
	q->set = line_value(line, OPTION_SET);
	q->default_value = line_value(line, OPTION_DEFAULT);
	q->quiet = line_has(line, OPTION_QUIET);
	take_command(line, q);
	if (line->word_count > (line_has(line, OPTION_PROMOTION) ? 1 : 0))
		return "There is one word too many; try --help";
	if (!take_promotion(io, line, q))
		return "-p/--promotion must be called from an OCF resource agent or with a resource ID specified";
	if (q->section == NULL)
		q->section = q->node != NULL || q->is_utilization ? "nodes" : "crm_config";
	bool is_named = q->name != NULL || q->pattern != NULL;
	if (q->command == ATTRIBUTE_DELETE && !is_named)
		return "Error: must specify attribute name or pattern to delete";
	if (q->command == ATTRIBUTE_UPDATE && !is_named)
		return "Error: must specify attribute name or pattern to update";
	if (q->name != NULL && q->pattern != NULL)
		return "Error: --name and --pattern cannot be used at the same time";
	return NULL;
}

/* --- what can be set --- */

/* What known_cluster_options does not say of some of them. */
static const struct {
	const char *name, *type; /* type NULL: as the table has it */
	bool advanced, generated, deprecated;
} remarks[] = {
	{"cancel-removed-actions", NULL, .deprecated = true},
	{"cluster-infrastructure", NULL, .generated = true},
	{"cluster-ipc-limit", "nonnegative_integer", .deprecated = true},
	{"concurrent-fencing", NULL, .deprecated = true},
	{"dc-version", "version", .generated = true},
	{"election-timeout", NULL, .advanced = true},
	{"enable-startup-probes", NULL, .deprecated = true},
	{"fence-remote-without-quorum", NULL, .advanced = true},
	{"fencing-enabled", NULL, .advanced = true},
	{"fencing-max-attempts", "score"},
	{"fencing-watchdog-timeout", "timeout"},
	{"have-watchdog", NULL, .generated = true},
	{"join-finalization-timeout", NULL, .advanced = true},
	{"join-integration-timeout", NULL, .advanced = true},
	{"last-lrm-refresh", NULL, .generated = true},
	{"load-threshold", "percentage"},
	{"shutdown-escalation", NULL, .advanced = true},
	{"startup-fencing", NULL, .advanced = true},
	{"stop-removed-resources", NULL, .deprecated = true},
	{"transition-delay", NULL, .advanced = true},
};

static struct listed_option listed(const struct known_option *known)
{
	static const char *const types[] = {
		[KNOWN_TEXT] = "string",     [KNOWN_BOOL] = "boolean", [KNOWN_DURATION] = "duration",
		[KNOWN_INTEGER] = "integer", [KNOWN_SCORE] = "score",  [KNOWN_WORD] = "select"};
	struct listed_option o = {.name = known->name,
				  .type = types[known->type],
				  .otherwise = known->otherwise[0] != '\0' ? known->otherwise : NULL,
				  .words = known->words,
				  .brief = known->help};
	for (size_t i = 0; i < G_N_ELEMENTS(remarks); i++) {
		if (strcmp(remarks[i].name, o.name) != 0)
			continue;
		o.type = remarks[i].type != NULL ? remarks[i].type : o.type;
		o.advanced = remarks[i].advanced;
		o.generated = remarks[i].generated;
		o.deprecated = remarks[i].deprecated;
	}
	return o;
}

static int list_options(struct pacemaker_result *r, const struct command_line *line)
{
	const char *what = line_value(line, OPTION_LIST);
	if (strcmp(what, "cluster") != 0)
		return result_fail(r, EXIT_USAGE, "Invalid --list-options value '%s'. Allowed values: cluster", what);
	GArray *list = g_array_new(TRUE, TRUE, sizeof(struct listed_option));
	for (const struct known_option *known = known_cluster_options; known->name != NULL; known++) {
		struct listed_option o = listed(known);
		g_array_append_val(list, o);
		if (known->old_name == NULL)
			continue;
		o.replacement = known->name;
		o.name = known->old_name;
		o.deprecated = true;
		o.brief = arena_printf(r->io->arena, "Another, older name for %s", known->name);
		g_array_append_val(list, o);
	}
	option_list_show(r, "cluster-options", "Pacemaker cluster options",
			 "Also known as properties, these are options of the whole cluster. They stand in "
			 "cluster_property_set elements below crm_config in the configuration.",
			 (const struct listed_option *)(const void *)list->data, line_has(line, OPTION_ALL));
	(void)g_array_free(list, TRUE);
	return result_close(r, EXIT_OK);
}

static int run(struct program_io *io, const struct command_line *line)
{
	struct attribute_request q = {.command = ATTRIBUTE_QUERY};
	struct pacemaker_result r;
	struct place p;
	struct error error = {.text = ""};
	result_open(&r, io, line, "crm_attribute");
	place_open(&p, io, "crm_attribute");
	if (line_has(line, OPTION_LIST))
		return list_options(&r, line);
	const char *wrong = take_line(io, line, &q);
	if (wrong != NULL)
		return result_fail(&r, EXIT_USAGE, "%s", wrong);
	enum exit_code code = attribute_request_run(&q, &p, &r, &error);
	return code == EXIT_OK ? result_close(&r, code) : result_fail(&r, code, "%s", error.text);
}

const struct program program_crm_attribute = {
	.rules = {.name = "crm_attribute",
		  .summary = "query and update Pacemaker cluster options and node attributes",
		  .words = "[RESOURCE]",
		  .details = details,
		  .options = options,
		  .forms = FORMS_TEXT_XML,
		  .output_code = EXIT_ERROR},
	.run = run,
};

/* --- crm_master: the promotion score of the resource whose agent calls --- */

static int run_master(struct program_io *io, const struct command_line *line)
{
	struct attribute_request q = {.command = ATTRIBUTE_QUERY, .section = "status"};
	struct pacemaker_result r;
	struct place p;
	struct error error = {.text = ""};
	result_open(&r, io, line, "crm_master");
	place_open(&p, io, "crm_master");
	const char *rsc = line_value(line, OPTION_PROMOTION);
	if (rsc == NULL)
		rsc = io_environment(io, "OCF_RESOURCE_INSTANCE");
	if (rsc == NULL)
		return result_fail(&r, EXIT_USAGE,
				   "OCF_RESOURCE_INSTANCE is not set: agents call this, or name a resource with -r");
	take_command(line, &q);
	q.name = arena_printf(io->arena, "master-%s", rsc);
	q.node = line_value(line, OPTION_NODE);
	q.id = line_value(line, OPTION_ID);
	q.quiet = line_has(line, OPTION_QUIET);
	if (line_has(line, OPTION_TYPE))
		q.section = line_value(line, OPTION_TYPE);
	enum exit_code code = attribute_request_run(&q, &p, &r, &error);
	return code == EXIT_OK ? result_close(&r, code) : result_fail(&r, code, "%s", error.text);
}

#define SHORT_OPTIONS                                                                                            \
	{OPTION_QUERY, 'G', "query", NULL, "Show the value"}, {OPTION_UPDATE, 'v', "update", "VALUE", "Set it"}, \
		{OPTION_DELETE, 'D', "delete", NULL, "Delete it"},                                               \
		{OPTION_NODE, 'N', "node", "NODE", "Of this node (instead of the local one)"},                   \
		{OPTION_TYPE, 'l', "lifetime", "LIFETIME", "How long it holds: reboot or forever"},              \
		{OPTION_ID, 'i', "id", "XML_ID", "The attribute with this id"},                                  \
		{OPTION_QUIET, 'q', "quiet", NULL, "Show the value alone"},                                      \
		{OPTION_QUIET, 'Q', NULL, NULL, "Show the value alone", .hidden = true},                         \
		{OPTION_QUERY, 0, "get-value", NULL, "--query", .hidden = true},                                 \
		{OPTION_UPDATE, 0, "attr-value", "VALUE", "--update", .hidden = true},                           \
		{OPTION_DELETE, 0, "delete-attr", NULL, "--delete", .hidden = true},                             \
		{OPTION_ID, 0, "attr-id", "XML_ID", "--id", .hidden = true},                                     \
	{                                                                                                        \
		OPTION_NODE, 'U', "uname", "NODE", "--node", .hidden = true                                      \
	}

static const struct option master_options[] = {
	SHORT_OPTIONS,
	{OPTION_PROMOTION, 'r', "resource", "RESOURCE", "Of this resource (instead of OCF_RESOURCE_INSTANCE)"},
	{0},
};

const struct program program_crm_master = {
	.rules = {.name = "crm_master",
		  .summary = "query and update a resource's promotion score on a node, as agents do",
		  .options = master_options},
	.run = run_master,
};

/* --- crm_standby --- */

/* Without a lifetime, the lasting attribute counts where there is one. */
static enum exit_code query_standby(struct attribute_request *q, struct place *p, struct pacemaker_result *r,
				    struct error *reterr)
{
	q->section = "nodes";
	enum exit_code code = attribute_request_run(q, p, r, reterr);
	if (code != EXIT_NO_SUCH)
		return code;
	q->section = "status";
	q->default_value = "off";
	return attribute_request_run(q, p, r, reterr);
}

static enum exit_code change_standby(struct attribute_request *q, struct place *p, struct pacemaker_result *r,
				     struct error *reterr)
{
	q->section = "nodes";
	enum exit_code code = attribute_request_run(q, p, r, reterr);
	if (code != EXIT_OK || q->command == ATTRIBUTE_UPDATE)
		return code;
	q->section = "status";
	return attribute_request_run(q, p, r, reterr);
}

static int run_standby(struct program_io *io, const struct command_line *line)
{
	struct attribute_request q = {.command = ATTRIBUTE_QUERY, .name = "standby"};
	struct pacemaker_result r;
	struct place p;
	struct error error = {.text = ""};
	result_open(&r, io, line, "crm_standby");
	place_open(&p, io, "crm_standby");
	take_command(line, &q);
	q.node = line_value(line, OPTION_NODE);
	q.id = line_value(line, OPTION_ID);
	q.quiet = line_has(line, OPTION_QUIET);
	q.section = line_value(line, OPTION_TYPE);
	enum exit_code code = q.section != NULL              ? attribute_request_run(&q, &p, &r, &error)
			      : q.command == ATTRIBUTE_QUERY ? query_standby(&q, &p, &r, &error)
							     : change_standby(&q, &p, &r, &error);
	return code == EXIT_OK ? result_close(&r, code) : result_fail(&r, code, "%s", error.text);
}

static const struct option standby_options[] = {SHORT_OPTIONS, {0}};

const struct program program_crm_standby = {
	.rules = {.name = "crm_standby",
		  .summary = "query, enable, or disable standby mode of a node: then it can run no resources",
		  .options = standby_options},
	.run = run_standby,
};
