/* recording.h - what a tool reads and writes, kept in a folder for replay.
 *
 * A recording is of one deal, in the layout of tests/data/vectors/deals:
 * client.frames and provider.frames, one stream per side; frames.jsonl, their
 * order; deal.jsonl, the events of the deal; meta.json, terms and results; and
 * content.car, or the path of the CAR in meta.json.  Both parties may record
 * into one folder, at the same time: a frame that the other one has noted is
 * not recorded again.
 *
 * No secret key is recorded unless RETRIEVAL_RECORD_KEYS=1.
 */
#ifndef TOOL_RECORDING_H
#define TOOL_RECORDING_H

#include "peer/connection.h"
#include "tool/tool.h"

/** recording_open - make the folder, if a recording was asked for (--record, RETRIEVAL_RECORD) and is not open; explained if that fails. */
MUST_CHECK enum status recording_open(struct tool *t);
/** recording_frame - note one frame that was read. A failure is told by recording_finish(). */
void recording_frame(struct tool *t, const struct frame *frame);
/** recording_frames - note whole frames, with their lengths, that were written. */
void recording_frames(struct tool *t, struct span frames);
/** recording_finish - add the deal's new events and its numbers; returns @s, or why the recording failed if @s is OK. Needs the party open. */
MUST_CHECK enum status recording_finish(struct tool *t, enum status s);
/** recording_tap - have a line's frames recorded. */
MUST_CHECK enum status recording_tap(struct tool *t, struct connection *line);
void recording_free(struct tool *t);

#endif
