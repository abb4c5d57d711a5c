/* transitions.c - INVARIANT 19: all 1,624 rows of codec/transitions.tsv: side, from, event, to. */
#include <stdlib.h>

#include "deal/state.h"

#include "../support/test.h"
#include "../support/vectors.h"

static unsigned state_of(const char *name)
{
	unsigned state = 0;

	while (state < DEAL_STATE_COUNT && strcmp(deal_state_name(state), name) != 0)
		state++;
	return state;
}

static struct step step_of(const char *side, unsigned from, const char *event)
{
	if (strcmp(side, "client") == 0) {
		for (unsigned e = 0; e < CLIENT_EVENT_COUNT; e++) {
			if (strcmp(client_event_name(e), event) == 0)
				return client_step(from, e);
		}
	} else {
		for (unsigned e = 0; e < PROVIDER_EVENT_COUNT; e++) {
			if (strcmp(provider_event_name(e), event) == 0)
				return provider_step(from, e);
		}
	}
	return (struct step){STEP_INVALID, DEAL_STATE_COUNT};
}

static const char *text_of(char *text, size_t size, struct step step)
{
	switch (step.kind) {
	case STEP_INVALID:
		return step.to == DEAL_STATE_COUNT ? "no such event" : "-";
	case STEP_UNDEFINED:
		return "undefined";
	case STEP_MOVE:
		return deal_state_name(step.to);
	case STEP_RECORD:
		snprintf(text, size, "%s (record)", deal_state_name(step.to));
		return text;
	}
	return "?";
}

static void check_row(char *line, unsigned number)
{
	char *rest = line, what[200], text[80];
	const char *side = strsep(&rest, "\t"), *from = strsep(&rest, "\t");
	const char *event = strsep(&rest, "\t"), *to = strsep(&rest, "\t");

	snprintf(what, sizeof(what), "row %u: %s %s %s", number, side, from ? from : "", event ? event : "");
	if (!CHECK(to && state_of(from) < DEAL_STATE_COUNT, what))
		return;
	CHECK_TEXT(text_of(text, sizeof(text), step_of(side, state_of(from), event)), to, what);
}

int main(int argc, char **argv)
{
	struct bytes file = {0};
	unsigned rows = 0;

	if (argc > 1 && vectors_file(&file, argv[1], "codec/transitions.tsv")) {
		char *copy = strdup(bytes_text(&file)), *rest = copy, *line;

		strsep(&rest, "\n"); /* the head */
		while (rest && (line = strsep(&rest, "\n")) && *line)
			check_row(line, ++rows);
		CHECK_EQUAL(rows, DEAL_STATE_COUNT * (CLIENT_EVENT_COUNT + PROVIDER_EVENT_COUNT), "every row is there");
		free(copy);
	}
	bytes_release(&file);
	return test_end();
}
