/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/echo.h"

#include "base/bytes.h"
#include "os/resolve.h"

#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum { READ_MAX = 64, PACKET_MAX = 2048 };

/* What an echo request carries, and its answer brings back. Eight bytes of ICMP header come before it. */
struct probe {
	uint8_t type, code;
	uint16_t checksum;
	uint16_t id, sequence;
	uint64_t cookie;
	uint32_t node;
	uint32_t pad;
};

struct watched {
	node_id id; /* 0: free */
	uint32_t address_count;
	struct sockaddr_storage addresses[LINKS_MAX];
	bool answers_ever, suspected;
	mono_time last_answer, last_probe, suspected_since;
	mono_time silent_since; /* when the first of the unanswered probes was sent */
	uint32_t unanswered;    /* probes sent since the last answer, or since the count was started again */
	enum echo_verdict verdict;
};

struct echo {
	struct loop *loop;
	struct echo_handlers handlers;
	int fds[2]; /* IPv4, IPv6; -1: this machine has none */
	struct loop_fd watches[2];
	struct timer timer;
	uint64_t cookie;
	uint16_t sequence;
	uint32_t count;
	struct watched nodes[NODES_MAX];
};

static struct watched *watched_of(struct echo *e, node_id id)
{
	for (uint32_t i = 0; i < e->count; i++) {
		if (node_id_eq(e->nodes[i].id, id))
			return &e->nodes[i];
	}
	return NULL;
}

static bool has_address(const struct watched *w, const struct sockaddr_storage *a, uint16_t port)
{
	for (uint32_t i = 0; i < w->address_count; i++) {
		if (sockaddr_eq(&w->addresses[i], a) && (port == 0 || sockaddr_port(&w->addresses[i]) == port))
			return true;
	}
	return false;
}

static void tell(struct echo *e, struct watched *w, enum echo_verdict verdict)
{
	if (w->verdict == verdict)
		return;
	w->verdict = verdict;
	e->handlers.verdict(e->handlers.arg, w->id, verdict);
}

/* --- what comes in --- */

static void on_answer(struct echo *e, const struct sockaddr_storage *from, struct bytes icmp)
{
	struct probe p;
	if (icmp.len < sizeof p)
		return;
	memcpy(&p, icmp.data, sizeof p);
	struct watched *w = p.cookie == e->cookie ? watched_of(e, node_id_of(p.node)) : NULL;
	if (!w || !has_address(w, from, 0))
		return;
	w->answers_ever = true;
	w->last_answer = loop_now(e->loop);
	w->unanswered = 0;
	if (w->suspected && w->verdict != ECHO_NO_ENGINE)
		tell(e, w, ECHO_ALIVE);
}

/* A datagram for `to` found its port closed at `from`. */
static void on_closed_port(struct echo *e, const struct sockaddr_storage *from, const struct sockaddr_storage *to)
{
	if (!sockaddr_eq(from, to))
		return;
	for (uint32_t i = 0; i < e->count; i++) {
		if (has_address(&e->nodes[i], to, sockaddr_port(to)))
			tell(e, &e->nodes[i], ECHO_NO_ENGINE);
	}
}

/* The quoted packet of an ICMP error: IPv4 and UDP headers. */
static void read_quote4(struct echo *e, const struct sockaddr_storage *from, struct bytes quote)
{
	struct sockaddr_storage to = {.ss_family = AF_INET};
	struct ip ip;
	struct udphdr udp;
	if (quote.len < sizeof ip)
		return;
	memcpy(&ip, quote.data, sizeof ip);
	size_t at = (size_t)ip.ip_hl * 4;
	if (ip.ip_p != IPPROTO_UDP || at < sizeof ip || quote.len < at + sizeof udp)
		return;
	memcpy(&udp, quote.data + at, sizeof udp);
	((struct sockaddr_in *)&to)->sin_addr = ip.ip_dst;
	((struct sockaddr_in *)&to)->sin_port = udp.uh_dport;
	on_closed_port(e, from, &to);
}

