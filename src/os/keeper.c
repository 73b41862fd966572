/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PROCESSES_MAX = 65536, KILL_PAUSE_MS = 10, EXIT_NO_EXEC = 127 };

struct entry {
	pid_t pid, parent;
	bool below; /* us */
};

/* The kernel's own shape: see getdents64(2). */
struct dirent_of_kernel {
	uint64_t inode;
	int64_t offset;
	uint16_t length;
	uint8_t type;
	char name[];
};

/* --- the processes of the machine; in a process of its own, so that nothing is shared --- */

static struct entry entries[PROCESSES_MAX];

static pid_t number_of(const char *text)
{
	pid_t n = 0;

	for (; *text >= '0' && *text <= '9'; text++)
		n = n * 10 + (*text - '0');
	return *text == '\0' || *text == ' ' ? n : 0;
}

/* "12 (a name) S 7 …": the fourth word, after a name that may have anything in it. 0: it is gone. */
static pid_t parent_of(int proc, const char *name)
{
	char path[64], text[512];
	size_t n = strnlen(name, 32);

	memcpy(path, name, n);
	memcpy(path + n, "/stat", sizeof "/stat");
	int fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	ssize_t len = read(fd, text, sizeof text - 1);
	(void)close(fd);
	text[len < 0 ? 0 : len] = '\0';
	const char *end = strrchr(text, ')');
	return end == NULL || strlen(end) < 5 ? 0 : number_of(end + 4);
}

static uint32_t read_entries(int proc, const char *names, size_t size, uint32_t count)
{
	for (size_t at = 0; at < size;) {
		const struct dirent_of_kernel *d = (const void *)(names + at);
		pid_t pid = number_of(d->name), parent = pid > 0 ? parent_of(proc, d->name) : 0;

		at += d->length;
		if (parent > 0 && count < PROCESSES_MAX)
			entries[count++] = (struct entry){.pid = pid, .parent = parent};
	}
	return count;
}

static uint32_t list_processes(void)
{
	static _Alignas(8) char names[32 * 1024];
	uint32_t count = 0;
	int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (proc < 0)
		return 0;
	for (;;) {
		long n = syscall(SYS_getdents64, proc, names, sizeof names);

		if (n <= 0)
			break;
		count = read_entries(proc, names, (size_t)n, count);
	}
	(void)close(proc);
	return count;
}

static bool is_below(uint32_t count, pid_t parent, pid_t self)
{
	if (parent == self)
		return true;
	for (uint32_t i = 0; i < count; i++)
		if (entries[i].pid == parent)
			return entries[i].below;
	return false;
}

/* Children may be listed before their parents, so until nothing is added. */
static void kill_all_below(pid_t self)
{
	uint32_t count = list_processes();
	bool more = true;

	while (more) {
		more = false;
		for (uint32_t i = 0; i < count; i++) {
			if (entries[i].below || !is_below(count, entries[i].parent, self))
				continue;
			entries[i].below = more = true;
			(void)kill(entries[i].pid, SIGKILL);
		}
	}
}

/* --- the agent --- */

static void tell(int fd, enum keeper_word word, int value)
{
	struct keeper_status s = {.word = (int32_t)word, .value = value};
	ssize_t n = write(fd, &s, sizeof s);

	(void)n; /* nobody listens any more */
}

static void signals_reset(void)
{
	struct sigaction usual = {.sa_handler = SIG_DFL};
	sigset_t none;

	for (int s = 1; s < NSIG; s++)
		(void)sigaction(s, &usual, NULL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static bool become(const struct keeper_plan *p)
{
	return !p->as_user || (setgroups(1, &p->gid) == 0 && setgid(p->gid) == 0 && setuid(p->uid) == 0);
}

static _Noreturn void agent_run(const struct keeper_plan *p)
{
	(void)setsid();
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (dup2(p->input, STDIN_FILENO) >= 0 && dup2(p->output, STDOUT_FILENO) >= 0 &&
	    dup2(p->errors, STDERR_FILENO) >= 0 && chdir("/") == 0 && become(p)) {
		(void)syscall(SYS_close_range, 3U, ~0U, 1U << 2); /* CLOSE_RANGE_CLOEXEC */
		signals_reset();
		(void)execve(p->path, p->argv, p->env);
	}
	tell(p->status, KEEPER_NOT_STARTED, errno);
	_exit(EXIT_NO_EXEC);
}

/* Descriptors of the program we were are not ours to keep open. */
static void let_go(int status)
{
	if (status > 0)
		(void)syscall(SYS_close_range, 0U, (unsigned)status - 1, 0U);
	(void)syscall(SYS_close_range, (unsigned)status + 1, ~0U, 0U);
}

/* Buries who has died. False when there is nobody left below us. */
static bool bury(pid_t agent, bool *agent_lives, int status)
{
	for (;;) {
		int value;
		pid_t pid = waitpid(-1, &value, WNOHANG);

		if (pid == 0)
			return true;
		if (pid < 0 && errno != EINTR)
			return false;
		if (pid != agent)
			continue;
		*agent_lives = false;
		tell(status, KEEPER_ENDED, value);
	}
}

_Noreturn void keeper_run(const struct keeper_plan *plan)
{
	const struct timespec pause = {.tv_nsec = KILL_PAUSE_MS * 1000000L};
	bool agent_lives = true, kills = false;
	pid_t self = getpid();
	sigset_t heard;

	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	(void)prctl(PR_SET_NAME, "hale-keeper");
	(void)setsid();
	if (getppid() != plan->parent)
		_exit(0);
	pid_t agent = fork();
	if (agent == 0)
		agent_run(plan);
	if (agent < 0) {
		tell(plan->status, KEEPER_NOT_STARTED, errno);
		_exit(0);
	}
	let_go(plan->status);
	(void)sigemptyset(&heard);
	(void)sigaddset(&heard, SIGCHLD);
	(void)sigaddset(&heard, SIGTERM);
	while (bury(agent, &agent_lives, plan->status) && (agent_lives || kills)) {
		if (kills)
			kill_all_below(self);
		kills |= sigtimedwait(&heard, NULL, kills ? &pause : NULL) == SIGTERM;
	}
	_exit(0);
}
