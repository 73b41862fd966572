/* SPDX-License-Identifier: GPL-2.0-or-later */
/* number-writer.h - a number that rises and is kept in a file, without waiting for the disk.
 *
 * One is written at a time, in a thread (worker.h); of those that come meanwhile only the last is written. told() is
 * called in the loop for each that was written, or failed.
 *
 *	number_writer_open(loop, path, told, host, &w, reterr);
 *	number_writer_put(w, 7);
 *	...                                     told(host, 7, ERR_OK, &error)
 *	number_writer_close(w);                 what waits is dropped, what is being written is finished
 */
#ifndef OS_NUMBER_WRITER_H
#define OS_NUMBER_WRITER_H

#include "os/loop.h"

struct number_writer;

enum err number_writer_open(struct loop *l, const char *path,
			    void (*told)(void *host, uint64_t number, enum err e, const struct error *why), void *host,
			    struct number_writer **ret, struct error *reterr) MUST_CHECK;
/* NULL is fine. */
void number_writer_close(struct number_writer *w);
void number_writer_put(struct number_writer *w, uint64_t number);
/* Nothing is being written or waits. */
bool number_writer_is_idle(const struct number_writer *w);

#endif
