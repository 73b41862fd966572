/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration that a seed draws: r0… alone, g0… in a group, c a clone, p a promotable one; fence devices. */
#include "sim/manager.h"

#include "cib/schema.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { ALONE_MAX = 5, GROUP_SIZE = 3 };

struct shape {
	uint32_t alone, in_group;
	bool clone, promotable;
};

static struct shape shape_of(uint64_t seed)
{
	struct dice d = dice_of(seed, 6);
	struct shape s = {.alone = 1 + dice_below(&d, ALONE_MAX), .in_group = dice_below(&d, GROUP_SIZE + 1)};
	s.clone = dice_chance(&d, 1, 2);
	s.promotable = dice_chance(&d, 1, 2);
	return s;
}

const char *config_resource(struct fleet *f, uint32_t which)
{
	static const char *const alone[] = {"r0", "r1", "r2", "r3", "r4"}, *const others[] = {"g", "cc", "pp"};
	struct shape s = shape_of(f->options.seed);
	const char *all[ALONE_MAX + 3];
	uint32_t count = 0;
	for (uint32_t i = 0; i < s.alone; i++)
		all[count++] = alone[i];
	if (s.in_group > 0)
		all[count++] = others[0];
	if (s.clone)
		all[count++] = others[1];
	if (s.promotable)
		all[count++] = others[2];
	return all[which % count];
}

