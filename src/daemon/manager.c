/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/manager.h"

#include "api/api.h"
#include "cib/upgrade.h"
#include "controller/controller.h"
#include "daemon/executor-link.h"
#include "daemon/guard.h"
#include "daemon/manager-account.h"
#include "daemon/manager-engine.h"
#include "daemon/manager-guard.h"
#include "daemon/manager-inputs.h"
#include "daemon/manager-store.h"
#include "os/file.h"
#include "os/notify.h"
#include "os/random.h"
#include "scheduler/cluster.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { TELL_AGAIN_MS = 10000, KEPT_MAX = 64 * 1024 * 1024, UUID_SIZE = 37, PATH_SIZE = 4096 };

struct manager {
	struct loop *loop;
	struct log *log;
	struct manager_options options;
	struct manager_store *store;
	struct manager_inputs *inputs;
	struct manager_engine *engine;
	struct executor_link *executor;
	struct api *api;
	struct manager_account account;
	struct controller *controller;
	struct timer tick, sign;
	mono_time watchdog_told;          /* when the option have-watchdog was asked for last */
	struct manager_store_found found; /* on disk; the document until the controller has it */
	bool asked, stopping, not_stored;
	int exit_code;
	char uuid[UUID_SIZE];
};

static void say(const struct manager *m, enum message_id id, const char *text)
{
	log_explained(m->log, id, text);
}

static struct instant now(const struct manager *m)
{
	return (struct instant){.mono = loop_now(m->loop), .wall = loop_wall()};
}

static void end(struct manager *m, int exit_code)
{
	if (!m->stopping)
		m->exit_code = exit_code;
	m->stopping = true;
	loop_stop(m->loop);
}

/* --- what the controller asks for --- */

static void op_send(void *host, struct bytes message)
{
	struct manager *m = host;
	manager_engine_send(m->engine, message);
}

static void op_timer(void *host, mono_time due)
{
	struct manager *m = host;
	if (mono_time_is_set(due))
		loop_timer_set_at(m->loop, &m->tick, due);
	else
		loop_timer_cancel(m->loop, &m->tick);
}

static void op_store(void *host, const struct document *d, const struct archive_entry *entry)
{
	struct manager *m = host;
	manager_store_write(m->store, d, entry);
}

static void op_promise(void *host, uint64_t lineage)
{
	struct manager *m = host;
	manager_store_promise(m->store, lineage);
}

static const char *kept_path(const struct manager *m, char path[static PATH_SIZE])
{
	(void)snprintf(path, PATH_SIZE, "%s/kept.xml", m->options.run_dir);
	return path;
}

static void op_keep(void *host, const char *text)
{
	struct manager *m = host;
	char path[PATH_SIZE];
	struct error error;
	if (text == NULL) {
		(void)unlink(kept_path(m, path));
		return;
	}
	if (file_write_lasting(kept_path(m, path), bytes_of(text, strlen(text)), 0600, &error) != ERR_OK)
		say(m, MSG_KEEPING_FAILED, error.text);
}

/* Where nothing is kept yet, nothing is added: then everything is probed. */
static void op_keep_more(void *host, const char *text)
{
	struct manager *m = host;
	char path[PATH_SIZE];
	struct error error;
	enum err e = file_append(kept_path(m, path), bytes_of(text, strlen(text)), &error);
	if (e != ERR_OK && e != ERR_NOT_FOUND)
		say(m, MSG_KEEPING_FAILED, error.text);
}

static void op_run(void *host, const struct operation *op)
{
	struct manager *m = host;
	executor_link_run(m->executor, op);
}

static void op_cancel(void *host, const struct operation *op)
{
	struct manager *m = host;
	executor_link_cancel(m->executor, op);
}

static void op_forget(void *host, const char *rsc)
{
	struct manager *m = host;
	executor_link_forget(m->executor, rsc);
}

static void op_acknowledge(void *host, uint64_t id)
{
	struct manager *m = host;
	executor_link_acknowledge(m->executor, id);
}

static void op_answer(void *host, const struct answer *a)
{
	struct manager *m = host;
	api_answer(m->api, a);
}

static void op_tell(void *host, const struct happening *h)
{
	struct manager *m = host;
	api_tell(m->api, h);
}

