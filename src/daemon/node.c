/* SPDX-License-Identifier: GPL-2.0-or-later */
/* node.c - the engine's wishes carried out, the world's events brought in. */
#include "daemon/node-internal.h"

#include "os/file.h"
#include "os/memory.h"
#include "os/notify.h"
#include "os/random.h"

#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum {
	POOL_SIZE = 192 * 1024 * 1024, /* reserved; what is touched depends on the load */
	PERSIST_RETRY_MS = 1000,
	LEAVE_LIMIT_MS = 2000,
	TOKEN_SAMPLE = 16,
	EXIT_FATAL = 15,
};

void node_log(struct node *n, enum message_id id, const char *text)
{
	node_record(n, message_entry(id)->subsystem, text);
	log_message(n->log, id, "%s", text);
}

static void op_send(void *host, node_id to, struct bytes packet)
{
	struct node *n = host;

	if (node_id_is_set(to))
		transport_send_to(n->transport, to, packet);
	else
		transport_send_all(n->transport, packet);
}

static void op_loop(void *host, struct bytes packet)
{
	struct node *n = host;
	uint32_t at = (n->loopback_head + n->loopback_count) % LOOPBACK_MAX;

	if (n->loopback_count == LOOPBACK_MAX || packet.len > LOOPBACK_PACKET)
		return;
	transport_count_own(n->transport, packet.len);
	n->loopback[at].len = (uint32_t)packet.len;
	memcpy(n->loopback[at].data, packet.data, packet.len);
	n->loopback_count++;
	loop_job_add(n->loop, &n->loopback_job);
}

/* One packet a turn, so that a lone ring does not starve its clients. */
static void loopback_run(void *arg)
{
	struct node *n = arg;
	uint32_t at = n->loopback_head;

	if (n->loopback_count == 0)
		return;
	/* Its place is free when it was read: the engine may say more to us meanwhile. */
	engine_packet(n->engine, loop_now(n->loop), bytes_of(n->loopback[at].data, n->loopback[at].len));
	n->loopback_head = (at + 1) % LOOPBACK_MAX;
	n->loopback_count--;
	if (n->loopback_count > 0)
		loop_job_add(n->loop, &n->loopback_job);
}

static void timer_fired(void *arg)
{
	struct node_timer *t = arg;

	engine_timeout(t->node->engine, loop_now(t->node->loop), t->id);
}

static void op_timer_set(void *host, uint32_t timer, uint64_t delay_us)
{
	struct node *n = host;
	mono_time due = {loop_now(n->loop).ns + delay_us * 1000};

	/* It is set whenever the ring begins to gather. */
	if (timer == ENGINE_TIMER_RING + RING_TIMER_JOIN && delay_us != 0)
		node_loss_gather(n);
	if (delay_us == 0)
		loop_timer_cancel(n->loop, &n->timers[timer].timer);
	else
		loop_timer_set_at(n->loop, &n->timers[timer].timer, due);
}

static void persist_try(void *arg)
{
	struct node *n = arg;
	struct error why;

	if (ring_seq_store(n->settings->state_dir, n->self, n->persist_seq, &why) == ERR_OK) {
		n->persist_failed = false;
		loop_timer_cancel(n->loop, &n->persist_retry); /* a later number came while an earlier one waited */
		engine_persisted(n->engine, loop_now(n->loop), n->persist_seq);
		return;
	}
	if (!n->persist_failed)
		node_log(n, MSG_RINGID_NOT_STORED, why.text);
	n->persist_failed = true;
	loop_timer_set(n->loop, &n->persist_retry, PERSIST_RETRY_MS);
}

static void op_persist(void *host, uint64_t seq)
{
	struct node *n = host;

	n->persist_seq = seq;
	persist_try(n);
}

static void op_store(void *host, const char *name, struct bytes content)
{
	struct node *n = host;
	char path[PATH_LEN_MAX + 300];
	struct text t = text_of(path, sizeof path);
	struct error why;

	text_add(&t, "%s/%s", n->settings->state_dir, name);
	if (file_write_lasting(path, content, 0600, &why) != ERR_OK)
		node_log(n, MSG_STATE_NOT_STORED, why.text);
}

