/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/store-dir.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { KEEP = 5, FILES_MAX = 64, NAME_SIZE = 256, TEXT_SIZE = 128 };

/* In memory where that can be had: thousands of writes wait for the disk. */
static char folder[40];
static struct error error;

/* ---- texts: "N:…:N", whose digest is "dN" ---- */

static const char *text_of(unsigned n)
{
	static char text[TEXT_SIZE];
	(void)snprintf(text, sizeof(text), "%u:the configuration, version %u:%u", n, n, n);
	return text;
}

static const char *digest_of(unsigned n)
{
	static char text[16];
	(void)snprintf(text, sizeof(text), "d%u", n);
	return text;
}

struct reading {
	unsigned found, asked;
};

static enum err is_whole(void *arg, const char *text, size_t size, const char *name, const char *digest,
			 struct error *reterr)
{
	struct reading *r = arg;
	unsigned n = (unsigned)strtoul(text, NULL, 10);
	r->asked++;
	assert_int_equal(strlen(text), size);
	if (size == 0 || strcmp(text, text_of(n)) != 0)
		return error_set(reterr, ERR_INVALID, "%s: it is cut", name);
	if (digest != NULL && strcmp(digest, digest_of(n)) != 0)
		return error_set(reterr, ERR_INVALID, "%s: its digest is another", name);
	r->found = n;
	return ERR_OK;
}

static struct store_dir *opened(const struct store_calls *calls)
{
	struct store_dir *d = NULL;
	if (store_dir_open(folder, KEEP, calls, &d, &error) != ERR_OK)
		fail_msg("%s", error.text);
	return d;
}

static enum err written(struct store_dir *d, unsigned n)
{
	char line[32];
	(void)snprintf(line, sizeof(line), "line %u\n", n);
	struct store_version v = {n, text_of(n), strlen(text_of(n)), digest_of(n), line};
	return store_dir_write(d, &v, &error);
}

static bool is_written(struct store_dir *d, unsigned n)
{
	error = (struct error){0};
	if (written(d, n) != ERR_OK)
		print_message("%s\n", error.text);
	return error.text[0] == '\0';
}

/* What a reader gets: the number in the text, or 0. */
static unsigned present(struct store_found *ret_found)
{
	struct reading r = {0};
	struct store_judge judge = {&r, is_whole};
	struct store_dir *d = opened(NULL);
	struct error why = {0};
	enum err e = store_dir_read(d, &judge, ret_found, &why);
	store_dir_close(d);
	assert_true(e == ERR_OK || e == ERR_NOT_FOUND);
	assert_int_equal(why.text[0] != '\0', e != ERR_OK);
	return e == ERR_OK ? r.found : 0;
}

static char *at(const char *name)
{
	static char path[4][NAME_SIZE];
	static unsigned next;
	char *to = path[next++ % 4];
	(void)snprintf(to, NAME_SIZE, "%s/%s", folder, name);
	return to;
}

static void put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	(void)fputs(text, f);
	(void)fclose(f);
}

static bool is_there(const char *name)
{
	return access(at(name), F_OK) == 0;
}

static void clear(void)
{
	char command[NAME_SIZE];
	(void)snprintf(command, sizeof(command), "rm -rf %s/*", folder);
	assert_int_equal(system(command), 0);
}

static void write_up_to(unsigned n)
{
	struct store_dir *d = opened(NULL);
	for (unsigned i = (unsigned)store_dir_last(d) + 1; i <= n; i++)
		assert_int_equal(written(d, i), ERR_OK);
	store_dir_close(d);
}

/* ---- plain days ---- */

