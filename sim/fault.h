/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fault.h - faults begin and end. Faults overlap: each undoes at its end just what
 * it did, so that any of them can be left out of the list (shrink.h).
 */
#ifndef SIM_FAULT_H
#define SIM_FAULT_H

#include "sim/world.h"

/* Puts the list into the heap. */
void fault_schedule(struct world *w, const struct fault *list, uint32_t count);
void fault_begin(struct world *w, uint32_t index);
void fault_end(struct world *w, uint32_t index);
void fault_describe(const struct options *o, const struct fault *f, char *buffer, size_t size);

#endif
