/* SPDX-License-Identifier: GPL-2.0-or-later */
/* state-world.h - a common state of members one, two, … that came together, for tests. */
#ifndef TEST_CONTROLLER_STATE_WORLD_H
#define TEST_CONTROLLER_STATE_WORLD_H

#include "controller/state.h"
#include "fencing/device.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define CONFIGURATION                                                                                            \
	"<cib admin_epoch='0' epoch='5' num_updates='0' validate-with='pacemaker-4.0' crm_feature_set='3.20.5'>" \
	"<configuration><crm_config/><nodes/><resources/><constraints/></configuration><status/></cib>"

enum { WORLD_NODES = 4 };
static const char *const world_names[WORLD_NODES + 1] = {"", "one", "two", "three", "four"};

struct world {
	struct cluster_state s;
	struct manager_view v;
	unsigned self, touched;
	uint64_t serials[WORLD_NODES + 1];
	bool is_lonely; /* who comes together has no quorum */
	struct cluster_state_answer answer;
};

static inline struct document *world_document(const char *text)
{
	struct document *d = NULL;
	struct error error = {0};
	if (document_parse(text, strlen(text), "test", &d, &error) != ERR_OK)
		fail_msg("%s", error.text);
	return d;
}

static inline struct member world_member(unsigned n)
{
	return (struct member){{n}, 100 + n};
}

static inline void world_init(struct world *w, unsigned self)
{
	memset(w, 0, sizeof(*w));
	w->self = self;
	cluster_state_init(&w->s);
	view_init(&w->v, world_member(self));
	cluster_state_take_document(&w->s, world_document(CONFIGURATION));
	w->s.cluster_name = g_strdup("test");
}

static inline void world_fini(struct world *w)
{
	g_free(w->answer.text);
	view_fini(&w->v);
	cluster_state_fini(&w->s);
	cluster_state_fini(&w->s);
}

/* Members "123" come together; histories[n] is what n says of itself, NULL: what this world's state says of it, unless
 * it is new. in_ring: those besides whose machines are there. */
static inline void world_agree(struct world *w, const char *group, const char *const *histories, const char *in_ring)
{
	struct arena arena = {0};
	struct member members[WORLD_NODES];
	struct statement s[WORLD_NODES + 1] = {0};
	struct nodelist_entry nodes[WORLD_NODES];
	struct agreement a;
	uint32_t count = 0;
	for (const char *g = group; *g != '\0'; g++)
		members[count++] = world_member((unsigned)(*g - '0'));
	for (unsigned n = 1; n <= WORLD_NODES; n++) {
		const struct view_part *old = view_part_by_id(&w->v, node_id_of(n));
		s[n] = (struct statement){.serial = ++w->serials[n],
					  .name = world_names[n],
					  .feature_set = "3.20.5",
					  .release = "0.1.0",
					  .version = cib_version_of(document_root(w->s.document)),
					  .digest = "",
					  .joined = old == NULL || w->v.state != VIEW_AGREED ? 0 : old->joined,
					  .last_epoch = w->v.epoch,
					  .quorate = !w->is_lonely,
					  .start_state = "default",
					  .member_count = count};
		memcpy(s[n].members, members, count * sizeof(*members));
		s[n].history =
			histories != NULL ? histories[n] : cluster_state_own_history(&w->s, world_names[n], &arena);
		nodes[n - 1] =
			(struct nodelist_entry){node_id_of(n), world_names[n], strchr(in_ring, '0' + (int)n) != NULL};
	}
	view_change(&w->v, members, count);
	for (uint32_t i = 0; i < count; i++)
		(void)view_state_of(&w->v, members[i], &s[members[i].node.v]);
	cluster_state_compose(&w->s, &w->v, w->s.document, nodes, 3, &arena, &a);
	assert_true(view_agree(&w->v, world_member(w->v.leader.v), &a, view_next_epoch(&w->v)));
	cluster_state_take_document(&w->s, world_document(a.document));
	cluster_state_take_rest(&w->s, &a);
	cluster_state_check(&w->s);
	arena_fini(&arena);
}

static inline unsigned world_send(struct world *w, unsigned sender, const struct message *m)
{
	struct member from = world_member(sender);
	g_free(w->answer.text);
	w->touched = cluster_state_apply(&w->s, &w->v, &from, m, &w->answer);
	cluster_state_check(&w->s);
	return w->touched;
}

