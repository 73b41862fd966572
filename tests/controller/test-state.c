/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state-world.h"

#include "transition/result.h"

static const char *attribute(const struct world *w, const char *node, const char *name)
{
	const struct element *e = world_node(w, node);
	return e == NULL ? NULL : status_attribute_get(e, name);
}

static void order(struct world *w, const char *node, const char *rsc, const char *action, int64_t interval_ms,
		  const char *key)
{
	struct order o;
	struct message m = world_order(node, rsc, action, interval_ms, key, &o);
	assert_int_equal(world_send(w, 1, &m), TOUCHED_STATUS);
}

static unsigned result(struct world *w, const char *node, const char *rsc, const char *action, int64_t interval_ms,
		       const char *key, int rc, int call_id)
{
	struct arena arena = {0};
	struct message m = world_result(&arena, node, rsc, action, interval_ms, key, rc, EXECUTION_DONE, call_id);
	unsigned touched = world_send(w, 1, &m);
	arena_fini(&arena);
	return touched;
}

static int64_t updates(const struct world *w)
{
	return cib_version_of(document_root(w->s.document)).num_updates;
}

static int64_t epoch(const struct world *w)
{
	return cib_version_of(document_root(w->s.document)).epoch;
}

static void begin(struct world *w, const char *group)
{
	world_init(w, 1);
	world_agree(w, group, NULL, group);
}

static void an_operation_from_order_to_result(void **state)
{
	struct world w;
	char text[512];
	(void)state;
	begin(&w, "12");
	int64_t before = updates(&w);
	order(&w, "one", "web", "start", 0, "1:1:0:u");
	assert_string_equal(world_history(&w, "one", "web", text), "last_0:start:-1:193:1");
	assert_int_equal(result(&w, "one", "web", "start", 0, "1:1:0:u", 0, 7), TOUCHED_STATUS);
	assert_string_equal(world_history(&w, "one", "web", text), "last_0:start:0:0:7");
	order(&w, "one", "web", "monitor", 10000, "2:1:0:u");
	assert_string_equal(world_history(&w, "one", "web", text), "last_0:start:0:0:7 monitor_10000:monitor:-1:193:8");
	assert_int_equal(result(&w, "one", "web", "monitor", 10000, "2:1:0:u", 0, 9), TOUCHED_STATUS);
	assert_string_equal(world_history(&w, "one", "web", text), "last_0:start:0:0:7 monitor_10000:monitor:0:0:9");
	assert_int_equal(updates(&w), before + 4);
	order(&w, "one", "web", "stop", 0, "3:2:0:u");
	assert_int_equal(result(&w, "one", "web", "stop", 0, "3:2:0:u", 0, 10), TOUCHED_STATUS);
	assert_string_equal(world_history(&w, "one", "web", text), "last_0:stop:0:0:10");
	const struct element *r = element_first_named(
		element_first_named(element_first_named(world_node(&w, "one"), NAME_LRM), NAME_LRM_RESOURCES),
		NAME_LRM_RESOURCE);
	assert_string_equal(element_get(r, NAME_CLASS), "ocf");
	assert_string_equal(element_get(r, NAME_PROVIDER), "pacemaker");
	assert_string_equal(element_get(r, NAME_TYPE), "Dummy");
	world_fini(&w);
}

static void what_was_not_expected_says_so(void **state)
{
	struct world w;
	char text[512];
	(void)state;
	begin(&w, "12");
	assert_int_equal(result(&w, "one", "web", "start", 0, "1:1:0:u", 0, 1), TOUCHED_STATUS | TOUCHED_UNEXPECTEDLY);
	assert_int_equal(result(&w, "nobody", "web", "start", 0, "1:1:0:u", 0, 1), 0);
	order(&w, "one", "web", "stop", 0, "2:1:0:u");
	assert_int_equal(result(&w, "one", "web", "stop", 0, "2:1:0:u", 1, 2), TOUCHED_STATUS | TOUCHED_UNEXPECTEDLY);
	assert_string_equal(world_history(&w, "one", "web", text), "last_0:stop:0:1:2 last_failure_0:stop:0:1:2");
	world_fini(&w);
}

static void failures_are_counted(void **state)
{
	struct world w;
	(void)state;
	begin(&w, "12");
	struct arena arena = {0};
	struct message m = world_result(&arena, "one", "web", "monitor", 10000, "2:1:0:u", 7, EXECUTION_DONE, 3);
	(void)world_send(&w, 1, &m);
	assert_string_equal(attribute(&w, "one", "fail-count-web#monitor_10000"), "1");
	assert_string_equal(attribute(&w, "one", "last-failure-web#monitor_10000"), "2000");
	(void)world_send(&w, 1, &m);
	assert_string_equal(attribute(&w, "one", "fail-count-web#monitor_10000"),
			    "2"); /* a recurring one fails again */
	m.result.is_ignored = true;
	m.result.when.ns = UINT64_C(1000000000) * 3000u;
	(void)world_send(&w, 1, &m);
	assert_string_equal(attribute(&w, "one", "fail-count-web#monitor_10000"), "2");
	assert_string_equal(attribute(&w, "one", "last-failure-web#monitor_10000"), "3000");
	m.result.is_ignored = false;
	m.result.is_fatal = true;
	(void)world_send(&w, 1, &m);
	assert_string_equal(attribute(&w, "one", "fail-count-web#monitor_10000"), "INFINITY");
	m = world_result(&arena, "one", "web", "start", 0, "5:1:0:u", 1, EXECUTION_DONE, 4);
	(void)world_send(&w, 1, &m);
	(void)world_send(&w, 1, &m); /* the same run, told twice */
	assert_string_equal(attribute(&w, "one", "fail-count-web#start_0"), "1");
	m.result.rsc = m.result.action = NULL;
	m.result.transition_key = "6:1:0:u";
	(void)world_send(&w, 1, &m);
	assert_string_equal(attribute(&w, "one", "fail-count-web#start_0"), "1");
	assert_null(attribute(&w, "two", "fail-count-web#start_0"));
	arena_fini(&arena);
	world_fini(&w);
}

