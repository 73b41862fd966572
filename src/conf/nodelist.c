/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The nodes: reading them, finding addresses for their names and this machine among them, and the rules about them. */
#include "conf/totem-config-private.h"

#include <assert.h>
#include <inttypes.h>

static const char nodelist_prefix[] = "nodelist.node.";

const char *node_key(char memory[static MAP_KEY_MAX + 1], const struct node_config *node, const char *name)
{
	struct text t = text_of(memory, MAP_KEY_MAX + 1);

	text_add(&t, "nodelist.node.%" PRIu32 ".%s", node->position, name);
	return memory;
}

const char *node_link_key(char memory[static MAP_KEY_MAX + 1], const struct node_config *node, uint32_t link)
{
	struct text t = text_of(memory, MAP_KEY_MAX + 1);

	text_add(&t, "nodelist.node.%" PRIu32 ".ring%" PRIu32 "_addr", node->position, link);
	return memory;
}

void text_add_node(struct text *t, const struct node_config *node)
{
	if (node_id_is_set(node->id))
		text_add(t, "node %" PRIu32, node->id.v);
	else
		text_add(t, "the node at place %" PRIu32 " of nodelist", node->position + 1);
	if (node->name[0] != '\0')
		text_add(t, " (%.60s)", node->name);
}

uint32_t nodes_on_link(const struct totem_config *config, uint32_t link)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < config->node_count; i++)
		n += config->nodes[i].links >> link & 1u;
	return n;
}

const struct node_config *totem_config_node(const struct totem_config *config, node_id id)
{
	for (uint32_t i = 0; i < config->node_count; i++)
		if (node_id_is_set(id) && node_id_eq(config->nodes[i].id, id))
			return &config->nodes[i];
	return NULL;
}

/* The decimal number at text, and what follows it; false when there is none or it is huge. */
static bool number_at(const char *text, uint32_t *ret, const char **ret_rest)
{
	size_t digits = strspn(text, "0123456789");
	uint32_t number = 0;

	if (digits == 0 || digits > 9)
		return false;
	for (size_t i = 0; i < digits; i++)
		number = number * 10 + (uint32_t)(text[i] - '0');
	*ret = number;
	*ret_rest = text + digits;
	return true;
}

static struct node_config *node_at(struct totem_config *config, uint32_t position)
{
	for (uint32_t i = 0; i < config->node_count; i++)
		if (config->nodes[i].position == position)
			return &config->nodes[i];
	return NULL;
}

static void read_address(struct node_config *node, const char *key, const char *name, const struct conf *conf,
			 struct conf_problems *problems)
{
	const char *rest;
	uint32_t link;

	if (strncmp(name, "ring", 4) != 0 || !number_at(name + 4, &link, &rest) || strcmp(rest, "_addr") != 0)
		return;
	if (link >= LINKS_MAX) {
		rule_broken(problems, conf, key, "%s: links are numbered 0 to %d", key, LINKS_MAX - 1);
		return;
	}
	node->links |= (uint8_t)(1u << link);
	string_read(conf, key, node->host[link], HOST_MAX, problems);
}

static bool family_fits(const struct totem_config *config, enum address_family family)
{
	if (config->ip_version == IP_VERSION_4)
		return family == FAMILY_IPV4;
	if (config->ip_version == IP_VERSION_6)
		return family == FAMILY_IPV6;
	return family != FAMILY_NONE;
}

/* Addresses that are written as such need nobody to look them up. */
static void take_literals(struct totem_config *config)
{
	for (uint32_t i = 0; i < config->node_count; i++)
		for (uint32_t n = 0; n < LINKS_MAX; n++) {
			struct node_config *node = &config->nodes[i];
			struct address a;

			if ((node->links >> n & 1u) && address_parse(node->host[n], &a) &&
			    family_fits(config, a.family))
				node->address[n] = a;
		}
}

/* "nodelist.node.<position>.<name>" */
static bool split_key(const char *key, uint32_t *ret_position, const char **ret_name)
{
	if (!number_at(key + sizeof nodelist_prefix - 1, ret_position, ret_name) || **ret_name != '.')
		return false;
	(*ret_name)++;
	return true;
}

