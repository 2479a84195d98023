// The resource of wit/world.wit, by the canonical ABI: a method gets what the constructor returned, the representation;
// a string is passed as pointer and length, which Go takes as a string; a result of more than one number is returned by
// address. Each group of a query has a state of its own, which stays from row to row.
package main

import (
	"encoding/binary"
	"structs"
	"unicode/utf8"
	"unsafe"
)

type averageLength struct {
	count, sum uint64
}

// A state is represented by its index: the collector does not see what only the host knows.
var states []averageLength

// Memory whose address the host has. The collector must not free it, and a step must not leave any.
var given []unsafe.Pointer

func give(memory unsafe.Pointer) uint32 {
	given = append(given, memory)
	return uint32(uintptr(memory))
}

func release() {
	clear(given)
	given = given[:0]
}

// The host allocates memory for the arguments.
//
//go:wasmexport cabi_realloc
func cabiRealloc(_ unsafe.Pointer, _, _, size uint32) unsafe.Pointer {
	memory := unsafe.Pointer(unsafe.SliceData(make([]uint64, size/8+1))) // aligned for every type
	give(memory)
	return memory
}

//go:wasmexport local:@name@/texts@1.0.0#[constructor]average-length
func newAverageLength() uint32 {
	states = append(states, averageLength{})
	return uint32(len(states) - 1)
}

//go:wasmexport local:@name@/texts@1.0.0#[method]average-length.step
func step(state uint32, text string) {
	states[state].count++
	states[state].sum += uint64(utf8.RuneCountInString(text))
	release()
}

type optionF64 struct {
	_      structs.HostLayout
	isSome bool
	value  float64
}

//go:wasmexport local:@name@/texts@1.0.0#[method]average-length.finish
func finish(state uint32) unsafe.Pointer {
	count, sum := states[state].count, states[state].sum
	result := &optionF64{isSome: count > 0}
	if result.isSome {
		result.value = float64(sum) / float64(count)
	}
	return unsafe.Pointer(result)
}

// A list or a string in memory, where addresses have 32 bits. A pointer in Go has 64.
type list struct {
	_               structs.HostLayout
	address, length uint32
}

func listOf(bytes []byte) list {
	return list{address: give(unsafe.Pointer(unsafe.SliceData(bytes))), length: uint32(len(bytes))}
}

// The first byte of what is saved. Change it with the format.
const version = 1

//go:wasmexport local:@name@/texts@1.0.0#[method]average-length.save
func save(state uint32) unsafe.Pointer {
	saved := []byte{version}
	saved = binary.LittleEndian.AppendUint64(saved, states[state].count)
	saved = binary.LittleEndian.AppendUint64(saved, states[state].sum)
	result := listOf(saved)
	return unsafe.Pointer(&result)
}

type result struct {
	_       structs.HostLayout
	isError bool
	message list
}

//go:wasmexport local:@name@/texts@1.0.0#[method]average-length.merge
func merge(state uint32, saved string) unsafe.Pointer {
	if len(saved) != 17 || saved[0] != version {
		return unsafe.Pointer(&result{isError: true, message: listOf([]byte("malformed saved state"))})
	}
	bytes := []byte(saved)
	states[state].count += binary.LittleEndian.Uint64(bytes[1:])
	states[state].sum += binary.LittleEndian.Uint64(bytes[9:])
	release()
	return unsafe.Pointer(&result{})
}

func main() {}
