/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transcript.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static long long ms(mono_time t)
{
	return (long long)(t.ns / 1000000u);
}

static void on_run(void *host, const struct fence_run *run)
{
	struct stage *s = host;
	g_string_append_printf(s->text, "[%lld] run %llu: %s does %s by %s", ms(s->now), (unsigned long long)run->id,
			       run->member, run->action, run->device);
	if (run->target != NULL)
		g_string_append_printf(s->text, " of %s", run->target);
	for (uint32_t i = 0; run->input != NULL && i < run->input->count; i++)
		g_string_append_printf(s->text, " %s=%s", run->input->entries[i].name, run->input->entries[i].value);
	g_string_append_printf(s->text, " in %lld\n", (long long)run->timeout_ms);
}

static void on_ended(void *host, const struct fence_request *r, const char *why, const char *device, const char *member)
{
	struct stage *s = host;
	g_string_append_printf(s->text, "[%lld] end %llu: %s", ms(s->now), (unsigned long long)r->id, r->target);
	if (why != NULL)
		g_string_append_printf(s->text, " failed: %s\n", why);
	else
		g_string_append_printf(s->text, " by %s at %s\n", device != NULL ? device : "nobody",
				       member != NULL ? member : "no node");
}

static void on_timer(void *host, mono_time due)
{
	((struct stage *)host)->timer = due;
}

static uint32_t on_dice(void *host, uint32_t n)
{
	const struct stage *s = host;
	return s->dice < n ? s->dice : n - 1;
}

void stage_open(struct stage *s, const char *xml)
{
	static const struct fencing_ops verbs = {.run = on_run, .ended = on_ended, .timer = on_timer, .dice = on_dice};
	struct fencing_ops ops = verbs;
	struct error error = {0};
	*s = (struct stage){.text = g_string_new(NULL), .now = {1000000000u}};
	s->members = g_ptr_array_new_with_free_func(g_free);
	if (document_parse(xml, strlen(xml), "test", &s->document, &error) != ERR_OK) {
		(void)fprintf(stderr, "%s\n", error.text);
		abort();
	}
	ops.host = s;
	s->fencing = fencing_new(&ops, 0);
}

void stage_close(struct stage *s)
{
	fencing_free(s->fencing);
	document_free(s->document);
	g_ptr_array_unref(s->members);
	(void)g_string_free(s->text, TRUE);
}

char *stage_metadata(const char *words)
{
	GString *xml = g_string_new("<resource-agent name='fence'><parameters>");
	char **all = g_strsplit(words, " ", -1);
	bool automatic = g_strv_contains((const gchar *const *)all, "automatic");
	bool on_target = g_strv_contains((const gchar *const *)all, "on_target");
	for (char **w = all; *w != NULL; w++)
		if (strcmp(*w, "plug") == 0 || strcmp(*w, "port") == 0)
			g_string_append_printf(xml, "<parameter name='%s'/>", *w);
	g_string_append(xml, "</parameters><actions>");
	for (char **w = all; *w != NULL; w++) {
		enum fence_action action;
		if (fence_action_parse(*w, &action))
			g_string_append_printf(xml, "<action name='%s' automatic='%d' on_target='%d'/>", *w,
					       automatic && action == FENCE_ON, on_target && action == FENCE_ON);
	}
	g_string_append(xml, "</actions></resource-agent>");
	g_strfreev(all);
	return g_string_free(xml, FALSE);
}

static void configure(struct stage *s)
{
	fencing_configure(s->fencing, s->now, s->document, 1700000000, (const char *const *)s->members->pdata,
			  s->members->len, s->watchdog_ms);
}

/* "1 reboot n3 delay=5 tolerance=1000 timeout=…" */
static bool do_begin(struct stage *s, char **words)
{
	struct fence_request r = {.client = "test", .origin = "n1"};
	if (g_strv_length(words) < 3 || !fence_action_parse(words[1], &r.action))
		return false;
	r.id = strtoull(words[0], NULL, 10);
	r.target = words[2];
	for (char **w = words + 3; *w != NULL; w++) {
		char *value = strchr(*w, '=');
		if (value == NULL)
			return false;
		int64_t n = strtoll(value + 1, NULL, 10);
		if (g_str_has_prefix(*w, "delay="))
			r.delay_ms = n;
		else if (g_str_has_prefix(*w, "tolerance="))
			r.tolerance_ms = n;
		else if (g_str_has_prefix(*w, "timeout="))
			r.timeout_ms = n;
		else
			return false;
	}
	fencing_begin(s->fencing, s->now, &r);
	return true;
}

