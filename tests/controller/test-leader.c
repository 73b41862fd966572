/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The leader of a common state, whose messages come back at once: what it orders and when, within which limits, and
 * what it does when answers, members or managers stay away. Members answer when a test says so.
 */
#include "controller/leader.h"

#include "state-world.h"
#include "transition/result.h"

#include <stdlib.h>

#define WEB(id) "<primitive id='" id "' class='ocf' provider='pacemaker' type='Dummy'/>"

enum { MS = 1000000 };

static const struct nodelist_entry nodelist[] = {{{1}, "one", true}, {{2}, "two", true}, {{3}, "three", true}};

struct bench {
	struct world w;
	struct leader *leader;
	struct instant now;
	mono_time due;
	GQueue *sent;    /* GByteArray: on their way to everybody */
	GPtrArray *keys; /* of what was ordered and not answered: "NODE RSC ACTION KEY" */
	GString *trace;
	struct arena arena;
	uint64_t fence_run;     /* the last */
	unsigned begun;         /* fencings that were told of */
	unsigned decided, most; /* transitions; the most that was under way at once */
};

static void on_send(void *host, const struct message *m)
{
	struct bench *b = host;
	GByteArray *bytes = g_byte_array_new();
	message_encode(m, bytes);
	g_queue_push_tail(b->sent, bytes);
}

static void on_timer(void *host, mono_time due)
{
	struct bench *b = host;
	b->due = due;
}

static uint32_t on_dice(void *host, uint32_t n)
{
	(void)host;
	(void)n;
	return 0;
}

static void on_log(void *host, enum message_id id, const char *text)
{
	(void)host;
	assert_non_null(message_entry(id));
	assert_true(text[0] != '\0');
}

static void on_decided(void *host, const struct document *input, uint32_t number, uint32_t actions, bool is_error)
{
	struct bench *b = host;
	(void)actions;
	assert_non_null(input);
	assert_int_equal(++b->decided, number);
	assert_false(is_error);
}

/* What an administrator configured, and who of "123" is there. */
static void bench_open(struct bench *b, const char *options, const char *resources, const char *constraints,
		       const char *group)
{
	static const struct leader_ops ops = {
		.send = on_send, .timer = on_timer, .dice = on_dice, .log = on_log, .decided = on_decided};
	struct leader_ops own = ops;
	own.host = b;
	memset(b, 0, sizeof(*b));
	world_init(&b->w, 1);
	char *text = g_strdup_printf(
		"<cib admin_epoch='0' epoch='5' num_updates='0' validate-with='pacemaker-4.0' crm_feature_set='3.20.5'>"
		"<configuration><crm_config><cluster_property_set id='o'>"
		"<nvpair id='o-f' name='fencing-enabled' value='false'/>%s</cluster_property_set></crm_config><nodes/>"
		"<resources>%s</resources><constraints>%s</constraints></configuration><status/></cib>",
		options, resources, constraints);
	cluster_state_take_document(&b->w.s, world_document(text));
	g_free(text);
	world_agree(&b->w, group, NULL, group);
	b->sent = g_queue_new();
	b->keys = g_ptr_array_new_with_free_func(g_free);
	b->trace = g_string_new(NULL);
	b->now = (struct instant){.mono = {1000 * (uint64_t)MS}, .wall = {1700000000 * (uint64_t)1000000000u}};
	b->leader = leader_new(&own, &b->w.s, &b->w.v, "uuid");
}

static void bytes_free(void *bytes)
{
	(void)g_byte_array_unref(bytes);
}

static void bench_close(struct bench *b)
{
	leader_check(b->leader);
	leader_free(b->leader);
	g_queue_free_full(b->sent, bytes_free);
	g_ptr_array_unref(b->keys);
	(void)g_string_free(b->trace, TRUE);
	arena_fini(&b->arena);
	world_fini(&b->w);
}

static void note_orders(struct bench *b, const struct message *m)
{
	for (uint32_t i = 0; i < m->orders.count; i++) {
		const struct order *o = &m->orders.orders[i];
		g_string_append_printf(b->trace, "%s:%s:%s%s ", o->node, o->rsc, o->action, o->cancel ? "!" : "");
		if (!o->cancel)
			g_ptr_array_add(b->keys,
					g_strdup_printf("%s %s %s %s", o->node, o->rsc, o->action, o->transition_key));
	}
	b->most = b->keys->len > b->most ? b->keys->len : b->most;
}

static void note_fence_run(struct bench *b, const struct message *m)
{
	g_string_append_printf(b->trace, "%s:%s=%s ", m->fence_run.member, m->fence_run.device, m->fence_run.target);
	b->fence_run = m->fence_run.run;
}

