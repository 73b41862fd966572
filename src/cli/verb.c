/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/verb.h"

#include "cib/difference.h"
#include "cib/schema.h"
#include "cib/upgrade.h"
#include "cli/cib-file.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WAIT_DEFAULT_S = 3600, WAIT_MAX_S = 1000000 };

/* ---- saying what is wrong ---- */

__attribute__((format(printf, 3, 0))) static void say(const struct verb *v, const char *kind, const char *format,
						      va_list args)
{
	char *text = g_strdup_vprintf(format, args);
	(void)fprintf(v->io->err, "%s: %s%s\n", v->name, kind, text);
	g_free(text);
}

enum exit_code verb_fail(struct verb *v, enum exit_code code, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	say(v, "", format, args);
	va_end(args);
	return v->code = code;
}

enum exit_code verb_object(struct verb *v, enum exit_code code, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	char *text = g_strdup_vprintf(format, args);
	va_end(args);
	(void)fprintf(v->io->err, "%s: %s%s%s\n", v->name, v->force ? "warning: " : "", text,
		      v->force || !v->may_force ? "" : " (--force does it all the same)");
	g_free(text);
	return v->code = v->force ? EXIT_OK : code;
}

void verb_warn(struct verb *v, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	say(v, "warning: ", format, args);
	va_end(args);
}

enum exit_code verb_usage(struct verb *v, const char *what)
{
	return verb_fail(v, EXIT_USAGE, "%s; see %s --help", what, v->name);
}

/* ---- what was given ---- */

const char *verb_word(const struct verb *v, size_t i)
{
	return i < v->line->word_count ? v->line->words[i] : NULL;
}

size_t verb_word_count(const struct verb *v)
{
	return v->line->word_count;
}

bool verb_has(const struct verb *v, int option)
{
	return line_has(v->line, option);
}

const char *verb_value(const struct verb *v, int option)
{
	return line_value(v->line, option);
}

const char *verb_named(const struct verb *v, const char *name)
{
	size_t length = strlen(name);
	for (size_t i = 0; i < v->line->word_count; i++)
		if (strncmp(v->line->words[i], name, length) == 0 && v->line->words[i][length] == '=')
			return v->line->words[i] + length + 1;
	return NULL;
}

/* ---- from begin to end ---- */

static bool knows(const struct program *program, int id)
{
	for (const struct option *o = program->rules.options; o != NULL && o->help != NULL; o++)
		if (o->id == id)
			return true;
	return false;
}

static enum exit_code open_verb(struct verb *v, struct program_io *io, const struct command_line *line,
				const struct program *program)
{
	*v = (struct verb){.io = io, .line = line, .name = program->rules.name};
	const char *format = line_value(line, VERB_FORMAT);
	v->file = line_value(line, VERB_FILE);
	if (v->file == NULL)
		v->file = cib_file_path(io);
	v->may_force = knows(program, VERB_FORCE);
	v->force = line_has(line, VERB_FORCE);
	v->call = (struct client_call){.client = program->rules.name, .socket = line_value(line, VERB_SOCKET)};
	v->json = format != NULL && strcmp(format, "json") == 0;
	if (format != NULL && !v->json && strcmp(format, "text") != 0)
		return verb_fail(v, EXIT_USAGE, "--output-format=%s: there are text and json", format);
	if (line->word_count > 0 && program->rules.words == NULL)
		return verb_usage(v, "it takes no words");
	return EXIT_OK;
}

static enum exit_code load_file(struct verb *v)
{
	struct error error = {0};
	GPtrArray *problems = problems_new();
	enum exit_code code = cib_file_load(v->io, v->file, &v->old, problems, &error);
	GString *text = g_string_new(NULL);
	for (guint i = 0; code != EXIT_OK && i < problems->len; i++)
		problem_print(g_ptr_array_index(problems, i), v->file, text);
	(void)fputs(text->str, v->io->err);
	(void)g_string_free(text, TRUE);
	g_ptr_array_unref(problems);
	return code == EXIT_OK ? code : verb_fail(v, code, "%s", error.text);
}

