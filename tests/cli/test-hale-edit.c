/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands that change a configuration, on a file: what they say, how they end, what is in the file then. A case starts
 * from what the one before it left. */
#include "edit-world.h"

static void test_property(void **state)
{
	static const struct edit_case cases[] = {
		{"property set stonith-enabled=false", 0, "", "name=\"stonith-enabled\" value=\"false\"",
		 "epoch=\"1\""},
		{"property set stonith-enabled=false", 0, "it is so already", "epoch=\"2\"", NULL},
		{"property set fencing-enabled=true", 0, "", "name=\"fencing-enabled\"", "stonith-enabled"},
		{"property set no-quorum-policy=frieze", 65, "must be one of stop, freeze", NULL, "frieze"},
		{"property set no-quorum-polic=stop", 65, "did you mean no-quorum-policy?", NULL, "polic="},
		{"property set migration-threshold=3", 65, "hale resource meta RESOURCE migration-threshold", NULL,
		 NULL},
		{"property set nonsense=1 --force", 0, "warning: 'nonsense'", "name=\"nonsense\"", NULL},
		{"property set nonsense", 64, "no name=value", NULL, NULL},
		{"property set", 64, "name what to set", NULL, NULL},
		{"property unset nothing", 105, "not set", NULL, NULL},
		{"property unset nonsense stonith-enabled", 0, "", NULL, "fencing-enabled"},
		{"property unset nonsense --wait", 64, "nobody acts on a file", NULL, NULL},
		{"property set a=b --wait=x", 64, "whole seconds", NULL, "\"a\""},
	};
	run_cases(*state, cases, G_N_ELEMENTS(cases));
}

static void test_resource(void **state)
{
	static const struct edit_case cases[] = {
		{"resource create a thing size=1", 0, "", "<op id=\"a-stop-interval-0s\" name=\"stop\"", "meta-data"},
		{"resource create a thing size=2", 108, "id 'a' already", NULL, NULL},
		{"resource create b thing", 65, "needs the parameter size", NULL, "id=\"b\""},
		{"resource create b thing size=x", 65, "must be a whole number", NULL, NULL},
		{"resource create b thing size=1", 108, "a has this value already", NULL, NULL},
		{"resource create b thing size=2 loud=maybe", 65, "must be true or false", NULL, NULL},
		{"resource create b thing sice=2", 65, "did you mean size?", NULL, NULL},
		{"resource create b thing sice=2 --force", 0, "warning:", "name=\"sice\"", NULL},
		{"resource create 1c thing size=3", 65, "cannot be an id", NULL, NULL},
		{"resource create c thign size=3", 5, "did you mean thing?", NULL, NULL},
		{"resource create c silent", 65, "several agents are called silent", NULL, NULL},
		{"resource create c ocf:test:silent", 5, "ended with code 3", NULL, NULL},
		{"resource create c ocf:tset:thing size=3", 5, "did you mean thing?", NULL, NULL},
		{"resource create c ocf:test", 65, "no name of an agent", NULL, NULL},
		{"resource create c stonith:fence_test", 64, "hale stonith create", NULL, NULL},
		{"resource create c thing size=3 op monitor interval=4s meta priority=5 --disabled", 0, "",
		 "name=\"monitor\" interval=\"4s\"/>", NULL},
		{"resource create d thing size=4 op nap interval=4s", 65, "knows no operation nap", NULL, NULL},
		{"resource create d thing size=4 op monitor on-fail=cry", 65, "must be one of ignore", NULL, NULL},
		{"resource create d thing size=4 meta target-rol=x", 65, "did you mean target-role?", NULL, NULL},
		{"resource create d thing size=4 group g before a", 105, "no resource 'a' in group g", NULL, "\"g\""},
		{"resource create d thing size=4 clone group g", 64, "only one of them", NULL, NULL},
		{"resource create d thing size=4 before a", 64, "name it with group", NULL, NULL},
		{"resource create d thing size=4 group g", 0, "", "<group id=\"g\">", NULL},
		{"resource create e thing size=5 group g before d", 0, "", "id=\"e\"", NULL},
		{"resource create f thing size=6 promotable meta notify=true", 0, "", "<clone id=\"f-clone\">", NULL},
		{"resource create h thing size=7 master", 0, "", "<clone id=\"h-master\">", NULL},
		{"resource create i thing size=8 bundle x", 105, "no bundle 'x'", NULL, NULL},
		{"resource update a size=9 op monitor timeout=8s", 0, "", "timeout=\"8s\"", NULL},
		{"resource update a size=", 65, "needs the parameter size", NULL, NULL},
		{"resource update a group x", 64, "hale resource clone", NULL, NULL},
		{"resource update g op monitor interval=1s", 65, "has no operations", NULL, NULL},
		{"resource update g priority=3", 0, "", "id=\"g-meta_attributes-priority\"", NULL},
		{"resource meta aa priority=3", 105, "did you mean a?", NULL, NULL},
		{"resource meta a priority=3 --force", 0, "", "id=\"a-meta_attributes-priority\"", NULL},
		{"resource meta a priority=", 0, "", NULL, "id=\"a-meta_attributes\""},
		{"resource disable a d", 0, "", "id=\"a-meta_attributes-target-role\"", NULL},
		{"resource enable a", 0, "", NULL, "id=\"a-meta_attributes-target-role\""},
		{"resource disable g", 0, "", NULL, NULL},
		{"resource enable d", 0, "g is disabled too", NULL, NULL},
		{"resource unmanage a", 0, "", "name=\"is-managed\"", NULL},
		{"resource disable a", 0, "is not managed", NULL, NULL},
		{"resource manage a", 0, "", NULL, "is-managed"},
	};
	run_cases(*state, cases, G_N_ELEMENTS(cases));
}

