/* selector.h - IPLD selectors.  For now only "all": every link below the root, depth first. */
#ifndef IPLD_SELECTOR_H
#define IPLD_SELECTOR_H

#include "base/bytes.h"

enum selector_kind {
	SELECTOR_ALL, /* {"R": {"l": {"none": {}}, ":>": {"a": {">": {"@": {}}}}}} */
};

/**
 * selector_parse - read a selector from its DAG-CBOR; an empty span or CBOR null means "all".
 * BAD_SELECTOR for an invalid selector (the six bad ones of the vectors: one that go-ipld-prime refuses to compile,
 * or more than 100 deep, or with more than 8,192 members of unions); BAD_SELECTOR_KIND for a valid selector that is not
 * supported yet. "All" is recognised by its bytes, as is Lotus's form with a matcher beside the edge, which loads the
 * same links.
 */
MUST_CHECK enum status selector_parse(enum selector_kind *kind, struct span cbor);
/** selector_all - the canonical bytes of "all"; static. */
struct span selector_all(void);

#endif
