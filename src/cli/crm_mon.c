/* SPDX-License-Identifier: GPL-2.0-or-later */
/* crm_mon - the cluster's state, once or again and again. */
#include "cli/fence-record.h"
#include "cli/pacemaker-result.h"
#include "cli/place.h"
#include "report/monitor.h"
#include "rules/interval.h"
#include "scheduler/constraints.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	OPTION_INCLUDE = 1,
	OPTION_EXCLUDE,
	OPTION_BY_NODE,
	OPTION_INACTIVE,
	OPTION_FAIL_COUNTS,
	OPTION_OPERATIONS,
	OPTION_TIMING,
	OPTION_TICKETS,
	OPTION_FENCING,
	OPTION_BANS,
	OPTION_ATTRIBUTES,
	OPTION_NO_HEADERS,
	OPTION_DETAIL,
	OPTION_ONCE,
	OPTION_INTERVAL,
	OPTION_AS_XML,
	OPTION_SIMPLE,
	OPTION_IGNORED,
};

static const struct option options[] = {
	{.help = "Display Options:"},
	{OPTION_INCLUDE, 'I', "include", "SECTIONS",
	 "Sections to show, too; with commas between: all, attributes, bans, counts, dc, default, failcounts, "
	 "failures, "
	 "fencing, fencing-failed, fencing-pending, fencing-succeeded, maint-mode, nodes, none, operations, options, "
	 "resources, stack, summary, tickets, times"},
	{OPTION_EXCLUDE, 'U', "exclude", "SECTIONS", "Sections not to show"},
	{OPTION_BY_NODE, 'n', "group-by-node", NULL, "Group resources by node"},
	{OPTION_INACTIVE, 'r', "inactive", NULL, "Display inactive resources"},
	{OPTION_FAIL_COUNTS, 'f', "failcounts", NULL, "Display resource fail counts"},
	{OPTION_OPERATIONS, 'o', "operations", NULL, "Display resource operation history"},
	{OPTION_TIMING, 't', "timing-details", NULL, "Display resource operation history with timing details"},
	{OPTION_TICKETS, 'c', "tickets", NULL, "Display cluster tickets"},
	{OPTION_FENCING, 'm', "fence-history", "[LEVEL]",
	 "Show fence history: 0=off, 1=failures (default without option), 2 and 3=successes, too (2: default without "
	 "value)"},
	{OPTION_BANS, 'L', "neg-locations", "[PREFIX]",
	 "Display negative location constraints, or those whose ids begin like this"},
	{OPTION_ATTRIBUTES, 'A', "show-node-attributes", NULL, "Display node attributes"},
	{OPTION_NO_HEADERS, 'D', "hide-headers", NULL, "Hide the summary"},
	{OPTION_DETAIL, 'R', "show-detail", NULL, "Show each node by itself, with its id and feature set"},
	{.help = "Additional Options:"},
	{OPTION_INTERVAL, 'i', "interval", "TIMESPEC", "Update frequency (default is 5 seconds)"},
	{OPTION_ONCE, '1', "one-shot", NULL, "Display the cluster status once and exit"},
	{OPTION_AS_XML, 'X', "as-xml", NULL, "The XML of old releases", .hidden = true},
	{OPTION_SIMPLE, 's', "simple-status", NULL, "One line that says whether all nodes are there", .hidden = true},
	{OPTION_IGNORED, 'b', "brief", NULL, "Understood for old callers", .hidden = true},
	{OPTION_IGNORED, 'j', "pending", NULL, "Understood for old callers", .hidden = true},
	{OPTION_IGNORED, 0, "show-description", NULL, "Understood for old callers", .hidden = true},
	{OPTION_BANS, 0, "neg-location", NULL, "--neg-locations", .hidden = true},
	{0},
};

