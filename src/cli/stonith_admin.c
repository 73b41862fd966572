/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stonith_admin - fencing by hand, its record, and what fence devices and agents say. */
#include "cli/stonith-task.h"
#include "rules/interval.h"

#include <string.h>

enum {
	OPTION_REGISTER = 1,
	OPTION_DEREGISTER,
	OPTION_REGISTER_LEVEL,
	OPTION_DEREGISTER_LEVEL,
	OPTION_LIST,
	OPTION_LIST_REGISTERED,
	OPTION_LIST_INSTALLED,
	OPTION_LIST_TARGETS,
	OPTION_METADATA,
	OPTION_QUERY,
	OPTION_HISTORY,
	OPTION_LAST,
	OPTION_VALIDATE,
	OPTION_FENCE,
	OPTION_UNFENCE,
	OPTION_REBOOT,
	OPTION_CONFIRM,
	OPTION_COMMANDS_END, /* those above are commands */
	OPTION_CLEANUP,
	OPTION_BROADCAST,
	OPTION_AGENT,
	OPTION_PARAMETER,
	OPTION_ENVIRONMENT,
	OPTION_TAG,
	OPTION_DEVICE,
	OPTION_INDEX,
	OPTION_TIMEOUT,
	OPTION_DELAY,
	OPTION_NODE_ID,
	OPTION_TOLERANCE,
	OPTION_QUIET,
};

static const struct option options[] = {
	{.help = "Device Definition Commands:"},
	{OPTION_REGISTER, 'R', "register", "DEVICE",
	 "Refused: the configuration has the devices (hale stonith create)"},
	{OPTION_DEREGISTER, 'D', "deregister", "DEVICE", "Refused, likewise (hale stonith delete)"},
	{OPTION_REGISTER_LEVEL, 'r', "register-level", "TARGET", "Refused, likewise (hale stonith level add)"},
	{OPTION_DEREGISTER_LEVEL, 'd', "deregister-level", "TARGET", "Refused, likewise (hale stonith level remove)"},
	{.help = "Queries:"},
	{OPTION_LIST, 'l', "list", "HOST", "List devices that can terminate the specified host"},
	{OPTION_LIST_REGISTERED, 'L', "list-registered", NULL, "List all configured devices"},
	{OPTION_LIST_INSTALLED, 'I', "list-installed", NULL, "List all installed fence agents"},
	{OPTION_LIST_TARGETS, 's', "list-targets", "DEVICE", "List the targets that can be fenced by the named device"},
	{OPTION_METADATA, 'M', "metadata", NULL, "Show agent metadata (needs --agent)"},
	{OPTION_QUERY, 'Q', "query", "DEVICE", "Check the named device's status, from this node"},
	{OPTION_HISTORY, 'H', "history", "NODE",
	 "Show the last successful fencing of a node ('*': of all nodes); with --quiet the time alone, in seconds "
	 "since "
	 "1970; with --verbose everything on record; with --cleanup forget it"},
	{OPTION_LAST, 'h', "last", "NODE", "Indicate when the named node was last fenced"},
	{OPTION_VALIDATE, 'K', "validate", NULL, "Validate a fence device configuration (needs --agent)"},
	{.help = "Fencing Commands:"},
	{OPTION_FENCE, 'F', "fence", "HOST", "Turn a node off, and wait for the end"},
	{OPTION_UNFENCE, 'U', "unfence", "HOST", "Turn a node on, or let it use its storage"},
	{OPTION_REBOOT, 'B', "reboot", "HOST", "Reboot a node, and wait for the end"},
	{OPTION_CONFIRM, 'C', "confirm", "HOST", "Tell the cluster that you have seen that the node is down"},
	{.help = "Additional Options:"},
	{OPTION_CLEANUP, 'c', "cleanup", NULL, "Forget the record (with --history)"},
	{OPTION_BROADCAST, 'b', "broadcast", NULL, "With --history: of all nodes. All members have the same record"},
	{OPTION_AGENT, 'a', "agent", "AGENT", "The agent to use, for example fence_xvm (with --metadata, --validate)"},
	{OPTION_PARAMETER, 'o', "option", "NAME=VALUE", "A parameter of the device; may be given several times"},
	{OPTION_ENVIRONMENT, 'e', "env-option", "NAME",
	 "A parameter whose value the environment has in OCF_RESKEY_NAME"},
	{OPTION_TAG, 'T', "tag", "TAG", "Goes on record as stonith_admin.TAG, to tell who wanted it"},
	{OPTION_DEVICE, 'v', "device", "DEVICE", "A device's id (with --validate: whose secrets are to be used)"},
	{OPTION_INDEX, 'i', "index", "LEVEL", "The fencing level (1-9)"},
	{OPTION_TIMEOUT, 't', "timeout", "SECONDS", "Operation timeout (default 120)"},
	{OPTION_DELAY, 'y', "delay", "SECONDS",
	 "Wait before fencing, besides the devices' delays; -1: no delay at all"},
	{OPTION_NODE_ID, 'n', "as-node-id", NULL, "The supplied node is the corosync node ID (with --last)"},
	{OPTION_TOLERANCE, 0, "tolerance", "SECONDS", "Do nothing if the same was done less than this time ago"},
	{OPTION_QUIET, 'q', "quiet", NULL, "Be less descriptive in output"},
	{0},
};

