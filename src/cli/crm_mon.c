/* SPDX-License-Identifier: GPL-2.0-or-later */
/* crm_mon - the cluster's state, once or again and again. */
#include "cli/event-stream.h"
#include "cli/fence-record.h"
#include "cli/input.h"
#include "cli/pacemaker-result.h"
#include "cli/place.h"
#include "os/file.h"
#include "report/monitor.h"
#include "rules/interval.h"
#include "scheduler/constraints.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
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
	OPTION_NODE,
	OPTION_RESOURCE,
	OPTION_DAEMON,
	OPTION_PID_FILE,
	OPTION_EXTERNAL,
	OPTION_AS_HTML,
	OPTION_CGI,
	OPTION_STYLE,
	OPTION_TITLE,
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
	{OPTION_NODE, 0, "node", "NODE", "Of nodes, show only this one, or those with this tag"},
	{OPTION_RESOURCE, 0, "resource", "RSC", "Of resources, show only this one, or those with this tag"},
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
	{OPTION_INTERVAL, 'i', "interval", "TIMESPEC",
	 "Update at least so often (default is 5 seconds); what happens in the cluster is shown at once"},
	{OPTION_ONCE, '1', "one-shot", NULL, "Display the cluster status once and exit"},
	{OPTION_DAEMON, 'd', "daemonize", NULL, "Run in the background, renewing the file of --output-to"},
	{OPTION_PID_FILE, 'p', "pid-file", "FILE", "With --daemonize: write the process's id there"},
	{OPTION_IGNORED, 'W', "watch-fencing", NULL, "Listen for fencing events. This is always so"},
	{OPTION_EXTERNAL, 'E', "external-agent", "FILE", "Refused: alerts of the configuration call programs"},
	{OPTION_EXTERNAL, 'e', "external-recipient", "RCPT", "Refused, likewise"},
	{.help = "HTML:"},
	{OPTION_CGI, 0, "html-cgi", NULL, "Add CGI headers (with --output-as=html)"},
	{OPTION_STYLE, 0, "html-stylesheet", "URI", "Link to an external stylesheet (with --output-as=html)"},
	{OPTION_TITLE, 0, "html-title", "TITLE", "The page's title (with --output-as=html)"},
	{OPTION_AS_HTML, 'h', "as-html", "FILE", "--output-as=html --output-to=FILE of old releases", .hidden = true},
	{OPTION_CGI, 'w', "web-cgi", NULL, "--output-as=html --html-cgi of old releases", .hidden = true},
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
	"Keep a page for browsers up to date:\n"
	"\n"
	"\tcrm_mon --daemonize --output-as=html --output-to=cluster.html\n"
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
	bool is_html;
	const char *file;    /* that is renewed; NULL: the screen */
	int64_t interval_ms; /* until it is renewed */
};

/* --- what to show --- */

