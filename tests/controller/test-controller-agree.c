/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One controller, and what others say when they agree: members and configurations that are newer than it, clocks that
 * are wrong, disks that lag behind, options that nobody needs, quorum that is old.
 */
#include "controller/controller.h"

#include "cib/upgrade.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { MS = 1000000, WALL_S = 1700000000 };

static const struct member other = {{1}, 101}, self = {{2}, 102};

struct bench {
	struct controller *controller;
	GQueue *sent; /* GByteArray: ours, not yet back */
	GString *log; /* "NAME: text; " */
	int left;     /* enum leave_why, or -1 */
	struct instant now;
	mono_time due;
	unsigned decided, stored;
	uint64_t promised;
};

static void op_send(void *host, struct bytes m)
{
	struct bench *b = host;
	g_queue_push_tail(b->sent, g_byte_array_append(g_byte_array_new(), m.data, (guint)m.len));
}

static void op_timer(void *host, mono_time due)
{
	((struct bench *)host)->due = due;
}

static void op_store(void *host, const struct document *d, const struct archive_entry *entry)
{
	struct bench *b = host;
	assert_non_null(d);
	assert_non_null(entry);
	b->stored++;
}

static void op_promise(void *host, uint64_t lineage)
{
	struct bench *b = host;
	b->promised = lineage;
}

static void op_keep(void *host, const char *text)
{
	(void)host;
	(void)text;
}

static void op_run(void *host, const struct operation *op)
{
	(void)host;
	(void)op;
}

static void op_cancel(void *host, const struct operation *op)
{
	(void)host;
	(void)op;
}

static void op_forget(void *host, const char *rsc)
{
	(void)host;
	(void)rsc;
}

static void op_acknowledge(void *host, uint64_t id)
{
	(void)host;
	(void)id;
}

static void op_answer(void *host, const struct answer *a)
{
	(void)host;
	(void)a;
}

static void op_tell(void *host, const struct happening *h)
{
	(void)host;
	(void)h;
}

static void op_log(void *host, enum message_id id, const char *text)
{
	struct bench *b = host;
	g_string_append_printf(b->log, "%s: %s; ", message_entry(id)->name, text);
}

static void op_decided(void *host, const struct document *input, uint32_t number, uint32_t actions, bool is_error)
{
	(void)input;
	(void)number;
	(void)actions;
	(void)is_error;
	((struct bench *)host)->decided++;
}

static void op_leave(void *host, enum leave_why why)
{
	((struct bench *)host)->left = (int)why;
}

static uint32_t op_dice(void *host, uint32_t n)
{
	(void)host;
	(void)n;
	return 0;
}

static struct document *configuration(const char *options)
{
	struct document *d;
	struct error error;
	char *text = g_strdup_printf("<cib admin_epoch='0' epoch='5' num_updates='0' validate-with='pacemaker-4.0'>"
				     "<configuration><crm_config><cluster_property_set id='o'>"
				     "<nvpair id='o-f' name='fencing-enabled' value='false'/>%s</cluster_property_set>"
				     "</crm_config><nodes/><resources/><constraints/></configuration><status/></cib>",
				     options);
	assert_int_equal(document_parse(text, strlen(text), "test", &d, &error), ERR_OK);
	g_free(text);
	return d;
}

static void bench_open(struct bench *b, const char *options)
{
	const struct controller_ops ops = {.host = b,
					   .send = op_send,
					   .timer = op_timer,
					   .promise = op_promise,
					   .store = op_store,
					   .keep = op_keep,
					   .keep_more = op_keep,
					   .run = op_run,
					   .cancel = op_cancel,
					   .forget = op_forget,
					   .acknowledge = op_acknowledge,
					   .answer = op_answer,
					   .tell = op_tell,
					   .log = op_log,
					   .decided = op_decided,
					   .leave = op_leave,
					   .dice = op_dice};
	const struct controller_config config = {.self = self,
						 .name = "two",
						 .release = "1",
						 .cores = 1,
						 .start_state = "default",
						 .uuid = "00000000-0000-0000-0000-000000000000"};
	*b = (struct bench){.sent = g_queue_new(),
			    .log = g_string_new(NULL),
			    .left = -1,
			    .now = {.mono = {1000 * (uint64_t)MS}, .wall = {WALL_S * (uint64_t)1000 * MS}}};
	b->controller = controller_new(&config, &ops);
	controller_start(b->controller, b->now, configuration(options), NULL);
}

static void bytes_free(void *bytes)
{
	(void)g_byte_array_unref(bytes);
}

static void bench_close(struct bench *b)
{
	controller_free(b->controller);
	g_queue_free_full(b->sent, bytes_free);
	(void)g_string_free(b->log, TRUE);
}

