/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/input.h"

#include "cli/cib-file.h"
#include "cli/client.h"
#include "os/bzip.h"
#include "os/file-view.h"
#include "os/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static enum err read_stream(FILE *stream, const char *name, char **ret_text, size_t *ret_size, struct error *reterr)
{
	size_t room = 1 << 16, size = 0;
	char *text = malloc(room + 1);
	int why = 0;
	while (text != NULL && size <= CIB_TEXT_MAX) {
		size_t n = fread(text + size, 1, room - size, stream);
		why = errno;
		size += n;
		if (n == 0)
			break;
		if (size < room)
			continue;
		room *= 2;
		char *larger = realloc(text, room + 1);
		if (larger == NULL)
			free(text);
		text = larger;
	}
	if (text == NULL)
		return error_set(reterr, ERR_NO_MEMORY, "%s: no memory to read it", name);
	if (ferror(stream)) {
		free(text);
		return error_set(reterr, ERR_IO, "%s: reading: %s", name, strerror(why));
	}
	if (size > CIB_TEXT_MAX) {
		free(text);
		return error_set(reterr, ERR_IO, "%s: larger than the %d MB that a configuration may have", name,
				 CIB_TEXT_MAX >> 20);
	}
	text[size] = '\0';
	*ret_text = text;
	*ret_size = size;
	return ERR_OK;
}

static enum err unpack(const char *name, char **text, size_t *size, struct error *reterr)
{
	if (!bzip_is(*text, *size))
		return ERR_OK;
	char *packed = *text;
	enum err e = bzip_unpack(packed, *size, CIB_TEXT_MAX, text, size, reterr);
	free(packed);
	return e == ERR_OK ? e : error_wrap(reterr, e, "%s", name);
}

static enum err read_path(const char *path, char **ret_text, size_t *ret_size, struct error *reterr)
{
	FILE *f = fopen(path, "rbe");
	if (f == NULL)
		return error_set(reterr, errno == EACCES ? ERR_ACCESS : ERR_NOT_FOUND, "%s: %s", path, strerror(errno));
	enum err e = read_stream(f, path, ret_text, ret_size, reterr);
	(void)fclose(f);
	return e;
}

/* Of the running cluster. */
static enum err read_live(const struct program_io *io, char **ret_text, size_t *ret_size, struct error *reterr)
{
	const struct client_call call = {.client = "hale"};
	enum edit_verdict verdict = EDIT_DONE;
	GString *text = g_string_new(NULL);
	enum exit_code code = client_cib_query(io, &call, NULL, NULL, false, text, &verdict, reterr);
	if (code == EXIT_OK && verdict == EDIT_DONE) {
		*ret_size = text->len;
		*ret_text = g_string_free(text, FALSE); /* GLib's memory is malloc's */
		return ERR_OK;
	}
	(void)g_string_free(text, TRUE);
	return code == EXIT_DISCONNECTED                       ? ERR_NOT_FOUND
	       : code == EXIT_DENIED || verdict == EDIT_DENIED ? ERR_ACCESS
	       : code == EXIT_TIMEOUT                          ? ERR_AGAIN
							       : ERR_IO;
}

enum err input_text(const struct program_io *io, const char *source, char **ret_text, size_t *ret_size,
		    const char **ret_name, struct error *reterr)
{
	if (source == NULL)
		source = cib_file_path(io);
	*ret_name = source != NULL ? source : "the running cluster";
	if (source == NULL)
		return read_live(io, ret_text, ret_size, reterr);
	bool standard = strcmp(source, "-") == 0;
	if (standard)
		*ret_name = "standard input";
	enum err e = standard ? read_stream(io->in, *ret_name, ret_text, ret_size, reterr)
			      : read_path(source, ret_text, ret_size, reterr);
	return e == ERR_OK ? unpack(*ret_name, ret_text, ret_size, reterr) : e;
}

enum { VIEWED_MIN = 1 << 20 }; /* below it costs more than to read it */

/* A large plain file is looked at where it is: a copy of it would cost more than a tenth of the time that it takes to
 * decide. False: nothing is said about it yet, read it. */
static bool view_document(const char *path, struct document **ret_document, enum err *ret_result, struct error *reterr)
{
	struct file_view v;
	if (path == NULL || !file_view_open(path, VIEWED_MIN, CIB_TEXT_MAX, &v))
		return false;
	bool ok = !bzip_is(v.text, v.size);
	if (ok)
		*ret_result = document_parse(v.text, v.size, path, ret_document, reterr);
	file_view_close(&v);
	return ok;
}

enum err input_document(const struct program_io *io, const char *source, struct document **ret_document,
			struct error *reterr)
{
	char *text;
	size_t size;
	const char *name;
	enum err e = ERR_OK;
	if (view_document(source != NULL ? source : cib_file_path(io), ret_document, &e, reterr))
		return e;
	e = input_text(io, source, &text, &size, &name, reterr);
	if (e != ERR_OK)
		return e;
	e = document_parse(text, size, name, ret_document, reterr);
	free(text);
	return e;
}

enum exit_code input_exit(const struct program_io *io, const char *source, enum err e)
{
	bool is_live = source == NULL && cib_file_path(io) == NULL;
	return is_live && e == ERR_NOT_FOUND ? EXIT_DISCONNECTED : exit_of(e);
}

/* A device or pipe cannot be replaced, only written to. */
static enum err write_stream(FILE *f, const char *name, const char *text, size_t size, struct error *reterr)
{
	bool ok = f != NULL && fwrite(text, 1, size, f) == size && fflush(f) == 0;
	return ok ? ERR_OK : error_set(reterr, ERR_IO, "%s: %s", name, strerror(errno));
}

enum err input_write(const char *path, const char *text, size_t size, struct error *reterr)
{
	struct stat st;
	if (strcmp(path, "-") == 0)
		return write_stream(stdout, "standard output", text, size, reterr);
	if (stat(path, &st) != 0 || S_ISREG(st.st_mode))
		return file_write_lasting(path, (struct bytes){(const uint8_t *)text, size}, 0644, reterr);
	FILE *f = fopen(path, "we");
	enum err e = write_stream(f, path, text, size, reterr);
	if (f != NULL)
		(void)fclose(f);
	return e;
}
