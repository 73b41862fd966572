/* SPDX-License-Identifier: GPL-2.0-or-later */
/* shrink.h - a failing seed's faults, cut down to those that the failure needs
 * (delta debugging, Zeller 1999). Faults are the only part of a seed that can be
 * left out without moving the rest: their fates do not hang on each other.
 */
#ifndef SIM_SHRINK_H
#define SIM_SHRINK_H

#include "sim/world.h"

/* Prints what it finds. Status of the program: 0 when the seed does not fail at all, else 1. */
int shrink_seed(struct world *w, const struct options *o);

#endif
