/* Memory, cabi_realloc, by which the host puts arguments into it, and results. */

#include "resource.h"

#define PAGE 65536

/* Where the linker ended the static data. */
extern uint8_t __heap_base;

static uint8_t *kept = &__heap_base;
static uint8_t *top = &__heap_base;

void *allocate(size_t align, uint64_t size)
{
	uint64_t start = ((uint64_t) (uintptr_t) top + align - 1) & -(uint64_t) align;
	uint64_t end = start + size;
	uint64_t have = (uint64_t) __builtin_wasm_memory_size(0) * PAGE;

	if (end > have) {
		uint64_t pages = (end - have + PAGE - 1) / PAGE;

		/* Past the 32 bits there is no number of pages to ask for. */
		if (end > UINT32_MAX || __builtin_wasm_memory_grow(0, pages) == SIZE_MAX)
			__builtin_trap();
	}
	top = (uint8_t *) (uintptr_t) end;
	return (void *) (uintptr_t) start;
}

void keep(void)
{
	kept = top;
}

void release(void)
{
	top = kept;
}

/* A new size of zero gets an address too: where the next allocation will be. */
EXPORT("cabi_realloc")
void *cabi_realloc(void *old, size_t old_size, size_t align, size_t new_size)
{
	void *new;

	if (old_size == 0)
		return allocate(align, new_size);
	if (old_size >= new_size)
		return old;
	new = allocate(align, new_size);
	__builtin_memcpy(new, old, old_size);
	return new;
}

string *returned(const uint8_t *bytes, size_t length)
{
	static string text;

	text = (string) {(uint8_t *) bytes, length};
	return &text;
}

static result outcome;

result *success(int32_t handle)
{
	outcome = (result) {.is_error = false, .handle = handle};
	return &outcome;
}

result *failure(string message)
{
	outcome = (result) {.is_error = true, .error = message};
	return &outcome;
}