/* What waits in the socket is read and dropped until it is empty once: the job runs after the readers of a turn. */
static void op_drain(void *host)
{
	struct node *n = host;

	n->draining = true;
	loop_job_add(n->loop, &n->drained);
}

static void drained(void *arg)
{
	((struct node *)arg)->draining = false;
}

static void op_reply(void *host, enum service_id service, client_id client, struct bytes head, struct bytes tail)
{
	(void)service;
	qbipc_reply(((struct node *)host)->ipc, client, head, tail);
}

static void op_event(void *host, enum service_id service, client_id client, struct bytes head, struct bytes tail)
{
	(void)service;
	qbipc_event(((struct node *)host)->ipc, client, head, tail);
}

static void op_rate(void *host, enum service_id service, enum engine_rate rate)
{
	static const enum qbipc_rate rates[] = {
		[ENGINE_RATE_FAST] = QBIPC_FAST,
		[ENGINE_RATE_NORMAL] = QBIPC_NORMAL,
		[ENGINE_RATE_SLOW] = QBIPC_SLOW,
		[ENGINE_RATE_OFF] = QBIPC_OFF_MULTICAST,
	};
	struct node *n = host;

	if (n->listening)
		qbipc_set_rate(n->ipc, service, rates[rate]);
}

static void op_retry(void *host)
{
	struct node *n = host;

	if (n->listening)
		qbipc_retry(n->ipc);
}

static void op_log(void *host, enum message_id message, const char *text)
{
	node_log(host, message, text);
}

static void op_ready(void *host, const struct view *view)
{
	char line[256];
	struct text t = text_of(line, sizeof line);

	node_loss_view(host, view);
	text_add(&t, "%u members in ring ", view->members.count);
	text_add_ring(&t, view->ring);
	notify_ready();
	notify_status(line);
}

static void op_stats_refresh(void *host, struct map *stats)
{
	node_stats_refresh(host, stats);
}

static void op_stats_clear(void *host, uint8_t what)
{
	node_stats_clear(host, what);
}

static void op_reload(void *host)
{
	struct node *n = host;

	loop_job_add(n->loop, &n->reload);
}

static void reload_run(void *arg)
{
	node_reload(arg);
}

static void op_reopen_logs(void *host)
{
	struct node *n = host;

	loop_job_add(n->loop, &n->reopen);
}

static enum status status_of(enum err e)
{
	static const enum status statuses[] = {
		[ERR_OK] = STATUS_OK,
		[ERR_AGAIN] = STATUS_TRY_AGAIN,
		[ERR_INVALID] = STATUS_INVALID_PARAM,
		[ERR_EXISTS] = STATUS_EXIST,
		[ERR_NOT_FOUND] = STATUS_NOT_EXIST,
		[ERR_ACCESS] = STATUS_ACCESS,
		[ERR_FULL] = STATUS_NO_SPACE,
		[ERR_NO_MEMORY] = STATUS_NO_MEMORY,
		[ERR_IO] = STATUS_LIBRARY,
		[ERR_UNSUPPORTED] = STATUS_NOT_SUPPORTED,
	};

	return statuses[e];
}

/* What cannot be opened leaves the log in the files that it had. */
static void reopen_run(void *arg)
{
	struct node *n = arg;
	struct error why;
	enum err e = log_reopen(n->log, &why);

	if (e != ERR_OK)
		node_log(n, MSG_LOG_NOT_OPENED, why.text);
	engine_reopened(n->engine, loop_now(n->loop), status_of(e));
}

static void op_crypto(void *host, uint8_t phase)
{
	node_crypto(host, phase);
}

static void op_dump(void *host, uint8_t what)
{
	node_dump(host, what);
}

static void op_config_changed(void *host, const char *key)
{
	node_config_changed(host, key);
}

static void op_leaving(void *host)
{
	struct node *n = host;

	notify_stopping();
	loop_timer_set(n->loop, &n->leave_limit, LEAVE_LIMIT_MS);
}

