/* SPDX-License-Identifier: GPL-2.0-or-later */
/* compare.h - two texts as what they stand for: words, integers, numbers, versions. */
#ifndef RULES_COMPARE_H
#define RULES_COMPARE_H

enum value_type {
	VALUE_STRING,  /* letters in any case */
	VALUE_INTEGER, /* as strings when one of them is none */
	VALUE_NUMBER,  /* likewise */
	VALUE_VERSION,
};

/* <0, 0, >0. NULL is less than any text and equal to NULL. */
int value_compare(const char *a, const char *b, enum value_type type);

#endif
