/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random messages, by seed: two states that hear the same are the same, and one that was printed and read in between is
 * no other; after a new agreement too. */
#include "state-world.h"

#include <stdlib.h>

enum { SEEDS = 40, STEPS = 300 };

struct dice {
	uint64_t state;
};

static unsigned roll(struct dice *d, unsigned sides)
{
	d->state ^= d->state << 13;
	d->state ^= d->state >> 7;
	d->state ^= d->state << 17;
	return (unsigned)((d->state >> 11) % sides);
}

static const char *one_of(struct dice *d, const char *const *words, unsigned count)
{
	return words[roll(d, count)];
}

static const char *const resources[] = {"web", "db", "vip:0", "vip:1", "web<&>"};
static const char *const actions[] = {"start", "stop", "monitor", "promote", "migrate_to", "notify"};
static const char *const attributes[] = {"pingd", "#health", "n:0", "with space"};
static const char *const values[] = {"1", "value++", "", "a\n<b>", "INFINITY"};

static const char *random_node(struct dice *d)
{
	return one_of(d, world_names + 1, WORLD_NODES);
}

static struct message random_attribute(struct dice *d)
{
	struct message m = {.kind = MESSAGE_ATTRIBUTE};
	m.attribute.node = random_node(d);
	m.attribute.name = one_of(d, attributes, G_N_ELEMENTS(attributes));
	m.attribute.value = roll(d, 4) == 0 ? NULL : one_of(d, values, G_N_ELEMENTS(values));
	m.attribute.delay_ms = (int64_t)roll(d, 3) - 1;
	m.attribute.private_ = roll(d, 8) == 0;
	m.attribute.utilization = roll(d, 8) == 0;
	m.attribute.set = roll(d, 8) == 0 ? "set" : NULL;
	m.attribute.delay_only = roll(d, 8) == 0;
	if (roll(d, 8) == 0) {
		m.attribute.name = ".*";
		m.attribute.is_pattern = true;
	}
	return m;
}

static struct message random_fencing(struct dice *d)
{
	struct message m = {.kind = MESSAGE_FENCED};
	m.fenced.target = random_node(d);
	m.fenced.device = roll(d, 2) == 0 ? "pdu <1>" : NULL;
	m.fenced.why = roll(d, 3) == 0 ? "not \"reached\"" : NULL;
	m.fenced.action = (uint8_t)roll(d, 3);
	m.fenced.when.ns = roll(d, 1000000);
	return m;
}

static struct message random_forget(struct dice *d)
{
	struct message m = {.kind = MESSAGE_FORGET};
	m.forget.what = (enum forget_kind)roll(d, FORGET_FENCES + 1);
	m.forget.rsc = roll(d, 2) == 0 ? NULL : one_of(d, resources, G_N_ELEMENTS(resources));
	m.forget.node = roll(d, 2) == 0 && m.forget.what != FORGET_NODE ? NULL : random_node(d);
	m.forget.action = roll(d, 2) == 0 ? NULL : one_of(d, actions, G_N_ELEMENTS(actions));
	m.forget.interval_ms = roll(d, 2) == 0 ? 0 : 10000;
	return m;
}

static struct message random_operation(struct dice *d, struct arena *arena, struct order *o)
{
	const char *node = random_node(d), *rsc = one_of(d, resources, G_N_ELEMENTS(resources));
	const char *action = one_of(d, actions, G_N_ELEMENTS(actions));
	const char *key = arena_printf(arena, "%u:1:0:u", roll(d, 20));
	int64_t interval_ms = strcmp(action, "monitor") == 0 && roll(d, 3) > 0 ? 10000 : 0;
	static const int statuses[] = {EXECUTION_DONE, EXECUTION_DONE, EXECUTION_DONE, EXECUTION_CANCELLED};
	if (roll(d, 2) == 0) {
		struct message m = world_order(node, rsc, action, interval_ms, key, o);
		o->cancel = roll(d, 6) == 0;
		o->record_pending = roll(d, 6) != 0;
		return m;
	}
	rsc = strchr(rsc, '<') != NULL ? "web" : rsc; /* the entry is made by hand */
	return world_result(arena, node, rsc, action, interval_ms, key, roll(d, 3) == 0 ? 1 : 0, statuses[roll(d, 4)],
			    (int)roll(d, 100));
}

static struct message random_change(struct dice *d, struct arena *arena)
{
	struct message m = {.kind = MESSAGE_CHANGE};
	m.change.edit = (struct edit){.kind = roll(d, 2) == 0 ? EDIT_CREATE : EDIT_DELETE, .scope = "resources"};
	m.change.edit.body =
		arena_printf(arena, "<primitive id='p%u' class='ocf' provider='p' type='Dummy'/>", roll(d, 3));
	if (m.change.edit.kind == EDIT_DELETE)
		m.change.edit.body = arena_printf(arena, "<primitive id='p%u'/>", roll(d, 3));
	m.change.by = (struct edit_author){{"root", NULL}, "one", "test", {1000000000u}};
	return m;
}

