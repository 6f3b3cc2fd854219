# Everything a contributor or a user of the testbed types. `make` alone lists the targets.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help build run feed tool test simulate verify-model conformance-large bench sbom format clean

# make run
JOB ?= ledger
DURATION ?=
RATE ?=
SEED ?=
ARGS ?=
# make feed
FILE ?=
# make simulate
SEEDS ?= 100000
FIRST ?= 1

RUN_OPTIONS = --job $(JOB) $(if $(DURATION),--duration $(DURATION)) $(if $(RATE),--rate $(RATE)) $(if $(SEED),--seed $(SEED)) $(ARGS)

help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "make %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "make run DURATION=30s RATE=12000 SEED=1 ARGS='--state rocksdb'   all options: make run ARGS=--help"
	@echo "make tool ARGS='markers --config flink-conf/jobs/ledger.yaml'   all commands: make tool ARGS=--help"

build: ## Compile and package all modules, the job jars too; no tests
	@scripts/ensure-tools
	@JAVA_HOME=$$(scripts/jdk17) mvn -B -ntp -q -DskipTests package

run: ## Run a job with real servers, a generator and a check of every command (Ctrl-C ends it well)
	@exec scripts/run $(RUN_OPTIONS)

feed: ## Send FILE=commands.jsonl into the run under way, or start a run for it
	@[ -n "$(FILE)" ] || { echo "Name a file: make feed FILE=commands.jsonl" >&2; exit 2; }
	@exec scripts/run --job $(JOB) --feed "$(FILE)" $(ARGS)

tool: ## Look at what sinks have committed or left in doubt, and settle it: ARGS="in-doubt --config FILE"
	@exec scripts/tool $(ARGS)

test: ## Run all tests, as CI does
	@exec scripts/test $(ARGS)

verify-model: ## Check the models of the commit protocols with spin, each rule deleted in turn too; ARGS=--help
	@exec scripts/verify-model $(ARGS)

conformance-large: ## Run the stores' epoch of 10 million rows in a heap of 96 MiB
	@exec scripts/test -pl common -am -Donceflow.conformance.rows=10000000 \
	  -Dtest=none -Dit.test='*ConformanceIT*#anEpochLargerThanTheHeap*' \
	  -Dsurefire.failIfNoSpecifiedTests=false -Dfailsafe.failIfNoSpecifiedTests=false

simulate: ## Run the commit protocols under SEEDS random schedules, from seed FIRST on
	@scripts/ensure-tools
	@JAVA_HOME=$$(scripts/jdk17) mvn -B -ntp -q test -pl common -am -Dsurefire.failIfNoSpecifiedTests=false \
	  -Dtest='SimulationTest#everyInput*' -Donceflow.sim.seeds=$(SEEDS) -Donceflow.sim.first=$(FIRST)
	@grep schedules common/target/surefire-reports/*SimulationTest-output.txt

bench: ## Measure throughput and latency; options in ARGS
	@exec scripts/run --main io.onceflow.testbed.run.bench.BenchMain $(ARGS)

sbom: ## List what is inside the jars, with versions and licences, and check these
	@exec scripts/sbom

format: ## Format all Java sources
	@scripts/ensure-tools
	@JAVA_HOME=$$(scripts/jdk17) mvn -B -ntp -q spotless:apply

clean: ## Remove what was built and the data of runs
	@scripts/ensure-tools
	@JAVA_HOME=$$(scripts/jdk17) mvn -B -ntp -q clean
	@rm -rf target
