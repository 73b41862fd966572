/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "map/map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { MEMORY = 1024 * 1024, SEEN_MAX = 64 };

struct seen {
	enum map_change_type type;
	char key[MAP_KEY_MAX + 1];
	enum map_type before_type, after_type;
	uint8_t before[64], after[64];
	size_t before_len, after_len;
};

struct fixture {
	struct pool pool;
	struct map map;
	void *memory;
	struct seen seen[SEEN_MAX];
	uint32_t seen_count;
};

static void record(void *arg, const struct map_change *c)
{
	struct fixture *f = arg;
	struct seen *s = &f->seen[f->seen_count++];

	assert_true(f->seen_count <= SEEN_MAX);
	s->type = c->type;
	snprintf(s->key, sizeof s->key, "%s", c->key);
	s->before_type = c->before.type;
	s->after_type = c->after.type;
	s->before_len = c->before.bytes.len;
	s->after_len = c->after.bytes.len;
	assert_true(s->before_len <= sizeof s->before);
	assert_true(s->after_len <= sizeof s->after);
	if (s->before_len > 0)
		memcpy(s->before, c->before.bytes.data, s->before_len);
	if (s->after_len > 0)
		memcpy(s->after, c->after.bytes.data, s->after_len);
}

static int setup_size(void **state, size_t size)
{
	struct fixture *f = calloc(1, sizeof *f);

	f->memory = aligned_alloc(16, size);
	pool_init(&f->pool, f->memory, size);
	map_init(&f->map, &f->pool);
	map_observe(&f->map, record, f);
	*state = f;
	return 0;
}

static int setup(void **state)
{
	return setup_size(state, MEMORY);
}

static int setup_small(void **state)
{
	return setup_size(state, 4096);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	map_fini(&f->map);
	assert_int_equal(f->pool.used, 0);
	free(f->memory);
	free(f);
	return 0;
}

static enum status set_string(struct map *m, const char *key, const char *v)
{
	return map_set(m, key, MAP_STRING, bytes_of(v, strlen(v)));
}