static void a_recurring_one_that_fails_at_once(void **state)
{
	struct world w;
	char text[512];
	(void)state;
	begin(&w, "12");
	order(&w, "one", "web", "monitor", 10000, "2:1:0:u");
	(void)result(&w, "one", "web", "monitor", 10000, "2:1:0:u", 7, 3);
	assert_string_equal(world_history(&w, "one", "web", text),
			    "monitor_10000:monitor:-1:193:1 last_failure_0:monitor:0:7:3");
	struct message m = {.kind = MESSAGE_FORGET, .forget = {.what = FORGET_FAILURES}};
	(void)world_send(&w, 1, &m);
	assert_string_equal(world_history(&w, "one", "web", text), "none");
	world_fini(&w);
}

static void count_pending(void *arg, const char *node, const struct element *resource, const struct element *operation)
{
	char *text = arg;
	size_t at = strlen(text);
	(void)snprintf(text + at, 512 - at, "%s/%s/%s ", node, element_id(resource),
		       element_get(operation, NAME_OPERATION_KEY));
}

static void what_is_under_way(void **state)
{
	struct world w;
	(void)state;
	begin(&w, "12");
	order(&w, "one", "web", "start", 0, "1:1:0:u");
	order(&w, "two", "db", "monitor", 10000, "2:1:0:u");
	order(&w, "two", "vip", "stop", 0, "3:1:0:u");
	char text[512] = "";
	cluster_state_pending(&w.s, count_pending, text);
	assert_string_equal(text, "one/web/web_start_0 two/db/db_monitor_10000 two/vip/vip_stop_0 ");
	(void)result(&w, "two", "db", "monitor", 10000, "2:1:0:u", 7, 3);
	(void)result(&w, "one", "web", "start", 0, "1:1:0:u", 0, 3);
	text[0] = '\0';
	cluster_state_pending(&w.s, count_pending, text);
	assert_string_equal(text, "two/vip/vip_stop_0 ");
	world_agree(&w, "1", NULL, "1");
	text[0] = '\0';
	cluster_state_pending(&w.s, count_pending, text);
	assert_string_equal(text, "");
	world_fini(&w);
}

static void what_is_not_recorded_as_pending(void **state)
{
	static const char *const actions[] = {"notify", "reload", "reload-agent", "meta-data"};
	struct world w;
	char text[512];
	struct order o;
	(void)state;
	begin(&w, "12");
	for (size_t i = 0; i < G_N_ELEMENTS(actions); i++) {
		struct message m = world_order("one", "web", actions[i], 0, "1:1:0:u", &o);
		assert_int_equal(world_send(&w, 1, &m), 0);
	}
	struct message m = world_order("one", "web", "start", 0, "1:1:0:u", &o);
	o.record_pending = false;
	assert_int_equal(world_send(&w, 1, &m), 0);
	m = world_order("nobody", "web", "start", 0, "1:1:0:u", &o);
	assert_int_equal(world_send(&w, 1, &m), 0);
	assert_string_equal(world_history(&w, "one", "web", text), "none");
	m = world_order("one", "web", "monitor", 5000, "1:1:0:u", &o);
	o.record_pending = false;
	assert_int_equal(world_send(&w, 1, &m), TOUCHED_STATUS);
	world_fini(&w);
}

static void a_cancelled_operation_is_taken_off(void **state)
{
	struct world w;
	char text[512];
	struct order o;
	struct arena arena = {0};
	(void)state;
	begin(&w, "12");
	order(&w, "one", "web", "monitor", 10000, "2:1:0:u");
	(void)result(&w, "one", "web", "monitor", 10000, "2:1:0:u", 0, 3);
	struct message m = world_order("one", "web", "monitor", 10000, "9:2:0:u", &o);
	o.cancel = true;
	assert_int_equal(world_send(&w, 1, &m), TOUCHED_STATUS);
	assert_string_equal(world_history(&w, "one", "web", text), "none");
	order(&w, "one", "web", "monitor", 10000, "3:3:0:u"); /* again, before the end of the old one is told */
	m = world_result(&arena, "one", "web", "monitor", 10000, "2:1:0:u", 0, EXECUTION_CANCELLED, 3);
	assert_int_equal(world_send(&w, 1, &m), 0);
	assert_string_equal(world_history(&w, "one", "web", text), "monitor_10000:monitor:-1:193:1");
	m = world_result(&arena, "one", "web", "monitor", 10000, "3:3:0:u", 0, EXECUTION_CANCELLED, 3);
	assert_int_equal(world_send(&w, 1, &m), TOUCHED_STATUS);
	assert_string_equal(world_history(&w, "one", "web", text), "none");
	arena_fini(&arena);
	world_fini(&w);
}

static void the_order_of_arrival_is_that_of_call_ids(void **state)
{
	struct world w;
	char text[512];
	(void)state;
	begin(&w, "12");
	(void)result(&w, "one", "web", "start", 0, "1:1:0:u", 0, 50);
	(void)result(&w, "one", "web", "monitor", 10000, "2:1:0:u", 0, 3);
	assert_string_equal(world_history(&w, "one", "web", text), "last_0:start:0:0:50 monitor_10000:monitor:0:0:51");
	(void)result(&w, "one", "web", "monitor", 10000, "2:1:0:u", 7, 3);
	assert_string_equal(world_history(&w, "one", "web", text),
			    "last_0:start:0:0:50 monitor_10000:monitor:0:0:51 last_failure_0:monitor:0:7:51");
	world_fini(&w);
}