static void op_log(void *host, enum message_id id, const char *text)
{
	say(host, id, text);
}

static void op_decided(void *host, const struct document *input, uint32_t number, uint32_t actions, bool is_error)
{
	struct manager *m = host;
	const struct cluster *cluster = leader_cluster(controller_leader(m->controller));
	bool is_warning = cluster != NULL && cluster->processing_warning;
	enum input_kind kind = is_error ? INPUT_ERROR : is_warning ? INPUT_WARNING : INPUT_PLAIN;
	const char *path = manager_inputs_keep(m->inputs, input, kind, loop_wall());
	char text[PATH_SIZE + 64];
	(void)actions;
	if (path == NULL)
		return;
	(void)snprintf(text, sizeof(text), "Calculated transition %u%s, saving inputs in %s", number,
		       is_error     ? " (with errors)"
		       : is_warning ? " (with warnings)"
				    : "",
		       path);
	say(m, MSG_INPUT_KEPT, text);
}

static int32_t op_zone_s(void *host, wall_time at)
{
	time_t seconds = (time_t)(at.ns / 1000000000u);
	struct tm local;
	(void)host;
	return localtime_r(&seconds, &local) != NULL ? (int32_t)local.tm_gmtoff : 0;
}

static void op_leave(void *host, enum leave_why why)
{
	struct manager *m = host;
	static const int codes[] = {
		[LEAVE_DONE] = MANAGER_EXIT_DONE,
		[LEAVE_FENCED] = MANAGER_EXIT_FENCED,
		[LEAVE_BROKEN] = MANAGER_EXIT_AGAIN,
		[LEAVE_REFUSED] = MANAGER_EXIT_REFUSED,
	};
	bool panics = why == LEAVE_FENCED && manager_fence_panics(controller_state(m->controller));
	end(m, panics ? MANAGER_EXIT_PANIC : codes[why]);
}

static void op_reset(void *host, const char *why)
{
	struct manager *m = host;
	char text[256];
	(void)snprintf(text, sizeof(text), "reset %s", why);
	say(m, MSG_RESET_WANTED, why);
	if (!guard_sign(m->options.guard_socket, text))
		say(m, MSG_GUARD_SILENT, m->options.guard_socket);
}

static void on_sign(void *arg)
{
	struct manager *m = arg;
	struct edit edit;
	if (m->controller != NULL && manager_is_well(m->controller))
		(void)guard_sign(m->options.guard_socket, "well");
	bool lately = mono_time_is_set(m->watchdog_told) &&
		      mono_time_since_ms(loop_now(m->loop), m->watchdog_told) < TELL_AGAIN_MS;
	if (m->controller != NULL && !lately && manager_wants_watchdog_told(m->controller, &edit)) {
		m->watchdog_told = loop_now(m->loop);
		struct request r = {.id = UINT64_MAX - 1, .kind = REQUEST_CHANGE};
		r.change.edit = edit;
		r.change.by = (struct edit_author){
			.node = manager_engine_name(m->engine), .client = "manager", .user = {.name = "hacluster"}};
		controller_request(m->controller, now(m), &r);
	}
	loop_timer_set(m->loop, &m->sign, GUARD_SIGN_MS);
}

static uint32_t op_dice(void *host, uint32_t n)
{
	(void)host;
	return n == 0 ? 0 : (uint32_t)(random_u64() % n);
}

/* --- what comes in --- */

static void on_group(void *arg, const struct member *members, uint32_t count, const node_id *ring, uint32_t ring_count)
{
	struct manager *m = arg;
	controller_group(m->controller, now(m), members, count, ring, ring_count);
}

static void on_machine_lost(void *arg, node_id node)
{
	struct manager *m = arg;
	controller_machine_lost(m->controller, node);
}

static void on_message(void *arg, struct member sender, struct bytes message)
{
	struct manager *m = arg;
	controller_message(m->controller, now(m), sender, message);
}

static void on_quorum(void *arg, bool quorate)
{
	struct manager *m = arg;
	controller_quorum(m->controller, now(m), quorate);
}

static void on_ring(void *arg, const node_id *ring, uint32_t count)
{
	struct manager *m = arg;
	controller_ring(m->controller, now(m), ring, count);
}

