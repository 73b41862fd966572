/* SPDX-License-Identifier: GPL-2.0-or-later */
/* error.h - the one error regime.
 *
 * A fallible function returns `enum err` and must be checked. Where a person
 * will read about it, it also takes `struct error *reterr` (may be NULL), which
 * gathers context on its way up and is rendered once, at the edge:
 *
 *	enum err e = file_read(path, &text, reterr);
 *	if (e != ERR_OK)
 *		return error_wrap(reterr, e, "reading the ring id");
 *	-> "reading the ring id: /var/lib/…/ringid_1: permission denied"
 *
 * A function logs an error or returns it, never both. Errors of the client IPC
 * have their own numbers: see service/status.h.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#define MUST_CHECK __attribute__((warn_unused_result))

enum err {
	ERR_OK = 0,
	ERR_AGAIN,   /* not now; the same call may succeed later */
	ERR_INVALID, /* what was given breaks a rule */
	ERR_EXISTS,
	ERR_NOT_FOUND,
	ERR_ACCESS,
	ERR_FULL, /* a limit or the disk is reached */
	ERR_NO_MEMORY,
	ERR_IO,
	ERR_UNSUPPORTED,
};

struct error {
	enum err code;
	char text[512];
};

/* Fills reterr with a message and returns code. */
enum err error_set(struct error *reterr, enum err code, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Puts "context: " before the message that reterr has and returns code. */
enum err error_wrap(struct error *reterr, enum err code, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* A word for each code: "permission denied". */
const char *err_word(enum err code);

#endif
