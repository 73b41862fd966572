/* SPDX-License-Identifier: GPL-2.0-or-later */
/* crm_simulate - what would the cluster do now, and what if? */
#include "cib/schema.h"
#include "cib/upgrade.h"
#include "cli/input.h"
#include "cli/profile.h"
#include "cli/program.h"
#include "cli/situation.h"
#include "report/status.h"
#include "report/summary.h"
#include "rules/moment.h"
#include "scheduler/graph.h"

#include <string.h>
#include <sys/stat.h>

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
	struct display display;
	bool scores, utilization, process, rehearse;
	const char *source; /* NULL: the running cluster */
};

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

static int check_document(struct simulation *s)
{
	struct error error;
	if (document_section(s->document, NAME_STATUS) == NULL)
		element_add(document_root(s->document), NAME_STATUS);
	enum err e = cib_upgrade(s->document, &error);
	if (e != ERR_OK)
		return display_fail(&s->display, EXIT_CONFIGURATION, error.text);
	if (cib_is_unchecked(s->document)) {
		fputs("Schema validation of configuration is disabled (support for validate-with set to \"none\" is "
		      "deprecated"
		      " and will be removed in a future release)\n",
		      s->io->err);
		return EXIT_OK;
	}
	return situation_check(s->document, s->source, s->io->err) ? EXIT_OK : EXIT_CONFIGURATION;
}

static int read_document(struct simulation *s)
{
	struct error error;
	enum err e = input_document(s->io, s->source, &s->document, &error);
	/* Pacemaker calls all that it cannot read bad data. */
	if (e != ERR_OK)
		return display_fail(&s->display, s->source != NULL ? EXIT_DATA : input_exit(s->io, NULL, e),
				    error.text);
	return check_document(s);
}

/* --- time --- */

static int64_t clock_now(const struct simulation *s)
{
	return (int64_t)(s->io->now.ns / 1000000000u);
}

/* The time wished for. As in Pacemaker, what is no time is no reason to end: it is the present then. */
static int64_t wished_now(struct simulation *s, const char *wished)
{
	struct moment_here here = {.now = clock_now(s), .offset_s = io_zone_offset(clock_now(s))};
	struct moment m;
	struct error error;
	display_info(&s->display, "Setting effective cluster time: %s", wished);
	if (moment_parse(wished, &here, &m, &error) == ERR_OK)
		return moment_epoch(&m);
	if (s->cluster == NULL) {
		char *text =
			g_strdup_printf("'%s' is no date and time (%s): the present time is taken", wished, error.text);
		(void)display_fail(&s->display, EXIT_OK, text);
		g_free(text);
	}
	return here.now;
}

/* What is taken for now, and said to be so. */
static int64_t choose_now(struct simulation *s)
{
	const char *wished = line_value(s->line, OPTION_DATE);
	if (wished != NULL)
		return wished_now(s, wished);
	char buffer[MOMENT_TEXT_SIZE];
	int64_t now;
	if (!situation_kept_time(s->document, &now))
		return clock_now(s);
	struct moment m = moment_of_epoch(now, io_zone_offset(now));
	display_info(&s->display, "Using the original execution date of: %s",
		     moment_text(&m, MOMENT_DATE | MOMENT_TIME, buffer));
	return now;
}

/* A new run over the document as it is now. */
static void renew_cluster(struct simulation *s)
{
	int64_t now = choose_now(s);
	cluster_free(s->cluster);
	s->cluster = cluster_new(s->document, now);
	s->cluster->zone_offset_s = io_zone_offset(now);
	s->cluster->sanitized = s->source != NULL; /* files are often stripped of secrets */
}

/* --- status --- */

static unsigned sections_of(const struct simulation *s)
{
	unsigned sections = STATUS_NODES | STATUS_RESOURCES;
	if (line_has(s->line, OPTION_ATTRIBUTES))
		sections |= STATUS_ATTRIBUTES;
	if (line_has(s->line, OPTION_FAIL_COUNTS))
		sections |= STATUS_FAIL_COUNTS;
	return sections;
}