static void note(struct bench *b, const struct message *m)
{
	if (m->kind == MESSAGE_ORDERS)
		note_orders(b, m);
	else if (m->kind == MESSAGE_RESULT)
		g_string_append_printf(b->trace, "%s:%s:%s=%s ", m->result.node, m->result.history_id,
				       m->result.action != NULL ? m->result.action : "(not counted)",
				       m->result.failed ? "failed" : "ok");
	else if (m->kind == MESSAGE_NODE)
		g_string_append_printf(b->trace, "%s=lost ", m->node.name);
	else if (m->kind == MESSAGE_FENCE_RUN)
		note_fence_run(b, m);
	else if (m->kind == MESSAGE_FENCING)
		b->begun++;
	else if (m->kind == MESSAGE_ATTRIBUTES_DUE)
		g_string_append_printf(b->trace, "%s=due ", m->due.name);
	else if (m->kind == MESSAGE_FENCED)
		g_string_append_printf(b->trace, "%s=%s ", m->fenced.target,
				       m->fenced.why == NULL ? "fenced" : "failed");
	else
		g_string_append_printf(b->trace, "%s ", message_kind_word(m->kind));
}

static void hear(struct bench *b, const struct message *m, unsigned sender)
{
	(void)world_send(&b->w, sender, m);
	leader_heard(b->leader, b->now, m, b->w.touched);
	leader_check(b->leader);
}

/* What the leader has sent comes back to it. */
static void flush(struct bench *b)
{
	for (GByteArray *bytes; (bytes = g_queue_pop_head(b->sent)) != NULL; (void)g_byte_array_unref(bytes)) {
		struct message m;
		struct error error;
		assert_int_equal(ERR_OK, message_decode(bytes_of(bytes->data, bytes->len), &b->arena, &m, &error));
		note(b, &m);
		hear(b, &m, b->w.self);
	}
}

/* Runs the leader's timer until ms have passed. */
static void run(struct bench *b, uint64_t ms)
{
	mono_time end = mono_time_add_ms(b->now.mono, ms);
	flush(b);
	while (mono_time_is_set(b->due) && !mono_time_before(end, b->due)) {
		if (mono_time_before(b->now.mono, b->due)) {
			b->now.wall.ns += b->due.ns - b->now.mono.ns;
			b->now.mono = b->due;
		}
		leader_tick(b->leader, b->now);
		leader_check(b->leader);
		flush(b);
	}
	b->now.wall.ns += end.ns - b->now.mono.ns;
	b->now.mono = end;
}

static void begin(struct bench *b, uint32_t nodes)
{
	leader_begin(b->leader, b->now, nodelist, nodes);
}

/* A group of others: all agree anew. */
static void regroup(struct bench *b, const char *group, const char *in_ring)
{
	leader_end(b->leader);
	world_agree(&b->w, group, NULL, in_ring);
}

/* "ACTION:TRANSITION:TARGET:UUID" */
static int target_of(const char *key)
{
	int target = -1;
	assert_int_equal(1, sscanf(key, "%*d:%*d:%d:", &target));
	return target;
}

/* As a member records it: node, resource, action and key. */
static const char *entry_of(struct bench *b, char *const *word, int rc)
{
	struct document *scratch = document_new(NAME_LRM_RESOURCE);
	const struct operation_result r = {.rsc_id = word[1],
					   .task = word[2],
					   .rc = rc,
					   .target_rc = target_of(word[3]),
					   .status = EXECUTION_DONE,
					   .node = word[0],
					   .now = (int64_t)(b->now.wall.ns / 1000000000u),
					   .parameters = table_new(&b->arena),
					   .transition_key = word[3],
					   .origin = "test"};
	GString *text = g_string_new(NULL);
	element_print_flat(result_record(document_root(scratch), &r), text);
	const char *entry = arena_string(&b->arena, text->str);
	(void)g_string_free(text, TRUE);
	document_free(scratch);
	return entry;
}

/* The member answers the oldest of these ("*": any): false when there is none. */
static bool reply(struct bench *b, const char *what, int rc)
{
	for (guint i = 0; i < b->keys->len; i++) {
		const char *known = g_ptr_array_index(b->keys, i);
		if (strcmp(what, "*") != 0 && strncmp(known, what, strlen(what)) != 0)
			continue;
		char *text = g_ptr_array_steal_index(b->keys, i);
		char **word = g_strsplit(text, " ", 4);
		struct message m =
			world_result(&b->arena, word[0], word[1], word[2], 0, word[3], rc, EXECUTION_DONE, 0);
		m.result.entry = entry_of(b, word, rc);
		m.result.failed = rc != target_of(word[3]);
		m.result.is_fatal = strcmp(word[2], "start") == 0;
		hear(b, &m, strcmp(word[0], "two") == 0 ? 2 : 1);
		flush(b);
		g_strfreev(word);
		g_free(text);
		return true;
	}
	return false;
}

/* Every member answers as if all went well: 7 to a probe. */
static void reply_all(struct bench *b)
{
	while (b->keys->len > 0) {
		const char *known = g_ptr_array_index(b->keys, 0);
		assert_true(reply(b, "*", strstr(known, " monitor ") != NULL ? 7 : 0));
	}
}

