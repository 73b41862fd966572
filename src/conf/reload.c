/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/reload.h"

#include "conf/totem-config-private.h"

#include <inttypes.h>

/* Sections in which a key that is gone from the file is gone from the map. What the engine itself wrote there for the
 * old links goes with them.
 */
static const char *const vanishing[] = {
	"logging.", "totem.", "nodelist.", "quorum.", "uidgid.config.", "nozzle.", "runtime.config.totem.interface.",
};

/* Only a restart changes these; a name that ends in '.' stands for all keys below it. */
static const char *const kept[] = {
	"totem.version",      "totem.threads",   "totem.nodeid",    "totem.ip_version", "totem.ip_dscp",
	"totem.rrp_mode",     "totem.netmtu",    "totem.transport", "totem.link_mode",  "totem.clear_node_high_bit",
	"totem.cluster_name", "quorum.provider", "system.",
};

enum { VANISHING_COUNT = sizeof vanishing / sizeof vanishing[0], KEPT_COUNT = sizeof kept / sizeof kept[0] };

static bool starts_with(const char *key, const char *prefix)
{
	return strncmp(key, prefix, strlen(prefix)) == 0;
}

void reload_begin(struct map *live)
{
	map_drop(live, "config.reload_error_message");
	map_put_u8(live, "config.totemconfig_reload_in_progress", 1);
	map_put_u8(live, "config.reload_in_progress", 1);
}

void reload_end(struct map *live, enum status status, const char *message)
{
	if (message != NULL)
		map_put_string(live, "config.reload_error_message", message);
	map_put_i32(live, "config.reload_status", (int32_t)status);
	map_put_u8(live, "config.totemconfig_reload_in_progress", 0);
	map_put_u8(live, "config.reload_in_progress", 0);
}

static bool same(struct map_value a, struct map_value b)
{
	return a.type == b.type && bytes_eq(a.bytes, b.bytes);
}

/* Makes a key of the new configuration what it is in use. */
static void keep_key(const struct map *live, const char *key, struct conf *conf, struct conf_problems *problems)
{
	struct map_value have = map_get(live, key);
	enum status status = STATUS_OK;

	if (same(have, map_get(conf->map, key)))
		return;
	conf_problem_add(problems, CONF_NOTICE, conf->file, conf_line(conf, key),
			 "%s: cannot change while the engine runs; it does when all nodes are restarted", key);
	if (have.type == MAP_NONE)
		map_drop(conf->map, key);
	else
		status = map_set(conf->map, key, have.type, have.bytes);
	if (status != STATUS_OK)
		conf_problem_add(problems, CONF_ERROR, conf->file, 0,
				 "%s: the configuration is too large to be kept; shorten it", key);
}

/* The next key with the prefix in either map, after `after`, copied to memory; false at the end. */
static bool next_of_both(const struct map *a, const struct map *b, const char *prefix,
			 char memory[static MAP_KEY_MAX + 1])
{
	const char *after = memory[0] == '\0' ? NULL : memory;
	const struct map_entry *x = map_next(a, prefix, after), *y = map_next(b, prefix, after);
	const char *key;

	if (x == NULL && y == NULL)
		return false;
	if (x == NULL)
		key = y->key;
	else if (y == NULL)
		key = x->key;
	else
		key = strcmp(x->key, y->key) < 0 ? x->key : y->key;
	memcpy(memory, key, strlen(key) + 1);
	return true;
}

void reload_keep(const struct map *live, const struct totem_config *now, struct conf *conf,
		 struct conf_problems *problems)
{
	char key[MAP_KEY_MAX + 1];

	for (size_t i = 0; i < KEPT_COUNT; i++) {
		bool is_prefix = kept[i][strlen(kept[i]) - 1] == '.';

		if (!is_prefix)
			keep_key(live, kept[i], conf, problems);
		key[0] = '\0';
		while (is_prefix && next_of_both(live, conf->map, kept[i], key))
			keep_key(live, key, conf, problems);
	}
	/* A link that is in use keeps its port. */
	for (uint32_t n = 0; n < LINKS_MAX; n++)
		if (now->links[n].has_nodes)
			keep_key(live, link_key(key, n, "mcastport"), conf, problems);
}

