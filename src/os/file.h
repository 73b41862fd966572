/* SPDX-License-Identifier: GPL-2.0-or-later */
/* file.h - small files: read whole, written so that they last, ring identity, lock.
 *
 * These calls wait for the disk. The engine makes them at start, at a reload, and once per membership for the
 * ring identity, which must be on disk before a commit token may use it.
 */
#ifndef OS_FILE_H
#define OS_FILE_H

#include "base/bytes.h"
#include "base/error.h"
#include "base/ids.h"

#include <sys/types.h>

/* The whole file into memory of the caller; more than size bytes is ERR_FULL. */
MUST_CHECK enum err file_read(const char *path, void *memory, size_t size, size_t *ret_len, struct error *reterr);

/* Replaces path by content so that after a crash either the old or the new content is there: temporary file beside it,
 * fsync, rename, fsync of the directory.
 */
MUST_CHECK enum err file_write_lasting(const char *path, struct bytes content, mode_t mode, struct error *reterr);

/* To the end of a file that is there, else ERR_NOT_FOUND; not waiting for the disk: it survives this process, and the
 * machine perhaps. What was written when it fails stays. */
MUST_CHECK enum err file_append(const char *path, struct bytes content, struct error *reterr);

/* The directory and its parents; one that exists is fine. */
MUST_CHECK enum err file_make_dir(const char *path, mode_t mode, struct error *reterr);

/* Makes path a symbolic link to target, replacing what was there at once. */
MUST_CHECK enum err file_symlink(const char *path, const char *target, struct error *reterr);

/* Calls fn for each plain file of a directory, in strcmp order, names without path; a missing directory is empty.
 * Stops at the first error of fn.
 */
MUST_CHECK enum err file_list(const char *dir, enum err (*fn)(void *arg, const char *name, struct error *reterr),
			      void *arg, struct error *reterr);

/* <dir>/ringid_<node>: the highest ring sequence number that this node has seen, 8 bytes as this machine stores them.
 * Missing or of another length counts as 0 and is written anew.
 */
MUST_CHECK enum err ring_seq_load(const char *dir, node_id node, uint64_t *ret_seq, struct error *reterr);
/* Lasting. When the file system is full, the 8 bytes are overwritten in place. */
MUST_CHECK enum err ring_seq_store(const char *dir, node_id node, uint64_t seq, struct error *reterr);

/* open(), and creates the file when it is not there. Where it is, O_CREAT is not among the flags: with it the kernel
 * keeps root, too, from another user's file in a sticky folder that a group may write to (fs.protected_regular=2, as
 * Debian has it), such as the manager's in /run/hale. Returns as open() does, close-on-exec.
 */
int file_open_or_create(const char *path, int flags, uint32_t mode);

/* A number in a file, as digits. Missing: 0. */
MUST_CHECK enum err file_load_number(const char *path, uint64_t *ret, struct error *reterr);
/* Lasting. When the file system is full, the digits are overwritten in place. */
MUST_CHECK enum err file_store_number(const char *path, uint64_t number, struct error *reterr);

/* Takes the lock file, writes our pid into it and keeps it until file_unlock() or exit. When another process has it:
 * ERR_EXISTS, and the text says who.
 */
MUST_CHECK enum err file_lock(const char *path, int *ret_fd, struct error *reterr);
/* Removes the file and lets go. */
void file_unlock(const char *path, int fd);

#endif