static void read_quote6(struct echo *e, const struct sockaddr_storage *from, struct bytes quote)
{
	struct sockaddr_storage to = {.ss_family = AF_INET6};
	struct ip6_hdr ip;
	struct udphdr udp;
	if (quote.len < sizeof ip + sizeof udp)
		return;
	memcpy(&ip, quote.data, sizeof ip);
	memcpy(&udp, quote.data + sizeof ip, sizeof udp);
	if (ip.ip6_nxt != IPPROTO_UDP)
		return;
	((struct sockaddr_in6 *)&to)->sin6_addr = ip.ip6_dst;
	((struct sockaddr_in6 *)&to)->sin6_port = udp.uh_dport;
	on_closed_port(e, from, &to);
}

static void read_icmp4(struct echo *e, const struct sockaddr_storage *from, struct bytes packet)
{
	struct ip ip;
	if (packet.len < sizeof ip)
		return;
	memcpy(&ip, packet.data, sizeof ip);
	size_t at = (size_t)ip.ip_hl * 4;
	if (at < sizeof ip || packet.len < at + ICMP_MINLEN)
		return;
	struct bytes icmp = bytes_of(packet.data + at, packet.len - at);
	if (icmp.data[0] == ICMP_ECHOREPLY)
		on_answer(e, from, icmp);
	else if (icmp.data[0] == ICMP_DEST_UNREACH && icmp.data[1] == ICMP_PORT_UNREACH)
		read_quote4(e, from, bytes_of(icmp.data + ICMP_MINLEN, icmp.len - ICMP_MINLEN));
}

static void read_icmp6(struct echo *e, const struct sockaddr_storage *from, struct bytes icmp)
{
	if (icmp.len < sizeof(struct icmp6_hdr))
		return;
	if (icmp.data[0] == ICMP6_ECHO_REPLY)
		on_answer(e, from, icmp);
	else if (icmp.data[0] == ICMP6_DST_UNREACH && icmp.data[1] == ICMP6_DST_UNREACH_NOPORT)
		read_quote6(e, from,
			    bytes_of(icmp.data + sizeof(struct icmp6_hdr), icmp.len - sizeof(struct icmp6_hdr)));
}

static void read_socket(struct echo *e, int which)
{
	uint8_t packet[PACKET_MAX];
	for (int i = 0; i < READ_MAX && e->fds[which] >= 0; i++) {
		struct sockaddr_storage from = {0};
		socklen_t from_len = sizeof from;
		ssize_t n = recvfrom(e->fds[which], packet, sizeof packet, MSG_DONTWAIT, (struct sockaddr *)&from,
				     &from_len);
		if (n < 0)
			return;
		if (which == 0)
			read_icmp4(e, &from, bytes_of(packet, (size_t)n));
		else
			read_icmp6(e, &from, bytes_of(packet, (size_t)n));
	}
}

static void read_ready4(void *arg, uint32_t revents)
{
	(void)revents;
	read_socket(arg, 0);
}

static void read_ready6(void *arg, uint32_t revents)
{
	(void)revents;
	read_socket(arg, 1);
}

/* --- what goes out --- */

static uint16_t checksum(const void *data, size_t len)
{
	const uint8_t *b = data;
	uint32_t sum = 0;
	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)(b[i] | b[i + 1] << 8);
	sum = (sum >> 16) + (sum & 0xffff);
	sum += sum >> 16;
	return (uint16_t)~sum;
}

static bool probe_address(struct echo *e, const struct watched *w, const struct sockaddr_storage *to)
{
	bool six = to->ss_family == AF_INET6;
	struct sockaddr_storage address = *to;
	struct probe p = {.type = six ? ICMP6_ECHO_REQUEST : ICMP_ECHO,
			  .id = (uint16_t)e->cookie,
			  .sequence = e->sequence,
			  .cookie = e->cookie,
			  .node = w->id.v};
	/* The kernel does it for IPv6. */
	if (!six)
		p.checksum = checksum(&p, sizeof p);
	sockaddr_set_port(&address, 0);
	return e->fds[six] >= 0 && sendto(e->fds[six], &p, sizeof p, MSG_DONTWAIT | MSG_NOSIGNAL,
					  (const struct sockaddr *)&address, sockaddr_len(&address)) == sizeof p;
}