static struct message random_message(struct dice *d, struct arena *arena, struct order *o)
{
	struct message m = {.kind = MESSAGE_QUORUM, .quorate = roll(d, 2) == 0};
	switch (roll(d, 16)) {
	case 0:
		return m;
	case 1:
		return random_fencing(d);
	case 2:
		return random_forget(d);
	case 3:
	case 4:
	case 5:
		return random_attribute(d);
	case 6:
		m = (struct message){.kind = MESSAGE_ATTRIBUTES_DUE};
		m.due.name = one_of(d, attributes, G_N_ELEMENTS(attributes));
		return m;
	case 7:
		m = (struct message){.kind = MESSAGE_NODE};
		m.node.node = node_id_of(1 + roll(d, WORLD_NODES));
		m.node.name = world_names[m.node.node.v];
		m.node.change = (enum node_change_kind)roll(d, 3);
		return m;
	case 8:
		m = (struct message){.kind = MESSAGE_STOP};
		m.stop.name = random_node(d);
		return m;
	case 9:
		return random_change(d, arena);
	default:
		return random_operation(d, arena, o);
	}
}

static void expect_equal(const struct world *a, const struct world *b, unsigned seed, int step)
{
	char x[33], y[33];
	cluster_state_digest(&a->s, x);
	cluster_state_digest(&b->s, y);
	if (strcmp(x, y) == 0)
		return;
	GString *text = g_string_new(NULL);
	document_print(a->s.document, text);
	g_string_append(text, "\n---\n");
	document_print(b->s.document, text);
	print_message("%s\n", text->str);
	(void)g_string_free(text, TRUE);
	fail_msg("seed %u, step %d: the states differ", seed, step);
}

/* As an agreement carries it to a newcomer. */
static void print_and_parse(struct world *w)
{
	GString *document = g_string_new(NULL), *held = g_string_new(NULL);
	struct arena arena = {0};
	struct agreement a = {.fences = "<fences/>"};
	element_print_flat(document_root(w->s.document), document);
	attributes_print(&w->s.attributes, NULL, held);
	cluster_state_compose(&w->s, &w->v, w->s.document, NULL, 0, &arena, &a); /* for the record of fencing */
	a.attributes = held->str;
	cluster_state_take_document(&w->s, world_document(document->str));
	cluster_state_take_rest(&w->s, &a);
	(void)g_string_free(document, TRUE);
	(void)g_string_free(held, TRUE);
	arena_fini(&arena);
}

/* The message as it comes from the ring. */
static struct message through_the_ring(const struct message *m, struct arena *arena)
{
	struct message back;
	struct error error = {0};
	GByteArray *bytes = g_byte_array_new();
	message_encode(m, bytes);
	if (message_decode(bytes_of(bytes->data, bytes->len), arena, &back, &error) != ERR_OK)
		fail_msg("%s", error.text);
	g_byte_array_free(bytes, TRUE);
	return back;
}

static void run(unsigned seed)
{
	struct world a, b;
	struct dice dice = {seed * 2654435761u + 1};
	world_init(&a, 1);
	world_init(&b, 2);
	world_agree(&a, "12", NULL, "12");
	world_agree(&b, "12", NULL, "12");
	for (int step = 0; step < STEPS; step++) {
		struct arena arena = {0};
		struct order o;
		struct message m = random_message(&dice, &arena, &o);
		struct message back = through_the_ring(&m, &arena);
		unsigned touched = world_send(&a, 1 + roll(&dice, 2), &m);
		unsigned sender = 1 + roll(&dice, 2);
		assert_int_equal(world_send(&b, sender, &back), touched);
		if (roll(&dice, 10) == 0)
			print_and_parse(&b);
		expect_equal(&a, &b, seed, step);
		if (roll(&dice, 60) == 0) {
			const char *group = roll(&dice, 2) == 0 ? "12" : "123";
			world_agree(&a, group, NULL, group);
			world_agree(&b, group, NULL, group);
			expect_equal(&a, &b, seed, step);
		}
		arena_fini(&arena);
	}
	world_fini(&a);
	world_fini(&b);
}

static void equal_states_stay_equal(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= SEEDS; seed++)
		run(seed);
}

/* Thousands of resources, and no message that looks at all of them; arenas do not grow for ever. */
static void a_large_status_stays_usable(void **state)
{
	enum { RESOURCES = 2000, ROUNDS = 5 };
	struct world w;
	(void)state;
	world_init(&w, 1);
	world_agree(&w, "12", NULL, "12");
	for (int round = 0; round < ROUNDS; round++) {
		for (unsigned i = 0; i < RESOURCES; i++) {
			struct arena arena = {0};
			const char *rsc = arena_printf(&arena, "resource-%u", i);
			struct message m =
				world_result(&arena, "one", rsc, "start", 0, "1:1:0:u", 0, EXECUTION_DONE, (int)i);
			struct member from = world_member(1);
			(void)cluster_state_apply(&w.s, &w.v, &from, &m, NULL);
			arena_fini(&arena);
		}
	}
	cluster_state_check(&w.s);
	assert_true(document_arena(w.s.document)->total < (size_t)64 * 1024 * 1024);
	char text[512];
	assert_string_equal(world_history(&w, "one", "resource-1999", text), "last_0:start:0:0:1999");
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_states_stay_equal),
		cmocka_unit_test(a_large_status_stays_usable),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
