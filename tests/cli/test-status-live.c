/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a status is made of: where things run, what runs now, what is told of both. The whole: test-hale-live.c. */
#include "cli/status-json.h"
#include "cli/whereabouts.h"
#include "verb-world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char status[] =
	"<node_state id=\"1\" uname=\"n1\" in_ccm=\"true\" crmd=\"online\" join=\"member\" expected=\"member\"><lrm "
	"id=\"1\"><lrm_resources><lrm_resource id=\"web\" class=\"ocf\" provider=\"test\" type=\"thing\"><lrm_rsc_op "
	"id=\"web_last_0\" operation_key=\"web_start_0\" operation=\"start\" "
	"transition-key=\"2:1:0:3f1a1b2c-0000-4000-8000-000000000001\" "
	"transition-magic=\"0:0;2:1:0:3f1a1b2c-0000-4000-8000-000000000001\" call-id=\"2\" rc-code=\"0\" "
	"op-status=\"0\" "
	"interval=\"0\"/><lrm_rsc_op id=\"web_monitor_10000\" operation_key=\"web_monitor_10000\" "
	"operation=\"monitor\" "
	"transition-key=\"3:1:0:3f1a1b2c-0000-4000-8000-000000000001\" "
	"transition-magic=\"-1:193;3:1:0:3f1a1b2c-0000-4000-8000-000000000001\" call-id=\"-1\" rc-code=\"193\" "
	"op-status=\"-1\" interval=\"10000\" last-rc-change=\"1699999990\"/></lrm_resource></lrm_resources></lrm>"
	"</node_state><node_state id=\"2\" uname=\"n2\" in_ccm=\"true\" crmd=\"online\" join=\"member\" "
	"expected=\"member\"/>";

static void test_places(void **state)
{
	(void)state;
	struct verb_world w;
	verb_world_open(
		&w, "<group id=\"g\"><primitive id=\"web\" class=\"ocf\" provider=\"test\" type=\"thing\"/></group>",
		"<rsc_location id=\"l\" rsc=\"web\" node=\"n2\" score=\"INFINITY\"/>", status);
	struct element *set = element_add(verb_section(&w.v, NAME_CRM_CONFIG), NAME_CLUSTER_PROPERTY_SET);
	element_set(set, NAME_ID, "s");
	struct element *pair = element_add(set, NAME_NVPAIR);
	element_set(pair, NAME_ID, "p");
	element_set(pair, NAME_NAME, "fencing-enabled");
	element_set(pair, NAME_VALUE, "false");
	struct cluster *c = verb_cluster(&w.v);
	static const char *const ids[] = {"web", "g"};
	for (size_t i = 0; i < G_N_ELEMENTS(ids); i++) {
		GPtrArray *places = resource_places(c, ids[i], false);
		assert_int_equal(places->len, 1);
		assert_string_equal(g_ptr_array_index(places, 0), "n1");
		g_ptr_array_unref(places);
	}
	GPtrArray *promoted = resource_places(c, "web", true);
	assert_int_equal(promoted->len, 0);
	g_ptr_array_unref(promoted);
	struct cluster *after = verb_outcome(&w.v);
	GPtrArray *next = resource_places_next(after, "web", false);
	assert_int_equal(next->len, 1);
	assert_string_equal(g_ptr_array_index(next, 0), "n2");
	g_ptr_array_unref(next);
	verb_outcome_free(after);
	verb_world_close(&w);
}

static void test_status(void **state)
{
	(void)state;
	struct verb_world w;
	struct status_live live;
	verb_world_open(&w, "<primitive id=\"web\" class=\"ocf\" provider=\"test\" type=\"thing\"/>", "", status);
	struct cluster *c = verb_cluster(&w.v);
	assert_int_equal(status_live_read(&w.v, &live), EXIT_OK);
	assert_false(live.known);
	GPtrArray *pending = status_pending(&w.v, c);
	assert_int_equal(pending->len, 1);
	assert_string_equal(g_ptr_array_index(pending, 0), "monitor of web on n1, since 10 s");
	json_t *all = status_json_resources(&w.v, c, false), *none = status_json_resources(&w.v, c, true);
	assert_int_equal(json_array_size(all), 1);
	assert_int_equal(json_array_size(none), 0);
	json_decref(all);
	json_decref(none);
	w.v.json = true;
	status_json_print(&w.v, c, &live, pending, "beware");
	(void)fflush(w.io.out);
	json_t *printed = json_loads(w.out, 0, NULL);
	assert_string_equal(json_string_value(json_array_get(json_object_get(printed, "warnings"), 0)), "beware");
	assert_int_equal(json_integer_value(json_object_get(printed, "online")), 2);
	json_decref(printed);
	g_ptr_array_unref(pending);
	status_live_fini(&live);
	verb_world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_places), cmocka_unit_test(test_status)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
