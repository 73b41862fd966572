/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rules/score.h"
#include "scheduler/constraints.h"
#include "scheduler/world.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define MEMBERS                                                                                                  \
	"<node_state id='1' uname='n1' in_ccm='true' crmd='online' join='member' expected='member'><lrm id='1'>" \
	"<lrm_resources>" HISTORY(                                                                               \
		"on", ENTRY("on_last_0", "on", "start", "0", "1", "0", "0", "0", "")) "</lrm_resources>"         \
										      "</lrm></node_state>"

static void begin(struct world *w, const char *options, const char *constraint, const char *state)
{
	const char *status = g_strconcat("<tickets>", state, "</tickets>" MEMBERS, NULL);
	world_begin(w, (struct world_parts){.options = options,
					    .nodes = "<node id='1' uname='n1'/>",
					    .resources = DUMMY("on", "") DUMMY("off", ""),
					    .constraints = constraint,
					    .status = status});
	g_free((void *)(uintptr_t)status);
	scheduler_read_status(w->c);
	constraints_unpack(w->c);
}

#define NEED(rsc, rest) "<rsc_ticket id='t' ticket='T' rsc='" rsc "' " rest "/>"
#define GONE            "<ticket_state id='T' granted='false'/>"
#define HERE            "<ticket_state id='T' granted='true' last-granted='77' why='test'/>"
#define ASLEEP          "<ticket_state id='T' granted='true' standby='true'/>"

static void test_what_a_ticket_means(void **state)
{
	(void)state;
	enum { FREE = 0, BANNED = -SCORE_INFINITY };
	static const struct {
		const char *constraint, *ticket, *rsc;
		int score;
		bool managed, fenced;
	} cases[] = {
		{NEED("off", ""), HERE, "off", FREE, true, false},
		{NEED("off", ""), GONE, "off", BANNED, true, false},
		{NEED("off", ""), "", "off", BANNED, true, false},
		{NEED("off", ""), ASLEEP, "off", BANNED, true, false},
		{NEED("off", "rsc-role='Promoted'"), GONE, "off", FREE, true, false},
		{NEED("off", "rsc-role='Promoted' loss-policy='stop'"), GONE, "off", BANNED, true, false},
		{NEED("on", ""), HERE, "on", FREE, true, false},
		{NEED("on", ""), GONE, "on", BANNED, true, false},
		{NEED("on", "loss-policy='demote'"), GONE, "on", BANNED, true, false},
		{NEED("on", "loss-policy='demote' rsc-role='Promoted'"), GONE, "on", FREE, true, false},
		{NEED("on", "loss-policy='freeze'"), GONE, "on", FREE, false, false},
		{NEED("on", "loss-policy='freeze' rsc-role='Promoted'"), GONE, "on", FREE, true, false},
		{NEED("on", "loss-policy='fence'"), GONE, "on", BANNED, true, true},
		{"<rsc_ticket id='t' ticket='T'><resource_set id='s'><resource_ref "
		 "id='on'/></resource_set></rsc_ticket>",
		 GONE, "on", BANNED, true, false},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world w;
		begin(&w, PAIR("fencing-enabled", "true") PAIR("have-watchdog", "true"), cases[i].constraint,
		      cases[i].ticket);
		const struct resource *r = world_resource(&w, cases[i].rsc);
		if (r->allowed[0].score != cases[i].score || r->managed != cases[i].managed ||
		    world_node(&w, "n1")->unclean != cases[i].fenced)
			fail_msg("case %zu: score %d, managed %d, unclean %d", i, r->allowed[0].score, r->managed,
				 world_node(&w, "n1")->unclean);
		world_end(&w);
	}
}

static void test_fencing_needs_fencing(void **state)
{
	(void)state;
	struct world w;
	begin(&w, NULL, NEED("on", "loss-policy='fence'"), GONE);
	assert_int_equal(world_resource(&w, "on")->tickets[0]->loss, TICKET_STOP);
	assert_true(world_complained(&w, "because fencing is not configured"));
	world_end(&w);
}

static void test_states(void **state)
{
	(void)state;
	struct world w;
	begin(&w, NULL, NEED("off", ""), HERE);
	struct ticket *t = ticket_get(w.c, "T");
	assert_true(t->granted);
	assert_false(t->standby);
	assert_int_equal(t->last_granted, 77);
	assert_string_equal(table_get(t->state, "why"), "test");
	assert_ptr_equal(ticket_get(w.c, "T"), t);
	assert_false(ticket_get(w.c, "U")->granted);
	struct element *e = element_new(w.d, NAME_TICKET_STATE);
	element_set(e, NAME_ID, "U");
	element_set(e, NAME_GRANTED, "true");
	ticket_state_unpack(w.c, e);
	assert_true(ticket_get(w.c, "U")->granted);
	world_end(&w);
}

static void test_promotion_needs_its_ticket(void **state)
{
	(void)state;
	struct world w;
	begin(&w, NULL, NEED("off", "rsc-role='Promoted'") NEED("on", ""), GONE);
	ticket_require_promotion(world_resource(&w, "off"));
	assert_int_equal(world_resource(&w, "off")->allowed[0].score, -SCORE_INFINITY);
	world_end(&w);
	begin(&w, NULL, NEED("off", "rsc-role='Promoted'"), HERE);
	ticket_require_promotion(world_resource(&w, "off"));
	assert_int_equal(world_resource(&w, "off")->allowed[0].score, 0);
	world_end(&w);
}

static void test_what_makes_no_sense(void **state)
{
	(void)state;
	static const struct {
		const char *constraint, *complaint;
	} cases[] = {
		{"<rsc_ticket id='t' rsc='on'/>", "without ticket"},
		{"<rsc_ticket id='t' ticket='T'/>", "without resource"},
		{NEED("none", ""), "'none' is not a valid resource"},
		{NEED("on", "rsc-role='odd'"), "Invalid role 'odd'"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world w;
		begin(&w, NULL, cases[i].constraint, "");
		if (!world_complained(&w, cases[i].complaint))
			fail_msg("case %zu: nobody said \"%s\"", i, cases[i].complaint);
		ticket_unpack(w.c, element_first(document_section(w.d, NAME_CONSTRAINTS)));
		world_end(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_a_ticket_means),
		cmocka_unit_test(test_fencing_needs_fencing),
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_promotion_needs_its_ticket),
		cmocka_unit_test(test_what_makes_no_sense),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
