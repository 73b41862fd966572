/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/knet.h"

#include "os/heap.h"
#include "os/knet-burst.h"
#include "os/knet-keys.h"
#include "os/knet-log.h"
#include "os/knet-pace.h"
#include "os/knet-path.h"
#include "os/knet-status.h"
#include "os/repeat.h"
#include "os/resolve.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <libknet.h>
#include <linux/sockios.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	CHANNEL = 0,
	BATCH = 16,         /* frames read at once */
	WORDS = 65536 / 64, /* of a bit for each host id */
	TARGET_AT = 9,      /* of a totem header */
	LOG_PIPE = 1 << 20, /* bytes: knet's threads try again for a while when it is full */
	LOG_LINES_A_TURN = 64,
	LOG_LINE = KNET_MAX_LOG_MSG_SIZE + 64,
	DIRECT_PEERS_MAX = 1,
	DIRECT_BYTES_MAX = 40000,
	START_MS = 5000, /* who does not answer by then is not starting with us */
};

struct node {
	node_id id; /* 0: free */
	bool told_reachable;
	struct heap_piece piece; /* of knet's memory for it */
	bool has_link[LINKS_MAX];
	struct transport_link links[LINKS_MAX];
};

struct knet {
	struct transport base;
	struct loop *loop;
	struct transport_handlers handlers;
	struct knet_options options;
	knet_handle_t handle;
	pthread_t thread; /* the loop's */

	int data_fd, log_fds[2], event_fd;
	struct loop_fd data_watch, log_watch, event_watch;
	struct repeat complaints;

	uint32_t node_count;
	struct node nodes[NODES_MAX];
	struct transport_link own_links[LINKS_MAX];
	bool own_has_link[LINKS_MAX];

	/* Written by knet's threads. */
	_Atomic uint64_t reachable[WORDS], changed[WORDS];
	_Atomic uint32_t reachable_count;

	node_id sync_target; /* while we are inside knet_send_sync */
	bool queued;         /* frames may wait in the data socket */
	struct knet_keys keys;

	struct mmsghdr messages[BATCH];
	struct iovec vectors[BATCH];
	uint8_t frames[BATCH][FRAME_MAX];
};

static struct knet *knet_of(struct transport *t)
{
	return (struct knet *)t;
}

/* --- on knet's threads --- */

static node_id frame_target(const uint8_t *frame)
{
	struct reader r = reader_of(bytes_of(frame, TARGET_AT + 4));
	read_seek(&r, TARGET_AT);
	return node_id_of(read_u32(&r));
}

/* Where a frame goes, and whether one that came in is for us: 1 to all, 0 to those in ids, -1 nowhere. */
static int on_filter(void *arg, const unsigned char *data, ssize_t len, uint8_t direction, knet_node_id_t self,
		     knet_node_id_t source, int8_t *channel, knet_node_id_t *ids, size_t *count)
{
	const struct knet *k = arg;
	(void)self;
	(void)source;
	(void)channel;
	if (direction == KNET_NOTIFY_TX)
		knet_burst_begin();
	else
		knet_burst_receive();
	if (len < TARGET_AT + 4)
		return -1;
	node_id target = frame_target(data);
	/* knet_send_sync knows single destinations only. Its filter runs in the thread that called it. */
	if (direction == KNET_NOTIFY_TX && pthread_equal(pthread_self(), k->thread))
		target = k->sync_target;
	if (!node_id_is_set(target))
		return 1;
	if (target.v > NODE_ID_KNET_MAX)
		return -1;
	ids[0] = (knet_node_id_t)target.v;
	*count = 1;
	return 0;
}

static void on_socket_error(void *arg, int fd, int8_t channel, uint8_t direction, int error, int number)
{
	(void)arg;
	(void)fd;
	(void)channel;
	(void)direction;
	(void)error;
	(void)number;
}

/* knet zeroes 2 MB of buffers of a host whenever it has no link. Its write lock is held where this is called from, so
 * that no thread of its can be writing there now.
 */
static void give_back_host(struct knet *k, knet_node_id_t host)
{
	for (uint32_t i = 0; i < NODES_MAX; i++) {
		if (k->nodes[i].id.v == host)
			(void)heap_piece_give_back(&k->nodes[i].piece);
	}
}

