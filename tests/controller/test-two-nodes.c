/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two nodes that lose each other: both have quorum, each has the other fenced, and one of them must survive. */
#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FENCE(more)                                                                                        \
	"<primitive id=\"fence\" class=\"stonith\" type=\"fence_x\"><instance_attributes id=\"fence-ia\">" \
	"<nvpair id=\"fence-hl\" name=\"pcmk_host_list\" value=\"n1 n2\"/>" more "</instance_attributes>"  \
	"</primitive>"
#define DELAY(value) "<nvpair id=\"fence-d\" name=\"pcmk_delay_base\" value=\"" value "\"/>"
#define DUMMY(id, priority)                                                                            \
	"<primitive id=\"" id "\" class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\">"                \
	"<meta_attributes id=\"" id "-m\"><nvpair id=\"" id "-p\" name=\"priority\" value=\"" priority \
	"\"/></meta_attributes></primitive>"
#define AT(id, node) "<rsc_location id=\"" id "-at\" rsc=\"" id "\" node=\"" node "\" score=\"INFINITY\"/>"

static bool are_agreed(struct world *w, void *arg)
{
	(void)arg;
	for (unsigned int i = 0; i < 2; i++) {
		const struct manager_view *v = controller_view(world_controller(w, i));
		if (v->state != VIEW_AGREED || v->part_count != 2)
			return false;
	}
	return true;
}

static void create(struct world *w, const char *scope, const char *body)
{
	if (body != NULL)
		assert_int_equal(0, world_edit(w, 0, EDIT_CREATE, scope, body));
}

/* Who is up after a split: bits. */
static unsigned int survivors(const char *fence, const char *const *resources, const char *const *constraints,
			      uint64_t seed)
{
	static const unsigned int apart[WORLD_NODES] = {0, 1};
	struct world *w = world_new(2, seed);
	world_verbose = getenv("WORLD_VERBOSE") != NULL;
	world_start(w, 0);
	world_start(w, 1);
	assert_true(world_run_until(w, are_agreed, NULL, 5000));
	create(w, "resources", fence);
	for (int i = 0; i < 3; i++)
		create(w, "resources", resources[i]);
	for (int i = 0; i < 3; i++)
		create(w, "constraints", constraints[i]);
	world_run(w, 3000);
	world_split(w, apart);
	world_run(w, 20000);
	unsigned int up = (world_is_up(w, 0) ? 1u : 0) | (world_is_up(w, 1) ? 2u : 0);
	world_free(w);
	return up;
}

static void test_the_one_with_more_to_lose_survives(void **state)
{
	static const struct {
		const char *fence, *resources[3], *constraints[3];
		unsigned int up;
	} rows[] = {
		{FENCE(""), {NULL}, {NULL}, 1},
		{FENCE(""), {DUMMY("a", "0")}, {AT("a", "n1")}, 1},
		{FENCE(""), {DUMMY("a", "0")}, {AT("a", "n2")}, 2},
		{FENCE(""),
		 {DUMMY("a", "0"), DUMMY("b", "0"), DUMMY("c", "0")},
		 {AT("a", "n1"), AT("b", "n2"), AT("c", "n2")},
		 2},
		{FENCE(""),
		 {DUMMY("a", "5"), DUMMY("b", "0"), DUMMY("c", "0")},
		 {AT("a", "n1"), AT("b", "n2"), AT("c", "n2")},
		 1},
		/* Whoever sets a delay has thought of something. */
		{FENCE(DELAY("n1:5s;n2:0s")), {DUMMY("a", "0")}, {AT("a", "n2")}, 1},
		{FENCE(DELAY("n1:0s;n2:5s")), {DUMMY("a", "0")}, {AT("a", "n1")}, 2},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (uint64_t seed = 1; seed <= 8; seed++) {
			unsigned int up = survivors(rows[i].fence, rows[i].resources, rows[i].constraints, seed);
			if (up != rows[i].up)
				fail_msg("row %zu, seed %u: up are %x", i, (unsigned)seed, up);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_one_with_more_to_lose_survives),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
