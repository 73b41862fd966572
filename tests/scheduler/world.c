/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const char *or_empty(const char *text)
{
	return text != NULL ? text : "";
}

static void add_member(GString *xml, int number, const char *history, const char *attributes)
{
	g_string_append_printf(xml,
			       "<node_state id='%d' uname='n%d' in_ccm='true' crmd='online' join='member' "
			       "expected='member'>"
			       "<transient_attributes id='%d'><instance_attributes id='status-%d'>%s"
			       "</instance_attributes></transient_attributes>"
			       "<lrm id='%d'><lrm_resources>%s</lrm_resources></lrm></node_state>",
			       number, number, number, number, or_empty(attributes), number, or_empty(history));
}

void world_begin(struct world *w, struct world_parts parts)
{
	GString *xml = g_string_new(NULL);
	g_string_append_printf(xml,
			       "<cib validate-with='pacemaker-4.0' %s><configuration><crm_config>"
			       "<cluster_property_set id='cib-bootstrap-options'>"
			       "<nvpair id='o-fencing' name='fencing-enabled' value='false'/>%s</cluster_property_set>"
			       "</crm_config><nodes>%s</nodes><resources>%s</resources><constraints>%s</constraints>%s"
			       "</configuration><status>",
			       parts.root != NULL ? parts.root : "have-quorum='1' dc-uuid='1'", or_empty(parts.options),
			       parts.nodes != NULL ? parts.nodes
						   : "<node id='1' uname='n1'/><node id='2' uname='n2'/>"
						     "<node id='3' uname='n3'/>",
			       or_empty(parts.resources), or_empty(parts.constraints), or_empty(parts.sections));
	if (parts.options != NULL && strstr(parts.options, "fencing-enabled") != NULL) {
		/* The first value of a name counts. */
		const char *own = "<nvpair id='o-fencing' name='fencing-enabled' value='false'/>";
		g_string_erase(xml, strstr(xml->str, own) - xml->str, (gssize)strlen(own));
	}
	for (int i = 0; i < 3 && parts.status == NULL; i++)
		add_member(xml, i + 1, parts.history[i], parts.attributes[i]);
	g_string_append_printf(xml, "%s</status></cib>", or_empty(parts.status));
	struct error error;
	assert_int_equal(document_parse(xml->str, xml->len, "test", &w->d, &error), ERR_OK);
	w->c = cluster_new(w->d, WORLD_NOW);
	(void)g_string_free(xml, TRUE);
}

void world_end(struct world *w)
{
	cluster_free(w->c);
	document_free(w->d);
}

struct resource *world_resource(const struct world *w, const char *id)
{
	struct resource *r = resource_find_exact(w->c, id);
	assert_non_null(r);
	return r;
}

struct node *world_node(const struct world *w, const char *name)
{
	struct node *n = node_find(w->c, name);
	assert_non_null(n);
	return n;
}

bool world_complained(const struct world *w, const char *text)
{
	for (const struct complaint *complaint = w->c->complaints; complaint != NULL; complaint = complaint->next)
		if (strstr(complaint->text, text) != NULL)
			return true;
	return false;
}
