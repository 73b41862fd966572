/* SPDX-License-Identifier: GPL-2.0-or-later */
/* client.h - the running cluster, as a program asks it: over the manager's local API.
 *
 * A call returns EXIT_OK when the cluster answered; what the answer is worth says the verdict, and reterr says why it
 * is not EDIT_DONE. Otherwise nothing was asked or nothing came back, the number is what to end with
 * (EXIT_DISCONNECTED, EXIT_TIMEOUT, …), and reterr says what to do.
 */
#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include "cli/program.h"
#include "store/edit.h"

/* How to ask. */
struct client_call {
	const char *client; /* the program's name, for update-client */
	const char *user;   /* with whose rights, which root and hacluster may say; NULL: the caller's own */
	int64_t timeout_ms;
};

/* Changes the cluster's configuration. EDIT_DONE: every member has it on disk. */
enum exit_code client_cib_edit(const struct program_io *io, const struct client_call *call, const struct edit *c,
			       enum edit_verdict *ret_verdict, struct error *reterr) MUST_CHECK;
/* Appends to out what `scope` or `xpath` selects, as query_print() does. */
enum exit_code client_cib_query(const struct program_io *io, const struct client_call *call, const char *scope,
				const char *xpath, bool no_children, GString *out, enum edit_verdict *ret_verdict,
				struct error *reterr) MUST_CHECK;

#endif
