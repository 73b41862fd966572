/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of problems. */
#include "cib/schema.h"

static void problem_free(gpointer data)
{
	struct problem *p = data;
	g_free(p->path);
	g_free(p->tag);
	g_free(p->id);
	g_free(p->text);
	g_free(p->hint);
	g_free(p);
}

GPtrArray *problems_new(void)
{
	return g_ptr_array_new_with_free_func(problem_free);
}

static void append_path(const struct element *e, GString *out)
{
	if (e->parent != NULL)
		append_path(e->parent, out);
	g_string_append_printf(out, "/%s", element_tag(e));
}

void problems_add(GPtrArray *problems, const struct element *e, char *text, char *hint)
{
	if (problems->len >= CIB_PROBLEMS_MAX) {
		g_free(text);
		g_free(hint);
		return;
	}
	GString *path = g_string_new(NULL);
	append_path(e, path);
	struct problem *p = g_new0(struct problem, 1);
	*p = (struct problem){.line = e->line,
			      .path = g_string_free(path, FALSE),
			      .tag = g_strdup(element_tag(e)),
			      .id = g_strdup(element_id(e)),
			      .text = text,
			      .hint = hint};
	g_ptr_array_add(problems, p);
}

void problem_print(const struct problem *p, const char *source, GString *out)
{
	if (p->line > 0)
		g_string_append_printf(out, "%s:%u: <%s", source, (unsigned)p->line, p->tag);
	else
		g_string_append_printf(out, "%s: <%s", source, p->tag);
	if (p->id != NULL)
		g_string_append_printf(out, " id=\"%s\"", p->id);
	g_string_append_printf(out, ">: %s", p->text);
	if (p->hint != NULL)
		g_string_append_printf(out, " (%s)", p->hint);
	g_string_append_c(out, '\n');
}