static void assert_traced(struct bench *b, const char *expected)
{
	assert_string_equal(expected, b->trace->str);
	g_string_truncate(b->trace, 0);
}

/* --- what it does --- */

static void test_before_it_leads(void **state)
{
	(void)state;
	struct bench b;
	bench_open(&b, "", WEB("web"), "", "12");
	struct message m = {.kind = MESSAGE_QUORUM, .quorate = true};
	leader_tick(b.leader, b.now);
	leader_heard(b.leader, b.now, &m, TOUCHED_CONFIGURATION);
	leader_ring(b.leader, b.now, nodelist, 2);
	assert_int_equal(LEADER_OFF, leader_state(b.leader));
	assert_false(leader_is_idle(b.leader));
	assert_null(leader_cluster(b.leader));
	assert_false(mono_time_is_set(b.due));
	assert_int_equal(0, b.sent->length);
	bench_close(&b);
	leader_free(NULL);
}

static void test_from_a_decision_to_rest(void **state)
{
	(void)state;
	struct bench b;
	bench_open(&b, "", WEB("web"), "", "12");
	begin(&b, 2);
	assert_int_equal(LEADER_DECIDING, leader_state(b.leader));
	assert_int_equal(0, b.decided);
	run(&b, 0); /* at once */
	assert_int_equal(LEADER_ACTING, leader_state(b.leader));
	assert_int_equal(1, b.decided);
	begin(&b, 2);
	begin(&b, 2);
	run(&b, 9); /* what comes together is decided together */
	assert_int_equal(1, b.decided);
	run(&b, 1);
	assert_int_equal(2, b.decided);
	assert_non_null(leader_cluster(b.leader));
	assert_traced(&b, "two:web:monitor one:web:monitor ");
	assert_true(reply(&b, "two", 7));
	assert_traced(&b, ""); /* rule 1: one probe is still under way */
	assert_true(reply(&b, "one", 7));
	assert_traced(&b, "one:web:start ");
	assert_false(leader_is_idle(b.leader));
	assert_true(reply(&b, "one web start", 0));
	run(&b, 100);
	assert_int_equal(LEADER_IDLE, leader_state(b.leader));
	assert_true(leader_is_idle(b.leader));
	assert_traced(&b, "");
	unsigned before = b.decided;
	run(&b, 15 * 60 * 1000);
	assert_int_equal(before + 1, b.decided); /* cluster-recheck-interval */
	bench_close(&b);
}

/* Rule 3, in the order of the table: how many may be under way at once. */
static void test_limits(void **state)
{
	static const struct {
		const char *options;
		unsigned most;
	} rows[] = {
		{"", 4}, /* a member has one core, where nothing is known: two jobs each */
		{"<nvpair id='l' name='node-action-limit' value='1'/>", 2},
		{"<nvpair id='l' name='node-action-limit' value='5'/>", 10},
		{"<nvpair id='l' name='node-action-limit' value='0'/>", 4},
		{"<nvpair id='l' name='batch-limit' value='3'/>", 3},
		{"<nvpair id='l' name='batch-limit' value='1'/>", 1},
		{"<nvpair id='l' name='batch-limit' value='0'/>", 4},
	};
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct bench b;
		bench_open(&b, rows[i].options, WEB("a") WEB("b") WEB("c") WEB("d") WEB("e"), "", "12");
		begin(&b, 2);
		run(&b, 10);
		reply_all(&b);
		run(&b, 100);
		assert_true(leader_is_idle(b.leader));
		assert_int_equal(rows[i].most, b.most);
		bench_close(&b);
	}
}

static const char movable[] =
	"<primitive id='a' class='ocf' provider='pacemaker' type='Dummy'><meta_attributes id='am'>"
	"<nvpair id='amm' name='allow-migrate' value='true'/></meta_attributes></primitive>"
	"<primitive id='b' class='ocf' provider='pacemaker' type='Dummy'><meta_attributes id='bm'>"
	"<nvpair id='bmm' name='allow-migrate' value='true'/></meta_attributes></primitive>";

static void move_both(struct bench *b)
{
	struct message m = {.kind = MESSAGE_CHANGE};
	m.change.edit = (struct edit){.kind = EDIT_MODIFY,
				      .scope = "constraints",
				      .body = "<constraints><rsc_location id='la' rsc='a' node='two' score='100'/>"
					      "<rsc_location id='lb' rsc='b' node='two' score='100'/></constraints>",
				      .allow_create = true};
	m.change.by = (struct edit_author){.user = {.name = "root"}, .node = "one", .client = "test"};
	hear(b, &m, 1);
	assert_int_equal(EDIT_DONE, b->w.answer.verdict);
}

