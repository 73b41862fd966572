/* SPDX-License-Identifier: GPL-2.0-or-later */
/* client.h - the running cluster, as a program asks it: over the manager's local API (api/openapi.json).
 *
 *	struct client_call call = {.client = "hale status"};
 *	json_t *status;
 *	enum exit_code code = client_get(io, &call, "/v1/status", &status, &error);
 *	if (code != EXIT_OK)
 *		return program_fail(…, code, error.text);
 *
 * Each call is one question on a connection of its own. It returns EXIT_OK when the cluster did what was asked;
 * otherwise the number is what to end with, Pacemaker's where the manager says one, and reterr says what was wrong and
 * what to do. EXIT_DISCONNECTED: no manager runs on this node. EXIT_TIMEOUT: it did not answer in time; what was asked
 * may still be done.
 *
 * The manager's socket is that of the call, or the one that HALE_SOCKET in the environment names, or
 * /run/hale/api.sock.
 */
#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include "cli/program.h"
#include "store/edit.h"

#include <jansson.h>

#define CLIENT_SOCKET "/run/hale/api.sock"

enum { CLIENT_TIMEOUT_MS = 60000 };

/* How to ask. */
struct client_call {
	const char *client; /* the program's name, for update-client */
	const char *user;   /* with whose rights, which root and hacluster may say; NULL: the caller's own */
	const char *socket; /* NULL: from the environment, or the usual one */
	int64_t timeout_ms; /* 0: CLIENT_TIMEOUT_MS; negative: none */
};

/* Where the manager listens. */
const char *client_socket(const struct program_io *io, const struct client_call *call);
/* Whether somebody listens there; waits for nothing. */
bool client_is_running(const struct program_io *io, const struct client_call *call);

/* --- JSON --- */
/* ret: a new reference to the answer's JSON; NULL where it has none. */
enum exit_code client_get(const struct program_io *io, const struct client_call *call, const char *path, json_t **ret,
			  struct error *reterr) MUST_CHECK;
/* Takes body, which may be NULL. Where the manager names an exit code in its answer, that is returned. */
enum exit_code client_post(const struct program_io *io, const struct client_call *call, const char *path, json_t *body,
			   struct error *reterr) MUST_CHECK;
/* Waits until the cluster has nothing left to do. EXIT_TIMEOUT: it still has. */
enum exit_code client_wait(const struct program_io *io, const struct client_call *call, int64_t wait_ms,
			   struct error *reterr) MUST_CHECK;

/* --- the configuration and its status --- */
/* Both return EXIT_OK when the cluster answered; what the answer is worth says the verdict, and reterr says why it
 * is not EDIT_DONE.
 *
 * Changes the cluster's configuration. EDIT_DONE: every member has it on disk. */
enum exit_code client_cib_edit(const struct program_io *io, const struct client_call *call, const struct edit *c,
			       enum edit_verdict *ret_verdict, struct error *reterr) MUST_CHECK;
/* Appends to out what `scope` or `xpath` selects, as query_print() does. */
enum exit_code client_cib_query(const struct program_io *io, const struct client_call *call, const char *scope,
				const char *xpath, bool no_children, GString *out, enum edit_verdict *ret_verdict,
				struct error *reterr) MUST_CHECK;

#endif
