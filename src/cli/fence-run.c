/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/fence-run.h"

#include "os/agent.h"

#include <string.h>
#include <unistd.h>

enum { OUTPUT_MAX = 4 * 1024 * 1024 };

struct running {
	const struct program_io *io;
	struct loop *loop;
	struct timer timeout;
	struct child *child;
	const struct child_plan *plan;
	struct fence_run_end *end;
	int64_t timeout_ms;
	struct error *reterr;
};

static void on_timeout(void *arg)
{
	struct running *r = arg;
	r->end->timed_out = true;
	child_kill(r->child);
}

static void on_end(void *arg, const struct child_end *end)
{
	struct running *r = arg;
	struct arena *a = r->io->arena;
	loop_timer_cancel(r->loop, &r->timeout);
	r->end->out = arena_string(a, end->out != NULL ? end->out : "");
	r->end->err = arena_string(a, end->err != NULL ? end->err : "");
	if (!end->started)
		r->end->why = arena_printf(a, "it cannot be run: %s", strerror(end->error));
	else if (r->end->timed_out)
		r->end->why = arena_printf(a, "it did not end within %lld s", (long long)r->timeout_ms / 1000);
	else if (end->signal != 0)
		r->end->why = arena_printf(a, "signal %d killed it", end->signal);
	else
		r->end->rc = end->rc;
	loop_stop(r->loop);
}

static void start(void *arg)
{
	struct running *r = arg;
	if (child_start(r->loop, r->plan, on_end, r, &r->child, r->reterr) == ERR_OK) {
		loop_timer_set(r->loop, &r->timeout, (uint64_t)r->timeout_ms);
		return;
	}
	r->end->why = arena_string(r->io->arena, r->reterr->text);
	loop_stop(r->loop);
}

static enum exit_code run(struct running *r)
{
	struct loop_job first = {.fn = start, .arg = r};
	if (loop_open(&r->loop, r->reterr) != ERR_OK)
		return EXIT_SYSTEM;
	timer_init(&r->timeout, on_timeout, r);
	loop_job_add(r->loop, &first);
	enum err e = loop_run(r->loop, r->reterr);
	loop_close(r->loop);
	return e == ERR_OK ? EXIT_OK : EXIT_SYSTEM;
}

enum exit_code fence_run(const struct program_io *io, const char *agent, const char *device, const char *action,
			 const struct table *parameters, int64_t timeout_ms, struct fence_run_end *ret,
			 struct error *reterr)
{
	struct agent_places places = agent_places_usual();
	const char *path = io_environment(io, "HALE_FENCE_PATH");
	struct agent_call call = {0};
	struct agent_refusal no;
	places.fence_path = path != NULL ? path : places.fence_path;
	const struct operation op = {
		.id = 1,
		.rsc = device != NULL ? device : agent,
		.class_ = "stonith",
		.type = agent,
		.action = action,
		.parameters = parameters != NULL ? parameters : table_new(io->arena),
		.timeout_ms = timeout_ms,
	};
	*ret = (struct fence_run_end){.rc = 1, .out = "", .err = ""};
	const char *file = agent_path(&places, "stonith", NULL, agent, io->arena);
	if (file == NULL || access(file, X_OK) != 0) {
		(void)error_set(reterr, ERR_NOT_FOUND, "Agent %s not found", agent);
		return EXIT_NO_SUCH;
	}
	if (!agent_prepare(&places, &op, io->arena, &call, &no)) {
		ret->why = no.reason;
		return EXIT_OK;
	}
	const struct child_plan plan = {.path = call.path,
					.argv = call.argv,
					.env = call.env,
					.input = call.input,
					.input_size = call.input_size,
					.output_max = OUTPUT_MAX};
	struct running r = {.io = io, .plan = &plan, .end = ret, .timeout_ms = timeout_ms, .reterr = reterr};
	return run(&r);
}
