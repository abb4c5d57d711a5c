/* status.h - every way in which a call can fail, and the class of each.
 *
 * The library returns one of these and never prints or exits.  Each status
 * belongs to one class; a class is what a script sees as the exit code.
 */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

#define MUST_CHECK __attribute__((warn_unused_result))

/** enum status_class - what a caller should do; the values are exit codes. */
enum status_class {
	CLASS_OK = 0,        /* done, accepted, valid */
	CLASS_NO = 1,        /* a clean no: rejected, differs, not found */
	CLASS_USAGE = 2,     /* the call or the configuration is wrong */
	CLASS_PAYMENT = 3,   /* stopped at an interval: payment needed */
	CLASS_FUNDS = 4,     /* not enough funds; the shortfall is named */
	CLASS_PEER = 5,      /* the stream ended early; state is saved */
	CLASS_MALFORMED = 6, /* bad input, or the peer broke the protocol */
	CLASS_INTEGRITY = 7, /* bytes are not what they claim to be */
	CLASS_STATE = 8,     /* the deal's or channel's state forbids this */
	CLASS_BUSY = 9,      /* the store is in use: wait and retry */
	CLASS_IO = 10,       /* disk, memory or store failed */
	CLASS_EARLY = 11,    /* a time lock or delay is not over, or a message is not on the ledger yet */
};

