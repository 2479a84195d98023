// The functions of wit/world.wit, by the canonical ABI: a string is passed as pointer and length, which Go takes as a
// string, and returned as a pointer to both. Every call begins with the module's pristine state, so it need not free
// what it allocates.
//
// What a function does only once, such as compiling a regular expression, can be done before any call: add a call of it to
// plwasm adapt in the Makefile, --warm "slugify('')", if plwasm bench says that this helps (docs/once.md of PL/Wasm).
package main

import (
	"strings"
	"structs"
	"unsafe"
)

// A string or list in memory, where addresses have 32 bits. A pointer in Go has 64.
type list struct {
	_               structs.HostLayout
	address, length uint32
}

// Memory whose address the host has. It must not be on a stack, and the collector must not free it.
var given []unsafe.Pointer

func give(memory unsafe.Pointer) uint32 {
	given = append(given, memory)
	return uint32(uintptr(memory))
}

func listOf[T any](items []T) list {
	return list{address: give(unsafe.Pointer(unsafe.SliceData(items))), length: uint32(len(items))}
}

func stringOf(text string) list {
	return list{address: give(unsafe.Pointer(unsafe.StringData(text))), length: uint32(len(text))}
}

// A result of more than one number is returned by address.
func returned[T any](value T) unsafe.Pointer {
	return unsafe.Pointer(&value)
}

// The host allocates memory for the arguments.
//
//go:wasmexport cabi_realloc
func cabiRealloc(_ unsafe.Pointer, _, _, size uint32) unsafe.Pointer {
	memory := unsafe.Pointer(unsafe.SliceData(make([]uint64, size/8+1))) // aligned for every type
	give(memory)
	return memory
}

// What a function says with this becomes a message of PostgreSQL (docs/messages.md of PL/Wasm): log(1, text), where 1 is info.
// What it writes to standard output is dropped. Remove the four characters before each of the two lines:
//  //go:wasmimport plwasm:host/log log
//  func log(level uint32, text string)

//go:wasmexport slugify
func slugify(text string) unsafe.Pointer {
	words := strings.FieldsFunc(text, func(r rune) bool {
		return (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	return returned(stringOf(strings.ToLower(strings.Join(words, "-"))))
}

func main() {}
