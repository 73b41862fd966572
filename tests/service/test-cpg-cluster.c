/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several nodes on one ordered stream: what their clients are told when nodes
 * and processes come and go (engine-ipc.md §2.3, §2.4; engine-wire.md §8.2).
 */
#include "cpg-world.h"

static void same_told(uint32_t a, uint32_t b, const char *expected)
{
	assert_string_equal(world_told(a, 1), expected);
	assert_string_equal(world_told(b, 1), expected);
}

static void test_order_of_members(void **state)
{
	(void)state;
	world_ring("123");
	world_forget();
	assert_int_equal(world_join(2, 1, "g", 7, 0), STATUS_OK);
	assert_int_equal(world_join(3, 1, "g", 5, 0), STATUS_OK);
	assert_int_equal(world_join(1, 1, "g", 9, 0), STATUS_OK);
	assert_int_equal(world_join(1, 2, "g", 8, 0), STATUS_OK);
	world_run();
	assert_string_equal(world_told(2, 1), "change g: 2:7 +2:7/1\n"
					      "change g: 2:7 3:5 +3:5/1\n"
					      "change g: 1:9 2:7 3:5 +1:9/1\n"
					      "change g: 1:8 1:9 2:7 3:5 +1:8/1\n");
	assert_string_equal(world_told(1, 1), "change g: 1:9 2:7 3:5 +1:9/1\n"
					      "change g: 1:8 1:9 2:7 3:5 +1:8/1\n");
	assert_string_equal(world_told(1, 2), "change g: 1:8 1:9 2:7 3:5 +1:8/1\n");
}

static void test_messages_everywhere(void **state)
{
	(void)state;
	world_mcast(1, 1, "one");
	world_mcast(3, 1, "three");
	assert_int_equal(world_leave(2, 1, "g", 20), STATUS_OK);
	world_mcast(1, 1, "after");
	world_run();
	same_told(1, 3,
		  "message g 1:10 one\nmessage g 3:30 three\nchange g: 1:10 3:30 -2:20/2\n"
		  "message g 1:10 after\n");
	assert_string_equal(world_told(2, 1), "message g 1:10 one\nmessage g 3:30 three\n"
					      "change g: 1:10 3:30 -2:20/2\n");
}

static void test_large_message_everywhere(void **state)
{
	(void)state;
	assert_int_equal(world_partial(1, 1, 1, 6, "abc"), STATUS_OK);
	world_run();
	assert_int_equal(world_partial(1, 1, 3, 6, "def"), STATUS_OK);
	world_run();
	same_told(2, 3, "part g 1:10 1 6 abc\npart g 1:10 3 6 def\n");
}

/* The sender is told to give up as soon as a member was lost in between. */
static void test_large_message_interrupted(void **state)
{
	(void)state;
	assert_int_equal(world_partial(1, 1, 1, 6, "abc"), STATUS_OK);
	world_run();
	world_ring("12");
	assert_int_equal(world_partial(1, 1, 3, 6, "def"), STATUS_INTERRUPT);
	same_told(1, 2, "part g 1:10 1 6 abc\nchange g: 1:10 2:20 -3:30/3\nring 1.8: 1 2\n");
}

static void test_sync_messages(void **state)
{
	struct view view = {.ring = {{1}, 8}, .members = {2, {{1}, {2}}}, .trans = {2, {{1}, {2}}}};
	struct service_event ev = {.type = SERVICE_EVENT_SYNC_INIT, .view = &view};
	static const uint8_t zero[1568];
	static struct service_effects fx;
	struct bytes m;

	(void)state;
	assert_int_equal(world_join(1, 2, "h", 11, 0), STATUS_OK);
	world_run();
	cpg_step(world_cpg(1), &ev, &fx);
	assert_int_equal(fx.count, 0);
	ev.type = SERVICE_EVENT_SYNC_PROCESS;
	fx.sync_again = false;
	cpg_step(world_cpg(1), &ev, &fx);
	assert_false(fx.sync_again);
	assert_int_equal(fx.count, 2);
	m = fx.items[0].head;
	assert_int_equal(m.len, 1568);
	assert_int_equal(u32_at(m.data, 0), 0x20005);
	assert_int_equal(u32_at(m.data, 8), 1568);
	assert_int_equal(u32_at(m.data, 16), 3);
	assert_int_equal(u32_at(m.data, 24), 1);
	assert_int_equal(u32_at(m.data, 32), 3);
	assert_memory_equal(m.data + 36, zero, 1568 - 36);
	m = fx.items[1].head;
	assert_int_equal(m.len, 24 + 2 * 144);
	assert_int_equal(u32_at(m.data, 0), 0x20002);
	assert_int_equal(u32_at(m.data, 8), m.len);
	assert_int_equal(u32_at(m.data, 24), 10);
	assert_int_equal(u32_at(m.data, 32), 1);
	assert_int_equal(m.data[40], 'g');
	assert_int_equal(u32_at(m.data, 168), 11);
	assert_int_equal(m.data[184], 'h');
}

