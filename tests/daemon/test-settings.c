/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define HEAD                                                                 \
	"totem {\nversion: 2\ncluster_name: c\ntransport: knet\n%s}\n"       \
	"nodelist {\nnode {\nring0_addr: 127.0.0.1\nname: a\nnodeid: 7\n}\n" \
	"node {\nring0_addr: 192.0.2.2\nname: b\nnodeid: 9\n}\n}\n"          \
	"quorum {\nprovider: corosync_votequorum\n}\n"

static char dir[64];

static void path_of(const char *name, char *ret, size_t size)
{
	(void)snprintf(ret, size, "%s/%s", dir, name);
}

static void write_file(const char *name, const char *text, size_t len)
{
	char path[128];
	FILE *f;

	path_of(name, path, sizeof path);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static void write_conf(const char *totem)
{
	char text[1024];
	int n = snprintf(text, sizeof text, HEAD, totem);

	write_file("corosync.conf", text, (size_t)n);
}

static struct settings *load_conf(const char *totem)
{
	char path[128];
	struct error why;
	struct settings *s;

	write_conf(totem);
	path_of("corosync.conf", path, sizeof path);
	s = settings_load(path, &why);
	assert_non_null(s);
	return s;
}

static void assert_error(const struct settings *s, const char *words)
{
	for (uint32_t i = 0; i < s->problems.count; i++)
		if (s->problems.list[i].severity == CONF_ERROR && strstr(s->problems.list[i].text, words) != NULL)
			return;
	fail_msg("nobody complains of \"%s\"", words);
}

static int make_dir(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof dir, "/tmp/test-settings-XXXXXX");
	return mkdtemp(dir) == NULL ? -1 : 0;
}

static int remove_dir(void **state)
{
	static const char *const names[] = {"corosync.conf", "authkey", "uidgid.d/one", "uidgid.d"};
	char path[128];

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		path_of(names[i], path, sizeof path);
		(void)remove(path);
	}
	return rmdir(dir);
}

static void we_find_ourselves_by_our_address(void **state)
{
	struct settings *s = load_conf("");

	(void)state;
	assert_int_equal(s->problems.errors, 0);
	assert_int_equal(settings_self(s)->id.v, 7);
	assert_int_equal(s->totem.node_count, 2);
	assert_int_equal(s->key_len, 0);
	settings_free(s);
	settings_free(NULL);
}

static void a_file_that_is_not_there_is_named(void **state)
{
	struct error why;

	(void)state;
	assert_null(settings_load("/nonexist/corosync.conf", &why));
	assert_non_null(strstr(why.text, "/nonexist/corosync.conf"));
}

static void a_missing_key_hinders_a_start(void **state)
{
	struct settings *s = load_conf("crypto_cipher: aes256\ncrypto_hash: sha256\n");

	(void)state;
	assert_error(s, "the key cannot be read");
	assert_error(s, "corosync-keygen");
	settings_free(s);
}

static void a_key_is_read_from_beside_the_file(void **state)
{
	char key[256];
	struct settings *s;

	(void)state;
	memset(key, 'k', sizeof key);
	write_file("authkey", key, sizeof key);
	s = load_conf("crypto_cipher: aes256\ncrypto_hash: sha256\n");
	assert_int_equal(s->problems.errors, 0);
	assert_int_equal(s->key_len, sizeof key);
	assert_memory_equal(s->key, key, sizeof key);
	settings_free(s);

	write_file("authkey", key, 100);
	s = load_conf("crypto_cipher: aes256\ncrypto_hash: sha256\n");
	assert_true(s->problems.errors > 0);
	settings_free(s);
}

static void users_of_uidgid_d_are_looked_up(void **state)
{
	static const char good[] = "uidgid {\nuid: root\n}\n", bad[] = "uidgid {\nuid: no-such-user-here\n}\n";
	char path[128];
	struct settings *s;
	uint8_t allowed = 0;

	(void)state;
	path_of("uidgid.d", path, sizeof path);
	assert_int_equal(mkdir(path, 0755), 0);
	write_file("uidgid.d/one", good, sizeof good - 1);
	s = load_conf("");
	assert_int_equal(s->problems.errors, 0);
	assert_int_equal(map_get(&s->map, "uidgid.config.uid.0").bytes.len, 1);
	memcpy(&allowed, map_get(&s->map, "uidgid.config.uid.0").bytes.data, 1);
	assert_int_equal(allowed, 1);
	settings_free(s);

	write_file("uidgid.d/one", bad, sizeof bad - 1);
	s = load_conf("");
	assert_error(s, "there is no user named \"no-such-user-here\"");
	settings_free(s);
}

