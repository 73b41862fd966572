/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Levels: which devices together fence a node. */
#include "fencing/device.h"

#include "rules/pattern.h"

#include <stdlib.h>
#include <string.h>

enum { LEVEL_MIN = 1, LEVEL_MAX = 9 };

static bool is(const char *a, const char *b)
{
	return a != NULL && strcmp(a, b) == 0;
}

static bool pattern_fits(const char *pattern, const char *node)
{
	regex_t compiled;
	if (pattern_compile(pattern, REG_NOSUB, &compiled) != NULL)
		return false;
	bool fits = regexec(&compiled, node, 0, NULL, 0) == 0;
	regfree(&compiled);
	return fits;
}

/* A permanent attribute of a node. */
static const char *node_attribute_in(const struct document *d, const char *node, const char *name)
{
	for_each_named(n, document_section(d, NAME_NODES), NAME_NODE)
	{
		const char *uname = element_get(n, NAME_UNAME);
		if (uname == NULL || g_ascii_strcasecmp(uname, node) != 0)
			continue;
		for_each_named(block, n, NAME_INSTANCE_ATTRIBUTES)
		{
			for_each_named(pair, block, NAME_NVPAIR)
			{
				if (is(element_get(pair, NAME_NAME), name))
					return element_get(pair, NAME_VALUE);
			}
		}
	}
	return NULL;
}

enum fit { FIT_NONE, FIT_OTHERWISE, FIT_NAME };

static enum fit level_fit(const struct document *d, const struct element *e, const char *node,
			  const struct table *attributes)
{
	const char *target = element_get(e, NAME_TARGET), *pattern = element_get(e, NAME_TARGET_PATTERN);
	const char *name = element_get(e, NAME_TARGET_ATTRIBUTE);
	if (target != NULL)
		return g_ascii_strcasecmp(target, node) == 0 ? FIT_NAME : FIT_NONE;
	if (pattern != NULL)
		return pattern_fits(pattern, node) ? FIT_OTHERWISE : FIT_NONE;
	if (name == NULL)
		return FIT_NONE;
	const char *own = attributes != NULL ? table_get(attributes, name) : node_attribute_in(d, node, name);
	return is(own, element_get_or(e, NAME_TARGET_VALUE, "")) ? FIT_OTHERWISE : FIT_NONE;
}

/* Levels belong together that have the same words for whom they are. */
static bool is_same_target(const struct element *a, const struct element *b)
{
	static const cib_name names[] = {NAME_TARGET, NAME_TARGET_PATTERN, NAME_TARGET_ATTRIBUTE, NAME_TARGET_VALUE};
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		const char *of_a = element_get(a, names[i]), *of_b = element_get(b, names[i]);
		if (of_a != of_b && !is(of_a, of_b != NULL ? of_b : ""))
			return false;
		if ((of_a == NULL) != (of_b == NULL))
			return false;
	}
	return true;
}

/* Several elements for one target and index make one level together. */
static void add_devices(struct fence_level *level, const char *list, struct arena *a)
{
	for (const char *at = list; *at != '\0';) {
		at += strspn(at, ", \t\n");
		size_t n = strcspn(at, ", \t\n"), size = level->count * sizeof(*level->devices);
		if (n > 0) {
			level->devices = arena_grow(a, level->devices, size, size + sizeof(*level->devices));
			level->devices[level->count++] = arena_string_n(a, at, n);
		}
		at += n;
	}
}

struct fence_level *fence_levels_read(const struct document *d, const char *node, const struct table *attributes,
				      struct arena *a, uint32_t *ret_count)
{
	const struct element *topology = document_section(d, NAME_FENCING_TOPOLOGY), *best = NULL;
	enum fit best_fit = FIT_NONE;
	uint32_t count = 0;
	for_each_named(e, topology, NAME_FENCING_LEVEL)
	{
		enum fit fit = level_fit(d, e, node, attributes);
		if (fit > best_fit) {
			best = e;
			best_fit = fit;
		}
	}
	struct fence_level *levels = arena_array(a, struct fence_level, LEVEL_MAX);
	for (uint32_t index = LEVEL_MIN; index <= LEVEL_MAX && best != NULL; index++) {
		for_each_named(e, topology, NAME_FENCING_LEVEL)
		{
			uint32_t own = (uint32_t)strtoul(element_get_or(e, NAME_INDEX, "0"), NULL, 10);
			if (own == index && is_same_target(e, best))
				add_devices(&levels[count], element_get_or(e, NAME_DEVICES, ""), a);
		}
		levels[count].index = index;
		count += levels[count].count > 0 ? 1 : 0;
	}
	*ret_count = count;
	return levels;
}