static void come_back(struct bench *b)
{
	for (GByteArray *m; (m = g_queue_pop_head(b->sent)) != NULL; (void)g_byte_array_unref(m))
		controller_message(b->controller, b->now, self, bytes_of(m->data, m->len));
}

/* The group is told of by one way, and the ring with its quorum by another. */
static void group_in_ring(struct bench *b, bool both, bool both_in_ring)
{
	const struct member members[] = {both ? other : self, self};
	const node_id ring[] = {both_in_ring ? other.node : self.node, self.node};
	controller_group(b->controller, b->now, members, both ? 2 : 1, ring, both_in_ring ? 2 : 1);
}

static void group_is(struct bench *b, bool both)
{
	group_in_ring(b, both, both);
}

static void other_says(struct bench *b, const struct message *m)
{
	GByteArray *bytes = g_byte_array_new();
	message_encode(m, bytes);
	controller_message(b->controller, b->now, other, bytes_of(bytes->data, bytes->len));
	(void)g_byte_array_unref(bytes);
}

/* As the other one, who leads by its lower number and has the same or a newer configuration. */
static void other_states(struct bench *b, const char *feature_set, int64_t ahead_s, int64_t epoch)
{
	struct message m = {.kind = MESSAGE_STATEMENT};
	m.statement = (struct statement){.members = {other, self},
					 .member_count = 2,
					 .serial = 7,
					 .name = "one",
					 .feature_set = feature_set,
					 .release = "9",
					 .version = {0, epoch, 0},
					 .digest = "another",
					 .cores = 1,
					 .when = {b->now.wall.ns + (uint64_t)(ahead_s * 1000 * MS)},
					 .start_state = "default"};
	other_says(b, &m);
}

static void other_agrees(struct bench *b, const char *root)
{
	struct message m = {.kind = MESSAGE_AGREEMENT, .epoch = 1};
	char *text = g_strdup_printf("<cib admin_epoch='0' epoch='6' num_updates='0' %s><configuration><crm_config/>"
				     "<nodes/><resources/><constraints/></configuration><status/></cib>",
				     root);
	m.agreement = (struct agreement){.part_count = 2,
					 .leader = other.node,
					 .document = text,
					 .attributes = "<attributes/>",
					 .fences = "<fences/>"};
	m.agreement.parts[0].member = other;
	m.agreement.parts[0].serial = 7;
	m.agreement.parts[1].member = self;
	m.agreement.parts[1].serial = 1;
	other_says(b, &m);
	g_free(text);
}

static void test_a_leader_that_is_newer(void **state)
{
	struct bench b;
	(void)state;
	bench_open(&b, "");
	group_is(&b, true);
	other_states(&b, "3.99.0", 0, 6);
	come_back(&b);
	assert_int_equal(b.left, LEAVE_REFUSED);
	assert_non_null(strstr(b.log->str, "MEMBER_REFUSED: one: it leads with crm_feature_set 3.99.0"));
	assert_int_equal(b.stored, 0);
	assert_int_equal(cib_version_of(document_root(controller_state(b.controller)->document)).epoch, 5);
	bench_close(&b);
}

static void test_a_configuration_that_is_newer(void **state)
{
	static const char *const roots[] = {"validate-with='pacemaker-99.0'",
					    "validate-with='pacemaker-4.0' crm_feature_set='4.0.0'"};
	(void)state;
	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
		struct bench b;
		bench_open(&b, "");
		group_is(&b, true);
		other_states(&b, CIB_FEATURE_SET, 0, 6);
		come_back(&b);
		assert_int_equal(b.left, -1);
		other_agrees(&b, roots[i]);
		assert_int_equal(b.left, LEAVE_REFUSED);
		assert_non_null(strstr(b.log->str, "MEMBER_REFUSED: the agreed configuration: its "));
		assert_non_null(strstr(b.log->str, "install a newer release"));
		assert_int_equal(b.stored, 0);
		assert_int_equal(cib_version_of(document_root(controller_state(b.controller)->document)).epoch, 5);
		bench_close(&b);
	}
}

static void trouble_is(const struct bench *b, uint32_t place, const char *expected)
{
	GString *text = g_string_new(NULL);
	controller_tell_trouble(b->controller, b->now.mono, place, text);
	if (expected[0] == '\0')
		assert_string_equal(text->str, "");
	else
		assert_non_null(strstr(text->str, expected));
	(void)g_string_free(text, TRUE);
}

