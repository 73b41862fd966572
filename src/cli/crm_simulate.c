/* SPDX-License-Identifier: GPL-2.0-or-later */
/* crm_simulate - what would the cluster do now, and what if? */
#include "cib/schema.h"
#include "cib/upgrade.h"
#include "cli/input.h"
#include "cli/profile.h"
#include "cli/program.h"
#include "report/status.h"
#include "report/summary.h"
#include "rules/moment.h"
#include "scheduler/graph.h"
#include "transition/rehearsal.h"

#include <string.h>

enum {
	OPTION_RUN = 1,
	OPTION_SIMULATE,
	OPTION_IN_PLACE,
	OPTION_ATTRIBUTES,
	OPTION_FAIL_COUNTS,
	OPTION_SCORES,
	OPTION_UTILIZATION,
	OPTION_PROFILE,
	OPTION_REPEAT,
	OPTION_PENDING,
	OPTION_NODE_UP,
	OPTION_NODE_DOWN,
	OPTION_NODE_FAIL,
	OPTION_OPERATION,
	OPTION_OPERATION_FAIL,
	OPTION_DATE,
	OPTION_QUORUM,
	OPTION_WATCHDOG,
	OPTION_GRANT,
	OPTION_REVOKE,
	OPTION_STANDBY,
	OPTION_ACTIVATE,
	OPTION_SAVE_INPUT,
	OPTION_SAVE_OUTPUT,
	OPTION_SAVE_GRAPH,
	OPTION_SAVE_DOT,
	OPTION_ALL_ACTIONS,
	OPTION_LIVE,
	OPTION_FILE,
	OPTION_PIPE,
};

static const struct option options[] = {
	{.help = "Operations:"},
	{OPTION_RUN, 'R', "run", NULL, "Show what the cluster would do"},
	{OPTION_SIMULATE, 'S', "simulate", NULL,
	 "The same, then act as if all of it were done and show the status after"},
	{OPTION_IN_PLACE, 'X', "in-place", NULL, "Like --simulate, and write the result back to the input file"},
	{OPTION_ATTRIBUTES, 'A', "show-attrs", NULL, "Show node attributes"},
	{OPTION_FAIL_COUNTS, 'c', "show-failcounts", NULL, "Show resource fail counts"},
	{OPTION_SCORES, 's', "show-scores", NULL, "Show allocation scores"},
	{OPTION_UTILIZATION, 'U', "show-utilization", NULL, "Show utilization information"},
	{OPTION_PROFILE, 'P', "profile", "DIR", "Time a run over every XML file of a folder"},
	{OPTION_REPEAT, 'N', "repeat", "N", "With --profile, run each file N times"},
	{OPTION_PENDING, 'j', "pending", NULL, "Pending operations are always shown", .hidden = true},
	{.help = "Synthetic cluster events:"},
	{OPTION_NODE_UP, 'u', "node-up", "NODE", "Bring a node online"},
	{OPTION_NODE_DOWN, 'd', "node-down", "NODE", "Take a node offline"},
	{OPTION_NODE_FAIL, 'f', "node-fail", "NODE", "Let a node fail"},
	{OPTION_OPERATION, 'i', "op-inject", "OPSPEC", "Let an operation have had this result, see below"},
	{OPTION_OPERATION_FAIL, 'F', "op-fail", "OPSPEC",
	 "If the simulation comes to this operation, let it fail, see below"},
	{OPTION_DATE, 't', "set-datetime", "DATETIME", "Take this for the present time (ISO 8601)"},
	{OPTION_QUORUM, 'q', "quorum", "QUORUM", "Whether the cluster has quorum (1 or true, 0 or false)"},
	{OPTION_WATCHDOG, 'w', "watchdog", "DEVICE", "Whether it has an active watchdog (1 or true, 0 or false)"},
	{OPTION_GRANT, 'g', "ticket-grant", "TICKET", "Grant a ticket"},
	{OPTION_REVOKE, 'r', "ticket-revoke", "TICKET", "Revoke a ticket"},
	{OPTION_STANDBY, 'b', "ticket-standby", "TICKET", "Make a ticket standby"},
	{OPTION_ACTIVATE, 'e', "ticket-activate", "TICKET", "Activate a ticket"},
	{.help = "Artifacts:"},
	{OPTION_SAVE_INPUT, 'I', "save-input", "FILE", "Write the configuration, with the events above, to FILE"},
	{OPTION_SAVE_OUTPUT, 'O', "save-output", "FILE", "Write the configuration after the simulation to FILE"},
	{OPTION_SAVE_GRAPH, 'G', "save-graph", "FILE", "Write the transition as XML to FILE"},
	{OPTION_SAVE_DOT, 'D', "save-dotfile", "FILE", "Write the transition for Graphviz to FILE"},
	{OPTION_ALL_ACTIONS, 'a', "all-actions", NULL, "In the picture, show actions too that are not needed"},
	{.help = "Data source:"},
	{OPTION_LIVE, 'L', "live-check", NULL, "Ask the running cluster"},
	{OPTION_FILE, 'x', "xml-file", "FILE", "Read the configuration from FILE"},
	{OPTION_PIPE, 'p', "xml-pipe", NULL, "Read the configuration from standard input"},
	{0},
};

