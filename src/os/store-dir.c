/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/store-dir.h"

#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	MODE_FILE = 0600,
	MODE_FOLDER = 0750,
	KEEP_WHEN_FULL = 2,
	JOURNAL_SPARE = 100, /* lines that the journal may have too many */
	NUMBER_DIGITS = 10,
	DIGEST_MAX = 200,
};

struct store_dir {
	char path[PATH_MAX / 2];
	unsigned keep;
	const struct store_calls *calls;
	uint64_t last;
};

/* ---- the system's calls ---- */

static int create_file(void *arg, const char *path, mode_t mode)
{
	(void)arg;
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	return fd < 0 ? -errno : fd;
}

static int append_file(void *arg, const char *path, mode_t mode)
{
	(void)arg;
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, mode);
	return fd < 0 ? -errno : fd;
}

static ssize_t write_file(void *arg, int fd, const void *data, size_t size)
{
	(void)arg;
	ssize_t n = write(fd, data, size);
	return n < 0 ? -errno : n;
}

static int sync_file(void *arg, int fd)
{
	(void)arg;
	return fsync(fd) < 0 ? -errno : 0;
}

static int close_file(void *arg, int fd)
{
	(void)arg;
	return close(fd) < 0 ? -errno : 0;
}

static int rename_file(void *arg, const char *from, const char *to)
{
	(void)arg;
	return rename(from, to) < 0 ? -errno : 0;
}

static int unlink_file(void *arg, const char *path)
{
	(void)arg;
	return unlink(path) < 0 ? -errno : 0;
}

static int sync_folder(void *arg, const char *path)
{
	(void)arg;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	int r = fsync(fd) < 0 ? -errno : 0;
	(void)close(fd);
	/* Some file systems cannot sync a folder, and say so. */
	return r == -EINVAL ? 0 : r;
}

static const struct store_calls system_calls = {NULL,       create_file, append_file, write_file, sync_file,
						close_file, rename_file, unlink_file, sync_folder};

/* ---- names ---- */

struct path {
	char text[PATH_MAX];
};

static struct path path_of(const struct store_dir *d, const char *name)
{
	struct path p;
	(void)snprintf(p.text, sizeof(p.text), "%s/%s", d->path, name);
	return p;
}

static struct path version_path(const struct store_dir *d, uint64_t number, const char *end)
{
	struct path p;
	(void)snprintf(p.text, sizeof(p.text), "%s/versions/%0*" PRIu64 ".xml%s", d->path, NUMBER_DIGITS, number, end);
	return p;
}

/* The number of "0000000012.xml"; 0: that is no version's name. */
static uint64_t number_in(const char *name)
{
	char *end;
	if (*name < '0' || *name > '9')
		return 0;
	uint64_t number = strtoull(name, &end, 10);
	return strcmp(end, ".xml") == 0 ? number : 0;
}

static enum err fail(struct error *reterr, int r, const char *path, const char *what)
{
	enum err code = r == -ENOSPC || r == -EDQUOT || r == -EFBIG  ? ERR_FULL
			: r == -EACCES || r == -EPERM || r == -EROFS ? ERR_ACCESS
			: r == -ENOENT                               ? ERR_NOT_FOUND
								     : ERR_IO;
	return error_set(reterr, code, "%s: %s: %s", path, what, strerror(-r));
}

/* ---- writing ---- */

static int write_all(const struct store_calls *c, int fd, const char *text, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = c->write(c->arg, fd, text + done, size - done);
		if (n == -EINTR)
			continue;
		if (n < 0)
			return (int)n;
		done += (size_t)n;
	}
	return 0;
}

/* Text into an open file and onto the disk; closes it. */
static int write_synced(const struct store_calls *c, int fd, const char *text, size_t size)
{
	int r = write_all(c, fd, text, size);
	if (r == 0)
		r = c->sync(c->arg, fd);
	int closed = c->close(c->arg, fd);
	return r == 0 ? closed : r;
}

