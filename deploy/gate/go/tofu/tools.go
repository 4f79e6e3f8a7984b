//go:build tools

// What applies deploy/infrastructure. Its reader of HCL is a fork of HashiCorp's, which go.mod has to replace as OpenTofu's own does.
package tools

import _ "github.com/opentofu/opentofu/cmd/tofu"
