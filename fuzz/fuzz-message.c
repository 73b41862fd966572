/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A message of a manager, from bytes: what is read is written again as it was, and applying it to a common state leaves
 * that sound, as do the texts in it that are read later: entries, histories, attributes.
 */
#include "controller/state.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char configuration[] =
	"<cib admin_epoch='0' epoch='5' num_updates='0' validate-with='pacemaker-4.0' crm_feature_set='3.20.5'>"
	"<configuration><crm_config/><nodes><node id='1' uname='one'/><node id='2' uname='two'/></nodes><resources/>"
	"<constraints/></configuration><status><node_state id='1' uname='one' in_ccm='true' crmd='online' "
	"join='member' "
	"expected='member'/><node_state id='2' uname='two'/></status></cib>";

static void check_same_bytes(const struct message *m, struct bytes in)
{
	GByteArray *again = g_byte_array_new();
	message_encode(m, again);
	assert(again->len == in.len);
	assert(memcmp(again->data, in.data, in.len) == 0);
	g_byte_array_free(again, TRUE);
}

static void agree(struct manager_view *v, struct cluster_state *s, struct statement *said, struct arena *arena)
{
	struct agreement a;
	struct member self = v->self;
	struct document *d;
	said->members[0] = self;
	said->member_count = 1;
	view_change(v, &self, 1);
	if (!view_state_of(v, self, said))
		return;
	cluster_state_compose(s, v, s->document, NULL, 0, arena, &a);
	assert(view_agree(v, self, &a, view_next_epoch(v)));
	enum err e = document_parse(a.document, strlen(a.document), "agreement", &d, NULL);
	assert(e == ERR_OK);
	cluster_state_take_document(s, d);
	cluster_state_take_rest(s, &a);
	cluster_state_check(s);
}

static void apply(struct message *m, struct arena *arena)
{
	struct cluster_state s;
	struct manager_view v;
	struct cluster_state_answer answer = {0};
	struct member self = {{1}, 7};
	struct document *d;
	struct statement said = {.name = "one", .digest = "", .feature_set = "", .release = "", .start_state = ""};
	enum err e = document_parse(configuration, strlen(configuration), "test", &d, NULL);
	assert(e == ERR_OK);
	cluster_state_init(&s);
	cluster_state_take_document(&s, d);
	view_init(&v, self);
	agree(&v, &s, &said, arena);
	for (int i = 0; i < 2; i++) {
		(void)cluster_state_apply(&s, &v, &self, m, &answer);
		cluster_state_check(&s);
		g_free(answer.text);
	}
	if (m->kind == MESSAGE_STATEMENT)
		agree(&v, &s, &m->statement, arena);
	if (m->kind == MESSAGE_AGREEMENT)
		cluster_state_take_rest(&s, &m->agreement);
	cluster_state_check(&s);
	view_fini(&v);
	cluster_state_fini(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	struct message m;
	struct error error = {0};
	struct bytes in = bytes_of(data, size);
	if (message_decode(in, &arena, &m, &error) == ERR_OK) {
		check_same_bytes(&m, in);
		apply(&m, &arena);
	} else {
		assert(error.text[0] != '\0');
	}
	arena_fini(&arena);
	return 0;
}