static const char details[] =
	"Without --one-shot the display is renewed until crm_mon is ended.\n"
	"\n"
	"Exit status: 0 when the status was shown, 64 when the command line is wrong, 78 when the configuration is\n"
	"invalid, 102 when no cluster is running here.\n"
	"\n"
	"Examples:\n"
	"\n"
	"Display the cluster status once, with inactive resources, grouped by node:\n"
	"\n"
	"\tcrm_mon --one-shot --group-by-node --inactive\n"
	"\n"
	"As XML:\n"
	"\n"
	"\tcrm_mon --output-as=xml\n";

enum { INTERVAL_MS = 5000 };

struct screen {
	struct program_io *io;
	const struct command_line *line;
	struct pacemaker_result result;
	struct place place;
	struct monitor monitor;
	struct document *document;
	struct error error;
};

/* --- what to show --- */

enum {
	TEXT_DEFAULT = (MONITOR_SUMMARY & ~MONITOR_OPTIONS) | MONITOR_NODES | MONITOR_RESOURCES | MONITOR_FAILURES |
		       MONITOR_FENCE_FAILED
};

static const struct section_name {
	const char *name;
	unsigned sections;
} section_names[] = {
	{"all", MONITOR_ALL},
	{"attributes", MONITOR_ATTRIBUTES},
	{"bans", MONITOR_BANS},
	{"counts", MONITOR_COUNTS},
	{"dc", MONITOR_DC},
	{"failcounts", MONITOR_FAIL_COUNTS},
	{"failures", MONITOR_FAILURES},
	{"fencing", MONITOR_FENCE_FAILED | MONITOR_FENCE_WORKED},
	{"fencing-failed", MONITOR_FENCE_FAILED},
	{"fencing-pending", 0},
	{"fencing-succeeded", MONITOR_FENCE_WORKED},
	{"maint-mode", 0},
	{"nodes", MONITOR_NODES},
	{"operations", MONITOR_OPERATIONS},
	{"options", MONITOR_OPTIONS},
	{"resources", MONITOR_RESOURCES},
	{"stack", MONITOR_STACK},
	{"summary", MONITOR_SUMMARY},
	{"tickets", MONITOR_TICKETS},
	{"times", MONITOR_TIMES},
};

static bool choose(unsigned *sections, unsigned otherwise, const char *name, bool include)
{
	if (strcmp(name, "none") == 0) {
		*sections = include ? 0 : MONITOR_ALL;
		return true;
	}
	if (strcmp(name, "default") == 0) {
		*sections = include ? *sections | otherwise : *sections & ~otherwise;
		return true;
	}
	for (size_t i = 0; i < G_N_ELEMENTS(section_names); i++) {
		if (strcmp(section_names[i].name, name) != 0)
			continue;
		*sections = include ? *sections | section_names[i].sections : *sections & ~section_names[i].sections;
		return true;
	}
	return false;
}

static bool choose_list(struct screen *s, unsigned otherwise, const char *list, bool include)
{
	char **names = g_strsplit(list, ",", -1);
	bool good = true;
	for (char **n = names; *n != NULL && good; n++) {
		good = choose(&s->monitor.sections, otherwise, *n, include);
		if (!good)
			(void)error_set(&s->error, ERR_INVALID, "--%s: '%s' is no section; crm_mon --help names them",
					include ? "include" : "exclude", *n);
	}
	g_strfreev(names);
	return good;
}

static void choose_fencing(struct monitor *m, const char *level)
{
	int64_t n = level == NULL ? 2 : g_ascii_strtoll(level, NULL, 10);
	m->sections &= ~(unsigned)(MONITOR_FENCE_FAILED | MONITOR_FENCE_WORKED);
	if (n >= 1)
		m->sections |= MONITOR_FENCE_FAILED;
	if (n >= 2)
		m->sections |= MONITOR_FENCE_WORKED;
	m->all_fences = n >= 3;
}

