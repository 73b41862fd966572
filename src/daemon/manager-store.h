/* SPDX-License-Identifier: GPL-2.0-or-later */
/* manager-store.h - the manager's configuration on disk: read once, written behind the loop's back (os/store-writer.h).
 */
#ifndef DAEMON_MANAGER_STORE_H
#define DAEMON_MANAGER_STORE_H

#include "os/loop.h"
#include "store/archive.h"

struct manager_store;

struct manager_store_ops {
	void *arg;
	/* This version, and all before it, are on disk; or why not. */
	void (*written)(void *arg, struct cib_version version, uint64_t lineage, enum err e, const char *why);
	void (*promised)(void *arg, uint64_t lineage, enum err e, const char *why);
};

struct manager_store_found {
	struct document *document; /* what is on disk, or an empty configuration; the caller's */
	uint64_t lineage;          /* of it, by the journal; of one that an administrator wrote, the highest there */
	uint64_t promise;          /* the highest lineage that was promised; 0: none ever was */
	char note[512];            /* what the user should know of the configuration; "" */
};

/* The files are those of store/archive.h, and DIR/promise. */
enum err manager_store_open(struct loop *l, const char *dir, const struct manager_store_ops *ops,
			    struct manager_store **ret, struct manager_store_found *ret_found,
			    struct error *reterr) MUST_CHECK;
/* NULL is fine. */
void manager_store_close(struct manager_store *s);
void manager_store_write(struct manager_store *s, const struct document *d, const struct archive_entry *entry);
void manager_store_promise(struct manager_store *s, uint64_t lineage);

#endif
