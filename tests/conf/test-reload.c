/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fixture.h"

#define NODE(id, name, addresses) "node {\nnodeid: " id "\nname: " name "\n" addresses "\n}\n"
#define HERE                      NODE("1", "here", "ring0_addr: 192.0.2.1")
#define THERE                     NODE("2", "there", "ring0_addr: 192.0.2.2")
#define YONDER                    NODE("3", "yonder", "ring0_addr: 192.0.2.3")
#define HERE2                     NODE("1", "here", "ring0_addr: 192.0.2.1\nring1_addr: 192.0.3.1")
#define THERE2                    NODE("2", "there", "ring0_addr: 192.0.2.2\nring1_addr: 192.0.3.2")

struct seen {
	uint32_t changes;
	char last[MAP_KEY_MAX + 1];
};

struct fixture {
	struct loaded *now, *new;
	struct reload_plan plan;
	struct conf_problems problems;
	struct seen seen;
};

static void observe(void *arg, const struct map_change *change)
{
	struct seen *seen = arg;

	seen->changes++;
	snprintf(seen->last, sizeof seen->last, "%s", change->key);
}

static struct loaded *start(const char *text)
{
	struct loaded *l = loaded(text);

	assert_no_errors(&l->problems);
	totem_config_publish(&l->config, &l->map);
	return l;
}

static char *text_of_conf(const char *totem, const char *nodes, const char *rest)
{
	static char texts[2][8192];
	static int turn;
	char *text = texts[turn++ % 2];

	snprintf(text, sizeof texts[0], "totem {\nversion: 2\n%s\n}\nnodelist {\n%s}\n%s\n", totem, nodes, rest);
	return text;
}

/* All of a reload but its application. */
static void plan(struct fixture *f, const char *before, const char *after)
{
	memset(f, 0, sizeof *f);
	f->now = start(before);
	f->new = parsed(after);
	conf_problems_init(&f->problems);
	map_observe(&f->now->map, observe, &f->seen);
	reload_keep(&f->now->map, &f->now->config, &f->new->conf, &f->new->problems);
	finish(f->new);
	reload_compare(&f->now->config, &f->new->config, &f->now->map, &f->new->conf, &f->plan, &f->new->problems);
	assert_int_equal(f->seen.changes, 0);
}

static void done(struct fixture *f)
{
	loaded_free(f->now);
	loaded_free(f->new);
}

static void test_nothing_changes(void **state)
{
	struct fixture f;
	struct reload_plan none = {0};

	(void)state;
	plan(&f, text_of_conf("token: 5000", HERE THERE, "logging {\ndebug: on\n}"),
	     text_of_conf("token: 5000", HERE THERE, "logging {\ndebug: on\n}"));
	assert_no_errors(&f.new->problems);
	assert_memory_equal(&f.plan, &none, sizeof none);
	assert_true(reload_apply(&f.now->map, &f.new->conf, &f.new->config, &f.problems));
	assert_int_equal(f.seen.changes, 0);
	done(&f);
}

