/* SPDX-License-Identifier: GPL-2.0-or-later */
/* transcript.h - a fencing core with its host in one struct, and what it did as lines of text.
 *
 *	[5000] run 3: n1 does off by a of n3 action=off nodename=n3 port=n3
 *	[5000] end 1: n3 by a at n1            or  end 1: n3 failed: WHY
 *	[5000] timer 65000
 */
#ifndef TESTS_FENCING_TRANSCRIPT_H
#define TESTS_FENCING_TRANSCRIPT_H

#include "fencing/fencing.h"

#include <glib.h>

struct stage {
	struct fencing *fencing;
	struct document *document;
	GString *text;
	mono_time now, timer;
	int64_t watchdog_ms;
	GPtrArray *members;
	uint32_t dice; /* what it will show */
};

void stage_open(struct stage *s, const char *xml);
void stage_close(struct stage *s);
/* One line of what happens to the core; see transcript.c. False: it makes no sense. */
bool stage_do(struct stage *s, const char *line);
/* An agent's metadata: "off on reboot list status plug automatic on_target", in any order. */
char *stage_metadata(const char *words);

#endif
