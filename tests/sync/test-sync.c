/* SPDX-License-Identifier: GPL-2.0-or-later */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "sync/sync.h"

#include <stdio.h>

static struct sync s;
static struct sync_effects fx;
static char said[1024]; /* the effects of the last step, as words */

static const char *words(void)
{
	static const char *const word[] = {"send", "abort", "init", "process", "activate", "finished"};
	size_t n = 0;

	said[0] = '\0';
	for (uint32_t i = 0; i < fx.count; i++) {
		const struct sync_effect *e = &fx.items[i];
		const char *blank = i ? " " : "";

		if (e->type == SYNC_EFFECT_SEND)
			n += (size_t)snprintf(said + n, sizeof said - n, "%s%s", blank,
					      e->bytes.data[0] ? "build" : "barrier");
		else if (e->type == SYNC_EFFECT_FINISHED)
			n += (size_t)snprintf(said + n, sizeof said - n, "%sfinished", blank);
		else
			n += (size_t)snprintf(said + n, sizeof said - n, "%s%s%u", blank, word[e->type], e->service);
	}
	return said;
}

static const char *step(struct sync_event ev)
{
	sync_step(&s, &ev, &fx);
	sync_check(&s);
	return words();
}

static struct node_list nodes(const char *ids)
{
	struct node_list l = {0};

	for (; *ids; ids++)
		node_list_add(&l, node_id_of((uint32_t)(*ids - '0')));
	return l;
}

static const char *view_is(uint32_t rep, uint64_t seq, const char *members, const char *trans)
{
	struct view v = {.ring = {node_id_of(rep), seq}, .members = nodes(members), .trans = nodes(trans)};

	return step((struct sync_event){.type = SYNC_EVENT_VIEW, .view = &v});
}

static const char *build(uint32_t from, uint32_t rep, uint64_t seq, uint32_t n, const uint32_t *ids)
{
	uint8_t b[SYNC_BUILD_SIZE];
	struct writer w = writer_of(b, sizeof b);

	write_u64(&w, 1);
	write_u64(&w, sizeof b);
	write_u32(&w, rep);
	write_u64(&w, seq);
	write_pad_to(&w, 32);
	write_u32(&w, n);
	write_pad_to(&w, 40);
	for (uint32_t i = 0; i < n && i < 128; i++)
		write_u32(&w, ids[i]);
	write_pad_to(&w, sizeof b);
	return step((struct sync_event){
		.type = SYNC_EVENT_MESSAGE, .from = node_id_of(from), .message = bytes_of(b, sizeof b)});
}

static const char *barrier(uint32_t from, uint32_t rep, uint64_t seq)
{
	uint8_t b[SYNC_BARRIER_SIZE];
	struct writer w = writer_of(b, sizeof b);

	write_u64(&w, 0);
	write_u64(&w, sizeof b);
	write_u32(&w, rep);
	write_u64(&w, seq);
	write_pad_to(&w, sizeof b);
	return step((struct sync_event){
		.type = SYNC_EVENT_MESSAGE, .from = node_id_of(from), .message = bytes_of(b, sizeof b)});
}

static const char *processed(bool again)
{
	return step((struct sync_event){.type = SYNC_EVENT_PROCESSED, .again = again});
}

static const char *retry(void)
{
	return step((struct sync_event){.type = SYNC_EVENT_RETRY});
}

static const uint32_t all[] = {0, 2, 3, 5};
#define ALL 4, all

static int init(void **state)
{
	const uint8_t own[] = {0, 2, 3, 5};

	(void)state;
	memset(&fx, 0xaa, sizeof fx);
	sync_init(&s, node_id_of(1), own, 4);
	return 0;
}

static void list_is_laid_out_as_on_the_wire(void **state)
{
	uint8_t want[552] = {
		[0] = 1,     [8] = 552 & 255, [9] = 552 >> 8, [16] = 2, [20] = 0x44, [21] = 0x33, [22] = 0x22,
		[23] = 0x11, [32] = 4,        [40] = 0,       [44] = 2, [48] = 3,    [52] = 5};

	(void)state;
	assert_false(sync_in_progress(&s));
	assert_string_equal(sync_state_name(&s), "idle");
	assert_string_equal(view_is(2, 0x11223344, "12", "1"), "build init0 init2 init3 init5");
	assert_int_equal(fx.items[0].bytes.len, 552);
	assert_memory_equal(fx.items[0].bytes.data, want, 552);
	assert_true(sync_in_progress(&s));
}

