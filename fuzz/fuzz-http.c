/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a peer at the manager's socket may say: the first byte says in which pieces it comes, the rest is its answer.
 * What must hold: at once and in pieces it means the same; a body is never larger than allowed; an error has a reason.
 */
#include "cli/http-answer.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BODY_MAX = 1000 };

struct outcome {
	enum err e;
	long status;
	GString *body;
};

static struct outcome read_in(const char *text, size_t size, size_t piece)
{
	struct http_answer a;
	struct error error = {.text = ""};
	struct outcome o = {.body = g_string_new(NULL)};
	http_answer_init(&a, BODY_MAX);
	for (size_t at = 0, n; at < size && o.e == ERR_OK; at += n) {
		n = MIN(piece, size - at);
		o.e = http_answer_take(&a, text + at, n, o.body, &error);
	}
	if (o.e == ERR_OK)
		o.e = http_answer_end(&a, &error);
	assert((o.e == ERR_OK) == (error.text[0] == '\0'));
	assert(o.e != ERR_OK || http_answer_is_whole(&a));
	assert(o.e == ERR_OK || o.e == ERR_INVALID || o.e == ERR_FULL || o.e == ERR_IO);
	assert(o.body->len <= BODY_MAX);
	o.status = a.status;
	return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	const char *text = (const char *)data + 1;
	struct outcome one = read_in(text, size - 1, size), many = read_in(text, size - 1, (size_t)data[0] + 1);
	assert(one.e == many.e && one.status == many.status);
	assert(one.e != ERR_OK || g_string_equal(one.body, many.body));
	(void)g_string_free(one.body, TRUE);
	(void)g_string_free(many.body, TRUE);
	return 0;
}
