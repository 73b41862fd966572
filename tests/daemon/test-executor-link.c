/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The manager's connection to an executor that is played by the test, over a socket of its own. */
#include "daemon/executor-link.h"
#include "os/stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { TURNS_MAX = 5000 };

static struct {
	struct loop *loop;
	struct error error;
	struct stream_server *server;
	struct stream *peer; /* the executor's end, or NULL */
	struct executor_link *link;
	char dir[64], socket[80];
	GString *heard; /* by the executor */
	GString *told;  /* by the link */
	struct arena arena;
} w;

/* --- the executor --- */

static void hear(const struct wire_frame *f)
{
	const struct operation *o = &f->operation;
	assert_false(f->from_executor);
	switch (f->kind) {
	case WIRE_HELLO:
		g_string_append_printf(w.heard, "hello:%u ", f->version);
		break;
	case WIRE_LIST:
		g_string_append(w.heard, "list ");
		break;
	case WIRE_RUN:
		g_string_append_printf(w.heard, "run:%d:%s:%s ", (int)o->id, o->rsc, o->action);
		break;
	case WIRE_CANCEL:
		g_string_append_printf(w.heard, "cancel:%s:%s:%d:%d ", o->rsc, o->action, (int)o->interval_ms,
				       (int)o->id);
		break;
	case WIRE_FORGET:
		g_string_append_printf(w.heard, "forget:%s ", o->rsc);
		break;
	case WIRE_ACKNOWLEDGE:
		g_string_append_printf(w.heard, "acknowledge:%d ", (int)o->id);
		break;
	case WIRE_REPORT:
	case WIRE_KNOWN:
	case WIRE_LISTED:
	case WIRE_REFUSED:
		fail_msg("%s", "a manager tells nothing");
	}
}

static size_t on_bytes(void *arg, struct stream *s, struct bytes in)
{
	struct wire_frame f;
	size_t used = 0;
	enum err e = wire_decode(in, &w.arena, &f, &used, &w.error);
	(void)arg;
	(void)s;
	if (e == ERR_OK)
		hear(&f);
	else if (e != ERR_AGAIN)
		fail_msg("%s", w.error.text);
	return used;
}

static void on_ended(void *arg, struct stream *s, const char *why)
{
	(void)arg;
	(void)why;
	if (w.peer == s)
		w.peer = NULL;
}

static bool on_accept(void *arg, struct stream *s, const struct stream_peer *peer, struct stream_handlers *ret)
{
	(void)arg;
	assert_int_equal(getpid(), peer->pid);
	assert_null(w.peer);
	w.peer = s;
	*ret = (struct stream_handlers){.bytes = on_bytes, .ended = on_ended};
	return true;
}

static void serve(void)
{
	if (stream_listen(w.loop, w.socket, 0600, UINT32_MAX, on_accept, NULL, &w.server, &w.error) != ERR_OK)
		fail_msg("%s", w.error.text);
}

static void hang_up(void)
{
	stream_close(w.peer);
	w.peer = NULL;
}

static void say(struct wire_frame f)
{
	GByteArray *out = g_byte_array_new();
	f.from_executor = f.kind != WIRE_RUN;
	wire_encode(&f, out);
	stream_send(w.peer, bytes_of(out->data, out->len));
	(void)g_byte_array_unref(out);
}

static void greet(const char *incarnation)
{
	say((struct wire_frame){.kind = WIRE_HELLO, .version = WIRE_VERSION, .incarnation = incarnation});
}

/* --- the link's owner --- */

static void on_known(void *arg, enum executor_state state, const struct operation *op,
		     const struct operation_report *report)
{
	(void)arg;
	g_string_append_printf(w.told, "known:%d:%s:%s ", (int)state, op != NULL ? op->rsc : "-",
			       report != NULL ? report->rsc : "-");
}

static void on_listed(void *arg, bool same)
{
	(void)arg;
	g_string_append(w.told, same ? "listed:same " : "listed:new ");
}

static void on_report(void *arg, const struct operation_report *report)
{
	(void)arg;
	g_string_append_printf(w.told, "report:%d:%d ", (int)report->id, report->rc);
}

