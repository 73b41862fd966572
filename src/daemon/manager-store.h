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
	void (*written)(void *arg, struct cib_version version, enum err e, const char *why);
};

/* *ret_document: what is on disk, or an empty configuration. *ret_lineage: of it, by the journal; of one that an
 * administrator wrote, the highest there. ret_note: what the user should know of that, "" if
 * nothing. */
enum err manager_store_open(struct loop *l, const char *dir, const struct manager_store_ops *ops,
			    struct manager_store **ret, struct document **ret_document, uint64_t *ret_lineage,
			    char ret_note[static 512], struct error *reterr) MUST_CHECK;
/* NULL is fine. */
void manager_store_close(struct manager_store *s);
void manager_store_write(struct manager_store *s, const struct document *d, const struct archive_entry *entry);

#endif
