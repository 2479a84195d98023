/*
 * The interface `quantiles`: a merging t-digest. Dunning and Ertl, "Computing Extremely Accurate Quantiles Using
 * t-Digests", 2019. What is saved is what ../rust-resources/tdigest saves.
 *
 * Values are kept as they come until the buffer is full. Then they are sorted and merged into centroids: runs of
 * neighbours, of which only the mean and the number are kept. Runs are short near both ends, where a quantile needs the
 * most exact values, and long in the middle.
 */

#include "resource.h"

#define INTERFACE "plwasm:examples/quantiles@1.0.0"

/* There are about this many centroids at most, and at least half as many if there are many values. */
#define COMPRESSION 200
/* What there is room for: infinities, and rounding, can make some more. */
#define MOST_CENTROIDS 256
#define BUFFERED 256

#define PI 3.14159265358979323846

typedef struct {
	double mean;
	uint64_t count;
} centroid;

typedef struct {
	double least, greatest;
	/* The number of values that the centroids stand for. */
	uint64_t merged;
	size_t buffered, centroids;
	/* The centroids are in one of the two, in the order of their means. */
	size_t current;
	/* The keys of values. */
	int64_t buffer[BUFFERED];
	centroid centroid[2][MOST_CENTROIDS];
} digest;

NEW("tdigest") int32_t new_tdigest(digest *digest);

/* A key whose order is that of the values, -0 before 0, and the one NaN that there is after all others. */
static int64_t key(double value)
{
	int64_t bits;

	__builtin_memcpy(&bits, &value, sizeof bits);
	return bits ^ (int64_t) ((uint64_t) (bits >> 63) >> 1);
}

static double value_of(int64_t key)
{
	double value;

	key ^= (int64_t) ((uint64_t) (key >> 63) >> 1);
	__builtin_memcpy(&value, &key, sizeof value);
	return value;
}

static bool less(double a, double b)
{
	return key(a) < key(b);
}

static bool is_finite(double value)
{
	return __builtin_elementwise_abs(value) < __builtin_inf();
}

/* The value at a part of the way from a to b. There is none to something infinite, or to NaN: then the nearer one. */
static double between(double a, double b, double part)
{
	if (!is_finite(a) || !is_finite(b))
		return part < 0.5 ? a : b;
	return is_finite(b - a) ? a + (b - a) * part : a * (1 - part) + b * part;
}

/* The largest centroid, around so many of all values, by the scale function k1. */
static double room(uint64_t values, uint64_t all)
{
	double total = all, fraction = values / total;

	return __builtin_elementwise_sqrt(fraction * (1 - fraction)) * total * (2 * PI / COMPRESSION);
}

/* Infinities and NaN stay among themselves. */
static bool have_mean(double a, double b)
{
	return (is_finite(a) && is_finite(b)) || key(a) == key(b);
}

/* Adds centroids that are in order; or values, by their keys. */
static void add(digest *d, const centroid *others, const int64_t *keys, size_t length, uint64_t count)
{
	const centroid *old = d->centroid[d->current], *old_end = old + d->centroids;
	centroid *first = d->centroid[!d->current], *last = first;
	uint64_t before = 0;
	double room_before = 0;
	size_t i = 0;

	d->merged += count;
	while (old < old_end || i < length) {
		centroid next = {0, 1};

		if (i < length)
			next = keys ? (centroid) {value_of(keys[i]), 1} : others[i];
		if (old < old_end && (i == length || !less(next.mean, old->mean)))
			next = *old++;
		else
			i++;
		if (last > first) {
			centroid *into = last - 1;
			uint64_t together = into->count + next.count;
			double room_after = room(before + together, d->merged);
			double most = room_before < room_after ? room_before : room_after;

			if ((together <= most && have_mean(into->mean, next.mean)) || last == first + MOST_CENTROIDS) {
				into->mean = between(into->mean, next.mean, next.count / (double) together);
				into->count = together;
				continue;
			}
			before += into->count;
			room_before = room(before, d->merged);
		}
		*last++ = next;
	}
	d->current = !d->current;
	d->centroids = last - first;
}

static void widen(digest *d, double least, double greatest)
{
	if (less(least, d->least))
		d->least = least;
	if (less(d->greatest, greatest))
		d->greatest = greatest;
}

/* Merges what lies from a to b and from b to the end. */
static void merge_runs(const int64_t *a, const int64_t *b, const int64_t *end, int64_t *out)
{
	const int64_t *a_end = b;

	while (a < a_end && b < end) {
		bool second = *b < *a;

		*out++ = second ? *b : *a;
		a += !second;
		b += second;
	}
	while (a < a_end)
		*out++ = *a++;
	while (b < end)
		*out++ = *b++;
}

/* The runs that are sorted first, each for itself. */
#define RUN 8

