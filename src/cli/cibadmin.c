/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cibadmin - shows the configuration and changes it. */
#include "cib/difference.h"
#include "cib/digest.h"
#include "cib/schema.h"
#include "cib/xpath.h"
#include "cli/access-text.h"
#include "cli/cib-file.h"
#include "cli/client.h"
#include "cli/input.h"
#include "cli/pacemaker-result.h"
#include "store/archive.h"

#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	OPTION_UPGRADE = 1,
	OPTION_QUERY,
	OPTION_ERASE,
	OPTION_BUMP,
	OPTION_CREATE,
	OPTION_MODIFY,
	OPTION_PATCH,
	OPTION_REPLACE,
	OPTION_DELETE,
	OPTION_DELETE_ALL,
	OPTION_EMPTY,
	OPTION_MD5,
	OPTION_MD5_VERSIONED,
	OPTION_COMMANDS_END, /* those above are commands */
	OPTION_FILE,
	OPTION_TEXT,
	OPTION_PIPE,
	OPTION_FORCE,
	OPTION_TIMEOUT,
	OPTION_USER,
	OPTION_SCOPE,
	OPTION_XPATH,
	OPTION_SHOW_ACCESS,
	OPTION_SCORE,
	OPTION_ALLOW_CREATE,
	OPTION_NO_CHILDREN,
	OPTION_NODE_PATH,
	OPTION_IGNORED,
};

static const struct option options[] = {
	{.help = "Commands:"},
	{OPTION_UPGRADE, 'u', "upgrade", NULL, "Upgrade the configuration to the latest syntax (needs --force)"},
	{OPTION_QUERY, 'Q', "query", NULL, "Show the configuration, or a part of it; what is done without a command"},
	{OPTION_ERASE, 'E', "erase", NULL, "Erase the contents of the whole configuration (needs --force)"},
	{OPTION_BUMP, 'B', "bump", NULL, "Increase the configuration's epoch by 1"},
	{OPTION_CREATE, 'C', "create", NULL, "Create an element, which must not be there yet"},
	{OPTION_MODIFY, 'M', "modify", NULL,
	 "Find an element and update it, and what is in it; it must be there, unless with --allow-create"},
	{OPTION_PATCH, 'P', "patch", NULL, "Apply a difference of two configurations (see crm_diff(8))"},
	{OPTION_REPLACE, 'R', "replace", NULL, "Replace an element, with what is in it"},
	{OPTION_DELETE, 'D', "delete", NULL,
	 "Delete the first element of that name and with all those attributes, or the first that --xpath selects"},
	{OPTION_DELETE_ALL, 'd', "delete-all", NULL, "Delete everything that --xpath selects (needs --force)"},
	{OPTION_EMPTY, 'a', "empty", "[SCHEMA]", "Print an empty configuration, of the latest schema or the one named"},
	{OPTION_MD5, '5', "md5-sum", NULL, "Print the digest that a file with this configuration has"},
	{OPTION_MD5_VERSIONED, '6', "md5-sum-versioned", NULL, "Print the digest that a difference leading here has"},
	{.help = "Data:"},
	{OPTION_FILE, 'x', "xml-file", "FILE", "Take XML from FILE; before --xml-text and --xml-pipe"},
	{OPTION_TEXT, 'X', "xml-text", "STRING", "Take this XML; before --xml-pipe"},
	{OPTION_PIPE, 'p', "xml-pipe", NULL, "Take XML from standard input"},
	{.help = "Additional Options:"},
	{OPTION_FORCE, 'f', "force", NULL, "Do what destroys much"},
	{OPTION_TIMEOUT, 't', "timeout", "value", "Seconds to wait for the cluster (30)"},
	{OPTION_USER, 'U', "user", "value", "Act with the rights of this user (only root and hacluster may)"},
	{OPTION_SCOPE, 'o', "scope", "value",
	 "Only in this section: configuration, nodes, resources, constraints, crm_config, rsc_defaults, op_defaults, "
	 "acls, fencing-topology, tags, alerts, status. Of --scope and --xpath the last one counts"},
	{OPTION_XPATH, 'A', "xpath", "value", "Only what this XPath expression selects"},
	{OPTION_SHOW_ACCESS, 'S', "show-access", "[value]",
	 "Show what the user of --user may do with each part: as 'color' (on a terminal), 'text', 'namespace', or "
	 "'auto'"},
	{OPTION_SCORE, 0, "score", NULL,
	 "With --modify, a value \"NAME++\" or \"NAME+=N\" of the attribute NAME is added to the score that is there. "
	 "This is so without this option too, for the present"},
	{OPTION_ALLOW_CREATE, 'c', "allow-create", NULL, "With --modify: create what is not there"},
	{OPTION_NO_CHILDREN, 'n', "no-children", NULL, "Show elements without what is in them"},
	{OPTION_IGNORED, 'l', "local", NULL, "Understood for old callers", .hidden = true},
	{OPTION_IGNORED, 'N', "node", "value", "Understood for old callers", .hidden = true},
	{OPTION_NODE_PATH, 'e', "node-path", NULL, "Show the paths of what --xpath selects", .hidden = true},
	{OPTION_IGNORED, 's', "sync-call", NULL, "Understood for old callers", .hidden = true},
	{0},
};

