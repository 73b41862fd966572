/* SPDX-License-Identifier: GPL-2.0-or-later */
/* schema-tables.h - the shape of what tools/rng2c makes of cib.rng.
 *
 * Each <element> of the schema is a definition. Whether an element follows it is
 * decided in two walks without any search:
 *  1. its attributes, in the order of the definition: a state, and for each
 *     attribute a row with the next state, by whether it is absent (column 0) or
 *     which of its types its value has (column = a bit for each type);
 *  2. the last state names a content. A content has factors, which do not know of
 *     each other (an interleave has several); a child belongs to one factor by
 *     its name and moves it from state to state. In the end each must be at rest.
 */
#ifndef CIB_SCHEMA_TABLES_H
#define CIB_SCHEMA_TABLES_H

#include "cib/element.h"

#define SCHEMA_FAIL 0xFF

enum schema_kind {
	SCHEMA_WORDS, /* one of the words, and nothing else */
	SCHEMA_TEXT,
	SCHEMA_OTHER_TEXT, /* anything but the words */
	SCHEMA_INTEGER,    /* from least to most, or one of the words */
	SCHEMA_BOOLEAN,
	SCHEMA_ID,
	SCHEMA_IDREF,
	SCHEMA_LIST, /* non-empty words of letters from a set, one or (separator) several */
};

struct schema_type {
	enum schema_kind kind;
	const char *const *words; /* NULL at the end */
	int64_t least, most;
	uint64_t letters[2]; /* a bit for each character of ASCII */
	char separator;      /* 0: one word only */
};

struct schema_attribute {
	cib_name name;
	uint8_t type_count; /* up to 4 */
	uint16_t type;      /* the first of them in schema_types */
	uint16_t rows;      /* in schema_steps; a row is 1 << type_count wide */
	uint8_t states;     /* rows of this attribute */
};

struct schema_child {
	cib_name name;
	uint16_t definition;
	uint8_t factor, column; /* the factor counts from the content's first */
};

struct schema_factor {
	uint16_t rows;   /* in schema_moves */
	uint8_t columns; /* names */
	uint8_t states;
	uint16_t rests; /* in schema_rests, by state: whether it may end here */
};

struct schema_content {
	uint16_t children, child_count;
	uint16_t factors, factor_count;
};

struct schema_definition {
	cib_name name;
	bool anything; /* whatever it has, it may have */
	uint16_t attributes, attribute_count;
	uint16_t contents; /* by the state after the last attribute: an index of schema_contents */
	uint8_t content_count;
};

enum { SCHEMA_FACTORS_MAX = 12, SCHEMA_ATTRIBUTES_MAX = 24 }; /* tools/rng2c refuses more */

extern const struct schema_type schema_types[];
extern const struct schema_attribute schema_attributes[];
extern const uint8_t schema_steps[];
extern const struct schema_child schema_children[];
extern const struct schema_factor schema_factors[];
extern const uint8_t schema_moves[];
extern const bool schema_rests[];
extern const struct schema_content schema_contents[];
extern const uint16_t schema_content_of[];
extern const struct schema_definition schema_definitions[]; /* the first is the document's root */

#endif
