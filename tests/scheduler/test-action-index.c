/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/action-index.h"

#include "scheduler/graph.h"
#include "scheduler/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const char web_only[] = DUMMY("web", OPS(OP("monitor", "10s", "timeout='30s'")));
static const char six_nodes[] = "<node id='1' uname='n1'/><node id='2' uname='n2'/><node id='3' uname='n3'/>"
				"<node id='4' uname='n4'/><node id='5' uname='n5'/><node id='6' uname='n6'/>";

static void begin(struct world *w)
{
	world_begin(w, (struct world_parts){.resources = web_only, .nodes = six_nodes});
	scheduler_read_status(w->c);
}

static void test_chain_of_many(void **state)
{
	(void)state;
	struct world w;
	begin(&w);
	struct resource *web = world_resource(&w, "web");
	struct action *probes[6];
	assert_null(action_index_find_task(web, TASK_MONITOR));
	assert_null(action_chain_find(NULL, NULL));
	for (uint32_t i = 0; i < 6; i++)
		probes[i] = action_request(w.c, web, NULL, "monitor", 0, w.c->nodes[i], false);
	struct action_chain *chain = action_index_find_task(web, TASK_MONITOR);
	assert_ptr_equal(action_index_find(w.c, web, "WEB_monitor_0"), chain);
	assert_null(action_index_find(w.c, NULL, "web_monitor_0"));
	assert_int_equal(chain->count, 6);
	assert_ptr_equal(chain->latest, probes[5]);
	assert_ptr_equal(action_chain_find(chain, NULL), probes[0]);
	for (uint32_t i = 0; i < 6; i++) {
		assert_ptr_equal(action_chain_find(chain, w.c->nodes[i]), probes[i]);
		assert_ptr_equal(action_find_placed(web, TASK_MONITOR, w.c->nodes[i]), probes[i]);
		assert_ptr_equal(action_with_task(web, TASK_MONITOR, w.c->nodes[i]), probes[i]);
	}
	assert_ptr_equal(action_with_task(web, TASK_MONITOR, NULL), probes[5]);
	assert_null(action_with_task(web, TASK_OTHER, NULL));
	world_end(&w);
}

static void test_shared_meta(void **state)
{
	(void)state;
	struct world w;
	begin(&w);
	struct resource *web = world_resource(&w, "web");
	struct action *a = action_request(w.c, web, NULL, "monitor", 10000, w.c->nodes[0], false);
	struct action *b = action_request(w.c, web, NULL, "monitor", 10000, w.c->nodes[1], false);
	assert_ptr_equal(a->meta, b->meta);
	action_set_meta(b, "call-id", "5");
	assert_string_equal(table_get(b->meta, "call-id"), "5");
	assert_string_equal(table_get(b->meta, "timeout"), "30000");
	assert_null(table_get(a->meta, "call-id"));
	assert_ptr_equal(action_own_meta(b), b->meta);
	assert_ptr_not_equal(action_own_meta(a),
			     action_request(w.c, web, NULL, "monitor", 10000, w.c->nodes[2], false)->meta);
	world_end(&w);
}

static void test_another_task(void **state)
{
	(void)state;
	struct world w;
	begin(&w);
	struct resource *web = world_resource(&w, "web");
	struct action *a = action_request(w.c, web, NULL, "monitor", 10000, w.c->nodes[0], false);
	struct action *b = action_request(w.c, web, NULL, "monitor", 20000, w.c->nodes[0], false);
	action_set_task(a, TASK_CANCEL);
	assert_string_equal(a->task_name, "cancel");
	assert_ptr_equal(action_with_task(web, TASK_CANCEL, NULL), a);
	assert_ptr_equal(action_with_task(web, TASK_MONITOR, NULL), b);
	assert_null(b->next_same_task);
	action_set_task(b, TASK_CANCEL);
	assert_ptr_equal(action_with_task(web, TASK_CANCEL, NULL), b);
	assert_ptr_equal(b->next_same_task, a);
	world_end(&w);
}

