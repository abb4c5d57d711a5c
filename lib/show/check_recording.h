/* check_recording.h - does a recording hold together? Its findings carry no number. */
#ifndef SHOW_CHECK_RECORDING_H
#define SHOW_CHECK_RECORDING_H

#include "check/findings.h"
#include "show/show.h"

/** check_recording - read the recording in folder @path, and hold it against itself; @summary gets what is in it. @meta is its meta.json. */
MUST_CHECK enum status check_recording(struct findings *f, json_t **summary, const char *path, const json_t *meta);

#endif
