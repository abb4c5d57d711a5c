/* deal_account_private.h - our side of one deal, as the store has it: what a receipt says, and what stands beside it in a bundle. */
#ifndef PARTY_DEAL_ACCOUNT_PRIVATE_H
#define PARTY_DEAL_ACCOUNT_PRIVATE_H

#include "party/receipt.h"

/** struct deal_account - our side of one deal, as read from the store in one transaction. */
struct deal_account {
	struct deal_receipt receipt; /* borrows from the members below */
	struct bytes proposal;
	struct ledger_id ledger;
	bool ledger_known;
	struct address channel; /* none: nothing was paid */
	uint64_t lane;
	struct bytes named, vouchers; /* items: as the receipt names them, and as signed */
	size_t voucher_count;
	struct bytes named_list; /* all of @named as an array */
	struct bytes offer;      /* the signed offer; empty if it is not here */
	struct bytes theirs;     /* the seller's receipt, if this is a buyer's account and it came */
	bool accepted;
	uint64_t events;
};

void deal_account_release(struct deal_account *account);
#define CLEAN_ACCOUNT __attribute__((cleanup(deal_account_release)))

/** deal_account_load - read the empty @account. BAD_STATE, explained, for a deal that was never accepted; the statuses of the store. */
MUST_CHECK enum status deal_account_load(struct party *p, struct deal_account *account, const struct deal_name *name);

#endif
