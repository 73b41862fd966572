/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole clusters of managers: they agree, they decide, services run where they should, and nothing runs twice. */
#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char fence[] =
	"<primitive id=\"fence\" class=\"stonith\" type=\"fence_x\"><instance_attributes id=\"fence-ia\">"
	"<nvpair id=\"fence-hl\" name=\"pcmk_host_list\" value=\"n1 n2 n3 n4 n5\"/></instance_attributes></primitive>";
static const char web[] = "<primitive id=\"web\" class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\"><operations>"
			  "<op id=\"web-m\" name=\"monitor\" interval=\"10s\"/></operations></primitive>";

static bool are_agreed(struct world *w, void *arg)
{
	unsigned int members = *(unsigned int *)arg, agreed = 0;
	for (unsigned int i = 0; i < WORLD_NODES && i < members; i++) {
		const struct controller *c = world_controller(w, i);
		agreed += c != NULL && controller_view(c)->state == VIEW_AGREED &&
			  controller_view(c)->part_count == members;
	}
	return agreed == members;
}

static struct world *cluster(unsigned int nodes)
{
	struct world *w = world_new(nodes, 1);
	world_verbose = getenv("WORLD_VERBOSE") != NULL;
	for (unsigned int i = 0; i < nodes; i++)
		world_start(w, i);
	assert_true(world_run_until(w, are_agreed, &nodes, 5000));
	return w;
}

struct place {
	const char *rsc;
	unsigned int where;
};

static bool is_there(struct world *w, void *arg)
{
	const struct place *p = arg;
	return world_where(w, p->rsc) == p->where;
}

static bool runs(struct world *w, void *arg)
{
	return world_where(w, arg) != 0;
}

static void configure(struct world *w)
{
	assert_int_equal(0, world_edit(w, 0, EDIT_CREATE, "resources", fence));
	assert_int_equal(0, world_edit(w, 0, EDIT_CREATE, "resources", web));
	assert_true(world_run_until(w, runs, (char *)(uintptr_t) "web", 10000));
	world_run(w, 1000);
}

static unsigned int place_of(const struct world *w, const char *rsc)
{
	unsigned int bits = world_where(w, rsc);
	for (unsigned int i = 0; i < WORLD_NODES; i++)
		if (bits == 1u << i)
			return i;
	fail_msg("%s is at %x", rsc, bits);
	return 0;
}

static void test_they_agree(void **state)
{
	(void)state;
	struct world *w = cluster(3);
	assert_int_equal(1, controller_view(world_controller(w, 2))->leader.v);
	assert_true(world_now_ms(w) < 1200);
	world_free(w);
}

static void test_a_service_starts(void **state)
{
	(void)state;
	struct world *w = cluster(2);
	configure(w);
	assert_int_equal(1, world_runs(w, "web", "start"));
	struct request wait = {.kind = REQUEST_WAIT, .wait_ms = 10000};
	assert_int_equal(0, world_request(w, 0, &wait));
	assert_int_equal(0, world_request(w, 1, &wait)); /* also where nobody leads */
	world_slow(w, "late", "start", 3000);
	assert_int_equal(0, world_edit(w, 1, EDIT_CREATE, "resources",
				       "<primitive id=\"late\" class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\"/>"));
	uint64_t before = world_now_ms(w);
	assert_int_equal(0, world_request(w, 1, &wait));
	assert_int_not_equal(0, world_where(w, "late"));
	assert_in_range(world_now_ms(w) - before, 3000, 4000);
	world_free(w);
}

static void test_a_lost_node_is_fenced_and_its_service_returns(void **state)
{
	(void)state;
	struct world *w = cluster(2);
	configure(w);
	unsigned int at = place_of(w, "web");
	struct place other = {"web", 1u << (1 - at)};
	world_kill(w, at);
	assert_true(world_run_until(w, is_there, &other, 10000));
	assert_int_equal(1, world_runs(w, "fence", "reboot") + world_runs(w, "fence", "off"));
	world_run(w, 5000);
	world_start(w, at);
	world_run(w, 10000); /* no stickiness: it may go back */
	assert_true(world_where(w, "web") == 1 || world_where(w, "web") == 2);
	assert_int_equal(1, world_runs(w, "fence", "reboot") + world_runs(w, "fence", "off"));
	world_free(w);
}

