/* SPDX-License-Identifier: GPL-2.0-or-later */
/* what-if.h - the words of `hale simulate` that change something, and what they do to a situation. */
#ifndef CLI_WHAT_IF_H
#define CLI_WHAT_IF_H

#include "cli/situation.h"

/* Options of hale simulate. */
enum what_if_option {
	IF_NODE_LOST = 1,
	IF_NODE_FENCE,
	IF_NODE_UP,
	IF_NODE_STANDBY,
	IF_NODE_UNSTANDBY,
	IF_FAIL,
	IF_DISABLE,
	IF_ENABLE,
	IF_SET,
	IF_OPTION,
	IF_TICKET,
	IF_QUORUM,
	IF_AT,
	IF_IN,
	IF_CHANGES_END, /* those before change something */
	IF_EACH_NODE_LOST,
	IF_COUNT_QUORUM,
	IF_FILE,
	IF_PICTURE,
	IF_FORMAT,
};

struct what_if {
	struct situation *situation;                /* changed */
	void (*tell)(void *user, const char *text); /* each change in words; may not be NULL */
	void *user;
};

/* Makes the changes that the line names, in its order. An exit code; what is wrong stands on io->err. */
int what_if_apply(struct what_if *w, const struct command_line *line);

#endif