static enum exit_code load_live(struct verb *v)
{
	struct error error = {0};
	enum edit_verdict verdict = EDIT_DONE;
	GString *text = g_string_new(NULL);
	enum exit_code code = client_cib_query(v->io, &v->call, NULL, NULL, false, text, &verdict, &error);
	if (code == EXIT_OK && verdict != EDIT_DONE)
		code = (enum exit_code)edit_verdict_exit(verdict);
	if (code == EXIT_OK && document_parse(text->str, text->len, "the cluster", &v->old, &error) != ERR_OK)
		code = EXIT_PROTOCOL;
	(void)g_string_free(text, TRUE);
	return code == EXIT_OK ? code : verb_fail(v, code, "%s", error.text);
}

static enum exit_code load(struct verb *v)
{
	enum exit_code code = v->file != NULL ? load_file(v) : load_live(v);
	if (code == EXIT_OK)
		v->document = document_clone(v->old);
	return code;
}

static enum exit_code commit_file(struct verb *v, const struct edit *e)
{
	struct error error = {0};
	struct document *now = NULL;
	GPtrArray *problems = problems_new();
	enum edit_verdict verdict = edit_apply(v->old, e, NULL, &now, problems, &error);
	enum exit_code code = (enum exit_code)edit_verdict_exit(verdict);
	if (code != EXIT_OK) {
		GString *text = g_string_new(NULL);
		for (guint i = 0; i < problems->len; i++)
			problem_print(g_ptr_array_index(problems, i), v->file, text);
		(void)fputs(text->str, v->io->err);
		(void)g_string_free(text, TRUE);
	} else if (now != NULL) {
		code = cib_file_save(v->file, now, &error);
	}
	document_free(now);
	g_ptr_array_unref(problems);
	return code == EXIT_OK ? code : verb_fail(v, code, "%s", error.text);
}

static enum exit_code commit_live(struct verb *v, const struct edit *e)
{
	struct error error = {0};
	enum edit_verdict verdict = EDIT_DONE;
	enum exit_code code = client_cib_edit(v->io, &v->call, e, &verdict, &error);
	if (code == EXIT_OK)
		code = (enum exit_code)edit_verdict_exit(verdict);
	return code == EXIT_OK ? code : verb_fail(v, code, "nothing was changed: %s", error.text);
}

static enum exit_code commit(struct verb *v)
{
	struct document *patch = NULL;
	struct error error = {0};
	if (difference_make(v->old, v->document, DIFFERENCE_WITHOUT_VERSION, &patch, &error) != ERR_OK)
		return verb_fail(v, EXIT_SOFTWARE, "%s", error.text);
	if (patch == NULL) {
		if (!v->quiet)
			(void)fprintf(v->io->err, "%s: it is so already\n", v->name);
		return EXIT_OK;
	}
	GString *text = g_string_new(NULL);
	element_print_flat(document_root(patch), text);
	const struct edit e = {.kind = EDIT_PATCH, .body = text->str, .force = true};
	enum exit_code code = v->file != NULL ? commit_file(v, &e) : commit_live(v, &e);
	(void)g_string_free(text, TRUE);
	document_free(patch);
	return code;
}

void verb_print_json(struct verb *v, json_t *taken)
{
	if (v->json) {
		(void)json_dumpf(taken, v->io->out, JSON_INDENT(2));
		(void)fputc('\n', v->io->out);
	}
	json_decref(taken);
}

static bool wait_parse(const char *text, int64_t *ret_s)
{
	char *end;
	*ret_s = WAIT_DEFAULT_S;
	if (text == NULL || *text == '\0')
		return true;
	*ret_s = strtoll(text, &end, 10);
	return *end == '\0' && *ret_s >= 0 && *ret_s <= WAIT_MAX_S;
}