static void test_sync_without_processes(void **state)
{
	struct view view = {.ring = {{1}, 4}, .members = {1, {{1}}}};
	struct service_event ev = {.type = SERVICE_EVENT_SYNC_PROCESS, .view = &view};
	static struct service_effects fx;

	(void)state;
	cpg_step(world_cpg(1), &ev, &fx);
	assert_int_equal(fx.count, 1);
	assert_int_equal(u32_at(fx.items[0].head.data, 0), 0x20005);
}

static void test_node_down(void **state)
{
	(void)state;
	world_joined(3, 2, "h", 31);
	world_joined(1, 2, "h", 11);
	world_forget();
	world_ring("12");
	same_told(1, 2, "change g: 1:10 2:20 -3:30/3\nring 1.8: 1 2\n");
	assert_string_equal(world_told(1, 2), "change h: 1:11 -3:31/3\nring 1.8: 1 2\n");
	assert_string_equal(world_told(1, 3), "ring 1.8: 1 2\n");
}

static void test_partition_and_merge(void **state)
{
	(void)state;
	world_ring("12");
	world_ring("3");
	assert_string_equal(world_told(3, 1), "change g: 3:30 -1:10/3 -2:20/3\nring 3.12: 3\n");
	world_joined(2, 2, "g", 21);
	world_forget();
	world_ring("123");
	same_told(1, 2, "change g: 1:10 2:20 2:21 3:30 +3:30/4\nring 1.16: 1 2 3\n");
	assert_string_equal(world_told(3, 1),
			    "change g: 1:10 2:20 2:21 3:30 +1:10/4 +2:20/4 +2:21/4\nring 1.16: 1 2 3\n");
	assert_int_equal(cpg_member_count(world_cpg(3), "g", 1), 4);
}

/* It was away for so short a time that nobody formed a ring without it, but it does not come with us. */
static void test_node_restarted(void **state)
{
	struct view view = {.ring = {{1}, 8}, .members = {2, {{1}, {2}}}, .trans = {1, {{1}}}};
	struct service_event ev = {.type = SERVICE_EVENT_SYNC_INIT, .view = &view};
	uint8_t list[24 + 2 * 144] = {[24] = 20, [168] = 25};
	static struct service_effects fx;

	(void)state;
	world_put_name(list + 32, "g", 1);
	world_put_name(list + 176, "g", 1);
	cpg_step(world_cpg(1), &ev, &fx);
	ev = (struct service_event){.type = SERVICE_EVENT_DELIVER, .fn = 2, .from = {2}};
	ev.message = bytes_of(list, sizeof list);
	cpg_step(world_cpg(1), &ev, &fx);
	cpg_check(world_cpg(1));
	ev = (struct service_event){.type = SERVICE_EVENT_SYNC_ACTIVATE, .view = &view};
	cpg_step(world_cpg(1), &ev, &fx);
	cpg_check(world_cpg(1));
	/* two changes to client 1: 2 and 3 are down, then 2 is up; then the ring to three clients */
	assert_int_equal(fx.count, 5);
	assert_int_equal(u32_at(fx.items[0].head.data, 160), 1);
	assert_int_equal(u32_at(fx.items[0].head.data, 168), 0);
	assert_int_equal(u32_at(fx.items[0].head.data, 176), 2);
	assert_int_equal(u32_at(fx.items[1].head.data, 160), 3);
	assert_int_equal(u32_at(fx.items[1].head.data, 168), 2);
	assert_int_equal(u32_at(fx.items[1].head.data, 176), 0);
	assert_int_equal(cpg_member_count(world_cpg(1), "g", 1), 3);
}

