/* SPDX-License-Identifier: GPL-2.0-or-later */
/* wire.h - what manager and executor say to each other over a local stream.
 *
 * A frame is four bytes of length, little-endian, and that many bytes of JSON, one object:
 *
 *	{"do": "run", "id": 7, "rsc": "vip", "class": "ocf", "provider": "heartbeat", "type": "IPaddr2",
 *	 "action": "start", "interval_ms": 0, "timeout_ms": 20000, "start_delay_ms": 0, "note": "…",
 *	 "parameters": {"ip": "192.0.2.7", "CRM_meta_timeout": "20000"}}
 *	{"do": "cancel", "rsc": "vip", "action": "monitor", "interval_ms": 10000}    with an "id": executor_end()
 *	{"do": "forget", "rsc": "vip"}        {"do": "acknowledge", "id": 7}
 *	{"do": "list"}                        {"do": "hello", "version": 1}
 *
 *	{"tell": "hello", "version": 1, "incarnation": "…"}         first; another text after each start of the executor
 *	{"tell": "report", "id": 7, "rsc": …, "rc": 0, "status": 0, …}
 *	{"tell": "known", "state": "running", "operation": {…}}     an answer to list, one each…
 *	{"tell": "listed"}                                          …and its end
 *	{"tell": "refused", "id": 7, "why": "…"}
 *
 * Both sides check everything: a frame that is too long, no JSON, no object, lacks a member or has one of the wrong
 * type is an error that says which. Unknown members are ignored, so that versions may differ by what they add.
 */
#ifndef EXECUTOR_WIRE_H
#define EXECUTOR_WIRE_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/error.h"
#include "executor/executor.h"

#include <glib.h>

enum {
	WIRE_FRAME_MAX = 4 * 1024 * 1024,
	WIRE_VERSION = 1,
};

enum wire_kind {
	WIRE_HELLO,
	WIRE_RUN,
	WIRE_CANCEL,
	WIRE_FORGET,
	WIRE_ACKNOWLEDGE,
	WIRE_LIST,
	WIRE_REPORT,
	WIRE_KNOWN,
	WIRE_LISTED,
	WIRE_REFUSED,
};

/* Only what the kind has is set. Texts and tables of a decoded frame live in the arena. */
struct wire_frame {
	enum wire_kind kind;
	bool from_executor; /* "tell" */
	uint32_t version;
	const char *incarnation, *why;
	enum executor_state state;
	struct operation operation;     /* RUN, CANCEL (id or 0), FORGET (rsc), ACKNOWLEDGE (id), KNOWN, REFUSED (id) */
	struct operation_report report; /* REPORT; KNOWN with EXECUTOR_REPORTED */
};

/* Appends a whole frame, length first. */
void wire_encode(const struct wire_frame *frame, GByteArray *out);
/* The first frame in `in`: ERR_AGAIN while it is not all there. *ret_used: bytes that it took. */
enum err wire_decode(struct bytes in, struct arena *arena, struct wire_frame *ret_frame, size_t *ret_used,
		     struct error *reterr) MUST_CHECK;

#endif