static void op_left(void *host, const char *why)
{
	struct node *n = host;

	node_log(n, MSG_ENGINE_LEAVES, why);
	loop_stop(n->loop);
}

static void op_die(void *host, const char *why)
{
	struct node *n = host;

	node_log(n, MSG_ENGINE_DIES, why);
	n->exit_code = n->engine->exit_code != 0 ? n->engine->exit_code : EXIT_FATAL;
	loop_stop(n->loop);
}

static int ipc_accept(void *arg, enum service_id service, uint32_t uid, uint32_t gid)
{
	return engine_accept(((struct node *)arg)->engine, service, uid, gid);
}

static void ipc_connect(void *arg, enum service_id service, client_id client, uint32_t pid, uint32_t uid, uint32_t gid)
{
	struct node *n = arg;

	engine_connect(n->engine, loop_now(n->loop), service, client, pid, uid, gid);
	node_stats_client(n, client);
}

static void ipc_disconnect(void *arg, enum service_id service, client_id client)
{
	struct node *n = arg;

	node_stats_forget(n, client);
	engine_disconnect(n->engine, loop_now(n->loop), service, client);
}

static enum qbipc_verdict ipc_request(void *arg, enum service_id service, client_id client, struct bytes request)
{
	static const enum qbipc_verdict verdicts[] = {
		[ENGINE_DONE] = QBIPC_DONE,
		[ENGINE_HOLD] = QBIPC_HOLD,
		[ENGINE_INVALID] = QBIPC_INVALID,
		[ENGINE_OVERLOAD] = QBIPC_BUSY,
	};
	struct node *n = arg;

	return verdicts[engine_request(n->engine, loop_now(n->loop), service, client, request)];
}

static void ipc_log(void *arg, enum level level, const char *text)
{
	node_record(arg, SUBSYSTEM_QB, text);
	log_write(((struct node *)arg)->log, SUBSYSTEM_QB, level, "%s", text);
}

/* From the turn's begin, so that waiting behind other work counts. */
static void note_token_work(struct node *n)
{
	int64_t us = (int64_t)(mono_time_since_ns(loop_clock(), loop_now(n->loop)) / 1000);
	int64_t mean = n->engine->token_work_us;

	n->engine->token_work_us = (uint32_t)(mean + (us - mean) / 8);
}

static void net_receive(void *arg, struct bytes frame)
{
	struct node *n = arg;
	struct wire_head head;

	if (n->draining || !wire_decode_head(frame, &head))
		return;
	/* Corosync's nodes write with new keys, and forget the old ones, a round after they were asked to. So who
	 * passes the token on has done what the messages before it asked for. */
	loop_job_run(n->loop, &n->reload);
	if (head.type != WIRE_MCAST)
		node_loss_heard(n, head.from);
	engine_packet(n->engine, loop_now(n->loop), frame);
	if (head.type == WIRE_TOKEN && n->tokens++ % TOKEN_SAMPLE == 0)
		note_token_work(n);
}

static void net_reachable(void *arg, node_id id, bool reachable)
{
	node_loss_reachable(arg, id, reachable);
}

static void net_log(void *arg, enum level level, const char *text)
{
	node_record(arg, SUBSYSTEM_KNET, text);
	log_write(((struct node *)arg)->log, SUBSYSTEM_KNET, level, "%s", text);
}

static void leave_overdue(void *arg)
{
	struct node *n = arg;

	node_log(n, MSG_ENGINE_LEAVES, "the others did not let us go in time; ending all the same");
	loop_stop(n->loop);
}

static void on_signal(void *arg, int sig, uint32_t sender_pid)
{
	struct node *n = arg;
	char why[96];
	struct text t = text_of(why, sizeof why);

	if (sig == SIGUSR2) {
		op_dump(n, 2);
		return;
	}
	text_add(&t, "%s from process %u", strsignal(sig), sender_pid);
	engine_leave(n->engine, loop_now(n->loop), why);
}