static void test_migration_limit(void **state)
{
	static const struct {
		const char *options, *first;
	} rows[] = {
		{"", "one:a:migrate_to one:b:migrate_to "},
		{"<nvpair id='l' name='migration-limit' value='-1'/>", "one:a:migrate_to one:b:migrate_to "},
		{"<nvpair id='l' name='migration-limit' value='1'/>", "one:a:migrate_to "},
	};
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct bench b;
		bench_open(&b, rows[i].options, movable,
			   "<rsc_location id='la' rsc='a' node='one' score='100'/>"
			   "<rsc_location id='lb' rsc='b' node='one' score='100'/>",
			   "12");
		begin(&b, 2);
		run(&b, 10);
		reply_all(&b);
		run(&b, 100);
		assert_true(leader_is_idle(b.leader));
		g_string_truncate(b.trace, 0);
		move_both(&b);
		run(&b, 10);
		assert_traced(&b, rows[i].first);
		reply_all(&b);
		run(&b, 100);
		assert_true(leader_is_idle(b.leader));
		assert_non_null(strstr(b.trace->str, "two:a:migrate_from "));
		assert_non_null(strstr(b.trace->str, "two:b:migrate_from "));
		bench_close(&b);
	}
}

static void set_constraint(struct bench *b, const char *constraint)
{
	struct message m = {.kind = MESSAGE_CHANGE};
	char *body = g_strdup_printf("<constraints>%s</constraints>", constraint);
	m.change.edit = (struct edit){.kind = EDIT_MODIFY, .scope = "constraints", .body = body, .allow_create = true};
	m.change.by = (struct edit_author){.user = {.name = "root"}, .node = "one", .client = "test"};
	hear(b, &m, 1);
	assert_int_equal(EDIT_DONE, b->w.answer.verdict);
	g_free(body);
}

#define PROMOTED_ON(node) "<rsc_location id='l' rsc='pp' role='Promoted' node='" node "' score='100'/>"

#define PROMOTABLE                                                                                                    \
	"<clone id='pp'><meta_attributes id='pm'><nvpair id='pmp' name='promotable' value='true'/></meta_attributes>" \
	"<primitive id='p' class='ocf' provider='pacemaker' type='Stateful'/></clone>"

/* Nothing is left to do, and p is promoted on one. */
static void begin_promoted(struct bench *b, const char *options, const char *resources, const char *constraints)
{
	bench_open(b, options, resources, constraints, "12");
	begin(b, 2);
	run(b, 10);
	reply_all(b);
	run(b, 100);
	assert_true(leader_is_idle(b->leader));
	assert_non_null(strstr(b->trace->str, "one:p:promote "));
	assert_null(strstr(b->trace->str, "two:p:promote "));
	g_string_truncate(b->trace, 0);
}

static void forget_on_one(struct bench *b, const char *rsc)
{
	struct message forget = {.kind = MESSAGE_FORGET};
	forget.forget.what = FORGET_HISTORY;
	forget.forget.rsc = rsc;
	forget.forget.node = "one";
	forget.forget.when = b->now.wall;
	hear(b, &forget, 1);
}

static void promote_on_two_only(struct bench *b)
{
	set_constraint(b, PROMOTED_ON("two") "<rsc_location id='k' rsc='pp' node='one' score='-INFINITY'/>");
	run(b, 100);
}

/* It is looked for on one, found promoted, and only when it is stopped there promoted on two. */
static void end_promoted_on_two(struct bench *b)
{
	assert_traced(b, "one:p:monitor ");
	assert_true(reply(b, "one p monitor", 8));
	run(b, 100);
	assert_traced(b, "one:p:demote ");
	assert_true(reply(b, "one p demote", 0));
	assert_traced(b, "one:p:stop ");
	assert_true(reply(b, "one p stop", 0));
	assert_traced(b, "two:p:promote ");
	reply_all(b);
	run(b, 100);
	assert_true(leader_is_idle(b->leader));
	bench_close(b);
}

/* Found by seed 946 of the simulator: what ran promoted was forgotten while its agent hung, and the probe for it hung
 * too.
 */
static void test_no_promotion_while_it_is_looked_for_elsewhere(void **state)
{
	(void)state;
	struct bench b;
	begin_promoted(&b, "", PROMOTABLE, PROMOTED_ON("one"));
	forget_on_one(&b, "p");
	promote_on_two_only(&b);
	end_promoted_on_two(&b);
}

/* Found by seed 360 of the simulator with engines: the node was busy, and its probe had not been ordered yet. */
static void test_no_promotion_while_it_will_be_looked_for_elsewhere(void **state)
{
	(void)state;
	struct bench b;
	begin_promoted(&b, "<nvpair id='l' name='node-action-limit' value='1'/>", WEB("web") PROMOTABLE,
		       PROMOTED_ON("one") "<rsc_location id='w' rsc='web' node='one' score='100'/>");
	forget_on_one(&b, "web");
	forget_on_one(&b, "p");
	promote_on_two_only(&b);
	assert_traced(&b, "one:web:monitor ");
	assert_true(reply(&b, "one web monitor", 0));
	run(&b, 100);
	end_promoted_on_two(&b);
}