static void test_together(void **state)
{
	static const struct edit_case cases[] = {
		{"resource create a thing size=1", 0, "", NULL, NULL},
		{"resource create b thing size=2", 0, "", NULL, NULL},
		{"resource group add g a b", 0, "", "<group id=\"g\">", NULL},
		{"resource group add g b --before a --after a", 64, "only one of them", NULL, NULL},
		{"resource group add g b --before a", 0, "", NULL, NULL},
		{"resource group add a b", 108, "no group", NULL, NULL},
		{"resource clone a", 65, "is in g", NULL, NULL},
		{"constraint colocation add g with old", 0, "", "with-rsc=\"old\"", NULL},
		{"resource group remove g old", 105, "no resource 'old' in group g", NULL, NULL},
		{"resource group remove g b", 0, "", "<group", NULL},
		{"resource ungroup g", 0, "goes too: it is about g", NULL, "<group"},
		{"resource clone a meta interleave=true", 0, "", "<clone id=\"a-clone\">", NULL},
		{"resource clone a-clone", 65, "only primitives and groups", NULL, NULL},
		{"resource unclone a", 0, "", NULL, "<clone"},
		{"resource unclone a", 65, "is no clone", NULL, NULL},
		{"resource promotable a P meta clone-max=x", 65, "whole number", NULL, "<clone"},
		{"resource promotable a P", 0, "", "name=\"promotable\" value=\"true\"", NULL},
		{"constraint order promote P then start b", 0, "", "first-action=\"promote\"", NULL},
		{"resource delete nix b", 105, "no resource 'nix'", "id=\"b\"", NULL},
		{"resource remove b a", 0, "goes too: it is about b", NULL, "<clone"},
		{"stonith delete old", 65, "no fence device", NULL, NULL},
	};
	run_cases(*state, cases, G_N_ELEMENTS(cases));
}

