/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The whole way from a text to what the ring uses: timers, links, nodes, quorum. */
#include "fixture.h"

#define ONE   "nodelist {\nnode {\nnodeid: 1\nname: here\nring0_addr: 192.0.2.1\n}\n"
#define TWO   ONE "node {\nnodeid: 2\nname: there\nring0_addr: 192.0.2.2\n}\n"
#define THREE TWO "node {\nnodeid: 3\nname: yonder\nring0_addr: 192.0.2.3\n}\n"

/* Version, options of totem, nodes, the rest. */
static struct loaded *with(const char *totem, const char *nodes, const char *rest)
{
	static char text[16384];
	int len = snprintf(text, sizeof text, "totem {\nversion: 2\n%s\n}\n%s}\n%s\n", totem, nodes, rest);

	assert_true(len > 0 && (size_t)len < sizeof text);
	return loaded(text);
}

static void test_defaults(void **state)
{
	struct loaded *l = with("", TWO, "");
	const struct totem_config *c = &l->config;
	const struct link_config *link = &c->links[0];

	(void)state;
	show_problems(&l->problems);
	assert_int_equal(l->problems.count, 0);
	assert_int_equal(c->version, 2);
	assert_int_equal(c->transport, TRANSPORT_KNET);
	assert_int_equal(c->link_mode, LINK_MODE_PASSIVE);
	assert_int_equal(c->ip_version, IP_VERSION_6_4);
	assert_int_equal(c->netmtu, 65536);
	assert_string_equal(c->crypto.model, "nss");
	assert_string_equal(c->crypto.cipher, "none");
	assert_string_equal(c->crypto.hash, "none");
	assert_int_equal(c->crypto.key_source, KEY_NONE);
	assert_string_equal(c->compression.model, "none");
	assert_true(link->has_nodes);
	assert_false(link->has_settings);
	assert_int_equal(link->port, 5405);
	assert_int_equal(link->priority, 1);
	assert_int_equal(link->ping_timeout_ms, 1500);
	assert_int_equal(link->ping_interval_ms, 750);
	assert_int_equal(link->ping_precision, 2048);
	assert_int_equal(link->pong_count, 2);
	assert_false(link->ping_interval_given);
	assert_false(c->links[1].has_nodes);
	assert_int_equal(c->node_count, 2);
	assert_int_equal(c->local, 0);
	assert_int_equal(c->nodes[1].id.v, 2);
	assert_int_equal(c->nodes[1].votes, 1);
	assert_string_equal(c->nodes[1].name, "there");
	assert_string_equal(c->nodes[1].host[0], "192.0.2.2");
	assert_int_equal(c->nodes[1].address[0].bytes[3], 2);
	assert_int_equal(c->nodes[1].links, 1);
	assert_ptr_equal(totem_config_node(c, node_id_of(2)), &c->nodes[1]);
	assert_null(totem_config_node(c, node_id_of(3)));
	assert_null(totem_config_node(c, node_id_of(0)));
	loaded_free(l);
}

