/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/face.h"

#include <string.h>
#include <sys/wait.h>

/* The environment with CIB_file, or with HALE_SOCKET where --socket was given. */
static const char *const *environment_of(struct verb *v)
{
	const char *socket = v->call.socket;
	size_t count = 0, left = 0;
	while (v->io->environment != NULL && v->io->environment[count] != NULL)
		count++;
	const char **all = arena_array(v->io->arena, const char *, count + 3);
	for (size_t i = 0; i < count; i++) {
		const char *e = v->io->environment[i];
		bool replaced = (v->file != NULL && (strncmp(e, "CIB_file=", strlen("CIB_file=")) == 0 ||
						     strncmp(e, "CIB_shadow=", strlen("CIB_shadow=")) == 0)) ||
				(socket != NULL && strncmp(e, "HALE_SOCKET=", strlen("HALE_SOCKET=")) == 0);
		if (!replaced)
			all[left++] = e;
	}
	if (v->file != NULL)
		all[left++] = arena_printf(v->io->arena, "CIB_file=%s", v->file);
	if (socket != NULL)
		all[left++] = arena_printf(v->io->arena, "HALE_SOCKET=%s", socket);
	all[left] = NULL;
	return all;
}

enum exit_code face_run(struct verb *v, const char *const *argv)
{
	struct program_io io = *v->io;
	int argc = 0;
	while (argv[argc] != NULL)
		argc++;
	io.environment = environment_of(v);
	return v->code = (enum exit_code)program_main(&io, argc, argv);
}

enum exit_code face_spawn(struct verb *v, const char *const *argv, const char *package)
{
	GError *error = NULL;
	char *out = NULL, *err = NULL;
	int status = 0;
	if (!g_spawn_sync(NULL, (char **)(uintptr_t)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &out, &err, &status,
			  &error)) {
		(void)verb_fail(v, EXIT_NOT_INSTALLED, "%s; the package %s has %s", error->message, package, argv[0]);
		g_error_free(error);
		return v->code;
	}
	(void)fputs(out, v->io->out);
	(void)fputs(err, v->io->err);
	g_free(out);
	g_free(err);
	return v->code = WIFEXITED(status) ? (enum exit_code)WEXITSTATUS(status) : EXIT_ERROR;
}
