/* SPDX-License-Identifier: GPL-2.0-or-later */
/* edit-world.h - commands that change a configuration, on a file: words in; what they say, how they end and what is in
 * the file then out. A case starts from what the one before it left. Agents are those of the test. */
#ifndef TEST_EDIT_WORLD_H
#define TEST_EDIT_WORLD_H

#include "cli-world.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char world_start[] =
	"<cib validate-with=\"pacemaker-4.0\" admin_epoch=\"0\" epoch=\"1\" num_updates=\"0\"><configuration>"
	"<crm_config/><nodes><node id=\"1\" uname=\"n1\"/><node id=\"2\" uname=\"n2\"/></nodes>"
	"<resources><primitive id=\"old\" class=\"ocf\" provider=\"test\" type=\"thing\"/></resources><constraints/>"
	"</configuration><status/></cib>\n";

static const char world_agent[] =
	"#!/bin/sh\n"
	"cat <<END\n"
	"<?xml version=\"1.0\"?>\n"
	"<!DOCTYPE resource-agent SYSTEM \"ra-api-1.dtd\">\n"
	"<resource-agent name=\"thing\" version=\"1.0\"><version>1.0</version>\n"
	"<longdesc lang=\"en\">All of it.</longdesc><shortdesc lang=\"en\">A thing</shortdesc>\n"
	"<parameters><parameter name=\"size\" required=\"1\" unique=\"1\"><longdesc>How large &amp; wide."
	"</longdesc><shortdesc>Size</shortdesc><content type=\"integer\"/></parameter>\n"
	"<parameter name=\"loud\"><shortdesc>Noise</shortdesc><content type=\"boolean\" "
	"default=\"no\"/></parameter></parameters>\n"
	"<actions><action name=\"start\" timeout=\"20s\"/><action name=\"stop\" timeout=\"30s\"/>"
	"<action name=\"monitor\" interval=\"10s\" timeout=\"5s\" depth=\"0\"/>"
	"<action name=\"meta-data\" timeout=\"5s\"/></actions></resource-agent>\n"
	"END\n";

static const char world_fence[] = "#!/bin/sh\n"
				  "echo '<resource-agent name=\"fence_test\"><parameters><parameter name=\"port\" "
				  "required=\"1\"><content type=\"string\"/></parameter></parameters><actions><action "
				  "name=\"off\"/></actions></resource-agent>'\n";

struct world {
	struct cli_world cli;
	char folder[64];
	char *file, *root, *path;
	const char *environment[4];
};

static inline void put_file(const struct world *w, const char *name, const char *text, int mode)
{
	char *path = g_build_filename(w->folder, name, NULL), *folder = g_path_get_dirname(path);
	assert_int_equal(g_mkdir_with_parents(folder, 0755), 0);
	assert_true(g_file_set_contents(path, text, -1, NULL));
	assert_int_equal(g_chmod(path, mode), 0);
	g_free(folder);
	g_free(path);
}

static inline int setup(void **state)
{
	struct world *w = g_new0(struct world, 1);
	g_strlcpy(w->folder, "/tmp/hale-edit-XXXXXX", sizeof(w->folder));
	assert_non_null(mkdtemp(w->folder));
	put_file(w, "cib.xml", world_start, 0600);
	put_file(w, "ocf/resource.d/test/thing", world_agent, 0755);
	put_file(w, "ocf/resource.d/test/silent", "#!/bin/sh\nexit 3\n", 0755);
	put_file(w, "ocf/resource.d/other/silent", "#!/bin/sh\nexit 3\n", 0755);
	put_file(w, "fence/fence_test", world_fence, 0755);
	put_file(w, "metadata/keep", "", 0600);
	w->file = g_build_filename(w->folder, "cib.xml", NULL);
	w->root = g_strdup_printf("OCF_ROOT=%s/ocf", w->folder);
	w->path = g_strdup_printf("HALE_FENCE_PATH=%s/fence", w->folder);
	w->environment[0] = w->root;
	w->environment[1] = w->path;
	w->environment[2] = g_strdup_printf("HALE_METADATA=%s/metadata", w->folder);
	*state = w;
	return 0;
}

static inline int teardown(void **state)
{
	struct world *w = *state;
	char *command = g_strdup_printf("rm -r %s", w->folder);
	assert_int_equal(system(command), 0);
	g_free(command);
	world_fini(&w->cli);
	g_free(w->file);
	g_free(w->root);
	g_free(w->path);
	g_free((char *)(uintptr_t)w->environment[2]);
	g_free(w);
	return 0;
}

static inline void run(struct world *w, const char *words)
{
	char *command = g_strdup_printf("hale -f %s %s", w->file, words);
	world_run(&w->cli, command, NULL, w->environment);
	g_free(command);
}

struct edit_case {
	const char *words;
	int code;
	const char *err;   /* something that is said */
	const char *has;   /* something that is in the file then */
	const char *lacks; /* something that is not; both may be NULL */
};

static inline void run_cases(struct world *w, const struct edit_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct edit_case *c = &cases[i];
		char *text = NULL;
		run(w, c->words);
		assert_true(g_file_get_contents(w->file, &text, NULL, NULL));
		bool right = w->cli.code == c->code && strstr(w->cli.err, c->err) != NULL &&
			     (c->err[0] != '\0' || w->cli.err[0] == '\0') &&
			     (c->has == NULL || strstr(text, c->has) != NULL) &&
			     (c->lacks == NULL || strstr(text, c->lacks) == NULL);
		if (!right)
			print_error("hale %s: %d\n%s%s\n", c->words, w->cli.code, w->cli.err, text);
		assert_true(right);
		g_free(text);
	}
}

struct look_case {
	const char *words;
	int code;
	const char *out; /* something that is printed */
};

static inline void check_look(const struct world *w, const struct look_case *c)
{
	bool right = w->cli.code == c->code && strstr(w->cli.out, c->out) != NULL;
	if (!right)
		print_error("%s: %d\n%s%s", c->words, w->cli.code, w->cli.out, w->cli.err);
	assert_true(right);
}

static inline void run_looks(struct world *w, const struct look_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		run(w, cases[i].words);
		check_look(w, &cases[i]);
	}
}

#endif
