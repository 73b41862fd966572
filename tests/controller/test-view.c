/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Transcripts: what a group of members hears, in the one order, and what each makes of it. */
#include "controller/view.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { NODES = 4 }; /* node n has process 100 + n */

struct world {
	struct manager_view views[NODES + 1]; /* [0] is not used */
	uint64_t serials[NODES + 1];
	struct cib_version versions[NODES + 1];
	uint64_t lineages[NODES + 1], promises[NODES + 1];
	bool settled[NODES + 1];
	const char *digests[NODES + 1];
};

static struct member member(unsigned n)
{
	return (struct member){{n}, 100 + n};
}

static uint32_t members_of(const char *group, struct member *ret)
{
	uint32_t count = 0;
	for (; *group != '\0'; group++)
		ret[count++] = member((unsigned)(*group - '0'));
	return count;
}

static void world_init(struct world *w)
{
	memset(w, 0, sizeof(*w));
	for (unsigned n = 1; n <= NODES; n++) {
		view_init(&w->views[n], member(n));
		w->versions[n] = (struct cib_version){0, 1, 0};
		w->digests[n] = "same";
	}
}

static void world_fini(struct world *w)
{
	for (unsigned n = 1; n <= NODES; n++)
		view_fini(&w->views[n]);
}

/* "12": both hear that the group is the two of them. */
static void group_is(struct world *w, const char *group)
{
	struct member members[NODES];
	uint32_t count = members_of(group, members);
	for (const char *g = group; *g != '\0'; g++)
		view_change(&w->views[*g - '0'], members, count);
}

static struct statement statement_of(struct world *w, unsigned n, const char *group)
{
	static const char *const names[] = {"", "one", "two", "three", "four"};
	struct statement s = {.serial = ++w->serials[n],
			      .name = names[n],
			      .feature_set = "3.20.5",
			      .release = "1",
			      .joined = w->views[n].joined,
			      .version = w->versions[n],
			      .lineage = w->lineages[n],
			      .promise = w->promises[n],
			      .settled = w->settled[n],
			      .digest = w->digests[n],
			      .last_epoch = w->views[n].epoch,
			      .start_state = "default"};
	s.member_count = members_of(group, s.members);
	return s;
}

/* All of the group hear a statement; true when it was the last for all of them. */
static bool hear(struct world *w, const char *group, unsigned sender, const struct statement *s)
{
	bool all = true, any = false;
	for (const char *g = group; *g != '\0'; g++) {
		bool last = view_state_of(&w->views[*g - '0'], member(sender), s);
		all = all && last;
		any = any || last;
	}
	assert_int_equal(all, any);
	return all;
}

static bool state(struct world *w, const char *group, unsigned sender)
{
	struct statement s = statement_of(w, sender, group);
	return hear(w, group, sender, &s);
}

static void all_state(struct world *w, const char *group)
{
	for (const char *g = group; *g != '\0'; g++)
		assert_int_equal(state(w, group, (unsigned)(*g - '0')), g[1] == '\0');
}

/* What the leader would send now. */
static struct agreement agreement_of(const struct manager_view *v)
{
	struct agreement a = {.leader = v->leader, .part_count = v->part_count, .document = ""};
	for (uint32_t i = 0; i < v->part_count; i++) {
		a.parts[i].member = v->parts[i].member;
		a.parts[i].serial = v->parts[i].serial;
		a.parts[i].joined = v->parts[i].joined;
	}
	return a;
}

static bool agree(struct world *w, const char *group, unsigned sender, const struct agreement *a, uint64_t epoch)
{
	bool all = true, any = false;
	for (const char *g = group; *g != '\0'; g++) {
		bool counts = view_agree(&w->views[*g - '0'], member(sender), a, epoch);
		all = all && counts;
		any = any || counts;
	}
	assert_int_equal(all, any);
	return all;
}

