/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/node.h"

#include "rules/score.h"
#include "scheduler/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_names_compare_with_their_numbers(void **state)
{
	(void)state;
	static const struct {
		const char *a, *b;
		int order;
	} rows[] = {
		{"n1", "n2", -1},   {"n2", "n10", -1},
		{"N2", "n2", 0},    {"n007", "n7", 1},
		{"a", "ab", -1},    {"node-b", "node-a", 1},
		{"n1a", "n1b", -1}, {"n10", "n10", 0},
		{"9", "a", -1},     {"n99999999999999999999", "n100000000000000000000", -1},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(node_name_compare(rows[i].a, rows[i].b), rows[i].order);
		assert_int_equal(node_name_compare(rows[i].b, rows[i].a), -rows[i].order);
	}
}

static void test_nodes_are_found_and_sorted(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, (struct world_parts){.nodes = "<node id='3' uname='n10' score='7'/><node id='1' uname='N2'/>"
						      "<node id='x' uname='r' type='remote'/>"});
	scheduler_read_status(w.c);
	assert_string_equal(w.c->nodes[0]->name, "N2");
	assert_string_equal(w.c->nodes[1]->name, "n10");
	assert_ptr_equal(node_find(w.c, "n2"), w.c->nodes[0]);
	assert_ptr_equal(node_find_by_id(w.c, "3"), w.c->nodes[1]);
	assert_ptr_equal(node_find_any(w.c, "none", "N10"), w.c->nodes[1]);
	assert_null(node_find(w.c, "n3"));
	assert_string_equal(node_name(w.c->nodes[0]), "N2");
	assert_string_equal(node_name(NULL), "unspecified node");
	assert_string_equal(node_attribute(w.c->nodes[0], "#uname"), "N2");
	assert_string_equal(node_attribute(w.c->nodes[0], "#kind"), "cluster");
	assert_string_equal(node_attribute(w.c->nodes[0], "#is_dc"), "true");
	assert_string_equal(node_attribute(w.c->nodes[1], "#is_dc"), "false");
	assert_true(node_is_remote(node_find(w.c, "r")));
	assert_true(node_is_connection(node_find(w.c, "r")));
	assert_false(node_is_guest(node_find(w.c, "r")));
	assert_false(node_is_bundle(node_find(w.c, "r")));
	world_end(&w);
}

static void test_seats(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, (struct world_parts){0});
	scheduler_read_status(w.c);
	struct node *n = world_node(&w, "n2");
	struct seat *seats = seats_new(w.c);
	assert_false(seats[n->index].present);
	assert_int_equal(seats_add(seats, n, 5)->score, 5);
	assert_int_equal(seats_add(seats, n, 9)->score, 5);
	struct seat *copy = seats_copy(w.c, seats);
	copy[n->index].score = -1;
	assert_int_equal(seats[n->index].score, 5);
	assert_true(node_is_usable(n, &seats[n->index]));
	assert_false(node_is_usable(n, &copy[n->index]));
	assert_true(node_is_usable(n, NULL));
	bool *const reasons[] = {&n->shutdown, &n->unclean, &n->standby, &n->maintenance};
	for (size_t i = 0; i < 4; i++) {
		*reasons[i] = true;
		assert_false(node_is_available(n));
		*reasons[i] = false;
	}
	assert_true(node_is_available(n));
	world_end(&w);
}

static void test_guests_are_guests(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, (struct world_parts){.resources = DUMMY("vm", META("vm", PAIR("remote-node", "guest")))});
	scheduler_read_status(w.c);
	const struct node *guest = world_node(&w, "guest");
	assert_true(node_is_guest(guest));
	assert_false(node_is_remote(guest));
	assert_string_equal(node_attribute(guest, "#kind"), "container");
	assert_ptr_equal(guest->remote->launcher, world_resource(&w, "vm"));
	assert_int_equal(world_resource(&w, "vm")->launched.count, 1);
	world_end(&w);
}

/* A remote node that only the status knows finds no seat in tables that were made before. */
static void test_late_nodes_get_room(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w,
		    (struct world_parts){
			    .resources = DUMMY("web", ""),
			    .history = {"<lrm_resource id='late' class='ocf' provider='pacemaker' type='remote'>" ENTRY(
				    "late_last_0", "late", "start", "0", "3", "0", "0", "0", "") "</lrm_resource>"}});
	scheduler_read_status(w.c);
	const struct node *late = world_node(&w, "late");
	assert_true(late->shutdown);
	assert_true(world_resource(&w, "late")->removed);
	assert_false(world_resource(&w, "web")->allowed[late->index].present);
	world_end(&w);
}

static void test_unknown_types_end_the_list(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w,
		    (struct world_parts){.nodes = "<node id='1' uname='n1'/><node id='2' uname='n2' type='what'/>"});
	scheduler_read_status(w.c);
	assert_int_equal(w.c->node_count, 1);
	assert_true(world_complained(&w, "'what'"));
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_compare_with_their_numbers),
		cmocka_unit_test(test_nodes_are_found_and_sorted),
		cmocka_unit_test(test_seats),
		cmocka_unit_test(test_guests_are_guests),
		cmocka_unit_test(test_late_nodes_get_room),
		cmocka_unit_test(test_unknown_types_end_the_list),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
