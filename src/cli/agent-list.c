/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which agents are there: files in folders, and the short names that people give them. */
#include "cli/agent-info.h"
#include "os/agent.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *agent_name_text(const struct agent_name *n, struct arena *a)
{
	if (n->provider != NULL)
		return arena_printf(a, "%s:%s:%s", n->class_, n->provider, n->type);
	return arena_printf(a, "%s:%s", n->class_, n->type);
}

static int compare(const void *a, const void *b)
{
	const struct agent_name *x = a, *y = b;
	int by = strcmp(x->class_, y->class_);
	if (by == 0 && x->provider != NULL && y->provider != NULL)
		by = strcmp(x->provider, y->provider);
	return by != 0 ? by : strcmp(x->type, y->type);
}

static bool is_program(const char *folder, const char *name)
{
	struct stat st;
	char *path = g_build_filename(folder, name, NULL);
	bool is = name[0] != '.' && stat(path, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 0111) != 0;
	g_free(path);
	return is;
}

struct listing {
	struct verb *v;
	GArray *names;
};

static void add_folder(struct listing *l, const char *folder, const char *class_, const char *provider,
		       const char *begin)
{
	struct arena *a = l->v->io->arena;
	DIR *d = opendir(folder);
	for (const struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
		if (strncmp(e->d_name, begin, strlen(begin)) != 0 || !is_program(folder, e->d_name))
			continue;
		const struct agent_name n = {.class_ = class_,
					     .provider = provider != NULL ? arena_string(a, provider) : NULL,
					     .type = arena_string(a, e->d_name)};
		g_array_append_val(l->names, n);
	}
	if (d != NULL)
		(void)closedir(d);
}

static void add_ocf(struct listing *l, const char *provider)
{
	const char *root = io_environment(l->v->io, "OCF_ROOT");
	char *folder = g_build_filename(root != NULL ? root : agent_places_usual().ocf_root, "resource.d", NULL);
	DIR *d = opendir(folder);
	for (const struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
		char *path = g_build_filename(folder, e->d_name, NULL);
		if (e->d_name[0] != '.' && (provider == NULL || strcmp(provider, e->d_name) == 0))
			add_folder(l, path, "ocf", e->d_name, "");
		g_free(path);
	}
	if (d != NULL)
		(void)closedir(d);
	g_free(folder);
}

static void add_fence(struct listing *l)
{
	const char *path = io_environment(l->v->io, "HALE_FENCE_PATH");
	char **folders = g_strsplit(path != NULL ? path : agent_places_usual().fence_path, ":", -1);
	for (char **f = folders; *f != NULL; f++) {
		char *real = realpath(*f, NULL);
		bool again = false;
		for (char **before = folders; before < f && !again; before++) {
			char *other = realpath(*before, NULL);
			again = real != NULL && other != NULL && strcmp(real, other) == 0;
			free(other);
		}
		if (!again)
			add_folder(l, *f, "stonith", NULL, "fence_");
		free(real);
	}
	g_strfreev(folders);
}

/* Units that are files; what a generator makes is not seen. */
static void add_systemd(struct listing *l)
{
	static const char *const folders[] = {"/etc/systemd/system", "/run/systemd/system", "/lib/systemd/system"};
	for (size_t i = 0; i < G_N_ELEMENTS(folders); i++) {
		DIR *d = opendir(folders[i]);
		for (const struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
			if (!g_str_has_suffix(e->d_name, ".service") || e->d_name[0] == '.')
				continue;
			const struct agent_name n = {.class_ = "systemd",
						     .type = arena_string_n(l->v->io->arena, e->d_name,
									    strlen(e->d_name) - strlen(".service"))};
			g_array_append_val(l->names, n);
		}
		if (d != NULL)
			(void)closedir(d);
	}
}

static void drop_doubles(GArray *names)
{
	for (guint i = names->len; i > 1; i--)
		if (compare(&g_array_index(names, struct agent_name, i - 1),
			    &g_array_index(names, struct agent_name, i - 2)) == 0)
			(void)g_array_remove_index(names, i - 1);
}

GArray *agent_names(struct verb *v, const char *class_, const char *provider)
{
	struct listing l = {.v = v, .names = g_array_new(FALSE, FALSE, sizeof(struct agent_name))};
	bool all = class_ == NULL;
	if (all || strcmp(class_, "ocf") == 0)
		add_ocf(&l, provider);
	if (!all && strcmp(class_, "stonith") == 0)
		add_fence(&l);
	if (all || strcmp(class_, "systemd") == 0 || strcmp(class_, "service") == 0)
		add_systemd(&l);
	if (all || strcmp(class_, "lsb") == 0 || strcmp(class_, "service") == 0)
		add_folder(&l, agent_places_usual().lsb_dir, "lsb", NULL, "");
	g_array_sort(l.names, compare);
	drop_doubles(l.names);
	return l.names;
}