/* A process that died while the nodes could not tell each other. */
static void test_zombies(void **state)
{
	struct view view = {.ring = {{1}, 8}, .members = {3, {{1}, {2}, {3}}}, .trans = {3, {{1}, {2}, {3}}}};
	struct service_event ev = {.type = SERVICE_EVENT_SYNC_INIT, .view = &view};
	uint8_t list[24 + 144] = {[24] = 30};
	static struct service_effects fx;

	(void)state;
	world_put_name(list + 32, "g", 1);
	world_joined(3, 2, "g", 31);
	world_joined(3, 3, "g", 32);
	world_forget();
	cpg_step(world_cpg(1), &ev, &fx);
	ev = (struct service_event){.type = SERVICE_EVENT_DELIVER, .fn = 2, .from = {3}};
	ev.message = bytes_of(list, sizeof list);
	cpg_step(world_cpg(1), &ev, &fx);
	put_u32(list, 24, 20);
	ev.from = node_id_of(2);
	cpg_step(world_cpg(1), &ev, &fx);
	ev = (struct service_event){.type = SERVICE_EVENT_SYNC_ACTIVATE, .view = &view};
	cpg_step(world_cpg(1), &ev, &fx);
	cpg_check(world_cpg(1));
	assert_int_equal(fx.count, 5);
	for (uint32_t i = 0; i < 2; i++) {
		const uint8_t *b = fx.items[i].head.data;
		uint32_t members = u32_at(b, 160);

		assert_int_equal(members, 4 - i);
		assert_int_equal(u32_at(b, 176), 1);
		assert_int_equal(u32_at(b, 184 + 24 * members), 3);
		assert_int_equal(u32_at(b, 184 + 24 * members + 8), 31 + i);
		assert_int_equal(u32_at(b, 184 + 24 * members + 16), 5);
	}
}

/* Down, up and zombies come in this order, whatever the groups are called, and the ring last. */
static void test_activate_order(void **state)
{
	struct view view = {.ring = {{1}, 8}, .members = {3, {{1}, {2}, {4}}}, .trans = {2, {{1}, {2}}}};
	struct service_event ev = {.type = SERVICE_EVENT_SYNC_INIT, .view = &view};
	uint8_t list[24 + 2 * 144] = {[24] = 40, [168] = 41};
	static const struct {
		char group;
		uint32_t joined, left;
	} expected[] = {{'g', 0, 1}, {'h', 0, 1}, {'g', 1, 0}, {'h', 1, 0}, {'g', 0, 1}};
	static struct service_effects fx;

	(void)state;
	world_joined(1, 2, "h", 11);
	world_joined(3, 2, "h", 31);
	world_put_name(list + 32, "h", 1);
	world_put_name(list + 176, "g", 1);
	cpg_step(world_cpg(1), &ev, &fx);
	ev = (struct service_event){.type = SERVICE_EVENT_DELIVER, .fn = 2, .from = {4}};
	ev.message = bytes_of(list, sizeof list);
	cpg_step(world_cpg(1), &ev, &fx);
	ev = (struct service_event){.type = SERVICE_EVENT_SYNC_ACTIVATE, .view = &view};
	cpg_step(world_cpg(1), &ev, &fx);
	assert_int_equal(fx.count, 5 + 3);
	for (uint32_t i = 0; i < 5; i++) {
		assert_int_equal(fx.items[i].head.data[32], expected[i].group);
		assert_int_equal(u32_at(fx.items[i].head.data, 168), expected[i].joined);
		assert_int_equal(u32_at(fx.items[i].head.data, 176), expected[i].left);
	}
	for (uint32_t i = 5; i < 8; i++)
		assert_int_equal(u32_at(fx.items[i].head.data, 0), 13);
}

/* Joinlists of a ring that broke are not those of the next. */
static void test_stale_joinlists(void **state)
{
	(void)state;
	world_start(3);
	for (uint32_t node = 1; node <= 3; node++)
		world_connect(node, 1);
	world_ring("12");
	world_ring("3");
	world_joined(1, 1, "g", 10);
	world_joined(3, 1, "g", 30);
	world_ring_begin("123");
	assert_int_equal(world_cpg(1)->process_count, 2);
	world_abort("123");
	assert_int_equal(world_cpg(1)->process_count, 1);
	world_ring_begin("123");
	world_ring_begin("12");
	assert_int_equal(world_cpg(1)->process_count, 1);
	world_ring_end("12");
	assert_string_equal(world_told(1, 1), "ring 1.20: 1 2\n");
	assert_int_equal(cpg_member_count(world_cpg(2), "g", 1), 1);
}

