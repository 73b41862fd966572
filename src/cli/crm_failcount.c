/* SPDX-License-Identifier: GPL-2.0-or-later */
/* crm_failcount - how often a resource failed on a node, and forgetting it. */
#include "cli/pacemaker-result.h"
#include "cli/place.h"
#include "rules/interval.h"
#include "rules/score.h"

#include <string.h>
#include <unistd.h>

enum {
	OPTION_QUERY = 1,
	OPTION_DELETE,
	OPTION_RESOURCE,
	OPTION_OPERATION,
	OPTION_INTERVAL,
	OPTION_NODE,
	OPTION_VALUE,
	OPTION_IGNORED,
	OPTION_QUIET,
};

static const struct option options[] = {
	{.help = "Commands:"},
	{OPTION_QUERY, 'G', "query", NULL, "Query the current value of the resource's fail count"},
	{OPTION_DELETE, 'D', "delete", NULL, "Delete the resource's recorded failures"},
	{.help = "Additional Options:"},
	{OPTION_RESOURCE, 'r', "resource", "RESOURCE", "Name of the resource (required)"},
	{OPTION_OPERATION, 'n', "operation", "OPERATION", "Of this operation alone"},
	{OPTION_INTERVAL, 'I', "interval", "INTERVAL", "If an operation is named, its interval (default 0)"},
	{OPTION_NODE, 'N', "node", "NODE", "On this node (instead of the local one)"},
	{OPTION_QUIET, 'q', "quiet", NULL, "Print only the value"},
	{OPTION_QUIET, 'Q', NULL, NULL, "--quiet", .hidden = true},
	{OPTION_QUERY, 0, "get-value", NULL, "--query", .hidden = true},
	{OPTION_DELETE, 0, "delete-attr", NULL, "--delete", .hidden = true},
	{OPTION_RESOURCE, 0, "resource-id", "RESOURCE", "--resource", .hidden = true},
	{OPTION_NODE, 'U', "uname", "NODE", "--node", .hidden = true},
	{OPTION_VALUE, 'v', "attr-value", "VALUE", "0: as --delete", .hidden = true},
	{OPTION_IGNORED, 'i', "attr-id", "XML_ID", "Understood for old callers", .hidden = true},
	{OPTION_IGNORED, 'l', "lifetime", "LIFETIME", "Understood for old callers", .hidden = true},
	{0},
};

static const char details[] =
	"Exit status: 0 when it was done, 64 when the command line is wrong, 102 when no cluster is running here, 105\n"
	"when there is no such node.\n"
	"\n"
	"Examples:\n"
	"\n"
	"\tcrm_failcount --query --resource web --node n1\n"
	"\tcrm_failcount --delete --resource web --node n1 --operation monitor --interval 10s\n";

enum { HOST_NAME_SIZE = 256 };

struct failcount {
	struct program_io *io;
	struct pacemaker_result result;
	struct place place;
	struct error error;
	int command;
	const char *rsc, *node, *operation;
	int64_t interval_ms;
	bool quiet;
};

/* --- what is wanted --- */

static void take_command(struct failcount *f, const struct command_line *line)
{
	for (size_t i = 0; i < line->given_count; i++) {
		const struct given *g = &line->given[i];
		if (g->id == OPTION_QUERY || g->id == OPTION_DELETE)
			f->command = g->id;
		else if (g->id == OPTION_VALUE && strcmp(g->value, "0") == 0)
			f->command = OPTION_DELETE;
		else if (g->id == OPTION_VALUE || g->id == OPTION_IGNORED)
			(void)fprintf(f->io->err, "crm_failcount: an old option with the value '%s' is ignored\n",
				      g->value);
	}
}

/* NULL: the line is right. */
static const char *take_line(struct failcount *f, const struct command_line *line)
{
	const char *interval = line_value(line, OPTION_INTERVAL);
	take_command(f, line);
	f->rsc = line_value(line, OPTION_RESOURCE);
	f->node = line_value(line, OPTION_NODE);
	f->operation = line_value(line, OPTION_OPERATION);
	f->quiet = line_has(line, OPTION_QUIET);
	if (f->command == 0)
		return "must specify a command: --query or --delete";
	if (f->rsc == NULL || f->rsc[0] == '\0')
		return "resource name required: --resource";
	if (interval != NULL && !interval_parse_ms(interval, &f->interval_ms))
		return "--interval must be a time such as 10s";
	if (interval != NULL && f->operation == NULL)
		return "--interval needs an --operation";
	return NULL;
}

