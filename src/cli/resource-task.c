/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all commands of crm_resource need: the configuration, what is in it, and how to say what is wrong. */
#include "cib/upgrade.h"
#include "cli/resource-task-private.h"

#include <stdarg.h>
#include <string.h>

enum exit_code task_fail(struct resource_task *t, enum exit_code code, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	char *text = g_strdup_vprintf(format, args);
	va_end(args);
	t->why = arena_string(t->io->arena, text);
	g_free(text);
	return code;
}

void task_tell(struct resource_task *t, const char *format, ...)
{
	if (!t->result.is_text || t->line->quiet)
		return;
	va_list args;
	va_start(args, format);
	(void)vfprintf(t->io->out, format, args);
	va_end(args);
	(void)fputc('\n', t->io->out);
}

/* --- the configuration --- */

struct cluster *task_cluster(struct resource_task *t, const struct document *d)
{
	int64_t now = (int64_t)(t->io->now.ns / 1000000000u);
	struct document *newest = document_clone(d);
	if (document_section(newest, NAME_STATUS) == NULL)
		(void)element_add(document_root(newest), NAME_STATUS);
	if (cib_upgrade(newest, &t->error) != ERR_OK) {
		document_free(newest);
		(void)task_fail(t, EXIT_CONFIGURATION, "Could not upgrade the current CIB XML: %s", t->error.text);
		return NULL;
	}
	struct cluster *c = cluster_new(newest, now);
	c->zone_offset_s = io_zone_offset(now);
	c->sanitized = t->place.path != NULL;
	return c;
}

void task_cluster_free(struct cluster *c)
{
	if (c == NULL)
		return;
	struct document *d = c->document;
	cluster_free(c);
	document_free(d);
}

void task_unload(struct resource_task *t)
{
	task_cluster_free(t->cluster);
	document_free(t->original);
	t->cluster = NULL;
	t->original = NULL;
	t->rsc = NULL;
	t->node = NULL;
}

static enum exit_code unconnected(struct resource_task *t, enum exit_code code)
{
	if (code == EXIT_DISCONNECTED)
		return task_fail(t, code, "Could not connect to the CIB: Transport endpoint is not connected: %s",
				 t->error.text);
	return task_fail(t, code, "Could not connect to the CIB: %s", t->error.text);
}

enum exit_code task_load(struct resource_task *t)
{
	struct document *d = NULL;
	enum exit_code code = place_load(&t->place, &d, &t->error);
	if (code != EXIT_OK)
		return unconnected(t, code);
	task_unload(t);
	t->original = d;
	t->cluster = task_cluster(t, d);
	if (t->cluster == NULL)
		return EXIT_CONFIGURATION;
	scheduler_read_status(t->cluster);
	return EXIT_OK;
}

enum exit_code task_make(struct resource_task *t, struct document *now)
{
	enum exit_code code = place_make(&t->place, t->original, now, &t->error);
	return code == EXIT_OK ? code : task_fail(t, code, "%s", t->error.text);
}

/* --- what is in it --- */

struct resource *task_find(const struct cluster *c, const char *id, bool any)
{
	unsigned flags = FIND_HISTORY_ID | (any ? FIND_ANY : FIND_ANONYMOUS);
	for (uint32_t i = 0; i < c->resources.count; i++) {
		struct resource *r = resource_find_below(c->resources.items[i], id, NULL, flags);
		if (r != NULL)
			return r;
	}
	return NULL;
}

bool task_is_active_on(const struct resource *r, const struct node *n)
{
	for (uint32_t i = 0; i < r->active.count; i++)
		if (n == NULL || r->active.items[i] == n)
			return true;
	for_each_child_of(child, r)
	{
		if (task_is_active_on(child, n))
			return true;
	}
	return false;
}

const char *task_base_id(struct resource_task *t, const char *id)
{
	const char *colon = strrchr(id, ':');
	bool is_numbered = colon != NULL && colon[1] != '\0' && colon[1 + strspn(colon + 1, "0123456789")] == '\0';
	return is_numbered ? arena_string_n(t->io->arena, id, (size_t)(colon - id)) : id;
}
