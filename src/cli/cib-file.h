/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cib-file.h - a configuration in a file, worked on in place of the running cluster's.
 *
 * The environment says so: CIB_shadow=NAME means the file shadow.NAME in CIB_shadow_dir, or where Pacemaker's tools
 * keep them; otherwise CIB_file=PATH means that path. A path may be a pipe or /dev/fd/N, to be read once or written
 * to, "-" is standard input, and what ends in .bz2 is packed.
 */
#ifndef CLI_CIB_FILE_H
#define CLI_CIB_FILE_H

#include "cib/document.h"
#include "cli/program.h"

/* The path, in io->arena; NULL: the running cluster is meant. */
const char *cib_file_path(const struct program_io *io);

/* Reads and checks a configuration; one without <status> gets an empty one. EXIT_NO_SUCH: there is no such file;
 * EXIT_CONFIGURATION: it is no configuration or breaks its schema, and problems (or NULL) has each problem. */
enum exit_code cib_file_load(const struct program_io *io, const char *path, struct document **ret_document,
			     GPtrArray *problems, struct error *reterr) MUST_CHECK;
/* Writes it as a whole, as the same owner's and with the same mode as what it replaces. A file that has its digest
 * beside it (PATH.sig) is a stored configuration: it is written without its status, and its digest too. */
enum exit_code cib_file_save(const char *path, const struct document *d, struct error *reterr) MUST_CHECK;

#endif
