/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cibsecret - parameters of resources that stand in files that only root can read, and not in the configuration. The
 * executor reads them (os/agent-secret.c): SECRETS/RESOURCE/PARAMETER, and beside it the MD5 sum in PARAMETER.sign. */
#include "cib/difference.h"
#include "cli/pacemaker-result.h"
#include "cli/stored-pair.h"
#include "cli/verb.h"
#include "os/agent.h"
#include "os/file.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OPTION_NO_CIB = 1 };

static const struct option options[] = {
	{OPTION_NO_CIB, 'C', "no-cib", NULL, "Don't read or write the configuration, and tell no other node"},
	{0},
};

static const char details[] =
	"  check RESOURCE PARAMETER        whether the value here is the one that was set\n"
	"  delete RESOURCE PARAMETER       remove it, here, at the other nodes, and from the configuration\n"
	"  get RESOURCE PARAMETER          display it\n"
	"  set RESOURCE PARAMETER [VALUE]  set it; without VALUE, a line of standard input is read, which no list of\n"
	"                                  processes shows\n"
	"  stash RESOURCE PARAMETER        move a value from the configuration to files\n"
	"  sync                            copy all of this node's secrets to the other members\n"
	"  unstash RESOURCE PARAMETER      move it back to the configuration\n"
	"\n"
	"Values are plain text, in files that only root can read (/var/lib/pacemaker/lrm/secrets, or where "
	"HALE_SECRETS\n"
	"in the environment says). They are copied to the other members with ssh and scp. A node that is away gets "
	"them\n"
	"by `cibsecret sync` on another one, before it is started. A new value counts from the next operation on.\n"
	"\n"
	"Exit status: 0 when it was done, 1 when files could not be copied, 64 when the command line is wrong, 78 when "
	"the\n"
	"configuration has another value, 102 when no cluster is running here, 104 when a value is not the one that "
	"was\n"
	"set, 105 when there is no such resource or secret, 108 when it is a secret already.\n";

static const char reference[] = "lrm://";

struct secret {
	struct program_io *io;
	struct pacemaker_result result;
	struct place place;
	struct error error;
	const char *folder; /* of all secrets */
	const char *rsc, *parameter, *value;
	bool no_cib;
	struct document *document;
	struct stored_pair pair;
	const char *stored; /* what the configuration has, or NULL */
};

static enum exit_code fail(struct secret *s, enum exit_code code, const char *words)
{
	(void)error_set(&s->error, ERR_INVALID, "Resource %s parameter %s: %s", s->rsc, s->parameter, words);
	return code;
}

/* --- the configuration --- */

static const char *path_of(const struct secret *s, const struct element *e)
{
	GString *path = g_string_new(NULL);
	element_path(e, path);
	const char *kept = arena_string(s->io->arena, path->str);
	(void)g_string_free(path, TRUE);
	return kept;
}

static enum exit_code read_stored(struct secret *s)
{
	if (s->no_cib)
		return EXIT_OK;
	enum exit_code code = place_load(&s->place, &s->document, &s->error);
	if (code != EXIT_OK)
		return code;
	const struct element *e = document_by_id(s->document, s->rsc);
	if (e == NULL || !element_is_resource(e))
		return fail(s, EXIT_NO_SUCH, "there is no such resource");
	s->pair = (struct stored_pair){.owner = path_of(s, e),
				       .sets = "instance_attributes",
				       .default_set = arena_printf(s->io->arena, "%s-instance_attributes", s->rsc),
				       .name = s->parameter};
	for_each_named(set, e, NAME_INSTANCE_ATTRIBUTES)
	{
		for_each_named(p, set, NAME_NVPAIR)
		{
			if (strcmp(element_get_or(p, NAME_NAME, ""), s->parameter) == 0)
				s->stored = element_get(p, NAME_VALUE);
		}
	}
	return EXIT_OK;
}

static bool is_secret(const struct secret *s)
{
	return s->no_cib || (s->stored != NULL && strcmp(s->stored, reference) == 0);
}

