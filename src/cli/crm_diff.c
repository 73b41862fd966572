/* SPDX-License-Identifier: GPL-2.0-or-later */
/* crm_diff - the difference of two configurations as a patch, and a configuration with a patch applied. */
#include "cib/difference.h"
#include "cib/patch.h"
#include "cli/input.h"
#include "cli/pacemaker-result.h"

#include <string.h>

enum {
	OPTION_ORIGINAL = 1,
	OPTION_ORIGINAL_STRING,
	OPTION_NEW,
	OPTION_NEW_STRING,
	OPTION_PATCH,
	OPTION_CIB,
	OPTION_NO_VERSION,
	OPTION_STDIN,
};

static const struct option options[] = {
	{.help = "Original XML:"},
	{OPTION_ORIGINAL, 'o', "original", "FILE", "XML is contained in the named file"},
	{OPTION_ORIGINAL_STRING, 'O', "original-string", "STRING",
	 "XML is contained in the supplied string; overrides --original"},
	{.help = "Operation:"},
	{OPTION_NEW, 'n', "new", "FILE", "Compare the original XML to the contents of the named file"},
	{OPTION_NEW_STRING, 'N', "new-string", "STRING",
	 "Compare the original XML with the contents of the supplied string; overrides --new and --patch"},
	{OPTION_PATCH, 'p', "patch", "FILE", "Patch the original XML with the contents of the named file"},
	{.help = "Additional Options:"},
	{OPTION_CIB, 'c', "cib", NULL,
	 "Compare/patch the inputs as a CIB (includes version details, and the order of attributes is no difference)"},
	{OPTION_NO_VERSION, 'u', "no-version", NULL, "Generate the difference without version details"},
	{OPTION_STDIN, 's', "stdin", NULL, "Read what no string gives from standard input", .hidden = true},
	{0},
};

static const char examples[] =
	"FILE may be \"-\" for standard input, and packed with bzip2.\n"
	"\n"
	"Exit status: 0 when the inputs are the same or the patch was applied, 1 when they differ or the\n"
	"patch does not fit, 65 when one of them is no XML, 103 when the original is newer than the patch.\n"
	"\n"
	"Examples:\n"
	"\n"
	"Save the difference between two configurations:\n"
	"\n"
	"\tcrm_diff --original cib-old.xml --new cib-new.xml > patch.xml\n"
	"\n"
	"Apply it to the first:\n"
	"\n"
	"\tcrm_diff --original cib-old.xml --patch patch.xml > updated.xml\n";

/* Where one of the two documents comes from: a text, or else a file. */
struct source {
	const char *text, *path;
};

/* The document; NULL when it was complained about. */
static struct document *load(struct program_io *io, struct source source, const char *which, struct pacemaker_result *r)
{
	struct document *d = NULL;
	struct error error = {0};
	enum err e = source.text != NULL
			     ? document_parse(source.text, strlen(source.text), "the string given", &d, &error)
			     : input_document(io, source.path, &d, &error);
	if (e != ERR_OK)
		result_error(r, "crm_diff: Failed to parse %s XML: %s", which, error.text);
	return d;
}

static void print_document(struct pacemaker_result *r, const char *name, const struct document *d)
{
	GString *text = g_string_new(NULL);
	element_print(document_root(d), text);
	if (r->is_xml)
		result_cdata(r, name, text->str);
	else if (r->is_text)
		(void)fputs(text->str, r->io->out);
	g_string_free(text, TRUE);
}

/* The versions of the old document: then they are no difference. */
static void take_version(struct document *to, const struct document *from)
{
	static const cib_name fields[] = {NAME_ADMIN_EPOCH, NAME_EPOCH, NAME_NUM_UPDATES};
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		const char *value = element_get(document_root(from), fields[i]);
		if (value != NULL)
			element_set(document_root(to), fields[i], value);
	}
}

