/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any text as corosync.conf, through parser, lookups, rules and publication; a second text behind a line "%%%" is a
 * reload. What must hold whatever the text: no error means a configuration that the ring can use, a refused reload
 * changes nothing, an applied one leaves the map as a fresh start would, and all memory comes back.
 */
#include "conf/reload.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LIVE_SIZE = 2 * 1024 * 1024, NEW_SIZE = 4 * 1024 * 1024 };

struct side {
	struct pool pool;
	struct map map, lines;
	struct conf conf;
	struct totem_config config;
};

static _Alignas(16) uint8_t live_memory[LIVE_SIZE], new_memory[NEW_SIZE];
static struct side live, new;
static struct conf_problems problems;
static uint32_t changes;

static void observe(void *arg, const struct map_change *change)
{
	(void)arg;
	assert(map_key_valid(change->key));
	changes++;
}

static void side_init(struct side *s, void *memory, size_t size)
{
	pool_init(&s->pool, memory, size);
	map_init(&s->map, &s->pool);
	map_init(&s->lines, &s->pool);
	conf_init(&s->conf, &s->map, &s->lines);
}

static void side_fini(struct side *s)
{
	map_fini(&s->map);
	map_fini(&s->lines);
	assert(s->pool.used == 0);
}

/* A world in which a name has an address of its own, made of its letters; some have none. */
static void look_up(struct side *s)
{
	static const struct address local = {.family = FAMILY_IPV4, .bytes = {192, 0, 2, 1}};
	struct local_facts facts = {.nodename = "here.example.org", .address_count = 1, .addresses = &local};
	struct resolve_request r = {0};

	totem_config_find_local(&s->config, &facts);
	while (totem_config_unresolved(&s->config, r.next, &r)) {
		struct address a = {.family = r.host[0] % 2 == 0 ? FAMILY_IPV4 : FAMILY_IPV6};

		for (size_t i = 0; r.host[i] != '\0' && i < 4; i++)
			a.bytes[i] = (uint8_t)r.host[i];
		totem_config_resolve(&s->config, &r, &a, r.host[0] == 'x' ? 0 : 1);
	}
	totem_config_find_local(&s->config, &facts);
}

static void check_usable(const struct totem_config *c)
{
	assert(c->node_count > 0);
	assert(c->local < c->node_count);
	assert(c->timers.token_ms >= TIMEOUT_MIN_MS);
	assert(c->timers.token_retransmit_ms >= TIMEOUT_MIN_MS);
	assert(c->timers.consensus_ms >= c->timers.join_ms);
	assert(c->timers.hold_ms >= HOLD_MIN_MS);
	assert(c->timers.window_size > 0 && c->timers.window_size <= WINDOW_MAX);
	assert(c->netmtu >= NETMTU_MIN && c->netmtu <= FRAME_MAX);
	for (uint32_t i = 0; i < c->node_count; i++) {
		const struct node_config *node = &c->nodes[i];

		assert(node->links == 0 || totem_config_node(c, node->id) == node);
		for (uint32_t n = 0; n < LINKS_MAX; n++)
			assert(!(node->links >> n & 1u) || node->address[n].family != FAMILY_NONE);
	}
}

static void load(struct side *s, struct bytes text)
{
	uint32_t errors = problems.errors;
	bool good = conf_parse(&s->conf, "fuzz.conf", text, &problems);

	assert(good == (problems.errors == errors));
	for (uint32_t i = 0; i < s->conf.owner_count; i++)
		assert(conf_allow(&s->conf, s->conf.owners[i].is_group, i) || problems.errors > 0 ||
		       pool_room(&s->pool) < s->pool.size / 2);
}

static void settle(struct side *s)
{
	totem_config_read(&s->config, &s->conf, &problems);
	look_up(s);
	totem_config_finish(&s->config, &s->conf, &problems);
}

static void check_texts(void)
{
	for (uint32_t i = 0; i < problems.count; i++) {
		char line[CONF_PROBLEM_TEXT + 64];
		struct text t = text_of(line, sizeof line);

		conf_problem_text(&problems.list[i], &t);
		assert(t.len > 0 && !t.cut);
	}
}

static void reload(struct bytes text)
{
	struct reload_plan plan;

	conf_problems_init(&problems);
	side_init(&new, new_memory, NEW_SIZE);
	map_observe(&live.map, observe, NULL);
	changes = 0;
	load(&new, text);
	reload_keep(&live.map, &live.config, &new.conf, &problems);
	settle(&new);
	reload_compare(&live.config, &new.config, &live.map, &new.conf, &plan, &problems);
	assert(changes == 0);
	if (problems.errors == 0) {
		if (reload_apply(&live.map, &new.conf, &new.config, &problems)) {
			for (uint32_t i = 0; i < new.map.count; i++) {
				const struct map_entry *e = new.map.entries[i];
				struct map_value v = map_get(&live.map, e->key);

				assert(v.type == e->value.type && bytes_eq(v.bytes, e->value.bytes));
			}
			check_usable(&new.config);
		} else {
			assert(changes == 0);
		}
	}
	check_texts();
	side_fini(&new);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char mark[] = "%%%\n";
	const uint8_t *second = memmem(data, size, mark, sizeof mark - 1);
	size_t first = second == NULL ? size : (size_t)(second - data);

	conf_problems_init(&problems);
	side_init(&live, live_memory, LIVE_SIZE);
	load(&live, bytes_of(data, first));
	settle(&live);
	check_texts();
	if (problems.errors == 0) {
		check_usable(&live.config);
		totem_config_publish(&live.config, &live.map);
		if (second != NULL)
			reload(bytes_of(second + sizeof mark - 1, size - first - (sizeof mark - 1)));
	}
	side_fini(&live);
	return 0;
}