static enum exit_code find_node(struct failcount *f)
{
	enum exit_code code = EXIT_OK;
	char host[HOST_NAME_SIZE] = "";
	f->node = place_target(&f->place, f->node);
	if (f->node == NULL && f->place.path == NULL)
		f->node = place_own_node(&f->place, &code, &f->error);
	if (f->node == NULL && code == EXIT_OK) {
		(void)gethostname(host, sizeof(host) - 1);
		f->node = arena_string(f->io->arena, host);
	}
	return code;
}

/* --- showing --- */

/* Failures are counted for each operation; old releases counted them for the resource alone. */
static bool is_counted(const struct failcount *f, const char *name, const char *all)
{
	size_t length = strlen(all);
	if (strncmp(name, all, length) != 0)
		return false;
	if (f->operation == NULL)
		return name[length] == '#' || name[length] == '\0';
	const char *one = arena_printf(f->io->arena, "%s#%s_%lld", all, f->operation, (long long)f->interval_ms);
	return strcmp(name, one) == 0;
}

static enum exit_code query(struct failcount *f)
{
	GPtrArray *found = g_ptr_array_new();
	struct document *d = NULL;
	const char *name = arena_printf(f->io->arena, "fail-count-%s", f->rsc);
	int sum = 0, count;
	enum exit_code code = EXIT_NO_SUCH;
	if (place_is_literal(f->node)) {
		const char *x = arena_printf(f->io->arena,
					     "/cib/status/node_state[@uname='%s'] | "
					     "/cib/configuration/nodes/node[@uname='%s']",
					     f->node, f->node);
		code = place_select(&f->place, x, found, &d, &f->error);
	}
	if (code == EXIT_NO_SUCH)
		(void)error_set(&f->error, ERR_NOT_FOUND, "the cluster has no node %s", f->node);
	for (guint i = 0; i < found->len; i++) {
		const struct element *all = element_first_named(g_ptr_array_index(found, i), NAME_TRANSIENT_ATTRIBUTES);
		for_each_named(set, all, NAME_INSTANCE_ATTRIBUTES)
		{
			for_each_named(pair, set, NAME_NVPAIR)
			{
				if (is_counted(f, element_get_or(pair, NAME_NAME, ""), name) &&
				    score_parse(element_get_or(pair, NAME_VALUE, "0"), 0, &count))
					sum = score_add(sum, count);
			}
		}
	}
	document_free(d);
	g_ptr_array_unref(found);
	if (code != EXIT_OK)
		return code;
	const char *value = sum >= SCORE_INFINITY ? "INFINITY" : arena_printf(f->io->arena, "%d", sum);
	if (f->quiet)
		result_line(&f->result, "%s", value);
	else if (f->operation != NULL)
		result_line(&f->result, "scope=status  name=%s#%s_%lld value=%s", name, f->operation,
			    (long long)f->interval_ms, value);
	else
		result_line(&f->result, "scope=status  name=%s value=%s", name, value);
	return EXIT_OK;
}

/* --- forgetting --- */

static enum exit_code forget(struct failcount *f)
{
	if (f->place.path != NULL) {
		result_line(&f->result, "Dry run: skipping clean-up of %s on %s due to CIB_file", f->rsc, f->node);
		return EXIT_OK;
	}
	json_t *body = json_pack("{s:s, s:s, s:s, s:s*, s:I}", "what", "failures", "resource", f->rsc, "node", f->node,
				 "operation", f->operation, "interval_ms", (json_int_t)f->interval_ms);
	enum exit_code code = client_post(f->io, &f->place.call, "/v1/forget", body, &f->error);
	if (code == EXIT_OK && !f->quiet)
		result_line(&f->result, "Cleaned up %s on %s", f->rsc, f->node);
	return code;
}

static int run(struct program_io *io, const struct command_line *line)
{
	struct failcount f = {.io = io, .error = {.text = ""}};
	result_open(&f.result, io, line, "crm_failcount");
	place_open(&f.place, io, "crm_failcount");
	const char *wrong = take_line(&f, line);
	if (wrong != NULL)
		return result_fail(&f.result, EXIT_USAGE, "%s", wrong);
	enum exit_code code = find_node(&f);
	if (code == EXIT_OK)
		code = f.command == OPTION_QUERY ? query(&f) : forget(&f);
	return code == EXIT_OK ? result_close(&f.result, code) : result_fail(&f.result, code, "%s", f.error.text);
}

const struct program program_crm_failcount = {
	.rules = {.name = "crm_failcount",
		  .summary = "query or delete a resource's fail count",
		  .details = details,
		  .options = options},
	.run = run,
};
