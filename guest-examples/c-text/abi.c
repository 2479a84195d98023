/* The arena, and cabi_realloc, by which the host puts arguments into it. */

#include "abi.h"

#define PAGE 65536

/* Where the linker ended the static data. What the last page has left is enough for most
   calls, and a call that does not grow the memory is cheaper for the host to undo. */
extern uint8_t __heap_base;

static uint8_t *top = &__heap_base;

void *arena_allocate(size_t align, uint64_t size)
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

void arena_release(void)
{
	top = &__heap_base;
}

string *returned(uint8_t *bytes, size_t length)
{
	static string result;

	result = (string) {bytes, length};
	return &result;
}

/* A new size of zero gets an address too: where the next allocation will be. */
EXPORT("cabi_realloc")
void *cabi_realloc(void *old, size_t old_size, size_t align, size_t new_size)
{
	void *new;

	if (old_size == 0)
		return arena_allocate(align, new_size);
	if (old_size >= new_size)
		return old;
	new = arena_allocate(align, new_size);
	__builtin_memcpy(new, old, old_size);
	return new;
}
