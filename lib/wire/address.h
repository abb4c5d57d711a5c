/* address.h - Filecoin addresses: f0 id, f1 secp256k1, f2 actor, f3 BLS. */
#ifndef WIRE_ADDRESS_H
#define WIRE_ADDRESS_H

#include "base/bytes.h"
#include "base/key.h"
#include "ipld/cbor.h"

#define ADDRESS_MAX      49 /* protocol byte and 48 bytes */
#define ADDRESS_TEXT_MAX 96

enum address_protocol { ADDRESS_ID, ADDRESS_SECP256K1, ADDRESS_ACTOR, ADDRESS_BLS };
enum network { NETWORK_MAIN = 'f', NETWORK_TEST = 't' };

/** struct address - by value; all zero is "no address". */
struct address {
	uint8_t bytes[ADDRESS_MAX];
	uint8_t len;
};

bool address_is_none(const struct address *a);
bool address_equal(const struct address *a, const struct address *b);
enum address_protocol address_protocol(const struct address *a);
/** address_is_key - is it an f1 or f3 address, the only ones whose owner surely has a key that signs? False for no address. */
bool address_is_key(const struct address *a);
struct span address_span(const struct address *a);
/** address_decode - read the byte form; BAD_ADDRESS for a wrong protocol, length, or id varint. */
MUST_CHECK enum status address_decode(struct address *a, struct span buf);
/** address_parse - read the text; @network (may be NULL) is set from the first letter. BAD_CHECKSUM if only the checksum is wrong. */
MUST_CHECK enum status address_parse(struct address *a, enum network *network, struct span text);
/** address_text - write the text to @text, of ADDRESS_TEXT_MAX bytes; returns @text. */
char *address_text(char *text, const struct address *a, enum network network);
/** address_read, address_write - one address as the next item of a larger message: a byte string, never empty. */
void address_read(struct cbor_reader *r, struct address *a);
void address_write(struct bytes *b, const struct address *a);
/** address_of_key - the f1 address: blake2b-160 of the 65-byte public key. */
struct address address_of_key(const uint8_t public[KEY_PUBLIC_SIZE]);
/** address_of_actor - the f2 address of an actor made with @seed: blake2b-160 of @seed. */
struct address address_of_actor(struct span seed);
/** address_of_id - the f0 address. */
struct address address_of_id(uint64_t id);
/** address_id - the number of an f0 address; BAD_ADDRESS for any other address. */
MUST_CHECK enum status address_id(uint64_t *id, const struct address *a);

#endif