/* Makes the nodes, in the order of their positions; the map has "10" before "2". */
static void make_nodes(struct totem_config *config, const struct conf *conf, struct conf_problems *problems)
{
	const struct map_entry *e;

	for (e = map_next(conf->map, nodelist_prefix, NULL); e != NULL;
	     e = map_next(conf->map, nodelist_prefix, e->key)) {
		uint32_t position, at = config->node_count;
		const char *name;

		if (!split_key(e->key, &position, &name) || node_at(config, position) != NULL)
			continue;
		if (config->node_count == NODES_MAX) {
			rule_broken(problems, conf, e->key, "nodelist: %d nodes are the most", NODES_MAX);
			return;
		}
		for (; at > 0 && config->nodes[at - 1].position > position; at--)
			config->nodes[at].position = config->nodes[at - 1].position;
		config->nodes[at].position = position;
		config->node_count++;
	}
	for (uint32_t i = 0; i < config->node_count; i++)
		config->nodes[i].votes = 1;
}

void nodelist_read(struct totem_config *config, const struct conf *conf, struct conf_problems *problems)
{
	const struct map_entry *e;

	make_nodes(config, conf, problems);
	for (e = map_next(conf->map, nodelist_prefix, NULL); e != NULL;
	     e = map_next(conf->map, nodelist_prefix, e->key)) {
		struct node_config *node;
		const char *name;
		uint32_t position;

		if (!split_key(e->key, &position, &name))
			continue;
		node = node_at(config, position);
		if (node == NULL)
			continue;
		if (strcmp(name, "nodeid") == 0)
			node->id_given = map_get_u32(conf->map, e->key, &node->id.v) && node->id.v != 0;
		else if (strcmp(name, "quorum_votes") == 0)
			(void)map_get_u32(conf->map, e->key, &node->votes);
		else if (strcmp(name, "name") == 0)
			string_read(conf, e->key, node->name, sizeof node->name, problems);
		else
			read_address(node, e->key, name, conf, problems);
	}
	take_literals(config);
}

bool totem_config_unresolved(const struct totem_config *config, uint32_t from, struct resolve_request *ret)
{
	for (uint32_t at = from; at < config->node_count * (LINKS_MAX + 1); at++) {
		uint32_t n = at % (LINKS_MAX + 1);
		const struct node_config *node = &config->nodes[at / (LINKS_MAX + 1)];
		struct address literal;
		bool wanted = false;

		if (n < LINKS_MAX)
			wanted = (node->links >> n & 1u) && node->address[n].family == FAMILY_NONE &&
				 node->host[n][0] != '\0' && !address_parse(node->host[n], &literal);
		else if (config->local == NO_POSITION)
			wanted = node->name[0] != '\0' && node->name_address[0].family == FAMILY_NONE;
		if (!wanted)
			continue;
		*ret = (struct resolve_request){.host = n < LINKS_MAX ? node->host[n] : node->name,
						.node = at / (LINKS_MAX + 1),
						.link = n,
						.next = at + 1};
		return true;
	}
	return false;
}

static const struct address *first_of(const struct address *addresses, uint32_t count, enum address_family family)
{
	for (uint32_t i = 0; i < count; i++)
		if (addresses[i].family == family)
			return &addresses[i];
	return NULL;
}

void totem_config_resolve(struct totem_config *config, const struct resolve_request *request,
			  const struct address *addresses, uint32_t count)
{
	struct node_config *node = &config->nodes[request->node];
	const struct address *v4 = first_of(addresses, count, FAMILY_IPV4);
	const struct address *v6 = first_of(addresses, count, FAMILY_IPV6);
	const struct address *best = NULL;

	assert(request->node < config->node_count);
	if (request->link == LINKS_MAX) {
		for (uint32_t i = 0; i < count && i < NAME_ADDRESSES_MAX; i++)
			node->name_address[i] = addresses[i];
		return;
	}
	switch (config->ip_version) {
	case IP_VERSION_4:
		best = v4;
		break;
	case IP_VERSION_6:
		best = v6;
		break;
	case IP_VERSION_4_6:
		best = v4 != NULL ? v4 : v6;
		break;
	case IP_VERSION_6_4:
		best = v6 != NULL ? v6 : v4;
		break;
	}
	if (best != NULL)
		node->address[request->link] = *best;
}

/* Whether a name of the configuration is that name; short: only up to its first dot. */
static bool name_is(const char *written, const char *name, size_t name_len, bool is_short)
{
	size_t len = is_short ? strcspn(written, ".") : strlen(written);

	return len == name_len && len > 0 && memcmp(written, name, len) == 0;
}