/* Each had led itself alone before they met: whoever leads after the first leader's death knows that it has begun. */
static void test_the_next_leader_does_not_wait(void **state)
{
	(void)state;
	static const unsigned int apart[WORLD_NODES] = {0, 1}, together[WORLD_NODES] = {0, 0};
	unsigned int both = 2;
	struct world *w = world_new(2, 1);
	world_split(w, apart);
	world_start(w, 0);
	world_start(w, 1);
	world_run(w, 1000);
	world_split(w, together);
	assert_true(world_run_until(w, are_agreed, &both, 5000));
	configure(w);
	unsigned int leader = controller_view(world_controller(w, 0))->leader.v - 1;
	struct place other = {"web", 1u << (1 - leader)};
	world_kill(w, leader);
	assert_true(world_run_until(w, is_there, &other, 1500));
	world_free(w);
}

static void test_a_node_that_comes_later_is_waited_for(void **state)
{
	(void)state;
	struct world *w = cluster(3);
	configure(w);
	for (unsigned int i = 0; i < 3; i++)
		world_kill(w, i);
	world_run(w, 1000);
	world_start(w, 0);
	world_run(w, 3000);
	world_start(w, 1);
	world_run(w, 5000);
	assert_int_equal(0, world_runs(w, "fence", "reboot") + world_runs(w, "fence", "off"));
	world_start(w, 2);
	assert_true(world_run_until(w, runs, (char *)(uintptr_t) "web", 3000));
	assert_int_equal(0, world_runs(w, "fence", "reboot") + world_runs(w, "fence", "off"));
	world_free(w);
}

/* Group and ring come over two ways; a node that is still in the ring by the first is not waited for. */
static void test_a_lost_node_is_not_waited_for(void **state)
{
	(void)state;
	static const uint64_t late_ms[] = {0, 1, 5, 20, 100, 1000};
	for (size_t i = 0; i < sizeof(late_ms) / sizeof(late_ms[0]); i++) {
		struct world *w = cluster(2);
		configure(w);
		world_delay_ring(w, late_ms[i]);
		unsigned int at = place_of(w, "web");
		struct place other = {"web", 1u << (1 - at)};
		world_kill(w, at);
		assert_true(world_run_until(w, is_there, &other, 1000 + late_ms[i]));
		world_free(w);
	}
}

/* Resources are told by who ran them, attributes by the leader, nodes and fencing by everybody. */
static void test_alerts(void **state)
{
	(void)state;
	struct world *w = cluster(3);
	configure(w);
	assert_int_equal(0,
			 world_edit(w, 0, EDIT_CREATE, "configuration",
				    "<alerts><alert id=\"nodes\" path=\"/a\"><select><select_nodes/></select></alert>"
				    "<alert id=\"fencing\" path=\"/a\"><select><select_fencing/></select></alert>"
				    "<alert id=\"resources\" path=\"/a\"><select><select_resources/></select></alert>"
				    "<alert id=\"attributes\" path=\"/a\"><select><select_attributes/></select></alert>"
				    "</alerts>"));
	struct request set = {.kind = REQUEST_ATTRIBUTE,
			      .attribute = {.node = "n2", .name = "load", .value = "7", .delay_ms = -1}};
	assert_int_equal(0, world_request(w, 1, &set));
	assert_int_equal(0, world_request(w, 1, &set)); /* the same again is no news */
	world_run(w, 1000);
	assert_int_equal(1, world_runs(w, "attributes", "alert"));
	assert_int_equal(0, world_runs(w, "resources", "alert"));
	unsigned int at = place_of(w, "web");
	world_kill(w, at);
	world_run(w, 8000);
	assert_int_equal(2, world_runs(w, "nodes", "alert"));
	assert_int_equal(2, world_runs(w, "fencing", "alert"));
	assert_in_range(world_runs(w, "resources", "alert"), 2, 4); /* start, monitor; and of the device, if it moved */
	unsigned int all = world_runs(w, "resources", "alert");
	world_kill_manager(w, (at + 1) % 3); /* programs that were called are no resources to whoever comes after it */
	world_start(w, (at + 1) % 3);
	world_run(w, 8000);
	assert_int_equal(2, world_runs(w, "nodes", "alert"));
	assert_int_equal(all, world_runs(w, "resources", "alert"));
	world_free(w);
}

