/* offer - offer the content of a CAR for a price, or look at what is offered.
 *
 * offer set [-aq] [--price AMOUNT] [--unseal AMOUNT] [--interval SIZE] [--increase SIZE] [--pay-to ADDRESS]
 *       [--root CID] [--valid DURATION] [-o FILE] CAR
 * offer get [-a] [-o FILE] CID|@
 * offer list [--json]
 * offer move [-q] CID CAR
 * offer remove [-q] CID
 */
#include "offer/offer.h"

static const struct tool_option options[] = {
	{"output", 'o', "FILE", "where the offer goes (default: standard output)"},
	{"text", 'a', NULL, "write the offer as one line of base64url"},
	{"price", 0, "AMOUNT", "the price of a byte (default: 2afil)"},
	{"unseal", 0, "AMOUNT", "the price of unsealing, due before the first byte (default: 0)"},
	{"interval", 0, "SIZE", "bytes sent before the first payment is due (default: 1MiB)"},
	{"increase", 0, "SIZE", "bytes by which the interval grows after each payment (default: 1MiB)"},
	{"pay-to", 0, "ADDRESS", "who is paid (default: the address of the key)"},
	{"root", 0, "CID", "the root to offer, of a CAR that has none or several"},
	{"valid", 0, "DURATION", "the signed offer ends after DURATION (default: it names no end)"},
	{NULL, 0, NULL, NULL},
};
static const struct tool_spec spec = {
	"offer",
	"set [-aq] [--price AMOUNT] [--unseal AMOUNT] [--interval SIZE] [--increase SIZE] [--pay-to ADDRESS] "
	"[--root CID] [--valid DURATION] [-o FILE] CAR\n"
	"       offer get [-a] [-o FILE] CID|@\n"
	"       offer list [--json]\n"
	"       offer move [-q] CID CAR\n"
	"       offer remove [-q] CID",
	"Offer the content of a CAR for a price, or look at what is offered. Every block of the CAR is\n"
	"checked first. 'set' and 'get' write the offer that clients need, signed with the key of who is paid.",
	options,
};

#define SET_OPTIONS "output text price unseal interval increase pay-to root valid "
static const struct tool_verb verbs[] = {
	{"set", offer_set, 1, 1, "CAR", SET_OPTIONS},
	{"get", offer_get, 1, 1, "CID|@", "output text "},
	{"list", offer_list, 0, 0, "", ""},
	{"move", offer_move, 2, 2, "CID CAR", ""},
	{"remove", offer_remove, 1, 1, "CID", ""},
	{NULL, NULL, 0, 0, NULL, NULL},
};

int main(int argc, char **argv)
{
	struct tool t;

	tool_begin(&t, &spec, argc, argv);
	return tool_end(&t, tool_run_verb(&t, verbs));
}