/* Looked at before anything is done. */
static enum exit_code check_wait(struct verb *v)
{
	if (!verb_has(v, VERB_WAIT))
		return EXIT_OK;
	if (!wait_parse(verb_value(v, VERB_WAIT), &v->wait_s))
		return verb_fail(v, EXIT_USAGE, "--wait=%s: it takes whole seconds", verb_value(v, VERB_WAIT));
	if (v->file != NULL)
		return verb_fail(v, EXIT_USAGE, "nobody acts on a file: --wait is for the running cluster");
	return EXIT_OK;
}

/* ---- waiting ---- */

/* Why a cluster is not done, in words that live in the arena. */
static const char *why_busy(struct verb *v, const json_t *status)
{
	const char *view = json_string_value(json_object_get(status, "view"));
	const char *leader = json_string_value(json_object_get(status, "leader"));
	const json_t *members = json_object_get(status, "members");
	size_t count = json_array_size(members), i;
	const json_t *m;
	GString *names = g_string_new(NULL);
	json_array_foreach ((json_t *)(uintptr_t)members, i, m) {
		const char *name = json_string_value(json_object_get(m, "name"));
		g_string_append_printf(names, "%s%s", i > 0 ? ", " : "", name != NULL ? name : "?");
	}
	const char *why;
	if (view == NULL || strcmp(view, "agreed") != 0)
		why = "waiting until the members agree on who is there";
	else if (!json_is_true(json_object_get(status, "quorate")))
		why = arena_printf(v->io->arena,
				   "waiting for quorum: %s %s here alone; start the cluster on the other nodes",
				   names->str, count == 1 ? "is" : "are");
	else if (leader == NULL)
		why = "waiting for a leader";
	else
		why = arena_printf(v->io->arena, "waiting until the cluster is done; hale status shows with what (%s)",
				   leader);
	(void)g_string_free(names, TRUE);
	return why;
}

/* Tells it, unless that was told before. */
static const char *tell_why(struct verb *v, const char *told)
{
	struct error error = {0};
	json_t *status = NULL;
	if (client_get(v->io, &v->call, "/v1/status", &status, &error) != EXIT_OK)
		return told;
	const char *why = why_busy(v, status);
	json_decref(status);
	if (strcmp(why, told) != 0)
		(void)fprintf(v->io->err, "%s: %s\n", v->name, why);
	(void)fflush(v->io->err);
	return why;
}

/* Silent as long as people are patient; then it says what it waits for. */
static enum exit_code wait_patiently(struct verb *v, int64_t seconds, struct error *reterr)
{
	enum { SILENT_MS = 2000, STEP_MS = 5000 };
	int64_t left_ms = (seconds > 0 ? seconds : WAIT_DEFAULT_S) * 1000;
	const char *told = "";
	for (int64_t step_ms = MIN(SILENT_MS, left_ms);; step_ms = MIN(STEP_MS, left_ms)) {
		enum exit_code code = client_wait(v->io, &v->call, step_ms, reterr);
		left_ms -= step_ms;
		if (code != EXIT_TIMEOUT || left_ms <= 0)
			return code;
		told = tell_why(v, told);
	}
}

enum exit_code verb_wait(struct verb *v, int64_t seconds)
{
	struct error error = {0};
	enum exit_code code = wait_patiently(v, seconds, &error);
	return code == EXIT_OK ? code : verb_fail(v, code, "%s", error.text);
}

static enum exit_code wait_for_end(struct verb *v)
{
	struct error error = {0};
	if (!verb_has(v, VERB_WAIT))
		return EXIT_OK;
	enum exit_code code = wait_patiently(v, v->wait_s, &error);
	return code == EXIT_OK ? code
			       : verb_fail(v, code, "it is done, but not all that follows from it: %s", error.text);
}