static void results_that_say_nothing(void **state)
{
	static const char *const entries[] = {NULL,
					      "",
					      "text",
					      "<lrm_rsc_op/>",
					      "<other id=\"web_last_0\"/>",
					      "<lrm_rsc_op id=\"web_last_0\" operation=\"start\"/>",
					      "<lrm_rsc_op id=\"web_last_0\" operation=\"notify\" op-status=\"0\" "
					      "rc-code=\"0\"/>"};
	struct world w;
	struct arena arena = {0};
	(void)state;
	begin(&w, "12");
	for (size_t i = 0; i < G_N_ELEMENTS(entries); i++) {
		struct message m = world_result(&arena, "one", "web", "start", 0, "1:1:0:u", 0, EXECUTION_DONE, 1);
		m.result.entry = entries[i];
		assert_int_equal(world_send(&w, 1, &m), 0);
	}
	struct message m = world_result(&arena, "one", "web", "start", 0, "1:1:0:u", 0, EXECUTION_DONE, 1);
	m.result.class_ = NULL; /* nobody knows what it is */
	assert_int_equal(world_send(&w, 1, &m), 0);
	arena_fini(&arena);
	world_fini(&w);
}

static unsigned node_change(struct world *w, unsigned n, enum node_change_kind change)
{
	struct message m = {.kind = MESSAGE_NODE};
	m.node.name = world_names[n];
	m.node.node = node_id_of(n);
	m.node.change = change;
	return world_send(w, 1, &m);
}

static void nodes_come_and_go(void **state)
{
	struct world w;
	char text[512];
	(void)state;
	begin(&w, "12");
	assert_string_equal(world_node_is(&w, "one", text), "true online member member");
	assert_string_equal(world_node_is(&w, "three", text), "none");
	assert_int_equal(node_change(&w, 3, NODE_LOST), 0); /* it was never there */
	(void)node_change(&w, 3, NODE_JOINED);
	assert_string_equal(world_node_is(&w, "three", text), "true online member member");
	assert_string_equal(element_id(world_node(&w, "three")), "3");
	(void)result(&w, "three", "web", "start", 0, "1:1:0:u", 1, 1);
	assert_string_equal(attribute(&w, "three", "fail-count-web#start_0"), "1");
	assert_int_equal(node_change(&w, 3, NODE_LOST), TOUCHED_STATUS | TOUCHED_UNEXPECTEDLY);
	assert_string_equal(world_node_is(&w, "three", text), "false offline down member");
	assert_string_not_equal(world_history(&w, "three", "web", text), "none"); /* counts until it is fenced */
	assert_null(attribute(&w, "three", "fail-count-web#start_0"));
	assert_null(attributes_get(&w.s.attributes, "fail-count-web#start_0", "three"));
	(void)node_change(&w, 3, NODE_JOINED);
	(void)node_change(&w, 3, NODE_LEFT);
	assert_string_equal(world_node_is(&w, "three", text), "false offline down down");
	assert_string_equal(world_history(&w, "three", "web", text), "none");
	struct message m = {.kind = MESSAGE_STOP, .stop = {.name = "two"}};
	assert_int_equal(world_send(&w, 1, &m), TOUCHED_STATUS);
	assert_string_equal(world_node_is(&w, "two", text), "true online member down");
	assert_int_equal(world_send(&w, 1, &m), 0);
	world_fini(&w);
}

static void locked_resources_stay_locked(void **state)
{
	static const char *const histories[] = {
		NULL, NULL,
		"<node_state id='2' uname='two'><lrm id='2'><lrm_resources>"
		"<lrm_resource id='a' class='ocf' type='x' shutdown-lock='5'><lrm_rsc_op id='a_last_0'/></lrm_resource>"
		"<lrm_resource id='b' class='ocf' type='x'><lrm_rsc_op id='b_last_0'/></lrm_resource>"
		"</lrm_resources></lrm></node_state>",
		NULL, NULL};
	struct world w;
	(void)state;
	world_init(&w, 1);
	world_agree(&w, "12", histories, "12");
	(void)node_change(&w, 2, NODE_LEFT);
	const struct element *lrm = element_first_named(world_node(&w, "two"), NAME_LRM);
	const struct element *r = element_first_named(element_first_named(lrm, NAME_LRM_RESOURCES), NAME_LRM_RESOURCE);
	assert_string_equal(element_id(r), "a");
	assert_null(r->first);
	assert_null(r->next);
	world_fini(&w);
}

static unsigned fenced(struct world *w, const char *target, uint8_t action, const char *why)
{
	struct message m = {.kind = MESSAGE_FENCED};
	m.fenced.target = target;
	m.fenced.device = "pdu";
	m.fenced.member = "one";
	m.fenced.client = "leader";
	m.fenced.why = why;
	m.fenced.action = action;
	m.fenced.when.ns = UINT64_C(1000000000) * 4000u;
	return world_send(w, 1, &m);
}

static void begun(struct world *w, const char *target, uint8_t action, const char *client)
{
	struct message m = {.kind = MESSAGE_FENCING};
	m.fencing = (__typeof__(m.fencing)){target, client, "one", action, {UINT64_C(3000000000000)}};
	assert_int_equal(world_send(w, 1, &m), 0);
}

/* "ACTION:TARGET:CLIENT " of each that is under way */
static void assert_under_way(const struct world *w, const char *expected)
{
	GString *text = g_string_new(NULL);
	for (guint i = 0; i < w->s.fencing->len; i++) {
		const struct fence_record *f = g_ptr_array_index(w->s.fencing, i);
		assert_string_equal(f->member, "one");
		assert_int_equal(f->when.ns, UINT64_C(3000000000000));
		g_string_append_printf(text, "%s:%s:%s ", fence_action_word((enum fence_action)f->action), f->target,
				       f->client);
	}
	assert_string_equal(text->str, expected);
	(void)g_string_free(text, TRUE);
}