static const char details[] =
	"The configuration is the running cluster's, or the file that CIB_file names in the environment, or the "
	"shadow\n"
	"that CIB_shadow does.\n"
	"\n"
	"Exit status: 0 when it was done or nothing was to be done, 4 when access rights forbid it, 65 when XML or "
	"XPath\n"
	"cannot be read, 70 when there is no such section, 78 when the result would break the schema, 102 when no "
	"cluster\n"
	"is running, 103 when the configuration is newer than what was given, 105 when there is no such element,\n"
	"107 when --force is needed, 108 when the element is there already.\n"
	"\n"
	"Examples:\n"
	"\n"
	"Show the cluster options:\n"
	"\n"
	"\tcibadmin --query --scope crm_config\n"
	"\n"
	"Show every target-role:\n"
	"\n"
	"\tcibadmin --query --xpath \"//nvpair[@name='target-role']\"\n"
	"\n"
	"Delete the resource old:\n"
	"\n"
	"\tcibadmin --delete --xml-text '<primitive id=\"old\"/>'\n"
	"\n"
	"Delete every is-managed:\n"
	"\n"
	"\tcibadmin --delete-all --force --xpath \"//nvpair[@name='is-managed']\"\n"
	"\n"
	"Edit it and put it back:\n"
	"\n"
	"\tcibadmin --query > local.xml\n"
	"\t$EDITOR local.xml\n"
	"\tcibadmin --replace --xml-file local.xml\n";

enum needs { NEEDS_NOTHING, NEEDS_INPUT, NEEDS_INPUT_OR_XPATH };

/* What there is to know of each command; kind counts for those that edit. */
static const struct command {
	bool edits;
	enum edit_kind kind;
	enum needs needs;
	bool is_dangerous;
} commands[OPTION_COMMANDS_END] = {
	[OPTION_UPGRADE] = {true, EDIT_UPGRADE, NEEDS_NOTHING, true},
	[OPTION_QUERY] = {0},
	[OPTION_ERASE] = {true, EDIT_ERASE, NEEDS_NOTHING, true},
	[OPTION_BUMP] = {true, EDIT_BUMP, NEEDS_NOTHING, false},
	[OPTION_CREATE] = {true, EDIT_CREATE, NEEDS_INPUT, false},
	[OPTION_MODIFY] = {true, EDIT_MODIFY, NEEDS_INPUT, false},
	[OPTION_PATCH] = {true, EDIT_PATCH, NEEDS_INPUT, false},
	[OPTION_REPLACE] = {true, EDIT_REPLACE, NEEDS_INPUT, false},
	[OPTION_DELETE] = {true, EDIT_DELETE, NEEDS_INPUT_OR_XPATH, false},
	[OPTION_DELETE_ALL] = {true, EDIT_DELETE_ALL, NEEDS_INPUT_OR_XPATH, true},
	[OPTION_EMPTY] = {0},
	[OPTION_MD5] = {.needs = NEEDS_INPUT},
	[OPTION_MD5_VERSIONED] = {.needs = NEEDS_INPUT},
};

enum { TIMEOUT_S = 30, GROUPS_MAX = 256 };

