/* replay_private.h - shared by the files of a replay; for lib/replay only. */
#ifndef REPLAY_REPLAY_PRIVATE_H
#define REPLAY_REPLAY_PRIVATE_H

#include "buyer/receive.h"
#include "record/recording.h"
#include "replay/replay.h"

/** struct replay - one recording, and the scene in which it is played again. */
struct replay {
	struct tool *tool;
	const struct replay_options *o;
	const char *name; /* the last part of the folder's path */
	struct recording recording;

	/* The scene. */
	char scratch[64];
	int scratch_lock;         /* the descriptor that holds the folder, unless it is kept */
	const volatile int *stop; /* not 0 after a signal that ends the tool */
	struct party client, provider;
	struct address payer;   /* address of the client's key */
	bool has_key;           /* the key is the recorded client's: signatures can be compared */
	bool has_offer;         /* the provider has an offer */
	struct address channel; /* no address if the deal never had a channel */
	uint64_t lane;
	struct amount top_up; /* added when the channel runs out of funds */
	bool early_channel;   /* the channel was there before the first block */
	struct receiver *receiver;
	uint64_t deal;

	uint64_t differences;
	bool excused;      /* the original failed here: differences are not counted, and only the first is printed */
	char first[320];   /* it */
	bool hit;          /* the fault of the last replay_line() has happened */
	uint64_t vouchers; /* that were compared */
};

/** replay_load - read the recording in @folder; explained, and of the class MALFORMED, if the recording has a flaw. Release r->recording in any case. */
MUST_CHECK enum status replay_load(struct replay *r, const char *folder);
/** replay_broken - explain that @folder is no recording because of @file; BAD_MESSAGE. */
enum status replay_broken(struct replay *r, const char *folder, const char *file, const char *why);
/** replay_need - is @field in meta.json? BAD_MESSAGE, explained. */
MUST_CHECK enum status replay_need(struct replay *r, const char *field);
/** replay_frame - one frame of the recording, in the order of both sides. */
static inline const struct recorded_frame *replay_frame(const struct replay *r, size_t i)
{
	return r->recording.order[i];
}

/** replay_open_scene - two stores, two ledgers, a channel, an offer. @one_key: the provider sees the channel with the address of our client's key as payer. */
MUST_CHECK enum status replay_open_scene(struct replay *r, bool one_key);
void replay_close_scene(struct replay *r);
/** replay_explain - explain the failure @s of a replay, with the message of the side that has one, unless the tool has a message already. */
void replay_explain(struct replay *r, enum status s);

/* The steps of our client. */
MUST_CHECK enum status replay_adopt(struct replay *r, struct bytes *frames, const struct frame *proposal);
/** replay_open_channel - if the deal needs a channel now. */
MUST_CHECK enum status replay_open_channel(struct replay *r);
/** replay_pay - sign, or send again, the voucher that is due; a channel without enough funds is topped up as in the recording. */
MUST_CHECK enum status replay_pay(struct replay *r, struct bytes *frames);
MUST_CHECK enum status replay_client_takes(struct replay *r, const struct frame *frame);

/** struct intent - the effect of a recorded frame. */
struct intent {
	bool proposal, payment, cancel;
	bool gone;                        /* a request is cancelled, which is not the end of its deal */
	bool restart;                     /* a proposal that goes on with a transfer */
	uint8_t request[REQUEST_ID_SIZE]; /* of a proposal */
	uint64_t skip_links;              /* of a proposal: links whose blocks must not be sent again */
};
/** intent_read - the effect of @frame; none for a frame that does not decode. */
struct intent intent_read(const struct frame *frame);
/** replay_next_restart - the client's first restart after frame @index; false if there is none. */
bool replay_next_restart(const struct replay *r, struct intent *restart, size_t index);

/* Comparing. Each difference is printed and counted. */
/** replay_differ - one difference; @frame below 0 for a difference outside frames. Values are borrowed. */
void replay_differ(struct replay *r, int64_t frame, const char *path, const char *recorded, const char *ours);
/** replay_compare - two forms of one frame; @ours is empty if our side did not send the frame. */
void replay_compare(struct replay *r, size_t frame, struct span ours);
/** replay_compare_ends - states, counters and, unless foreign, events. */
void replay_compare_ends(struct replay *r);
/** replay_compare_lists - note the first place in which two lists of text differ, as "@what NUMBER". */
void replay_compare_lists(struct replay *r, const char *what, const json_t *recorded, const json_t *ours);
/** replay_is_excused - the original's client hung or erred here: @why gets the line for the report. */
bool replay_is_excused(const struct replay *r, char *why, size_t size);

/* The facts of a provider's stream, independent of its cut into frames. */
/** struct facts - lines: "accepted", "asks FundsNeeded: 4591 bytes sent, 9182 afil", "complete"; and the links, in order. */
struct facts {
	json_t *words, *links;
	uint64_t sent; /* bytes of blocks so far */
	char last[160];
};
void facts_take(struct facts *f, const struct frame *frame);
void facts_release(struct facts *f);
/** facts_compare - @recorded against @ours. */
void facts_compare(struct replay *r, const struct facts *recorded, const struct facts *ours);

/** replay_play - go through the frames with our sides, and compare. Needs the scene open. */
MUST_CHECK enum status replay_play(struct replay *r);
/** replay_line - a whole deal between our two sides, over a line with a fault, if there is one. Compares vouchers if there is none. */
MUST_CHECK enum status replay_line(struct replay *r, struct fault fault);

#endif
