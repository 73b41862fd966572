/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transition/wish.h"

#include "transition/result.h"

#include <string.h>
#include <strings.h>

/* The pair of this name in the block, or NULL. */
static struct element *pair_find(const struct element *block, const char *name)
{
	for_each_named(pair, block,
		       NAME_NVPAIR) if (strcmp(element_get_or(pair, NAME_NAME, ""), name) == 0) return pair;
	return NULL;
}

/* Sets a pair in every block that has it; a wish counts whatever block wins. Makes one in the first block, or a block
 * of this id, where there is none. */
static void pair_set(struct element *parent, cib_name block_name, const char *block_id, const char *name,
		     const char *value)
{
	bool found = false;
	for_each_named(block, parent, block_name)
	{
		struct element *pair = pair_find(block, name);
		if (pair != NULL)
			element_set(pair, NAME_VALUE, value);
		found |= pair != NULL;
	}
	if (found)
		return;
	struct element *block = element_first_named(parent, block_name);
	if (block == NULL) {
		block = element_add(parent, block_name);
		element_set(block, NAME_ID, block_id);
	}
	struct element *pair = element_add(block, NAME_NVPAIR);
	char *id = g_strdup_printf("%s-%s", block_id, name);
	element_set(pair, NAME_ID, id);
	g_free(id);
	element_set(pair, NAME_NAME, name);
	element_set(pair, NAME_VALUE, value);
}

static struct element *section(struct document *d, cib_name name)
{
	struct element *e = document_section(d, name);
	return e != NULL ? e : element_add(document_configuration(d), name);
}

enum err wish_node_attribute(struct document *d, const char *node, const char *name, const char *value,
			     struct error *reterr)
{
	struct element *found = NULL;
	for_each_named(e, section(d, NAME_NODES), NAME_NODE)
	{
		if (strcasecmp(element_get_or(e, NAME_UNAME, ""), node) == 0)
			found = e;
	}
	struct element *state = NULL;
	for_each_named(e, document_section(d, NAME_STATUS), NAME_NODE_STATE)
	{
		if (strcasecmp(element_get_or(e, NAME_UNAME, ""), node) == 0)
			state = e;
	}
	if (found == NULL && state == NULL)
		return error_set(reterr, ERR_NOT_FOUND, "there is no node '%s'", node);
	if (found != NULL) {
		char *id = g_strdup_printf("nodes-%s", element_get_or(found, NAME_ID, node));
		pair_set(found, NAME_INSTANCE_ATTRIBUTES, id, name, value);
		g_free(id);
	}
	if (state != NULL && (found == NULL || status_attribute_get(state, name) != NULL))
		status_attribute_set(state, name, value);
	return ERR_OK;
}

void wish_option(struct document *d, const char *name, const char *value)
{
	pair_set(section(d, NAME_CRM_CONFIG), NAME_CLUSTER_PROPERTY_SET, "cib-bootstrap-options", name, value);
}

enum err wish_meta(struct document *d, const char *id, const char *name, const char *value, struct error *reterr)
{
	static const cib_name kinds[] = {NAME_PRIMITIVE, NAME_GROUP, NAME_CLONE, NAME_BUNDLE};
	struct element *e = document_by_id(d, id);
	bool is_resource = false;
	for (size_t i = 0; e != NULL && i < G_N_ELEMENTS(kinds); i++)
		is_resource |= e->name == kinds[i];
	if (!is_resource)
		return error_set(reterr, ERR_NOT_FOUND, "no resource '%s' is configured", id);
	char *block = g_strdup_printf("%s-meta_attributes", id);
	pair_set(e, NAME_META_ATTRIBUTES, block, name, value);
	g_free(block);
	return ERR_OK;
}
