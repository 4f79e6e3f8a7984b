//go:build tools

// What looks for credentials in the history; apart from the rest, because nothing else of the gate needs it.
package tools

import _ "github.com/zricethezav/gitleaks/v8"
