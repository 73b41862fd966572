/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dice.h - chance that can be repeated: splitmix64, one stream a concern, all of
 * them derived from the seed. Integers only, so that every machine agrees.
 */
#ifndef SIM_DICE_H
#define SIM_DICE_H

#include <stdbool.h>
#include <stdint.h>

struct dice {
	uint64_t state;
};

static inline uint64_t dice_roll(struct dice *d)
{
	uint64_t z = (d->state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* A stream of its own for (seed, what): taking one away does not move the others. */
static inline struct dice dice_of(uint64_t seed, uint64_t what)
{
	struct dice d = {seed ^ what * 0xd6e8feb86659fd93u};

	d.state = dice_roll(&d);
	return d;
}

static inline uint32_t dice_below(struct dice *d, uint32_t n)
{
	return n == 0 ? 0 : (uint32_t)((dice_roll(d) >> 32) * n >> 32);
}

/* From lo to hi, both included. */
static inline uint32_t dice_between(struct dice *d, uint32_t lo, uint32_t hi)
{
	return lo + dice_below(d, hi - lo + 1);
}

static inline bool dice_chance(struct dice *d, uint32_t num, uint32_t den)
{
	return dice_below(d, den) < num;
}

#endif
