/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unpack-private.h - what the modules of the first phase know of each other; history uses some to make what is only in
 * the status. */
#ifndef SCHEDULER_UNPACK_PRIVATE_H
#define SCHEDULER_UNPACK_PRIVATE_H

#include "scheduler/unpack.h"

/* --- the modules of this phase, in order; history uses some to make what is only in the status --- */

void options_unpack(struct cluster *c);      /* options.c */
void nodes_unpack(struct cluster *c);        /* node.c */
void remote_nodes_unpack(struct cluster *c); /* remote.c */
void tags_unpack(struct cluster *c);         /* tags.c */

/* A new node, sorted into the list; NULL (with a complaint) when its type is unknown. */
struct node *node_create(struct cluster *c, const char *id, const char *name, const char *type, int score);
/* Adds the node's attributes: of <node> (overwrite false), or of <transient_attributes>. */
void node_attributes_add(struct node *n, const struct element *e, bool overwrite);
bool element_is_remote_connection(const struct element *primitive);

/* One resource with all below it; NULL when it makes no sense. number: of an instance of a clone (or inside one), else
 * -1. Instances share their XML; their id has the number. */
struct resource *resource_unpack(struct cluster *c, const struct element *xml, struct resource *parent, int number);
/* The part of it that depends on the kind; r->meta is there. */
bool primitive_unpack(struct resource *r);
bool group_unpack(struct resource *r);
bool clone_unpack(struct resource *r);
bool bundle_unpack(struct resource *r);
/* One more instance of a clone, a removed one when there are clone-max already; NULL when it cannot be made. */
struct resource *clone_instance_add(struct resource *clone);
/* The resource with its template's content, its own instead where both say something; the resource itself when it
 * has none; NULL when its template is unknown. */
const struct element *template_apply(struct cluster *c, const struct element *xml);
/* The node that a connection makes learns of it. */
void connection_link(struct resource *r);

/* tags.c: remembers that a template is there (ref NULL), or that ref is made from it. */
void template_remember(struct cluster *c, const char *id, const char *ref);

/* Makes the index know r by its ids; and forget it and all below it. */
void resource_index(struct resource *r);
void resource_forget(struct resource *r);

#endif
