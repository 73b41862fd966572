/* SPDX-License-Identifier: GPL-2.0-or-later */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "totem/wire.h"

/* Written by hand from the tables of engine-wire.md §3: the layouts that running Corosync nodes speak. */
static const uint8_t token_bytes[] = {
	0x70, 0xC0, 3, 0, 0,    2, 0, 0, 0, 3, 0, 0, 0,            /* head: ORF_TOKEN, from 2, target 3 */
	0x10, 0,    0, 0,                                          /* seq */
	0x21, 0,    0, 0,                                          /* token_seq */
	0x0E, 0,    0, 0,                                          /* aru */
	1,    0,    0, 0,                                          /* aru_addr */
	1,    0,    0, 0, 0x18, 0, 0, 0, 0, 0, 0, 0,               /* ring 1.18 */
	4,    0,    0, 0,                                          /* backlog */
	5,    0,    0, 0,                                          /* fcc */
	1,    0,    0, 0,                                          /* retrans_flg */
	1,    0,    0, 0,                                          /* one request */
	1,    0,    0, 0, 0x18, 0, 0, 0, 0, 0, 0, 0, 0x0F, 0, 0, 0 /* 1.18, message 15 */
};
static const uint8_t mcast_bytes[] = {0x70, 0xC0, 3, 1, 2,    7, 0, 0, 0, 0, 0, 0,
				      0,                /* head: MCAST, plain, from 7, to all */
				      7,    0,    0, 0, /* system_from */
				      9,    0,    0, 0, /* seq */
				      3,    0,    0, 0, /* this_seqno */
				      1,    0,    0, 0, 0x18, 0, 0, 0, 0, 0, 0, 0, /* ring */
				      0,    0,    0, 0,                            /* node_id */
				      0,    0,    0, 0,                            /* guarantee */
				      'h',  'i'};
static const uint8_t merge_bytes[] = {0x70, 0xC0, 3, 2, 0, 1, 0, 0, 0,    0, 0, 0, 0, /* head: MERGE_DETECT, from 1 */
				      1,    0,    0, 0, 1, 0, 0, 0, 0x18, 0, 0, 0, 0, 0, 0, 0};
static const uint8_t join_bytes[] = {
	0x70, 0xC0, 3, 3, 0, 5, 0, 0, 0, 0, 0, 0, 0, /* head: JOIN, from 5 */
	5,    0,    0, 0,                            /* system_from */
	2,    0,    0, 0, 1, 0, 0, 0,                /* two proc, one failed */
	0x2C, 1,    0, 0, 0, 0, 0, 0,                /* ring_seq 300 */
	5,    0,    0, 0, 2, 0, 0, 0,                /* proc */
	2,    0,    0, 0                             /* failed */
};
static const uint8_t leave_bytes[] = {0x70, 0xC0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* a LEAVE is a JOIN from nobody */
				      5,    0,    0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 8, 0,
				      0,    0,    0, 0, 0, 0, 2, 0, 0, 0, 5, 0, 0, 0};
