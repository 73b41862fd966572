/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/settings.h"

#include "conf/reload.h"
#include "os/file.h"
#include "os/memory.h"
#include "os/owner.h"
#include "os/resolve.h"

#include <assert.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	POOL_SIZE = 16 * 1024 * 1024, /* reserved, not touched */
	TEXT_MAX = 1024 * 1024,
	LOCAL_MAX = 256,
	PING_INTERVAL_MS_MIN = 250,
	PING_TIMEOUT_MS_MIN = 1000,
};

static void set_paths(struct settings *s, const char *path)
{
	const char *slash = strrchr(path, '/');

	(void)snprintf(s->path, sizeof s->path, "%s", path);
	if (slash == NULL)
		(void)snprintf(s->dir, sizeof s->dir, ".");
	else
		(void)snprintf(s->dir, sizeof s->dir, "%.*s", (int)(slash - path), path);
}

static enum err read_text(struct settings *s, const char *path, char **ret, size_t *ret_len, struct error *reterr)
{
	char *text = pool_alloc(&s->pool, TEXT_MAX);
	enum err e;

	if (text == NULL)
		return error_set(reterr, ERR_NO_MEMORY, "%s: no memory to read it", path);
	e = file_read(path, text, TEXT_MAX, ret_len, reterr);
	if (e == ERR_OK)
		*ret = text;
	return e;
}

static enum err read_uidgid(void *arg, const char *name, struct error *reterr)
{
	struct settings *s = arg;
	char *path = pool_alloc(&s->pool, PATH_LEN_MAX);
	char *text = NULL;
	size_t len = 0;
	struct text t;
	enum err e;

	if (path == NULL)
		return error_set(reterr, ERR_NO_MEMORY, "no memory for the files of uidgid.d");
	t = text_of(path, PATH_LEN_MAX);
	text_add(&t, "%s/uidgid.d/%s", s->dir, name);
	e = read_text(s, path, &text, &len, reterr);
	if (e == ERR_OK)
		(void)conf_parse_uidgid(&s->conf, path, bytes_of(text, len), &s->problems);
	pool_free(&s->pool, text);
	return e;
}

static void allow_owners(struct settings *s)
{
	for (uint32_t i = 0; i < s->conf.owner_count; i++) {
		const struct conf_owner *o = &s->conf.owners[i];
		uint32_t id;

		if (!owner_lookup(o->name, o->is_group, &id))
			conf_problem_add(&s->problems, CONF_ERROR, o->file, o->line,
					 "there is no %s named \"%s\" on this machine; create it or write its number",
					 o->is_group ? "group" : "user", o->name);
		else if (!conf_allow(&s->conf, o->is_group, id))
			conf_problem_add(&s->problems, CONF_ERROR, o->file, o->line, "too many keys");
	}
}

static struct address address_from(const struct sockaddr_storage *a)
{
	struct address r = {.family = FAMILY_NONE};
	size_t n = sockaddr_bytes(a, r.bytes);

	if (n > 0)
		r.family = n == 4 ? FAMILY_IPV4 : FAMILY_IPV6;
	if (a->ss_family == AF_INET6)
		r.scope = ((const struct sockaddr_in6 *)a)->sin6_scope_id;
	return r;
}

static enum ip_version version_of(enum conf_ip_version v)
{
	switch (v) {
	case IP_VERSION_4:
		return IP_4;
	case IP_VERSION_6:
		return IP_6;
	case IP_VERSION_4_6:
		return IP_4_6;
	case IP_VERSION_6_4:
		break;
	}
	return IP_6_4;
}

/* Gives every host its address. A name that cannot be looked up stays without: the rules say what that means. */
static void resolve_hosts(struct settings *s)
{
	struct resolve_request request;
	uint32_t at = 0;

	while (totem_config_unresolved(&s->totem, at, &request)) {
		struct sockaddr_storage found;
		struct error why;

		at = request.next;
		if (resolve_host(request.host, version_of(s->totem.ip_version), &found, &why) == ERR_OK) {
			struct address a = address_from(&found);

			totem_config_resolve(&s->totem, &request, &a, 1);
		} else if (request.link < LINKS_MAX) {
			conf_problem_add(&s->problems, CONF_NOTICE, s->path, 0, "looking up %s: %s", request.host,
					 why.text);
		}
	}
}

static void find_local(struct settings *s)
{
	struct sockaddr_storage found[LOCAL_MAX];
	struct address addresses[LOCAL_MAX];
	char nodename[256];
	struct local_facts facts = {.nodename = nodename, .addresses = addresses};

	facts.address_count = resolve_local(found, LOCAL_MAX);
	for (uint32_t i = 0; i < facts.address_count; i++)
		addresses[i] = address_from(&found[i]);
	resolve_nodename(nodename, sizeof nodename);
	(void)totem_config_find_local(&s->totem, &facts);
	resolve_hosts(s); /* of nodes also the names, as long as we have not found ourselves */
	(void)totem_config_find_local(&s->totem, &facts);
}