static inline struct message world_order(const char *node, const char *rsc, const char *action, int64_t interval_ms,
					 const char *key, struct order *o)
{
	static char operation[100];
	struct message m = {.kind = MESSAGE_ORDERS};
	(void)snprintf(operation, sizeof(operation), "%s_%s_%d", rsc, action, (int)interval_ms);
	*o = (struct order){.node = node,
			    .rsc = rsc,
			    .history_id = rsc,
			    .class_ = "ocf",
			    .provider = "pacemaker",
			    .type = "Dummy",
			    .action = action,
			    .key = operation,
			    .transition_key = key,
			    .interval_ms = interval_ms,
			    .record_pending = true};
	m.orders.orders = o;
	m.orders.count = 1;
	m.orders.when.ns = UINT64_C(1000000000) * 1000u;
	return m;
}

/* An entry of rc where 0 was wanted, as it is recorded; freed with the arena. */
static inline struct message world_result(struct arena *arena, const char *node, const char *rsc, const char *action,
					  int64_t interval_ms, const char *key, int rc, int status, int call_id)
{
	struct message m = {.kind = MESSAGE_RESULT};
	bool failed = rc != 0 && status == EXECUTION_DONE;
	const char *id = failed            ? arena_printf(arena, "%s_last_failure_0", rsc)
			 : interval_ms > 0 ? arena_printf(arena, "%s_%s_%d", rsc, action, (int)interval_ms)
					   : arena_printf(arena, "%s_last_0", rsc);
	m.result.node = node;
	m.result.history_id = m.result.rsc = rsc;
	m.result.class_ = "ocf";
	m.result.provider = "pacemaker";
	m.result.type = "Dummy";
	m.result.action = action;
	m.result.interval_ms = interval_ms;
	m.result.transition_key = key;
	m.result.failed = failed;
	m.result.when.ns = UINT64_C(1000000000) * 2000u;
	m.result.entry =
		arena_printf(arena,
			     "<lrm_rsc_op id=\"%s\" operation_key=\"%s_%s_%d\" operation=\"%s\" "
			     "transition-key=\"%s\" call-id=\"%d\" rc-code=\"%d\" op-status=\"%d\" interval=\"%d\"/>",
			     id, rsc, action, (int)interval_ms, action, key, call_id, rc, status, (int)interval_ms);
	return m;
}

/* The entries of a resource as "ID:OPERATION:STATUS:RC:CALL …", or "none". */
static inline const char *world_history(const struct world *w, const char *node, const char *rsc, char text[512])
{
	size_t at = 0;
	(void)snprintf(text, 512, "none");
	for_each_named(state, document_section(w->s.document, NAME_STATUS), NAME_NODE_STATE)
	{
		const struct element *lrm = element_first_named(state, NAME_LRM);
		if (strcmp(element_get_or(state, NAME_UNAME, ""), node) != 0)
			continue;
		for_each_named(r, element_first_named(lrm, NAME_LRM_RESOURCES), NAME_LRM_RESOURCE)
		{
			if (strcmp(element_id(r), rsc) != 0)
				continue;
			for_each_named(e, r, NAME_LRM_RSC_OP) at +=
				(size_t)snprintf(text + at, 512 - at, "%s%s:%s:%s:%s:%s", at == 0 ? "" : " ",
						 element_id(e) + strlen(rsc) + 1, element_get(e, NAME_OPERATION),
						 element_get(e, NAME_OP_STATUS), element_get(e, NAME_RC_CODE),
						 element_get(e, NAME_CALL_ID));
		}
	}
	return text;
}

static inline const struct element *world_node(const struct world *w, const char *node)
{
	for_each_named(state, document_section(w->s.document, NAME_STATUS), NAME_NODE_STATE)
	{
		if (strcmp(element_get_or(state, NAME_UNAME, ""), node) == 0)
			return state;
	}
	return NULL;
}

/* "in_ccm crmd join expected" of a node, or "none". */
static inline const char *world_node_is(const struct world *w, const char *node, char text[512])
{
	const struct element *e = world_node(w, node);
	if (e == NULL)
		return "none";
	(void)snprintf(text, 512, "%s %s %s %s", element_get(e, NAME_IN_CCM), element_get(e, NAME_CRMD),
		       element_get(e, NAME_JOIN), element_get(e, NAME_EXPECTED));
	return text;
}

#endif