static const uint8_t commit_bytes[] = {
	0x70, 0xC0, 3, 4, 0,    1, 0, 0, 0, 2, 0, 0, 0, /* head: COMMIT_TOKEN, from 1, target 2 */
	1,    0,    0, 0,                               /* token_seq */
	1,    0,    0, 0, 0x1C, 0, 0, 0, 0, 0, 0, 0,    /* ring */
	0,    0,    0, 0,                               /* retrans_flg */
	1,    0,    0, 0,                               /* memb_index */
	2,    0,    0, 0, 1,    0, 0, 0, 2, 0, 0, 0,    /* two members */
	1,    0,    0, 0, 0x18, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0, 5, 0, 0, 0, 1, 0, 0, 0,
	0,    0,    0, 0, 0,    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
static const uint8_t cancel_bytes[] = {0x70, 0xC0, 3, 5, 0,    2, 0, 0, 0, 0, 0, 0, 0, /* head: HOLD_CANCEL, from 2 */
				       1,    0,    0, 0, 0x18, 0, 0, 0, 0, 0, 0, 0};

static uint8_t out[WIRE_COMMIT_MAX + TOKEN_MAX];
static const struct ring_id ring_18 = {{1}, 0x18};

#define assert_written(w, expected)                                        \
	do {                                                               \
		assert_false((w).failed);                                  \
		assert_int_equal((w).len, sizeof(expected));               \
		assert_memory_equal((w).data, expected, sizeof(expected)); \
	} while (0)

static void token_is_laid_out_as_on_the_wire(void **state)
{
	struct wire_token t;
	struct writer w = writer_of(out, sizeof out);

	(void)state;
	assert_true(wire_decode_token(bytes_of(token_bytes, sizeof token_bytes), &t));
	assert_int_equal(t.seq, 16);
	assert_int_equal(t.token_seq, 33);
	assert_int_equal(t.aru, 14);
	assert_int_equal(t.aru_addr.v, 1);
	assert_true(ring_id_eq(t.ring, ring_18));
	assert_int_equal(t.backlog, 4);
	assert_int_equal(t.fcc, 5);
	assert_int_equal(t.retrans_flg, 1);
	assert_int_equal(t.rtr_count, 1);
	assert_int_equal(t.rtr[0].seq, 15);
	wire_encode_token(&w, node_id_of(2), node_id_of(3), &t);
	assert_written(w, token_bytes);
}

static void mcast_is_laid_out_as_on_the_wire(void **state)
{
	struct wire_mcast m;
	struct writer w = writer_of(out, sizeof out);

	(void)state;
	assert_true(wire_decode_mcast(bytes_of(mcast_bytes, sizeof mcast_bytes), &m));
	assert_int_equal(m.from.v, 7);
	assert_int_equal(m.system_from.v, 7);
	assert_int_equal(m.encapsulated, WIRE_PLAIN);
	assert_int_equal(m.seq, 9);
	assert_int_equal(m.this_seqno, 3);
	assert_true(ring_id_eq(m.ring, ring_18));
	assert_int_equal(m.payload.len, 2);
	assert_memory_equal(m.payload.data, "hi", 2);
	wire_encode_mcast_head(&w, &m);
	assert_int_equal(w.len, MCAST_HEADER);
	write_bytes(&w, "hi", 2);
	assert_written(w, mcast_bytes);
}

static void merge_and_cancel_are_laid_out_as_on_the_wire(void **state)
{
	node_id from;
	struct ring_id ring;
	struct writer w = writer_of(out, sizeof out);

	(void)state;
	assert_true(wire_decode_merge(bytes_of(merge_bytes, sizeof merge_bytes), &from, &ring));
	assert_int_equal(from.v, 1);
	assert_true(ring_id_eq(ring, ring_18));
	wire_encode_merge(&w, from, ring);
	assert_written(w, merge_bytes);
	assert_true(wire_decode_hold_cancel(bytes_of(cancel_bytes, sizeof cancel_bytes), &ring));
	assert_true(ring_id_eq(ring, ring_18));
	w = writer_of(out, sizeof out);
	wire_encode_hold_cancel(&w, node_id_of(2), ring);
	assert_written(w, cancel_bytes);
}

static void join_and_leave_are_laid_out_as_on_the_wire(void **state)
{
	struct wire_join j;
	struct writer w = writer_of(out, sizeof out);

	(void)state;
	assert_true(wire_decode_join(bytes_of(join_bytes, sizeof join_bytes), &j));
	assert_false(j.leaving);
	assert_int_equal(j.system_from.v, 5);
	assert_int_equal(j.ring_seq, 300);
	assert_int_equal(j.proc.count, 2);
	assert_int_equal(j.proc.ids[1].v, 2);
	assert_int_equal(j.failed.count, 1);
	wire_encode_join(&w, &j);
	assert_written(w, join_bytes);
	assert_true(wire_decode_join(bytes_of(leave_bytes, sizeof leave_bytes), &j));
	assert_true(j.leaving);
	assert_int_equal(j.failed.ids[0].v, 5);
	w = writer_of(out, sizeof out);
	wire_encode_join(&w, &j);
	assert_written(w, leave_bytes);
}

static void commit_is_laid_out_as_on_the_wire(void **state)
{
	static struct wire_commit c;
	struct writer w = writer_of(out, sizeof out);

	(void)state;
	assert_true(wire_decode_commit(bytes_of(commit_bytes, sizeof commit_bytes), &c));
	assert_int_equal(c.token_seq, 1);
	assert_int_equal(c.ring.seq, 0x1C);
	assert_int_equal(c.memb_index, 1);
	assert_int_equal(c.members.count, 2);
	assert_true(ring_id_eq(c.entries[0].old_ring, ring_18));
	assert_int_equal(c.entries[0].aru, 6);
	assert_int_equal(c.entries[0].high_delivered, 5);
	assert_int_equal(c.entries[0].received_flg, 1);
	assert_int_equal(c.entries[1].old_ring.seq, 0);
	wire_encode_commit(&w, node_id_of(1), node_id_of(2), &c);
	assert_written(w, commit_bytes);
}

static bool decodes(struct bytes b)
{
	static struct wire_token t;
	static struct wire_mcast m;
	static struct wire_join j;
	static struct wire_commit c;
	node_id from;
	struct ring_id ring;

	return wire_decode_token(b, &t) || wire_decode_mcast(b, &m) || wire_decode_join(b, &j) ||
	       wire_decode_commit(b, &c) || wire_decode_merge(b, &from, &ring) || wire_decode_hold_cancel(b, &ring);
}

static const struct {
	const char *name;
	struct bytes bytes;
	size_t least; /* shorter ones are refused */
} messages[] = {
	{"token", {token_bytes, sizeof token_bytes}, sizeof token_bytes},
	{"mcast", {mcast_bytes, sizeof mcast_bytes}, MCAST_HEADER},
	{"merge", {merge_bytes, sizeof merge_bytes}, sizeof merge_bytes},
	{"join", {join_bytes, sizeof join_bytes}, sizeof join_bytes},
	{"leave", {leave_bytes, sizeof leave_bytes}, sizeof leave_bytes},
	{"commit", {commit_bytes, sizeof commit_bytes}, sizeof commit_bytes},
	{"cancel", {cancel_bytes, sizeof cancel_bytes}, sizeof cancel_bytes},
};
enum { MESSAGES = sizeof messages / sizeof messages[0] };

static void every_truncation_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < MESSAGES; i++) {
		assert_true(decodes(messages[i].bytes));
		for (size_t n = 0; n < messages[i].least; n++)
			assert_false(decodes(bytes_of(messages[i].bytes.data, n)));
	}
}