static void test_a_failure_is_recovered_from(void **state)
{
	(void)state;
	struct bench b;
	bench_open(&b, "", WEB("web"), "", "12");
	begin(&b, 2);
	run(&b, 10);
	assert_true(reply(&b, "one", 7) && reply(&b, "two", 7));
	assert_traced(&b, "two:web:monitor one:web:monitor one:web:start ");
	assert_true(reply(&b, "one web start", 1));
	run(&b, 10);
	assert_traced(&b, "one:web:stop ");
	assert_true(reply(&b, "one web stop", 0));
	assert_traced(&b, "two:web:start ");
	bench_close(&b);
}

/* Rule 4: the action's own timeout, and cluster-delay besides. */
/* Its failure-timeout is long over by the time that clocks tell, but nothing was done about it yet. */
static void test_a_failure_is_no_older_than_it_is_known(void **state)
{
	(void)state;
	struct bench b;
	bench_open(&b, "",
		   "<primitive id='web' class='ocf' provider='pacemaker' type='Dummy'><meta_attributes id='m'>"
		   "<nvpair id='m-f' name='failure-timeout' value='30s'/></meta_attributes></primitive>",
		   "", "12");
	begin(&b, 2);
	run(&b, 10);
	assert_true(reply(&b, "one", 7) && reply(&b, "two", 7));
	assert_traced(&b, "two:web:monitor one:web:monitor one:web:start ");
	b.now.wall.ns -= 3600 * (uint64_t)1000000000u;
	assert_true(reply(&b, "one web start", 1));
	b.now.wall.ns += 3600 * (uint64_t)1000000000u;
	run(&b, 10);
	assert_traced(&b, "one:web:stop ");
	bench_close(&b);
}

static void test_no_answer_is_a_failure(void **state)
{
	(void)state;
	struct bench b;
	bench_open(&b, "<nvpair id='l' name='cluster-delay' value='7s'/>", WEB("web"), "", "12");
	begin(&b, 2);
	run(&b, 10);
	assert_true(reply(&b, "one", 7) && reply(&b, "two", 7));
	g_string_truncate(b.trace, 0);
	run(&b, 26999);
	assert_traced(&b, "");
	run(&b, 1);
	assert_traced(&b, "one:web:start=failed one:web:stop ");
	char text[512];
	assert_non_null(strstr(world_history(&b.w, "one", "web", text), ":start:2:1:"));
	assert_true(reply(&b, "one web stop", 0));
	assert_traced(&b, "two:web:start "); /* its failure counts as one that was told of */
	bench_close(&b);
	bench_open(&b, "", WEB("web"), "", "12");
	begin(&b, 2);
	run(&b, 10);
	assert_true(reply(&b, "one", 7));
	run(&b, 80000);
	assert_traced(&b, "two:web:monitor one:web:monitor two:web:(not counted)=failed two:web:stop ");
	bench_close(&b);
}

/* Until it has come back nothing is decided that would not know of it; and it is given again in the next epoch. */
static void test_an_answer_in_a_members_place_that_is_lost(void **state)
{
	(void)state;
	struct bench b;
	bench_open(&b, "", WEB("web"), "", "1");
	begin(&b, 1);
	run(&b, 0);
	assert_true(reply(&b, "one", 7));
	assert_traced(&b, "one:web:monitor one:web:start ");
	b.now.mono = mono_time_add_ms(b.now.mono, 80000);
	leader_tick(b.leader, b.now);
	assert_int_equal(1, b.sent->length);
	(void)g_byte_array_unref(g_queue_pop_head(b.sent));
	regroup(&b, "1", "1");
	begin(&b, 1);
	run(&b, 100);
	assert_traced(&b, "one:web:start=failed one:web:stop ");
	bench_close(&b);
}

/* A member that goes takes its jobs along. */
static void test_a_member_that_goes(void **state)
{
	(void)state;
	struct bench b;
	bench_open(&b, "", WEB("web"), "<rsc_location id='l' rsc='web' node='two' score='10'/>", "12");
	begin(&b, 2);
	run(&b, 10);
	assert_true(reply(&b, "one", 7) && reply(&b, "two", 7));
	assert_traced(&b, "two:web:monitor one:web:monitor two:web:start ");
	regroup(&b, "1", "1");
	begin(&b, 2);
	run(&b, 50);
	assert_int_equal(LEADER_ACTING, leader_state(b.leader));
	assert_traced(&b, "one:web:start ");
	bench_close(&b);
}

/* --- what is under way already --- */