static void state_is_kept_where_we_are_told(void **state)
{
	struct settings *s;

	(void)state;
	assert_int_equal(unsetenv("STATE_DIRECTORY"), 0);
	s = load_conf("");
	assert_string_equal(s->state_dir, "/var/lib/corosync");
	settings_free(s);
	assert_int_equal(setenv("STATE_DIRECTORY", "/run/elsewhere", 1), 0);
	s = load_conf("");
	assert_string_equal(s->state_dir, "/run/elsewhere");
	settings_free(s);
	assert_int_equal(unsetenv("STATE_DIRECTORY"), 0);
}

static void a_short_token_does_not_hurry_pings(void **state)
{
	struct settings *s = load_conf("token: 10000\ninterface {\nlinknumber: 0\nknet_ping_timeout: 4000\n}\n");

	(void)state;
	assert_int_equal(s->problems.errors, 0);
	assert_int_equal(s->totem.links[0].ping_interval_ms, 2500);
	assert_int_equal(s->totem.links[0].ping_timeout_ms, 4000);
	assert_int_equal(s->totem.links[1].ping_timeout_ms, 5000);
	s->totem.links[0].ping_timeout_ms = 9; /* written: holds */
	s->totem.links[1].ping_timeout_ms = 9;
	s->totem.links[1].ping_interval_ms = 9;
	settings_set_pings(&s->totem);
	assert_int_equal(s->totem.links[0].ping_timeout_ms, 9);
	assert_int_equal(s->totem.links[1].ping_timeout_ms, 1000);
	assert_int_equal(s->totem.links[1].ping_interval_ms, 250);
	settings_free(s);
}

static void a_reload_puts_back_what_only_a_restart_can_change(void **state)
{
	struct settings *s = load_conf(""), *next;
	struct error why;

	(void)state;
	write_conf("token: 5000\nnetmtu: 1200\n");
	next = settings_reload(s, &s->map, &why);
	assert_non_null(next);
	assert_int_equal(next->totem.node_count, 0); /* nothing was looked up */
	assert_false(settings_ask_names(next));
	settings_complete(next);
	assert_int_equal(next->problems.errors, 0);
	assert_int_equal(next->totem.timers.token_ms, 5000);
	assert_true(next->problems.count > 0);
	assert_int_equal(next->problems.list[0].severity, CONF_NOTICE);
	assert_non_null(strstr(next->problems.list[0].text, "netmtu"));
	settings_free(next);
	settings_free(s);
}

static void names_are_noticed(void **state)
{
	static const char *const texts[] = {
		"nodelist {\nnode {\nring0_addr: 127.0.0.1\nname: one\nnodeid: 1\n}\n}\nuidgid {\nuid: 0\n}\n",
		"nodelist {\nnode {\nring0_addr: fd00::1\nring1_addr: one.example\nnodeid: 1\n}\n}\n",
		"uidgid {\ngid: root\n}\n",
	};
	struct settings *s = load_conf("");

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct error why;
		struct settings *next;

		write_file("corosync.conf", texts[i], strlen(texts[i]));
		next = settings_reload(s, &s->map, &why);
		assert_non_null(next);
		assert_int_equal(settings_ask_names(next), i > 0);
		settings_free(next);
	}
	settings_free(s);
}

static void a_reload_of_what_is_no_configuration(void **state)
{
	struct settings *s = load_conf(""), *next;
	struct error why;

	(void)state;
	write_file("corosync.conf", "totem {\n", 8);
	next = settings_reload(s, &s->map, &why);
	assert_non_null(next);
	settings_complete(next);
	assert_true(next->problems.errors > 0);
	settings_free(next);
	(void)snprintf(s->path, sizeof s->path, "/nonexist/corosync.conf");
	assert_null(settings_reload(s, &s->map, &why));
	assert_non_null(strstr(why.text, "/nonexist"));
	settings_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(we_find_ourselves_by_our_address, make_dir, remove_dir),
		cmocka_unit_test(a_file_that_is_not_there_is_named),
		cmocka_unit_test_setup_teardown(a_missing_key_hinders_a_start, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(a_key_is_read_from_beside_the_file, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(users_of_uidgid_d_are_looked_up, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(state_is_kept_where_we_are_told, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(a_short_token_does_not_hurry_pings, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(a_reload_puts_back_what_only_a_restart_can_change, make_dir,
						remove_dir),
		cmocka_unit_test_setup_teardown(names_are_noticed, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(a_reload_of_what_is_no_configuration, make_dir, remove_dir),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
