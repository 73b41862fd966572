/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hale explain and hale simulate: words in, answers and exit codes out, and the modules that they share. */
#include "cli-world.h"

#include "cli/json.h"
#include "cli/picture.h"
#include "cli/situation.h"
#include "cli/what-if.h"

#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

#define UP(id, name, history)                                                                                   \
	"<node_state id='" id "' uname='" name "' in_ccm='true' crmd='online' join='member' expected='member'>" \
	"<lrm id='" id "'><lrm_resources>" history "</lrm_resources></lrm></node_state>"
#define DUMMY(id, rest) "<primitive id='" id "' class='ocf' provider='pacemaker' type='Dummy'>" rest "</primitive>"

static const char document[] =
	"<cib validate-with='pacemaker-4.0' admin_epoch='0' epoch='1' num_updates='0' have-quorum='1' "
	"execution-date='1700000000'><configuration><crm_config><cluster_property_set id='o'><nvpair id='o1' "
	"name='fencing-enabled' value='false'/></cluster_property_set></crm_config><nodes><node id='1' "
	"uname='n1'/><node "
	"id='2' uname='n2'/></nodes><resources>" DUMMY("web", "")
		DUMMY("db", "<meta_attributes id='m'><nvpair id='m1' name='target-role' "
			    "value='Stopped'/></meta_attributes>") "</resources><constraints><rsc_location id='l1' "
								   "rsc='web' node='n1' score='5'/></constraints>"
								   "</configuration><status>" UP(
									   "1", "n1",
									   "<lrm_resource id='web' class='ocf' "
									   "provider='pacemaker' "
									   "type='Dummy'><lrm_rsc_op id='web_last_0' "
									   "operation_key='web_start_0' "
									   "operation='start' interval='0' call-id='2' "
									   "rc-code='0' op-status='0' "
									   "transition-key='1:1:0:x' "
									   "transition-magic='0:0;1:1:0:x'/></"
									   "lrm_resource>")
									   UP("2", "n2", "") "</status></cib>";

struct run {
	const char *command;
	int code;
	const char *out, *err; /* parts of what is printed */
};

static void run_all(const struct run *runs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct cli_world w = {0};
		world_run(&w, runs[i].command, document, NULL);
		if (w.code != runs[i].code || strstr(w.out, runs[i].out) == NULL || strstr(w.err, runs[i].err) == NULL)
			fail_msg("%s: exit %d\n%s\n%s", runs[i].command, w.code, w.out, w.err);
		world_fini(&w);
	}
}

static void explain_answers(void **state)
{
	(void)state;
	static const struct run runs[] = {
		{"hale explain -x - web", 0, "web (primitive): Started on n1, and stays so", ""},
		{"hale explain -x - web n2", 0, "hale constraint location web prefers n2=6", ""},
		{"hale explain -x - db", 0, "hale resource enable db", ""},
		{"hale explain -f - web n2", 0, "hale constraint location web prefers n2=6", ""},
		{"hale -f /nowhere explain web", 105, "", "/nowhere"},
		{"hale explain -x - wep", 105, "", "there is no resource 'wep'; did you mean web?"},
		{"hale explain -x - web n7", 105, "", "there is no node 'n7'; there are n1 n2"},
		{"hale explain -x -", 64, "", "name a resource"},
		{"hale explain -x - web --transition", 64, "", "name a resource"},
		{"hale explain -x - web --output-format xml", 0, "<explanation resource=\"web\" kind=\"primitive\"",
		 ""},
		{"hale explain -x - web --output-format yaml", 64, "", "text, json or xml"},
		{"hale explain -x /nowhere web", 105, "", "/nowhere"},
		{"hale explain -x - --transition", 0, "probe web on n2", ""},
		{"hale explain -x - web --output-format json", 0, "\"resource\": \"web\"", ""},
		{"hale explain -x - --transition --output-format json", 0, "\"code\": \"probe\"", ""},
	};
	run_all(runs, sizeof(runs) / sizeof(runs[0]));
}

