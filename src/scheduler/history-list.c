/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The operations of a resource on a node as lists for people show them. */
#include "scheduler/history-private.h"

#include <string.h>

/* Where in the sorted list the resource's present life begins and where it ended; -1: nowhere. */
struct life {
	int begin, end;
};

static bool is_one_of(const char *task, const char *a, const char *b)
{
	return strcmp(task, a) == 0 || strcmp(task, b) == 0;
}

static struct life life_of(const GPtrArray *sorted)
{
	struct life life = {.begin = -1, .end = -1};
	int found_running = -1, changed_role = -1;
	for (int i = 0; i < (int)sorted->len; i++) {
		const struct element *e = g_ptr_array_index(sorted, (guint)i);
		const char *task = element_get_or(e, NAME_OPERATION, "");
		if (strcmp(task, "stop") == 0 && strcmp(element_get_or(e, NAME_OP_STATUS, ""), "0") == 0)
			life.end = i;
		else if (is_one_of(task, "start", "migrate_from"))
			life.begin = i;
		else if (found_running <= life.end && strcmp(task, "monitor") == 0 &&
			 is_one_of(element_get_or(e, NAME_RC_CODE, ""), "0", "8"))
			found_running = i;
		else if (is_one_of(task, "promote", "demote"))
			changed_role = i;
	}
	if (life.begin == -1)
		life.begin = changed_role != -1 ? changed_role : found_running;
	return life;
}

static GPtrArray *sorted_operations(const struct element *history)
{
	uint32_t count = entries_count(history);
	struct entry *all = g_new(struct entry, count);
	struct entry **sorted = g_new(struct entry *, count), **scratch = g_new(struct entry *, count);
	entries_read(history, all, sorted, scratch, count);
	GPtrArray *list = g_ptr_array_sized_new(count);
	for (uint32_t i = 0; i < count; i++)
		g_ptr_array_add(list, (gpointer)(uintptr_t)sorted[i]->xml);
	g_free(all);
	g_free(sorted);
	g_free(scratch);
	return list;
}

GPtrArray *history_operations(const struct element *history, bool active)
{
	GPtrArray *list = sorted_operations(history);
	if (!active || list->len == 0)
		return list;
	struct life life = life_of(list);
	if (life.begin < life.end)
		g_ptr_array_set_size(list, 0);
	else if (life.begin > 0)
		g_ptr_array_remove_range(list, 0, (guint)life.begin);
	return list;
}