/* From a change of the group to the epoch. */
static void come_together(struct world *w, const char *group, unsigned leader, uint64_t epoch)
{
	group_is(w, group);
	all_state(w, group);
	const struct manager_view *v = &w->views[leader];
	assert_int_equal(v->leader.v, leader);
	assert_int_equal(view_next_epoch(v), epoch);
	struct agreement a = agreement_of(v);
	assert_true(agree(w, group, leader, &a, epoch));
	for (const char *g = group; *g != '\0'; g++) {
		const struct manager_view *each = &w->views[*g - '0'];
		assert_int_equal(each->state, VIEW_AGREED);
		assert_int_equal(each->epoch, epoch);
		assert_int_equal(view_is_leader(each), *g - '0' == (int)leader);
		assert_true(view_accepts(each, epoch));
		assert_false(view_accepts(each, epoch - 1));
		view_check(each);
	}
}

static void one_alone(void **unused)
{
	struct world w;
	(void)unused;
	world_init(&w);
	assert_false(view_is_leader(&w.views[1]));
	assert_false(view_accepts(&w.views[1], 0));
	come_together(&w, "1", 1, 1);
	assert_int_equal(w.views[1].joined, 1);
	world_fini(&w);
}

static void who_leads_and_who_wins(void **unused)
{
	struct world w;
	(void)unused;
	world_init(&w);
	come_together(&w, "23", 2, 1);  /* both are new: the lower id */
	come_together(&w, "123", 2, 2); /* one is new, and the others were first */
	assert_int_equal(w.views[1].joined, 2);
	assert_int_equal(w.views[3].joined, 1);
	come_together(&w, "13", 3, 3); /* who stays has stood longer */
	come_together(&w, "134", 3, 4);
	come_together(&w, "14", 1, 5);
	world_fini(&w);
}

static void the_winner_need_not_lead(void **unused)
{
	struct world w;
	(void)unused;
	world_init(&w);
	come_together(&w, "2", 2, 1);
	w.versions[3] = (struct cib_version){0, 9, 0};
	w.versions[1] = (struct cib_version){0, 9, 0};
	come_together(&w, "123", 2, 2);
	assert_int_equal(w.views[2].winner.v, 1);
	w.versions[3] = (struct cib_version){1, 0, 0};
	come_together(&w, "23", 2, 3);
	assert_int_equal(w.views[3].winner.v, 3);
	world_fini(&w);
}

/* What was changed by a majority is not outdone by whatever others counted, but by an administrator. */
static void a_later_lineage_wins(void **unused)
{
	struct world w;
	(void)unused;
	world_init(&w);
	w.versions[1] = (struct cib_version){0, 99, 0};
	w.lineages[1] = 5;
	w.lineages[2] = 6;
	come_together(&w, "12", 1, 1);
	assert_int_equal(w.views[1].winner.v, 2);
	assert_int_equal(view_next_lineage(&w.views[1]), 7);
	w.views[1].parts[0].lineage = INT64_MAX - 1; /* no message may have more */
	assert_int_equal(view_next_lineage(&w.views[1]), INT64_MAX - 1);
	w.versions[3] = (struct cib_version){1, 0, 0};
	come_together(&w, "123", 1, 2);
	assert_int_equal(w.views[1].winner.v, 3);
	world_fini(&w);
}

/* What was promised has no weight, but the next lineage is above it. */
static void a_promise_is_overtaken(void **unused)
{
	struct world w;
	(void)unused;
	world_init(&w);
	w.lineages[1] = 5;
	w.lineages[2] = 6;
	w.promises[1] = 9;
	come_together(&w, "12", 1, 1);
	assert_int_equal(w.views[1].winner.v, 2);
	assert_int_equal(view_next_lineage(&w.views[1]), 10);
	world_fini(&w);
}

/* Who has the winner's configuration may know that it is settled, although the winner does not; who has another may
 * not, not even when its numbers are the same. */