static const char *similar_type(struct verb *v, const char *type, const char *class_)
{
	GArray *all = agent_names(v, class_, NULL);
	GPtrArray *types = g_ptr_array_new();
	for (guint i = 0; i < all->len; i++)
		g_ptr_array_add(types, (gpointer)(uintptr_t)g_array_index(all, struct agent_name, i).type);
	const char *text = verb_similar(v, type, (const char *const *)types->pdata, types->len);
	g_ptr_array_unref(types);
	(void)g_array_free(all, TRUE);
	return text;
}

const char *agent_name_similar(struct verb *v, const struct agent_name *n)
{
	GArray *all = agent_names(v, n->class_, n->provider);
	bool is_there = false;
	for (guint i = 0; i < all->len; i++)
		is_there = is_there || strcmp(g_array_index(all, struct agent_name, i).type, n->type) == 0;
	(void)g_array_free(all, TRUE);
	return is_there ? "" : similar_type(v, n->type, n->class_);
}

/* A type alone. */
static bool find_short(struct verb *v, const char *type, struct agent_name *ret)
{
	GArray *all = agent_names(v, "ocf", NULL);
	GString *choice = g_string_new(NULL);
	unsigned found = 0;
	for (guint i = 0; i < all->len; i++) {
		const struct agent_name *n = &g_array_index(all, struct agent_name, i);
		if (strcmp(n->type, type) != 0)
			continue;
		*ret = *n;
		g_string_append_printf(choice, "%s%s", found++ > 0 ? ", " : "", agent_name_text(n, v->io->arena));
	}
	if (found > 1)
		(void)verb_fail(v, EXIT_DATA, "several agents are called %s: %s; say which", type, choice->str);
	else if (found == 0)
		(void)verb_fail(v, EXIT_NOT_INSTALLED,
				"this machine has no agent %s%s; a full name such as ocf:heartbeat:%s is taken even so",
				type, similar_type(v, type, "ocf"), type);
	(void)g_string_free(choice, TRUE);
	(void)g_array_free(all, TRUE);
	return found == 1;
}

bool agent_name_find(struct verb *v, const char *text, struct agent_name *ret)
{
	static const char *const classes[] = {"lsb", "ocf", "service", "stonith", "systemd"};
	if (strchr(text, ':') == NULL)
		return find_short(v, text, ret);
	char **parts = g_strsplit(text, ":", 3);
	struct arena *a = v->io->arena;
	guint n = g_strv_length(parts);
	bool is_ocf = strcmp(parts[0], "ocf") == 0, known = false;
	*ret = (struct agent_name){.class_ = arena_string(a, parts[0]), .type = arena_string(a, parts[n - 1])};
	if (is_ocf && n == 3)
		ret->provider = arena_string(a, parts[1]);
	else if (n == 3) /* a unit's name may have colons */
		ret->type = arena_printf(a, "%s:%s", parts[1], parts[2]);
	for (size_t i = 0; i < G_N_ELEMENTS(classes); i++)
		known = known || strcmp(parts[0], classes[i]) == 0;
	g_strfreev(parts);
	if (known && ret->type[0] != '\0' && (!is_ocf || (ret->provider != NULL && ret->provider[0] != '\0')))
		return true;
	(void)verb_fail(
		v, EXIT_DATA,
		"'%s' is no name of an agent: it looks like ocf:heartbeat:IPaddr2, systemd:nginx, service:nginx "
		"or lsb:nginx",
		text);
	return false;
}

bool agent_name_find_fence(struct verb *v, const char *text, struct agent_name *ret)
{
	const char *type = g_str_has_prefix(text, "stonith:") ? text + strlen("stonith:") : text;
	const char *path = io_environment(v->io, "HALE_FENCE_PATH");
	struct agent_places places = agent_places_usual();
	places.fence_path = path != NULL ? path : places.fence_path;
	*ret = (struct agent_name){.class_ = "stonith", .type = arena_string(v->io->arena, type)};
	if (strchr(type, ':') != NULL || *type == '\0') {
		(void)verb_fail(v, EXIT_DATA, "'%s' is no name of a fence agent: it looks like fence_ipmilan", text);
		return false;
	}
	if (agent_path(&places, "stonith", NULL, type, v->io->arena) != NULL || strcmp(type, "fence_watchdog") == 0)
		return true;
	return verb_object(v, EXIT_NOT_INSTALLED, "this machine has no fence agent %s%s", type,
			   similar_type(v, type, "stonith")) == EXIT_OK;
}