static void on_refused(void *arg, uint64_t id, const char *why)
{
	(void)arg;
	g_string_append_printf(w.told, "refused:%d:%s ", (int)id, why);
}

static void on_lost(void *arg, const char *why)
{
	(void)arg;
	assert_true(why[0] != '\0');
	g_string_append_printf(w.told, "lost:%s ", why);
}

static void turn(void)
{
	if (loop_turn(w.loop, 1, &w.error) != ERR_OK)
		fail_msg("%s", w.error.text);
}

/* Turns until this was said; then all that was said is forgotten. */
static void expect(GString *by, const char *text)
{
	for (unsigned i = 0; i < TURNS_MAX && strstr(by->str, text) == NULL; i++)
		turn();
	if (strcmp(by->str, text) != 0)
		fail_msg("\"%s\" instead of \"%s\"", by->str, text);
	g_string_truncate(by, 0);
}

static int setup(void **state)
{
	static const struct executor_link_ops ops = {
		.known = on_known, .listed = on_listed, .report = on_report, .refused = on_refused, .lost = on_lost};
	(void)state;
	memset(&w, 0, sizeof(w));
	(void)snprintf(w.dir, sizeof(w.dir), "/tmp/hale-test-link-XXXXXX");
	assert_non_null(mkdtemp(w.dir));
	(void)snprintf(w.socket, sizeof(w.socket), "%s/executor.sock", w.dir);
	w.heard = g_string_new(NULL);
	w.told = g_string_new(NULL);
	if (loop_open(&w.loop, &w.error) != ERR_OK)
		fail_msg("%s", w.error.text);
	serve();
	w.link = executor_link_open(w.loop, w.socket, &ops);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	executor_link_close(w.link);
	hang_up();
	stream_unlisten(w.server);
	loop_close(w.loop);
	(void)g_string_free(w.heard, TRUE);
	(void)g_string_free(w.told, TRUE);
	arena_fini(&w.arena);
	return rmdir(w.dir);
}

/* --- tests --- */

static void test_what_it_knows_is_asked(void **state)
{
	(void)state;
	assert_null(executor_link_incarnation(w.link));
	expect(w.heard, "hello:1 ");
	greet("first");
	expect(w.heard, "list ");
	assert_string_equal("first", executor_link_incarnation(w.link));
	say((struct wire_frame){
		.kind = WIRE_KNOWN,
		.state = EXECUTOR_RUNNING,
		.operation = {.id = 3, .rsc = "web", .action = "start", .class_ = "ocf", .type = "Dummy"}});
	say((struct wire_frame){.kind = WIRE_KNOWN,
				.state = EXECUTOR_REPORTED,
				.report = {.id = 4, .rsc = "vip", .action = "stop", .output = "", .note = ""}});
	say((struct wire_frame){.kind = WIRE_LISTED});
	char known[80];
	(void)snprintf(known, sizeof(known), "known:%d:web:- known:%d:-:vip listed:new ", EXECUTOR_RUNNING,
		       EXECUTOR_REPORTED);
	expect(w.told, known);
}

static void test_another_executor_is_told_from_the_same_one(void **state)
{
	static const struct {
		const char *incarnation, *listed;
	} rows[] = {{"first", "listed:new "}, {"first", "listed:same "}, {"second", "listed:new "}};
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		expect(w.heard, "hello:1 ");
		greet(rows[i].incarnation);
		expect(w.heard, "list ");
		say((struct wire_frame){.kind = WIRE_LISTED});
		expect(w.told, rows[i].listed);
		hang_up();
		expect(w.told, "lost:it closed the connection ");
	}
	executor_link_set_incarnation(w.link, "third"); /* as the manager before this one knew it */
	expect(w.heard, "hello:1 ");
	greet("third");
	expect(w.heard, "list ");
	say((struct wire_frame){.kind = WIRE_LISTED});
	expect(w.told, "listed:same ");
}

static const struct operation start = {.id = 7, .rsc = "web", .class_ = "ocf", .type = "Dummy", .action = "start"};

