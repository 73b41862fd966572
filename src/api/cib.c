/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /v1/cib: the configuration with its status, as XML; reading it, and changing it. */
#include "api/api-internal.h"

#include <string.h>

static const char *const verdict_texts[] = {
	[EDIT_ABSENT] = "nothing matches",
	[EDIT_DENIED] = "you may read nothing of it",
	[EDIT_MALFORMED] = "the question cannot be read",
};

/* With whose rights: the caller's, or those of user=NAME, which root and hacluster may say. The groups of NAME are not
 * looked up, because that may block. False: the exchange was refused. */
static bool take_user(struct exchange *x, struct access_user *ret)
{
	const char *as = exchange_argument(x, "user");
	*ret = exchange_user(x);
	if (as == NULL)
		return true;
	bool may = strcmp(ret->name, "root") == 0 || strcmp(ret->name, "hacluster") == 0;
	if (may)
		*ret = (struct access_user){.name = as};
	else
		exchange_refuse(x, HTTP_FORBIDDEN, "only root and hacluster may act as somebody else");
	return may;
}

void page_query(struct exchange *x)
{
	const struct cluster_state *s = controller_state(exchange_controller(x));
	struct access_user user;
	if (!take_user(x, &user))
		return;
	struct error error = {.text = ""};
	GString *out = g_string_new(NULL);
	enum edit_verdict v = query_print(s->document, exchange_argument(x, "scope"), exchange_argument(x, "xpath"),
					  exchange_flag(x, "no-children"), &user, out, &error);
	if (v == EDIT_DONE) {
		exchange_answer(x, HTTP_OK, "application/xml", out);
		return;
	}
	(void)g_string_free(out, TRUE);
	const char *text = error.text[0] != '\0'                                                 ? error.text
			   : (size_t)v < G_N_ELEMENTS(verdict_texts) && verdict_texts[v] != NULL ? verdict_texts[v]
												 : "it cannot be read";
	unsigned int status = v == EDIT_ABSENT ? HTTP_ABSENT : v == EDIT_DENIED ? HTTP_FORBIDDEN : HTTP_BAD;
	exchange_answer_json(x, status, json_pack("{s:s, s:i}", "error", text, "exit", edit_verdict_exit(v)));
}

void page_change(struct exchange *x)
{
	struct request r = {.kind = REQUEST_CHANGE};
	struct edit *e = &r.change.edit;
	const char *op = exchange_argument(x, "op"), *client = exchange_argument(x, "client");
	if (op == NULL || !edit_kind_parse(op, &e->kind)) {
		exchange_refuse(x, HTTP_BAD, "op=%s is no change; see /v1/openapi.json", op != NULL ? op : "");
		return;
	}
	if (memchr(x->body->str, '\0', x->body->len) != NULL) {
		exchange_refuse(x, HTTP_BAD, "the body has a zero byte");
		return;
	}
	struct access_user user;
	if (!take_user(x, &user))
		return;
	e->scope = exchange_argument(x, "scope");
	e->xpath = exchange_argument(x, "xpath");
	e->body = x->body->len > 0 ? x->body->str : NULL;
	e->allow_create = exchange_flag(x, "allow-create");
	e->force = exchange_flag(x, "force");
	e->expand_scores = exchange_flag(x, "score");
	r.change.by = (struct edit_author){
		.user = user,
		.node = controller_name(exchange_controller(x)),
		.client = client != NULL ? client : "api",
		.when = loop_wall(),
	};
	exchange_wish(x, &r);
}