/* A fence agent is at work for a while; somebody vouches that the node is down, and turns it on: it stays on. */
static void test_a_node_that_somebody_vouched_for_is_left_alone(void **state)
{
	(void)state;
	struct world *w = cluster(2);
	configure(w);
	world_slow(w, "fence", "reboot", 10000);
	world_kill(w, 1);
	world_run(w, 2000);
	assert_int_equal(1, world_runs(w, "fence", "reboot"));
	struct request r = {.kind = REQUEST_FENCE};
	r.fence.target = "n2";
	r.fence.confirm = true;
	r.fence.client = "test";
	assert_int_equal(0, world_request(w, 0, &r));
	world_start(w, 1);
	world_run(w, 30000);
	assert_true(world_is_up(w, 1));
	unsigned int members = 2;
	assert_true(are_agreed(w, &members));
	assert_int_equal(1, world_runs(w, "fence", "reboot"));
	world_free(w);
}

static void test_a_failed_service_is_restarted(void **state)
{
	(void)state;
	struct world *w = cluster(2);
	configure(w);
	unsigned int at = place_of(w, "web");
	world_break(w, "web", at);
	world_run(w, 15000);
	assert_int_equal(1u << at, world_where(w, "web"));
	assert_int_equal(2, world_runs(w, "web", "start"));
	world_free(w);
}

static void test_a_manager_that_is_restarted_changes_nothing(void **state)
{
	(void)state;
	struct world *w = cluster(2);
	configure(w);
	unsigned int at = place_of(w, "web");
	world_kill_manager(w, at);
	world_run(w, 500);
	world_start(w, at);
	world_run(w, 30000);
	assert_int_equal(1u << at, world_where(w, "web"));
	assert_int_equal(1, world_runs(w, "web", "start"));
	assert_int_equal(0, world_runs(w, "fence", "reboot"));
	world_free(w);
}

static void test_a_node_that_stops_moves_its_services_first(void **state)
{
	(void)state;
	struct world *w = cluster(2);
	configure(w);
	unsigned int at = place_of(w, "web");
	struct request stop = {.kind = REQUEST_SHUTDOWN};
	assert_int_equal(0, world_request(w, at, &stop));
	world_run(w, 10000);
	assert_int_equal(LEAVE_DONE, world_left(w, at));
	assert_int_equal(1u << (1 - at), world_where(w, "web"));
	assert_int_equal(0, world_runs(w, "fence", "reboot"));
	world_start(w, at); /* it was stopped, and is not any more */
	world_run(w, 20000);
	assert_true(world_is_up(w, at));
	unsigned int both = 2;
	assert_true(are_agreed(w, &both));
	assert_int_equal(0, world_runs(w, "fence", "reboot"));
	world_free(w);
}

static void set_option(struct world *w, const char *name, const char *value)
{
	char *body = g_strdup_printf("<cluster_property_set id=\"o\"><nvpair id=\"o-%s\" name=\"%s\" value=\"%s\"/>"
				     "</cluster_property_set>",
				     name, name, value);
	assert_int_equal(0, world_edit(w, 0, EDIT_MODIFY, "crm_config", body));
	g_free(body);
}

