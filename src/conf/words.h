/* SPDX-License-Identifier: GPL-2.0-or-later */
/* words.h - the words that a person can write as a value, each choice once:
 * parsing, messages and the manual come from the same table.
 */
#ifndef CONF_WORDS_H
#define CONF_WORDS_H

#include "base/text.h"

#include <stdbool.h>

/* Tables end with an entry whose word is NULL. */
struct word {
	const char *word;
	int value;
	const char *help;
};

enum conf_transport { TRANSPORT_KNET, TRANSPORT_UDPU, TRANSPORT_UDP };
enum conf_link_mode { LINK_MODE_PASSIVE, LINK_MODE_ACTIVE, LINK_MODE_RR };
enum conf_link_transport { LINK_UDP, LINK_SCTP };
enum conf_ip_version { IP_VERSION_4, IP_VERSION_6, IP_VERSION_4_6, IP_VERSION_6_4 };
enum conf_debug { DEBUG_OFF, DEBUG_ON, DEBUG_TRACE };
enum conf_timestamp { TIMESTAMP_OFF, TIMESTAMP_ON, TIMESTAMP_HIRES };
enum conf_ipc_type { IPC_NATIVE, IPC_SHM, IPC_SOCKET };

extern const struct word words_transport[];
extern const struct word words_link_mode[];
extern const struct word words_link_transport[];
extern const struct word words_ip_version[];
extern const struct word words_dscp[];
extern const struct word words_crypto_model[];
extern const struct word words_crypto_cipher[];
extern const struct word words_crypto_hash[];
extern const struct word words_compression[];
extern const struct word words_yes_no[];
extern const struct word words_on_off[];
extern const struct word words_switch[]; /* yes and on, no and off */
extern const struct word words_debug[];
extern const struct word words_timestamp[];
extern const struct word words_facility[];
extern const struct word words_priority[];
extern const struct word words_ipc_type[];
extern const struct word words_cgroup[];
extern const struct word words_provider[];
extern const struct word words_heuristics[];

/* The entry of a word, or NULL. Case matters. */
const struct word *word_find(const struct word *table, const char *word);
/* The word of a value; the table must have it. */
const char *word_of(const struct word *table, int value);
/* "knet, udpu or udp" */
void text_add_words(struct text *t, const struct word *table);
/* How many letters must be changed, added or removed to make b of a; large when that is more than a slip. */
unsigned int word_distance(const char *a, const char *b);
/* Distances up to this are slips of the finger. */
enum { WORD_SLIP = 2 };

#endif
