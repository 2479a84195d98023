// The functions of wit/world.wit, by the canonical ABI: a string is passed as pointer and length, which Go takes for a
// string, and returned as a pointer to both. Every call begins with the module's first state: what it allocates need not
// be freed.
package main

import (
	"strings"
	"structs"
	"unsafe"
)

// A string or list as it lies in memory: an address has 32 bits there, a pointer in Go 64.
type list struct {
	_               structs.HostLayout
	address, length uint32
}

// What the host has the address of: the collector must not take it, nor may it lie on a stack.
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

// All that is more than one number is returned by address.
func returned[T any](value T) unsafe.Pointer {
	return unsafe.Pointer(&value)
}

// The host asks for room for the arguments.
//
//go:wasmexport cabi_realloc
func cabiRealloc(_ unsafe.Pointer, _, _, size uint32) unsafe.Pointer {
	memory := unsafe.Pointer(unsafe.SliceData(make([]uint64, size/8+1))) // aligned for every type
	give(memory)
	return memory
}

//go:wasmexport slugify
func slugify(text string) unsafe.Pointer {
	words := strings.FieldsFunc(text, func(r rune) bool {
		return (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	return returned(stringOf(strings.ToLower(strings.Join(words, "-"))))
}

func main() {}