/* With shutdown-lock it waits for its node, and starts there when that is back; then it is as free as before. */
static void test_a_service_waits_for_the_node_that_was_stopped(void **state)
{
	(void)state;
	struct world *w = cluster(2);
	set_option(w, "shutdown-lock", "true");
	configure(w);
	world_run(w, 2000);
	unsigned int at = place_of(w, "web"), both = 2;
	struct place same = {"web", 1u << at}, other = {"web", 1u << (1 - at)};
	struct request stop = {.kind = REQUEST_SHUTDOWN};
	assert_int_equal(0, world_request(w, at, &stop));
	world_run(w, 10000);
	assert_int_equal(LEAVE_DONE, world_left(w, at));
	assert_int_equal(0, world_where(w, "web"));
	world_start(w, at);
	assert_true(world_run_until(w, is_there, &same, 10000));
	assert_true(are_agreed(w, &both));
	world_run(w, 2000);
	assert_int_equal(0, world_edit(w, 0, EDIT_CREATE, "constraints",
				       at == 0 ? "<rsc_location id=\"l\" rsc=\"web\" node=\"n2\" score=\"100\"/>"
					       : "<rsc_location id=\"l\" rsc=\"web\" node=\"n1\" score=\"100\"/>"));
	assert_true(world_run_until(w, is_there, &other, 10000));
	world_free(w);
}

/* While it is being stopped, something else is decided: that does not make its failure forgotten. */
static void test_a_failure_counts_although_others_come_in_between(void **state)
{
	(void)state;
	struct world *w = cluster(2);
	assert_int_equal(0, world_edit(w, 0, EDIT_CREATE, "resources", fence));
	assert_int_equal(0, world_edit(w, 0, EDIT_CREATE, "resources",
				       "<primitive id=\"web\" class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\">"
				       "<meta_attributes id=\"m\"><nvpair id=\"m-t\" name=\"migration-threshold\" "
				       "value=\"1\"/></meta_attributes><operations>"
				       "<op id=\"web-m\" name=\"monitor\" interval=\"1s\"/></operations></primitive>"));
	assert_true(world_run_until(w, runs, (char *)(uintptr_t) "web", 10000));
	world_run(w, 3000);
	unsigned int at = place_of(w, "web");
	struct place other = {"web", 1u << (1 - at)};
	world_slow(w, "web", "stop", 3000);
	world_break(w, "web", at);
	world_run(w, 2000);
	assert_int_equal(1, world_runs(w, "web", "stop"));
	assert_int_equal(0, world_edit(w, 0, EDIT_CREATE, "resources",
				       "<primitive id=\"more\" class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\"/>"));
	assert_true(world_run_until(w, is_there, &other, 10000));
	assert_int_equal(2, world_runs(w, "web", "start"));
	world_free(w);
}

static bool has_left(struct world *w, void *arg)
{
	return world_left(w, *(unsigned int *)arg) == LEAVE_DONE;
}

static bool is_changing(struct world *w, void *arg)
{
	return controller_view(world_controller(w, *(unsigned int *)arg))->state != VIEW_AGREED;
}

static void test_a_node_that_stops_while_members_change_still_moves_its_services(void **state)
{
	(void)state;
	struct world *w = cluster(3);
	configure(w);
	unsigned int at = place_of(w, "web"), other = (at + 1) % 3;
	struct request stop = {.kind = REQUEST_SHUTDOWN};
	world_kill_manager(w, other);
	assert_true(world_run_until(w, is_changing, &at, 5000));
	assert_int_equal(0, world_request(w, at, &stop));
	world_start(w, other);
	assert_true(world_run_until(w, has_left, &at, 20000));
	world_run(w, 5000);
	assert_int_not_equal(0, world_where(w, "web"));
	assert_int_not_equal(1u << at, world_where(w, "web"));
	assert_int_equal(0, world_runs(w, "fence", "reboot"));
	world_free(w);
}

