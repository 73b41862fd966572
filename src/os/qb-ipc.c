/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/qb-ipc.h"

#include "os/qb-poll.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <qb/qbipcs.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RETRY_MS_MIN = 1, RETRY_MS_MAX = 16 };

/* A message that libqb's ring had no room for. */
struct waiting {
	struct waiting *next;
	size_t len;
	uint8_t data[];
};

enum channel { CHANNEL_REPLY, CHANNEL_EVENT, CHANNEL_COUNT };

struct queue {
	struct waiting *first, **end;
};

struct client {
	struct qbipc *ipc;
	qb_ipcs_connection_t *connection; /* NULL: the slot is free */
	enum service_id service;
	client_id id;
	uint32_t pid;
	char procname[32];
	bool doomed; /* to be disconnected by a job */

	struct queue queues[CHANNEL_COUNT];
	size_t queue_bytes;
	uint32_t queued, sent;

	bool holding;
	uint8_t *held;
	size_t held_len, held_size;
	struct client *held_next;

	uint64_t invalid_request, overload;
};

struct qbipc {
	struct loop *loop;
	enum qb_ipc_type type;
	struct qbipc_handlers handlers;
	qb_ipcs_service_t *services[SERVICE_COUNT];
	enum qbipc_rate rates[SERVICE_COUNT];

	uint32_t accepted_uid, accepted_gid; /* of the connection that is being created */

	struct client *held, **held_end;
	struct loop_job retry_job, doom_job;
	struct timer drain_timer;
	uint32_t drain_ms;

	uint64_t active, closed;
	uint32_t generation;
	struct client clients[CLIENTS_MAX];
	uint8_t request[REQUEST_MAX]; /* a copy that the client cannot change while we read it */
};

/* libqb's callbacks need not carry a context: one process has one such server. */
static struct qbipc *the_ipc;

