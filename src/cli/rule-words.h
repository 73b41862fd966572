/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rule-words.h - rules as people type and read them.
 *
 *	#uname eq n1
 *	not_defined pingd or pingd lt integer 1
 *	date in_range 2026-01-01 to duration months=3 and (date-spec hours=9-16 weekdays=1-5)
 *	resource ocf:heartbeat:IPaddr2 and op monitor interval=10s
 *
 * "and" binds closer than "or". resource and op are for rules of defaults alone, attributes of nodes for those of
 * locations and defaults of resources. Ids are made as pcs makes them: RULE-expr, RULE-op-monitor, EXPR-datespec.
 * Source: facts of the grammar, 3.
 */
#ifndef CLI_RULE_WORDS_H
#define CLI_RULE_WORDS_H

#include "cli/verb.h"

enum rule_kind { RULE_OF_LOCATION, RULE_OF_DEFAULTS, RULE_OF_OPERATIONS };

/* Appends a <rule> with this id to an element of the document, made of the verb's words from `from` on: one word or
 * many. NULL: it is no rule, and v->code says so. */
struct element *rule_words_put(struct verb *v, struct element *owner, const char *id, enum rule_kind kind, size_t from);
/* "Rule: boolean-op=and score=5" and its expressions, a line each, indented by `depth` times two blanks. */
void rule_words_print(const struct element *rule, bool ids, int depth, GString *out);

#endif