static void who_knows_what_is_settled(void **unused)
{
	static const struct {
		const char *digest;
		int64_t admin_epoch, epoch, num_updates;
		uint64_t lineage;
		bool settled;
	} others[] = {
		{"same", 0, 1, 0, 5, true},  {"same", 0, 1, 7, 5, true},     {"same", 0, 0, 0, 5, false},
		{"same", 0, 1, 0, 4, false}, {"another", 0, 1, 0, 5, false},
	};
	struct world w;
	(void)unused;
	world_init(&w);
	w.lineages[1] = 5;
	w.settled[2] = true;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		w.versions[1] = (struct cib_version){0, 1, 8};
		w.versions[2] = (struct cib_version){others[i].admin_epoch, others[i].epoch, others[i].num_updates};
		w.lineages[2] = others[i].lineage;
		w.digests[2] = others[i].digest;
		come_together(&w, "12", 1, i + 1);
		const struct manager_view *v = &w.views[2];
		assert_int_equal(v->winner.v, 1);
		assert_int_equal(view_is_settled(v), others[i].settled);
		assert_int_equal(view_same_configuration(&v->parts[0], &v->parts[1]), others[i].settled);
	}
	w.settled[2] = false;
	w.digests[2] = "same";
	come_together(&w, "12", 1, 6);
	assert_false(view_is_settled(&w.views[1]));
	world_fini(&w);
}

static void the_leader_wins_with_the_same(void **unused)
{
	struct world w;
	(void)unused;
	world_init(&w);
	come_together(&w, "3", 3, 1);
	come_together(&w, "13", 3, 2);
	assert_int_equal(w.views[1].winner.v, 3);
	w.digests[3] = "another of the same version";
	come_together(&w, "123", 3, 3);
	assert_int_equal(w.views[1].winner.v, 1);
	world_fini(&w);
}

static void statements_come_in_any_order(void **unused)
{
	struct world w;
	(void)unused;
	world_init(&w);
	group_is(&w, "123");
	assert_false(state(&w, "123", 3));
	assert_false(state(&w, "123", 1));
	assert_int_equal(w.views[1].state, VIEW_CHANGING);
	assert_int_equal(w.views[1].leader.v, 0);
	assert_true(state(&w, "123", 2));
	assert_int_equal(w.views[1].state, VIEW_STATED);
	assert_int_equal(w.views[1].leader.v, 1);
	assert_true(view_is_leader(&w.views[1]));
	assert_false(view_is_leader(&w.views[2]));
	assert_false(view_accepts(&w.views[1], 0));
	world_fini(&w);
}

static void others_do_not_count(void **unused)
{
	struct world w;
	(void)unused;
	world_init(&w);
	group_is(&w, "12");
	struct statement s = statement_of(&w, 1, "123");
	assert_false(hear(&w, "12", 1, &s)); /* of another group */
	s = statement_of(&w, 1, "1");
	assert_false(hear(&w, "12", 1, &s));
	s = statement_of(&w, 1, "13");
	assert_false(hear(&w, "12", 1, &s));
	s = statement_of(&w, 3, "12");
	assert_false(hear(&w, "12", 3, &s)); /* not one of it */
	s = statement_of(&w, 2, "12");
	s.members[1].pid++;
	assert_false(hear(&w, "12", 2, &s)); /* of a process that is gone */
	assert_false(w.views[1].parts[0].stated);
	assert_false(w.views[1].parts[1].stated);
	world_fini(&w);
}

/* {1,2} → {1} → {1,2}, while statements are under way. */
static void a_flapping_group(void **unused)
{
	struct world w;
	(void)unused;
	world_init(&w);
	come_together(&w, "12", 1, 1);
	group_is(&w, "12");
	struct statement old = statement_of(&w, 2, "12");
	(void)state(&w, "1", 1);
	group_is(&w, "1");
	assert_false(hear(&w, "1", 2, &old)); /* it is not of the group now */
	struct statement alone = statement_of(&w, 1, "1");
	group_is(&w, "12");
	assert_false(hear(&w, "12", 1, &alone)); /* stale: names another group */
	assert_false(hear(&w, "12", 2, &old));   /* an earlier group of the same members is as good */
	assert_true(state(&w, "12", 1));
	struct agreement a = agreement_of(&w.views[1]);
	assert_true(state(&w, "12", 2));         /* the newer one takes its place */
	assert_false(agree(&w, "12", 1, &a, 2)); /* made of the older one */
	a = agreement_of(&w.views[1]);
	assert_true(agree(&w, "12", 1, &a, 2));
	assert_false(state(&w, "12", 2)); /* too late: the epoch has begun with what was there */
	assert_int_equal(w.views[1].state, VIEW_AGREED);
	world_fini(&w);
}

