package main

import (
	"structs"
	"unsafe"
)

// The canonical ABI of the Component Model: its types as they lie in memory, and memory for a call. There a pointer has
// 32 bits, in Go 64: what points is a uint32, which the collector does not follow.

// A list, and a string.
type list struct {
	_             structs.HostLayout
	items, length uint32
}

type option[T any] struct {
	_     structs.HostLayout
	some  bool
	value T
}

type result[T any] struct {
	_       structs.HostLayout
	isError bool
	value   T
}

// The record error of plwasm:types.
type sqlError struct {
	_                 structs.HostLayout
	sqlstate, message list
	detail, hint      option[list]
}

func some[T any](value T) option[T] { return option[T]{some: true, value: value} }

func ok[T any](value T) unsafe.Pointer { return returned(result[T]{value: value}) }

func err[E any](value E) unsafe.Pointer { return returned(result[E]{isError: true, value: value}) }

func listOf[T any](items []T) list {
	return list{items: give(unsafe.Pointer(unsafe.SliceData(items))), length: uint32(len(items))}
}

func stringOf(text string) list {
	return list{items: give(unsafe.Pointer(unsafe.StringData(text))), length: uint32(len(text))}
}

func textOf(text list) string {
	return unsafe.String((*byte)(unsafe.Pointer(uintptr(text.items))), text.length)
}

// What the host, or memory that it reads, has the address of: neither the collector nor a stack may have it.
var given []unsafe.Pointer

// The host has had its result: all that was given is of a call that is over.
var isOver bool

func give(address unsafe.Pointer) uint32 {
	if isOver {
		release()
	}
	given = append(given, address)
	return uint32(uintptr(address))
}

func release() {
	clear(given)
	given, isOver = given[:0], false
}

// All that is more than one scalar is returned by address.
func returned[T any](value T) unsafe.Pointer {
	address := unsafe.Pointer(&value)
	give(address)
	isOver = true
	return address
}

// The host asks for memory, and says what it needs no longer.
//
//go:wasmexport cabi_realloc
func cabiRealloc(old unsafe.Pointer, oldSize, _, size uint32) unsafe.Pointer {
	if oldSize > 0 && size <= oldSize {
		return old
	}
	// aligned for every type
	address := unsafe.Pointer(unsafe.SliceData(make([]uint64, size/8+1)))
	copy(unsafe.Slice((*byte)(address), size), unsafe.Slice((*byte)(old), oldSize))
	give(address)
	return address
}
