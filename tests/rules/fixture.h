/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fixture.h - what the tests of rules share: cmocka, documents from text, problems that were told. */
#ifndef TESTS_RULES_FIXTURE_H
#define TESTS_RULES_FIXTURE_H

#include "cib/document.h"
#include "rules/moment.h"
#include "rules/rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static inline struct document *parse_text(const char *text)
{
	struct document *d = NULL;
	struct error error = {0};
	if (document_parse(text, strlen(text), "test", &d, &error) != ERR_OK)
		fail_msg("%s: %s", error.text, text);
	return d;
}

/* The last problem that was told, and how many there were. */
struct problems {
	unsigned count;
	char last[512];
};

static inline void take_problem(void *user, const struct element *at, const char *text)
{
	struct problems *p = user;
	assert_non_null(at);
	p->count++;
	(void)snprintf(p->last, sizeof(p->last), "%s", text);
}

/* A deterministic sequence for property tests. */
static inline uint64_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return *state >> 33;
}

#endif