struct admin {
	struct program_io *io;
	const struct command_line *line;
	struct pacemaker_result result;
	int command; /* OPTION_… */
	const char *scope, *xpath;
	const char *path;       /* of a file; NULL: the running cluster */
	struct document *input; /* NULL: none was given */
	struct access_user user;
	struct client_call call;
	enum access_form form; /* of --show-access */
};

/* ---- what is asked for ---- */

static void take_line(struct admin *a)
{
	a->command = OPTION_QUERY;
	for (size_t i = 0; i < a->line->given_count; i++) {
		const struct given *g = &a->line->given[i];
		if (g->id < OPTION_COMMANDS_END)
			a->command = g->id;
		if (g->id == OPTION_SCOPE || g->id == OPTION_XPATH) {
			a->scope = g->id == OPTION_SCOPE ? g->value : NULL;
			a->xpath = g->id == OPTION_XPATH ? g->value : NULL;
		}
	}
}

/* The groups of a user on this machine; one that it does not know has none. */
static const char *const *groups_of(struct arena *a, const char *name)
{
	gid_t ids[GROUPS_MAX];
	int count = GROUPS_MAX;
	const struct passwd *user = getpwnam(name);
	if (user == NULL || getgrouplist(name, user->pw_gid, ids, &count) < 0)
		return NULL;
	const char **groups = arena_array(a, const char *, (size_t)count + 1);
	size_t known = 0;
	for (int i = 0; i < count; i++) {
		const struct group *g = getgrgid(ids[i]);
		if (g != NULL)
			groups[known++] = arena_string(a, g->gr_name);
	}
	return groups;
}

static void take_user(struct admin *a)
{
	const char *name = line_value(a->line, OPTION_USER);
	if (name == NULL)
		name = io_environment(a->io, "CIB_user");
	a->user.name = name;
	a->user.groups = name == NULL ? NULL : groups_of(a->io->arena, name);
}

static void take_timeout(struct admin *a)
{
	const char *text = line_value(a->line, OPTION_TIMEOUT);
	long seconds = text == NULL ? TIMEOUT_S : strtol(text, NULL, 10);
	if (seconds < 1) {
		result_error(&a->result, "Timeout must be positive, defaulting to %d", TIMEOUT_S);
		seconds = TIMEOUT_S;
	}
	a->call = (struct client_call){.client = "cibadmin", .user = a->user.name, .timeout_ms = seconds * 1000};
}

static bool take_form(struct admin *a)
{
	const char *word = line_value(a->line, OPTION_SHOW_ACCESS);
	if (word == NULL || strcmp(word, "auto") == 0)
		a->form = isatty(fileno(a->io->out)) ? ACCESS_COLOR : ACCESS_TEXT;
	else if (strcmp(word, "color") == 0)
		a->form = ACCESS_COLOR;
	else if (strcmp(word, "text") == 0)
		a->form = ACCESS_TEXT;
	else if (strcmp(word, "namespace") == 0)
		a->form = ACCESS_NAMESPACE;
	else
		return false;
	return true;
}

/* What is wrong with the line itself; EXIT_OK: nothing. */
static enum exit_code check_line(struct admin *a)
{
	bool shows = line_has(a->line, OPTION_SHOW_ACCESS);
	if (shows && !take_form(a)) {
		result_error(&a->result, "cibadmin: Invalid value '%s' for option '--show-access'",
			     line_value(a->line, OPTION_SHOW_ACCESS));
		return EXIT_USAGE;
	}
	if (commands[a->command].is_dangerous && !line_has(a->line, OPTION_FORCE)) {
		result_error(&a->result,
			     "cibadmin: The supplied command is considered dangerous. To prevent accidental "
			     "destruction of the cluster, the --force flag is required in order to proceed.");
		return EXIT_UNSAFE;
	}
	if (shows && a->command == OPTION_QUERY && a->user.name == NULL) {
		result_error(&a->result, "cibadmin: -U/--user is required with -S/--show-access");
		return EXIT_USAGE;
	}
	return EXIT_OK;
}

