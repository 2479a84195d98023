/* The Mandelbrot set in a square of n by n points: a short loop of f64 in registers. */

#include "kernel.h"

#define LIMIT 200

static int32_t escape(double x, double y)
{
	double re = 0, im = 0;
	int32_t count = 0;

	while (count < LIMIT && re * re + im * im < 4) {
		double next = re * re - im * im + x;

		im = 2 * re * im + y;
		re = next;
		count++;
	}
	return count;
}

int64_t run(int32_t n)
{
	uint64_t sum = 0;

	for (int32_t i = 0; i < n; i++)
		for (int32_t j = 0; j < n; j++)
			sum = fold(sum, escape(3.0 * j / n - 2, 3.0 * i / n - 1.5));
	return sum;
}