enum {
	TEXT_DEFAULT = (MONITOR_SUMMARY & ~MONITOR_OPTIONS) | MONITOR_NODES | MONITOR_RESOURCES | MONITOR_FAILURES |
		       MONITOR_FENCE_FAILED | MONITOR_FENCE_PENDING | MONITOR_RESTRICTIONS
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
	{"fencing", MONITOR_FENCE_FAILED | MONITOR_FENCE_PENDING | MONITOR_FENCE_WORKED},
	{"fencing-failed", MONITOR_FENCE_FAILED},
	{"fencing-pending", MONITOR_FENCE_PENDING},
	{"fencing-succeeded", MONITOR_FENCE_WORKED},
	{"maint-mode", MONITOR_RESTRICTIONS},
	{"nodes", MONITOR_NODES},
	{"operations", MONITOR_OPERATIONS},
	{"options", MONITOR_OPTIONS},
	{"resources", MONITOR_RESOURCES},
	{"stack", MONITOR_STACK},
	{"summary", (MONITOR_SUMMARY & ~MONITOR_OPTIONS) | MONITOR_RESTRICTIONS},
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

static const char *section_list(const struct screen *s)
{
	GString *text = g_string_new("default, none");
	for (size_t i = 0; i < G_N_ELEMENTS(section_names); i++)
		g_string_append_printf(text, ", %s", section_names[i].name);
	const char *kept = arena_string(s->io->arena, text->str);
	(void)g_string_free(text, TRUE);
	return kept;
}

static bool choose_list(struct screen *s, unsigned otherwise, const char *list, bool include)
{
	char **names = g_strsplit(list, ",", -1);
	bool good = true;
	if (strcmp(list, "list") == 0) {
		(void)error_set(&s->error, ERR_INVALID, "sections are: %s", section_list(s));
		good = false;
	}
	for (char **n = names; *n != NULL && good; n++) {
		good = choose(&s->monitor.sections, otherwise, *n, include);
		if (!good)
			(void)error_set(&s->error, ERR_INVALID, "--%s: '%s' is no section; crm_mon --help names them",
					include ? "include" : "exclude", *n);
	}
	g_strfreev(names);
	return good;
}

static bool choose_fencing(struct screen *s, const char *level)
{
	struct monitor *m = &s->monitor;
	int64_t n = 2;
	if (level != NULL && !g_ascii_string_to_signed(level, 10, 0, 3, &n, NULL)) {
		(void)error_set(&s->error, ERR_INVALID, "--fence-history: '%s' is none of 0, 1, 2 and 3", level);
		return false;
	}
	m->sections &= ~(unsigned)(MONITOR_FENCE_FAILED | MONITOR_FENCE_PENDING | MONITOR_FENCE_WORKED);
	if (n >= 1)
		m->sections |= MONITOR_FENCE_FAILED | MONITOR_FENCE_PENDING;
	if (n >= 2)
		m->sections |= MONITOR_FENCE_WORKED;
	m->all_fences = n >= 3;
	return true;
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
			good = choose_fencing(s, g->value);
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
	s->monitor.fences = (struct fence_record_list){0}; /* that of the last look is gone with its memory */
	/* Without the record the status is shown all the same. */
	if (s->monitor.sections & (MONITOR_FENCE_FAILED | MONITOR_FENCE_PENDING | MONITOR_FENCE_WORKED))
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

/* A page by itself, renewed by the browser as often as it is written. */
static void begin_page(const struct screen *s, GString *out)
{
	const char *title = line_value(s->line, OPTION_TITLE), *style = line_value(s->line, OPTION_STYLE);
	if (line_has(s->line, OPTION_CGI))
		g_string_append(out, "Content-Type: text/html\n\n");
	char *safe = g_markup_escape_text(title != NULL ? title : "Cluster Status", -1);
	g_string_append_printf(
		out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>%s</title>\n",
		safe);
	g_free(safe);
	if (s->file != NULL || line_has(s->line, OPTION_CGI))
		g_string_append_printf(out, "<meta http-equiv=\"refresh\" content=\"%lld\">\n",
				       (long long)MAX(s->interval_ms / 1000, 1));
	if (style != NULL) {
		safe = g_markup_escape_text(style, -1);
		g_string_append_printf(out, "<link rel=\"stylesheet\" href=\"%s\">\n", safe);
		g_free(safe);
	}
	g_string_append(out, "</head>\n<body>\n");
}

static void print_report(struct screen *s, GString *out)
{
	struct outline o = {.out = out, .html = s->is_html};
	if (!s->is_html) {
		monitor_report(&o, &s->monitor);
		return;
	}
	/* Spacing of lists looks at what is there already. */
	begin_page(s, out);
	monitor_report(&o, &s->monitor);
	g_string_append(out, "</body>\n</html>\n");
}

static enum exit_code show(struct screen *s, GString *out)
{
	/* Not otherwise: a ticket that is missing may change what is said of nodes. */
	if (s->monitor.sections & MONITOR_BANS)
		constraints_unpack(s->monitor.cluster);
	enum exit_code code = EXIT_OK;
	if (line_has(s->line, OPTION_SIMPLE))
		code = show_simple(s);
	else if (is_old_xml(s))
		show_old_xml(s);
	else if (s->result.is_xml)
		monitor_markup(&s->result.markup, &s->monitor);
	else if (s->result.is_text || s->is_html)
		print_report(s, out);
	return code;
}

static enum exit_code read_and_show(struct screen *s, int64_t now, GString *out)
{
	s->monitor.now = now;
	enum exit_code code = place_read(&s->place, now, &s->document, &s->monitor.cluster, &s->error);
	if (code != EXIT_OK)
		return code;
	if (s->place.path == NULL)
		load_live(s);
	code = show(s, out);
	cluster_free(s->monitor.cluster);
	s->monitor.cluster = NULL;
	document_free(s->document);
	s->document = NULL;
	return code;
}

static enum exit_code show_once(struct screen *s, int64_t now)
{
	GString *out = g_string_new(NULL);
	struct error error = {.text = ""};
	enum exit_code code = read_and_show(s, now, out);
	if (s->file == NULL)
		(void)fputs(out->str, s->io->out);
	else if (code == EXIT_OK && input_write(s->file, out->str, out->len, &error) != ERR_OK) {
		s->error = error;
		code = EXIT_CANNOT_CREATE;
	}
	(void)g_string_free(out, TRUE);
	return code;
}

/* --- again and again --- */

enum { QUIET_MS = 200 };

/* Until something happens, and what comes with it is over, or for the interval. */
static void wait_for_news(struct screen *s, struct event_stream *stream)
{
	json_t *event = NULL;
	enum event_stream_end end = EVENT_STREAM_GONE;
	if (stream->read != NULL || event_stream_open(stream, s->io, &s->place.call))
		end = event_stream_wait(stream, s->interval_ms, &event);
	json_decref(event);
	while (end == EVENT_STREAM_EVENT) {
		end = event_stream_wait(stream, QUIET_MS, &event);
		json_decref(event);
	}
	if (end != EVENT_STREAM_GONE)
		return;
	event_stream_close(stream);
	struct timespec left = {.tv_sec = s->interval_ms / 1000, .tv_nsec = s->interval_ms % 1000 * 1000000};
	while (nanosleep(&left, &left) != 0 && errno == EINTR)
		;
}

/* Until it is ended: a screen at a time. A cluster that goes is waited for. Each look has its own memory. */
static void show_again_and_again(struct screen *s)
{
	struct event_stream stream = {.read = NULL};
	struct arena *kept = s->io->arena;
	for (;;) {
		struct arena fresh = {0};
		s->io->arena = &fresh;
		if (s->file == NULL && isatty(fileno(s->io->out)) == 1)
			(void)fputs("\033[H\033[2J", s->io->out);
		enum exit_code code = show_once(s, time(NULL));
		if (code != EXIT_OK && s->file == NULL)
			(void)fprintf(s->io->out, "%s\n", s->error.text);
		s->io->arena = kept;
		arena_fini(&fresh);
		if (fflush(s->io->out) != 0)
			break;
		wait_for_news(s, &stream);
	}
	event_stream_close(&stream);
}

/* In place of the one that took the lock. */
static bool put_pid(int lock, pid_t pid)
{
	return lseek(lock, 0, SEEK_SET) == 0 && ftruncate(lock, 0) == 0 && dprintf(lock, "%lld\n", (long long)pid) > 0;
}

/* The parent ends with 0; false: it cannot be done, and s->error says why. */
static bool go_to_background(struct screen *s)
{
	const char *path = line_value(s->line, OPTION_PID_FILE);
	int lock = -1; /* kept until the end: another one with this file is refused */
	if (path != NULL && file_lock(path, &lock, &s->error) != ERR_OK)
		return false;
	pid_t pid = fork();
	if (pid < 0) {
		(void)error_set(&s->error, ERR_NO_MEMORY, "going to the background: %s", strerror(errno));
		return false;
	}
	if (pid > 0 && (lock < 0 || put_pid(lock, pid)))
		_exit(EXIT_OK);
	if (pid > 0) {
		(void)error_set(&s->error, ERR_IO, "%s: writing our process number: %s", path, strerror(errno));
		(void)kill(pid, SIGTERM);
		return false;
	}
	(void)setsid();
	int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int fd = STDIN_FILENO; nowhere >= 0 && fd <= STDERR_FILENO; fd++)
		(void)dup2(nowhere, fd);
	if (nowhere > STDERR_FILENO)
		(void)close(nowhere);
	return true;
}

/* --- the program --- */

static int fail_to_show(struct screen *s, enum exit_code code)
{
	if (code == EXIT_DISCONNECTED)
		return result_fail(&s->result, code,
				   "Connection to cluster failed: Transport endpoint is not connected: %s",
				   s->error.text);
	return result_fail(&s->result, code, "%s", s->error.text);
}

/* NULL: what was given goes together. */
static const char *check_line(const struct screen *s)
{
	if (line_has(s->line, OPTION_EXTERNAL))
		return "programs are called by alerts, which are part of the configuration: hale alert create";
	bool is_page = line_has(s->line, OPTION_STYLE) || line_has(s->line, OPTION_TITLE);
	if (is_page && !s->is_html)
		return "--html-stylesheet and --html-title need --output-as=html";
	if (line_has(s->line, OPTION_DAEMON) && s->file == NULL)
		return "--daemonize needs --output-to";
	if (line_has(s->line, OPTION_DAEMON) && s->result.is_xml)
		return "--daemonize needs --output-as=text or html";
	return NULL;
}

/* NULL: the line is right. */
static const char *take_line(struct screen *s)
{
	const char *interval = line_value(s->line, OPTION_INTERVAL), *old = line_value(s->line, OPTION_AS_HTML);
	s->is_html = s->line->form == FORM_HTML || old != NULL || line_has(s->line, OPTION_CGI);
	s->file = old != NULL ? old : s->line->output_to;
	s->monitor.only_node = line_value(s->line, OPTION_NODE);
	s->monitor.only_resource = line_value(s->line, OPTION_RESOURCE);
	s->interval_ms = INTERVAL_MS;
	if (s->is_html || is_old_xml(s))
		s->result.is_text = false;
	if (!choose_options(s))
		return s->error.text;
	if (is_old_xml(s)) {
		s->monitor.sections = MONITOR_ALL;
		s->monitor.timing = true;
	}
	if (interval != NULL && (!interval_parse_ms(interval, &s->interval_ms) || s->interval_ms == 0))
		return arena_printf(s->io->arena, "Invalid value for -i: %s", interval);
	return check_line(s);
}

static int run(struct program_io *io, const struct command_line *line)
{
	struct screen s = {.io = io, .line = line, .error = {.text = ""}};
	result_open(&s.result, io, line, "crm_mon");
	place_open(&s.place, io, "crm_mon");
	const char *wrong = take_line(&s);
	if (wrong != NULL)
		return result_fail(&s.result, EXIT_USAGE, "%s", wrong);
	bool daemon = line_has(line, OPTION_DAEMON);
	bool once = line_has(line, OPTION_ONCE) || line_has(line, OPTION_SIMPLE) || is_old_xml(&s) || s.result.is_xml ||
		    s.place.path != NULL || s.file != NULL || !s.result.is_text;
	if (daemon && !go_to_background(&s))
		return result_fail(&s.result, EXIT_CANNOT_CREATE, "%s", s.error.text);
	if (daemon || !once)
		show_again_and_again(&s);
	if (line_value(line, OPTION_AS_HTML) == NULL)
		s.file = NULL; /* output goes there already */
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
		  .forms = FORMS_TEXT_XML | 1 << FORM_HTML,
		  .quiet = true,
		  .output_code = EXIT_ERROR},
	.run = run,
};