struct simulation {
	struct program_io *io;
	const struct command_line *line;
	struct document *document;
	struct cluster *cluster;
	GString *text; /* not yet printed */
	struct outline outline;
	bool quiet, scores, utilization, process, rehearse;
	const char *source; /* NULL: the running cluster */
};

static void flush(struct simulation *s)
{
	(void)fwrite(s->text->str, 1, s->text->len, s->io->out);
	(void)fflush(s->io->out);
	g_string_truncate(s->text, 0);
}

static int fail(struct simulation *s, enum exit_code code, const char *text)
{
	flush(s);
	fprintf(s->io->err, "crm_simulate: %s\n", text);
	return code;
}

/* --- input --- */

static const char *source_of(const struct command_line *line)
{
	const char *source = "-";
	for (size_t i = 0; i < line->given_count; i++) {
		if (line->given[i].id == OPTION_FILE)
			source = line->given[i].value;
		else if (line->given[i].id == OPTION_PIPE)
			source = "-";
		else if (line->given[i].id == OPTION_LIVE)
			source = NULL;
	}
	return source;
}

static int complain_all(struct simulation *s, const GPtrArray *problems)
{
	flush(s);
	GString *text = g_string_new(NULL);
	for (guint i = 0; i < problems->len; i++)
		problem_print(g_ptr_array_index(problems, i), s->source != NULL ? s->source : "cib", text);
	fputs(text->str, s->io->err);
	(void)g_string_free(text, TRUE);
	return EXIT_CONFIGURATION;
}

static int check_document(struct simulation *s)
{
	struct error error;
	if (document_section(s->document, NAME_STATUS) == NULL)
		element_add(document_root(s->document), NAME_STATUS);
	enum err e = cib_upgrade(s->document, &error);
	if (e != ERR_OK)
		return fail(s, EXIT_CONFIGURATION, error.text);
	if (cib_is_unchecked(s->document)) {
		fputs("Schema validation of configuration is disabled (support for validate-with set to \"none\" is "
		      "deprecated"
		      " and will be removed in a future release)\n",
		      s->io->err);
		return EXIT_OK;
	}
	if (cib_validate(s->document, NULL))
		return EXIT_OK;
	GPtrArray *problems = problems_new();
	(void)cib_validate(s->document, problems);
	int code = complain_all(s, problems);
	g_ptr_array_unref(problems);
	return code;
}

static int read_document(struct simulation *s)
{
	struct error error;
	enum err e = input_document(s->io, s->source, &s->document, &error);
	/* Pacemaker calls all that it cannot read bad data. */
	if (e != ERR_OK)
		return fail(s, s->source != NULL ? EXIT_DATA : exit_of(e), error.text);
	return check_document(s);
}

/* --- time --- */