static void test_places(void **state)
{
	static const struct edit_case cases[] = {
		{"resource ban old", 65, "active on no node", NULL, NULL},
		{"resource ban old n9", 105, "no node 'n9'", NULL, NULL},
		{"resource ban old n1 n2", 64, "name one node", NULL, NULL},
		{"resource ban old n1 lifetime=never", 65, "must be a time", NULL, NULL},
		{"resource ban old n1 lifetime=30min", 0, "", "id=\"cli-ban-old-on-n1-lifetime\"", NULL},
		{"resource clear old --expired", 0, "it is so already", "cli-ban", NULL},
		{"resource move old n1", 0, "", "id=\"cli-prefer-old\"", "cli-ban"},
		{"resource move-with-constraint old n2", 0, "", "node=\"n2\"", "node=\"n1\""},
		{"resource clear old n1", 0, "it is so already", "cli-prefer", NULL},
		{"resource clear old", 0, "", NULL, "cli-"},
		{"node standby", 64, "name the nodes", NULL, NULL},
		{"node standby n1 n9", 105, "no node 'n9'", NULL, "standby"},
		{"node standby n1", 0, "", "name=\"standby\" value=\"on\"", NULL},
		{"node unstandby --all", 0, "", NULL, "standby"},
		{"node maintenance --all n1", 64, "name nodes or say --all", NULL, NULL},
		{"node maintenance n2", 0, "", "name=\"maintenance\"", NULL},
		{"node unmaintenance n2", 0, "", NULL, "maintenance"},
		{"node attribute n1 rack=7", 0, "", "name=\"rack\"", NULL},
		{"node utilization n1 memory=7", 0, "", "<utilization", NULL},
		{"node attribute n9 rack=7", 105, "no node", NULL, NULL},
		{"constraint location old prefers n1 n2=5", 0, "", "score=\"INFINITY\"", NULL},
		{"constraint location old avoids n1=7", 0, "", "score=\"-7\"", "score=\"INFINITY\""},
		{"constraint location old prefers n1=much", 65, "score much", NULL, NULL},
		{"constraint location old hates n1", 64, "prefers NODE", NULL, NULL},
		{"constraint location old prefers n9", 105, "no node", NULL, NULL},
		{"constraint location add mine old n1 score=9", 0, "", "id=\"mine\"", NULL},
		{"constraint location add mine old n1", 108, "is taken", NULL, NULL},
		{"constraint order old then old", 65, "wait for itself", NULL, NULL},
		{"constraint order old old", 64, "then", NULL, NULL},
		{"constraint colocation add old with old", 65, "with itself", NULL, NULL},
		{"constraint remove mine", 0, "", NULL, "mine"},
		{"constraint delete mine", 105, "no constraint", NULL, NULL},
	};
	run_cases(*state, cases, G_N_ELEMENTS(cases));
}

static void test_stonith(void **state)
{
	static const struct edit_case cases[] = {
		{"stonith create f fence_test pcmk_host_list=n1", 0, "", "class=\"stonith\" type=\"fence_test\"", NULL},
		{"stonith create g fence_tset", 5, "did you mean fence_test?", NULL, NULL},
		{"stonith create g fence_test pcmk_host_list=n1,n8", 105, "no node 'n8'", NULL, "n8"},
		{"stonith create g fence_test pcmk_host_map=n1:1,n2:2", 65, "divided by ;", NULL, NULL},
		{"stonith create g fence_test clone", 64, "stands alone", NULL, NULL},
		{"stonith create g fence_test pcmk_host_map=n1:1;n2:2 --disabled", 0, "", "value=\"Stopped\"", NULL},
		{"resource clone f", 65, "without a clone", NULL, NULL},
		{"stonith level add 0 n1 f", 64, "from 1 to 9", NULL, NULL},
		{"stonith level add 1 n1 old", 105, "no fence device 'old'", NULL, NULL},
		{"stonith level add 1 n1 f g", 0, "", "devices=\"f,g\"", NULL},
		{"stonith level add 2 regexp%n. g", 0, "", "target-pattern=\"n.\"", NULL},
		{"stonith level add 3 attrib%a g", 64, "attrib%NAME=VALUE", NULL, NULL},
		{"stonith level remove 2 n1", 105, "no such fencing level", NULL, NULL},
		{"stonith delete g", 0, "goes too", "devices=\"f\"", "target-pattern"},
		{"stonith level remove 1", 0, "", NULL, "fencing-level"},
		{"stonith fence n1", 64, "Unknown option -f", NULL, NULL},
	};
	run_cases(*state, cases, G_N_ELEMENTS(cases));
}

/* What is printed. */
static void test_looks(void **state)
{
	static const struct look_case cases[] = {
		{"property set fencing-enabled=false no-quorum-policy=freeze", 0, ""},
		{"resource create a thing size=1", 0, ""},
		{"property", 0, "Cluster Properties: cib-bootstrap-options\n  fencing-enabled=false\n"},
		{"property --all fencing-enabled", 0, "fencing-enabled=false\n"},
		{"property --defaults fencing-enabled", 0, "fencing-enabled=true (default)\n"},
		{"property list --output-format json", 0, "\"no-quorum-policy\": \"freeze\""},
		{"resource", 0, "  * a\t(ocf:test:thing):\t Stopped\n"},
		{"resource status a --output-format=json", 0, "\"agent\": \"ocf:test:thing\""},
		{"resource config a", 0,
		 "Resource: a (class=ocf provider=test type=thing)\n  Attributes: "
		 "a-instance_attributes\n    size=1\n"},
		{"resource config --output-format=json a", 0, "\"size\": \"1\""},
		{"resource config nix", 105, ""},
		{"stonith", 0, "NO stonith devices configured\n"},
		{"constraint", 0, ""},
		{"status", 0, "Current DC: NONE"},
		{"status --full", 0, "Node List:\n"},
		{"status --output-format=json", 0, "\"failures\": []"},
		{"status --output-format=xml", 64, ""},
		{"cluster status", 0, "Cluster Status:\nCluster Summary:\n"},
		{"cluster cib scope=resources", 0, "<resources>\n"},
		{"cluster cib scope=soup", 64, ""},
		{"cluster cib --config", 0, "<configuration>\n"},
	};
	run_looks(*state, cases, G_N_ELEMENTS(cases));
}

