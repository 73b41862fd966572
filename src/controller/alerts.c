/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "controller/alerts.h"

#include "rules/interval.h"
#include "rules/values.h"
#include "scheduler/history.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>

enum { NS_IN_S = 1000000000, NS_IN_US = 1000, FRACTION_DIGITS_MAX = 6 };

/* An alert, or one with what its recipient says otherwise. */
struct alert {
	const char *id, *path, *recipient, *format;
	int64_t timeout_ms;
	unsigned int kinds;
	const struct element *names; /* <select_attributes> that names some; NULL: all */
	struct table *environment;
};

/* --- what the configuration says --- */

static void take_parameters(struct alert *a, const struct element *e)
{
	const struct element *block = element_first_named(e, NAME_INSTANCE_ATTRIBUTES);
	for_each_named(pair, block, NAME_NVPAIR)
	{
		const char *name = element_get(pair, NAME_NAME);
		if (name != NULL)
			table_set(a->environment, name, element_get_or(pair, NAME_VALUE, ""));
	}
}

/* False: it is disabled. */
static bool take_options(struct alert *a, const struct element *e, const struct alert_event *event, struct arena *arena)
{
	struct table *options = table_new(arena);
	const struct rule_input in = {.now = (int64_t)(event->when.ns / NS_IN_S), .offset_s = event->offset_s};
	bool enabled = false;
	values_unpack(e, NAME_META_ATTRIBUTES, &in, NULL, options, NULL);
	const char *value = table_get(options, "enabled");
	if (value != NULL && (!cib_parse_bool(value, &enabled) || !enabled))
		return false;
	value = table_get(options, "timeout");
	if (value != NULL && (!timeout_parse_ms(value, &a->timeout_ms) || a->timeout_ms <= 0))
		a->timeout_ms = ALERT_TIMEOUT_MS;
	value = table_get(options, "timestamp-format");
	if (value != NULL)
		a->format = value;
	return true;
}

static void take_selection(struct alert *a, const struct element *e)
{
	unsigned int kinds = 0;
	for_each_child(wanted, element_first_named(e, NAME_SELECT))
	{
		if (wanted->name == NAME_SELECT_NODES)
			kinds |= ALERT_NODE;
		else if (wanted->name == NAME_SELECT_FENCING)
			kinds |= ALERT_FENCING;
		else if (wanted->name == NAME_SELECT_RESOURCES)
			kinds |= ALERT_RESOURCE;
		else if (wanted->name == NAME_SELECT_ATTRIBUTES)
			kinds |= ALERT_ATTRIBUTE;
		if (wanted->name == NAME_SELECT_ATTRIBUTES && element_first_named(wanted, NAME_ATTRIBUTE) != NULL)
			a->names = wanted;
	}
	if (kinds != 0)
		a->kinds = kinds;
}

static bool is_selected(const struct alert *a, const struct alert_event *event)
{
	if ((a->kinds & event->kind) == 0)
		return false;
	if (event->kind != ALERT_ATTRIBUTE || a->names == NULL)
		return true;
	for_each_named(attribute, a->names, NAME_ATTRIBUTE)
	{
		if (event->name != NULL && strcmp(element_get_or(attribute, NAME_NAME, ""), event->name) == 0)
			return true;
	}
	return false;
}

/* --- the time, as the alert wants to see it --- */

static void add_plain(GString *text, GDateTime *when, const char *format, size_t length)
{
	char *piece = g_strndup(format, length), *printed = g_date_time_format(when, piece);
	g_string_append(text, printed != NULL ? printed : piece);
	g_free(printed);
	g_free(piece);
}

static void add_fraction(GString *text, uint64_t us, unsigned int digits)
{
	char all[FRACTION_DIGITS_MAX + 1];
	if (digits > FRACTION_DIGITS_MAX)
		digits = FRACTION_DIGITS_MAX;
	(void)snprintf(all, sizeof(all), "%06u", (unsigned int)us);
	g_string_append_len(text, all, digits);
}

/* %N is ours; the rest goes to GLib in pieces. */
static const char *timestamp(const char *format, const struct alert_event *event, struct arena *arena)
{
	GString *text = g_string_new(NULL);
	GTimeZone *zone = g_time_zone_new_offset(event->offset_s);
	GDateTime *utc = g_date_time_new_from_unix_utc((gint64)(event->when.ns / NS_IN_S));
	GDateTime *when = g_date_time_to_timezone(utc, zone);
	const char *from = format;
	for (const char *at = strchr(from, '%'); at != NULL && at[1] != '\0'; at = strchr(at, '%')) {
		const char *letter = at + 1 + strspn(at + 1, "0123456789");
		if (*letter == 'N') {
			add_plain(text, when, from, (size_t)(at - from));
			add_fraction(text, event->when.ns % NS_IN_S / NS_IN_US,
				     (unsigned int)g_ascii_strtoull(at + 1, NULL, 10));
			from = letter + 1;
		}
		at = *letter == '\0' ? letter : letter + 1;
	}
	add_plain(text, when, from, strlen(from));
	g_date_time_unref(when);
	g_date_time_unref(utc);
	g_time_zone_unref(zone);
	const char *ret = arena_string(arena, text->str);
	(void)g_string_free(text, TRUE);
	return ret;
}

/* --- the environment --- */

