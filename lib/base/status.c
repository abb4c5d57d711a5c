/* status.c - the words and the class of each status. */
#include "base/status.h"

static const struct {
	enum status_class class;
	const char *text;
} known[] = {
#define STATUS_ROW(name, class, text) [STATUS_##name] = {CLASS_##class, text},
	STATUS_LIST(STATUS_ROW)
#undef STATUS_ROW
};

static int is_known(enum status s)
{
	return (unsigned)s < sizeof(known) / sizeof(known[0]);
}

const char *status_text(enum status s)
{
	return is_known(s) ? known[s].text : "unknown failure";
}

enum status_class status_class(enum status s)
{
	return is_known(s) ? known[s].class : CLASS_IO;
}
