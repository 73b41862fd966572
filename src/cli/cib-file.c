/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cib-file.h"

#include "cli/input.h"
#include "os/bzip.h"
#include "os/file.h"
#include "store/archive.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- where ---- */

/* Where Pacemaker's tools keep shadows: root's beside the configuration, others' at home. */
static const char *shadow_folder(const struct program_io *io)
{
	const char *folder = io_environment(io, "CIB_shadow_dir"), *home = io_environment(io, "HOME");
	if (folder != NULL)
		return folder;
	const struct passwd *user = getpwuid(geteuid());
	if (user != NULL && (strcmp(user->pw_name, "root") == 0 || strcmp(user->pw_name, "hacluster") == 0))
		return "/var/lib/pacemaker/cib";
	if (home == NULL && user != NULL)
		home = user->pw_dir;
	return arena_printf(io->arena, "%s/.cib", home == NULL ? "/tmp" : home);
}

const char *cib_file_path(const struct program_io *io)
{
	const char *shadow = io_environment(io, "CIB_shadow");
	if (shadow != NULL)
		return arena_printf(io->arena, "%s/shadow.%s", shadow_folder(io), shadow);
	return io_environment(io, "CIB_file");
}

/* ---- reading ---- */

static enum exit_code check(struct document *d, const char *name, GPtrArray *problems, struct error *reterr)
{
	struct element *root = document_root(d);
	if (root->name != NAME_CIB) {
		(void)error_set(reterr, ERR_INVALID, "%s: <%s> is no configuration: that would be <cib>", name,
				element_tag(root));
		return EXIT_CONFIGURATION;
	}
	if (document_section(d, NAME_STATUS) == NULL)
		(void)element_add(root, NAME_STATUS);
	struct error why = {0};
	if (edit_follows_schema(d, problems, &why))
		return EXIT_OK;
	(void)error_set(reterr, ERR_INVALID, "%s: %s", name,
			why.text[0] != '\0' ? why.text : "the configuration does not follow its schema");
	return EXIT_CONFIGURATION;
}

enum exit_code cib_file_load(const struct program_io *io, const char *path, struct document **ret_document,
			     GPtrArray *problems, struct error *reterr)
{
	char *text;
	size_t size;
	const char *name;
	struct document *d = NULL;
	enum err e = input_text(io, path, &text, &size, &name, reterr);
	if (e != ERR_OK)
		return e == ERR_NOT_FOUND ? EXIT_NO_SUCH : EXIT_CONFIGURATION;
	e = document_parse(text, size, name, &d, reterr);
	free(text);
	enum exit_code code = e == ERR_OK ? check(d, name, problems, reterr) : EXIT_CONFIGURATION;
	if (code == EXIT_OK)
		*ret_document = d;
	else
		document_free(d);
	return code;
}

/* ---- writing ---- */

static enum err write_regular(const char *path, struct bytes content, const struct stat *like, struct error *reterr)
{
	enum err e = file_write_lasting(path, content, like->st_mode & 07777, reterr);
	if (e == ERR_OK && (like->st_uid != geteuid() || like->st_gid != getegid()) &&
	    chown(path, like->st_uid, like->st_gid) != 0)
		e = error_set(reterr, ERR_ACCESS, "%s: giving it back to its owner: %s", path, strerror(errno));
	return e;
}

static enum err write_stored(const char *path, const struct document *d, const struct stat *like, struct error *reterr)
{
	GString *text = g_string_new(NULL);
	char digest[33];
	archive_text(d, text, digest);
	char *beside = g_strconcat(path, ".sig", NULL);
	enum err e = write_regular(path, bytes_of(text->str, text->len), like, reterr);
	if (e == ERR_OK)
		e = write_regular(beside, bytes_of(digest, strlen(digest)), like, reterr);
	g_free(beside);
	g_string_free(text, TRUE);
	return e;
}

static bool has_digest(const char *path)
{
	char *beside = g_strconcat(path, ".sig", NULL);
	bool has = access(beside, F_OK) == 0;
	g_free(beside);
	return has;
}

static enum err write_packed(const char *path, const GString *text, const struct stat *like, struct error *reterr)
{
	char *packed;
	size_t size;
	enum err e = bzip_pack(text->str, text->len, &packed, &size, reterr);
	if (e != ERR_OK)
		return e;
	e = write_regular(path, bytes_of(packed, size), like, reterr);
	free(packed);
	return e;
}

static enum err write_text(const char *path, const struct document *d, const struct stat *like, bool is_regular,
			   struct error *reterr)
{
	GString *text = g_string_new(NULL);
	element_print(document_root(d), text);
	enum err e = !is_regular ? input_write(path, text->str, text->len, reterr)
		     : g_str_has_suffix(path, ".bz2")
			     ? write_packed(path, text, like, reterr)
			     : write_regular(path, bytes_of(text->str, text->len), like, reterr);
	g_string_free(text, TRUE);
	return e;
}

enum exit_code cib_file_save(const char *path, const struct document *d, struct error *reterr)
{
	struct stat like = {.st_mode = S_IFREG | 0600, .st_uid = geteuid(), .st_gid = getegid()};
	bool is_regular = stat(path, &like) != 0 || S_ISREG(like.st_mode);
	/* A link stays one: its target is replaced. */
	char *target = is_regular ? realpath(path, NULL) : NULL;
	const char *to = target != NULL ? target : path;
	enum err e = is_regular && has_digest(to) ? write_stored(to, d, &like, reterr)
						  : write_text(to, d, &like, is_regular, reterr);
	free(target);
	return e == ERR_OK ? EXIT_OK : EXIT_ERROR;
}