static void what_is_under_way_is_told(void **state)
{
	struct world w;
	(void)state;
	begin(&w, "12");
	begun(&w, "two", FENCE_REBOOT, "a");
	begun(&w, "TWO", FENCE_REBOOT, "a"); /* the same once more */
	begun(&w, "two", FENCE_REBOOT, "b");
	begun(&w, "two", FENCE_ON, "a");
	begun(&w, "three", FENCE_OFF, "a");
	assert_under_way(&w, "reboot:two:a reboot:two:b on:two:a off:three:a ");
	(void)fenced(&w, "three", FENCE_REBOOT, "no"); /* another action failed */
	assert_under_way(&w, "reboot:two:a reboot:two:b on:two:a off:three:a ");
	(void)fenced(&w, "two", FENCE_ON, NULL);
	assert_under_way(&w, "reboot:two:a reboot:two:b off:three:a ");
	begun(&w, "two", FENCE_ON, "a");
	(void)fenced(&w, "two", FENCE_OFF, NULL); /* which does for a reboot, and turning on is of no use now */
	assert_under_way(&w, "off:three:a ");
	begun(&w, "two", FENCE_ON, "a");
	(void)fenced(&w, "three", FENCE_OFF, "no");
	assert_under_way(&w, "on:two:a ");
	world_agree(&w, "12", NULL, "12"); /* who leads now tells what it goes on with */
	assert_under_way(&w, "");
	world_fini(&w);
}

static void fencing_goes_on_record(void **state)
{
	struct world w;
	char text[512];
	(void)state;
	begin(&w, "12");
	order(&w, "two", "web", "start", 0, "1:1:0:u");
	(void)result(&w, "two", "db", "start", 0, "1:1:0:u", 1, 1);
	world_agree(&w, "1", NULL, "1");
	assert_string_equal(world_node_is(&w, "two", text), "false offline down member");
	assert_int_equal(fenced(&w, "two", FENCE_REBOOT, "it did not answer"), TOUCHED_UNEXPECTEDLY);
	assert_string_equal(world_node_is(&w, "two", text), "false offline down member");
	assert_string_not_equal(world_history(&w, "two", "db", text), "none");
	assert_int_equal(fenced(&w, "two", FENCE_OFF, NULL), TOUCHED_STATUS);
	assert_string_equal(world_node_is(&w, "two", text), "false offline down down");
	assert_string_equal(world_history(&w, "two", "db", text), "none");
	assert_string_equal(world_node_is(&w, "three", text), "none");
	assert_int_equal(fenced(&w, "three", FENCE_REBOOT, NULL),
			 TOUCHED_STATUS); /* never seen, now known to be down */
	assert_string_equal(world_node_is(&w, "three", text), "false offline down down");
	assert_int_equal(fenced(&w, "stranger", FENCE_OFF, NULL), 0);
	assert_int_equal(fenced(&w, "one", FENCE_ON, NULL), TOUCHED_STATUS | TOUCHED_UNEXPECTEDLY);
	assert_string_equal(attribute(&w, "one", "#node-unfenced"), "4000");
	assert_int_equal(w.s.fences->len, 5);
	const struct fence_record *f = g_ptr_array_index(w.s.fences, 0);
	assert_string_equal(f->why, "it did not answer");
	world_agree(&w, "1", NULL, "1"); /* and stays there */
	assert_int_equal(w.s.fences->len, 5);
	f = g_ptr_array_index(w.s.fences, 0);
	assert_string_equal(f->why, "it did not answer");
	assert_int_equal(f->action, FENCE_REBOOT);
	assert_int_equal(f->when.ns, UINT64_C(1000000000) * 4000u);
	f = g_ptr_array_index(w.s.fences, 4);
	assert_null(f->why);
	for (int i = 0; i < FENCE_RECORDS_MAX; i++)
		(void)fenced(&w, "stranger", FENCE_OFF, NULL);
	assert_int_equal(w.s.fences->len, FENCE_RECORDS_MAX);
	world_fini(&w);
}

static void who_was_fenced_has_no_attributes(void **state)
{
	struct world w;
	(void)state;
	begin(&w, "12");
	struct message m = {.kind = MESSAGE_ATTRIBUTE};
	m.attribute.node = "two"; /* which is a member still */
	m.attribute.name = "pingd";
	m.attribute.value = "100";
	(void)world_send(&w, 1, &m);
	m.attribute.node = "three";
	(void)world_send(&w, 1, &m);
	(void)fenced(&w, "two", FENCE_OFF, NULL);
	assert_null(attribute(&w, "two", "pingd"));
	assert_null(attributes_get(&w.s.attributes, "pingd", "two"));
	assert_string_equal(attributes_get(&w.s.attributes, "pingd", "three"), "100");
	struct message gone = {.kind = MESSAGE_FORGET, .forget = {.what = FORGET_NODE, .node = "three"}};
	(void)world_send(&w, 1, &gone);
	assert_null(attributes_get(&w.s.attributes, "pingd", "three"));
	world_fini(&w);
}

static unsigned forget(struct world *w, enum forget_kind what, const char *rsc, const char *node, const char *action,
		       int64_t interval_ms)
{
	struct message m = {.kind = MESSAGE_FORGET};
	m.forget.request = 5;
	m.forget.what = what;
	m.forget.rsc = rsc;
	m.forget.node = node;
	m.forget.action = action;
	m.forget.interval_ms = interval_ms;
	return world_send(w, 1, &m);
}

static void fencings_are_forgotten(void **state)
{
	struct world w;
	(void)state;
	begin(&w, "12");
	(void)fenced(&w, "two", FENCE_OFF, NULL);
	(void)fenced(&w, "one", FENCE_OFF, "no answer");
	(void)fenced(&w, "two", FENCE_REBOOT, NULL);
	assert_int_equal(w.s.fences->len, 3);
	(void)forget(&w, FORGET_FENCES, NULL, "TWO", NULL, 0);
	assert_int_equal(w.s.fences->len, 1);
	assert_string_equal(((struct fence_record *)g_ptr_array_index(w.s.fences, 0))->target, "one");
	(void)forget(&w, FORGET_FENCES, NULL, NULL, NULL, 0);
	assert_int_equal(w.s.fences->len, 0);
	world_fini(&w);
}

static void failures(struct world *w)
{
	(void)result(w, "one", "web", "start", 0, "1:1:0:u", 0, 1);
	(void)result(w, "one", "web", "monitor", 10000, "2:1:0:u", 0, 2);
	(void)result(w, "one", "web", "monitor", 10000, "2:1:0:u", 7, 2);
	(void)result(w, "two", "web", "start", 0, "3:1:0:u", 1, 1);
	(void)result(w, "one", "db:1", "start", 0, "4:1:0:u", 1, 1);
}

