/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/sentence.h"

#include "rules/moment.h"

#include <glib.h>
#include <stdarg.h>
#include <string.h>

static const char *text_of(struct cluster *c, const char *before, const char *format, va_list args)
	__attribute__((format(printf, 3, 0)));

static const char *text_of(struct cluster *c, const char *before, const char *format, va_list args)
{
	char *text = g_strdup_vprintf(format, args);
	const char *kept = arena_printf(&c->arena, "%s%s", before, text);
	g_free(text);
	return kept;
}

void sentence_put(struct arena *arena, struct sentences *list, struct sentence s)
{
	if (s.code == NULL)
		return;
	for (uint32_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i].text, s.text) == 0)
			return;
	list->items = arena_room(arena, list->items, sizeof(s), list->count, &list->room, 4);
	list->items[list->count++] = s;
}

void sentence_add(struct cluster *c, struct sentences *list, const char *code, const char *cure, const char *format,
		  ...)
{
	va_list args;
	va_start(args, format);
	sentence_put(&c->arena, list, (struct sentence){code, text_of(c, "", format, args), cure});
	va_end(args);
}

const char *sentence_cure(struct cluster *c, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	const char *cure = text_of(c, "hale ", format, args);
	va_end(args);
	return cure;
}

const char *sentence_time(struct cluster *c, int64_t epoch_s)
{
	char buffer[MOMENT_TEXT_SIZE];
	struct moment m = moment_of_epoch(epoch_s, c->zone_offset_s);
	return arena_string(&c->arena, moment_text(&m, MOMENT_DATE | MOMENT_TIME | MOMENT_ZONE, buffer));
}

const char *sentence_name(const struct resource *r)
{
	if (r->parent != NULL && !r->unique && r->part == PART_NONE)
		return resource_base_id(r->cluster, r->id);
	return r->id;
}
