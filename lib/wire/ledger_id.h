/* ledger_id.h - the identity of a ledger, so that a store is not used with another ledger. */
#ifndef WIRE_LEDGER_ID_H
#define WIRE_LEDGER_ID_H

#include "wire/address.h"

#define LEDGER_GENESIS_SIZE 32
#define LEDGER_ID_TEXT_MAX  24

/** struct ledger_id - by value. */
struct ledger_id {
	enum network network;
	uint8_t genesis
		[LEDGER_GENESIS_SIZE]; /* drawn at random when the ledger was made; all zero for a ledger that is older than this member */
};

bool ledger_id_equal(const struct ledger_id *a, const struct ledger_id *b);
/** ledger_id_text - the name of a ledger for people: the network's letter, a dash, 16 hexadecimal digits; returns @text, of LEDGER_ID_TEXT_MAX bytes. */
char *ledger_id_text(char *text, const struct ledger_id *id);
/** ledger_id_is_text - has @text the form of such a name? */
bool ledger_id_is_text(struct span text);

#endif