/* The message with one byte changed. */
static bool decodes_with(size_t message, size_t at, uint8_t value)
{
	struct bytes b = messages[message].bytes;

	assert_true(at < b.len);
	memcpy(out, b.data, b.len);
	out[at] = value;
	return decodes(bytes_of(out, b.len));
}

static void foreign_headers_are_refused(void **state)
{
	struct wire_head head;

	(void)state;
	for (size_t i = 0; i < MESSAGES; i++) {
		assert_true(wire_decode_head(messages[i].bytes, &head));
		assert_int_equal(head.type, messages[i].bytes.data[3]);
		assert_false(decodes_with(i, 0, 0xC0)); /* magic */
		assert_false(decodes_with(i, 1, 0x70));
		assert_false(decodes_with(i, 2, 2)); /* version */
		assert_false(decodes_with(i, 3, 6)); /* type */
		assert_false(decodes_with(i, 4, 3)); /* encapsulation */
	}
	assert_false(decodes_with(1, 4, 0)); /* an MCAST is one or the other */
	assert_false(decodes_with(1, 5, 0)); /* from nobody */
}

static void bad_counts_are_refused(void **state)
{
	(void)state;
	assert_false(decodes_with(0, 53, 0));    /* requests: bytes left over */
	assert_false(decodes_with(0, 53, 31));   /* too many */
	assert_false(decodes_with(0, 56, 0xFF)); /* negative */
	assert_false(decodes_with(3, 17, 3));
	assert_false(decodes_with(3, 20, 0xFF));
	assert_false(decodes_with(3, 21, 2));
	assert_false(decodes_with(3, 24, 0x80));
	assert_false(decodes_with(5, 33, 3)); /* index behind the last member */
	assert_false(decodes_with(5, 36, 0xFF));
	assert_false(decodes_with(5, 37, 1));
	assert_false(decodes_with(5, 37, 0));
	assert_false(decodes_with(5, 40, 0xFF));
}

