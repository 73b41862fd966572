/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any packets of a few senders. Messages must lie within bounds, and when all senders are forgotten no memory is out.
 * Input: chunks of {sender, length / 4, bytes}.
 */
#include "totem/assemble.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t memory[8 << 20] __attribute__((aligned(16)));
static struct pool pool;
static struct assemble as;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = reader_of(bytes_of(data, size));
	volatile uint8_t sum = 0;

	pool_init(&pool, memory, sizeof memory);
	assemble_init(&as, &pool);
	while (reader_left(&r) > 2) {
		uint8_t sender = read_u8(&r);
		size_t n = 4u * read_u8(&r);
		const uint8_t *packet = read_bytes(&r, n);
		struct bytes message;

		if (packet == NULL)
			break;
		if (!assemble_packet(&as, node_id_of(1 + sender % 4u), bytes_of(packet, n)))
			continue;
		while (assemble_next(&as, &message)) {
			assert(message.len <= MESSAGE_MAX);
			for (size_t i = 0; i < message.len; i++)
				sum = (uint8_t)(sum + message.data[i]);
		}
		if (sender >= 0xf0) {
			struct node_list stay = {.count = 1, .ids = {{2}}};

			assemble_keep(&as, &stay);
		}
	}
	assemble_clear(&as);
	assert(pool.used == 0);
	return 0;
}
