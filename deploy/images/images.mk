# Images, built by buildah as root on a Debian base that is made here; no container engine and no registry is asked.
IMAGES := build/images
CONTEXT := $(IMAGES)/context
# The same commit gives the same image.
SOURCE_DATE := $(shell git log -1 --format=%ct 2>/dev/null || echo 0)
BUILDAH = buildah --root $(CURDIR)/$(IMAGES)/storage --runroot $(CURDIR)/$(IMAGES)/run --storage-driver overlay
BASE ?= localhost/debian:bookworm

images: $(CONTEXT)/.ready $(GATE)/venv/.ready ## build the images, try them from inside and write bills of materials (as root, with buildah and mmdebstrap; benchmarks/results/images.json)
	@[[ "$(BASE)" != localhost/* ]] || $(MAKE) --no-print-directory $(IMAGES)/.base
	for target in tools flink-job airflow; do
		echo "image: streamflow/$$target"
		$(BUILDAH) bud --quiet --isolation chroot --pull=never --format docker --timestamp $(SOURCE_DATE) --layers \
			--build-arg BASE=$(BASE) --build-arg VERSION=$(VERSION) \
			--build-arg REVISION=$$(git rev-parse HEAD) --target "$$target" --tag "streamflow/$$target" --file deploy/images/Dockerfile $(CONTEXT)
	done
	SOURCE_DATE_EPOCH=$(SOURCE_DATE) $(BIN)/python -m deploy.images.entered $(ARGS)

$(IMAGES)/.base:
	@command -v buildah mmdebstrap > /dev/null || { echo "buildah and mmdebstrap are needed: apt-get install --no-install-recommends buildah mmdebstrap" >&2; exit 4; }
	echo "set-up: a Debian base, by mmdebstrap"
	mkdir -p $(IMAGES)
	mmdebstrap --quiet --variant=minbase bookworm $(IMAGES)/base.tar
	container=$$($(BUILDAH) from scratch)
	$(BUILDAH) add --quiet "$$container" $(IMAGES)/base.tar /
	$(BUILDAH) commit --quiet --timestamp 0 --rm "$$container" localhost/debian:bookworm
	rm $(IMAGES)/base.tar
	touch $@

wheels = build/uv/bin/python -m pip wheel --quiet --disable-pip-version-check --require-hashes --no-deps --requirement requirements/$(1).txt --wheel-dir $(CONTEXT)/$(2)

$(CONTEXT)/.ready: setup $(MANIFEST) $(IMAGES)/jars/.verified $(addprefix requirements/,runtime.txt airflow.txt dbt.txt) $(shell find src orchestration warehouse -type f -not -name '*.pyc')
	@echo "set-up: what goes into images"
	rm -rf $(CONTEXT) && mkdir -p $(CONTEXT)/wheels $(CONTEXT)/jars
	$(call wheels,runtime,wheels)
	$(call wheels,airflow,airflow-wheels)
	$(call wheels,dbt,dbt-wheels)
	VIRTUAL_ENV=$(VENV) $(UV) build --quiet --wheel --no-build-isolation --out-dir $(CONTEXT)/streamflow
	cp -r build/jars/flink build/jars/liquibase $(IMAGES)/jars/s3-fs-presto $(CONTEXT)/jars/
	cp -r build/jars/plugin $(CONTEXT)/jars/metrics-prometheus
	mkdir -p $(CONTEXT)/airflow/build/airflow/dbt && cp $(MANIFEST) $(CONTEXT)/airflow/build/airflow/dbt/
	git ls-files src orchestration warehouse ':!orchestration/tests' | tar --create --files-from - | tar --extract --directory $(CONTEXT)/airflow
	find $(CONTEXT) -exec touch --no-dereference --date=@$(SOURCE_DATE) {} +
	touch $@

verify-storage: setup $(GATE_BIN)/kustomize $(GATE_BIN)/versitygw $(IMAGES)/jars/.verified ## keep a job's memory in a real object storage, and let that hang (needs Go; two minutes)
	@mkdir -p $(REPORTS)
	$(BIN)/pytest deploy/tests/storage --junitxml=$(REPORTS)/junit-verify-storage.xml $(ARGS)

$(IMAGES)/jars/.fetched: deploy/images/pom.xml
	@scripts/need_java.sh
	rm -rf $(IMAGES)/jars && mkdir -p $(IMAGES)/jars
	mvn --batch-mode --quiet --file $< dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory=$(CURDIR)/$(IMAGES)/jars/s3-fs-presto
	touch $@

$(IMAGES)/jars/.verified: $(IMAGES)/jars/.fetched deploy/images/SHA256SUMS scripts/verify_jars.py
	@"$$(scripts/pick_python.sh)" scripts/verify_jars.py $(IMAGES)/jars deploy/images/SHA256SUMS
	touch $@
