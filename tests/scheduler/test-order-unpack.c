/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/constraints.h"
#include "scheduler/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define RESOURCES                                          \
	DUMMY("a", "")                                     \
	DUMMY("b", "")                                     \
	DUMMY("d", "")                                     \
	"<clone id='c'>" META("c", PAIR("clone-min", "2")) \
		DUMMY("i", "") "</clone><clone id='e'>" DUMMY("k", "") "</clone>"
#define TAGS                "<tags><tag id='tag'><obj_ref id='a'/><obj_ref id='b'/></tag></tags>"
#define SET(id, rest, refs) "<resource_set id='" id "' " rest ">" refs "</resource_set>"
#define REF(id)             "<resource_ref id='" id "'/>"

enum {
	O = RELATION_ORDERED,
	FT = RELATION_ORDERED | RELATION_FIRST_IMPLIES_THEN,
	FTB = FT | RELATION_UNRUNNABLE_FIRST_BLOCKS,
	TF = RELATION_ORDERED | RELATION_THEN_IMPLIES_FIRST,
	ASYM = RELATION_ORDERED | RELATION_ASYMMETRIC,
	SER = RELATION_SERIALIZE,
	MIN = RELATION_MIN_RUNNABLE | RELATION_FIRST_IMPLIES_THEN_GRAPHED,
};

static const char *side(const struct world *w, const struct ordering_side *s)
{
	const char *name = s->rsc != NULL ? s->rsc->id : s->action->key;
	return s->rsc == NULL ? name : arena_printf(&w->c->arena, "%s %s", name, s->task);
}

/* "a start>b start" for each order, and the flags they have. */
static void assert_orders(const struct world *w, size_t number, const char *expected, const uint32_t *flags)
{
	GString *text = g_string_new(NULL);
	for (const struct ordering *o = w->c->first_ordering; o != NULL; o = o->next) {
		g_string_append_printf(text, "%s%s>%s", text->len > 0 ? ", " : "", side(w, &o->first),
				       side(w, &o->then));
		if (o->flags != *flags++)
			fail_msg("case %zu: %s has flags %x", number, text->str, o->flags);
	}
	if (strcmp(text->str, expected) != 0)
		fail_msg("case %zu: %s", number, text->str);
	(void)g_string_free(text, TRUE);
}

static void begin(struct world *w, const char *constraint)
{
	world_begin(w, (struct world_parts){.resources = RESOURCES, .sections = TAGS, .constraints = constraint});
	scheduler_read_status(w->c);
	constraints_unpack(w->c);
}

