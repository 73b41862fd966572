/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/fence-list.h"

#include "rules/moment.h"

#include <stdio.h>
#include <string.h>

const char *fence_time_text(int64_t when_ms, int32_t zone_s, char buffer[static FENCE_TIME_SIZE])
{
	struct moment m = moment_of_epoch(when_ms / 1000, zone_s);
	char text[MOMENT_TEXT_SIZE];
	(void)moment_text(&m, MOMENT_DATE | MOMENT_TIME | MOMENT_ZONE, text);
	size_t seconds_end = strlen("2026-11-22 17:00:00");
	(void)snprintf(buffer, FENCE_TIME_SIZE, "%.*s.%06d%s", (int)seconds_end, text, (int)(when_ms % 1000) * 1000,
		       text + seconds_end);
	return buffer;
}

static bool same(const char *a, const char *b)
{
	return g_ascii_strcasecmp(a != NULL ? a : "", b != NULL ? b : "") == 0;
}

static bool same_action(const struct fence_event *a, const struct fence_event *b)
{
	return same(a->target, b->target) && same(a->action, b->action);
}

bool fence_event_is_repeated(const struct fence_record_list *l, uint32_t i)
{
	const struct fence_event *e = &l->events[i];
	for (uint32_t k = 0; k < i; k++) {
		const struct fence_event *later = &l->events[k];
		bool same_end = (later->why == NULL) == (e->why == NULL);
		if (same_action(e, later) && same_end && (e->why == NULL || same(e->member, later->member)))
			return true;
	}
	return false;
}

/* Who did later what failed here, best the same node; NULL: nobody. */
static const char *succeeded_later(const struct fence_record_list *l, uint32_t i)
{
	const struct fence_event *e = &l->events[i];
	const char *other = NULL;
	for (uint32_t k = 0; k < i; k++) {
		const struct fence_event *later = &l->events[k];
		if (later->why != NULL || !same_action(e, later) || later->when_ms <= e->when_ms)
			continue;
		if (e->member == NULL || same(e->member, later->member))
			return later->member != NULL ? later->member : "some node";
		if (other == NULL)
			other = later->member != NULL ? later->member : "some node";
	}
	return other;
}

static const char *action_words(const char *action)
{
	return strcmp(action, "on") == 0 ? "unfencing" : strcmp(action, "off") == 0 ? "turning off" : action;
}

/* Whoever wanted it is known by a name; from which node it came is not kept, and who did it stands in for that. */
static void append_origin(const struct fence_event *e, bool technical, GString *out)
{
	const char *client = e->client != NULL ? e->client : "", *member = e->member != NULL ? e->member : "";
	if (technical)
		g_string_append_printf(out, "client=%s, origin=%s", client, member);
	else
		g_string_append_printf(out, " for %s@%s", client, member);
}

static void append_end(const struct fence_event *e, GString *out)
{
	g_string_append(out, e->why != NULL ? " failed" : " successful");
	if (e->why != NULL && e->why[0] != '\0')
		g_string_append_printf(out, " (%s)", e->why);
}

void fence_event_words(const struct fence_record_list *l, uint32_t i, bool technical, bool all, GString *out)
{
	const struct fence_event *e = &l->events[i];
	char when[FENCE_TIME_SIZE];
	const char *later = e->why != NULL ? succeeded_later(l, i) : NULL;
	(void)fence_time_text(e->when_ms, l->zone_s, when);
	g_string_append_printf(out, "%s of %s", action_words(e->action), e->target);
	if (technical) {
		append_end(e, out);
		g_string_append_printf(out, ": %s%s%s", e->member != NULL ? "delegate=" : "",
				       e->member != NULL ? e->member : "", e->member != NULL ? ", " : "");
		append_origin(e, true, out);
		g_string_append_printf(out, ", %s='%s'",
				       all              ? "completed"
				       : e->why != NULL ? "last-failed"
							: "last-successful",
				       when);
	} else {
		if (e->member != NULL)
			g_string_append_printf(out, " by %s", e->member);
		append_origin(e, false, out);
		g_string_append(out, all ? "" : " last");
		append_end(e, out);
		g_string_append_printf(out, " at %s", when);
	}
	if (later != NULL)
		g_string_append_printf(out, " (a later attempt from %s succeeded)", later);
}

void fence_pending_words(const struct fence_record_list *l, uint32_t i, bool technical, GString *out)
{
	const struct fence_event *e = &l->pending[i];
	g_string_append_printf(out, "%s of %s", action_words(e->action), e->target);
	if (technical)
		g_string_append(out, " pending: ");
	append_origin(e, technical, out);
	if (!technical)
		g_string_append(out, " pending");
}

void fence_pending_markup(const struct fence_record_list *l, uint32_t i, struct markup *out)
{
	const struct fence_event *e = &l->pending[i];
	markup_empty(out, "fence_event", "action", e->action, "target", e->target, "client",
		     e->client != NULL ? e->client : "", "origin", e->member != NULL ? e->member : "", "status",
		     "pending", NULL);
}

void fence_event_markup(const struct fence_record_list *l, uint32_t i, struct markup *out)
{
	const struct fence_event *e = &l->events[i];
	char when[FENCE_TIME_SIZE];
	markup_empty(out, "fence_event", "action", e->action, "target", e->target, "client",
		     e->client != NULL ? e->client : "", "origin", e->member != NULL ? e->member : "", "status",
		     e->why != NULL ? "failed" : "success", "exit-reason", e->why, "delegate", e->member, "completed",
		     fence_time_text(e->when_ms, l->zone_s, when), NULL);
}
