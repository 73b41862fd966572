/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The executor as a whole, in one process with its client: core, host, catalogue, server, and agents that are shell
 * scripts of the test. */
#include "daemon/agent-catalogue.h"
#include "daemon/executor-host.h"
#include "daemon/executor-server.h"
#include "executor/wire.h"
#include "os/stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct {
	struct loop *loop;
	struct log *log;
	struct error error;
	struct executor_host *host;
	struct executor_server *server;
	struct stream *client;
	char dir[64], ocf[80], state[80], socket[80];
	GString *trace;
	struct operation_report last; /* texts live in the arena */
	char incarnation[64], why[200];
	struct arena arena;
	uint32_t reports, ends, listed, idle;
} w;

static const char agent[] =
	"#!/bin/sh\n"
	"echo \"$1 $OCF_RESKEY_text\" >> \"$OCF_RESKEY_file\"\n"
	"case $1 in\n"
	"meta-data) echo asked >> \"${0%/*}/../../asked\"\n"
	"cat <<X\n"
	"<resource-agent name=\"A\"><version>1.1</version><parameters><parameter name=\"file\"/>"
	"<parameter name=\"text\" reloadable=\"1\"/></parameters><actions><action name=\"reload-agent\"/></actions>"
	"</resource-agent>\nX\n;;\n"
	"hang) sleep 300 ;;\n"
	"fail) echo 'ocf-exit-reason:no such thing' >&2; echo out; exit 6 ;;\n"
	"monitor) exit 7 ;;\n"
	"esac\n";