/* name, class, text.  Texts are lower case, without a full stop. */
#define STATUS_LIST(X)                                                                                                 \
	X(OK, OK, "ok")                                                                                                \
	/* a clean no */                                                                                               \
	X(NOT_FOUND, NO, "not found")                                                                                  \
	X(AMBIGUOUS, NO, "matches more than one")                                                                      \
	X(EXISTS, NO, "exists already with other content")                                                             \
	X(REJECTED, NO, "rejected")                                                                                    \
	X(TOO_DEAR, NO, "above the ceiling")                                                                           \
	X(DIFFERS, NO, "differs")                                                                                      \
	X(TOO_LATE, NO, "came too late: money is lost")                                                                \
	X(UNKNOWN_HASH, NO, "its hash function is not one that is computed here")                                      \
	X(UNKNOWN_CODEC, NO, "its codec is not one that is read here")                                                 \
	/* usage */                                                                                                    \
	X(USAGE, USAGE, "wrong usage")                                                                                 \
	X(BAD_NUMBER, USAGE, "not a number in range")                                                                  \
	X(NO_UNIT, USAGE, "a unit is required")                                                                        \
	X(UNSUPPORTED, USAGE, "not supported")                                                                         \
	X(INSECURE, USAGE, "readable by others")                                                                       \
	X(NOT_ALLOWED, USAGE, "the node does not accept the token")                                                    \
	X(PROTECTED, USAGE, "protected by a passphrase")                                                               \
	X(WRONG_PASSPHRASE, USAGE, "wrong passphrase")                                                                 \
	X(IS_HOME, USAGE, "this folder is the home of a party, not a ledger")                                          \
	X(IS_LEDGER, USAGE, "this folder is a ledger, not the home of a party")                                        \
	X(OTHER_LEDGER, USAGE, "another ledger than the one that the store belongs to")                                \
	/* payment, funds, peer */                                                                                     \
	X(PAYMENT_NEEDED, PAYMENT, "payment needed")                                                                   \
	X(NO_FUNDS, FUNDS, "not enough funds")                                                                         \
	X(END, PEER, "end of stream")                                                                                  \
	X(CUT, PEER, "stream ends inside a frame")                                                                     \
	X(STOPPED, PEER, "stopped by a signal")                                                                        \
	/* malformed bytes */                                                                                          \
	X(TRUNCATED, MALFORMED, "ends too early")                                                                      \
	X(TRAILING, MALFORMED, "bytes after the end")                                                                  \
	X(NOT_MINIMAL, MALFORMED, "integer is not in its shortest form")                                               \
	X(TOO_LARGE, MALFORMED, "larger than allowed")                                                                 \
	X(TOO_DEEP, MALFORMED, "nested too deeply")                                                                    \
	X(BAD_TYPE, MALFORMED, "wrong type")                                                                           \
	X(BAD_VALUE, MALFORMED, "value out of range")                                                                  \
	X(BAD_KEY, MALFORMED, "unknown, missing or misplaced key")                                                     \
	X(DUPLICATE_KEY, MALFORMED, "duplicate key")                                                                   \
	X(NOT_REGULAR, MALFORMED, "not a regular file")                                                                \
	X(BAD_UTF8, MALFORMED, "text is not UTF-8")                                                                    \
	X(BAD_TEXT, MALFORMED, "text is not in this notation")                                                         \
	X(BAD_CHECKSUM, MALFORMED, "checksum does not match")                                                          \
	X(BAD_CID, MALFORMED, "not a CID")                                                                             \
	X(BAD_ADDRESS, MALFORMED, "not an address")                                                                    \
	X(BAD_AMOUNT, MALFORMED, "not a token amount")                                                                 \
	X(BAD_FRAME, MALFORMED, "not a frame")                                                                         \
	X(BAD_SELECTOR, MALFORMED, "not a selector")                                                                   \
	X(BAD_SELECTOR_KIND, MALFORMED, "selector is not supported")                                                   \
	X(BAD_BLOCK, MALFORMED, "block does not decode")                                                               \
	X(BAD_UNIXFS, MALFORMED, "its UnixFS sizes or fields contradict each other or the blocks below")               \
	X(BAD_NAME, MALFORMED, "it has a name that can't be the name of a file")                                       \
	X(BAD_CAR, MALFORMED, "not a CAR")                                                                             \
	X(BAD_CAR_VERSION, MALFORMED, "a CAR of a version that is neither 1 nor 2")                                    \
	X(BAD_ROOT, MALFORMED, "a root of the CAR is not a CID that is read here")                                     \
	X(BAD_CAR_V2, MALFORMED, "a CARv2 whose header names places that the file does not have")                      \
	X(BAD_SECTION, MALFORMED, "a section whose length is no number, or above 8 MiB")                               \
	X(EMPTY_SECTION, MALFORMED, "a section of length 0, and what follows is no padding of zeros")                  \
	X(BAD_MESSAGE, MALFORMED, "message breaks the protocol")                                                       \
	X(UNKNOWN_TYPE, MALFORMED, "unknown voucher type")                                                             \
	/* integrity */                                                                                                \
	X(BAD_HASH, INTEGRITY, "bytes do not match their CID")                                                         \
	X(BAD_SIGNATURE, INTEGRITY, "signature does not verify")                                                       \
	X(WRONG_PART, INTEGRITY, "a part that belongs to something else")                                              \
	X(BAD_KEY_FILE, INTEGRITY, "not a valid key")                                                                  \
	X(CORRUPT, INTEGRITY, "stored record is damaged")                                                              \
	X(ROLLED_BACK, INTEGRITY, "the ledger was put back to an older state")                                         \
	/* state */                                                                                                    \
	X(BAD_STATE, STATE, "state forbids this")                                                                      \
	X(STALE_NONCE, STATE, "voucher nonce is not above the lane's last")                                            \
	X(STALE_AMOUNT, STATE, "voucher amount is not above the lane's last")                                          \
	X(REPLACED, STATE, "another message of the same key has used the nonce")                                       \
	X(WRONG_DEAL, STATE, "belongs to another deal")                                                                \
	X(WRONG_CHANNEL, STATE, "belongs to another channel")                                                          \
	X(NOT_SPENDABLE, STATE, "the ledger would not redeem this voucher")                                            \
	X(OWES_TOO_MUCH, STATE, "the client owes too much for other deals")                                            \
	X(CHANNEL_SETTLING, STATE, "channel is settling")                                                              \
	X(NEWER_VERSION, STATE, "written by a newer version")                                                          \
	/* store and system */                                                                                         \
	X(BUSY, BUSY, "store is busy")                                                                                 \
	X(IO, IO, "input or output failed")                                                                            \
	X(NO_ANSWER, IO, "the ledger does not answer")                                                                 \
	X(NOT_NOW, IO, "not to be had now")                                                                            \
	X(NO_MEMORY, IO, "out of memory")                                                                              \
	X(STORE, IO, "store failed")                                                                                   \
	X(READ_ONLY, IO, "can only be read here")                                                                      \
	/* too early */                                                                                                \
	X(TOO_EARLY, EARLY, "too early")                                                                               \
	X(NOT_FINAL, EARLY, "the channel is not final yet")                                                            \
	X(PENDING, EARLY, "sent, not on the ledger yet")

enum status {
#define STATUS_ENUM(name, class, text) STATUS_##name,
	STATUS_LIST(STATUS_ENUM)
#undef STATUS_ENUM
};

/** status_text - the few words that explain @s to a person; static. */
const char *status_text(enum status s);

/** status_class - the class of @s, which is its exit code. */
enum status_class status_class(enum status s);

#endif