/* 3 was lost in a ring that never finished; it is back in the one that does. It
 * may have acted on its own in between, so its clients have left and come again.
 */
static void test_lost_in_aborted_ring(void **state)
{
	(void)state;
	world_ring_begin("12");
	world_abort("12");
	world_ring_begin("123");
	world_abort("123");
	world_ring("123");
	same_told(1, 2, "change g: 1:10 2:20 -3:30/3\nchange g: 1:10 2:20 3:30 +3:30/4\nring 1.16: 1 2 3\n");
}

static void test_aborted_without_loss(void **state)
{
	(void)state;
	world_ring_begin("123");
	world_abort("123");
	world_ring("123");
	same_told(1, 2, "ring 1.12: 1 2 3\n");
	assert_string_equal(world_told(3, 1), "ring 1.12: 1 2 3\n");
}

/* A client goes between its node's joinlist and the activation. Those that are only listed are not told of before. */
static void test_leave_during_sync(void **state)
{
	uint8_t name[136];

	(void)state;
	world_joined(3, 2, "g", 35);
	world_ring("12");
	world_ring("3");
	world_forget();
	world_ring_begin("123");
	world_disconnect(3, 1);
	world_run();
	world_put_name(name, "g", 1);
	world_request(3, 3, 3, name, sizeof name);
	assert_int_equal(u32_at(world_reply.bytes, 24), 1);
	assert_int_equal(u32_at(world_reply.bytes, 32), 3);
	assert_int_equal(u32_at(world_reply.bytes, 40), 35);
	world_ring_end("123");
	same_told(1, 2, "change g: 1:10 2:20 -3:30/5\nchange g: 1:10 2:20 3:35 +3:35/4\nring 1.16: 1 2 3\n");
	assert_string_equal(world_told(3, 2), "change g: 3:35 -3:30/5\n"
					      "change g: 1:10 2:20 3:35 +1:10/4 +2:20/4\nring 1.16: 1 2 3\n");
	assert_int_equal(cpg_member_count(world_cpg(1), "g", 1), 3);
	assert_int_equal(cpg_member_count(world_cpg(3), "g", 1), 3);
}

/* libcpg's array of nodes is short, too. */
static void test_ring_of_many_nodes(void **state)
{
	static struct service_effects fx;
	struct view view = {.ring = {{1}, 8}};
	struct service_event ev = {.type = SERVICE_EVENT_SYNC_ACTIVATE, .view = &view};

	(void)state;
	for (uint32_t i = 1; i <= NODES_MAX; i++)
		node_list_add(&view.members, node_id_of(i));
	cpg_step(world_cpg(1), &ev, &fx);
	assert_int_equal(fx.count, 3);
	assert_int_equal(fx.items[0].head.len, 48 + 4 * CPG_EVENT_LIST_MAX);
	assert_int_equal(u32_at(fx.items[0].head.data, 40), CPG_EVENT_LIST_MAX);
	assert_int_equal(u32_at(fx.items[0].head.data, 40 + 4 * CPG_EVENT_LIST_MAX), CPG_EVENT_LIST_MAX);
}

/* A join that is ordered during a synchronisation is not in any joinlist, and not a zombie for that. */
static void test_join_during_sync(void **state)
{
	(void)state;
	world_ring_begin("123");
	assert_int_equal(world_join(2, 2, "g", 21, 0), STATUS_OK);
	world_run();
	world_ring_end("123");
	same_told(1, 3, "change g: 1:10 2:20 2:21 3:30 +2:21/1\nring 1.8: 1 2 3\n");
}

static void test_initial_ring_is_the_active_one(void **state)
{
	(void)state;
	world_ring("12");
	world_ring_begin("123");
	assert_int_equal(world_join(1, 2, "h", 11, 1), STATUS_OK);
	world_forget();
	world_run();
	assert_string_equal(world_told(1, 2), "change h: 1:11 +1:11/1\nring 1.8: 1 2\n");
}