/* What is taken for now, and said to be so. */
static int choose_now(struct simulation *s, int64_t *ret_now)
{
	struct moment_here here = {.now = (int64_t)(s->io->now.ns / 1000000000u)};
	const char *wished = line_value(s->line, OPTION_DATE);
	struct moment m;
	struct error error;
	*ret_now = here.now;
	if (wished != NULL) {
		if (moment_parse(wished, &here, &m, &error) != ERR_OK)
			return fail(s, EXIT_USAGE, error.text);
		*ret_now = moment_epoch(&m);
		if (!s->quiet)
			g_string_append_printf(s->text, "Setting effective cluster time: %s\n", wished);
		return EXIT_OK;
	}
	const char *original = element_get(document_root(s->document), NAME_EXECUTION_DATE);
	if (original == NULL)
		return EXIT_OK;
	char buffer[MOMENT_TEXT_SIZE];
	*ret_now = g_ascii_strtoll(original, NULL, 10);
	m = moment_of_epoch(*ret_now, 0);
	if (!s->quiet)
		g_string_append_printf(s->text, "Using the original execution date of: %s\n",
				       moment_text(&m, MOMENT_DATE | MOMENT_TIME, buffer));
	return EXIT_OK;
}

/* A new run over the document as it is now. */
static int renew_cluster(struct simulation *s)
{
	int64_t now;
	int code = choose_now(s, &now);
	if (code != EXIT_OK)
		return code;
	cluster_free(s->cluster);
	s->cluster = cluster_new(s->document, now);
	s->cluster->sanitized = s->source != NULL; /* files are often stripped of secrets */
	return EXIT_OK;
}

/* --- status --- */

static void report_status(struct simulation *s, unsigned sections, const char *title)
{
	sections |= STATUS_NODES | STATUS_RESOURCES;
	if (line_has(s->line, OPTION_ATTRIBUTES))
		sections |= STATUS_ATTRIBUTES;
	if (line_has(s->line, OPTION_FAIL_COUNTS))
		sections |= STATUS_FAIL_COUNTS;
	status_report(&s->outline, s->cluster, sections, title);
}

static int report_present(struct simulation *s)
{
	int code = renew_cluster(s);
	if (code != EXIT_OK)
		return code;
	scheduler_read_status(s->cluster);
	if (s->quiet)
		return EXIT_OK;
	if (status_report_restrictions(&s->outline, s->cluster))
		g_string_append_c(s->text, '\n');
	report_status(s, STATUS_PENDING, "Current cluster status");
	return EXIT_OK;
}

/* --- changes before --- */

static void log_item(void *user, const char *line)
{
	struct simulation *s = user;
	if (!s->quiet)
		outline_item(&s->outline, "%s", line);
}

static void log_error(void *user, const char *line)
{
	struct simulation *s = user;
	flush(s);
	fprintf(s->io->err, "%s\n", line);
}

static struct rehearsal rehearsal_of(struct simulation *s)
{
	return (struct rehearsal){
		.document = s->document,
		.cluster = s->cluster,
		.now = (int64_t)(s->io->now.ns / 1000000000u),
		.log = {.line = log_item, .error = log_error, .user = s},
	};
}

/* In the order in which Pacemaker makes them, whatever the order of the command line. */
static bool inject(const struct rehearsal *r, int id, const char *value)
{
	switch (id) {
	case OPTION_WATCHDOG:
		rehearse_watchdog(r, value);
		return true;
	case OPTION_NODE_UP:
		rehearse_node(r, value, NODE_COMES);
		return true;
	case OPTION_NODE_DOWN:
		rehearse_node(r, value, NODE_GOES);
		return true;
	case OPTION_NODE_FAIL:
		rehearse_node(r, value, NODE_FAILS);
		return true;
	case OPTION_GRANT:
		rehearse_ticket(r, value, TICKET_GRANTED);
		return true;
	case OPTION_REVOKE:
		rehearse_ticket(r, value, TICKET_REVOKED);
		return true;
	case OPTION_STANDBY:
		rehearse_ticket(r, value, TICKET_STANDBY_ON);
		return true;
	case OPTION_ACTIVATE:
		rehearse_ticket(r, value, TICKET_STANDBY_OFF);
		return true;
	case OPTION_OPERATION:
		rehearse_operation(r, value);
		return true;
	default:
		return false;
	}
}

