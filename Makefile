# Every target does its own set-up; what is up to date is not done again. `make` alone prints the targets.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules
export UV_PYTHON_DOWNLOADS := never
export PYTHON

VENV := .venv
VERSION = $(shell sed -n 's/^__version__ = "\(.*\)"$$/\1/p' src/streamflow/__init__.py)
BIN := $(VENV)/bin
UV := build/uv/bin/uv
REPORTS := build/reports
BRIDGE := build/jars/flink/streamflow-bridge.jar
# A plugin of Flink's: a class loader of its own, apart from the jobs'.
REPORTER := build/jars/plugin/streamflow-reporter.jar
JAVA_SOURCES := $(shell find java -type f 2>/dev/null)
JAVA_FOLDERS := $(shell find java -type d 2>/dev/null)
# Fixed, so that the same sources give the same jar.
JAR_DATE := 2026-01-01T00:00:00Z
JAVA_BIN := $(if $(JAVA_HOME),$(JAVA_HOME)/bin/)
DBT_READY := build/dbt/venv/.ready
AIRFLOW_READY := build/airflow/venv/.ready
# What dbt knows of its project: Airflow makes its tasks out of it without starting dbt.
MANIFEST := build/airflow/dbt/manifest.json
DBT_SOURCES := $(shell find warehouse -type f \( -name '*.sql' -o -name '*.yml' -o -name '*.csv' \) -not -path '*/target/*' 2>/dev/null)

.PHONY: FORCE help packages setup airflow demo test test-fast test-airflow test-deploy verify-deploy verify-storage images release release-verify release-publish infrastructure-readme secrets deploy kubeconfig lint bench quality campaign campaign-warehouse campaign-upgrade chaos-alerts docs model up down lock clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/.ready build/jars/.verified $(BRIDGE) $(REPORTER) ## create .venv with .venv/bin/streamflow, fetch and build the jars
	@:

airflow: setup $(AIRFLOW_READY) $(MANIFEST) ## make what `streamflow up --with airflow` needs
	@:

demo: setup ## show the whole path with live traffic, then stop everything (KEEP=1 leaves it running)
	@$(BIN)/streamflow demo $(if $(KEEP),--keep)

test: setup $(DBT_READY) ## run all tests, those on real servers too, with coverage; with ARGS only those of the main environment
	@mkdir -p $(REPORTS)
	failed=0
	$(BIN)/pytest --cov --cov-report=term:skip-covered --junitxml=$(REPORTS)/junit-main.xml $(ARGS) || failed=1
	$(if $(ARGS),:,$(MAKE) --no-print-directory test-airflow) || failed=1
	exit "$$failed"

test-fast: setup ## run the unit and contract tests and the doctests
	$(BIN)/pytest src $(wildcard tests/unit tests/contract) $(ARGS)

test-airflow: airflow ## run the tests of the DAGs, in Airflow's environment
	@mkdir -p $(REPORTS)
	build/airflow/venv/bin/pytest orchestration --junitxml=$(REPORTS)/junit-airflow.xml $(ARGS)

lint: $(VENV)/.ready $(DBT_READY) ## check style, types, SQL and the direction of imports
	@failed=0
	for check in "ruff check" "ruff format --check" mypy lint-imports; do
		echo "lint: $$check"
		$(BIN)/$$check || failed=1
	done
	echo "lint: sqlfluff"
	(cd warehouse && ../build/dbt/venv/bin/sqlfluff lint --processes 2 .) || failed=1
	exit "$$failed"

bench: setup ## run the benchmarks, write benchmarks/results
	$(BIN)/python -m benchmarks $(ARGS)

docs: $(VENV)/.ready ## write the contracts, the reference pages and the measured figures from the code
	$(BIN)/python -m scripts.generate_docs $(ARGS)

campaign: setup ## hold 200 000 events, TaskManagers killed in between, against the offline engine; benchmarks/results/parity.json
	$(BIN)/python -m tests.integration.job.campaign

campaign-warehouse: setup $(DBT_READY) ## audit 500 000 events in the warehouse, TaskManagers and PostgreSQL killed in between; benchmarks/results/warehouse_audit.json
	$(BIN)/python -m tests.integration.audit.campaign $(EVENTS)

campaign-upgrade: setup ## go on from a savepoint of an older StreamFlow, with states of an older version; benchmarks/results/upgrade.json
	$(BIN)/python -m tests.integration.job.upgrade

chaos-alerts: setup ## ten faults on a running stack, and which alerts say so (as root, 15 quiet minutes); benchmarks/results/alert_matrix.json
	$(BIN)/python -m tests.integration.alerts.campaign $(ARGS)

model: $(VENV)/.ready ## train the model that the package ships, on simulated traffic, and sign it with a new key
	$(BIN)/python -m scripts.train_shipped_model

quality: setup ## measure detection by the public protocol (about 15 minutes), write benchmarks/results/quality.json and docs/quality.md
	$(BIN)/python -m scripts.quality $(ARGS)

packages: ## install the Debian packages that tests need (debian-packages.txt)
	@scripts/install_packages.sh

up: setup ## start the local stack
	@$(BIN)/streamflow up $(ARGS)

down: ## stop the local stack
	@if [[ -x $(BIN)/streamflow ]]; then $(BIN)/streamflow down; else echo "nothing to stop: .venv is not there"; fi

