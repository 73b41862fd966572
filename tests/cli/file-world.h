/* SPDX-License-Identifier: GPL-2.0-or-later */
/* file-world.h - programs on a configuration in a file of their own, which CIB_file names. */
#ifndef TEST_FILE_WORLD_H
#define TEST_FILE_WORLD_H

#include "cli-world.h"

#include <glib.h>
#include <stdio.h>
#include <unistd.h>

struct file_world {
	struct cli_world cli;
	char path[64], variable[80];
	const char *environment[3];
};

/* variable: "NAME=VALUE", one more; or NULL. */
static inline struct file_world *file_world_new(const char *cib, const char *variable)
{
	struct file_world *w = g_new0(struct file_world, 1);
	(void)g_strlcpy(w->path, "/tmp/hale-file-XXXXXX", sizeof(w->path));
	int fd = mkstemp(w->path);
	if (fd < 0 || !g_file_set_contents(w->path, cib, -1, NULL))
		abort();
	(void)close(fd);
	(void)snprintf(w->variable, sizeof(w->variable), "CIB_file=%s", w->path);
	w->environment[0] = w->variable;
	w->environment[1] = variable;
	w->cli.now.ns = UINT64_C(1700000000) * 1000000000u;
	return w;
}

static inline void file_world_free(struct file_world *w)
{
	(void)unlink(w->path);
	world_fini(&w->cli);
	g_free(w);
}

/* As a test's teardown. */
static inline int file_world_close(void **state)
{
	file_world_free(*state);
	return 0;
}

#endif