/* value NULL: it goes. */
static enum exit_code store(struct secret *s, const char *value)
{
	GPtrArray *found = g_ptr_array_new();
	struct document *d = NULL;
	const char *id;
	if (s->no_cib) {
		g_ptr_array_unref(found);
		return EXIT_OK;
	}
	enum exit_code code = stored_pair_find(&s->place, &s->pair, found, &d, &s->error);
	if (code == EXIT_NO_SUCH)
		code = value != NULL ? stored_pair_make(&s->place, &s->pair, value, &id, &s->error) : EXIT_OK;
	else if (code == EXIT_OK && value != NULL)
		code = stored_pair_put(&s->place, &s->pair, g_ptr_array_index(found, 0), value, &s->error);
	else if (code == EXIT_OK)
		code = stored_pair_delete(&s->place, &s->pair, g_ptr_array_index(found, 0), &s->error);
	document_free(d);
	g_ptr_array_unref(found);
	return code;
}

/* --- files --- */

static const char *file_of(const struct secret *s, const char *suffix)
{
	return arena_printf(s->io->arena, "%s/%s/%s%s", s->folder, s->rsc, s->parameter, suffix);
}

/* NULL: there is none, or s->error says why it cannot be read. */
static const char *read_file(struct secret *s, const char *suffix)
{
	const char *text = agent_secret_text(file_of(s, suffix), s->io->arena, &s->error);
	if (text == NULL && s->error.code == ERR_NOT_FOUND)
		s->error.text[0] = '\0';
	return text;
}

static enum exit_code write_file(struct secret *s, const char *suffix, const char *text)
{
	const char *line = arena_printf(s->io->arena, "%s\n", text);
	enum err e = file_write_lasting(file_of(s, suffix), bytes_of(line, strlen(line)), 0600, &s->error);
	return e == ERR_OK ? EXIT_OK : EXIT_CANNOT_CREATE;
}

static enum exit_code write_files(struct secret *s)
{
	char *folder = g_build_filename(s->folder, s->rsc, NULL);
	bool good = g_mkdir_with_parents(folder, 0700) == 0;
	if (!good)
		(void)error_set(&s->error, ERR_IO, "%s: %s", folder, strerror(errno));
	g_free(folder);
	if (!good)
		return EXIT_CANNOT_CREATE;
	char *sum = g_compute_checksum_for_string(G_CHECKSUM_MD5, s->value, -1);
	enum exit_code code = write_file(s, "", s->value);
	if (code == EXIT_OK)
		code = write_file(s, ".sign", sum);
	g_free(sum);
	return code;
}

/* --- the other nodes --- */

static enum exit_code run_program(struct secret *s, const char *const *argv)
{
	char *said = NULL;
	GError *why = NULL;
	int status = 0;
	bool ran = g_spawn_sync(NULL, (char **)(uintptr_t)argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL,
				NULL, NULL, NULL, &said, &status, &why);
	if (!ran)
		(void)error_set(&s->error, ERR_IO, "%s: %s", argv[0], why->message);
	else if (status != 0)
		(void)error_set(&s->error, ERR_IO, "%s to another node: %s", argv[0],
				said[0] != '\0' ? g_strchomp(said) : "it failed");
	if (why != NULL)
		g_error_free(why);
	g_free(said);
	return ran && status == 0 ? EXIT_OK : EXIT_ERROR;
}

#define NO_QUESTIONS "-o", "StrictHostKeyChecking=no", "-o", "BatchMode=yes"

