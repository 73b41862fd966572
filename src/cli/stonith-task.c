/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/stonith-task.h"

#include "cli/agent-info.h"
#include "cli/fence-record.h"
#include "cli/fence-run.h"
#include "fencing/device.h"
#include "rules/moment.h"

#include <stdarg.h>
#include <string.h>

enum exit_code stonith_fail(struct stonith_task *t, enum exit_code code, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	char *text = g_strdup_vprintf(format, args);
	va_end(args);
	(void)error_set(&t->error, ERR_INVALID, "%s", text);
	g_free(text);
	return code;
}

/* --- lists --- */

/* A line each, and how many there are; in XML <list name="title">. */
static void show_list(struct stonith_task *t, const char *title, const char *item, const GPtrArray *texts,
		      const char *one)
{
	struct markup *m = &t->result.markup;
	if (t->result.is_xml) {
		markup_begin(m, "list");
		markup_attribute(m, "name", title);
		markup_number(m, "count", texts->len);
	}
	for (guint i = 0; i < texts->len; i++) {
		const char *text = g_ptr_array_index(texts, i);
		if (t->result.is_xml)
			markup_text_with(m, "item", "name", item, text);
		else
			result_line(&t->result, "%s", text);
	}
	if (t->result.is_xml)
		markup_end(m);
	else
		result_line(&t->result, "%u %s%s found", texts->len, one, texts->len == 1 ? "" : "s");
}

static void add_text(GPtrArray *list, const char *text)
{
	g_ptr_array_add(list, (gpointer)(uintptr_t)text);
}

enum exit_code stonith_list_installed(struct stonith_task *t)
{
	struct verb v = {.io = t->io, .line = t->line, .name = "stonith_admin"};
	GArray *names = agent_names(&v, "stonith", NULL);
	GPtrArray *texts = g_ptr_array_new();
	for (guint i = 0; i < names->len; i++)
		add_text(texts, g_array_index(names, struct agent_name, i).type);
	show_list(t, "installed fence devices", "device", texts, "fence device");
	g_ptr_array_unref(texts);
	(void)g_array_free(names, TRUE);
	return EXIT_OK;
}

/* --- devices --- */

static enum exit_code read_devices(struct stonith_task *t, struct fence_device **ret, uint32_t *ret_count)
{
	struct document *d = NULL;
	struct cluster *c = NULL;
	int64_t now = (int64_t)(t->io->now.ns / 1000000000u);
	enum exit_code code = place_read(&t->place, now, &d, &c, &t->error);
	if (code == EXIT_OK)
		*ret = fence_devices_read(d, now, t->io->arena, ret_count);
	cluster_free(c);
	document_free(d);
	return code;
}

static enum exit_code find_device(struct stonith_task *t, const char *id, const struct fence_device **ret)
{
	struct fence_device *devices = NULL;
	uint32_t count = 0;
	enum exit_code code = read_devices(t, &devices, &count);
	for (uint32_t i = 0; i < count; i++) {
		if (strcmp(devices[i].id, id) == 0) {
			*ret = &devices[i];
			return EXIT_OK;
		}
	}
	return code != EXIT_OK ? code : stonith_fail(t, EXIT_NO_SUCH, "there is no enabled fence device %s", id);
}

static enum exit_code ask(struct stonith_task *t, const struct fence_device *d, enum fence_action action,
			  const char *node, struct fence_run_end *ret)
{
	const struct fence_command *c = &d->commands[action];
	const struct table *input = fence_device_input(d, action, node, NULL, t->io->arena);
	return fence_run(t->io, d->type, d->id, c->name, input, c->timeout_ms > 0 ? c->timeout_ms : t->timeout_ms, ret,
			 &t->error);
}

static bool ended_well(const struct fence_run_end *e)
{
	return e->why == NULL && e->rc == 0;
}

/* Names are the first words of lines, "n1,alias,status" too. */
static void add_printed(struct stonith_task *t, const char *output, GPtrArray *targets)
{
	char **lines = g_strsplit_set(output, "\n", -1);
	for (char **l = lines; *l != NULL; l++) {
		const char *begin = *l + strspn(*l, " \t");
		size_t length = strcspn(begin, ",; \t\r");
		if (length > 0)
			add_text(targets, arena_string_n(t->io->arena, begin, length));
	}
	g_strfreev(lines);
}

