# Owns the names of what can be done here; the work is in the scripts. Every target installs what it lacks.
#
#   PG_CONFIG=/path/to/pg_config   another PostgreSQL than Debian's (15 to 19)
#   PG=17                          another of Debian's; 16 to 19 are fetched where Debian has none
#   DESTDIR=/some/dir              install below it
#   PREFIX=/usr/local              where the command is put into the PATH, with its manual pages and completions

export PG_CONFIG PG DESTDIR PREFIX
SHELL = bash

.NOTPARALLEL:
.PHONY: help all build install demo test nodes bench docs guests pgrx-regress lint outdated psql deb docker test-arm64 test-deb release test-release clean

help:
	@echo 'make install       build PL/Wasm and install it (uses sudo where needed)'
	@echo 'make demo          see it work, on a server that is thrown away'
	@echo 'make test          all tests; the last line counts them'
	@echo 'make nodes         tests with several servers: a coordinator and NODES=3 shards'
	@echo 'make bench         the benchmarks'
	@echo 'make docs          the documentation as a site: target/site'
	@echo 'make psql          a psql on a server that is thrown away'
	@echo
	@echo 'make build         the library and the command: target/release/{libplwasm.so,plwasm}'
	@echo 'make deb           Debian packages: target/packages'
	@echo 'make docker        images of PostgreSQL with PL/Wasm, and for CloudNativePG, of these packages'
	@echo 'make test-arm64    the tests on arm64, by qemu, as root'
	@echo 'make test-deb      tests both in a bare Debian, as root'
	@echo 'make release       what is published: target/release-VERSION; make test-release builds it twice'
	@echo 'make guests        build all guest examples again'
	@echo 'make lint          formatting and clippy'
	@echo 'make outdated      is a newer patch release of wasmtime out? Fails if it has been for 7 days'
	@echo 'make pgrx-regress  the SQL tests by `cargo pgrx regress`; ARGS="--auto" accepts what changed'
	@echo 'make clean         remove what was built'
	@echo
	@echo 'PG_CONFIG=/path/to/pg_config chooses the PostgreSQL, 15 to 19. Default: Debian'"'"'s 15.'
	@echo 'PG=16, 17, 18 or 19 fetches one, to build for and to test with.'

# the name that `pgxn install` knows
all: build

build:
	pgrx-config/build

install: build
	pgrx-config/install

# compiles nothing if PL/Wasm is installed in this version
demo:
	. pgrx-config/env.sh; is_installed || pgrx-config/build
	pgrx-config/packages demo
	bash demo/run

test: export PROFILE = dev
test: build
	pgrx-config/packages test nodes
	tests/run

nodes: export PROFILE = dev
nodes: export NODES ?= 3
nodes: export ROWS ?= 10000000
nodes: build
	pgrx-config/packages nodes
	tests/run nodes

bench: build
	pgrx-config/packages bench
	pgrx-config/cluster bench/run
	pgrx-config/cluster bench/run-types
	pgrx-config/cluster bench/warm
	pgrx-config/cluster bench/states
	pgrx-config/cluster bench/windows
	pgrx-config/cluster bench/triggers
	bench/nodes
	bench/run-first-call
	bench/engine

docs:
	pgrx-config/packages docs
	docs/build

guests:
	pgrx-config/packages guests
	for build in guest-examples/*/build.sh; do "$$build" || exit; done

pgrx-regress: build
	pgrx-config/regress $(ARGS)

lint:
	pgrx-config/packages build
	tests/run lint

outdated:
	@pgrx-config/outdated

psql: build
	pgrx-config/cluster psql -X

deb: build
	pgrx-config/packages deb
	packaging/deb

docker: deb
	pgrx-config/packages image
	packaging/image server extension

test-arm64: export PROFILE = dev
test-arm64: export PG = 15-arm64
test-arm64:
	pgrx-config/packages arm64
	pgrx-config/build
	tests/run crates regress

test-deb: build
	pgrx-config/packages deb image
	tests/deb

release:
	packaging/release

test-release:
	packaging/release --twice

clean:
	rm -rf target