/* What is configured is meant by its own name, though instances of unique clones have names of their own. */
static void explain_unique_clones(void **state)
{
	(void)state;
	static const char unique[] =
		"<cib validate-with='pacemaker-4.0' admin_epoch='0' epoch='1' num_updates='0' have-quorum='1'>"
		"<configuration><crm_config/><nodes><node id='1' uname='n1'/></nodes><resources><clone id='all'>"
		"<meta_attributes id='m'><nvpair id='m1' name='globally-unique' value='true'/></meta_attributes>"
		"<group id='both'>" DUMMY("one", "")
			DUMMY("two", "") "</group></clone></resources><constraints/></configuration><status/></cib>";
	static const char *const names[] = {"all", "both", "one", "two"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct cli_world w = {0};
		char command[64];
		(void)snprintf(command, sizeof(command), "hale explain -x - %s", names[i]);
		world_run(&w, command, unique, NULL);
		assert_int_equal(w.code, 0);
		assert_non_null(strstr(w.out, "all (clone): "));
		world_fini(&w);
	}
}

static void simulate_answers(void **state)
{
	(void)state;
	static const struct run runs[] = {
		{"hale -f - simulate --node-lost n1", 0, "* n1 leaves the cluster", ""},
		{"hale simulate -x - --node-lost n1", 0, "* n1 leaves the cluster", ""},
		{"hale simulate -x - --node-standby n1", 0, "Move       web     ( n1 -> n2 )", ""},
		{"hale simulate -x - --node-standby n1 --node-unstandby N1", 0,
		 "web\t(ocf:pacemaker:Dummy):\t Started n1", ""},
		{"hale simulate -x - --node-fence n1", 0, "nobody knows what still runs there", ""},
		{"hale simulate -x - --node-up n2", 0, "* n2 comes online", ""},
		{"hale simulate -x - --disable web", 0, "Stop       web", ""},
		{"hale simulate -x - --enable db", 0, "Start      db", ""},
		{"hale simulate -x - --fail web", 0, "monitor of web fails on n1", ""},
		{"hale simulate -x - --fail web:start@n2", 0, "start of web fails on n2", ""},
		{"hale simulate -x - --set n2:color=blue", 0, "* n2 has color=blue", ""},
		{"hale simulate -x - --option stop-all-resources=true", 0, "Stop       web", ""},
		{"hale simulate -x - --ticket t=granted", 0, "* ticket t is granted", ""},
		{"hale simulate -x - --quorum no", 0, "due to no quorum", ""},
		{"hale simulate -x - --at 2024-01-01", 0, "it is 2024-01-01 00:00:00Z", ""},
		{"hale simulate -x - --in 2h", 0, "it is 2023-11-15 00:13:20Z", ""},
		{"hale simulate -x - --in P1D", 0, "it is 2023-11-15 22:13:20Z", ""},
		{"hale simulate -x -", 0, "db: db is disabled (target-role=Stopped)", ""},
		{"hale simulate -x - --each-node-lost", 0, "Everything still fits", ""},
		{"hale simulate -x - --each-node-lost --count-quorum", 1, "(no quorum)", ""},
		{"hale simulate -x - --each-node-lost --output-format json", 0, "\"fits\": true", ""},
		{"hale simulate -x - --node-standby n1 --output-format json", 0, "\"change\": \"Move\"", ""},
		{"hale simulate -x - --node-lost n7", 105, "", "there is no node 'n7'"},
		{"hale simulate -x - --fail nope", 105, "", "no resource 'nope'"},
		{"hale simulate -x - --fail db", 64, "", "--fail db@NODE"},
		{"hale simulate -x - --fail web@n7", 105, "", "there is no node 'n7'"},
		{"hale simulate -x - --disable nope", 105, "", "no resource 'nope'"},
		{"hale simulate -x - --set n2", 64, "", "NODE:NAME=VALUE"},
		{"hale simulate -x - --set n7:a=b", 105, "", "there is no node 'n7'"},
		{"hale simulate -x - --option x", 64, "", "NAME=VALUE"},
		{"hale simulate -x - --ticket t=lost", 64, "", "granted, revoked, standby or active"},
		{"hale simulate -x - --quorum maybe", 64, "", "yes or no"},
		{"hale simulate -x - --at someday", 64, "", "--at someday"},
		{"hale simulate -x - --in Pdays", 64, "", "--in Pdays"},
		{"hale simulate -x - --in soon", 64, "", "such as 90s"},
		{"hale simulate -x - --output-format xml", 0, "<change resource=\"web\" change=\"Restart\"", ""},
		{"hale simulate -x - --output-format yaml", 64, "", "text, json or xml"},
		{"hale simulate -x - --picture /tmp/x.png", 64, "", ".dot or .svg"},
		{"hale simulate -x - --picture /nonexist/x.dot", 73, "", "/nonexist/x.dot"},
	};
	run_all(runs, sizeof(runs) / sizeof(runs[0]));
}