static void barrier_is_laid_out_as_on_the_wire(void **state)
{
	uint8_t want[32] = {[8] = 32, [16] = 1, [20] = 8};

	(void)state;
	view_is(1, 8, "1", "");
	build(1, 1, 8, ALL);
	assert_string_equal(processed(false), "barrier");
	assert_int_equal(fx.items[0].bytes.len, 32);
	assert_memory_equal(fx.items[0].bytes.data, want, 32);
}

static void a_single_node_walks_alone(void **state)
{
	(void)state;
	view_is(1, 8, "1", "");
	assert_string_equal(build(1, 1, 8, ALL), "process0");
	assert_string_equal(processed(false), "barrier");
	assert_string_equal(barrier(1, 1, 8), "activate0 process2");
	processed(false);
	assert_string_equal(barrier(1, 1, 8), "activate2 process3");
	processed(false);
	assert_string_equal(barrier(1, 1, 8), "activate3 process5");
	processed(false);
	assert_string_equal(barrier(1, 1, 8), "activate5 finished");
	assert_false(sync_in_progress(&s));
	assert_string_equal(barrier(1, 1, 8), "");
	assert_string_equal(build(1, 1, 8, ALL), "");
	assert_string_equal(retry(), "");
}

static void no_service_at_all_is_finished_at_once(void **state)
{
	(void)state;
	sync_init(&s, node_id_of(1), NULL, 0);
	assert_string_equal(view_is(1, 8, "1", ""), "build");
	assert_string_equal(build(1, 1, 8, 0, NULL), "finished");
}

static void trans_is_cut_to_the_members_in_its_order(void **state)
{
	(void)state;
	view_is(1, 8, "123", "3914");
	assert_int_equal(sync_view(&s)->trans.count, 2);
	assert_int_equal(sync_view(&s)->trans.ids[0].v, 3);
	assert_int_equal(sync_view(&s)->trans.ids[1].v, 1);
	assert_int_equal(sync_view(&s)->members.count, 3);
	assert_int_equal(sync_view(&s)->ring.seq, 8);
}

static void all_lists_are_awaited(void **state)
{
	(void)state;
	view_is(1, 8, "123", "1");
	assert_string_equal(build(3, 1, 8, ALL), "");
	assert_string_equal(build(3, 1, 8, ALL), "");
	assert_string_equal(build(1, 1, 8, ALL), "");
	assert_string_equal(barrier(2, 1, 8), "");
	assert_string_equal(build(2, 1, 8, ALL), "process0");
}

static void strangers_and_other_rings_are_ignored(void **state)
{
	(void)state;
	view_is(1, 8, "12", "1");
	build(1, 1, 8, ALL);
	assert_string_equal(build(2, 1, 9, ALL), "");
	assert_string_equal(build(2, 2, 8, ALL), "");
	assert_string_equal(build(3, 1, 8, ALL), "");
	assert_string_equal(build(2, 1, 8, ALL), "process0");
	processed(false);
	barrier(1, 1, 8);
	assert_string_equal(barrier(2, 1, 4), "");
	assert_string_equal(barrier(2, 2, 8), "");
	assert_string_equal(barrier(3, 1, 8), "");
	assert_string_equal(barrier(2, 1, 8), "activate0 process2");
}

static void a_service_that_only_others_have_is_a_dummy(void **state)
{
	const uint32_t more[] = {7, 2, 1, 7, 63};

	(void)state;
	view_is(1, 8, "12", "1");
	build(1, 1, 8, ALL);
	assert_string_equal(build(2, 1, 8, 5, more), "process0");
	assert_int_equal(s.count, 7);
	processed(false);
	barrier(1, 1, 8);
	assert_string_equal(barrier(2, 1, 8), "activate0 barrier"); /* 1 */
	barrier(2, 1, 8);
	assert_string_equal(barrier(1, 1, 8), "process2");
	for (int i = 0; i < 3; i++) {
		processed(false);
		barrier(1, 1, 8);
		barrier(2, 1, 8);
	}
	assert_string_equal(said, "activate5 barrier"); /* 7 */
	barrier(1, 1, 8);
	assert_string_equal(barrier(2, 1, 8), "barrier"); /* 63 */
	barrier(1, 1, 8);
	assert_string_equal(barrier(2, 1, 8), "finished");
	/* they are forgotten with the ring */
	assert_string_equal(view_is(1, 12, "1", "1"), "build init0 init2 init3 init5");
	assert_int_equal(s.count, 4);
}

static void bad_lists_count_as_not_sent(void **state)
{
	const uint32_t large[] = {0, 64}, negative[] = {0xffffffff}, many[128] = {0};

	(void)state;
	view_is(1, 8, "12", "1");
	build(1, 1, 8, ALL);
	assert_string_equal(build(2, 1, 8, 2, large), "");
	assert_string_equal(build(2, 1, 8, 1, negative), "");
	assert_string_equal(build(2, 1, 8, 65, many), "");
	assert_string_equal(build(2, 1, 8, 128, many), "");
	assert_string_equal(build(2, 1, 8, 0xffffffff, many), "");
	assert_int_equal(s.count, 4);
	assert_string_equal(build(2, 1, 8, 64, many), "process0");
}

