# Everything a contributor or a user of the testbed types. `make` alone lists the targets.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help build run feed tool test test-full simulate verify-model conformance-large interop bench sbom format clean
.PHONY: cluster-up cluster-status cluster-logs cluster-down submit load savepoint stop restore rescale cancel
.PHONY: chaos chaos-short recovery

# Short names are given on the command line alone: an environment may have some of them for other ends.
# make run
JOB ?= ledger
DURATION =
RATE =
SEED =
ARGS ?=
# make feed
FILE =
# make chaos and make recovery
STORE =
STRATEGY =
SCHEDULES ?=
KILLS ?=
# make cluster-up and the jobs in it
TASKMANAGERS ?=
SLOTS =
HA =
SERVERS =
WEB_PORT ?=
NAME =
FROM =
P =
# make simulate
SEEDS ?= 100000
FIRST ?= 1

RUN_OPTIONS = --job $(JOB) $(if $(DURATION),--duration $(DURATION)) $(if $(RATE),--rate $(RATE)) $(if $(SEED),--seed $(SEED)) $(ARGS)

CHAOS_OPTIONS = $(if $(STORE),--store $(STORE)) $(if $(STRATEGY),--strategy $(STRATEGY)) \
  $(if $(SCHEDULES),--schedules $(SCHEDULES)) $(if $(SEED),--seed $(SEED)) $(ARGS)
UP_OPTIONS = $(if $(TASKMANAGERS),--taskmanagers $(TASKMANAGERS)) $(if $(SLOTS),--slots $(SLOTS)) $(if $(HA),--ha $(HA)) \
  $(if $(SERVERS),--servers $(SERVERS)) $(if $(WEB_PORT),--web-port $(WEB_PORT)) $(ARGS)
LOAD_OPTIONS = $(if $(RATE),--rate $(RATE)) $(if $(DURATION),--duration $(DURATION)) $(if $(SEED),--seed $(SEED)) $(ARGS)

help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "make %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "make run DURATION=30s RATE=12000 SEED=1 ARGS='--state rocksdb'   all options: make run ARGS=--help"
	@echo "make tool ARGS='markers --config flink-conf/jobs/ledger.yaml'   all commands: make tool ARGS=--help"

build: ## Compile and package all modules, the job jars too; no tests
	@scripts/ensure-tools
	@JAVA_HOME=$$(scripts/jdk17) mvn -B -ntp -q -DskipTests package

run: ## Run JOB=ledger, pipeline or relay with real servers, a generator and a check of every record (Ctrl-C ends it well)
	@exec scripts/run $(RUN_OPTIONS)

feed: ## Send FILE=commands.jsonl into the run under way, or start a run for it
	@[ -n "$(FILE)" ] || { echo "Name a file: make feed FILE=commands.jsonl" >&2; exit 2; }
	@exec scripts/run --job $(JOB) --feed "$(FILE)" $(ARGS)

tool: ## Look at what sinks have committed or left in doubt, and settle it: ARGS="in-doubt --config FILE"
	@exec scripts/tool $(ARGS)

cluster-up: ## Start a Flink cluster of processes with PostgreSQL and Kafka; TASKMANAGERS=2 SLOTS=2 HA=zookeeper SERVERS=none
	@exec scripts/cluster up $(UP_OPTIONS)

cluster-status: ## Show the cluster's processes and jobs
	@exec scripts/cluster status $(ARGS)

cluster-logs: ## Show the ends of its logs; NAME=taskmanager-1
	@exec scripts/cluster logs $(NAME) $(ARGS)

cluster-down: ## End the cluster and its servers; data and savepoints stay
	@exec scripts/cluster down $(ARGS)

submit: ## Print the flink run line of JOB=ledger or pipeline and run it; P=2 is its parallelism
	@exec scripts/cluster submit --job $(JOB) $(if $(P),--parallelism $(P)) $(ARGS)

load: ## Send the ledger of the cluster generated commands; RATE=500 DURATION=60s
	@exec scripts/cluster load $(LOAD_OPTIONS)

