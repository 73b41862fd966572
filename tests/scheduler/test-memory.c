/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/memory.h"

#include "scheduler/graph.h"
#include "scheduler/history-private.h"
#include "scheduler/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define RUNNING                                                                \
	HISTORY("r", ENTRY("r_start_0", "r", "start", "0", "3", "0", "0", "0", \
			   "op-digest='4811cef7f7f94e3a35a70be7916cb2fd'"))

static char *graph_with(struct document *d, struct scheduler_memory *m)
{
	GString *out = g_string_new(NULL);
	struct cluster *c = cluster_new(d, WORLD_NOW);
	c->memory = m;
	scheduler_run(c);
	graph_print_xml(c, out);
	cluster_free(c);
	return g_string_free(out, FALSE);
}

/* Decides with and without, and gives what was known and learnt. */
static struct scheduler_memory_counts decide(struct document *d, struct scheduler_memory *m)
{
	char *with = graph_with(d, m), *without = graph_with(d, NULL);
	assert_string_equal(with, without);
	g_free(with);
	g_free(without);
	return scheduler_memory_counts(m);
}

static void test_what_is_kept(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w,
		    (struct world_parts){.resources = DUMMY("r", PARAMS("r", PAIR("a", "1"))), .history = {RUNNING}});
	struct scheduler_memory *m = scheduler_memory_new();
	/* The history in both orders, and the digest of the start. */
	assert_int_equal(decide(w.d, m).learnt, 3);
	assert_int_equal(decide(w.d, m).known, 3);
	assert_int_equal(decide(w.d, m).learnt, 0);
	/* Another result: the history is read anew, and the digest made anew for the entry. */
	element_set(document_by_id(w.d, "r_start_0"), NAME_RC_CODE, "1");
	assert_int_equal(decide(w.d, m).learnt, 3);
	/* Another parameter: the history is what it was. */
	element_set(document_by_id(w.d, "p-a-1"), NAME_VALUE, "2");
	struct scheduler_memory_counts n = decide(w.d, m);
	assert_int_equal(n.known, 2);
	assert_int_equal(n.learnt, 1);
	/* With a rule, digests are not kept. */
	element_add(document_by_id(w.d, "r-params"), NAME_RULE);
	n = decide(w.d, m);
	assert_int_equal(n.known, 2);
	assert_int_equal(n.learnt, 0);
	scheduler_memory_free(m);
	world_end(&w);
}

static void test_another_document(void **state)
{
	(void)state;
	struct scheduler_memory *m = scheduler_memory_new();
	for (unsigned i = 0; i < 3; i++) {
		struct world w;
		world_begin(&w, (struct world_parts){.resources = DUMMY("r", ""), .history = {RUNNING}});
		struct scheduler_memory_counts n = decide(w.d, m);
		assert_int_equal(n.known, 0);
		assert_int_equal(n.learnt, 3);
		world_end(&w);
	}
	scheduler_memory_free(m);
	scheduler_memory_free(NULL);
}

/* What is gone does not stay for ever. */
static void test_it_does_not_grow(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, (struct world_parts){.resources = DUMMY("r", ""), .history = {RUNNING}});
	struct scheduler_memory *m = scheduler_memory_new();
	unsigned anew = 0;
	for (unsigned i = 0; i < 3000; i++) {
		element_set(document_by_id(w.d, "r_start_0"), NAME_RC_CODE, i % 2 == 0 ? "0" : "8");
		struct cluster *c = cluster_new(w.d, WORLD_NOW);
		c->memory = m;
		scheduler_run(c);
		cluster_free(c);
		anew += scheduler_memory_counts(m).known == 0;
	}
	assert_true(anew > 0);
	scheduler_memory_free(m);
	world_end(&w);
}

/* The parts that the phases use, without a memory and with one. */
static void test_pieces(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, (struct world_parts){.resources = DUMMY("r", ""), .history = {RUNNING}});
	scheduler_read_status(w.c);
	struct element *entry = document_by_id(w.d, "r_start_0");
	const struct resource *r = world_resource(&w, "r");
	struct operation_digests d = {.result = DIGEST_MATCH, .all = "x"}, found;
	struct entry one = {.id = "one"};
	bool has_agent = false;
	memory_begin(w.c);
	assert_null(memory_keep_history(w.c, entry->parent, MEMORY_FOR_STATE, &one, 1));
	memory_keep_digests(w.c, entry, r, &d);
	assert_null(memory_history(w.c, entry->parent, MEMORY_FOR_STATE));
	memory_keep_resource(w.c, NULL, r, true);
	assert_null(memory_resource(w.c, NULL, &has_agent));
	assert_false(memory_digests(w.c, entry, r, &found));
	w.c->memory = scheduler_memory_new();
	memory_begin(w.c);
	struct known_history *k = memory_keep_history(w.c, entry->parent, MEMORY_FOR_STATE, &one, 1);
	memory_keep_digests(w.c, entry, r, &d);
	assert_ptr_equal(memory_history(w.c, entry->parent, MEMORY_FOR_STATE), k);
	assert_string_equal(k->entries->id, "one");
	assert_int_equal(k->count, 1);
	assert_null(memory_history(w.c, entry->parent, MEMORY_FOR_CHANGES));
	assert_null(memory_resource(w.c, k, &has_agent));
	memory_keep_resource(w.c, k, r, true);
	assert_ptr_equal(memory_resource(w.c, k, &has_agent), r);
	assert_true(has_agent);
	assert_true(memory_digests(w.c, entry, r, &found));
	assert_string_equal(found.all, "x");
	assert_null(found.secure);
	/* The history changed, and then the configuration. */
	element_set(entry->parent, NAME_CLASS, "lsb");
	memory_begin(w.c);
	assert_null(memory_history(w.c, entry->parent, MEMORY_FOR_STATE));
	assert_ptr_equal(memory_keep_history(w.c, entry->parent, MEMORY_FOR_STATE, &one, 1), k);
	assert_null(memory_resource(w.c, k, &has_agent));
	memory_keep_resource(w.c, k, r, false);
	assert_ptr_equal(memory_resource(w.c, k, &has_agent), r);
	assert_false(has_agent);
	element_set(document_configuration(w.d), NAME_ID, "x");
	memory_begin(w.c);
	assert_ptr_equal(memory_history(w.c, entry->parent, MEMORY_FOR_STATE), k);
	assert_null(memory_resource(w.c, k, &has_agent));
	scheduler_memory_free(w.c->memory);
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_kept),
		cmocka_unit_test(test_another_document),
		cmocka_unit_test(test_it_does_not_grow),
		cmocka_unit_test(test_pieces),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
