/* SPDX-License-Identifier: GPL-2.0-or-later */
/* manager-inputs.h - what decisions were made of, kept so that they can be replayed (`crm_simulate -x FILE`).
 *
 *	DIR/pe-input-7.bz2     the document, with the time of the decision as its execution-date
 *	DIR/pe-input.last      the number of the next one
 *
 * A series each for decisions without problems, with warnings (pe-warn) and with errors (pe-error). A series
 * starts over when it has as many files as the cluster options pe-input-series-max (4000), pe-warn-series-max
 * (5000) and pe-error-series-max (-1: no limit) say; 0 keeps none. What is the same as the last one is not kept
 * again.
 *
 * Packing and writing is done in a thread, one input after the other; when more than INPUTS_WAITING_MAX wait, the
 * oldest of them is not kept, and that is told.
 *
 * Source of the rules: facts of the manager, section 20; names and numbering are Pacemaker's, since people and programs
 * (crmsh, crm_report) look for them.
 */
#ifndef DAEMON_MANAGER_INPUTS_H
#define DAEMON_MANAGER_INPUTS_H

#include "base/error.h"
#include "base/time.h"
#include "cib/document.h"
#include "os/loop.h"

enum { INPUTS_WAITING_MAX = 8 };

enum input_kind { INPUT_PLAIN, INPUT_WARNING, INPUT_ERROR };

struct manager_inputs_ops {
	void *arg;
	void (*failed)(void *arg, const char *why);
};

struct manager_inputs;

/* Makes the directory. */
enum err manager_inputs_open(struct loop *l, const char *dir, const struct manager_inputs_ops *ops,
			     struct manager_inputs **ret, struct error *reterr) MUST_CHECK;
/* What waits is dropped. NULL is fine. */
void manager_inputs_close(struct manager_inputs *s);
/* The path that it will have, valid until the next call; NULL: it is not kept. */
const char *manager_inputs_keep(struct manager_inputs *s, const struct document *input, enum input_kind kind,
				wall_time now);
/* How many are not on disk yet. */
uint32_t manager_inputs_waiting(const struct manager_inputs *s);

#endif
