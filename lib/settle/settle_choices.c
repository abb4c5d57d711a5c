/* settle_choices.c - the choices for a channel: the cost of each in messages to the ledger, its gain in money, and its time.
 */
#include "settle/settling_private.h"

static int64_t settled_at(const struct settling *settling)
{
	int64_t at = settling->epoch + PAYCH_SETTLE_DELAY;

	if (settling->head.settling_at != 0)
		return settling->head.settling_at;
	return at < settling->head.min_settle_height ? settling->head.min_settle_height : at;
}

enum status settling_choices(struct settling *settling)
{
	bool open = settling->head.settling_at == 0;
	struct settle_report line = {.step = SETTLE_CHOICE, .choice = CHOOSE_SUBMIT, .messages = settling->messages};

	if (!settling_unspent(settling, &line.unspent))
		return STATUS_BAD_AMOUNT;
	if (!open && settling->messages == 0) /* there is no choice */
		return STATUS_OK;
	line.amount = settling->gain;
	line.until = open ? 0 : settling->head.settling_at;
	if (settling->messages != 0)
		settling_report(settling, line);
	if (open) {
		line.choice = CHOOSE_CLOSE;
		line.messages = settling->messages + 2; /* two more: settle, collect */
		line.until = settled_at(settling);
		if (!settling_due(settling, &line.amount))
			return STATUS_BAD_AMOUNT;
		settling_report(settling, line);
	}
	line.choice = CHOOSE_WAIT;
	line.messages = 0;
	line.amount = settling->gain;
	line.until = open ? 0 : settling->head.settling_at;
	settling_report(settling, line);
	return STATUS_OK;
}
