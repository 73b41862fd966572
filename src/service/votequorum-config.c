/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules by which the keys under quorum. and nodelist. become a configuration (votequorum(5), engine-wire.md §8.3).
 */
#include "service/votequorum.h"

enum { WINDOW_MS = 10000, DEVICE_TIMEOUT_MS = 10000, DEVICE_SYNC_TIMEOUT_MS = 30000 };

static bool flag(const struct map *map, const char *key)
{
	uint8_t v = 0;

	return map_get_u8(map, key, &v) && v != 0;
}

static uint32_t number(const struct map *map, const char *key, uint32_t otherwise)
{
	uint32_t v = 0;

	return map_get_u32(map, key, &v) && v != 0 ? v : otherwise;
}

/* The decimal number at *s, which then is behind it; false when there is none, or it is too large. */
static bool read_decimal(const char **s, uint32_t *ret)
{
	uint64_t n = 0;
	const char *at = *s;

	for (; *at >= '0' && *at <= '9'; at++) {
		n = n * 10 + (uint64_t)(*at - '0');
		if (n > UINT32_MAX)
			return false;
	}
	if (at == *s)
		return false;
	*s = at;
	*ret = (uint32_t)n;
	return true;
}

/* What nodelist { } says. */
struct nodelist {
	uint32_t nodes;
	uint64_t votes;
	bool has_self;
	uint32_t self_votes;
};

/* Keys of one node follow each other in the map's order: nodelist.node.<position>.<name>. */
static struct nodelist read_nodelist(const struct map *map)
{
	static const char prefix[] = "nodelist.node.", votes_name[] = ".quorum_votes";
	struct nodelist l = {0};
	uint32_t self = 0;
	bool knows_self = map_get_u32(map, "nodelist.local_node_pos", &self);
	const char *node = NULL; /* the first key of the node that is being read */
	size_t node_len = 0;

	for (const struct map_entry *e = map_next(map, prefix, NULL); e != NULL; e = map_next(map, prefix, e->key)) {
		const char *end = e->key + sizeof prefix - 1;
		char key[MAP_KEY_MAX + sizeof votes_name];
		uint32_t position, votes;

		if (!read_decimal(&end, &position) || *end != '.')
			continue;
		if (node != NULL && node_len == (size_t)(end - e->key) && strncmp(node, e->key, node_len) == 0)
			continue;
		node = e->key;
		node_len = (size_t)(end - e->key);
		memcpy(key, node, node_len);
		memcpy(key + node_len, votes_name, sizeof votes_name);
		if (!map_get_u32(map, key, &votes))
			votes = 1;
		l.nodes++;
		l.votes += votes;
		if (knows_self && position == self) {
			l.has_self = true;
			l.self_votes = votes;
		}
	}
	return l;
}

/* "3 1 2"; false when anything else is in it. */
static bool read_tie_nodes(const char *s, struct node_list *ret)
{
	ret->count = 0;
	while (*s != '\0') {
		uint32_t id;

		if (*s == ' ') {
			s++;
			continue;
		}
		if (!read_decimal(&s, &id) || id == 0 || !node_list_add(ret, node_id_of(id)))
			return false;
	}
	return ret->count > 0;
}

static void read_tie(const struct map *map, struct votequorum_config *c)
{
	const char *node = map_get_string(map, "quorum.auto_tie_breaker_node");

	if (!flag(map, "quorum.auto_tie_breaker"))
		c->tie = VOTEQUORUM_TIE_NONE;
	else if (node == NULL || strcmp(node, "lowest") == 0)
		c->tie = VOTEQUORUM_TIE_LOWEST;
	else if (strcmp(node, "highest") == 0)
		c->tie = VOTEQUORUM_TIE_HIGHEST;
	else if (read_tie_nodes(node, &c->tie_nodes))
		c->tie = VOTEQUORUM_TIE_LIST;
	else
		c->tie_nodes_bad = true;
	if (c->tie_nodes_bad)
		c->tie_nodes.count = 0;
}

/* What is read at start only. */
static void read_features(const struct map *map, const struct votequorum_config *now, struct votequorum_config *c)
{
	uint8_t v;

	if (now != NULL) {
		*c = *now;
		c->two_node_dropped = c->tie_dropped = c->tie_nodes_bad = false;
		return;
	}
	c->wait_for_all_given = map_get_u8(map, "quorum.wait_for_all", &v);
	c->wait_for_all = flag(map, "quorum.wait_for_all");
	c->last_man_standing = flag(map, "quorum.last_man_standing");
	c->last_man_window_ms = number(map, "quorum.last_man_standing_window", WINDOW_MS);
	c->allow_downscale = flag(map, "quorum.allow_downscale");
	c->tracking = c->allow_downscale || flag(map, "quorum.expected_votes_tracking");
	read_tie(map, c);
}

