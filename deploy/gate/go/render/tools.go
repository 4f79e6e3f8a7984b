//go:build tools

// What renders the manifests and reads the workflows; apart from the rest, because the fast half needs nothing else.
package tools

import (
	_ "github.com/rhysd/actionlint/cmd/actionlint"
	_ "sigs.k8s.io/kustomize/kustomize/v5"
)