static void add(struct document **d, const char *scope, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void add(struct document **d, const char *scope, const char *format, ...)
{
	va_list args;
	struct document *now;
	struct error error = {.text = ""};
	va_start(args, format);
	char *body = g_strdup_vprintf(format, args);
	va_end(args);
	const struct edit e = {.kind = EDIT_MODIFY, .scope = scope, .body = body, .allow_create = true};
	GPtrArray *problems = problems_new();
	enum edit_verdict v = edit_apply(*d, &e, NULL, &now, problems, &error);
	if (v != EDIT_DONE)
		fprintf(stderr, "%s: %s\n", body, error.text);
	assert(v == EDIT_DONE);
	g_ptr_array_unref(problems);
	g_free(body);
	document_free(*d);
	*d = now;
}

static void draw_primitive(struct fleet *f, GString *out, const char *name)
{
	struct dice *d = &f->shape;
	g_string_append_printf(out, "<primitive id=\"%s\" class=\"ocf\" provider=\"pacemaker\" type=\"%s\">", name,
			       name[0] == 'p' ? "Stateful" : "Dummy");
	g_string_append_printf(out, "<meta_attributes id=\"%s-meta\">", name);
	if (dice_chance(d, 1, 3))
		g_string_append_printf(out, "<nvpair id=\"%s-mt\" name=\"migration-threshold\" value=\"%u\"/>", name,
				       1 + dice_below(d, 3));
	if (dice_chance(d, 1, 3))
		g_string_append_printf(out, "<nvpair id=\"%s-ft\" name=\"failure-timeout\" value=\"%us\"/>", name,
				       20 + dice_below(d, 100));
	g_string_append_printf(out,
			       "</meta_attributes><operations><op id=\"%s-start\" name=\"start\" interval=\"0\" "
			       "timeout=\"20s\"/><op id=\"%s-stop\" name=\"stop\" interval=\"0\" timeout=\"20s\"/>",
			       name, name);
	if (name[0] == 'p')
		g_string_append_printf(
			out, "<op id=\"%s-mp\" name=\"monitor\" role=\"Promoted\" interval=\"9s\" timeout=\"20s\"/>",
			name);
	g_string_append_printf(
		out, "<op id=\"%s-m\" name=\"monitor\" interval=\"10s\" timeout=\"20s\"/></operations></primitive>",
		name);
}

static void add_resources(struct fleet *f, struct document **d, struct shape s)
{
	GString *text = g_string_new("<resources>");
	char name[16];
	for (uint32_t i = 0; i < s.alone; i++) {
		(void)snprintf(name, sizeof(name), "r%u", i);
		draw_primitive(f, text, name);
	}
	if (s.in_group > 0)
		g_string_append(text, "<group id=\"g\">");
	for (uint32_t i = 0; i < s.in_group; i++) {
		(void)snprintf(name, sizeof(name), "g%u", i);
		draw_primitive(f, text, name);
	}
	if (s.in_group > 0)
		g_string_append(text, "</group>");
	if (s.clone) {
		g_string_append(text, "<clone id=\"cc\">");
		draw_primitive(f, text, "c");
		g_string_append(text, "</clone>");
	}
	if (s.promotable) {
		g_string_append(text, "<clone id=\"pp\"><meta_attributes id=\"pp-meta\"><nvpair id=\"pp-p\" "
				      "name=\"promotable\" value=\"true\"/></meta_attributes>");
		draw_primitive(f, text, "p");
		g_string_append(text, "</clone>");
	}
	g_string_append(text, "</resources>");
	add(d, NULL, "%s", text->str);
	(void)g_string_free(text, TRUE);
}

static void add_devices(struct fleet *f, struct document **d)
{
	struct dice *dice = &f->shape;
	GString *all = g_string_new(NULL);
	for (uint32_t i = 0; i < f->count; i++)
		g_string_append_printf(all, "%sn%u", i > 0 ? " " : "", i + 1);
	const char *delay =
		dice_chance(dice, 1, 2) ? "<nvpair id=\"fence-dm\" name=\"pcmk_delay_max\" value=\"5s\"/>" : "";
	add(d, "resources",
	    "<primitive id=\"fence\" class=\"stonith\" type=\"fence_x\"><instance_attributes id=\"fence-ia\">"
	    "<nvpair id=\"fence-hl\" name=\"pcmk_host_list\" value=\"%s\"/>%s</instance_attributes></primitive>",
	    all->str, delay);
	(void)g_string_free(all, TRUE);
}

static void add_constraints(struct fleet *f, struct document **d)
{
	struct dice *dice = &f->shape;
	uint32_t count = dice_below(dice, 5);
	for (uint32_t i = 0; i < count; i++) {
		const char *a = config_resource(f, dice_below(dice, 16)), *b = config_resource(f, dice_below(dice, 16));
		uint32_t kind = dice_below(dice, 3);
		if (kind == 0)
			add(d, "constraints", "<rsc_location id=\"l%u\" rsc=\"%s\" node=\"n%u\" score=\"%u\"/>", i, a,
			    1 + dice_below(dice, f->count), 10 * (1 + dice_below(dice, 20)));
		else if (strcmp(a, b) < 0 && kind == 1)
			add(d, "constraints", "<rsc_colocation id=\"co%u\" rsc=\"%s\" with-rsc=\"%s\" score=\"%s\"/>",
			    i, a, b, dice_chance(dice, 1, 2) ? "INFINITY" : "-50");
		else if (strcmp(a, b) < 0)
			add(d, "constraints", "<rsc_order id=\"o%u\" first=\"%s\" then=\"%s\"/>", i, a, b);
	}
}

struct document *config_draw(struct fleet *f)
{
	static const char *const policies[] = {"stop", "stop", "stop", "freeze"};
	struct document *d = archive_empty();
	struct dice *dice = &f->shape;
	add(&d, "crm_config",
	    "<cluster_property_set id=\"cib-bootstrap-options\"><nvpair id=\"opt-q\" name=\"no-quorum-policy\" "
	    "value=\"%s\"/><nvpair id=\"opt-f\" name=\"start-failure-is-fatal\" value=\"%s\"/>"
	    "<nvpair id=\"opt-a\" name=\"stonith-action\" value=\"%s\"/></cluster_property_set>",
	    policies[dice_below(dice, 4)], dice_chance(dice, 1, 2) ? "true" : "false",
	    dice_chance(dice, 1, 3) ? "off" : "reboot");
	if (dice_chance(dice, 1, 2))
		add(&d, "configuration",
		    "<rsc_defaults><meta_attributes id=\"rd\"><nvpair id=\"rd-s\" name=\"resource-stickiness\" "
		    "value=\"100\"/></meta_attributes></rsc_defaults>");
	add_resources(f, &d, shape_of(f->options.seed));
	add_devices(f, &d);
	add_constraints(f, &d);
	return d;
}