static void short_messages_are_ignored_at_every_length(void **state)
{
	struct view v = {.ring = {node_id_of(1), 8}, .members = nodes("12")};
	uint8_t list[SYNC_BUILD_SIZE];

	(void)state;
	step((struct sync_event){.type = SYNC_EVENT_VIEW, .view = &v});
	memcpy(list, fx.items[0].bytes.data, sizeof list);
	build(1, 1, 8, ALL);
	for (size_t n = 0; n < 40 + 16; n++)
		assert_string_equal(step((struct sync_event){.type = SYNC_EVENT_MESSAGE,
							     .from = node_id_of(2),
							     .message = bytes_of(list, n)}),
				    "");
	assert_string_equal(step((struct sync_event){.type = SYNC_EVENT_MESSAGE,
						     .from = node_id_of(2),
						     .message = bytes_of(list, 40 + 16)}),
			    "process0");
	processed(false);
	list[0] = 0;
	barrier(1, 1, 8);
	for (size_t n = 0; n < 28; n++)
		assert_string_equal(step((struct sync_event){.type = SYNC_EVENT_MESSAGE,
							     .from = node_id_of(2),
							     .message = bytes_of(list, n)}),
				    "");
	list[0] = 2; /* no such message */
	assert_string_equal(step((struct sync_event){
				    .type = SYNC_EVENT_MESSAGE, .from = node_id_of(2), .message = bytes_of(list, 32)}),
			    "");
	assert_string_equal(barrier(2, 1, 8), "activate0 process2");
}

static void a_service_may_ask_to_be_called_again(void **state)
{
	(void)state;
	view_is(1, 8, "1", "");
	build(1, 1, 8, ALL);
	assert_string_equal(retry(), "");
	for (int i = 0; i < 3; i++) {
		assert_string_equal(processed(true), "");
		assert_string_equal(sync_state_name(&s), "waiting");
		assert_string_equal(retry(), "process0");
	}
	assert_string_equal(processed(false), "barrier");
	assert_string_equal(retry(), "");
}

static void barriers_of_faster_nodes_are_kept(void **state)
{
	(void)state;
	view_is(1, 8, "12", "1");
	build(1, 1, 8, ALL);
	build(2, 1, 8, ALL);
	assert_string_equal(barrier(2, 1, 8), "");
	assert_string_equal(barrier(1, 1, 8), ""); /* not ours yet, whoever says so */
	processed(true);
	assert_string_equal(barrier(1, 1, 8), "");
	assert_string_equal(retry(), "process0");
	assert_string_equal(processed(false), "barrier");
	assert_string_equal(barrier(1, 1, 8), "activate0 process2");
}

static void a_new_ring_aborts_the_service_whose_turn_it_is(void **state)
{
	const uint32_t more[] = {1};

	(void)state;
	view_is(1, 8, "12", "1");
	assert_string_equal(view_is(1, 12, "12", "1"), "build init0 init2 init3 init5"); /* nobody's turn */
	build(1, 1, 12, 1, more);
	build(2, 1, 12, ALL);
	assert_string_equal(view_is(1, 16, "12", "1"), "abort0 build init0 init2 init3 init5"); /* processing */
	build(1, 1, 16, 1, more);
	build(2, 1, 16, ALL);
	processed(true);
	assert_string_equal(view_is(1, 20, "12", "1"), "abort0 build init0 init2 init3 init5"); /* waiting */
	build(1, 1, 20, 1, more);
	build(2, 1, 20, ALL);
	processed(false);
	assert_string_equal(view_is(1, 24, "12", "1"), "abort0 build init0 init2 init3 init5"); /* barrier */
	build(1, 1, 24, 1, more);
	build(2, 1, 24, ALL);
	processed(false);
	barrier(1, 1, 24);
	assert_string_equal(barrier(2, 1, 24), "activate0 barrier");
	assert_string_equal(view_is(1, 28, "12", "1"), "build init0 init2 init3 init5"); /* a dummy's barrier */
	assert_string_equal(barrier(1, 1, 24), "");
}

/* Three cores on one ordered stream. */
enum { CORES = 3, STREAM = 256 };

struct stream {
	struct sync cores[CORES];
	char log[CORES][512];
	size_t at_activate[CORES][8]; /* the place in the stream where a service was activated */
	struct {
		uint32_t from;
		uint8_t bytes[SYNC_BUILD_SIZE];
		size_t len;
	} messages[STREAM];
	size_t count, place;
};

