/* SPDX-License-Identifier: GPL-2.0-or-later */
/* display.h - what crm_simulate shows, as text or as XML: lists with a heading, the status, the summary, what happens.
 *
 *	struct display d;
 *	display_open(&d, io, line);
 *	display_status(&d, cluster, STATUS_NODES, "Current cluster status", "cluster_status");
 *	…
 *	return display_close(&d, EXIT_OK);
 *
 * Text goes out as it is made, XML at the end. Quiet shows no lists but those of scores; XML is never quiet.
 */
#ifndef CLI_DISPLAY_H
#define CLI_DISPLAY_H

#include "cli/pacemaker-result.h"
#include "report/outline.h"
#include "scheduler/cluster.h"
#include "transition/rehearsal.h"

struct display {
	const struct program_io *io;
	struct pacemaker_result result;
	GString *text; /* not yet printed */
	struct outline outline;
	bool quiet, is_silent; /* is_silent: --output-as=none */
};

/* plain: scores alone, without headings and bullets. */
void display_open(struct display *d, const struct program_io *io, const struct command_line *line, bool plain);
/* Prints what is left, frees, and returns code. */
int display_close(struct display *d, enum exit_code code);

/* A list: its heading as text, its element as XML. */
void display_begin(struct display *d, const char *heading, const char *element);
void display_end(struct display *d);
/* The list of changes that were asked for; quorum and watchdog may be NULL. It ends with display_end(). */
void display_changes_begin(struct display *d, const char *quorum, const char *watchdog);
/* The list of scores, which is shown even when quiet. */
void display_scores_begin(struct display *d, bool scores, bool utilization);
void display_scores_end(struct display *d);
/* An empty line before what comes next, if anything comes; and one in any case. */
void display_space(struct display *d);
void display_blank(struct display *d);
/* A line that is no part of a list, for people. */
void display_info(struct display *d, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* An error within the answer; what ends a program goes to io->err whatever the form: display_fail(), which returns
 * code. */
void display_error(struct display *d, const char *text);
int display_fail(struct display *d, enum exit_code code, const char *text);

void display_restrictions(struct display *d, const struct cluster *c);
void display_status(struct display *d, struct cluster *c, unsigned sections, const char *heading, const char *element);
/* After scheduler_run(). */
void display_summary(struct display *d, struct cluster *c);
/* How long files took: a list of them, and one of them. */
void display_timings_begin(struct display *d);
void display_timings_end(struct display *d);
void display_timing(struct display *d, const char *file, double seconds);

/* What the cluster and a rehearsal shall report to, so that it is shown within the list that is open. */
struct score_report display_scores(struct display *d, bool scores, bool utilization);
struct rehearsal_log display_log(struct display *d);

#endif
