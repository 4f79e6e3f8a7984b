//go:build tools

// What renders the manifests; alone, because the fast half needs nothing else.
package tools

import _ "sigs.k8s.io/kustomize/kustomize/v5"
