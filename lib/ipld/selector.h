/* selector.h - IPLD selectors.  For now only "all": every link below the root, depth first. */
#ifndef IPLD_SELECTOR_H
#define IPLD_SELECTOR_H

#include "base/bytes.h"

enum selector_kind {
	SELECTOR_ALL, /* {"R": {"l": {"none": {}}, ":>": {"a": {">": {"@": {}}}}}} */
};

/**
 * selector_parse - read a selector from its DAG-CBOR; an empty span or CBOR null means "all".
 * BAD_SELECTOR for what is no selector at all (the six bad ones of the vectors: what go-ipld-prime refuses to compile,
 * or more than 100 deep, or with more than 8,192 members of unions); BAD_SELECTOR_KIND for a well-formed selector that we
 * cannot run yet. "All" is known by its bytes, and so is the form with a matcher beside, as Lotus sends it: it loads the
 * same links.
 */
MUST_CHECK enum status selector_parse(enum selector_kind *kind, struct span cbor);
/** selector_all - the canonical bytes of "all"; static. */
struct span selector_all(void);

#endif
