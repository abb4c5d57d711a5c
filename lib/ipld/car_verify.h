/* car_verify.h - the sections of a CAR in order, each hashed, on several cores if there is much to hash.
 *
 * Memory: some 5 MiB, or twice the size of the largest block if larger.
 */
#ifndef IPLD_CAR_VERIFY_H
#define IPLD_CAR_VERIFY_H

#include "ipld/car.h"

struct car_verifier;

/** car_verifier_new - verify the rest of @car, which is borrowed until car_verifier_free(). Until then the caller may use only the roots and the end of @car, because @car is read ahead. */
MUST_CHECK enum status car_verifier_new(struct car_verifier **v, struct car_reader *car);
/**
 * car_verifier_next - the next section, hashed.
 * @section: out; its block is borrowed until the next call.
 * The statuses are those of car_next(), in the same order; and BAD_HASH or UNKNOWN_HASH, with @section set: the next
 * call goes on behind that section.
 */
MUST_CHECK enum status car_verifier_next(struct car_verifier *v, struct car_section *section);
/** car_verifier_offset - the offset of the next section, from the start of the file; after a failed read, the offset of the failed section. */
uint64_t car_verifier_offset(const struct car_verifier *v);
/** car_verifier_free - harmless on NULL. */
void car_verifier_free(struct car_verifier *v);

#endif
