/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/totem-config-private.h"

#include <assert.h>
#include <inttypes.h>

static const char *format_key(char memory[static MAP_KEY_MAX + 1], const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static const char *format_key(char memory[static MAP_KEY_MAX + 1], const char *format, ...)
{
	struct text t = text_of(memory, MAP_KEY_MAX + 1);
	va_list args;

	va_start(args, format);
	text_vadd(&t, format, args);
	va_end(args);
	assert(!t.cut);
	return memory;
}

const char *totem_key(char memory[static MAP_KEY_MAX + 1], const char *name)
{
	return format_key(memory, "totem.%s", name);
}

const char *runtime_key(char memory[static MAP_KEY_MAX + 1], const char *name)
{
	return format_key(memory, "runtime.config.totem.%s", name);
}

const char *link_key(char memory[static MAP_KEY_MAX + 1], uint32_t link, const char *name)
{
	return format_key(memory, "totem.interface.%" PRIu32 ".%s", link, name);
}

void rule_broken(struct conf_problems *problems, const struct conf *conf, const char *key, const char *format, ...)
{
	char memory[CONF_PROBLEM_TEXT];
	struct text t = text_of(memory, sizeof memory);
	va_list args;

	va_start(args, format);
	text_vadd(&t, format, args);
	va_end(args);
	conf_problem_add(problems, CONF_ERROR, conf->file, conf_line(conf, key), "%s", memory);
}

void string_read(const struct conf *conf, const char *key, char *ret, size_t size, struct conf_problems *problems)
{
	const char *have = map_get_string(conf->map, key);
	struct text t = text_of(ret, size);

	if (have == NULL)
		return;
	text_add(&t, "%s", have);
	if (t.cut)
		rule_broken(problems, conf, key, "%s: the text is too long; %zu characters are the most", key,
			    size - 1);
}

/* A word of a table; an unknown one is an error, none at all is the fallback. */
static int read_word(const struct conf *conf, const char *key, const struct word *table, int fallback,
		     struct conf_problems *problems)
{
	const char *have = map_get_string(conf->map, key);
	const struct word *word;
	char memory[256];
	struct text t = text_of(memory, sizeof memory);

	if (have == NULL)
		return fallback;
	word = word_find(table, have);
	if (word != NULL)
		return word->value;
	text_add_words(&t, table);
	rule_broken(problems, conf, key, "%s: \"%.60s\" is not known here; write %s", key, have, memory);
	return fallback;
}

static void read_word_text(const struct conf *conf, const char *key, const struct word *table, const char *fallback,
			   char ret[static WORD_MAX], struct conf_problems *problems)
{
	int value = read_word(conf, key, table, word_find(table, fallback)->value, problems);
	struct text t = text_of(ret, WORD_MAX);

	text_add(&t, "%s", word_of(table, value));
	assert(!t.cut);
}

static bool read_yes(const struct conf *conf, const char *key, const char *yes)
{
	const char *have = map_get_string(conf->map, key);

	return have != NULL && strcmp(have, yes) == 0;
}

static void read_crypto(struct crypto_config *crypto, const struct conf *conf, struct conf_problems *problems)
{
	bool secure = read_yes(conf, "totem.secauth", "on");

	read_word_text(conf, "totem.crypto_model", words_crypto_model, "nss", crypto->model, problems);
	read_word_text(conf, "totem.crypto_cipher", words_crypto_cipher, secure ? "aes256" : "none", crypto->cipher,
		       problems);
	read_word_text(conf, "totem.crypto_hash", words_crypto_hash, secure ? "sha256" : "none", crypto->hash,
		       problems);
	crypto->key_source = KEY_NONE;
	crypto->key[0] = '\0';
	if (strcmp(crypto->cipher, "none") == 0 && strcmp(crypto->hash, "none") == 0)
		return;
	crypto->key_source = KEY_DEFAULT_FILE;
	if (map_get_string(conf->map, "totem.keyfile") != NULL) {
		crypto->key_source = KEY_FILE;
		string_read(conf, "totem.keyfile", crypto->key, sizeof crypto->key, problems);
	} else if (map_get_string(conf->map, "totem.key") != NULL) {
		crypto->key_source = KEY_TEXT;
		string_read(conf, "totem.key", crypto->key, sizeof crypto->key, problems);
	}
}

static void check_crypto(const struct totem_config *config, const struct conf *conf, struct conf_problems *problems)
{
	const struct crypto_config *c = &config->crypto;
	bool cipher = strcmp(c->cipher, "none") != 0, hash = strcmp(c->hash, "none") != 0;

	if (cipher && !hash)
		rule_broken(problems, conf, "totem.crypto_cipher",
			    "totem.crypto_cipher: encryption needs a hash as well; write \"crypto_hash: sha256\"");
	if ((cipher || hash) && config->transport != TRANSPORT_KNET)
		rule_broken(problems, conf, "totem.transport",
			    "totem.transport: %s cannot encrypt; write \"transport: knet\", or remove secauth, "
			    "crypto_cipher and crypto_hash",
			    word_of(words_transport, config->transport));
	if (c->key_source == KEY_TEXT)
		totem_config_check_key(config, conf, strlen(c->key) + 1, problems);
}

void totem_config_check_key(const struct totem_config *config, const struct conf *conf, size_t size,
			    struct conf_problems *problems)
{
	const char *key = config->crypto.key_source == KEY_TEXT ? "totem.key" : "totem.keyfile";

	if (size < KEY_SIZE_MIN)
		rule_broken(problems, conf, key,
			    "%s: the shared key has %zu bytes, at least %d are needed; make one with corosync-keygen",
			    key, size, KEY_SIZE_MIN);
	if (size > KEY_SIZE_MAX)
		rule_broken(problems, conf, key, "%s: the shared key has %zu bytes, at most %d can be used", key, size,
			    KEY_SIZE_MAX);
}

static void read_compression(struct compression_config *c, const struct conf *conf, struct conf_problems *problems)
{
	read_word_text(conf, "totem.knet_compression_model", words_compression, "none", c->model, problems);
	c->threshold = 0;
	c->level = 0;
	(void)map_get_u32(conf->map, "totem.knet_compression_threshold", &c->threshold);
	(void)map_get_i32(conf->map, "totem.knet_compression_level", &c->level);
}

/* Keys "totem.interface.<n>.…" whose n is no link. */
static void check_link_numbers(const struct conf *conf, struct conf_problems *problems)
{
	static const char prefix[] = "totem.interface.";
	const struct map_entry *e;

	for (e = map_next(conf->map, prefix, NULL); e != NULL; e = map_next(conf->map, prefix, e->key)) {
		const char *number = e->key + sizeof prefix - 1;
		size_t digits = strspn(number, "0123456789");

		if (digits > 0 && number[digits] == '.' && (digits > 1 || number[0] >= '0' + LINKS_MAX))
			rule_broken(problems, conf, e->key, "%s: links are numbered 0 to %d", e->key, LINKS_MAX - 1);
	}
}

static void read_link(struct totem_config *config, uint32_t n, const struct conf *conf, struct conf_problems *problems)
{
	struct link_config *link = &config->links[n];
	char key[MAP_KEY_MAX + 1];

	*link = (struct link_config){
		.port = (uint16_t)(PORT_DEFAULT + n), .priority = 1, .ttl = 1, .ping_precision = 2048, .pong_count = 2};
	link->has_settings = map_next(conf->map, link_key(key, n, ""), NULL) != NULL;
	(void)map_get_u16(conf->map, link_key(key, n, "mcastport"), &link->port);
	(void)map_get_u8(conf->map, link_key(key, n, "knet_link_priority"), &link->priority);
	(void)map_get_u8(conf->map, link_key(key, n, "ttl"), &link->ttl);
	(void)map_get_u32(conf->map, link_key(key, n, "knet_ping_precision"), &link->ping_precision);
	(void)map_get_u32(conf->map, link_key(key, n, "knet_pong_count"), &link->pong_count);
	(void)map_get_u32(conf->map, link_key(key, n, "knet_ping_interval"), &link->ping_interval_ms);
	(void)map_get_u32(conf->map, link_key(key, n, "knet_ping_timeout"), &link->ping_timeout_ms);
	link->ping_interval_given = link->ping_interval_ms != 0;
	link->ping_timeout_given = link->ping_timeout_ms != 0;
	if (link->port == 0)
		link->port = (uint16_t)(PORT_DEFAULT + n);
	if (link->pong_count == 0)
		link->pong_count = 2;
	if (link->ping_precision == 0)
		link->ping_precision = 2048;
	link->transport = (enum conf_link_transport)read_word(conf, link_key(key, n, "knet_transport"),
							      words_link_transport, LINK_UDP, problems);
}

static void warn(struct conf_problems *problems, const struct conf *conf, const char *key, const char *text)
{
	if (map_get(conf->map, key).type != MAP_NONE)
		conf_problem_add(problems, CONF_WARNING, conf->file, conf_line(conf, key), "%s: %s", key, text);
}

static void warn_of_unused(const struct conf *conf, struct conf_problems *problems)
{
	static const char *const unused[] = {"totem.nodeid", "totem.threads", "totem.rrp_mode",
					     "quorum.leaving_timeout"};
	char key[MAP_KEY_MAX + 1];

	for (size_t i = 0; i < sizeof unused / sizeof unused[0]; i++)
		warn(problems, conf, unused[i], "not used any more; remove it");
	for (uint32_t n = 0; n < LINKS_MAX; n++) {
		static const char text[] = "not used, addresses are taken from nodelist; remove it";

		warn(problems, conf, link_key(key, n, "bindnetaddr"), text);
		warn(problems, conf, link_key(key, n, "mcastaddr"), text);
		warn(problems, conf, link_key(key, n, "member.0"), text);
	}
}

void totem_config_read(struct totem_config *config, const struct conf *conf, struct conf_problems *problems)
{
	int ip_fallback;

	memset(config, 0, sizeof *config);
	config->local = NO_POSITION;
	(void)map_get_u32(conf->map, "totem.version", &config->version);
	(void)map_get_u64(conf->map, "totem.config_version", &config->config_version);
	string_read(conf, "totem.cluster_name", config->cluster_name, sizeof config->cluster_name, problems);
	config->transport =
		(enum conf_transport)read_word(conf, "totem.transport", words_transport, TRANSPORT_KNET, problems);
	config->link_mode =
		(enum conf_link_mode)read_word(conf, "totem.link_mode", words_link_mode, LINK_MODE_PASSIVE, problems);
	ip_fallback = config->transport == TRANSPORT_UDP ? IP_VERSION_4 : IP_VERSION_6_4;
	config->ip_version =
		(enum conf_ip_version)read_word(conf, "totem.ip_version", words_ip_version, ip_fallback, problems);
	(void)map_get_u8(conf->map, "totem.ip_dscp", &config->ip_dscp);
	(void)map_get_u32(conf->map, "totem.netmtu", &config->netmtu);
	if (config->netmtu == 0)
		config->netmtu = config->transport == TRANSPORT_KNET ? FRAME_MAX : FRAME_UDPU_MTU;
	config->clear_node_high_bit = read_yes(conf, "totem.clear_node_high_bit", "yes");
	read_crypto(&config->crypto, conf, problems);
	read_compression(&config->compression, conf, problems);
	check_link_numbers(conf, problems);
	for (uint32_t n = 0; n < LINKS_MAX; n++)
		read_link(config, n, conf, problems);
	nodelist_read(config, conf, problems);
	for (uint32_t n = 0; n < LINKS_MAX; n++)
		config->links[n].has_nodes = nodes_on_link(config, n) > 0;
	warn_of_unused(conf, problems);
}

static void check_general(const struct totem_config *config, const struct conf *conf, struct conf_problems *problems)
{
	if (config->version != 2)
		rule_broken(problems, conf, "totem.version",
			    "totem.version: only format 2 can be read; write \"version: 2\" into the section totem");
	if (config->transport == TRANSPORT_UDP)
		rule_broken(problems, conf, "totem.transport",
			    "totem.transport: this engine has no multicast; write \"transport: knet\" or \"transport: "
			    "udpu\" on all nodes");
	if (config->netmtu < NETMTU_MIN || config->netmtu > FRAME_MAX)
		rule_broken(problems, conf, "totem.netmtu",
			    "totem.netmtu: %" PRIu32 " bytes cannot be used; write %d to %d, or remove the line",
			    config->netmtu, NETMTU_MIN, FRAME_MAX);
	if (config->ip_dscp > 63)
		rule_broken(problems, conf, "totem.ip_dscp", "totem.ip_dscp: %u is more than 63", config->ip_dscp);
}

static void check_link(const struct totem_config *config, uint32_t n, const struct conf *conf,
		       struct conf_problems *problems)
{
	const struct link_config *link = &config->links[n];
	char key[MAP_KEY_MAX + 1];

	if (link->ttl != 1 && config->transport != TRANSPORT_UDP)
		rule_broken(problems, conf, link_key(key, n, "ttl"), "%s: only for transport udp; remove the line",
			    key);
	if (link->priority != 1 && config->transport != TRANSPORT_KNET)
		rule_broken(problems, conf, link_key(key, n, "knet_link_priority"),
			    "%s: only for transport knet; remove the line", key);
	if (link->has_settings && !link->has_nodes)
		conf_problem_add(
			problems, CONF_WARNING, conf->file, 0,
			"totem.interface: link %" PRIu32 " has settings, but no node has a ring%" PRIu32 "_addr", n, n);
}

static void derive_ping_timers(struct link_config *link, uint32_t token_ms)
{
	if (!link->ping_timeout_given)
		link->ping_timeout_ms = token_ms / link->pong_count;
	/* The product may overflow for a pong count that nobody writes. */
	if (!link->ping_interval_given)
		link->ping_interval_ms = (uint32_t)(token_ms / (2 * (uint64_t)link->pong_count));
}

static uint32_t generated_id(const struct totem_config *config, const struct address *a)
{
	uint32_t id =
		(uint32_t)a->bytes[0] << 24 | (uint32_t)a->bytes[1] << 16 | (uint32_t)a->bytes[2] << 8 | a->bytes[3];

	return config->clear_node_high_bit ? id & 0x7fffffff : id;
}

/* Corosync can give the ring a network device of its own; we cannot, and say so instead of looking as if we could. */
static void check_nozzle(const struct conf *conf, struct conf_problems *problems)
{
	const struct map_entry *m = map_next(conf->map, "nozzle.", NULL);

	if (m != NULL)
		conf_problem_add(problems, CONF_WARNING, conf->file, conf_line(conf, m->key),
				 "nozzle: this engine makes no network device over the ring; programs that use %s will "
				 "not find it. Remove the section, or use a tunnel of the system",
				 map_get_string(conf->map, "nozzle.name") != NULL
					 ? map_get_string(conf->map, "nozzle.name")
					 : "it");
}

void totem_config_finish(struct totem_config *config, const struct conf *conf, struct conf_problems *problems)
{
	for (uint32_t i = 0; i < config->node_count; i++) {
		struct node_config *node = &config->nodes[i];

		if (!node_id_is_set(node->id) && config->transport != TRANSPORT_KNET &&
		    node->address[0].family == FAMILY_IPV4)
			node->id = node_id_of(generated_id(config, &node->address[0]));
	}
	totem_timers_read(&config->timers, conf->map, nodes_on_link(config, 0));
	totem_timers_check(&config->timers, conf, problems);
	if (config->timers.window_size > WINDOW_MAX)
		config->timers.window_size = WINDOW_MAX;
	check_general(config, conf, problems);
	check_crypto(config, conf, problems);
	for (uint32_t n = 0; n < LINKS_MAX; n++) {
		check_link(config, n, conf, problems);
		derive_ping_timers(&config->links[n], config->timers.token_ms);
	}
	nodelist_check(config, conf, problems);
	quorum_rules_check(config, conf, problems);
	check_nozzle(conf, problems);
}

bool totem_timers_reread(struct totem_config *config, const struct conf *conf, struct conf_problems *problems)
{
	struct totem_timers timers;
	uint32_t errors = problems->errors;

	totem_timers_read(&timers, conf->map, nodes_on_link(config, 0));
	totem_timers_check(&timers, conf, problems);
	if (problems->errors != errors)
		return false;
	if (timers.window_size > WINDOW_MAX)
		timers.window_size = WINDOW_MAX;
	config->timers = timers;
	for (uint32_t n = 0; n < LINKS_MAX; n++)
		derive_ping_timers(&config->links[n], timers.token_ms);
	return true;
}

static void publish_link(const struct totem_config *config, uint32_t n, struct map *map)
{
	const struct link_config *link = &config->links[n];
	char memory[MAP_KEY_MAX + 1];

	if (!link->has_nodes)
		return;
	map_put_u16(map, format_key(memory, "runtime.config.totem.interface.%" PRIu32 ".mcastport", n), link->port);
	if (config->transport != TRANSPORT_KNET)
		return;
	map_put_u32(map, format_key(memory, "runtime.config.totem.interface.%" PRIu32 ".knet_ping_timeout", n),
		    link->ping_timeout_ms);
	map_put_u32(map, format_key(memory, "runtime.config.totem.interface.%" PRIu32 ".knet_ping_interval", n),
		    link->ping_interval_ms);
}

void totem_config_publish(const struct totem_config *config, struct map *map)
{
	char memory[MAP_KEY_MAX + 1];

	totem_timers_publish(&config->timers, map);
	map_put_u32(map, "runtime.config.totem.knet_compression_threshold", config->compression.threshold);
	map_put_i32(map, "runtime.config.totem.knet_compression_level", config->compression.level);
	map_put_string(map, "runtime.config.totem.knet_compression_model", config->compression.model);
	for (uint32_t n = 0; n < LINKS_MAX; n++)
		publish_link(config, n, map);
	for (uint32_t i = 0; i < config->node_count; i++)
		if (!config->nodes[i].id_given && node_id_is_set(config->nodes[i].id))
			map_put_u32(map, node_key(memory, &config->nodes[i], "nodeid"), config->nodes[i].id.v);
	if (config->local != NO_POSITION)
		map_put_u32(map, "nodelist.local_node_pos", config->nodes[config->local].position);
}
