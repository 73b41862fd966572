/* SPDX-License-Identifier: GPL-2.0-or-later */
/* api.h - the local API: HTTP and JSON on a Unix socket, for `hale`, consoles, metrics and curl.
 *
 *	curl --unix-socket /run/hale/api.sock http://hale/v1/status
 *
 * openapi.json beside this file describes it and is served at /v1/openapi.json; a test compares the two. Who asks is
 * known by the socket's peer credentials; what he may read and change, the configuration's ACLs say.
 *
 * The API is a client of the controller: it reads what that shows and asks by requests. It never blocks the loop: what
 * must wait (a change, fencing, --wait) is answered when api_answer() says so, and a client that reads slowly holds up
 * nobody but itself.
 */
#ifndef API_API_H
#define API_API_H

#include "controller/controller.h"
#include "os/loop.h"

struct api_ops {
	void *arg;
	const struct controller *(*controller)(void *arg);
	/* A wish; api_answer() with its id follows, once, maybe from inside. */
	void (*request)(void *arg, const struct request *r);
	/* Its client is gone. */
	void (*drop)(void *arg, uint64_t id);
};

struct api;

/* ERR_EXISTS: another manager serves there. */
enum err api_open(struct loop *l, const char *path, const struct api_ops *ops, struct api **ret,
		  struct error *reterr) MUST_CHECK;
/* NULL is fine. */
void api_close(struct api *a);
void api_answer(struct api *a, const struct answer *answer);
/* To everybody who listens at /v1/events. */
void api_tell(struct api *a, const struct happening *h);

#endif
