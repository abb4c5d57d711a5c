/* documents.h - files of text for people and programs, and files of no known kind. */
#ifndef KINDS_DOCUMENTS_H
#define KINDS_DOCUMENTS_H

#include "show/show.h"

/** document_json - describe a JSON text: a list or an object, its size, its keys; never its values. NULL if the text is not JSON. */
json_t *document_json(struct span text);
/** document_json_lines - the same for lines of JSON objects. */
json_t *document_json_lines(struct span text);
/** document_table - a table: lines of columns with tabs between them, each of the same number. NULL if the text is no table. */
json_t *document_table(struct span text);
/** document_text - any other UTF-8 text without control characters. NULL if it is none. */
json_t *document_text(struct span text);
/** document_bytes - size, CID as a raw block, first bytes. */
MUST_CHECK enum status document_bytes(json_t **object, int fd);

#endif
