/* SPDX-License-Identifier: GPL-2.0-or-later */
/* knet.h - the transport over libknet: several links, encryption, compression, path MTU discovery.
 *
 * The only file that calls libknet. Interface of frames, nodes and links: transport.h.
 *
 * knet runs threads of its own. What they notice reaches the loop through an event descriptor; their log lines
 * through a pipe that is never waited for. We are no host of our own handle, so knet cannot send our frames back to us.
 *
 * Path of a frame: knet_path() decides. A frame for one node goes out by knet_send_sync() from our own thread, which
 * saves two wake-ups; one for several nodes goes through knet's socket and its sending thread.
 *
 * Memory: a fresh handle has touched some 50 MB of buffers that hold zeroes. knet_open() gives those pages back to
 * the kernel; they come again when used.
 */
#ifndef OS_KNET_H
#define OS_KNET_H

#include "os/transport.h"

enum knet_mode { KNET_PASSIVE = 0, KNET_ACTIVE = 1, KNET_RR = 2 };

struct knet_options {
	node_id self; /* 1..NODE_ID_KNET_MAX */
	enum knet_mode mode;
	bool block_unlisted_ips;
	bool allow_unprivileged; /* when socket buffers cannot be made large, go on with small ones */
	uint32_t pmtud_interval_s;
	uint32_t mtu; /* 0: find out */
	uint8_t dscp; /* refused when not 0 and this libknet cannot do it */
};

struct knet_crypto {
	const char *model, *cipher, *hash; /* "nss", "aes256", "sha256"; cipher and hash "none": no encryption */
	struct bytes key;                  /* 128..4096 bytes */
};

struct knet_compression {
	const char *model; /* "none", "zlib", … */
	uint32_t threshold;
	int32_t level;
};

/* handlers are copied. */
MUST_CHECK enum err knet_open(struct loop *loop, const struct knet_options *options,
			      const struct transport_handlers *handlers, struct transport **ret, struct error *reterr);
/* May change at run time: mode, pmtud_interval_s, mtu, block_unlisted_ips. */
MUST_CHECK enum err knet_change(struct transport *t, const struct knet_options *options, struct error *reterr);

/* Before transport_start(): in use at once. */
MUST_CHECK enum err knet_crypto_start(struct transport *t, const struct knet_crypto *crypto, struct error *reterr);
/* Change at run time in three steps, the latter two by messages that all nodes see at once (engine-wire.md §8.4):
 * prepare: both keys can be received, the old one sends; use: the new one sends; drop: only the new one is left.
 */
MUST_CHECK enum err knet_crypto_prepare(struct transport *t, const struct knet_crypto *crypto, struct error *reterr);
MUST_CHECK enum err knet_crypto_use(struct transport *t, struct error *reterr);
MUST_CHECK enum err knet_crypto_drop(struct transport *t, struct error *reterr);

MUST_CHECK enum err knet_compression_set(struct transport *t, const struct knet_compression *c, struct error *reterr);

/* Whether libknet has this encryption or compression module. */
bool knet_has_crypto(const char *model);
bool knet_has_compression(const char *model);

#endif
