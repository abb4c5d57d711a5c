/* ledger_id.c - names of ledgers. Does not know how a ledger works. */
#include "wire/ledger_id.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool ledger_id_equal(const struct ledger_id *a, const struct ledger_id *b)
{
	return a->network == b->network && memcmp(a->genesis, b->genesis, sizeof(a->genesis)) == 0;
}

char *ledger_id_text(char *text, const struct ledger_id *id)
{
	snprintf(text, LEDGER_ID_TEXT_MAX, "%c-%016" PRIx64, (char)id->network,
		span_number(span_of(id->genesis, sizeof(id->genesis)), 0));
	return text;
}

static bool is_hex(uint8_t digit)
{
	return (digit >= '0' && digit <= '9') || (digit >= 'a' && digit <= 'f');
}

bool ledger_id_is_text(struct span text)
{
	if (text.len != 18 || (text.data[0] != NETWORK_MAIN && text.data[0] != NETWORK_TEST) || text.data[1] != '-')
		return false;
	for (size_t i = 2; i < text.len; i++)
		if (!is_hex(text.data[i]))
			return false;
	return true;
}
