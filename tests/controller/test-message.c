/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "samples.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static GByteArray *encoded(const struct message *m)
{
	GByteArray *out = g_byte_array_new();
	message_encode(m, out);
	return out;
}

static struct message decoded(const GByteArray *bytes, struct arena *arena)
{
	struct message m;
	struct error error = {0};
	enum err e = message_decode(bytes_of(bytes->data, bytes->len), arena, &m, &error);
	if (e != ERR_OK)
		print_message("%s\n", error.text);
	assert_int_equal(e, ERR_OK);
	return m;
}

static enum err error_of(const void *data, size_t size, char text[512])
{
	struct arena arena = {0};
	struct message m;
	struct error error = {0};
	enum err e = message_decode(bytes_of(data, size), &arena, &m, &error);
	(void)snprintf(text, 512, "%s", error.text);
	arena_fini(&arena);
	return e;
}

static void what_is_written_is_read(void **state)
{
	(void)state;
	for (enum message_kind kind = MESSAGE_STATEMENT; kind < MESSAGE_KINDS; kind++) {
		struct arena arena = {0};
		struct message m = sample(kind);
		GByteArray *first = encoded(&m);
		struct message back = decoded(first, &arena);
		GByteArray *second = encoded(&back);
		assert_int_equal(back.kind, kind);
		assert_int_equal(back.epoch, m.epoch);
		assert_int_equal(first->len, second->len);
		assert_memory_equal(first->data, second->data, first->len);
		g_byte_array_free(first, TRUE);
		g_byte_array_free(second, TRUE);
		arena_fini(&arena);
	}
}

static struct message there_and_back(enum message_kind kind, struct arena *arena)
{
	struct message m = sample(kind);
	GByteArray *bytes = encoded(&m);
	struct message back = decoded(bytes, arena);
	g_byte_array_free(bytes, TRUE);
	return back;
}

static void fields_are_what_they_were(void **state)
{
	struct arena arena = {0};
	(void)state;
	struct message m = there_and_back(MESSAGE_ORDERS, &arena);
	assert_int_equal(m.orders.count, 2);
	assert_string_equal(m.orders.orders[0].rsc, "vip:1");
	assert_string_equal(m.orders.orders[0].parameters[0].value, "192.0.2.7");
	assert_null(m.orders.orders[0].parameters[2].value);
	assert_null(m.orders.orders[1].provider);
	assert_int_equal(m.orders.orders[1].target_rc, -1);
	assert_true(m.orders.orders[1].cancel);
	assert_int_equal(m.orders.when.ns, 1700000000123456789u);
	m = there_and_back(MESSAGE_CHANGE, &arena);
	assert_int_equal(m.change.edit.kind, EDIT_MODIFY);
	assert_true(m.change.edit.allow_create);
	assert_false(m.change.edit.force);
	assert_string_equal(m.change.by.user.groups[1], "staff");
	assert_null(m.change.by.user.groups[2]);
	m = there_and_back(MESSAGE_STATEMENT, &arena);
	assert_int_equal(m.statement.members[1].pid, 101);
	assert_int_equal(m.statement.version.num_updates, 333);
	assert_string_equal(m.statement.start_state, "default");
	m = there_and_back(MESSAGE_FENCE_RAN, &arena);
	assert_int_equal(m.fence_ran.rc, -1);
	m = there_and_back(MESSAGE_ATTRIBUTE, &arena);
	assert_int_equal(m.attribute.delay_ms, -1);
	m = there_and_back(MESSAGE_DIGEST, &arena);
	assert_int_equal(m.digest.count, 123456);
	arena_fini(&arena);
}

static void the_layout_stays(void **state)
{
	static const uint8_t wanted[] = {
		'H', 'A', 'L', 'E', MESSAGE_VERSION, MESSAGE_STOP, 5, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0,
		't', 'w', 'o', 0};
	(void)state;
	struct message m = sample(MESSAGE_STOP);
	GByteArray *bytes = encoded(&m);
	assert_int_equal(bytes->len, sizeof(wanted));
	assert_memory_equal(bytes->data, wanted, sizeof(wanted));
	g_byte_array_free(bytes, TRUE);
}

static void a_part_is_no_message(void **state)
{
	char text[512];
	(void)state;
	for (enum message_kind kind = MESSAGE_STATEMENT; kind < MESSAGE_KINDS; kind++) {
		struct message m = sample(kind);
		GByteArray *bytes = encoded(&m);
		for (guint size = 0; size < bytes->len; size++) {
			assert_int_equal(error_of(bytes->data, size, text), ERR_INVALID);
			assert_true(strncmp(text, "message, byte ", 14) == 0);
		}
		g_byte_array_append(bytes, (const guint8 *)"", 1);
		assert_int_equal(error_of(bytes->data, bytes->len, text), ERR_INVALID);
		assert_non_null(strstr(text, "more bytes than the message has fields"));
		g_byte_array_free(bytes, TRUE);
	}
}

static void any_byte_may_be_wrong(void **state)
{
	(void)state;
	for (enum message_kind kind = MESSAGE_STATEMENT; kind < MESSAGE_KINDS; kind++) {
		struct message m = sample(kind);
		GByteArray *bytes = encoded(&m);
		for (guint at = 0; at < bytes->len; at++) {
			for (unsigned bit = 0; bit < 8; bit++) {
				struct arena arena = {0};
				struct message back;
				bytes->data[at] ^= (guint8)(1u << bit);
				if (message_decode(bytes_of(bytes->data, bytes->len), &arena, &back, NULL) == ERR_OK) {
					GByteArray *again = encoded(&back);
					assert_int_equal(again->len, bytes->len);
					assert_memory_equal(again->data, bytes->data, bytes->len);
					g_byte_array_free(again, TRUE);
				}
				bytes->data[at] ^= (guint8)(1u << bit);
				arena_fini(&arena);
			}
		}
		g_byte_array_free(bytes, TRUE);
	}
}

