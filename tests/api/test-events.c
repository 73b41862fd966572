/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /v1/events: everybody hears everything in order, but for those who do not read. */
#include "api-world.h"

static struct client *listen_to(struct api_world *a)
{
	struct client *c = client_new(a);
	client_ask(a, c, "GET", "/v1/events", "", true);
	assert_true(client_gets(a, c, ": hale\n\n"));
	assert_non_null(strstr(c->in->str, "Content-Type: text/event-stream\r\n"));
	return c;
}

static void tell_of(struct api_world *a, const char *rsc)
{
	struct happening h = {.kind = HAPPENING_RESOURCE,
			      .when = {1700000000123456789u},
			      .node = "n1",
			      .rsc = rsc,
			      .task = "monitor",
			      .interval_ms = 10000,
			      .status = 1};
	api_tell(a->api, &h);
}

static void test_what_is_told(void **state)
{
	struct api_world *a = *state;
	static const char *const kinds[] = {"node", "fencing", "resource", "attribute", "configuration", "leader"};
	tell_of(a, "nobody listens");
	api_tell(NULL, NULL);
	struct client *one = listen_to(a), *two = listen_to(a);
	tell_of(a, "web");
	tell_of(a, "say \"a\nb\"");
	static const char expected[] = "event: resource\ndata: {\"kind\":\"resource\",\"when_ms\":1700000000123,"
				       "\"node\":\"n1\",\"resource\":\"web\",\"task\":\"monitor\","
				       "\"interval_ms\":10000,\"failed\":true}\n\nevent: resource\n";
	assert_true(client_gets(a, one, expected));
	assert_true(client_gets(a, two, expected));
	assert_true(client_gets(a, one, "\"resource\":\"say \\\"a\\nb\\\"\""));
	assert_null(strstr(one->in->str, "nobody listens"));
	for (int kind = HAPPENING_NODE; kind <= HAPPENING_LEADER; kind++) {
		struct happening h = {.kind = (enum happening_kind)kind, .name = "x", .value = "y", .text = "z"};
		char line[80];
		api_tell(a->api, &h);
		(void)snprintf(line, sizeof(line), "event: %s\ndata: {\"kind\":\"%s\",", kinds[kind], kinds[kind]);
		assert_true(client_gets(a, one, line));
	}
	assert_non_null(strstr(one->in->str, "\"name\":\"x\",\"value\":\"y\",\"text\":\"z\"}"));
	client_free(one);
	tell_of(a, "later");
	assert_true(client_gets(a, two, "later"));
	client_free(two);
}

/* One that goes is forgotten at once, also when nothing happens. */
static void test_listeners_come_and_go(void **state)
{
	struct api_world *a = *state;
	for (unsigned i = 0; i < 1200; i++) { /* more than may be there at once */
		client_free(listen_to(a));
		turn(a);
	}
	struct client *last = listen_to(a);
	tell_of(a, "web");
	assert_true(client_gets(a, last, "web"));
	client_free(last);
}

static void test_a_listener_that_does_not_read(void **state)
{
	enum { SIZE = 16 * 1024, TIMES = 256 };
	struct api_world *a = *state;
	struct client *lazy = listen_to(a), *keen = listen_to(a);
	char *long_name = g_strnfill(SIZE, 'x');
	for (unsigned i = 0; i < TIMES; i++) {
		tell_of(a, long_name);
		turn(a);
		turn(a);
		client_read(keen);
	}
	tell_of(a, "the last");
	assert_true(client_gets(a, keen, "the last"));
	assert_true(keen->in->len > (size_t)SIZE * TIMES);
	assert_true(client_gets(a, lazy, NULL)); /* cut off: it reads what was on its way, and the end */
	assert_null(strstr(lazy->in->str, "the last"));
	assert_true(lazy->in->len < (size_t)SIZE * TIMES);
	g_free(long_name);
	client_free(lazy);
	client_free(keen);
}

static void test_the_end_while_somebody_listens(void **state)
{
	struct api_world *a = *state;
	struct client *c = listen_to(a);
	api_close(a->api);
	a->api = NULL;
	client_read(c);
	assert_true(c->ended);
	client_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_what_is_told, api_world_setup, api_world_teardown),
		cmocka_unit_test_setup_teardown(test_listeners_come_and_go, api_world_setup, api_world_teardown),
		cmocka_unit_test_setup_teardown(test_a_listener_that_does_not_read, api_world_setup,
						api_world_teardown),
		cmocka_unit_test_setup_teardown(test_the_end_while_somebody_listens, api_world_setup,
						api_world_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
