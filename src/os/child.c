/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/child.h"

#include "os/keeper.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { READ_SIZE = 16 * 1024, LAST_READS_MAX = 256 };

struct outlet {
	struct loop_fd watch;
	struct child *owner;
	char *text;
	size_t len, lost;
	bool keeps_end;
};

struct child {
	struct loop *loop;
	struct loop_fd watch; /* the keeper's pidfd */
	int status;
	size_t output_max;
	struct outlet out, err;
	bool silent; /* closed: nobody is told */
	void (*fn)(void *arg, const struct child_end *end);
	void *arg;
	wall_time began;
};

/* --- output --- */

/* Of the begin what fits; of the end twice as much at most, and then the last part of it. */
static void outlet_keep(struct outlet *s, const char *data, size_t n, size_t max)
{
	size_t room = s->keeps_end ? 2 * max : max;

	if (s->text == NULL)
		s->text = malloc(room + 1);
	if (s->text == NULL) {
		s->lost += n;
		return;
	}
	if (s->keeps_end && n > max) {
		s->lost += n - max;
		data += n - max;
		n = max;
	}
	if (s->keeps_end && s->len + n > room) {
		size_t keep = s->len < max ? s->len : max;

		memmove(s->text, s->text + s->len - keep, keep);
		s->lost += s->len - keep;
		s->len = keep;
	}
	size_t take = n < room - s->len ? n : room - s->len;
	for (size_t i = 0; i < take; i++)
		s->text[s->len++] = data[i] == '\0' ? '?' : data[i];
	s->lost += n - take;
}

/* False when nothing more will come, or nothing now. */
static bool outlet_read(struct outlet *s, bool *ret_ended)
{
	char data[READ_SIZE];
	ssize_t n = read(s->watch.fd, data, sizeof data);

	*ret_ended = n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
	if (n > 0)
		outlet_keep(s, data, (size_t)n, s->owner->output_max);
	return n > 0;
}

static void on_output(void *arg, uint32_t revents)
{
	struct outlet *s = arg;
	bool ended;

	(void)revents;
	(void)outlet_read(s, &ended);
	if (ended)
		loop_fd_remove(s->owner->loop, &s->watch);
}

/* The program is gone; what it has printed is in the pipe. Someone else may go on writing: not for ever. */
static const char *outlet_finish(struct outlet *s, size_t max)
{
	bool ended = false;

	for (int i = 0; i < LAST_READS_MAX && !ended; i++)
		if (!outlet_read(s, &ended) && !ended)
			break;
	if (s->text == NULL)
		return "";
	if (s->keeps_end && s->len > max) {
		memmove(s->text, s->text + s->len - max, max);
		s->lost += s->len - max;
		s->len = max;
	}
	s->text[s->len] = '\0';
	return s->text;
}

static void outlet_close(struct loop *l, struct outlet *s)
{
	if (s->watch.added)
		loop_fd_remove(l, &s->watch);
	if (s->watch.fd >= 0)
		(void)close(s->watch.fd);
	free(s->text);
}

/* --- the end --- */

static void child_free(struct child *c)
{
	if (c->watch.added)
		loop_fd_remove(c->loop, &c->watch);
	if (c->watch.fd >= 0)
		(void)close(c->watch.fd);
	if (c->status >= 0)
		(void)close(c->status);
	outlet_close(c->loop, &c->out);
	outlet_close(c->loop, &c->err);
	free(c);
}

static void status_read(int fd, struct child_end *end)
{
	struct keeper_status s;

	*end = (struct child_end){.started = true, .signal = -1};
	if (read(fd, &s, sizeof s) != (ssize_t)sizeof s)
		return; /* somebody killed the keeper */
	if (s.word == KEEPER_NOT_STARTED) {
		end->started = false;
		end->signal = 0;
		end->error = s.value;
		return;
	}
	end->signal = WIFSIGNALED(s.value) ? WTERMSIG(s.value) : 0;
	end->rc = WIFEXITED(s.value) ? WEXITSTATUS(s.value) : 0;
}

static void on_ended(void *arg, uint32_t revents)
{
	struct child *c = arg;
	struct child_end end;
	siginfo_t info;

	(void)revents;
	(void)waitid(P_PIDFD, (id_t)c->watch.fd, &info, WEXITED);
	status_read(c->status, &end);
	if (!c->silent) {
		end.out = outlet_finish(&c->out, c->output_max);
		end.err = outlet_finish(&c->err, c->output_max);
		end.out_lost = c->out.lost;
		end.err_lost = c->err.lost;
		end.began = c->began;
		end.ended = loop_wall();
		loop_fd_remove(c->loop, &c->watch);
		c->fn(c->arg, &end);
	}
	child_free(c);
}

void child_kill(struct child *c)
{
	(void)syscall(SYS_pidfd_send_signal, c->watch.fd, SIGTERM, NULL, 0U);
}

void child_close(struct child *c)
{
	if (c == NULL)
		return;
	c->silent = true;
	child_kill(c);
}

/* --- the begin --- */

