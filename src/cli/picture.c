/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/picture.h"

#include "cli/input.h"

#include <glib.h>

static int write_file(const struct program_io *io, const char *program, const char *path, const GString *text)
{
	struct error error;
	if (input_write(path, text->str, text->len, &error) == ERR_OK)
		return EXIT_OK;
	fprintf(io->err, "%s: %s\n", program, error.text);
	return EXIT_CANNOT_CREATE;
}

static int draw(const struct program_io *io, const char *program, const char *path, const GString *dot)
{
	char *found = g_find_program_in_path("dot");
	if (found == NULL) {
		fprintf(io->err,
			"%s: %s needs Graphviz, which is not installed (apt install graphviz); a picture in a file "
			"that ends in .dot does not\n",
			program, path);
		return EXIT_UNAVAILABLE;
	}
	char *source = g_strdup_printf("%s.dot", path), *errors = NULL;
	const char *argv[] = {found, "-Tsvg", "-o", path, source, NULL};
	int status = 0, code = write_file(io, program, source, dot);
	if (code == EXIT_OK && (!g_spawn_sync(NULL, (char **)(uintptr_t)argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL,
					      &errors, &status, NULL) ||
				status != 0)) {
		fprintf(io->err, "%s: %s: Graphviz could not draw it: %s\n", program, path,
			errors != NULL ? errors : "");
		code = EXIT_CANNOT_CREATE;
	}
	(void)remove(source);
	g_free(errors);
	g_free(source);
	g_free(found);
	return code;
}

bool picture_is_named(const struct program_io *io, const char *program, const char *path)
{
	if (g_str_has_suffix(path, ".dot") || g_str_has_suffix(path, ".svg"))
		return true;
	fprintf(io->err, "%s: --picture %s: the name must end in .dot or .svg\n", program, path);
	return false;
}

int picture_write(const struct program_io *io, const char *program, const struct cluster *c, const char *path)
{
	GString *dot = g_string_new(NULL);
	graph_print_dot(c, 0, dot);
	int code = (g_str_has_suffix(path, ".svg") ? draw : write_file)(io, program, path, dot);
	(void)g_string_free(dot, TRUE);
	return code;
}