static void test_what_another_leader_ordered_is_adopted(void **state)
{
	(void)state;
	struct bench b;
	struct order o;
	bench_open(&b, "", WEB("web"), "", "12");
	struct message m = world_order("one", "web", "monitor", 0, "3:1:7:other", &o);
	(void)world_send(&b.w, 2, &m);
	begin(&b, 2);
	run(&b, 10);
	assert_traced(&b, "two:web:monitor ");
	assert_true(reply(&b, "two", 7));
	assert_traced(&b, "");
	g_ptr_array_add(b.keys, g_strdup("one web monitor 3:1:7:other"));
	assert_true(reply(&b, "one", 7));
	run(&b, 20);
	assert_traced(&b, "one:web:start ");
	bench_close(&b);
}

/* While members agree nothing is ordered, and what was stays so. */
static void test_an_interruption(void **state)
{
	(void)state;
	struct bench b;
	bench_open(&b, "", WEB("web"), "", "12");
	begin(&b, 2);
	run(&b, 10);
	assert_traced(&b, "two:web:monitor one:web:monitor ");
	regroup(&b, "12", "12");
	assert_int_equal(LEADER_OFF, leader_state(b.leader));
	assert_false(mono_time_is_set(b.due));
	assert_null(leader_cluster(b.leader));
	begin(&b, 2);
	run(&b, 20);
	assert_traced(&b, "");
	assert_true(reply(&b, "one", 7) && reply(&b, "two", 7));
	run(&b, 20);
	assert_traced(&b, "one:web:start ");
	leader_resign(b.leader);
	assert_int_equal(LEADER_OFF, leader_state(b.leader));
	assert_true(reply(&b, "one web start", 0)); /* of no concern any more */
	run(&b, 1000);
	assert_traced(&b, "");
	regroup(&b, "12", "12");
	begin(&b, 2);
	run(&b, 20);
	assert_traced(&b, "");
	assert_true(leader_is_idle(b.leader));
	bench_close(&b);
}

/* --- waiting --- */

/* Rule 6. */
static void test_a_new_cluster_waits_for_its_nodes(void **state)
{
	(void)state;
	struct bench b;
	bench_open(&b, "", WEB("web"), "", "12");
	begin(&b, 3);
	assert_int_equal(LEADER_WAITING, leader_state(b.leader));
	run(&b, 19000);
	regroup(&b, "12", "12"); /* begins no new wait */
	begin(&b, 3);
	run(&b, 999);
	assert_int_equal(LEADER_WAITING, leader_state(b.leader));
	assert_int_equal(0, b.decided);
	run(&b, 1);
	assert_int_equal(1, b.decided);
	assert_traced(&b, "two:web:monitor one:web:monitor ");
	bench_close(&b);
	bench_open(&b, "", WEB("web"), "", "12");
	begin(&b, 3);
	run(&b, 500);
	regroup(&b, "123", "123");
	begin(&b, 3);
	run(&b, 10);
	assert_int_equal(1, b.decided);
	bench_close(&b);
}

/* Whoever saw all nodes together knows that the cluster has begun, also when another one led it then. */
static void test_the_next_leader_does_not_wait(void **state)
{
	(void)state;
	struct bench b;
	bench_open(&b, "", "", "", "123");
	leader_follow(b.leader, nodelist, 3);
	assert_int_equal(LEADER_OFF, leader_state(b.leader));
	regroup(&b, "12", "12");
	begin(&b, 3);
	assert_int_equal(LEADER_DECIDING, leader_state(b.leader));
	bench_close(&b);
	bench_open(&b, "", "", "", "12");
	leader_follow(b.leader, nodelist, 3);
	regroup(&b, "12", "12");
	begin(&b, 3);
	assert_int_equal(LEADER_WAITING, leader_state(b.leader));
	bench_close(&b);
}

static void test_managers_that_are_away(void **state)
{
	(void)state;
	struct bench b;
	bench_open(&b, "", "", "", "123");
	begin(&b, 3);
	run(&b, 100);
	assert_true(leader_is_idle(b.leader));
	regroup(&b, "12", "123"); /* its machine is there */
	begin(&b, 3);
	run(&b, 9999);
	assert_traced(&b, "");
	run(&b, 1);
	assert_traced(&b, "three=lost ");
	char text[512];
	assert_non_null(strstr(world_node_is(&b.w, "three", text), "offline"));
	run(&b, 60000);
	assert_traced(&b, "");
	bench_close(&b);

	const struct nodelist_entry left[] = {nodelist[0], nodelist[1], {{3}, "three", false}};
	bench_open(&b, "", "", "", "123");
	begin(&b, 3);
	run(&b, 100);
	regroup(&b, "12", "123");
	begin(&b, 3);
	run(&b, 1000);
	leader_ring(b.leader, b.now, left, 3); /* and then it is not */
	run(&b, 0);
	assert_traced(&b, "three=lost ");
	bench_close(&b);

	bench_open(&b, "", "", "", "123");
	begin(&b, 3);
	run(&b, 100);
	regroup(&b, "12", "123");
	begin(&b, 3);
	run(&b, 1000);
	regroup(&b, "123", "123"); /* it is back */
	begin(&b, 3);
	run(&b, 60000);
	assert_traced(&b, "");
	bench_close(&b);
}

