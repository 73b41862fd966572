/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was answered as done is on disks, and stays: whoever dies, is cut off, has a full disk or a wrong clock. */
#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static bool all_agree(struct world *w, void *arg)
{
	unsigned int members = *(unsigned int *)arg, agreed = 0;
	for (unsigned int i = 0; i < WORLD_NODES; i++) {
		const struct controller *c = world_controller(w, i);
		agreed += c != NULL && controller_view(c)->state == VIEW_AGREED &&
			  controller_view(c)->part_count == members;
	}
	return agreed == members;
}

/* So many are there now, and agree; and their disks had time. */
static void come_together(struct world *w, unsigned int members)
{
	assert_true(world_run_until(w, all_agree, &members, 20000));
	world_run(w, 1000);
}

static struct world *cluster(unsigned int nodes)
{
	struct world *w = world_new(nodes, 1);
	for (unsigned int i = 0; i < nodes; i++)
		world_start(w, i);
	come_together(w, nodes);
	return w;
}

static const char an_option[] = "<cluster_property_set id=\"s\"><nvpair id=\"%s\" name=\"%s\" value=\"1\"/>"
				"</cluster_property_set>";

static void set_number(struct world *w, unsigned int node, const char *name)
{
	char *body = g_strdup_printf(an_option, name, name);
	assert_int_equal(0, world_edit(w, node, EDIT_MODIFY, "crm_config", body));
	g_free(body);
}

/* However much a minority counts its versions up; and after that no version means two configurations. */
static void test_a_majority_is_not_overtaken(void **state)
{
	(void)state;
	struct world *w = cluster(3);
	set_number(w, 0, "first");
	world_run(w, 1000);
	world_kill(w, 2);
	set_number(w, 0, "second");
	world_run(w, 1000);
	world_kill(w, 0);
	world_kill(w, 1);
	world_start(w, 2);
	world_run(w, 2000);
	for (unsigned int i = 0; i < 5; i++) {
		char name[8];
		(void)snprintf(name, sizeof(name), "lone-%u", i);
		set_number(w, 2, name);
	}
	world_run(w, 1000);
	int64_t alone = cib_version_of(document_root(controller_state(world_controller(w, 2))->document)).epoch;
	world_start(w, 0);
	world_start(w, 1);
	come_together(w, 3);
	for (unsigned int i = 0; i < 3; i++) {
		struct document *d = controller_state(world_controller(w, i))->document;
		assert_non_null(document_by_id(d, "second"));
		assert_null(document_by_id(d, "lone-0"));
		assert_true(cib_version_of(document_root(d)).epoch > alone);
		assert_true(world_disk_has(w, i, "second"));
		assert_false(world_disk_has(w, i, "lone-0"));
	}
	world_free(w);
}

static void kill_all(struct world *w)
{
	for (unsigned int i = 0; i < 3; i++)
		world_kill(w, i);
}

static void fill_two_disks(struct world *w, bool full)
{
	world_fill_disk(w, 0, full);
	world_fill_disk(w, 1, full);
}

/* Of three machines one alone has changes on its disk, because the disks of the others take nothing: since what they
 * changed last, since before they agreed anew, or since then. All die; the others come back with their clocks set back,
 * and make another change. */
static void test_what_one_disk_had_alone(void **state)
{
	(void)state;
	for (unsigned int row = 0; row < 3; row++) {
		struct world *w = cluster(3);
		set_number(w, 0, "first");
		fill_two_disks(w, row == 1);
		if (row > 0) {
			world_kill_manager(w, 0);
			world_run(w, 100);
			world_start(w, 0);
			come_together(w, 3);
		}
		fill_two_disks(w, true);
		set_number(w, 2, "alone");
		set_number(w, 2, "alone-too");
		assert_false(world_disk_has(w, 0, "alone"));
		assert_false(world_disk_has(w, 1, "alone"));
		assert_true(world_disk_has(w, 2, "alone"));
		kill_all(w);
		world_set_clock(w, 1600000000);
		fill_two_disks(w, false);
		world_start(w, 0);
		world_start(w, 1);
		come_together(w, 2);
		uint64_t before = world_now_ms(w);
		set_number(w, 1, "later");
		assert_in_range(world_now_ms(w) - before, 0, 1000); /* done, with nothing to complain of */
		assert_true(world_disk_lineage(w, 0) > world_disk_lineage(w, 2));
		kill_all(w);
		world_start(w, 2);
		world_start(w, 0);
		come_together(w, 2);
		for (unsigned int i = 0; i < 3; i += 2) {
			assert_true(world_disk_has(w, i, "later"));
			assert_false(world_disk_has(w, i, "alone"));
		}
		world_free(w);
	}
}

