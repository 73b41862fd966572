/* SPDX-License-Identifier: GPL-2.0-or-later */
/* crm_error - what the numbers mean that Pacemaker's tools end with, print and log. */
#include "cli/pacemaker-result.h"

#include <string.h>

enum { OPTION_NAME = 1, OPTION_LIST, OPTION_EXIT, OPTION_RC };

static const struct option options[] = {
	{OPTION_NAME, 'n', "name", NULL, "Show the name that a number has in Pacemaker's sources, too"},
	{OPTION_LIST, 'l', "list", NULL, "Show all known numbers (so it is when none is given)"},
	{OPTION_EXIT, 'X', "exit", NULL, "Numbers that programs end with"},
	{OPTION_RC, 'r', "rc", NULL, "Numbers that Pacemaker's present library returns, rather than those of old ones"},
	{0},
};

static const char details[] = "Negative numbers come behind two dashes.\n"
			      "\n"
			      "Exit status: 0, or 64 when the command line is wrong.\n"
			      "\n"
			      "Examples:\n"
			      "\n"
			      "What it means that crm_mon ended with 102:\n"
			      "\n"
			      "\tcrm_error --exit 102\n"
			      "\n"
			      "What a number in a log means:\n"
			      "\n"
			      "\tcrm_error --rc --name -- -1005\n";

/* What Pacemaker adds to the system's errors: the first is -1001, each next one less. Some have had other, positive
 * numbers; one name has changed since. */
enum { FIRST = -1001, OLD_GENERIC = 201, OLD_LAST = 217 };

static const struct {
	const char *name; /* after "pcmk_rc_"; old ones begin with "pcmk_err_" */
	int old;          /* 0: none */
	const char *text;
} own[] = {
	{"error", OLD_GENERIC, "Error"},
	{"unknown_format", OLD_LAST, "Unknown output format"},
	{"bad_nvpair", 216, "Bad name/value pair given"},
	{"already", 215, "Already in requested state"},
	{"node_unknown", 214, "Node not found"},
	{"multiple", 213, "Resource active on multiple nodes"},
	{"cib_corrupt", 212, "Could not parse on-disk configuration"},
	{"cib_save", 210, "Could not save new configuration to disk"},
	{"cib_backup", 209, "Could not archive previous configuration"},
	{"cib_modified", 208, "On-disk configuration was manually modified"},
	{"diff_resync", 207, "Application of update diff failed, requesting full refresh"},
	{"diff_failed", 206, "Application of update diff failed"},
	{"old_data", 205, "Update was older than existing configuration"},
	{"transform_failed", 204, "Schema transform failed"},
	{"schema_unchanged", 211, "Schema is already the latest available"},
	{"schema_validation", 203, "Update does not conform to the configured schema"},
	{"no_quorum", 202, "Operation requires quorum"},
	{"ipc_unauthorized", 0, "IPC server is blocked by unauthorized process"},
	{"ipc_unresponsive", 0, "IPC server is unresponsive"},
	{"ipc_pid_only", 0, "IPC server process is active but not accepting connections"},
	{"op_unsatisfied", 0, "Not applicable under current conditions"},
	{"undetermined", 0, "Result undetermined"},
	{"before_range", 0, "Result occurs before given range"},
	{"within_range", 0, "Result occurs within given range"},
	{"after_range", 0, "Result occurs after given range"},
	{"no_output", 0, "Output message produced no output"},
	{"no_input", 0, "Input file not available"},
	{"underflow", 0, "Value too small to be stored in data type"},
	{"dot_error", 0, "Error writing dot(1) file"},
	{"graph_error", 0, "Error writing graph file"},
	{"invalid_transition", 0, "Cluster simulation produced invalid transition"},
	{"unpack_error", 0, "Unable to parse CIB XML"},
	{"duplicate_id", 0, "Two or more XML elements have the same ID"},
	{"disabled", 0, "Disabled"},
	{"bad_input", 0, "Bad input value provided"},
	{"bad_xml_patch", 0, "Bad XML patch format"},
	{"no_transaction", 0, "No active transaction found"},
	{"ns_resolution", 0, "Nameserver resolution error"},
	{"compression", 0, "Compression/decompression error"},
	{"no_dc", 0, "DC is not yet elected"},
	{"ipc_more", 0, "More IPC message fragments to send"},
	{"cs_internal", 0, "Internal corosync error"},
	{"digest_mismatch", 0, "Digest does not match expected value"},
};

