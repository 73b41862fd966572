/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hale cluster cib, cib-push, edit, cib-upgrade - the configuration as XML. */
#include "cib/difference.h"
#include "cib/patch.h"
#include "cli/cib-file.h"
#include "cli/face.h"
#include "cli/input.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OPTION_CONFIG = 1 };

static const struct option get_options[] = {
	{OPTION_CONFIG, 0, "config", NULL, "Without the status: as scope=configuration"},
	{.help = "General:"},
	VERB_OPTION_FILE,
	VERB_OPTION_SOCKET,
	{0},
};

static const char *scope_of(const struct verb *v)
{
	return verb_has(v, OPTION_CONFIG) ? "configuration" : verb_named(v, "scope");
}

/* The one word that is no name=value; NULL: none. */
static const char *file_word(const struct verb *v)
{
	for (size_t i = 0; i < verb_word_count(v); i++)
		if (strchr(verb_word(v, i), '=') == NULL)
			return verb_word(v, i);
	return NULL;
}

static enum exit_code check_scope(struct verb *v)
{
	const char *scope = scope_of(v);
	if (scope != NULL && !edit_scope_is_known(scope))
		return verb_fail(v, EXIT_USAGE,
				 "scope=%s: there are acls, alerts, configuration, constraints, crm_config, "
				 "fencing-topology, nodes, op_defaults, resources, rsc_defaults, tags",
				 scope);
	return EXIT_OK;
}

static enum exit_code look_cib(struct verb *v)
{
	struct error error = {0};
	if (check_scope(v) != EXIT_OK)
		return v->code;
	GString *out = g_string_new(NULL);
	enum edit_verdict verdict =
		query_print(v->document, scope_of(v), NULL, false, &(struct access_user){.name = NULL}, out, &error);
	enum exit_code code = EXIT_OK;
	if (verdict != EDIT_DONE)
		code = verb_fail(v, (enum exit_code)edit_verdict_exit(verdict), "%s",
				 error.text[0] != '\0' ? error.text : "there is no such section");
	else if (file_word(v) == NULL)
		(void)fputs(out->str, v->io->out);
	else if (input_write(file_word(v), out->str, out->len, &error) != ERR_OK)
		code = verb_fail(v, EXIT_CANNOT_CREATE, "%s", error.text);
	(void)g_string_free(out, TRUE);
	return code;
}

const struct program program_hale_cluster_cib = {
	.rules = {.name = "hale cluster cib",
		  .summary = "print the configuration and its status as XML, or write it to a file",
		  .words = "[FILE] [scope=SECTION]",
		  .options = get_options},
	.look = look_cib,
};

/* ---- push ---- */

static const struct option push_options[] = {
	{OPTION_CONFIG, 0, "config", NULL, "As scope=configuration"},
	VERB_OPTIONS_EDIT,
	{0},
};

static enum exit_code load(struct verb *v, const char *path, struct document **ret)
{
	struct error error = {0};
	enum err e = input_document(v->io, path, ret, &error);
	return e == ERR_OK ? EXIT_OK : verb_fail(v, exit_of(e), "%s", error.text);
}

/* Versions and who changed what are the store's business, in a patch of a user too. */
static void keep_versions(struct document *now, const struct document *before)
{
	static const cib_name names[] = {NAME_ADMIN_EPOCH,      NAME_EPOCH,         NAME_NUM_UPDATES,
					 NAME_CIB_LAST_WRITTEN, NAME_UPDATE_CLIENT, NAME_UPDATE_ORIGIN,
					 NAME_UPDATE_USER};
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		element_set(document_root(now), names[i], element_get(document_root(before), names[i]));
}

/* Only what the user changed: what others changed in the meantime stays. */
static enum exit_code push_difference(struct verb *v, struct document *now, const char *before)
{
	struct document *old = NULL, *patch = NULL, *result = NULL;
	struct error error = {0};
	enum exit_code code = load(v, before, &old);
	if (code != EXIT_OK)
		return code;
	if (difference_make(old, now, DIFFERENCE_WITHOUT_VERSION, &patch, &error) != ERR_OK)
		code = verb_fail(v, EXIT_DATA, "%s", error.text);
	else if (patch != NULL && patch_apply(v->document, document_root(patch), 0, &result, &error) != PATCH_APPLIED)
		code = verb_fail(v, EXIT_OLD, "what was changed does not fit what is there now: %s", error.text);
	if (result != NULL) {
		keep_versions(result, v->document);
		document_free(v->document);
		v->document = result;
	}
	document_free(patch);
	document_free(old);
	return code;
}