static void test_what_is_asked_for(void **state)
{
	(void)state;
	expect(w.heard, "hello:1 ");
	executor_link_run(w.link, &start);
	executor_link_cancel(w.link, &(struct operation){.rsc = "web", .action = "monitor", .interval_ms = 10000});
	executor_link_cancel(w.link, &start);
	executor_link_forget(w.link, "web");
	executor_link_acknowledge(w.link, 7);
	expect(w.heard, "run:7:web:start cancel:web:monitor:10000:0 cancel:web:start:0:7 forget:web acknowledge:7 ");
	hang_up();
	expect(w.told, "lost:it closed the connection ");
	executor_link_run(w.link, &start); /* nobody is there: dropped */
	expect(w.heard, "hello:1 ");
	executor_link_forget(w.link, "vip");
	expect(w.heard, "forget:vip ");
}

static void test_reports_in_pieces(void **state)
{
	(void)state;
	const struct wire_frame report = {
		.kind = WIRE_REPORT,
		.from_executor = true,
		.report = {.id = 7, .rsc = "web", .action = "start", .rc = 5, .output = "", .note = ""}};
	expect(w.heard, "hello:1 ");
	GByteArray *out = g_byte_array_new();
	wire_encode(&report, out);
	stream_send(w.peer, bytes_of(out->data, out->len)); /* the list has it as well */
	say((struct wire_frame){.kind = WIRE_LISTED});
	expect(w.told, "listed:new ");
	for (guint i = 0; i < out->len; i++) {
		assert_int_equal(0, w.told->len);
		stream_send(w.peer, bytes_of(out->data + i, 1));
		turn();
	}
	expect(w.told, "report:7:5 ");
	wire_encode(&report, out);
	wire_encode(&report, out);
	stream_send(w.peer, bytes_of(out->data, out->len));
	expect(w.told, "report:7:5 report:7:5 report:7:5 ");
	(void)g_byte_array_unref(out);
	say((struct wire_frame){.kind = WIRE_REFUSED, .operation = {.id = 9}, .why = "no such agent"});
	expect(w.told, "refused:9:no such agent ");
}

/* Whatever it says: the connection ends with a reason, and another one is made. */
static void test_nonsense(void **state)
{
	static const struct {
		uint8_t data[12];
		size_t size;
	} rows[] = {
		{{0xff, 0xff, 0xff, 0xff, '{'}, 5}, {{1, 0, 0, 0, '{'}, 5}, {{2, 0, 0, 0, '{', '}'}, 6},
		{{2, 0, 0, 0, '[', ']'}, 6},        {{0, 0, 0, 0}, 4},
	};
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		expect(w.heard, "hello:1 ");
		stream_send(w.peer, bytes_of(rows[i].data, rows[i].size));
		for (unsigned k = 0; k < TURNS_MAX && w.told->len == 0; k++)
			turn();
		assert_memory_equal("lost:", w.told->str, 5);
		g_string_truncate(w.told, 0);
	}
	expect(w.heard, "hello:1 ");
	say((struct wire_frame){.kind = WIRE_RUN, .operation = start});
	for (unsigned k = 0; k < TURNS_MAX && w.told->len == 0; k++)
		turn();
	assert_memory_equal("lost:", w.told->str, 5);
	expect(w.heard, "hello:1 ");
}

static void test_nobody_is_there_yet(void **state)
{
	(void)state;
	expect(w.heard, "hello:1 ");
	stream_unlisten(w.server);
	w.server = NULL;
	hang_up();
	expect(w.told, "lost:it closed the connection ");
	for (unsigned i = 0; i < 300; i++) /* it tries again and again, and that is nothing to tell of */
		turn();
	assert_int_equal(0, w.told->len);
	serve();
	expect(w.heard, "hello:1 ");
	executor_link_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_what_it_knows_is_asked, setup, teardown),
		cmocka_unit_test_setup_teardown(test_another_executor_is_told_from_the_same_one, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_is_asked_for, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reports_in_pieces, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nonsense, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nobody_is_there_yet, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
