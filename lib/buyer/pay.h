/* pay.h - the only step that signs vouchers. */
#ifndef BUYER_PAY_H
#define BUYER_PAY_H

#include "party/party.h"

/**
 * buyer_pay - sign the next voucher of a deal, or give the last voucher again, and append its frame.
 * @max_total: a ceiling for this run, negative for none. @voucher: gets the signed bytes if not NULL.
 * The voucher is on disk before @frames gets the frame. A deal that is over is paid for all bytes verified under the
 * deal, and stays in its state.
 * NO_FUNDS with the shortfall; TOO_DEAR above a ceiling; NOT_FOUND if nothing is due yet; BAD_STATE if the deal is over
 * and either nothing is owed and nothing was signed, or its channel can't be drawn from any more.
 */
MUST_CHECK enum status buyer_pay(
	struct party *p, struct bytes *frames, struct bytes *voucher, uint64_t deal, const struct amount *max_total);

#endif
