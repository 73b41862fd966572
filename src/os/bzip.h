/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bzip.h - files that bzip2 has compressed: the inputs that a cluster keeps of its decisions are. */
#ifndef OS_BZIP_H
#define OS_BZIP_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/* Whether these bytes begin a bzip2 file. */
bool bzip_is(const void *bytes, size_t size);
/* Unpacks all of it into memory that the caller frees with free(); more than size_max is ERR_FULL. */
enum err bzip_unpack(const void *packed, size_t packed_size, size_t size_max, char **ret_text, size_t *ret_size,
		     struct error *reterr) MUST_CHECK;

/* Packs all of it into memory that the caller frees with free(). */
enum err bzip_pack(const void *text, size_t size, char **ret_packed, size_t *ret_size, struct error *reterr) MUST_CHECK;

#endif