static void do_members(struct stage *s, char **words)
{
	g_ptr_array_set_size(s->members, 0);
	for (char **w = words; *w != NULL; w++)
		g_ptr_array_add(s->members, g_strdup(*w));
	configure(s);
}

/* "3 0 text…"; "\n" in the text is a line feed. */
static bool do_learn(struct stage *s, char **words)
{
	bool done = g_strv_length(words) == 7 && strcmp(words[6], "done") == 0;
	if (g_strv_length(words) != 6 && !done)
		return false;
	fencing_learn_run(s->fencing,
			  &(struct fence_run){.id = strtoull(words[0], NULL, 10),
					      .member = words[1],
					      .device = words[2],
					      .type = words[3],
					      .action = words[4],
					      .target = words[5]},
			  done ? s->now : (mono_time){0});
	return true;
}

static bool do_ran(struct stage *s, char **words)
{
	if (g_strv_length(words) < 2)
		return false;
	char *rest = g_strjoinv(" ", words + 2), *text = g_strcompress(rest);
	fencing_ran(s->fencing, s->now, strtoull(words[0], NULL, 10), atoi(words[1]), text,
		    text[0] != '\0' ? text : NULL);
	g_free(rest);
	g_free(text);
	return true;
}

/* Ticks at each time that the core asked for, up to that time. */
static void do_until(struct stage *s, uint64_t until_ms)
{
	mono_time until = {until_ms * 1000000u};
	while (mono_time_is_set(s->timer) && !mono_time_before(until, s->timer)) {
		s->now = mono_time_before(s->now, s->timer) ? s->timer : s->now;
		s->timer = (mono_time){0};
		fencing_tick(s->fencing, s->now);
	}
	s->now = until;
}

static bool do_words(struct stage *s, char **words)
{
	const char *verb = words[0];
	if (strcmp(verb, "begin") == 0)
		return do_begin(s, words + 1);
	if (strcmp(verb, "ran") == 0)
		return do_ran(s, words + 1);
	if (strcmp(verb, "learn") == 0)
		return do_learn(s, words + 1);
	if (strcmp(verb, "members") == 0)
		do_members(s, words + 1);
	else if (strcmp(verb, "until") == 0)
		do_until(s, strtoull(words[1], NULL, 10));
	else if (strcmp(verb, "confirm") == 0)
		fencing_confirm(s->fencing, s->now, words[1]);
	else if (strcmp(verb, "remember") == 0)
		fencing_remember(s->fencing, s->now, words[1], FENCE_OFF);
	else if (strcmp(verb, "resend") == 0)
		fencing_resend(s->fencing, s->now);
	else if (strcmp(verb, "unlearn") == 0)
		fencing_unlearn_runs(s->fencing);
	else if (strcmp(verb, "dice") == 0)
		s->dice = (uint32_t)atoi(words[1]);
	else if (strcmp(verb, "watchdog") == 0)
		s->watchdog_ms = atoi(words[1]);
	else if (strcmp(verb, "covers") == 0)
		g_string_append_printf(s->text, "%s\n", fencing_covers(s->fencing, words[1]) ? "yes" : "no");
	else if (strcmp(verb, "busy") == 0)
		g_string_append_printf(s->text, "%s\n", fencing_is_busy(s->fencing) ? "yes" : "no");
	else
		return false;
	return true;
}

/* begin ID ACTION NODE […] | learn RUN MEMBER DEVICE TYPE ACTION NODE [done] | unlearn | ran RUN RC [TEXT] | members
 * NODE… | until MS | confirm NODE | remember NODE | resend | dice N | watchdog MS | covers NODE | busy | agent TYPE
 * WORDS… */
bool stage_do(struct stage *s, const char *line)
{
	char **words = g_strsplit(line, " ", -1);
	bool done;
	if (strcmp(words[0], "agent") == 0) {
		char *rest = g_strjoinv(" ", words + 2), *metadata = stage_metadata(rest);
		done = fencing_learn_agent(s->fencing, s->now, words[1], metadata);
		g_free(metadata);
		g_free(rest);
	} else {
		done = do_words(s, words);
	}
	g_strfreev(words);
	return done;
}
