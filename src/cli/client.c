/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/client.h"

#include "cli/client-http.h"

#include <string.h>

enum { ANSWER_MAX = 256 * 1024 * 1024, WAIT_SPARE_MS = 5000 };

const char *client_socket(const struct program_io *io, const struct client_call *call)
{
	const char *named = io_environment(io, "HALE_SOCKET");
	return call->socket != NULL ? call->socket : named != NULL ? named : CLIENT_SOCKET;
}

bool client_is_running(const struct program_io *io, const struct client_call *call)
{
	return http_listens(client_socket(io, call));
}

/* ---- one question ---- */

static enum exit_code unreachable(enum err e, struct error *reterr)
{
	switch (e) {
	case ERR_NOT_FOUND:
		(void)error_set(reterr, e,
				"the cluster is not running on this node: start it with `hale cluster start`");
		return EXIT_DISCONNECTED;
	case ERR_AGAIN:
		(void)error_wrap(reterr, e, "what was asked may still be done");
		return EXIT_TIMEOUT;
	case ERR_ACCESS:
		return EXIT_DENIED;
	case ERR_UNSUPPORTED:
		return EXIT_USAGE;
	case ERR_INVALID:
		(void)error_wrap(reterr, e, "what answered is not the manager");
		return EXIT_PROTOCOL;
	case ERR_FULL:
		return EXIT_PROTOCOL;
	case ERR_IO:
		(void)error_wrap(reterr, e, "the manager went away while it was asked");
		return EXIT_DISCONNECTED;
	case ERR_OK:
	case ERR_EXISTS:
	case ERR_NO_MEMORY:
		break;
	}
	return exit_of(e);
}

/* Of an answer that names no exit code. */
static enum exit_code exit_of_status(long status)
{
	static const struct {
		long status;
		enum exit_code code;
	} codes[] = {
		{200, EXIT_OK},      {400, EXIT_DATA},          {403, EXIT_DENIED},
		{404, EXIT_NO_SUCH}, {405, EXIT_UNIMPLEMENTED}, {409, EXIT_OLD},
		{413, EXIT_DATA},    {422, EXIT_CONFIGURATION}, {504, EXIT_TIMEOUT},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(codes); i++)
		if (codes[i].status == status)
			return codes[i].code;
	return EXIT_ERROR;
}

/* What {"exit", "message", "error"} says. */
static enum exit_code judge(const json_t *answer, long status, struct error *reterr)
{
	const json_t *number = json_object_get(answer, "exit");
	const char *text = json_string_value(json_object_get(answer, "error"));
	if (text == NULL)
		text = json_string_value(json_object_get(answer, "message"));
	enum exit_code code =
		json_is_integer(number) ? (enum exit_code)json_integer_value(number) : exit_of_status(status);
	if (code == EXIT_OK && status != 200)
		code = EXIT_ERROR;
	if (code != EXIT_OK)
		(void)error_set(reterr, ERR_INVALID, "%s", text != NULL && text[0] != '\0' ? text : exit_message(code));
	return code;
}

/* ret_status is set when there is an answer. */
static enum exit_code ask(const struct program_io *io, const struct client_call *call, struct http_question *q,
			  GString *out, long *ret_status, struct error *reterr)
{
	int64_t timeout_ms = call->timeout_ms == 0 ? CLIENT_TIMEOUT_MS : call->timeout_ms;
	q->socket = client_socket(io, call);
	q->timeout_ms = timeout_ms < 0 ? 0 : timeout_ms;
	enum err e = http_ask(q, ANSWER_MAX, ret_status, out, reterr);
	return e == ERR_OK ? EXIT_OK : unreachable(e, reterr);
}

/* ---- JSON ---- */

static enum exit_code ask_json(const struct program_io *io, const struct client_call *call, struct http_question *q,
			       json_t **ret, struct error *reterr)
{
	GString *out = g_string_new(NULL);
	json_error_t why;
	long status = 0;
	json_t *answer = NULL;
	enum exit_code code = ask(io, call, q, out, &status, reterr);
	if (code == EXIT_OK) {
		answer = json_loadb(out->str, out->len, JSON_DECODE_ANY, &why);
		code = judge(answer, status, reterr);
		if (code == EXIT_OK && answer == NULL) {
			(void)error_set(reterr, ERR_INVALID, "%s: the manager's answer is no JSON: %s", q->path,
					why.text);
			code = EXIT_PROTOCOL;
		}
	}
	(void)g_string_free(out, TRUE);
	if (code == EXIT_OK && ret != NULL)
		*ret = answer;
	else
		json_decref(answer);
	return code;
}

