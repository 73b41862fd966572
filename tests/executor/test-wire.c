/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "executor/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;
static struct wire_frame got;
static struct error why;
static size_t used;

static int tear_down(void **state)
{
	(void)state;
	arena_fini(&arena);
	return 0;
}

static void round_trip(const struct wire_frame *f)
{
	GByteArray *out = g_byte_array_new();

	wire_encode(f, out);
	for (size_t n = 0; n < out->len; n++)
		assert_int_equal(wire_decode(bytes_of(out->data, n), &arena, &got, &used, &why), ERR_AGAIN);
	if (wire_decode(bytes_of(out->data, out->len), &arena, &got, &used, &why) != ERR_OK)
		fail_msg("%s", why.text);
	assert_int_equal(used, out->len);
	assert_int_equal(got.kind, f->kind);
	assert_int_equal(got.from_executor, f->from_executor);
	(void)g_byte_array_unref(out);
}

static struct operation operation_made(void)
{
	struct table *t = table_new(&arena);

	table_set(t, "ip", "192.0.2.7");
	table_set(t, "text", "a \"b\"\n\xc3\xa4");
	return (struct operation){.id = 7,
				  .rsc = "vip",
				  .class_ = "ocf",
				  .provider = "heartbeat",
				  .type = "IPaddr2",
				  .action = "monitor",
				  .interval_ms = 10000,
				  .timeout_ms = 20000,
				  .start_delay_ms = 5,
				  .note = "4:2:0:x",
				  .parameters = t};
}

static void same_operation(const struct operation *a, const struct operation *b)
{
	assert_int_equal(a->id, b->id);
	assert_string_equal(a->rsc, b->rsc);
	assert_string_equal(a->class_, b->class_);
	assert_string_equal(a->provider, b->provider);
	assert_string_equal(a->type, b->type);
	assert_string_equal(a->action, b->action);
	assert_int_equal(a->interval_ms, b->interval_ms);
	assert_int_equal(a->timeout_ms, b->timeout_ms);
	assert_int_equal(a->start_delay_ms, b->start_delay_ms);
	assert_string_equal(a->note, b->note);
	assert_int_equal(a->parameters->count, b->parameters->count);
	for (uint32_t i = 0; i < a->parameters->count; i++) {
		assert_string_equal(a->parameters->entries[i].name, b->parameters->entries[i].name);
		assert_string_equal(a->parameters->entries[i].value, b->parameters->entries[i].value);
	}
}

static void test_requests(void **state)
{
	struct operation op = operation_made();
	struct wire_frame f = {.kind = WIRE_RUN, .operation = op};

	(void)state;
	round_trip(&f);
	same_operation(&got.operation, &op);
	f.operation.provider = f.operation.note = NULL;
	f.operation.parameters = NULL;
	round_trip(&f);
	assert_null(got.operation.provider);
	assert_null(got.operation.note);
	assert_int_equal(got.operation.parameters->count, 0);
	f = (struct wire_frame){.kind = WIRE_CANCEL, .operation = op};
	round_trip(&f);
	assert_string_equal(got.operation.rsc, "vip");
	assert_string_equal(got.operation.action, "monitor");
	assert_int_equal(got.operation.interval_ms, 10000);
	assert_int_equal(got.operation.id, op.id);
	f.operation.id = 0; /* it need not have one */
	round_trip(&f);
	assert_int_equal(got.operation.id, 0);
	f = (struct wire_frame){.kind = WIRE_FORGET, .operation = op};
	round_trip(&f);
	assert_string_equal(got.operation.rsc, "vip");
	f = (struct wire_frame){.kind = WIRE_ACKNOWLEDGE, .operation = op};
	round_trip(&f);
	assert_int_equal(got.operation.id, 7);
	f = (struct wire_frame){.kind = WIRE_LIST};
	round_trip(&f);
	f = (struct wire_frame){.kind = WIRE_HELLO, .version = 1};
	round_trip(&f);
	assert_int_equal(got.version, 1);
	assert_null(got.incarnation);
}

static struct operation_report report_made(void)
{
	return (struct operation_report){.id = 9,
					 .rsc = "vip",
					 .action = "start",
					 .note = "n",
					 .rc = -3,
					 .status = EXECUTION_NO_SECRETS,
					 .output = "a\tb",
					 .reason = "bad \xff byte",
					 .started = {1795371016972387291},
					 .ended = {1795371017972387291},
					 .run_ms = 1000,
					 .queue_ms = 4000000000u,
					 .reloadable = "a b",
					 .restart = "",
					 .agent_version = "1.1"};
}

static void check_report(const struct operation_report *r)
{
	assert_int_equal(r->id, 9);
	assert_string_equal(r->rsc, "vip");
	assert_string_equal(r->note, "n");
	assert_int_equal(r->rc, -3);
	assert_int_equal(r->status, EXECUTION_NO_SECRETS);
	assert_string_equal(r->output, "a\tb");
	assert_string_equal(r->reason, "bad \xef\xbf\xbd byte"); /* what is no UTF-8 is marked */
	assert_int_equal(r->started.ns, 1795371016972387291);
	assert_int_equal(r->ended.ns, 1795371017972387291);
	assert_int_equal(r->run_ms, 1000);
	assert_int_equal(r->queue_ms, 4000000000u);
	assert_string_equal(r->reloadable, "a b");
	assert_string_equal(r->restart, "");
	assert_null(r->secret);
	assert_string_equal(r->agent_version, "1.1");
}