static void test_what_constraints_make(void **state)
{
	(void)state;
	static const struct {
		const char *constraint, *expected;
		uint32_t flags[12];
	} cases[] = {
		{"<rsc_order id='o' first='a' then='b'/>", "a start>b start, b stop>a stop", {FTB, TF}},
		{"<rsc_order id='o' first='a' then='b' kind='Optional'/>", "a start>b start, b stop>a stop", {O, O}},
		{"<rsc_order id='o' first='a' then='b' score='0'/>", "a start>b start, b stop>a stop", {O, O}},
		{"<rsc_order id='o' first='a' then='b' kind='Serialize'/>", "a start>b start", {SER}},
		{"<rsc_order id='o' first='a' then='b' symmetrical='false'/>", "a start>b start", {ASYM}},
		{"<rsc_order id='o' first='a' then='b' first-action='stop'/>",
		 "a stop>b stop, b start>a start",
		 {FT, TF}},
		{"<rsc_order id='o' first='a' then='b' first-action='promote' then-action='start'/>",
		 "a promote>b start, b stop>a demote",
		 {FTB, TF}},
		{"<rsc_order id='o' first='a' then='b' first-action='monitor'/>", "a monitor>b monitor", {FT}},
		{"<rsc_order id='o' first='a' then='none'/>", "", {0}},
		{"<rsc_order id='o' first='a'/>", "", {0}},
		/* Enough instances. */
		{"<rsc_order id='o' first='c' then='a'/>",
		 "i:0 start>clone-one-or-more:o, i:1 start>clone-one-or-more:o, i:2 start>clone-one-or-more:o, "
		 "clone-one-or-more:o>a start, a stop>c stop",
		 {MIN, MIN, MIN, FTB, TF}},
		{"<rsc_order id='o' first='e' then='a' require-all='false' symmetrical='false'/>",
		 "k:0 start>clone-one-or-more:o, k:1 start>clone-one-or-more:o, k:2 start>clone-one-or-more:o, "
		 "clone-one-or-more:o>a start",
		 {MIN, MIN, MIN, ASYM | RELATION_UNRUNNABLE_FIRST_BLOCKS}},
		/* Sets. */
		{"<rsc_order id='o'>" SET("s", "", REF("a") REF("b") REF("d")) "</rsc_order>",
		 "a start>b start, b start>d start, b stop>a stop, d stop>b stop",
		 {FTB, FTB, TF, TF}},
		{"<rsc_order id='o'>" SET("s", "sequential='false'", REF("a") REF("b"))
			 SET("t", "", REF("d")) "</rsc_order>",
		 "a start>d start, b start>d start, d stop>a stop, d stop>b stop",
		 {FTB, FTB, TF, TF}},
		{"<rsc_order id='o' symmetrical='false'>" SET("s", "sequential='true'", REF("a") REF("b"))
			 SET("t", "action='promote'", REF("d")) "</rsc_order>",
		 "a start>b start, b start>d promote",
		 {ASYM, ASYM}},
		{"<rsc_order id='o' kind='Serialize'>" SET("s", "", REF("a") REF("b") REF("d")) "</rsc_order>",
		 "a start>b start, a start>d start, b start>d start",
		 {SER, SER, SER}},
		{"<rsc_order id='o'>" SET("s", "sequential='false' require-all='false'", REF("a") REF("b"))
			 SET("t", "", REF("d")) "</rsc_order>",
		 "a start>one-or-more:s, b start>one-or-more:s, one-or-more:s>d start, d stop>a stop, d stop>b stop",
		 {MIN, MIN, FTB, TF, TF}},
		/* A tag is a set of its own. */
		{"<rsc_order id='o' first='tag' then='d'/>",
		 "a start>d start, b start>d start, d stop>a stop, d stop>b stop",
		 {FTB, FTB, TF, TF}},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world w;
		begin(&w, cases[i].constraint);
		assert_orders(&w, i, cases[i].expected, cases[i].flags);
		world_end(&w);
	}
}

static void test_complaints(void **state)
{
	(void)state;
	static const struct {
		const char *constraint, *complaint;
	} cases[] = {
		{"<rsc_order id='o' first='a' then='b' kind='often'/>", "'often' is not valid"},
		{"<rsc_order id='o' first='a' then='b' first-action='dance'/>", "Unknown action 'dance'"},
		{"<rsc_order id='o' first='a' then='b' first-action='dance'/>", "Cannot invert constraint 'o'"},
		{"<rsc_order id='o' first='a' then='b' kind='Serialize' symmetrical='true'/>", "not valid with kind"},
		{"<rsc_order id='o' then='b'/>", "without first"},
		{"<rsc_order id='o'>" SET("s", "", REF("a") REF("none")) "</rsc_order>",
		 "s: No resource found for none"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world w;
		begin(&w, cases[i].constraint);
		if (!world_complained(&w, cases[i].complaint))
			fail_msg("case %zu: nobody said \"%s\"", i, cases[i].complaint);
		world_end(&w);
	}
}

/* One element at a time, without the phase around it. */
static void test_one_order(void **state)
{
	(void)state;
	struct world w;
	begin(&w, "<rsc_order id='o' first='a' then='b' kind='Serialize'/>");
	order_unpack(w.c, element_first(document_section(w.d, NAME_CONSTRAINTS)));
	assert_orders(&w, 0, "a start>b start, a start>b start", (uint32_t[]){SER, SER});
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_constraints_make),
		cmocka_unit_test(test_complaints),
		cmocka_unit_test(test_one_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