lock: $(UV) ## resolve the dependencies anew (UPGRADE=1 takes newer versions) and write requirements/ and jars/SHA256SUMS
	@scripts/lock.sh $(if $(UPGRADE),--upgrade)
	@rm -rf build/jars && $(MAKE) --no-print-directory build/jars/.fetched
	@"$$(scripts/pick_python.sh)" scripts/verify_jars.py --write build/jars jars/SHA256SUMS
	@rm -f $(GATE)/jars/.fetched && $(MAKE) --no-print-directory $(GATE)/jars/.fetched
	@"$$(scripts/pick_python.sh)" scripts/verify_jars.py --write $(GATE)/jars deploy/gate/maven/SHA256SUMS

clean: down ## stop the stack and remove everything that was made, the stack's data too
	rm -rf $(VENV) build .streamflow .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache

include deploy/gate/gate.mk deploy/images/images.mk deploy/release/release.mk

$(UV): requirements/uv.txt
	@python=$$(scripts/pick_python.sh)
	rm -rf build/uv
	"$$python" -m venv build/uv
	build/uv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	touch $@

# Remembers which interpreter was asked for, so that asking for another one makes .venv anew.
build/.python: FORCE
	@mkdir -p build
	[[ "$$(cat $@ 2>/dev/null)" == "$(PYTHON)" ]] || echo "$(PYTHON)" > $@

FORCE:

# --no-build-isolation for our own package alone: hatchling is among the locked tools.
$(VENV)/.ready: requirements/dev.txt requirements/build.txt pyproject.toml $(UV) $(if $(PYTHON),build/.python)
	@present=$$($(BIN)/python -c 'import sys; print(sys._base_executable)' 2>/dev/null || true)
	python=$$(PYTHON="$${PYTHON:-$$present}" scripts/pick_python.sh)
	echo "set-up: $(VENV) with $$("$$python" --version)"
	if [[ "$$("$$python" -c 'import sys; print(sys._base_executable)')" != "$$present" ]]; then
		$(UV) venv --quiet --clear --python "$$python" $(VENV)
	fi
	export VIRTUAL_ENV=$(CURDIR)/$(VENV)
	$(UV) pip sync --quiet --require-hashes --build-constraints requirements/build.txt requirements/dev.txt
	$(UV) pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

# dbt and Airflow have environments of their own, with the interpreter of .venv.
$(DBT_READY) $(AIRFLOW_READY): build/%/venv/.ready: requirements/%.txt requirements/build.txt $(UV) $(VENV)/.ready
	@python=$$($(BIN)/python -c 'import sys; print(sys._base_executable)')
	if [[ "$$(cat $@ 2>/dev/null)" == "$$python $$(sha256sum < $<)" ]]; then touch $@; exit; fi
	echo "set-up: $* in $(@D)"
	$(UV) venv --quiet --clear --python "$$python" $(@D)
	VIRTUAL_ENV=$(CURDIR)/$(@D) $(UV) pip sync --quiet --require-hashes --build-constraints requirements/build.txt $<
	echo "$$python $$(sha256sum < $<)" > $@

$(MANIFEST): $(DBT_SOURCES) $(DBT_READY)
	@echo "set-up: $@"
	build/dbt/venv/bin/dbt --quiet --log-path build/airflow/log parse --project-dir warehouse --profiles-dir warehouse --target-path $(CURDIR)/$(@D)
	touch $@

build/jars/.fetched: jars/pom.xml
	@scripts/need_java.sh
	echo "set-up: the jars of the broker, the connectors and Liquibase, by Maven"
	rm -rf build/jars/kafka build/jars/flink build/jars/liquibase
	mkdir -p build
	mvn --batch-mode --file jars/pom.xml generate-resources > build/maven.log 2>&1 || { tail -n 40 build/maven.log >&2; exit 1; }
	touch $@

build/jars/.verified: build/jars/.fetched jars/SHA256SUMS scripts/verify_jars.py
	@"$$(scripts/pick_python.sh)" scripts/verify_jars.py build/jars jars/SHA256SUMS
	touch $@

$(BRIDGE) $(REPORTER) &: $(JAVA_SOURCES) $(JAVA_FOLDERS) build/jars/.verified $(VENV)/.ready
	@echo "set-up: $(BRIDGE) $(REPORTER)"
	rm -rf build/java && mkdir -p build/java $(dir $(REPORTER))
	flink=$$($(BIN)/python -c 'import pathlib, pyflink; print(pathlib.Path(pyflink.__file__).parent)')
	connectors=$$(find build/jars/flink -name '*.jar' ! -name '$(notdir $(BRIDGE))' -printf '%p:')
	metrics=$$(echo "$$flink"/plugins/metrics-prometheus/*.jar)
	$(JAVA_BIN)javac --release 17 -Xlint:all,-processing,-serial -d build/java -cp "$$flink/lib/*:$$metrics:$$connectors" $(filter %.java,$(JAVA_SOURCES))
	$(JAVA_BIN)jar --create --file $(BRIDGE) --date=$(JAR_DATE) -C build/java org/streamflow
	$(JAVA_BIN)jar --create --file $(REPORTER) --date=$(JAR_DATE) -C build/java org/apache -C java META-INF
