/* terms.h - the request of a proposal: an offer, or a CID and terms given as options. */
#ifndef TOOL_TERMS_H
#define TOOL_TERMS_H

#include "buyer/propose.h"
#include "tool/tool.h"

#define DEFAULT_PRICE    2          /* attoFIL per byte, as the original has it */
#define DEFAULT_INTERVAL (1u << 20) /* bytes */
#define DEFAULT_INCREASE (1u << 20) /* bytes */

/** tool_read_whole - a small binary file, or its text form of one base64url line; appended to @out. Exits if it can't be read. */
void tool_read_whole(struct tool *t, struct bytes *out, const char *path, size_t max);

/**
 * tool_read_request - the request made by @what, an offer's file or a CID, and the terms among the tool's options.
 * @r borrows from @owned. False for a CID without terms: a provider has to be asked. Exits with a clear message on a failure.
 */
bool tool_read_request(struct tool *t, const char *what, struct proposal_request *r, struct bytes *owned);
/** tool_request_offer - the same, from an offer in memory. */
void tool_request_offer(struct tool *t, struct proposal_request *r, const struct offer *offer);

/* The options that tool_read_request() looks at. */
#define TERMS_OPTIONS                                                                                                  \
	{"max-total", 0, "AMOUNT", "never pay more than this for the deal (RETRIEVAL_MAX_TOTAL)"},                     \
		{"max-price", 0, "AMOUNT", "never pay more than this per byte (RETRIEVAL_MAX_PRICE)"},                 \
		{"price", 0, "AMOUNT", "price offered for a byte (default: the offer's, or 2afil)"},                   \
		{"unseal", 0, "AMOUNT", "price offered for unsealing (default: the offer's, or 0)"},                   \
		{"interval", 0, "SIZE",                                                                                \
			"bytes received before the first payment is due (default: the offer's, or 1MiB)"},             \
		{"increase", 0, "SIZE",                                                                                \
			"bytes by which the interval grows after each payment (default: the offer's, or 1MiB)"},       \
		{"pay-to", 0, "ADDRESS", "the address to pay, if there is no offer"},                                  \
	{                                                                                                              \
		"size", 0, "SIZE", "the size of the content, if there is no offer"                                     \
	}

#endif
