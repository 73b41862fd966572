/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "executor/metadata.h"

#include "cib/document.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

bool metadata_has(const char *list, const char *name)
{
	size_t n = strlen(name);

	for (const char *at = list; at != NULL && n > 0; at = strchr(at, ' ')) {
		at += strspn(at, " ");
		if (strncmp(at, name, n) == 0 && (at[n] == ' ' || at[n] == '\0'))
			return true;
	}
	return false;
}

/* A reference to a DTD is harmless, and configurations, for which the parser is made, have none. Declarations are not
 * harmless: they stay, and the parser refuses them. */
static void blank_doctype(char *text)
{
	char *begin = strstr(text, "<!DOCTYPE");
	char *end = begin == NULL ? NULL : strchr(begin, '>');

	if (end != NULL && memchr(begin, '[', (size_t)(end - begin)) == NULL)
		memset(begin, ' ', (size_t)(end - begin) + 1);
}

/* The one text between tags that matters; the tree keeps none. */
static const char *version_of(const char *text, struct arena *arena)
{
	static const char tag[] = "<version>";
	const char *begin = strstr(text, tag);

	if (begin == NULL)
		return NULL;
	begin += sizeof tag - 1;
	begin += strspn(begin, " \t\r\n");
	size_t n = strcspn(begin, " \t\r\n<");
	return n == 0 || n > 20 ? NULL : arena_string_n(arena, begin, n);
}

static bool is_marked(const struct element *e, const char *mark)
{
	cib_name name = document_known_name(e->document, mark);
	bool is = false;

	return name != NAME_NONE && cib_parse_bool(element_get_or(e, name, ""), &is) && is;
}

static const struct element *child_of(const struct element *e, const char *tag)
{
	cib_name name = document_known_name(e->document, tag);

	return name == NAME_NONE ? NULL : element_first_named(e, name);
}

static bool never(const struct element *e)
{
	(void)e;
	return false;
}

static bool always(const struct element *e)
{
	(void)e;
	return true;
}

static bool is_reloadable(const struct element *e)
{
	return is_marked(e, "reloadable");
}

static bool is_fixed(const struct element *e)
{
	return !is_reloadable(e);
}

static bool is_unique(const struct element *e)
{
	return is_marked(e, "unique");
}

static bool is_shared(const struct element *e)
{
	return !is_unique(e);
}

static bool is_private(const struct element *e)
{
	return is_marked(e, "private");
}

static bool has_secret_name(const struct element *e)
{
	cib_name name = document_known_name(e->document, "name");

	return metadata_has("password passwd user", element_get_or(e, name, ""));
}

/* Names of those children that are wanted; a name with a blank would fall apart in a list. */
static const char *names_of(const struct element *parent, struct arena *arena, bool (*wanted)(const struct element *e))
{
	GString *s = g_string_new(NULL);

	for (const struct element *e = parent == NULL ? NULL : element_first(parent); e != NULL; e = element_next(e)) {
		const char *name = element_get_or(e, document_known_name(e->document, "name"), "");

		if (name[0] != '\0' && strpbrk(name, " \t\r\n") == NULL && wanted(e) && !metadata_has(s->str, name))
			g_string_append_printf(s, "%s%s", s->len == 0 ? "" : " ", name);
	}
	const char *names = arena_string(arena, s->str);
	g_string_free(s, TRUE);
	return names;
}

/* 1.1 or later. */
static bool is_modern(const char *version)
{
	char *rest;
	unsigned long major = version == NULL ? 0 : strtoul(version, &rest, 10);
	unsigned long minor = major > 0 && *rest == '.' ? strtoul(rest + 1, NULL, 10) : 0;

	return major > 1 || (major == 1 && minor >= 1);
}

static void read_root(const struct element *root, struct arena *arena, struct agent_metadata *m)
{
	const struct element *parameters = child_of(root, "parameters");
	bool (*reloads)(const struct element *) = never, (*restarts)(const struct element *) = never;

	m->name = arena_string(arena, element_get_or(root, document_known_name(root->document, "name"), ""));
	m->actions = names_of(child_of(root, "actions"), arena, always);
	m->parameters = names_of(parameters, arena, always);
	m->secret = names_of(parameters, arena, is_private);
	if (m->secret[0] == '\0')
		m->secret = names_of(parameters, arena, has_secret_name);
	if (is_modern(m->version) && metadata_has(m->actions, "reload-agent")) {
		reloads = is_reloadable;
		restarts = is_fixed;
	} else if (!is_modern(m->version) && metadata_has(m->actions, "reload")) {
		reloads = is_shared;
		restarts = is_unique;
	}
	if (reloads == never)
		return;
	m->reloadable = names_of(parameters, arena, reloads);
	m->restart = names_of(parameters, arena, restarts);
}

enum err metadata_read(const char *text, size_t size, const char *source, struct arena *arena,
		       struct agent_metadata *ret, struct error *reterr)
{
	struct agent_metadata m = {0};
	struct document *d = NULL;

	if (size > METADATA_MAX)
		return error_set(reterr, ERR_INVALID, "%s: its metadata has more than %d bytes", source, METADATA_MAX);
	/* What a shell prints before the declaration must not cost us the agent. */
	char *copy = arena_string_n(arena, text, size);
	copy += strspn(copy, " \t\r\n");
	blank_doctype(copy);
	enum err e = document_parse(copy, strlen(copy), source, &d, reterr);
	if (e != ERR_OK)
		return error_wrap(reterr, e, "reading its metadata");
	const struct element *root = document_root(d);
	if (strcmp(element_tag(root), "resource-agent") != 0) {
		e = error_set(reterr, ERR_INVALID, "%s: its metadata is no <resource-agent> but <%s>", source,
			      element_tag(root));
	} else {
		m.version = version_of(copy, arena);
		read_root(root, arena, &m);
		*ret = m;
	}
	document_free(d);
	return e;
}
