/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/knet-keys.h"

#include "os/knet-pace.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static bool crypto_is_on(const struct knet_crypto *c)
{
	return strcmp(c->cipher, "none") != 0 || strcmp(c->hash, "none") != 0;
}

static enum err crypto_config(struct knet_keys *k, const struct knet_crypto *c, uint8_t index, struct error *reterr)
{
	struct knet_handle_crypto_cfg cfg = {0};
	if (c->key.len < KNET_MIN_KEY_LEN || c->key.len > sizeof cfg.private_key)
		return error_set(reterr, ERR_INVALID, "the key has %zu bytes; it needs %d to %zu", c->key.len,
				 KNET_MIN_KEY_LEN, sizeof cfg.private_key);
	(void)snprintf(cfg.crypto_model, sizeof cfg.crypto_model, "%s", c->model);
	(void)snprintf(cfg.crypto_cipher_type, sizeof cfg.crypto_cipher_type, "%s", c->cipher);
	(void)snprintf(cfg.crypto_hash_type, sizeof cfg.crypto_hash_type, "%s", c->hash);
	memcpy(cfg.private_key, c->key.data, c->key.len);
	cfg.private_key_len = (unsigned int)c->key.len;
	int r = knet_handle_crypto_set_config(k->handle, &cfg, index);
	explicit_bzero(&cfg, sizeof cfg);
	if (r == 0)
		return ERR_OK;
	/* knet says -1 for what it cannot do and -2 for a module that it cannot load. */
	return error_set(reterr, ERR_INVALID,
			 "knet does not accept crypto_model %s, crypto_cipher %s, crypto_hash %s; is the module "
			 "libknet1-crypto-%s-plugin installed?",
			 c->model, c->cipher, c->hash, c->model);
}

static enum err crypto_clear(struct knet_keys *k, uint8_t index, struct error *reterr)
{
	struct knet_handle_crypto_cfg cfg = {
		.crypto_model = "none", .crypto_cipher_type = "none", .crypto_hash_type = "none"};
	if (knet_handle_crypto_set_config(k->handle, &cfg, index) != 0)
		return error_set(reterr, ERR_IO, "forgetting the old key: %s", strerror(errno));
	return ERR_OK;
}

static enum err clear_traffic(struct knet_keys *k, bool allowed, struct error *reterr)
{
	uint8_t v = allowed ? KNET_CRYPTO_RX_ALLOW_CLEAR_TRAFFIC : KNET_CRYPTO_RX_DISALLOW_CLEAR_TRAFFIC;
	if (knet_handle_crypto_rx_clear_traffic(k->handle, v) < 0)
		return error_set(reterr, ERR_IO, "setting whether clear traffic is accepted: %s", strerror(errno));
	return ERR_OK;
}

enum err knet_keys_prepare(struct knet_keys *k, const struct knet_crypto *crypto, struct error *reterr)
{
	uint8_t other = k->now == 1 ? 2 : 1;
	bool on = crypto_is_on(crypto);
	enum err e;

	/* The other slot is what the ring is going over to, and some may be there already. */
	if (k->prepared)
		return error_set(reterr, ERR_AGAIN,
				 "an earlier change of keys is under way; reload again when all nodes have made it");
	knet_pace_stir(PACE_AWAKE_MS);
	/* Without keys: others may go over to clear text before we do. */
	e = on ? crypto_config(k, crypto, other, reterr) : clear_traffic(k, true, reterr);
	if (e != ERR_OK)
		return e;
	k->next = on ? other : 0;
	k->prepared = true;
	return ERR_OK;
}

void knet_keys_cancel(struct knet_keys *k)
{
	struct error why;

	if (!k->prepared)
		return;
	/* What cannot be forgotten is overwritten by the next keys. */
	if (k->next != 0 && k->next != k->now)
		(void)!crypto_clear(k, k->next, &why);
	(void)!clear_traffic(k, k->now == 0, &why);
	k->next = k->now;
	k->prepared = false;
}

enum err knet_keys_use(struct knet_keys *k, struct error *reterr)
{
	knet_pace_stir(PACE_AWAKE_MS);
	if (knet_handle_crypto_use_config(k->handle, k->next) < 0)
		return error_set(reterr, ERR_IO, "sending with the new key: %s", strerror(errno));
	return ERR_OK;
}

enum err knet_keys_drop(struct knet_keys *k, struct error *reterr)
{
	uint8_t old = k->now;
	knet_pace_stir(PACE_AWAKE_MS);
	k->now = k->next;
	k->prepared = false;
	enum err e = old != 0 && old != k->now ? crypto_clear(k, old, reterr) : ERR_OK;
	if (e == ERR_OK)
		e = clear_traffic(k, k->now == 0, reterr);
	return e;
}

bool knet_has_crypto(const char *model)
{
	struct knet_crypto_info list[16];
	size_t count = sizeof list / sizeof list[0];
	if (knet_get_crypto_list(NULL, &count) < 0 || count > sizeof list / sizeof list[0] ||
	    knet_get_crypto_list(list, &count) < 0)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(list[i].name, model) == 0)
			return true;
	}
	return false;
}

bool knet_has_compression(const char *model)
{
	struct knet_compress_info list[16];
	size_t count = sizeof list / sizeof list[0];
	if (knet_get_compress_list(NULL, &count) < 0 || count > sizeof list / sizeof list[0] ||
	    knet_get_compress_list(list, &count) < 0)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(list[i].name, model) == 0)
			return true;
	}
	return false;
}