static int make_changes(struct simulation *s)
{
	static const int order[] = {OPTION_WATCHDOG, OPTION_NODE_UP, OPTION_NODE_DOWN, OPTION_NODE_FAIL, OPTION_GRANT,
				    OPTION_REVOKE,   OPTION_STANDBY, OPTION_ACTIVATE,  OPTION_OPERATION};
	bool any = line_has(s->line, OPTION_QUORUM);
	for (size_t i = 0; i < G_N_ELEMENTS(order); i++)
		any = any || line_has(s->line, order[i]);
	if (!any)
		return EXIT_OK;
	struct rehearsal r = rehearsal_of(s);
	if (!s->quiet)
		outline_begin(&s->outline, "Performing Requested Modifications");
	if (line_has(s->line, OPTION_QUORUM))
		rehearse_quorum(&r, line_value(s->line, OPTION_QUORUM));
	for (size_t i = 0; i < G_N_ELEMENTS(order); i++)
		for (size_t k = 0; k < s->line->given_count; k++)
			if (s->line->given[k].id == order[i])
				(void)inject(&r, order[i], s->line->given[k].value);
	if (!s->quiet)
		outline_end(&s->outline);
	outline_space(&s->outline);
	return renew_cluster(s);
}

/* --- the run --- */

static void score_line(void *user, const char *line)
{
	struct simulation *s = user;
	outline_item(&s->outline, "%s", line);
}

static const char *score_heading(const struct simulation *s)
{
	if (s->scores && s->utilization)
		return "Assignment Scores and Utilization Information";
	return s->scores ? "Assignment Scores" : "Utilization Information";
}

/* Where the document goes after the run: with --in-place back to where it came from, unless that was no file. */
static const char *path_for(const struct simulation *s, int option)
{
	const char *path = line_value(s->line, option);
	bool is_back = option == OPTION_SAVE_OUTPUT && path == NULL && line_has(s->line, OPTION_IN_PLACE);
	return is_back ? s->source : path;
}

static int save(struct simulation *s, int option, void (*print)(const struct simulation *s, GString *out))
{
	const char *path = path_for(s, option);
	if (path == NULL)
		return EXIT_OK;
	GString *text = g_string_new(NULL);
	print(s, text);
	struct error error;
	enum err e = input_write(path, text->str, text->len, &error);
	(void)g_string_free(text, TRUE);
	if (e == ERR_OK)
		return EXIT_OK;
	bool is_result = option == OPTION_SAVE_GRAPH || option == OPTION_SAVE_DOT;
	return fail(s, is_result ? EXIT_IO : exit_of(e), error.text);
}

static void print_document(const struct simulation *s, GString *out)
{
	document_print(s->document, out);
}

static void print_graph(const struct simulation *s, GString *out)
{
	graph_print_xml(s->cluster, out);
}

static void print_dot(const struct simulation *s, GString *out)
{
	graph_print_dot(s->cluster, line_has(s->line, OPTION_ALL_ACTIONS), out);
}

static int schedule(struct simulation *s)
{
	bool report = s->scores || s->utilization;
	if (report) {
		s->cluster->report =
			(struct score_report){.line = score_line, .user = s, .utilization = s->utilization};
		outline_begin(&s->outline, "%s", score_heading(s));
	}
	scheduler_run(s->cluster);
	if (report) {
		outline_end(&s->outline);
		outline_space(&s->outline);
		if (s->outline.plain)
			g_string_append_c(s->text, '\n');
	}
	int code = save(s, OPTION_SAVE_GRAPH, print_graph);
	if (code == EXIT_OK)
		code = save(s, OPTION_SAVE_DOT, print_dot);
	if (code != EXIT_OK || s->quiet)
		return code;
	outline_begin(&s->outline, "Transition Summary");
	summary_report(&s->outline, s->cluster);
	outline_end(&s->outline);
	outline_space(&s->outline);
	return EXIT_OK;
}

static int act(struct simulation *s)
{
	GPtrArray *failures = g_ptr_array_new();
	for (size_t i = 0; i < s->line->given_count; i++)
		if (s->line->given[i].id == OPTION_OPERATION_FAIL)
			g_ptr_array_add(failures, (gpointer)(uintptr_t)s->line->given[i].value);
	g_ptr_array_add(failures, NULL);
	struct rehearsal r = rehearsal_of(s);
	r.failures = (const char *const *)failures->pdata;
	if (!s->quiet)
		outline_begin(&s->outline, "Executing Cluster Transition");
	bool complete = rehearse(&r);
	g_ptr_array_unref(failures);
	if (!s->quiet)
		outline_end(&s->outline);
	if (!complete) {
		flush(s);
		fputs("Transition failed: terminated\nAn invalid transition was produced\n", s->io->err);
	}
	if (s->quiet)
		return complete ? EXIT_OK : EXIT_ERROR;
	s->outline.spacer = false;
	int code = renew_cluster(s);
	if (code != EXIT_OK)
		return code;
	scheduler_read_status(s->cluster);
	outline_space(&s->outline);
	report_status(s, 0, "Revised Cluster Status");
	return complete ? EXIT_OK : EXIT_ERROR;
}

