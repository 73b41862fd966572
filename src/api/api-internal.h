/* SPDX-License-Identifier: GPL-2.0-or-later */
/* api-internal.h - the API's parts, for each other and nobody else. */
#ifndef API_API_INTERNAL_H
#define API_API_INTERNAL_H

#include "api/api.h"
#include "os/peer.h"

#include <jansson.h>
#include <microhttpd.h>

enum { BODY_MAX = 64 * 1024 * 1024, EVENTS_WAITING_MAX = 1024 * 1024 };

enum {
	HTTP_OK = 200,
	HTTP_BAD = 400,
	HTTP_FORBIDDEN = 403,
	HTTP_ABSENT = 404,
	HTTP_METHOD = 405,
	HTTP_CONFLICT = 409,
	HTTP_LARGE = 413,
	HTTP_INVALID = 422,
	HTTP_FAILED = 500,
	HTTP_TIMEOUT = 504
};

/* One request of a client, until it is answered. */
struct exchange {
	struct api *api;
	struct MHD_Connection *connection;
	struct peer peer;
	int fd;              /* of its client */
	struct loop_fd gone; /* while it is suspended: MHD does not look then */
	const char *method, *path;
	GString *body;
	bool too_large;
	uint64_t id; /* of the wish that it waits for, 0: none */
	bool suspended, answered;
	unsigned int status;
	const char *type; /* of the answer's content */
	GString *answer;
	struct listener *listener; /* of a stream of events, or NULL */
};

struct listener;

struct api {
	struct loop *loop;
	struct api_ops ops;
	struct MHD_Daemon *daemon;
	struct loop_fd fd;
	struct timer timer;
	struct loop_job run;
	char *path;
	uint64_t next_id;
	GPtrArray *waiting;   /* struct exchange: for api_answer() */
	GPtrArray *listeners; /* struct listener */
	bool ending;
};

struct route {
	const char *method, *path;
	void (*fn)(struct exchange *x);
	bool privileged; /* only root and hacluster, while ACLs are in force */
};
/* Ends with a path of NULL. */
extern const struct route routes[];

/* --- answering --- */
/* Text of a content type; taken over. */
void exchange_answer(struct exchange *x, unsigned int status, const char *type, GString *text);
void exchange_answer_json(struct exchange *x, unsigned int status, json_t *value);
/* {"error": "…"}: what was wrong and what to do. */
void exchange_refuse(struct exchange *x, unsigned int status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* While it is suspended: end it when its client goes away. */
void exchange_watch(struct exchange *x);
void exchange_unwatch(struct exchange *x);
/* A wish whose answer is the exchange's. */
void exchange_wish(struct exchange *x, struct request *r);

const char *exchange_argument(const struct exchange *x, const char *name);
bool exchange_flag(const struct exchange *x, const char *name);
/* The body as a JSON object; NULL when it is none, and then the exchange is refused. */
json_t *exchange_object(struct exchange *x);
struct access_user exchange_user(const struct exchange *x);
const struct controller *exchange_controller(const struct exchange *x);

/* --- pages --- */
void page_status(struct exchange *x);
void page_metrics(struct exchange *x);
void page_openapi(struct exchange *x);
void page_query(struct exchange *x);
void page_change(struct exchange *x);
void page_attributes(struct exchange *x);
void page_attribute(struct exchange *x);
void page_fences(struct exchange *x);
void page_fence(struct exchange *x);
void page_forget(struct exchange *x);
void page_fail(struct exchange *x);
void page_wait(struct exchange *x);
void page_shutdown(struct exchange *x);
void page_events(struct exchange *x);

/* --- events --- */
struct MHD_Response *listener_response(struct exchange *x);
/* Its stream ends. */
void listener_end(struct listener *l);
void listener_free(void *listener);

#endif