static void test_dampened_attributes(void **state)
{
	(void)state;
	struct bench b;
	bench_open(&b, "", "", "", "12");
	begin(&b, 2);
	run(&b, 100);
	struct message m = {.kind = MESSAGE_ATTRIBUTE};
	m.attribute.node = "two";
	m.attribute.name = "pingd";
	m.attribute.value = "100";
	m.attribute.delay_ms = 5000;
	hear(&b, &m, 2);
	run(&b, 4000);
	assert_traced(&b, "");
	m.attribute.value = "200"; /* the wait begins anew */
	m.attribute.delay_ms = -1;
	hear(&b, &m, 2);
	run(&b, 4999);
	assert_traced(&b, "");
	run(&b, 1);
	assert_traced(&b, "pingd=due ");
	run(&b, 20000);
	assert_traced(&b, "");
	m.attribute.value = "300"; /* waits also under another leader */
	leader_resign(b.leader);
	(void)world_send(&b.w, 2, &m);
	regroup(&b, "12", "12");
	begin(&b, 2);
	run(&b, 5000);
	assert_traced(&b, "pingd=due ");
	bench_close(&b);
}

/* --- fencing --- */

static struct message ask(const char *target)
{
	struct message m = {.kind = MESSAGE_FENCE_ASK};
	m.fence_ask.request = 1;
	m.fence_ask.target = target;
	m.fence_ask.action = FENCE_OFF;
	m.fence_ask.client = "admin";
	return m;
}

static void test_fencing_that_was_asked_for(void **state)
{
	(void)state;
	struct bench b;
	bench_open(&b, "", "", "", "12");
	begin(&b, 3);
	run(&b, 30000);
	struct message m = ask("three");
	hear(&b, &m, 2);
	run(&b, 5000);
	assert_traced(&b, "three=failed "); /* there is no device */
	m.fence_ask.confirm = true;
	hear(&b, &m, 2);
	flush(&b);
	assert_traced(&b, "three=fenced ");
	m.fence_ask.confirm = false;
	m.fence_ask.action = FENCE_OFF;
	m.fence_ask.tolerance_ms = 10000;
	hear(&b, &m, 2);
	run(&b, 10);
	assert_traced(&b, "three=fenced "); /* it was, just now */
	run(&b, 10001);
	g_string_truncate(b.trace, 0);
	hear(&b, &m, 2);
	run(&b, 5000);
	assert_traced(&b, "three=failed ");
	bench_close(&b);
}

static const char a_switch[] =
	"<primitive id='switch' class='stonith' type='fence_x'><instance_attributes id='i'>"
	"<nvpair id='h' name='pcmk_host_list' value='two'/><nvpair id='c' name='pcmk_host_check' "
	"value='static-list'/></instance_attributes></primitive>";

/* The device is started, and what its agent can do is asked first. */
static void learn_agent(struct bench *b)
{
	for (unsigned i = 0; i < 2; i++) {
		run(b, 10);
		reply_all(b);
	}
	struct message m = {.kind = MESSAGE_FENCE_RAN};
	m.fence_ran.run = b->fence_run;
	m.fence_ran.output = "<resource-agent name='fence_x'><parameters><parameter name='port'/></parameters><actions>"
			     "<action name='off'/><action name='reboot'/></actions></resource-agent>";
	hear(b, &m, 1);
	run(b, 10);
	g_string_truncate(b->trace, 0);
}

/* Who kills a member often breaks the group before the answer is heard: it is given once more, at once. */
static void test_fencing_that_ends_in_the_next_epoch(void **state)
{
	(void)state;
	struct bench b;
	bench_open(&b, "", a_switch, "", "12");
	begin(&b, 2);
	learn_agent(&b);
	struct message m = ask("two");
	hear(&b, &m, 1);
	run(&b, 10);
	assert_traced(&b, "one:switch=two ");
	uint64_t asked = b.fence_run;
	assert_int_equal(b.begun, 1);
	assert_int_equal(b.w.s.fencing->len, 1);
	regroup(&b, "1", "1");
	assert_int_equal(b.w.s.fencing->len, 0);
	begin(&b, 2);
	flush(&b); /* it goes on, and is told anew */
	assert_int_equal(b.begun, 2);
	const struct fence_record *pending = g_ptr_array_index(b.w.s.fencing, 0);
	assert_string_equal(pending->target, "two");
	assert_string_equal(pending->client, "admin");
	m = (struct message){.kind = MESSAGE_FENCE_RAN};
	m.fence_ran.run = b.fence_run;
	hear(&b, &m, 1);
	flush(&b);
	run(&b, 10);
	assert_non_null(strstr(b.trace->str, "two=fenced "));
	assert_int_equal(asked, b.fence_run); /* told once more; no second one */
	assert_int_equal(b.w.s.fencing->len, 0);
	bench_close(&b);
}