static void file_put(const char *name, const char *content)
{
	char path[200];

	(void)snprintf(path, sizeof path, "%s/%s", w.dir, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	(void)fputs(content, f);
	(void)fclose(f);
	assert_int_equal(chmod(path, 0755), 0);
}

static char *file_get(const char *name)
{
	static char content[4096];
	char path[200];

	(void)snprintf(path, sizeof path, "%s/%s", w.dir, name);
	FILE *f = fopen(path, "r");
	size_t n = f == NULL ? 0 : fread(content, 1, sizeof content - 1, f);
	content[n] = '\0';
	if (f != NULL)
		(void)fclose(f);
	return content;
}

/* --- the client's side --- */

static void take(const struct wire_frame *f)
{
	switch (f->kind) {
	case WIRE_HELLO:
		(void)snprintf(w.incarnation, sizeof w.incarnation, "%s", f->incarnation);
		break;
	case WIRE_REPORT:
		w.reports++;
		w.last = f->report;
		g_string_append_printf(w.trace, "%d:%d/%d ", (int)f->report.id, f->report.rc, (int)f->report.status);
		break;
	case WIRE_KNOWN:
		g_string_append_printf(w.trace, "known %d ", (int)f->state);
		break;
	case WIRE_LISTED:
		w.listed++;
		break;
	case WIRE_REFUSED:
		(void)snprintf(w.why, sizeof w.why, "%s", f->why);
		break;
	case WIRE_RUN:
	case WIRE_CANCEL:
	case WIRE_FORGET:
	case WIRE_ACKNOWLEDGE:
	case WIRE_LIST:
		fail_msg("%s", "an executor asks for nothing");
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
		take(&f);
	else if (e != ERR_AGAIN)
		fail_msg("%s", w.error.text);
	return used;
}

static void on_ended(void *arg, struct stream *s, const char *why)
{
	(void)arg;
	(void)why;
	assert_ptr_equal(w.client, s);
	w.client = NULL;
	w.ends++;
}

static void dial(void)
{
	const struct stream_handlers handlers = {.bytes = on_bytes, .ended = on_ended};

	if (stream_connect(w.loop, w.socket, &handlers, &w.client, &w.error) != ERR_OK)
		fail_msg("%s", w.error.text);
}

static void say(struct wire_frame f)
{
	GByteArray *out = g_byte_array_new();

	wire_encode(&f, out);
	stream_send(w.client, bytes_of(out->data, out->len));
	(void)g_byte_array_unref(out);
}

static void greet(void)
{
	dial();
	say((struct wire_frame){.kind = WIRE_HELLO, .version = WIRE_VERSION});
}

static void turn_until(const uint32_t *count, uint32_t wanted, uint32_t ms)
{
	mono_time until = mono_time_add_ms(loop_clock(), ms);

	while (*count < wanted && mono_time_before(loop_clock(), until))
		if (loop_turn(w.loop, 20, &w.error) != ERR_OK)
			fail_msg("%s", w.error.text);
	if (*count < wanted)
		fail_msg("%u instead of %u within %u ms; so far: %s", *count, wanted, ms, w.trace->str);
}

static void run(uint64_t id, const char *action, int64_t timeout_ms)
{
	struct table *t = table_new(&w.arena);
	const struct operation op = {.id = id,
				     .rsc = "a",
				     .class_ = "ocf",
				     .provider = "test",
				     .type = "A",
				     .action = action,
				     .timeout_ms = timeout_ms,
				     .parameters = t};

	table_set(t, "text", "hello");
	table_set(t, "file", arena_printf(&w.arena, "%s/calls", w.dir));
	say((struct wire_frame){.kind = WIRE_RUN, .operation = op});
}

static void expect(const char *trace)
{
	assert_string_equal(w.trace->str, trace);
	g_string_truncate(w.trace, 0);
}

/* --- both --- */

static void on_report(void *arg, const struct operation_report *report)
{
	(void)arg;
	executor_server_report(w.server, report);
}

static void on_idle(void *arg)
{
	(void)arg;
	w.idle++;
}

static int set_up(void **state)
{
	const struct log_options quiet = {.ident = "test"};
	char command[200];

	(void)state;
	memset(&w, 0, sizeof w);
	(void)snprintf(w.dir, sizeof w.dir, "/tmp/test-executor-XXXXXX");
	if (mkdtemp(w.dir) == NULL)
		return -1;
	(void)snprintf(w.ocf, sizeof w.ocf, "%s/ocf", w.dir);
	(void)snprintf(w.state, sizeof w.state, "%s/state", w.dir);
	(void)snprintf(w.socket, sizeof w.socket, "%s/socket", w.dir);
	(void)snprintf(command, sizeof command, "mkdir -p %s/resource.d/test %s", w.ocf, w.state);
	if (system(command) != 0)
		return -1;
	file_put("ocf/resource.d/test/A", agent);
	w.trace = g_string_new(NULL);
	struct executor_host_options options = {
		.places = agent_places_usual(), .state_dir = w.state, .report = on_report, .idle = on_idle};
	options.places.ocf_root = w.ocf;
	enum err e = loop_open(&w.loop, &w.error);
	if (e == ERR_OK)
		e = log_open(&quiet, &w.log, &w.error);
	if (e == ERR_OK)
		e = executor_host_open(w.loop, w.log, &options, &w.host, &w.error);
	if (e == ERR_OK)
		e = executor_server_open(w.loop, w.log, w.socket, executor_host_core(w.host), &w.server, &w.error);
	if (e != ERR_OK)
		print_message("%s\n", w.error.text);
	return e == ERR_OK ? 0 : -1;
}

static int tear_down(void **state)
{
	char command[128];

	(void)state;
	stream_close(w.client);
	executor_server_close(w.server);
	executor_host_close(w.host);
	/* what was killed says goodbye */
	for (int i = 0; i < 20; i++)
		(void)!loop_turn(w.loop, 5, &w.error);
	log_close(w.log);
	loop_close(w.loop);
	arena_fini(&w.arena);
	g_string_free(w.trace, TRUE);
	(void)snprintf(command, sizeof command, "rm -rf %s", w.dir);
	return system(command);
}

static void test_one_operation(void **state)
{
	(void)state;
	greet();
	run(1, "monitor", 5000);
	run(2, "start", 5000);
	turn_until(&w.reports, 2, 5000);
	expect("1:7/0 2:0/0 ");
	assert_string_equal(file_get("calls"), "monitor hello\nstart hello\n");
	assert_string_equal(w.last.reloadable, "text");
	assert_string_equal(w.last.restart, "file");
	assert_string_equal(w.last.agent_version, "1.1");
	assert_true(w.last.ended.ns > w.last.started.ns);
	assert_int_equal(strlen(w.incarnation), 32);
	run(3, "fail", 5000);
	turn_until(&w.reports, 3, 5000);
	expect("3:6/0 ");
	assert_string_equal(w.last.reason, "no such thing");
	assert_string_equal(w.last.output, "out\nocf-exit-reason:no such thing\n");
	run(3, "start", 5000);
	for (int i = 0; i < 100 && w.why[0] == '\0'; i++)
		(void)!loop_turn(w.loop, 20, &w.error);
	assert_string_equal(w.why, "operation start of a: its id is in use");
}

static void test_timeout(void **state)
{
	(void)state;
	greet();
	run(1, "hang", 300);
	turn_until(&w.reports, 1, 3000);
	expect("1:1/2 ");
	assert_string_equal(w.last.reason, "not finished within 300 ms");
	assert_true(w.last.run_ms >= 300 && w.last.run_ms < 2000);
}

/* By its id, at once and with its processes. */
static void test_ended(void **state)
{
	const struct operation that = {.id = 1, .rsc = "a", .action = "hang"};

	(void)state;
	greet();
	run(1, "hang", 60000);
	run(2, "start", 5000);
	for (int i = 0; i < 25; i++) /* it has begun */
		assert_int_equal(loop_turn(w.loop, 20, &w.error), ERR_OK);
	expect("");
	say((struct wire_frame){.kind = WIRE_CANCEL, .operation = that});
	turn_until(&w.reports, 2, 5000);
	expect("1:1/1 2:0/0 ");
}

static void test_kept_for_a_client_that_comes_back(void **state)
{
	(void)state;
	greet();
	run(1, "start", 5000);
	run(2, "hang", 5000);
	turn_until(&w.reports, 1, 5000);
	stream_close(w.client);
	greet();
	say((struct wire_frame){.kind = WIRE_LIST});
	turn_until(&w.listed, 1, 3000);
	expect("1:0/0 known 3 known 1 ");
	say((struct wire_frame){.kind = WIRE_ACKNOWLEDGE, .operation = {.id = 1}});
	say((struct wire_frame){.kind = WIRE_FORGET, .operation = {.rsc = "a"}});
	say((struct wire_frame){.kind = WIRE_LIST});
	turn_until(&w.listed, 2, 3000);
	expect("known 1 ");
}

static void test_bad_clients(void **state)
{
	(void)state;
	dial();
	say((struct wire_frame){.kind = WIRE_LIST});
	turn_until(&w.ends, 1, 3000);
	assert_string_equal(w.why, "it did not begin with a hello");
	dial();
	stream_send(w.client, bytes_of("\xff\xff\xff\xff", 4));
	turn_until(&w.ends, 2, 3000);
	assert_non_null(strstr(w.why, "a frame of 4294967295 bytes"));
	dial();
	say((struct wire_frame){.kind = WIRE_HELLO, .version = 99});
	turn_until(&w.ends, 3, 3000);
	assert_string_equal(w.why, "version 99 of the protocol is not spoken here, but 1");
	dial();
	say((struct wire_frame){.kind = WIRE_LISTED, .from_executor = true});
	turn_until(&w.ends, 4, 3000);
	assert_string_equal(w.why, "it says what only an executor may say");
	greet(); /* and others are served */
	run(1, "start", 5000);
	turn_until(&w.reports, 1, 5000);
}

static void test_drain(void **state)
{
	(void)state;
	greet();
	run(1, "hang", 400);
	say((struct wire_frame){.kind = WIRE_LIST});
	turn_until(&w.listed, 1, 3000);
	executor_host_drain(w.host);
	assert_int_equal(w.idle, 0);
	turn_until(&w.idle, 1, 3000);
	turn_until(&w.reports, 1, 3000);
	expect("known 1 1:1/2 ");
}

/* --- the catalogue alone --- */

static struct {
	uint32_t count;
	bool has;
	char why[200];
} seen;

static void on_entry(void *arg, const struct agent_entry *entry)
{
	assert_ptr_equal(arg, &seen);
	seen.count++;
	seen.has = entry->text != NULL;
	assert_true((entry->metadata != NULL) == seen.has);
	(void)snprintf(seen.why, sizeof seen.why, "%s", entry->why == NULL ? "" : entry->why);
}

static struct agent_catalogue *catalogue_made(struct agent_places *places)
{
	*places = agent_places_usual();
	places->ocf_root = w.ocf;
	memset(&seen, 0, sizeof seen);
	return catalogue_new(w.loop, places, w.state, w.log);
}

static void test_catalogue(void **state)
{
	const struct agent_key key = {"ocf", "test", "A"}, none = {"ocf", "test", "B"};
	struct agent_places places;
	struct agent_catalogue *c = catalogue_made(&places);

	(void)state;
	catalogue_want(c, &key, on_entry, &seen);
	catalogue_want(c, &key, on_entry, &seen);
	assert_int_equal(seen.count, 0);
	turn_until(&seen.count, 2, 5000);
	assert_true(seen.has);
	catalogue_want(c, &key, on_entry, &seen);
	assert_int_equal(seen.count, 3);
	assert_string_equal(file_get("ocf/asked"), "asked\n"); /* once for all of them */
	catalogue_free(c);
	c = catalogue_made(&places); /* after a restart it is still known */
	catalogue_want(c, &key, on_entry, &seen);
	assert_int_equal(seen.count, 1);
	assert_true(seen.has);
	file_put("ocf/resource.d/test/A", "#!/bin/sh\nexit 3\n"); /* another agent in its place */
	catalogue_want(c, &key, on_entry, &seen);
	turn_until(&seen.count, 2, 5000);
	assert_false(seen.has);
	assert_string_equal(seen.why, "asked for its metadata it ended with code 3");
	catalogue_want(c, &none, on_entry, &seen);
	assert_int_equal(seen.count, 3);
	assert_non_null(strstr(seen.why, "test/B: No such file or directory"));
	file_put("ocf/resource.d/test/A", "#!/bin/sh\nsleep 0.2; echo '<cib/>'\n");
	catalogue_want(c, &key, on_entry, &seen);
	catalogue_unwant(c, &seen);
	for (int i = 0; i < 30; i++)
		(void)!loop_turn(w.loop, 20, &w.error);
	assert_int_equal(seen.count, 3);
	catalogue_want(c, &key, on_entry, &seen);
	assert_int_equal(seen.count, 4);
	assert_string_equal(seen.why, "ocf:test:A: its metadata is no <resource-agent> but <cib>");
	catalogue_free(c);
	catalogue_free(NULL);
}

static void test_metadata_as_an_operation(void **state)
{
	(void)state;
	greet();
	run(1, "meta-data", 5000);
	turn_until(&w.reports, 1, 5000);
	expect("1:0/0 ");
	assert_non_null(strstr(w.last.output, "<resource-agent name=\"A\">"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_one_operation, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_timeout, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_ended, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_kept_for_a_client_that_comes_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bad_clients, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_drain, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_catalogue, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_metadata_as_an_operation, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
