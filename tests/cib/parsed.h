/* SPDX-License-Identifier: GPL-2.0-or-later */
/* parsed.h - a text of a test as a document; the test fails, and says why, where it is none. */
#ifndef TESTS_CIB_PARSED_H
#define TESTS_CIB_PARSED_H

#include "cib/document.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static inline struct document *parsed(const char *text)
{
	struct document *d = NULL;
	struct error error;
	enum err e = document_parse(text, strlen(text), "t", &d, &error);
	if (e != ERR_OK)
		print_error("%s\n", error.text);
	assert_int_equal(e, ERR_OK);
	return d;
}

#endif