static void read_key(struct settings *s)
{
	const struct crypto_config *c = &s->totem.crypto;
	char path[PATH_LEN_MAX + 16];
	struct error why;

	switch (c->key_source) {
	case KEY_NONE:
		return;
	case KEY_TEXT:
		s->key_len = strlen(c->key) + 1;
		memcpy(s->key, c->key, s->key_len);
		break;
	case KEY_FILE:
	case KEY_DEFAULT_FILE:
		if (c->key_source == KEY_FILE)
			(void)snprintf(path, sizeof path, "%s", c->key);
		else
			(void)snprintf(path, sizeof path, "%s/authkey", s->dir);
		if (file_read(path, s->key, sizeof s->key, &s->key_len, &why) != ERR_OK) {
			conf_problem_add(&s->problems, CONF_ERROR, s->path, conf_line(&s->conf, "totem.keyfile"),
					 "the key cannot be read: %s; make one with corosync-keygen and copy it to all "
					 "nodes",
					 why.text);
			return;
		}
		break;
	}
	totem_config_check_key(&s->totem, &s->conf, s->key_len, &s->problems);
}

/* Where ring ids are kept: the configuration, else what systemd gave us, else the usual place. */
static void find_state_dir(struct settings *s)
{
	const char *dir = map_get_string(&s->map, "system.state_dir");

	if (dir == NULL)
		dir = getenv("STATE_DIRECTORY");
	(void)snprintf(s->state_dir, sizeof s->state_dir, "%s", dir != NULL ? dir : "/var/lib/corosync");
}

/* Pings that a short token would make so quick that links flap: knet looks at its clocks every 200 ms. */
void settings_set_pings(struct totem_config *c)
{
	for (uint32_t l = 0; l < LINKS_MAX; l++) {
		struct link_config *link = &c->links[l];

		if (!link->ping_interval_given && link->ping_interval_ms < PING_INTERVAL_MS_MIN)
			link->ping_interval_ms = PING_INTERVAL_MS_MIN;
		if (!link->ping_timeout_given && link->ping_timeout_ms < PING_TIMEOUT_MS_MIN)
			link->ping_timeout_ms = PING_TIMEOUT_MS_MIN;
	}
}

static void parse(struct settings *s, size_t len)
{
	char dir[PATH_LEN_MAX + 16];
	struct error why;

	s->parsed = conf_parse(&s->conf, s->path, bytes_of(s->text, len), &s->problems);
	if (!s->parsed)
		return;
	(void)snprintf(dir, sizeof dir, "%s/uidgid.d", s->dir);
	if (file_list(dir, read_uidgid, s, &why) != ERR_OK)
		conf_problem_add(&s->problems, CONF_ERROR, NULL, 0, "%s", why.text);
}

static bool is_number(const char *text)
{
	return text[0] != '\0' && strspn(text, "0123456789") == strlen(text);
}

bool settings_ask_names(const struct settings *s)
{
	static const char prefix[] = "nodelist.node.";
	const struct map_entry *m = NULL;

	for (uint32_t i = 0; i < s->conf.owner_count; i++)
		if (!is_number(s->conf.owners[i].name))
			return true;
	while ((m = map_next(&s->map, prefix, m == NULL ? NULL : m->key)) != NULL) {
		const char *last = strrchr(m->key, '.'), *host = map_get_string(&s->map, m->key);
		struct address literal;

		if (strncmp(last, ".ring", 5) == 0 && host != NULL && !address_parse(host, &literal))
			return true;
	}
	return false;
}

void settings_complete(struct settings *s)
{
	if (!s->parsed)
		return;
	allow_owners(s);
	totem_config_read(&s->totem, &s->conf, &s->problems);
	find_local(s);
	totem_config_finish(&s->totem, &s->conf, &s->problems);
	settings_set_pings(&s->totem);
	find_state_dir(s);
	if (s->problems.errors == 0)
		read_key(s);
	if (s->problems.errors == 0)
		totem_config_publish(&s->totem, &s->map);
}

static struct settings *settings_new(const char *path)
{
	struct settings *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->memory = memory_reserve(POOL_SIZE);
	if (s->memory == NULL) {
		free(s);
		return NULL;
	}
	pool_init(&s->pool, s->memory, POOL_SIZE);
	map_init(&s->map, &s->pool);
	map_init(&s->lines, &s->pool);
	conf_init(&s->conf, &s->map, &s->lines);
	conf_problems_init(&s->problems);
	s->totem.local = NO_POSITION;
	set_paths(s, path);
	return s;
}

static struct settings *read_from(const char *path, struct error *reterr)
{
	struct settings *s = settings_new(path);
	size_t len = 0;

	if (s == NULL) {
		(void)error_set(reterr, ERR_NO_MEMORY, "%s: no memory to read it", path);
		return NULL;
	}
	if (read_text(s, path, &s->text, &len, reterr) != ERR_OK) {
		settings_free(s);
		return NULL;
	}
	parse(s, len);
	return s;
}

struct settings *settings_load(const char *path, struct error *reterr)
{
	struct settings *s = read_from(path, reterr);

	if (s != NULL)
		settings_complete(s);
	return s;
}

struct settings *settings_reload(const struct settings *running, const struct map *live, struct error *reterr)
{
	struct settings *s = read_from(running->path, reterr);

	if (s != NULL && s->parsed)
		reload_keep(live, &running->totem, &s->conf, &s->problems);
	return s;
}

void settings_free(struct settings *s)
{
	if (s == NULL)
		return;
	memory_release(s->memory, POOL_SIZE);
	explicit_bzero(s->key, sizeof s->key);
	free(s);
}

const struct node_config *settings_self(const struct settings *s)
{
	assert(s->totem.local < s->totem.node_count);
	return &s->totem.nodes[s->totem.local];
}
