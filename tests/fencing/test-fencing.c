/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Transcripts of the fencing core. Each file has a configuration, a line of dashes, and what happens: lines that begin
 * with ">" are said to the core, the others are what it does. */
#include "transcript.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DASHES "----\n"

/* The configuration, with what all have around it. */
static char *document_of(const char *part)
{
	return g_strdup_printf("<cib epoch='1' admin_epoch='0'><configuration><crm_config/><nodes>"
			       "<node id='1' uname='n1'/><node id='2' uname='n2'/><node id='3' uname='n3'/></nodes>"
			       "%s</configuration><status/></cib>",
			       part);
}

static char *play(const char *xml, const char *script)
{
	struct stage s;
	stage_open(&s, xml);
	char **lines = g_strsplit(script, "\n", -1);
	for (char **line = lines; *line != NULL; line++) {
		if (line[0][0] == '#')
			g_string_append_printf(s.text, "%s\n", *line);
		if (line[0][0] != '>')
			continue;
		g_string_append_printf(s.text, "%s\n", *line);
		if (!stage_do(&s, *line + 2))
			g_string_append(s.text, "this makes no sense\n");
	}
	g_strfreev(lines);
	char *text = g_strdup(s.text->str);
	stage_close(&s);
	return text;
}

static void transcript(void **state)
{
	const char *path = *state;
	char *text = NULL;
	assert_true(g_file_get_contents(path, &text, NULL, NULL));
	char *dashes = strstr(text, DASHES);
	assert_non_null(dashes);
	*dashes = '\0';
	const char *script = dashes + strlen(DASHES);
	char *xml = document_of(text), *played = play(xml, script);
	if (strcmp(played, script) != 0 && getenv("TRANSCRIPTS_UPDATE") != NULL) {
		char *now = g_strconcat(text, DASHES, played, NULL);
		assert_true(g_file_set_contents(path, now, -1, NULL));
		g_free(now);
	} else {
		assert_string_equal(played, script);
	}
	g_free(played);
	g_free(xml);
	g_free(text);
}

/* What is no metadata is not learnt, and what nobody asked for is ignored. */
static void strange_words(void **state)
{
	(void)state;
	struct stage s;
	stage_open(&s, "<cib><configuration/></cib>");
	assert_false(fencing_learn_agent(s.fencing, s.now, "fence_a", "Usage: fence_a"));
	assert_false(fencing_learn_agent(s.fencing, s.now, "fence_a", "<other/>"));
	fencing_ran(s.fencing, s.now, 7, 0, "", NULL);
	fencing_confirm(s.fencing, s.now, "n1");
	fencing_tick(s.fencing, s.now);
	fencing_check(s.fencing);
	assert_false(fencing_is_busy(s.fencing));
	assert_false(fencing_covers(s.fencing, "n1"));
	fencing_free(NULL);
	stage_close(&s);
}

static void delays_of_any_device(void **state)
{
	static const char head[] = "<cib><configuration><resources><primitive id='a' class='stonith' type='fence_a'/>"
				   "<primitive id='b' class='stonith' type='fence_a'>",
			  delay[] = "<instance_attributes id='i'><nvpair id='d' name='pcmk_delay_max' value='1s'/>"
				    "</instance_attributes>",
			  tail[] = "</primitive></resources></configuration></cib>";
	(void)state;
	for (int with = 0; with < 2; with++) {
		struct stage s;
		char *text = g_strconcat(head, with ? delay : "", tail, NULL);
		stage_open(&s, text);
		const char *members[] = {"n1"};
		fencing_configure(s.fencing, s.now, s.document, 0, members, 1, 0);
		assert_int_equal(with, fencing_has_delays(s.fencing));
		stage_close(&s);
		g_free(text);
	}
}

int main(int argc, char **argv)
{
	struct CMUnitTest *tests = calloc((size_t)argc + 1, sizeof(*tests));
	tests[0] = (struct CMUnitTest)cmocka_unit_test(strange_words);
	tests[argc] = (struct CMUnitTest)cmocka_unit_test(delays_of_any_device);
	for (int i = 1; i < argc; i++)
		tests[i] = (struct CMUnitTest){
			.name = strrchr(argv[i], '/') + 1, .test_func = transcript, .initial_state = argv[i]};
	int failed = _cmocka_run_group_tests("transcripts", tests, (size_t)argc + 1, NULL, NULL);
	free(tests);
	return failed;
}