/* "n1:1;n2:2,3" and "n1,n2 n3": what stands before a port is a node. */
static void add_configured(struct stonith_task *t, const char *text, GPtrArray *targets)
{
	char **words = g_strsplit_set(text != NULL ? text : "", "; \t\n", -1);
	for (char **w = words; *w != NULL; w++) {
		char *colon = strpbrk(*w, ":=");
		if (colon != NULL)
			*colon = '\0';
		char **names = g_strsplit(*w, ",", -1);
		for (char **n = names; *n != NULL; n++)
			if (**n != '\0')
				add_text(targets, arena_string(t->io->arena, *n));
		g_strfreev(names);
	}
	g_strfreev(words);
}

/* What its lists say, else its agent. */
static enum exit_code read_targets(struct stonith_task *t, const struct fence_device *d, GPtrArray *targets)
{
	struct fence_run_end end;
	add_configured(t, table_get(d->parameters, "pcmk_host_map"), targets);
	add_configured(t, table_get(d->parameters, "pcmk_host_list"), targets);
	if (targets->len > 0)
		return EXIT_OK;
	enum exit_code code = ask(t, d, FENCE_LIST, NULL, &end);
	if (code != EXIT_OK)
		return code;
	if (!ended_well(&end))
		return stonith_fail(t, EXIT_ERROR, "Couldn't list targets: %s %s", d->type,
				    end.why != NULL ? end.why : "has no list, or could not give it");
	add_printed(t, end.out, targets);
	return EXIT_OK;
}

enum exit_code stonith_list_targets(struct stonith_task *t, const char *device)
{
	const struct fence_device *d = NULL;
	GPtrArray *targets = g_ptr_array_new();
	enum exit_code code = find_device(t, device, &d);
	if (code == EXIT_OK)
		code = read_targets(t, d, targets);
	if (code == EXIT_OK)
		show_list(t, "fence targets", NULL, targets, "fence target");
	g_ptr_array_unref(targets);
	return code;
}

/* A list that cannot be had now does not say no. */
static bool can_fence(struct stonith_task *t, const struct fence_device *d, const char *host)
{
	bool is_listed =
		table_get(d->parameters, "pcmk_host_list") != NULL || table_get(d->parameters, "pcmk_host_map") != NULL;
	struct fence_run_end end;
	bool can = true;
	if (is_listed || d->host_check == HOST_CHECK_STATIC || d->host_check == HOST_CHECK_NONE)
		return fence_device_target(d, host, t->io->arena) != NULL;
	if (ask(t, d, FENCE_LIST, NULL, &end) == EXIT_OK && ended_well(&end)) {
		GPtrArray *targets = g_ptr_array_new();
		add_printed(t, end.out, targets);
		can = false;
		for (guint i = 0; i < targets->len; i++)
			can = can || g_ascii_strcasecmp(g_ptr_array_index(targets, i), host) == 0;
		g_ptr_array_unref(targets);
	}
	t->error.text[0] = '\0';
	return can;
}

enum exit_code stonith_list(struct stonith_task *t, const char *host)
{
	struct fence_device *devices = NULL;
	uint32_t count = 0;
	enum exit_code code = read_devices(t, &devices, &count);
	if (code != EXIT_OK)
		return code;
	GPtrArray *texts = g_ptr_array_new();
	for (uint32_t i = 0; i < count; i++)
		if (host == NULL || can_fence(t, &devices[i], host))
			add_text(texts, devices[i].id);
	show_list(t, "registered fence devices", "device", texts, "fence device");
	g_ptr_array_unref(texts);
	return EXIT_OK;
}

enum exit_code stonith_query(struct stonith_task *t, const char *device)
{
	const struct fence_device *d = NULL;
	struct fence_run_end end;
	enum exit_code code = find_device(t, device, &d);
	if (code == EXIT_OK)
		code = ask(t, d, FENCE_MONITOR, NULL, &end);
	if (code != EXIT_OK || ended_well(&end))
		return code;
	char *said = g_strchomp(g_strdup(end.err));
	code = stonith_fail(t, end.timed_out ? EXIT_TIMEOUT : EXIT_ERROR, "%s does not answer: %s", device,
			    end.why != NULL   ? end.why
			    : said[0] != '\0' ? said
					      : "its agent says so");
	g_free(said);
	return code;
}

/* --- agents --- */