static void a_stale_agreement(void **unused)
{
	struct world w;
	(void)unused;
	world_init(&w);
	group_is(&w, "12");
	all_state(&w, "12");
	struct agreement a = agreement_of(&w.views[1]);
	group_is(&w, "1");
	group_is(&w, "12");
	assert_false(agree(&w, "12", 1, &a, 1)); /* nobody has stated */
	all_state(&w, "12");
	assert_false(agree(&w, "12", 1, &a, 1)); /* of other statements */
	a = agreement_of(&w.views[1]);
	assert_true(agree(&w, "12", 1, &a, 1));
	assert_false(agree(&w, "12", 1, &a, 2)); /* twice */
	assert_int_equal(w.views[2].epoch, 1);
	world_fini(&w);
}

static void agreements_of_others(void **unused)
{
	struct world w;
	(void)unused;
	world_init(&w);
	group_is(&w, "12");
	all_state(&w, "12");
	struct agreement a = agreement_of(&w.views[1]);
	assert_false(agree(&w, "12", 2, &a, 1)); /* not the leader's */
	assert_false(agree(&w, "12", 3, &a, 1)); /* not a member's */
	assert_false(agree(&w, "12", 1, &a, 0)); /* rule 3 */
	struct agreement wrong = a;
	wrong.leader = node_id_of(2);
	assert_false(agree(&w, "12", 1, &wrong, 1));
	wrong = a;
	wrong.part_count = 1;
	assert_false(agree(&w, "12", 1, &wrong, 1));
	wrong = a;
	wrong.parts[1].serial++;
	assert_false(agree(&w, "12", 1, &wrong, 1));
	wrong = a;
	wrong.parts[1].member.pid++;
	assert_false(agree(&w, "12", 1, &wrong, 1));
	assert_true(agree(&w, "12", 1, &a, 1));
	world_fini(&w);
}

/* Rule 6. */
static void agreements_next_to_each_other(void **unused)
{
	struct world w;
	(void)unused;
	world_init(&w);
	come_together(&w, "1234", 1, 1);
	assert_false(w.views[1].is_next);
	come_together(&w, "123", 1, 2);
	assert_true(w.views[1].is_next);
	assert_true(w.views[3].is_next);
	come_together(&w, "123", 1, 3); /* the same once more */
	assert_true(w.views[2].is_next);
	come_together(&w, "1234", 1, 4); /* 4 may have agreed to anything */
	assert_false(w.views[1].is_next);
	come_together(&w, "12", 1, 5); /* two parts, both in their fifth epoch */
	come_together(&w, "34", 3, 5);
	assert_true(w.views[1].is_next);
	assert_true(w.views[4].is_next);
	come_together(&w, "123", 1, 6);
	assert_false(w.views[1].is_next);
	assert_false(w.views[3].is_next);
	group_is(&w, "23"); /* a change without an agreement: nobody knows whether the others had one */
	all_state(&w, "23");
	come_together(&w, "12", 1, 7);
	assert_false(w.views[1].is_next);
	come_together(&w, "2", 2, 8);
	assert_true(w.views[2].is_next);
	world_fini(&w);
}

static void partitions_merge(void **unused)
{
	struct world w;
	(void)unused;
	world_init(&w);
	come_together(&w, "1234", 1, 1);
	come_together(&w, "12", 1, 2);
	come_together(&w, "34", 3, 2);
	come_together(&w, "4", 4, 3);
	come_together(&w, "34", 3, 4);
	w.versions[3] = w.versions[4] = (struct cib_version){0, 5, 0};
	come_together(&w, "1234", 1, 5); /* above what either side has known */
	assert_int_equal(w.views[2].winner.v, 3);
	for (unsigned n = 1; n <= NODES; n++)
		assert_int_equal(w.views[n].joined, 1);
	world_fini(&w);
}

