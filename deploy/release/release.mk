# What a release holds, and whether a tag may become one.
RELEASE := build/release
# Who builds; GitHub's workflow names itself.
export BUILDER ?= urn:streamflow:built-by-hand
MATERIALS := requirements/runtime.txt requirements/build.txt requirements/dev.txt jars/SHA256SUMS

release: setup $(GATE)/venv/.ready ## build what a release holds: wheel, source, bill of materials, provenance (TAG=v1.2.3 writes its notes too and refuses what is not in order)
	@rm -rf $(RELEASE) build/release-notes.md && mkdir -p $(RELEASE)
	[[ -z "$${TAG:-}" ]] || $(BIN)/python -m deploy.release.tag "$$TAG" build/release-notes.md
	export SOURCE_DATE_EPOCH=$(SOURCE_DATE) VIRTUAL_ENV=$(VENV)
	$(UV) build --quiet --sdist --wheel --no-build-isolation --out-dir $(RELEASE)
	rm -f $(RELEASE)/.gitignore
	$(BIN)/python -m deploy.release.inventory > build/release-inventory.json
	$(GATE)/venv/bin/python deploy/release/bill.py application streamflow $(VERSION) build/release-inventory.json $(RELEASE)/streamflow-$(VERSION).cdx.json
	$(GATE)/venv/bin/python deploy/release/provenance.py write $(RELEASE) "$$(git rev-parse HEAD)" "$${TAG:-}" "$$BUILDER" $(MATERIALS)
	ls -l $(RELEASE)

release-verify: $(GATE)/venv/.ready ## check that the files in RELEASE (build/release) are those that their provenance names
	@$(GATE)/venv/bin/python deploy/release/provenance.py verify $(RELEASE)

release-publish: release-verify ## publish build/release as TAG on GitHub, by gh
	@gh release create "$$TAG" --verify-tag --title "StreamFlow $$TAG" --notes-file build/release-notes.md $(RELEASE)/*