/* Words that a shell at the other end takes as they are: names here are plain. */
static enum exit_code send_to(struct secret *s, const char *node)
{
	const char *to = s->rsc != NULL ? arena_printf(s->io->arena, "%s/%s", s->folder, s->rsc) : s->folder;
	const char *path = s->rsc != NULL ? file_of(s, "") : NULL;
	bool goes = path != NULL && access(path, F_OK) != 0;
	const char *const make[] = {"ssh", NO_QUESTIONS, "--", node, "mkdir", "-p", "-m", "700", to, NULL};
	const char *const drop[] = {"ssh", NO_QUESTIONS, "--", node, "rm", "-f", path, file_of(s, ".sign"), NULL};
	const char *target = arena_printf(s->io->arena, "%s:%s/", node, to);
	const char *const copy[] = {"scp", "-pq", NO_QUESTIONS, path, file_of(s, ".sign"), target, NULL};
	char *parent = g_path_get_dirname(s->folder);
	const char *all = arena_printf(s->io->arena, "%s:%s/", node, parent);
	const char *const copy_all[] = {"scp", "-pqr", NO_QUESTIONS, s->folder, all, NULL};
	g_free(parent);
	if (goes)
		return run_program(s, drop);
	enum exit_code code = run_program(s, make);
	return code != EXIT_OK ? code : run_program(s, s->rsc != NULL ? copy : copy_all);
}

static enum exit_code send_to_members(struct secret *s)
{
	json_t *status = NULL, *m;
	size_t i;
	if (s->no_cib || s->place.path != NULL)
		return EXIT_OK;
	enum exit_code code = client_get(s->io, &s->place.call, "/v1/status", &status, &s->error);
	json_array_foreach (json_object_get(status, "members"), i, m) {
		const char *name = json_string_value(json_object_get(m, "name"));
		if (name == NULL || json_is_true(json_object_get(m, "self")) || code != EXIT_OK)
			continue;
		result_line(&s->result, "Syncing %s to %s ...", s->rsc != NULL ? file_of(s, "") : s->folder, name);
		code = send_to(s, name);
	}
	json_decref(status);
	return code;
}

/* --- commands --- */

static enum exit_code no_file(struct secret *s, const char *words)
{
	return s->error.text[0] != '\0' ? exit_of(s->error.code) : fail(s, EXIT_NO_SUCH, words);
}

static enum exit_code check(struct secret *s)
{
	if (!is_secret(s))
		return fail(s, EXIT_CONFIGURATION, "not set as secret, nothing to check");
	const char *sum = read_file(s, ".sign");
	if (sum == NULL)
		return no_file(s, "this node has no checksum of it: cibsecret sync on another node copies it");
	const char *value = read_file(s, "");
	return value != NULL && agent_secret_is_signed(value, sum) ? EXIT_OK
								   : fail(s, EXIT_DIGEST, "checksum mismatch");
}

static enum exit_code get(struct secret *s)
{
	enum exit_code code = check(s);
	if (code == EXIT_OK)
		result_line(&s->result, "%s", read_file(s, ""));
	return code;
}

/* What would not be read again as it is now is not written. */
static enum exit_code set(struct secret *s)
{
	if (s->value[0] == '\0' || strlen(s->value) >= AGENT_SECRET_MAX || strpbrk(s->value, "\r\n") != NULL)
		return fail(s, EXIT_USAGE, "the value must be one line that is not empty and has less than 16 KiB");
	if (s->stored != NULL && !is_secret(s) && strcmp(s->stored, s->value) != 0)
		return fail(s, EXIT_CONFIGURATION, "the configuration has another value; delete it first");
	enum exit_code code = write_files(s);
	if (code == EXIT_OK)
		code = send_to_members(s);
	return code == EXIT_OK ? store(s, reference) : code;
}

static enum exit_code drop_files(struct secret *s)
{
	const char *const files[] = {file_of(s, ""), file_of(s, ".sign")};
	for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
		if (unlink(files[i]) == 0 || errno == ENOENT || errno == ENOTDIR)
			continue;
		(void)error_set(&s->error, ERR_IO, "%s cannot be removed: %s", files[i], strerror(errno));
		return EXIT_IO;
	}
	return send_to_members(s);
}

static enum exit_code drop(struct secret *s)
{
	enum exit_code code = drop_files(s);
	return code == EXIT_OK ? store(s, NULL) : code;
}

static enum exit_code stash(struct secret *s)
{
	if (s->stored == NULL)
		return fail(s, EXIT_NO_SUCH, "nothing to stash");
	if (is_secret(s))
		return fail(s, EXIT_EXISTS, "already set as secret");
	s->value = s->stored;
	return set(s);
}