static void test_plan(void **state)
{
	static const struct {
		const char *totem[2], *nodes[2], *rest[2];
		uint32_t added, removed; /* one node id each, 0: none */
		uint8_t links_added, links_removed, links_changed;
		bool timers, knet, compression, crypto, logging, quorum, uidgid, nozzle;
		uint32_t keys[3]; /* added, changed, deleted */
	} cases[] = {
		{{"", ""},
		 {HERE THERE, HERE THERE YONDER},
		 {"", ""},
		 3,
		 0,
		 .timers = true,
		 .quorum = true,
		 .links_changed = 1,
		 .keys = {3, 0, 0}},
		{{"", ""},
		 {HERE THERE YONDER, HERE THERE},
		 {"", ""},
		 0,
		 3,
		 .timers = true,
		 .quorum = true,
		 .links_changed = 1,
		 .keys = {0, 0, 3}},
		{{"", ""}, {HERE THERE, THERE HERE}, {"", ""}, .quorum = true, .keys = {0, 6, 0}},
		{{"", ""}, {HERE THERE, HERE2 THERE2}, {"", ""}, .links_added = 2, .quorum = true, .keys = {2, 0, 0}},
		{{"", ""}, {HERE2 THERE2, HERE THERE}, {"", ""}, .links_removed = 2, .quorum = true, .keys = {0, 0, 2}},
		{{"", "token: 5000"},
		 {HERE THERE, HERE THERE},
		 {"", ""},
		 .timers = true,
		 .links_changed = 1,
		 .keys = {1, 0, 0}},
		{{"token: 5000", ""},
		 {HERE THERE, HERE THERE},
		 {"", ""},
		 .timers = true,
		 .links_changed = 1,
		 .keys = {0, 0, 1}},
		{{"join: 60", "join: 70"}, {HERE, HERE}, {"", ""}, .timers = true, .keys = {0, 1, 0}},
		{{"", "knet_mtu: 1400"}, {HERE, HERE}, {"", ""}, .timers = true, .knet = true, .keys = {1, 0, 0}},
		{{"", "block_unlisted_ips: no"},
		 {HERE, HERE},
		 {"", ""},
		 .timers = true,
		 .knet = true,
		 .keys = {1, 0, 0}},
		{{"", "knet_compression_model: zlib"}, {HERE, HERE}, {"", ""}, .compression = true, .keys = {1, 0, 0}},
		{{"knet_compression_level: 1", "knet_compression_level: 2"},
		 {HERE, HERE},
		 {"", ""},
		 .compression = true,
		 .keys = {0, 1, 0}},
		{{"", "secauth: on"}, {HERE, HERE}, {"", ""}, .crypto = true, .keys = {1, 0, 0}},
		{{"secauth: on", "secauth: on\ncrypto_cipher: aes128"},
		 {HERE, HERE},
		 {"", ""},
		 .crypto = true,
		 .keys = {1, 0, 0}},
		{{"secauth: on", "crypto_cipher: aes256\ncrypto_hash: sha256"},
		 {HERE, HERE},
		 {"", ""},
		 .keys = {2, 0, 1}},
		{{"secauth: on\nkeyfile: /a", "secauth: on\nkeyfile: /b"},
		 {HERE, HERE},
		 {"", ""},
		 .crypto = true,
		 .keys = {0, 1, 0}},
		{{"interface {\nknet_link_priority: 1\n}", "interface {\nknet_link_priority: 2\n}"},
		 {HERE, HERE},
		 {"", ""},
		 .links_changed = 1,
		 .keys = {0, 1, 0}},
		{{"interface {\nknet_ping_timeout: 900\n}", ""},
		 {HERE, HERE},
		 {"", ""},
		 .links_changed = 1,
		 .keys = {0, 0, 1}},
		{{"", ""}, {HERE, HERE}, {"", "logging {\ndebug: on\n}"}, .logging = true, .keys = {1, 0, 0}},
		{{"", ""},
		 {HERE, HERE},
		 {"quorum {\nwait_for_all: 1\n}", "quorum {\nwait_for_all: 0\n}"},
		 .quorum = true,
		 .keys = {0, 1, 0}},
		{{"", ""},
		 {HERE, HERE},
		 {"uidgid {\nuid: 5\n}", "uidgid {\nuid: 6\n}"},
		 .uidgid = true,
		 .keys = {1, 0, 1}},
		{{"", ""}, {HERE, HERE}, {"", "nozzle {\nname: n0\n}"}, .nozzle = true, .keys = {1, 0, 0}},
		{{"config_version: 1", "config_version: 2"}, {HERE, HERE}, {"", ""}, .keys = {0, 1, 0}},
		/* outside the sections that the file rules, a key stays */
		{{"", ""}, {HERE, HERE}, {"own {\nkey: 1\n}", ""}, .keys = {0, 0, 0}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct fixture f;
		const struct reload_plan *p = &f.plan;

		plan(&f, text_of_conf(cases[i].totem[0], cases[i].nodes[0], cases[i].rest[0]),
		     text_of_conf(cases[i].totem[1], cases[i].nodes[1], cases[i].rest[1]));
		assert_no_errors(&f.new->problems);
		assert_int_equal(p->nodes_added.count, cases[i].added == 0 ? 0 : 1);
		assert_int_equal(p->nodes_removed.count, cases[i].removed == 0 ? 0 : 1);
		assert_int_equal(p->nodes_added.ids[0].v, cases[i].added);
		assert_int_equal(p->nodes_removed.ids[0].v, cases[i].removed);
		assert_int_equal(p->links_added, cases[i].links_added);
		assert_int_equal(p->links_removed, cases[i].links_removed);
		assert_int_equal(p->links_changed, cases[i].links_changed);
		assert_int_equal(p->timers, cases[i].timers);
		assert_int_equal(p->knet, cases[i].knet);
		assert_int_equal(p->compression, cases[i].compression);
		assert_int_equal(p->crypto, cases[i].crypto);
		assert_int_equal(p->logging, cases[i].logging);
		assert_int_equal(p->quorum, cases[i].quorum);
		assert_int_equal(p->uidgid, cases[i].uidgid);
		assert_int_equal(p->nozzle, cases[i].nozzle);
		assert_int_equal(p->keys_added, cases[i].keys[0]);
		assert_int_equal(p->keys_changed, cases[i].keys[1]);
		assert_int_equal(p->keys_deleted, cases[i].keys[2]);
		done(&f);
	}
}

static void test_kept(void **state)
{
	static const struct {
		const char *before, *after, *key;
	} cases[] = {
		{"cluster_name: a", "cluster_name: b", "totem.cluster_name"},
		{"cluster_name: a", "", "totem.cluster_name"},
		{"", "cluster_name: b", "totem.cluster_name"},
		{"", "transport: udpu", "totem.transport"},
		{"netmtu: 9000", "netmtu: 1500", "totem.netmtu"},
		{"", "link_mode: rr", "totem.link_mode"},
		{"ip_version: ipv4", "ip_version: ipv4-6", "totem.ip_version"},
		{"", "ip_dscp: 8", "totem.ip_dscp"},
		{"", "}\nquorum {\nprovider: corosync_votequorum", "quorum.provider"},
		{"}\nsystem {\nsched_rr: no", "}\nsystem {\nsched_rr: yes", "system.sched_rr"},
		{"", "}\nsystem {\nanything: 1", "system.anything"},
		{"}\nsystem {\nanything: 1", "", "system.anything"},
		{"interface {\nmcastport: 5500\n}", "interface {\nmcastport: 5600\n}", "totem.interface.0.mcastport"},
		{"", "interface {\nmcastport: 5600\n}", "totem.interface.0.mcastport"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct fixture f;
		struct map_value before;
		char copy[64] = "";

		plan(&f, text_of_conf(cases[i].before, HERE, ""), text_of_conf(cases[i].after, HERE, ""));
		assert_no_errors(&f.new->problems);
		if (problem_line(&f.new->problems, CONF_NOTICE, cases[i].key) < 0) {
			show_problems(&f.new->problems);
			fail_msg("no notice about %s", cases[i].key);
		}
		before = map_get(&f.now->map, cases[i].key);
		if (before.type != MAP_NONE)
			memcpy(copy, before.bytes.data, before.bytes.len);
		assert_true(reload_apply(&f.now->map, &f.new->conf, &f.new->config, &f.problems));
		assert_int_equal(map_get(&f.now->map, cases[i].key).type, before.type);
		if (before.type != MAP_NONE)
			assert_memory_equal(map_get(&f.now->map, cases[i].key).bytes.data, copy, before.bytes.len);
		assert_int_equal(f.seen.changes, 0);
		done(&f);
	}
}

static void test_new_link_takes_its_port(void **state)
{
	struct fixture f;

	(void)state;
	plan(&f, text_of_conf("", HERE THERE, ""),
	     text_of_conf("interface {\nlinknumber: 1\nmcastport: 5700\n}", HERE2 THERE2, ""));
	assert_no_errors(&f.new->problems);
	assert_int_equal(problem_line(&f.new->problems, CONF_NOTICE, "mcastport"), -1);
	assert_int_equal(f.new->config.links[1].port, 5700);
	done(&f);
}

static void test_refused(void **state)
{
	static const struct {
		const char *totem[2], *nodes[2], *words;
	} cases[] = {
		{{"", ""},
		 {HERE THERE, HERE NODE("2", "there", "ring0_addr: 192.0.2.9")},
		 "node 2 has the address 192.0.2.2 on link 0, which is in use and cannot become 192.0.2.9"},
		{{"", ""},
		 {HERE THERE, NODE("7", "here", "ring0_addr: 192.0.2.1") THERE},
		 "this machine is node 1 and cannot become node 7"},
		{{"", ""},
		 {HERE THERE, NODE("1", "here", "ring1_addr: 192.0.3.1") NODE("2", "there", "ring1_addr: 192.0.3.2")},
		 "none of the links in use would be left"},
		{{"", "interface {\nknet_transport: sctp\n}"},
		 {HERE THERE, HERE THERE},
		 "a link in use cannot change its protocol"},
		{{"", "join: 10"}, {HERE, HERE}, "totem.join: 10 ms"},
		{{"", ""}, {HERE THERE, THERE}, "none of the nodes is this machine"},
		{{"", "token: x"}, {HERE, HERE}, "is not a whole number"},
		{{"", ""}, {HERE, ""}, "no node has an address"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct fixture f;

		plan(&f, text_of_conf(cases[i].totem[0], cases[i].nodes[0], ""),
		     text_of_conf(cases[i].totem[1], cases[i].nodes[1], ""));
		if (problem_line(&f.new->problems, CONF_ERROR, cases[i].words) < 0) {
			show_problems(&f.new->problems);
			fail_msg("%s", cases[i].words);
		}
		done(&f);
	}
}

static void test_applied(void **state)
{
	struct fixture f;

	(void)state;
	plan(&f,
	     text_of_conf(
		     "token: 5000\nmine: 1", HERE2 THERE2,
		     "logging {\nlogger_subsys {\nsubsys: CPG\ndebug: on\n}\n}\nuidgid {\nuid: 5\n}\nown {\nkey: 1\n}"),
	     text_of_conf("token: 6000\nhold: 200", HERE THERE YONDER, "uidgid {\nuid: 6\n}"));
	assert_no_errors(&f.new->problems);
	map_put_u8(&f.now->map, "runtime.anything", 1);
	assert_true(reload_apply(&f.now->map, &f.new->conf, &f.new->config, &f.problems));
	assert_u32(&f.now->map, "totem.token", 6000);
	assert_u32(&f.now->map, "runtime.config.totem.token", 6650);
	assert_u32(&f.now->map, "runtime.config.totem.hold", 200);
	assert_u32(&f.now->map, "nodelist.node.2.nodeid", 3);
	assert_u32(&f.now->map, "nodelist.local_node_pos", 0);
	assert_u32(&f.now->map, "runtime.config.totem.interface.0.knet_ping_timeout", 3325);
	assert_int_equal(map_get(&f.now->map, "totem.mine").type, MAP_NONE);
	assert_int_equal(map_get(&f.now->map, "nodelist.node.0.ring1_addr").type, MAP_NONE);
	assert_int_equal(map_get(&f.now->map, "runtime.config.totem.interface.1.knet_ping_timeout").type, MAP_NONE);
	assert_int_equal(map_get(&f.now->map, "logging.logger_subsys.CPG.debug").type, MAP_NONE);
	assert_int_equal(map_get(&f.now->map, "uidgid.config.uid.5").type, MAP_NONE);
	assert_int_equal(map_get(&f.now->map, "uidgid.config.uid.6").type, MAP_U8);
	assert_int_equal(map_get(&f.now->map, "runtime.anything").type, MAP_U8);
	assert_string_equal(map_get_string(&f.now->map, "own.key"), "1");
	done(&f);
}

/* With room for some of it only, nothing happens. */
static void test_no_room(void **state)
{
	struct fixture f;
	uint32_t before, refused = 0;

	(void)state;
	plan(&f, text_of_conf("token: 5000", HERE THERE, ""),
	     text_of_conf("token: 6000", HERE2 THERE2 NODE("3", "c", "ring0_addr: 192.0.2.3\nring1_addr: 192.0.3.3"),
			  "logging {\ndebug: on\n}"));
	assert_no_errors(&f.new->problems);
	before = f.now->map.count;
	for (size_t room = 0; room < 64 * 1024; room += 512) {
		f.now->pool.size = f.now->pool.fresh + room;
		if (reload_apply(&f.now->map, &f.new->conf, &f.new->config, &f.problems))
			break;
		refused++;
		assert_int_equal(f.seen.changes, 0);
		assert_int_equal(f.now->map.count, before);
		assert_u32(&f.now->map, "totem.token", 5000);
		assert_int_equal(f.problems.errors, refused);
	}
	assert_true(refused > 2);
	assert_u32(&f.now->map, "totem.token", 6000);
	assert_int_equal(f.problems.errors, refused);
	f.now->pool.size = FIXTURE_MEMORY;
	done(&f);
}

static void test_marks(void **state)
{
	struct loaded *l = start(text_of_conf("", HERE, ""));
	uint8_t flag = 7;
	int32_t status = 0;
	struct seen seen = {0};

	(void)state;
	map_put_string(&l->map, "config.reload_error_message", "of the last time");
	reload_begin(&l->map);
	assert_null(map_get_string(&l->map, "config.reload_error_message"));
	assert_true(map_get_u8(&l->map, "config.reload_in_progress", &flag) && flag == 1);
	assert_true(map_get_u8(&l->map, "config.totemconfig_reload_in_progress", &flag) && flag == 1);
	map_observe(&l->map, observe, &seen);
	reload_end(&l->map, STATUS_INVALID_PARAM, "line 7 is bad");
	assert_string_equal(map_get_string(&l->map, "config.reload_error_message"), "line 7 is bad");
	assert_true(map_get_i32(&l->map, "config.reload_status", &status) && status == 7);
	assert_true(map_get_u8(&l->map, "config.reload_in_progress", &flag) && flag == 0);
	assert_true(map_get_u8(&l->map, "config.totemconfig_reload_in_progress", &flag) && flag == 0);
	/* services wait for this one */
	assert_string_equal(seen.last, "config.reload_in_progress");
	reload_begin(&l->map);
	reload_end(&l->map, STATUS_OK, NULL);
	assert_null(map_get_string(&l->map, "config.reload_error_message"));
	assert_true(map_get_i32(&l->map, "config.reload_status", &status) && status == 1);
	loaded_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_changes),
		cmocka_unit_test(test_plan),
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_new_link_takes_its_port),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_applied),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_marks),
	};

	return cmocka_run_group_tests_name("reload", tests, NULL, NULL);
}