/* Effective values as the reference publishes them (measured with 3.1.7, but for the last). */
static void test_timers(void **state)
{
	static const struct {
		const char *totem, *nodes, *key;
		uint32_t want;
	} cases[] = {
		{"", TWO, "token", 3000},
		{"", TWO, "token_retransmit", 714},
		{"", TWO, "hold", 561},
		{"", TWO, "consensus", 3600},
		{"", THREE, "token", 3650},
		{"", THREE, "token_retransmit", 869},
		{"", THREE, "hold", 685},
		{"", THREE, "consensus", 4380},
		{"token: 1000", TWO, "token_retransmit", 238},
		{"token: 1000", TWO, "hold", 180},
		{"token: 1000", TWO, "consensus", 1200},
		{"token: 0", TWO, "token", 3000},
		{"token: 4000\ntoken_coefficient: 500", THREE, "token", 4500},
		{"token_coefficient: 0", THREE, "token", 3000},
		{"token: 4000\ntoken_coefficient: 500", TWO, "token", 4000},
		{"token_retransmit: 100", TWO, "token_retransmit", 100},
		{"token_retransmit: 100", TWO, "hold", 70},
		{"token_retransmits_before_loss_const: 10", TWO, "token_retransmit", 294},
		{"hold: 0", TWO, "hold", 561},
		{"hold: 300", TWO, "hold", 300},
		{"consensus: 2000", TWO, "consensus", 2000},
		{"", TWO, "join", 50},
		{"", TWO, "send_join", 0},
		{"send_join: 80", TWO, "send_join", 80},
		{"", TWO, "merge", 200},
		{"", TWO, "downcheck", 1000},
		{"", TWO, "fail_recv_const", 2500},
		{"", TWO, "seqno_unchanged_const", 30},
		{"", TWO, "heartbeat_failures_allowed", 0},
		{"", TWO, "max_network_delay", 50},
		{"", TWO, "window_size", 50},
		{"window_size: 0", TWO, "window_size", 50},
		{"window_size: 300", TWO, "window_size", 300},
		{"", TWO, "max_messages", 17},
		{"", TWO, "miss_count_const", 5},
		{"", TWO, "token_warning", 75},
		{"token_warning: 0", TWO, "token_warning", 0},
		{"", TWO, "knet_pmtud_interval", 30},
		{"knet_pmtud_interval: 0", TWO, "knet_pmtud_interval", 30},
		{"knet_mtu: 1400", TWO, "knet_mtu", 1400},
		{"", TWO, "block_unlisted_ips", 1},
		{"block_unlisted_ips: no", TWO, "block_unlisted_ips", 0},
		{"block_unlisted_ips: maybe", TWO, "block_unlisted_ips", 1},
		{"cancel_token_hold_on_retransmit: yes", TWO, "cancel_token_hold_on_retransmit", 1},
		{"knet_compression_threshold: 10", TWO, "knet_compression_threshold", 10},
		{"", TWO, "interface.0.knet_ping_timeout", 1500},
		{"", THREE, "interface.0.knet_ping_interval", 912},
		{"interface {\nknet_pong_count: 4\n}", TWO, "interface.0.knet_ping_timeout", 750},
		{"interface {\nknet_pong_count: 4\n}", TWO, "interface.0.knet_ping_interval", 375},
		{"interface {\nknet_ping_interval: 100\n}", TWO, "interface.0.knet_ping_interval", 100},
		{"interface {\nknet_ping_interval: 100\n}", TWO, "interface.0.knet_ping_timeout", 1500},
		{"token: 4294967295", TWO, "consensus", 4294967295},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct loaded *l = with(cases[i].totem, cases[i].nodes, "");
		char key[128];

		assert_no_errors(&l->problems);
		totem_config_publish(&l->config, &l->map);
		snprintf(key, sizeof key, "runtime.config.totem.%s", cases[i].key);
		assert_u32(&l->map, key, cases[i].want);
		loaded_free(l);
	}
}

struct rule {
	const char *totem, *nodes, *rest, *words;
};

/* Each breaks one rule: exactly one error with those words. */
static void check_rules(const struct rule *rules, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct loaded *l = with(rules[i].totem, rules[i].nodes, rules[i].rest);
		bool found = problem_line(&l->problems, CONF_ERROR, rules[i].words) >= 0;

		if (!found || l->problems.errors != 1) {
			show_problems(&l->problems);
			fail_msg("rule %zu: %s", i, rules[i].words);
		}
		loaded_free(l);
	}
}

static void test_timer_rules(void **state)
{
	static const struct rule rules[] = {
		{"token: 29\ntoken_retransmit: 30\nhold: 14\nconsensus: 60", TWO, "", "totem.token: 29 ms is less"},
		{"token_warning: 101", TWO, "", "is not a percentage"},
		{"token_retransmit: 29\nhold: 20", TWO, "", "totem.token_retransmit: 29 ms is less"},
		{"token_retransmits_before_loss_const: 200\nhold: 20", TWO, "", "less than 30 ms apart"},
		{"hold: 13", TWO, "", "totem.hold: 13 ms"},
		{"join: 29", TWO, "", "totem.join: 29 ms"},
		{"consensus: 40", TWO, "", "is less than join, 50 ms"},
		{"consensus: 29\njoin: 29", TWO "", "", "totem."},
		{"merge: 29", TWO, "", "totem.merge: 29 ms"},
		{"downcheck: 1", TWO, "", "totem.downcheck: 1 ms"},
		{"max_network_delay: 29", TWO, "", "totem.max_network_delay: 29 ms"},
	};

	(void)state;
	check_rules(rules, 7);
	check_rules(rules + 8, 3);
	struct loaded *l = with(rules[7].totem, TWO, "");
	assert_int_equal(l->problems.errors, 2);
	loaded_free(l);
	/* the least that works */
	l = with("token: 126\ntoken_retransmit: 30\nhold: 14\njoin: 30\nconsensus: 30\nmerge: 30\ndowncheck: 30\n"
		 "max_network_delay: 30\ntoken_warning: 100",
		 TWO, "");
	assert_no_errors(&l->problems);
	loaded_free(l);
}

