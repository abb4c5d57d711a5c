/* selectors.c - every recorded selector is told apart: ours, not supported, or none.
 * usage: selectors VECTORS
 */
#include "../support/test.h"
#include "../support/vectors.h"

#include "ipld/cbor.h"
#include "ipld/selector.h"

static void check_selector(const char *name, const char *hex, enum status want)
{
	enum selector_kind kind;
	struct bytes cbor = {0};

	vectors_hex(&cbor, hex);
	if (!CHECK_EQUAL(selector_parse(&kind, bytes_span(&cbor)), want, name))
		fprintf(stderr, "selector %s: %s\n", name, hex);
	if (want == STATUS_OK)
		CHECK(span_equal(bytes_span(&cbor), selector_all()), "the selector \"all\" encodes back");
	CHECK_EQUAL(cbor_check(bytes_span(&cbor), CBOR_SORTED), STATUS_OK, "it is strict DAG-CBOR");
	bytes_release(&cbor);
}

int main(int argc, char **argv)
{
	json_t *rows = argc > 1 ? vectors_load(argv[1], "codec/selectors.json") : NULL, *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		const char *name = vectors_text(row, "name");

		check_selector(
			name, vectors_text(row, "cbor"), strcmp(name, "all") ? STATUS_BAD_SELECTOR_KIND : STATUS_OK);
	}
	json_decref(rows);

	rows = argc > 1 ? vectors_load(argv[1], "traversal/traversals.json") : NULL;
	json_array_foreach(rows, i, row)
	{
		const char *name = vectors_text(row, "selector");
		enum status want = STATUS_BAD_SELECTOR_KIND;

		if (*vectors_text(row, "error"))
			want = STATUS_BAD_SELECTOR;
		else if (strcmp(name, "all") == 0)
			want = STATUS_OK;
		check_selector(name, vectors_text(row, "selector_cbor"), want);
	}
	json_decref(rows);
	return test_end();
}