/* Nothing fences, and the service cannot be stopped: whoever asks gets his end all the same. */
static void test_a_node_that_cannot_stop_its_services_ends_in_the_end(void **state)
{
	(void)state;
	struct world *w = cluster(2);
	set_option(w, "stonith-enabled", "false");
	set_option(w, "shutdown-escalation", "90s");
	assert_int_equal(0, world_edit(w, 0, EDIT_CREATE, "resources", web));
	assert_true(world_run_until(w, runs, (char *)(uintptr_t) "web", 10000));
	unsigned int at = place_of(w, "web");
	world_fail(w, "web", "stop", 1);
	struct request stop = {.kind = REQUEST_SHUTDOWN};
	assert_int_equal(0, world_request(w, at, &stop));
	world_run(w, 88000);
	assert_int_equal(-1, world_left(w, at));
	assert_true(world_run_until(w, has_left, &at, 3000));
	world_free(w);
}

/* A device that fences whatever it is told is not asked, and whoever asks is told at once. */
static void test_nobody_fences_a_node_that_is_not_there(void **state)
{
	(void)state;
	struct world *w = cluster(2);
	struct request r = {.kind = REQUEST_FENCE, .fence = {.target = "n9", .action = FENCE_REBOOT, .client = "me"}};
	assert_int_equal(0, world_edit(w, 0, EDIT_CREATE, "resources",
				       "<primitive id=\"fence\" class=\"stonith\" type=\"fence_x\">"
				       "<instance_attributes id=\"fence-ia\"><nvpair id=\"fence-hc\" "
				       "name=\"pcmk_host_check\" value=\"none\"/></instance_attributes></primitive>"));
	world_run(w, 3000);
	for (unsigned int node = 0; node < 2; node++)
		assert_int_equal(105, world_request(w, node, &r));
	r.fence.confirm = true;
	assert_int_equal(105, world_request(w, 0, &r));
	world_run(w, 3000);
	assert_int_equal(0, world_runs(w, "fence", "reboot"));
	r = (struct request){.kind = REQUEST_FENCE, .fence = {.target = "n2", .action = FENCE_REBOOT, .client = "me"}};
	assert_int_equal(0, world_request(w, 0, &r));
	assert_int_equal(1, world_runs(w, "fence", "reboot"));
	world_free(w);
}

static void test_a_delay_before_deciding(void **state)
{
	(void)state;
	struct world *w = cluster(2);
	configure(w);
	set_option(w, "transition-delay", "5s");
	world_run(w, 20000);
	world_break(w, "web", place_of(w, "web"));
	uint64_t before = world_now_ms(w);
	assert_true(world_run_until(w, runs, (char *)(uintptr_t) "web", 30000));
	assert_in_range(world_now_ms(w) - before, 5000, 16000); /* until the next monitor, and the delay */
	world_free(w);
}

static void test_a_slow_start_holds_up_nobody_else(void **state)
{
	(void)state;
	struct world *w = cluster(2);
	configure(w);
	world_slow(w, "slow", "start", 15000);
	assert_int_equal(0, world_edit(w, 0, EDIT_CREATE, "resources",
				       "<primitive id=\"slow\" class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\"/>"));
	world_run(w, 1000);
	assert_int_equal(0, world_edit(w, 0, EDIT_CREATE, "resources",
				       "<primitive id=\"fast\" class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\"/>"));
	assert_true(world_run_until(w, runs, (char *)(uintptr_t) "fast", 2000));
	assert_int_equal(0, world_where(w, "slow"));
	world_run(w, 20000);
	assert_int_not_equal(0, world_where(w, "slow"));
	assert_int_equal(1, world_runs(w, "slow", "start"));
	world_free(w);
}

static void test_a_minority_stops(void **state)
{
	(void)state;
	struct world *w = cluster(3);
	const unsigned int sides[] = {0, 1, 1};
	configure(w);
	world_split(w, sides);
	world_run(w, 20000);
	unsigned int where = world_where(w, "web");
	assert_true(where == 2 || where == 4);
	world_free(w);
}

/* Found by seed 121 of the simulator with engines. What is frozen is not moved to a machine that the others, who have
 * quorum, know to be off: they have n1 fenced, and start the service themselves. Where there is quorum again it is.
 */
