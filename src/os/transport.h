/* SPDX-License-Identifier: GPL-2.0-or-later */
/* transport.h - frames to other nodes and back: one interface over libknet (knet.h)
 * and over plain UDP unicast (udpu.h); engine-wire.md §2.
 *
 * A frame is one datagram of the ring, at most FRAME_MAX bytes. Sending never
 * blocks; what cannot be sent is lost, as on any network, and the ring repairs
 * that. Our own frames never come back: whoever multicasts keeps its own copy.
 *
 * Order of calls: open (knet_open or udpu_open), nodes and links, then
 * transport_start(); nodes and links may change at any time after. Handlers run
 * in the loop's thread.
 */
#ifndef OS_TRANSPORT_H
#define OS_TRANSPORT_H

#include "base/bytes.h"
#include "base/catalogue.h"
#include "base/error.h"
#include "base/ids.h"
#include "os/loop.h"

#include <sys/socket.h>

struct transport;

/* Why a packet was dropped that no node of ours should send. */
enum transport_stranger {
	TRANSPORT_STRANGER_KEY,      /* our key does not open it */
	TRANSPORT_STRANGER_ADDRESS,  /* it bears the id of a node whose address is another */
	TRANSPORT_STRANGER_UNLISTED, /* its address is none of a node */
};

enum { TRANSPORT_ADDRESS_TEXT = 64 };

struct transport_handlers {
	void *arg;
	/* A frame came in; bytes are borrowed for the call. The sender stands in the frame (totem header). */
	void (*receive)(void *arg, struct bytes frame);
	/* Every change of what the transport knows of a node's reachability; udpu never calls it. */
	void (*reachable)(void *arg, node_id node, bool reachable);
	/* Told for each packet, as often as it comes; address without port, borrowed. May be NULL. */
	void (*stranger)(void *arg, enum transport_stranger what, const char *address);
	/* What the transport's library has to say; level is one of enum level. */
	void (*log)(void *arg, enum level level, const char *text);
};

struct transport_link {
	uint8_t number; /* 0..LINKS_MAX-1: N of ringN_addr */
	struct sockaddr_storage local, remote;
	/* The rest is for knet only. */
	uint8_t priority;          /* default 1; the highest that is up wins in passive mode */
	uint32_t ping_interval_ms; /* engine-wire.md §2.2 */
	uint32_t ping_timeout_ms;
	uint32_t ping_precision; /* default 2048 */
	uint8_t pong_count;      /* default 2 */
	bool sctp;
};

struct transport_link_status {
	bool configured;
	bool enabled, connected, dynconnected;
	uint32_t mtu;
	char src_ip[256], dst_ip[256];
};

struct transport_node_status {
	bool reachable, remote, external;
	uint8_t onwire_min, onwire_max, onwire_ver;
	mono_time last_pong; /* on any link; not set: never, or the transport does not ping */
	struct transport_link_status links[LINKS_MAX];
};

/* A number of stats.knet (engine-ipc.md §5.2), told by name. */
struct transport_stat {
	const char *name; /* "tx_data_packets", static */
	uint8_t width;    /* 1, 4 or 8 bytes: u8, u32 or u64 */
	uint64_t value;
};

enum { TRANSPORT_STATS_MAX = 64 };

struct transport_ops {
	enum err (*start)(struct transport *t, struct error *reterr);
	enum err (*node_add)(struct transport *t, node_id node, struct error *reterr);
	void (*node_remove)(struct transport *t, node_id node);
	enum err (*link_set)(struct transport *t, node_id node, const struct transport_link *link,
			     struct error *reterr);
	void (*link_remove)(struct transport *t, node_id node, uint8_t number);
	void (*send_all)(struct transport *t, struct bytes frame);
	void (*send_to)(struct transport *t, node_id node, struct bytes frame);
	enum err (*node_status)(struct transport *t, node_id node, struct transport_node_status *ret);
	uint32_t (*link_stats)(struct transport *t, node_id node, uint8_t number, struct transport_stat *ret,
			       uint32_t max);
	uint32_t (*handle_stats)(struct transport *t, struct transport_stat *ret, uint32_t max);
	void (*stats_clear)(struct transport *t);
	void (*close)(struct transport *t);
};

/* What a loopback link would count: frames to ourselves, which the caller carries. */
struct transport_own {
	uint64_t packets, bytes;
	uint32_t up_count, latency_us_min;
};

/* First member of each implementation's struct. */
struct transport {
	const struct transport_ops *ops;
	uint32_t failures; /* frames in a row that the system did not take */
	struct transport_own own;
};

/* Frames flow from now on. */
MUST_CHECK enum err transport_start(struct transport *t, struct error *reterr);
/* Another node; adding one that is there, or ourselves, changes nothing. */
MUST_CHECK enum err transport_node_add(struct transport *t, node_id node, struct error *reterr);
/* With all its links. */
void transport_node_remove(struct transport *t, node_id node);
/* A new link, or new values for one: unchanged addresses keep the link up. Ourselves: remembered for the status only.
 * udpu knows link 0 only.
 */
MUST_CHECK enum err transport_link_set(struct transport *t, node_id node, const struct transport_link *link,
				       struct error *reterr);
void transport_link_remove(struct transport *t, node_id node, uint8_t number);
/* To every other node. */
void transport_send_all(struct transport *t, struct bytes frame);
/* To one other node. */
void transport_send_to(struct transport *t, node_id node, struct bytes frame);
/* ERR_NOT_FOUND for a node that was not added. Our own is always there. */
MUST_CHECK enum err transport_node_status(struct transport *t, node_id node, struct transport_node_status *ret);
/* Fill ret and return how many; 0 when there is no such link, or no such statistics. */
uint32_t transport_link_stats(struct transport *t, node_id node, uint8_t number, struct transport_stat *ret,
			      uint32_t max);
uint32_t transport_handle_stats(struct transport *t, struct transport_stat *ret, uint32_t max);
void transport_stats_clear(struct transport *t);
/* The caller has given a frame of so many bytes to itself. */
void transport_count_own(struct transport *t, size_t len);
/* For implementations: the system took a frame, or did not. */
void transport_count_sent(struct transport *t, bool taken);
/* Frames in a row that the system did not take; 0 as soon as it takes one. */
uint32_t transport_failures(const struct transport *t);
/* Lets frames that were given before go out, then ends. NULL is fine. */
void transport_close(struct transport *t);

#endif
