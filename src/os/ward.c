/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/ward.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct ward {
	struct loop *loop;
	struct loop_fd fd; /* the pidfd */
	void (*fn)(void *arg, int exit_code);
	void *arg;
	pid_t pid;
	bool adopted;
};

static int exit_code_of(const struct ward *s)
{
	siginfo_t info = {0};
	if (s->adopted || waitid(P_PID, (id_t)s->pid, &info, WEXITED | WNOHANG) != 0 || info.si_code != CLD_EXITED)
		return WARD_EXIT_UNKNOWN;
	return info.si_status;
}

static void on_end(void *arg, uint32_t events)
{
	struct ward *s = arg;
	(void)events;
	loop_fd_remove(s->loop, &s->fd);
	(void)close(s->fd.fd);
	s->fd.fd = -1;
	s->fn(s->arg, exit_code_of(s));
}

static pid_t written_in(int fd)
{
	char text[16];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	return (pid_t)strtol(text, NULL, 10);
}

/* The process that holds the lock: a pid in the file alone may be anybody's by now. A lock of a descriptor names no
 * process (file.h); then the file does. */
static pid_t holder_of(const char *lock)
{
	struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fd = lock == NULL ? -1 : open(lock, O_RDWR | O_CLOEXEC);
	pid_t pid = 0;
	if (fd < 0)
		return 0;
	if (fcntl(fd, F_GETLK, &l) == 0 && l.l_type != F_UNLCK)
		pid = l.l_pid > 0 ? l.l_pid : written_in(fd);
	(void)close(fd);
	return pid > 0 ? pid : 0;
}

/* Signals that we take in the loop are open to the child. */
static int spawn(const struct ward_plan *plan, pid_t *ret)
{
	posix_spawnattr_t attributes;
	sigset_t none, all;
	int e = posix_spawnattr_init(&attributes);
	if (e != 0)
		return e;
	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	(void)posix_spawnattr_setsigmask(&attributes, &none);
	(void)posix_spawnattr_setsigdefault(&attributes, &all);
	(void)posix_spawnattr_setflags(&attributes,
				       POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
	e = posix_spawn(ret, plan->path, NULL, &attributes, plan->argv, environ);
	(void)posix_spawnattr_destroy(&attributes);
	return e;
}

enum err ward_start(struct loop *l, const struct ward_plan *plan, void (*fn)(void *arg, int exit_code), void *arg,
		    struct ward **ret, struct error *reterr)
{
	struct ward *s = calloc(1, sizeof(*s));
	if (s == NULL)
		return error_set(reterr, ERR_NO_MEMORY, "no memory for a daemon");
	*s = (struct ward){.loop = l, .fn = fn, .arg = arg, .pid = holder_of(plan->lock)};
	s->adopted = s->pid > 0;
	int e = s->adopted ? 0 : spawn(plan, &s->pid);
	int fd = e == 0 ? (int)syscall(SYS_pidfd_open, s->pid, 0) : -1;
	if (fd < 0) {
		e = e != 0 ? e : errno;
		free(s);
		return error_set(reterr, ERR_IO, "starting %s: %s", plan->path, strerror(e));
	}
	s->fd = (struct loop_fd){.fd = fd, .priority = LOOP_HIGH, .events = LOOP_READ, .fn = on_end, .arg = s};
	enum err added = loop_fd_add(l, &s->fd, reterr);
	if (added != ERR_OK) {
		(void)close(fd);
		free(s);
		return added;
	}
	*ret = s;
	return ERR_OK;
}

bool ward_was_adopted(const struct ward *s)
{
	return s->adopted;
}

void ward_signal(const struct ward *s, int signal)
{
	if (s->fd.fd >= 0)
		(void)syscall(SYS_pidfd_send_signal, s->fd.fd, signal, NULL, 0);
}

void ward_close(struct ward *s)
{
	if (s == NULL)
		return;
	if (s->fd.fd >= 0) {
		loop_fd_remove(s->loop, &s->fd);
		(void)close(s->fd.fd);
	}
	free(s);
}