static void forget(struct verb *v)
{
	if (v->cluster != NULL)
		cluster_free(v->cluster);
	document_free(v->upgraded);
	document_free(v->document);
	document_free(v->old);
	v->cluster = NULL;
	v->upgraded = v->document = v->old = NULL;
}

static enum exit_code finish(struct verb *v, const struct program *program)
{
	enum exit_code code = verb_wait(v, v->wait_s);
	if (code != EXIT_OK)
		return code;
	forget(v);
	code = load(v);
	if (code == EXIT_OK)
		code = program->finish(v);
	return code == EXIT_OK ? commit(v) : code;
}

static enum exit_code work(struct verb *v, const struct program *program)
{
	if (program->act != NULL && v->file != NULL && knows(program, VERB_SOCKET))
		return verb_fail(v, EXIT_USAGE, "%s is a file: only the running cluster can do that", v->file);
	if (program->act != NULL)
		return program->act(v);
	enum exit_code code = load(v);
	if (code != EXIT_OK)
		return code;
	if (program->look != NULL)
		return program->look(v);
	code = program->change(v);
	if (code == EXIT_OK)
		code = commit(v);
	return code == EXIT_OK && program->finish != NULL && v->file == NULL ? finish(v, program) : code;
}

/* Nobody writes a configuration twice because of a letter. */
static void keep_draft(struct verb *v, bool taken)
{
	if (v->draft != NULL && taken)
		(void)unlink(v->draft);
	else if (v->draft != NULL)
		verb_warn(v, "what was written is still in %s; hale cluster cib-push takes it when it is right",
			  v->draft);
}

int verb_run(struct program_io *io, const struct command_line *line, const struct program *program)
{
	struct verb v;
	enum exit_code code = open_verb(&v, io, line, program);
	if (code == EXIT_OK)
		code = check_wait(&v);
	if (code == EXIT_OK)
		code = work(&v, program);
	keep_draft(&v, code == EXIT_OK);
	if (code == EXIT_OK)
		code = wait_for_end(&v);
	forget(&v);
	return code;
}

/* ---- what there is ---- */

/* A copy in today's words, with a status. NULL: v->code says why. */
static struct document *upgrade_copy(struct verb *v, const struct document *d)
{
	struct error error = {0};
	struct document *copy = document_clone(d);
	if (document_section(copy, NAME_STATUS) == NULL)
		(void)element_add(document_root(copy), NAME_STATUS);
	if (cib_upgrade(copy, &error) == ERR_OK)
		return copy;
	(void)verb_fail(v, EXIT_CONFIGURATION, "%s", error.text);
	document_free(copy);
	return NULL;
}

static struct cluster *cluster_of(const struct verb *v, struct document *d)
{
	const char *then = element_get(document_root(d), NAME_EXECUTION_DATE);
	int64_t now =
		v->file != NULL && then != NULL ? strtoll(then, NULL, 10) : (int64_t)(v->io->now.ns / 1000000000u);
	struct cluster *c = cluster_new(d, now);
	c->zone_offset_s = io_zone_offset(now);
	c->sanitized = v->file != NULL; /* files are often stripped of secrets */
	return c;
}

struct cluster *verb_cluster(struct verb *v)
{
	if (v->cluster != NULL)
		return v->cluster;
	v->upgraded = upgrade_copy(v, v->old);
	if (v->upgraded == NULL)
		return NULL;
	v->cluster = cluster_of(v, v->upgraded);
	scheduler_read_status(v->cluster);
	return v->cluster;
}

struct cluster *verb_outcome(struct verb *v)
{
	struct document *copy = upgrade_copy(v, v->document);
	if (copy == NULL)
		return NULL;
	struct cluster *c = cluster_of(v, copy);
	scheduler_run(c);
	return c;
}

void verb_outcome_free(struct cluster *c)
{
	if (c == NULL)
		return;
	struct document *d = c->document;
	cluster_free(c);
	document_free(d);
}

