/* SPDX-License-Identifier: GPL-2.0-or-later */
/* node-dump.c - what an operator can ask of a running engine: its state in the
 * log, and the flight record, which is the last lines of all subsystems and
 * levels, whether the log had a place for them or not.
 */
#include "daemon/node-internal.h"

#include "base/text.h"
#include "os/file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void node_record(struct node *n, enum subsystem subsystem, const char *text)
{
	struct flight_line *l = &n->flight[n->flight_count++ % FLIGHT_LINES];
	struct text t = text_of(l->text, sizeof l->text);

	l->at = loop_wall();
	l->subsystem = subsystem;
	text_add(&t, "%s", text);
}

static size_t flight_text(struct node *n, char *memory, size_t size)
{
	struct text t = text_of(memory, size);
	uint64_t first = n->flight_count > FLIGHT_LINES ? n->flight_count - FLIGHT_LINES : 0;

	for (uint64_t i = first; i < n->flight_count; i++) {
		const struct flight_line *l = &n->flight[i % FLIGHT_LINES];

		text_add(&t, "[%" PRIu64 ".%03" PRIu64 "] %u %s> %s\n", l->at.ns / 1000000000u,
			 l->at.ns / 1000000u % 1000, n->self.v, subsystem_name(l->subsystem), l->text);
	}
	return t.len;
}

static void write_flight(struct node *n, const char *memory, size_t len)
{
	char name[64], path[PATH_LEN_MAX + 80], link[PATH_LEN_MAX + 16];
	struct text p = text_of(path, sizeof path), l = text_of(link, sizeof link);
	time_t now = (time_t)(loop_wall().ns / 1000000000u);
	struct tm tm;
	struct error why;

	(void)localtime_r(&now, &tm);
	(void)strftime(name, sizeof name, "fdata-%Y-%m-%dT%H:%M:%S", &tm);
	text_add(&p, "%s/%s-%d", n->settings->state_dir, name, getpid());
	text_add(&l, "%s/fdata", n->settings->state_dir);
	if (file_write_lasting(path, bytes_of(memory, len), 0600, &why) != ERR_OK ||
	    file_symlink(link, path, &why) != ERR_OK)
		node_log(n, MSG_STATE_NOT_STORED, why.text);
	else
		node_log(n, MSG_STATE_DUMP, path);
}

static void dump_flight(struct node *n)
{
	enum { SIZE = FLIGHT_LINES * (FLIGHT_TEXT + 64) };
	char *memory = malloc(SIZE);

	if (memory == NULL)
		return;
	write_flight(n, memory, flight_text(n, memory, SIZE));
	free(memory);
}

static void dump_ring(struct node *n)
{
	const struct ring *r = &n->engine->ring;
	char line[512];
	struct text t = text_of(line, sizeof line);

	text_add(&t, "ring ");
	text_add_ring(&t, r->id);
	text_add(&t, " %s, members ", ring_state_name(r->state));
	text_add_nodes(&t, &r->memb);
	text_add(&t, "; received up to %u, delivered %u, released %u, highest %u", r->my_aru, r->high_delivered,
		 r->regular->released, r->high_seq);
	node_log(n, MSG_STATE_DUMP, line);
}

static void dump_services(struct node *n)
{
	const struct engine *e = n->engine;
	char line[512];
	struct text t = text_of(line, sizeof line);

	text_add(&t, "synchronisation %s, %s; send queue %u %%, pool %zu of %zu bytes; %" PRIu64 " clients",
		 sync_state_name(&e->sync), e->quorate ? "quorate" : "not quorate", ring_percent(&e->ring),
		 n->pool.used, n->pool.size, n->listening ? qbipc_active(n->ipc) : 0);
	node_log(n, MSG_STATE_DUMP, line);
}

static void dump_watches(struct node *n)
{
	for (uint32_t i = 0; i < n->watch_count; i++) {
		const struct node_watch *w = &n->watches[i];
		char line[128];
		struct text t = text_of(line, sizeof line);

		text_add(&t, "node %u last heard %" PRIu64 " ms ago%s%s", w->id.v,
			 mono_time_since_ms(loop_clock(), w->heard), w->suspected ? ", suspected" : "",
			 w->lost ? ", lost" : "");
		node_log(n, MSG_STATE_DUMP, line);
	}
}

void node_dump(struct node *n, uint8_t what)
{
	if (what == 1) {
		dump_flight(n);
		return;
	}
	dump_ring(n);
	dump_services(n);
	dump_watches(n);
}
