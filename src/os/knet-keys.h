/* SPDX-License-Identifier: GPL-2.0-or-later */
/* knet-keys.h - which of knet's two key slots is in use, and the three steps of a change at run time
 * (part of knet.h, for nobody else; engine-wire.md §2.4, §8.4).
 */
#ifndef OS_KNET_KEYS_H
#define OS_KNET_KEYS_H

#include "os/knet.h"

#include <libknet.h>

struct knet_keys {
	knet_handle_t handle;
	uint8_t now, next; /* 1 or 2; 0: clear text */
	bool prepared;     /* a change is under way */
};

MUST_CHECK enum err knet_keys_prepare(struct knet_keys *k, const struct knet_crypto *crypto, struct error *reterr);
/* Takes preparation back, before anybody was told of it. */
void knet_keys_cancel(struct knet_keys *k);
MUST_CHECK enum err knet_keys_use(struct knet_keys *k, struct error *reterr);
MUST_CHECK enum err knet_keys_drop(struct knet_keys *k, struct error *reterr);

#endif
