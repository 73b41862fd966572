/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/guard.h"

#include "daemon/environment.h"
#include "os/owner.h"
#include "os/watchdog.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { TEXT_SIZE = 256, FEEDS_A_TIMEOUT = 5, MS_IN_S = 1000 };

struct guard {
	struct loop *loop;
	struct guard_plan plan;
	struct loop_fd fd;
	struct timer feed;
	struct watchdog *watchdog;
	mono_time well;
	uint32_t timeout_ms;
	bool starves, is_reset, failed;
};

static struct sockaddr_un address_of(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	return a;
}

bool guard_sign(const char *socket_path, const char *text)
{
	struct sockaddr_un to = address_of(socket_path);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return false;
	ssize_t n = sendto(fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&to, sizeof(to));
	(void)close(fd);
	return n == (ssize_t)strlen(text);
}

static void on_feed(void *arg)
{
	struct guard *g = arg;
	bool silent = mono_time_since_ms(loop_now(g->loop), g->well) > g->timeout_ms / 2;
	loop_timer_set(g->loop, &g->feed, g->timeout_ms / FEEDS_A_TIMEOUT);
	if (g->is_reset)
		return;
	if (silent && !g->starves)
		g->plan.tell(g->plan.arg, false, "the manager gives no sign of life; the watchdog is not fed");
	else if (!silent && g->starves)
		g->plan.tell(g->plan.arg, false, "the manager is back; the watchdog is fed");
	g->starves = silent;
	if (!silent)
		(void)watchdog_tickle(g->watchdog);
}

static void on_well(struct guard *g)
{
	struct error error;
	char text[TEXT_SIZE];
	g->well = loop_now(g->loop);
	if (g->watchdog != NULL)
		return;
	if (watchdog_open(g->plan.device, &g->watchdog, &error) != ERR_OK) {
		if (!g->failed)
			g->plan.tell(g->plan.arg, false, error.text);
		g->failed = true;
		return;
	}
	g->timeout_ms = watchdog_timeout_set(g->watchdog, g->plan.timeout_s) * MS_IN_S;
	(void)snprintf(text, sizeof(text), "%s guards this machine, %u s", g->plan.device, g->timeout_ms / MS_IN_S);
	g->plan.tell(g->plan.arg, false, text);
	on_feed(g);
}

static bool is_welcome(const struct ucred *who)
{
	uint32_t uid;
	return who->uid == 0 || (owner_lookup(environment_manager_user(), false, &uid) && uid == who->uid);
}

/* The length of the text, or -1: there is none, or of somebody who has no say. */
static ssize_t receive(int fd, char text[static TEXT_SIZE])
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct iovec part = {.iov_base = text, .iov_len = TEXT_SIZE - 1};
	struct msghdr m = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(fd, &m, MSG_DONTWAIT);
	const struct cmsghdr *c = n >= 0 ? CMSG_FIRSTHDR(&m) : NULL;
	struct ucred who;
	if (c == NULL || c->cmsg_type != SCM_CREDENTIALS)
		return -1;
	memcpy(&who, CMSG_DATA(c), sizeof(who));
	if (!is_welcome(&who))
		return -1;
	text[n] = '\0';
	return n;
}

static void on_sign(void *arg, uint32_t events)
{
	struct guard *g = arg;
	char text[TEXT_SIZE];
	(void)events;
	if (receive(g->fd.fd, text) < 0)
		return;
	if (strcmp(text, "well") == 0) {
		on_well(g);
	} else if (strncmp(text, "reset ", 6) == 0 && g->watchdog != NULL && !g->is_reset) {
		g->is_reset = true;
		g->plan.tell(g->plan.arg, true, text + 6);
	}
}

static enum err listen_at(const char *path, int *ret, struct error *reterr)
{
	struct sockaddr_un a = address_of(path);
	int yes = 1, fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	uint32_t gid;
	if (strlen(path) >= sizeof(a.sun_path))
		return error_set(reterr, ERR_INVALID, "%s: too long for a socket", path);
	(void)unlink(path);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &yes, sizeof(yes)) != 0 ||
	    bind(fd, (struct sockaddr *)&a, sizeof(a)) != 0 || chmod(path, 0660) != 0) {
		enum err e = error_set(reterr, ERR_IO, "listening at %s: %s", path, strerror(errno));
		if (fd >= 0)
			(void)close(fd);
		return e;
	}
	if (owner_lookup("haclient", true, &gid) && chown(path, (uid_t)-1, gid) != 0)
		(void)0; /* root's own manager may sign all the same */
	*ret = fd;
	return ERR_OK;
}

enum err guard_open(struct loop *l, const struct guard_plan *plan, struct guard **ret, struct error *reterr)
{
	int fd = -1;
	struct guard *g = calloc(1, sizeof(*g));
	if (g == NULL)
		return error_set(reterr, ERR_NO_MEMORY, "no memory for the watchdog");
	enum err e = listen_at(plan->socket, &fd, reterr);
	if (e != ERR_OK) {
		free(g);
		return e;
	}
	g->loop = l;
	g->plan = *plan;
	timer_init(&g->feed, on_feed, g);
	g->fd = (struct loop_fd){.fd = fd, .priority = LOOP_HIGH, .events = LOOP_READ, .fn = on_sign, .arg = g};
	e = loop_fd_add(l, &g->fd, reterr);
	if (e != ERR_OK) {
		(void)close(fd);
		free(g);
		return e;
	}
	*ret = g;
	return ERR_OK;
}

void guard_close(struct guard *g, bool lets_go)
{
	if (g == NULL)
		return;
	loop_timer_cancel(g->loop, &g->feed);
	loop_fd_remove(g->loop, &g->fd);
	(void)close(g->fd.fd);
	(void)unlink(g->plan.socket);
	if (lets_go && !g->is_reset)
		watchdog_close(g->watchdog);
	else
		watchdog_abandon(g->watchdog);
	free(g);
}
