/* settle_when.c - reads the setting that says when vouchers are submitted. */
#include "tool/settle_when.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define WORD_MAX     64
#define MARGIN_LEAST 600 /* seconds: a message may need some minutes to be on the ledger */

/* "2h" and not "2fil": a number and one letter. */
static bool is_duration(const char *word)
{
	size_t digits = strspn(word, "0123456789");

	return digits != 0 && word[digits] != '\0' && word[digits + 1] == '\0';
}

static void read_word(struct tool *t, struct settle_when *when, const char *word)
{
	if (strcmp(word, "spent") == 0) {
		when->spent = true;
	} else if (is_duration(word)) {
		when->margin = (int64_t)tool_parse_seconds(t, word);
		if (when->margin < MARGIN_LEAST)
			tool_fail(t, STATUS_USAGE,
				"--when %s: a message may need minutes to be on the ledger: give at least 10m", word);
	} else if (isdigit((unsigned char)*word)) {
		when->amount = tool_parse_amount(t, word);
		if (amount_is_zero(&when->amount))
			tool_fail(t, STATUS_USAGE, "--when %s: give an amount above 0", word);
	} else {
		tool_fail(t, STATUS_USAGE,
			"--when: '%s' is neither 'spent' nor an amount nor a duration, as in spent,0.1fil,2h", word);
	}
}

void tool_settle_when(struct tool *t, struct settle_policy *policy)
{
	const char *next = tool_setting(t, "when", "RETRIEVAL_WHEN");

	while (next != NULL) {
		size_t len = strcspn(next, ",");
		char word[WORD_MAX];

		snprintf(word, sizeof(word), "%.*s", (int)len, next);
		read_word(t, &policy->when, word);
		policy->keep_open = policy->spare = true;
		next = next[len] == ',' ? next + len + 1 : NULL;
	}
}
