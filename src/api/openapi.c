/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /v1/openapi.json: the file beside this one, as it was when the program was built. */
#include "api/api-internal.h"

static const unsigned char text[] = {
#include "api/openapi.inc"
};

void page_openapi(struct exchange *x)
{
	exchange_answer(x, HTTP_OK, "application/json", g_string_new_len((const char *)text, sizeof(text)));
}
