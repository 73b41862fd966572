/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fixture.h"

static const struct word *const tables[] = {
	words_transport,    words_link_mode,     words_link_transport, words_ip_version,  words_dscp,
	words_crypto_model, words_crypto_cipher, words_crypto_hash,    words_compression, words_yes_no,
	words_on_off,       words_switch,        words_debug,          words_timestamp,   words_facility,
	words_priority,     words_ipc_type,      words_cgroup,         words_provider,    words_heuristics,
};

static void test_tables(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
		for (const struct word *w = tables[i]; w->word != NULL; w++) {
			assert_true(strlen(w->help) > 0);
			assert_ptr_equal(word_find(tables[i], w->word), w);
			assert_int_equal(word_find(tables[i], word_of(tables[i], w->value))->value, w->value);
		}
	assert_null(word_find(words_transport, "KNET"));
	assert_null(word_find(words_transport, ""));
	assert_null(word_find(words_transport, "kne"));
}

static void test_list(void **state)
{
	char line[64];
	struct text t = text_of(line, sizeof line);

	(void)state;
	text_add_words(&t, words_transport);
	assert_string_equal(line, "knet, udpu or udp");
	t = text_of(line, sizeof line);
	text_add_words(&t, words_yes_no);
	assert_string_equal(line, "yes or no");
	t = text_of(line, sizeof line);
	text_add_words(&t, words_provider);
	assert_string_equal(line, "corosync_votequorum");
}

static void test_distance(void **state)
{
	static const struct {
		const char *a, *b;
		unsigned int want;
	} cases[] = {
		{"", "", 0},
		{"token", "token", 0},
		{"tokn", "token", 1},
		{"tokenn", "token", 1},
		{"tokan", "token", 1},
		{"otken", "token", 2},
		{"", "ab", 2},
		{"ab", "", 2},
		{"kitten", "sitting", 3},
		{"flaw", "lawn", 2},
		{"abc", "xyz", 3},
	};
	char far[64];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(word_distance(cases[i].a, cases[i].b), cases[i].want);
		assert_int_equal(word_distance(cases[i].b, cases[i].a), cases[i].want);
	}
	assert_true(word_distance("", "abc") > WORD_SLIP);
	assert_true(word_distance("abcdef", "abc") > WORD_SLIP);
	memset(far, 'x', sizeof far - 1);
	far[sizeof far - 1] = '\0';
	assert_true(word_distance(far, far + 1) > WORD_SLIP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_distance),
	};

	return cmocka_run_group_tests_name("words", tests, NULL, NULL);
}
