# Weir: `make start` runs it, `make test` checks it. Plain `make` lists everything.
#
# A JDK 25 is found in JAVA_HOME, on the PATH or under /usr/lib/jvm; Maven and Weir run with it.

SHELL := /bin/bash
.DEFAULT_GOAL := help

WEIR_DATA_DIR ?= $(CURDIR)/.weir
export WEIR_DATA_DIR
export JAVA_HOME := $(shell conf/local/bin/find-jdk)
export MAVEN_OPTS := --sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED
MVN := mvn --batch-mode --no-transfer-progress

# What the distributions are built from: when something of it is newer than the build, it is built again.
SOURCES := $(shell find pom.xml schemas policies verticles gateway conf loadtest -name target -prune -o -type f \( -path '*/src/main/*' -o -name pom.xml -o -path 'conf/weir.yaml' \) -print)

.PHONY: help start node services audit test demo load bench chaos format clean build jdk

help: ## List what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{ printf "  make %-10s %s\n", $$1, $$2 }'

start: build target/trained ## Run Weir here: local services and one node, in the foreground
	@exec conf/local/bin/weir-start

services: build target/trained ## Run the local services alone (Kafka, Postgres, ERP simulator)
	@exec conf/local/bin/weir-services

node: build target/trained ## Run one more node against the running local services
	@exec conf/local/bin/weir-node

audit: build ## Verify the audit trail: make audit [EXPECT=tenant:sequence:hash]
	@exec conf/local/bin/weir-audit $(if $(EXPECT),--expect "$(EXPECT)")

test: jdk ## Check everything
	$(MVN) verify
	@! grep -lE '<testsuite [^>]*skipped="[1-9]' */target/surefire-reports/*.xml */*/target/surefire-reports/*.xml 2>/dev/null || { echo "weir: a skipped test is a failed build" >&2; exit 1; }

demo: build ## Post a real trace to a running Weir: make demo TRACE=file.csv
	@exec loadtest/bin/demo "$(TRACE)"

load: build ## Load Weir with Gatling: make load SCENARIO=ingest|entitlement|stream, or overload (a node of its own)
	@exec loadtest/bin/load "$(SCENARIO)"

bench: build ## Measure Weir beside bare baselines; writes loadtest/results/bench.json
	@exec loadtest/bin/bench

chaos: build ## Break a Weir of its own, then look for everything that was answered: make chaos [SEED=n] [MINUTES=n]
	@SEED="$(SEED)" MINUTES="$(MINUTES)" exec loadtest/bin/chaos

format: jdk ## Format the code
	$(MVN) -q spotless:apply

clean: jdk ## Delete what was built (not the data directory)
	$(MVN) -q clean
	rm -rf target

build: jdk target/built

target/built: $(SOURCES)
	@echo "building Weir (once; later starts reuse it)"
	@mkdir -p target
	@$(MVN) -q -Dmaven.test.skip=true package > target/build.log 2>&1 || { cat target/build.log >&2; echo "weir: the build failed: see above" >&2; exit 1; }
	@rm -f target/*.aot target/*.aot.config
	@touch target/built

target/trained: target/built
	@conf/local/bin/weir-train > target/train.log 2>&1 || cat target/train.log >&2
	@touch target/trained

jdk:
	@conf/local/bin/find-jdk --check
