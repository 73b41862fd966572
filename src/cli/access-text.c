/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/access-text.h"

enum right { RIGHT_DENIED, RIGHT_READABLE, RIGHT_WRITABLE, RIGHT_UNSAID };

/* In Pacemaker's words and colours, since people know them. */
static const struct {
	const char *mark, *color, *prefix, *name;
} rights[] = {
	[RIGHT_DENIED] = {"~DENIED~", "\033[31m", "pcmk-access-denied",
			  "http://clusterlabs.org/ns/pacemaker/access/denied"},
	[RIGHT_READABLE] = {"READABLE", "\033[34m", "pcmk-access-readable",
			    "http://clusterlabs.org/ns/pacemaker/access/readable"},
	[RIGHT_WRITABLE] = {"WRITABLE", "\033[32m", "pcmk-access-writable",
			    "http://clusterlabs.org/ns/pacemaker/access/writable"},
};
enum { RIGHTS = sizeof(rights) / sizeof(rights[0]) };
static const char plain[] = "\033[0m";

struct picture {
	const struct access *access;
	enum access_form form;
	GString *out;
};

static enum right right_to(const struct picture *p, const struct element *e)
{
	if (access_may_write(p->access, e))
		return RIGHT_WRITABLE;
	return access_may_read(p->access, e) ? RIGHT_READABLE : RIGHT_DENIED;
}

static void indent(GString *out, int level)
{
	for (; level > 0; level--)
		g_string_append(out, "  ");
}

static void put_mark(const struct picture *p, enum right right, int level)
{
	if (level > 0) {
		indent(p->out, level);
		g_string_append_c(p->out, '\n');
	}
	indent(p->out, level);
	g_string_append_printf(p->out, "vvv---[ %s ]---vvv\n", rights[right].mark);
}

static void put_name(const struct picture *p, const struct element *e, enum right right, bool changes)
{
	if (p->form == ACCESS_NAMESPACE && changes)
		g_string_append_printf(p->out, "%s:", rights[right].prefix);
	g_string_append(p->out, element_tag(e));
}

static void put_attributes(const struct picture *p, const struct element *e)
{
	for (unsigned i = 0; i < e->attribute_count; i++) {
		g_string_append_printf(p->out, " %s=\"", document_name_text(e->document, e->attributes[i].name));
		cib_escape(e->attributes[i].value, p->out);
		g_string_append_c(p->out, '"');
	}
	for (size_t i = 0; p->form == ACCESS_NAMESPACE && e->parent == NULL && i < RIGHTS; i++)
		g_string_append_printf(p->out, " xmlns:%s=\"%s\"", rights[i].prefix, rights[i].name);
}

static void put_element(const struct picture *p, const struct element *e, enum right above, int level)
{
	bool is_colored = p->form == ACCESS_COLOR;
	if (e->name == NAME_COMMENT) {
		indent(p->out, level);
		g_string_append_printf(p->out, "<!--%s-->\n", e->text);
		return;
	}
	enum right right = right_to(p, e);
	bool changes = right != above;
	if (p->form == ACCESS_TEXT && changes)
		put_mark(p, right, level);
	indent(p->out, level);
	g_string_append_printf(p->out, "%s<", is_colored ? rights[right].color : "");
	put_name(p, e, right, changes);
	put_attributes(p, e);
	if (e->first != NULL) {
		g_string_append(p->out, ">\n");
		for (const struct element *child = e->first; child != NULL; child = child->next)
			put_element(p, child, right, level + 1);
		indent(p->out, level);
		g_string_append_printf(p->out, "%s</", is_colored ? rights[right].color : "");
		put_name(p, e, right, changes);
		g_string_append_c(p->out, '>');
	} else {
		g_string_append(p->out, "/>");
	}
	g_string_append_printf(p->out, "%s\n", is_colored ? plain : "");
}

void access_text(const struct document *d, const struct access_user *user, enum access_form form, GString *out)
{
	struct access *a = access_new(d, d, user);
	struct picture p = {a, form, out};
	g_string_append_printf(out, "<!-- ACLs as evaluated for user %s -->\n", user->name);
	put_element(&p, document_root(d), RIGHT_UNSAID, 0);
	access_free(a);
}