/* The configuration gets it first: it is nowhere else when the files are gone. */
static enum exit_code unstash(struct secret *s)
{
	const char *value = read_file(s, "");
	if (value == NULL)
		return no_file(s, "nothing to unstash");
	enum exit_code code = store(s, value);
	return code == EXIT_OK ? drop_files(s) : code;
}

static const struct command {
	const char *name, *words;
	size_t least, most;
	bool needs_cib;
	enum exit_code (*run)(struct secret *s);
} commands[] = {
	{"check", "RESOURCE PARAMETER", 2, 2, false, check},    {"delete", "RESOURCE PARAMETER", 2, 2, false, drop},
	{"get", "RESOURCE PARAMETER", 2, 2, false, get},        {"set", "RESOURCE PARAMETER [VALUE]", 2, 3, false, set},
	{"stash", "RESOURCE PARAMETER", 2, 2, true, stash},     {"sync", "", 0, 0, true, send_to_members},
	{"unstash", "RESOURCE PARAMETER", 2, 2, true, unstash},
};

/* --- the program --- */

static bool is_plain(const char *name)
{
	return name[0] != '\0' && name[0] != '.' &&
	       strspn(name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_-.") == strlen(name);
}

static const char *read_line(struct secret *s)
{
	char *text = arena_take(s->io->arena, AGENT_SECRET_MAX + 1);
	if (fgets(text, AGENT_SECRET_MAX + 1, s->io->in) == NULL)
		return "";
	text[strcspn(text, "\n")] = '\0';
	return text;
}

static enum exit_code take_words(struct secret *s, const struct command_line *line, const struct command *c)
{
	if (line->word_count < c->least + 1 || line->word_count > c->most + 1) {
		(void)error_set(&s->error, ERR_INVALID, "Usage: cibsecret %s %s", c->name, c->words);
		return EXIT_USAGE;
	}
	if (c->needs_cib && s->no_cib) {
		(void)error_set(&s->error, ERR_INVALID, "%s needs the configuration: it cannot be had with -C",
				c->name);
		return EXIT_USAGE;
	}
	if (c->least == 0)
		return EXIT_OK;
	s->rsc = line->words[1];
	s->parameter = line->words[2];
	if (!is_plain(s->rsc) || !is_plain(s->parameter))
		return fail(s, EXIT_USAGE, "such names have no files");
	if (c->run != set)
		return EXIT_OK;
	s->value = line->word_count == 4 ? line->words[3] : read_line(s);
	return EXIT_OK;
}

static int run(struct program_io *io, const struct command_line *line)
{
	struct secret s = {.io = io, .error = {.text = ""}, .no_cib = line_has(line, OPTION_NO_CIB)};
	const char *folder = io_environment(io, "HALE_SECRETS");
	const struct command *c = NULL;
	s.folder = folder != NULL ? folder : agent_places_usual().secrets;
	result_open(&s.result, io, line, "cibsecret");
	place_open(&s.place, io, "cibsecret");
	for (size_t i = 0; line->word_count > 0 && i < G_N_ELEMENTS(commands); i++)
		if (strcmp(commands[i].name, line->words[0]) == 0)
			c = &commands[i];
	if (c == NULL)
		return result_fail(
			&s.result, EXIT_USAGE, "%s; valid subcommands: check, delete, get, set, stash, sync, unstash",
			line->word_count == 0 ? "Must specify a command option" : "Invalid subcommand given");
	enum exit_code code = take_words(&s, line, c);
	if (code == EXIT_OK && s.rsc != NULL)
		code = read_stored(&s);
	if (code == EXIT_OK)
		code = c->run(&s);
	document_free(s.document);
	return code == EXIT_OK ? result_close(&s.result, code) : result_fail(&s.result, code, "%s", s.error.text);
}

const struct program program_cibsecret = {
	.rules = {.name = "cibsecret",
		  .summary = "manage sensitive parameters of resources outside of the configuration",
		  .words = "COMMAND [RESOURCE PARAMETER [VALUE]]",
		  .details = details,
		  .options = options,
		  .forms = FORMS_TEXT_XML,
		  .output_code = EXIT_ERROR},
	.run = run,
};
