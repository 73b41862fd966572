/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fencing/device.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

struct fixture {
	struct document *document;
	struct arena arena;
	struct fence_device *devices;
	uint32_t count;
};

#define NODES "<nodes><node id='1' uname='n1'/><node id='2' uname='n2'/><node id='3' uname='n3'/></nodes>"

static void read_devices(struct fixture *f, const char *resources, const char *constraints)
{
	char *xml = g_strdup_printf("<cib><configuration><crm_config/>" NODES "<resources>%s</resources>"
				    "<constraints>%s</constraints></configuration><status/></cib>",
				    resources, constraints);
	*f = (struct fixture){0};
	assert_int_equal(document_parse(xml, strlen(xml), "test", &f->document, NULL), ERR_OK);
	f->devices = fence_devices_read(f->document, 1700000000, &f->arena, &f->count);
	g_free(xml);
}

static void done(struct fixture *f)
{
	document_free(f->document);
	arena_fini(&f->arena);
}

/* One device with these name-value pairs: "a=1|b=2". */
static void read_one(struct fixture *f, const char *pairs)
{
	GString *xml = g_string_new("<primitive id='d' class='stonith' type='fence_x'><instance_attributes id='i'>");
	char **all = g_strsplit(pairs, "|", -1);
	for (char **p = all; *p != NULL; p++) {
		char *value = strchr(*p, '=');
		if (value == NULL)
			continue;
		*value = '\0';
		g_string_append_printf(xml, "<nvpair id='p%d' name='%s' value='%s'/>", (int)(p - all), *p, value + 1);
	}
	g_strfreev(all);
	g_string_append(xml, "</instance_attributes></primitive>");
	read_devices(f, xml->str, "");
	(void)g_string_free(xml, TRUE);
	assert_int_equal(f->count, 1);
}

static void what_is_a_device(void **state)
{
	(void)state;
	struct fixture f;
	read_devices(&f, "<primitive id='w' class='ocf' provider='p' type='Dummy'/>", "");
	assert_int_equal(f.count, 0);
	done(&f);
	read_devices(&f,
		     "<primitive id='w' class='ocf' provider='p' type='Dummy'/>"
		     "<primitive id='a' class='stonith' type='fence_a'/>"
		     "<primitive id='off' class='stonith' type='fence_a'><meta_attributes id='m'>"
		     "<nvpair id='m1' name='target-role' value='Stopped'/></meta_attributes></primitive>"
		     "<template id='t' class='stonith' type='fence_t'><instance_attributes id='ti'>"
		     "<nvpair id='t1' name='ip' value='7'/></instance_attributes></template>"
		     "<group id='g'><primitive id='b' template='t'/></group>"
		     "<clone id='c'><primitive id='d' class='stonith' type='fence_watchdog'><meta_attributes id='dm'>"
		     "<nvpair id='dm1' name='provides' value='unfencing'/></meta_attributes></primitive></clone>",
		     "<rsc_location id='l1' rsc='a' node='n2' score='-INFINITY'/>"
		     "<rsc_location id='l2' rsc='g' node='n3' score='-1'/>"
		     "<rsc_location id='l3' rsc='a' node='n1' score='5'/>");
	assert_int_equal(f.count, 3);
	assert_string_equal(f.devices[0].id, "a");
	assert_true(fence_device_may_run(&f.devices[0], "n1"));
	assert_false(fence_device_may_run(&f.devices[0], "N2"));
	assert_string_equal(f.devices[1].id, "b");
	assert_string_equal(f.devices[1].type, "fence_t");
	assert_string_equal(table_get(f.devices[1].parameters, "ip"), "7");
	assert_false(fence_device_may_run(&f.devices[1], "n3"));
	assert_true(f.devices[2].is_watchdog);
	assert_true(f.devices[2].provides_unfencing);
	done(&f);
}

static void parameters(void **state)
{
	(void)state;
	struct fixture f;
	read_one(&f,
		 "pcmk_reboot_action=cycle|pcmk_off_timeout=90s|pcmk_on_retries=5|pcmk_status_retries=0|"
		 "pcmk_action_limit=-1|pcmk_delay_max=10|priority=7|pcmk_host_argument=uuid|pcmk_host_check=status");
	const struct fence_device *d = f.devices;
	assert_string_equal(d->commands[FENCE_REBOOT].name, "cycle");
	assert_string_equal(d->commands[FENCE_OFF].name, "off");
	assert_int_equal(d->commands[FENCE_OFF].timeout_ms, 90000);
	assert_int_equal(d->commands[FENCE_ON].timeout_ms, 0);
	assert_int_equal(d->commands[FENCE_ON].tries, 5);
	assert_int_equal(d->commands[FENCE_OFF].tries, 2);
	assert_int_equal(d->commands[FENCE_STATUS].tries, 1);
	assert_int_equal(d->action_limit, -1);
	assert_int_equal(d->delay_max_ms, 10000);
	assert_int_equal(d->priority, 7);
	assert_string_equal(d->host_argument, "uuid");
	assert_int_equal(d->host_check, HOST_CHECK_STATUS);
	assert_true(d->host_check_given);
	done(&f);
	read_one(&f, "pcmk_host_list=n1|pcmk_action_limit=0");
	assert_int_equal(f.devices->host_check, HOST_CHECK_STATIC);
	assert_false(f.devices->host_check_given);
	assert_int_equal(f.devices->action_limit, 1);
	assert_null(f.devices->host_argument);
	done(&f);
	read_one(&f, "pcmk_host_check=nonsense");
	assert_int_equal(f.devices->host_check, HOST_CHECK_DYNAMIC);
	assert_false(f.devices->host_check_given);
	done(&f);
}