static const char details[] =
	"Agents that are asked something are run on this node. Fencing is done wherever the cluster can do it.\n"
	"\n"
	"Exit status: 0 when it was done, 1 when fencing failed, 3 for what Hale does otherwise, 64 when the command "
	"line\n"
	"is wrong, 102 when no cluster is running here, 105 when there is no such device, agent or node, 124 when it "
	"took\n"
	"too long.\n"
	"\n"
	"Examples:\n"
	"\n"
	"\tstonith_admin --reboot n2\n"
	"\tstonith_admin --history '*' --verbose\n"
	"\tstonith_admin --validate --agent fence_ipmilan --option ip=192.0.2.9\n";

enum { TIMEOUT_S = 120, SECONDS_MAX = 4294967, SPARE_MS = 10000 };

/* --- the command line --- */

/* The later of the table's commands counts, wherever in the line it stands, as with Pacemaker. */
static int command_of(const struct command_line *line)
{
	static const int order[] = {
		OPTION_VALIDATE,        OPTION_LIST_INSTALLED, OPTION_LIST_REGISTERED, OPTION_REGISTER,
		OPTION_QUERY,           OPTION_DEREGISTER,     OPTION_LIST_TARGETS,    OPTION_LIST,
		OPTION_METADATA,        OPTION_REBOOT,         OPTION_FENCE,           OPTION_UNFENCE,
		OPTION_CONFIRM,         OPTION_LAST,           OPTION_HISTORY,         OPTION_REGISTER_LEVEL,
		OPTION_DEREGISTER_LEVEL};
	int command = 0;
	for (size_t i = 0; i < G_N_ELEMENTS(order); i++)
		if (line_has(line, order[i]))
			command = order[i];
	return command;
}

static enum exit_code take_parameters(struct stonith_task *t)
{
	t->parameters = table_new(t->io->arena);
	for (size_t i = 0; i < t->line->given_count; i++) {
		const struct given *g = &t->line->given[i];
		if (g->id == OPTION_PARAMETER) {
			const char *equals = strchr(g->value, '=');
			if (equals == NULL || equals == g->value)
				return stonith_fail(t, EXIT_USAGE, "Invalid option: -o %s: it must be NAME=VALUE",
						    g->value);
			table_set(t->parameters, arena_string_n(t->io->arena, g->value, (size_t)(equals - g->value)),
				  equals + 1);
		} else if (g->id == OPTION_ENVIRONMENT) {
			const char *value =
				io_environment(t->io, arena_printf(t->io->arena, "OCF_RESKEY_%s", g->value));
			if (value == NULL)
				return stonith_fail(t, EXIT_INVALID_PARAMETER,
						    "Invalid option: -e %s: OCF_RESKEY_%s is not set", g->value,
						    g->value);
			table_set(t->parameters, g->value, value);
		}
	}
	return EXIT_OK;
}

static enum exit_code take_times(struct stonith_task *t)
{
	const char *timeout = line_value(t->line, OPTION_TIMEOUT), *delay = line_value(t->line, OPTION_DELAY);
	const char *tolerance = line_value(t->line, OPTION_TOLERANCE);
	int64_t timeout_s = TIMEOUT_S, delay_s = 0;
	if (timeout != NULL && !g_ascii_string_to_signed(timeout, 10, 1, SECONDS_MAX, &timeout_s, NULL))
		return stonith_fail(t, EXIT_USAGE, "Integer value \"%s\" for -t out of range", timeout);
	if (delay != NULL && !g_ascii_string_to_signed(delay, 10, -1, SECONDS_MAX, &delay_s, NULL))
		return stonith_fail(t, EXIT_USAGE, "Integer value \"%s\" for -y out of range", delay);
	if (tolerance != NULL && !interval_parse_ms(tolerance, &t->tolerance_ms))
		return stonith_fail(t, EXIT_USAGE, "--tolerance: '%s' is no time such as 5s", tolerance);
	t->timeout_ms = timeout_s * 1000;
	t->delay_ms = delay_s < 0 ? -1 : delay_s * 1000;
	return EXIT_OK;
}

