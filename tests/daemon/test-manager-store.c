/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The manager's configuration on disk: what is written comes back, also beside damaged files. */
#include "daemon/manager-store.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { TURNS_MAX = 10000 };

static struct {
	struct loop *loop;
	struct error error;
	struct manager_store *store;
	struct document *found;
	char dir[64], note[512];
	uint64_t lineage;
	GString *told; /* "EPOCH " of each, or "EPOCH! " of a failure */
} w;

static void on_written(void *arg, struct cib_version version, enum err e, const char *why)
{
	(void)arg;
	assert_int_equal(e == ERR_OK, why[0] == '\0');
	g_string_append_printf(w.told, "%lld%s ", (long long)version.epoch, e == ERR_OK ? "" : "!");
}

static enum err open_store(const char *dir)
{
	static const struct manager_store_ops ops = {.written = on_written};
	return manager_store_open(w.loop, dir, &ops, &w.store, &w.found, &w.lineage, w.note, &w.error);
}

static void open_it(void)
{
	if (open_store(w.dir) != ERR_OK)
		fail_msg("%s", w.error.text);
}

static void close_it(void)
{
	manager_store_close(w.store);
	document_free(w.found);
	w.store = NULL;
	w.found = NULL;
}

static int setup(void **state)
{
	(void)state;
	memset(&w, 0, sizeof(w));
	(void)snprintf(w.dir, sizeof(w.dir), "/tmp/hale-test-store-XXXXXX");
	assert_non_null(mkdtemp(w.dir));
	w.told = g_string_new(NULL);
	if (loop_open(&w.loop, &w.error) != ERR_OK)
		fail_msg("%s", w.error.text);
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static int teardown(void **state)
{
	(void)state;
	close_it();
	loop_close(w.loop);
	(void)g_string_free(w.told, TRUE);
	return nftw(w.dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void put(int64_t epoch, const char *name)
{
	struct document *d = archive_empty();
	char text[24];
	const struct archive_entry entry = {
		.version = {.epoch = epoch}, .when = 1700000000, .what = "modify", .lineage = 10 * (uint64_t)epoch};
	(void)snprintf(text, sizeof(text), "%lld", (long long)epoch);
	element_set(document_root(d), NAME_EPOCH, text);
	element_set(document_root(d), NAME_UPDATE_CLIENT, name);
	manager_store_write(w.store, d, &entry);
	document_free(d);
}

static void expect(const char *last)
{
	for (unsigned i = 0; i < TURNS_MAX && strstr(w.told->str, last) == NULL; i++)
		if (loop_turn(w.loop, 1, &w.error) != ERR_OK)
			fail_msg("%s", w.error.text);
	if (strstr(w.told->str, last) == NULL)
		fail_msg("\"%s\" without \"%s\"", w.told->str, last);
}

static void assert_found(const char *epoch, const char *name)
{
	assert_string_equal(epoch, element_get(document_root(w.found), NAME_EPOCH));
	assert_string_equal(name, element_get_or(document_root(w.found), NAME_UPDATE_CLIENT, ""));
	assert_non_null(document_section(w.found, NAME_STATUS));
}

static void test_it_begins_empty(void **state)
{
	(void)state;
	open_it();
	assert_string_equal("", w.note);
	assert_found("0", "");
}

static void test_what_is_written_comes_back(void **state)
{
	(void)state;
	open_it();
	put(1, "one");
	expect("1 ");
	put(2, "two");
	expect("2 ");
	assert_string_equal("1 2 ", w.told->str);
	close_it();
	open_it();
	assert_string_equal("", w.note);
	assert_found("2", "two");
	assert_int_equal(20, w.lineage);
	put(3, "three"); /* numbers go on */
	expect("3 ");
	close_it();
	open_it();
	assert_found("3", "three");
	assert_int_equal(30, w.lineage);
}

/* What an administrator writes by hand comes after all that this node has had. */
static void test_a_file_of_nobody_has_the_highest_lineage(void **state)
{
	(void)state;
	char path[96];
	open_it();
	assert_int_equal(0, w.lineage);
	put(2, "two");
	expect("2 ");
	close_it();
	(void)snprintf(path, sizeof(path), "%s/cib.xml.sig", w.dir);
	assert_int_equal(0, unlink(path));
	(void)snprintf(path, sizeof(path), "%s/cib.xml", w.dir);
	assert_true(g_file_set_contents(path, "<cib epoch=\"9\"><configuration/></cib>", -1, NULL));
	open_it();
	assert_found("9", "");
	assert_int_equal(20, w.lineage);
}

/* Many at once: the newest is written and told of, and so everything before it. */
static void test_only_the_newest_matters(void **state)
{
	(void)state;
	open_it();
	for (int64_t epoch = 1; epoch <= 50; epoch++)
		put(epoch, "many");
	expect("50 ");
	int64_t last = 0;
	char **told = g_strsplit(w.told->str, " ", -1);
	for (char **t = told; **t != '\0'; t++) {
		assert_true(strtoll(*t, NULL, 10) > last);
		last = strtoll(*t, NULL, 10);
	}
	assert_int_equal(50, last);
	g_strfreev(told);
	close_it();
	open_it();
	assert_found("50", "many");
}

static void test_a_damaged_file_is_not_taken(void **state)
{
	(void)state;
	open_it();
	put(1, "one");
	expect("1 ");
	put(2, "two");
	expect("2 ");
	close_it();
	char path[80];
	(void)snprintf(path, sizeof(path), "%s/cib.xml", w.dir);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	(void)fputs("<cib", f);
	assert_int_equal(0, fclose(f));
	open_it();
	assert_string_not_equal("", w.note);
	assert_found("2", "two"); /* from the versions */
}

static void test_where_nothing_can_be_kept(void **state)
{
	(void)state;
	assert_int_not_equal(ERR_OK, open_store("/proc/version/cib"));
	assert_null(w.store);
	assert_non_null(strstr(w.error.text, "/proc/version"));
	manager_store_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_it_begins_empty, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_is_written_comes_back, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_file_of_nobody_has_the_highest_lineage, setup, teardown),
		cmocka_unit_test_setup_teardown(test_only_the_newest_matters, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_damaged_file_is_not_taken, setup, teardown),
		cmocka_unit_test_setup_teardown(test_where_nothing_can_be_kept, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
