/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hale quorum status, expected-votes; status corosync, quorum - as corosync-quorumtool says it, to the letter. */
#include "cli/face.h"

#include <string.h>

static const struct option no_options[] = {{0}};

static enum exit_code act_status(struct verb *v)
{
	static const char *const argv[] = {"corosync-quorumtool", "-p", NULL};
	return face_spawn(v, argv, "corosync");
}

static enum exit_code act_members(struct verb *v)
{
	static const char *const argv[] = {"corosync-quorumtool", "-l", NULL};
	return face_spawn(v, argv, "corosync");
}

static enum exit_code act_expected(struct verb *v)
{
	const char *votes = verb_word(v, 0);
	if (verb_word_count(v) != 1 || votes[strspn(votes, "0123456789")] != '\0' ||
	    strspn(votes, "0") == strlen(votes))
		return verb_usage(v, "say how many votes, as a whole number above 0");
	const char *const argv[] = {"corosync-quorumtool", "-e", votes, NULL};
	return face_spawn(v, argv, "corosync");
}

const struct program program_hale_quorum_status = {
	.rules = {.name = "hale quorum status",
		  .summary = "show votes, quorum and members, as corosync-quorumtool does",
		  .options = no_options},
	.act = act_status,
};

const struct program program_hale_quorum_expected_votes = {
	.rules = {.name = "hale quorum expected-votes",
		  .summary = "say for now how many votes there are; until a member that knows more comes",
		  .words = "VOTES",
		  .options = no_options},
	.act = act_expected,
};

const struct program program_hale_status_corosync = {
	.rules = {.name = "hale status corosync",
		  .summary = "show the members that the engine sees",
		  .options = no_options},
	.act = act_members,
};
