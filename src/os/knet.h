/* SPDX-License-Identifier: GPL-2.0-or-later */
/* knet.h - the transport over libknet: several links, encryption, compression, path MTU discovery
 * (engine-wire.md §2.1 to 2.6).
 *
 * The only file that calls libknet. Interface of frames, nodes and links: transport.h.
 *
 * knet runs threads of its own. What they notice reaches the loop through an event descriptor; their log lines
 * through a pipe that is never waited for. We are no host of our own handle, so knet cannot send our frames back to us.
 *
 * Both ends read the destination out of a frame: bytes 9 to 12 are the target's node id, 0 for all (the
 * totem header). transport_send_to() must be given frames that say the same; shorter frames are dropped.
 *
 * Path of a frame: a frame that only one node will get goes out by knet_send_sync() from our own thread, which
 * saves two wake-ups; one for several nodes goes through knet's socket and its sending thread. The order of frames
 * is kept: as long as frames wait in that socket, all others go behind them. The pieces that knet cuts a long frame
 * into go through the kernel together (knet-burst.h).
 *
 * Memory: a fresh handle has touched some 58 MB of buffers and tables that nobody has used yet. knet_open() gives those
 * pages back to the kernel (heap.h); they come again when used. 4 MB stay.
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
	uint8_t dscp; /* refused when not 0: libknet 1 cannot do it */
	bool debug;   /* let knet's debug lines through to the log handler, too */
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
/* May change at run time: mode, pmtud_interval_s, mtu, block_unlisted_ips, debug. */
MUST_CHECK enum err knet_change(struct transport *t, const struct knet_options *options, struct error *reterr);

/* Before transport_start(): in use at once. */
MUST_CHECK enum err knet_crypto_start(struct transport *t, const struct knet_crypto *crypto, struct error *reterr);
/* Change at run time in three steps, the latter two by messages that all nodes see at once (engine-wire.md §8.4):
 * prepare: both keys can be received, the old one sends (ERR_AGAIN while an earlier change is under way); use: the new
 * one sends; drop: only the new one is left.
 */
MUST_CHECK enum err knet_crypto_prepare(struct transport *t, const struct knet_crypto *crypto, struct error *reterr);
/* Whether a change is under way: between prepare and drop. */
bool knet_crypto_changes(const struct transport *t);
/* Before anybody was told of it: as if it had not been. */
void knet_crypto_cancel(struct transport *t);
MUST_CHECK enum err knet_crypto_use(struct transport *t, struct error *reterr);
MUST_CHECK enum err knet_crypto_drop(struct transport *t, struct error *reterr);

MUST_CHECK enum err knet_compression_set(struct transport *t, const struct knet_compression *c, struct error *reterr);

/* Whether libknet has this encryption or compression module. */
bool knet_has_crypto(const char *model);
bool knet_has_compression(const char *model);

#endif
