//go:build tools

// Nodes that are not there.
package tools

import _ "sigs.k8s.io/kwok/cmd/kwok"
