/* terms.h - what is proposed: an offer, or a CID and terms given as options. */
#ifndef TOOL_TERMS_H
#define TOOL_TERMS_H

#include "tool/tool.h"

#define DEFAULT_PRICE    2          /* attoFIL per byte, as the original has it */
#define DEFAULT_INTERVAL (1u << 20) /* bytes */
#define DEFAULT_INCREASE (1u << 20) /* bytes */

/** tool_read_whole - a small binary file, or its text form of one base64url line; appended to @out. Exits if it can't be read. */
void tool_read_whole(struct tool *t, struct bytes *out, const char *path, size_t max);

#endif