static void on_engine_lost(void *arg, const char *why)
{
	struct manager *m = arg;
	say(m, MSG_ENGINE_LOST, why);
	end(m, MANAGER_EXIT_AGAIN);
}

static void on_engine_awaited(void *arg, const char *why)
{
	say(arg, MSG_ENGINE_AWAITED, why);
}

static void on_engine_failed(void *arg, const char *why)
{
	struct manager *m = arg;
	say(m, MSG_MANAGER_FAILS, why);
	end(m, EXIT_FAILURE);
}

static void on_known(void *arg, enum executor_state state, const struct operation *op,
		     const struct operation_report *report)
{
	struct manager *m = arg;
	controller_executor_known(m->controller, state, op, report);
}

static void on_listed(void *arg, bool same)
{
	struct manager *m = arg;
	say(m, MSG_EXECUTOR_HERE, same ? "the one that we knew" : "another one than before");
	controller_executor_listed(m->controller, now(m), same);
}

static void on_report(void *arg, const struct operation_report *report)
{
	struct manager *m = arg;
	controller_report(m->controller, now(m), report);
}

static void on_refused(void *arg, uint64_t id, const char *why)
{
	struct manager *m = arg;
	const struct operation_report r = {.id = id,
					   .rsc = "",
					   .action = "",
					   .rc = RESULT_UNKNOWN_ERROR,
					   .status = EXECUTION_ERROR,
					   .output = "",
					   .reason = why,
					   .started = loop_wall(),
					   .ended = loop_wall()};
	controller_report(m->controller, now(m), &r);
}

static void on_executor_lost(void *arg, const char *why)
{
	struct manager *m = arg;
	say(m, MSG_EXECUTOR_LOST, why);
	controller_executor_lost(m->controller, now(m));
}

static void on_tick(void *arg)
{
	struct manager *m = arg;
	controller_tick(m->controller, now(m));
}

/* It is tried again and again, and said when it fails first and when it works again. */
static void tell_stored(struct manager *m, enum err e, const char *why)
{
	bool fails = e != ERR_OK;
	if (fails != m->not_stored)
		say(m, fails ? MSG_STORING_FAILED : MSG_STORING_WORKS, fails ? why : m->options.state_dir);
	m->not_stored = fails;
}

static void on_stored(void *arg, struct cib_version version, uint64_t lineage, enum err e, const char *why)
{
	struct manager *m = arg;
	tell_stored(m, e, why);
	controller_stored(m->controller, now(m), version, lineage, e);
}

static void on_promised(void *arg, uint64_t lineage, enum err e, const char *why)
{
	struct manager *m = arg;
	tell_stored(m, e, why);
	controller_promised(m->controller, now(m), lineage, e);
}

static const struct controller *api_controller(void *arg)
{
	const struct manager *m = arg;
	return m->controller;
}

static void api_request(void *arg, const struct request *r)
{
	struct manager *m = arg;
	controller_request(m->controller, now(m), r);
}

static void api_drop(void *arg, uint64_t id)
{
	struct manager *m = arg;
	controller_drop(m->controller, id);
}

static void reopen_log(struct manager *m)
{
	struct error error;
	if (log_reopen(m->log, &error) != ERR_OK)
		say(m, MSG_LOG_NOT_OPENED, error.text);
}

/* While the members do not agree the wish waits for that (controller.h). */
static void ask_to_leave(struct manager *m, uint32_t sender_pid)
{
	struct request r = {.id = UINT64_MAX, .kind = REQUEST_SHUTDOWN};
	GString *text = g_string_new(NULL);
	g_string_printf(text, "process %u asks; ", sender_pid);
	size_t before = text->len;
	view_tell_awaited(controller_view(m->controller), text);
	g_string_insert(text, (gssize)before,
			text->len > before ? "that waits for " : "the leader moves or stops what runs here");
	say(m, MSG_SHUTDOWN_ASKED, text->str);
	(void)g_string_free(text, TRUE);
	m->asked = true;
	controller_request(m->controller, now(m), &r);
}

