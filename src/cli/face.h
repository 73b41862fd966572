/* SPDX-License-Identifier: GPL-2.0-or-later */
/* face.h - a command of hale that is another program under a name people know: `hale cluster verify` is crm_verify.
 *
 *	const char *const argv[] = {"crm_verify", "--verbose", NULL};
 *	return face_run(v, argv);
 */
#ifndef CLI_FACE_H
#define CLI_FACE_H

#include "cli/verb.h"

/* Runs one of our programs on what the command works on (-f is its CIB_file), with the command's input and output; argv
 * ends in NULL. Returns with what it ended. */
enum exit_code face_run(struct verb *v, const char *const *argv);
/* Runs a program of somebody else's, found by PATH, in the same way. EXIT_NOT_INSTALLED: it is not there, and v->code
 * says so; `package` has it. */
enum exit_code face_spawn(struct verb *v, const char *const *argv, const char *package);

#endif
