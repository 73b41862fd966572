/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/strangers.h"

#include "os/resolve.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	FILTER_KNOWN_MAX = 1500, /* addresses in the kernel's filter, whose programs have a limit; we look at all */
	PACKETS_A_TURN = 16,
	SNAP = 128, /* bytes of a packet that we want to see */
	UDP_HEADER = 8,
	IPV4_SOURCE_AT = 12,
};

struct ear {
	struct strangers *owner;
	struct loop_fd watch;
	bool six;
};

struct strangers {
	struct loop *loop;
	struct strangers_options options;
	struct ear four, six;
	struct timer rest;
	uint32_t told; /* in this spell */
	uint32_t port_count, known_count;
	uint16_t ports[STRANGERS_PORTS_MAX];
	struct sockaddr_storage *known; /* while we listen */
};

static bool is_known(const struct strangers *s, const struct sockaddr_storage *a)
{
	for (uint32_t i = 0; i < s->known_count; i++)
		if (sockaddr_eq(&s->known[i], a))
			return true;
	return false;
}

static bool is_port(const struct strangers *s, uint16_t port)
{
	for (uint32_t i = 0; i < s->port_count; i++)
		if (s->ports[i] == port)
			return true;
	return false;
}

/* udp begins at the UDP header. */
static void take(struct strangers *s, const struct sockaddr_storage *from, const uint8_t *udp, size_t len)
{
	uint16_t port;

	if (len < UDP_HEADER || s->told >= STRANGERS_PACKETS_MAX)
		return;
	port = (uint16_t)(udp[2] << 8 | udp[3]);
	if (!is_port(s, port) || is_known(s, from))
		return;
	s->told++;
	s->options.seen(s->options.arg, from, port, bytes_of(udp + UDP_HEADER, len - UDP_HEADER));
}

static void on_packets(void *arg, uint32_t revents)
{
	struct ear *e = arg;
	uint8_t packet[SNAP];
	(void)revents;
	for (int i = 0; i < PACKETS_A_TURN && e->watch.added; i++) {
		struct sockaddr_storage from = {0};
		socklen_t from_len = sizeof from;
		ssize_t n =
			recvfrom(e->watch.fd, packet, sizeof packet, MSG_DONTWAIT, (struct sockaddr *)&from, &from_len);
		if (n <= 0)
			return;
		sockaddr_set_port(&from, 0);
		/* A raw socket of IPv4 shows the IP header, whose length is in units of four bytes. */
		size_t head = e->six ? 0 : (size_t)(packet[0] & 15) * 4;
		if ((size_t)n > head)
			take(e->owner, &from, packet + head, (size_t)n - head);
	}
}

static void ear_close(struct ear *e)
{
	if (e->watch.added)
		loop_fd_remove(e->owner->loop, &e->watch);
	if (e->watch.fd >= 0)
		(void)close(e->watch.fd);
	e->watch.fd = -1;
}

static void rest(void *arg)
{
	struct strangers *s = arg;

	loop_timer_cancel(s->loop, &s->rest);
	ear_close(&s->four);
	ear_close(&s->six);
	free(s->known);
	s->known = NULL;
	s->known_count = 0;
}

struct program {
	uint32_t count;
	struct sock_filter code[2 * FILTER_KNOWN_MAX + 64];
};

static void add(struct program *p, uint16_t code, uint32_t k, uint8_t yes, uint8_t no)
{
	assert(p->count < sizeof p->code / sizeof p->code[0]);
	p->code[p->count++] = (struct sock_filter){.code = code, .k = k, .jt = yes, .jf = no};
}