static const char *text_of(struct arena *arena, int64_t number)
{
	return arena_printf(arena, "%lld", (long long)number);
}

static void add(struct table *t, const char *name, const char *value)
{
	table_set(t, name, value != NULL ? value : "");
}

static void add_resource(struct table *t, const struct alert_event *e)
{
	add(t, "CRM_alert_rsc", e->rsc);
	add(t, "CRM_alert_task", e->task);
	add(t, "CRM_alert_interval", text_of(t->arena, e->interval_ms));
	add(t, "CRM_alert_target_rc", text_of(t->arena, e->target_rc));
	add(t, "CRM_alert_status", text_of(t->arena, e->status));
	add(t, "CRM_alert_rc", text_of(t->arena, e->rc));
	add(t, "CRM_alert_exec_time", text_of(t->arena, e->exec_ms));
	add(t, "CRM_alert_desc", e->status == EXECUTION_DONE ? agent_result_text(e->rc) : execution_text(e->status));
}

static void add_event(struct table *t, const struct alert_event *e)
{
	switch (e->kind) {
	case ALERT_NODE:
		add(t, "CRM_alert_kind", "node");
		add(t, "CRM_alert_desc", e->desc);
		add(t, "CRM_alert_nodeid", text_of(t->arena, e->node_id));
		break;
	case ALERT_FENCING:
		add(t, "CRM_alert_kind", "fencing");
		add(t, "CRM_alert_task", e->task);
		add(t, "CRM_alert_desc", e->desc);
		add(t, "CRM_alert_rc", text_of(t->arena, e->rc));
		break;
	case ALERT_RESOURCE:
		add(t, "CRM_alert_kind", "resource");
		add_resource(t, e);
		break;
	case ALERT_ATTRIBUTE:
		add(t, "CRM_alert_kind", "attribute");
		add(t, "CRM_alert_nodeid", text_of(t->arena, e->node_id));
		add(t, "CRM_alert_attribute_name", e->name);
		add(t, "CRM_alert_attribute_value", e->value);
		break;
	}
	add(t, "CRM_alert_node", e->node);
	add(t, "CRM_alert_version", ALERT_VERSION);
}

/* --- calling --- */

struct caller {
	const struct alert_event *event;
	struct arena *arena;
	uint32_t *sequence;
	alert_run *run;
	void *arg;
	unsigned int calls;
};

static void call(struct caller *c, const struct alert *a)
{
	const struct alert_event *e = c->event;
	struct table *t = table_new(c->arena);
	if (!is_selected(a, e))
		return;
	add_event(t, e);
	add(t, "CRM_alert_recipient", a->recipient);
	add(t, "CRM_alert_timestamp", timestamp(a->format, e, c->arena));
	add(t, "CRM_alert_timestamp_epoch", text_of(c->arena, (int64_t)(e->when.ns / NS_IN_S)));
	add(t, "CRM_alert_timestamp_usec",
	    arena_printf(c->arena, "%06u", (unsigned int)(e->when.ns % NS_IN_S / NS_IN_US)));
	add(t, "CRM_alert_node_sequence", text_of(c->arena, ++*c->sequence));
	for (uint32_t i = 0; i < a->environment->count; i++)
		table_set(t, a->environment->entries[i].name, a->environment->entries[i].value);
	const struct operation op = {.rsc = a->id,
				     .class_ = "alert",
				     .type = a->path,
				     .action = "alert",
				     .timeout_ms = a->timeout_ms,
				     .parameters = t};
	c->run(c->arg, &op);
	c->calls++;
}

static void call_recipients(struct caller *c, const struct element *e, const struct alert *alert)
{
	for_each_named(recipient, e, NAME_RECIPIENT)
	{
		struct alert a = *alert;
		a.recipient = element_get(recipient, NAME_VALUE);
		a.environment = table_new(c->arena);
		take_parameters(&a, recipient);
		table_add_all(a.environment, alert->environment);
		if (!take_options(&a, recipient, c->event, c->arena))
			continue;
		take_selection(&a, recipient);
		call(c, &a);
	}
}

unsigned int alerts_call(const struct element *section, const struct alert_event *event, uint32_t *sequence,
			 alert_run *run, void *arg)
{
	struct arena arena = {0};
	struct caller c = {.event = event, .arena = &arena, .sequence = sequence, .run = run, .arg = arg};
	bool is_dull = event->kind == ALERT_RESOURCE && event->interval_ms == 0 && event->rc == event->target_rc &&
		       event->task != NULL && strcmp(event->task, "monitor") == 0;
	for_each_named(e, is_dull ? NULL : section, NAME_ALERT)
	{
		struct alert a = {.id = element_id(e),
				  .path = element_get(e, NAME_PATH),
				  .format = "%H:%M:%S.%06N",
				  .timeout_ms = ALERT_TIMEOUT_MS,
				  .kinds = ALERT_NODE | ALERT_FENCING | ALERT_RESOURCE,
				  .environment = table_new(&arena)};
		if (a.id == NULL || a.path == NULL || !take_options(&a, e, event, &arena))
			continue;
		take_parameters(&a, e);
		take_selection(&a, e);
		if (element_first_named(e, NAME_RECIPIENT) != NULL)
			call_recipients(&c, e, &a);
		else
			call(&c, &a);
	}
	arena_fini(&arena);
	return c.calls;
}
