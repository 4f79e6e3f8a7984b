//go:build tools

// An object storage that speaks S3, out of a folder: what keeps the state of deploy/infrastructure and checkpoints of jobs where they are tried.
package tools

import _ "github.com/versity/versitygw/cmd/versitygw"