static void test_keys(void **state)
{
	char longest[MAP_KEY_MAX + 2];
	static const struct {
		const char *key;
		bool valid;
	} cases[] = {
		{"abc", true},         {"ab", false},       {"", false},           {"a.b", true},  {"aZ09._-/:", true},
		{"with blank", false}, {"tab\tbed", false}, {"h\xc3\xa4h", false}, {"a*b", false}, {"a@b", false},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_int_equal(map_key_valid(cases[i].key), cases[i].valid);
	memset(longest, 'x', sizeof longest);
	longest[MAP_KEY_MAX + 1] = '\0';
	assert_false(map_key_valid(longest));
	longest[MAP_KEY_MAX] = '\0';
	assert_true(map_key_valid(longest));

	struct fixture *f = *state;
	assert_int_equal(set_string(&f->map, "ab", "v"), STATUS_NAME_TOO_LONG);
	assert_int_equal(set_string(&f->map, longest, "v"), STATUS_OK);
	assert_string_equal(map_get_string(&f->map, longest), "v");
	assert_int_equal(f->map.count, 1);
}

static void test_values(void **state)
{
	struct fixture *f = *state;
	static const uint8_t data[16] = "0123456789abcde";
	static const struct {
		enum map_type type;
		size_t len;
		enum status status;
		size_t stored;
	} cases[] = {
		{MAP_NONE, 1, STATUS_INVALID_PARAM, 0},
		{MAP_I8, 1, STATUS_OK, 1},
		{MAP_I8, 2, STATUS_INVALID_PARAM, 0},
		{MAP_U8, 1, STATUS_OK, 1},
		{MAP_U8, 0, STATUS_INVALID_PARAM, 0},
		{MAP_I16, 2, STATUS_OK, 2},
		{MAP_U16, 2, STATUS_OK, 2},
		{MAP_U16, 4, STATUS_INVALID_PARAM, 0},
		{MAP_I32, 4, STATUS_OK, 4},
		{MAP_U32, 4, STATUS_OK, 4},
		{MAP_U32, 3, STATUS_INVALID_PARAM, 0},
		{MAP_I64, 8, STATUS_OK, 8},
		{MAP_U64, 8, STATUS_OK, 8},
		{MAP_U64, 4, STATUS_INVALID_PARAM, 0},
		{MAP_FLOAT, 4, STATUS_OK, 4},
		{MAP_DOUBLE, 8, STATUS_OK, 8},
		{MAP_DOUBLE, 4, STATUS_INVALID_PARAM, 0},
		{MAP_STRING, 0, STATUS_OK, 1},
		{MAP_STRING, 5, STATUS_OK, 6},
		{MAP_STRING, 16, STATUS_OK, 16},
		{MAP_BINARY, 0, STATUS_OK, 0},
		{MAP_BINARY, 16, STATUS_OK, 16},
		{(enum map_type)13, 1, STATUS_INVALID_PARAM, 0},
		{(enum map_type)200, 1, STATUS_INVALID_PARAM, 0},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct map_value v;

		assert_int_equal(map_set(&f->map, "the.key", cases[i].type, bytes_of(data, cases[i].len)),
				 cases[i].status);
		v = map_get(&f->map, "the.key");
		if (cases[i].status == STATUS_OK) {
			assert_int_equal(v.type, cases[i].type);
			assert_int_equal(v.bytes.len, cases[i].stored);
			if (cases[i].len > 0)
				assert_memory_equal(v.bytes.data, data, cases[i].len);
			map_drop(&f->map, "the.key");
		} else {
			assert_int_equal(v.type, MAP_NONE);
		}
		f->seen_count = 0;
	}
}

static void test_value_limits(void **state)
{
	struct fixture *f = *state;
	static uint8_t big[MAP_VALUE_MAX + 1];

	map_observe(&f->map, NULL, NULL);
	memset(big, 'x', sizeof big);
	assert_int_equal(map_set(&f->map, "big", MAP_BINARY, bytes_of(big, MAP_VALUE_MAX)), STATUS_OK);
	assert_int_equal(map_set(&f->map, "big", MAP_BINARY, bytes_of(big, MAP_VALUE_MAX + 1)), STATUS_INVALID_PARAM);
	assert_int_equal(map_set(&f->map, "big", MAP_STRING, bytes_of(big, MAP_VALUE_MAX - 1)), STATUS_OK);
	assert_int_equal(map_get(&f->map, "big").bytes.len, MAP_VALUE_MAX);
	assert_int_equal(map_set(&f->map, "big", MAP_STRING, bytes_of(big, MAP_VALUE_MAX)), STATUS_INVALID_PARAM);
	assert_int_equal(map_set(&f->map, "cut", MAP_STRING, bytes_of("ab\0cd", 6)), STATUS_OK);
	assert_int_equal(map_get(&f->map, "cut").bytes.len, 3);
	assert_string_equal(map_get_string(&f->map, "cut"), "ab");
}

static void test_observer(void **state)
{
	struct fixture *f = *state;
	struct map *m = &f->map;

	map_put_u32(m, "a.number", 5);
	map_put_u32(m, "a.number", 5); /* equal: nobody is told */
	map_put_u32(m, "a.number", 6);
	assert_int_equal(set_string(m, "a.number", "six"), STATUS_OK);
	assert_int_equal(set_string(m, "a.number", "six"), STATUS_OK);
	assert_int_equal(map_set(m, "a.number", MAP_STRING, bytes_of("six", 4)), STATUS_OK);
	assert_int_equal(map_delete(m, "a.number"), STATUS_OK);
	assert_int_equal(map_delete(m, "a.number"), STATUS_NOT_EXIST);
	map_drop(m, "a.number");
	assert_int_equal(f->seen_count, 4);
	assert_int_equal(f->seen[0].type, MAP_ADDED);
	assert_string_equal(f->seen[0].key, "a.number");
	assert_int_equal(f->seen[0].before_type, MAP_NONE);
	assert_int_equal(f->seen[0].before_len, 0);
	assert_int_equal(f->seen[0].after_type, MAP_U32);
	assert_int_equal(f->seen[0].after[0], 5);
	assert_int_equal(f->seen[1].type, MAP_MODIFIED);
	assert_int_equal(f->seen[1].before[0], 5);
	assert_int_equal(f->seen[1].after[0], 6);
	assert_int_equal(f->seen[2].type, MAP_MODIFIED);
	assert_int_equal(f->seen[2].before_type, MAP_U32);
	assert_int_equal(f->seen[2].before[0], 6);
	assert_int_equal(f->seen[2].after_type, MAP_STRING);
	assert_string_equal((char *)f->seen[2].after, "six");
	assert_int_equal(f->seen[3].type, MAP_DELETED);
	assert_int_equal(f->seen[3].before_len, 4);
	assert_int_equal(f->seen[3].after_type, MAP_NONE);
}

/* Writes "no" over every new value, as action keys do, and looks at what it was shown afterwards. */
static void reset(void *arg, const struct map_change *c)
{
	struct fixture *f = arg;
	char before[32];

	if (c->type == MAP_DELETED)
		return;
	snprintf(before, sizeof before, "%s", (const char *)c->after.bytes.data);
	if (strcmp(before, "deleted") == 0)
		map_drop(&f->map, c->key);
	else
		map_put_string(&f->map, "act.key", "no");
	if (strcmp(c->key, "act.other") != 0)
		map_put_string(&f->map, "act.other", before);
	assert_string_equal((const char *)c->after.bytes.data, before);
	assert_true(map_key_valid(c->key));
	f->seen_count++;
}

static void test_observer_writes(void **state)
{
	struct fixture *f = *state;

	map_observe(&f->map, reset, f);
	map_put_string(&f->map, "act.key", "yes");
	assert_string_equal(map_get_string(&f->map, "act.key"), "no");
	map_put_string(&f->map, "act.key", "once more");
	assert_string_equal(map_get_string(&f->map, "act.key"), "no");
	map_put_string(&f->map, "act.key", "deleted");
	assert_null(map_get_string(&f->map, "act.key"));
	assert_ptr_equal(f->map.retired, NULL);
	assert_true(f->seen_count > 3);
}

static void count_down(void *arg, const struct map_change *c)
{
	struct fixture *f = arg;
	uint8_t v = c->after.bytes.data[0];

	if (v > 0)
		map_put_u8(&f->map, c->key, (uint8_t)(v - 1));
	assert_int_equal(c->after.bytes.data[0], v);
	f->seen_count++;
}

static void test_observer_renumbers(void **state)
{
	struct fixture *f = *state;
	uint8_t v = 99;

	map_put_u8(&f->map, "num", 100);
	f->seen_count = 0;
	map_observe(&f->map, count_down, f);
	map_put_u8(&f->map, "num", 7);
	assert_true(map_get_u8(&f->map, "num", &v));
	assert_int_equal(v, 0);
	assert_int_equal(f->seen_count, 8);
}

static void test_adjust(void **state)
{
	struct fixture *f = *state;
	struct map *m = &f->map;
	static const struct {
		enum map_type type;
		uint64_t have;
		int32_t step;
		uint64_t want;
	} cases[] = {
		{MAP_U8, 255, 1, 0},
		{MAP_U8, 0, -1, 255},
		{MAP_I8, 0x7f, 1, 0x80},
		{MAP_U16, 65535, 2, 1},
		{MAP_I16, 0xffff, 1, 0},
		{MAP_U32, 0, -1, 0xffffffff},
		{MAP_U32, 7, INT32_MIN, 0x80000007},
		{MAP_I32, 0xfffffffe, 3, 1},
		{MAP_U64, 0xffffffff, 1, 0x100000000},
		{MAP_U64, 0, -1, UINT64_MAX},
		{MAP_I64, 5, 0, 5},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		size_t len = (size_t[]){0, 1, 1, 2, 2, 4, 4, 8, 8}[cases[i].type];
		uint64_t got = 0;

		f->seen_count = 0;
		map_drop(m, "num");
		assert_int_equal(map_set(m, "num", cases[i].type, bytes_of(&cases[i].have, len)), STATUS_OK);
		assert_int_equal(map_adjust(m, "num", cases[i].step), STATUS_OK);
		assert_int_equal(map_get(m, "num").type, cases[i].type);
		memcpy(&got, map_get(m, "num").bytes.data, len);
		assert_int_equal(got, cases[i].want);
	}
	assert_int_equal(set_string(m, "text", "5"), STATUS_OK);
	assert_int_equal(map_adjust(m, "text", 1), STATUS_INVALID_PARAM);
	assert_int_equal(map_set(m, "double", MAP_DOUBLE, bytes_of(&(double){1}, 8)), STATUS_OK);
	assert_int_equal(map_adjust(m, "double", 1), STATUS_INVALID_PARAM);
	assert_int_equal(map_adjust(m, "nothing", 1), STATUS_NOT_EXIST);
}

static void test_typed(void **state)
{
	struct fixture *f = *state;
	struct map *m = &f->map;
	uint8_t v8 = 77;
	uint16_t v16 = 77;
	uint32_t v32 = 77;
	int32_t vi32 = 77;
	uint64_t v64 = 77;

	map_put_u8(m, "v.u8", 200);
	map_put_u16(m, "v.u16", 60000);
	map_put_u32(m, "v.u32", 4000000000);
	map_put_i32(m, "v.i32", -5);
	map_put_u64(m, "v.u64", 1ull << 40);
	map_put_string(m, "v.string", "");
	assert_true(map_get_u8(m, "v.u8", &v8) && v8 == 200);
	assert_true(map_get_u16(m, "v.u16", &v16) && v16 == 60000);
	assert_true(map_get_u32(m, "v.u32", &v32) && v32 == 4000000000);
	assert_true(map_get_i32(m, "v.i32", &vi32) && vi32 == -5);
	assert_true(map_get_u64(m, "v.u64", &v64) && v64 == 1ull << 40);
	assert_string_equal(map_get_string(m, "v.string"), "");
	/* another type or no key: the variable stays */
	assert_false(map_get_u8(m, "v.u16", &v8) || v8 != 200);
	assert_false(map_get_u16(m, "v.u8", &v16) || v16 != 60000);
	assert_false(map_get_u32(m, "v.i32", &v32) || v32 != 4000000000);
	assert_false(map_get_i32(m, "v.u32", &vi32) || vi32 != -5);
	assert_false(map_get_u64(m, "v.none", &v64) || v64 != 1ull << 40);
	assert_null(map_get_string(m, "v.u8"));
	assert_null(map_get_string(m, "v.none"));
}

static void test_order(void **state)
{
	struct fixture *f = *state;
	struct map *m = &f->map;
	static const char *const keys[] = {"node.10", "node.2", "node.1", "nod", "node", "other", "Node.1", "node.1.x"};
	static const char *const want[] = {"node.1", "node.1.x", "node.10", "node.2"};
	const struct map_entry *e;
	uint32_t n = 0;

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		map_put_u8(m, keys[i], (uint8_t)i);
	for (e = map_next(m, "node.", NULL); e != NULL; e = map_next(m, "node.", e->key))
		assert_string_equal(e->key, want[n++]);
	assert_int_equal(n, 4);
	assert_string_equal(map_next(m, "", NULL)->key, "Node.1");
	assert_string_equal(map_next(m, "", "other ") == NULL ? "end" : "more", "end");
	assert_string_equal(map_next(m, "node.", "A")->key, "node.1");
	assert_null(map_next(m, "node.", "node.2"));
	assert_null(map_next(m, "zzz", NULL));
	assert_null(map_next(m, "node.1.xyz", NULL));
}

static void test_iterate_and_delete(void **state)
{
	struct fixture *f = *state;
	struct map *m = &f->map;
	const struct map_entry *e;
	char key[MAP_KEY_MAX + 1] = "";
	uint32_t n = 0;

	map_observe(m, NULL, NULL);
	for (uint32_t i = 0; i < 1000; i++) {
		snprintf(key, sizeof key, "many.%u", (i * 7919u) % 1000u);
		map_put_u32(m, key, i);
	}
	assert_int_equal(m->count, 1000);
	key[0] = '\0';
	while ((e = map_next(m, "many.", key[0] == '\0' ? NULL : key)) != NULL) {
		snprintf(key, sizeof key, "%s", e->key);
		if (n++ % 2 == 0)
			map_drop(m, key);
	}
	assert_int_equal(n, 1000);
	assert_int_equal(m->count, 500);
	for (uint32_t i = 1; i < m->count; i++)
		assert_true(strcmp(m->entries[i - 1]->key, m->entries[i]->key) < 0);
}

static void test_full(void **state)
{
	struct fixture *f = *state;
	struct map *m = &f->map;
	char key[16];
	uint32_t n = 0, v = 0;
	enum status status = STATUS_OK;

	map_observe(m, NULL, NULL);
	map_put_string(m, "text", "short");
	for (; n < 1000 && status == STATUS_OK; n++) {
		snprintf(key, sizeof key, "key.%u", n);
		status = map_set(m, key, MAP_U32, bytes_of(&n, sizeof n));
	}
	assert_int_equal(status, STATUS_NO_MEMORY);
	assert_int_equal(map_get(m, key).type, MAP_NONE);
	assert_int_equal(m->count, n);
	assert_int_equal(map_set(m, "text", MAP_BINARY, bytes_of(m, 400)), STATUS_NO_MEMORY);
	assert_string_equal(map_get_string(m, "text"), "short");
	/* numbers change in place */
	map_put_u32(m, "key.0", 4711);
	assert_true(map_get_u32(m, "key.0", &v) && v == 4711);
	map_drop(m, "key.1");
	assert_int_equal(map_set(m, key, MAP_U32, bytes_of(&n, sizeof n)), STATUS_OK);
}

static void test_has_room(void **state)
{
	struct fixture *f = *state;
	static uint8_t memory[64 * 1024] __attribute__((aligned(16)));
	struct map *m = &f->map, more;
	struct pool pool;
	char key[16];
	size_t used;

	map_observe(m, NULL, NULL);
	pool_init(&pool, memory, sizeof memory);
	map_init(&more, &pool);
	map_put_string(m, "kept", "as it was");
	used = f->pool.used;
	for (uint32_t n = 0; n < 200; n++) {
		bool room = map_has_room_for(m, &more);

		assert_int_equal(f->pool.used, used);
		assert_string_equal(map_get_string(m, "kept"), "as it was");
		if (!room) {
			/* one less did fit, and now proves it */
			assert_true(n > 5);
			map_drop(&more, key);
			for (uint32_t i = 0; i < more.count; i++)
				assert_int_equal(
					map_set(m, more.entries[i]->key, MAP_U32, more.entries[i]->value.bytes),
					STATUS_OK);
			return;
		}
		snprintf(key, sizeof key, "key.%u", n);
		map_put_u32(&more, key, n);
	}
	fail_msg("200 keys fit nowhere near");
}

static void test_aliases(void **state)
{
	struct fixture *f = *state;
	struct map *m = &f->map;
	struct map_value v;

	/* key and value may point into the map */
	map_put_string(m, "self", "self");
	v = map_get(m, "self");
	assert_int_equal(map_set(m, map_get_string(m, "self"), MAP_BINARY, v.bytes), STATUS_OK);
	assert_int_equal(map_get(m, "self").bytes.len, 5);
	assert_memory_equal(map_get(m, "self").bytes.data, "self", 5);
	map_drop(m, m->entries[0]->key);
	assert_int_equal(m->count, 0);
}

static void test_readonly(void **state)
{
	struct fixture *f = *state;
	struct map *m = &f->map;

	map_mark_readonly(m, "nodelist.", true);
	map_mark_readonly(m, "totem.version", false);
	assert_true(map_is_readonly(m, "nodelist.node.0.name"));
	assert_true(map_is_readonly(m, "totem.version"));
	assert_false(map_is_readonly(m, "totem.versions"));
	assert_false(map_is_readonly(m, "totem.token"));
	assert_false(map_is_readonly(m, "nodelist"));
	/* the engine itself may write */
	assert_int_equal(set_string(m, "nodelist.x", "y"), STATUS_OK);
}

static void test_fini_tells_nobody(void **state)
{
	struct fixture *f = *state;

	map_put_u8(&f->map, "one", 1);
	assert_int_equal(f->seen_count, 1);
	map_fini(&f->map);
	assert_int_equal(f->seen_count, 1);
	assert_int_equal(f->pool.used, 0);
	map_fini(&f->map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_keys, setup, teardown),
		cmocka_unit_test_setup_teardown(test_values, setup, teardown),
		cmocka_unit_test_setup_teardown(test_value_limits, setup, teardown),
		cmocka_unit_test_setup_teardown(test_observer, setup, teardown),
		cmocka_unit_test_setup_teardown(test_observer_writes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_observer_renumbers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_adjust, setup, teardown),
		cmocka_unit_test_setup_teardown(test_typed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_order, setup, teardown),
		cmocka_unit_test_setup_teardown(test_iterate_and_delete, setup, teardown),
		cmocka_unit_test_setup_teardown(test_full, setup_small, teardown),
		cmocka_unit_test_setup_teardown(test_has_room, setup_small, teardown),
		cmocka_unit_test_setup_teardown(test_aliases, setup, teardown),
		cmocka_unit_test_setup_teardown(test_readonly, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fini_tells_nobody, setup, teardown),
	};

	return cmocka_run_group_tests_name("map", tests, NULL, NULL);
}