static void report_present(struct simulation *s)
{
	renew_cluster(s);
	scheduler_read_status(s->cluster);
	display_restrictions(&s->display, s->cluster);
	display_status(&s->display, s->cluster, sections_of(s) | STATUS_PENDING, "Current cluster status",
		       "cluster_status");
}

/* --- changes before --- */

static struct rehearsal rehearsal_of(struct simulation *s)
{
	return (struct rehearsal){
		.document = s->document,
		.cluster = s->cluster,
		.now = clock_now(s),
		.log = display_log(&s->display),
	};
}

static void inject(const struct rehearsal *r, int id, const char *value)
{
	switch (id) {
	case OPTION_WATCHDOG:
		rehearse_watchdog(r, value);
		break;
	case OPTION_NODE_UP:
		rehearse_node(r, value, NODE_COMES);
		break;
	case OPTION_NODE_DOWN:
		rehearse_node(r, value, NODE_GOES);
		break;
	case OPTION_NODE_FAIL:
		rehearse_node(r, value, NODE_FAILS);
		break;
	case OPTION_GRANT:
		rehearse_ticket(r, value, TICKET_GRANTED);
		break;
	case OPTION_REVOKE:
		rehearse_ticket(r, value, TICKET_REVOKED);
		break;
	case OPTION_STANDBY:
		rehearse_ticket(r, value, TICKET_STANDBY_ON);
		break;
	case OPTION_ACTIVATE:
		rehearse_ticket(r, value, TICKET_STANDBY_OFF);
		break;
	case OPTION_OPERATION:
		rehearse_operation(r, value);
		break;
	default:
		break;
	}
}

/* In the order in which Pacemaker makes them, whatever the order of the command line. Of what can be only one way, the
 * last word counts. */
static void make_changes(struct simulation *s)
{
	static const int order[] = {OPTION_NODE_UP, OPTION_NODE_DOWN, OPTION_NODE_FAIL, OPTION_GRANT,
				    OPTION_REVOKE,  OPTION_STANDBY,   OPTION_ACTIVATE,  OPTION_OPERATION};
	const char *quorum = line_value(s->line, OPTION_QUORUM), *watchdog = line_value(s->line, OPTION_WATCHDOG);
	bool any = quorum != NULL || watchdog != NULL;
	for (size_t i = 0; i < G_N_ELEMENTS(order); i++)
		any = any || line_has(s->line, order[i]);
	if (!any)
		return;
	struct rehearsal r = rehearsal_of(s);
	display_changes_begin(&s->display, quorum, watchdog);
	if (quorum != NULL)
		rehearse_quorum(&r, quorum);
	if (watchdog != NULL)
		rehearse_watchdog(&r, watchdog);
	for (size_t i = 0; i < G_N_ELEMENTS(order); i++)
		for (size_t k = 0; k < s->line->given_count; k++)
			if (s->line->given[k].id == order[i])
				inject(&r, order[i], s->line->given[k].value);
	display_end(&s->display);
	renew_cluster(s);
}

/* --- the run --- */

/* Where the document goes after the run: with --in-place back to where it came from, unless that was no file. */
static const char *path_for(const struct simulation *s, int option)
{
	const char *path = line_value(s->line, option);
	if (option != OPTION_SAVE_OUTPUT || !line_has(s->line, OPTION_IN_PLACE))
		return path;
	return s->source != NULL && strcmp(s->source, "-") != 0 ? s->source : NULL;
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
	return display_fail(&s->display, is_result ? EXIT_IO : exit_of(e), error.text);
}

static void print_document(const struct simulation *s, GString *out)
{
	element_print(document_root(s->document), out);
}

static void print_graph(const struct simulation *s, GString *out)
{
	graph_print_xml(s->cluster, out);
}

static void print_dot(const struct simulation *s, GString *out)
{
	unsigned all = line_has(s->line, OPTION_ALL_ACTIONS) ? DOT_ALL : 0;
	graph_print_dot(s->cluster, all | (s->line->verbosity > 0 ? DOT_IDS : 0), out);
}

static void decide(struct simulation *s)
{
	if (!s->scores && !s->utilization) {
		scheduler_run(s->cluster);
		return;
	}
	s->cluster->report = display_scores(&s->display, s->scores, s->utilization);
	display_scores_begin(&s->display, s->scores, s->utilization);
	scheduler_run(s->cluster);
	display_scores_end(&s->display);
}

