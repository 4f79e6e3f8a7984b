//go:build tools

// What reads deploy/infrastructure for mistakes that OpenTofu lets through.
package tools

import _ "github.com/terraform-linters/tflint"
