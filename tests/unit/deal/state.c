/* state.c - names and finality; the transitions themselves are in tests/vectors/transitions.c. */
#include <stdint.h>

#include "deal/state.h"

#include "../../support/test.h"

int main(void)
{
	static const struct {
		enum deal_state state;
		bool client, provider;
	} rows[] = {
		{DEAL_COMPLETED, true, true},
		{DEAL_ERRORED, true, true},
		{DEAL_CANCELLED, true, true},
		{DEAL_REJECTED, true, false},
		{DEAL_DEAL_NOT_FOUND, true, false},
	};
	unsigned client = 0, provider = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK_EQUAL(deal_is_final(SIDE_CLIENT, rows[i].state), rows[i].client, deal_state_name(rows[i].state));
		CHECK_EQUAL(
			deal_is_final(SIDE_PROVIDER, rows[i].state), rows[i].provider, deal_state_name(rows[i].state));
	}
	for (unsigned state = 0; state < DEAL_STATE_COUNT; state++) {
		client += deal_is_final(SIDE_CLIENT, state);
		provider += deal_is_final(SIDE_PROVIDER, state);
	}
	CHECK_EQUAL(client, 5, "five states are final for a client");
	CHECK_EQUAL(provider, 3, "three states are final for a provider");
	CHECK_TEXT(deal_state_name(DEAL_ONGOING), "DealStatusOngoing", "the name of a state");
	CHECK_TEXT(deal_state_name(DEAL_STATE_COUNT), "DealStatusUnknown", "a state that is none");
	CHECK_TEXT(deal_state_name(UINT32_MAX), "DealStatusUnknown", "a state from a stranger");
	CHECK_TEXT(client_event_name(CLIENT_OPEN), "ClientEventOpen", "the name of a client's event");
	CHECK_TEXT(provider_event_name(PROVIDER_OPEN), "ProviderEventOpen", "the name of a provider's event");
	return test_end();
}