enum exit_code client_get(const struct program_io *io, const struct client_call *call, const char *path, json_t **ret,
			  struct error *reterr)
{
	struct http_question q = {.path = path};
	return ask_json(io, call, &q, ret, reterr);
}

enum exit_code client_post(const struct program_io *io, const struct client_call *call, const char *path, json_t *body,
			   struct error *reterr)
{
	char *text = body != NULL ? json_dumps(body, JSON_COMPACT) : g_strdup("");
	struct http_question q = {.path = path, .body = text, .body_size = strlen(text), .type = "application/json"};
	enum exit_code code = ask_json(io, call, &q, NULL, reterr);
	if (body != NULL)
		free(text);
	else
		g_free(text);
	json_decref(body);
	return code;
}

enum exit_code client_wait(const struct program_io *io, const struct client_call *call, int64_t wait_ms,
			   struct error *reterr)
{
	struct client_call patient = *call;
	patient.timeout_ms = wait_ms + WAIT_SPARE_MS;
	return client_post(io, &patient, "/v1/wait", json_pack("{s:I}", "timeout_ms", (json_int_t)wait_ms), reterr);
}

/* ---- the configuration ---- */

static void add_argument(GString *path, const char *name, const char *value)
{
	if (value == NULL)
		return;
	char *escaped = g_uri_escape_string(value, NULL, FALSE);
	g_string_append_printf(path, "%c%s=%s", strchr(path->str, '?') == NULL ? '?' : '&', name, escaped);
	g_free(escaped);
}

static void add_flag(GString *path, const char *name, bool value)
{
	if (value)
		add_argument(path, name, "true");
}

/* A verdict is known by its exit code; EXIT_OK means EDIT_DONE. */
static bool verdict_of(enum exit_code code, enum edit_verdict *ret)
{
	for (int v = EDIT_DONE; v <= EDIT_PRESENT; v++)
		if (v != EDIT_NOTHING && edit_verdict_exit((enum edit_verdict)v) == (int)code) {
			*ret = (enum edit_verdict)v;
			return true;
		}
	return false;
}

enum exit_code client_cib_edit(const struct program_io *io, const struct client_call *call, const struct edit *c,
			       enum edit_verdict *ret_verdict, struct error *reterr)
{
	GString *path = g_string_new("/v1/cib");
	GString *out = g_string_new(NULL);
	const char *body = c->body != NULL ? c->body : "";
	long status = 0;
	add_argument(path, "op", edit_kind_word(c->kind));
	add_argument(path, "scope", c->scope);
	add_argument(path, "xpath", c->xpath);
	add_argument(path, "client", call->client);
	add_argument(path, "user", call->user);
	add_flag(path, "allow-create", c->allow_create);
	add_flag(path, "force", c->force);
	add_flag(path, "score", c->expand_scores);
	struct http_question q = {
		.path = path->str, .body = body, .body_size = strlen(body), .type = "application/xml"};
	enum exit_code code = ask(io, call, &q, out, &status, reterr);
	if (code == EXIT_OK) {
		json_t *answer = json_loadb(out->str, out->len, 0, NULL);
		code = judge(answer, status, reterr);
		json_decref(answer);
		if (verdict_of(code, ret_verdict))
			code = EXIT_OK;
	}
	(void)g_string_free(out, TRUE);
	(void)g_string_free(path, TRUE);
	return code;
}

enum exit_code client_cib_query(const struct program_io *io, const struct client_call *call, const char *scope,
				const char *xpath, bool no_children, GString *out, enum edit_verdict *ret_verdict,
				struct error *reterr)
{
	GString *path = g_string_new("/v1/cib");
	gsize before = out->len;
	long status = 0;
	add_argument(path, "scope", scope);
	add_argument(path, "xpath", xpath);
	add_argument(path, "user", call->user);
	add_flag(path, "no-children", no_children);
	struct http_question q = {.path = path->str};
	enum exit_code code = ask(io, call, &q, out, &status, reterr);
	if (code == EXIT_OK && status != 200) {
		json_t *answer = json_loadb(out->str + before, out->len - before, 0, NULL);
		code = judge(answer, status, reterr);
		json_decref(answer);
		if (verdict_of(code, ret_verdict))
			code = EXIT_OK;
	} else if (code == EXIT_OK) {
		*ret_verdict = EDIT_DONE;
	}
	if (status != 200)
		(void)g_string_truncate(out, before);
	(void)g_string_free(path, TRUE);
	return code;
}
