/*
 * Exponential smoothing as a window function, without WIT: the SQL signature
 *
 *     smooth(value float8, alpha float8) RETURNS float8 ... WINDOW
 *
 * says that the rows are a list<tuple<f64, f64>>, and the results a list<f64>. So `alpha` is
 * there for each row, and can differ from row to row.
 */
#include <stddef.h>
#include <stdint.h>

#define EXPORT(name) __attribute__((export_name(name)))
#define PAGE 65536

struct row {
	double value;
	double alpha;
};

struct list {
	double *results;
	uint32_t count;
};

extern uint8_t __heap_base;

/* Nothing is freed: after each call PL/Wasm puts the memory back. */
static uintptr_t top = (uintptr_t) &__heap_base;

EXPORT("cabi_realloc")
void *allocate(void *old, size_t old_size, size_t align, size_t size)
{
	(void) old;
	(void) old_size;
	uintptr_t at = (top + align - 1) & ~(uintptr_t) (align - 1);
	size_t pages = __builtin_wasm_memory_size(0);
	uint64_t end = (uint64_t) at + size;
	if (end > (uint64_t) pages * PAGE
	    && __builtin_wasm_memory_grow(0, (size_t) ((end - (uint64_t) pages * PAGE + PAGE - 1) / PAGE)) == (size_t) -1)
		__builtin_trap();
	top = (uintptr_t) end;
	return (void *) at;
}

/* Each value counts with the weight alpha, what was before it with the rest. */
EXPORT("smooth")
struct list *smooth(const struct row *rows, uint32_t count)
{
	static struct list list;
	double level = 0;
	list.results = allocate(NULL, 0, sizeof(double), count * sizeof(double));
	list.count = count;
	for (uint32_t i = 0; i < count; i++) {
		double alpha = i == 0 ? 1 : rows[i].alpha;
		level = alpha * rows[i].value + (1 - alpha) * level;
		list.results[i] = level;
	}
	return &list;
}
