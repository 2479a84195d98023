//! The resource of wit/world.wit, by the canonical ABI: a method gets the representation that the constructor returned,
//! here an address; a string is passed as pointer and length; a result of more than one number is returned by address.
//! Each group of a query has a state of its own, which stays from row to row: what step allocates has to be freed.

const std = @import("std");
const allocator = std.heap.wasm_allocator;

const interface = "local:@name@/texts@1.0.0#";

comptime {
    @export(&AverageLength.create, .{ .name = interface ++ "[constructor]average-length" });
    for (.{ "step", "finish", "save", "merge" }) |name| {
        @export(&@field(AverageLength, name), .{ .name = interface ++ "[method]average-length." ++ name });
    }
}

export fn cabi_realloc(old: ?[*]u8, old_size: usize, alignment: usize, size: usize) [*]u8 {
    const log2: std.mem.Alignment = @enumFromInt(std.math.log2_int(usize, alignment));
    if (size == 0) return @ptrFromInt(alignment);
    // A panic is an SQL error.
    const new = allocator.rawAlloc(size, log2, 0) orelse @panic("out of memory");
    if (old) |bytes| @memcpy(new[0..@min(old_size, size)], bytes[0..@min(old_size, size)]);
    return new;
}

const Option = extern struct { is_some: bool, value: f64 = 0 };
const List = extern struct { bytes: [*]const u8, length: usize };
const Result = extern struct { is_error: bool, message: List };

const AverageLength = struct {
    count: u64 = 0,
    sum: u64 = 0,

    fn create() callconv(.c) *AverageLength {
        const state = allocator.create(AverageLength) catch @panic("out of memory");
        state.* = .{};
        return state;
    }

    fn step(state: *AverageLength, text: [*]const u8, length: usize) callconv(.c) void {
        state.count += 1;
        state.sum += std.unicode.utf8CountCodepoints(text[0..length]) catch unreachable;
        allocator.free(text[0..length]);
    }

    fn finish(state: *const AverageLength) callconv(.c) *const Option {
        if (state.count == 0) return returned(Option{ .is_some = false });
        const count: f64 = @floatFromInt(state.count);
        const sum: f64 = @floatFromInt(state.sum);
        return returned(Option{ .is_some = true, .value = sum / count });
    }

    /// The first byte is the version: change it with the format.
    const Saved = extern struct { version: u8 = 1, count: u64 align(1), sum: u64 align(1) };

    fn save(state: *const AverageLength) callconv(.c) *const List {
        const saved = returned(Saved{ .count = state.count, .sum = state.sum });
        return returned(List{ .bytes = std.mem.asBytes(saved), .length = @sizeOf(Saved) });
    }

    fn merge(state: *AverageLength, bytes: [*]const u8, length: usize) callconv(.c) *const Result {
        defer allocator.free(bytes[0..length]);
        const results = struct {
            const message = "malformed saved state";
            const malformed: Result = .{ .is_error = true, .message = .{ .bytes = message, .length = message.len } };
            const merged: Result = .{ .is_error = false, .message = undefined };
        };
        if (length != @sizeOf(Saved) or bytes[0] != 1) return &results.malformed;
        const saved = std.mem.bytesToValue(Saved, bytes[0..@sizeOf(Saved)]);
        state.count += saved.count;
        state.sum += saved.sum;
        return &results.merged;
    }
};

/// PL/Wasm puts back what finish and save allocate.
fn returned(value: anytype) *const @TypeOf(value) {
    const result = allocator.create(@TypeOf(value)) catch @panic("out of memory");
    result.* = value;
    return result;
}
