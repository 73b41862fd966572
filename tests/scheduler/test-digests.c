/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/digests.h"

#include "cib/digest.h"
#include "scheduler/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Of <parameters/>, and of <parameters x="1"/>: as in any history. */
#define OF_NOTHING "f2317cad3d54cec5d7d7aa7d0bf35cf8"

static const struct element *entry_of(const struct world *w, const char *id)
{
	const struct element *e = document_by_id(w->d, id);
	assert_non_null(e);
	return e;
}

static struct operation_digests make(struct world *w, const char *id, const char *task, int64_t interval_ms)
{
	return digests_make(world_resource(w, id), task, interval_ms, world_node(w, "n1"), NULL, NULL, true);
}

static void test_what_counts(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, (struct world_parts){
				.resources = DUMMY("none", "") DUMMY(
					"r", PARAMS("r", PAIR("x", "1") PAIR("id", "no") PAIR("CRM_meta_y", "no")
								 PAIR("password", "secret"))
						     OPS("<op id='s' name='start' interval='0'>" PARAMS(
							     "s", PAIR("z", "2")) "</op><op id='m' name='monitor' "
										  "interval='10' timeout='7'/>"))});
	scheduler_read_status(w.c);
	assert_string_equal(make(&w, "none", "start", 0).all, OF_NOTHING);
	struct operation_digests start = make(&w, "r", "start", 0);
	assert_int_equal(start.all_parameters->count, 3); /* x, password, z */
	assert_string_equal(table_get(start.all_parameters, "z"), "2");
	assert_false(table_has(start.all_parameters, "id"));
	assert_int_equal(start.result, DIGEST_RESTART); /* parameters of the operation itself */
	assert_false(table_has(start.secure_parameters, "password"));
	assert_null(start.restart);
	struct operation_digests monitor = make(&w, "r", "monitor", 10000);
	assert_string_equal(table_get(monitor.all_parameters, "CRM_meta_timeout"), "7000");
	assert_int_equal(monitor.result, DIGEST_MATCH);
	world_end(&w);
}

static void test_overrides(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, (struct world_parts){.resources = DUMMY("r", PARAMS("r", PAIR("x", "1") PAIR("y", "1")))});
	scheduler_read_status(w.c);
	struct table *overrides = table_new(&w.c->arena);
	table_set(overrides, "x", "2");
	table_set(overrides, "CRM_meta_interval", "10000");
	struct operation_digests d =
		digests_make(world_resource(&w, "r"), "monitor", 0, world_node(&w, "n1"), NULL, overrides, false);
	assert_string_equal(table_get(d.all_parameters, "x"), "2");
	assert_string_equal(table_get(d.all_parameters, "y"), "1");
	assert_string_equal(table_get(d.all_parameters, "CRM_meta_timeout"), "20000"); /* now it recurs */
	assert_null(d.secure);
	world_end(&w);
}

#define STARTED(id, rest) HISTORY(id, ENTRY(id "_last_0", id, "start", "0", "3", "0", "0", "0", rest))

static void test_comparing(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, (struct world_parts){
				.resources = DUMMY("same", "") DUMMY("changed", PARAMS("changed", PAIR("x", "1")))
					DUMMY("restart", PARAMS("restart", PAIR("x", "1")))
						DUMMY("reload", PARAMS("reload", PAIR("x", "1"))) DUMMY("unknown", ""),
				.history = {STARTED("same", "op-digest='" OF_NOTHING "'")
						    STARTED("changed", "op-digest='" OF_NOTHING "'")
							    STARTED("restart", "op-digest='" OF_NOTHING
									       "' op-restart-digest='" OF_NOTHING
									       "' op-force-restart=' x '")
								    STARTED("reload", "op-digest='" OF_NOTHING
										      "' op-restart-digest='" OF_NOTHING
										      "' op-force-restart=' other '")
									    STARTED("unknown", "")}});
	scheduler_read_status(w.c);
	static const struct {
		const char *id;
		enum digest_result result;
	} rows[] = {{"same", DIGEST_MATCH},
		    {"changed", DIGEST_MISMATCH},
		    {"restart", DIGEST_RESTART},
		    {"reload", DIGEST_MISMATCH},
		    {"unknown", DIGEST_UNKNOWN}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char entry[64];
		(void)snprintf(entry, sizeof(entry), "%s_last_0", rows[i].id);
		struct operation_digests *d =
			digests_compare(world_resource(&w, rows[i].id), entry_of(&w, entry), world_node(&w, "n1"));
		assert_int_equal(d->result, rows[i].result);
		/* Made once. */
		assert_ptr_equal(
			digests_compare(world_resource(&w, rows[i].id), entry_of(&w, entry), world_node(&w, "n1")), d);
	}
	world_end(&w);
}

static void test_forced_restart(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, (struct world_parts){.resources = DUMMY("r", ""),
					     .history = {STARTED("r", "op-digest='" OF_NOTHING "'")}});
	scheduler_read_status(w.c);
	struct resource *r = world_resource(&w, "r");
	digests_force_restart(r, entry_of(&w, "r_last_0"));
	assert_int_equal(digests_compare(r, entry_of(&w, "r_last_0"), world_node(&w, "n1"))->result, DIGEST_RESTART);
	world_end(&w);
}

static void test_unfencing(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, (struct world_parts){.resources = "<primitive id='f' class='stonith' type='fence_x'/>",
					     .attributes = {PAIR("#digests-all", "g:fence_x:1,f:fence_x:" OF_NOTHING),
							    PAIR("#digests-all", "f:fence_x:other")
								    PAIR("#digests-secure", "f:fence_x:" OF_NOTHING),
							    ""}});
	scheduler_read_status(w.c);
	struct resource *f = world_resource(&w, "f");
	assert_int_equal(digests_compare_unfencing(f, "fence_x", world_node(&w, "n1"))->result, DIGEST_MATCH);
	assert_int_equal(digests_compare_unfencing(f, "fence_x", world_node(&w, "n2"))->result, DIGEST_MATCH);
	assert_int_equal(digests_compare_unfencing(f, "fence_x", world_node(&w, "n3"))->result, DIGEST_UNKNOWN);
	assert_int_equal(digests_compare_unfencing(f, "fence_y", world_node(&w, "n1"))->result, DIGEST_MISMATCH);
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_counts), cmocka_unit_test(test_overrides),
		cmocka_unit_test(test_comparing),   cmocka_unit_test(test_forced_restart),
		cmocka_unit_test(test_unfencing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
