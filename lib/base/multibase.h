/* multibase.h - bytes as text: the bases that CIDs, addresses and vouchers use. */
#ifndef BASE_MULTIBASE_H
#define BASE_MULTIBASE_H

#include "base/bytes.h"

enum base {
	BASE16,    /* lower case, multibase 'f' */
	BASE32,    /* RFC 4648 lower case without padding, multibase 'b' */
	BASE36,    /* lower case, multibase 'k' */
	BASE58,    /* Bitcoin alphabet, multibase 'z' */
	BASE64,    /* RFC 4648 without padding, multibase 'm' */
	BASE64URL, /* RFC 4648 URL alphabet without padding, multibase 'u' */
};

/** base_encode - append @in in @base, without a multibase prefix; the time is quadratic in base 36 and 58. */
void base_encode(struct bytes *out, enum base base, struct span in);
/**
 * base_decode - append the bytes that @text, without a multibase prefix, stands for.
 * @out: its content is as before on failure.
 * BAD_TEXT on a letter outside the alphabet (upper case, padding and space too), stray bits that are not zero, or a
 * length that no bytes give.  TOO_LARGE above 4096 characters in base 36 or 58, whose cost is quadratic.
 * Source: RFC 4648; multiformats/multibase.
 */
MUST_CHECK enum status base_decode(struct bytes *out, enum base base, struct span text);
/** multibase_decode - the same, the base taken from the first letter (f F b B k K z m u); F B K want upper case. */
MUST_CHECK enum status multibase_decode(struct bytes *out, struct span text);

#endif
