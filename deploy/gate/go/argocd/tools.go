//go:build tools

// Kinds of Argo CD, as Go types: the newest version whose modules can all be had.
package tools

import _ "github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
