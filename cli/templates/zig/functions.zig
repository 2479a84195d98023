//! The functions of wit/world.wit, by the canonical ABI: a string is passed as pointer and length, and returned as a
//! pointer to both. Every call begins with the module's pristine state, so it need not free what it allocates.

const std = @import("std");
const allocator = std.heap.wasm_allocator;

const String = extern struct { bytes: [*]const u8, length: usize };

export fn cabi_realloc(old: ?[*]u8, old_size: usize, alignment: usize, size: usize) [*]u8 {
    const log2: std.mem.Alignment = @enumFromInt(std.math.log2_int(usize, alignment));
    if (size == 0) return @ptrFromInt(alignment);
    // A panic is an SQL error.
    const new = allocator.rawAlloc(size, log2, 0) orelse @panic("out of memory");
    if (old) |bytes| @memcpy(new[0..@min(old_size, size)], bytes[0..@min(old_size, size)]);
    return new;
}

// What a function says with this becomes a message of PostgreSQL (docs/messages.md of PL/Wasm): log(1, text, length); 1 is info.
// extern "plwasm:host/log" fn log(level: u32, text: [*]const u8, length: usize) void;

export fn slugify(text: [*]const u8, length: usize) *const String {
    const slug = cabi_realloc(null, 0, 1, length);
    var end: usize = 0;
    var between = false;
    for (text[0..length]) |c| {
        if (!std.ascii.isAlphanumeric(c)) {
            between = true;
            continue;
        }
        if (between and end > 0) {
            slug[end] = '-';
            end += 1;
        }
        between = false;
        slug[end] = std.ascii.toLower(c);
        end += 1;
    }
    const result: *String = @ptrCast(@alignCast(cabi_realloc(null, 0, @alignOf(String), @sizeOf(String))));
    result.* = .{ .bytes = slug, .length = end };
    return result;
}
