/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Agents of a machine that has none but what the test puts there: see also test-hale-edit.c. */
#include "cli/agent-info.h"
#include "verb-world.h"

#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char metadata[] =
	"<?xml version=\"1.0\"?><!DOCTYPE resource-agent SYSTEM \"ra-api-1.dtd\"><resource-agent name=\"x\">"
	"<longdesc lang=\"en\"> All &lt;of&gt; it. </longdesc><shortdesc>Short</shortdesc><shortdesc "
	"lang=\"de\">Kurz</shortdesc>"
	"<parameters><parameter name=\"ip\" required=\"1\" unique=\"true\"><content type=\"string\"/></parameter>"
	"<parameter name=\"ipaddr\" deprecated=\"1\"><replaced-with name=\"ip\"/><content type=\"integer\" "
	"default=\"3\"/></parameter></parameters><actions><action name=\"monitor\" role=\"Master\" interval=\"9s\"/>"
	"<action name=\"monitor\" role=\"Slave\" interval=\"10s\" timeout=\"7s\"/><action name=\"on\" "
	"automatic=\"1\"/></actions></resource-agent>";

static void test_parse(void **state)
{
	(void)state;
	struct arena a = {0};
	struct agent_info info = {0};
	struct error error = {0};
	assert_int_equal(agent_info_parse(metadata, strlen(metadata), &a, &info, &error), ERR_OK);
	assert_string_equal(info.text, "All <of> it.");
	assert_string_equal(info.brief, "Short");
	assert_int_equal(info.parameter_count, 2);
	const struct agent_parameter *p = agent_info_parameter(&info, "ip");
	assert_true(p->required && p->unique && !p->deprecated);
	p = agent_info_parameter(&info, "ipaddr");
	assert_true(p->deprecated && !p->required);
	assert_string_equal(p->replaced_by, "ip");
	assert_string_equal(p->otherwise, "3");
	assert_null(agent_info_parameter(&info, "nix"));
	assert_string_equal(agent_info_action(&info, "monitor", "slave")->timeout, "7s");
	assert_string_equal(agent_info_action(&info, "monitor", NULL)->interval, "9s");
	assert_true(agent_info_action(&info, "on", NULL)->automatic);
	assert_null(agent_info_action(&info, "start", NULL));
	static const char *const wrong[] = {"", "nonsense", "<a", "<a/>", "<resource-agent>"};
	for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
		error.text[0] = '\0';
		assert_int_equal(agent_info_parse(wrong[i], strlen(wrong[i]), &a, &info, &error), ERR_INVALID);
		assert_non_null(strstr(error.text, "metadata"));
		assert_int_equal(info.parameter_count, 0);
	}
	arena_fini(&a);
}

static void test_names(void **state)
{
	(void)state;
	struct verb_world w;
	struct agent_name n;
	char folder[] = "/tmp/hale-agents-XXXXXX";
	assert_non_null(mkdtemp(folder));
	char *root = g_strdup_printf("OCF_ROOT=%s", folder), *path = g_strdup_printf("HALE_FENCE_PATH=%s", folder);
	char *cache = g_strdup_printf("HALE_METADATA=%s/none", folder);
	char *file = g_build_filename(folder, "fence_x", NULL);
	const char *const environment[] = {root, path, cache, NULL};
	assert_true(g_file_set_contents(file, "#!/bin/sh\necho nonsense\n", -1, NULL));
	assert_int_equal(g_chmod(file, 0755), 0);
	verb_world_open(&w, "", "", "");
	w.io.environment = environment;
	GArray *names = agent_names(&w.v, "stonith", NULL);
	assert_int_equal(names->len, 1);
	(void)g_array_free(names, TRUE);
	names = agent_names(&w.v, "ocf", NULL);
	assert_int_equal(names->len, 0);
	(void)g_array_free(names, TRUE);
	assert_true(agent_name_find_fence(&w.v, "stonith:fence_x", &n));
	assert_string_equal(agent_name_text(&n, &w.arena), "stonith:fence_x");
	assert_false(agent_name_find_fence(&w.v, "fence_y", &n));
	assert_string_equal(agent_name_similar(&w.v, &(struct agent_name){"stonith", NULL, "fence_x"}), "");
	assert_string_equal(agent_name_similar(&w.v, &(struct agent_name){"stonith", NULL, "fence_y"}),
			    ", did you mean fence_x?");
	assert_true(agent_name_find(&w.v, "ocf:a:b", &n));
	assert_string_equal(agent_name_text(&n, &w.arena), "ocf:a:b");
	assert_true(agent_name_find(&w.v, "systemd:a@b:c", &n));
	assert_string_equal(n.type, "a@b:c");
	static const char *const wrong[] = {"b", "ocf:b", "ocf::b", "ocf:a:", "cow:b", "systemd:"};
	for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++)
		assert_false(agent_name_find(&w.v, wrong[i], &n));
	struct agent_info infos[] = {{.agent = {"stonith", NULL, "fence_x"}},
				     {.agent = {"ocf", "a", "b"}},
				     {.agent = {"systemd", NULL, "c"}}};
	agent_infos_read(&w.v, infos, 3);
	assert_non_null(strstr(infos[0].why, "no XML"));
	assert_non_null(infos[1].why);
	assert_null(infos[2].why);
	assert_int_equal(infos[2].action_count, 3);
	verb_world_close(&w);
	assert_int_equal(g_unlink(file), 0);
	assert_int_equal(g_rmdir(folder), 0);
	g_free(file);
	g_free(cache);
	g_free(path);
	g_free(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_parse), cmocka_unit_test(test_names)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