static enum exit_code take_line(struct stonith_task *t, int command)
{
	const char *tag = line_value(t->line, OPTION_TAG);
	t->quiet = line_has(t->line, OPTION_QUIET);
	t->agent = line_value(t->line, OPTION_AGENT);
	t->device = line_value(t->line, OPTION_DEVICE);
	t->client = tag != NULL ? arena_printf(t->io->arena, "stonith_admin.%s", tag) : "stonith_admin";
	if (command == 0)
		return stonith_fail(t, EXIT_USAGE, "no command was given; stonith_admin --help names them");
	if ((command == OPTION_VALIDATE || command == OPTION_METADATA || command == OPTION_REGISTER) &&
	    t->agent == NULL)
		return stonith_fail(t, EXIT_USAGE, "Please specify an agent to query using -a,--agent [value]");
	if (line_has(t->line, OPTION_CLEANUP) && command != OPTION_HISTORY)
		return stonith_fail(t, EXIT_USAGE, "--cleanup needs --history");
	enum exit_code code = take_parameters(t);
	return code == EXIT_OK ? take_times(t) : code;
}

/* --- fencing --- */

static enum exit_code request(struct stonith_task *t, json_t *body, int64_t timeout_ms)
{
	(void)json_object_set_new(body, "client", json_string(t->client));
	t->place.call.timeout_ms = timeout_ms + SPARE_MS;
	return client_post(t->io, &t->place.call, "/v1/fences", body, &t->error);
}

static enum exit_code fence(struct stonith_task *t, const char *node, const char *action)
{
	json_t *body = json_pack("{s:s, s:s, s:I, s:I}", "node", node, "action", action, "timeout_ms",
				 (json_int_t)t->timeout_ms, "delay_ms", (json_int_t)t->delay_ms);
	if (t->tolerance_ms > 0)
		(void)json_object_set_new(body, "tolerance_ms", json_integer(t->tolerance_ms));
	enum exit_code code = request(t, body, t->timeout_ms + (t->delay_ms > 0 ? t->delay_ms : 0));
	if (code == EXIT_OK)
		return code;
	char *why = g_strdup(t->error.text);
	(void)stonith_fail(t, code, "Couldn't %s %s: %s", strcmp(action, "on") == 0 ? "unfence" : "fence", node, why);
	g_free(why);
	return code;
}

static enum exit_code confirm(struct stonith_task *t, const char *node)
{
	return request(t, json_pack("{s:s, s:s, s:b}", "node", node, "action", "off", "confirm", 1), t->timeout_ms);
}

/* --- the program --- */

static enum exit_code refuse(struct stonith_task *t, const char *verb)
{
	return stonith_fail(
		t, EXIT_UNIMPLEMENTED,
		"devices and levels are those of the configuration, which all nodes share: `hale stonith %s` "
		"changes it",
		verb);
}

static enum exit_code run_query(struct stonith_task *t, int command, const char *value)
{
	switch (command) {
	case OPTION_LIST:
		return stonith_list(t, value);
	case OPTION_LIST_REGISTERED:
		return stonith_list(t, NULL);
	case OPTION_LIST_INSTALLED:
		return stonith_list_installed(t);
	case OPTION_LIST_TARGETS:
		return stonith_list_targets(t, value);
	case OPTION_METADATA:
		return stonith_metadata(t);
	case OPTION_QUERY:
		return stonith_query(t, value);
	case OPTION_HISTORY:
		return stonith_history(t, value, line_has(t->line, OPTION_CLEANUP),
				       line_has(t->line, OPTION_BROADCAST));
	case OPTION_LAST:
		return stonith_last(t, value, line_has(t->line, OPTION_NODE_ID));
	default:
		return stonith_validate(t);
	}
}

static enum exit_code run_command(struct stonith_task *t, int command)
{
	const char *value = line_value(t->line, command);
	switch (command) {
	case OPTION_REGISTER:
		return refuse(t, "create");
	case OPTION_DEREGISTER:
		return refuse(t, "delete");
	case OPTION_REGISTER_LEVEL:
		return refuse(t, "level add");
	case OPTION_DEREGISTER_LEVEL:
		return refuse(t, "level remove");
	case OPTION_FENCE:
		return fence(t, value, "off");
	case OPTION_UNFENCE:
		return fence(t, value, "on");
	case OPTION_REBOOT:
		return fence(t, value, "reboot");
	case OPTION_CONFIRM:
		return confirm(t, value);
	default:
		return run_query(t, command, value);
	}
}

static int run(struct program_io *io, const struct command_line *line)
{
	struct stonith_task t = {.io = io, .line = line, .error = {.text = ""}};
	int command = command_of(line);
	result_open(&t.result, io, line, "stonith_admin");
	place_open(&t.place, io, "stonith_admin");
	enum exit_code code = take_line(&t, command);
	if (code == EXIT_OK)
		code = run_command(&t, command);
	if (code == EXIT_OK || t.error.text[0] == '\0')
		return result_close(&t.result, code);
	return result_fail(&t.result, code, "%s", t.error.text);
}

const struct program program_stonith_admin = {
	.rules = {.name = "stonith_admin",
		  .summary = "access the fencing of the cluster",
		  .details = details,
		  .options = options,
		  .forms = FORMS_TEXT_XML,
		  .output_code = EXIT_ERROR},
	.run = run,
};