static void failures_are_forgotten(void **state)
{
	struct world w;
	char text[512];
	(void)state;
	begin(&w, "12");
	failures(&w);
	assert_int_equal(forget(&w, FORGET_FAILURES, "web", NULL, "start", 10000), 0);
	assert_int_equal(forget(&w, FORGET_FAILURES, "web", "one", "monitor", 10000),
			 TOUCHED_STATUS | TOUCHED_UNEXPECTEDLY);
	/* what is left of the run that failed is no longer known: it is ordered anew */
	assert_string_equal(world_history(&w, "one", "web", text), "last_0:start:0:0:1");
	assert_null(attribute(&w, "one", "fail-count-web#monitor_10000"));
	assert_null(attribute(&w, "one", "last-failure-web#monitor_10000"));
	assert_string_equal(attribute(&w, "two", "fail-count-web#start_0"), "1");
	(void)forget(&w, FORGET_FAILURES, "web", NULL, NULL, 0);
	assert_null(attribute(&w, "two", "fail-count-web#start_0"));
	assert_string_equal(world_history(&w, "two", "web", text), "none"); /* so that it is probed */
	assert_string_equal(attribute(&w, "one", "fail-count-db:1#start_0"), "1");
	(void)forget(&w, FORGET_FAILURES, "db", NULL, NULL, 0); /* an instance is meant too */
	assert_null(attribute(&w, "one", "fail-count-db:1#start_0"));
	failures(&w);
	(void)forget(&w, FORGET_FAILURES, NULL, NULL, NULL, 0);
	assert_string_equal(world_history(&w, "one", "db:1", text), "none");
	assert_int_equal(w.answer.request, 5);
	assert_int_equal(w.answer.verdict, EDIT_DONE);
	assert_int_equal(forget(&w, FORGET_FAILURES, NULL, NULL, NULL, 0), 0);
	assert_int_equal(forget(&w, FORGET_FAILURES, NULL, "nobody", NULL, 0), 0);
	assert_int_equal(w.answer.verdict, EDIT_ABSENT);
	assert_non_null(strstr(w.answer.text, "nobody"));
	world_fini(&w);
}

static void histories_are_forgotten(void **state)
{
	struct world w;
	char text[512];
	(void)state;
	begin(&w, "12");
	failures(&w);
	(void)result(&w, "one", "website", "start", 0, "5:1:0:u", 0, 1);
	(void)result(&w, "one", "db:2", "start", 0, "6:1:0:u", 0, 1);
	order(&w, "one", "web", "stop", 0, "7:1:0:u");
	(void)forget(&w, FORGET_HISTORY, "web", "one", NULL, 0);
	assert_string_equal(world_history(&w, "one", "web", text), "last_0:stop:-1:193:3"); /* is under way */
	assert_string_not_equal(world_history(&w, "two", "web", text), "none");
	assert_string_not_equal(world_history(&w, "one", "website", text), "none");
	assert_null(attribute(&w, "one", "fail-count-web#monitor_10000"));
	(void)forget(&w, FORGET_HISTORY, "db:2", NULL, NULL, 0);
	assert_string_equal(world_history(&w, "one", "db:2", text), "none");
	assert_string_not_equal(world_history(&w, "one", "db:1", text), "none");
	(void)forget(&w, FORGET_HISTORY, NULL, NULL, NULL, 0);
	assert_string_equal(world_history(&w, "two", "web", text), "none");
	assert_string_equal(world_history(&w, "one", "website", text), "none");
	world_fini(&w);
}

static void a_node_is_removed(void **state)
{
	struct world w;
	char text[512];
	(void)state;
	begin(&w, "12");
	int64_t before = epoch(&w);
	assert_int_equal(forget(&w, FORGET_NODE, NULL, "two", NULL, 0), 0);
	assert_int_equal(w.answer.verdict, EDIT_INVALID);
	world_agree(&w, "1", NULL, "1");
	assert_int_equal(epoch(&w), before);
	assert_int_equal(forget(&w, FORGET_NODE, NULL, "two", NULL, 0),
			 TOUCHED_STATUS | TOUCHED_UNEXPECTEDLY | TOUCHED_CONFIGURATION);
	assert_int_equal(epoch(&w), before + 1);
	assert_int_equal(updates(&w), 0);
	assert_string_equal(world_node_is(&w, "two", text), "none");
	assert_null(element_child_by_id(document_section(w.s.document, NAME_NODES), NAME_NODE, "2"));
	assert_int_equal(forget(&w, FORGET_NODE, NULL, "two", NULL, 0), 0);
	assert_int_equal(w.answer.verdict, EDIT_ABSENT);
	world_fini(&w);
}

static void attributes_go_through(void **state)
{
	struct world w;
	(void)state;
	begin(&w, "12");
	struct message m = {.kind = MESSAGE_ATTRIBUTE};
	m.attribute.request = 9;
	m.attribute.node = "two";
	m.attribute.name = "pingd";
	m.attribute.value = "100";
	m.attribute.delay_ms = -1;
	assert_int_equal(world_send(&w, 2, &m), TOUCHED_STATUS | TOUCHED_UNEXPECTEDLY);
	assert_string_equal(attribute(&w, "two", "pingd"), "100");
	assert_int_equal(w.answer.request, 0); /* somebody else's */
	m.attribute.delay_ms = 5000;
	m.attribute.value = "200";
	assert_int_equal(world_send(&w, 1, &m), TOUCHED_ATTRIBUTES);
	assert_int_equal(w.answer.request, 9);
	assert_string_equal(attribute(&w, "two", "pingd"), "100");
	struct message due = {.kind = MESSAGE_ATTRIBUTES_DUE, .due = {.name = "pingd"}};
	assert_int_equal(world_send(&w, 1, &due), TOUCHED_STATUS | TOUCHED_UNEXPECTEDLY);
	assert_string_equal(attribute(&w, "two", "pingd"), "200");
	assert_int_equal(world_send(&w, 1, &due), 0);
	m.attribute.name = "(";
	m.attribute.is_pattern = true;
	assert_int_equal(world_send(&w, 1, &m), 0);
	assert_int_equal(w.answer.verdict, EDIT_MALFORMED);
	m.attribute.name = "nothing";
	assert_int_equal(world_send(&w, 1, &m), 0);
	assert_int_equal(w.answer.verdict, EDIT_ABSENT);
	m.attribute.name = "ping.*";
	m.attribute.value = "300";
	m.attribute.delay_ms = 0;
	assert_int_equal(world_send(&w, 1, &m), TOUCHED_STATUS | TOUCHED_UNEXPECTEDLY);
	m.attribute.is_pattern = false;
	m.attribute.name = "never-was";
	m.attribute.value = NULL;
	assert_int_equal(world_send(&w, 1, &m), 0);
	assert_int_equal(w.answer.verdict, EDIT_DONE);
	world_fini(&w);
}