static void core_step(struct stream *t, uint32_t i, struct sync_event ev)
{
	static struct sync_effects out;

	sync_step(&t->cores[i], &ev, &out);
	for (bool more = true; more;) {
		struct sync_effects now = out;

		more = false;
		for (uint32_t k = 0; k < now.count; k++) {
			struct sync_effect *e = &now.items[k];

			if (e->type == SYNC_EFFECT_SEND) {
				assert_true(t->count < STREAM);
				t->messages[t->count].from = i + 1;
				t->messages[t->count].len = e->bytes.len;
				memcpy(t->messages[t->count++].bytes, now.scratch, e->bytes.len);
			} else if (e->type == SYNC_EFFECT_ACTIVATE) {
				t->at_activate[i][e->service] = t->place;
				snprintf(t->log[i] + strlen(t->log[i]), 8, "%u ", e->service);
			} else if (e->type == SYNC_EFFECT_PROCESS) {
				struct sync_event done = {.type = SYNC_EVENT_PROCESSED};

				sync_step(&t->cores[i], &done, &out);
				more = true;
			}
		}
	}
}

static void stream_view(struct stream *t, uint64_t seq)
{
	struct view v = {.ring = {node_id_of(1), seq}, .members = nodes("123"), .trans = nodes("12")};

	for (uint32_t i = 0; i < CORES; i++) {
		t->log[i][0] = '\0';
		core_step(t, i, (struct sync_event){.type = SYNC_EVENT_VIEW, .view = &v});
	}
}

/* Delivers at most n more messages to all. */
static void stream_run(struct stream *t, size_t n)
{
	for (; n > 0 && t->place < t->count; n--, t->place++)
		for (uint32_t i = 0; i < CORES; i++)
			core_step(t, i,
				  (struct sync_event){
					  .type = SYNC_EVENT_MESSAGE,
					  .from = node_id_of(t->messages[t->place].from),
					  .message = bytes_of(t->messages[t->place].bytes, t->messages[t->place].len)});
}

static void all_activate_at_the_same_place(void **state)
{
	static const uint8_t own[CORES][4] = {{0, 2, 3, 5}, {0, 2, 3}, {2, 5, 6}};
	static const uint32_t counts[CORES] = {4, 3, 3};
	static struct stream t;

	(void)state;
	/* the ring breaks after `cut` messages and forms anew */
	for (size_t cut = 0; cut <= 20; cut++) {
		memset(&t, 0, sizeof t);
		for (uint32_t i = 0; i < CORES; i++)
			sync_init(&t.cores[i], node_id_of(i + 1), own[i], counts[i]);
		stream_view(&t, 8);
		stream_run(&t, cut);
		stream_view(&t, 12);
		stream_run(&t, STREAM);
		for (uint32_t i = 0; i < CORES; i++)
			assert_false(sync_in_progress(&t.cores[i]));
		assert_string_equal(t.log[0], "0 2 3 5 ");
		assert_string_equal(t.log[1], "0 2 3 ");
		assert_string_equal(t.log[2], "2 5 6 ");
		assert_int_equal(t.at_activate[0][0], t.at_activate[1][0]);
		assert_int_equal(t.at_activate[0][2], t.at_activate[1][2]);
		assert_int_equal(t.at_activate[0][2], t.at_activate[2][2]);
		assert_int_equal(t.at_activate[0][3], t.at_activate[1][3]);
		assert_int_equal(t.at_activate[0][5], t.at_activate[2][5]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(list_is_laid_out_as_on_the_wire, init),
		cmocka_unit_test_setup(barrier_is_laid_out_as_on_the_wire, init),
		cmocka_unit_test_setup(a_single_node_walks_alone, init),
		cmocka_unit_test_setup(no_service_at_all_is_finished_at_once, init),
		cmocka_unit_test_setup(trans_is_cut_to_the_members_in_its_order, init),
		cmocka_unit_test_setup(all_lists_are_awaited, init),
		cmocka_unit_test_setup(strangers_and_other_rings_are_ignored, init),
		cmocka_unit_test_setup(a_service_that_only_others_have_is_a_dummy, init),
		cmocka_unit_test_setup(bad_lists_count_as_not_sent, init),
		cmocka_unit_test_setup(short_messages_are_ignored_at_every_length, init),
		cmocka_unit_test_setup(a_service_may_ask_to_be_called_again, init),
		cmocka_unit_test_setup(barriers_of_faster_nodes_are_kept, init),
		cmocka_unit_test_setup(a_new_ring_aborts_the_service_whose_turn_it_is, init),
		cmocka_unit_test_setup(all_activate_at_the_same_place, init),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