/* path: what it is read from. */
static enum exit_code replace_section(struct verb *v, struct document *now, const char *scope, const char *path)
{
	cib_name name = document_known_name(now, scope);
	struct element *from =
		strcmp(scope, "configuration") == 0 ? document_configuration(now) : document_section(now, name);
	if (document_root(now)->name == name)
		from = document_root(now);
	if (from == NULL)
		return verb_fail(v, EXIT_NO_SUCH, "there is no <%s> in %s", scope, path);
	name = document_name(v->document, scope);
	struct element *to = strcmp(scope, "configuration") == 0 ? document_configuration(v->document)
								 : document_section(v->document, name);
	struct element *copy = element_copy(v->document, from);
	if (to == NULL) {
		element_append(document_configuration(v->document), copy);
		return EXIT_OK;
	}
	element_insert(to->parent, copy, to);
	element_remove(to);
	return EXIT_OK;
}

/* Versions by people: the file must not be older than what is there, or changes would be lost. */
static enum exit_code push_whole(struct verb *v, struct document *now)
{
	struct cib_version new = cib_version_of(document_root(now)), there = cib_version_of(document_root(v->document));
	if (document_root(now)->name != NAME_CIB)
		return verb_fail(v, EXIT_DATA,
				 "<%s> is no configuration: that would be <cib>; push a part of it with scope=",
				 element_tag(document_root(now)));
	new.num_updates = there.num_updates = 0; /* the status has its own life */
	if (cib_version_compare(new, there) < 0 &&
	    verb_object(v, EXIT_OLD,
			"the configuration was changed since this file was made; diff-against=ORIGINAL "
			"pushes only your changes") != EXIT_OK)
		return v->code;
	return replace_section(v, now, "configuration", file_word(v));
}

static enum exit_code change_push(struct verb *v)
{
	const char *path = file_word(v), *scope = scope_of(v), *before = verb_named(v, "diff-against");
	struct document *now = NULL;
	if (path == NULL)
		return verb_usage(v, "name the file");
	if (scope != NULL && before != NULL)
		return verb_usage(v, "scope and diff-against: only one of them");
	if (check_scope(v) != EXIT_OK || load(v, path, &now) != EXIT_OK)
		return v->code;
	enum exit_code code = before != NULL  ? push_difference(v, now, before)
			      : scope != NULL ? replace_section(v, now, scope, path)
					      : push_whole(v, now);
	document_free(now);
	return code;
}

const struct program program_hale_cluster_cib_push = {
	.rules =
		{.name = "hale cluster cib-push",
		 .summary = "make a file the cluster's configuration",
		 .words = "FILE [diff-against=ORIGINAL | scope=SECTION]",
		 .details =
			 "The status is never written. A file that is older than the configuration is refused: "
			 "diff-against pushes only what differs between two files, and what others changed in the "
			 "meantime stays. scope and --config replace a section, whatever has become of it.\n\n"
			 "Example: hale cluster cib work.xml; cp work.xml before.xml; hale -f work.xml resource create "
			 "…; hale cluster cib-push work.xml diff-against=before.xml",
		 .options = push_options},
	.change = change_push,
};

/* ---- edit ---- */

static const struct option edit_options[] = {
	{OPTION_CONFIG, 0, "config", NULL, "As scope=configuration, which is what is edited when nothing is said"},
	VERB_OPTIONS_EDIT,
	{0},
};

/* EDITOR says which; "vi -R" is understood. */
static enum exit_code run_editor(struct verb *v, const char *path)
{
	const char *editor = io_environment(v->io, "EDITOR");
	char *quoted = g_shell_quote(path);
	char *command = g_strdup_printf("%s %s", editor != NULL ? editor : "vi", quoted);
	int status = system(command); /* flawfinder: it is the user's own editor */
	if (status != 0)
		(void)verb_fail(v, EXIT_ERROR,
				"%s did not end well; nothing was changed. EDITOR in the environment names "
				"an editor",
				command);
	g_free(command);
	g_free(quoted);
	return status == 0 ? EXIT_OK : v->code;
}

static bool is_in_file(const char *path, const GString *text)
{
	char *now = NULL;
	gsize size = 0;
	bool same =
		g_file_get_contents(path, &now, &size, NULL) && size == text->len && memcmp(now, text->str, size) == 0;
	g_free(now);
	return same;
}