/* Two partitions whose groups are full meet. */
static void test_merge_beyond_the_limit(void **state)
{
	const char *told;
	uint32_t lines = 0;

	(void)state;
	world_ring("1");
	world_ring("2");
	for (uint32_t i = 5; i < 5 + CPG_EVENT_LIST_MAX; i++) {
		world_connect(1, i);
		world_connect(2, i);
		world_joined(1, i, "g", i);
		world_joined(2, i, "g", i);
	}
	for (uint32_t i = 200; i < 200 + 72; i++) {
		world_connect(2, i);
		assert_int_equal(world_join(2, i, "h", i, 0), STATUS_OK);
	}
	world_run();
	(void)world_told(1, 5);
	(void)world_told(2, 5);
	world_ring("12");
	assert_int_equal(cpg_member_count(world_cpg(1), "g", 1), 2 * CPG_EVENT_LIST_MAX);
	assert_non_null(strstr(world_told(1, 5), " +2:5/4"));
	world_ring("1");
	assert_int_equal(cpg_member_count(world_cpg(1), "g", 1), CPG_EVENT_LIST_MAX);
	for (told = world_told(1, 5); (told = strstr(told, "change ")) != NULL; told++)
		lines++;
	assert_int_equal(lines, 1);
}

/* More than CPG_EVENT_LIST_MAX go at once: several changes, each of which starts where the one before ended. */
static void test_split_changes(void **state)
{
	const char *told;

	(void)state;
	world_ring("12");
	world_joined(1, 1, "g", 1);
	for (uint32_t i = 5; i < 5 + 130; i++) {
		world_connect(2, i);
		assert_int_equal(world_join(2, i, "g", i, 0), STATUS_OK);
	}
	world_run();
	world_forget();
	world_ring("1");
	told = world_told(1, 1);
	assert_int_equal(strncmp(told, "change g: 1:1 2:133 2:134 -2:5/3 -2:6/3 ", 40), 0);
	assert_non_null(strstr(told, " -2:132/3\nchange g: 1:1 -2:133/3 -2:134/3\nring 1.8: 1\n"));
	world_ring("12");
	told = world_told(1, 1);
	assert_non_null(strstr(told, "\nchange g: 1:1 2:5 "));
	assert_non_null(strstr(told, " +2:133/4 +2:134/4\nring "));
}

static void count_lists(void *host, struct service_effects *fx)
{
	for (uint32_t i = 0; i < fx->count; i++) {
		if (u32_at(fx->items[i].head.data, 0) == 0x20002)
			*(uint32_t *)host += (uint32_t)(fx->items[i].head.len - 24) / 144;
		assert_true(fx->items[i].head.len <= 24 + 1024 * 144);
	}
}

/* Long joinlists are cut into messages, and read from several. */
static void test_many_processes(void **state)
{
	static struct service_effects fx = {.drain = count_lists};
	struct service_event ev = {.type = SERVICE_EVENT_SYNC_PROCESS};
	enum { MANY = 2500 };
	uint32_t entries = 0;

	(void)state;
	world_ring("12");
	for (uint32_t i = 0; i < MANY; i++) {
		uint8_t join[168] = {0};
		char name[16];

		world_put_name(join + 16, name, (size_t)snprintf(name, sizeof name, "group %u", i % 1000));
		put_u32(join, 152, i + 1);
		world_forge(1, 0, join, sizeof join);
	}
	world_run();
	assert_int_equal(world_cpg(2)->process_count, MANY);
	world_ring("1");
	world_ring("2");
	assert_int_equal(world_cpg(2)->process_count, 0);
	fx.host = &entries;
	cpg_step(world_cpg(1), &ev, &fx);
	count_lists(&entries, &fx);
	assert_int_equal(entries, MANY);
	world_ring("12");
	assert_int_equal(world_cpg(2)->process_count, MANY);
	assert_int_equal(cpg_member_count(world_cpg(2), "group 7", 7), 3);
}

static void forge_process(uint16_t fn, const char *name, uint32_t pid)
{
	uint8_t m[168] = {0};

	world_put_name(m + 16, name, strlen(name));
	put_u32(m, 152, pid);
	world_forge(2, fn, m, sizeof m);
}

static void forge_join(uint32_t pid)
{
	char name[16];

	snprintf(name, sizeof name, "%u", pid % 500);
	forge_process(0, name, pid);
}