struct element *verb_section(struct verb *v, cib_name section)
{
	struct element *e = document_section(v->document, section);
	return e != NULL ? e : element_add(document_configuration(v->document), section);
}

bool element_is_resource(const struct element *e)
{
	return e->name == NAME_PRIMITIVE || e->name == NAME_GROUP || e->name == NAME_CLONE || e->name == NAME_MASTER ||
	       e->name == NAME_BUNDLE || e->name == NAME_TEMPLATE;
}

/* How many letters must change, Levenshtein's; long words are cut. */
static int distance(const char *a, const char *b)
{
	enum { LETTERS_MAX = 63 };
	int row[LETTERS_MAX + 1];
	int n = (int)strnlen(b, LETTERS_MAX);
	for (int j = 0; j <= n; j++)
		row[j] = j;
	for (int i = 1; a[i - 1] != '\0' && i <= LETTERS_MAX; i++) {
		int before = row[0];
		row[0] = i;
		for (int j = 1; j <= n; j++) {
			int changed = before + (g_ascii_tolower(a[i - 1]) != g_ascii_tolower(b[j - 1]));
			before = row[j];
			row[j] = MIN(changed, MIN(row[j], row[j - 1]) + 1);
		}
	}
	return row[n];
}

const char *verb_similar(struct verb *v, const char *word, const char *const *known, size_t count)
{
	const char *best = NULL;
	int least = (int)strlen(word) / 3 + 2;
	for (size_t i = 0; i < count; i++) {
		int d = distance(word, known[i]);
		if (d < least) {
			least = d;
			best = known[i];
		}
	}
	return best != NULL ? arena_printf(v->io->arena, ", did you mean %s?", best) : "";
}

static void gather_ids(const struct element *in, GPtrArray *ids)
{
	for_each_child(child, in)
	{
		if (!element_is_resource(child))
			continue;
		g_ptr_array_add(ids, (gpointer)(uintptr_t)element_id(child));
		gather_ids(child, ids);
	}
}

struct element *verb_resource(struct verb *v, const char *id)
{
	struct element *e = document_by_id(v->document, id);
	if (e != NULL && element_is_resource(e))
		return e;
	GPtrArray *ids = g_ptr_array_new();
	gather_ids(verb_section(v, NAME_RESOURCES), ids);
	(void)verb_fail(v, EXIT_NO_SUCH, "there is no resource '%s'%s", id,
			verb_similar(v, id, (const char *const *)ids->pdata, ids->len));
	g_ptr_array_unref(ids);
	return NULL;
}

struct element *verb_node(struct verb *v, const char *name)
{
	GPtrArray *names = g_ptr_array_new();
	struct element *found = NULL;
	for_each_named(n, document_section(v->document, NAME_NODES), NAME_NODE)
	{
		const char *known = element_get_or(n, NAME_UNAME, "");
		g_ptr_array_add(names, (gpointer)(uintptr_t)known);
		if (strcmp(known, name) == 0)
			found = n;
	}
	if (found == NULL)
		(void)verb_object(v, EXIT_NO_SUCH, "there is no node '%s'%s", name,
				  verb_similar(v, name, (const char *const *)names->pdata, names->len));
	g_ptr_array_unref(names);
	return found;
}

const char *verb_free_id(struct verb *v, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	char *text = g_strdup_vprintf(format, args);
	va_end(args);
	const char *id = arena_string(v->io->arena, text);
	g_free(text);
	/* Without what is no letter of a name in XML, as pcs does it: people know these ids. */
	char *fit = arena_string(v->io->arena, id), *end = fit;
	for (const char *c = fit; *c != '\0'; c++)
		if (g_ascii_isalnum(*c) || strchr("-_.", *c) != NULL || (unsigned char)*c >= 0x80)
			*end++ = *c;
	*end = '\0';
	id = fit;
	for (int i = 1; document_by_id(v->document, id) != NULL; i++)
		id = arena_printf(v->io->arena, "%s-%d", fit, i);
	return id;
}