/* One of our ports? Then, for IPv4: none of the known. */
static void filter_write(const struct strangers *s, bool six, struct program *p)
{
	uint32_t n = 0;

	if (!six)
		add(p, BPF_LDX | BPF_B | BPF_MSH, 0, 0, 0);
	add(p, BPF_LD | BPF_H | (six ? BPF_ABS : BPF_IND), 2, 0, 0);
	for (uint32_t i = 0; i < s->port_count; i++)
		add(p, BPF_JMP | BPF_JEQ | BPF_K, s->ports[i], (uint8_t)(s->port_count - i), 0);
	add(p, BPF_RET | BPF_K, 0, 0, 0);
	if (!six)
		add(p, BPF_LD | BPF_W | BPF_ABS, IPV4_SOURCE_AT, 0, 0);
	for (uint32_t i = 0; i < s->known_count && n < FILTER_KNOWN_MAX && !six; i++) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)&s->known[i];

		if (s->known[i].ss_family != AF_INET)
			continue;
		add(p, BPF_JMP | BPF_JEQ | BPF_K, ntohl(in->sin_addr.s_addr), 0, 1);
		add(p, BPF_RET | BPF_K, 0, 0, 0);
		n++;
	}
	add(p, BPF_RET | BPF_K, SNAP, 0, 0);
}

static enum err ear_open(struct strangers *s, struct ear *e, struct error *reterr)
{
	struct program *p = calloc(1, sizeof *p);
	struct sock_fprog filter;
	int fd = socket(e->six ? AF_INET6 : AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_UDP);
	enum err r = ERR_OK;

	if (p == NULL || fd < 0)
		r = error_set(reterr, errno == EPERM ? ERR_ACCESS : ERR_IO, "a raw socket to see strangers: %s",
			      strerror(errno));
	if (r == ERR_OK) {
		filter_write(s, e->six, p);
		filter = (struct sock_fprog){.len = (unsigned short)p->count, .filter = p->code};
		if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) < 0)
			r = error_set(reterr, ERR_IO, "a filter to see strangers: %s", strerror(errno));
	}
	e->watch = (struct loop_fd){.fd = fd, .priority = LOOP_LOW, .events = LOOP_READ, .fn = on_packets, .arg = e};
	if (r == ERR_OK)
		r = loop_fd_add(s->loop, &e->watch, reterr);
	free(p);
	if (r != ERR_OK)
		ear_close(e);
	return r;
}

enum err strangers_open(struct loop *loop, const struct strangers_options *options, struct strangers **ret,
			struct error *reterr)
{
	struct strangers *s = calloc(1, sizeof *s);

	if (s == NULL)
		return error_set(reterr, ERR_NO_MEMORY, "no memory to see strangers");
	s->loop = loop;
	s->options = *options;
	s->four = (struct ear){.owner = s, .watch = {.fd = -1}};
	s->six = (struct ear){.owner = s, .watch = {.fd = -1}, .six = true};
	timer_init(&s->rest, rest, s);
	*ret = s;
	return ERR_OK;
}

static bool has_family(const struct strangers *s, int family)
{
	for (uint32_t i = 0; i < s->known_count; i++)
		if (s->known[i].ss_family == family)
			return true;
	return false;
}

enum err strangers_listen(struct strangers *s, const uint16_t *ports, uint32_t port_count,
			  const struct sockaddr_storage *known, uint32_t known_count, struct error *reterr)
{
	enum err e = ERR_OK;

	assert(port_count <= STRANGERS_PORTS_MAX);
	rest(s);
	s->told = 0;
	s->port_count = port_count;
	s->known = calloc(known_count > 0 ? known_count : 1, sizeof *s->known);
	if (s->known == NULL)
		return error_set(reterr, ERR_NO_MEMORY, "no memory to see strangers");
	s->known_count = known_count;
	memcpy(s->ports, ports, port_count * sizeof ports[0]);
	memcpy(s->known, known, known_count * sizeof known[0]);
	if (has_family(s, AF_INET))
		e = ear_open(s, &s->four, reterr);
	if (e == ERR_OK && has_family(s, AF_INET6))
		e = ear_open(s, &s->six, reterr);
	if (e == ERR_OK)
		loop_timer_set(s->loop, &s->rest, STRANGERS_LISTEN_MS);
	else
		rest(s);
	return e;
}

void strangers_close(struct strangers *s)
{
	if (s == NULL)
		return;
	rest(s);
	free(s);
}
