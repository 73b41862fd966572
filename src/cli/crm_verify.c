/* SPDX-License-Identifier: GPL-2.0-or-later */
/* crm_verify - is this configuration right, and if not, what is wrong where? */
#include "cib/schema.h"
#include "cib/upgrade.h"
#include "cli/input.h"
#include "cli/pacemaker-result.h"
#include "cli/program.h"
#include "scheduler/cluster.h"

#include <string.h>

enum {
	OPTION_QUIET = 1,
	OPTION_LIVE,
	OPTION_FILE,
	OPTION_PIPE,
	OPTION_TEXT,
	OPTION_SAVE,
};

static const struct option options[] = {
	{OPTION_QUIET, 'q', "quiet", NULL, "Do not say what is wrong"},
	{.help = "Data sources:"},
	{OPTION_LIVE, 'L', "live-check", NULL, "Check the configuration of the running cluster"},
	{OPTION_FILE, 'x', "xml-file", "FILE", "Check the configuration in FILE"},
	{OPTION_PIPE, 'p', "xml-pipe", NULL, "Check the configuration that comes by standard input"},
	{OPTION_TEXT, 'X', "xml-text", "XML", "Check this configuration"},
	{.help = "Additional options:"},
	{OPTION_SAVE, 'S', "save-xml", "FILE", "Write the configuration that was checked to FILE"},
	{0},
};

struct verification {
	struct program_io *io;
	const struct command_line *line;
	struct pacemaker_result result;
	const char *source;
	bool quiet, is_verbose; /* is_verbose: tell warnings too, as XML always does */
	bool has_error, has_warning;
	enum exit_code
		code; /* when there is nothing to verify: as Pacemaker's, what cannot be read is no configuration */
};

static enum err read_document(struct verification *v, struct document **ret, struct error *reterr)
{
	const char *text = line_value(v->line, OPTION_TEXT);
	v->source = line_value(v->line, OPTION_FILE);
	v->code = EXIT_CONFIGURATION;
	if (v->source == NULL && text != NULL) {
		v->source = "input string";
		return document_parse(text, strlen(text), v->source, ret, reterr);
	}
	if (v->source == NULL && line_has(v->line, OPTION_PIPE))
		v->source = "-";
	if (v->source == NULL && !line_has(v->line, OPTION_LIVE)) {
		v->code = EXIT_ERROR;
		return error_set(reterr, ERR_NOT_FOUND, "No input specified: name one of -x FILE, -X XML, -p or -L");
	}
	enum err e = input_document(v->io, v->source, ret, reterr);
	v->code = v->source != NULL ? EXIT_CONFIGURATION : input_exit(v->io, NULL, e);
	if (v->source == NULL)
		v->source = "cib";
	return e;
}

static void tell_problems(struct verification *v, const GPtrArray *problems)
{
	GString *text = g_string_new(NULL);
	for (guint i = 0; i < problems->len && !v->quiet; i++) {
		g_string_truncate(text, 0);
		problem_print(g_ptr_array_index(problems, i), v->source, text);
		result_error(&v->result, "error: %s", g_strchomp(text->str));
	}
	(void)g_string_free(text, TRUE);
}

/* Whether the schema is followed, after an upgrade; false ends the check. */
static bool check_schema(struct verification *v, struct document *d)
{
	struct error error;
	if (document_root(d)->name != NAME_CIB) {
		result_error(&v->result, "Input is not a CIB (outermost element is %s not cib)",
			     element_tag(document_root(d)));
		return false;
	}
	if (cib_upgrade(d, &error) != ERR_OK) {
		result_error(&v->result, "%s\nThe cluster will NOT be able to use this configuration.", error.text);
		return false;
	}
	GPtrArray *problems = problems_new();
	bool ok = cib_is_unchecked(d) || cib_validate(d, problems);
	if (!ok)
		tell_problems(v, problems);
	g_ptr_array_unref(problems);
	return ok;
}

/* What only shows when the cluster is put together: references to nothing, contradictions, ignored options. */
static void check_meaning(struct verification *v, struct document *d, bool has_status)
{
	struct cluster *c = cluster_new(d, (int64_t)(v->io->now.ns / 1000000000u));
	if (has_status)
		scheduler_run(c);
	else
		scheduler_read_locations(c);
	for (const struct complaint *k = c->complaints; k != NULL; k = k->next) {
		*(k->is_error ? &v->has_error : &v->has_warning) = true;
		if (v->quiet || !v->is_verbose)
			continue;
		if (k->element != NULL && k->element->line > 0)
			result_error(&v->result, "%s: %s:%u: %s", k->is_error ? "error" : "warning", v->source,
				     k->element->line, k->text);
		else
			result_error(&v->result, "%s: %s", k->is_error ? "error" : "warning", k->text);
	}
	cluster_free(c);
}

static int conclude(struct verification *v)
{
	if (!v->has_error && !v->has_warning)
		return result_close(&v->result, EXIT_OK);
	if (!v->quiet)
		result_error(&v->result, "Configuration %s%s", v->has_error ? "invalid" : "may need attention",
			     !v->is_verbose ? " (-V may provide more detail)" : "");
	return result_close(&v->result, EXIT_CONFIGURATION);
}

static int run(struct program_io *io, const struct command_line *line)
{
	struct verification v = {.io = io,
				 .line = line,
				 .quiet = line_has(line, OPTION_QUIET),
				 .is_verbose = line->verbosity > 0 || line->form == FORM_XML};
	struct document *d = NULL;
	struct error error;
	result_open(&v.result, io, line, "crm_verify");
	enum err e = read_document(&v, &d, &error);
	if (e != ERR_OK)
		return result_fail(&v.result, v.code, "%s", error.text);
	const char *save = line_value(line, OPTION_SAVE);
	if (save != NULL) {
		GString *text = g_string_new(NULL);
		document_print(d, text);
		e = input_write(save, text->str, text->len, &error);
		(void)g_string_free(text, TRUE);
	}
	if (e != ERR_OK) {
		document_free(d);
		return result_fail(&v.result, EXIT_CANNOT_CREATE, "%s", error.text);
	}
	bool has_status = document_section(d, NAME_STATUS) != NULL;
	if (check_schema(&v, d))
		check_meaning(&v, d, has_status);
	else
		v.has_error = true;
	document_free(d);
	return conclude(&v);
}

const struct program program_crm_verify = {
	.rules = {.name = "crm_verify",
		  .summary = "check a cluster configuration for syntax and common errors",
		  .details = "Without -V, warnings are counted and, but in XML, not told.",
		  .options = options,
		  .forms = FORMS_TEXT_XML,
		  .output_code = EXIT_ERROR},
	.run = run,
};