static void on_host_status(void *arg, knet_node_id_t host, uint8_t reachable, uint8_t remote, uint8_t external)
{
	struct knet *k = arg;
	(void)remote;
	(void)external;
	uint64_t bit = UINT64_C(1) << (host % 64);
	_Atomic uint64_t *word = &k->reachable[host / 64];
	uint64_t before = reachable ? atomic_fetch_or(word, bit) : atomic_fetch_and(word, ~bit);
	bool was = (before & bit) != 0;
	if (was == (reachable != 0))
		return;
	knet_pace_stir(PACE_AWAKE_MS);
	if (reachable)
		give_back_host(k, host);
	atomic_fetch_add(&k->reachable_count, reachable ? 1u : UINT32_MAX);
	atomic_fetch_or(&k->changed[host / 64], bit);
	uint64_t one = 1;
	ssize_t n = write(k->event_fd, &one, sizeof one);
	/* Fails only when the counter is near its end, and then the loop is woken anyway. */
	(void)n;
}

static void on_mtu(void *arg, unsigned int mtu)
{
	(void)arg;
	(void)mtu;
	knet_pace_mtu();
}

/* --- in the loop: what comes --- */

static struct node *node_of(struct knet *k, node_id id)
{
	for (uint32_t i = 0; i < k->node_count; i++) {
		if (node_id_eq(k->nodes[i].id, id))
			return &k->nodes[i];
	}
	return NULL;
}

static bool is_reachable(const struct knet *k, node_id id)
{
	return (atomic_load(&k->reachable[id.v / 64]) >> (id.v % 64) & 1) != 0;
}

static void tell_reachable(struct knet *k, node_id id)
{
	struct node *n = node_of(k, id);
	bool now = is_reachable(k, id);
	if (!n || n->told_reachable == now)
		return;
	n->told_reachable = now;
	if (k->handlers.reachable)
		k->handlers.reachable(k->handlers.arg, id, now);
}

static void read_events(void *arg, uint32_t revents)
{
	struct knet *k = arg;
	uint64_t count;
	(void)revents;
	ssize_t n = read(k->event_fd, &count, sizeof count);
	(void)n;
	for (uint32_t i = 0; i < WORDS; i++) {
		if (atomic_load_explicit(&k->changed[i], memory_order_relaxed) == 0)
			continue;
		uint64_t bits = atomic_exchange(&k->changed[i], 0);
		for (; bits; bits &= bits - 1)
			tell_reachable(k, node_id_of(i * 64 + (uint32_t)__builtin_ctzll(bits)));
	}
}

/* A stranger's packets can cause complaints at any rate. Those about hosts and links are news each time. */
static bool is_news(const struct knet_log_msg *m)
{
	return m->msglevel > KNET_LOG_WARN || m->subsystem == KNET_SUB_HOST || m->subsystem == KNET_SUB_LINK;
}

static void read_log(void *arg, uint32_t revents)
{
	/* KNET_LOG_ERR is 0, the others follow. */
	static const enum level levels[] = {LEVEL_ERROR, LEVEL_WARNING, LEVEL_INFO, LEVEL_DEBUG};
	struct knet *k = arg;
	struct knet_log_msg msg;
	(void)revents;
	for (int i = 0; i < LOG_LINES_A_TURN; i++) {
		if (read(k->log_fds[0], &msg, sizeof msg) != (ssize_t)sizeof msg)
			return;
		char text[LOG_LINE], address[TRANSPORT_ADDRESS_TEXT];
		enum transport_stranger what;
		if (k->handlers.stranger && knet_log_stranger(&msg, &what, address)) {
			k->handlers.stranger(k->handlers.arg, what, address);
			continue;
		}
		(void)snprintf(text, sizeof text, "%s: %.*s", knet_log_get_subsystem_name(msg.subsystem),
			       KNET_MAX_LOG_MSG_SIZE, msg.msg);
		if (k->handlers.log && msg.msglevel <= KNET_LOG_DEBUG &&
		    (is_news(&msg) || repeat_allows(&k->complaints, text, sizeof text, loop_now(k->loop))))
			k->handlers.log(k->handlers.arg, levels[msg.msglevel], text);
	}
}

/* One batch a turn; what is left keeps the socket ready. */
static void read_frames(void *arg, uint32_t revents)
{
	struct knet *k = arg;
	(void)revents;
	int n = recvmmsg(k->data_fd, k->messages, BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < n; i++) {
		if (!(k->messages[i].msg_hdr.msg_flags & MSG_TRUNC))
			k->handlers.receive(k->handlers.arg, bytes_of(k->frames[i], k->messages[i].msg_len));
	}
}

/* --- sending --- */