/* The folder is synced by the caller, once for several files. */
static enum err replace(const struct store_dir *d, const char *path, const char *text, size_t size,
			struct error *reterr)
{
	const struct store_calls *c = d->calls;
	struct path temporary;
	(void)snprintf(temporary.text, sizeof(temporary.text), "%s.new", path);
	int fd = c->create(c->arg, temporary.text, MODE_FILE);
	if (fd < 0)
		return fail(reterr, fd, temporary.text, "creating");
	int r = write_synced(c, fd, text, size);
	if (r == 0)
		r = c->rename(c->arg, temporary.text, path);
	if (r == 0)
		return ERR_OK;
	(void)c->unlink(c->arg, temporary.text);
	return fail(reterr, r, path, "writing");
}

static enum err replace_both(const struct store_dir *d, const char *path, const struct store_version *v,
			     const char *folder, struct error *reterr)
{
	struct path beside;
	(void)snprintf(beside.text, sizeof(beside.text), "%s.sig", path);
	enum err e = replace(d, path, v->text, v->size, reterr);
	if (e == ERR_OK)
		e = replace(d, beside.text, v->digest, strlen(v->digest), reterr);
	if (e != ERR_OK)
		return e;
	int r = d->calls->sync_folder(d->calls->arg, folder);
	return r == 0 ? ERR_OK : fail(reterr, r, folder, "syncing");
}

/* Whether a file's last byte is not the end of a line; a journal that was cut short gets one before the next line. */
static bool is_cut(const char *path)
{
	char last = '\n';
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	off_t size = lseek(fd, 0, SEEK_END);
	if (size > 0 && pread(fd, &last, 1, size - 1) != 1)
		last = '\n';
	(void)close(fd);
	return last != '\n';
}

static enum err append_lines(const struct store_dir *d, const char *lines, struct error *reterr)
{
	const struct store_calls *c = d->calls;
	struct path journal = path_of(d, "versions/journal");
	bool cut = is_cut(journal.text);
	int fd = c->append(c->arg, journal.text, MODE_FILE);
	if (fd < 0)
		return fail(reterr, fd, journal.text, "opening");
	int r = cut ? write_all(c, fd, "\n", 1) : 0;
	int written = write_synced(c, fd, r == 0 ? lines : "", r == 0 ? strlen(lines) : 0);
	r = r == 0 ? written : r;
	return r == 0 ? ERR_OK : fail(reterr, r, journal.text, "writing");
}

static void remove_version(const struct store_dir *d, uint64_t number)
{
	struct path file = version_path(d, number, ""), beside = version_path(d, number, ".sig");
	(void)d->calls->unlink(d->calls->arg, beside.text);
	(void)d->calls->unlink(d->calls->arg, file.text);
}

/* What fails before its line is in the journal leaves nothing; afterwards it is there, and only cib.xml is not. */
static enum err write_once(struct store_dir *d, const struct store_version *v, struct error *reterr)
{
	struct path versions = path_of(d, "versions"), file = version_path(d, v->number, ""),
		    present = path_of(d, "cib.xml");
	enum err e = replace_both(d, file.text, v, versions.text, reterr);
	if (e == ERR_OK)
		e = append_lines(d, v->lines, reterr);
	if (e != ERR_OK) {
		remove_version(d, v->number);
		return e;
	}
	return replace_both(d, present.text, v, d->path, reterr);
}

/* ---- pruning ---- */

struct numbers {
	uint64_t *of; /* ascending */
	size_t count, room;
};

static enum err take_number(void *arg, const char *name, struct error *reterr)
{
	struct numbers *n = arg;
	uint64_t number = number_in(name);
	if (number == 0)
		return ERR_OK;
	if (n->count == n->room) {
		size_t room = n->room == 0 ? 256 : n->room * 2;
		uint64_t *larger = realloc(n->of, room * sizeof(*larger));
		if (larger == NULL)
			return error_set(reterr, ERR_NO_MEMORY, "no memory for a list of files");
		n->of = larger;
		n->room = room;
	}
	n->of[n->count++] = number;
	return ERR_OK;
}

