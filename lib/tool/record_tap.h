/* record_tap.h - passes the frames of a tool to a recorder, if --record or RETRIEVAL_RECORD asks for a recording.
 *
 * No secret key is recorded unless RETRIEVAL_RECORD_KEYS=1.
 */
#ifndef TOOL_RECORD_TAP_H
#define TOOL_RECORD_TAP_H

#include "peer/connection.h"
#include "tool/tool.h"

/** record_tap_open - open the recorder, if a recording is wanted and the recorder is not open; explained. The statuses of recorder_open(). */
MUST_CHECK enum status record_tap_open(struct tool *t);
/** record_tap_connect - open the recorder, and pass it the frames of @connection. The same statuses. */
MUST_CHECK enum status record_tap_connect(struct tool *t, struct connection *connection);
/** record_tap_read, record_tap_wrote - one frame that was read; whole frames that were written. Do nothing without a recording. */
void record_tap_read(struct tool *t, const struct frame *frame);
void record_tap_wrote(struct tool *t, struct span frames);
/** record_tap_finish - add the events and the results of the deal; @s, or why the recording failed if @s is OK or of the class PAYMENT. Needs the party open. */
MUST_CHECK enum status record_tap_finish(struct tool *t, enum status s);

#endif
