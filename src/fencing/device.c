/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fencing/device.h"

#include "rules/interval.h"
#include "rules/score.h"
#include "scheduler/cluster.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TRIES_DEFAULT = 2, TRIES_MAX = 100 };

/* Where the parameter of the target is not given, it is in one of these. */
static const char *const separators = "; \t\n";

static bool is(const char *a, const char *b)
{
	return a != NULL && strcmp(a, b) == 0;
}

static bool is_same_node(const char *a, const char *b)
{
	return g_ascii_strcasecmp(a, b) == 0;
}

/* --- maps: "node1:a\:1;node2:b" --- */

/* Copies up to a stop that no backslash escapes, and returns where that was. */
static const char *map_part(const char *at, const char *stops, char *ret, size_t room)
{
	size_t n = 0;
	for (; *at != '\0' && strchr(stops, *at) == NULL; at++) {
		if (at[0] == '\\' && at[1] != '\0')
			at++;
		if (n + 1 < room)
			ret[n++] = *at;
	}
	ret[n] = '\0';
	return at;
}

/* What a map has for a node, in the arena, or NULL. */
static const char *map_get(const char *map, const char *node, struct arena *a)
{
	size_t room = strlen(map) + 1;
	char *name = arena_take(a, room), *value = arena_take(a, room);
	for (const char *at = map; *at != '\0';) {
		if (strchr(separators, *at) != NULL) {
			at++;
			continue;
		}
		at = map_part(at, ":=; \t\n", name, room);
		value[0] = '\0';
		if (*at == ':' || *at == '=')
			at = map_part(at + 1, separators, value, room);
		if (name[0] != '\0' && value[0] != '\0' && is_same_node(name, node))
			return value;
	}
	return NULL;
}

static bool list_has(const char *list, const char *node)
{
	size_t length = strlen(node);
	for (const char *at = list; *at != '\0';) {
		at += strspn(at, ",; \t\n");
		size_t n = strcspn(at, ",; \t\n");
		if (n == length && g_ascii_strncasecmp(at, node, n) == 0)
			return true;
		at += n;
	}
	return false;
}

/* --- reading --- */

static const char *parameter(const struct fence_device *dev, const char *name)
{
	return table_get(dev->parameters, name);
}

/* "pcmk_reboot_timeout" */
static const char *command_parameter(const struct fence_device *dev, enum fence_action action, const char *what)
{
	char name[48];
	(void)snprintf(name, sizeof(name), "pcmk_%s_%s", fence_action_word(action), what);
	return parameter(dev, name);
}

static struct fence_command read_command(const struct fence_device *dev, enum fence_action action)
{
	struct fence_command c = {.name = command_parameter(dev, action, "action"), .tries = TRIES_DEFAULT};
	const char *tries = command_parameter(dev, action, "retries");
	if (c.name == NULL || c.name[0] == '\0')
		c.name = fence_action_word(action);
	if (!timeout_parse_ms(command_parameter(dev, action, "timeout"), &c.timeout_ms) || c.timeout_ms < 0)
		c.timeout_ms = 0;
	if (tries != NULL) {
		long n = strtol(tries, NULL, 10);
		c.tries = n < 1 ? 1 : n > TRIES_MAX ? TRIES_MAX : (uint32_t)n;
	}
	return c;
}

static void read_host_check(struct fence_device *dev)
{
	static const struct {
		const char *word;
		enum host_check check;
	} words[] = {{"static-list", HOST_CHECK_STATIC},
		     {"dynamic-list", HOST_CHECK_DYNAMIC},
		     {"status", HOST_CHECK_STATUS},
		     {"none", HOST_CHECK_NONE}};
	const char *given = parameter(dev, "pcmk_host_check");
	bool listed = parameter(dev, "pcmk_host_list") != NULL || parameter(dev, "pcmk_host_map") != NULL;
	dev->host_check = listed ? HOST_CHECK_STATIC : HOST_CHECK_DYNAMIC;
	for (size_t i = 0; i < G_N_ELEMENTS(words) && given != NULL; i++) {
		if (g_ascii_strcasecmp(words[i].word, given) == 0) {
			dev->host_check = words[i].check;
			dev->host_check_given = true;
		}
	}
}

static void read_parameters(struct fence_device *dev)
{
	const char *limit = parameter(dev, "pcmk_action_limit"), *priority = parameter(dev, "priority");
	read_host_check(dev);
	dev->host_argument = parameter(dev, "pcmk_host_argument");
	for (int i = 0; i < FENCE_ACTIONS; i++)
		dev->commands[i] = read_command(dev, (enum fence_action)i);
	dev->action_limit = limit != NULL ? (int)strtol(limit, NULL, 10) : 1;
	if (dev->action_limit == 0)
		dev->action_limit = 1;
	(void)interval_parse_ms(parameter(dev, "pcmk_delay_max"), &dev->delay_max_ms);
	(void)score_parse(priority, 0, &dev->priority);
}

static bool is_banned(const struct resource *r, const struct node *n)
{
	const struct seat *seat = &r->allowed[n->index];
	if (!seat->present || seat->score < 0)
		return true;
	return r->parent != NULL && r->parent->kind == RESOURCE_GROUP && is_banned(r->parent, n);
}

static void read_bans(struct fence_device *dev, const struct resource *r, struct arena *a)
{
	const char **banned = arena_array(a, const char *, r->cluster->node_count + 1);
	for_each_node(n, r->cluster)
	{
		if (is_banned(r, n))
			banned[dev->banned_count++] = arena_string(a, n->name);
	}
	dev->banned = banned;
}

static struct table *copy_table(const struct table *from, struct arena *a)
{
	struct table *t = table_new(a);
	for (uint32_t i = 0; i < from->count; i++)
		table_set(t, arena_string(a, from->entries[i].name), arena_string(a, from->entries[i].value));
	return t;
}

