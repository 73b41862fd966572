/* SPDX-License-Identifier: GPL-2.0-or-later */
/* store-writer.h - writing configurations without waiting for the disk.
 *
 * One version is written at a time, in a thread (worker.h). What comes meanwhile waits, and only the newest of it is
 * written; the journal still gets the lines of those that were skipped. told() is called in the loop for each that was
 * written, or failed: with its number, everything below it is on disk too.
 *
 *	e = store_writer_open(loop, &dir, told, host, &w, reterr);
 *	store_writer_put(w, &(struct store_version){.number = store_writer_next(w), …});
 *	...                                     told(host, number, ERR_OK, &error)
 *	store_writer_close(w);                  what waits is dropped, what is being written is finished
 */
#ifndef OS_STORE_WRITER_H
#define OS_STORE_WRITER_H

#include "os/loop.h"
#include "os/store-dir.h"

struct store_writer;

/* Takes the folder over, also when it fails, and sets *dir to NULL: nobody else may write to it; it is closed when the
 * last write has ended. */
enum err store_writer_open(struct loop *l, struct store_dir **dir,
			   void (*told)(void *host, uint64_t number, enum err e, const struct error *why), void *host,
			   struct store_writer **ret, struct error *reterr) MUST_CHECK;
/* NULL is fine. */
void store_writer_close(struct store_writer *w);
/* The number of the next version. */
uint64_t store_writer_next(const struct store_writer *w);
/* Copies everything. */
void store_writer_put(struct store_writer *w, const struct store_version *v);
/* Nothing is being written or waits. */
bool store_writer_is_idle(const struct store_writer *w);
/* For reading versions and the journal. */
const struct store_dir *store_writer_dir(const struct store_writer *w);

#endif
