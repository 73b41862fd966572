/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qb-ipc.h - the socket and shared memory side of the client IPC, over libqb (engine-ipc.md §1).
 *
 * The only file that calls libqb's servers. Each service has a name that clients connect to; each connection is a
 * client_id whose slot is unique among all services.
 *
 * Requests: the handler says what becomes of one. libqb takes a request out of its ring whatever is answered, so
 * QBIPC_HOLD keeps a copy here and stops reading that connection until qbipc_retry(): nothing is lost, nothing is
 * answered twice, and a client's requests stay in order.
 *
 * Replies and events are copied at once, into libqb's ring or, when that is full, into a queue of that connection,
 * which is drained in order as the client reads. A client whose queue passes QBIPC_QUEUE_MAX is disconnected.
 */
#ifndef OS_QB_IPC_H
#define OS_QB_IPC_H

#include "base/bytes.h"
#include "base/error.h"
#include "base/time.h"
#include "os/loop.h"
#include "service/service.h"

struct qbipc;

enum { QBIPC_QUEUE_MAX = 256 * 1024 * 1024 };

enum qbipc_type { QBIPC_NATIVE, QBIPC_SHM, QBIPC_SOCKET };

/* engine-ipc.md §1.5 */
enum qbipc_rate { QBIPC_FAST, QBIPC_NORMAL, QBIPC_SLOW, QBIPC_OFF, QBIPC_OFF_MULTICAST };

enum qbipc_verdict {
	QBIPC_DONE,    /* taken; a reply, if any, was or will be sent by qbipc_reply */
	QBIPC_BUSY,    /* the client is told "try again" by a short reply */
	QBIPC_INVALID, /* the client is told "invalid" by a short reply */
	QBIPC_HOLD,    /* ask me again with the same bytes after qbipc_retry() */
};

struct qbipc_handlers {
	void *arg;
	/* 0, or a negative errno that the client will see (engine-ipc.md §1.2). */
	int (*accept)(void *arg, enum service_id service, uint32_t uid, uint32_t gid);
	void (*connect)(void *arg, enum service_id service, client_id client, uint32_t pid, uint32_t uid, uint32_t gid);
	/* request has at least its 16 byte header and header.size is its length. Of a client once disconnected none
	 * comes. */
	enum qbipc_verdict (*request)(void *arg, enum service_id service, client_id client, struct bytes request);
	void (*disconnect)(void *arg, enum service_id service, client_id client);
	void (*log)(void *arg, enum level level, const char *text);
};

/* stats.ipcs.serviceS.PID.0xPTR (engine-ipc.md §5.2) */
struct qbipc_stats {
	enum service_id service;
	uint32_t pid;
	uint64_t key;      /* what 0xPTR is made of */
	char procname[32]; /* of the client when it connected */
	int32_t queueing;  /* 1 while events wait here */
	uint32_t queued;   /* events that wait here */
	uint32_t sent;     /* events sent from the queue */
	uint64_t invalid_request, overload;
	uint64_t requests, responses, dispatched;
	uint64_t send_retries, recv_retries;
	uint32_t flow_control;
	uint64_t flow_control_count;
};

MUST_CHECK enum err qbipc_open(struct loop *loop, enum qbipc_type type, const struct qbipc_handlers *handlers,
			       struct qbipc **ret, struct error *reterr);
/* Disconnects all clients (disconnect is called for each) and removes the services. NULL is fine. */
void qbipc_close(struct qbipc *q);

/* From now on clients can connect to name. */
MUST_CHECK enum err qbipc_service_open(struct qbipc *q, enum service_id service, const char *name,
				       struct error *reterr);
void qbipc_service_close(struct qbipc *q, enum service_id service);
void qbipc_set_rate(struct qbipc *q, enum service_id service, enum qbipc_rate rate);

/* head + tail is one message that starts with the 24 byte header; a client that has gone is ignored. */
void qbipc_reply(struct qbipc *q, client_id client, struct bytes head, struct bytes tail);
void qbipc_event(struct qbipc *q, client_id client, struct bytes head, struct bytes tail);
/* Offers all held requests again, each connection's oldest first, in the order in which they were held; from a job of
 * the loop, so it may be called from inside any handler.
 */
void qbipc_retry(struct qbipc *q);
void qbipc_disconnect(struct qbipc *q, client_id client);

/* How many clients are connected now, and how many have gone. */
uint64_t qbipc_active(const struct qbipc *q);
uint64_t qbipc_closed(const struct qbipc *q);
/* False for a client that has gone. */
bool qbipc_stats(struct qbipc *q, client_id client, struct qbipc_stats *ret);
/* Calls fn for each client, by slot. */
void qbipc_each(struct qbipc *q, void (*fn)(void *arg, client_id client), void *arg);
void qbipc_stats_clear(struct qbipc *q);

#endif
