/* car_verify.h - the sections of a CAR, front to back, each hashed on the way; on all cores if there is much to hash.
 *
 * Memory: some 5 MiB, or twice the largest block if that is more.
 */
#ifndef IPLD_CAR_VERIFY_H
#define IPLD_CAR_VERIFY_H

#include "ipld/car.h"

struct car_verifier;

/** car_verifier_new - verify what is left of @car, which is borrowed until car_verifier_free(), and only for its roots and its end meanwhile: it is read ahead. */
MUST_CHECK enum status car_verifier_new(struct car_verifier **v, struct car_reader *car);
/**
 * car_verifier_next - the next section, and whether it is what its CID says.
 * @section: out; its block is borrowed until the next call.
 * The statuses are those of car_next(), in the same order; and BAD_HASH or UNKNOWN_HASH, with @section filled: the next
 * call goes on behind it.
 */
MUST_CHECK enum status car_verifier_next(struct car_verifier *v, struct car_section *section);
/** car_verifier_offset - where the next section begins, from the start of the file: the one that failed, if reading it did. */
uint64_t car_verifier_offset(const struct car_verifier *v);
/** car_verifier_free - harmless on NULL. */
void car_verifier_free(struct car_verifier *v);

#endif