static void test_what_is_frozen_stays_where_it_is(void **state)
{
	(void)state;
	struct world *w = cluster(5);
	const unsigned int sides[WORLD_NODES] = {0, 1, 1, 1, 0}, together[WORLD_NODES] = {0};
	struct place first = {"web", 1}, last = {"web", 1 << 4};
	set_option(w, "no-quorum-policy", "freeze");
	configure(w);
	assert_int_equal(0, world_edit(w, 0, EDIT_CREATE, "constraints",
				       "<rsc_location id=\"l1\" rsc=\"web\" node=\"n1\" score=\"100\"/>"));
	assert_int_equal(0, world_edit(w, 0, EDIT_CREATE, "constraints",
				       "<rsc_location id=\"l5\" rsc=\"web\" node=\"n5\" score=\"200\"/>"));
	assert_true(world_run_until(w, is_there, &last, 10000));
	world_run(w, 1000);
	world_kill(w, 4);
	assert_true(world_run_until(w, is_there, &first, 20000));
	world_run(w, 1000);
	world_split(w, sides);
	world_start(w, 4);
	world_run(w, 20000); /* it is never active twice, or the world ends */
	unsigned int where = world_where(w, "web");
	assert_true(where == 2 || where == 4 || where == 8);
	world_split(w, together);
	assert_true(world_run_until(w, is_there, &last, 20000));
	world_free(w);
}

static void test_the_leader_dies_at_any_time(void **state)
{
	(void)state;
	for (uint64_t ms = 0; ms < 400; ms += 13) {
		struct world *w = cluster(3);
		assert_int_equal(0, world_edit(w, 0, EDIT_CREATE, "resources", fence));
		assert_int_equal(0, world_edit(w, 0, EDIT_CREATE, "resources", web));
		world_run(w, ms);
		world_kill(w, 0);
		world_run(w, 20000);
		unsigned int where = world_where(w, "web");
		assert_true(where == 2 || where == 4);
		world_free(w);
	}
}

static void test_bad_changes_change_nothing(void **state)
{
	(void)state;
	struct world *w = cluster(2);
	assert_int_equal(78,
			 world_edit(w, 0, EDIT_CREATE, "resources", "<primitive id=\"x\" class=\"ocf\" kind=\"1\"/>"));
	assert_int_not_equal(0, world_edit(w, 1, EDIT_CREATE, "resources", "<primitive"));
	world_free(w);
}

static bool is_third_alone(struct world *w, void *arg)
{
	(void)arg;
	const struct controller *c = world_controller(w, 2);
	return c != NULL && !controller_is_quorate(c);
}

/* What a manager shows of itself, and a client that goes while it waits. */
static void test_what_is_to_be_read(void **state)
{
	(void)state;
	struct world *w = cluster(3);
	configure(w);
	const struct controller *first = world_controller(w, 0), *last = world_controller(w, 2);
	char digests[2][33];
	assert_true(controller_is_quorate(first));
	assert_int_equal(LEADER_IDLE, leader_state(controller_leader(first)));
	assert_int_equal(LEADER_OFF, leader_state(controller_leader(last)));
	cluster_state_digest(controller_state(first), digests[0]);
	cluster_state_digest(controller_state(last), digests[1]);
	assert_string_equal(digests[0], digests[1]);
	world_split(w, (const unsigned int[WORLD_NODES]){0, 0, 1});
	assert_true(world_run_until(w, is_third_alone, NULL, 1000)); /* it is fenced soon */
	assert_true(controller_is_quorate(first));
	world_free(w);
}

static void test_a_client_that_goes(void **state)
{
	(void)state;
	struct world *w = cluster(2);
	configure(w);
	world_slow(w, "late", "start", 3000);
	assert_int_equal(0, world_edit(w, 0, EDIT_CREATE, "resources",
				       "<primitive id=\"late\" class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\"/>"));
	assert_false(world_answers_after_drop(w, 0, 10000));
	struct request wait = {.kind = REQUEST_WAIT, .wait_ms = 10000};
	assert_int_equal(0, world_request(w, 0, &wait)); /* others are answered */
	world_free(w);
}