static bool find_name(struct totem_config *config, const char *name, size_t len, bool is_short)
{
	for (uint32_t i = 0; i < config->node_count; i++) {
		const struct node_config *node = &config->nodes[i];

		if (name_is(node->name, name, len, is_short) || name_is(node->host[0], name, len, is_short)) {
			config->local = i;
			return true;
		}
	}
	return false;
}

/* "a.b.c", then "a.b", then "a", then "a" against the first parts of the names written. */
static bool find_nodename(struct totem_config *config, const char *name)
{
	size_t len = strlen(name);

	for (;;) {
		if (find_name(config, name, len, false))
			return true;
		while (len > 0 && name[len - 1] != '.')
			len--;
		if (len == 0)
			break;
		len--;
	}
	return find_name(config, name, strcspn(name, "."), true);
}

static bool find_address(struct totem_config *config, const struct address *a)
{
	for (uint32_t i = 0; i < config->node_count; i++) {
		const struct node_config *node = &config->nodes[i];
		bool same = node->address[0].family != FAMILY_NONE && address_eq(&node->address[0], a);

		for (uint32_t k = 0; k < NAME_ADDRESSES_MAX; k++)
			same = same ||
			       (node->name_address[k].family != FAMILY_NONE && address_eq(&node->name_address[k], a));
		if (same) {
			config->local = i;
			return true;
		}
	}
	return false;
}

bool totem_config_find_local(struct totem_config *config, const struct local_facts *facts)
{
	if (config->local != NO_POSITION)
		return true;
	if (facts->nodename != NULL && find_nodename(config, facts->nodename))
		return true;
	for (uint32_t i = 0; facts->reverse_names != NULL && i < facts->address_count; i++) {
		const char *name = facts->reverse_names[i];

		if (name != NULL && (find_name(config, name, strlen(name), false) ||
				     find_name(config, name, strcspn(name, "."), false)))
			return true;
	}
	for (uint32_t i = 0; i < facts->address_count; i++)
		if (find_address(config, &facts->addresses[i]))
			return true;
	return false;
}

static const char *node_text(const struct node_config *node, char memory[static 128])
{
	struct text t = text_of(memory, 128);

	text_add_node(&t, node);
	return memory;
}

static void check_node_id(const struct totem_config *config, const struct node_config *node, const struct conf *conf,
			  struct conf_problems *problems)
{
	char key[MAP_KEY_MAX + 1], who[128];
	bool is_knet = config->transport == TRANSPORT_KNET;
	struct text t;

	node_key(key, node, "nodeid");
	if (!node_id_is_set(node->id)) {
		/* the section's line is not kept, but that of some key in it */
		const char *at = node->links != 0 ? node_link_key(key, node, (uint32_t)__builtin_ctz(node->links))
						  : node_key(key, node, "name");

		rule_broken(problems, conf, at,
			    "nodelist: %s has no nodeid; write \"nodeid: <number>\", 1 to %d, into its section",
			    node_text(node, who), NODE_ID_KNET_MAX);
		return;
	}
	if (is_knet && node->id.v > NODE_ID_KNET_MAX)
		rule_broken(problems, conf, key, "%s: %" PRIu32 " is too large; with knet node ids are 1 to %d", key,
			    node->id.v, NODE_ID_KNET_MAX);
	t = text_of(who, sizeof who);
	for (const struct node_config *other = config->nodes; other != node; other++)
		if (node_id_eq(other->id, node->id)) {
			text_add(&t, "%s%.60s", other->name[0] != '\0' ? "node " : "another node", other->name);
			rule_broken(problems, conf, key,
				    "%s: %" PRIu32 " is the id of %s already; every node needs its own", key,
				    node->id.v, who);
			break;
		}
}

