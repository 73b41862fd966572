/* SPDX-License-Identifier: GPL-2.0-or-later */
/* situation.h - a configuration with its status, ready for the scheduler, and the time it is looked at.
 *
 *	struct situation s;
 *	int code = situation_open(&s, io, "hale explain", file);
 *	if (code != EXIT_OK)
 *		return code; // what is wrong stands on io->err
 *	struct cluster *c = situation_cluster(&s);
 *	…
 *	cluster_free(c);
 *	situation_close(&s);
 */
#ifndef CLI_SITUATION_H
#define CLI_SITUATION_H

#include "cli/program.h"
#include "scheduler/cluster.h"

struct situation {
	struct program_io *io;
	const char *program; /* for messages */
	const char *source;  /* NULL: the running cluster */
	struct document *document;
	int64_t now; /* epoch seconds: that of the document, if it was kept with one, else of the clock */
};

/* source: a path, "-", or NULL for the running cluster. The document is upgraded and must be valid. */
int situation_open(struct situation *s, struct program_io *io, const char *program, const char *source);
/* Whether an upgraded document is valid, or says that it is not to be checked (validate-with="none"); if not, all that
 * is wrong with it is written to err, with source (NULL: the running cluster) and line. */
bool situation_check(const struct document *d, const char *source, FILE *err);
/* The time, in epoch seconds, that the document was kept with (execution-date). false: with none, or with none that can
 * be read; as in Pacemaker it is looked at with the clock's time then. */
bool situation_kept_time(const struct document *d, int64_t *ret_s);
/* A cluster over the document as it is now, not yet run; the caller frees it. */
struct cluster *situation_cluster(const struct situation *s);
void situation_close(struct situation *s);

#endif
