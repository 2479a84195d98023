/* Counts the ways to place n queens on a board of n by n: recursion with three words of state. */

#include "kernel.h"

static NOINLINE int32_t place(uint32_t all, uint32_t columns, uint32_t left, uint32_t right)
{
	int32_t ways = 0;

	if (columns == all)
		return 1;
	for (uint32_t free = all & ~(columns | left | right); free != 0; free &= free - 1) {
		uint32_t queen = free & -free;

		ways += place(all, columns | queen, (left | queen) << 1, (right | queen) >> 1);
	}
	return ways;
}

int64_t run(int32_t n)
{
	return place((UINT32_C(1) << n) - 1, 0, 0, 0);
}
