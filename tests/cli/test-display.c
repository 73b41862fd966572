/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/display.h"

#include "report/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CIB                                                                                                     \
	"<cib validate-with='pacemaker-4.0' have-quorum='1'><configuration><crm_config><cluster_property_set "  \
	"id='o'><nvpair id='o1' name='fencing-enabled' value='false'/><nvpair id='o2' name='maintenance-mode' " \
	"value='true'/></cluster_property_set></crm_config><nodes/><resources/><constraints/></configuration>"  \
	"<status/></cib>"

static void show(struct display *d, struct cluster *c)
{
	display_info(d, "an %s", "info");
	display_restrictions(d, c);
	display_status(d, c, STATUS_NODES, "Status", "status");
	display_changes_begin(d, "1", NULL);
	struct rehearsal_log log = display_log(d);
	log.line(d, "a line");
	if (log.event != NULL)
		log.event(d, &(struct rehearsal_event){"rsc_action", {{"op", "stop"}, {"interval", NULL}}});
	log.remark(d, "a remark");
	log.error(d, "an error");
	display_error(d, "another");
	display_end(d);
	struct score_report scores = display_scores(d, true, true);
	display_scores_begin(d, true, false);
	static const struct score_item items[] = {
		{SCORE_ON_NODE, "test", "web", "n1", "5", NULL},
		{SCORE_OF_PROMOTION, NULL, "web", NULL, "6", NULL},
		{SCORE_CAPACITY, "Original", NULL, "n1", NULL, NULL},
		{SCORE_UTILIZATION, "test", "web", "n1", NULL, NULL},
	};
	scores.line(d, "a score");
	scores.notice(d, "a notice");
	for (size_t i = 0; scores.item != NULL && i < sizeof(items) / sizeof(items[0]); i++)
		scores.item(d, &items[i]);
	display_scores_end(d);
	display_timings_begin(d);
	display_timing(d, "f.xml", 1.5);
	display_timings_end(d);
	display_begin(d, "Done", "done");
	display_end(d);
	display_space(d);
	display_blank(d);
	display_summary(d, c);
	assert_int_equal(display_fail(d, EXIT_IO, "the end"), EXIT_IO);
}

#define ERRORS "an error\nanother\ncrm_simulate: the end\n"

static void every_form(void **state)
{
	static const struct {
		struct command_line line;
		const char *out, *err;
	} cases[] = {
		{{.form = FORM_TEXT},
		 "an info\n\n              *** Resource management is DISABLED ***\n"
		 "  The cluster will not attempt to start, stop or recover services\n\n"
		 "Status:\nPerforming Requested Modifications:\n  * a line\na remark\n\n"
		 "Assignment Scores:\n  * a score\na notice\n\nTimings:\n  * Testing f.xml ... 1.50 secs\n\nDone:\n\n\n"
		 "Transition Summary:\n",
		 ERRORS},
		{{.form = FORM_TEXT, .quiet = true},
		 "Assignment Scores:\n  * a score\n\nTimings:\n  * Testing f.xml ... 1.50 secs\n\n",
		 ERRORS},
		{{.form = FORM_NONE}, "", ERRORS},
		{{.form = FORM_XML, .quiet = true},
		 "<pacemaker-result api-version=\"" PACEMAKER_API_VERSION "\" request=\"crm_simulate\">\n"
		 "  <status>\n    <nodes/>\n  </status>\n"
		 "  <modifications quorum=\"1\">\n    <rsc_action op=\"stop\"/>\n  </modifications>\n"
		 "  <allocations>\n    <node_weight function=\"test\" node=\"n1\" score=\"5\" id=\"web\"/>\n"
		 "    <promotion_score id=\"web\" score=\"6\"/>\n    <capacity node=\"n1\" comment=\"Original\"/>\n"
		 "    <utilization resource=\"web\" node=\"n1\" function=\"test\"/>\n  </allocations>\n"
		 "  <timings>\n    <timing file=\"f.xml\" duration=\"1.500000\"/>\n  </timings>\n  <done/>\n"
		 "  <actions/>\n  <status code=\"0\" message=\"OK\">\n    <errors>\n      <error>an error</error>\n    "
		 "  <error>another</error>\n"
		 "    </errors>\n  </status>\n</pacemaker-result>\n",
		 "crm_simulate: the end\n"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *out = NULL, *err = NULL;
		size_t out_size, err_size;
		static const char *const arguments[] = {"crm_simulate", NULL};
		struct program_io io = {.out = open_memstream(&out, &out_size), .err = open_memstream(&err, &err_size)};
		struct command_line line = cases[i].line;
		line.arguments = arguments;
		struct document *document = NULL;
		struct display d;
		assert_int_equal(document_parse(CIB, strlen(CIB), "test", &document, NULL), ERR_OK);
		struct cluster *c = cluster_new(document, 1700000000);
		scheduler_run(c);
		display_open(&d, &io, &line, false);
		show(&d, c);
		assert_int_equal(display_close(&d, EXIT_OK), EXIT_OK);
		cluster_free(c);
		document_free(document);
		(void)fclose(io.out);
		(void)fclose(io.err);
		assert_string_equal(out, cases[i].out);
		assert_string_equal(err, cases[i].err);
		free(out);
		free(err);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
