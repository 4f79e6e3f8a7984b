//go:build tools

// The provider of deploy/infrastructure: OpenTofu starts it, so the version is that which the modules ask for.
package tools

import _ "github.com/gavinbunney/terraform-provider-kubectl"