/* Documents that say when they were kept, and documents that are wrong. */
static void documents_are_looked_at(void **state)
{
	(void)state;
	struct document *d;
	assert_int_equal(document_parse(document, strlen(document), "x", &d, NULL), ERR_OK);
	static const struct {
		const char *text;
		int64_t s;
	} dates[] = {{"1700000001", 1700000001}, {"0", -1}, {"-5", -1}, {"soon", -1}, {"12 h", -1}, {NULL, -1}};
	for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
		int64_t kept;
		element_set(document_root(d), NAME_EXECUTION_DATE, dates[i].text);
		assert_int_equal(situation_kept_time(d, &kept), dates[i].s >= 0);
		if (dates[i].s >= 0)
			assert_int_equal(kept, dates[i].s);
	}
	assert_true(situation_check(d, "x", stderr));
	element_set(document_root(d), NAME_ADMIN_EPOCH, "many");
	char *told = NULL;
	size_t told_size;
	FILE *err = open_memstream(&told, &told_size);
	assert_false(situation_check(d, "x", err));
	(void)fclose(err);
	assert_non_null(strstr(told, "many"));
	free(told);
	document_free(d);
}

/* What programs share, called as they call it. */
static void modules_work_alone(void **state)
{
	(void)state;
	struct arena arena = {0};
	char *out = NULL;
	size_t size;
	struct program_io io = {.in = fmemopen((void *)(uintptr_t)document, sizeof(document) - 1, "r"),
				.out = open_memstream(&out, &size),
				.err = stderr,
				.arena = &arena};
	struct situation s;
	assert_int_equal(situation_open(&s, &io, "test", "-"), EXIT_OK);
	assert_int_equal(s.now, 1700000000);
	struct what_if w = {.situation = &s};
	assert_int_equal(what_if_apply(&w, &(struct command_line){0}), EXIT_OK);
	struct cluster *c = situation_cluster(&s);
	scheduler_run(c);
	char path[] = "/tmp/test-picture-XXXXXX.dot";
	int fd = mkstemps(path, 4);
	assert_true(fd >= 0);
	assert_true(picture_is_named(&io, "test", path));
	assert_false(picture_is_named(&io, "test", "x.png"));
	assert_int_equal(picture_write(&io, "test", c, path), EXIT_OK);
	(void)close(fd);
	(void)unlink(path);
	struct sentences list = {0};
	struct sentence one = {"code", "text", NULL};
	sentence_put(&c->arena, &list, one);
	json_t *object = json_object();
	(void)json_object_set_new(object, "one", json_sentence(&one));
	(void)json_object_set_new(object, "all", json_sentences(&list));
	(void)json_object_set_new(object, "score", json_score(-1000000));
	(void)json_object_set_new(object, "web", json_resource(explain_resource(resource_find(c, "web")), NULL));
	(void)json_object_set_new(object, "transition", json_transition(explain_transition(c)));
	(void)json_object_set_new(object, "changes", json_changes(c));
	(void)json_object_set_new(object, "state", json_state(c));
	struct survival *survival = survival_new(s.document, s.now, false);
	json_survival(object, survival);
	survival_free(survival);
	answer_print(json_incref(object), ANSWER_JSON, "answer", io.out);
	(void)fflush(io.out);
	assert_non_null(strstr(out, "\"score\": \"-INFINITY\""));
	assert_non_null(strstr(out, "\"fits\": true"));
	answer_print(object, ANSWER_XML, "answer", io.out);
	(void)fflush(io.out);
	assert_non_null(strstr(out, "\n<answer score=\"-INFINITY\" fits=\"true\">\n"));
	assert_non_null(strstr(out, "    <item code=\"code\" text=\"text\"/>\n"));
	assert_non_null(strstr(out, "\n</answer>\n"));
	enum answer_form form = ANSWER_JSON;
	assert_true(answer_form_parse(NULL, &form) && form == ANSWER_TEXT);
	assert_true(answer_form_parse("xml", &form) && form == ANSWER_XML);
	assert_false(answer_form_parse("html", &form));
	cluster_free(c);
	situation_close(&s);
	(void)fclose(io.in);
	(void)fclose(io.out);
	free(out);
	arena_fini(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(explain_answers),    cmocka_unit_test(explain_unique_clones),
		cmocka_unit_test(simulate_answers),   cmocka_unit_test(documents_are_looked_at),
		cmocka_unit_test(modules_work_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
