/* answers.h - the answers of several providers to one query, and which is the best. */
#ifndef CMD_QUERY_ANSWERS_H
#define CMD_QUERY_ANSWERS_H

#include "buyer/query.h"
#include "tool/tool.h"

#define ANSWER_REASON_SIZE 320

/** struct answer - the answer of one provider. */
struct answer {
	const char *source;             /* the file's name */
	size_t number;                  /* in the order of reading */
	struct query_response response; /* its message, if the answer can become an offer, is in @message */
	struct bytes message;
	json_t *shown;
	enum status status;              /* OK if the answer can become an offer */
	struct amount cost;              /* then */
	char reason[ANSWER_REASON_SIZE]; /* else */
};

/** struct answers - all of them. */
struct answers {
	struct tool *t;
	struct cid payload; /* of --to-offer; none without */
	const char *source; /* the file being read */
	struct bytes list;  /* of struct answer */
	size_t count;
	enum status failed; /* the first failure of one of several files */
};

/** answers_read - read the answers in the files that the arguments name, or on standard input, and rank them: the cheapest first. */
MUST_CHECK enum status answers_read(struct answers *all);
void answers_release(struct answers *all);
/** answers_at - the answer at @place of the ranking. */
struct answer answers_at(const struct answers *all, size_t place);

/* offer.c; each ends with NOT_FOUND, explained, or the first failure of a file, if no answer is an offer. */
/** answers_report - list all answers. answers_write_offer - write the offer that the best answer makes. */
MUST_CHECK enum status answers_report(struct answers *all);
MUST_CHECK enum status answers_write_offer(struct answers *all);

#endif
