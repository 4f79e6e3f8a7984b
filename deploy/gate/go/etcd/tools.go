//go:build tools

// The store of the gate's Kubernetes API server.
package tools

import _ "go.etcd.io/etcd/server/v3"