/* Those that stay keep their order, and those that leave are the other task's. */
static void test_another_task_of_many(void **state)
{
	(void)state;
	enum { MANY = 9 };
	struct world w;
	begin(&w);
	struct resource *web = world_resource(&w, "web");
	struct action *all[MANY];
	for (int i = 0; i < MANY; i++)
		all[i] = action_request(w.c, web, NULL, "monitor", 10000 + i, w.c->nodes[0], false);
	static const int leaving[] = {4, 8, 0, 3, 7};
	unsigned left = 0;
	for (; left < sizeof(leaving) / sizeof(leaving[0]); left++) {
		action_set_task(all[leaving[left]], TASK_CANCEL);
		assert_ptr_equal(action_with_task(web, TASK_CANCEL, NULL), all[leaving[left]]);
		const struct action *a = action_with_task(web, TASK_MONITOR, NULL), *younger = NULL;
		int at = MANY;
		for (unsigned count = 0; count < MANY - left - 1; count++, younger = a, a = a->next_same_task) {
			while (all[--at]->task != TASK_MONITOR)
				continue;
			assert_ptr_equal(a, all[at]);
			assert_ptr_equal(a->previous_same_task, younger);
		}
		assert_null(a);
	}
	const struct action *a = action_with_task(web, TASK_CANCEL, NULL);
	for (; left-- > 0; a = a->next_same_task)
		assert_ptr_equal(a, all[leaving[left]]);
	assert_null(a);
	world_end(&w);
}

static void test_index_alone(void **state)
{
	(void)state;
	struct world w;
	begin(&w);
	struct resource *web = world_resource(&w, "web");
	struct action_chain *chain = action_index_new(w.c, web, "web_stop_0", TASK_OTHER);
	assert_ptr_equal(action_index_find_task(web, TASK_STOP), chain);
	assert_null(action_chain_find(chain, w.c->nodes[0]));
	struct action unplaced = {.id = 1, .rsc = web, .task = TASK_STOP, .cluster = w.c};
	action_index_add(chain, &unplaced);
	/* What has no place takes the one that is asked for. */
	assert_null(action_find_placed(web, TASK_STOP, w.c->nodes[0]));
	assert_ptr_equal(action_chain_find(chain, w.c->nodes[0]), &unplaced);
	assert_null(action_chain_find(chain, w.c->nodes[1]));
	assert_ptr_equal(unplaced.node, w.c->nodes[0]);
	world_end(&w);
}

/* What is said of an action is made when it is asked for. */
static void test_mention(void **state)
{
	(void)state;
	struct world w;
	world_begin(&w, (struct world_parts){.resources = web_only});
	scheduler_run(w.c);
	assert_true(w.c->graph->count > 0);
	struct arena arena = {0};
	for (uint32_t i = 0; i < w.c->graph->count; i++) {
		const struct synapse *s = &w.c->graph->synapses[i];
		uint32_t count = 0, found = 0;
		const struct table_entry *t = synapse_attributes(s, &arena, &count);
		for (uint32_t k = 0; k < count; k++) {
			assert_true(k == 0 || strcmp(t[k - 1].name, t[k].name) < 0);
			if (strcmp(t[k].name, "CRM_meta_on_node") == 0)
				found += strcmp(t[k].value, s->action->node->name) == 0;
		}
		assert_int_equal(found, s->event.on_node != NULL);
		assert_string_equal(graph_event_of(s->action, &arena).operation_key, s->action->key);
	}
	arena_fini(&arena);
	world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chain_of_many), cmocka_unit_test(test_shared_meta),
		cmocka_unit_test(test_another_task),  cmocka_unit_test(test_another_task_of_many),
		cmocka_unit_test(test_index_alone),   cmocka_unit_test(test_mention),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
