/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pacemakerd - what agents and pcs ask it: the release, and what it can do. It starts nothing: `hale cluster start`
 * and haled do. */
#include "cib/document.h"
#include "cli/pacemaker-result.h"

enum { OPTION_FEATURES = 1 };

/* What pcs looks for; and what is built into Hale. */
#define FEATURES "agent-manpages cibsecrets corosync-ge-2 generated-manpages monotonic nagios ncurses remote systemd"

static const struct option options[] = {
	{OPTION_FEATURES, 'F', "features", NULL, "Display what this release can do, and exit"},
	{0},
};

static void put_features(struct markup *m)
{
	char **features = g_strsplit(FEATURES, " ", 0);
	markup_begin(m, "pacemakerd");
	markup_attribute(m, "version", PACEMAKER_RELEASE);
	markup_attribute(m, "build", "hale");
	markup_attribute(m, "feature_set", CIB_FEATURE_SET);
	markup_begin(m, "features");
	for (char **f = features; *f != NULL; f++)
		markup_text(m, "feature", *f);
	markup_end(m);
	markup_end(m);
	g_strfreev(features);
}

static int run(struct program_io *io, const struct command_line *line)
{
	struct pacemaker_result r;
	result_open(&r, io, line, "pacemakerd");
	if (!line_has(line, OPTION_FEATURES))
		return result_fail(&r, EXIT_USAGE,
				   "starts no cluster: `hale cluster start` or `systemctl start hale` does");
	result_line(&r, "Pacemaker " PACEMAKER_RELEASE " (Build: hale)\n Supporting v" CIB_FEATURE_SET ": " FEATURES);
	if (r.is_xml)
		put_features(&r.markup);
	return result_close(&r, EXIT_OK);
}

const struct program program_pacemakerd = {
	.rules = {.name = "pacemakerd",
		  .summary = "tell which Pacemaker release Hale stands in for",
		  .options = options,
		  .forms = FORMS_TEXT_XML,
		  .output_code = EXIT_ERROR},
	.run = run,
};