static uint8_t links_of(const struct totem_config *config)
{
	uint8_t mask = 0;

	for (uint32_t n = 0; n < LINKS_MAX; n++)
		mask |= (uint8_t)((config->links[n].has_nodes ? 1u : 0u) << n);
	return mask;
}

static bool link_settings_eq(const struct link_config *a, const struct link_config *b)
{
	return a->priority == b->priority && a->ping_interval_ms == b->ping_interval_ms &&
	       a->ping_timeout_ms == b->ping_timeout_ms && a->ping_precision == b->ping_precision &&
	       a->pong_count == b->pong_count;
}

static void compare_links(const struct totem_config *now, const struct totem_config *next, const struct conf *conf,
			  struct reload_plan *plan, struct conf_problems *problems)
{
	uint8_t before = links_of(now), after = links_of(next);
	char key[MAP_KEY_MAX + 1];

	plan->links_added = (uint8_t)(after & ~before);
	plan->links_removed = (uint8_t)(before & ~after);
	if ((before & after) == 0)
		rule_broken(problems, conf, "nodelist",
			    "nodelist: none of the links in use would be left; add the new links and reload, then "
			    "remove the "
			    "old ones and reload");
	for (uint32_t n = 0; n < LINKS_MAX; n++) {
		if (!((before & after) >> n & 1u))
			continue;
		if (now->links[n].transport != next->links[n].transport)
			rule_broken(
				problems, conf, link_key(key, n, "knet_transport"),
				"%s: a link in use cannot change its protocol; remove the link and reload, then add it "
				"and reload",
				key);
		if (!link_settings_eq(&now->links[n], &next->links[n]))
			plan->links_changed |= (uint8_t)(1u << n);
	}
}

/* A node that stays keeps its address on each link that stays. */
static void compare_addresses(const struct node_config *now, const struct node_config *next, const struct conf *conf,
			      struct conf_problems *problems)
{
	for (uint32_t n = 0; n < LINKS_MAX; n++) {
		char key[MAP_KEY_MAX + 1], texts[2][64];
		struct text a = text_of(texts[0], sizeof texts[0]), b = text_of(texts[1], sizeof texts[1]);

		if (now->address[n].family == FAMILY_NONE || next->address[n].family == FAMILY_NONE ||
		    address_eq(&now->address[n], &next->address[n]))
			continue;
		text_add_address(&a, &now->address[n]);
		text_add_address(&b, &next->address[n]);
		rule_broken(problems, conf, node_link_key(key, next, n),
			    "%s: node %" PRIu32 " has the address %s on link %" PRIu32
			    ", which is in use and cannot become %s; "
			    "remove the link and reload, then add it with the new address and reload",
			    key, next->id.v, texts[0], n, texts[1]);
	}
}

static void compare_nodes(const struct totem_config *now, const struct totem_config *next, const struct conf *conf,
			  struct reload_plan *plan, struct conf_problems *problems)
{
	const struct node_config *self = now->local == NO_POSITION ? NULL : &now->nodes[now->local];

	for (uint32_t i = 0; i < next->node_count; i++) {
		const struct node_config *node = &next->nodes[i], *before = totem_config_node(now, node->id);

		if (before == NULL)
			(void)node_list_add(&plan->nodes_added, node->id);
		else
			compare_addresses(before, node, conf, problems);
	}
	for (uint32_t i = 0; i < now->node_count; i++)
		if (totem_config_node(next, now->nodes[i].id) == NULL)
			(void)node_list_add(&plan->nodes_removed, now->nodes[i].id);
	if (self != NULL && next->local != NO_POSITION && !node_id_eq(self->id, next->nodes[next->local].id))
		rule_broken(problems, conf, "nodelist",
			    "nodelist: this machine is node %" PRIu32 " and cannot become node %" PRIu32
			    " while the engine runs; restart it",
			    self->id.v, next->nodes[next->local].id.v);
}

