/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/status-live.h"

#include <stdlib.h>
#include <string.h>

static const char *text_of(const json_t *o, const char *name)
{
	return json_string_value(json_object_get(o, name));
}

static void read_members(struct verb *v, struct status_live *s)
{
	size_t i;
	json_t *m;
	json_array_foreach (json_object_get(s->status, "members"), i, m) {
		const char *trouble = text_of(m, "trouble"), *name = text_of(m, "name");
		if (json_is_true(json_object_get(m, "leader")))
			s->leader = name;
		if (trouble != NULL && name != NULL)
			g_ptr_array_add(s->troubles,
					(gpointer)(uintptr_t)arena_printf(v->io->arena, "%s: %s", name, trouble));
	}
}

static const char *when_text(struct verb *v, const json_t *fence)
{
	int64_t s = json_integer_value(json_object_get(fence, "when_ms")) / 1000;
	return edit_time_text((wall_time){(uint64_t)s * 1000000000u}, io_zone_offset(s), v->io->arena);
}

static bool is_pending_fence(struct verb *v, struct status_live *s, const json_t *f)
{
	const char *client = text_of(f, "client");
	if (!json_is_true(json_object_get(f, "pending")))
		return false;
	g_ptr_array_add(s->fencing, (gpointer)(uintptr_t)arena_printf(v->io->arena, "%s of %s, since %s%s%s",
								      text_of(f, "action"), text_of(f, "target"),
								      when_text(v, f), client != NULL ? ", for " : "",
								      client != NULL ? client : ""));
	return true;
}

/* The record has the latest first: of each target only that one counts. */
static void take_fences(struct verb *v, struct status_live *s, const json_t *list)
{
	GHashTable *seen = g_hash_table_new(g_str_hash, g_str_equal);
	size_t i;
	json_t *f;
	json_array_foreach (list, i, f) {
		const char *target = text_of(f, "target"), *why = text_of(f, "why"), *action = text_of(f, "action");
		if (target == NULL || action == NULL || is_pending_fence(v, s, f) ||
		    !g_hash_table_add(seen, (gpointer)(uintptr_t)target) ||
		    json_is_true(json_object_get(f, "succeeded")))
			continue;
		g_ptr_array_add(s->failed_fences, (gpointer)(uintptr_t)arena_printf(
							  v->io->arena, "%s of %s failed at %s: %s", action, target,
							  when_text(v, f), why != NULL ? why : "unknown"));
	}
	g_hash_table_unref(seen);
}

enum exit_code status_live_read(struct verb *v, struct status_live *ret)
{
	struct error error = {0};
	json_t *fences = NULL;
	*ret = (struct status_live){.view = "unknown",
				    .fencing = g_ptr_array_new(),
				    .failed_fences = g_ptr_array_new(),
				    .troubles = g_ptr_array_new()};
	if (v->file != NULL)
		return EXIT_OK;
	enum exit_code code = client_get(v->io, &v->call, "/v1/status", &ret->status, &error);
	if (code == EXIT_OK)
		code = client_get(v->io, &v->call, "/v1/fences", &fences, &error);
	if (code != EXIT_OK)
		return verb_fail(v, code, "%s", error.text);
	ret->known = true;
	ret->quorate = json_is_true(json_object_get(ret->status, "quorate"));
	ret->view = text_of(ret->status, "view") != NULL ? text_of(ret->status, "view") : "unknown";
	ret->doing = text_of(ret->status, "leader");
	read_members(v, ret);
	take_fences(v, ret, fences);
	json_decref(fences);
	return EXIT_OK;
}

void status_live_fini(struct status_live *s)
{
	json_decref(s->status);
	g_ptr_array_unref(s->fencing);
	g_ptr_array_unref(s->failed_fences);
	g_ptr_array_unref(s->troubles);
}

/* op-status -1: it was begun, and its end is not known yet. */
static bool is_pending(const struct element *op)
{
	return strcmp(element_get_or(op, NAME_OP_STATUS, ""), "-1") == 0;
}

static void add_pending(struct verb *v, const struct cluster *c, const struct element *op, const char *rsc,
			const char *node, GPtrArray *lines)
{
	const char *begun = element_get(op, NAME_LAST_RC_CHANGE);
	int64_t seconds = begun != NULL ? c->now - strtoll(begun, NULL, 10) : 0;
	const char *since = seconds > 0 ? arena_printf(v->io->arena, ", since %lld s", (long long)seconds) : "";
	g_ptr_array_add(lines, (gpointer)(uintptr_t)arena_printf(v->io->arena, "%s of %s on %s%s",
								 element_get_or(op, NAME_OPERATION, "an operation"),
								 rsc, node, since));
}

GPtrArray *status_pending(struct verb *v, struct cluster *c)
{
	GPtrArray *lines = g_ptr_array_new();
	for_each_named(state, document_section(v->old, NAME_STATUS), NAME_NODE_STATE)
	{
		const struct element *all =
			element_first_named(element_first_named(state, NAME_LRM), NAME_LRM_RESOURCES);
		for_each_named(r, all, NAME_LRM_RESOURCE)
		{
			for_each_named(op, r, NAME_LRM_RSC_OP)
			{
				if (is_pending(op))
					add_pending(v, c, op, element_id(r), element_get_or(state, NAME_UNAME, "?"),
						    lines);
			}
		}
	}
	return lines;
}
