/* pay.h - the only step that signs vouchers. */
#ifndef BUYER_PAY_H
#define BUYER_PAY_H

#include "party/party.h"

/**
 * buyer_pay - sign the next voucher of a deal, or give the last one again, and append its frame.
 * The voucher is on disk before @frames has it. NO_FUNDS with the shortfall; TOO_DEAR above a ceiling; NOT_FOUND if nothing is due yet.
 * A deal that is over is paid for all that was verified under it, and stays in its state; BAD_STATE where nothing is owed
 * for it and nothing was signed, or where its channel can't be drawn from any more.
 * @max_total: a ceiling for this run, negative for none; @voucher gets the signed bytes if not NULL.
 */
MUST_CHECK enum status buyer_pay(
	struct party *p, struct bytes *frames, struct bytes *voucher, uint64_t deal, const struct amount *max_total);

#endif