static void targets(void **state)
{
	static const struct {
		const char *pairs, *node, *target;
	} cases[] = {
		{"pcmk_host_list=n1,n2", "n2", "n2"},
		{"pcmk_host_list=n1;n2 n3", "N3", "N3"},
		{"pcmk_host_list=n11", "n1", NULL},
		{"pcmk_host_map=n1:7", "n1", "7"},
		{"pcmk_host_map=n1:7;n2=8 n3:9,10", "n2", "8"},
		{"pcmk_host_map=n1:7;n2=8 n3:9,10", "n3", "9,10"},
		{"pcmk_host_map=n1:a\\ b\\;c;n2:2", "n1", "a b;c"},
		{"pcmk_host_map=n1:a\\ b\\;c;n2:2", "n2", "2"},
		{"pcmk_host_map=n1:a:b", "n1", "a:b"},
		{"pcmk_host_map=n1;n2:", "n2", NULL},
		{"pcmk_host_map=n1:7|pcmk_host_list=n2", "n2", "n2"},
		{"pcmk_host_map=n1:n2", "n2", "n2"}, /* a port of that name */
		{"pcmk_host_map=n1:7", "n3", NULL},
		{"pcmk_host_map=n1:7|pcmk_host_check=none", "n3", "n3"},
		{"ip=1", "n3", "n3"},
	};
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct fixture f;
		read_one(&f, cases[i].pairs);
		const char *target = fence_device_target(f.devices, cases[i].node, &f.arena);
		if (g_strcmp0(target, cases[i].target) != 0)
			fail_msg("%s of %s: %s", cases[i].node, cases[i].pairs, target != NULL ? target : "none");
		done(&f);
	}
}

static void delays(void **state)
{
	static const struct {
		const char *pairs, *node;
		int64_t delay_ms;
		bool has;
	} cases[] = {
		{"ip=1", "n1", 0, false},
		{"pcmk_delay_base=5", "n1", 5000, true},
		{"pcmk_delay_base= 5s", "n1", 5000, true},
		{"pcmk_delay_base=n1:5s;n2:7s", "N2", 7000, true},
		{"pcmk_delay_base=n1:5s;n2:7s", "n3", 0, true},
		{"pcmk_delay_base=0", "n1", 0, true}, /* somebody wants none */
		{"pcmk_delay_max=5", "n1", 0, true},
	};
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct fixture f;
		read_one(&f, cases[i].pairs);
		assert_int_equal(fence_device_delay_ms(f.devices, cases[i].node), cases[i].delay_ms);
		assert_int_equal(fence_device_has_delay(f.devices), cases[i].has);
		done(&f);
	}
}

static void expect_input(const char *pairs, const char *node, const char *argument, const char *wanted)
{
	struct fixture f;
	GString *text = g_string_new(NULL);
	read_one(&f, pairs);
	const struct table *t = fence_device_input(f.devices, FENCE_OFF, node, argument, &f.arena);
	for (uint32_t i = 0; i < t->count; i++)
		g_string_append_printf(text, "%s=%s ", t->entries[i].name, t->entries[i].value);
	assert_string_equal(text->str, wanted);
	(void)g_string_free(text, TRUE);
	done(&f);
}

static void inputs(void **state)
{
	(void)state;
	expect_input("ip=1|action=reboot|pcmk_host_list=n1|passwd=x|provides=y", "n1", "port",
		     "action=off nodename=n1 port=n1 ip=1 passwd=x ");
	expect_input("pcmk_host_map=n1:7|pcmk_off_action=down", "n1", "plug", "action=down nodename=n1 plug=7 ");
	expect_input("pcmk_host_map=n1:7|pcmk_host_argument=uuid", "n1", "plug", "action=off nodename=n1 uuid=7 ");
	expect_input("pcmk_host_argument=none", "n1", "plug", "action=off nodename=n1 ");
	expect_input("port=dynamic", "n1", "port", "action=off nodename=n1 port=n1 ");
	expect_input("port=3", "n1", "port", "action=off nodename=n1 port=3 ");
	expect_input("ip=1", "n1", NULL, "action=off nodename=n1 ip=1 ");
	expect_input("ip=1", NULL, "port", "action=off ip=1 ");
}

static void words(void **state)
{
	(void)state;
	for (int i = 0; i < FENCE_ACTIONS; i++) {
		enum fence_action a;
		assert_true(fence_action_parse(fence_action_word((enum fence_action)i), &a));
		assert_int_equal(a, i);
	}
	enum fence_action a;
	assert_false(fence_action_parse("cycle", &a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_a_device), cmocka_unit_test(parameters), cmocka_unit_test(targets),
		cmocka_unit_test(delays),           cmocka_unit_test(inputs),     cmocka_unit_test(words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