static void sort_run(int64_t *keys, size_t length)
{
	for (size_t i = 1; i < length; i++) {
		int64_t key = keys[i];
		size_t j = i;

		for (; j > 0 && key < keys[j - 1]; j--)
			keys[j] = keys[j - 1];
		keys[j] = key;
	}
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Merge sort: runs that are twice as long in each pass, to and fro between `keys` and `other`. Returns the last. */
static int64_t *sort(int64_t *keys, int64_t *other, size_t length)
{
	for (size_t i = 0; i < length; i += RUN)
		sort_run(keys + i, smaller(RUN, length - i));
	for (size_t run = RUN; run < length; run *= 2) {
		int64_t *sorted = other;

		for (size_t i = 0; i < length; i += 2 * run) {
			size_t middle = smaller(i + run, length), end = smaller(middle + run, length);

			merge_runs(keys + i, keys + middle, keys + end, sorted + i);
		}
		other = keys;
		keys = sorted;
	}
	return keys;
}

/* Merges the values in the buffer into the centroids. */
static void compress(digest *d)
{
	int64_t other[BUFFERED], *sorted;

	if (d->buffered == 0)
		return;
	sorted = sort(d->buffer, other, d->buffered);
	add(d, NULL, sorted, d->buffered, d->buffered);
	widen(d, value_of(sorted[0]), value_of(sorted[d->buffered - 1]));
	d->buffered = 0;
}

CONSTRUCTOR("tdigest")
int32_t tdigest(void)
{
	digest *d = allocate(alignof(digest), sizeof *d);

	d->least = __builtin_nan("");
	d->greatest = -__builtin_inf();
	d->merged = d->buffered = d->centroids = d->current = 0;
	keep();
	return new_tdigest(d);
}

METHOD("tdigest.step")
void tdigest_step(digest *d, double value)
{
	if (d->buffered == BUFFERED)
		compress(d);
	d->buffer[d->buffered++] = key(value == value ? value : __builtin_nan(""));
}

METHOD("tdigest.count")
int64_t tdigest_count(const digest *d)
{
	return d->merged + d->buffered;
}

/* The value at a rank on the line between two points. */
static double at(double rank, double rank_a, double a, double rank_b, double b)
{
	return rank_a == rank_b ? b : between(a, b, (rank - rank_a) / (rank_b - rank_a));
}

/* As percentile_cont: exact, as long as no values have been merged. */
static double quantile(const digest *d, double fraction)
{
	const centroid *c = d->centroid[d->current];
	double last = d->merged - 1, rank = fraction * last;
	/* The values' ranks are 0 to `last`. A centroid's mean is at the middle of its values' ranks. */
	double rank_a = 0, a = d->least;
	uint64_t before = 0;

	for (size_t i = 0; i < d->centroids; i++) {
		double middle = before + (c[i].count - 1) / 2.0;

		if (rank <= middle)
			return at(rank, rank_a, a, middle, c[i].mean);
		rank_a = middle;
		a = c[i].mean;
		before += c[i].count;
	}
	return at(rank, rank_a, a, last, d->greatest);
}

METHOD("tdigest.finish")
void *tdigest_finish(digest *d, double fraction)
{
	/* result<option<f64>, string> */
	static struct {
		bool is_error;
		alignas(8) union {
			struct { bool some; double value; };
			string error;
		};
	} outcome;

	outcome.is_error = !(fraction >= 0 && fraction <= 1);
	if (outcome.is_error) {
		outcome.error = STRING("the fraction is not between 0 and 1");
		return &outcome;
	}
	compress(d);
	outcome.some = d->merged > 0;
	if (outcome.some)
		outcome.value = quantile(d, fraction);
	return &outcome;
}

/* After the version: nothing, or the least and the greatest value, and the centroids. */
METHOD("tdigest.save")
string *tdigest_save(digest *d)
{
	size_t size, centroids;
	uint8_t *saved;

	compress(d);
	centroids = d->centroids * sizeof(centroid);
	size = d->merged > 0 ? 1 + 2 * sizeof(double) + centroids : 1;
	saved = allocate(1, size);
	saved[0] = VERSION;
	if (d->merged > 0) {
		__builtin_memcpy(saved + 1, &d->least, sizeof(double));
		__builtin_memcpy(saved + 9, &d->greatest, sizeof(double));
		__builtin_memcpy(saved + 17, d->centroid[d->current], centroids);
	}
	return returned(saved, size);
}
POST_RETURN("[method]tdigest.save", post_tdigest_save)

static result *merge(digest *d, const uint8_t *saved, size_t length)
{
	uint64_t count = 0, most = INT64_MAX - (d->merged + d->buffered);
	size_t centroids;
	centroid *others;
	double least, greatest, previous;

	if (length % sizeof(centroid) != 1 || saved[0] != VERSION)
		return failure(MALFORMED);
	if (length == 1)
		return success(0);
	__builtin_memcpy(&least, saved + 1, sizeof least);
	__builtin_memcpy(&greatest, saved + 9, sizeof greatest);
	centroids = length / sizeof(centroid) - 1;
	others = allocate(alignof(centroid), centroids * sizeof(centroid));
	__builtin_memcpy(others, saved + 17, centroids * sizeof(centroid));

	previous = least;
	for (size_t i = 0; i < centroids; i++) {
		if (others[i].count == 0 || others[i].count > most - count || less(others[i].mean, previous))
			return failure(MALFORMED);
		count += others[i].count;
		previous = others[i].mean;
	}
	if (centroids == 0 || less(greatest, previous))
		return failure(MALFORMED);
	compress(d);
	add(d, others, NULL, centroids, count);
	widen(d, least, greatest);
	return success(0);
}

METHOD("tdigest.merge")
result *tdigest_merge(digest *d, const uint8_t *saved, size_t length)
{
	result *merged = merge(d, saved, length);

	release();
	return merged;
}