enum exit_code stonith_metadata(struct stonith_task *t)
{
	struct fence_run_end end;
	enum exit_code code = fence_run(t->io, t->agent, NULL, "metadata", NULL, t->timeout_ms, &end, &t->error);
	if (code == EXIT_NO_SUCH)
		return stonith_fail(t, code, "Can't get fence agent meta-data: No such device");
	if (code != EXIT_OK)
		return code;
	if (!ended_well(&end))
		return stonith_fail(t, end.timed_out ? EXIT_TIMEOUT : EXIT_ERROR, "Can't get fence agent meta-data: %s",
				    end.why != NULL ? end.why : "the agent failed");
	result_cdata(&t->result, "metadata", end.out);
	result_line(&t->result, "%s", end.out);
	return EXIT_OK;
}

static void put_output(struct stonith_task *t, const char *source, const char *text)
{
	if (text[0] == '\0')
		return;
	if (t->result.is_xml)
		markup_text_with(&t->result.markup, "output", "source", source, text);
	else
		result_line(&t->result, "%s", text);
}

static void show_validation(struct stonith_task *t, enum exit_code code, const struct fence_run_end *e)
{
	struct markup *m = &t->result.markup;
	if (t->result.is_xml) {
		markup_begin(m, "validate");
		markup_attribute(m, "agent", t->agent);
		markup_flag(m, "valid", code == EXIT_OK);
		markup_attribute(m, "device", t->device);
		markup_begin(m, "command");
		markup_number(m, "code", (int)code);
	} else if (!t->quiet) {
		result_line(&t->result, "Validation of %s%s%s %s", t->agent, t->device != NULL ? " on " : "",
			    t->device != NULL ? t->device : "", code == EXIT_OK ? "succeeded" : "failed");
	}
	if (t->result.is_xml || !t->quiet) {
		put_output(t, "stdout", e->out);
		put_output(t, "stderr", e->why != NULL ? e->why : e->err);
	}
	if (t->result.is_xml) {
		markup_end(m);
		markup_end(m);
	}
}

enum exit_code stonith_validate(struct stonith_task *t)
{
	struct fence_run_end end = {.out = "", .err = ""};
	enum exit_code code =
		fence_run(t->io, t->agent, t->device, "validate-all", t->parameters, t->timeout_ms, &end, &t->error);
	if (code == EXIT_NO_SUCH)
		end.err = arena_string(t->io->arena, t->error.text);
	else if (code != EXIT_OK)
		return code;
	else if (!ended_well(&end))
		code = end.timed_out ? EXIT_TIMEOUT : EXIT_ERROR;
	t->error.text[0] = '\0';
	show_validation(t, code, &end);
	return code;
}

/* --- the record --- */

static bool is_about(const struct fence_event *e, const char *node)
{
	return strcmp(node, "*") == 0 || g_ascii_strcasecmp(e->target, node) == 0;
}

static enum exit_code forget(struct stonith_task *t, const char *node)
{
	json_t *body = json_pack("{s:s}", "what", "fences");
	if (strcmp(node, "*") != 0)
		(void)json_object_set_new(body, "node", json_string(node));
	return client_post(t->io, &t->place.call, "/v1/forget", body, &t->error);
}

static void show_event(struct stonith_task *t, const struct fence_record_list *l, uint32_t i, bool all)
{
	if (t->result.is_xml) {
		fence_event_markup(l, i, &t->result.markup);
		return;
	}
	GString *words = g_string_new(NULL);
	fence_event_words(l, i, true, all, words);
	result_line(&t->result, "%s", words->str);
	(void)g_string_free(words, TRUE);
}

/* What is under way, where everything is told. */
static uint32_t show_pending(struct stonith_task *t, const struct fence_record_list *l, const char *node, bool count)
{
	bool all = t->line->verbosity > 0 && !t->quiet;
	uint32_t shown = 0;
	for (uint32_t i = 0; i < l->pending_count && all; i++) {
		if (!is_about(&l->pending[i], node))
			continue;
		shown++;
		if (count)
			continue;
		if (t->result.is_xml) {
			fence_pending_markup(l, i, &t->result.markup);
			continue;
		}
		GString *words = g_string_new(NULL);
		fence_pending_words(l, i, true, words);
		result_line(&t->result, "%s", words->str);
		(void)g_string_free(words, TRUE);
	}
	return shown;
}

