/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fixture.h"

static void test_types(void **state)
{
	static const struct {
		const char *text, *key;
		enum map_type type;
		int64_t number; /* or the text: */
		const char *string;
	} cases[] = {
		{"totem {\nversion: 2\n}", "totem.version", MAP_U32, 2, NULL},
		{"totem {\ntoken: +4294967295\n}", "totem.token", MAP_U32, 4294967295, NULL},
		{"totem {\ntoken: 010\n}", "totem.token", MAP_U32, 10, NULL},
		{"totem {\nknet_compression_level: -7\n}", "totem.knet_compression_level", MAP_I32, (uint32_t)-7, NULL},
		{"totem {\nconfig_version: 18446744073709551615\n}", "totem.config_version", MAP_U64, -1, NULL},
		{"totem {\nip_dscp: 63\n}", "totem.ip_dscp", MAP_U8, 63, NULL},
		{"totem {\nip_dscp: ef\n}", "totem.ip_dscp", MAP_U8, 46, NULL},
		{"totem {\nip_dscp: af31\n}", "totem.ip_dscp", MAP_U8, 26, NULL},
		{"totem {\ncluster_name: a b:c\n}", "totem.cluster_name", MAP_STRING, 0, "a b:c"},
		{"totem {\ncluster_name:\n}", "totem.cluster_name", MAP_STRING, 0, ""},
		{"totem {\nmine: 5\n}", "totem.mine", MAP_STRING, 0, "5"},
		{"totem {\ninterface {\nmcastport: 5500\nlinknumber: 3\n}\n}", "totem.interface.3.mcastport", MAP_U16,
		 5500, NULL},
		{"totem {\ninterface {\nttl: 7\n}\n}", "totem.interface.0.ttl", MAP_U8, 7, NULL},
		{"totem {\ninterface {\nknet_ping_timeout: 9\n}\n}", "totem.interface.0.knet_ping_timeout", MAP_U32, 9,
		 NULL},
		{"totem {\ninterface {\nknet_transport: sctp\n}\n}", "totem.interface.0.knet_transport", MAP_STRING, 0,
		 "sctp"},
		{"totem {\ninterface {\nown: x\nlinknumber: 2\n}\n}", "totem.interface.own", MAP_STRING, 0, "x"},
		{"totem {\ninterface {\nmember {\nmemberaddr: a\n}\nmember {\nmemberaddr: b\n}\n}\n}",
		 "totem.interface.0.member.1", MAP_STRING, 0, "a"},
		{"nodelist {\nnode {\n}\nnode {\nnodeid: 7\n}\n}", "nodelist.node.1.nodeid", MAP_U32, 7, NULL},
		{"nodelist {\nnode {\nquorum_votes: 0\n}\n}", "nodelist.node.0.quorum_votes", MAP_U32, 0, NULL},
		{"nodelist {\nnode {\ndatacenterid: 3\n}\n}", "nodelist.node.0.datacenterid", MAP_STRING, 0, "3"},
		{"quorum {\ntwo_node: 1\n}", "quorum.two_node", MAP_U8, 1, NULL},
		{"quorum {\nexpected_votes: 5\n}", "quorum.expected_votes", MAP_U32, 5, NULL},
		{"quorum {\ndevice {\nsync_timeout: 5\n}\n}", "quorum.device.sync_timeout", MAP_U32, 5, NULL},
		{"quorum {\ndevice {\nmaster_wins: 1\n}\n}", "quorum.device.master_wins", MAP_U8, 1, NULL},
		{"quorum {\ndevice {\nnet {\nport: 5403\n}\n}\n}", "quorum.device.net.port", MAP_STRING, 0, "5403"},
		{"quorum {\ndevice {\nheuristics {\nexec_a: /b c\n}\n}\n}", "quorum.device.heuristics.exec_a",
		 MAP_STRING, 0, "/b c"},
		{"logging {\nlogger_subsys {\ndebug: on\nsubsys: CPG\n}\n}", "logging.logger_subsys.CPG.debug",
		 MAP_STRING, 0, "on"},
		{"logging {\nlogger_subsys {\nsubsys: CPG\n}\n}", "logging.logger_subsys.CPG.subsys", MAP_STRING, 0,
		 "CPG"},
		{"logging {\nlogging_daemon {\nname: corosync\ndebug: on\n}\n}", "logging.debug", MAP_STRING, 0, "on"},
		{"logging {\nlogging_daemon {\nname: corosync\nsubsys: X\ndebug: on\n}\n}",
		 "logging.logger_subsys.X.debug", MAP_STRING, 0, "on"},
		{"logging {\nlogging_daemon {\nname: q\ndebug: on\n}\n}", "logging.logging_daemon.q.debug", MAP_STRING,
		 0, "on"},
		{"logging {\nlogging_daemon {\nname: q\nsubsys: N\n}\n}", "logging.logging_daemon.q.N.name", MAP_STRING,
		 0, "q"},
		{"resources {\nwatchdog_timeout: 9\n}", "resources.watchdog_timeout", MAP_U32, 9, NULL},
		{"resources {\nsystem {\nmemory_used {\npoll_period: 9\n}\n}\n}",
		 "resources.system.memory_used.poll_period", MAP_U64, 9, NULL},
		{"uidgid {\nuid: 1000\n}", "uidgid.config.uid.1000", MAP_U8, 1, NULL},
		{"uidgid {\ngid: 0\n}", "uidgid.config.gid.0", MAP_U8, 1, NULL},
		{"system {\nstate_dir: /x\n}", "system.state_dir", MAP_STRING, 0, "/x"},
		{"a {\nb {\nc: d\n}\n}", "a.b.c", MAP_STRING, 0, "d"},
		{"outside: 1", "outside", MAP_STRING, 0, "1"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct loaded *l = parsed(cases[i].text);
		struct map_value v = map_get(&l->map, cases[i].key);
		int64_t number = 0;

		assert_no_errors(&l->problems);
		if (v.type != cases[i].type)
			fail_msg("%s has the type %d", cases[i].key, (int)v.type);
		if (v.type == MAP_STRING) {
			assert_string_equal(v.bytes.data, cases[i].string);
		} else {
			memcpy(&number, v.bytes.data, v.bytes.len);
			assert_int_equal(number, cases[i].number);
		}
		loaded_free(l);
	}
}

static void test_errors(void **state)
{
	static const struct {
		const char *text;
		int line;
		const char *words;
	} cases[] = {
		{"totem {\n\ntoken: abc\n}", 3,
		 "totem.token: \"abc\" is not a whole number from 0 to 4294967295; write for "
		 "example \"token: 3000\""},
		{"totem {\ntoken:\n}", 2, "\"\" is not a whole number"},
		{"totem {\ntoken: 3000ms\n}", 2, "is not a whole number"},
		{"totem {\ntoken: 0x10\n}", 2, "is not a whole number"},
		{"totem {\ntoken: 4294967296\n}", 2, "is not a whole number"},
		{"totem {\ntoken: 99999999999999999999999\n}", 2, "is not a whole number"},
		{"totem {\nconfig_version: -1\n}", 2, "is not a whole number"},
		{"totem {\nip_dscp: 256\n}", 2, "is not a whole number"},
		{"totem {\nip_dscp: af99\n}", 2, "is not a whole number"},
		{"quorum {\ntwo_node: 256\n}", 2, "from 0 to 255"},
		{"totem {\ninterface {\nlinknumber: x\n}\n}", 3, "is not the number of a link"},
		{"totem {\ninterface {\nmcastport: 65536\n}\n}", 3, "from 0 to 65535"},
		{"totem {\ncrypto_cipher: AES256\n}", 2, "write none, aes256, aes192 or aes128"},
		{"totem {\ncrypto_hash: sha25\n}", 2, "did you mean \"sha256\"?"},
		{"system {\nsched_rr: on\n}", 2, "write yes or no"},
		{"logging {\ndebug: yes\n}", 2, "write off, on or trace"},
		{"logging {\nlogger_subsys {\nsubsys: A\ndebug: yes\n}\n}", 4, "logging.logger_subsys.A.debug"},
		{"logging {\nlogger_subsys {\ndebug: on\n}\n}", 4, "subsys: TOTEM"},
		{"logging {\nlogging_daemon {\nsubsys: A\n}\n}", 4, "name: corosync"},
		{"logging {\nlogger_subsys {\nsubsys: A B\ndebug: on\n}\n}", 4, "cannot be a key"},
		{"totem {\ntwo words: 1\n}", 2, "\"totem.two words\" cannot be a key"},
		{"ab: 1", 1, "\"ab\" cannot be a key"},
		{"totem", 1, "is neither"},
		{"{\n}", 1, "has no name"},
		{"totem { # x\n}", 1, "nothing may follow"},
		{"totem {}\n}", 1, "nothing may follow"},
		{"totem {\nx }\n}", 2, "must stand alone"},
		{"}\n", 1, "no section that"},
		{"totem {\nquorum {\n}\n", 1, "never closed"},
		{"totem {\nmember {\n", 2, "never closed"},
		{"uidgid {\nother: 1\n}", 2, "only uid and gid"},
		{"uidgid {\nuid:\n}", 2, "cannot be used"},
		{"totem {\ninterface {\nmember {\nother: 1\n}\n}\n}", 4, "only memberaddr"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct loaded *l = parsed(cases[i].text);

		assert_true(l->problems.errors > 0);
		assert_problem(&l->problems, CONF_ERROR, cases[i].line, cases[i].words);
		loaded_free(l);
	}
}

static void test_warnings(void **state)
{
	static const struct {
		const char *text;
		int line;
		const char *words;
	} cases[] = {
		{"totem {\ntokn: 1\n}", 2, "totem.tokn: not an option that the engine knows; did you mean \"token\"?"},
		{"totem {\nfoo: 1\n}", 2, "totem.foo: not an option that the engine knows"},
		{"quorm {\n}", 1, "did you mean \"quorum\"?"},
		{"nodelist {\nnode {\nring0_adr: 1\n}\n}", 3, "did you mean \"ring*_addr\"?"},
		{"nodelist {\nnode {\nnodid: 1\n}\n}", 3, "did you mean \"nodeid\"?"},
		{"totem {\nsecauth: yes\n}", 2, "write on or off (the default is taken)"},
		{"totem {\nblock_unlisted_ips: off\n}", 2, "write yes or no (the default is taken)"},
		{"totem {\ntoken: 1\njoin: 2\ntoken: 3\n}", 4, "given again, line 2 had it already"},
		{"totem {\n}\ntotem {\ntoken: 1\n}\ntotem {\ntoken: 2\n}", 7, "given again, line 4"},
		{"logging {\nlogger_subsys {\nsubsys: A\ntimestamp: x\n}\n}", 4, "timestamp"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct loaded *l = parsed(cases[i].text);

		assert_no_errors(&l->problems);
		assert_problem(&l->problems, CONF_WARNING, cases[i].line, cases[i].words);
		loaded_free(l);
	}
}

static void test_no_warnings(void **state)
{
	static const char *const texts[] = {
		"# comment\n\t # another\n\n  totem\t{ \t\r\n\ttoken :\t5 \t\r\n} \t\n",
		"nodelist {\nnode {\nring0_addr: ::1\ncolour: red\n}\n}",
		"totem {\n}\r\n",
		"resources {\nsystem {\nload_15min {\nmax: 4\n}\n}\n}",
		"",
		"\n\n",
		"#",
	};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct loaded *l = parsed(texts[i]);

		show_problems(&l->problems);
		assert_int_equal(l->problems.count, 0);
		loaded_free(l);
	}
}

static void test_lines_of_keys(void **state)
{
	struct loaded *l =
		parsed("totem {\n  token: 5\n  interface {\n    mcastport: 1\n\n    linknumber: 4\n  }\n}\nx: yes\n");

	(void)state;
	/* a third character, for a key has three */
	assert_problem(&l->problems, CONF_ERROR, 9, "cannot be a key");
	assert_int_equal(conf_line(&l->conf, "totem.token"), 2);
	assert_int_equal(conf_line(&l->conf, "totem.interface.4.mcastport"), 4);
	assert_int_equal(conf_line(&l->conf, "totem.nothing"), 0);
	l->conf.lines = NULL;
	assert_int_equal(conf_line(&l->conf, "totem.token"), 0);
	loaded_free(l);
}

static void test_everything_is_told_at_once(void **state)
{
	struct loaded *l = parsed("totem {\ntoken: a\n}}\njoin: b\nsecauth: c\n}\nlogging {\ndebug: d\n");

	(void)state;
	assert_int_equal(l->problems.errors, 5);
	assert_problem(&l->problems, CONF_ERROR, 2, "totem.token");
	assert_problem(&l->problems, CONF_ERROR, 3, "must stand alone");
	assert_problem(&l->problems, CONF_ERROR, 4, "totem.join");
	loaded_free(l);
}

static void test_long_lines(void **state)
{
	char text[1200];
	struct loaded *l;

	(void)state;
	for (int len = CONF_LINE_MAX - 1; len <= CONF_LINE_MAX + 1; len++) {
		snprintf(text, sizeof text, "totem {\nx: %0*d\n}\n", len - 3, 0);
		l = parsed(text);
		assert_int_equal(l->problems.errors, len > CONF_LINE_MAX ? 1 : 0);
		if (len > CONF_LINE_MAX)
			assert_problem(&l->problems, CONF_ERROR, 2, "longer than 510");
		loaded_free(l);
	}
	l = loaded_new();
	assert_false(conf_parse(&l->conf, "f", bytes_of("totem {\na\0b: 1\n}\n", 17), &l->problems));
	assert_problem(&l->problems, CONF_ERROR, 2, "is not text");
	loaded_free(l);
}

static void test_deep_sections(void **state)
{
	char text[4096] = "";
	struct loaded *l;

	(void)state;
	for (int depth = 120; depth < 134; depth++) {
		text[0] = '\0';
		for (int i = 0; i < depth; i++)
			strcat(text, "s {\n");
		for (int i = 0; i < depth; i++)
			strcat(text, "}\n");
		l = parsed(text);
		assert_int_equal(l->problems.errors > 0, depth > 127);
		loaded_free(l);
	}
}

static void test_owners(void **state)
{
	struct loaded *l = parsed("uidgid {\nuid: root\n}\nuidgid {\ngid: haclient\nuid: 7\n}\n");
	static const char file[] = "uidgid {\n gid: other\n}\n",
			  bad[] = "uidgid {\nuid: a\n}\ntotem {\ntoken: 1\n}\nx: 1\n";
	static const char nested[] = "uidgid {\nuidgid {\n}\n}\n";

	(void)state;
	assert_int_equal(l->conf.owner_count, 2);
	assert_string_equal(l->conf.owners[0].name, "root");
	assert_false(l->conf.owners[0].is_group);
	assert_int_equal(l->conf.owners[0].line, 2);
	assert_string_equal(l->conf.owners[1].name, "haclient");
	assert_true(l->conf.owners[1].is_group);
	assert_true(conf_parse_uidgid(&l->conf, "d/file", bytes_of(file, strlen(file)), &l->problems));
	assert_int_equal(l->conf.owner_count, 3);
	assert_string_equal(l->conf.owners[2].file, "d/file");
	assert_string_equal(l->conf.file, "test.conf");
	assert_true(conf_allow(&l->conf, true, 4294967295));
	assert_int_equal(map_get(&l->map, "uidgid.config.gid.4294967295").type, MAP_U8);
	assert_int_equal(map_get(&l->map, "uidgid.config.uid.7").type, MAP_U8);
	assert_false(conf_parse_uidgid(&l->conf, "d/bad", bytes_of(bad, strlen(bad)), &l->problems));
	assert_problem(&l->problems, CONF_ERROR, 4, "not \"totem\"");
	assert_problem(&l->problems, CONF_ERROR, 5, "with uid and gid");
	assert_false(conf_parse_uidgid(&l->conf, "d/n", bytes_of(nested, strlen(nested)), &l->problems));
	loaded_free(l);
}

static void test_too_many_owners(void **state)
{
	static char text[CONF_OWNERS_MAX * 16 + 64];
	struct loaded *l;

	(void)state;
	strcpy(text, "uidgid {\n");
	for (int i = 0; i <= CONF_OWNERS_MAX; i++)
		sprintf(text + strlen(text), "uid: u%d\n", i);
	strcat(text, "}\n");
	l = parsed(text);
	assert_int_equal(l->problems.errors, 1);
	assert_problem(&l->problems, CONF_ERROR, CONF_OWNERS_MAX + 2, "cannot be used");
	loaded_free(l);
}

static void test_small_memory(void **state)
{
	static uint8_t memory[16384] __attribute__((aligned(16)));
	static const char text[] = "totem {\nversion: 2\ncluster_name: a name that takes some room in a small pool\n"
				   "token: 1000\njoin: 50\nmerge: 200\nhold: 100\n}\n";
	struct conf conf;
	struct conf_problems *problems = calloc(1, sizeof *problems);
	struct map map;
	struct pool pool;
	size_t size = 1024;

	(void)state;
	for (uint32_t errors = 1; size <= sizeof memory; size += 256) {
		pool_init(&pool, memory, size);
		map_init(&map, &pool);
		conf_init(&conf, &map, NULL);
		conf_problems_init(problems);
		bool good = conf_parse(&conf, "f", bytes_of(text, strlen(text)), problems);

		assert_int_equal(good, problems->errors == 0);
		if (problems->errors > 0)
			assert_problem(problems, CONF_ERROR, (int)problems->list[0].line, "too large to be kept");
		assert_true(problems->errors <= errors || size == 1024);
		errors = problems->errors;
	}
	assert_int_equal(problems->errors, 0);
	free(problems);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types),         cmocka_unit_test(test_errors),
		cmocka_unit_test(test_warnings),      cmocka_unit_test(test_no_warnings),
		cmocka_unit_test(test_lines_of_keys), cmocka_unit_test(test_everything_is_told_at_once),
		cmocka_unit_test(test_long_lines),    cmocka_unit_test(test_deep_sections),
		cmocka_unit_test(test_owners),        cmocka_unit_test(test_too_many_owners),
		cmocka_unit_test(test_small_memory),
	};

	return cmocka_run_group_tests_name("parse", tests, NULL, NULL);
}