static enum exit_code read_input(struct admin *a)
{
	enum needs needs = commands[a->command].needs;
	const char *file = line_value(a->line, OPTION_FILE), *text = line_value(a->line, OPTION_TEXT), *source = file;
	struct error error = {0};
	enum err e;
	if (needs == NEEDS_NOTHING || (needs == NEEDS_INPUT_OR_XPATH && a->xpath != NULL))
		return EXIT_OK;
	if (file != NULL) {
		e = input_document(a->io, file, &a->input, &error);
	} else if (text != NULL) {
		source = "input string";
		e = document_parse(text, strlen(text), source, &a->input, &error);
	} else if (line_has(a->line, OPTION_PIPE)) {
		source = "stdin";
		e = input_document(a->io, "-", &a->input, &error);
	} else {
		result_error(&a->result,
			     "cibadmin: The supplied command requires %sinput via --xml-file, --xml-text, or "
			     "--xml-pipe",
			     needs == NEEDS_INPUT_OR_XPATH ? "either --xpath or " : "");
		return EXIT_USAGE;
	}
	if (e == ERR_OK)
		return EXIT_OK;
	result_error(&a->result, "cibadmin: Couldn't parse input from %s", source);
	result_error(&a->result, "%s", error.text);
	return EXIT_DATA;
}

/* ---- what is told ---- */

static void put_text(struct admin *a, const GString *text)
{
	if (a->result.is_xml)
		result_cdata(&a->result, "output", text->str);
	else if (a->result.is_text)
		(void)fputs(text->str, a->io->out);
}

static void put_document(struct admin *a, const struct document *d)
{
	GString *text = g_string_new(NULL);
	element_print(document_root(d), text);
	put_text(a, text);
	g_string_free(text, TRUE);
}

/* Of an edited configuration, lines are of two texts: the path says more. */
static void tell_problems(struct admin *a, const GPtrArray *problems)
{
	for (guint i = 0; i < problems->len; i++) {
		const struct problem *p = g_ptr_array_index(problems, i);
		result_error(&a->result, "/%s%s%s%s: %s%s%s%s", p->path, p->id == NULL ? "" : "[@id='",
			     p->id == NULL ? "" : p->id, p->id == NULL ? "" : "']", p->text,
			     p->hint == NULL ? "" : " (", p->hint == NULL ? "" : p->hint, p->hint == NULL ? "" : ")");
	}
}

/* Pacemaker's words, which programs look for. */
static const char *verdict_words(enum edit_verdict v)
{
	switch (v) {
	case EDIT_DONE:
	case EDIT_NOTHING:
		return "OK";
	case EDIT_MALFORMED:
		return "Bad input value provided";
	case EDIT_MISPLACED:
		return "Invalid argument";
	case EDIT_DENIED:
		return "Permission denied";
	case EDIT_INVALID:
		return "Update does not conform to the configured schema";
	case EDIT_OLD:
		return "Update was older than existing configuration";
	case EDIT_UNFIT:
	case EDIT_DIGEST:
		return "Application of update diff failed";
	case EDIT_ABSENT:
		return "No such device or address";
	case EDIT_PRESENT:
		return "File exists";
	}
	return "unknown";
}

static enum exit_code tell_verdict(struct admin *a, enum edit_verdict v, const struct error *error)
{
	if (v == EDIT_DONE || v == EDIT_NOTHING)
		return EXIT_OK;
	result_error(&a->result, "cibadmin: CIB API call failed: %s", verdict_words(v));
	result_error(&a->result, "%s", error->text);
	return (enum exit_code)edit_verdict_exit(v);
}

static enum exit_code tell_unconnected(struct admin *a, enum exit_code code, const struct error *error)
{
	const char *words = code == EXIT_CONFIGURATION  ? verdict_words(EDIT_INVALID)
			    : code == EXIT_NO_SUCH      ? verdict_words(EDIT_ABSENT)
			    : code == EXIT_DISCONNECTED ? "Transport endpoint is not connected"
							: exit_message(code);
	result_error(&a->result, "cibadmin: Could not connect to the CIB API: %s", words);
	result_error(&a->result, "%s", error->text);
	return code;
}

/* ---- files ---- */

static enum exit_code load_file(struct admin *a, struct document **ret)
{
	struct error error = {0};
	GPtrArray *problems = problems_new();
	enum exit_code code = cib_file_load(a->io, a->path, ret, problems, &error);
	if (code != EXIT_OK) {
		(void)tell_unconnected(a, code, &error);
		tell_problems(a, problems);
	}
	g_ptr_array_unref(problems);
	return code;
}

