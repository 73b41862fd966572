/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/words.h"

#include <assert.h>
#include <string.h>

enum { DISTANCE_LEN = 40, DISTANCE_FAR = 100 };

const struct word words_transport[] = {
	{"knet", TRANSPORT_KNET, "several links, encryption, compression"},
	{"udpu", TRANSPORT_UDPU, "plain UDP to each node, one link, no encryption"},
	{"udp", TRANSPORT_UDP, "UDP multicast (not in this engine)"},
	{0},
};

const struct word words_link_mode[] = {
	{"passive", LINK_MODE_PASSIVE, "the best link that works carries everything"},
	{"active", LINK_MODE_ACTIVE, "every packet goes over all links"},
	{"rr", LINK_MODE_RR, "packets go over the links in turn"},
	{0},
};

const struct word words_link_transport[] = {
	{"udp", LINK_UDP, "UDP"},
	{"sctp", LINK_SCTP, "SCTP"},
	{0},
};

const struct word words_ip_version[] = {
	{"ipv4", IP_VERSION_4, "names are looked up as IPv4 only"},
	{"ipv6", IP_VERSION_6, "names are looked up as IPv6 only"},
	{"ipv4-6", IP_VERSION_4_6, "IPv4, else IPv6"},
	{"ipv6-4", IP_VERSION_6_4, "IPv6, else IPv4"},
	{0},
};

const struct word words_dscp[] = {
	{"cs0", 0, "class 0"},
	{"cs1", 8, "class 1"},
	{"cs2", 16, "class 2"},
	{"cs3", 24, "class 3"},
	{"cs4", 32, "class 4"},
	{"cs5", 40, "class 5"},
	{"cs6", 48, "class 6"},
	{"cs7", 56, "class 7"},
	{"af11", 10, "assured 1, low drop"},
	{"af12", 12, "assured 1, medium drop"},
	{"af13", 14, "assured 1, high drop"},
	{"af21", 18, "assured 2, low drop"},
	{"af22", 20, "assured 2, medium drop"},
	{"af23", 22, "assured 2, high drop"},
	{"af31", 26, "assured 3, low drop"},
	{"af32", 28, "assured 3, medium drop"},
	{"af33", 30, "assured 3, high drop"},
	{"af41", 34, "assured 4, low drop"},
	{"af42", 36, "assured 4, medium drop"},
	{"af43", 38, "assured 4, high drop"},
	{"ef", 46, "expedited"},
	{0},
};

const struct word words_crypto_model[] = {
	{"nss", 0, "Mozilla's library"},
	{"openssl", 1, "OpenSSL"},
	{"gcrypt", 2, "GnuPG's library, where knet was built with it"},
	{0},
};

const struct word words_crypto_cipher[] = {
	{"none", 0, "packets are readable"},
	{"aes256", 256, "AES with 256 bits"},
	{"aes192", 192, "AES with 192 bits"},
	{"aes128", 128, "AES with 128 bits"},
	{0},
};

const struct word words_crypto_hash[] = {
	{"none", 0, "packets are not authenticated"},
	{"md5", 1, "MD5 (weak)"},
	{"sha1", 2, "SHA-1 (weak)"},
	{"sha256", 3, "SHA-256"},
	{"sha384", 4, "SHA-384"},
	{"sha512", 5, "SHA-512"},
	{0},
};

const struct word words_compression[] = {
	{"none", 0, "no compression"},
	{"zlib", 1, "zlib"},
	{"lz4", 2, "LZ4"},
	{"lz4hc", 3, "LZ4, slower and smaller"},
	{"lzo2", 4, "LZO"},
	{"lzma", 5, "LZMA"},
	{"bzip2", 6, "bzip2"},
	{"zstd", 7, "Zstandard"},
	{0},
};

const struct word words_yes_no[] = {{"yes", 1, "yes"}, {"no", 0, "no"}, {0}};
const struct word words_on_off[] = {{"on", 1, "on"}, {"off", 0, "off"}, {0}};
const struct word words_switch[] = {{"yes", 1, "yes"}, {"no", 0, "no"}, {"on", 1, "yes"}, {"off", 0, "no"}, {0}};

