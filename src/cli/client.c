/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/client.h"

static enum exit_code not_connected(struct error *reterr)
{
	(void)error_set(reterr, ERR_NOT_FOUND,
			"no cluster is running here to ask; start it (hale cluster start), or name a file in CIB_file");
	return EXIT_DISCONNECTED;
}

enum exit_code client_cib_edit(const struct program_io *io, const struct client_call *call, const struct edit *c,
			       enum edit_verdict *ret_verdict, struct error *reterr)
{
	(void)io, (void)call, (void)c, (void)ret_verdict;
	return not_connected(reterr);
}

enum exit_code client_cib_query(const struct program_io *io, const struct client_call *call, const char *scope,
				const char *xpath, bool no_children, GString *out, enum edit_verdict *ret_verdict,
				struct error *reterr)
{
	(void)io, (void)call, (void)scope, (void)xpath, (void)no_children, (void)out, (void)ret_verdict;
	return not_connected(reterr);
}