enum { SYSTEM_MAX = 200, CODE_WIDTH = 5, NAME_WIDTH = 26 };
static const char nothing_known[] = "Error";

enum family { OLD, PRESENT, EXITS };

struct meaning {
	bool known;
	const char *name, *text;
};

struct errors {
	struct program_io *io;
	struct pacemaker_result result;
	enum family family;
	bool with_name, with_code;
};

static struct meaning of_system(int code)
{
	const char *name = code == 0 ? "pcmk_rc_ok" : strerrorname_np(code);
	bool known = name != NULL;
	return (struct meaning){known, known ? name : "Unknown",
				code == 0 ? "OK"
				: known   ? strerror(code)
					  : nothing_known};
}

/* Old ones were told with and without a minus. */
static struct meaning of_old(const struct errors *e, int code)
{
	int positive = code < 0 && code > -SYSTEM_MAX * 2 ? -code : code;
	if (positive == OLD_GENERIC)
		return (struct meaning){true, "pcmk_err_generic", own[0].text};
	for (size_t i = 1; i < G_N_ELEMENTS(own); i++)
		if (own[i].old != 0 && own[i].old == positive)
			return (struct meaning){true, arena_printf(e->io->arena, "pcmk_err_%s", own[i].name),
						own[i].text};
	return of_system(positive);
}

static struct meaning of_present(const struct errors *e, int code)
{
	int i = FIRST - code;
	if (code > FIRST)
		return of_system(code);
	if (i < 0 || i >= (int)G_N_ELEMENTS(own))
		return (struct meaning){false, "Unknown", nothing_known};
	return (struct meaning){true, arena_printf(e->io->arena, "pcmk_rc_%s", own[i].name), own[i].text};
}

static struct meaning meaning_of(const struct errors *e, int code)
{
	switch (e->family) {
	case OLD:
		return of_old(e, code);
	case PRESENT:
		return of_present(e, code);
	case EXITS:
		break;
	}
	const char *name = exit_name((enum exit_code)code);
	return (struct meaning){name != NULL, name != NULL ? name : "CRM_EX_UNKNOWN",
				exit_message((enum exit_code)code)};
}

static void show(struct errors *e, int code)
{
	struct meaning m = meaning_of(e, code);
	const char *name = e->with_name ? m.name : NULL;
	if (e->result.is_xml)
		markup_empty(&e->result.markup, "result-code", "code", arena_printf(e->io->arena, "%d", code), "name",
			     name, "description", m.text, NULL);
	else if (e->with_code && name != NULL)
		result_line(&e->result, "%*d: %-*s  %s", CODE_WIDTH, code, NAME_WIDTH, name, m.text);
	else if (e->with_code)
		result_line(&e->result, "%*d: %s", CODE_WIDTH, code, m.text);
	else
		result_line(&e->result, "%s%s%s", name != NULL ? name : "", name != NULL ? " - " : "", m.text);
}

static void show_all(struct errors *e)
{
	int first = e->family == PRESENT ? FIRST - (int)G_N_ELEMENTS(own) + 1 : 0;
	int last = e->family == OLD ? OLD_LAST : e->family == PRESENT ? SYSTEM_MAX : EXIT_CODE_MAX;
	e->with_code = true;
	for (int code = first; code <= last; code++)
		if (meaning_of(e, code).known)
			show(e, code);
}

static int run(struct program_io *io, const struct command_line *line)
{
	struct errors e = {.io = io, .with_name = line_has(line, OPTION_NAME), .with_code = line->verbosity > 0};
	result_open(&e.result, io, line, "crm_error");
	e.family = line_has(line, OPTION_RC) ? PRESENT : line_has(line, OPTION_EXIT) ? EXITS : OLD;
	if (line->word_count == 0 || line_has(line, OPTION_LIST)) {
		show_all(&e);
		return result_close(&e.result, EXIT_OK);
	}
	for (size_t i = 0; i < line->word_count; i++) {
		int64_t code;
		if (!g_ascii_string_to_signed(line->words[i], 10, INT32_MIN, INT32_MAX, &code, NULL))
			return result_fail(&e.result, EXIT_USAGE, "'%s' is no number", line->words[i]);
		show(&e, (int)code);
	}
	return result_close(&e.result, EXIT_OK);
}

const struct program program_crm_error = {
	.rules = {.name = "crm_error",
		  .summary = "display name or description of a Pacemaker error code",
		  .words = "[RC]…",
		  .details = details,
		  .options = options,
		  .forms = FORMS_TEXT_XML,
		  .output_code = EXIT_ERROR},
	.run = run,
};