/* Agents: asked once, then from the cache. */
static void test_agents(void **state)
{
	struct world *w = *state;
	static const struct look_case cases[] = {
		{"hale resource list test:thing", 0, "ocf:test:thing - A thing\n"},
		{"hale resource list --nodesc thing", 0, "ocf:test:thing\n"},
		{"hale resource list nonsense-that-nobody-has", 105, ""},
		{"hale resource describe thing", 0, "  size (required) (unique) (integer)\n      How large & wide.\n"},
		{"hale resource describe ocf:test:silent", 5, ""},
		{"hale stonith list", 0, "fence_test\n"},
		{"hale stonith describe fence_test", 0, "Stonith options:\n  port (required)"},
		{"hale resource standards", 0, "lsb\nocf\nservice\nsystemd\n"},
		{"hale resource providers", 0, "other\ntest\n"},
		{"hale resource agents ocf:test", 0, "silent\nthing\n"},
	};
	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
			world_run(&w->cli, cases[i].words, NULL, w->environment);
			check_look(w, &cases[i]);
		}
	char *cached = g_build_filename(w->folder, "metadata", "ocf:test:thing.xml", NULL);
	assert_true(g_file_test(cached, G_FILE_TEST_EXISTS));
	g_free(cached);
}

/* A file is never made by a slip of the pen, and pushed only when it is not older. */
static void test_files(void **state)
{
	struct world *w = *state;
	char *work = g_build_filename(w->folder, "work.xml", NULL),
	     *before = g_build_filename(w->folder, "b.xml", NULL);
	char *words = g_strdup_printf("cluster cib %s", work);
	world_run(&w->cli, "hale -f /nowhere/cib.xml property set a=b --force", NULL, NULL);
	assert_int_equal(w->cli.code, 105);
	run(w, "property set cluster-name=shop");
	run(w, words);
	assert_int_equal(w->cli.code, 0);
	g_free(words);
	words = g_strdup_printf("cluster cib %s", before);
	run(w, words);
	g_free(words);
	words = g_strdup_printf("hale property set batch-limit=3 -f %s", work);
	world_run(&w->cli, words, NULL, NULL);
	assert_int_equal(w->cli.code, 0);
	g_free(words);
	for (int i = 0; i < 3; i++) {
		char *set = g_strdup_printf("property set migration-limit=%d", i);
		run(w, set);
		g_free(set);
	}
	words = g_strdup_printf("cluster cib-push %s", work);
	run(w, words);
	assert_int_equal(w->cli.code, 103);
	assert_non_null(strstr(w->cli.err, "diff-against"));
	g_free(words);
	words = g_strdup_printf("cluster cib-push %s diff-against=%s", work, before);
	run(w, words);
	assert_string_equal(w->cli.err, "");
	assert_int_equal(w->cli.code, 0);
	run(w, "property");
	assert_non_null(strstr(w->cli.out, "batch-limit=3"));
	assert_non_null(strstr(w->cli.out, "migration-limit=2"));
	g_free(words);
	words = g_strdup_printf("cluster cib-push %s scope=crm_config", work);
	run(w, words);
	assert_int_equal(w->cli.code, 0);
	run(w, "property");
	assert_null(strstr(w->cli.out, "migration-limit"));
	g_free(words);
	g_free(before);
	g_free(work);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_property, setup, teardown),
		cmocka_unit_test_setup_teardown(test_resource, setup, teardown),
		cmocka_unit_test_setup_teardown(test_together, setup, teardown),
		cmocka_unit_test_setup_teardown(test_places, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stonith, setup, teardown),
		cmocka_unit_test_setup_teardown(test_looks, setup, teardown),
		cmocka_unit_test_setup_teardown(test_agents, setup, teardown),
		cmocka_unit_test_setup_teardown(test_files, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
