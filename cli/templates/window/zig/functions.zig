//! The window function of wit/world.wit, by the canonical ABI: a list is passed as pointer and length, and returned as a
//! pointer to both. Every call begins with the module's pristine state, so it need not free what it allocates.

const std = @import("std");
const allocator = std.heap.wasm_allocator;

const List = extern struct { values: [*]const f64, length: usize };

export fn cabi_realloc(old: ?[*]u8, old_size: usize, alignment: usize, size: usize) [*]u8 {
    const log2: std.mem.Alignment = @enumFromInt(std.math.log2_int(usize, alignment));
    if (size == 0) return @ptrFromInt(alignment);
    // A panic is an SQL error.
    const new = allocator.rawAlloc(size, log2, 0) orelse @panic("out of memory");
    if (old) |bytes| @memcpy(new[0..@min(old_size, size)], bytes[0..@min(old_size, size)]);
    return new;
}

export fn smooth(rows: [*]const f64, length: usize, width: i32) *const List {
    const averages = allocator.alloc(f64, length) catch @panic("out of memory");
    const most: usize = @intCast(@max(1, width));
    for (averages, 1..) |*average, end| {
        const values = rows[end -| most .. end];
        var sum: f64 = 0;
        for (values) |value| sum += value;
        average.* = sum / @as(f64, @floatFromInt(values.len));
    }
    const result = allocator.create(List) catch @panic("out of memory");
    result.* = .{ .values = averages.ptr, .length = length };
    return result;
}