const struct word words_debug[] = {
	{"off", DEBUG_OFF, "no debug messages"},
	{"on", DEBUG_ON, "debug messages"},
	{"trace", DEBUG_TRACE, "debug messages and traces"},
	{0},
};

const struct word words_timestamp[] = {
	{"off", TIMESTAMP_OFF, "no time"},
	{"on", TIMESTAMP_ON, "seconds"},
	{"hires", TIMESTAMP_HIRES, "milliseconds"},
	{0},
};

/* Values are syslog(3)'s, facilities not yet shifted. */
const struct word words_facility[] = {
	{"kern", 0, "the kernel"},
	{"user", 1, "user programs"},
	{"mail", 2, "mail"},
	{"daemon", 3, "daemons"},
	{"auth", 4, "authorisation"},
	{"syslog", 5, "syslog itself"},
	{"lpr", 6, "printing"},
	{"news", 7, "news"},
	{"uucp", 8, "UUCP"},
	{"cron", 9, "cron"},
	{"authpriv", 10, "authorisation, private"},
	{"ftp", 11, "FTP"},
	{"local0", 16, "for local use"},
	{"local1", 17, "for local use"},
	{"local2", 18, "for local use"},
	{"local3", 19, "for local use"},
	{"local4", 20, "for local use"},
	{"local5", 21, "for local use"},
	{"local6", 22, "for local use"},
	{"local7", 23, "for local use"},
	{0},
};

const struct word words_priority[] = {
	{"emerg", 0, "the system is unusable"},
	{"alert", 1, "act at once"},
	{"crit", 2, "critical"},
	{"err", 3, "errors"},
	{"error", 3, "errors"},
	{"warning", 4, "warnings"},
	{"notice", 5, "normal but noteworthy"},
	{"info", 6, "information"},
	{"debug", 7, "details"},
	{0},
};

const struct word words_ipc_type[] = {
	{"native", IPC_NATIVE, "the best that the system has"},
	{"shm", IPC_SHM, "shared memory"},
	{"socket", IPC_SOCKET, "sockets"},
	{0},
};

const struct word words_cgroup[] = {
	{"yes", 1, "always"},
	{"no", 0, "never"},
	{"auto", 2, "when real-time scheduling needs it"},
	{0},
};

const struct word words_provider[] = {{"corosync_votequorum", 1, "votes"}, {0}};

const struct word words_heuristics[] = {
	{"off", 0, "none"},
	{"on", 1, "run regularly"},
	{"sync", 2, "run after membership changes"},
	{0},
};

const struct word *word_find(const struct word *table, const char *word)
{
	for (; table->word != NULL; table++)
		if (strcmp(table->word, word) == 0)
			return table;
	return NULL;
}

const char *word_of(const struct word *table, int value)
{
	while (table->word != NULL && table->value != value)
		table++;
	assert(table->word != NULL);
	return table->word;
}

void text_add_words(struct text *t, const struct word *table)
{
	for (size_t i = 0; table[i].word != NULL; i++) {
		if (i > 0)
			text_add(t, table[i + 1].word != NULL ? ", " : " or ");
		text_add(t, "%s", table[i].word);
	}
}

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/* Levenshtein's distance, row by row. */
unsigned int word_distance(const char *a, const char *b)
{
	unsigned int row[DISTANCE_LEN + 1];
	size_t a_len = strlen(a), b_len = strlen(b);

	if (a_len > DISTANCE_LEN || b_len > DISTANCE_LEN || a_len > b_len + WORD_SLIP || b_len > a_len + WORD_SLIP)
		return DISTANCE_FAR;
	for (unsigned int i = 0; i <= b_len; i++)
		row[i] = i;
	for (size_t i = 0; i < a_len; i++) {
		unsigned int corner = row[0];

		row[0]++;
		for (size_t j = 0; j < b_len; j++) {
			unsigned int above = row[j + 1], change = a[i] == b[j] ? 0 : 1;

			row[j + 1] = least(corner + change, least(above, row[j]) + 1);
			corner = above;
		}
	}
	return row[b_len];
}
