#include "abi.hpp"

#include <algorithm>
#include <cstdarg>
#include <string_view>

/// As much as most calls need: what is beyond is malloc's.
alignas(16) static std::byte room[60'000];

std::pmr::monotonic_buffer_resource abi::arena(room, sizeof room);

/// The host asks for room for the arguments, one after the other, and never for less than it has.
EXPORT("cabi_realloc")
void *cabi_realloc(void *, size_t, size_t alignment, size_t size)
{
    return abi::arena.allocate(size, alignment);
}

/// What went wrong. Its address is exported as a global: PL/Wasm reads it after the trap.
extern "C" abi::string plwasm_panic_message;
abi::string plwasm_panic_message;

/// The format with its strings put in. printf would do more, and name WASI.
[[noreturn]] static void panic(const char *format, va_list arguments)
{
    static char room[256];
    char *end = room;

    auto append = [&end](std::string_view text) {
        end = std::ranges::copy(text.substr(0, std::end(room) - end), end).out;
    };
    for (; *format; ++format) {
        if (format[0] == '%' && format[1] == 's') {
            append(va_arg(arguments, const char *));
            ++format;
        } else {
            append({format, 1});
        }
    }
    plwasm_panic_message = std::string_view(room, end);
    __builtin_trap();
}

/// Where libc++ ends, as it is built without exceptions here: what would be thrown is said in words. Its own functions
/// write them to the standard error, for which they name WASI.
void std::__libcpp_verbose_abort(const char *format, ...) noexcept
{
    va_list arguments;

    va_start(arguments, format);
    panic(format, arguments);
}

/// The same of libc++abi.
extern "C" void __abort_message(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    panic(format, arguments);
}

/// The same of libc.
extern "C" void abort()
{
    __builtin_trap();
}
