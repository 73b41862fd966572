/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any sequence of rings and messages: the core's own invariants are the oracle. Input: chunks of {kind and sender,
 * length, bytes}.
 */
#include "sync/sync.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct sync s;
static struct sync_effects fx;
static uint64_t seq;

static void feed(struct sync_event ev)
{
	sync_step(&s, &ev, &fx);
	while (s.state == SYNC_PROCESSING) {
		ev = (struct sync_event){.type = SYNC_EVENT_PROCESSED, .again = (s.view.ring.seq & 1) != 0};
		sync_step(&s, &ev, &fx);
	}
}

static void new_ring(uint8_t bits)
{
	struct view v = {.ring = {node_id_of(1), ++seq}};

	for (uint32_t i = 0; i < 4; i++)
		if (i == 0 || bits & 1u << i)
			node_list_add(&v.members, node_id_of(i + 1));
	for (uint32_t i = 0; i < 4; i++)
		if (bits & 16u << i)
			node_list_add(&v.trans, node_id_of(i + 1));
	feed((struct sync_event){.type = SYNC_EVENT_VIEW, .view = &v});
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t own[] = {0, 2, 3, 5};
	struct reader r = reader_of(bytes_of(data, size));

	seq = 0;
	sync_init(&s, node_id_of(1), own, 4);
	new_ring(read_u8(&r));
	while (reader_left(&r) >= 2) {
		uint8_t what = read_u8(&r), len = read_u8(&r);
		const uint8_t *bytes;

		if (what >= 0xf0) {
			new_ring(len);
			continue;
		}
		if (what >= 0xe0) {
			feed((struct sync_event){.type = SYNC_EVENT_RETRY});
			continue;
		}
		bytes = read_bytes(&r, len);
		if (bytes == NULL)
			break;
		feed((struct sync_event){.type = SYNC_EVENT_MESSAGE,
					 .from = node_id_of(1 + what % 5u),
					 .message = bytes_of(bytes, len)});
	}
	return 0;
}