static void quorum_and_questions(void **state)
{
	struct world w;
	(void)state;
	begin(&w, "12");
	struct message m = {.kind = MESSAGE_QUORUM, .quorate = true};
	assert_int_equal(world_send(&w, 1, &m), 0);
	m.quorate = false;
	assert_int_equal(world_send(&w, 1, &m), TOUCHED_STATUS | TOUCHED_UNEXPECTEDLY);
	assert_string_equal(element_get(document_root(w.s.document), NAME_HAVE_QUORUM), "0");
	m = (struct message){.kind = MESSAGE_FENCE_ASK, .fence_ask = {.request = 3, .target = "two"}};
	assert_int_equal(world_send(&w, 1, &m), 0);
	assert_int_equal(w.answer.request, 3);
	assert_int_equal(w.answer.verdict, EDIT_DONE);
	m.fence_ask.target = "nobody";
	(void)world_send(&w, 1, &m);
	assert_int_equal(w.answer.verdict, EDIT_ABSENT);
	m = (struct message){.kind = MESSAGE_STORED};
	assert_int_equal(world_send(&w, 1, &m), 0);
	world_fini(&w);
}

static unsigned change(struct world *w, enum edit_kind kind, const char *scope, const char *body)
{
	struct message m = {.kind = MESSAGE_CHANGE};
	m.change.request = 4;
	m.change.edit = (struct edit){.kind = kind, .scope = scope, .body = body};
	m.change.by = (struct edit_author){{"root", NULL}, "one", "test", {1000000000u}};
	return world_send(w, 1, &m);
}

static void the_configuration_changes(void **state)
{
	struct world w;
	char text[512];
	(void)state;
	begin(&w, "12");
	int64_t before = epoch(&w);
	(void)result(&w, "one", "a", "start", 0, "1:1:0:u", 0, 1);
	assert_int_equal(change(&w, EDIT_CREATE, "resources",
				"<primitive id='a' class='ocf' provider='pacemaker' type='Dummy'/>"),
			 TOUCHED_CONFIGURATION | TOUCHED_UNEXPECTEDLY);
	assert_int_equal(w.answer.request, 4);
	assert_int_equal(epoch(&w), before + 1);
	assert_string_not_equal(world_history(&w, "one", "a", text), "none");
	assert_int_equal(change(&w, EDIT_CREATE, "resources",
				"<primitive id='a' class='ocf' provider='pacemaker' type='Dummy'/>"),
			 0);
	assert_int_equal(w.answer.verdict, EDIT_PRESENT);
	assert_non_null(w.answer.text);
	assert_int_equal(change(&w, EDIT_ERASE, NULL, NULL), TOUCHED_CONFIGURATION | TOUCHED_UNEXPECTEDLY);
	assert_string_equal(world_node_is(&w, "one", text), "true online member member");
	assert_string_not_equal(world_history(&w, "one", "a", text), "none"); /* what is, stays */
	world_fini(&w);
}

static void an_agreement_completes_the_configuration(void **state)
{
	struct world w;
	(void)state;
	begin(&w, "12");
	const struct element *root = document_root(w.s.document);
	assert_int_equal(epoch(&w), 6); /* nodes and options were added, once */
	assert_string_equal(element_get(root, NAME_HAVE_QUORUM), "1");
	assert_string_equal(element_get(root, NAME_DC_UUID), "1");
	GString *text = g_string_new(NULL);
	element_print_flat(document_configuration(w.s.document), text);
	assert_string_equal(text->str,
			    "<configuration><crm_config><cluster_property_set id=\"cib-bootstrap-options\">"
			    "<nvpair id=\"cib-bootstrap-options-dc-version\" name=\"dc-version\" value=\"0.1.0\"/>"
			    "<nvpair id=\"cib-bootstrap-options-cluster-infrastructure\" "
			    "name=\"cluster-infrastructure\" value=\"corosync\"/>"
			    "<nvpair id=\"cib-bootstrap-options-cluster-name\" name=\"cluster-name\" value=\"test\"/>"
			    "</cluster_property_set></crm_config><nodes><node id=\"1\" uname=\"one\"/>"
			    "<node id=\"2\" uname=\"two\"/><node id=\"3\" uname=\"three\"/></nodes><resources/>"
			    "<constraints/></configuration>");
	(void)g_string_free(text, TRUE);
	int64_t before = updates(&w);
	world_agree(&w, "12", NULL, "12");
	assert_int_equal(epoch(&w), 6);
	assert_int_equal(updates(&w), before + 1);
	world_fini(&w);
}

static void an_agreement_knows_who_is_absent(void **state)
{
	struct world w;
	char text[512];
	(void)state;
	begin(&w, "123");
	assert_string_equal(world_node_is(&w, "three", text), "true online member member");
	world_agree(&w, "12", NULL, "123"); /* its machine is there: it is waited for */
	assert_string_equal(world_node_is(&w, "three", text), "true online member member");
	world_agree(&w, "12", NULL, "12");
	assert_string_equal(world_node_is(&w, "three", text), "false offline down member");
	(void)fenced(&w, "three", FENCE_REBOOT, NULL);
	world_agree(&w, "12", NULL, "12");
	assert_string_equal(world_node_is(&w, "three", text), "false offline down down");
	world_agree(&w, "123", NULL, "123");
	assert_string_equal(world_node_is(&w, "three", text), "true online member member");
	(void)node_change(&w, 3, NODE_LEFT);
	world_agree(&w, "12", NULL, "12");
	assert_string_equal(world_node_is(&w, "three", text), "false offline down down");
	world_fini(&w);
}

