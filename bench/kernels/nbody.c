/* Bodies that attract each other, computed by leapfrog steps: square roots and divisions of f64. */

#include "kernel.h"

#define BODIES 6
#define STEP 0.001

typedef struct {
	double at[3], speed[3], mass;
} body;

static body bodies[BODIES];

static void attract(void)
{
	for (int i = 0; i < BODIES; i++)
		for (int j = i + 1; j < BODIES; j++) {
			body *a = &bodies[i], *b = &bodies[j];
			double dx = a->at[0] - b->at[0], dy = a->at[1] - b->at[1], dz = a->at[2] - b->at[2];
			double squared = dx * dx + dy * dy + dz * dz + 0.01;
			double pull = STEP / (squared * __builtin_sqrt(squared));

			a->speed[0] -= dx * b->mass * pull;
			a->speed[1] -= dy * b->mass * pull;
			a->speed[2] -= dz * b->mass * pull;
			b->speed[0] += dx * a->mass * pull;
			b->speed[1] += dy * a->mass * pull;
			b->speed[2] += dz * a->mass * pull;
		}
}

static void move(void)
{
	for (int i = 0; i < BODIES; i++)
		for (int k = 0; k < 3; k++)
			bodies[i].at[k] += STEP * bodies[i].speed[k];
}

int64_t run(int32_t n)
{
	uint32_t random = 6;
	uint64_t sum = 0;

	for (int i = 0; i < BODIES; i++) {
		for (int k = 0; k < 3; k++) {
			bodies[i].at[k] = 4 * next_double(&random) - 2;
			bodies[i].speed[k] = next_double(&random) - 0.5;
		}
		bodies[i].mass = 0.1 + next_double(&random);
	}
	for (int32_t round = 0; round < n; round++) {
		attract();
		move();
	}
	for (int i = 0; i < BODIES; i++)
		for (int k = 0; k < 3; k++)
			sum = fold_double(sum, bodies[i].at[k]);
	return sum;
}