static int schedule(struct simulation *s)
{
	decide(s);
	int code = save(s, OPTION_SAVE_GRAPH, print_graph);
	if (code == EXIT_OK)
		code = save(s, OPTION_SAVE_DOT, print_dot);
	if (code == EXIT_OK)
		display_summary(&s->display, s->cluster);
	return code;
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
	if (s->display.quiet && (s->scores || s->utilization))
		display_blank(&s->display);
	display_begin(&s->display, "Executing Cluster Transition", "transition");
	bool complete = rehearse(&r);
	g_ptr_array_unref(failures);
	if (!complete) {
		display_error(&s->display, "Transition failed: terminated");
		display_error(&s->display, "An invalid transition was produced");
	}
	display_end(&s->display);
	if (!s->display.quiet) {
		renew_cluster(s);
		scheduler_read_status(s->cluster);
		display_space(&s->display);
		display_status(&s->display, s->cluster, sections_of(s), "Revised Cluster Status",
			       "revised_cluster_status");
	}
	return complete ? EXIT_OK : EXIT_ERROR;
}

/* Or will be one; a device or pipe would get everything twice. */
static bool is_file(const char *path)
{
	struct stat st;
	return path != NULL && (stat(path, &st) != 0 || S_ISREG(st.st_mode));
}

static int simulate(struct simulation *s)
{
	int code = read_document(s);
	/* That a file cannot be written shows before anything is done. */
	if (code == EXIT_OK && is_file(path_for(s, OPTION_SAVE_OUTPUT)))
		code = save(s, OPTION_SAVE_OUTPUT, print_document);
	if (code != EXIT_OK)
		return code;
	report_present(s);
	make_changes(s);
	code = save(s, OPTION_SAVE_INPUT, print_document);
	if (code == EXIT_OK && s->process)
		code = schedule(s);
	if (code == EXIT_OK && s->rehearse)
		code = act(s);
	int saved = save(s, OPTION_SAVE_OUTPUT, print_document);
	return code != EXIT_OK ? code : saved;
}

static bool wants(const struct command_line *line, const int *options_of, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (line_has(line, options_of[i]))
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
	unsigned repeat;
	if (profile_repeat(line_value(line, OPTION_REPEAT), &repeat))
		return EXIT_OK;
	fprintf(io->err, "crm_simulate: --repeat %s: write a number from 1, such as 10\n",
		line_value(line, OPTION_REPEAT));
	return EXIT_USAGE;
}

static int run_profile(struct simulation *s)
{
	struct profile p = {.io = s->io,
			    .display = &s->display,
			    .folder = line_value(s->line, OPTION_PROFILE),
			    .date = line_value(s->line, OPTION_DATE),
			    .scores = s->scores,
			    .utilization = s->utilization};
	return profile_repeat(line_value(s->line, OPTION_REPEAT), &p.repeat) ? profile_folder(&p) : EXIT_USAGE;
}

static int run(struct program_io *io, const struct command_line *line)
{
	if (check_flags(io, line) != EXIT_OK)
		return EXIT_USAGE;
	static const int acting[] = {OPTION_SIMULATE, OPTION_IN_PLACE, OPTION_OPERATION_FAIL};
	static const int deciding[] = {OPTION_RUN, OPTION_SCORES, OPTION_UTILIZATION, OPTION_SAVE_GRAPH,
				       OPTION_SAVE_DOT};
	struct simulation s = {
		.io = io,
		.line = line,
		.scores = line_has(line, OPTION_SCORES),
		.utilization = line_has(line, OPTION_UTILIZATION),
		.rehearse = wants(line, acting, G_N_ELEMENTS(acting)),
		.source = source_of(line),
	};
	s.process = s.rehearse || wants(line, deciding, G_N_ELEMENTS(deciding));
	display_open(&s.display, io, line, line->quiet && s.scores);
	int code = line_has(line, OPTION_PROFILE) ? run_profile(&s) : simulate(&s);
	code = display_close(&s.display, code);
	cluster_free(s.cluster);
	document_free(s.document);
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
		  .output_code = EXIT_NO_SUCH,
		  .quiet = true},
	.run = run,
};