static enum exit_code compare(const struct command_line *line, struct document *old, struct document *new,
			      struct pacemaker_result *r)
{
	unsigned flags = line_has(line, OPTION_CIB) ? DIFFERENCE_ANY_ATTRIBUTE_ORDER | DIFFERENCE_WITH_DIGEST : 0;
	if (line_has(line, OPTION_NO_VERSION)) {
		flags |= DIFFERENCE_WITHOUT_VERSION;
		take_version(new, old);
	}
	struct document *patch = NULL;
	struct error error = {0};
	if (difference_make(old, new, flags, &patch, &error) != ERR_OK) {
		result_error(r, "crm_diff: %s", error.text);
		return EXIT_DATA;
	}
	if (patch == NULL)
		return EXIT_OK;
	print_document(r, "patchset", patch);
	document_free(patch);
	return EXIT_ERROR;
}

static enum exit_code apply(const struct command_line *line, struct document *old, struct document *patch,
			    struct pacemaker_result *r)
{
	struct document *new = NULL;
	struct error error = {0};
	enum patch_result result = patch_apply(old, document_root(patch),
					       line_has(line, OPTION_CIB) ? PATCH_CHECK_VERSION : 0, &new, &error);
	if (result == PATCH_APPLIED) {
		print_document(r, "updated", new);
		document_free(new);
		return EXIT_OK;
	}
	enum exit_code code = result == PATCH_OUTDATED ? EXIT_OLD : EXIT_ERROR;
	result_error(r, "crm_diff: Could not apply patch: %s: %s",
		     code == EXIT_OLD ? exit_message(code) : "Application of update diff failed", error.text);
	return code;
}

/* The file that --new or --patch named last: the last one wins, and that there is a patch is remembered. */
static const char *new_path(const struct command_line *line)
{
	const char *path = NULL;
	for (size_t i = 0; i < line->given_count; i++)
		if (line->given[i].id == OPTION_NEW || line->given[i].id == OPTION_PATCH)
			path = line->given[i].value;
	return path;
}

static bool check_options(const struct command_line *line, struct source old, struct source new,
			  struct pacemaker_result *r)
{
	const char *wrong = NULL;
	if (line_has(line, OPTION_NO_VERSION) && line_has(line, OPTION_CIB))
		wrong = "-u/--no-version incompatible with -c/--cib";
	else if (old.text == NULL && old.path == NULL)
		wrong = "Either --original or --original-string must be specified";
	else if (new.text == NULL &&new.path == NULL)
		wrong = "Either --new, --new-string, or --patch must be specified";
	if (wrong != NULL)
		result_error(r, "crm_diff: %s", wrong);
	return wrong == NULL;
}

static int run(struct program_io *io, const struct command_line *line)
{
	bool patching = line_has(line, OPTION_PATCH), standard = line_has(line, OPTION_STDIN);
	struct source old = {line_value(line, OPTION_ORIGINAL_STRING), line_value(line, OPTION_ORIGINAL)};
	struct source new = {line_value(line, OPTION_NEW_STRING), new_path(line)};
	if (standard)
		old.path = new.path = "-";
	struct pacemaker_result r;
	result_open(&r, io, line, "crm_diff");
	if (!check_options(line, old, new, &r))
		return result_close(&r, EXIT_USAGE);
	if (patching && line_has(line, OPTION_NO_VERSION))
		result_error(&r, "Warning: -u/--no-version ignored with -p/--patch");
	enum exit_code code = EXIT_DATA;
	struct document *from = load(io, old, "original", &r), *to = NULL;
	if (from != NULL)
		to = load(io, new, patching ? "patch" : "new", &r);
	if (to != NULL)
		code = patching ? apply(line, from, to, &r) : compare(line, from, to, &r);
	document_free(from);
	document_free(to);
	return result_close(&r, code);
}

const struct program program_crm_diff = {
	.rules = {.name = "crm_diff",
		  .summary = "Compare two Pacemaker configurations (in XML format) to produce a custom diff-like "
			     "output, or "
			     "apply such an output as a patch",
		  .details = examples,
		  .options = options,
		  .forms = FORMS_TEXT_XML,
		  .output_code = EXIT_ERROR},
	.run = run,
};