static enum exit_code edit_text(struct verb *v, const char *scope, const GString *text)
{
	struct document *now = NULL;
	enum exit_code code = run_editor(v, v->draft);
	if (is_in_file(v->draft, text)) {
		(void)unlink(v->draft);
		v->draft = NULL;
		return code;
	}
	if (code == EXIT_OK)
		code = load(v, v->draft, &now);
	if (code == EXIT_OK)
		code = replace_section(v, now, scope, v->draft);
	document_free(now);
	return code;
}

/* Into a file that nobody else may read: fence devices have passwords. NULL: v->code says why. */
static const char *new_draft(struct verb *v, const GString *text)
{
	char *path = NULL;
	int fd = g_file_open_tmp("hale-edit-XXXXXX.xml", &path, NULL);
	FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;
	bool written = f != NULL && fputs(text->str, f) >= 0;
	written = f != NULL && fclose(f) == 0 && written;
	const char *draft = written ? arena_string(v->io->arena, path) : NULL;
	if (!written)
		(void)verb_fail(v, EXIT_CANNOT_CREATE, "no temporary file can be written in %s; is its disk full?",
				g_get_tmp_dir());
	if (!written && path != NULL)
		(void)unlink(path);
	g_free(path);
	return draft;
}

static enum exit_code change_edit(struct verb *v)
{
	const char *scope = scope_of(v) != NULL ? scope_of(v) : "configuration";
	const struct access_user user = {.name = NULL};
	struct error error = {0};
	if (check_scope(v) != EXIT_OK)
		return v->code;
	if (file_word(v) != NULL)
		return verb_usage(v, "it takes scope=SECTION alone");
	GString *text = g_string_new(NULL);
	enum edit_verdict verdict = query_print(v->document, scope, NULL, false, &user, text, &error);
	if (verdict != EDIT_DONE)
		(void)verb_fail(v, (enum exit_code)edit_verdict_exit(verdict), "there is no such section");
	else
		v->draft = new_draft(v, text);
	enum exit_code code = v->draft != NULL ? edit_text(v, scope, text) : v->code;
	(void)g_string_free(text, TRUE);
	return code;
}

const struct program program_hale_cluster_edit = {
	.rules = {.name = "hale cluster edit",
		  .summary = "edit the configuration, or a section of it, as XML",
		  .words = "[scope=SECTION]",
		  .details = "Opens the editor that EDITOR in the environment names, or vi. What others change in the "
			     "meantime stays; all of the edit is taken or nothing. What cannot be taken is kept in its "
			     "file.",
		  .options = edit_options},
	.change = change_edit,
};

/* ---- verify ---- */

enum { OPTION_FULL = 2 };

static const struct option verify_options[] = {
	{OPTION_FULL, 0, "full", NULL, "Also what is only doubtful"},
	{.help = "General:"},
	VERB_OPTION_FILE,
	{0},
};

static enum exit_code act_verify(struct verb *v)
{
	const char *file = verb_word(v, 0) != NULL ? verb_word(v, 0) : v->file;
	if (verb_word_count(v) > 1)
		return verb_usage(v, "name one file at most");
	const char *argv[] = {"crm_verify", file != NULL ? "--xml-file" : "--live-check", file, NULL, NULL};
	argv[file != NULL ? 3 : 2] = verb_has(v, OPTION_FULL) ? "--verbose" : NULL;
	return face_run(v, argv);
}

const struct program program_hale_cluster_verify = {
	.rules = {.name = "hale cluster verify",
		  .summary = "check the configuration, as crm_verify does",
		  .words = "[FILE]",
		  .options = verify_options},
	.act = act_verify,
};

/* ---- upgrade ---- */

static enum exit_code act_upgrade(struct verb *v)
{
	struct error error = {0};
	enum edit_verdict verdict = EDIT_DONE;
	const struct edit e = {.kind = EDIT_UPGRADE};
	enum exit_code code = client_cib_edit(v->io, &v->call, &e, &verdict, &error);
	if (code == EXIT_OK)
		code = (enum exit_code)edit_verdict_exit(verdict);
	return code == EXIT_OK ? code : verb_fail(v, code, "%s", error.text);
}

static const struct option upgrade_options[] = {VERB_OPTIONS_LIVE, {0}};

const struct program program_hale_cluster_cib_upgrade = {
	.rules = {.name = "hale cluster cib-upgrade",
		  .summary = "write the configuration in the newest schema",
		  .options = upgrade_options},
	.act = act_upgrade,
};