static void read_device(struct fence_device *dev, struct resource *r, struct arena *a)
{
	const char *provides = resource_meta(r, "provides");
	dev->id = arena_string(a, r->history_id != NULL ? r->history_id : r->id);
	dev->provider = arena_string(a, r->provider);
	dev->type = arena_string(a, r->type);
	dev->parameters = copy_table(resource_parameters(r, NULL), a);
	dev->provides_unfencing = is(provides, "unfencing");
	dev->is_watchdog = is(dev->type, FENCE_WATCHDOG_TYPE);
	read_parameters(dev);
	read_bans(dev, r, a);
}

static bool is_disabled(const struct resource *r)
{
	enum role role;
	return resource_target_role(r, &role) && role == ROLE_STOPPED;
}

/* Of a clone's instances one is enough. */
static bool is_another(const struct resource *r, const struct fence_device *devices, uint32_t count)
{
	const char *base = resource_base_id(r->cluster, r->id);
	for (uint32_t i = 0; i < count; i++)
		if (is(resource_base_id(r->cluster, devices[i].id), base))
			return true;
	return false;
}

static bool has_device(const struct element *e)
{
	for_each_child(child, e)
	{
		if (is(element_get(child, NAME_CLASS), "stonith") || has_device(child))
			return true;
	}
	return false;
}

struct fence_device *fence_devices_read(struct document *d, int64_t now, struct arena *a, uint32_t *ret_count)
{
	const struct element *resources = document_section(d, NAME_RESOURCES);
	*ret_count = 0;
	if (resources == NULL || !has_device(resources))
		return NULL;
	struct cluster *c = cluster_new(d, now);
	scheduler_read_locations(c);
	uint32_t count = 0;
	struct fence_device *devices = arena_array(a, struct fence_device, c->resource_serial + 1);
	for (uint32_t i = 0; i < c->resource_serial; i++) {
		struct resource *r = c->all[i];
		if (r->kind == RESOURCE_PRIMITIVE && r->fence_device && !is_disabled(r) &&
		    !is_another(r, devices, count))
			read_device(&devices[count++], r, a);
	}
	cluster_free(c);
	*ret_count = count;
	return devices;
}

/* --- asking --- */

bool fence_device_may_run(const struct fence_device *dev, const char *member)
{
	for (uint32_t i = 0; i < dev->banned_count; i++)
		if (is_same_node(dev->banned[i], member))
			return false;
	return true;
}

/* A port that the map gives to another node counts as a target too: such maps exist. */
static bool map_has_port(const char *map, const char *node, struct arena *a)
{
	size_t room = strlen(map) + 1;
	char *value = arena_take(a, room);
	for (const char *at = map; *at != '\0';) {
		at = map_part(at, ":=", value, room);
		if (*at != '\0')
			at = map_part(at + 1, separators, value, room);
		if (value[0] != '\0' && is_same_node(value, node))
			return true;
		at += strspn(at, separators);
	}
	return false;
}

const char *fence_device_target(const struct fence_device *dev, const char *node, struct arena *a)
{
	const char *map = parameter(dev, "pcmk_host_map"), *list = parameter(dev, "pcmk_host_list");
	const char *port = map != NULL ? map_get(map, node, a) : NULL;
	if (port != NULL)
		return port;
	if (dev->host_check != HOST_CHECK_STATIC || (list != NULL && list_has(list, node)))
		return arena_string(a, node);
	return map != NULL && map_has_port(map, node, a) ? arena_string(a, node) : NULL;
}

bool fence_device_has_delay(const struct fence_device *dev)
{
	return parameter(dev, "pcmk_delay_base") != NULL || parameter(dev, "pcmk_delay_max") != NULL;
}

int64_t fence_device_delay_ms(const struct fence_device *dev, const char *node)
{
	const char *text = parameter(dev, "pcmk_delay_base");
	struct arena a = {0};
	int64_t ms = 0;
	if (text == NULL)
		return 0;
	text += strspn(text, " \t\n");
	const char *own = strchr(text, ':') != NULL ? map_get(text, node, &a) : NULL;
	(void)interval_parse_ms(own != NULL ? own : text, &ms);
	arena_fini(&a);
	return ms;
}

/* Parameters that are the cluster's own. */
static bool is_ours(const char *name)
{
	return strncmp(name, "pcmk_", 5) == 0 || strncmp(name, "CRM_meta_", 9) == 0 || is(name, "crm_feature_set") ||
	       is(name, "provides") || is(name, "stonith-timeout") || g_ascii_strcasecmp(name, "action") == 0;
}

struct table *fence_device_input(const struct fence_device *dev, enum fence_action action, const char *node,
				 const char *argument_by_metadata, struct arena *a)
{
	struct table *t = table_new(a);
	const char *argument = dev->host_argument != NULL ? dev->host_argument : argument_by_metadata;
	table_set(t, "action", dev->commands[action].name);
	if (node != NULL) {
		const char *given = argument != NULL ? parameter(dev, argument) : NULL;
		const char *map = parameter(dev, "pcmk_host_map");
		const char *port = map != NULL ? map_get(map, node, a) : NULL;
		table_set(t, "nodename", arena_string(a, node));
		if (argument != NULL && g_ascii_strcasecmp(argument, "none") != 0 &&
		    (given == NULL || g_ascii_strcasecmp(given, "dynamic") == 0))
			table_set(t, argument, port != NULL ? port : arena_string(a, node));
	}
	for (uint32_t i = 0; i < dev->parameters->count; i++) {
		const struct table_entry *p = &dev->parameters->entries[i];
		if (!is_ours(p->name))
			(void)table_add(t, p->name, p->value != NULL ? p->value : "");
	}
	return t;
}
