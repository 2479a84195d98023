/*
 * Resources of the Component Model in C: the names of their functions, and memory that outlives a call.
 *
 * A method gets the representation that the constructor has chosen, here an address. The constructor returns a handle
 * for it, which the host makes. A string or list parameter is two core parameters, address and length; the host asks
 * cabi_realloc for room. A string or list result is the address of address and length.
 */
#ifndef RESOURCE_H
#define RESOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
	uint8_t *bytes;
	size_t length;
} string;

typedef struct {
	string *items;
	size_t length;
} list_string;

/* An array of bytes, with a length: no zero at its end. */
#define STRING(literal) (string) {(uint8_t *) literal, sizeof literal - 1}

/* result<own<r>, string>, result<_, string> */
typedef struct {
	bool is_error;
	union {
		int32_t handle;
		string error;
	};
} result;

#define EXPORT(name) __attribute__((export_name(name)))

/* INTERFACE is the name of the interface with its package and version. */
#define CONSTRUCTOR(resource) EXPORT(INTERFACE "#[constructor]" resource)
#define METHOD(name) EXPORT(INTERFACE "#[method]" name)
#define NEW(resource) \
	__attribute__((import_module("[export]" INTERFACE), import_name("[resource-new]" resource)))

/* The host calls cabi_post_<export> when it has read a result in memory. */
#define POST_RETURN(name, function) \
	EXPORT("cabi_post_" INTERFACE "#" name) void function(const void *result) \
	{ \
		(void) result; \
		release(); \
	}

/*
 * Memory is taken in one direction. A constructor keeps what has been taken: its arguments, too, may be used
 * later. At its end, any other function releases what has been taken since, or the function in POST_RETURN does.
 */
void *allocate(size_t align, uint64_t size);
void keep(void);
void release(void);

/* Results, valid until the next call. */
string *returned(const uint8_t *bytes, size_t length);
result *success(int32_t handle);
result *failure(string message);

/* The first byte of everything that is saved. It changes when the format does. */
#define VERSION 1
#define MALFORMED STRING("malformed saved state")

/* XXH64 with seed 0: saved states contain what follows from it. */
uint64_t xxh64(const uint8_t *bytes, size_t length);

#endif
