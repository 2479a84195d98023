//! The trigger function of wit/world.wit, by the canonical ABI: the fields of a record are passed one after another, a string as
//! pointer and length, and a result is returned as a pointer to it. Every call begins with the module's pristine state, so it need
//! not free what it allocates.

const std = @import("std");
const allocator = std.heap.wasm_allocator;

// A result<person, string>. Both cases begin with a string.
const Result = extern struct { is_error: bool, bytes: [*]const u8, length: usize, edits: i32 };

export fn cabi_realloc(old: ?[*]u8, old_size: usize, alignment: usize, size: usize) [*]u8 {
    const log2: std.mem.Alignment = @enumFromInt(std.math.log2_int(usize, alignment));
    if (size == 0) return @ptrFromInt(alignment);
    // A panic is an SQL error.
    const new = allocator.rawAlloc(size, log2, 0) orelse @panic("out of memory");
    if (old) |bytes| @memcpy(new[0..@min(old_size, size)], bytes[0..@min(old_size, size)]);
    return new;
}

export fn tidy(email: [*]const u8, length: usize, edits: i32) *const Result {
    const result = allocator.create(Result) catch @panic("out of memory");
    const given = email[0..length];
    if (std.mem.indexOfScalar(u8, given, '@') == null) {
        const text = "this is no e-mail address";
        result.* = .{ .is_error = true, .bytes = text, .length = text.len, .edits = 0 };
        return result;
    }
    const lower = std.ascii.allocLowerString(allocator, given) catch @panic("out of memory");
    result.* = .{ .is_error = false, .bytes = lower.ptr, .length = lower.len, .edits = edits + 1 };
    return result;
}
