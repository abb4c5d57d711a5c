/* trade.h - one content from several providers, each of them a process of its own, as with retrieve and serve.
 *
 * A party is opened by its name: its store is HOME-name in the scratch folder
 * and its key is made of the name. The client is "client"; providers have one
 * letter each. trade_end() holds every store to all invariants, by the checker
 * of inspect --verify.
 */
#ifndef TESTS_TRADE_H
#define TESTS_TRADE_H

#include "buyer/buying.h"
#include "buyer/propose.h"
#include "goods.h"
#include "party/party.h"

#define SLOWLY 100 /* an interval less than a block: each one comes alone, and is paid for before the next */

/** repeating - chunks that repeat; large - more blocks than one step of inheriting takes. */
extern struct goods repeating, large;
void contents_make(void);
void contents_release(void);

void open_named(struct party *p, const char *name);
void close_named(struct party *p);
struct address address_of_name(const char *name);

/** trade_begin - a ledger on which the client has money. */
void trade_begin(void);

/** trade_end - check the client and each of @providers, and remove their state. */
void trade_end(const char *providers);
void check_named(const char *name);

void trade_offer(const char *name, const struct goods *c, uint64_t unseal, uint64_t price, uint64_t interval);
struct proposal_request trade_request(
	const char *provider, const struct goods *c, uint64_t unseal, uint64_t price, uint64_t interval);

/** trade_propose - a deal that trade() is to ask for; its id. */
uint64_t trade_propose(const char *provider, const struct goods *c, uint64_t unseal, uint64_t interval);
struct client_deal trade_client_deal(uint64_t id);
struct provider_deal trade_provider_deal(const char *name, uint64_t id);

/** struct trade - one connection, as the client has it. */
struct trade {
	volatile int stop;
	uint64_t stop_after;  /* received blocks; UINT64_MAX to go on to the end */
	uint64_t block_bytes; /* that came */
	bool deaf;            /* stop with the first frame, before it is taken */
};

/** trade - go through a deal with a provider, over a connection of its own, until it is over or @x says stop. */
enum status trade(struct trade *x, const char *provider, uint64_t deal, uint64_t from);

/** cut_off - a deal with @provider that is cut off after @blocks blocks; its id. */
uint64_t cut_off(const char *provider, const struct goods *c, uint64_t blocks);

/** is_whole - whether the client's CAR of a deal is that of @c, byte for byte. */
int is_whole(uint64_t deal, const struct goods *c);

/** check_rest - both sides have completed; nothing was paid but what @provider brought, and all is there. */
void check_rest(uint64_t deal, const char *provider, uint64_t inherited, uint64_t came, uint64_t unseal);

/** check_as_recording - what was said on the last connection, as a recording, holds together. */
void check_as_recording(void);

#endif