static void bad_lists_are_refused(void **state)
{
	(void)state;
	assert_false(decodes_with(3, 33, 0)); /* nobody */
	assert_false(decodes_with(3, 37, 5)); /* the same twice */
	assert_false(decodes_with(3, 13, 0)); /* from nobody */
	assert_false(decodes_with(5, 41, 3)); /* members do not ascend */
	assert_false(decodes_with(5, 45, 1));
}

static void lists_of_384_nodes_are_taken_and_of_385_not(void **state)
{
	static struct wire_join j, back;
	static uint8_t big[WIRE_JOIN_MAX + 8];
	struct writer w = writer_of(big, sizeof big);

	(void)state;
	j = (struct wire_join){.system_from = node_id_of(1), .ring_seq = 4};
	for (uint32_t i = 1; i <= NODES_MAX; i++) {
		assert_true(node_list_add(&j.proc, node_id_of(i)));
		assert_true(node_list_add(&j.failed, node_id_of(1000 + i)));
	}
	wire_encode_join(&w, &j);
	assert_false(w.failed);
	assert_int_equal(w.len, WIRE_JOIN_MAX);
	assert_true(wire_decode_join(writer_bytes(&w), &back));
	assert_true(node_list_eq(&back.proc, &j.proc));
	write_u32(&w, 5000);
	write_u32_at(&w, 21, NODES_MAX + 1);
	assert_false(wire_decode_join(writer_bytes(&w), &back));
}

static void a_token_is_at_most_1500_bytes(void **state)
{
	static struct wire_token t, back;
	struct writer w = writer_of(out, sizeof out);

	(void)state;
	t = (struct wire_token){.rtr_count = RTR_MAX};
	for (uint32_t i = 0; i < RTR_MAX; i++)
		t.rtr[i] = (struct wire_rtr){ring_18, i};
	wire_encode_token(&w, node_id_of(1), node_id_of(2), &t);
	assert_int_equal(w.len, WIRE_TOKEN_FIXED + RTR_MAX * WIRE_RTR_SIZE);
	assert_true(wire_decode_token(writer_bytes(&w), &back));
	assert_int_equal(back.rtr[29].seq, 29);
	assert_false(wire_decode_token(bytes_of(out, TOKEN_MAX + 1), &back));
}

static void sequence_numbers_wrap(void **state)
{
	(void)state;
	assert_true(seq_before(1, 2));
	assert_false(seq_before(2, 2));
	assert_true(seq_before(UINT32_MAX, 0));
	assert_false(seq_before(0, UINT32_MAX));
	assert_int_equal(seq_min(UINT32_MAX - 1, 3), UINT32_MAX - 1);
	assert_int_equal(seq_min(7, 3), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(token_is_laid_out_as_on_the_wire),
		cmocka_unit_test(mcast_is_laid_out_as_on_the_wire),
		cmocka_unit_test(merge_and_cancel_are_laid_out_as_on_the_wire),
		cmocka_unit_test(join_and_leave_are_laid_out_as_on_the_wire),
		cmocka_unit_test(commit_is_laid_out_as_on_the_wire),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(foreign_headers_are_refused),
		cmocka_unit_test(bad_counts_are_refused),
		cmocka_unit_test(bad_lists_are_refused),
		cmocka_unit_test(lists_of_384_nodes_are_taken_and_of_385_not),
		cmocka_unit_test(a_token_is_at_most_1500_bytes),
		cmocka_unit_test(sequence_numbers_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