static int simulate(struct simulation *s)
{
	int code = read_document(s);
	if (code == EXIT_OK)
		code = report_present(s);
	if (code == EXIT_OK)
		code = make_changes(s);
	if (code == EXIT_OK)
		code = save(s, OPTION_SAVE_INPUT, print_document);
	if (code != EXIT_OK || !s->process)
		return code;
	code = schedule(s);
	if (code == EXIT_OK && s->rehearse)
		code = act(s);
	if (code == EXIT_OK)
		code = save(s, OPTION_SAVE_OUTPUT, print_document);
	return code;
}

static bool wants_run(const struct command_line *line)
{
	static const int running[] = {OPTION_RUN,         OPTION_SIMULATE,   OPTION_IN_PLACE, OPTION_SCORES,
				      OPTION_UTILIZATION, OPTION_SAVE_GRAPH, OPTION_SAVE_DOT};
	for (size_t i = 0; i < G_N_ELEMENTS(running); i++)
		if (line_has(line, running[i]))
			return true;
	return false;
}

/* Both become values of a document, which knows only true and false. */
static int check_flags(const struct program_io *io, const struct command_line *line)
{
	static const struct {
		int id;
		const char *name;
	} flags[] = {{OPTION_QUORUM, "--quorum"}, {OPTION_WATCHDOG, "--watchdog"}};
	for (size_t i = 0; i < G_N_ELEMENTS(flags); i++) {
		bool ignored;
		const char *value = line_value(line, flags[i].id);
		if (value == NULL || cib_parse_bool(value, &ignored))
			continue;
		fprintf(io->err, "crm_simulate: %s %s: write 1 or true, 0 or false\n", flags[i].name, value);
		return EXIT_USAGE;
	}
	return EXIT_OK;
}

static int run_profile(struct program_io *io, const struct command_line *line)
{
	const char *folder = line_value(line, OPTION_PROFILE), *times = line_value(line, OPTION_REPEAT);
	unsigned repeat = 1;
	if (folder == NULL || !profile_repeat(times, &repeat)) {
		fprintf(io->err, "crm_simulate: --repeat %s: %s\n", times,
			folder == NULL ? "goes with --profile DIR" : "write a number from 1, such as 10");
		return EXIT_USAGE;
	}
	return profile_folder(io, "crm_simulate", folder, repeat);
}

static int run(struct program_io *io, const struct command_line *line)
{
	if (check_flags(io, line) != EXIT_OK)
		return EXIT_USAGE;
	if (line_has(line, OPTION_PROFILE) || line_has(line, OPTION_REPEAT))
		return run_profile(io, line);
	struct simulation s = {
		.io = io,
		.line = line,
		.text = g_string_new(NULL),
		.quiet = line->quiet,
		.scores = line_has(line, OPTION_SCORES),
		.utilization = line_has(line, OPTION_UTILIZATION),
		.process = wants_run(line),
		.rehearse = line_has(line, OPTION_SIMULATE) || line_has(line, OPTION_IN_PLACE),
		.source = source_of(line),
	};
	s.outline = (struct outline){.out = s.text, .plain = s.quiet && s.scores};
	int code = simulate(&s);
	flush(&s);
	cluster_free(s.cluster);
	document_free(s.document);
	(void)g_string_free(s.text, TRUE);
	return code;
}

const struct program program_crm_simulate = {
	.rules = {.name = "crm_simulate",
		  .summary = "show what a cluster would do in a given state",
		  .details = "An OPSPEC is RESOURCE_TASK_INTERVAL@NODE=RC, with the interval in milliseconds and RC "
			     "what the "
			     "agent returned, as in web_monitor_20000@n1=7.",
		  .options = options,
		  .forms = FORMS_TEXT_XML,
		  .quiet = true},
	.run = run,
};