/* An epoch with a majority gives its lineage to what it began with, unless that was settled: a change of an earlier
 * epoch that all have now could be outdone by one of another epoch that nobody here has. */
static void test_what_is_not_settled_gets_the_lineage_of_the_epoch(void **state)
{
	(void)state;
	struct world *w = cluster(3);
	set_number(w, 0, "first");
	fill_two_disks(w, true);
	set_number(w, 2, "alone");
	uint64_t lineage = world_disk_lineage(w, 2);
	kill_all(w);
	fill_two_disks(w, false);
	world_start(w, 0);
	world_start(w, 2);
	come_together(w, 2);
	assert_true(world_disk_has(w, 0, "alone"));
	assert_true(world_disk_lineage(w, 0) > lineage);
	assert_int_equal(world_disk_lineage(w, 0), world_disk_lineage(w, 2));
	/* it is settled now, so who comes back does not make the others write */
	unsigned int stores = world_stores(w, 2);
	lineage = world_disk_lineage(w, 2);
	world_kill_manager(w, 0);
	world_run(w, 1000);
	world_start(w, 0);
	come_together(w, 2);
	assert_int_equal(stores, world_stores(w, 2));
	assert_int_equal(lineage, world_disk_lineage(w, 0));
	world_free(w);
}

/* A part without a majority keeps the lineage that it had. */
static void test_a_minority_promises_nothing(void **state)
{
	(void)state;
	struct world *w = cluster(3);
	set_number(w, 0, "first");
	world_kill(w, 0);
	world_kill(w, 1);
	uint64_t lineage = world_disk_lineage(w, 2);
	come_together(w, 1);
	set_number(w, 2, "lone");
	assert_true(world_disk_has(w, 2, "lone"));
	assert_int_equal(lineage, world_disk_lineage(w, 2));
	world_free(w);
}

/* Cut off, a member makes a change that its full disk does not take; the others make one meanwhile, and theirs counts.
 * The answer comes when the change was made anew and is on all disks. */
static void test_a_change_that_was_lost_is_made_again(void **state)
{
	(void)state;
	struct world *w = cluster(3);
	set_number(w, 0, "first");
	world_fill_disk(w, 0, true);
	world_split(w, (const unsigned int[WORLD_NODES]){0, 1, 1});
	world_run(w, 1000);
	char *body = g_strdup_printf(an_option, "lone", "lone");
	uint64_t asked = world_ask_edit(w, 0, EDIT_MODIFY, "crm_config", body);
	world_run(w, 1000);
	assert_int_equal(-1, world_answer(w, asked));
	assert_non_null(document_by_id(controller_state(world_controller(w, 0))->document, "lone"));
	set_number(w, 1, "second");
	world_fill_disk(w, 0, false);
	world_split(w, (const unsigned int[WORLD_NODES]){0, 0, 0});
	come_together(w, 3);
	assert_int_equal(0, world_answer(w, asked));
	for (unsigned int i = 0; i < 3; i++) {
		assert_true(world_disk_has(w, i, "second"));
		assert_true(world_disk_has(w, i, "lone"));
	}
	g_free(body);
	world_free(w);
}

static void test_a_full_disk_is_tried_again(void **state)
{
	(void)state;
	struct world *w = cluster(2);
	world_fill_disk(w, 1, true);
	uint64_t before = world_now_ms(w);
	set_number(w, 0, "one"); /* one disk has it */
	assert_in_range(world_now_ms(w) - before, 9000, 11000);
	assert_true(world_disk_has(w, 0, "one"));
	assert_false(world_disk_has(w, 1, "one"));
	world_fill_disk(w, 1, false);
	world_run(w, 6000);
	assert_true(world_disk_has(w, 1, "one"));
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_majority_is_not_overtaken),
		cmocka_unit_test(test_what_one_disk_had_alone),
		cmocka_unit_test(test_what_is_not_settled_gets_the_lineage_of_the_epoch),
		cmocka_unit_test(test_a_minority_promises_nothing),
		cmocka_unit_test(test_a_change_that_was_lost_is_made_again),
		cmocka_unit_test(test_a_full_disk_is_tried_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
