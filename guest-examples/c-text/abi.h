/*
 * The canonical ABI of the Component Model, as far as strings need it.
 *
 * A string parameter is two core parameters, pointer and length. The host asks
 * cabi_realloc for room, writes the bytes there, and then calls the export: the bytes
 * are the guest's own, so an export may work in place. A string result is a pointer to
 * a pointer and a length.
 */
#ifndef ABI_H
#define ABI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXPORT(name) __attribute__((export_name(name)))

typedef struct {
	uint8_t *bytes;
	size_t length;
} string;

/*
 * The arena: everything that a call needs, from the arguments on, and released at once.
 * The size is 64 bits wide so that no caller's multiplication can wrap.
 */
void *arena_allocate(size_t align, uint64_t size);
void arena_release(void);

/* The one way to return a string: valid until the next call. */
string *returned(uint8_t *bytes, size_t length);

/*
 * The host calls cabi_post_<export> when it has read the result: only then may the memory
 * that holds it go. An export that returns a number has nothing to keep and calls
 * arena_release itself.
 */
#define POST_RETURN(export) \
	EXPORT("cabi_post_" #export) void post_##export(string *result) \
	{ \
		(void) result; \
		arena_release(); \
	}

#endif