/* One probe to each address; counts when at least one could be sent. */
static void probe_node(struct echo *e, struct watched *w)
{
	bool sent = false;
	e->sequence++;
	for (uint32_t i = 0; i < w->address_count; i++)
		sent |= probe_address(e, w, &w->addresses[i]);
	w->last_probe = loop_now(e->loop);
	if (sent && w->unanswered++ == 0)
		w->silent_since = loop_now(e->loop);
}

/* --- judging --- */

static bool is_dead(const struct watched *w, mono_time now)
{
	return w->answers_ever && w->unanswered >= ECHO_MISSES_MIN &&
	       mono_time_since_ms(now, w->silent_since) >= ECHO_SILENCE_MS &&
	       mono_time_since_ms(w->silent_since, w->last_answer) <= ECHO_FRESH_MS;
}

static bool is_fast(const struct watched *w, mono_time now)
{
	return w->suspected && w->verdict != ECHO_DEAD && w->verdict != ECHO_NO_ENGINE &&
	       mono_time_since_ms(now, w->suspected_since) < ECHO_FAST_FOR_MS;
}

static uint32_t interval_ms(const struct watched *w, mono_time now)
{
	if (is_fast(w, now))
		return ECHO_FAST_MS;
	return w->suspected || w->unanswered > 0 ? ECHO_SLOW_MS : ECHO_CALM_MS;
}

static void schedule(struct echo *e)
{
	mono_time now = loop_now(e->loop);
	uint64_t next_ms = ECHO_CALM_MS;
	for (uint32_t i = 0; i < e->count; i++) {
		uint64_t ms = interval_ms(&e->nodes[i], now),
			 since_ms = mono_time_since_ms(now, e->nodes[i].last_probe);
		uint64_t left_ms = ms > since_ms ? ms - since_ms : 1;
		next_ms = left_ms < next_ms ? left_ms : next_ms;
	}
	loop_timer_set(e->loop, &e->timer, next_ms);
}

static void tick_node(struct echo *e, struct watched *w, mono_time now)
{
	if (w->suspected && w->verdict != ECHO_NO_ENGINE && is_dead(w, now))
		tell(e, w, ECHO_DEAD);
	/* Timers fire late by a little, never early. */
	if (mono_time_since_ms(now, w->last_probe) + 5 >= interval_ms(w, now))
		probe_node(e, w);
}

static void tick(void *arg)
{
	struct echo *e = arg;
	/* Timers come before descriptors: answers that are here already must count. */
	read_socket(e, 0);
	read_socket(e, 1);
	bool paused = loop_late_ns(e->loop) >= ECHO_PAUSE_MS * UINT64_C(1000000);
	mono_time now = loop_now(e->loop);
	/* From the end: a handler may forget the node that it is told of, which moves the last one into its place. */
	for (uint32_t i = e->count; i > 0; i--) {
		if (i > e->count)
			continue;
		if (paused)
			e->nodes[i - 1].unanswered = 0;
		tick_node(e, &e->nodes[i - 1], now);
	}
	schedule(e);
}

void echo_suspect(struct echo *e, node_id node)
{
	struct watched *w = watched_of(e, node);
	if (!w) {
		e->handlers.verdict(e->handlers.arg, node, ECHO_UNKNOWN);
		return;
	}
	if (w->suspected)
		return;
	mono_time now = loop_now(e->loop);
	w->suspected = true;
	w->suspected_since = now;
	w->unanswered = 0;
	probe_node(e, w);
	schedule(e);
	if (w->verdict == ECHO_UNKNOWN && (!w->answers_ever || mono_time_since_ms(now, w->last_answer) > ECHO_FRESH_MS))
		e->handlers.verdict(e->handlers.arg, node, ECHO_UNKNOWN);
}

void echo_trust(struct echo *e, node_id node)
{
	struct watched *w = watched_of(e, node);
	if (!w)
		return;
	w->suspected = false;
	w->verdict = ECHO_UNKNOWN;
}

bool echo_report(const struct echo *e, node_id node, struct echo_report *ret)
{
	for (uint32_t i = 0; i < e->count; i++) {
		const struct watched *w = &e->nodes[i];
		if (!node_id_eq(w->id, node))
			continue;
		*ret = (struct echo_report){
			.answers_ever = w->answers_ever, .last_answer = w->last_answer, .verdict = w->verdict};
		return true;
	}
	return false;
}