static void a_statement_takes_the_place_of_what_was_known(void **state)
{
	static const char *const histories[] = {
		NULL, NULL,
		"<node_state id='2' uname='two' crmd='offline'><lrm id='2'><lrm_resources>"
		"<lrm_resource id='b' class='ocf' provider='p' type='t'><lrm_rsc_op id='b_last_0' operation='start' "
		"call-id='5' rc-code='0' op-status='0'/></lrm_resource></lrm_resources></lrm>"
		"<held_attributes><attribute name='mine' private='true'><value node='two' value='7'/></attribute>"
		"</held_attributes></node_state>",
		NULL, NULL};
	struct world w;
	char text[512];
	(void)state;
	begin(&w, "12");
	(void)result(&w, "one", "a", "start", 0, "1:1:0:u", 1, 1);
	(void)result(&w, "two", "a", "start", 0, "1:1:0:u", 1, 1);
	world_agree(&w, "12", histories, "12");
	assert_string_equal(world_history(&w, "one", "a", text), "none");
	assert_string_equal(world_history(&w, "two", "a", text), "none");
	assert_string_equal(world_history(&w, "two", "b", text), "last_0:start:0:0:5");
	assert_string_equal(world_node_is(&w, "two", text), "true online member member");
	assert_string_equal(attributes_get(&w.s.attributes, "mine", "two"), "7");
	assert_true(attributes_find(&w.s.attributes, "mine")->private_);
	assert_null(attributes_find(&w.s.attributes, "fail-count-a#start_0"));
	world_fini(&w);
}

/* A manager is killed before it kept what it was ordered last, and what came of that: the others know. Not when its
 * node was lost in between, nor when it is no new manager: then what it says is what is. */
static void a_killed_manager_had_not_kept_all(void **state)
{
	static const struct {
		const char *without, *in_ring; /* the group meanwhile, and whose machines are there; NULL: as before */
		const char *a, *b;
	} rows[] = {
		{"1", "12", "last_0:promote:-1:193:2", "last_0:start:0:0:1"},
		{"1", "1", "last_0:start:0:0:1", "none"},
		{NULL, NULL, "last_0:start:0:0:1", "none"},
	};
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct world w;
		struct arena arena = {0};
		char text[512];
		const char *histories[WORLD_NODES + 1] = {NULL};
		begin(&w, "12");
		(void)result(&w, "two", "a", "start", 0, "1:1:0:u", 0, 1);
		(void)result(&w, "two", "c", "start", 0, "2:1:0:u", 0, 1);
		histories[2] = cluster_state_own_history(&w.s, "two", &arena);
		order(&w, "two", "a", "promote", 0, "3:1:0:u");
		(void)result(&w, "two", "b", "start", 0, "4:1:0:u", 0, 1);
		(void)result(&w, "two", "c", "start", 0, "5:1:0:u", 0, 1); /* raised, since it came later */
		if (rows[i].without != NULL)
			world_agree(&w, rows[i].without, NULL, rows[i].in_ring);
		world_agree(&w, "12", histories, "12");
		assert_string_equal(world_history(&w, "two", "a", text), rows[i].a);
		assert_string_equal(world_history(&w, "two", "b", text), rows[i].b);
		assert_string_equal(world_history(&w, "two", "c", text),
				    i == 0 ? "last_0:start:0:0:2" : "last_0:start:0:0:1");
		arena_fini(&arena);
		world_fini(&w);
	}
}

static void start_states(void **state)
{
	struct world w;
	struct arena arena = {0};
	struct agreement a;
	struct member members[] = {world_member(1), world_member(2)};
	(void)state;
	world_init(&w, 1);
	view_change(&w.v, members, 2);
	for (unsigned n = 1; n <= 2; n++) {
		struct statement s = {.members = {members[0], members[1]},
				      .member_count = 2,
				      .name = world_names[n],
				      .digest = "",
				      .feature_set = "3.20.5",
				      .release = "1",
				      .start_state = n == 1 ? "standby" : "online"};
		(void)view_state_of(&w.v, members[n - 1], &s);
	}
	cluster_state_compose(&w.s, &w.v, w.s.document, NULL, 0, &arena, &a);
	assert_non_null(strstr(a.document, "<node id=\"1\" uname=\"one\"><instance_attributes id=\"nodes-1\">"
					   "<nvpair id=\"nodes-1-standby\" name=\"standby\" value=\"on\"/>"));
	assert_non_null(strstr(a.document, "<nvpair id=\"nodes-2-standby\" name=\"standby\" value=\"off\"/>"));
	arena_fini(&arena);
	world_fini(&w);
}

static void what_is_kept_is_taken_over(void **state)
{
	struct world w, x;
	struct arena arena = {0};
	char text[512];
	(void)state;
	begin(&w, "12");
	(void)result(&w, "one", "a", "start", 0, "1:1:0:u", 1, 1);
	const char *kept = cluster_state_own_history(&w.s, "one", &arena);
	world_init(&x, 1);
	assert_false(cluster_state_take_history(&x.s, "one", "<node_state"));
	assert_false(cluster_state_take_history(&x.s, "two", kept));
	assert_null(cluster_state_own_history(&x.s, "one", &arena));
	assert_true(cluster_state_take_history(&x.s, "one", kept));
	assert_string_equal(cluster_state_own_history(&x.s, "one", &arena), kept);
	assert_true(cluster_state_take_history(&x.s, "one", kept));
	assert_string_equal(cluster_state_own_history(&x.s, "one", &arena), kept);
	assert_string_equal(world_history(&x, "one", "a", text), "last_failure_0:start:0:1:1 last_0:start:0:1:1");
	assert_string_equal(attributes_get(&x.s.attributes, "fail-count-a#start_0", "one"), "1");
	world_agree(&x, "1", NULL, "1");
	assert_string_equal(world_history(&x, "one", "a", text), "last_failure_0:start:0:1:1 last_0:start:0:1:1");
	assert_string_equal(attribute(&x, "one", "fail-count-a#start_0"), "1");
	arena_fini(&arena);
	world_fini(&x);
	world_fini(&w);
}

