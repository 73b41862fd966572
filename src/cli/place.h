/* SPDX-License-Identifier: GPL-2.0-or-later */
/* place.h - the configuration that Pacemaker's tools work on: the running cluster's, or in its place a file's that
 * CIB_file or CIB_shadow names (cib-file.h). Asking and changing are the same for both.
 *
 *	struct place p;
 *	place_open(&p, io, "crm_attribute");
 *	code = place_select(&p, "//nodes/node", found, &d, &error);
 *
 * Every function returns with what to end: EXIT_OK, or the number that says why, and reterr tells it in words.
 */
#ifndef CLI_PLACE_H
#define CLI_PLACE_H

#include "cib/document.h"
#include "cli/client.h"
#include "cli/program.h"
#include "scheduler/cluster.h"

struct place {
	struct program_io *io;
	const char *path; /* of the file; NULL: the running cluster */
	struct client_call call;
};

void place_open(struct place *p, struct program_io *io, const char *client);

/* The whole of it with its status, as it is: not upgraded. The caller frees it. */
enum exit_code place_load(struct place *p, struct document **ret_document, struct error *reterr) MUST_CHECK;
/* The same, upgraded, and what the scheduler reads of it: the status, no constraints, and nothing is decided. The
 * caller frees both, the cluster first. */
enum exit_code place_read(struct place *p, int64_t now, struct document **ret_document, struct cluster **ret_cluster,
			  struct error *reterr) MUST_CHECK;
/* Appends to found the elements that an XPath expression selects; they live in *ret_document, which the caller frees.
 * EXIT_NO_SUCH when there are none. Of the running cluster the document has no more than them. */
enum exit_code place_select(struct place *p, const char *xpath, GPtrArray *found, struct document **ret_document,
			    struct error *reterr) MUST_CHECK;
/* Changes it: all of what c says or nothing. */
enum exit_code place_edit(struct place *p, const struct edit *c, struct error *reterr) MUST_CHECK;
/* Makes of the configuration `old` what `now` is, as one patch; of a cluster, what others changed meanwhile stays. */
enum exit_code place_make(struct place *p, struct document *old, struct document *now, struct error *reterr) MUST_CHECK;

/* --- this node --- */
/* The name of the node that this runs on, in io->arena: from the manager. NULL: reterr says why, *ret_code with what to
 * end. */
const char *place_own_node(struct place *p, enum exit_code *ret_code, struct error *reterr);
/* Whose attributes are meant. node, unless it is NULL, "auto" or "localhost": then the node that the environment of a
 * resource agent names (that of a container's host when the resource says so), or NULL: this one. */
const char *place_target(const struct place *p, const char *node);

/* "'" and what else could end a literal of XPath makes it none: such names are in no configuration. */
bool place_is_literal(const char *text);
/* What exit codes are called after "Error performing operation: ". */
const char *place_error_words(enum exit_code code);

#endif