static int compare_numbers(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

static enum err list_versions(const struct store_dir *d, struct numbers *ret, struct error *reterr)
{
	struct path versions = path_of(d, "versions");
	*ret = (struct numbers){0};
	enum err e = file_list(versions.text, take_number, ret, reterr);
	if (e != ERR_OK) {
		free(ret->of);
		return e;
	}
	if (ret->count > 0)
		qsort(ret->of, ret->count, sizeof(ret->of[0]), compare_numbers);
	return ERR_OK;
}

/* A digest's file, without white space at its end; false when there is none. */
static bool read_digest(const char *path, char digest[DIGEST_MAX])
{
	struct path beside;
	size_t size = 0;
	(void)snprintf(beside.text, sizeof(beside.text), "%s.sig", path);
	enum err e = file_read(beside.text, digest, DIGEST_MAX - 1, &size, NULL);
	if (e == ERR_NOT_FOUND)
		return false;
	digest[e == ERR_OK ? size : 0] = '\0';
	digest[strcspn(digest, " \t\r\n")] = '\0';
	return true;
}

/* The newest `keep` that are whole stay, and the one that cib.xml is a copy of: without it, nobody would know that
 * those are newer than cib.xml. What has no digest was never finished. */
static void prune_versions(const struct store_dir *d, size_t keep)
{
	struct numbers n;
	struct path cib = path_of(d, "cib.xml");
	char present[DIGEST_MAX], digest[DIGEST_MAX];
	size_t whole = 0;
	bool has_present = read_digest(cib.text, present);
	if (list_versions(d, &n, NULL) != ERR_OK)
		return;
	for (size_t i = n.count; i > 0; i--) {
		struct path file = version_path(d, n.of[i - 1], "");
		bool is_whole = read_digest(file.text, digest);
		if (is_whole && whole < keep)
			whole++;
		else if (!is_whole || !has_present || strcmp(digest, present) != 0)
			remove_version(d, n.of[i - 1]);
	}
	free(n.of);
}

/* The whole file, with a zero byte behind; NULL when it cannot be read. */
static char *read_whole(const char *path, size_t *ret_size)
{
	struct stat st;
	if (stat(path, &st) != 0 || st.st_size < 0)
		return NULL;
	size_t room = (size_t)st.st_size + 1;
	char *text = malloc(room + 1);
	size_t size = 0;
	if (text == NULL || file_read(path, text, room, &size, NULL) != ERR_OK) {
		free(text);
		return NULL;
	}
	text[size] = '\0';
	*ret_size = size;
	return text;
}

static size_t count_lines(const char *text)
{
	size_t n = 0;
	for (const char *end = strchr(text, '\n'); end != NULL; end = strchr(end + 1, '\n'))
		n++;
	return n;
}

/* The journal is written anew when it has many lines of versions that are gone. Failing is no harm: it is longer. */
static void prune_journal(const struct store_dir *d)
{
	struct path journal = path_of(d, "versions/journal");
	size_t size = 0;
	char *text = read_whole(journal.text, &size);
	size_t lines = text == NULL ? 0 : count_lines(text);
	if (lines > d->keep + JOURNAL_SPARE) {
		const char *from = text;
		for (size_t skip = lines - d->keep; skip > 0; skip--)
			from = strchr(from, '\n') + 1;
		(void)replace(d, journal.text, from, size - (size_t)(from - text), NULL);
	}
	free(text);
}

enum err store_dir_write(struct store_dir *d, const struct store_version *v, struct error *reterr)
{
	struct error why = {0};
	enum err e = write_once(d, v, &why);
	if (e == ERR_FULL) {
		prune_versions(d, KEEP_WHEN_FULL);
		e = write_once(d, v, &why);
	}
	if (e != ERR_OK)
		return error_set(reterr, e, "storing the configuration: %.450s", why.text);
	prune_versions(d, d->keep);
	prune_journal(d);
	return ERR_OK;
}

/* ---- opening ---- */

static enum err remove_temporary(void *arg, const char *name, struct error *reterr)
{
	(void)reterr;
	size_t length = strlen(name);
	struct path file;
	if (length > 4 && strcmp(name + length - 4, ".new") == 0) {
		(void)snprintf(file.text, sizeof(file.text), "%s/%s", (const char *)arg, name);
		(void)unlink(file.text);
	}
	return ERR_OK;
}

enum err store_dir_open(const char *path, unsigned keep, const struct store_calls *calls, struct store_dir **ret,
			struct error *reterr)
{
	struct numbers n;
	struct store_dir *d = calloc(1, sizeof(*d));
	if (d == NULL)
		return error_set(reterr, ERR_NO_MEMORY, "no memory");
	d->keep = keep < 1 ? 1 : keep;
	d->calls = calls != NULL ? calls : &system_calls;
	int length = snprintf(d->path, sizeof(d->path), "%s", path);
	struct path versions = path_of(d, "versions");
	enum err e = length >= 0 && (size_t)length < sizeof(d->path)
			     ? file_make_dir(versions.text, MODE_FOLDER, reterr)
			     : error_set(reterr, ERR_INVALID, "%s: the path is too long", path);
	if (e == ERR_OK)
		e = file_list(d->path, remove_temporary, d->path, reterr);
	if (e == ERR_OK)
		e = file_list(versions.text, remove_temporary, versions.text, reterr);
	if (e == ERR_OK)
		e = list_versions(d, &n, reterr);
	if (e != ERR_OK) {
		free(d);
		return e;
	}
	d->last = n.count == 0 ? 0 : n.of[n.count - 1];
	free(n.of);
	*ret = d;
	return ERR_OK;
}

void store_dir_close(struct store_dir *d)
{
	free(d);
}

uint64_t store_dir_last(const struct store_dir *d)
{
	return d->last;
}

/* ---- reading ---- */

static enum err judge_file(const char *path, const char *digest, const struct store_judge *judge, struct error *reterr)
{
	size_t size = 0;
	if (access(path, R_OK) != 0)
		return fail(reterr, -errno, path, "reading");
	char *text = read_whole(path, &size);
	if (text == NULL)
		return fail(reterr, -EIO, path, "reading");
	enum err e = judge->is_whole(judge->arg, text, size, path, digest, reterr);
	free(text);
	return e;
}

enum err store_dir_read_version(const struct store_dir *d, uint64_t number, const struct store_judge *judge,
				struct error *reterr)
{
	char digest[DIGEST_MAX];
	struct path file = version_path(d, number, "");
	if (access(file.text, F_OK) != 0)
		return error_set(reterr, ERR_NOT_FOUND, "version %" PRIu64 " of the configuration is not kept", number);
	/* Without its digest it was never finished. */
	if (!read_digest(file.text, digest))
		return error_set(reterr, ERR_INVALID, "%s: it has no digest", file.text);
	return judge_file(file.text, digest, judge, reterr);
}

/* The newest version that is whole; 0: there is none. */
static uint64_t read_newest(const struct store_dir *d, const struct store_judge *judge)
{
	struct numbers n;
	uint64_t found = 0;
	if (list_versions(d, &n, NULL) != ERR_OK)
		return 0;
	for (size_t i = n.count; i > 0 && found == 0; i--)
		if (store_dir_read_version(d, n.of[i - 1], judge, NULL) == ERR_OK)
			found = n.of[i - 1];
	free(n.of);
	return found;
}

/* The number of the version with this digest, newest first; 0: none has it. *ret_newest: the highest number. */
static uint64_t find_digest(const struct store_dir *d, const char *digest, uint64_t *ret_newest)
{
	struct numbers n;
	uint64_t found = 0;
	*ret_newest = 0;
	if (list_versions(d, &n, NULL) != ERR_OK)
		return 0;
	for (size_t i = n.count; i > 0 && found == 0; i--) {
		char own[DIGEST_MAX];
		struct path file = version_path(d, n.of[i - 1], "");
		if (!read_digest(file.text, own))
			continue;
		if (*ret_newest == 0)
			*ret_newest = n.of[i - 1];
		if (strcmp(own, digest) == 0)
			found = n.of[i - 1];
	}
	free(n.of);
	return found;
}

/* cib.xml becomes a copy of a version. When that fails, the next write does it. */
static void restore_present(const struct store_dir *d, uint64_t number)
{
	char digest[DIGEST_MAX];
	size_t size = 0;
	struct path file = version_path(d, number, ""), present = path_of(d, "cib.xml");
	char *text = read_whole(file.text, &size);
	struct store_version v = {.text = text, .size = size, .digest = digest};
	if (text != NULL && read_digest(file.text, digest))
		(void)replace_both(d, present.text, &v, d->path, NULL);
	free(text);
}

static void set_aside(const struct store_dir *d, struct path *ret_to)
{
	struct path present = path_of(d, "cib.xml"), beside = path_of(d, "cib.xml.sig"), to, to_beside;
	for (unsigned i = 1; i < 1000; i++) {
		(void)snprintf(to.text, sizeof(to.text), "%s/cib.xml.damaged-%u", d->path, i);
		if (access(to.text, F_OK) != 0)
			break;
	}
	(void)snprintf(to_beside.text, sizeof(to_beside.text), "%.4000s.sig", to.text);
	(void)d->calls->rename(d->calls->arg, present.text, to.text);
	(void)d->calls->rename(d->calls->arg, beside.text, to_beside.text);
	*ret_to = to;
}

/* cib.xml cannot be used, and error says why. */
static enum err read_instead(struct store_dir *d, const struct store_judge *judge, bool is_missing,
			     const struct error *why, struct store_found *ret, struct error *reterr)
{
	struct path aside = {""};
	uint64_t number = read_newest(d, judge);
	if (is_missing && number == 0)
		return error_set(reterr, ERR_NOT_FOUND, "%s has no configuration", d->path);
	if (!is_missing)
		set_aside(d, &aside);
	/* Of the first version, cib.xml may not have been written yet. */
	if (is_missing && number == 1) {
		ret->number = number;
		restore_present(d, number);
		return ERR_OK;
	}
	ret->was_damaged = true;
	ret->number = number;
	char taken[80];
	if (number == 0)
		(void)snprintf(taken, sizeof(taken), "no earlier version is whole");
	else
		(void)snprintf(taken, sizeof(taken), "version %" PRIu64 " is used in its place", number);
	if (is_missing)
		(void)snprintf(ret->note, sizeof(ret->note), "%.200s/cib.xml is missing; %s", d->path, taken);
	else
		(void)snprintf(ret->note, sizeof(ret->note), "%.250s; it was set aside as %.100s, and %s", why->text,
			       aside.text + strlen(d->path) + 1, taken);
	if (number == 0)
		return error_set(reterr, ERR_NOT_FOUND, "%s", ret->note);
	restore_present(d, number);
	return ERR_OK;
}

/* cib.xml is whole. Of ours and not the newest: the newest had been written, and was about to become cib.xml. */
static enum err prefer_newest(struct store_dir *d, const struct store_judge *judge, const char *digest,
			      struct store_found *ret, struct error *reterr)
{
	struct path present = path_of(d, "cib.xml");
	uint64_t newest, own = find_digest(d, digest, &newest);
	ret->number = own;
	if (own == 0 || own == newest)
		return ERR_OK;
	uint64_t whole = read_newest(d, judge);
	if (whole <= own)
		return judge_file(present.text, digest, judge, reterr);
	ret->number = whole;
	restore_present(d, whole);
	return ERR_OK;
}

enum err store_dir_read(struct store_dir *d, const struct store_judge *judge, struct store_found *ret,
			struct error *reterr)
{
	char digest[DIGEST_MAX];
	struct path present = path_of(d, "cib.xml");
	struct error why = {0};
	*ret = (struct store_found){0};
	bool is_missing = access(present.text, F_OK) != 0, has_digest = read_digest(present.text, digest);
	if (is_missing)
		return read_instead(d, judge, true, &why, ret, reterr);
	if (judge_file(present.text, has_digest ? digest : NULL, judge, &why) == ERR_OK)
		return has_digest ? prefer_newest(d, judge, digest, ret, reterr) : ERR_OK;
	/* Between cib.xml and its digest: the text is a version's, and the digest the one's before it. */
	uint64_t newest;
	(void)find_digest(d, "", &newest);
	struct path file = version_path(d, newest, "");
	if (newest != 0 && read_digest(file.text, digest) && judge_file(present.text, digest, judge, NULL) == ERR_OK) {
		ret->number = newest;
		restore_present(d, newest);
		return ERR_OK;
	}
	return read_instead(d, judge, false, &why, ret, reterr);
}

/* ---- the journal ---- */

enum err store_dir_journal(const struct store_dir *d, void (*fn)(void *arg, const char *line, size_t size), void *arg,
			   struct error *reterr)
{
	struct path journal = path_of(d, "versions/journal");
	size_t size = 0;
	if (access(journal.text, F_OK) != 0)
		return ERR_OK;
	char *text = read_whole(journal.text, &size);
	if (text == NULL)
		return fail(reterr, -EIO, journal.text, "reading");
	for (char *line = text, *end; (end = strchr(line, '\n')) != NULL; line = end + 1)
		if (end > line)
			fn(arg, line, (size_t)(end - line));
	free(text);
	return ERR_OK;
}

/* ---- Pacemaker's folder ---- */

static uint64_t raw_number(const char *name)
{
	static const char before[] = "cib-", after[] = ".raw";
	char *end;
	if (strncmp(name, before, sizeof(before) - 1) != 0 || name[4] < '0' || name[4] > '9')
		return 0;
	uint64_t number = strtoull(name + 4, &end, 10);
	return strcmp(end, after) == 0 ? number + 1 : 0;
}

struct raw_search {
	const char *folder;
	const struct store_judge *judge;
	struct timespec newest, below; /* of what was found; what was found before and was not whole is not older */
	char name[NAME_MAX + 1];
	bool found;
};

static bool is_before(struct timespec a, struct timespec b)
{
	return a.tv_sec < b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec < b.tv_nsec);
}

