/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which slot is used when; that frames are understood meanwhile is test-knet's matter. */
#include "os/knet-keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_slots(void **state)
{
	static uint8_t key[KNET_MAX_KEY_LEN + 1];
	struct error error;
	(void)state;
	struct knet_keys k = {.handle = knet_handle_new_ex(1, 0, 0, 0)};
	assert_non_null(k.handle);
	struct knet_crypto c = {.model = knet_has_crypto("nss") ? "nss" : "openssl",
				.cipher = "aes256",
				.hash = "sha256",
				.key = bytes_of(key, 1024)};
	struct knet_crypto clear = {.model = "none", .cipher = "none", .hash = "none"};
	const struct {
		const struct knet_crypto *crypto;
		uint8_t slot;
	} steps[] = {{&c, 1}, {&c, 2}, {&c, 1}, {&clear, 0}, {&clear, 0}, {&c, 1}};
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		uint8_t before = k.now;
		assert_int_equal(knet_keys_prepare(&k, steps[i].crypto, &error), ERR_OK);
		assert_int_equal(k.now, before);
		assert_int_equal(knet_keys_use(&k, &error), ERR_OK);
		assert_int_equal(knet_keys_drop(&k, &error), ERR_OK);
		assert_int_equal(k.now, steps[i].slot);
	}
	/* One change at a time; one that nobody was told of can be taken back. */
	uint8_t before = k.now;
	assert_int_equal(knet_keys_prepare(&k, &c, &error), ERR_OK);
	assert_int_equal(knet_keys_prepare(&k, &c, &error), ERR_AGAIN);
	assert_non_null(strstr(error.text, "under way"));
	knet_keys_cancel(&k);
	knet_keys_cancel(&k);
	assert_int_equal(k.now, before);
	assert_int_equal(knet_keys_prepare(&k, &clear, &error), ERR_OK);
	knet_keys_cancel(&k);
	assert_int_equal(k.next, before);
	static const size_t bad_lengths[] = {0, KNET_MIN_KEY_LEN - 1, KNET_MAX_KEY_LEN + 1};
	for (int i = 0; i < 3; i++) {
		c.key.len = bad_lengths[i];
		assert_int_equal(knet_keys_prepare(&k, &c, &error), ERR_INVALID);
		assert_non_null(strstr(error.text, "bytes"));
	}
	assert_int_equal(knet_handle_free(k.handle), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_slots)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