static enum exit_code edit_file(struct admin *a, const struct edit *c, enum edit_verdict *ret_verdict)
{
	struct document *old = NULL, *now = NULL;
	struct error error = {0};
	struct edit_author by = {.user = a->user};
	enum exit_code code = load_file(a, &old);
	if (code != EXIT_OK)
		return code;
	GPtrArray *problems = problems_new();
	*ret_verdict = edit_apply(old, c, &by, &now, problems, &error);
	code = tell_verdict(a, *ret_verdict, &error);
	tell_problems(a, problems);
	if (now != NULL && cib_file_save(a->path, now, &error) != EXIT_OK) {
		result_error(&a->result, "cibadmin: Could not write the configuration: %s", error.text);
		code = EXIT_ERROR;
	}
	g_ptr_array_unref(problems);
	document_free(old);
	document_free(now);
	return code;
}

/* ---- commands ---- */

static enum exit_code edit_cluster(struct admin *a, const struct edit *c, enum edit_verdict *ret_verdict)
{
	struct error error = {0};
	enum exit_code code = client_cib_edit(a->io, &a->call, c, ret_verdict, &error);
	return code == EXIT_OK ? tell_verdict(a, *ret_verdict, &error) : tell_unconnected(a, code, &error);
}

static enum exit_code run_edit(struct admin *a)
{
	GString *body = g_string_new(NULL);
	if (a->input != NULL) {
		struct element *root = document_root(a->input);
		bool is_whole = a->command == OPTION_REPLACE && root->name == NAME_CIB;
		if (is_whole && element_first_named(root, NAME_STATUS) == NULL)
			(void)element_add(root, NAME_STATUS);
		element_print(root, body);
	}
	struct edit c = {
		.kind = commands[a->command].kind,
		.scope = a->scope,
		.xpath = a->xpath,
		.body = a->input != NULL ? body->str : NULL,
		.allow_create = line_has(a->line, OPTION_ALLOW_CREATE),
		.expand_scores = true,
	};
	enum edit_verdict verdict = EDIT_DONE;
	enum exit_code code = a->path != NULL ? edit_file(a, &c, &verdict) : edit_cluster(a, &c, &verdict);
	if (code == EXIT_OK && verdict == EDIT_NOTHING && a->command == OPTION_UPGRADE)
		result_line(&a->result, "Upgrade unnecessary: Schema is already the latest available");
	g_string_free(body, TRUE);
	return code;
}

/* The whole configuration, as the user may see it. */
static enum exit_code load_whole(struct admin *a, bool filtered, struct document **ret)
{
	GString *text = g_string_new(NULL);
	struct error error = {0};
	enum edit_verdict v = EDIT_DONE;
	enum exit_code code = EXIT_OK;
	struct client_call call = a->call;
	if (!filtered)
		call.user = NULL;
	if (a->path != NULL) {
		struct document *d = NULL;
		code = load_file(a, &d);
		if (code == EXIT_OK)
			v = query_print(d, NULL, NULL, false, filtered ? &a->user : NULL, text, &error);
		document_free(d);
	} else {
		code = client_cib_query(a->io, &call, NULL, NULL, false, text, &v, &error);
		if (code != EXIT_OK)
			(void)tell_unconnected(a, code, &error);
	}
	if (code == EXIT_OK)
		code = tell_verdict(a, v, &error);
	if (code == EXIT_OK && document_parse(text->str, text->len, "the configuration", ret, &error) != ERR_OK) {
		result_error(&a->result, "cibadmin: %s", error.text);
		code = EXIT_DATA;
	}
	g_string_free(text, TRUE);
	return code;
}

static enum exit_code show_access(struct admin *a)
{
	struct document *d = NULL;
	enum exit_code code = load_whole(a, false, &d);
	if (code != EXIT_OK)
		return code;
	GString *text = g_string_new(NULL);
	access_text(d, &a->user, a->form, text);
	put_text(a, text);
	g_string_free(text, TRUE);
	document_free(d);
	return EXIT_OK;
}

static void put_paths(struct admin *a, const GPtrArray *found)
{
	GString *path = g_string_new(NULL);
	for (guint i = 0; i < found->len; i++) {
		element_path(g_ptr_array_index(found, i), path);
		g_string_append_c(path, '\n');
	}
	put_text(a, path);
	g_string_free(path, TRUE);
}