static void test_general_rules(void **state)
{
	static const struct rule rules[] = {
		{"version: 3", TWO, "", "write \"version: 2\""},
		{"transport: udp", TWO, "", "no multicast"},
		{"transport: tcp", TWO, "", "write knet, udpu or udp"},
		{"link_mode: best", TWO, "", "write passive, active or rr"},
		{"netmtu: 511", TWO, "", "totem.netmtu: 511 bytes"},
		{"netmtu: 65537", TWO, "", "totem.netmtu: 65537 bytes"},
		{"ip_dscp: 64", TWO, "", "64 is more than 63"},
		{"crypto_cipher: aes256", TWO, "", "needs a hash"},
		{"crypto_cipher: aes128\ncrypto_hash: none", TWO, "", "needs a hash"},
		{"transport: udpu\nsecauth: on", TWO, "", "udpu cannot encrypt"},
		{"crypto_hash: sha256\nkey: short", TWO, "", "the shared key has 6 bytes"},
		{"interface {\nknet_transport: tcp\n}", TWO, "", "write udp or sctp"},
		{"interface {\nttl: 2\n}", TWO, "", "only for transport udp"},
		{"transport: udpu\ninterface {\nknet_link_priority: 2\n}", TWO, "", "only for transport knet"},
		{"interface {\nlinknumber: 8\nmcastport: 1\n}", TWO, "", "links are numbered 0 to 7"},
		{"interface {\nlinknumber: 1\nmcastport: 1\n}", TWO, "",
		 "link 1 has settings, but no node has a ring1_addr"},
	};
	char key[300];

	(void)state;
	check_rules(rules, sizeof rules / sizeof rules[0]);
	memset(key, 'k', sizeof key);
	memcpy(key, "secauth: on\nkey: ", 17);
	key[17 + 126] = '\0';
	check_rules(&(struct rule){key, TWO, "", "the shared key has 127 bytes"}, 1);
}