static void hear_others_run(struct bench *b, const int *rc)
{
	struct message told = {.kind = MESSAGE_FENCE_RUN}, ran = {.kind = MESSAGE_FENCE_RAN};
	told.fence_run.run = ran.fence_ran.run = 77;
	told.fence_run.member = "one";
	told.fence_run.device = "switch";
	told.fence_run.type = "fence_x";
	told.fence_run.action = "off";
	told.fence_run.target = "two";
	hear(b, &told, 2);
	hear(b, &told, 2); /* told twice */
	if (rc == NULL)
		return;
	ran.fence_ran.rc = *rc;
	hear(b, &ran, 1);
}

/* A leader that is told to fence itself dies of it before the answer comes, or before it could put that on record: the
 * next one does not have it done again, unless it failed, or the node may be back, or may have been. */
static void test_a_leader_that_had_itself_fenced(void **state)
{
	enum meanwhile { NOTHING, BACK, ELSEWHERE, RECORDED, NO_QUORUM, QUORUM_LOST, TIME };
	static const int done = 0, failed = 1;
	static const char again[] = "one:switch=two ", at_once[] = "two=fenced ", waits[] = "";
	static const struct {
		const int *rc;
		enum meanwhile meanwhile;
		const char *expected;
	} rows[] = {{NULL, NOTHING, waits},    {NULL, BACK, again},         {NULL, TIME, waits},
		    {&failed, NOTHING, again}, {&done, NOTHING, at_once},   {&done, BACK, again},
		    {&done, ELSEWHERE, again}, {NULL, ELSEWHERE, waits},    {&done, RECORDED, again},
		    {&done, NO_QUORUM, again}, {&done, QUORUM_LOST, again}, {&done, TIME, again},
		    {NULL, QUORUM_LOST, again}};
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct bench b;
		struct message m = {.kind = MESSAGE_FENCED};
		bench_open(&b, "<nvpair id='q' name='no-quorum-policy' value='ignore'/>", a_switch, "", "12");
		leader_follow(b.leader, nodelist, 2);
		hear_others_run(&b, rows[i].rc);
		m.fenced.target = "two";
		m.fenced.why = "nobody could";
		if (rows[i].meanwhile == RECORDED)
			hear(&b, &m, 2);
		regroup(&b, rows[i].meanwhile == BACK ? "12" : "1", "12");
		leader_resign(b.leader);
		b.w.serials[1] += rows[i].meanwhile == ELSEWHERE; /* it has stated once more than we heard */
		b.w.is_lonely = rows[i].meanwhile == NO_QUORUM;
		regroup(&b, "1", "1");
		begin(&b, 2);
		m = (struct message){.kind = MESSAGE_QUORUM, .quorate = false};
		if (rows[i].meanwhile == QUORUM_LOST)
			hear(&b, &m, 1);
		learn_agent(&b);
		run(&b, rows[i].meanwhile == TIME ? 10000 : 0);
		g_string_truncate(b.trace, 0);
		m = ask("two");
		hear(&b, &m, 1);
		run(&b, 10);
		assert_traced(&b, rows[i].expected);
		if (rows[i].expected != at_once) {
			m = (struct message){.kind = MESSAGE_FENCE_RAN};
			m.fence_ran.run = rows[i].expected == waits ? 77 : b.fence_run;
			hear(&b, &m, 1);
			run(&b, 10);
			assert_non_null(strstr(b.trace->str, "two=fenced "));
		}
		bench_close(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_before_it_leads),
		cmocka_unit_test(test_from_a_decision_to_rest),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_migration_limit),
		cmocka_unit_test(test_no_promotion_while_it_is_looked_for_elsewhere),
		cmocka_unit_test(test_no_promotion_while_it_will_be_looked_for_elsewhere),
		cmocka_unit_test(test_a_failure_is_recovered_from),
		cmocka_unit_test(test_a_failure_is_no_older_than_it_is_known),
		cmocka_unit_test(test_no_answer_is_a_failure),
		cmocka_unit_test(test_an_answer_in_a_members_place_that_is_lost),
		cmocka_unit_test(test_a_member_that_goes),
		cmocka_unit_test(test_what_another_leader_ordered_is_adopted),
		cmocka_unit_test(test_an_interruption),
		cmocka_unit_test(test_a_new_cluster_waits_for_its_nodes),
		cmocka_unit_test(test_the_next_leader_does_not_wait),
		cmocka_unit_test(test_managers_that_are_away),
		cmocka_unit_test(test_dampened_attributes),
		cmocka_unit_test(test_fencing_that_was_asked_for),
		cmocka_unit_test(test_fencing_that_ends_in_the_next_epoch),
		cmocka_unit_test(test_a_leader_that_had_itself_fenced),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
