/* SPDX-License-Identifier: GPL-2.0-or-later */
/* crm_simulate's and crm_verify's command lines; what they decide is tested in tests/scheduler and tests/system. */
#include "cli-world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define START                                                                                                       \
	"<cib validate-with='pacemaker-4.0' admin_epoch='0' epoch='1' num_updates='0' have-quorum='1' dc-uuid='1' " \
	"crm_feature_set='3.20.5' execution-date='1700000000'>"
#define NODES "<nodes><node id='1' uname='n1'/></nodes>"
#define WEB   "<primitive id='web' class='ocf' provider='pacemaker' type='Dummy'/>"
#define REST                                                                                               \
	"</configuration><status><node_state id='1' uname='n1' in_ccm='true' crmd='online' join='member' " \
	"expected='member'><lrm id='1'><lrm_resources/></lrm></node_state></status></cib>"
#define OPTIONS                                                    \
	"<configuration><crm_config><cluster_property_set id='o'>" \
	"<nvpair id='o1' name='fencing-enabled' value='false'/></cluster_property_set></crm_config>"
#define GOOD  START OPTIONS NODES "<resources>" WEB "</resources><constraints/>" REST
#define TWICE START OPTIONS NODES "<resources>" WEB WEB "</resources><constraints/>" REST
#define NOWHERE                               \
	START OPTIONS NODES "<resources>" WEB \
			    "</resources><constraints><rsc_order id='x' first='web' then='no'/></constraints>" REST

struct command {
	const char *command, *input;
	int code;
	const char *out, *err; /* found in what is printed; "": nothing is printed */
};

static void run_all(const struct command *commands, size_t count)
{
	struct cli_world w = {0};
	for (size_t i = 0; i < count; i++) {
		const struct command *c = &commands[i];
		world_run(&w, c->command, c->input, NULL);
		if (w.code != c->code || strstr(w.out, c->out) == NULL || strstr(w.err, c->err) == NULL)
			print_message("%s: %d\n%s%s", c->command, w.code, w.out, w.err);
		assert_int_equal(w.code, c->code);
		assert_non_null(strstr(w.out, c->out));
		assert_non_null(strstr(w.err, c->err));
		assert_int_equal(w.out[0] != '\0', c->out[0] != '\0');
		assert_int_equal(w.err[0] != '\0', c->err[0] != '\0');
	}
	world_fini(&w);
}

static void simulations(void **state)
{
	(void)state;
	static const struct command commands[] = {
		{"crm_simulate -p", GOOD, 0, "Online: [ n1 ]", ""},
		{"crm_simulate -p -R", GOOD, 0, "  * Start      web     (    n1 )", ""},
		{"crm_simulate -p -S", GOOD, 0, "Revised Cluster Status:", ""},
		{"crm_simulate -p -S -Q", GOOD, 0, "", ""},
		{"crm_simulate -p -s -Q", GOOD, 0, "pcmk__primitive_assign: web allocation score on n1: 0", ""},
		{"crm_simulate -p -R -d n1", GOOD, 0, "  * Taking node n1 offline", ""},
		{"crm_simulate -p -S -F web_start_0@n1=1", GOOD, 0, "Pretending action", ""},
		{"crm_simulate -p -S -t 2020-01-01", GOOD, 0, "Setting effective cluster time: 2020-01-01", ""},
		{"crm_simulate -p -R -t never", GOOD, 0, "Setting effective cluster time: never", "present time"},
		{"crm_simulate -p -F web_start_0@n1=1", GOOD, 0, "Revised Cluster Status:", ""},
		{"crm_simulate -p -S --output-as=none", GOOD, 0, "", ""},
		{"crm_simulate -p -S --output-as=none -x /nonexistent", GOOD, 65, "", "/nonexistent"},
		{"crm_simulate -p -S --output-as=xml -Q", GOOD, 0, "<revised_cluster_status>", ""},
		{"crm_simulate -p -s --output-as=xml", GOOD, 0,
		 "<node_weight function=\"pcmk__primitive_assign\" node=\"n1\" score=\"0\" id=\"web\"/>", ""},
		{"crm_simulate -p -U", GOOD, 0,
		 "Utilization Information:\n  * Original: n1 capacity:\n  * pcmk__assign", ""},
		{"crm_simulate -p -S -f n1 -w 1 --output-as=xml", GOOD, 0,
		 "<modifications watchdog=\"1\">\n    <modify_node action=\"Failing\" node=\"n1\"/>\n  </modif", ""},
		{"crm_simulate -p -R -G /nonexist/graph", GOOD, 74, "Online: [ n1 ]", "/nonexist/graph"},
		{"crm_simulate -x /nonexistent -R", NULL, 65, "", "/nonexistent"},
		{"crm_simulate -p -R", "<cib", 65, "", "standard input:1: "},
		{"crm_simulate -p -R", "", 65, "", "standard input"},
		{"crm_simulate -p -R", TWICE, 78, "", "web"},
		{"crm_simulate -p -R", NOWHERE, 78, "", "\"no\""},
		{"crm_simulate -p --bogus", GOOD, 64, "", "--bogus"},
		{"crm_simulate -p --quorum maybe", GOOD, 64, "", "--quorum maybe: write"},
		{"crm_simulate -p --watchdog maybe", GOOD, 64, "", "--watchdog maybe: write"},
		{"crm_simulate -p --quorum 0 --watchdog true", GOOD, 0, "Setting quorum: 0", ""},
		{"crm_simulate -p -N 2", GOOD, 0, "Online", ""},
		{"crm_simulate -p -N two", GOOD, 64, "", "--repeat two: write a number"},
		{"crm_simulate -P /nonexist", NULL, 105, "", "/nonexist: there is no such folder"},
	};
	run_all(commands, sizeof(commands) / sizeof(commands[0]));
}

static void verifications(void **state)
{
	(void)state;
	static const struct command commands[] = {
		{"crm_verify -p", GOOD, 0, "", ""},
		{"crm_verify -x /nonexistent", NULL, 78, "", "/nonexistent"},
		{"crm_verify", NULL, 1, "", "No input specified"},
		{"crm_verify -X <cib", NULL, 78, "", "input string:1: "},
		{"crm_verify -X <crm/>", NULL, 78, "", "outermost element is crm"},
		{"crm_verify -p", TWICE, 78, "", "web"},
		{"crm_verify -p -q", TWICE, 78, "", ""},
		{"crm_verify -p --output-as=xml", GOOD, 0, "<status code=\"0\" message=\"OK\"/>", ""},
		{"crm_verify -p --output-as=xml", TWICE, 78, "<error>", ""},
		{"crm_verify -p -S /nonexist/copy", GOOD, 73, "", "/nonexist/copy"},
	};
	run_all(commands, sizeof(commands) / sizeof(commands[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(simulations),
		cmocka_unit_test(verifications),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
