/* array - a list grows one by one, keeps what is in it, and says so when it can't. */
#include "base/array.h"

#include <stdint.h>
#include <stdlib.h>

#include "../../support/test.h"

static void test_growing(void)
{
	size_t room = 0, moves = 0;
	uint32_t *list = NULL;

	for (size_t n = 0; n < 1000; n++) {
		size_t before = room;
		uint32_t *grown = array_grow(list, n, &room, sizeof(*list));

		CHECK(grown != NULL && room > n && (room == before ? grown == list : room >= 2 * before),
			"there is room for one more");
		if (grown == NULL)
			break;
		moves += room != before;
		list = grown;
		list[n] = (uint32_t)n;
	}
	CHECK(moves < 12, "room is made seldom");
	for (size_t n = 0; n < 1000; n++)
		CHECK(list[n] == n, "what was in it is in it");
	free(list);
}

static void test_too_much(void)
{
	size_t room = SIZE_MAX / 16;
	int some;

	CHECK(array_grow(&some, room, &room, 16) == NULL && room == SIZE_MAX / 16, "what fits no memory is refused");
}

int main(void)
{
	test_growing();
	test_too_much();
	return test_end();
}