/* Of this node, or of all: everything, or the latest that worked. */
static uint32_t show_events(struct stonith_task *t, const struct fence_record_list *l, const char *node)
{
	bool all = t->line->verbosity > 0 && !t->quiet;
	uint32_t shown = 0;
	for (uint32_t i = 0; i < l->count && (all || shown == 0); i++) {
		const struct fence_event *e = &l->events[i];
		if (!is_about(e, node) || (!all && e->why != NULL))
			continue;
		shown++;
		if (t->quiet && t->result.is_text)
			result_line(&t->result, "%lld", (long long)(e->when_ms / 1000));
		else
			show_event(t, l, i, all);
	}
	return shown;
}

static uint32_t count_events(const struct stonith_task *t, const struct fence_record_list *l, const char *node)
{
	bool all = t->line->verbosity > 0 && !t->quiet;
	uint32_t count = 0;
	for (uint32_t i = 0; i < l->count; i++)
		count += is_about(&l->events[i], node) && (all || l->events[i].why == NULL);
	return all ? count : MIN(count, 1);
}

enum exit_code stonith_history(struct stonith_task *t, const char *node, bool cleanup, bool broadcast)
{
	struct fence_record_list list = {0};
	if (cleanup && !t->quiet)
		result_line(&t->result, "cleaning up fencing-history for node %s", node);
	if (broadcast && !t->quiet)
		result_line(&t->result, "gather fencing-history from all nodes");
	if (cleanup)
		return forget(t, node);
	enum exit_code code = fence_record_read(&t->place, &list, &t->error);
	if (code != EXIT_OK)
		return code;
	uint32_t count = show_pending(t, &list, node, true) + count_events(t, &list, node);
	if (t->result.is_xml) {
		markup_begin(&t->result.markup, "list");
		markup_attribute(&t->result.markup, "name", "fencing history");
		markup_number(&t->result.markup, "count", count);
	}
	(void)show_pending(t, &list, node, false);
	(void)show_events(t, &list, node);
	if (t->result.is_xml)
		markup_end(&t->result.markup);
	else if (!t->quiet)
		result_line(&t->result, "%u event%s found", count, count == 1 ? "" : "s");
	return EXIT_OK;
}

/* NULL: no node has this id. */
static const char *name_of(struct stonith_task *t, const char *id)
{
	GPtrArray *found = g_ptr_array_new();
	struct document *d = NULL;
	const char *name = NULL;
	enum exit_code code = EXIT_NO_SUCH;
	if (place_is_literal(id))
		code = place_select(&t->place,
				    arena_printf(t->io->arena, "/cib/configuration/nodes/node[@id='%s']", id), found,
				    &d, &t->error);
	if (code == EXIT_OK)
		name = arena_string(t->io->arena, element_get(g_ptr_array_index(found, 0), NAME_UNAME));
	document_free(d);
	g_ptr_array_unref(found);
	return name;
}

enum exit_code stonith_last(struct stonith_task *t, const char *node, bool by_id)
{
	struct fence_record_list list = {0};
	enum exit_code code = fence_record_read(&t->place, &list, &t->error);
	const char *name = code == EXIT_OK && by_id ? name_of(t, node) : node;
	if (code != EXIT_OK)
		return code;
	int64_t when_s = 0;
	for (uint32_t i = 0; name != NULL && i < list.count && when_s == 0; i++) {
		const struct fence_event *e = &list.events[i];
		if (is_about(e, name) && e->why == NULL && strcmp(e->action, "on") != 0)
			when_s = e->when_ms / 1000;
	}
	t->error.text[0] = '\0';
	if (when_s == 0) {
		result_line(&t->result, "Node %s has never been fenced", node);
		return EXIT_OK;
	}
	const char *when = edit_time_text((wall_time){(uint64_t)when_s * 1000000000u}, list.zone_s, t->io->arena);
	result_line(&t->result, "Node %s last fenced at: %s", node, when);
	if (t->result.is_xml) {
		struct moment m = moment_of_epoch(when_s, list.zone_s);
		char text[MOMENT_TEXT_SIZE];
		markup_empty(&t->result.markup, "last-fenced", "target", node, "when",
			     moment_text(&m, MOMENT_DATE | MOMENT_TIME | MOMENT_ZONE, text), NULL);
	}
	return EXIT_OK;
}
