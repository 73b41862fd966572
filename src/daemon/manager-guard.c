/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/manager-guard.h"

#include <string.h>

static bool is(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* The entry of what was done last, or NULL. */
static bool is_active(const struct element *resource)
{
	char *id = g_strdup_printf("%s_last_0", element_get_or(resource, NAME_ID, ""));
	const struct element *last = element_child_by_id(resource, NAME_LRM_RSC_OP, id);
	g_free(id);
	if (last == NULL) /* only recurring operations, or failures: it has been something */
		return element_first_named(resource, NAME_LRM_RSC_OP) != NULL;
	bool stopped = is(element_get(last, NAME_OPERATION), "stop") && is(element_get(last, NAME_RC_CODE), "0");
	return !stopped && !is(element_get(last, NAME_RC_CODE), "7");
}

bool manager_runs_something(const struct document *d, const char *node)
{
	for_each_named(state, document_section(d, NAME_STATUS), NAME_NODE_STATE)
	{
		if (!is(element_get(state, NAME_UNAME), node))
			continue;
		const struct element *lrm = element_first_named(state, NAME_LRM);
		for_each_named(resource, element_first_named(lrm, NAME_LRM_RESOURCES), NAME_LRM_RESOURCE)
		{
			if (!is(element_get(resource, NAME_CLASS), "stonith") && is_active(resource))
				return true;
		}
	}
	return false;
}

bool manager_is_well(const struct controller *c)
{
	const struct document *d = controller_state(c)->document;
	const char *self = controller_name(c);
	return controller_is_quorate(c) || is(document_option(d, "no-quorum-policy", NULL), "ignore") ||
	       !manager_runs_something(d, self);
}

bool manager_fence_panics(const struct cluster_state *s)
{
	return is(document_option(s->document, "fencing-reaction", "fence-reaction"), "panic");
}

bool manager_wants_watchdog_told(const struct controller *c, struct edit *ret_edit)
{
	const struct manager_view *v = controller_view(c);
	bool known = true;
	if (v->state != VIEW_AGREED || !view_is_leader(v))
		return false;
	const char *value = document_option(controller_state(c)->document, "have-watchdog", NULL);
	if (value != NULL && cib_parse_bool(value, &known) && known)
		return false;
	*ret_edit = (struct edit){
		.kind = EDIT_MODIFY,
		.scope = "crm_config",
		.body = "<crm_config><cluster_property_set id=\"cib-bootstrap-options\"><nvpair "
			"id=\"cib-bootstrap-options-have-watchdog\" name=\"have-watchdog\" value=\"true\"/>"
			"</cluster_property_set></crm_config>",
		.allow_create = true,
	};
	return true;
}
