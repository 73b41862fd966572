/* SPDX-License-Identifier: GPL-2.0-or-later */
/* profile.h - how long the scheduler takes for each configuration of a folder (crm_simulate --profile). */
#ifndef CLI_PROFILE_H
#define CLI_PROFILE_H

#include "cli/display.h"

enum { PROFILE_REPEAT_MAX = 1000000 };

struct profile {
	struct program_io *io;
	struct display *display; /* where it is told, and the scores on the way */
	const char *folder;
	const char *date; /* the time to decide for, as given; NULL: the file's, else the present */
	unsigned repeat;  /* how often each file */
	bool scores, utilization;
};

/* How often, from text: 1 to PROFILE_REPEAT_MAX; NULL means once. False when it is no such number. */
bool profile_repeat(const char *text, unsigned *ret);

/* Decides `repeat` times for each file of the folder whose name ends in .xml or .xml.bz2, in the order of names, and
 * tells for each the processor time of all its decisions, without that of reading it. Returns with what to end: of a
 * file that cannot be used, which does not stop the others; EXIT_NO_SUCH for a folder that has none. */
int profile_folder(const struct profile *p);

#endif
