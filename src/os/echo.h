/* SPDX-License-Identifier: GPL-2.0-or-later */
/* echo.h - the second opinion on a silent node: does its kernel still answer?
 *
 * knet and the token say only that the other *engine* is silent. ICMP echo asks the other *kernel*. While a node is
 * well it is probed every ECHO_CALM_MS, so that we know whether its kernel answers echo requests at all, and every
 * ECHO_SLOW_MS if that is in question; while it is suspected it is probed every ECHO_FAST_MS. Also read are the ICMP
 * errors that its kernel sends when a datagram of ours finds its ring port closed: then the machine lives and its
 * engine is dead.
 *
 * What a verdict may be used for. ECHO_DEAD makes the ring give a node up before its token timeout; it must never be
 * needed for safety, only for speed:
 *  - giving up a node that lives costs a membership change and, where the manager fences, a fencing; it never lets two
 *    sides run one resource, because quorum and fencing stand behind it as behind a token timeout;
 *  - so the verdict must be rarely wrong. It says DEAD only if the node answered within ECHO_FRESH_MS before the
 *    silence began (a firewall that drops echo, or a path that never worked, gives UNKNOWN), on all of its watched
 *    addresses no answer came, at least ECHO_MISSES_MIN probes in a row were sent and went unanswered, over at least
 *    ECHO_SILENCE_MS since the first of them, and our own loop was on time all that time (if we stood still, answers
 *    may wait unread: the count starts again). Probes that could not be sent count for nothing.
 *  - NO_ENGINE counts only from the node's own address and quoting a datagram to one of its ring ports. It is told also
 *    of a node that is not suspected: a killed engine shows with the first frame or ping that reaches its kernel.
 *    It stays until echo_trust(). Somebody who can forge such packets can forge a LEAVE on an unencrypted ring as
 *    well; on an encrypted one the caller should believe it only of a node that is silent on the ring, too.
 * A verdict is told once per change; ALIVE takes DEAD back.
 *
 * An answer is believed when it carries the number that this process rolled at its start and comes from an address of
 * the node that was asked.
 */
#ifndef OS_ECHO_H
#define OS_ECHO_H

#include "base/error.h"
#include "base/ids.h"
#include "os/loop.h"

#include <sys/socket.h>

struct echo;

enum {
	ECHO_CALM_MS = 8000,
	ECHO_SLOW_MS = 4000,
	ECHO_FAST_MS = 80,
	ECHO_FRESH_MS = 10000,
	ECHO_MISSES_MIN = 5,
	ECHO_SILENCE_MS = 400,
	ECHO_PAUSE_MS = 100,      /* a turn later than this restarts the count */
	ECHO_FAST_FOR_MS = 10000, /* a suspicion that lasts longer is probed slowly */
};

enum echo_verdict { ECHO_UNKNOWN, ECHO_ALIVE, ECHO_DEAD, ECHO_NO_ENGINE };

struct echo_handlers {
	void *arg;
	void (*verdict)(void *arg, node_id node, enum echo_verdict verdict);
};

struct echo_report {
	bool answers_ever;
	mono_time last_answer;
	enum echo_verdict verdict;
};

/* Needs CAP_NET_RAW: ERR_ACCESS without. */
MUST_CHECK enum err echo_open(struct loop *loop, const struct echo_handlers *handlers, struct echo **ret,
			      struct error *reterr);
void echo_close(struct echo *e);

/* Starts slow probing, or replaces the addresses. ports in the addresses are the node's ring ports, one for each link.
 */
MUST_CHECK enum err echo_watch(struct echo *e, node_id node, const struct sockaddr_storage *addresses, uint32_t count,
			       struct error *reterr);
void echo_forget(struct echo *e, node_id node);

/* The ring has not heard of the node: probe fast. UNKNOWN is told at once when nothing can be said soon: the node is
 * not watched, never answered, or not within ECHO_FRESH_MS; other verdicts follow as they come.
 */
void echo_suspect(struct echo *e, node_id node);
/* The ring has heard of it: back to slow probing, verdict UNKNOWN, untold. */
void echo_trust(struct echo *e, node_id node);

bool echo_report(const struct echo *e, node_id node, struct echo_report *ret);

#endif