static const char *own_orders(struct world *w, const char *node, const char *rsc, const char *action,
			      int64_t interval_ms, const char *key, struct arena *arena)
{
	struct order o;
	struct message m = world_order(node, rsc, action, interval_ms, key, &o);
	(void)world_send(w, 1, &m);
	return cluster_state_own_orders(&w->s, "one", &m, arena);
}

/* What was kept last, and the orders since: as lines, of which one may be there in part. */
static void orders_are_kept_one_by_one(void **state)
{
	struct world w, x;
	struct arena arena = {0};
	char text[512];
	(void)state;
	begin(&w, "12");
	(void)result(&w, "one", "a", "start", 0, "1:1:0:u", 0, 1);
	const char *kept = cluster_state_own_history(&w.s, "one", &arena);
	const char *promote = own_orders(&w, "one", "a", "promote", 0, "2:1:0:u", &arena);
	const char *monitor = own_orders(&w, "one", "a", "monitor", 10000, "3:1:8:u", &arena);
	const char *start = own_orders(&w, "one", "b", "start", 0, "4:1:0:u", &arena);
	assert_null(own_orders(&w, "two", "c", "start", 0, "5:1:0:u", &arena));  /* another node's */
	assert_null(own_orders(&w, "one", "a", "notify", 0, "6:1:0:u", &arena)); /* is not in the history */
	assert_non_null(promote);
	assert_non_null(monitor);
	assert_non_null(start);
	world_init(&x, 1);
	assert_false(cluster_state_take_history(&x.s, "one", promote)); /* nothing without what they are added to */
	const char *all = arena_printf(&arena, "%s%s%.20s%s%s\n", kept, promote, start, monitor, start);
	assert_true(cluster_state_take_history(&x.s, "one", all));
	assert_string_equal(world_history(&x, "one", "a", text),
			    "last_0:promote:-1:193:2 monitor_10000:monitor:-1:193:3");
	assert_string_equal(world_history(&x, "one", "b", text), "last_0:start:-1:193:1");
	assert_string_equal(cluster_state_own_history(&x.s, "one", &arena),
			    cluster_state_own_history(&w.s, "one", &arena));
	cluster_state_check(&x.s);
	all = arena_printf(&arena,
			   "%s\n\n<lrm_resource id=\"d\"><lrm_rsc_op id=\"d_last_0\"/></lrm_resource>\n"
			   "<lrm_resource/>\n<lrm_resource id=\"a\"><lrm_rsc_op/></lrm_resource>\n<x/>%s",
			   kept, start);
	assert_true(cluster_state_take_history(&x.s, "one", all));
	assert_string_equal(world_history(&x, "one", "a", text), "last_0:start:0:0:1");
	assert_string_equal(world_history(&x, "one", "b", text), "last_0:start:-1:193:1");
	assert_string_equal(world_history(&x, "one", "d", text), "none");
	arena_fini(&arena);
	world_fini(&x);
	world_fini(&w);
}

static void digests_tell_states_apart(void **state)
{
	struct world w, x;
	char a[33], b[33];
	(void)state;
	begin(&w, "12");
	begin(&x, "12");
	cluster_state_digest(&w.s, a);
	cluster_state_digest(&x.s, b);
	assert_string_equal(a, b);
	(void)fenced(&w, "stranger", FENCE_OFF, NULL);
	cluster_state_digest(&w.s, a);
	assert_string_not_equal(a, b);
	(void)fenced(&x, "stranger", FENCE_OFF, NULL);
	cluster_state_digest(&x.s, b);
	assert_string_equal(a, b);
	struct message m = {.kind = MESSAGE_ATTRIBUTE};
	m.attribute.node = "two";
	m.attribute.name = "p";
	m.attribute.value = "1";
	m.attribute.private_ = true;
	(void)world_send(&x, 1, &m);
	cluster_state_digest(&x.s, b);
	assert_string_not_equal(a, b);
	world_fini(&x);
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_operation_from_order_to_result),
		cmocka_unit_test(what_was_not_expected_says_so),
		cmocka_unit_test(failures_are_counted),
		cmocka_unit_test(a_recurring_one_that_fails_at_once),
		cmocka_unit_test(what_is_under_way),
		cmocka_unit_test(what_is_not_recorded_as_pending),
		cmocka_unit_test(a_cancelled_operation_is_taken_off),
		cmocka_unit_test(the_order_of_arrival_is_that_of_call_ids),
		cmocka_unit_test(results_that_say_nothing),
		cmocka_unit_test(nodes_come_and_go),
		cmocka_unit_test(locked_resources_stay_locked),
		cmocka_unit_test(what_is_under_way_is_told),
		cmocka_unit_test(fencing_goes_on_record),
		cmocka_unit_test(who_was_fenced_has_no_attributes),
		cmocka_unit_test(failures_are_forgotten),
		cmocka_unit_test(fencings_are_forgotten),
		cmocka_unit_test(histories_are_forgotten),
		cmocka_unit_test(a_node_is_removed),
		cmocka_unit_test(attributes_go_through),
		cmocka_unit_test(quorum_and_questions),
		cmocka_unit_test(the_configuration_changes),
		cmocka_unit_test(an_agreement_completes_the_configuration),
		cmocka_unit_test(an_agreement_knows_who_is_absent),
		cmocka_unit_test(a_statement_takes_the_place_of_what_was_known),
		cmocka_unit_test(a_killed_manager_had_not_kept_all),
		cmocka_unit_test(start_states),
		cmocka_unit_test(what_is_kept_is_taken_over),
		cmocka_unit_test(orders_are_kept_one_by_one),
		cmocka_unit_test(digests_tell_states_apart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
