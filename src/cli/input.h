/* SPDX-License-Identifier: GPL-2.0-or-later */
/* input.h - where programs read configurations from, and where they write files to. */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include "cib/document.h"
#include "cli/program.h"

/* Everything from source: a path (unpacked when bzip2 packed it), "-" for standard input, or NULL for the running
 * cluster's configuration with its status, as the manager gives it, or for the file that the environment names in
 * CIB_shadow or CIB_file. *ret_name says in messages where it came from; the text ends in a zero byte, and the caller
 * frees it with free(). */
enum err input_text(const struct program_io *io, const char *source, char **ret_text, size_t *ret_size,
		    const char **ret_name, struct error *reterr) MUST_CHECK;
/* The same as a document, as it is: neither upgraded nor checked. */
enum err input_document(const struct program_io *io, const char *source, struct document **ret_document,
			struct error *reterr) MUST_CHECK;
/* With what a program ends that could not read this source: without a file there is no cluster to be connected with. */
enum exit_code input_exit(const struct program_io *io, const char *source, enum err e);
/* Writes a file as a whole; after a crash the old or the new is there. "-" is standard output. */
enum err input_write(const char *path, const char *text, size_t size, struct error *reterr) MUST_CHECK;

#endif