/* Asked once we leave in order; asked twice, or by SIGINT, at once. */
static void on_signal(void *arg, int signal, uint32_t sender_pid)
{
	struct manager *m = arg;
	if (signal == SIGHUP) {
		reopen_log(m);
	} else if (signal == SIGTERM && m->controller != NULL && !m->asked) {
		ask_to_leave(m, sender_pid);
	} else {
		say(m, MSG_SHUTDOWN_HURRIED,
		    m->asked                ? "it was asked a second time"
		    : m->controller == NULL ? "it has no engine to ask the others by"
					    : "it was asked by SIGINT");
		end(m, MANAGER_EXIT_DONE);
	}
}

/* --- start --- */

static void read_kept(const struct manager *m, char **ret)
{
	char path[PATH_SIZE];
	struct error error;
	size_t len;
	char *text = malloc(KEPT_MAX);
	*ret = NULL;
	if (text == NULL || file_read(kept_path(m, path), text, KEPT_MAX - 1, &len, &error) != ERR_OK) {
		free(text);
		return;
	}
	text[len] = '\0';
	*ret = text;
}

static void tell_nodes(void *arg)
{
	struct manager *m = arg;
	const struct map_cluster *cluster = manager_engine_cluster(m->engine);
	struct nodelist_entry nodes[MAP_NODES_MAX];
	uint32_t count = 0;
	for (uint32_t i = 0; i < cluster->count; i++)
		if (cluster->nodes[i].name[0] != '\0')
			nodes[count++] =
				(struct nodelist_entry){.node = cluster->nodes[i].node, .name = cluster->nodes[i].name};
	controller_nodelist(m->controller, now(m), nodes, count);
}

static enum err open_controller(struct manager *m, struct member self, struct error *reterr)
{
	static const struct executor_link_ops link_ops = {.known = on_known,
							  .listed = on_listed,
							  .report = on_report,
							  .refused = on_refused,
							  .lost = on_executor_lost};
	static const struct api_ops api_ops = {.controller = api_controller, .request = api_request, .drop = api_drop};
	const struct controller_ops ops = {.host = m,
					   .send = op_send,
					   .timer = op_timer,
					   .promise = op_promise,
					   .store = op_store,
					   .keep = op_keep,
					   .keep_more = op_keep_more,
					   .run = op_run,
					   .cancel = op_cancel,
					   .forget = op_forget,
					   .acknowledge = op_acknowledge,
					   .answer = op_answer,
					   .tell = op_tell,
					   .log = op_log,
					   .decided = op_decided,
					   .leave = op_leave,
					   .dice = op_dice,
					   .zone_s = op_zone_s};
	struct controller_ops all = ops;
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	const struct controller_config config = {.self = self,
						 .name = manager_engine_name(m->engine),
						 .release = HALE_VERSION,
						 .cluster_name = manager_engine_cluster(m->engine)->name,
						 .lineage = m->found.lineage,
						 .promise = m->found.promise,
						 .cores = cores > 0 ? (uint32_t)cores : 1,
						 .start_state = "default",
						 .uuid = m->uuid};
	struct executor_link_ops link = link_ops;
	struct api_ops api = api_ops;
	char *kept;
	link.arg = api.arg = m;
	all.reset = m->options.guard_socket != NULL ? op_reset : NULL;
	m->controller = controller_new(&config, &all);
	read_kept(m, &kept);
	controller_start(m->controller, now(m), m->found.document, kept);
	m->found.document = NULL;
	free(kept);
	tell_nodes(m);
	m->executor = executor_link_open(m->loop, m->options.executor_socket, &link);
	return api_open(m->loop, m->options.api_socket, &api, &m->api, reterr);
}

static enum err on_begin(void *arg, struct member self, struct error *reterr)
{
	struct manager *m = arg;
	enum err e = open_controller(m, self, reterr);
	if (e != ERR_OK)
		return e;
	say(m, MSG_MANAGER_STARTS, manager_engine_name(m->engine));
	notify_ready();
	return ERR_OK;
}

static enum err on_prepare(void *arg, struct error *reterr)
{
	struct manager *m = arg;
	return manager_account_take(&m->account, reterr);
}

static void open_engine(struct manager *m)
{
	const struct manager_engine_ops ops = {.arg = m,
					       .prepare = on_prepare,
					       .awaited = on_engine_awaited,
					       .begin = on_begin,
					       .failed = on_engine_failed,
					       .lost = on_engine_lost,
					       .group = on_group,
					       .machine_lost = on_machine_lost,
					       .message = on_message,
					       .quorum = on_quorum,
					       .ring = on_ring,
					       .nodes = tell_nodes};
	m->engine = manager_engine_open(m->loop, m->options.group, &ops);
}

