/* SPDX-License-Identifier: GPL-2.0-or-later */
/* options.h - every option of corosync.conf that the engine knows: where it
 * stands, its type in the map, the words it takes, an example and what it is
 * for. The parser types by this table, messages and the manual quote it.
 *
 * Types are those of engine-ipc.md §7.2: clients read by exact type.
 */
#ifndef CONF_OPTIONS_H
#define CONF_OPTIONS_H

#include "conf/words.h"
#include "map/map.h"

enum option_check {
	CHECK_NONE,    /* any text, or any number of the type */
	CHECK_WORDS,   /* another word is an error */
	CHECK_LENIENT, /* another word is taken for the default, as the reference does, with a warning */
};

struct option {
	const char *section; /* "totem.interface" */
	const char *key;     /* may contain one '*' for any text */
	enum map_type type;
	enum option_check check;
	const struct word *words; /* NULL unless check says otherwise */
	const char *example;
	const char *help;
};

/* The option, or NULL when the engine does not know it. */
const struct option *option_find(const char *section, const char *key);
/* All options in the order of the table; NULL after the last. */
const struct option *option_at(size_t index);
/* Whether a section of that path exists, or its parts lie in one that takes any. */
bool section_is_known(const char *section);
/* A known key of the section (section NULL: a known section) that differs by a slip only, or NULL. */
const char *option_nearest(const char *section, const char *key);

#endif
