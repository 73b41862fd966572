/* SPDX-License-Identifier: GPL-2.0-or-later */
/* world.h - a small cluster for tests: three nodes that are there, and what a test adds.
 *
 *	struct world w;
 *	world_begin(&w, (struct world_parts){.resources = "<primitive id='web' class='ocf' …/>"});
 *	scheduler_read_status(w.c);
 *	…
 *	world_end(&w);
 *
 * Apostrophes may stand for quotation marks. Fencing is off unless options say otherwise.
 */
#ifndef TESTS_SCHEDULER_WORLD_H
#define TESTS_SCHEDULER_WORLD_H

#include "scheduler/cluster.h"

enum { WORLD_NOW = 1700000000 };

/* clang-format off */
#define DUMMY(id, inside) \
	"<primitive id='" id "' class='ocf' provider='pacemaker' type='Dummy'>" inside "</primitive>"
#define META(id, pairs)          "<meta_attributes id='" id "-meta'>" pairs "</meta_attributes>"
#define PARAMS(id, pairs)        "<instance_attributes id='" id "-params'>" pairs "</instance_attributes>"
#define PAIR(name, value)        "<nvpair id='p-" name "-" value "' name='" name "' value='" value "'/>"
#define OPS(ops)                 "<operations>" ops "</operations>"
#define OP(name, interval, rest) \
	"<op id='op-" name "-" interval "' name='" name "' interval='" interval "' " rest "/>"
/* clang-format on */
/* A history: resource, then its operations. */
#define HISTORY(id, ops) \
	"<lrm_resource id='" id "' class='ocf' provider='pacemaker' type='Dummy'>" ops "</lrm_resource>"
#define ENTRY(id, rsc, task, interval, call, rc, status, expected, rest)                                            \
	"<lrm_rsc_op id='" id "' operation_key='" rsc "_" task "_" interval "' operation='" task                    \
	"' interval='" interval "' call-id='" call "' rc-code='" rc "' op-status='" status                          \
	"' transition-key='1:2:" expected ":11111111-2222-3333-4444-555555555555' transition-magic='" status ":" rc \
	";1:2:" expected ":11111111-2222-3333-4444-555555555555' " rest "/>"

struct world_parts {
	const char *root;    /* attributes of <cib> instead of have-quorum='1' dc-uuid='1' */
	const char *options; /* nvpairs of cib-bootstrap-options */
	const char *nodes;   /* instead of n1, n2, n3 */
	const char *resources, *constraints;
	const char *sections; /* more of <configuration>: tags, defaults… */
	/* What n1, n2, n3 remember: <lrm_resource> elements, and their transient attributes as nvpairs. */
	const char *history[3], *attributes[3];
	const char *status; /* instead of three members */
};

struct world {
	struct document *d;
	struct cluster *c;
};

void world_begin(struct world *w, struct world_parts parts);
void world_end(struct world *w);
/* What must be there. */
struct resource *world_resource(const struct world *w, const char *id);
struct node *world_node(const struct world *w, const char *name);
/* Whether anyone complained with this text in it. */
bool world_complained(const struct world *w, const char *text);

#endif