static void timers_prepare(struct node *n)
{
	for (uint32_t i = 0; i < ENGINE_TIMER_COUNT; i++) {
		n->timers[i].node = n;
		n->timers[i].id = i;
		timer_init(&n->timers[i].timer, timer_fired, &n->timers[i]);
	}
	timer_init(&n->persist_retry, persist_try, n);
	timer_init(&n->leave_limit, leave_overdue, n);
	node_reload_init(n);
	n->reload = (struct loop_job){.fn = reload_run, .arg = n, .priority = LOOP_HIGH};
	n->reopen = (struct loop_job){.fn = reopen_run, .arg = n, .priority = LOOP_LOW};
	n->drained = (struct loop_job){.fn = drained, .arg = n, .priority = LOOP_LOW};
	n->loopback_job = (struct loop_job){.fn = loopback_run, .arg = n, .priority = LOOP_HIGH};
}

/* What votequorum asked us to store when it ran last; none is no fault. */
static void restore_votes(struct node *n)
{
	char path[PATH_LEN_MAX + 16];
	uint8_t content[64];
	size_t len = 0;
	struct text t = text_of(path, sizeof path);

	text_add(&t, "%s/ev_tracking", n->settings->state_dir);
	if (n->engine->has_votequorum && file_read(path, content, sizeof content, &len, NULL) == ERR_OK)
		votequorum_restore(&n->engine->votequorum, bytes_of(content, len));
}

static enum err engine_prepare(struct node *n, struct error *reterr)
{
	const struct engine_ops ops = {
		.host = n,
		.send = op_send,
		.loop = op_loop,
		.timer_set = op_timer_set,
		.persist = op_persist,
		.store = op_store,
		.drain = op_drain,
		.reply = op_reply,
		.event = op_event,
		.rate = op_rate,
		.retry = op_retry,
		.log = op_log,
		.ready = op_ready,
		.stats_refresh = op_stats_refresh,
		.stats_clear = op_stats_clear,
		.reload = op_reload,
		.reopen_logs = op_reopen_logs,
		.crypto = op_crypto,
		.dump = op_dump,
		.config_changed = op_config_changed,
		.watchdog = node_watchdog,
		.machine = node_machine,
		.leaving = op_leaving,
		.left = op_left,
		.die = op_die,
	};
	struct engine_config config = {
		.self = n->self,
		.has_votequorum = map_get_string(&n->settings->map, "quorum.provider") != NULL,
		.queries = {.node_status = node_status_query, .node_addresses = node_addresses_query, .arg = n},
		.machine = node_machine_queries(),
	};
	enum err e = ring_seq_load(n->settings->state_dir, n->self, &config.ring_seq, reterr);

	if (e != ERR_OK)
		return error_wrap(reterr, e, "reading the ring id");
	config.dice = random_u64();
	node_ring_config(&n->settings->totem, &config.ring);
	n->engine = memory_reserve(sizeof *n->engine);
	n->memory = memory_reserve(POOL_SIZE);
	if (n->engine == NULL || n->memory == NULL)
		return error_set(reterr, ERR_NO_MEMORY, "no memory for the engine");
	pool_init(&n->pool, n->memory, POOL_SIZE);
	engine_init(n->engine, &config, &ops, &n->pool);
	restore_votes(n);
	return ERR_OK;
}

/* The configuration goes into the map that clients see. */
static enum err map_fill(struct node *n, struct error *reterr)
{
	const struct map_entry *m = NULL;

	while ((m = map_next(&n->settings->map, "", m == NULL ? NULL : m->key)) != NULL)
		if (map_set(&n->engine->map, m->key, m->value.type, m->value.bytes) != STATUS_OK)
			return error_set(reterr, ERR_FULL, "the configuration has too many keys, at %s", m->key);
	map_put_u8(&n->engine->map, "config.reload_in_progress", 0);
	map_put_u8(&n->engine->map, "config.totemconfig_reload_in_progress", 0);
	return ERR_OK;
}

static enum qbipc_type ipc_type(const struct map *map)
{
	const char *type = map_get_string(map, "system.qb_ipc_type");

	if (type == NULL || strcmp(type, "native") == 0)
		return QBIPC_NATIVE;
	return strcmp(type, "shm") == 0 ? QBIPC_SHM : QBIPC_SOCKET;
}

