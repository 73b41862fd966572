/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/node-attribute.h"

#include <string.h>

static void put_text(json_t *o, const char *name, const char *value)
{
	if (value != NULL)
		(void)json_object_set_new(o, name, json_string(value));
}

static void put_flag(json_t *o, const char *name, bool value)
{
	if (value)
		(void)json_object_set_new(o, name, json_true());
}

enum exit_code node_attribute_change(struct place *p, const struct node_attribute *a, struct error *reterr)
{
	json_t *body = json_object();
	put_text(body, "node", a->node);
	put_text(body, "name", a->name);
	put_text(body, "value", a->value);
	put_text(body, "set", a->set);
	if (a->delay_ms >= 0)
		(void)json_object_set_new(body, "delay_ms", json_integer(a->delay_ms));
	put_flag(body, "private", a->is_private);
	put_flag(body, "utilization", a->is_utilization);
	put_flag(body, "pattern", a->is_pattern);
	put_flag(body, "delay_only", a->delay_only);
	return client_post(p->io, &p->call, "/v1/attributes", body, reterr);
}

enum exit_code node_attribute_list(struct place *p, const char *name, const char *node, bool all, json_t **ret_list,
				   struct error *reterr)
{
	enum exit_code code = EXIT_OK;
	if (node == NULL && !all)
		node = place_own_node(p, &code, reterr);
	if (code != EXIT_OK)
		return code;
	char *safe_name = name != NULL ? g_uri_escape_string(name, NULL, false) : NULL;
	char *safe_node = node != NULL ? g_uri_escape_string(node, NULL, false) : NULL;
	char *path = g_strconcat("/v1/attributes?", name != NULL ? "name=" : "", name != NULL ? safe_name : "",
				 node != NULL ? "&node=" : "", node != NULL ? safe_node : "", NULL);
	code = client_get(p->io, &p->call, path, ret_list, reterr);
	g_free(path);
	g_free(safe_node);
	g_free(safe_name);
	return code;
}

void node_attribute_escape(const char *value, GString *out)
{
	static const char plain[] = "\n\r\t\"", named[] = "nrt\"";
	for (const char *c = value; *c != '\0'; c++) {
		const char *at = strchr(plain, *c);
		if (at != NULL)
			g_string_append_printf(out, "\\%c", named[at - plain]);
		else
			g_string_append_c(out, *c);
	}
}
