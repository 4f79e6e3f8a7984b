//go:build tools

// A second opinion on what is deployed, by somebody else's rules.
package tools

import _ "github.com/zegl/kube-score/cmd/kube-score"
