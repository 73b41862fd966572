/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fixture.h - what the tests of src/conf share: a configuration read from a text, on a machine that the test invents.
 */
#ifndef TESTS_CONF_FIXTURE_H
#define TESTS_CONF_FIXTURE_H

#include "conf/reload.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { FIXTURE_MEMORY = 8 * 1024 * 1024 };

struct loaded {
	void *memory;
	struct pool pool;
	struct map map, lines;
	struct conf conf;
	struct totem_config config;
	struct conf_problems problems;
};

static inline struct loaded *loaded_new(void)
{
	struct loaded *l = calloc(1, sizeof *l);

	l->memory = aligned_alloc(16, FIXTURE_MEMORY);
	pool_init(&l->pool, l->memory, FIXTURE_MEMORY);
	map_init(&l->map, &l->pool);
	map_init(&l->lines, &l->pool);
	conf_init(&l->conf, &l->map, &l->lines);
	conf_problems_init(&l->problems);
	return l;
}

static inline void loaded_free(struct loaded *l)
{
	map_fini(&l->map);
	map_fini(&l->lines);
	assert_int_equal(l->pool.used, 0);
	free(l->memory);
	free(l);
}

static inline struct loaded *parsed(const char *text)
{
	struct loaded *l = loaded_new();

	conf_parse(&l->conf, "test.conf", bytes_of(text, strlen(text)), &l->problems);
	return l;
}

/* Everything but the lookups: this machine is called "here" and has the address 192.0.2.1. */
static inline void finish(struct loaded *l)
{
	static const struct address local = {.family = FAMILY_IPV4, .bytes = {192, 0, 2, 1}};
	struct local_facts facts = {.nodename = "here", .address_count = 1, .addresses = &local};

	totem_config_read(&l->config, &l->conf, &l->problems);
	totem_config_find_local(&l->config, &facts);
	totem_config_finish(&l->config, &l->conf, &l->problems);
}

static inline struct loaded *loaded(const char *text)
{
	struct loaded *l = parsed(text);

	finish(l);
	return l;
}

/* The line of the first problem of that severity whose text contains the words, -1 when there is none. */
static inline int problem_line(const struct conf_problems *p, enum conf_severity severity, const char *words)
{
	for (uint32_t i = 0; i < p->count; i++)
		if (p->list[i].severity == severity && strstr(p->list[i].text, words) != NULL)
			return (int)p->list[i].line;
	return -1;
}

static inline void show_problems(const struct conf_problems *p)
{
	for (uint32_t i = 0; i < p->count; i++)
		print_message("  line %" PRIu32 ", severity %d: %s\n", p->list[i].line, (int)p->list[i].severity,
			      p->list[i].text);
}

static inline void assert_problem(const struct conf_problems *p, enum conf_severity severity, int line,
				  const char *words)
{
	int have = problem_line(p, severity, words);

	if (have == line)
		return;
	show_problems(p);
	fail_msg("wanted at line %d: %s", line, words);
}

static inline void assert_no_errors(const struct conf_problems *p)
{
	if (p->errors == 0)
		return;
	show_problems(p);
	fail_msg("%" PRIu32 " errors", p->errors);
}

static inline void assert_u32(const struct map *map, const char *key, uint32_t want)
{
	uint32_t have = ~want;

	if (!map_get_u32(map, key, &have) || have != want)
		fail_msg("%s is %" PRIu32 ", not %" PRIu32, key, have, want);
}

#endif
