// The resource of wit/world.wit, by the canonical ABI: a method gets what the constructor returned, the representation;
// a string is passed as pointer and length, which Go takes as a string. PL/Wasm keeps what the constructor makes, and
// begins each call of a method with it, so nothing has to be freed.
package main

import (
	"strings"
	"unsafe"
)

type wordlist map[string]bool

// A wordlist is represented by its index: the collector does not see what only the host knows.
var wordlists []wordlist

// Memory whose address the host has. The collector must not free it.
var given []unsafe.Pointer

// The host allocates memory for the arguments.
//
//go:wasmexport cabi_realloc
func cabiRealloc(_ unsafe.Pointer, _, _, size uint32) unsafe.Pointer {
	memory := unsafe.Pointer(unsafe.SliceData(make([]uint64, size/8+1))) // aligned for every type
	given = append(given, memory)
	return memory
}

//go:wasmexport local:@name@/texts@1.0.0#[constructor]wordlist
func newWordlist(words string) uint32 {
	list := wordlist{}
	for _, word := range strings.Fields(words) {
		list[word] = true
	}
	wordlists = append(wordlists, list)
	return uint32(len(wordlists) - 1)
}

//go:wasmexport local:@name@/texts@1.0.0#[method]wordlist.hits
func hits(list uint32, text string) int32 {
	hits := int32(0)
	for _, word := range strings.Fields(text) {
		if wordlists[list][word] {
			hits++
		}
	}
	return hits
}

func main() {}
