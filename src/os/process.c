/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/process.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum err process_daemonize(struct error *reterr)
{
	pid_t pid = fork();
	int null;

	if (pid < 0)
		return error_set(reterr, ERR_NO_MEMORY, "starting in the background: %s", strerror(errno));
	if (pid > 0)
		_exit(0);
	(void)setsid();
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0)
		return error_set(reterr, ERR_IO, "/dev/null: %s", strerror(errno));
	(void)dup2(null, STDIN_FILENO);
	(void)dup2(null, STDOUT_FILENO);
	(void)close(null);
	return ERR_OK;
}

void process_let_go(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0)
		return;
	(void)dup2(null, STDERR_FILENO);
	(void)close(null);
}
