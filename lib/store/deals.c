/* deals.c - the parts that the records of client deals and provider deals share.
 *
 * Knows the terms, and checks what was stored. Does not know how deals are
 * found (deal_names.c).
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ipld/selector.h"
#include "store/deals_private.h"

#define PARAMS(member) offsetof(struct deal_params, member)
static const struct field params_fields[] = {
	{"selector", FIELD_ANY_OR_NULL, PARAMS(selector)},
	{"price", FIELD_AMOUNT, PARAMS(price_per_byte)},
	{"interval", FIELD_UINT, PARAMS(payment_interval)},
	{"increase", FIELD_UINT, PARAMS(payment_interval_increase)},
	{"unseal", FIELD_AMOUNT, PARAMS(unseal_price)},
};
const struct record deal_params_record = RECORD(params_fields);

struct key_buffer deal_key(enum deal_side side, uint64_t id)
{
	struct key_buffer key = key_begin(side == SIDE_CLIENT ? 'D' : 'd');
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, id);
	key_text(&key, text);
	return key;
}

enum status deal_restore(const struct deal_parts *parts, const struct deal_extras *stored)
{
	enum selector_kind kind;

	if (stored->request.len != REQUEST_ID_SIZE || stored->message.len >= DEAL_MESSAGE_MAX ||
		stored->state >= DEAL_STATE_COUNT)
		return STATUS_CORRUPT;
	if (selector_parse(&kind, parts->params->selector) != STATUS_OK || terms_check(parts->params) != STATUS_OK)
		return STATUS_CORRUPT;
	memcpy(parts->request, stored->request.data, REQUEST_ID_SIZE);
	memcpy(parts->message, stored->message.data, stored->message.len);
	parts->message[stored->message.len] = '\0';
	if (parts->params->selector.len != 0)
		parts->params->selector = selector_all();
	*parts->state = (enum deal_state)stored->state;
	return STATUS_OK;
}