static void on_input_failed(void *arg, const char *why)
{
	say(arg, MSG_INPUT_NOT_KEPT, why);
}

static enum err open_inputs(struct manager *m, struct error *reterr)
{
	const struct manager_inputs_ops ops = {.arg = m, .failed = on_input_failed};
	char dir[PATH_SIZE];
	(void)snprintf(dir, sizeof(dir), "%s/pengine", m->options.state_dir);
	return manager_inputs_open(m->loop, dir, &ops, &m->inputs, reterr);
}

static void make_uuid(char uuid[static UUID_SIZE])
{
	uint64_t a = random_u64(), b = random_u64();
	(void)snprintf(uuid, UUID_SIZE, "%08x-%04x-4%03x-8%03x-%012llx", (unsigned)(a >> 32),
		       (unsigned)(a >> 16) & 0xffffu, (unsigned)a & 0xfffu, (unsigned)(b >> 52),
		       (unsigned long long)(b & 0xffffffffffffu));
}

/* A configuration that a newer release wrote is left alone. */
static enum err check_age(struct manager *m, struct error *reterr)
{
	struct error error;
	if (cib_check_age(m->found.document, &error) == ERR_OK)
		return ERR_OK;
	(void)error_set(reterr, ERR_UNSUPPORTED, "%s/cib.xml: %s", m->options.state_dir, error.text);
	say(m, MSG_MEMBER_REFUSED, reterr->text);
	return ERR_UNSUPPORTED;
}

static enum err prepare(struct manager *m, struct error *reterr)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP};
	const struct manager_store_ops ops = {.arg = m, .written = on_stored, .promised = on_promised};
	enum err e = file_make_dir(m->options.run_dir, 0755, reterr);
	if (e == ERR_OK)
		e = loop_open(&m->loop, reterr);
	if (e == ERR_OK)
		e = loop_signals(m->loop, signals, 3, on_signal, m, reterr);
	if (e == ERR_OK)
		e = manager_store_open(m->loop, m->options.state_dir, &ops, &m->store, &m->found, reterr);
	if (e == ERR_OK)
		e = check_age(m, reterr);
	if (e == ERR_OK)
		e = open_inputs(m, reterr);
	if (e == ERR_OK)
		e = manager_account_prepare(&m->options, m->log, &m->account, reterr);
	if (e == ERR_OK && m->found.note[0] != '\0')
		say(m, MSG_CONFIGURATION_DAMAGED, m->found.note);
	return e;
}

enum err manager_open(const struct manager_options *o, struct log *log, struct manager **ret, struct error *reterr)
{
	struct manager *m = calloc(1, sizeof(*m));
	if (m == NULL)
		return error_set(reterr, ERR_NO_MEMORY, "no memory for the manager");
	m->options = *o;
	m->log = log;
	make_uuid(m->uuid);
	enum err e = prepare(m, reterr);
	if (e != ERR_OK) {
		manager_close(m);
		return e;
	}
	timer_init(&m->tick, on_tick, m);
	timer_init(&m->sign, on_sign, m);
	if (o->guard_socket != NULL)
		loop_timer_set(m->loop, &m->sign, 0);
	open_engine(m);
	*ret = m;
	return ERR_OK;
}

int manager_run(struct manager *m)
{
	struct error error;
	if (loop_run(m->loop, &error) != ERR_OK) {
		say(m, MSG_MANAGER_FAILS, error.text);
		return EXIT_FAILURE;
	}
	if (m->controller != NULL)
		controller_keep_now(m->controller);
	notify_stopping();
	return m->exit_code;
}

void manager_close(struct manager *m)
{
	if (m == NULL)
		return;
	if (m->loop != NULL) {
		loop_timer_cancel(m->loop, &m->tick);
		loop_timer_cancel(m->loop, &m->sign);
	}
	api_close(m->api);
	executor_link_close(m->executor);
	manager_engine_close(m->engine);
	manager_store_close(m->store);
	manager_inputs_close(m->inputs);
	controller_free(m->controller);
	document_free(m->found.document);
	if (m->loop != NULL)
		loop_close(m->loop);
	free(m);
}