static void test_answers(void **state)
{
	struct wire_frame f = {.kind = WIRE_REPORT, .from_executor = true, .report = report_made()};

	(void)state;
	round_trip(&f);
	check_report(&got.report);
	f = (struct wire_frame){
		.kind = WIRE_KNOWN, .from_executor = true, .state = EXECUTOR_REPORTED, .report = report_made()};
	round_trip(&f);
	assert_int_equal(got.state, EXECUTOR_REPORTED);
	check_report(&got.report);
	assert_null(got.operation.rsc);
	for (enum executor_state s = EXECUTOR_WAITING; s <= EXECUTOR_REPEATING; s++) {
		f = (struct wire_frame){
			.kind = WIRE_KNOWN, .from_executor = true, .state = s, .operation = operation_made()};
		round_trip(&f);
		assert_int_equal(got.state, s);
		same_operation(&got.operation, &f.operation);
	}
	f = (struct wire_frame){.kind = WIRE_LISTED, .from_executor = true};
	round_trip(&f);
	f = (struct wire_frame){.kind = WIRE_REFUSED, .from_executor = true, .operation = {.id = 4}, .why = "no"};
	round_trip(&f);
	assert_int_equal(got.operation.id, 4);
	assert_string_equal(got.why, "no");
	f = (struct wire_frame){.kind = WIRE_HELLO, .from_executor = true, .version = 1, .incarnation = "abc"};
	round_trip(&f);
	assert_string_equal(got.incarnation, "abc");
}

static enum err decode(const char *text, uint32_t length)
{
	GByteArray *in = g_byte_array_new();
	uint8_t head[4];
	struct writer w = writer_of(head, sizeof head);

	write_u32(&w, length);
	(void)g_byte_array_append(in, head, sizeof head);
	(void)g_byte_array_append(in, (const uint8_t *)text, (guint)strlen(text));
	enum err e = wire_decode(bytes_of(in->data, in->len), &arena, &got, &used, &why);
	(void)g_byte_array_unref(in);
	return e;
}

static void test_bad_frames(void **state)
{
	static const char *const cases[][2] = {
		{"", "a frame: it is no JSON: "},
		{"{", "a frame: it is no JSON: "},
		{"[1]", "a frame: it is no JSON object"},
		{"{}", "a frame: it has not just one of \"do\" and \"tell\""},
		{"{\"do\":\"list\",\"tell\":\"listed\"}", "a frame: it has not just one of"},
		{"{\"do\":\"report\"}", "a frame: \"do\": \"report\" is nothing that is known here"},
		{"{\"tell\":\"run\"}", "a frame: \"tell\": \"run\" is nothing"},
		{"{\"do\":\"forget\"}", "a frame: member \"rsc\" is missing"},
		{"{\"do\":\"forget\",\"rsc\":3}", "a frame: member \"rsc\" is no text"},
		{"{\"do\":\"forget\",\"rsc\":\"a\\u0000b\"}", "a frame: it is no JSON"},
		{"{\"do\":\"acknowledge\",\"id\":0}", "a frame: member \"id\" is out of its range"},
		{"{\"do\":\"acknowledge\",\"id\":\"1\"}", "a frame: member \"id\" is no whole number"},
		{"{\"do\":\"cancel\",\"rsc\":\"a\",\"action\":\"b\",\"interval_ms\":-1}",
		 "a frame: member \"interval_ms\" is out of its range"},
		{"{\"do\":\"run\",\"id\":1,\"rsc\":\"a\",\"action\":\"b\",\"class\":\"c\",\"type\":\"d\","
		 "\"parameters\":1}",
		 "a frame: member \"parameters\" is no object"},
		{"{\"do\":\"run\",\"id\":1,\"rsc\":\"a\",\"action\":\"b\",\"class\":\"c\",\"type\":\"d\","
		 "\"parameters\":{\"a\":"
		 "1}}",
		 "a frame: member \"parameters\" has a value that is no text"},
		{"{\"tell\":\"known\",\"state\":\"asleep\"}", "a frame: member \"state\" is none that is known"},
		{"{\"tell\":\"known\",\"state\":\"running\"}", "a frame: member \"operation\" is no object"},
		{"{\"do\":\"list\",\"do\":\"list\"}", "a frame: it is no JSON"},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		assert_int_equal(decode(cases[i][0], (uint32_t)strlen(cases[i][0])), ERR_INVALID);
		if (strncmp(why.text, cases[i][1], strlen(cases[i][1])) != 0)
			fail_msg("%s: %s", cases[i][0], why.text);
	}
	assert_int_equal(decode("", WIRE_FRAME_MAX + 1), ERR_INVALID);
	assert_string_equal(why.text, "a frame of 4194305 bytes: at most 4194304 are allowed");
	assert_int_equal(decode("{\"do\"", WIRE_FRAME_MAX), ERR_AGAIN);
}

/* Versions may differ by what they add. */
static void test_unknown_members(void **state)
{
	static const char text[] = "{\"do\":\"forget\",\"rsc\":\"a\",\"colour\":[1,{\"b\":null}]}";

	(void)state;
	assert_int_equal(decode(text, (uint32_t)strlen(text)), ERR_OK);
	assert_string_equal(got.operation.rsc, "a");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_requests, tear_down),
		cmocka_unit_test_teardown(test_answers, tear_down),
		cmocka_unit_test_teardown(test_bad_frames, tear_down),
		cmocka_unit_test_teardown(test_unknown_members, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