static enum err input_open(const struct child_plan *p, int *ret, struct error *reterr)
{
	if (p->input == NULL) {
		*ret = open("/dev/null", O_RDONLY | O_CLOEXEC);
		return *ret < 0 ? error_set(reterr, ERR_IO, "/dev/null: %s", strerror(errno)) : ERR_OK;
	}
	int fd = memfd_create("input", MFD_CLOEXEC);
	if (fd < 0)
		return error_set(reterr, ERR_IO, "a file for its input: %s", strerror(errno));
	if (write(fd, p->input, p->input_size) != (ssize_t)p->input_size || lseek(fd, 0, SEEK_SET) != 0) {
		(void)close(fd);
		return error_set(reterr, ERR_IO, "writing its input: %s", strerror(ENOSPC));
	}
	*ret = fd;
	return ERR_OK;
}

/* The descriptors of one start: input, and three pipes by their reading and writing ends. */
enum { OUT, ERR, STATUS, PIPES };
struct ends {
	int input;
	int pipes[PIPES][2];
};

static void ends_close(struct ends *e, bool all)
{
	if (e->input >= 0)
		(void)close(e->input);
	for (int i = 0; i < PIPES; i++) {
		if (e->pipes[i][1] >= 0)
			(void)close(e->pipes[i][1]);
		if (all && e->pipes[i][0] >= 0)
			(void)close(e->pipes[i][0]);
	}
}

static enum err ends_open(const struct child_plan *p, struct ends *ret, struct error *reterr)
{
	struct ends e = {.input = -1, .pipes = {{-1, -1}, {-1, -1}, {-1, -1}}};
	enum err r = input_open(p, &e.input, reterr);

	for (int i = 0; i < PIPES && r == ERR_OK; i++) {
		if (pipe2(e.pipes[i], O_CLOEXEC) < 0)
			r = error_set(reterr, ERR_IO, "a pipe for its output: %s", strerror(errno));
		else
			(void)fcntl(e.pipes[i][0], F_SETFL, O_NONBLOCK);
	}
	if (r != ERR_OK)
		ends_close(&e, true);
	else
		*ret = e;
	return r;
}

static pid_t keeper_start(const struct child_plan *p, const struct ends *e)
{
	const struct keeper_plan plan = {
		.path = p->path,
		.argv = p->argv,
		.env = p->env,
		.input = e->input,
		.output = e->pipes[OUT][1],
		.errors = e->pipes[ERR][1],
		.status = e->pipes[STATUS][1],
		.as_user = p->as_user,
		.uid = p->uid,
		.gid = p->gid,
		.parent = getpid(),
	};
	sigset_t all, before;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &before);
	pid_t pid = fork();
	if (pid == 0)
		keeper_run(&plan);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	return pid;
}

static enum err outlet_open(struct child *c, struct outlet *s, int fd, struct error *reterr)
{
	s->owner = c;
	s->watch = (struct loop_fd){.fd = fd, .priority = LOOP_MED, .events = LOOP_READ, .fn = on_output, .arg = s};
	return loop_fd_add(c->loop, &s->watch, reterr);
}

static enum err child_watch(struct child *c, pid_t pid, const struct ends *e, struct error *reterr)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0U);

	c->status = e->pipes[STATUS][0];
	c->out.watch.fd = e->pipes[OUT][0];
	c->err.watch.fd = e->pipes[ERR][0];
	c->watch = (struct loop_fd){.fd = fd, .priority = LOOP_LOW, .events = LOOP_READ, .fn = on_ended, .arg = c};
	if (fd < 0)
		return error_set(reterr, ERR_IO, "watching it: %s", strerror(errno));
	enum err r = outlet_open(c, &c->out, e->pipes[OUT][0], reterr);
	if (r == ERR_OK)
		r = outlet_open(c, &c->err, e->pipes[ERR][0], reterr);
	if (r == ERR_OK)
		r = loop_fd_add(c->loop, &c->watch, reterr);
	return r;
}

enum err child_start(struct loop *l, const struct child_plan *plan, void (*fn)(void *arg, const struct child_end *end),
		     void *arg, struct child **ret, struct error *reterr)
{
	struct child *c = calloc(1, sizeof *c);
	struct ends e;

	assert(plan->output_max > 0);
	if (c == NULL)
		return error_set(reterr, ERR_NO_MEMORY, "%s: no memory to run it", plan->path);
	*c = (struct child){.loop = l, .output_max = plan->output_max, .fn = fn, .arg = arg, .began = loop_wall()};
	c->err.keeps_end = true;
	enum err r = ends_open(plan, &e, reterr);
	if (r != ERR_OK) {
		free(c);
		return error_wrap(reterr, r, "%s", plan->path);
	}
	pid_t pid = keeper_start(plan, &e);
	if (pid < 0) {
		r = error_set(reterr, ERR_AGAIN, "%s: starting a process: %s", plan->path, strerror(errno));
		ends_close(&e, true);
		free(c);
		return r;
	}
	ends_close(&e, false);
	r = child_watch(c, pid, &e, reterr);
	if (r != ERR_OK) {
		(void)kill(pid, SIGTERM);
		(void)waitpid(pid, NULL, 0);
		child_free(c);
		return error_wrap(reterr, r, "%s", plan->path);
	}
	*ret = c;
	return ERR_OK;
}
