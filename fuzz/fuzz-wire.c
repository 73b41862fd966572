/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as a message of the ring. What decodes must encode to the same bytes, and so not lose or invent anything,
 * but for fields that nobody reads (a COMMIT's retransmission flag, an MCAST's last two words, targets).
 */
#include "totem/wire.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct wire_token token, token_again;
static struct wire_join join, join_again;
static struct wire_commit commit, commit_again;
static uint8_t out[WIRE_COMMIT_MAX + TOKEN_MAX];

static void check_token(struct bytes b)
{
	struct writer w = writer_of(out, sizeof out);

	if (!wire_decode_token(b, &token))
		return;
	wire_encode_token(&w, node_id_of(1), node_id_of(2), &token);
	assert(w.len == b.len);
	assert(memcmp(out + WIRE_HEAD, b.data + WIRE_HEAD, b.len - WIRE_HEAD) == 0);
	assert(wire_decode_token(writer_bytes(&w), &token_again));
}

static void check_join(struct bytes b)
{
	struct writer w = writer_of(out, sizeof out);

	if (!wire_decode_join(b, &join))
		return;
	wire_encode_join(&w, &join);
	assert(w.len == b.len);
	assert(memcmp(out + WIRE_HEAD, b.data + WIRE_HEAD, b.len - WIRE_HEAD) == 0);
	assert(wire_decode_join(writer_bytes(&w), &join_again));
	assert(join_again.leaving == join.leaving);
}

static void check_commit(struct bytes b)
{
	struct writer w = writer_of(out, sizeof out);

	if (!wire_decode_commit(b, &commit))
		return;
	wire_encode_commit(&w, node_id_of(1), node_id_of(2), &commit);
	assert(w.len == b.len);
	assert(wire_decode_commit(writer_bytes(&w), &commit_again));
	assert(node_list_eq(&commit.members, &commit_again.members));
	assert(commit.memb_index == commit_again.memb_index);
}

static void check_rest(struct bytes b)
{
	struct wire_mcast m;
	struct wire_head head;
	struct ring_id ring;
	node_id from;

	if (wire_decode_mcast(b, &m))
		assert(m.payload.len == b.len - MCAST_HEADER);
	if (wire_decode_merge(b, &from, &ring) || wire_decode_hold_cancel(b, &ring))
		assert(wire_decode_head(b, &head));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes b = bytes_of(data, size);

	check_token(b);
	check_join(b);
	check_commit(b);
	check_rest(b);
	return 0;
}