static void messages_of_other_epochs(void **unused)
{
	struct world w;
	(void)unused;
	world_init(&w);
	come_together(&w, "12", 1, 1);
	group_is(&w, "12");
	assert_false(view_accepts(&w.views[1], 1)); /* the same, but not agreed */
	all_state(&w, "12");
	assert_false(view_accepts(&w.views[1], 1));
	struct agreement a = agreement_of(&w.views[1]);
	assert_true(agree(&w, "12", 1, &a, 2));
	assert_false(view_accepts(&w.views[1], 1));
	assert_true(view_accepts(&w.views[1], 2));
	world_fini(&w);
}

static void a_node_that_was_restarted_is_new(void **unused)
{
	struct world w;
	(void)unused;
	world_init(&w);
	come_together(&w, "12", 1, 1);
	view_fini(&w.views[1]);
	view_init(&w.views[1], member(1));
	come_together(&w, "12", 2, 2);
	assert_int_equal(w.views[1].joined, 2);
	world_fini(&w);
}

static void a_node_counts_once(void **unused)
{
	struct manager_view v;
	struct member members[] = {{{2}, 7}, {{1}, 9}, {{2}, 5}};
	(void)unused;
	view_init(&v, (struct member){{2}, 7});
	view_change(&v, members, 3);
	assert_int_equal(v.part_count, 2);
	assert_int_equal(v.parts[0].member.node.v, 1);
	assert_int_equal(v.parts[1].member.pid, 5);
	view_fini(&v);
}

static void parts_are_found(void **unused)
{
	struct world w;
	(void)unused;
	world_init(&w);
	group_is(&w, "12");
	assert_null(view_part_by_name(&w.views[1], "two")); /* nobody has said so yet */
	all_state(&w, "12");
	assert_ptr_equal(view_part_by_name(&w.views[1], "TWO"), view_part_by_id(&w.views[1], node_id_of(2)));
	assert_null(view_part_by_name(&w.views[1], "three"));
	assert_null(view_part_by_id(&w.views[1], node_id_of(3)));
	world_fini(&w);
}

static void the_group_may_be_empty(void **unused)
{
	struct manager_view v;
	(void)unused;
	view_init(&v, member(1));
	view_change(&v, NULL, 0);
	assert_int_equal(v.state, VIEW_CHANGING);
	assert_int_equal(view_next_epoch(&v), 1);
	view_fini(&v);
	view_fini(NULL);
}

static void awaited_is(const struct manager_view *v, const char *expected)
{
	GString *text = g_string_new(NULL);
	view_tell_awaited(v, text);
	assert_string_equal(text->str, expected);
	(void)g_string_free(text, TRUE);
}

static void what_is_awaited(void **unused)
{
	struct world w;
	(void)unused;
	world_init(&w);
	awaited_is(&w.views[1], "the engine, to let us into the group");
	group_is(&w, "123");
	awaited_is(&w.views[1], "what these nodes' managers have: 1, 2, 3");
	assert_false(state(&w, "123", 1));
	awaited_is(&w.views[1], "what these nodes' managers have: 2, 3");
	assert_false(state(&w, "123", 2));
	assert_true(state(&w, "123", 3));
	awaited_is(&w.views[3], "the agreement of the leader, node 1");
	come_together(&w, "123", 1, 1);
	awaited_is(&w.views[3], "");
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_alone),
		cmocka_unit_test(who_leads_and_who_wins),
		cmocka_unit_test(the_winner_need_not_lead),
		cmocka_unit_test(a_later_lineage_wins),
		cmocka_unit_test(a_promise_is_overtaken),
		cmocka_unit_test(who_knows_what_is_settled),
		cmocka_unit_test(the_leader_wins_with_the_same),
		cmocka_unit_test(statements_come_in_any_order),
		cmocka_unit_test(others_do_not_count),
		cmocka_unit_test(a_flapping_group),
		cmocka_unit_test(a_stale_agreement),
		cmocka_unit_test(agreements_of_others),
		cmocka_unit_test(agreements_next_to_each_other),
		cmocka_unit_test(partitions_merge),
		cmocka_unit_test(messages_of_other_epochs),
		cmocka_unit_test(a_node_that_was_restarted_is_new),
		cmocka_unit_test(a_node_counts_once),
		cmocka_unit_test(parts_are_found),
		cmocka_unit_test(the_group_may_be_empty),
		cmocka_unit_test(what_is_awaited),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