/* Two parts of three nodes, none with a majority of five: neither believes in the quorum of before. */
static void test_quorum_is_known_before_anything_is_stated(void **state)
{
	(void)state;
	struct world *w = cluster(5);
	configure(w);
	world_kill(w, 4);
	world_kill(w, 3);
	world_run(w, 30000);
	unsigned int actions = world_runs(w, "web", "start");
	world_delay_ring(w, 700);
	world_split(w, (const unsigned int[WORLD_NODES]){0, 0, 1, 0, 0});
	world_run(w, 600);
	assert_int_equal(VIEW_CHANGING, controller_view(world_controller(w, 2))->state);
	world_run(w, 500);
	for (unsigned int i = 0; i < 3; i++) {
		const struct controller *c = world_controller(w, i);
		assert_int_equal(VIEW_AGREED, controller_view(c)->state);
		assert_false(controller_is_quorate(c));
		assert_string_equal("0", element_get(document_root(controller_state(c)->document), NAME_HAVE_QUORUM));
	}
	assert_int_equal(actions, world_runs(w, "web", "start"));
	/* an engine that says nothing is not waited for for ever */
	world_delay_ring(w, 60000);
	world_split(w, (const unsigned int[WORLD_NODES]){0, 1, 1, 0, 0});
	world_run(w, 5000);
	assert_int_equal(VIEW_AGREED, controller_view(world_controller(w, 0))->state);
	world_free(w);
}

/* Without its executor a manager orders nothing from it, and goes on when it is there again. */
static void test_an_executor_that_is_away(void **state)
{
	(void)state;
	struct world *w = cluster(2);
	configure(w);
	unsigned int at = place_of(w, "web"), starts = world_runs(w, "web", "start");
	world_lose_executor(w, at, 2000);
	world_run(w, 20000);
	assert_int_equal(1u << at, world_where(w, "web"));
	assert_int_equal(starts, world_runs(w, "web", "start"));
	world_break(w, "web", at); /* its monitor is still there */
	world_run(w, 20000);
	assert_int_not_equal(0, world_where(w, "web"));
	assert_int_equal(starts + 1, world_runs(w, "web", "start"));
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_they_agree),
		cmocka_unit_test(test_a_service_starts),
		cmocka_unit_test(test_a_lost_node_is_fenced_and_its_service_returns),
		cmocka_unit_test(test_the_next_leader_does_not_wait),
		cmocka_unit_test(test_a_node_that_comes_later_is_waited_for),
		cmocka_unit_test(test_a_lost_node_is_not_waited_for),
		cmocka_unit_test(test_alerts),
		cmocka_unit_test(test_a_node_that_somebody_vouched_for_is_left_alone),
		cmocka_unit_test(test_a_failed_service_is_restarted),
		cmocka_unit_test(test_a_manager_that_is_restarted_changes_nothing),
		cmocka_unit_test(test_a_node_that_stops_moves_its_services_first),
		cmocka_unit_test(test_a_service_waits_for_the_node_that_was_stopped),
		cmocka_unit_test(test_a_failure_counts_although_others_come_in_between),
		cmocka_unit_test(test_a_node_that_stops_while_members_change_still_moves_its_services),
		cmocka_unit_test(test_a_node_that_cannot_stop_its_services_ends_in_the_end),
		cmocka_unit_test(test_nobody_fences_a_node_that_is_not_there),
		cmocka_unit_test(test_a_delay_before_deciding),
		cmocka_unit_test(test_a_slow_start_holds_up_nobody_else),
		cmocka_unit_test(test_a_minority_stops),
		cmocka_unit_test(test_what_is_frozen_stays_where_it_is),
		cmocka_unit_test(test_the_leader_dies_at_any_time),
		cmocka_unit_test(test_bad_changes_change_nothing),
		cmocka_unit_test(test_what_is_to_be_read),
		cmocka_unit_test(test_a_client_that_goes),
		cmocka_unit_test(test_quorum_is_known_before_anything_is_stated),
		cmocka_unit_test(test_an_executor_that_is_away),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
