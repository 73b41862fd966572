/* SPDX-License-Identifier: GPL-2.0-or-later */
/* failure.h - what went wrong with a resource on a node, in words: which operation, when, what the agent said, how
 * often, and when it will be forgotten. */
#ifndef REPORT_FAILURE_H
#define REPORT_FAILURE_H

#include "report/sentence.h"
#include "scheduler/history.h"

/* The latest failed operation of r, or of anything below it, on node (NULL: anywhere); NULL when there is none. */
const struct failed_operation *failure_find(const struct resource *r, const struct node *node);
/* "start of web failed on n1 at 2023-11-14 22:13:20Z: not installed (no such agent)" */
const char *failure_text(struct cluster *c, const struct failed_operation *f);
/* Why failures keep r away from node: threshold, count and expiry. code NULL when they do not. */
struct sentence failure_ban(struct resource *r, struct node *node);
/* "hale resource cleanup web node=n1" */
const char *failure_cure(const struct resource *r, const struct node *node);

#endif