static void choose_shape(struct monitor *m, int id)
{
	if (id == OPTION_BY_NODE)
		m->by_node = true;
	else if (id == OPTION_INACTIVE)
		m->inactive = true;
	else if (id == OPTION_TIMING)
		m->timing = true;
	else if (id == OPTION_DETAIL)
		m->detail = true;
	else if (id == OPTION_NO_HEADERS)
		m->sections &= ~(unsigned)MONITOR_SUMMARY;
}

static bool choose_options(struct screen *s)
{
	static const struct {
		int id;
		unsigned sections;
	} adds[] = {
		{OPTION_FAIL_COUNTS, MONITOR_FAIL_COUNTS},
		{OPTION_OPERATIONS, MONITOR_OPERATIONS},
		{OPTION_TIMING, MONITOR_OPERATIONS},
		{OPTION_TICKETS, MONITOR_TICKETS},
		{OPTION_BANS, MONITOR_BANS},
		{OPTION_ATTRIBUTES, MONITOR_ATTRIBUTES},
	};
	struct monitor *m = &s->monitor;
	unsigned otherwise = s->result.is_xml ? (unsigned)MONITOR_ALL : (unsigned)TEXT_DEFAULT;
	m->sections = otherwise;
	m->timing = s->result.is_xml;
	bool good = true;
	for (size_t i = 0; i < s->line->given_count && good; i++) {
		const struct given *g = &s->line->given[i];
		for (size_t k = 0; k < G_N_ELEMENTS(adds); k++)
			if (adds[k].id == g->id)
				m->sections |= adds[k].sections;
		choose_shape(m, g->id);
		if (g->id == OPTION_FENCING)
			choose_fencing(m, g->value);
		else if (g->id == OPTION_BANS)
			m->ban_prefix = g->value;
		else if (g->id == OPTION_INCLUDE || g->id == OPTION_EXCLUDE)
			good = choose_list(s, otherwise, g->value, g->id == OPTION_INCLUDE);
	}
	return good;
}

/* --- what there is --- */

static void load_live(struct screen *s)
{
	enum exit_code code;
	struct error ignored;
	s->monitor.is_live = true;
	s->monitor.own_node = place_own_node(&s->place, &code, &ignored);
	/* Without the record the status is shown all the same. */
	if (s->monitor.sections & (MONITOR_FENCE_FAILED | MONITOR_FENCE_WORKED))
		(void)!fence_record_read(&s->place, &s->monitor.fences, &ignored);
}

/* --- showing --- */

static bool is_old_xml(const struct screen *s)
{
	return line_has(s->line, OPTION_AS_XML);
}

/* One line, as Nagios likes it. */
static enum exit_code show_simple(struct screen *s)
{
	const struct cluster *c = s->monitor.cluster;
	uint32_t online = 0, standby = 0;
	if (c->dc == NULL) {
		(void)fputs("CLUSTER CRIT: No DC\n", s->io->out);
		return EXIT_INVALID_PARAMETER;
	}
	for_each_node(n, c)
	{
		if (!n->online) {
			(void)fprintf(s->io->out, "CLUSTER WARN: offline node: %s\n", n->name);
			return EXIT_ERROR;
		}
		online += !n->standby;
		standby += n->standby;
	}
	(void)fprintf(s->io->out, "CLUSTER OK: %u nodes online", online);
	if (standby > 0)
		(void)fprintf(s->io->out, ", %u standby nodes", standby);
	(void)fprintf(s->io->out, ", %u resource instances configured\n", c->instance_count);
	return EXIT_OK;
}

static void show_old_xml(struct screen *s)
{
	struct markup m = {.out = g_string_new(NULL)};
	markup_begin(&m, "crm_mon");
	markup_attribute(&m, "version", PACEMAKER_RELEASE);
	monitor_markup(&m, &s->monitor);
	markup_end(&m);
	(void)fputs(m.out->str, s->io->out);
	(void)g_string_free(m.out, TRUE);
}

