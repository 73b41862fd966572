/* SPDX-License-Identifier: GPL-2.0-or-later */
/* store-dir.h - the files of a configuration (store/archive.h names them): the present one, and the ones before it.
 *
 * What is in the files is somebody else's business: a judge says whether a text is whole and what its digest has to be.
 *
 * Writing version N takes these steps, and each is on disk before the next begins:
 *  1. versions/N.xml and versions/N.xml.sig: text to a temporary file, fsync, rename; fsync of the folder
 *  2. its line of the journal
 *  3. cib.xml and cib.xml.sig, likewise
 *  4. versions older than the last `keep` ones go, and so do their lines, a hundred or so at a time
 * A kill or a loss of power at any byte leaves the old or the new; what was reported as written stays.
 *
 * Reading takes cib.xml when its digest is right, or when it has none (an administrator wrote it). When versions/ has a
 * newer one that is whole, step 3 was interrupted, and that one is taken. What is damaged, or was changed by hand
 * without removing its digest, is set aside as cib.xml.damaged-1 (-2, …), the newest whole one of versions/ is taken,
 * and the reader is told.
 *
 * On a full disk, old versions make room for the new one.
 *
 * One thread writes at a time; reading versions and the journal meanwhile is fine.
 */
#ifndef OS_STORE_DIR_H
#define OS_STORE_DIR_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The calls that change files, so that tests can fail and stop them at any byte. Each gives what the system call does,
 * or -errno. */
struct store_calls {
	void *arg;
	int (*create)(void *arg, const char *path, mode_t mode); /* empty, for writing; a descriptor */
	int (*append)(void *arg, const char *path, mode_t mode); /* for writing at the end; a descriptor */
	ssize_t (*write)(void *arg, int fd, const void *data, size_t size);
	int (*sync)(void *arg, int fd);
	int (*close)(void *arg, int fd);
	int (*rename)(void *arg, const char *from, const char *to);
	int (*unlink)(void *arg, const char *path);
	int (*sync_folder)(void *arg, const char *path);
};

struct store_dir;

/* Makes the folders, and removes what an interrupted write left. calls NULL: the system's; they must stay. */
enum err store_dir_open(const char *path, unsigned keep, const struct store_calls *calls, struct store_dir **ret,
			struct error *reterr) MUST_CHECK;
/* NULL is fine. */
void store_dir_close(struct store_dir *d);
/* The highest number that a version had when the folder was opened; 0: there is none. */
uint64_t store_dir_last(const struct store_dir *d);

/* Whether a text is whole. digest: what its .sig has, or NULL. On ERR_OK it may keep what it made of the text: of
 * several texts that it is asked about, the last one that was whole is the one taken. */
struct store_judge {
	void *arg;
	enum err (*is_whole)(void *arg, const char *text, size_t size, const char *name, const char *digest,
			     struct error *reterr);
};

struct store_found {
	uint64_t number;  /* the version that was taken; 0: cib.xml, whichever it is */
	bool was_damaged; /* cib.xml was set aside or missing: the user should be told */
	char note[512];   /* what was done and why; "" */
};

/* The present configuration. ERR_NOT_FOUND: there is none, or none that is whole (see the note). */
enum err store_dir_read(struct store_dir *d, const struct store_judge *judge, struct store_found *ret,
			struct error *reterr) MUST_CHECK;
/* One version; ERR_NOT_FOUND: it is not kept, ERR_INVALID: it is damaged. */
enum err store_dir_read_version(const struct store_dir *d, uint64_t number, const struct store_judge *judge,
				struct error *reterr) MUST_CHECK;
/* A folder of Pacemaker's (/var/lib/pacemaker/cib), where nothing is changed: cib.xml, or if that is damaged the newest
 * whole cib-N.raw. */
enum err store_dir_adopt(const char *path, const struct store_judge *judge, struct store_found *ret,
			 struct error *reterr) MUST_CHECK;
/* Every line of the journal, without its end, the oldest first. One that was cut
 * short may be among them, and of two with one number the last counts: a write that failed was tried again. */
enum err store_dir_journal(const struct store_dir *d, void (*fn)(void *arg, const char *line, size_t size), void *arg,
			   struct error *reterr) MUST_CHECK;

struct store_version {
	uint64_t number; /* above those before it */
	const char *text;
	size_t size;
	const char *digest;
	const char *lines; /* of the journal, each with its end */
};

enum err store_dir_write(struct store_dir *d, const struct store_version *v, struct error *reterr) MUST_CHECK;

#endif