static enum err conflict(struct error *reterr, const char *what)
{
	return error_set(reterr, ERR_INVALID, "quorum: %s", what);
}

static enum err read_device(const struct map *map, const struct nodelist *l, struct votequorum_config *c,
			    struct error *reterr)
{
	uint32_t expected;
	bool expected_given = map_get_u32(map, "quorum.expected_votes", &expected) && expected != 0;

	c->device = map_get_string(map, "quorum.device.model") != NULL;
	c->device_votes = 0;
	c->device_timeout_ms = number(map, "quorum.device.timeout", DEVICE_TIMEOUT_MS);
	c->device_sync_timeout_ms = number(map, "quorum.device.sync_timeout", DEVICE_SYNC_TIMEOUT_MS);
	c->master_wins = flag(map, "quorum.device.master_wins");
	if (!c->device)
		return ERR_OK;
	if (c->two_node)
		return conflict(reterr, "two_node and a device exclude each other; remove one of them");
	if (c->last_man_standing)
		return conflict(reterr, "last_man_standing and a device exclude each other; remove one of them");
	if (c->tie != VOTEQUORUM_TIE_NONE)
		return conflict(reterr, "auto_tie_breaker and a device exclude each other; remove one of them");
	if (c->allow_downscale)
		return conflict(reterr, "allow_downscale and a device exclude each other; remove one of them");
	if (map_get_u32(map, "quorum.device.votes", &c->device_votes))
		return ERR_OK;
	if (expected_given)
		return conflict(reterr, "expected_votes is set, so device.votes must be set too");
	if (l->votes != l->nodes)
		return conflict(reterr, "the nodes' votes differ, so device.votes must be set");
	c->device_votes = l->nodes > 0 ? l->nodes - 1 : 0;
	return ERR_OK;
}

static enum err read_expected(const struct map *map, const struct nodelist *l, struct votequorum_config *c,
			      struct error *reterr)
{
	uint64_t expected = l->votes + c->device_votes;
	uint32_t given = number(map, "quorum.expected_votes", 0);

	if (l->nodes == 0 && given == 0)
		return conflict(reterr, "neither a nodelist nor expected_votes is there; set one of them");
	/* with tracking, less than what is known of is never expected */
	if (given != 0 && !(c->tracking && expected > given))
		expected = given;
	if (expected > UINT32_MAX)
		return conflict(reterr, "the sum of all quorum_votes is too large");
	if (c->device && expected < (uint64_t)c->device_votes + 2)
		return conflict(reterr,
				"device.votes is too high, or expected_votes too low; the nodes need 2 votes at "
				"least");
	c->expected = (uint32_t)expected;
	c->votes = l->has_self ? l->self_votes : 1;
	if (l->nodes == 0)
		map_get_u32(map, "quorum.votes", &c->votes);
	return ERR_OK;
}

/* A half that has no tie breaker could still be the half plus one of an odd number. */
static enum err settle_ties(struct votequorum_config *c, struct error *reterr)
{
	if (!c->wait_for_all_given)
		c->wait_for_all = c->two_node;
	if (c->two_node && c->tie != VOTEQUORUM_TIE_NONE) {
		c->two_node = false;
		c->two_node_dropped = true;
	}
	if (c->tie == VOTEQUORUM_TIE_NONE || c->expected % 2 == 0 || c->wait_for_all)
		return ERR_OK;
	if (c->last_man_standing)
		return conflict(reterr, "auto_tie_breaker and last_man_standing with an odd number of votes need "
					"wait_for_all; set it, or remove last_man_standing");
	c->tie = VOTEQUORUM_TIE_NONE;
	c->tie_nodes.count = 0;
	c->tie_dropped = true;
	return ERR_OK;
}

enum err votequorum_config_read(const struct map *map, const struct votequorum_config *now,
				struct votequorum_config *ret, struct error *reterr)
{
	struct nodelist l = read_nodelist(map);
	struct votequorum_config c = {0};
	enum err e;

	read_features(map, now, &c);
	c.two_node = flag(map, "quorum.two_node");
	e = read_device(map, &l, &c, reterr);
	if (e == ERR_OK)
		e = read_expected(map, &l, &c, reterr);
	if (e == ERR_OK)
		e = settle_ties(&c, reterr);
	if (e == ERR_OK)
		*ret = c;
	return e;
}

enum err votequorum_config_check(const struct map *map, struct error *reterr)
{
	struct votequorum_config c;

	return votequorum_config_read(map, NULL, &c, reterr);
}
