/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/error.h"

#include "base/text.h"

#include <string.h>

enum err error_set(struct error *reterr, enum err code, const char *format, ...)
{
	struct text t;
	va_list args;

	if (reterr == NULL)
		return code;
	reterr->code = code;
	t = text_of(reterr->text, sizeof reterr->text);
	va_start(args, format);
	text_vadd(&t, format, args);
	va_end(args);
	return code;
}

enum err error_wrap(struct error *reterr, enum err code, const char *format, ...)
{
	char before[sizeof reterr->text];
	struct text t;
	va_list args;

	if (reterr == NULL)
		return code;
	memcpy(before, reterr->text, sizeof before);
	before[sizeof before - 1] = '\0';
	reterr->code = code;
	t = text_of(reterr->text, sizeof reterr->text);
	va_start(args, format);
	text_vadd(&t, format, args);
	va_end(args);
	text_add(&t, ": %s", before);
	return code;
}

const char *err_word(enum err code)
{
	switch (code) {
	case ERR_OK:
		return "no error";
	case ERR_AGAIN:
		return "not now, try again";
	case ERR_INVALID:
		return "invalid";
	case ERR_EXISTS:
		return "exists already";
	case ERR_NOT_FOUND:
		return "not found";
	case ERR_ACCESS:
		return "permission denied";
	case ERR_FULL:
		return "no room left";
	case ERR_NO_MEMORY:
		return "out of memory";
	case ERR_IO:
		return "input/output error";
	case ERR_UNSUPPORTED:
		return "not supported";
	}
	return "unknown error";
}