static void check_address(const struct totem_config *config, const struct node_config *node, uint32_t n,
			  const struct conf *conf, struct conf_problems *problems)
{
	const struct address *a = &node->address[n];
	char key[MAP_KEY_MAX + 1], who[128], text[64];
	struct text t = text_of(text, sizeof text);
	struct address literal;

	node_link_key(key, node, n);
	if (a->family == FAMILY_NONE) {
		if (address_parse(node->host[n], &literal))
			rule_broken(problems, conf, key,
				    "%s: %s does not fit \"ip_version: %s\"; change the one or the other", key,
				    node->host[n], word_of(words_ip_version, config->ip_version));
		else
			rule_broken(problems, conf, key,
				    "%s: no address was found for \"%.100s\"; write an IP address, or "
				    "put the name into /etc/hosts",
				    key, node->host[n]);
		return;
	}
	text_add_address(&t, a);
	for (const struct node_config *other = config->nodes; other != node; other++) {
		const struct address *b = &other->address[n];

		if (b->family == FAMILY_NONE)
			continue;
		if (b->family != a->family) {
			rule_broken(problems, conf, key,
				    "%s: %s is IPv%d, but %s has IPv%d on link %" PRIu32
				    "; a link has one kind of address",
				    key, text, (int)a->family, node_text(other, who), (int)b->family, n);
			return;
		}
		if (address_eq(a, b)) {
			rule_broken(problems, conf, key, "%s: %s is already the address of %s on link %" PRIu32, key,
				    text, node_text(other, who), n);
			return;
		}
	}
}

/* All nodes have the same links; with several links all have a name as well. */
static void check_links(const struct totem_config *config, const struct conf *conf, struct conf_problems *problems)
{
	uint32_t all = 0, settings = 0;
	char key[MAP_KEY_MAX + 1], who[128];

	for (uint32_t n = 0; n < LINKS_MAX; n++) {
		all |= (config->links[n].has_nodes ? 1u : 0u) << n;
		settings |= (config->links[n].has_settings ? 1u : 0u) << n;
	}
	if (config->node_count == 0 || all == 0) {
		rule_broken(problems, conf, "nodelist",
			    "nodelist: no node has an address; list all nodes with nodeid, name "
			    "and ring0_addr");
		return;
	}
	if (((all | settings) & ((all | settings) - 1)) == 0)
		return;
	if (config->transport != TRANSPORT_KNET) {
		rule_broken(problems, conf, "totem.transport",
			    "totem.transport: %s has one link only; write \"transport: "
			    "knet\", or keep ring0_addr alone",
			    word_of(words_transport, config->transport));
		return;
	}
	for (uint32_t n = 0; n < LINKS_MAX; n++)
		if ((settings & ~all) >> n & 1u)
			rule_broken(problems, conf, "totem.interface",
				    "totem.interface: link %" PRIu32 " has settings, but no "
				    "node has a ring%" PRIu32 "_addr; add the addresses or remove the section",
				    n, n);
	for (uint32_t i = 0; i < config->node_count; i++) {
		const struct node_config *node = &config->nodes[i];
		uint32_t missing = all & ~(uint32_t)node->links;

		if (node->links == 0)
			continue;
		node_link_key(key, node, (uint32_t)__builtin_ctz(node->links));
		if (missing != 0)
			rule_broken(problems, conf, key,
				    "nodelist: %s has no ring%d_addr, but other nodes have; all nodes "
				    "have the same links",
				    node_text(node, who), __builtin_ctz(missing));
		if (node->name[0] == '\0')
			rule_broken(problems, conf, key,
				    "nodelist: %s has no name; with several links write \"name: <name>\" "
				    "into every node",
				    node_text(node, who));
	}
}

void nodelist_check(const struct totem_config *config, const struct conf *conf, struct conf_problems *problems)
{
	char key[MAP_KEY_MAX + 1], who[128];

	check_links(config, conf, problems);
	if (config->local == NO_POSITION && config->node_count > 0)
		rule_broken(problems, conf, "nodelist",
			    "nodelist: none of the nodes is this machine; write its host name "
			    "(uname -n) as \"name:\" of its node, or one of its addresses as ring0_addr");
	for (uint32_t i = 0; i < config->node_count; i++) {
		const struct node_config *node = &config->nodes[i];

		if (node->links != 0 || node_id_is_set(node->id) || i == config->local)
			check_node_id(config, node, conf, problems);
		if (node->links == 0)
			conf_problem_add(problems, CONF_WARNING, conf->file,
					 conf_line(conf, node_key(key, node, "nodeid")),
					 "nodelist: %s has no address and cannot join; write its ring0_addr",
					 node_text(node, who));
		for (uint32_t n = 0; n < LINKS_MAX; n++)
			if (node->links >> n & 1u)
				check_address(config, node, n, conf, problems);
	}
}