static void send_sync(struct knet *k, node_id target, struct bytes frame)
{
	k->sync_target = target;
	/* Failing is losing a frame, which the ring notices as any loss. */
	transport_count_sent(&k->base, knet_send_sync(k->handle, (const char *)frame.data, frame.len, CHANNEL) == 0);
	k->sync_target = node_id_of(0);
	knet_burst_end();
}

static void send_queued(struct knet *k, struct bytes frame)
{
	k->queued = true;
	transport_count_sent(&k->base, send(k->data_fd, frame.data, frame.len, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0);
}

/* A frame that knet's thread has taken out of the socket is sent under a lock that knet_send_sync takes, too: an empty
 * socket is enough for the order.
 */
static bool may_overtake(struct knet *k)
{
	int left = 0;
	if (k->queued && ioctl(k->data_fd, SIOCOUTQ, &left) == 0 && left == 0)
		k->queued = false;
	return !k->queued;
}

/* Whether a frame to that many nodes goes out once for each of them from our own thread. Between two nodes on one
 * machine, a frame there and one back take 115 us this way and 260 us through knet's thread (222 and 301 with
 * encryption, which would have to be done anew for each node). A long frame is cut, encrypted and sent by knet's thread
 * while ours goes on.
 */
static bool is_direct(uint32_t peers, size_t len)
{
	return peers <= DIRECT_PEERS_MAX && len <= DIRECT_BYTES_MAX;
}

static void on_send_all(struct transport *t, struct bytes frame)
{
	struct knet *k = knet_of(t);
	uint32_t peers = atomic_load(&k->reachable_count);
	if (peers == 0)
		return;
	if (!is_direct(peers, frame.len) || !may_overtake(k)) {
		send_queued(k, frame);
		return;
	}
	for (uint32_t i = 0; i < k->node_count; i++) {
		if (is_reachable(k, k->nodes[i].id))
			send_sync(k, k->nodes[i].id, frame);
	}
}

static void on_send_to(struct transport *t, node_id node, struct bytes frame)
{
	struct knet *k = knet_of(t);
	if (!node_of(k, node) || !is_reachable(k, node))
		return;
	if (may_overtake(k))
		send_sync(k, node, frame);
	else
		send_queued(k, frame);
}

/* --- nodes and links --- */

static enum err on_node_add(struct transport *t, node_id id, struct error *reterr)
{
	struct knet *k = knet_of(t);
	if (id.v == 0 || id.v > NODE_ID_KNET_MAX)
		return error_set(reterr, ERR_INVALID, "node %u: with knet, node ids go from 1 to %d", id.v,
				 NODE_ID_KNET_MAX);
	if (node_id_eq(id, k->options.self) || node_of(k, id))
		return ERR_OK;
	if (k->node_count == NODES_MAX)
		return error_set(reterr, ERR_FULL, "node %u: there are %d nodes already", id.v, NODES_MAX);
	struct heap_mark mark = heap_mark();
	int r = knet_host_add(k->handle, (knet_node_id_t)id.v);
	struct heap_piece piece = heap_piece(&mark);
	/* Nobody writes into a host without links. */
	(void)heap_give_back(&mark, NULL);
	if (r < 0)
		return knet_error(reterr, "adding the node to knet");
	if (knet_host_set_policy(k->handle, (knet_node_id_t)id.v, (uint8_t)k->options.mode) < 0) {
		enum err e = knet_error(reterr, "setting knet's link mode");
		(void)knet_host_remove(k->handle, (knet_node_id_t)id.v);
		return e;
	}
	k->nodes[k->node_count++] = (struct node){.id = id, .piece = piece};
	return ERR_OK;
}

static void on_link_remove(struct transport *t, node_id id, uint8_t number)
{
	struct knet *k = knet_of(t);
	if (node_id_eq(id, k->options.self)) {
		k->own_has_link[number] = false;
		return;
	}
	struct node *n = node_of(k, id);
	if (!n || !n->has_link[number])
		return;
	knet_pace_stir(PACE_AWAKE_MS);
	(void)knet_link_set_enable(k->handle, (knet_node_id_t)id.v, number, 0);
	(void)knet_link_clear_config(k->handle, (knet_node_id_t)id.v, number);
	n->has_link[number] = false;
}

static void on_node_remove(struct transport *t, node_id id)
{
	struct knet *k = knet_of(t);
	struct node *n = node_of(k, id);
	if (!n)
		return;
	for (uint8_t i = 0; i < LINKS_MAX; i++)
		on_link_remove(t, id, i);
	(void)knet_host_remove(k->handle, (knet_node_id_t)id.v);
	/* As if knet had said so: it does not for a host that goes. */
	on_host_status(k, (knet_node_id_t)id.v, 0, 0, 0);
	tell_reachable(k, id);
	*n = k->nodes[--k->node_count];
}

static enum err on_link_set(struct transport *t, node_id id, const struct transport_link *link, struct error *reterr)
{
	struct knet *k = knet_of(t);
	if (node_id_eq(id, k->options.self)) {
		k->own_links[link->number] = *link;
		k->own_has_link[link->number] = true;
		return ERR_OK;
	}
	struct node *n = node_of(k, id);
	if (!n)
		return error_set(reterr, ERR_NOT_FOUND, "node %u was not added before its links", id.v);
	struct transport_link *old = &n->links[link->number];
	bool keep = n->has_link[link->number] && knet_path_same(old, link);
	if (n->has_link[link->number] && !keep)
		on_link_remove(t, id, link->number);
	knet_node_id_t host = (knet_node_id_t)id.v;
	enum err e =
		keep ? knet_path_tune(k->handle, host, link, reterr) : knet_path_open(k->handle, host, link, reterr);
	if (e != ERR_OK)
		return error_wrap(reterr, e, "link %u to node %u", link->number, id.v);
	*old = *link;
	n->has_link[link->number] = true;
	return ERR_OK;
}

/* --- status --- */

static enum err own_status(const struct knet *k, struct transport_node_status *ret)
{
	*ret = (struct transport_node_status){.reachable = true};
	/* The reference shows its loopback link, which stands for link 0. */
	struct transport_link_status *s = &ret->links[0];
	s->configured = s->enabled = s->connected = true;
	if (k->own_has_link[0]) {
		sockaddr_text(&k->own_links[0].local, s->src_ip, sizeof s->src_ip);
		memcpy(s->dst_ip, s->src_ip, sizeof s->dst_ip);
	}
	return ERR_OK;
}

static enum err on_node_status(struct transport *t, node_id id, struct transport_node_status *ret)
{
	struct knet *k = knet_of(t);
	if (node_id_eq(id, k->options.self))
		return own_status(k, ret);
	struct node *n = node_of(k, id);
	if (!n)
		return ERR_NOT_FOUND;
	return knet_status_node(k->handle, id, n->has_link, ret);
}

static uint32_t on_link_stats(struct transport *t, node_id id, uint8_t number, struct transport_stat *ret, uint32_t max)
{
	struct knet *k = knet_of(t);
	if (node_id_eq(id, k->options.self))
		return number == 0 ? knet_status_own_link(&k->base.own, ret, max) : 0;
	struct node *n = node_of(k, id);
	if (!n || number >= LINKS_MAX || !n->has_link[number])
		return 0;
	return knet_status_link(k->handle, id, number, ret, max);
}

static uint32_t on_handle_stats(struct transport *t, struct transport_stat *ret, uint32_t max)
{
	return knet_status_handle(knet_of(t)->handle, ret, max);
}

static void on_stats_clear(struct transport *t)
{
	(void)knet_handle_clear_stats(knet_of(t)->handle, KNET_CLEARSTATS_HANDLE_AND_LINK);
}

/* --- the handle --- */

static enum err on_start(struct transport *t, struct error *reterr)
{
	if (knet_handle_setfwd(knet_of(t)->handle, 1) < 0)
		return knet_error(reterr, "letting frames flow through knet");
	return ERR_OK;
}

static void unwatch(struct knet *k, struct loop_fd *w)
{
	if (w->added)
		loop_fd_remove(k->loop, w);
}

static void handle_free(struct knet *k)
{
	if (!k->handle)
		return;
	knet_pace_end();
	/* Waits until what was given to knet has gone out. */
	(void)knet_handle_setfwd(k->handle, 0);
	while (k->node_count > 0)
		on_node_remove(&k->base, k->nodes[k->node_count - 1].id);
	if (k->data_fd >= 0)
		(void)knet_handle_remove_datafd(k->handle, k->data_fd);
	(void)knet_handle_free(k->handle);
	knet_pace_ended();
}

static void on_close(struct transport *t)
{
	struct knet *k = knet_of(t);
	unwatch(k, &k->data_watch);
	unwatch(k, &k->log_watch);
	unwatch(k, &k->event_watch);
	k->handlers.reachable = NULL;
	handle_free(k);
	for (int i = 0; i < 2; i++) {
		if (k->log_fds[i] >= 0)
			close(k->log_fds[i]);
	}
	if (k->event_fd >= 0)
		close(k->event_fd);
	free(k);
}

static const struct transport_ops knet_ops = {
	.start = on_start,
	.node_add = on_node_add,
	.node_remove = on_node_remove,
	.link_set = on_link_set,
	.link_remove = on_link_remove,
	.send_all = on_send_all,
	.send_to = on_send_to,
	.node_status = on_node_status,
	.link_stats = on_link_stats,
	.handle_stats = on_handle_stats,
	.stats_clear = on_stats_clear,
	.close = on_close,
};

static void set_log_level(struct knet *k, bool debug)
{
	for (unsigned int i = 0; i < KNET_MAX_SUBSYSTEMS; i++)
		(void)knet_log_set_loglevel(k->handle, (uint8_t)i, debug ? KNET_LOG_DEBUG : KNET_LOG_INFO);
}

enum err knet_change(struct transport *t, const struct knet_options *options, struct error *reterr)
{
	struct knet *k = knet_of(t);
	knet_pace_stir(PACE_AWAKE_MS);
	if (options->dscp != 0)
		return error_set(reterr, ERR_UNSUPPORTED,
				 "totem.ip_dscp is %u, but this libknet cannot mark packets; remove it", options->dscp);
	if (knet_handle_enable_access_lists(k->handle, options->block_unlisted_ips) < 0)
		return knet_error(reterr, "setting knet's access lists");
	if (knet_handle_pmtud_setfreq(k->handle, options->pmtud_interval_s) < 0)
		return knet_error(reterr, "setting knet's interval of path MTU discovery");
	if (knet_handle_pmtud_set(k->handle, options->mtu) < 0)
		return knet_error(reterr, "setting knet's MTU");
	for (uint32_t i = 0; i < k->node_count; i++) {
		if (knet_host_set_policy(k->handle, (knet_node_id_t)k->nodes[i].id.v, (uint8_t)options->mode) < 0)
			return knet_error(reterr, "setting knet's link mode");
	}
	set_log_level(k, options->debug);
	node_id self = k->options.self;
	k->options = *options;
	k->options.self = self;
	return ERR_OK;
}

static enum err handle_open(struct knet *k, struct error *reterr)
{
	knet_node_id_t self = (knet_node_id_t)k->options.self.v;
	knet_pace_hurry(START_MS);
	knet_pace_stir(PACE_AWAKE_MS);
	struct heap_mark mark = heap_mark();
	k->handle = knet_handle_new_ex(self, k->log_fds[1], KNET_LOG_INFO, KNET_HANDLE_FLAG_PRIVILEGED);
	if (!k->handle && errno == ENAMETOOLONG && k->options.allow_unprivileged)
		k->handle = knet_handle_new_ex(self, k->log_fds[1], KNET_LOG_INFO, 0);
	int saved = errno;
	(void)heap_give_back(&mark, k->handle);
	k->keys.handle = k->handle;
	if (k->handle) {
		(void)heap_share_repeats(k->handle);
		return ERR_OK;
	}
	if (saved == ENAMETOOLONG)
		return error_set(reterr, ERR_ACCESS,
				 "opening knet: the kernel refuses its large socket buffers; run with CAP_NET_ADMIN, "
				 "raise net.core.rmem_max and wmem_max to 8388608, or set "
				 "system.allow_knet_handle_fallback: yes");
	errno = saved;
	return knet_error(reterr, "opening knet");
}

static enum err handle_set_up(struct knet *k, struct error *reterr)
{
	if (knet_handle_enable_filter(k->handle, k, on_filter) < 0)
		return knet_error(reterr, "setting knet's filter");
	if (knet_handle_enable_sock_notify(k->handle, k, on_socket_error) < 0)
		return knet_error(reterr, "setting knet's socket notification");
	if (knet_host_enable_status_change_notify(k->handle, k, on_host_status) < 0)
		return knet_error(reterr, "setting knet's host notification");
	if (knet_handle_enable_pmtud_notify(k->handle, k, on_mtu) < 0)
		return knet_error(reterr, "setting knet's notification of MTUs");
	int8_t channel = CHANNEL;
	k->data_fd = 0;
	if (knet_handle_add_datafd(k->handle, &k->data_fd, &channel) < 0) {
		k->data_fd = -1;
		return knet_error(reterr, "opening knet's data socket");
	}
	struct knet_options options = k->options;
	return knet_change(&k->base, &options, reterr);
}

static enum err watch(struct knet *k, struct loop_fd *w, int fd, enum loop_priority priority,
		      void (*fn)(void *arg, uint32_t revents), struct error *reterr)
{
	*w = (struct loop_fd){.fd = fd, .priority = priority, .events = LOOP_READ, .fn = fn, .arg = k};
	return loop_fd_add(k->loop, w, reterr);
}

static enum err watch_all(struct knet *k, struct error *reterr)
{
	enum err e = watch(k, &k->data_watch, k->data_fd, LOOP_LOW, read_frames, reterr);
	if (e == ERR_OK)
		e = watch(k, &k->event_watch, k->event_fd, LOOP_HIGH, read_events, reterr);
	if (e == ERR_OK)
		e = watch(k, &k->log_watch, k->log_fds[0], LOOP_LOW, read_log, reterr);
	return e;
}

static enum err pipes_open(struct knet *k, struct error *reterr)
{
	if (pipe2(k->log_fds, O_NONBLOCK | O_CLOEXEC) < 0)
		return knet_error(reterr, "creating a pipe for knet's log");
	(void)fcntl(k->log_fds[1], F_SETPIPE_SZ, LOG_PIPE);
	k->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (k->event_fd < 0)
		return knet_error(reterr, "creating an event descriptor");
	return ERR_OK;
}

enum err knet_open(struct loop *loop, const struct knet_options *options, const struct transport_handlers *handlers,
		   struct transport **ret, struct error *reterr)
{
	if (options->self.v == 0 || options->self.v > NODE_ID_KNET_MAX)
		return error_set(reterr, ERR_INVALID, "our node id is %u; with knet, node ids go from 1 to %d",
				 options->self.v, NODE_ID_KNET_MAX);
	struct knet *k = calloc(1, sizeof *k);
	if (!k)
		return error_set(reterr, ERR_NO_MEMORY, "no memory for knet's frames");
	k->base.ops = &knet_ops;
	k->loop = loop;
	k->options = *options;
	k->handlers = *handlers;
	k->thread = pthread_self();
	k->data_fd = k->event_fd = k->log_fds[0] = k->log_fds[1] = -1;
	for (int i = 0; i < BATCH; i++) {
		k->vectors[i] = (struct iovec){.iov_base = k->frames[i], .iov_len = FRAME_MAX};
		k->messages[i].msg_hdr = (struct msghdr){.msg_iov = &k->vectors[i], .msg_iovlen = 1};
	}
	enum err e = pipes_open(k, reterr);
	if (e == ERR_OK)
		e = handle_open(k, reterr);
	if (e == ERR_OK)
		e = handle_set_up(k, reterr);
	if (e == ERR_OK)
		e = watch_all(k, reterr);
	if (e != ERR_OK) {
		on_close(&k->base);
		return e;
	}
	*ret = &k->base;
	return ERR_OK;
}

/* --- encryption and compression --- */

enum err knet_crypto_prepare(struct transport *t, const struct knet_crypto *crypto, struct error *reterr)
{
	return knet_keys_prepare(&knet_of(t)->keys, crypto, reterr);
}

bool knet_crypto_changes(const struct transport *t)
{
	return ((const struct knet *)t)->keys.prepared;
}

void knet_crypto_cancel(struct transport *t)
{
	knet_keys_cancel(&knet_of(t)->keys);
}

enum err knet_crypto_use(struct transport *t, struct error *reterr)
{
	return knet_keys_use(&knet_of(t)->keys, reterr);
}

enum err knet_crypto_drop(struct transport *t, struct error *reterr)
{
	return knet_keys_drop(&knet_of(t)->keys, reterr);
}

enum err knet_crypto_start(struct transport *t, const struct knet_crypto *crypto, struct error *reterr)
{
	enum err e = knet_crypto_prepare(t, crypto, reterr);
	if (e == ERR_OK)
		e = knet_crypto_use(t, reterr);
	if (e == ERR_OK)
		e = knet_crypto_drop(t, reterr);
	return e;
}

enum err knet_compression_set(struct transport *t, const struct knet_compression *c, struct error *reterr)
{
	struct knet_handle_compress_cfg cfg = {.compress_threshold = c->threshold, .compress_level = c->level};
	(void)snprintf(cfg.compress_model, sizeof cfg.compress_model, "%s", c->model);
	if (knet_handle_compress(knet_of(t)->handle, &cfg) == 0)
		return ERR_OK;
	return error_set(reterr, ERR_INVALID,
			 "knet does not accept knet_compression_model %s with level %d; is its module installed?",
			 c->model, c->level);
}