/* --- nodes, open and close --- */

enum err echo_watch(struct echo *e, node_id node, const struct sockaddr_storage *addresses, uint32_t count,
		    struct error *reterr)
{
	if (!node_id_is_set(node) || count == 0 || count > LINKS_MAX)
		return error_set(reterr, ERR_INVALID, "node %u: 1 to %d addresses can be asked for an echo", node.v,
				 LINKS_MAX);
	struct watched *w = watched_of(e, node);
	if (!w && e->count == NODES_MAX)
		return error_set(reterr, ERR_FULL, "node %u: %d nodes are asked for echoes already", node.v, NODES_MAX);
	if (!w) {
		w = &e->nodes[e->count++];
		*w = (struct watched){.id = node};
	}
	w->address_count = count;
	memcpy(w->addresses, addresses, count * sizeof addresses[0]);
	probe_node(e, w);
	if (!timer_is_set(&e->timer))
		schedule(e);
	return ERR_OK;
}

void echo_forget(struct echo *e, node_id node)
{
	struct watched *w = watched_of(e, node);
	if (w)
		*w = e->nodes[--e->count];
}

/* Lets only answers and errors through, so that a busy network does not wake us. */
static void socket_filter(int fd, bool six)
{
	if (six) {
		struct icmp6_filter f;
		ICMP6_FILTER_SETBLOCKALL(&f);
		ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &f);
		ICMP6_FILTER_SETPASS(ICMP6_DST_UNREACH, &f);
		(void)setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &f, sizeof f);
		return;
	}
	uint32_t blocked = ~(1u << ICMP_ECHOREPLY | 1u << ICMP_DEST_UNREACH);
	(void)setsockopt(fd, SOL_RAW, 1 /* ICMP_FILTER of linux/icmp.h */, &blocked, sizeof blocked);
}

static enum err socket_open(struct echo *e, bool six, struct error *reterr)
{
	int fd = socket(six ? AF_INET6 : AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			six ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
	if (fd < 0 && errno == EAFNOSUPPORT)
		return ERR_OK;
	if (fd < 0)
		return error_set(reterr, errno == EPERM || errno == EACCES ? ERR_ACCESS : ERR_IO,
				 "opening a raw ICMP socket (needs CAP_NET_RAW): %s", strerror(errno));
	socket_filter(fd, six);
	e->fds[six] = fd;
	e->watches[six] = (struct loop_fd){
		.fd = fd, .priority = LOOP_HIGH, .events = LOOP_READ, .fn = six ? read_ready6 : read_ready4, .arg = e};
	return loop_fd_add(e->loop, &e->watches[six], reterr);
}

enum err echo_open(struct loop *loop, const struct echo_handlers *handlers, struct echo **ret, struct error *reterr)
{
	struct echo *e = calloc(1, sizeof *e);
	if (!e)
		return error_set(reterr, ERR_NO_MEMORY, "no memory for echo requests");
	e->loop = loop;
	e->handlers = *handlers;
	e->fds[0] = e->fds[1] = -1;
	timer_init(&e->timer, tick, e);
	/* When there is too little randomness yet, this waits: at most a moment after the machine started. */
	enum err err = getrandom(&e->cookie, sizeof e->cookie, 0) == sizeof e->cookie
			       ? ERR_OK
			       : error_set(reterr, ERR_IO, "rolling a number: %s", strerror(errno));
	if (err == ERR_OK)
		err = socket_open(e, false, reterr);
	if (err == ERR_OK)
		err = socket_open(e, true, reterr);
	if (err != ERR_OK) {
		echo_close(e);
		return err;
	}
	*ret = e;
	return ERR_OK;
}

void echo_close(struct echo *e)
{
	if (!e)
		return;
	loop_timer_cancel(e->loop, &e->timer);
	for (int i = 0; i < 2; i++) {
		if (e->watches[i].added)
			loop_fd_remove(e->loop, &e->watches[i]);
		if (e->fds[i] >= 0)
			close(e->fds[i]);
	}
	free(e);
}
