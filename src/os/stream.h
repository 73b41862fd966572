/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream.h - local stream sockets between programs of one machine: a path to listen at, and connections that never
 * block.
 *
 * What is sent is kept until the kernel takes it. A peer that does not read is no reason to wait: when more than
 * STREAM_UNSENT_PAUSE bytes are kept, nothing is read from it any more, so that what it asks for cannot pile up; above
 * STREAM_UNSENT_MAX the connection ends. The owner must be able to say again what a peer did not hear.
 *
 * Handlers run in the loop. `bytes` gets everything that has come and was not used, and returns how much of it it used;
 * it may call stream_send() and stream_end() of any stream, and stream_close() of any but its own.
 */
#ifndef OS_STREAM_H
#define OS_STREAM_H

#include "base/bytes.h"
#include "base/error.h"
#include "os/loop.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	STREAM_UNSENT_PAUSE = 1024 * 1024,
	STREAM_UNSENT_MAX = 64 * 1024 * 1024,
	STREAM_UNREAD_MAX = 8 * 1024 * 1024, /* of bytes that nobody used; more ends the connection */
};

struct stream;
struct stream_server;

struct stream_peer {
	uint32_t uid, gid, pid;
};

struct stream_handlers {
	size_t (*bytes)(void *arg, struct stream *s, struct bytes in);
	/* The connection ended, not by stream_close(); why is NULL when the peer just closed. s goes after the call. */
	void (*ended)(void *arg, struct stream *s, const char *why);
	void *arg;
};

/* accept: whether to let it in, by setting handlers; false closes it at once. mode: of the socket's file. gid: its
 * group; UINT32_MAX leaves it. A socket that nobody listens at any more is replaced; ERR_EXISTS when somebody does. */
MUST_CHECK enum err stream_listen(struct loop *l, const char *path, uint32_t mode, uint32_t gid,
				  bool (*accept)(void *arg, struct stream *s, const struct stream_peer *peer,
						 struct stream_handlers *ret),
				  void *arg, struct stream_server **ret, struct error *reterr);
/* Its connections stay. Removes the file. NULL is fine. */
void stream_unlisten(struct stream_server *server);

MUST_CHECK enum err stream_connect(struct loop *l, const char *path, const struct stream_handlers *handlers,
				   struct stream **ret, struct error *reterr);
/* Appends to what is sent. */
void stream_send(struct stream *s, struct bytes data);
/* Bytes that the kernel has not taken. */
size_t stream_unsent(const struct stream *s);
/* Ends it when all is sent, and reads no more; `ended` is called then. */
void stream_end(struct stream *s);
/* At once, without a call of `ended`. NULL is fine. */
void stream_close(struct stream *s);

#endif