static enum err services_open(struct node *n, struct error *reterr)
{
	static const struct {
		enum service_id id;
		const char *name;
	} services[] = {
		{SERVICE_CMAP, "cmap"},
		{SERVICE_CFG, "cfg"},
		{SERVICE_CPG, "cpg"},
		{SERVICE_QUORUM, "quorum"},
		{SERVICE_VOTEQUORUM, "votequorum"},
	};
	size_t count = sizeof services / sizeof services[0] - (n->engine->has_votequorum ? 0 : 1);

	for (size_t i = 0; i < count; i++) {
		enum err e = qbipc_service_open(n->ipc, services[i].id, services[i].name, reterr);

		if (e != ERR_OK)
			return e;
	}
	n->listening = true;
	return ERR_OK;
}

static enum err outside_open(struct node *n, struct error *reterr)
{
	const struct qbipc_handlers ipc = {
		.arg = n,
		.accept = ipc_accept,
		.connect = ipc_connect,
		.request = ipc_request,
		.disconnect = ipc_disconnect,
		.log = ipc_log,
	};
	const struct transport_handlers net = {.arg = n,
					       .receive = net_receive,
					       .reachable = net_reachable,
					       .stranger = node_stranger_packet,
					       .log = net_log};
	enum err e = node_transport_open(n, &net, reterr);

	if (e == ERR_OK)
		e = node_links_set(n, &n->settings->totem, reterr);
	if (e == ERR_OK)
		e = qbipc_open(n->loop, ipc_type(&n->settings->map), &ipc, &n->ipc, reterr);
	if (e == ERR_OK)
		e = services_open(n, reterr);
	if (e == ERR_OK)
		e = transport_start(n->transport, reterr);
	return e;
}

static enum err node_prepare(struct node *n, struct error *reterr)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGQUIT, SIGUSR2};
	enum err e = loop_open(&n->loop, reterr);

	if (e == ERR_OK)
		e = loop_signals(n->loop, signals, sizeof signals / sizeof signals[0], on_signal, n, reterr);
	if (e != ERR_OK)
		return e;
	timers_prepare(n);
	e = engine_prepare(n, reterr);
	if (e == ERR_OK)
		e = map_fill(n, reterr);
	if (e == ERR_OK)
		e = outside_open(n, reterr);
	if (e != ERR_OK)
		return e;
	loop_on_late(n->loop, n->settings->totem.timers.token_ms * 8 / 10, node_stats_late, n);
	node_loss_open(n);
	node_loss_watch(n, &n->settings->totem);
	node_strangers_open(n);
	return ERR_OK;
}

struct node *node_open(struct settings *settings, struct log *log, bool background, struct error *reterr)
{
	struct node *n = calloc(1, sizeof *n);

	if (n == NULL) {
		(void)error_set(reterr, ERR_NO_MEMORY, "no memory for the engine");
		settings_free(settings);
		return NULL;
	}
	n->settings = settings;
	n->log = log;
	n->background = background;
	n->self = settings_self(settings)->id;
	n->knet = settings->totem.transport == TRANSPORT_KNET;
	if (node_prepare(n, reterr) == ERR_OK)
		return n;
	node_close(n);
	return NULL;
}

int node_run(struct node *n)
{
	struct error why;

	engine_start(n->engine, loop_clock());
	if (loop_run(n->loop, &why) != ERR_OK) {
		node_log(n, MSG_ENGINE_DIES, why.text);
		return EXIT_FATAL;
	}
	return n->exit_code;
}

void node_close(struct node *n)
{
	if (n == NULL)
		return;
	n->listening = false;
	node_reload_close(n);
	qbipc_close(n->ipc);
	transport_close(n->transport);
	echo_close(n->echo);
	strangers_close(n->strangers);
	if (n->engine != NULL)
		engine_fini(n->engine);
	memory_release(n->engine, sizeof *n->engine);
	memory_release(n->memory, POOL_SIZE);
	if (n->loop != NULL)
		loop_close(n->loop);
	settings_free(n->settings);
	free(n);
}