static void test_crypto(void **state)
{
	static const struct {
		const char *totem, *model, *cipher, *hash, *key;
		enum key_source source;
	} cases[] = {
		{"secauth: on", "nss", "aes256", "sha256", "", KEY_DEFAULT_FILE},
		{"secauth: off", "nss", "none", "none", "", KEY_NONE},
		{"secauth: on\ncrypto_cipher: aes128\ncrypto_model: openssl", "openssl", "aes128", "sha256", "",
		 KEY_DEFAULT_FILE},
		{"secauth: on\ncrypto_hash: md5\nkeyfile: /k", "nss", "aes256", "md5", "/k", KEY_FILE},
		{"crypto_hash: sha512\nkeyfile: /k\nkey: x", "nss", "none", "sha512", "/k", KEY_FILE},
		{"secauth: on\ncrypto_cipher: none\ncrypto_hash: none\nkeyfile: /k", "nss", "none", "none", "",
		 KEY_NONE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct loaded *l = with(cases[i].totem, TWO, "");
		const struct crypto_config *c = &l->config.crypto;

		assert_no_errors(&l->problems);
		assert_string_equal(c->model, cases[i].model);
		assert_string_equal(c->cipher, cases[i].cipher);
		assert_string_equal(c->hash, cases[i].hash);
		assert_string_equal(c->key, cases[i].key);
		assert_int_equal(c->key_source, cases[i].source);
		totem_config_check_key(&l->config, &l->conf, KEY_SIZE_MIN, &l->problems);
		totem_config_check_key(&l->config, &l->conf, KEY_SIZE_MAX, &l->problems);
		assert_no_errors(&l->problems);
		totem_config_check_key(&l->config, &l->conf, KEY_SIZE_MIN - 1, &l->problems);
		totem_config_check_key(&l->config, &l->conf, KEY_SIZE_MAX + 1, &l->problems);
		assert_int_equal(l->problems.errors, 2);
		loaded_free(l);
	}
}

#define NODE(text) "node {\n" text "\n}\n"
#define LINKS2     "nodelist {\n" NODE("nodeid: 1\nname: here\nring0_addr: 192.0.2.1\nring1_addr: 192.0.3.1")

static void test_node_rules(void **state)
{
	static const struct rule rules[] = {
		{"", "nodelist {\n", "", "no node has an address"},
		{"", "nodelist {\n" NODE("nodeid: 1\nname: other\nring0_addr: 192.0.2.9"), "",
		 "none of the nodes is this"},
		{"", "nodelist {\n" NODE("name: here\nring0_addr: 192.0.2.1"), "", "has no nodeid"},
		{"", ONE NODE("nodeid: 0\nring0_addr: 192.0.2.2"), "", "has no nodeid"},
		{"transport: udpu", ONE NODE("ring0_addr: 2001:db8::1"), "", NULL},
		{"", ONE NODE("nodeid: 65536\nring0_addr: 192.0.2.2"), "", "node ids are 1 to 65535"},
		{"", ONE NODE("nodeid: 1\nname: b\nring0_addr: 192.0.2.2"), "", "1 is the id of node here already"},
		{"", ONE NODE("nodeid: 2\nring0_addr: 192.0.2.1"), "", "is already the address of node 1 (here)"},
		{"", ONE NODE("nodeid: 2\nring0_addr: ::1"), "", "::1 is IPv6, but node 1 (here) has IPv4"},
		{"", ONE NODE("nodeid: 2\nring0_addr: nowhere"), "", "no address was found for \"nowhere\""},
		{"", ONE NODE("nodeid: 2\nring0_addr:"), "", "no address was found"},
		{"ip_version: ipv6", "nodelist {\n" NODE("nodeid: 1\nname: here\nring0_addr: 192.0.2.1"), "",
		 "does not fit \"ip_version: ipv6\""},
		{"ip_version: ipv4", ONE NODE("nodeid: 2\nring0_addr: ::1"), "", "does not fit \"ip_version: ipv4\""},
		{"", ONE NODE("nodeid: 2\nring0_addr: 192.0.2.2\nring8_addr: 192.0.2.2"), "", "links are numbered"},
		{"", LINKS2 NODE("nodeid: 2\nname: b\nring0_addr: 192.0.2.2"), "", "node 2 (b) has no ring1_addr"},
		{"", LINKS2 NODE("nodeid: 2\nring0_addr: 192.0.2.2\nring1_addr: 192.0.3.2"), "", "node 2 has no name"},
		{"", LINKS2 NODE("nodeid: 2\nname: b\nring0_addr: 192.0.2.2\nring1_addr: 192.0.3.1"), "",
		 "is already the address of node 1 (here) on link 1"},
		{"transport: udpu", LINKS2, "", "udpu has one link only"},
	};
	struct loaded *l;

	(void)state;
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
		if (rules[i].words != NULL)
			check_rules(&rules[i], 1);
	/* two rules at once: no id can be made of an IPv6 address, and the families differ */
	l = with(rules[4].totem, rules[4].nodes, "");
	assert_int_equal(l->problems.errors, 2);
	loaded_free(l);
	/* a node that cannot join is odd, but the reference lives with it */
	l = with("", ONE NODE("nodeid: 2\nname: b"), "");
	assert_no_errors(&l->problems);
	assert_problem(&l->problems, CONF_WARNING, 12, "has no address and cannot join");
	loaded_free(l);
	/* the same address on two links has two ports */
	l = with("", "nodelist {\n" NODE("nodeid: 1\nname: here\nring0_addr: 192.0.2.1\nring1_addr: 192.0.2.1"), "");
	assert_no_errors(&l->problems);
	loaded_free(l);
}

static void test_lines_are_told(void **state)
{
	struct loaded *l =
		with("token: 10\nhold: 300\nconsensus: 300", ONE NODE("nodeid: 1\nname: b\nring0_addr: 192.0.2.2"), "");

	(void)state;
	assert_problem(&l->problems, CONF_ERROR, 3, "totem.token: 10 ms");
	assert_problem(&l->problems, CONF_ERROR, 14, "every node needs its own");
	loaded_free(l);
}

static void test_positions(void **state)
{
	char nodes[4096] = "nodelist {\n", *at = nodes + strlen(nodes);
	struct loaded *l;

	(void)state;
	for (int i = 0; i < 25; i++)
		at += sprintf(at, "node {\nnodeid: %d\nname: %s%d\nring0_addr: 192.0.2.%d\n}\n", 100 - i,
			      i == 11 ? "here." : "n", i, i + 1);
	l = with("", nodes, "");
	assert_no_errors(&l->problems);
	assert_int_equal(l->config.node_count, 25);
	for (uint32_t i = 0; i < 25; i++) {
		assert_int_equal(l->config.nodes[i].position, i);
		assert_int_equal(l->config.nodes[i].id.v, 100 - i);
		assert_int_equal(l->config.nodes[i].address[0].bytes[3], i + 1);
	}
	assert_int_equal(l->config.local, 11);
	totem_config_publish(&l->config, &l->map);
	assert_u32(&l->map, "nodelist.local_node_pos", 11);
	assert_u32(&l->map, "runtime.config.totem.token", 3000 + 23 * 650);
	loaded_free(l);
}

static void test_too_many_nodes(void **state)
{
	struct loaded *l = loaded_new();
	char key[64];

	(void)state;
	map_put_u32(&l->map, "totem.version", 2);
	for (uint32_t i = 0; i <= NODES_MAX; i++) {
		snprintf(key, sizeof key, "nodelist.node.%u.nodeid", i);
		map_put_u32(&l->map, key, i + 1);
		snprintf(key, sizeof key, "nodelist.node.%u.ring0_addr", i);
		map_put_string(&l->map, key, "192.0.2.1");
	}
	finish(l);
	assert_int_equal(l->config.node_count, NODES_MAX);
	assert_problem(&l->problems, CONF_ERROR, 0, "384 nodes are the most");
	loaded_free(l);
}

static void test_generated_ids(void **state)
{
	static const char nodes[] = "nodelist {\n" NODE("ring0_addr: 192.0.2.1") NODE("ring0_addr: 10.0.0.2")
		NODE("nodeid: 70000\nring0_addr: 192.0.2.3");
	struct loaded *l = with("transport: udpu", nodes, "");

	(void)state;
	assert_no_errors(&l->problems);
	assert_int_equal(l->config.netmtu, 1500);
	assert_int_equal(l->config.nodes[0].id.v, 0xc0000201);
	assert_false(l->config.nodes[0].id_given);
	assert_int_equal(l->config.nodes[2].id.v, 70000);
	totem_config_publish(&l->config, &l->map);
	assert_u32(&l->map, "nodelist.node.0.nodeid", 0xc0000201);
	assert_u32(&l->map, "nodelist.node.1.nodeid", 0x0a000002);
	assert_int_equal(map_get(&l->map, "runtime.config.totem.interface.0.knet_ping_timeout").type, MAP_NONE);
	loaded_free(l);
	l = with("transport: udpu\nclear_node_high_bit: yes", nodes, "");
	assert_int_equal(l->config.nodes[0].id.v, 0x40000201);
	loaded_free(l);
	l = with("transport: udpu",
		 "nodelist {\n" NODE("ring0_addr: 192.0.2.1") NODE("nodeid: 3221225985\nring0_addr: 192.0.2.2"), "");
	assert_problem(&l->problems, CONF_ERROR, 10, "every node needs its own");
	loaded_free(l);
}

static void test_local_node(void **state)
{
	static const struct address addresses[] = {
		{.family = FAMILY_IPV4, .bytes = {127, 0, 0, 1}},
		{.family = FAMILY_IPV4, .bytes = {10, 0, 0, 2}},
	};
	static const struct {
		const char *nodename, *reverse, *a, *b;
		uint32_t want;
	} cases[] = {
		/* name and ring0_addr of the first and second node */
		{"b", NULL, "name: a\nring0_addr: 192.0.2.1", "name: b\nring0_addr: 192.0.2.2", 1},
		{"b.example.org", NULL, "name: a\nring0_addr: 192.0.2.1", "name: b\nring0_addr: 192.0.2.2", 1},
		{"b.example.org", NULL, "name: b\nring0_addr: 192.0.2.1", "name: b.example\nring0_addr: 192.0.2.2", 1},
		{"b", NULL, "name: a.x\nring0_addr: 192.0.2.1", "name: b.y\nring0_addr: 192.0.2.2", 1},
		{"b.example.org", NULL, "name: a.x\nring0_addr: 192.0.2.1", "name: b.y\nring0_addr: 192.0.2.2", 1},
		{"b", NULL, "ring0_addr: a", "ring0_addr: b", 1},
		{"bb", NULL, "ring0_addr: a", "ring0_addr: b", NO_POSITION},
		{"", NULL, "ring0_addr: a", "name:\nring0_addr: b", NO_POSITION},
		{"x", NULL, "name: a\nring0_addr: 192.0.2.1", "name: b\nring0_addr: 10.0.0.2", 1},
		{"x", NULL, "name: a\nring0_addr: 192.0.2.1", "name: b\nring1_addr: 10.0.0.2", NO_POSITION},
		{"x", "b", "name: a\nring0_addr: 192.0.2.1", "name: b\nring0_addr: 192.0.2.2", 1},
		{"x", "b.example.org", "name: a\nring0_addr: 192.0.2.1", "name: b\nring0_addr: 192.0.2.2", 1},
		{"x", "c", "name: a\nring0_addr: 192.0.2.1", "name: b\nring0_addr: 192.0.2.2", NO_POSITION},
		{NULL, NULL, "name: a\nring0_addr: 192.0.2.1", "name: b\nring0_addr: 127.0.0.1", 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char text[512];
		const char *reverse[2] = {NULL, cases[i].reverse};
		struct local_facts facts = {cases[i].nodename, 2, addresses, reverse};
		struct loaded *l;

		snprintf(text, sizeof text, "nodelist {\nnode {\n%s\n}\nnode {\n%s\n}\n}\n", cases[i].a, cases[i].b);
		l = parsed(text);
		totem_config_read(&l->config, &l->conf, &l->problems);
		if (totem_config_find_local(&l->config, &facts) != (cases[i].want != NO_POSITION))
			fail_msg("case %zu", i);
		assert_int_equal(l->config.local, cases[i].want);
		loaded_free(l);
	}
}

static void test_resolving(void **state)
{
	static const struct address both[] = {
		{.family = FAMILY_IPV4, .bytes = {10, 0, 0, 1}},
		{.family = FAMILY_IPV6, .bytes = {0x20, [15] = 1}},
	};
	static const struct {
		const char *totem;
		uint32_t count;
		enum address_family want;
	} cases[] = {
		{"", 2, FAMILY_IPV6},
		{"", 1, FAMILY_IPV4},
		{"", 0, FAMILY_NONE},
		{"ip_version: ipv4-6", 2, FAMILY_IPV4},
		{"ip_version: ipv4", 2, FAMILY_IPV4},
		{"ip_version: ipv6", 2, FAMILY_IPV6},
		{"ip_version: ipv6", 1, FAMILY_NONE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char text[512];
		struct resolve_request r = {0};
		struct loaded *l;
		struct local_facts facts = {NULL, 1, both, NULL};

		snprintf(text, sizeof text,
			 "totem {\n%s\n}\nnodelist {\nnode {\nring0_addr: 192.0.2.1\nring1_addr: 127.1\n}\nnode "
			 "{\nname: "
			 "n2\nring0_addr: host2\n}\n}\n",
			 cases[i].totem);
		l = parsed(text);
		totem_config_read(&l->config, &l->conf, &l->problems);
		assert_true(totem_config_unresolved(&l->config, r.next, &r));
		assert_string_equal(r.host, "127.1");
		assert_int_equal(r.node, 0);
		assert_int_equal(r.link, 1);
		assert_true(totem_config_unresolved(&l->config, r.next, &r));
		assert_string_equal(r.host, "host2");
		totem_config_resolve(&l->config, &r, both, cases[i].count);
		assert_int_equal(l->config.nodes[1].address[0].family, cases[i].want);
		assert_true(totem_config_unresolved(&l->config, r.next, &r));
		assert_string_equal(r.host, "n2");
		assert_int_equal(r.link, LINKS_MAX);
		totem_config_resolve(&l->config, &r, both, 1);
		assert_false(totem_config_unresolved(&l->config, r.next, &r));
		assert_true(totem_config_find_local(&l->config, &facts));
		assert_int_equal(l->config.local, 1);
		/* now names are not wanted any more, and what had no answer may be asked again */
		assert_true(totem_config_unresolved(&l->config, 0, &r));
		assert_string_equal(r.host, "127.1");
		loaded_free(l);
	}
}

#define QUORUM(text)      "quorum {\nprovider: corosync_votequorum\n" text "\n}\n"
#define DEVICE(text, own) QUORUM(text "\ndevice {\nmodel: net\n" own "\n}")

static void test_quorum_rules(void **state)
{
	static const struct rule rules[] = {
		{"", TWO, "quorum {\nprovider: corosync_ykd\n}", "provider: corosync_votequorum"},
		{"", TWO, DEVICE("two_node: 1", ""), "not together with a quorum device"},
		{"", TWO, DEVICE("last_man_standing: 1", ""), "last_man_standing"},
		{"", TWO, DEVICE("auto_tie_breaker: 1", ""), "auto_tie_breaker"},
		{"", TWO, DEVICE("allow_downscale: 1", ""), "allow_downscale"},
		{"", TWO, DEVICE("expected_votes: 3", ""), "the votes of the device must be as well"},
		{"", ONE NODE("nodeid: 2\nquorum_votes: 2\nring0_addr: 192.0.2.2"), DEVICE("", ""),
		 "other votes than 1"},
		{"", TWO, DEVICE("expected_votes: 3", "votes: 2"), "leave less than 2"},
		{"", ONE, DEVICE("", ""), "leave less than 2"},
		{"", THREE, QUORUM("auto_tie_breaker: 1\nlast_man_standing: 1"), "when the expected votes are odd (3)"},
	};
	static const char *const good[] = {
		DEVICE("", ""),
		DEVICE("expected_votes: 4", "votes: 2"),
		QUORUM("two_node: 1"),
		QUORUM("auto_tie_breaker: 1\nlast_man_standing: 1\nwait_for_all: 1"),
		QUORUM("auto_tie_breaker: 1\nlast_man_standing: 1\nexpected_votes: 4"),
		/* without votes nobody counts them */
		"quorum {\ntwo_node: 1\ndevice {\nmodel: net\n}\n}\n",
		/* without a model there is no device */
		QUORUM("two_node: 1\ndevice {\nvotes: 1\n}"),
	};
	struct loaded *l;

	(void)state;
	check_rules(rules, sizeof rules / sizeof rules[0]);
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		l = with("", THREE, good[i]);
		assert_no_errors(&l->problems);
		loaded_free(l);
	}
	l = with("", THREE, QUORUM("two_node: 1"));
	assert_problem(&l->problems, CONF_WARNING, 24, "meant for two nodes");
	loaded_free(l);
}

static void test_unused_options(void **state)
{
	struct loaded *l = with(
		"nodeid: 5\nthreads: 2\ninterface {\nbindnetaddr: 10.0.0.0\nmember {\nmemberaddr: x\n}\n}", TWO, "");

	(void)state;
	assert_no_errors(&l->problems);
	assert_problem(&l->problems, CONF_WARNING, 3, "totem.nodeid: not used any more");
	assert_problem(&l->problems, CONF_WARNING, 4, "totem.threads");
	assert_problem(&l->problems, CONF_WARNING, 6, "addresses are taken from nodelist");
	assert_problem(&l->problems, CONF_WARNING, 8, "totem.interface.0.member.0");
	loaded_free(l);
}

static void test_window_is_bounded(void **state)
{
	struct loaded *l = with("window_size: 100000", TWO, "");

	(void)state;
	assert_no_errors(&l->problems);
	assert_problem(&l->problems, CONF_WARNING, 3, "window_size");
	assert_int_equal(l->config.timers.window_size, WINDOW_MAX);
	loaded_free(l);
}

static void test_reread(void **state)
{
	struct loaded *l = with("", THREE, "");
	struct conf live;

	(void)state;
	conf_init(&live, &l->map, NULL);
	map_put_u32(&l->map, "totem.token", 1000);
	assert_true(totem_timers_reread(&l->config, &live, &l->problems));
	assert_int_equal(l->config.timers.token_ms, 1650);
	assert_int_equal(l->config.links[0].ping_timeout_ms, 825);
	/* a client may set another type: it counts as not set */
	map_put_u64(&l->map, "totem.token", 5);
	assert_true(totem_timers_reread(&l->config, &live, &l->problems));
	assert_int_equal(l->config.timers.token_ms, 3650);
	map_put_u32(&l->map, "totem.join", 5);
	assert_false(totem_timers_reread(&l->config, &live, &l->problems));
	assert_int_equal(l->config.timers.join_ms, 50);
	assert_problem(&l->problems, CONF_ERROR, 0, "totem.join: 5 ms");
	loaded_free(l);
}

/* Clients can write most keys, with any type and text. */
static void test_strange_map(void **state)
{
	static const char *const keys[] = {
		"totem.transport",
		"totem.link_mode",
		"totem.knet_compression_model",
		"totem.crypto_model",
		"totem.crypto_cipher",
		"totem.crypto_hash",
		"totem.ip_version",
		"totem.interface.0.knet_transport",
		"quorum.provider",
		"totem.cluster_name",
		"totem.keyfile",
		"nodelist.node.0.name",
		"nodelist.node.0.ring0_addr",
	};
	char big[1000];

	(void)state;
	memset(big, 'b', sizeof big - 1);
	big[sizeof big - 1] = '\0';
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		struct loaded *l = parsed("totem {\nversion: 2\nsecauth: on\n}\n" TWO "}\n");

		map_put_string(&l->map, keys[i], big);
		finish(l);
		if (l->problems.errors == 0)
			fail_msg("%s took %zu characters", keys[i], strlen(big));
		conf_problems_init(&l->problems);
		map_put_u64(&l->map, keys[i], 1);
		finish(l);
		loaded_free(l);
	}
}

static void test_nozzle(void **state)
{
	static const char text[] =
		"totem {\nversion: 2\n}\nnodelist {\nnode {\nring0_addr: 192.0.2.1\nnodeid: 1\n}\n}\n"
		"nozzle {\nipaddr: 10.9.0.0\nname: noz0\n}\n";
	struct loaded *l = loaded(text);

	(void)state;
	assert_no_errors(&l->problems);
	assert_problem(&l->problems, CONF_WARNING, 11, "programs that use noz0 will not find it");
	loaded_free(l);
	l = loaded("totem {\nversion: 2\n}\nnozzle {\n}\n");
	assert_int_equal(problem_line(&l->problems, CONF_WARNING, "nozzle"), -1);
	loaded_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_timers),
		cmocka_unit_test(test_timer_rules),
		cmocka_unit_test(test_general_rules),
		cmocka_unit_test(test_crypto),
		cmocka_unit_test(test_node_rules),
		cmocka_unit_test(test_lines_are_told),
		cmocka_unit_test(test_positions),
		cmocka_unit_test(test_too_many_nodes),
		cmocka_unit_test(test_generated_ids),
		cmocka_unit_test(test_local_node),
		cmocka_unit_test(test_resolving),
		cmocka_unit_test(test_quorum_rules),
		cmocka_unit_test(test_unused_options),
		cmocka_unit_test(test_window_is_bounded),
		cmocka_unit_test(test_reread),
		cmocka_unit_test(test_nozzle),
		cmocka_unit_test(test_strange_map),
	};

	return cmocka_run_group_tests_name("totem-config", tests, NULL, NULL);
}