static void what_is_wrong_is_told(void **state)
{
	static const struct {
		enum message_kind kind;
		size_t at;
		const char *bytes;
		size_t size;
		enum err e;
		const char *text;
	} cases[] = {
		{MESSAGE_STOP, 0, "X", 1, ERR_INVALID, "byte 0: it is none of a manager"},
		{MESSAGE_STOP, 4, "\x01", 1, ERR_UNSUPPORTED, "version 1 is not known here, only 2"},
		{MESSAGE_STOP, 5, "\x00", 1, ERR_INVALID, "no message has this number"},
		{MESSAGE_STOP, 5, "\xff", 1, ERR_INVALID, "no message has this number"},
		{MESSAGE_STOP, 14, "\xff\xff\xff\xff", 4, ERR_INVALID, "name: missing"},
		{MESSAGE_STOP, 14, "\xff\xff\xff\x7f", 4, ERR_INVALID, "a text longer than the message"},
		{MESSAGE_STOP, 19, "\x00", 1, ERR_INVALID, "no text in UTF-8"},
		{MESSAGE_STOP, 19, "\x07", 1, ERR_INVALID, "no text in UTF-8"},
		{MESSAGE_STOP, 18, "\xef\xbf\xbe", 3, ERR_INVALID, "no text in UTF-8"},
		{MESSAGE_STOP, 21, "o", 1, ERR_INVALID, "ends in a zero byte"},
		{MESSAGE_QUORUM, 14, "\x02", 1, ERR_INVALID, "quorate: a value that has no meaning"},
		{MESSAGE_NODE, 24, "\0\0\0\0", 4, ERR_INVALID, "no node has the id 0"},
		{MESSAGE_NODE, 28, "\x03", 1, ERR_INVALID, "change: a value that has no meaning"},
		{MESSAGE_STORED, 21, "\x80", 1, ERR_INVALID, "admin_epoch: below the least value"},
		{MESSAGE_STORED, 45, "\x80", 1, ERR_INVALID, "lineage: beyond all bounds"},
		{MESSAGE_STORED, 53, "\x80", 1, ERR_INVALID, "promise: beyond all bounds"},
		{MESSAGE_ORDERS, 14, "\xff\xff\xff\xff", 4, ERR_INVALID, "orders: more than the message can have"},
		{MESSAGE_STATEMENT, 14, "\x81", 1, ERR_INVALID, "members: more than the message can have"},
		{MESSAGE_AGREEMENT, 14, "\x81", 1, ERR_INVALID, "parts: more than the message can have"},
	};
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		char text[512];
		struct message m = sample(cases[i].kind);
		GByteArray *bytes = encoded(&m);
		memcpy(bytes->data + cases[i].at, cases[i].bytes, cases[i].size);
		assert_int_equal(error_of(bytes->data, bytes->len, text), cases[i].e);
		if (strstr(text, cases[i].text) == NULL)
			fail_msg("case %zu: \"%s\" does not say \"%s\"", i, text, cases[i].text);
		g_byte_array_free(bytes, TRUE);
	}
}

static void an_epoch_before_joining_is_refused(void **state)
{
	char text[512];
	(void)state;
	struct message m = sample(MESSAGE_STATEMENT);
	m.statement.last_epoch = m.statement.joined - 1;
	GByteArray *bytes = encoded(&m);
	assert_int_equal(error_of(bytes->data, bytes->len, text), ERR_INVALID);
	assert_non_null(strstr(text, "last epoch"));
	g_byte_array_free(bytes, TRUE);
}

static void what_no_xml_can_carry_becomes_a_question(void **state)
{
	static const struct {
		const char *given, *read;
	} cases[] = {
		{"plain\ttext\r\n", "plain\ttext\r\n"},
		{"\x01"
		 "bell\x07",
		 "?bell?"},
		{"\xff\xfe", "??"},
		{"h\xc3\xa4lt", "h\xc3\xa4lt"},
		{"\xc3", "?"},
		{"\xef\xbf\xbf", "???"},
		{"\xef\xbf\xbd", "\xef\xbf\xbd"},
		{"", ""},
	};
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct arena arena = {0};
		struct message m = sample(MESSAGE_FENCE_RAN);
		m.fence_ran.output = cases[i].given;
		GByteArray *bytes = encoded(&m);
		struct message back = decoded(bytes, &arena);
		assert_string_equal(back.fence_ran.output, cases[i].read);
		g_byte_array_free(bytes, TRUE);
		arena_fini(&arena);
	}
}

static void kinds_have_words(void **state)
{
	(void)state;
	for (enum message_kind kind = MESSAGE_STATEMENT; kind < MESSAGE_KINDS; kind++)
		assert_string_not_equal(message_kind_word(kind), "unknown");
	assert_string_equal(message_kind_word(MESSAGE_ATTRIBUTES_DUE), "attributes-due");
	assert_string_equal(message_kind_word(MESSAGE_KINDS), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(fields_are_what_they_were),
		cmocka_unit_test(the_layout_stays),
		cmocka_unit_test(a_part_is_no_message),
		cmocka_unit_test(any_byte_may_be_wrong),
		cmocka_unit_test(what_is_wrong_is_told),
		cmocka_unit_test(an_epoch_before_joining_is_refused),
		cmocka_unit_test(what_no_xml_can_carry_becomes_a_question),
		cmocka_unit_test(kinds_have_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
