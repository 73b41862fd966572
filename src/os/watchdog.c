/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/watchdog.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/watchdog.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct watchdog {
	int fd;
	struct watchdog_info info;
	char name[sizeof((struct watchdog_info *)NULL)->identity + 1];
};

enum err watchdog_open(const char *device, struct watchdog **ret, struct error *reterr)
{
	struct watchdog *w = calloc(1, sizeof *w);

	if (w == NULL)
		return error_set(reterr, ERR_NO_MEMORY, "%s: no memory for the watchdog", device);
	/* A pipe without a reader would wait for one. */
	w->fd = open(device, O_WRONLY | O_CLOEXEC | O_NONBLOCK);
	if (w->fd < 0) {
		enum err e = errno == ENOENT ? ERR_NOT_FOUND : errno == EACCES || errno == EPERM ? ERR_ACCESS : ERR_IO;

		(void)error_set(reterr, e, "opening the watchdog %s: %s%s", device, strerror(errno),
				errno == EBUSY ? ": another program (sbd, systemd) has it" : "");
		free(w);
		return e;
	}
	if (ioctl(w->fd, WDIOC_GETSUPPORT, &w->info) == 0)
		memcpy(w->name, w->info.identity, sizeof w->info.identity);
	*ret = w;
	return ERR_OK;
}

uint32_t watchdog_timeout_set(struct watchdog *w, uint32_t timeout_s)
{
	int wanted = (int)timeout_s, has = 0;

	if (w->info.options & WDIOF_SETTIMEOUT)
		(void)ioctl(w->fd, WDIOC_SETTIMEOUT, &wanted);
	/* What cannot tell its timeout is no kernel's watchdog and has none. */
	return ioctl(w->fd, WDIOC_GETTIMEOUT, &has) == 0 && has > 0 ? (uint32_t)has : timeout_s;
}

const char *watchdog_name(const struct watchdog *w)
{
	return w->name;
}

bool watchdog_tickle(struct watchdog *w)
{
	return write(w->fd, ".", 1) == 1;
}

void watchdog_abandon(struct watchdog *w)
{
	if (w == NULL)
		return;
	(void)close(w->fd);
	free(w);
}

void watchdog_close(struct watchdog *w)
{
	if (w == NULL)
		return;
	/* Without this letter the device takes the closing for a death. */
	ssize_t n = write(w->fd, "V", 1);
	(void)n;
	(void)close(w->fd);
	free(w);
}