static void test_clocks_that_differ(void **state)
{
	static const struct {
		int64_t ahead_s;
		const char *expected;
	} rows[] = {{0, ""},
		    {9, ""},
		    {-9, ""},
		    {100, "its clock is 100 s ahead of that of two"},
		    {-3600, "its clock is 3600 s behind that of two"}};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench b;
		bench_open(&b, "");
		group_is(&b, true);
		other_states(&b, CIB_FEATURE_SET, rows[i].ahead_s, 6);
		come_back(&b);
		other_agrees(&b, "validate-with='pacemaker-4.0'");
		assert_int_equal(controller_view(b.controller)->state, VIEW_AGREED);
		trouble_is(&b, 0, rows[i].expected);
		trouble_is(&b, 1, "");
		assert_int_equal(strstr(b.log->str, "CLOCKS_DIFFER: one is ") != NULL, rows[i].expected[0] != '\0');
		group_is(&b, false); /* it is gone, and its clock with it */
		trouble_is(&b, 0, "");
		bench_close(&b);
	}
}

static void test_a_disk_that_lags_behind(void **state)
{
	struct bench b;
	struct message m = {.kind = MESSAGE_STORED, .epoch = 1, .stored = {{0, 6, 0}, 0, 0}};
	(void)state;
	bench_open(&b, "");
	group_is(&b, true);
	other_states(&b, CIB_FEATURE_SET, 0, 6);
	come_back(&b);
	other_agrees(&b, "validate-with='pacemaker-4.0'");
	b.now.mono = mono_time_add_ms(b.now.mono, 2000);
	trouble_is(&b, 0, "");
	b.now.mono = mono_time_add_ms(b.now.mono, 2000);
	trouble_is(&b, 0, "its disk has not taken the configuration");
	trouble_is(&b, 1, "its disk has not taken the configuration");
	other_says(&b, &m);
	trouble_is(&b, 0, "");
	trouble_is(&b, 1, "its disk has not taken the configuration");
	controller_stored(b.controller, b.now, (struct cib_version){0, 6, 0}, 0, ERR_OK);
	come_back(&b);
	trouble_is(&b, 1, "");
	bench_close(&b);
}

/* What we state says whether there is quorum: that must be known of the group's ring, or we wait for two seconds. */
static void test_quorum_of_another_ring(void **state)
{
	static const struct {
		bool both, both_in_ring, lost;
	} rows[] = {
		{true, false, false}, /* who came is in the group, and quorum has not been told yet */
		{false, true, true},  /* likewise who went with its machine */
	};
	(void)state;
	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench b;
		bool both = rows[i / 2].both, is_told = i % 2 == 0;
		const node_id ring[] = {both ? other.node : self.node, self.node};
		bench_open(&b, "");
		group_is(&b, !both);
		come_back(&b);
		if (rows[i / 2].lost)
			controller_machine_lost(b.controller, other.node);
		group_in_ring(&b, both, rows[i / 2].both_in_ring);
		assert_int_equal(b.sent->length, 0);
		b.now.mono = mono_time_add_ms(b.now.mono, 1999);
		controller_tick(b.controller, b.now);
		assert_int_equal(b.sent->length, 0);
		if (is_told) {
			controller_ring(b.controller, b.now, ring, both ? 2 : 1);
		} else {
			b.now.mono = mono_time_add_ms(b.now.mono, 1);
			controller_tick(b.controller, b.now);
		}
		assert_int_equal(b.sent->length, 1);
		bench_close(&b);
	}
}

/* A machine may be there without its manager: nobody waits for that. */
static void test_a_machine_without_its_manager(void **state)
{
	struct bench b;
	(void)state;
	bench_open(&b, "");
	group_in_ring(&b, false, true);
	assert_int_equal(b.sent->length, 1);
	bench_close(&b);
}

static void test_options_that_nobody_needs(void **state)
{
	static const char options[] = "<nvpair id='o-j' name='join-integration-timeout' value='1min'/>"
				      "<nvpair id='o-d' name='transition-delay' value='0s'/>";
	const struct nodelist_entry nodes[] = {{self.node, "two", true}};
	struct bench b;
	(void)state;
	bench_open(&b, options);
	controller_nodelist(b.controller, b.now, nodes, 1);
	group_is(&b, false);
	for (int i = 0; i < 10; i++) {
		come_back(&b);
		if (mono_time_is_set(b.due) && mono_time_before(b.now.mono, b.due))
			b.now.mono = b.due;
		controller_tick(b.controller, b.now);
	}
	assert_true(b.decided > 0);
	const char *told = strstr(b.log->str, "OPTION_NEEDLESS: join-integration-timeout: ");
	assert_non_null(told);
	assert_null(strstr(told + 1, "OPTION_NEEDLESS")); /* once */
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_leader_that_is_newer),    cmocka_unit_test(test_a_configuration_that_is_newer),
		cmocka_unit_test(test_clocks_that_differ),        cmocka_unit_test(test_a_disk_that_lags_behind),
		cmocka_unit_test(test_quorum_of_another_ring),    cmocka_unit_test(test_a_machine_without_its_manager),
		cmocka_unit_test(test_options_that_nobody_needs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
