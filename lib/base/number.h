/* number.h - numbers as people and JSON write them. */
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include "base/bytes.h"

/** number_parse - the whole of @text is a decimal number of up to 64 bits, digits only. BAD_NUMBER, @number untouched, for anything else. */
MUST_CHECK enum status number_parse(uint64_t *number, struct span text);

#endif