savepoint: ## Take a savepoint of the JOB, which goes on
	@exec scripts/cluster savepoint --job $(JOB) $(ARGS)

stop: ## Stop the JOB with a savepoint
	@exec scripts/cluster stop --job $(JOB) $(ARGS)

restore: ## Submit the JOB from a savepoint; FROM=path or FROM=latest
	@[ -n "$(FROM)" ] || { echo "Name a savepoint: make restore FROM=path, or FROM=latest" >&2; exit 2; }
	@exec scripts/cluster restore --job $(JOB) --from "$(FROM)" $(if $(P),--parallelism $(P)) $(ARGS)

rescale: ## Stop the JOB and go on with another parallelism; P=4
	@[ -n "$(P)" ] || { echo "Name a parallelism: make rescale P=4" >&2; exit 2; }
	@exec scripts/cluster rescale --job $(JOB) --parallelism $(P) $(ARGS)

cancel: ## End the JOB without a savepoint
	@exec scripts/cluster cancel --job $(JOB) $(ARGS)

test: ## Run all tests, as CI does; of the long walks a sample, which SEED gives
	@exec scripts/test $(if $(SEED),-Donceflow.seed=$(SEED)) $(ARGS)

test-full: ## Run the walks of which `make test` takes a sample: every piece of a commit, every crash point
	@exec scripts/test -Donceflow.walk=full -Dtest=none -Dit.test='*ConformanceIT,CrashTableIT' \
	  -Dsurefire.failIfNoSpecifiedTests=false -Dfailsafe.failIfNoSpecifiedTests=false $(ARGS)

verify-model: ## Check the models of the commit protocols with spin, each rule deleted in turn too; ARGS=--help
	@exec scripts/verify-model $(ARGS)

conformance-large: ## Run the stores' epoch of 10 million rows in a heap of 96 MiB
	@exec scripts/test -pl common -am -Donceflow.conformance.rows=10000000 \
	  -Dtest=none -Dit.test='*ConformanceIT*#anEpochLargerThanTheHeap*' \
	  -Dsurefire.failIfNoSpecifiedTests=false -Dfailsafe.failIfNoSpecifiedTests=false

interop: ## Let Spark and Storm read what the pipeline job commits; downloads about 450 MB the first time
	@exec scripts/test -P interop -pl testbed/interop/check -am -Dtest=ReadOnceTest -Dit.test='SparkReaderIT,StormReaderIT' \
	  -Dsurefire.failIfNoSpecifiedTests=false -Dfailsafe.failIfNoSpecifiedTests=false $(ARGS)

simulate: ## Run the commit protocols under SEEDS random schedules, from seed FIRST on
	@scripts/ensure-tools
	@JAVA_HOME=$$(scripts/jdk17) mvn -B -ntp -q test -pl common -am -Dsurefire.failIfNoSpecifiedTests=false \
	  -Dtest='SimulationTest#everyInput*' -Donceflow.sim.seeds=$(SEEDS) -Donceflow.sim.first=$(FIRST)
	@grep schedules common/target/surefire-reports/*SimulationTest-output.txt

chaos: ## Break a job on a cluster by seeded schedules of faults and check every row; STORE=all STRATEGY=staged SCHEDULES=100 SEED=1
	@exec scripts/chaos $(CHAOS_OPTIONS)

chaos-short: ## The short form: 60 schedules over PostgreSQL, MariaDB and Kafka, about 8 minutes on two quiet cores
	@exec scripts/chaos --short $(if $(SEED),--seed $(SEED)) $(if $(SCHEDULES),--schedules $(SCHEDULES)) $(ARGS)

recovery: ## Measure from kill -9 to the next committed epoch, ours and Flink's JDBC sink; KILLS=10
	@exec scripts/chaos --main io.onceflow.testbed.chaos.campaign.RecoveryMain $(if $(KILLS),--kills $(KILLS)) $(ARGS)

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