static void say(struct qbipc *q, enum level level, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void say(struct qbipc *q, enum level level, const char *format, ...)
{
	char text[256];
	va_list args;
	va_start(args, format);
	(void)vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (q->handlers.log)
		q->handlers.log(q->handlers.arg, level, text);
}

static bool is_off(const struct qbipc *q, enum service_id service)
{
	return q->rates[service] == QBIPC_OFF || q->rates[service] == QBIPC_OFF_MULTICAST;
}

/* A connection that is held off is not read. */
static void client_apply(struct client *c)
{
	qb_poll_pause(c->connection, c->holding || is_off(c->ipc, c->service));
}

/* --- clients --- */

static struct client *client_of(struct qbipc *q, client_id id)
{
	struct client *c = &q->clients[client_slot(id)];
	return c->connection && c->id.v == id.v ? c : NULL;
}

static struct client *client_free_slot(struct qbipc *q)
{
	for (uint32_t i = 0; i < CLIENTS_MAX; i++) {
		if (!q->clients[i].connection)
			return &q->clients[i];
	}
	return NULL;
}

/* The name in /proc/PID/stat: between the first and the last parenthesis. */
static void read_procname(uint32_t pid, char *ret, size_t size)
{
	char path[32], line[256];
	(void)snprintf(path, sizeof path, "/proc/%u/stat", pid);
	ret[0] = '\0';
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	ssize_t n = read(fd, line, sizeof line - 1);
	close(fd);
	if (n <= 0)
		return;
	line[n] = '\0';
	const char *open_at = strchr(line, '('), *close_at = strrchr(line, ')');
	if (!open_at || !close_at || close_at <= open_at)
		return;
	(void)snprintf(ret, size, "%.*s", (int)(close_at - open_at - 1), open_at + 1);
}

static void drop_queue(struct queue *queue)
{
	while (queue->first) {
		struct waiting *w = queue->first;
		queue->first = w->next;
		free(w);
	}
	queue->end = &queue->first;
}

static void client_unhold(struct client *c)
{
	if (!c->holding)
		return;
	struct client **at = &c->ipc->held;
	while (*at != c)
		at = &(*at)->held_next;
	*at = c->held_next;
	if (!c->held_next)
		c->ipc->held_end = at;
	c->held_next = NULL;
	c->holding = false;
}

static void client_hold(struct client *c)
{
	assert(!c->holding);
	c->holding = true;
	c->held_next = NULL;
	*c->ipc->held_end = c;
	c->ipc->held_end = &c->held_next;
}

static void client_doom(struct client *c)
{
	c->doomed = true;
	loop_job_add(c->ipc->loop, &c->ipc->doom_job);
}

/* A disconnect from inside libqb's own dispatching would pull the connection from under it. */
static void disconnect_doomed(void *arg)
{
	struct qbipc *q = arg;
	for (uint32_t i = 0; i < CLIENTS_MAX; i++) {
		if (q->clients[i].connection && q->clients[i].doomed)
			qb_ipcs_disconnect(q->clients[i].connection);
	}
}

static int32_t on_accept(qb_ipcs_connection_t *connection, uid_t uid, gid_t gid)
{
	struct qbipc *q = the_ipc;
	enum service_id service = (enum service_id)qb_ipcs_service_id_get(connection);
	if (!client_free_slot(q)) {
		say(q, LEVEL_WARNING, "a client is refused: %d are connected already", CLIENTS_MAX);
		return -EMFILE;
	}
	q->accepted_uid = uid;
	q->accepted_gid = gid;
	return q->handlers.accept(q->handlers.arg, service, uid, gid);
}

static enum qb_ipcs_rate_limit rate_of(enum qbipc_rate rate)
{
	switch (rate) {
	case QBIPC_FAST:
		return QB_IPCS_RATE_FAST;
	case QBIPC_NORMAL:
		return QB_IPCS_RATE_NORMAL;
	case QBIPC_SLOW:
		return QB_IPCS_RATE_SLOW;
	case QBIPC_OFF:
		return QB_IPCS_RATE_OFF;
	case QBIPC_OFF_MULTICAST:
		return QB_IPCS_RATE_OFF_2;
	}
	return QB_IPCS_RATE_NORMAL;
}

static void on_created(qb_ipcs_connection_t *connection)
{
	struct qbipc *q = the_ipc;
	struct client *c = client_free_slot(q);
	assert(c);
	struct qb_ipcs_connection_stats stats = {0};
	(void)qb_ipcs_connection_stats_get(connection, &stats, 0);
	uint32_t slot = (uint32_t)(c - q->clients);
	*c = (struct client){.ipc = q, .connection = connection, .pid = (uint32_t)stats.client_pid};
	c->service = (enum service_id)qb_ipcs_service_id_get(connection);
	q->generation = (q->generation + 1) % (UINT32_MAX / CLIENTS_MAX);
	c->id.v = (q->generation + 1) * CLIENTS_MAX + slot;
	for (int i = 0; i < CHANNEL_COUNT; i++)
		c->queues[i].end = &c->queues[i].first;
	read_procname(c->pid, c->procname, sizeof c->procname);
	qb_ipcs_context_set(connection, c);
	q->active++;
	/* A connection starts without flow control, whatever the rate is. */
	qb_ipcs_request_rate_limit(q->services[c->service], rate_of(q->rates[c->service]));
	client_apply(c);
	q->handlers.connect(q->handlers.arg, c->service, c->id, c->pid, q->accepted_uid, q->accepted_gid);
}

static int32_t on_closed(qb_ipcs_connection_t *connection)
{
	struct qbipc *q = the_ipc;
	struct client *c = qb_ipcs_context_get(connection);
	if (!c)
		return 0;
	q->handlers.disconnect(q->handlers.arg, c->service, c->id);
	qb_ipcs_context_set(connection, NULL);
	client_unhold(c);
	for (int i = 0; i < CHANNEL_COUNT; i++)
		drop_queue(&c->queues[i]);
	free(c->held);
	*c = (struct client){0};
	q->active--;
	q->closed++;
	return 0;
}

/* --- requests --- */

static void reply_short(struct client *c, enum status status)
{
	struct qb_ipc_response_header head = {.id = 0, .size = sizeof head, .error = (int32_t)status};
	qbipc_reply(c->ipc, c->id, bytes_of(&head, sizeof head), (struct bytes){0});
}

/* Keeps a copy; false when there is no memory for it. */
static bool client_keep(struct client *c, struct bytes request)
{
	if (request.len > c->held_size) {
		uint8_t *grown = realloc(c->held, request.len);
		if (!grown)
			return false;
		c->held = grown;
		c->held_size = request.len;
	}
	memcpy(c->held, request.data, request.len);
	c->held_len = request.len;
	return true;
}

/* Of a request that was not held. 0, or the negative number that makes libqb wait a moment. */
static int32_t client_answer(struct client *c, enum qbipc_verdict verdict)
{
	switch (verdict) {
	case QBIPC_DONE:
		return 0;
	case QBIPC_HOLD:
	case QBIPC_BUSY:
		c->overload++;
		reply_short(c, STATUS_TRY_AGAIN);
		return -ENOBUFS;
	case QBIPC_INVALID:
		c->invalid_request++;
		reply_short(c, STATUS_INVALID_PARAM);
		return -EINVAL;
	}
	return 0;
}

static int32_t on_request(qb_ipcs_connection_t *connection, void *data, size_t size)
{
	struct qbipc *q = the_ipc;
	struct client *c = qb_ipcs_context_get(connection);
	if (!c || c->doomed)
		return -ENOTCONN;
	/* size is what the client wrote into its header, not what libqb found in the ring. */
	size_t limit = (size_t)qb_ipcs_connection_get_buffer_size(connection);
	if (size < sizeof(struct qb_ipc_request_header) || size > limit || size > REQUEST_MAX)
		return client_answer(c, QBIPC_INVALID);
	memcpy(q->request, data, size);
	((struct qb_ipc_request_header *)(void *)q->request)->size = (int32_t)size;
	struct bytes request = bytes_of(q->request, size);
	uint32_t id = c->id.v;
	enum qbipc_verdict verdict = q->handlers.request(q->handlers.arg, c->service, c->id, request);
	if (c->id.v != id || !c->connection)
		return -ENOTCONN;
	if (verdict != QBIPC_HOLD || !client_keep(c, request))
		return client_answer(c, verdict);
	client_hold(c);
	client_apply(c);
	return -ENOBUFS;
}

static void retry_held(void *arg)
{
	struct qbipc *q = arg;
	struct client *last = NULL;
	for (struct client *c = q->held; c; c = c->held_next)
		last = c;
	while (last && q->held) {
		struct client *c = q->held;
		bool is_last = c == last;
		client_unhold(c);
		client_id id = c->id;
		struct bytes request = bytes_of(c->held, c->held_len);
		enum qbipc_verdict verdict =
			c->doomed ? QBIPC_DONE : q->handlers.request(q->handlers.arg, c->service, id, request);
		if (verdict == QBIPC_HOLD) {
			client_hold(c);
		} else {
			(void)client_answer(c, verdict);
			client_apply(c);
		}
		if (is_last)
			break;
	}
}

void qbipc_retry(struct qbipc *q)
{
	if (q->held)
		loop_job_add(q->loop, &q->retry_job);
}

/* --- replies and events --- */

static ssize_t send_now(struct client *c, enum channel channel, const struct iovec *iov, size_t count)
{
	if (channel == CHANNEL_REPLY)
		return qb_ipcs_response_sendv(c->connection, iov, count);
	qb_poll_gather(true);
	ssize_t n = qb_ipcs_event_sendv(c->connection, iov, count);
	qb_poll_gather(false);
	return n;
}

/* Whether there was no room. ENOBUFS is not that: the message is in the ring, only the client's wake-up was lost. */
static bool must_wait(ssize_t sent)
{
	return sent == -EAGAIN || sent == -ETIMEDOUT;
}

static void check_sent(struct client *c, ssize_t sent)
{
	if (sent != -EMSGSIZE)
		return;
	say(c->ipc, LEVEL_WARNING, "client %u (%s) is disconnected: a message is larger than the buffer it asked for",
	    c->pid, c->procname);
	client_doom(c);
}

static void queue_message(struct client *c, enum channel channel, struct bytes head, struct bytes tail)
{
	size_t len = head.len + tail.len;
	struct waiting *w = c->queue_bytes + len <= QBIPC_QUEUE_MAX ? malloc(sizeof *w + len) : NULL;
	if (!w) {
		say(c->ipc, LEVEL_ERROR, "client %u (%s) is disconnected: it left %u messages, %zu bytes, unread",
		    c->pid, c->procname, c->queued, c->queue_bytes);
		client_doom(c);
		return;
	}
	w->next = NULL;
	w->len = len;
	memcpy(w->data, head.data, head.len);
	if (tail.len > 0)
		memcpy(w->data + head.len, tail.data, tail.len);
	*c->queues[channel].end = w;
	c->queues[channel].end = &w->next;
	c->queue_bytes += len;
	c->queued++;
	if (!timer_is_set(&c->ipc->drain_timer)) {
		c->ipc->drain_ms = RETRY_MS_MIN;
		loop_timer_set(c->ipc->loop, &c->ipc->drain_timer, RETRY_MS_MIN);
	}
}

/* Sends what waits in one channel as far as there is room; whether anything went. */
static bool drain_queue(struct client *c, enum channel channel)
{
	struct queue *queue = &c->queues[channel];
	bool any = false;
	while (queue->first && !c->doomed) {
		struct waiting *w = queue->first;
		struct iovec iov = {.iov_base = w->data, .iov_len = w->len};
		ssize_t sent = send_now(c, channel, &iov, 1);
		if (must_wait(sent))
			break;
		check_sent(c, sent);
		queue->first = w->next;
		if (!queue->first)
			queue->end = &queue->first;
		c->queue_bytes -= w->len;
		c->queued--;
		c->sent++;
		free(w);
		any = true;
	}
	return any;
}

/* libqb's ring does not tell when the client has read, so it is looked at in growing intervals. */
static void drain_all(void *arg)
{
	struct qbipc *q = arg;
	bool any = false, left = false;
	for (uint32_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *c = &q->clients[i];
		if (!c->connection || c->queued == 0)
			continue;
		any |= drain_queue(c, CHANNEL_REPLY);
		any |= drain_queue(c, CHANNEL_EVENT);
		left |= c->queued > 0 && !c->doomed;
	}
	q->drain_ms = any ? RETRY_MS_MIN : q->drain_ms * 2 > RETRY_MS_MAX ? RETRY_MS_MAX : q->drain_ms * 2;
	if (left)
		loop_timer_set(q->loop, &q->drain_timer, q->drain_ms);
}

static void client_send(struct qbipc *q, client_id id, enum channel channel, struct bytes head, struct bytes tail)
{
	struct client *c = client_of(q, id);
	if (!c || c->doomed)
		return;
	if (!c->queues[channel].first) {
		struct iovec iov[2] = {{.iov_base = (void *)(uintptr_t)head.data, .iov_len = head.len},
				       {.iov_base = (void *)(uintptr_t)tail.data, .iov_len = tail.len}};
		ssize_t sent = send_now(c, channel, iov, tail.len > 0 ? 2 : 1);
		if (!must_wait(sent)) {
			check_sent(c, sent);
			return;
		}
	}
	queue_message(c, channel, head, tail);
}

void qbipc_reply(struct qbipc *q, client_id client, struct bytes head, struct bytes tail)
{
	client_send(q, client, CHANNEL_REPLY, head, tail);
}

void qbipc_event(struct qbipc *q, client_id client, struct bytes head, struct bytes tail)
{
	client_send(q, client, CHANNEL_EVENT, head, tail);
}

void qbipc_disconnect(struct qbipc *q, client_id client)
{
	struct client *c = client_of(q, client);
	if (c)
		client_doom(c);
}

/* --- the services --- */

enum err qbipc_open(struct loop *loop, enum qbipc_type type, const struct qbipc_handlers *handlers, struct qbipc **ret,
		    struct error *reterr)
{
	assert(!the_ipc);
	struct qbipc *q = calloc(1, sizeof *q);
	if (!q)
		return error_set(reterr, ERR_NO_MEMORY, "no memory for the client IPC");
	q->loop = loop;
	q->type = type == QBIPC_SOCKET ? QB_IPC_SOCKET : type == QBIPC_SHM ? QB_IPC_SHM : QB_IPC_NATIVE;
	q->handlers = *handlers;
	q->held_end = &q->held;
	q->retry_job = (struct loop_job){.fn = retry_held, .arg = q, .priority = LOOP_HIGH};
	q->doom_job = (struct loop_job){.fn = disconnect_doomed, .arg = q, .priority = LOOP_HIGH};
	timer_init(&q->drain_timer, drain_all, q);
	for (int i = 0; i < SERVICE_COUNT; i++)
		q->rates[i] = QBIPC_FAST;
	the_ipc = q;
	qb_poll_open(loop);
	*ret = q;
	return ERR_OK;
}

enum err qbipc_service_open(struct qbipc *q, enum service_id service, const char *name, struct error *reterr)
{
	assert(!q->services[service]);
	struct qb_ipcs_service_handlers handlers = {
		.connection_accept = on_accept,
		.connection_created = on_created,
		.msg_process = on_request,
		.connection_closed = on_closed,
	};
	struct qb_ipcs_poll_handlers poll_handlers = qb_poll_handlers();
	qb_ipcs_service_t *s = qb_ipcs_create(name, (int32_t)service, q->type, &handlers);
	if (!s)
		return error_set(reterr, ERR_IO, "creating the IPC service %s: %s", name, strerror(errno));
	qb_ipcs_poll_handlers_set(s, &poll_handlers);
	int32_t r = qb_ipcs_run(s);
	if (r < 0)
		return error_set(reterr, r == -EADDRINUSE ? ERR_EXISTS : ERR_IO,
				 "offering the IPC service %s: %s; is another engine running here?", name,
				 strerror(-r));
	q->services[service] = s;
	return ERR_OK;
}

void qbipc_service_close(struct qbipc *q, enum service_id service)
{
	if (q->services[service])
		qb_ipcs_destroy(q->services[service]);
	q->services[service] = NULL;
}

void qbipc_set_rate(struct qbipc *q, enum service_id service, enum qbipc_rate rate)
{
	if (q->rates[service] == rate)
		return;
	q->rates[service] = rate;
	if (!q->services[service])
		return;
	qb_ipcs_request_rate_limit(q->services[service], rate_of(rate));
	for (uint32_t i = 0; i < CLIENTS_MAX; i++) {
		if (q->clients[i].connection && q->clients[i].service == service)
			client_apply(&q->clients[i]);
	}
}

void qbipc_close(struct qbipc *q)
{
	if (!q)
		return;
	for (int i = 0; i < SERVICE_COUNT; i++)
		qbipc_service_close(q, (enum service_id)i);
	qb_poll_close();
	loop_job_remove(q->loop, &q->retry_job);
	loop_job_remove(q->loop, &q->doom_job);
	loop_timer_cancel(q->loop, &q->drain_timer);
	the_ipc = NULL;
	free(q);
}

/* --- statistics --- */

uint64_t qbipc_active(const struct qbipc *q)
{
	return q->active;
}

uint64_t qbipc_closed(const struct qbipc *q)
{
	return q->closed;
}

bool qbipc_stats(struct qbipc *q, client_id client, struct qbipc_stats *ret)
{
	struct client *c = client_of(q, client);
	if (!c)
		return false;
	struct qb_ipcs_connection_stats s = {0};
	(void)qb_ipcs_connection_stats_get(c->connection, &s, 0);
	*ret = (struct qbipc_stats){
		.service = c->service,
		.pid = c->pid,
		.key = (uint64_t)(uintptr_t)c->connection,
		.queueing = c->queued > 0,
		.queued = c->queued,
		.sent = c->sent,
		.invalid_request = c->invalid_request,
		.overload = c->overload,
		.requests = s.requests,
		.responses = s.responses,
		.dispatched = s.events,
		.send_retries = s.send_retries,
		.recv_retries = s.recv_retries,
		.flow_control = (uint32_t)s.flow_control_state,
		.flow_control_count = s.flow_control_count,
	};
	memcpy(ret->procname, c->procname, sizeof ret->procname);
	return true;
}

void qbipc_each(struct qbipc *q, void (*fn)(void *arg, client_id client), void *arg)
{
	for (uint32_t i = 0; i < CLIENTS_MAX; i++) {
		if (q->clients[i].connection)
			fn(arg, q->clients[i].id);
	}
}

void qbipc_stats_clear(struct qbipc *q)
{
	for (uint32_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *c = &q->clients[i];
		if (!c->connection)
			continue;
		struct qb_ipcs_connection_stats s;
		(void)qb_ipcs_connection_stats_get(c->connection, &s, 1);
		c->sent = 0;
		c->invalid_request = c->overload = 0;
	}
}