static enum exit_code show(struct screen *s)
{
	/* Not otherwise: a ticket that is missing may change what is said of nodes. */
	if (s->monitor.sections & MONITOR_BANS)
		constraints_unpack(s->monitor.cluster);
	enum exit_code code = EXIT_OK;
	if (line_has(s->line, OPTION_SIMPLE)) {
		code = show_simple(s);
	} else if (is_old_xml(s)) {
		show_old_xml(s);
	} else if (s->result.is_xml) {
		monitor_markup(&s->result.markup, &s->monitor);
	} else if (s->result.is_text) {
		struct outline o = {.out = g_string_new(NULL)};
		monitor_report(&o, &s->monitor);
		(void)fputs(o.out->str, s->io->out);
		(void)g_string_free(o.out, TRUE);
	}
	return code;
}

static enum exit_code show_once(struct screen *s, int64_t now)
{
	s->monitor.now = now;
	enum exit_code code = place_read(&s->place, now, &s->document, &s->monitor.cluster, &s->error);
	if (code != EXIT_OK)
		return code;
	if (s->place.path == NULL)
		load_live(s);
	code = show(s);
	cluster_free(s->monitor.cluster);
	s->monitor.cluster = NULL;
	document_free(s->document);
	s->document = NULL;
	return code;
}

/* Until it is ended: a screen at a time. A cluster that goes is waited for. */
static void show_again_and_again(struct screen *s, int64_t interval_ms)
{
	const struct timespec pause = {.tv_sec = interval_ms / 1000, .tv_nsec = interval_ms % 1000 * 1000000};
	for (;;) {
		bool is_terminal = isatty(fileno(s->io->out)) == 1;
		struct timespec left = pause;
		if (is_terminal)
			(void)fputs("\033[H\033[2J", s->io->out);
		enum exit_code code = show_once(s, time(NULL));
		if (code != EXIT_OK)
			(void)fprintf(s->io->out, "%s\n", s->error.text);
		if (fflush(s->io->out) != 0)
			return;
		while (nanosleep(&left, &left) != 0 && errno == EINTR)
			;
	}
}

static int fail_to_show(struct screen *s, enum exit_code code)
{
	if (code == EXIT_DISCONNECTED)
		return result_fail(&s->result, code,
				   "Connection to cluster failed: Transport endpoint is not connected: %s",
				   s->error.text);
	return result_fail(&s->result, code, "%s", s->error.text);
}

static int run(struct program_io *io, const struct command_line *line)
{
	struct screen s = {.io = io, .line = line, .error = {.text = ""}};
	int64_t interval_ms = INTERVAL_MS;
	result_open(&s.result, io, line, "crm_mon");
	place_open(&s.place, io, "crm_mon");
	if (is_old_xml(&s))
		s.result.is_text = false;
	if (!choose_options(&s))
		return result_fail(&s.result, EXIT_USAGE, "%s", s.error.text);
	if (is_old_xml(&s)) {
		s.monitor.sections = MONITOR_ALL;
		s.monitor.timing = true;
	}
	const char *interval = line_value(line, OPTION_INTERVAL);
	if (interval != NULL && (!interval_parse_ms(interval, &interval_ms) || interval_ms == 0))
		return result_fail(&s.result, EXIT_USAGE, "Invalid value for -i: %s", interval);
	bool once = line_has(line, OPTION_ONCE) || line_has(line, OPTION_SIMPLE) || is_old_xml(&s) || s.result.is_xml ||
		    s.place.path != NULL || line->output_to != NULL || !s.result.is_text;
	if (!once)
		show_again_and_again(&s, interval_ms);
	enum exit_code code = show_once(&s, (int64_t)(io->now.ns / 1000000000u));
	if (code != EXIT_OK && s.error.text[0] != '\0')
		return fail_to_show(&s, code);
	return result_close(&s.result, code);
}

const struct program program_crm_mon = {
	.rules = {.name = "crm_mon",
		  .summary = "Provides a summary of cluster's current state.",
		  .details = details,
		  .options = options,
		  .forms = FORMS_TEXT_XML,
		  .quiet = true,
		  .output_code = EXIT_ERROR},
	.run = run,
};