/* Numbers start again at 0 after the last: the time says which is newest. */
static enum err look_at_raw(void *arg, const char *name, struct error *reterr)
{
	(void)reterr;
	struct raw_search *s = arg;
	struct stat st;
	struct path file;
	(void)snprintf(file.text, sizeof(file.text), "%s/%s", s->folder, name);
	if (raw_number(name) == 0 || stat(file.text, &st) != 0 || !is_before(st.st_mtim, s->below))
		return ERR_OK;
	if (s->found && !is_before(s->newest, st.st_mtim))
		return ERR_OK;
	s->newest = st.st_mtim;
	s->found = true;
	(void)snprintf(s->name, sizeof(s->name), "%s", name);
	return ERR_OK;
}

static enum err adopt_raw(const char *folder, const struct store_judge *judge, const struct error *why,
			  struct store_found *ret, struct error *reterr)
{
	struct raw_search s = {.folder = folder, .judge = judge, .below = {INT64_MAX, 0}};
	for (;;) {
		char digest[DIGEST_MAX];
		struct path file;
		s.found = false;
		enum err e = file_list(folder, look_at_raw, &s, reterr);
		if (e != ERR_OK || !s.found)
			return e != ERR_OK ? e : error_set(reterr, ERR_NOT_FOUND, "%s", why->text);
		(void)snprintf(file.text, sizeof(file.text), "%s/%s", folder, s.name);
		bool has_digest = read_digest(file.text, digest);
		if (judge_file(file.text, has_digest ? digest : NULL, judge, NULL) == ERR_OK)
			break;
		s.below = s.newest;
	}
	ret->was_damaged = true;
	(void)snprintf(ret->note, sizeof(ret->note), "%.250s; %.100s is used in its place", why->text, s.name);
	return ERR_OK;
}

enum err store_dir_adopt(const char *path, const struct store_judge *judge, struct store_found *ret,
			 struct error *reterr)
{
	char digest[DIGEST_MAX];
	struct path present;
	struct error why = {0};
	*ret = (struct store_found){0};
	int length = snprintf(present.text, sizeof(present.text), "%s/cib.xml", path);
	if (length < 0 || (size_t)length > sizeof(present.text) - 256)
		return error_set(reterr, ERR_INVALID, "%s: the path is too long", path);
	bool has_digest = read_digest(present.text, digest);
	if (judge_file(present.text, has_digest ? digest : NULL, judge, &why) == ERR_OK)
		return ERR_OK;
	return adopt_raw(path, judge, &why, ret, reterr);
}
