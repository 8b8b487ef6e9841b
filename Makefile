# The front door of Amparo: each target sets up what it needs. `make help` lists them.

BUILD ?= build
JOBS ?= $(shell nproc)
MAP ?=
DEMO_ARGS ?=

.DEFAULT_GOAL := all
.PHONY: all help setup demo test e2e soak bench fuzz fuzz-long san tsan tidy format format-check install deb clean

all: $(BUILD)/build.ninja ## build everything
	@ninja -C $(BUILD) -j$(JOBS)

help: ## list the targets
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## install what the build misses (Debian packages)
	@tools/setup build

$(BUILD)/build.ninja: | setup
	@meson setup $(BUILD) --buildtype=debugoptimized >$(BUILD).log 2>&1 || { cat $(BUILD).log; exit 1; }
	@mv $(BUILD).log $(BUILD)/setup.log

demo: $(BUILD)/build.ninja ## a city, crews and callers; console in a browser (MAP=city.osm.pbf for a real one)
	@ninja -C $(BUILD) -j$(JOBS) src/cli/amparo
	@exec $(BUILD)/src/cli/amparo demo $(if $(MAP),--map $(MAP)) $(DEMO_ARGS)

test: ## build and run all tests
	@tools/setup test
	@$(MAKE) --no-print-directory all
	@tools/run-tests $(BUILD)

e2e: ## only the browser tests
	@tools/setup test
	@$(MAKE) --no-print-directory all
	@tools/run-tests $(BUILD) --suite e2e

soak: all ## the long form of the kill test (TIMES=200)
	@tests/program/kill9.py $(BUILD)/src/cli/amparo --times $${TIMES:-200}

bench: all ## run the benchmarks and print their tables
	@tools/run-bench $(BUILD)

fuzz: ## build the fuzz targets with clang and run each a while (SECONDS_EACH=10, DOOR_SECONDS for messages of strangers)
	@tools/setup check
	@tools/run-fuzz build-fuzz $${SECONDS_EACH:-10} $${DOOR_SECONDS:-}

fuzz-long: ## the long form: an hour for each reader of strangers' messages (HOURS=1); goes on where it was stopped
	@tools/setup check
	@tools/run-fuzz build-fuzz --hours $${HOURS:-1}

san: ## unit tests under the address and undefined-behaviour sanitizers
	@tools/setup check
	@tools/run-sanitized build-san address,undefined

tsan: ## unit tests of what has threads under the thread sanitizer
	@tools/setup check
	@tools/run-sanitized build-tsan thread journal server

tidy: ## the rules of the house
	@tools/tidy
	@tools/tidy --selftest

format: ## lay out the C sources
	@git ls-files '*.c' '*.h' | xargs clang-format -i

format-check: ## say which C sources are not laid out
	@git ls-files '*.c' '*.h' | xargs clang-format --dry-run -Werror

install: all ## install the binary (DESTDIR and meson's --prefix hold)
	@meson install -C $(BUILD) --no-rebuild

deb: ## build the Debian package into dist/
	@tools/setup deb
	@tools/package

clean: ## remove what was built
	@rm -rf build build-san build-tsan build-fuzz build-clang build-deb dist console/dist