/* Whether a key would be deleted when it is not in the new configuration. */
static bool may_vanish(const char *key)
{
	for (size_t i = 0; i < VANISHING_COUNT; i++)
		if (starts_with(key, vanishing[i]))
			return strcmp(key, "nodelist.local_node_pos") != 0;
	return false;
}

static void note_key(struct reload_plan *plan, const char *key)
{
	plan->logging = plan->logging || starts_with(key, "logging.");
	plan->quorum = plan->quorum || starts_with(key, "quorum.") || starts_with(key, "nodelist.");
	plan->uidgid = plan->uidgid || starts_with(key, "uidgid.");
	plan->nozzle = plan->nozzle || starts_with(key, "nozzle.");
}

static void compare_keys(const struct map *live, const struct conf *conf, struct reload_plan *plan)
{
	char key[MAP_KEY_MAX + 1] = "";

	while (next_of_both(live, conf->map, "", key)) {
		struct map_value before = map_get(live, key), after = map_get(conf->map, key);

		if (same(before, after) || (after.type == MAP_NONE && !may_vanish(key)) ||
		    strcmp(key, "nodelist.local_node_pos") == 0 || starts_with(key, "runtime."))
			continue;
		if (after.type == MAP_NONE)
			plan->keys_deleted++;
		else if (before.type == MAP_NONE)
			plan->keys_added++;
		else
			plan->keys_changed++;
		note_key(plan, key);
	}
}

void reload_compare(const struct totem_config *now, const struct totem_config *next, const struct map *live,
		    const struct conf *conf, struct reload_plan *ret, struct conf_problems *problems)
{
	const struct totem_timers *a = &now->timers, *b = &next->timers;

	memset(ret, 0, sizeof *ret);
	compare_links(now, next, conf, ret, problems);
	compare_nodes(now, next, conf, ret, problems);
	compare_keys(live, conf, ret);
	ret->timers = memcmp(a, b, sizeof *a) != 0;
	ret->knet = a->knet_pmtud_interval_s != b->knet_pmtud_interval_s || a->knet_mtu != b->knet_mtu ||
		    a->block_unlisted_ips != b->block_unlisted_ips;
	ret->compression = strcmp(now->compression.model, next->compression.model) != 0 ||
			   now->compression.threshold != next->compression.threshold ||
			   now->compression.level != next->compression.level;
	ret->crypto = strcmp(now->crypto.model, next->crypto.model) != 0 ||
		      strcmp(now->crypto.cipher, next->crypto.cipher) != 0 ||
		      strcmp(now->crypto.hash, next->crypto.hash) != 0 ||
		      now->crypto.key_source != next->crypto.key_source ||
		      strcmp(now->crypto.key, next->crypto.key) != 0;
}

bool reload_apply(struct map *live, struct conf *conf, const struct totem_config *next, struct conf_problems *problems)
{
	char key[MAP_KEY_MAX + 1];
	bool all = true;

	totem_config_publish(next, conf->map);
	if (!map_has_room_for(live, conf->map)) {
		conf_problem_add(
			problems, CONF_ERROR, conf->file, 0,
			"the configuration is too large for the memory that the engine has for it; shorten it");
		return false;
	}
	for (size_t i = 0; i < VANISHING_COUNT; i++) {
		key[0] = '\0';
		while (next_of_both(live, live, vanishing[i], key))
			if (may_vanish(key) && map_get(conf->map, key).type == MAP_NONE)
				map_drop(live, key);
	}
	key[0] = '\0';
	while (next_of_both(conf->map, conf->map, "", key)) {
		struct map_value v = map_get(conf->map, key);

		all = map_set(live, key, v.type, v.bytes) == STATUS_OK && all;
	}
	if (!all)
		conf_problem_add(problems, CONF_ERROR, conf->file, 0,
				 "observers of the configuration used up the memory of the map; restart the engine");
	return all;
}