static void test_write_and_read(void **state)
{
	(void)state;
	struct store_found f;
	clear();
	assert_int_equal(present(&f), 0);
	assert_int_equal(f.was_damaged, false);
	write_up_to(1);
	assert_int_equal(present(&f), 1);
	assert_int_equal(f.number, 1);
	write_up_to(KEEP + 3);
	assert_int_equal(present(&f), KEEP + 3);
	assert_int_equal(f.was_damaged, false);
	assert_string_equal(f.note, "");
	struct stat st;
	assert_int_equal(stat(at("cib.xml"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void count_line(void *arg, const char *line, size_t size)
{
	unsigned *n = arg;
	assert_memory_equal(line, "line ", 5);
	assert_true(size >= 6);
	n[0]++;
	n[1] = (unsigned)strtoul(line + 5, NULL, 10);
}

static void test_versions(void **state)
{
	(void)state;
	clear();
	write_up_to(KEEP + 3);
	struct reading r = {0};
	struct store_judge judge = {&r, is_whole};
	struct store_dir *d = opened(NULL);
	assert_int_equal(store_dir_last(d), KEEP + 3);
	for (unsigned n = 1; n <= KEEP + 4; n++) {
		bool kept = n > 3 && n <= KEEP + 3;
		assert_int_equal(store_dir_read_version(d, n, &judge, &error), kept ? ERR_OK : ERR_NOT_FOUND);
		assert_true(!kept || r.found == n);
	}
	unsigned lines[2] = {0};
	assert_int_equal(store_dir_journal(d, count_line, lines, &error), ERR_OK);
	assert_int_equal(lines[0], KEEP + 3);
	assert_int_equal(lines[1], KEEP + 3);
	put(at("versions/0000000006.xml"), "cut");
	assert_int_equal(store_dir_read_version(d, 6, &judge, &error), ERR_INVALID);
	assert_int_equal(unlink(at("versions/0000000005.xml.sig")), 0);
	assert_int_equal(store_dir_read_version(d, 5, &judge, &error), ERR_INVALID);
	store_dir_close(d);
}

/* The journal does not grow for ever, and a line that was cut short does not swallow the next one. */
static void test_journal(void **state)
{
	(void)state;
	clear();
	write_up_to(2);
	FILE *f = fopen(at("versions/journal"), "a");
	(void)fputs("line 2", f);
	(void)fclose(f);
	write_up_to(400);
	unsigned lines[2] = {0};
	struct store_dir *d = opened(NULL);
	assert_int_equal(store_dir_journal(d, count_line, lines, &error), ERR_OK);
	assert_int_equal(lines[1], 400);
	assert_in_range(lines[0], KEEP, KEEP + 100);
	store_dir_close(d);
	clear();
	d = opened(NULL);
	lines[0] = 0;
	assert_int_equal(store_dir_journal(d, count_line, lines, &error), ERR_OK);
	assert_int_equal(lines[0], 0);
	store_dir_close(d);
}

/* ---- damage ---- */

static void test_damage(void **state)
{
	(void)state;
	static const struct {
		const char *text, *digest; /* of cib.xml afterwards; NULL: as it was, "": gone */
		unsigned found, number;
		bool was_damaged;
		const char *note;
	} cases[] = {
		{NULL, NULL, 3, 3, false, ""},
		{"cut", NULL, 3, 3, true,
		 "it is cut; it was set aside as cib.xml.damaged-1, and version 3 is used in its place"},
		{"9:the configuration, version 9:9", NULL, 3, 3, true, "its digest is another"},
		/* An administrator's, who removed the digest. */
		{"9:the configuration, version 9:9", "", 9, 0, false, ""},
		{"cut", "", 3, 3, true, "it is cut"},
		/* A program's, which wrote the digest too. */
		{"9:the configuration, version 9:9", "d9\n", 9, 0, false, ""},
		/* The write was interrupted: before both, or between them. */
		{"2:the configuration, version 2:2", "d2", 3, 3, false, ""},
		{NULL, "d2", 3, 3, false, ""},
		{"", NULL, 3, 3, true, "cib.xml is missing; version 3"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct store_found f;
		clear();
		write_up_to(3);
		if (cases[i].text != NULL && cases[i].text[0] == '\0')
			assert_int_equal(unlink(at("cib.xml")), 0);
		else if (cases[i].text != NULL)
			put(at("cib.xml"), cases[i].text);
		if (cases[i].digest != NULL && cases[i].digest[0] == '\0')
			assert_int_equal(unlink(at("cib.xml.sig")), 0);
		else if (cases[i].digest != NULL)
			put(at("cib.xml.sig"), cases[i].digest);
		assert_int_equal(present(&f), cases[i].found);
		assert_int_equal(f.number, cases[i].number);
		assert_int_equal(f.was_damaged, cases[i].was_damaged);
		if (strstr(f.note, cases[i].note) == NULL || (f.note[0] != '\0') != (cases[i].note[0] != '\0'))
			fail_msg("\"%s\" does not say \"%s\"", f.note, cases[i].note);
		bool aside = cases[i].was_damaged && cases[i].text[0] != '\0';
		assert_int_equal(is_there("cib.xml.damaged-1"), aside);
		/* It was mended: the next reader is told nothing. */
		assert_int_equal(present(&f), cases[i].found);
		assert_false(f.was_damaged);
	}
}

/* The newest that is whole is taken, however many are not. */
static void test_much_damage(void **state)
{
	(void)state;
	struct store_found f;
	clear();
	write_up_to(4);
	put(at("cib.xml"), "cut");
	put(at("versions/0000000004.xml"), "");
	put(at("versions/0000000003.xml.sig"), "d4");
	assert_int_equal(present(&f), 2);
	assert_int_equal(f.number, 2);
	put(at("cib.xml"), "cut again");
	assert_int_equal(unlink(at("versions/0000000002.xml")), 0);
	put(at("versions/0000000001.xml"), "x");
	assert_int_equal(present(&f), 0);
	assert_true(f.was_damaged);
	assert_non_null(strstr(f.note, "damaged-2, and no earlier version is whole"));
	assert_true(is_there("cib.xml.damaged-1") && is_there("cib.xml.damaged-2") && !is_there("cib.xml"));
}

/* ---- a kill at any byte ---- */

/* A machine that stops. Bytes count as many steps, other calls as one; what comes after the last step does nothing. */
struct machine {
	unsigned steps, last; /* taken; the last one that is taken */
	bool power;           /* what was not synced is lost as well */
	bool undo;            /* and names that were not synced go back */
	struct file {
		char name[NAME_SIZE];
		off_t safe; /* bytes that are on the disk */
		int fd;
	} files[FILES_MAX];
	struct renaming {
		char from[NAME_SIZE], to[NAME_SIZE], old[TEXT_SIZE];
		bool had_old;
	} renamings[FILES_MAX];
	unsigned file_count, renaming_count;
};

static bool stops(struct machine *m)
{
	return m->steps++ >= m->last;
}

static struct file *file_of(struct machine *m, int fd)
{
	for (unsigned i = m->file_count; i > 0; i--)
		if (m->files[i - 1].fd == fd)
			return &m->files[i - 1];
	return NULL;
}

static int open_file(struct machine *m, const char *path, int flags, mode_t mode)
{
	if (stops(m))
		return -EIO;
	int fd = open(path, O_WRONLY | O_CREAT | flags, mode);
	assert_true(fd >= 0 && m->file_count < FILES_MAX);
	struct file *f = &m->files[m->file_count++];
	*f = (struct file){.fd = fd, .safe = lseek(fd, 0, SEEK_END)};
	(void)snprintf(f->name, sizeof(f->name), "%s", path);
	return fd;
}

static int machine_create(void *arg, const char *path, mode_t mode)
{
	return open_file(arg, path, O_TRUNC, mode);
}

static int machine_append(void *arg, const char *path, mode_t mode)
{
	return open_file(arg, path, O_APPEND, mode);
}

static ssize_t machine_write(void *arg, int fd, const void *data, size_t size)
{
	struct machine *m = arg;
	(void)size;
	if (stops(m))
		return -EIO;
	return write(fd, data, 1);
}

static int machine_sync(void *arg, int fd)
{
	struct machine *m = arg;
	if (stops(m))
		return -EIO;
	file_of(m, fd)->safe = lseek(fd, 0, SEEK_END);
	return 0;
}

static int machine_close(void *arg, int fd)
{
	struct machine *m = arg;
	struct file *f = file_of(m, fd);
	if (f != NULL)
		f->fd = -1;
	(void)close(fd);
	return stops(m) ? -EIO : 0;
}

static int machine_rename(void *arg, const char *from, const char *to)
{
	struct machine *m = arg;
	if (stops(m))
		return -EIO;
	assert_true(m->renaming_count < FILES_MAX);
	struct renaming *r = &m->renamings[m->renaming_count++];
	*r = (struct renaming){.had_old = access(to, F_OK) == 0};
	(void)snprintf(r->from, sizeof(r->from), "%s", from);
	(void)snprintf(r->to, sizeof(r->to), "%s", to);
	FILE *f = fopen(to, "r");
	if (f != NULL) {
		size_t n = fread(r->old, 1, sizeof(r->old) - 1, f);
		r->old[n] = '\0';
		(void)fclose(f);
	}
	for (unsigned i = 0; i < m->file_count; i++)
		if (strcmp(m->files[i].name, from) == 0)
			(void)snprintf(m->files[i].name, sizeof(m->files[i].name), "%s", to);
	return rename(from, to) < 0 ? -errno : 0;
}

static int machine_unlink(void *arg, const char *path)
{
	struct machine *m = arg;
	if (stops(m))
		return -EIO;
	return unlink(path) < 0 ? -errno : 0;
}

static int machine_sync_folder(void *arg, const char *path)
{
	struct machine *m = arg;
	unsigned kept = 0;
	if (stops(m))
		return -EIO;
	size_t length = strlen(path);
	for (unsigned i = 0; i < m->renaming_count; i++) {
		const char *to = m->renamings[i].to;
		bool here = strncmp(to, path, length) == 0 && strchr(to + length + 1, '/') == NULL;
		if (!here)
			m->renamings[kept++] = m->renamings[i];
	}
	m->renaming_count = kept;
	return 0;
}

/* The power goes: what was not synced is not there when it comes back. */
static void lose_power(struct machine *m)
{
	for (unsigned i = 0; i < m->file_count; i++) {
		struct stat st;
		if (stat(m->files[i].name, &st) == 0 && st.st_size > m->files[i].safe)
			assert_int_equal(truncate(m->files[i].name, m->files[i].safe), 0);
	}
	for (unsigned i = m->renaming_count; m->undo && i > 0; i--) {
		struct renaming *r = &m->renamings[i - 1];
		(void)rename(r->to, r->from);
		if (r->had_old)
			put(r->to, r->old);
	}
}

static struct machine machine_stopping(unsigned last)
{
	return (struct machine){.last = last};
}

static struct store_calls calls_of(struct machine *m)
{
	return (struct store_calls){m,
				    machine_create,
				    machine_append,
				    machine_write,
				    machine_sync,
				    machine_close,
				    machine_rename,
				    machine_unlink,
				    machine_sync_folder};
}

/* Runs a write of version n that stops after so many steps; true when it was reported as done. */
static bool write_stopping(unsigned n, struct machine *m)
{
	struct store_calls calls = calls_of(m);
	struct store_dir *d = opened(&calls);
	bool done = written(d, n) == ERR_OK;
	store_dir_close(d);
	for (unsigned i = 0; i < m->file_count; i++)
		if (m->files[i].fd >= 0)
			(void)close(m->files[i].fd);
	return done;
}

/* From `before` versions on, for every step at which it may stop: the old or the new is there, the new if it was
 * reported, and the store goes on from there. */
static unsigned check_every_stop(unsigned before, bool power, bool undo)
{
	unsigned stop = 0;
	for (;; stop++) {
		struct machine m = machine_stopping(stop);
		struct store_found f;
		m.power = power;
		m.undo = undo;
		clear();
		write_up_to(before);
		bool done = write_stopping(before + 1, &m);
		if (power)
			lose_power(&m);
		unsigned found = present(&f);
		if (found != before + 1 && (done || found != before))
			fail_msg("stopped at %u of a write to %u versions: %u is there, reported %d (%s)", stop, before,
				 found, done, f.note);
		assert_false(f.was_damaged);
		write_up_to((unsigned)before + 3);
		assert_int_equal(present(&f), before + 3);
		assert_false(is_there("cib.xml.new"));
		if (m.steps <= stop)
			return stop;
	}
}

static void test_kill(void **state)
{
	(void)state;
	static const struct {
		bool power, undo;
	} ways[] = {{false, false}, {true, false}, {true, true}};
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		/* The first of all, an ordinary one, and one after which old versions go. */
		assert_true(check_every_stop(0, ways[i].power, ways[i].undo) > 80);
		assert_true(check_every_stop(2, ways[i].power, ways[i].undo) > 80);
		assert_true(check_every_stop(KEEP, ways[i].power, ways[i].undo) > 80);
	}
}

/* ---- a full disk ---- */

static void test_full(void **state)
{
	(void)state;
	if (geteuid() != 0 || unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) {
		print_message("a file system of its own needs root\n");
		skip();
	}
	clear();
	assert_int_equal(mount("tmpfs", folder, "tmpfs", 0, "size=128k,mode=700"), 0);
	struct store_found f;
	struct store_dir *d = opened(NULL);
	/* Each version takes two pages with its digest, and cib.xml too: there is not room for all. */
	unsigned n = 0;
	while (n < KEEP)
		assert_true(is_written(d, ++n));
	int fd = open(at("ballast"), O_WRONLY | O_CREAT, 0600);
	char page[4096] = {1};
	while (write(fd, page, sizeof(page)) == sizeof(page))
		;
	/* Old versions make room. */
	assert_true(is_written(d, ++n));
	assert_int_equal(present(&f), n);
	assert_false(is_there("versions/0000000001.xml"));
	/* And when there are none left, the last one that was reported stays. */
	unsigned last = n;
	for (int i = 0; i < 20; i++) {
		while (write(fd, page, sizeof(page)) == sizeof(page))
			;
		enum err e = written(d, ++n);
		last = e == ERR_OK ? n : last;
		assert_true(e == ERR_OK || e == ERR_FULL);
		unsigned found = present(&f);
		assert_true(found == last || (e != ERR_OK && found == n));
		last = found;
	}
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_true(is_written(d, ++n));
	assert_int_equal(present(&f), n);
	(void)close(fd);
	store_dir_close(d);
	assert_int_equal(umount(folder), 0);
}

static void test_errors(void **state)
{
	(void)state;
	struct store_dir *d = NULL;
	char *longer = malloc(6000);
	memset(longer, 'x', 5999);
	longer[5999] = '\0';
	assert_int_equal(store_dir_open(longer, KEEP, NULL, &d, &error), ERR_INVALID);
	free(longer);
	assert_int_not_equal(store_dir_open("/proc/none", KEEP, NULL, &d, &error), ERR_OK);
	assert_null(d);
	store_dir_close(NULL);
}

/* ---- Pacemaker's folder ---- */

static unsigned adopted(struct store_found *ret, enum err *ret_err)
{
	struct reading r = {0};
	struct store_judge judge = {&r, is_whole};
	*ret_err = store_dir_adopt(folder, &judge, ret, &error);
	return *ret_err == ERR_OK ? r.found : 0;
}

static void put_raw(const char *name, unsigned n, time_t when)
{
	struct timespec times[2] = {{when, 0}, {when, 0}};
	put(at(name), n == 0 ? "cut" : text_of(n));
	assert_int_equal(utimensat(AT_FDCWD, at(name), times, 0), 0);
}

static void test_adopt(void **state)
{
	(void)state;
	struct store_found f;
	enum err e;
	clear();
	assert_int_equal(adopted(&f, &e), 0);
	assert_int_equal(e, ERR_NOT_FOUND);
	put(at("cib.xml"), text_of(7));
	put(at("cib.xml.sig"), "d7");
	assert_int_equal(adopted(&f, &e), 7);
	assert_false(f.was_damaged);
	put(at("cib.xml"), "cut");
	put_raw("cib-0.raw", 6, 3000);
	put_raw("cib-1.raw", 4, 1000);
	put_raw("cib-2.raw", 5, 2000);
	put_raw("cib-3.raw", 0, 4000);
	put_raw("cib.last", 9, 9000);
	assert_int_equal(adopted(&f, &e), 6);
	assert_true(f.was_damaged);
	assert_non_null(strstr(f.note, "cib-0.raw is used"));
	put(at("cib-0.raw.sig"), "d1");
	assert_int_equal(adopted(&f, &e), 5);
	/* Nothing was touched. */
	assert_true(is_there("cib.xml") && is_there("cib-3.raw") && !is_there("versions"));
}

static int set_up(void **state)
{
	(void)state;
	(void)snprintf(folder, sizeof(folder), "/dev/shm/test-store-dir-XXXXXX");
	if (mkdtemp(folder) != NULL)
		return 0;
	(void)snprintf(folder, sizeof(folder), "/tmp/test-store-dir-XXXXXX");
	return mkdtemp(folder) != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	clear();
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_write_and_read), cmocka_unit_test(test_versions),
		cmocka_unit_test(test_journal),        cmocka_unit_test(test_damage),
		cmocka_unit_test(test_much_damage),    cmocka_unit_test(test_kill),
		cmocka_unit_test(test_errors),         cmocka_unit_test(test_adopt),
		cmocka_unit_test(test_full),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
