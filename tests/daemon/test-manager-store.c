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
	struct manager_store_found found;
	char dir[64];
	GString *told; /* "EPOCH " of each, "EPOCH! " of a failure; "pLINEAGE " of promises */
} w;

static void on_written(void *arg, struct cib_version version, uint64_t lineage, enum err e, const char *why)
{
	(void)arg;
	assert_int_equal(lineage, 10 * version.epoch);
	assert_int_equal(e == ERR_OK, why[0] == '\0');
	g_string_append_printf(w.told, "%lld%s ", (long long)version.epoch, e == ERR_OK ? "" : "!");
}

static void on_promised(void *arg, uint64_t lineage, enum err e, const char *why)
{
	(void)arg;
	assert_int_equal(e == ERR_OK, why[0] == '\0');
	g_string_append_printf(w.told, "p%llu%s ", (unsigned long long)lineage, e == ERR_OK ? "" : "!");
}

static enum err open_store(const char *dir)
{
	static const struct manager_store_ops ops = {.written = on_written, .promised = on_promised};
	return manager_store_open(w.loop, dir, &ops, &w.store, &w.found, &w.error);
}

static void open_it(void)
{
	if (open_store(w.dir) != ERR_OK)
		fail_msg("%s", w.error.text);
}

static void close_it(void)
{
	manager_store_close(w.store);
	document_free(w.found.document);
	w.store = NULL;
	w.found.document = NULL;
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
	assert_string_equal(epoch, element_get(document_root(w.found.document), NAME_EPOCH));
	assert_string_equal(name, element_get_or(document_root(w.found.document), NAME_UPDATE_CLIENT, ""));
	assert_non_null(document_section(w.found.document, NAME_STATUS));
}

static void test_it_begins_empty(void **state)
{
	(void)state;
	open_it();
	assert_string_equal("", w.found.note);
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
	assert_string_equal("", w.found.note);
	assert_found("2", "two");
	assert_int_equal(20, w.found.lineage);
	put(3, "three"); /* numbers go on */
	expect("3 ");
	close_it();
	open_it();
	assert_found("3", "three");
	assert_int_equal(30, w.found.lineage);
}

/* What an administrator writes by hand comes after all that this node has had. */
static void test_a_file_of_nobody_has_the_highest_lineage(void **state)
{
	(void)state;
	char path[96];
	open_it();
	assert_int_equal(0, w.found.lineage);
	put(2, "two");
	expect("2 ");
	close_it();
	(void)snprintf(path, sizeof(path), "%s/cib.xml.sig", w.dir);
	assert_int_equal(0, unlink(path));
	(void)snprintf(path, sizeof(path), "%s/cib.xml", w.dir);
	assert_true(g_file_set_contents(path, "<cib epoch=\"9\"><configuration/></cib>", -1, NULL));
	open_it();
	assert_found("9", "");
	assert_int_equal(20, w.found.lineage);
}

static void test_promises(void **state)
{
	(void)state;
	char path[96];
	open_it();
	assert_int_equal(0, w.found.promise);
	manager_store_promise(w.store, 7);
	expect("p7 ");
	manager_store_promise(w.store, 8);
	put(1, "one");
	expect("p8 ");
	expect("1 ");
	close_it();
	open_it();
	assert_string_equal("", w.found.note);
	assert_int_equal(8, w.found.promise);
	close_it();
	(void)snprintf(path, sizeof(path), "%s/promise", w.dir);
	assert_true(g_file_set_contents(path, "nonsense", -1, NULL));
	open_it(); /* a node starts all the same, and somebody is told */
	assert_found("1", "one");
	assert_int_equal(0, w.found.promise);
	assert_non_null(strstr(w.found.note, "what was promised here is not known"));
	assert_non_null(strstr(w.found.note, path));
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
	assert_string_not_equal("", w.found.note);
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
		cmocka_unit_test_setup_teardown(test_promises, setup, teardown),
		cmocka_unit_test_setup_teardown(test_only_the_newest_matters, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_damaged_file_is_not_taken, setup, teardown),
		cmocka_unit_test_setup_teardown(test_where_nothing_can_be_kept, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