static enum exit_code show_paths(struct admin *a)
{
	struct document *d = NULL;
	struct error error = {0};
	enum exit_code code = load_whole(a, true, &d);
	if (code != EXIT_OK)
		return code;
	GPtrArray *found = g_ptr_array_new();
	struct xpath *x = xpath_new(d);
	enum edit_verdict v = EDIT_DONE;
	if (xpath_select(x, a->xpath, found, &error) != ERR_OK) {
		v = EDIT_MALFORMED;
	} else if (found->len == 0) {
		(void)error_set(&error, ERR_NOT_FOUND, "\"%s\" selects nothing", a->xpath);
		v = EDIT_ABSENT;
	}
	code = tell_verdict(a, v, &error);
	if (code == EXIT_OK)
		put_paths(a, found);
	xpath_free(x);
	g_ptr_array_unref(found);
	document_free(d);
	return code;
}

static enum exit_code show_part(struct admin *a)
{
	bool alone = line_has(a->line, OPTION_NO_CHILDREN);
	GString *text = g_string_new(NULL);
	struct error error = {0};
	enum edit_verdict v = EDIT_DONE;
	enum exit_code code;
	if (a->path != NULL) {
		struct document *d = NULL;
		code = load_file(a, &d);
		if (code == EXIT_OK)
			v = query_print(d, a->scope, a->xpath, alone, &a->user, text, &error);
		document_free(d);
	} else {
		code = client_cib_query(a->io, &a->call, a->scope, a->xpath, alone, text, &v, &error);
		if (code != EXIT_OK)
			(void)tell_unconnected(a, code, &error);
	}
	if (code == EXIT_OK)
		code = tell_verdict(a, v, &error);
	if (code == EXIT_OK)
		put_text(a, text);
	g_string_free(text, TRUE);
	return code;
}

static enum exit_code run_query(struct admin *a)
{
	if (line_has(a->line, OPTION_SHOW_ACCESS) && a->scope == NULL && a->xpath == NULL)
		return show_access(a);
	if (line_has(a->line, OPTION_NODE_PATH) && a->xpath != NULL)
		return show_paths(a);
	return show_part(a);
}

static enum exit_code run_empty(struct admin *a)
{
	struct document *d = archive_empty();
	const char *schema = line_value(a->line, OPTION_EMPTY);
	element_set_int(document_root(d), NAME_EPOCH, 1);
	if (schema != NULL)
		element_set(document_root(d), NAME_VALIDATE_WITH, schema);
	put_document(a, d);
	document_free(d);
	return EXIT_OK;
}

static enum exit_code run_digest(struct admin *a)
{
	const struct element *root = document_root(a->input);
	const char *digest = a->command == OPTION_MD5 ? cib_digest_file(root, a->io->arena)
						      : cib_digest_document(root, a->io->arena);
	result_line(&a->result, "%s", digest);
	if (a->result.is_xml) {
		markup_begin(&a->result.markup, "md5-sum");
		markup_attribute(&a->result.markup, "digest", digest);
		markup_end(&a->result.markup);
	}
	return EXIT_OK;
}

static enum exit_code run_command(struct admin *a)
{
	if (a->command == OPTION_EMPTY)
		return run_empty(a);
	if (a->command == OPTION_MD5 || a->command == OPTION_MD5_VERSIONED)
		return run_digest(a);
	if (a->scope != NULL && !edit_scope_is_known(a->scope))
		result_error(&a->result, "Invalid value '%s' for '--scope'; cibadmin --help names the sections",
			     a->scope);
	return commands[a->command].edits ? run_edit(a) : run_query(a);
}

static int run(struct program_io *io, const struct command_line *line)
{
	struct admin a = {.io = io, .line = line, .path = cib_file_path(io)};
	result_open(&a.result, io, line, "cibadmin");
	take_line(&a);
	take_user(&a);
	take_timeout(&a);
	enum exit_code code = check_line(&a);
	if (code == EXIT_OK)
		code = read_input(&a);
	if (code == EXIT_OK)
		code = run_command(&a);
	document_free(a.input);
	return result_close(&a.result, code);
}

const struct program program_cibadmin = {
	.rules = {.name = "cibadmin",
		  .summary = "query and edit the Pacemaker configuration",
		  .details = details,
		  .options = options,
		  .forms = FORMS_TEXT_XML},
	.run = run,
};