/* A client whose join finds no room when it is ordered is not left waiting as if it were a member. */
static void test_table_full(void **state)
{
	client_id late = {3 + CLIENTS_MAX};

	(void)state;
	world_ring("12");
	world_joined(1, 1, "g", 11);
	for (uint32_t i = 2; i < CPG_PROCESSES_MAX; i++) {
		forge_join(i);
		if (i % 4000 == 0)
			world_run();
	}
	world_run();
	assert_int_equal(world_cpg(1)->process_count, CPG_PROCESSES_MAX - 1);
	assert_int_equal(world_logs, 0);
	forge_join(CPG_PROCESSES_MAX);
	assert_int_equal(world_join(1, 3, "late", 13, 1), STATUS_OK);
	assert_int_equal(cpg_client_state(world_cpg(1), late), CPG_JOINING);
	world_run();
	assert_int_equal(world_cpg(1)->process_count, CPG_PROCESSES_MAX);
	assert_int_equal(cpg_client_state(world_cpg(1), late), CPG_UNJOINED);
	cpg_check(world_cpg(1));
	assert_int_equal(world_logs, 2);
	assert_int_equal(world_join(1, 3, "late", 13, 0), STATUS_NO_RESOURCES);
	world_forget();
	/* a stranger's join is refused, then there is room for ours */
	forge_process(1, "2", 2);
	world_run();
	forge_join(2);
	forge_process(0, "late", 13);
	forge_process(1, "2", 2);
	assert_int_equal(world_join(1, 3, "late", 13, 0), STATUS_OK);
	world_run();
	assert_string_equal(world_told(1, 3), "change late: 1:13 +1:13/1\n");
	assert_int_equal(world_leave(1, 3, "late", 13), STATUS_OK);
	world_run();
	world_ring("1");
	assert_int_equal(world_cpg(1)->process_count, 1);
	assert_int_equal(world_join(1, 3, "late", 13, 0), STATUS_OK);
}

static void random_ring(uint32_t dice)
{
	if (dice & 1) {
		world_ring("123");
		return;
	}
	world_ring("12");
	world_ring("3");
}

static void random_step(uint32_t dice, uint32_t round)
{
	char text[16];

	snprintf(text, sizeof text, "%u", round);
	switch (dice >> 12 & 15) {
	case 0:
	case 1:
		random_ring(dice);
		break;
	case 2:
		world_ring_begin("123");
		world_abort("123");
		random_ring(dice);
		break;
	case 3:
		world_disconnect(3, 2);
		world_connect(3, 2);
		break;
	case 4:
	case 5:
		(void)world_join(3, 2, "g", 1000 + round, 0);
		break;
	default:
		world_mcast(1 + dice % 3, 1, text);
		break;
	}
	if (dice & 256)
		world_run();
}

/* 1 and 2 go together through all rings, 3 comes and goes; in the end all agree. */
static void test_same_transitional_set_same_events(void **state)
{
	uint32_t seed = 1;
	const char *told;

	(void)state;
	for (uint32_t round = 0; round < 500; round++) {
		seed = seed * 1664525 + 1013904223;
		random_step(seed >> 8, round);
	}
	world_ring("123");
	told = world_told(1, 1);
	assert_true(strlen(told) > 5000);
	assert_string_equal(told, world_told(2, 1));
	assert_int_equal(cpg_member_count(world_cpg(1), "g", 1), cpg_member_count(world_cpg(3), "g", 1));
}

int main(void)
{
#define ALONE(name) cmocka_unit_test_setup_teardown(name, world_three, world_end)
#define CASE(name)  cmocka_unit_test_setup_teardown(name, world_three_joined, world_end)
	const struct CMUnitTest tests[] = {
		ALONE(test_order_of_members),
		CASE(test_messages_everywhere),
		CASE(test_large_message_everywhere),
		CASE(test_large_message_interrupted),
		CASE(test_sync_messages),
		ALONE(test_sync_without_processes),
		CASE(test_node_down),
		CASE(test_partition_and_merge),
		CASE(test_node_restarted),
		CASE(test_zombies),
		CASE(test_activate_order),
		ALONE(test_stale_joinlists),
		CASE(test_lost_in_aborted_ring),
		CASE(test_aborted_without_loss),
		CASE(test_leave_during_sync),
		CASE(test_join_during_sync),
		ALONE(test_ring_of_many_nodes),
		CASE(test_initial_ring_is_the_active_one),
		ALONE(test_merge_beyond_the_limit),
		ALONE(test_split_changes),
		ALONE(test_many_processes),
		ALONE(test_table_full),
		CASE(test_same_transitional_set_same_events),
	};
#undef ALONE
#undef CASE

	return cmocka_run_group_tests(tests, NULL, NULL);
}
