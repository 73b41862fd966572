/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/manager-guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void parse(struct cluster_state *s, const char *text)
{
	struct document *d = NULL;
	assert_int_equal(document_parse(text, strlen(text), "test", &d, NULL), ERR_OK);
	cluster_state_init(s);
	cluster_state_take_document(s, d);
}

#define NODE(name, resources)                                                                                       \
	"<cib><status><node_state id='1' uname='" name "'><lrm id='1'><lrm_resources>" resources "</lrm_resources>" \
	"</lrm></node_state></status></cib>"
#define RESOURCE(class_, operations) "<lrm_resource id='web' class='" class_ "' type='x'>" operations "</lrm_resource>"
#define LAST(operation, rc)          "<lrm_rsc_op id='web_last_0' operation='" operation "' rc-code='" rc "'/>"

static void test_runs_something(void **state)
{
	static const struct {
		const char *text;
		bool runs;
	} cases[] = {
		{"<cib/>", false},
		{NODE("n1", ""), false},
		{NODE("n1", RESOURCE("ocf", "")), false},
		{NODE("n1", RESOURCE("ocf", LAST("start", "0"))), true},
		{NODE("n1", RESOURCE("ocf", LAST("start", "1"))), true}, /* who knows what it left behind */
		{NODE("n1", RESOURCE("ocf", LAST("stop", "0"))), false},
		{NODE("n1", RESOURCE("ocf", LAST("stop", "1"))), true},
		{NODE("n1", RESOURCE("ocf", LAST("monitor", "7"))), false},
		{NODE("n1", RESOURCE("ocf", LAST("monitor", "0"))), true},
		{NODE("n1", RESOURCE("ocf", "<lrm_rsc_op id='web_monitor_10000' operation='monitor' rc-code='0'/>")),
		 true},
		{NODE("n1", RESOURCE("stonith", LAST("start", "0"))), false},
		{NODE("n2", RESOURCE("ocf", LAST("start", "0"))), false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cluster_state s;
		parse(&s, cases[i].text);
		if (manager_runs_something(s.document, "n1") != cases[i].runs)
			fail_msg("case %zu: %s", i, cases[i].text);
		cluster_state_fini(&s);
	}
}

#define OPTION(name, value)                                                                                         \
	"<cib><configuration><crm_config><cluster_property_set id='o'><nvpair id='p' name='" name "' value='" value \
	"'/></cluster_property_set></crm_config></configuration></cib>"

static void test_fence_reaction(void **state)
{
	static const struct {
		const char *text;
		bool panics;
	} cases[] = {{"<cib/>", false},
		     {OPTION("fence-reaction", "stop"), false},
		     {OPTION("fence-reaction", "panic"), true},
		     {OPTION("other", "panic"), false}};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cluster_state s;
		parse(&s, cases[i].text);
		assert_int_equal(manager_fence_panics(&s), cases[i].panics);
		cluster_state_fini(&s);
	}
}

/* --- with a manager that is alone and leads --- */

static GByteArray *sent;

static void on_send(void *host, struct bytes message)
{
	(void)host;
	g_byte_array_set_size(sent, 0);
	g_byte_array_append(sent, message.data, (guint)message.len);
}
static void on_timer(void *host, mono_time due)
{
	(void)host, (void)due;
}
static void on_store(void *host, const struct document *d, const struct archive_entry *entry)
{
	(void)host, (void)d, (void)entry;
}
static void on_promise(void *host, uint64_t lineage)
{
	(void)host, (void)lineage;
}
static int kept;
static void on_keep(void *host, const char *text)
{
	(void)host, (void)text;
	kept++;
}
static void on_tell(void *host, const struct happening *h)
{
	(void)host, (void)h;
}
static void on_log(void *host, enum message_id id, const char *text)
{
	(void)host, (void)id, (void)text;
}

static void hear(struct controller *c, struct instant now)
{
	GByteArray *message = sent;
	sent = g_byte_array_new();
	controller_message(c, now, (struct member){{1}, 9}, bytes_of(message->data, message->len));
	(void)g_byte_array_unref(message);
}

static void test_well(void **state)
{
	static const char text[] = NODE("n1", RESOURCE("ocf", LAST("start", "0")));
	const struct controller_ops ops = {.send = on_send,
					   .timer = on_timer,
					   .promise = on_promise,
					   .store = on_store,
					   .keep = on_keep,
					   .keep_more = on_keep,
					   .tell = on_tell,
					   .log = on_log};
	const struct controller_config config = {.self = {{1}, 9},
						 .name = "n1",
						 .release = "1",
						 .start_state = "default",
						 .uuid = "00000000-0000-0000-0000-000000000000"};
	const struct instant now = {.mono = {1000000000}, .wall = {1700000000000000000u}};
	const node_id ring = {1};
	const struct nodelist_entry entry = {.node = {1}, .name = "n1"};
	struct document *d = NULL;
	struct edit edit = {0};
	(void)state;
	sent = g_byte_array_new();
	assert_int_equal(document_parse("<cib/>", 6, "test", &d, NULL), ERR_OK);
	struct controller *c = controller_new(&config, &ops);
	assert_string_equal(controller_name(c), "n1");
	controller_start(c, now, d, NULL);
	controller_nodelist(c, now, &entry, 1);
	assert_true(manager_is_well(c)); /* no quorum, and nothing runs */
	assert_false(manager_wants_watchdog_told(c, &edit));
	controller_group(c, now, &(struct member){{1}, 9}, 1, &ring, 1);
	hear(c, now); /* the statement */
	hear(c, now); /* the agreement */
	assert_int_equal(controller_view(c)->state, VIEW_AGREED);
	assert_true(manager_wants_watchdog_told(c, &edit));
	assert_non_null(strstr(edit.body, "have-watchdog"));
	int before = kept;
	controller_keep_now(c);
	assert_int_equal(kept, before + 1);
	controller_keep_now(c); /* nothing new */
	assert_int_equal(kept, before + 1);
	controller_free(c);

	c = controller_new(&config, &ops);
	assert_int_equal(document_parse(text, strlen(text), "test", &d, NULL), ERR_OK);
	controller_start(c, now, d, NULL);
	assert_false(manager_is_well(c));
	controller_quorum(c, now, true);
	assert_true(manager_is_well(c));
	controller_quorum(c, now, false);
	assert_false(manager_is_well(c));
	controller_free(c);
	(void)g_byte_array_unref(sent);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_runs_something),
		cmocka_unit_test(test_fence_reaction),
		cmocka_unit_test(test_well),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
