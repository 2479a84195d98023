/*
 * The interface `cardinality`: the approximate number of distinct values. 2^11 registers of 5 bits, the size that
 * postgresql-hll has by default, and the estimate of Ertl, "New cardinality estimation algorithms for HyperLogLog
 * sketches", 2017. What is saved is what ../rust-resources/hyperloglog saves.
 */

#include "resource.h"

#define INTERFACE "plwasm:examples/cardinality@1.0.0"

#define LOG2_REGISTERS 11
#define REGISTERS (1 << LOG2_REGISTERS)
/* The greatest value of a register. */
#define GREATEST 31

/* What follows the version: index (two bytes) and value of each register that is not 0; or all, five bits each. */
#define SPARSE 0
#define DENSE 1
#define DENSE_SIZE (REGISTERS / 8 * 5)

typedef struct {
	uint8_t registers[REGISTERS];
} sketch;

NEW("hyperloglog") int32_t new_hyperloglog(sketch *sketch);
NEW("hyperloglog-bigint") int32_t new_hyperloglog_bigint(sketch *sketch);

static sketch *make(void)
{
	sketch *s = allocate(alignof(sketch), sizeof *s);

	__builtin_memset(s, 0, sizeof *s);
	keep();
	return s;
}

static void widen(sketch *s, size_t index, uint8_t value)
{
	if (s->registers[index] < value)
		s->registers[index] = value;
}

/* Some bits are the number of a register, which keeps how many zeros at most are before the first one in the others. */
static void add(sketch *s, uint64_t hash)
{
	uint64_t rest = hash >> LOG2_REGISTERS | UINT64_C(1) << (GREATEST - 1);

	widen(s, hash % REGISTERS, __builtin_ctzll(rest) + 1);
}

/* x + sum of 2^(k-1) x^(2^k) for k from 1 */
static double sigma(double x)
{
	double sum = x, factor = 1, before;

	if (x == 1)
		return __builtin_inf();
	do {
		x *= x;
		before = sum;
		sum += x * factor;
		factor += factor;
	} while (sum != before);
	return sum;
}

/* A third of 1 - x - sum of 2^-k (1 - x^(2^-k))^2 for k from 1 */
static double tau(double x)
{
	double sum = 1 - x, factor = 1, before;

	if (x == 0 || x == 1)
		return 0;
	do {
		x = __builtin_elementwise_sqrt(x);
		before = sum;
		factor /= 2;
		sum -= (1 - x) * (1 - x) * factor;
	} while (sum != before);
	return sum / 3;
}

static int64_t estimate(const sketch *s)
{
	uint32_t counts[GREATEST + 1] = {0};
	double m = REGISTERS, z;

	for (size_t i = 0; i < REGISTERS; i++)
		counts[s->registers[i]]++;
	z = m * tau(1 - counts[GREATEST] / m);
	for (int value = GREATEST - 1; value > 0; value--)
		z = (z + counts[value]) / 2;
	z += m * sigma(counts[0] / m);
	return m * m / (2 * 0.69314718055994530942 * z) + 0.5;
}

static string *save(const sketch *s)
{
	uint8_t *saved = allocate(1, 2 + DENSE_SIZE + 3), *end = saved + 2;

	saved[0] = VERSION;
	saved[1] = SPARSE;
	for (size_t i = 0; i < REGISTERS && end - saved <= 2 + DENSE_SIZE; i++) {
		if (s->registers[i] > 0) {
			*end++ = i;
			*end++ = i >> 8;
			*end++ = s->registers[i];
		}
	}
	if (end - saved > 2 + DENSE_SIZE) {
		saved[1] = DENSE;
		end = saved + 2;
		for (size_t i = 0; i < REGISTERS; i += 8) {
			uint64_t bits = 0;

			for (size_t j = 8; j-- > 0;)
				bits = bits << 5 | s->registers[i + j];
			__builtin_memcpy(end, &bits, 5);
			end += 5;
		}
	}
	return returned(saved, end - saved);
}

static bool is_well_formed(const uint8_t *content, size_t length, uint8_t form)
{
	if (form != SPARSE)
		return form == DENSE && length == DENSE_SIZE;
	for (size_t i = 0; i + 3 <= length; i += 3)
		if (content[i + 1] >= REGISTERS >> 8 || content[i + 2] < 1 || content[i + 2] > GREATEST)
			return false;
	return length % 3 == 0;
}

static result *merge(sketch *s, const uint8_t *saved, size_t length)
{
	const uint8_t *content = saved + 2;

	release();
	if (length < 2 || saved[0] != VERSION || !is_well_formed(content, length - 2, saved[1]))
		return failure(MALFORMED);
	if (saved[1] == SPARSE) {
		for (size_t i = 0; i < length - 2; i += 3)
			widen(s, content[i] | content[i + 1] << 8, content[i + 2]);
	} else {
		for (size_t i = 0; i < REGISTERS; i += 8, content += 5) {
			uint64_t bits = 0;

			__builtin_memcpy(&bits, content, 5);
			for (size_t j = 0; j < 8; j++)
				widen(s, i + j, bits >> (5 * j) & GREATEST);
		}
	}
	return success(0);
}

CONSTRUCTOR("hyperloglog")
int32_t hyperloglog(void)
{
	return new_hyperloglog(make());
}

METHOD("hyperloglog.step")
void hyperloglog_step(sketch *s, const uint8_t *value, size_t length)
{
	add(s, xxh64(value, length));
	release();
}

METHOD("hyperloglog.finish")
int64_t hyperloglog_finish(const sketch *s)
{
	return estimate(s);
}

METHOD("hyperloglog.save")
string *hyperloglog_save(const sketch *s)
{
	return save(s);
}
POST_RETURN("[method]hyperloglog.save", post_hyperloglog_save)

METHOD("hyperloglog.merge")
result *hyperloglog_merge(sketch *s, const uint8_t *saved, size_t length)
{
	return merge(s, saved, length);
}

CONSTRUCTOR("hyperloglog-bigint")
int32_t hyperloglog_bigint(void)
{
	return new_hyperloglog_bigint(make());
}

METHOD("hyperloglog-bigint.step")
void hyperloglog_bigint_step(sketch *s, int64_t value)
{
	add(s, xxh64((const uint8_t *) &value, sizeof value));
}

METHOD("hyperloglog-bigint.finish")
int64_t hyperloglog_bigint_finish(const sketch *s)
{
	return estimate(s);
}

METHOD("hyperloglog-bigint.save")
string *hyperloglog_bigint_save(const sketch *s)
{
	return save(s);
}
POST_RETURN("[method]hyperloglog-bigint.save", post_hyperloglog_bigint_save)

METHOD("hyperloglog-bigint.merge")
result *hyperloglog_bigint_merge(sketch *s, const uint8_t *saved, size_t length)
{
	return merge(s, saved, length);
}
