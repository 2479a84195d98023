// The trigger function of wit/world.wit, by the canonical ABI: the fields of a record are passed one after another, a string as
// pointer and length, which Go takes as a string; a result is returned by address. Every call begins with the module's pristine
// state, so it need not free what it allocates.
package main

import (
	"strings"
	"structs"
	"unsafe"
)

// A result<person, string>. Both cases begin with a string. Addresses have 32 bits; a pointer in Go has 64.
type result struct {
	_               structs.HostLayout
	isError         bool
	address, length uint32
	edits           int32
}

// Memory whose address the host has. It must not be on a stack, and the collector must not free it.
var given []unsafe.Pointer

func give(memory unsafe.Pointer) uint32 {
	given = append(given, memory)
	return uint32(uintptr(memory))
}

// The host allocates memory for the arguments.
//
//go:wasmexport cabi_realloc
func cabiRealloc(_ unsafe.Pointer, _, _, size uint32) unsafe.Pointer {
	memory := unsafe.Pointer(unsafe.SliceData(make([]uint64, size/8+1))) // aligned for every type
	give(memory)
	return memory
}

func returned(isError bool, text string, edits int32) unsafe.Pointer {
	address := give(unsafe.Pointer(unsafe.StringData(text)))
	return unsafe.Pointer(&result{isError: isError, address: address, length: uint32(len(text)), edits: edits})
}

//go:wasmexport tidy
func tidy(email string, edits int32) unsafe.Pointer {
	if !strings.Contains(email, "@") {
		return returned(true, email+" is no e-mail address", 0)
	}
	return returned(false, strings.ToLower(email), edits+1)
}

func main() {}
