/* forgive.h - a provider writes off what a client owes for a deal. */
#ifndef SELLER_FORGIVE_H
#define SELLER_FORGIVE_H

#include "party/party.h"

/**
 * seller_forgive - the unpaid bytes of deal @id no longer count against the limits of its client (MONEY 15). OK too if
 * the deal owes nothing.
 * The deal keeps its state: to get more, the client still has to pay. From the next bytes on, debts count again.
 */
MUST_CHECK enum status seller_forgive(struct party *party, uint64_t id);

#endif
